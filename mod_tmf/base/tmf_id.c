#include "base/tmf_id.h"

#include <apr_general.h>
#include <apr_time.h>

enum {
    BYTES = 16,
    TIME_BYTES = 6,
    TEXT = 36
};

static char *put_hex(char *to, const unsigned char *from, int n)
{
    static const char digits[] = "0123456789abcdef";
    int i = 0;

    for (i = 0; i < n; i++) {
        *to++ = digits[from[i] >> 4];
        *to++ = digits[from[i] & 15];
    }
    return to;
}

const char *tmf_id_make(apr_pool_t *p)
{
    static const int groups[] = { 4, 2, 2, 2, 6 };
    unsigned char bytes[BYTES];
    apr_uint64_t now = (apr_uint64_t)apr_time_as_msec(apr_time_now());
    char *text = apr_palloc(p, TEXT + 1);
    char *to = text;
    int from = 0;
    int i = 0;

    if (apr_generate_random_bytes(bytes + TIME_BYTES, BYTES - TIME_BYTES)
        != APR_SUCCESS) {
        return NULL;
    }
    for (i = TIME_BYTES - 1; i >= 0; i--) {
        bytes[i] = (unsigned char)(now & 255);
        now >>= 8;
    }
    bytes[6] = (unsigned char)(0x70 | (bytes[6] & 0x0F));
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3F));
    for (i = 0; i < 5; i++) {
        if (i > 0) {
            *to++ = '-';
        }
        to = put_hex(to, bytes + from, groups[i]);
        from += groups[i];
    }
    *to = '\0';
    return text;
}
