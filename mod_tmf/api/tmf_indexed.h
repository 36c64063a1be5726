/* Whether an index serves a list. */
#ifndef TMF_INDEXED_H
#define TMF_INDEXED_H

#include "api/tmf_query.h"

/**
 * True if a term is a comparison of the id or of an attribute with an index
 * (equality or range, in all its alternatives).
 */
int tmf_indexed_term(const tmf_term_t *term, const tmf_resource_t *resource,
                     apr_pool_t *p);

/**
 * Refuse a list that would have to look at every row of its table: one with
 * filters of which none has an index, or one whose first sort key has none.
 * @return TMF_INVALID_QUERY naming the attribute.
 */
tmf_error_t *tmf_indexed_check(const tmf_query_t *query,
                               const tmf_resource_t *resource,
                               apr_pool_t *p);

#endif
