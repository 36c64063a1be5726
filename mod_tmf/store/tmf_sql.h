/* Plans as SQL: the only file that writes statements. */
#ifndef TMF_SQL_H
#define TMF_SQL_H

#include "api/tmf_plan.h"
#include "store/tmf_db.h"

/**
 * The statement of a plan. It answers rows of id and body; a list's page
 * has one row more than the plan's limit if there are more.
 */
const tmf_sql_t *tmf_sql_render(const tmf_plan_t *plan, apr_pool_t *p);

/** The statement that counts all that a list's criteria match. */
const tmf_sql_t *tmf_sql_count(const tmf_plan_t *plan, apr_pool_t *p);

/** The statement that tells why a patch changed nothing: one row of
 *  violations or null; no row if the resource is not there. */
const tmf_sql_t *tmf_sql_faults(const tmf_plan_t *plan, apr_pool_t *p);

#endif
