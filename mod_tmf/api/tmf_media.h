/* Media types of requests (RFC 9110, sections 8.3 and 12.5.1). */
#ifndef TMF_MEDIA_H
#define TMF_MEDIA_H

#include "base/tmf_error.h"

/** What PATCH takes: the value of Accept-Patch (RFC 5789). */
#define TMF_ACCEPT_PATCH "application/merge-patch+json, application/json"

/**
 * Check that a client takes application/json.
 * @param accept value of Accept, NULL: anything.
 * @return TMF_NOT_ACCEPTABLE.
 */
tmf_error_t *tmf_media_accepts(const char *accept, apr_pool_t *p);

/**
 * Check the Content-Type and Content-Encoding of a body.
 * @param type value of Content-Type, NULL: taken for JSON.
 * @param encoding value of Content-Encoding, or NULL.
 * @param patch a PATCH: merge patches are taken too.
 * @return TMF_UNSUPPORTED_TYPE.
 */
tmf_error_t *tmf_media_takes(const char *type, const char *encoding,
                             int patch, apr_pool_t *p);

#endif
