#include "api/tmf_quoted.h"

#include <string.h>

#include "base/tmf_text.h"

static int read_hex(const char *s, unsigned int *code)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    int i = 0;

    *code = 0;
    for (i = 0; i < 4; i++) {
        const char *digit = s[i] ? strchr(digits, s[i]) : NULL;

        if (!digit) {
            return 0;
        }
        *code = *code * 16 + (unsigned int)((digit - digits) % 16);
    }
    return 1;
}

/* A code point as UTF-8. */
static void put_code(tmf_text_t *text, unsigned int code)
{
    static const unsigned char leads[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    apr_size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    apr_size_t i = 0;
    char bytes[4];

    for (i = n - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    bytes[0] = (char)(leads[n] | code);
    tmf_text_putn(text, bytes, n);
}

/* \u and four digits, or a pair of them. */
static const char *read_code(const char **at, tmf_text_t *text)
{
    const char *s = *at;
    unsigned int high = 0;
    unsigned int low = 0;

    if (!read_hex(s + 2, &high) || high == 0) {
        return "has a wrong \\u in a string";
    }
    if (high < 0xD800 || high > 0xDFFF) {
        put_code(text, high);
        *at += 6;
        return NULL;
    }
    if (high > 0xDBFF || s[6] != '\\' || s[7] != 'u'
        || !read_hex(s + 8, &low) || low < 0xDC00 || low > 0xDFFF) {
        return "has half a character in a string";
    }
    put_code(text, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
    *at += 12;
    return NULL;
}

static const char *read_escape(const char **at, tmf_text_t *text)
{
    static const char names[] = "\"'\\/bfnrt";
    static const char meanings[] = "\"'\\/\b\f\n\r\t";
    char c = (*at)[1];
    const char *name = c ? strchr(names, c) : NULL;

    if (c == 'u') {
        return read_code(at, text);
    }
    if (!name) {
        return "has an escape in a string that is none";
    }
    tmf_text_putn(text, &meanings[name - names], 1);
    *at += 2;
    return NULL;
}

const char *tmf_quoted_read(const char **at, apr_pool_t *p,
                            const char **string)
{
    tmf_text_t *text = tmf_text_make(p, 32, 0);
    const char *start = (*at)++;
    const char *rule = NULL;

    while (!rule && **at != *start) {
        if (!**at) {
            *at = start;
            return "has a string without its end";
        }
        if (**at == '\\') {
            rule = read_escape(at, text);
        }
        else {
            tmf_text_putn(text, (*at)++, 1);
        }
    }
    *at += !rule;
    *string = tmf_text_string(text);
    return rule;
}
