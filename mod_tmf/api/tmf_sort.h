/* The order of a list (TMF630 part 1, section 4.7). */
#ifndef TMF_SORT_H
#define TMF_SORT_H

#include <apr_tables.h>

#include "api/tmf_query.h"

/**
 * Parse the value of a sort parameter: attribute paths, separated by commas
 * plain or percent-encoded, each with "-" (descending), "+" or a blank
 * (ascending) before it or none of them. Empty names between commas are
 * passed over, as are keys that were there already.
 * @param raw percent-encoded value, n bytes.
 * @param sorts of tmf_sort_t, appended to.
 * @return NULL, or the rule that the value breaks.
 */
const char *tmf_sort_parse(const char *raw, apr_size_t n,
                           const tmf_resource_t *resource,
                           apr_array_header_t *sorts);

#endif
