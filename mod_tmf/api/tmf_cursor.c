#include "api/tmf_cursor.h"

#include <string.h>

#include <apr_siphash.h>
#include <apr_strings.h>

/*
 * The bytes under base64url: the MAC, flags, the rows skipped, the sequence,
 * and each key as its length plus one, 0 for a missing one, and its text.
 * Numbers have seven bits a byte, the lowest first, and no byte too many.
 */
#define MAC_BYTES APR_SIPHASH_DSIZE
#define BYTES_MAX (TMF_CURSOR_MAX / 4 * 3)

/* Flags. The next format takes another bit, so that no old cursor can be
 * taken for a new one. */
#define FLAG_FORMAT 0x10
#define FLAG_BACKWARD 0x01

static const char alphabet[]
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* --- bytes --------------------------------------------------------------- */

/** Bytes being written or read. */
typedef struct bytes_t {
    unsigned char data[BYTES_MAX];
    apr_size_t length;
    apr_size_t at;            /* where reading goes on */
    int failed;               /* full, or not as it should be */
} bytes_t;

static void put_bytes(bytes_t *bytes, const void *from, apr_size_t n)
{
    if (bytes->failed || n > BYTES_MAX - bytes->length) {
        bytes->failed = 1;
        return;
    }
    memcpy(bytes->data + bytes->length, from, n);
    bytes->length += n;
}

static void put_number(bytes_t *bytes, apr_uint64_t number)
{
    unsigned char byte = 0;

    do {
        byte = number & 0x7f;
        number >>= 7;
        byte |= number ? 0x80 : 0;
        put_bytes(bytes, &byte, 1);
    } while (number);
}

static unsigned char get_byte(bytes_t *bytes)
{
    if (bytes->failed || bytes->at >= bytes->length) {
        bytes->failed = 1;
        return 0;
    }
    return bytes->data[bytes->at++];
}

/* At most 63 bits, written in the one way there is. */
static apr_uint64_t get_number(bytes_t *bytes)
{
    apr_uint64_t number = 0;
    unsigned char byte = 0x80;
    int shift = 0;

    for (shift = 0; (byte & 0x80) && shift < 63; shift += 7) {
        byte = get_byte(bytes);
        number |= (apr_uint64_t)(byte & 0x7f) << shift;
    }
    if ((byte & 0x80) || (byte == 0 && shift > 7)) {
        bytes->failed = 1;
    }
    return number;
}

/* NUL-terminated; NULL after a failure. */
static const char *get_text(bytes_t *bytes, apr_size_t n, apr_pool_t *p)
{
    const char *text = (const char *)bytes->data + bytes->at;

    if (bytes->failed || n > bytes->length - bytes->at
        || memchr(text, '\0', n)) {
        bytes->failed = 1;
        return NULL;
    }
    bytes->at += n;
    return apr_pstrmemdup(p, text, n);
}

/* --- base64url (RFC 4648, section 5), without padding -------------------- */

static const char *encode(const bytes_t *bytes, apr_pool_t *p)
{
    char *text = apr_palloc(p, bytes->length * 4 / 3 + 2);
    char *end = text;
    unsigned int bits = 0;
    int held = 0;
    apr_size_t i = 0;

    for (i = 0; i < bytes->length; i++) {
        bits = (bits << 8) | bytes->data[i];
        for (held += 8; held >= 6; held -= 6) {
            *end++ = alphabet[(bits >> (held - 6)) & 63];
        }
    }
    if (held > 0) {
        *end++ = alphabet[(bits << (6 - held)) & 63];
    }
    *end = '\0';
    return text;
}

/* The bits left over must be 0, or one cursor had many texts. */
static void decode(const char *text, bytes_t *bytes)
{
    unsigned int bits = 0;
    int held = 0;

    for (; *text && !bytes->failed; text++) {
        const char *found = strchr(alphabet, *text);
        unsigned char byte = 0;

        bytes->failed = !found;
        bits = (bits << 6) | (unsigned int)(found ? found - alphabet : 0);
        held += 6;
        if (held >= 8) {
            held -= 8;
            byte = (bits >> held) & 0xff;
            put_bytes(bytes, &byte, 1);
        }
    }
    if (held >= 6 || (bits & ((1U << held) - 1))) {
        bytes->failed = 1;
    }
}

/* --- the MAC ------------------------------------------------------------- */

/* Of the scope with its NUL, so that no scope runs into the place, and of
 * all bytes after the MAC. */
