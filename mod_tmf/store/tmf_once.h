/* Running the plan of a write that has an Idempotency-Key. */
#ifndef TMF_ONCE_H
#define TMF_ONCE_H

#include "api/tmf_plan.h"
#include "api/tmf_result.h"
#include "store/tmf_db.h"

typedef struct tmf_once_t {
    const tmf_plan_t *plan;   /* of CREATE, PATCH or DELETE, with a key */
    tmf_db_t *db;
    apr_pool_t *p;
    tmf_result_t *result;     /* to be filled in */
    /** Why a change has found nothing to change; NULL: by now there is. */
    tmf_error_t *(*explain)(const void *data);
    const void *data;         /* for explain */
} tmf_once_t;

/**
 * Write, or find what the first request with the key was answered.
 * @return TMF_KEY_REUSED, TMF_KEY_IN_USE, explain's errors, and those of
 *         tmf_db_t.
 */
tmf_error_t *tmf_once_run(const tmf_once_t *once);

#endif
