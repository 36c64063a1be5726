/* Bounds of a JSON text that no parser of ours may be trusted with. */
#ifndef TMF_NUMBER_H
#define TMF_NUMBER_H

#include <apr_pools.h>

/* A number has at most so many digits when it is written without an exponent,
 * as it is served: so what is taken once is taken again. And an exponent of at
 * most so much: a short text such as 1e131000 would otherwise become very many
 * bytes. */
#define TMF_NUMBER_DIGITS 64
#define TMF_NUMBER_EXPONENT 38

/* Nesting of objects and arrays. */
#define TMF_JSON_DEPTH 64

/* Members of objects and elements of arrays, all together: a value of two
 * bytes costs a parser a hundred times that. */
#define TMF_JSON_VALUES 20000

typedef enum tmf_bound_t {
    TMF_BOUND_KEPT,
    TMF_BOUND_DIGITS,
    TMF_BOUND_EXPONENT,
    TMF_BOUND_DEPTH,
    TMF_BOUND_VALUES
} tmf_bound_t;

/**
 * Hold the numbers, the nesting and the number of values of a JSON text
 * against the bounds. The text need not be valid: what isn't is the
 * parser's to refuse.
 * @param offset where the first excess begins, in bytes; set on excess only.
 */
tmf_bound_t tmf_number_scan(const char *json, apr_size_t n,
                            apr_size_t *offset);

/** True if n bytes are exactly one JSON number (RFC 8259) in the bounds. */
int tmf_number_valid(const char *s, apr_size_t n);

#endif
