/* Running the plan of a request for one resource. */
#ifndef TMF_STORE_H
#define TMF_STORE_H

#include "api/tmf_plan.h"
#include "api/tmf_result.h"
#include "store/tmf_db.h"

/**
 * Run a plan, of anything but a list. The caller releases the connection.
 * @param result filled in; its texts live as long as p.
 * @return TMF_NOT_FOUND, TMF_INVALID_BODY (patch), TMF_KEY_REUSED and
 *         TMF_KEY_IN_USE (with a key), and those of tmf_db_t.
 */
tmf_error_t *tmf_store_run(const tmf_plan_t *plan, tmf_db_t *db,
                           apr_pool_t *p, tmf_result_t *result);

#endif
