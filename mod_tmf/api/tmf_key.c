#include "api/tmf_key.h"

#include <string.h>

#include <apr_strings.h>

#include "base/tmf_text.h"

#define BLANKS " \t"

static tmf_error_t *malformed(apr_pool_t *p)
{
    return tmf_error(p, TMF_BAD_REQUEST,
                     "Idempotency-Key must be one text of 1 to %d printable"
                     " ASCII characters, in double quotes or without quotes"
                     " and commas", TMF_KEY_MAX);
}

static int is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

/* What is between the quotes; NULL if they don't hold all there is. */
static const char *read_quoted(const char *value, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, TMF_KEY_MAX + 1, 0);
    const char *next = value + 1;

    for (; *next != '"'; next++) {
        if (*next == '\\' && (next[1] == '\\' || next[1] == '"')) {
            next++;
        }
        else if (*next == '\\' || !is_printable(*next)) {
            return NULL;
        }
        tmf_text_putn(text, next, 1);
    }
    next++;
    return next[strspn(next, BLANKS)] ? NULL : tmf_text_string(text);
}

/* httpd makes one value of two headers, with a comma between. */
static const char *read_bare(const char *value, apr_pool_t *p)
{
    apr_size_t length = strlen(value);
    apr_size_t i = 0;

    while (length > 0 && strchr(BLANKS, value[length - 1])) {
        length--;
    }
    for (i = 0; i < length; i++) {
        if (!is_printable(value[i]) || strchr("\",", value[i])) {
            return NULL;
        }
    }
    return apr_pstrmemdup(p, value, length);
}

tmf_error_t *tmf_key_read(const char *value, apr_pool_t *p,
                          const char **text)
{
    const char *start = value + strspn(value, BLANKS);
    const char *key = *start == '"' ? read_quoted(start, p)
                                    : read_bare(start, p);

    if (!key || !*key || strlen(key) > TMF_KEY_MAX) {
        return malformed(p);
    }
    *text = key;
    return NULL;
}

/* No other characters than a URI has, so a line doesn't end before its end;
 * what isn't there differs from what is empty. */
static void put_value(tmf_text_t *text, const char *value)
{
    if (value) {
        tmf_text_puts(text, "=");
        tmf_text_uri(text, value, strlen(value));
    }
}

static void put_line(tmf_text_t *text, const char *value)
{
    put_value(text, value);
    tmf_text_puts(text, "\n");
}

static const char *name_user(const char *user, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 32, 0);

    put_value(text, user);
    return tmf_text_string(text);
}

void tmf_key_bind(tmf_key_t *key, const tmf_request_t *request,
                  const char *body, apr_pool_t *p)
{
    apr_size_t length = body ? strlen(body) : 0;
    tmf_text_t *text = NULL;

    if (!key->text) {
        return;
    }
    text = tmf_text_make(p, length + 512, 0);
    put_line(text, request->method);
    put_line(text, request->path);
    put_line(text, request->query);
    put_line(text, request->content_type);
    put_line(text, request->user);
    tmf_text_putn(text, body ? body : "", length);
    key->user = name_user(request->user, p);
    key->request = tmf_text_string(text);
    key->base = request->base;
}
