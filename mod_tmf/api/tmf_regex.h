/* The subset of PostgreSQL's regular expressions that a client may send:
 * what it leaves out could hold a database backend for long, or would mean
 * something else elsewhere. */
#ifndef TMF_REGEX_H
#define TMF_REGEX_H

#include <apr_pools.h>

#define TMF_REGEX_BYTES 256   /* of a pattern */
#define TMF_REGEX_REPEAT 50   /* m and n of {m,n} */
#define TMF_REGEX_QUANTIFIERS 16      /* of a pattern */
#define TMF_REGEX_ANCHORS 4
#define TMF_REGEX_DEPTH 8     /* of groups */
#define TMF_REGEX_ATOMS 200   /* of a pattern, repeated ones as often */

typedef struct tmf_regex_fault_t {
    const char *rule;         /* that the pattern breaks: "has a ..." */
    int position;             /* from 1, in characters of the pattern */
} tmf_regex_fault_t;

/**
 * Check a pattern and write it anew for PostgreSQL, without captures and
 * with its classes spelt out, so that it means the same in every locale, for
 * the operator ~ and for like_regex with the flag "s".
 * @param pattern UTF-8; need not be anchored.
 * @param fault set if NULL is returned.
 * @return an advanced regular expression from p, or NULL.
 */
const char *tmf_regex_compile(const char *pattern, apr_pool_t *p,
                              tmf_regex_fault_t *fault);

#endif
