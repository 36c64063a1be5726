/* Bodies against the definition: every fault, each with its pointer. */
#ifndef TMF_VALIDATE_H
#define TMF_VALIDATE_H

#include <jansson.h>

#include "api/tmf_walk.h"
#include "spec/tmf_resource.h"

#define TMF_ID_MAX 255        /* characters */

/** How much of the definition is demanded. */
typedef enum tmf_profile_t {
    TMF_PROFILE_KIT,          /* what the conformance kits go by */
    TMF_PROFILE_STRICT        /* and what is required at every level or
                                 mandatory in the conformance profile;
                                 nothing that isn't declared, but names that
                                 begin with "@" */
} tmf_profile_t;

/**
 * Validate the body of a POST: what the create schema requires at the top
 * level, one-of rules, and declared types, enums and formats at every
 * level. null counts as absent. Read-only attributes are not looked at. An
 * object whose @type names a type that extends the declared one is held
 * against that.
 * @param client_ids the body's id is taken over: if present it must be a
 *        string of 1 to TMF_ID_MAX characters.
 * @return TMF_INVALID_BODY with violations.
 */
tmf_error_t *tmf_validate_create(const tmf_resource_t *resource,
                                 const json_t *body, int client_ids,
                                 tmf_profile_t profile, apr_pool_t *p);

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
                                tmf_profile_t profile, apr_pool_t *p);

/** The schema of an attribute that a PATCH may change; NULL if it isn't
 *  declared, or is the store's to refuse. */
const tmf_schema_t *tmf_validate_attribute(const tmf_resource_t *resource,
                                           const char *name);

#endif
