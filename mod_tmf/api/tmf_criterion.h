/* Comparisons of attributes with values (TMF630 part 1, section 4.4). */
#ifndef TMF_CRITERION_H
#define TMF_CRITERION_H

#include <apr_tables.h>

#include "api/tmf_parameter.h"
#include "api/tmf_query.h"

/**
 * Parse a parameter that names an attribute: alternatives, of which one must
 * match. Operators and separators count in the raw text; an operator may be
 * percent-encoded, a separator may not.
 * @param criteria of tmf_criterion_t, appended to.
 * @return TMF_INVALID_QUERY.
 */
tmf_error_t *tmf_criterion_parse(const tmf_parameter_t *parameter,
                                 const tmf_resource_t *resource,
                                 apr_pool_t *p,
                                 apr_array_header_t *criteria);

#endif
