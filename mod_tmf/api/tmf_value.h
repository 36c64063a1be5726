/* A value against its schema. */
#ifndef TMF_VALUE_H
#define TMF_VALUE_H

#include <jansson.h>

#include "api/tmf_walk.h"
#include "spec/tmf_schema.h"

/**
 * Note every fault of a value: types, formats and enums at every level, and
 * what the walk's settings add. An object whose @type names a subtype of
 * its schema is held against that. A member that is null counts as absent.
 */
void tmf_value_check(tmf_walk_t *walk, const tmf_schema_t *schema,
                     const json_t *value, const tmf_spot_t *spot);

/** The same of a value that will be merged with what is there: objects
 *  need not be complete, except in arrays, which are replaced whole. */
void tmf_value_check_merged(tmf_walk_t *walk, const tmf_schema_t *schema,
                            const json_t *value, const tmf_spot_t *spot);

/** True if a name that no schema declares is refused at a place. */
int tmf_value_is_unknown(const tmf_walk_t *walk, const char *name);

/** True if an object has a member that is not null. */
int tmf_value_has(const json_t *object, const char *name);

/** The schema for an object, by its @type. */
const tmf_schema_t *tmf_value_schema(const tmf_schema_t *schema,
                                     const json_t *object);

#endif