static void make_mac(const bytes_t *bytes, const char *scope,
                     const unsigned char *key, apr_pool_t *p,
                     unsigned char *mac)
{
    apr_size_t n = strlen(scope) + 1;
    apr_size_t rest = bytes->length - MAC_BYTES;
    unsigned char *message = apr_palloc(p, n + rest);

    memcpy(message, scope, n);
    memcpy(message + n, bytes->data + MAC_BYTES, rest);
    apr_siphash24_auth(mac, message, n + rest, key);
}

/* Takes as long for every wrong MAC. */
static int is_equal(const unsigned char *one, const unsigned char *other)
{
    unsigned int differ = 0;
    int i = 0;

    for (i = 0; i < MAC_BYTES; i++) {
        differ |= (unsigned int)(one[i] ^ other[i]);
    }
    return !differ;
}

/* --- cursors ------------------------------------------------------------- */

/* A sequence is one of decimal digits without a zero in front. */
static int read_sequence(const char *text, apr_uint64_t *number)
{
    apr_size_t n = strspn(text, "0123456789");

    if (n == 0 || n > 18 || text[n] || (n > 1 && *text == '0')) {
        return 0;
    }
    *number = (apr_uint64_t)apr_atoi64(text);
    return 1;
}

const char *tmf_cursor_seal(const tmf_cursor_t *cursor, const char *scope,
                            const unsigned char *key, apr_pool_t *p)
{
    bytes_t bytes = { { 0 }, MAC_BYTES, 0, 0 };
    unsigned char flags = FLAG_FORMAT
        | (cursor->backward ? FLAG_BACKWARD : 0);
    apr_uint64_t sequence = 0;
    int i = 0;

    if (cursor->n_keys < 0 || cursor->n_keys > TMF_CURSOR_KEYS
        || cursor->skipped < 0 || !read_sequence(cursor->seq, &sequence)) {
        return NULL;
    }
    put_bytes(&bytes, &flags, 1);
    put_number(&bytes, (apr_uint64_t)cursor->skipped);
    put_number(&bytes, sequence);
    for (i = 0; i < cursor->n_keys; i++) {
        apr_size_t n = cursor->keys[i] ? strlen(cursor->keys[i]) : 0;

        put_number(&bytes, cursor->keys[i] ? n + 1 : 0);
        put_bytes(&bytes, cursor->keys[i] ? cursor->keys[i] : "", n);
    }
    if (bytes.failed) {
        return NULL;
    }
    make_mac(&bytes, scope, key, p, bytes.data);
    return encode(&bytes, p);
}

/* The bytes after the MAC. It has proved that they are ours; they are
 * read as if they were not. */
static void read_place(bytes_t *bytes, apr_pool_t *p, tmf_cursor_t *cursor)
{
    const char **keys = apr_pcalloc(p, TMF_CURSOR_KEYS * sizeof(*keys));
    unsigned char flags = 0;
    apr_uint64_t n = 0;
    int i = 0;

    bytes->at = MAC_BYTES;
    flags = get_byte(bytes);
    if ((flags & ~FLAG_BACKWARD) != FLAG_FORMAT) {
        bytes->failed = 1;
    }
    cursor->backward = flags & FLAG_BACKWARD;
    cursor->skipped = (apr_int64_t)get_number(bytes);
    cursor->seq = apr_psprintf(p, "%" APR_UINT64_T_FMT, get_number(bytes));
    for (i = 0; i < TMF_CURSOR_KEYS && bytes->at < bytes->length; i++) {
        n = get_number(bytes);
        if (n > BYTES_MAX) {
            bytes->failed = 1;
        }
        keys[i] = n > 0 ? get_text(bytes, (apr_size_t)n - 1, p) : NULL;
    }
    cursor->n_keys = i;
    cursor->keys = keys;
    bytes->failed = bytes->failed || bytes->at < bytes->length;
}

tmf_error_t *tmf_cursor_open(const char *text, const char *scope,
                             const unsigned char *key, apr_pool_t *p,
                             tmf_cursor_t *cursor)
{
    bytes_t bytes = { { 0 }, 0, 0, 0 };
    unsigned char mac[MAC_BYTES];

    memset(cursor, 0, sizeof(*cursor));
    bytes.failed = strlen(text) > TMF_CURSOR_MAX;
    decode(text, &bytes);
    if (!bytes.failed && bytes.length > MAC_BYTES) {
        make_mac(&bytes, scope, key, p, mac);
        bytes.failed = !is_equal(mac, bytes.data);
    }
    else {
        bytes.failed = 1;
    }
    if (!bytes.failed) {
        read_place(&bytes, p, cursor);
    }
    return !bytes.failed ? NULL
        : tmf_error(p, TMF_INVALID_QUERY, "the cursor is not one that this "
                    "list has given out: take it from a Link of the same "
                    "query, filters and sort alike");
}
