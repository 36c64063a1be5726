/* Plans as SQL: only here statements are written. */
#ifndef TMF_SQL_H
#define TMF_SQL_H

#include "api/tmf_cursor.h"
#include "api/tmf_plan.h"
#include "store/tmf_db.h"

/** For a total, so many rows are looked at, unless more is asked for. */
#define TMF_COUNT_MAX 10000

/**
 * The statement of a plan; of a list, that of the page at its offset. It
 * answers rows of id, body, seq, version and updated (us since 1970).
 */
const tmf_sql_t *tmf_sql_render(const tmf_plan_t *plan, apr_pool_t *p);

/**
 * The statement that reads a resource that may have been written just now:
 * when it answers, its row is safe from any crash.
 */
const tmf_sql_t *tmf_sql_read_back(const tmf_plan_t *plan, apr_pool_t *p);

/**
 * The statement of a list's page. It answers rows of id, body, seq and the
 * text of each sort key, in the order of the list. If the list goes on, one
 * row more than the plan's limit; that row is the last one also where the
 * page ends at the cursor, and the list goes on in front.
 * @param cursor where the page begins, or ends if it is backward; it has a
 *        key for each sort key of the plan. NULL: at the plan's offset.
 */
const tmf_sql_t *tmf_sql_list(const tmf_plan_t *plan,
                              const tmf_cursor_t *cursor, apr_pool_t *p);

/**
 * The statement that counts what a list matches: one row, the number and
 * whether there may be more, or it is the statistics' (t or f).
 */
const tmf_sql_t *tmf_sql_count(const tmf_plan_t *plan, apr_pool_t *p);

/**
 * The statement that tells why a patch or a deletion did nothing: one row of
 * whether its condition holds (t or f), and a patch's violations or null; no
 * row if the resource is not there.
 */
const tmf_sql_t *tmf_sql_faults(const tmf_plan_t *plan, apr_pool_t *p);

/**
 * The statement of a plan with a key: it writes and keeps what it answers, a
 * row of id, body, seq, version and updated, the last three null for a
 * deletion; it fails with TMF_CONFLICT if there is an answer already.
 */
const tmf_sql_t *tmf_sql_once(const tmf_plan_t *plan, apr_pool_t *p);

/**
 * The statement that looks for the answer to a plan with a key: one row of
 * the same columns, all null if there is none; the base of the answer;
 * whether it was given to the same request; and whether nobody is about to
 * give one (t or f). When it is there, it is safe from any crash.
 */
const tmf_sql_t *tmf_sql_recall(const tmf_plan_t *plan, apr_pool_t *p);

/** The statement that answers the key of cursors, in hexadecimal digits. */
const tmf_sql_t *tmf_sql_secret(void);

#endif
