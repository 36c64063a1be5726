/* Attribute selection (TMF630 part 1, section 4.3). */
#ifndef TMF_FIELDS_H
#define TMF_FIELDS_H

#include <apr_pools.h>

#include "base/tmf_error.h"

#define TMF_FIELDS_MAX 128    /* names in one selection */

typedef struct tmf_fields_t tmf_fields_t;

typedef struct tmf_field_t {
    const char *name;
    const tmf_fields_t *inner;    /* NULL: the whole value */
} tmf_field_t;

/* The names selected at one level; none at the top: id and href alone. */
struct tmf_fields_t {
    int n;
    const tmf_field_t *list;  /* in the order first asked for */
};

/**
 * Parse the value of a fields parameter. Names are separated by commas,
 * plain or percent-encoded; a dot goes a level down; "none" selects
 * nothing; id and href at the top level are dropped, since they always are
 * there. A name that is selected as a whole swallows selections below it.
 * Empty names between commas are passed over; names are not trimmed.
 * @param raw percent-encoded value, n bytes; '+' is a blank.
 * @param fields set to the selection, NULL if the value has no name: all.
 * @return TMF_INVALID_QUERY.
 */
tmf_error_t *tmf_fields_parse(const char *raw, apr_size_t n, apr_pool_t *p,
                              const tmf_fields_t **fields);

/** A selection as JSON text: {"a":{},"b":{"c":{}}}; NULL gives "{}". */
const char *tmf_fields_json(const tmf_fields_t *fields, apr_pool_t *p);

#endif
