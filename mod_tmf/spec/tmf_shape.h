/* A schema as JSON, for tmf.shape_faults() in sql/0001_base.sql.
 *
 * An array of shapes, the first is the schema's. Of a shape there are, where
 * they say something: type, format (date-time, date, byte), enum (strings),
 * properties (names to numbers of shapes, the first is 0), required (names
 * that are declared), items (a number), subtypes (as properties). */
#ifndef TMF_SHAPE_H
#define TMF_SHAPE_H

#include "spec/tmf_schema.h"

/** Render a schema and all that it refers to; the same for the same. */
const char *tmf_shape_json(const tmf_schema_t *schema, apr_pool_t *p);

#endif
