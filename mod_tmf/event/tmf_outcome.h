/* What an attempt's answer means, and when the next attempt is. */
#ifndef TMF_OUTCOME_H
#define TMF_OUTCOME_H

#include <apr_pools.h>

#include "event/tmf_post.h"

/** Delays between attempts, at most. */
#define TMF_SCHEDULE_MAX 50

/** How an attempt went. */
typedef enum tmf_result_kind_t {
    TMF_DELIVERED,
    TMF_RETRY,
    TMF_PARKED,               /* waits for an operator */
    TMF_DISABLED,             /* the receiver wants no more of anything */
    TMF_RELEASED              /* it was not sent to its end */
} tmf_result_kind_t;

typedef struct tmf_outcome_t {
    tmf_result_kind_t kind;
    apr_int64_t delay;        /* ms until the next attempt */
    const char *failure;      /* static text, or NULL */
} tmf_outcome_t;

/** The waits after failed attempts; after the last one's failure follows no
 *  other. */
typedef struct tmf_schedule_t {
    int n;
    const apr_int64_t *delays;        /* ms */
} tmf_schedule_t;

/**
 * Judge an answer.
 * @param attempts that have failed before this one.
 * @param dice any number: delays vary by a fifth to both sides.
 */
tmf_outcome_t tmf_outcome_judge(const tmf_answer_t *answer, int attempts,
                                const tmf_schedule_t *schedule,
                                apr_uint32_t dice);

/** The name of an outcome in the database. */
const char *tmf_outcome_name(tmf_result_kind_t kind);

/**
 * Read a schedule: seconds, with three decimals at most, a blank between.
 * @return NULL, or what is wrong with it.
 */
const char *tmf_schedule_read(const char *text, apr_pool_t *p,
                              tmf_schedule_t *schedule);

#endif
