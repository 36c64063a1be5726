/* The pipeline: a request in, a response out. */
#ifndef TMF_SERVE_H
#define TMF_SERVE_H

#include "api/tmf_request.h"
#include "store/tmf_db.h"

/**
 * Serve a request. The database is asked after everything that can be
 * refused without it, and its connection is given back before this returns.
 * @param db source of connections; none is taken for a request that
 *        tmf_plan_build refuses.
 * @return the response from p; never NULL. Errors are rendered in it.
 */
tmf_response_t *tmf_serve(const tmf_request_t *request,
                          const tmf_mount_t *mount, tmf_db_t *db,
                          apr_pool_t *p);

/** The response for an error, with the headers that belong to it. */
tmf_response_t *tmf_serve_error(const tmf_error_t *err, apr_pool_t *p);

#endif
