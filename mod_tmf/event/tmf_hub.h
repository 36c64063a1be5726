/* The hub: subscriptions to events (TMF630 part 1, section 10). */
#ifndef TMF_HUB_H
#define TMF_HUB_H

#include "api/tmf_request.h"
#include "store/tmf_db.h"

/** A request to the hub. */
typedef struct tmf_hub_t {
    const tmf_request_t *request;
    const tmf_mount_t *mount;
    const char *id;           /* decoded; NULL: the hub itself */
    tmf_db_t *db;
    apr_pool_t *p;
} tmf_hub_t;

/**
 * The methods of the hub, or of a subscription, as a value of Allow.
 * @param id NULL: the hub itself.
 */
const char *tmf_hub_allow(const tmf_mount_t *mount, const char *id,
                          apr_pool_t *p);

/**
 * Answer a request to the hub. The caller releases the connection.
 * @param response its table of headers is there.
 * @return TMF_METHOD_NOT_ALLOWED, TMF_INVALID_QUERY (there are no
 *         parameters), TMF_INVALID_BODY with the violations, TMF_CONFLICT
 *         (as many subscriptions as are allowed), TMF_NOT_FOUND, and those
 *         of tmf_db_t.
 */
tmf_error_t *tmf_hub_serve(const tmf_hub_t *hub, tmf_response_t *response);

#endif
