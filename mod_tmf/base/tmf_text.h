/* A growing text with a maximum. */
#ifndef TMF_TEXT_H
#define TMF_TEXT_H

#include <apr_pools.h>

typedef struct tmf_text_t tmf_text_t;

/**
 * Make an empty text.
 * @param hint bytes that will probably be needed.
 * @param maximum bytes it may ever hold, 0: no bound of its own. Text beyond
 *        is dropped and tmf_text_overflowed() is true from then on.
 */
tmf_text_t *tmf_text_make(apr_pool_t *p, apr_size_t hint, apr_size_t maximum);

/** Append a NUL-terminated string. */
void tmf_text_puts(tmf_text_t *text, const char *s);

/** Append n bytes. */
void tmf_text_putn(tmf_text_t *text, const char *s, apr_size_t n);

/** Append printf-like text. */
void tmf_text_printf(tmf_text_t *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Append n bytes of UTF-8 as a JSON string with its quotes (RFC 8259). */
void tmf_text_json(tmf_text_t *text, const char *s, apr_size_t n);

/** Append n bytes as one URI path segment or query value (RFC 3986). */
void tmf_text_uri(tmf_text_t *text, const char *s, apr_size_t n);

/** Drop what is there; the room for it stays. */
void tmf_text_clear(tmf_text_t *text);

/** The bytes so far, NUL-terminated, valid until the next append. */
const char *tmf_text_string(const tmf_text_t *text);

/** Bytes so far. */
apr_size_t tmf_text_length(const tmf_text_t *text);

/** True if something was dropped for the maximum. */
int tmf_text_overflowed(const tmf_text_t *text);

#endif
