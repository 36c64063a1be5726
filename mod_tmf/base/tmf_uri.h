/* Percent-encoding (RFC 3986) and what travels in it. */
#ifndef TMF_URI_H
#define TMF_URI_H

#include <apr_pools.h>

/** How a plus sign of the encoded text is read. */
typedef enum tmf_plus_t {
    TMF_PLUS_LITERAL,         /* RFC 3986 */
    TMF_PLUS_BLANK            /* application/x-www-form-urlencoded */
} tmf_plus_t;

/**
 * Decode n bytes.
 * @return the decoded text from p, or NULL if an escape is malformed or the
 *         result has a NUL byte or is not UTF-8.
 */
const char *tmf_uri_decode(apr_pool_t *p, const char *s, apr_size_t n,
                           tmf_plus_t plus);

/** True if n bytes are well-formed UTF-8 (RFC 3629) without NUL. */
int tmf_utf8_valid(const char *s, apr_size_t n);

#endif
