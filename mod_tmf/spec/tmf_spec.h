/* An API definition: OpenAPI document and overlay, compiled. */
#ifndef TMF_SPEC_H
#define TMF_SPEC_H

#include <apr_tables.h>

#include "base/tmf_error.h"
#include "spec/tmf_resource.h"

/** A mistake in a definition or overlay. */
typedef struct tmf_fault_t {
    const char *file;
    const char *pointer;      /* RFC 6901 pointer into that file, "" whole */
    const char *message;
} tmf_fault_t;

/** A path of the definition that is served. */
typedef struct tmf_route_t {
    const tmf_resource_t *resource;   /* NULL for the hub */
    const char *name;         /* first segment: "badge", "hub" */
    /* operations of the collection path and of the path with {id}: bits
     * 1 << TMF_OP_* ; a path with no bit does not exist in the document */
    unsigned int collection;
    unsigned int item;
    /* for the hub: the HTTP methods declared, as Allow would list them */
    const char *collection_methods;   /* NULL: not the hub */
    const char *item_methods;
} tmf_route_t;

typedef struct tmf_spec_t {
    const char *file;         /* the document */
    const char *overlay;      /* the overlay's file, or NULL */
    const char *title;
    const char *version;      /* of the API */
    const char *data_set;     /* default data set (PostgreSQL schema) */
    int n_resources;
    const tmf_resource_t *resources;
    int n_routes;
    const tmf_route_t *routes;
} tmf_spec_t;

/**
 * Load and compile a definition.
 *
 * Reads Swagger 2.0 and OpenAPI 3.0 documents in JSON. Every mistake is
 * reported, not the first alone.
 * @param file path of the document.
 * @param overlay path of the overlay, or NULL.
 * @param faults array of tmf_fault_t; mistakes are appended.
 * @param p pool of the result and of the faults' texts.
 * @return the compiled definition, or NULL if a fault was appended.
 */
const tmf_spec_t *tmf_spec_load(const char *file, const char *overlay,
                                apr_array_header_t *faults, apr_pool_t *p);

/** Find the route of a first path segment; NULL if there is none. */
const tmf_route_t *tmf_spec_route(const tmf_spec_t *spec,
                                  const char *segment);

#endif
