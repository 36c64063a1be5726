/* Running a list. */
#ifndef TMF_LIST_H
#define TMF_LIST_H

#include "api/tmf_plan.h"
#include "api/tmf_result.h"
#include "store/tmf_db.h"

/** A page with more rows is not held, but goes to the sink row by row: so
 * many large documents fit into memory. */
#define TMF_LIST_HELD 100

/**
 * Run the plan of a list.
 * @param sink takes the rows of a large page; never called for others.
 * @param result filled in; its texts live as long as p.
 * @return TMF_INVALID_QUERY for a cursor that isn't one of this list, the
 *         sink's errors, and those of tmf_db_t.
 */
tmf_error_t *tmf_list_run(const tmf_plan_t *plan, tmf_db_t *db,
                          const tmf_sink_t *sink, apr_pool_t *p,
                          tmf_result_t *result);

#endif
