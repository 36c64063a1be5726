/* Fuzz target: cursors. The first byte says what the rest is. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <apr_general.h>
#include <apr_siphash.h>
#include <apr_strings.h>

#include "api/tmf_cursor.h"

#define SCOPE "set/thing?a=1"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char key[TMF_CURSOR_KEY] = "0123456789abcde";

static void must(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static apr_pool_t *root_pool(void)
{
    static apr_pool_t *p;

    if (!p) {
        apr_initialize();
        apr_pool_create(&p, NULL);
    }
    return p;
}

static void must_be_same(const tmf_cursor_t *one, const tmf_cursor_t *other)
{
    int i = 0;

    must(!one->backward == !other->backward);
    must(one->skipped == other->skipped);
    must(strcmp(one->seq, other->seq) == 0);
    must(one->n_keys == other->n_keys);
    for (i = 0; i < one->n_keys; i++) {
        must(!one->keys[i] == !other->keys[i]);
        must(!one->keys[i] || strcmp(one->keys[i], other->keys[i]) == 0);
    }
}

/* What was not made with the key is never taken. */
static void check_text(const char *text, apr_pool_t *p)
{
    tmf_cursor_t cursor;
    tmf_error_t *err = tmf_cursor_open(text, SCOPE, key, p, &cursor);

    must(err && err->status == 400);
}

/* Of a length as a place may have it, from the data; NULL at their end. */
static const char *take_text(const uint8_t **data, size_t *size,
                             apr_pool_t *p)
{
    size_t n = *size > 0 ? **data : 0;
    const char *text = NULL;

    if (*size == 0 || n == 255) {
        *data += *size > 0;
        *size -= *size > 0;
        return NULL;
    }
    n = n < *size ? n : *size - 1;
    text = apr_pstrmemdup(p, (const char *)*data + 1, n);
    *data += n + 1;
    *size -= n + 1;
    return text;
}

/* A place of the data's comes back as it was, and for no other scope. */
static void check_place(const uint8_t *data, size_t size, apr_pool_t *p)
{
    const char *keys[TMF_CURSOR_KEYS];
    tmf_cursor_t cursor = { 0, 0, NULL, 0, keys };
    tmf_cursor_t same;
    const char *text = NULL;
    uint64_t numbers[2] = { 0, 0 };

    if (size < sizeof(numbers) + 1) {
        return;
    }
    memcpy(numbers, data, sizeof(numbers));
    cursor.backward = data[sizeof(numbers)] & 1;
    cursor.skipped = (apr_int64_t)(numbers[0] >> 1);
    cursor.seq = apr_psprintf(p, "%" APR_UINT64_T_FMT,
                              numbers[1] % APR_UINT64_C(1000000000000000000));
    data += sizeof(numbers) + 1;
    size -= sizeof(numbers) + 1;
    while (size > 0 && cursor.n_keys < TMF_CURSOR_KEYS) {
        keys[cursor.n_keys++] = take_text(&data, &size, p);
    }
    text = tmf_cursor_seal(&cursor, SCOPE, key, p);
    if (!text) {
        return;
    }
    must(strlen(text) <= TMF_CURSOR_MAX);
    must(!tmf_cursor_open(text, SCOPE, key, p, &same));
    must_be_same(&cursor, &same);
    must(tmf_cursor_open(text, SCOPE "2", key, p, &same) != NULL);
}

/* base64url, written apart from the one that is tested. */
static const char *encode(const unsigned char *bytes, size_t n, apr_pool_t *p)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                 "qrstuvwxyz0123456789-_";
    char *text = apr_pcalloc(p, n * 2 + 4);
    size_t bit = 0;
    size_t i = 0;

    for (i = 0; bit < n * 8; i++) {
        unsigned int value = 0;
        size_t k = 0;

        for (k = 0; k < 6; k++, bit++) {
            unsigned int byte = bit < n * 8 ? bytes[bit / 8] : 0;

            value = value * 2 + ((byte >> (7 - bit % 8)) & 1);
        }
        text[i] = digits[value];
    }
    return text;
}

/* Even with the right MAC, bytes are taken in one form only. */
static void check_signed(const uint8_t *data, size_t size, apr_pool_t *p)
{
    size_t scope = sizeof(SCOPE);
    unsigned char *message = apr_palloc(p, scope + size);
    unsigned char *bytes = apr_palloc(p, APR_SIPHASH_DSIZE + size);
    const char *text = NULL;
    const char *again = NULL;
    tmf_cursor_t cursor;

    memcpy(message, SCOPE, scope);
    memcpy(message + scope, data, size);
    apr_siphash24_auth(bytes, message, scope + size, key);
    memcpy(bytes + APR_SIPHASH_DSIZE, data, size);
    text = encode(bytes, APR_SIPHASH_DSIZE + size, p);
    if (tmf_cursor_open(text, SCOPE, key, p, &cursor)) {
        return;
    }
    again = tmf_cursor_seal(&cursor, SCOPE, key, p);
    /* a sequence may be a digit longer than any that is given out */
    must(again ? strcmp(again, text) == 0 : strlen(cursor.seq) > 18);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p = NULL;

    if (size == 0) {
        return 0;
    }
    apr_pool_create(&p, root_pool());
    if (data[0] == 'p') {
        check_place(data + 1, size - 1, p);
    }
    else if (data[0] == 's') {
        check_signed(data + 1, size - 1, p);
    }
    else {
        check_text(apr_pstrmemdup(p, (const char *)data, size), p);
    }
    apr_pool_destroy(p);
    return 0;
}
