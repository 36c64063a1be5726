#include "base/tmf_uri.h"

#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return -1;
}

/* Bytes of the sequence that starts with the lead byte, 0 if none can, and
 * the bounds of its second byte, which hold overlong forms, surrogates and
 * code points above U+10FFFF out. */
static int sequence_length(unsigned char lead, unsigned char *low,
                           unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        *low = lead == 0xE0 ? 0xA0 : 0x80;
        *high = lead == 0xED ? 0x9F : 0xBF;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        *low = lead == 0xF0 ? 0x90 : 0x80;
        *high = lead == 0xF4 ? 0x8F : 0xBF;
        return 4;
    }
    return 0;
}

int tmf_utf8_valid(const char *s, apr_size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    apr_size_t i = 0;

    while (i < n) {
        unsigned char low = 0;
        unsigned char high = 0;
        int length = sequence_length(u[i], &low, &high);
        int k = 0;

        if (!u[i] || !length || (apr_size_t)length > n - i) {
            return 0;
        }
        if (length > 1 && (u[i + 1] < low || u[i + 1] > high)) {
            return 0;
        }
        for (k = 2; k < length; k++) {
            if ((u[i + k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        i += (apr_size_t)length;
    }
    return 1;
}

const char *tmf_uri_decode(apr_pool_t *p, const char *s, apr_size_t n,
                           tmf_plus_t plus)
{
    char *out = apr_palloc(p, n + 1);
    apr_size_t length = 0;
    apr_size_t i = 0;

    for (i = 0; i < n; i++) {
        char c = s[i];

        if (c == '%') {
            int high = n - i > 2 ? hex_value(s[i + 1]) : -1;
            int low = n - i > 2 ? hex_value(s[i + 2]) : -1;

            if (high < 0 || low < 0) {
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        else if (c == '+' && plus == TMF_PLUS_BLANK) {
            c = ' ';
        }
        out[length++] = c;
    }
    out[length] = '\0';
    return tmf_utf8_valid(out, length) ? out : NULL;
}
