/* A place in an ordered list, as text that clients hand back. */
#ifndef TMF_CURSOR_H
#define TMF_CURSOR_H

#include <apr_pools.h>

#include "base/tmf_error.h"

#define TMF_CURSOR_KEY 16     /* bytes of the key */
#define TMF_CURSOR_KEYS 8     /* keys of an order at most */
#define TMF_CURSOR_MAX 1024   /* bytes of the text at most */

typedef struct tmf_cursor_t {
    int backward;             /* the page before the place, not after it */
    apr_int64_t skipped;      /* rows before the page, as far as known */
    const char *seq;          /* creation sequence of the row at the place */
    int n_keys;
    const char *const *keys;  /* its values of the order's keys, text form;
                                 NULL: the row has no such attribute */
} tmf_cursor_t;

/**
 * Make the text of a cursor: opaque, and bound by a MAC (SipHash-2-4) to
 * what it was made for.
 * @param scope the data set, resource and query that it belongs to.
 * @param key TMF_CURSOR_KEY bytes, the same on every host of a data set.
 * @return URL-safe text from p; NULL if it would be longer than
 *         TMF_CURSOR_MAX, or if the place is not one that can be read back.
 */
const char *tmf_cursor_seal(const tmf_cursor_t *cursor, const char *scope,
                            const unsigned char *key, apr_pool_t *p);

/**
 * Read the text of a cursor.
 * @param key TMF_CURSOR_KEY bytes.
 * @param cursor filled in.
 * @return TMF_INVALID_QUERY if it was not made by tmf_cursor_seal for the
 *         same scope with the same key.
 */
tmf_error_t *tmf_cursor_open(const char *text, const char *scope,
                             const unsigned char *key, apr_pool_t *p,
                             tmf_cursor_t *cursor);

#endif
