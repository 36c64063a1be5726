/* JSON Patch (RFC 6902) and JSON Patch Query (TMF630 part 5), as far as they
 * can be looked at without the resource. */
#ifndef TMF_PATCH_H
#define TMF_PATCH_H

#include <jansson.h>

#include "api/tmf_media.h"
#include "api/tmf_validate.h"

#define TMF_PATCH_OPERATIONS 128  /* in one patch */
#define TMF_PATCH_CONDITIONS 16   /* in one path */

/**
 * Check the operations of a patch: that each is one, with well-formed
 * pointers and queries, and that its value is as the definition says of the
 * attribute that the path leads to. The rest of the rules hold for the
 * result, which only the store knows.
 * @param kind TMF_PATCH_JSON: body must be an array. TMF_PATCH_QUERY: it
 *        may be a single operation, too.
 * @return TMF_INVALID_BODY with violations: every fault.
 */
tmf_error_t *tmf_patch_check(const tmf_resource_t *resource,
                             tmf_patch_t kind, const json_t *body,
                             tmf_profile_t profile, apr_pool_t *p);

#endif
