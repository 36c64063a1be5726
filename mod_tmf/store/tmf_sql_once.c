#include "store/tmf_sql.h"

#include "base/tmf_text.h"
#include "store/tmf_draft.h"

/* Columns of the row that a write answers; a deletion has no state left. */
#define STATE "seq, version, updated"
#define NO_STATE "NULL::bigint, NULL::bigint, NULL::bigint"

/* Of a name however long. */
#define DIGEST "sha256(convert_to(%s, 'UTF8'))"

/* $n of what a key is known by: no user's keys are in another one's way. */
typedef struct names_t {
    const char *data_set;
    const char *user;
    const char *key;
} names_t;

static names_t take_names(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    names_t names = { NULL, NULL, NULL };

    names.data_set = tmf_draft_parameter(draft, plan->data_set, "::text");
    names.user = tmf_draft_parameter(draft, plan->key.user, "::text");
    names.key = tmf_draft_parameter(draft, plan->key.text, "::text");
    return names;
}

/* A lock that nobody waits for: who has it tells that he is at work. */
static void put_lock(tmf_draft_t *draft, const char *function,
                     const names_t *names)
{
    tmf_text_printf(draft->text, "%s(hashtextextended(%s || ' ' || %s"
                    " || ' ' || %s, 0))", function, names->data_set,
                    names->user, names->key);
}

static void put_fingerprint(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    tmf_draft_put(draft, "sha256(convert_to(");
    tmf_draft_value(draft, plan->key.request, "::text, 'UTF8'))");
}

/* One statement, so that what is written and what is answered are there
 * together or not at all. A twin waits for the first one at the key's index,
 * and then fails as a whole. */
const tmf_sql_t *tmf_sql_once(const tmf_plan_t *plan, apr_pool_t *p)
{
    const tmf_sql_t *write = tmf_sql_render(plan, p);
    const char *state = plan->op == TMF_OP_DELETE ? NO_STATE : STATE;
    tmf_draft_t draft = tmf_draft_make(p);
    names_t names = { NULL, NULL, NULL };
    int i = 0;

    for (i = 0; i < write->n_values; i++) {
        APR_ARRAY_PUSH(draft.values, const char *) = write->values[i];
    }
    names = take_names(&draft, plan);
    tmf_draft_put(&draft, plan->op == TMF_OP_DELETE
                              ? "WITH made (id, body) AS ("
                              : "WITH made (id, body, " STATE ") AS (");
    tmf_draft_put(&draft, write->text);
    tmf_draft_put(&draft, "), kept AS (INSERT INTO tmf.idempotency"
                  " (data_set, client, key, fingerprint, base, id, body, "
                  STATE ") SELECT ");
    tmf_text_printf(draft.text, "%s, " DIGEST ", %s, ", names.data_set,
                    names.user, names.key);
    put_fingerprint(&draft, plan);
    tmf_draft_put(&draft, ", ");
    tmf_draft_value(&draft, plan->key.base, "::text");
    tmf_text_printf(draft.text, ", id, body, %s FROM made, ", state);
    put_lock(&draft, "pg_try_advisory_xact_lock", &names);
    tmf_text_printf(draft.text, " AS at_work) SELECT id, body, %s FROM made",
                    state);
    return tmf_draft_end(&draft, 1);
}

const tmf_sql_t *tmf_sql_recall(const tmf_plan_t *plan, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);
    names_t names = take_names(&draft, plan);

    tmf_draft_put(&draft, "SELECT id, body, " STATE ", base, fingerprint = ");
    put_fingerprint(&draft, plan);
    tmf_draft_put(&draft, ", is_free, CASE WHEN key IS NOT NULL THEN "
                  TMF_DRAFT_SAFE " END FROM ");
    put_lock(&draft, "pg_try_advisory_xact_lock_shared", &names);
    tmf_text_printf(draft.text, " AS is_free LEFT JOIN tmf.idempotency"
                    " ON data_set = %s AND client = " DIGEST
                    " AND key = %s", names.data_set, names.user, names.key);
    return tmf_draft_end(&draft, 0);
}
