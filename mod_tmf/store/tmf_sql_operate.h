/* What operators do with events, as SQL: sql/0002_events.sql has it. */
#ifndef TMF_SQL_OPERATE_H
#define TMF_SQL_OPERATE_H

#include "store/tmf_db.h"

/** Most rows that a step of a purge removes. */
#define TMF_PURGE_STEP 10000

/** One thing to do. */
typedef struct tmf_operate_t {
    const char *name;
    const char *arguments;    /* for the usage: "SUBSCRIPTION [LANE]" */
    int least;                /* of arguments */
    int most;
    const char *text;         /* with $1 to $most */
} tmf_operate_t;

/** All there are; the last one has no name. */
extern const tmf_operate_t tmf_operates[];

/**
 * The statement for one of them.
 * @param values its arguments, operate->most of them; those left out NULL.
 */
const tmf_sql_t *tmf_sql_operate(const tmf_operate_t *operate,
                                 const char *const *values, apr_pool_t *p);

#endif
