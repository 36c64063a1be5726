/* JSONPath filters (TMF630 part 6), compiled to PostgreSQL's jsonpath. */
#ifndef TMF_FILTER_H
#define TMF_FILTER_H

#include <apr_tables.h>

#include "api/tmf_query.h"

#define TMF_FILTER_BYTES 2048 /* of one filter, decoded */
#define TMF_FILTER_DEPTH 8    /* of predicates and parentheses */
#define TMF_FILTER_NODES 64   /* steps, operands and operators */

/**
 * Compile filters, separated by commas or semicolons outside of brackets.
 * Their root is one resource or, before a predicate, the collection:
 * $.a[?(@.b==1)], $[?(@.c=='x')].
 * @param text decoded.
 * @param schema the resource's: where it has an array in an array, a name
 *        or a comparison goes into both.
 * @param filters of tmf_filter_t, appended to.
 * @return TMF_INVALID_QUERY with the position, TMF_NOT_IMPLEMENTED naming
 *         the construct.
 */
tmf_error_t *tmf_filter_parse(const char *text, const tmf_schema_t *schema,
                              apr_pool_t *p, apr_array_header_t *filters);

#endif
