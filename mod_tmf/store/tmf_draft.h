/* A statement being written; private to the files that write SQL. */
#ifndef TMF_STORE_DRAFT_H
#define TMF_STORE_DRAFT_H

#include <apr_tables.h>

#include "api/tmf_plan.h"
#include "base/tmf_text.h"
#include "store/tmf_db.h"

/**
 * Who reads what another has written may tell it only when it is as safe as
 * his own would be. A message to nobody makes this a transaction whose commit
 * waits for the disk and for synchronous standbys, as the other one's has or
 * should have: the other one may have been cut off while it waited, and what
 * it had written can be seen from then on.
 */
#define TMF_DRAFT_SAFE "pg_logical_emit_message(true, 'mod_tmf', '')"

typedef struct tmf_draft_t {
    tmf_text_t *text;
    apr_array_header_t *values;   /* const char * */
    apr_pool_t *p;
} tmf_draft_t;

/** Begin a statement. */
tmf_draft_t tmf_draft_make(apr_pool_t *p);

/** Append SQL text of ours. */
void tmf_draft_put(tmf_draft_t *draft, const char *sql);

/** Append $n for a value, and a cast where the context gives no type. */
void tmf_draft_value(tmf_draft_t *draft, const char *value,
                     const char *cast);

/** Take a value in: its $n with the cast, for use in many places. */
const char *tmf_draft_parameter(tmf_draft_t *draft, const char *value,
                                const char *cast);

/** Append the name of the table of a plan's resource. */
void tmf_draft_table(tmf_draft_t *draft, const tmf_plan_t *plan);

/** Append the columns that are served: id; body, the other attributes that
 *  a plan's selection leaves, as the text of an object; seq. */
void tmf_draft_columns(tmf_draft_t *draft, const tmf_plan_t *plan);

/** End a statement. */
const tmf_sql_t *tmf_draft_end(const tmf_draft_t *draft, int writes);

/**
 * Append a query's criteria and filters as a condition.
 * @param lead what goes before it, "WHERE " or "AND "; left out with it if
 *        there are none.
 */
void tmf_draft_criteria(tmf_draft_t *draft, const char *lead,
                        const tmf_query_t *query);

/**
 * The expression of an attribute that is reached without arrays, just as
 * its index has it; of others the first value there is, as jsonb.
 * @return SQL text without values of the client's: names that the
 *         definition hasn't travel as $n, which is why it takes a draft.
 */
const char *tmf_draft_operand(tmf_draft_t *draft,
                              const tmf_operand_t *operand);

/** The text of an attribute, of several the first; for times. */
const char *tmf_draft_text(tmf_draft_t *draft, const tmf_operand_t *operand);

#endif
