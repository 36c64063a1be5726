/* Schemas with more that is required: what a conformance profile makes
 * mandatory. */
#ifndef TMF_DEMAND_H
#define TMF_DEMAND_H

#include <apr_tables.h>

#include "spec/tmf_schema.h"

/** True if a dotted path, through arrays, leads to a declared attribute. */
int tmf_demand_declared(const tmf_schema_t *schema, const char *path);

/**
 * Copy a schema as far as paths go and require there what they end in:
 * "a" of the object itself, "a.b" of each object that is at a.
 * @param paths dotted paths of char *, NULL: none. Those that are not
 *        declared are passed over.
 * @return the schema itself if there is nothing to require.
 */
const tmf_schema_t *tmf_demand(const tmf_schema_t *schema,
                               const apr_array_header_t *paths,
                               apr_pool_t *p);

#endif
