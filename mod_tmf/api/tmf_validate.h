/* Bodies against the definition: every fault, each with its pointer. */
#ifndef TMF_VALIDATE_H
#define TMF_VALIDATE_H

#include <jansson.h>

#include "base/tmf_error.h"
#include "spec/tmf_resource.h"

#define TMF_VIOLATIONS_MAX 100    /* the rest is counted, not listed */
#define TMF_ID_MAX 255        /* characters */

/**
 * Validate the body of a POST: what the create schema requires at the top
 * level, one-of rules, and declared types, enums and formats at every
 * level. null counts as absent. Read-only attributes are not looked at.
 * @param client_ids the body's id is taken over: if present it must be a
 *        string of 1 to TMF_ID_MAX characters.
 * @return TMF_INVALID_BODY with violations.
 */
tmf_error_t *tmf_validate_create(const tmf_resource_t *resource,
                                 const json_t *body, int client_ids,
                                 apr_pool_t *p);

/**
 * Validate a merge patch: types, enums and formats of what it sets. id and
 * href may be there with the values they have. The rest of the rules hold
 * for the result, which only the store knows.
 * @param id the resource's id, which an href in the patch must end with
 *        after the resource's name: host and mount may differ.
 * @return TMF_INVALID_BODY with violations.
 */
tmf_error_t *tmf_validate_patch(const tmf_resource_t *resource,
                                const json_t *patch, const char *id,
                                apr_pool_t *p);

#endif
