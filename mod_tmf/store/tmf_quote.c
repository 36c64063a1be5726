#include "store/tmf_quote.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>

#include "base/tmf_text.h"

/* Between quotes, with the quotes inside doubled. */
static const char *quoted(const char *s, char quote, apr_pool_t *p)
{
    char *result = apr_palloc(p, 2 * strlen(s) + 3);
    char *end = result;

    *end++ = quote;
    for (; *s; s++) {
        if (*s == quote) {
            *end++ = quote;
        }
        *end++ = *s;
    }
    *end++ = quote;
    *end = '\0';
    return result;
}

const char *tmf_quote_identifier(const char *name, apr_pool_t *p)
{
    return quoted(name, '"', p);
}

const char *tmf_quote_literal(const char *text, apr_pool_t *p)
{
    return quoted(text, '\'', p);
}

/* An element of an array, in quotes if it needs them. */
static void put_element(tmf_text_t *out, const char *text)
{
    const char *s = text;

    while (apr_isalnum(*s) || *s == '_' || *s == '@') {
        s++;
    }
    if (*s == '\0' && s != text && apr_cstr_casecmp(text, "null") != 0) {
        tmf_text_puts(out, text);
        return;
    }
    tmf_text_puts(out, "\"");
    for (s = text; *s; s++) {
        if (*s == '"' || *s == '\\') {
            tmf_text_puts(out, "\\");
        }
        tmf_text_putn(out, s, 1);
    }
    tmf_text_puts(out, "\"");
}

const char *tmf_quote_array(int n, const char *const *texts, apr_pool_t *p)
{
    tmf_text_t *out = tmf_text_make(p, 64, 0);
    int i = 0;

    tmf_text_puts(out, "{");
    for (i = 0; i < n; i++) {
        if (i > 0) {
            tmf_text_puts(out, ",");
        }
        put_element(out, texts[i]);
    }
    tmf_text_puts(out, "}");
    return tmf_text_string(out);
}

const char *tmf_quote_list(const apr_array_header_t *texts, apr_pool_t *p)
{
    return tmf_quote_array(texts->nelts, (const char *const *)texts->elts,
                           p);
}

const char *tmf_quote_path(int n, const char *const *names, apr_pool_t *p)
{
    return tmf_quote_literal(n == 1 ? names[0] : tmf_quote_array(n, names, p),
                             p);
}
