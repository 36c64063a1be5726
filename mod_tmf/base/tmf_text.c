#include "base/tmf_text.h"

#include <string.h>

#include <apr_strings.h>

struct tmf_text_t {
    apr_pool_t *pool;
    char *bytes;
    apr_size_t length;
    apr_size_t capacity;
    apr_size_t maximum;
    int overflowed;
};

static const char hex[] = "0123456789ABCDEF";

tmf_text_t *tmf_text_make(apr_pool_t *p, apr_size_t hint, apr_size_t maximum)
{
    tmf_text_t *text = apr_pcalloc(p, sizeof(*text));

    text->pool = p;
    text->capacity = hint < 64 ? 64 : hint + 1;
    text->bytes = apr_palloc(p, text->capacity);
    text->bytes[0] = '\0';
    text->maximum = maximum;
    return text;
}

static void reserve(tmf_text_t *text, apr_size_t n)
{
    apr_size_t capacity = text->capacity;
    char *bytes = NULL;

    if (n < capacity - text->length) {
        return;
    }
    while (n >= capacity - text->length) {
        capacity *= 2;
    }
    bytes = apr_palloc(text->pool, capacity);
    memcpy(bytes, text->bytes, text->length + 1);
    text->bytes = bytes;
    text->capacity = capacity;
}

void tmf_text_putn(tmf_text_t *text, const char *s, apr_size_t n)
{
    if (text->maximum
        && (text->overflowed || n > text->maximum - text->length)) {
        text->overflowed = 1;
        return;
    }
    reserve(text, n);
    memcpy(text->bytes + text->length, s, n);
    text->length += n;
    text->bytes[text->length] = '\0';
}

void tmf_text_puts(tmf_text_t *text, const char *s)
{
    tmf_text_putn(text, s, strlen(s));
}

void tmf_text_printf(tmf_text_t *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    tmf_text_puts(text, apr_pvsprintf(text->pool, format, arguments));
    va_end(arguments);
}

static void put_escape(tmf_text_t *text, unsigned char c)
{
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *at = strchr(from, c);
    char escape[6] = { '\\', 'u', '0', '0', '0', '0' };

    if (c && at) {
        escape[1] = to[at - from];
        tmf_text_putn(text, escape, 2);
        return;
    }
    escape[4] = hex[c >> 4];
    escape[5] = hex[c & 15];
    tmf_text_putn(text, escape, 6);
}

void tmf_text_json(tmf_text_t *text, const char *s, apr_size_t n)
{
    apr_size_t start = 0;
    apr_size_t i = 0;

    tmf_text_putn(text, "\"", 1);
    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        tmf_text_putn(text, s + start, i - start);
        put_escape(text, c);
        start = i + 1;
    }
    tmf_text_putn(text, s + start, n - start);
    tmf_text_putn(text, "\"", 1);
}

static int unreserved(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z') || (c && strchr("-._~", c));
}

void tmf_text_uri(tmf_text_t *text, const char *s, apr_size_t n)
{
    apr_size_t start = 0;
    apr_size_t i = 0;

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        char escape[3] = { '%', hex[c >> 4], hex[c & 15] };

        if (unreserved(c)) {
            continue;
        }
        tmf_text_putn(text, s + start, i - start);
        tmf_text_putn(text, escape, 3);
        start = i + 1;
    }
    tmf_text_putn(text, s + start, n - start);
}

void tmf_text_clear(tmf_text_t *text)
{
    text->length = 0;
    text->bytes[0] = '\0';
}

const char *tmf_text_string(const tmf_text_t *text)
{
    return text->bytes;
}

apr_size_t tmf_text_length(const tmf_text_t *text)
{
    return text->length;
}

int tmf_text_overflowed(const tmf_text_t *text)
{
    return text->overflowed;
}
