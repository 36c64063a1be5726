/* Which resource and operation a path and a method mean. */
#ifndef TMF_ROUTE_H
#define TMF_ROUTE_H

#include "base/tmf_error.h"
#include "spec/tmf_spec.h"

/** A path that the definition has. */
typedef struct tmf_match_t {
    const tmf_route_t *route;
    const char *id;           /* decoded last segment; NULL: collection */
} tmf_match_t;

/**
 * Find what a path names. A collection may have a final slash.
 * @param path below the mount, percent-encoded.
 * @return TMF_NOT_FOUND, or TMF_BAD_REQUEST for a malformed escape.
 */
tmf_error_t *tmf_route_match(const tmf_spec_t *spec, const char *path,
                             apr_pool_t *p, tmf_match_t *match);

/**
 * The operation of a method. Of the hub it is TMF_OP_HUB, whatever the
 * method is.
 * @return TMF_METHOD_NOT_ALLOWED with the methods there are.
 */
tmf_error_t *tmf_route_operation(const tmf_match_t *match,
                                 const char *method, apr_pool_t *p,
                                 tmf_op_t *op);

/** The methods of a path, not the hub's, as a value of Allow (RFC 9110,
 *  10.2.1). */
const char *tmf_route_allow(const tmf_match_t *match, apr_pool_t *p);

/** True if resources at the path can be patched. */
int tmf_route_patches(const tmf_match_t *match);

/** The operation's name for people: "list", "get", ... */
const char *tmf_op_name(tmf_op_t op);

#endif
