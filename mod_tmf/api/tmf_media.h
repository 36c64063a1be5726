/* Media types of requests (RFC 9110, sections 8.3 and 12.5.1). */
#ifndef TMF_MEDIA_H
#define TMF_MEDIA_H

#include "base/tmf_error.h"

/** What PATCH takes: the value of Accept-Patch (RFC 5789). */
#define TMF_ACCEPT_PATCH "application/merge-patch+json, application/json, " \
    "application/json-patch+json, application/json-patch-query+json"

/** What the body of a PATCH is. */
typedef enum tmf_patch_t {
    TMF_PATCH_MERGE,          /* RFC 7396 */
    TMF_PATCH_JSON,           /* RFC 6902 */
    TMF_PATCH_QUERY           /* TMF630 part 5 */
} tmf_patch_t;

/**
 * Check that a client takes application/json.
 * @param accept value of Accept, NULL: anything.
 * @return TMF_NOT_ACCEPTABLE.
 */
tmf_error_t *tmf_media_accepts(const char *accept, apr_pool_t *p);

/**
 * Check the Content-Type of the body of a POST.
 * @param type value of Content-Type, NULL: taken for JSON.
 * @return TMF_UNSUPPORTED_TYPE.
 */
tmf_error_t *tmf_media_takes(const char *type, apr_pool_t *p);

/**
 * The same for the body of a PATCH.
 * @param kind set to what the body is.
 */
tmf_error_t *tmf_media_patches(const char *type, apr_pool_t *p,
                               tmf_patch_t *kind);

/**
 * Check that a body that has been read is in no encoding any more.
 * @param encoding value of Content-Encoding, or NULL.
 * @return TMF_UNSUPPORTED_TYPE.
 */
tmf_error_t *tmf_media_decoded(const char *encoding, apr_pool_t *p);

#endif
