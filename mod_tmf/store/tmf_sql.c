#include "store/tmf_sql.h"

#include <string.h>

#include <apr_strings.h>

#include "base/tmf_text.h"
#include "store/tmf_draft.h"
#include "store/tmf_quote.h"
#include "store/tmf_rule.h"

/* A document with what is served in front of it; $3 is the href. */
#define SERVED "doc || jsonb_build_object('id', id, 'href', $3::text)"

/* Exact: timestamps are whole microseconds. */
#define UPDATED "(EXTRACT(epoch FROM updated) * 1000000)::bigint"

static void put_names(tmf_draft_t *draft, int n, const char *const *names)
{
    tmf_draft_value(draft, tmf_quote_array(n, names, draft->p), "::text[]");
}

/* --- statements --------------------------------------------------------- */

/* Of one resource: what its ETag and Last-Modified are made of, too. */
static void put_resource(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    tmf_draft_columns(draft, plan);
    tmf_draft_put(draft, ", version, " UPDATED);
}

/* The triggers that write events fire when the rows are done, and find it
 * there; it ends with the transaction. */
static void put_correlation(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    if (plan->correlation) {
        tmf_draft_put(draft, ", set_config('tmf.correlation', ");
        tmf_draft_value(draft, plan->correlation, ", true)");
    }
}

static void put_from(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    tmf_draft_put(draft, " FROM ");
    tmf_draft_table(draft, plan);
    tmf_draft_put(draft, " WHERE id = ");
    tmf_draft_value(draft, plan->id, "");
}

static void draft_get(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    tmf_draft_put(draft, "SELECT ");
    put_resource(draft, plan);
    put_from(draft, plan);
}

static void draft_create(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    const tmf_resource_t *resource = plan->resource;

    tmf_draft_put(draft, "INSERT INTO ");
    tmf_draft_table(draft, plan);
    tmf_draft_put(draft, " (id, doc) VALUES (");
    tmf_draft_value(draft, plan->id, "");
    tmf_draft_put(draft, ", ");
    tmf_draft_value(draft, plan->body, "::jsonb");
    tmf_draft_put(draft, " - ");
    put_names(draft, resource->n_create_ignored, resource->create_ignored);
    tmf_draft_put(draft, ") RETURNING ");
    put_resource(draft, plan);
    put_correlation(draft, plan);
}

static void put_versions(tmf_draft_t *draft, const tmf_tags_t *tags)
{
    const char **versions = apr_pcalloc(
        draft->p, sizeof(*versions) * (apr_size_t)(tags->n + 1));
    int i = 0;

    for (i = 0; i < tags->n; i++) {
        versions[i] = tags->list[i].version;
    }
    tmf_draft_put(draft, "seq || '-' || version || '-' || " UPDATED
                  " = ANY (");
    put_names(draft, tags->n, versions);
    tmf_draft_put(draft, ")");
}

/* What must hold of a row for it to be written. Tags stand for states here,
 * whatever was shown of them; a date is the beginning of its second. */
static void put_condition(tmf_draft_t *draft,
                          const tmf_condition_t *condition)
{
    const tmf_since_t *since = &condition->unmodified_since;

    if (condition->match.given && !condition->match.any) {
        tmf_draft_put(draft, " AND ");
        put_versions(draft, &condition->match);
    }
    if (since->given) {
        tmf_draft_put(draft, " AND updated <= to_timestamp(");
        tmf_draft_value(draft, apr_psprintf(draft->p, "%" APR_INT64_T_FMT,
                                            since->seconds), "::float8");
        tmf_draft_put(draft, ")");
    }
    if (condition->none_match.any) {
        tmf_draft_put(draft, " AND false");
    }
    else if (condition->none_match.given) {
        tmf_draft_put(draft, " AND NOT ");
        put_versions(draft, &condition->none_match);
    }
}

/* $1 is the id, of a patch $2 its body, of a JSON patch $3 the href. */
static void add_values(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    APR_ARRAY_PUSH(draft->values, const char *) = plan->id;
    if (plan->op == TMF_OP_PATCH) {
        APR_ARRAY_PUSH(draft->values, const char *) = plan->body;
    }
    if (plan->op == TMF_OP_PATCH && plan->patch != TMF_PATCH_MERGE) {
        APR_ARRAY_PUSH(draft->values, const char *) = plan->href;
    }
}

/* A JSON patch applied to the document as it is served; it may fail: then
 * its faults take the place of "doc". */
static void put_json_patched(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    tmf_text_printf(draft->text, "tmf.json_patch(" SERVED ", $2::jsonb, %s,"
                    " %" APR_INT64_T_FMT ")",
                    plan->patch == TMF_PATCH_QUERY ? "true" : "false",
                    plan->size_limit);
}

/* Why the result may not be stored: NULL, or violations. */
static void put_faults(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    if (plan->patch == TMF_PATCH_MERGE) {
        tmf_draft_put(draft, "tmf.patch_faults(doc,"
                      " tmf.merge_patch(doc, $2::jsonb), ");
    }
    else {
        tmf_draft_put(draft, "tmf.json_patch_faults(" SERVED ", ");
        put_json_patched(draft, plan);
        tmf_draft_put(draft, ", ");
    }
    tmf_draft_value(draft, tmf_rule_json(plan, draft->p), "::jsonb");
    tmf_draft_put(draft, ")");
}

/* What is stored. What is fixed was sent with the value it has, perhaps
 * written with other digits: these stay. */
static void put_patched(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    const tmf_resource_t *resource = plan->resource;

    if (plan->patch == TMF_PATCH_MERGE) {
        tmf_draft_put(draft, "tmf.merge_patch(doc, $2::jsonb - ");
    }
    else {
        tmf_draft_put(draft, "tmf.with_fixed(");
        put_json_patched(draft, plan);
        tmf_draft_put(draft, " -> 'doc', doc, ");
    }
    put_names(draft, resource->n_update_fixed, resource->update_fixed);
    tmf_draft_put(draft, ")");
}

/* One statement, so that patches at the same time wait for each other and
 * each is applied to, and checked on, what the one before has left. */
static void draft_patch(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    add_values(draft, plan);
    tmf_draft_put(draft, "UPDATE ");
    tmf_draft_table(draft, plan);
    tmf_draft_put(draft, " SET doc = ");
    put_patched(draft, plan);
    tmf_draft_put(draft, " WHERE id = $1");
    put_condition(draft, &plan->condition);
    tmf_draft_put(draft, " AND ");
    put_faults(draft, plan);
    tmf_draft_put(draft, " IS NULL RETURNING ");
    put_resource(draft, plan);
    put_correlation(draft, plan);
}

static void draft_delete(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    add_values(draft, plan);
    tmf_draft_put(draft, "DELETE FROM ");
    tmf_draft_table(draft, plan);
    tmf_draft_put(draft, " WHERE id = $1");
    put_condition(draft, &plan->condition);
    tmf_draft_put(draft, " RETURNING id, '{}'");
    put_correlation(draft, plan);
}

const tmf_sql_t *tmf_sql_render(const tmf_plan_t *plan, apr_pool_t *p)
{
    static const struct {
        void (*write)(tmf_draft_t *draft, const tmf_plan_t *plan);
        int writes;
    } statements[TMF_OPS] = {
        [TMF_OP_GET] = { draft_get, 0 },
        [TMF_OP_CREATE] = { draft_create, 1 },
        [TMF_OP_PATCH] = { draft_patch, 1 },
        [TMF_OP_DELETE] = { draft_delete, 1 }
    };
    tmf_draft_t draft = tmf_draft_make(p);

    if (plan->op == TMF_OP_LIST) {
        return tmf_sql_list(plan, NULL, p);
    }
    statements[plan->op].write(&draft, plan);
    return tmf_draft_end(&draft, statements[plan->op].writes);
}

const tmf_sql_t *tmf_sql_read_back(const tmf_plan_t *plan, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    tmf_draft_put(&draft, "SELECT ");
    put_resource(&draft, plan);
    tmf_draft_put(&draft, ", " TMF_DRAFT_SAFE);
    put_from(&draft, plan);
    return tmf_draft_end(&draft, 0);
}

const tmf_sql_t *tmf_sql_faults(const tmf_plan_t *plan, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    add_values(&draft, plan);
    tmf_draft_put(&draft, "SELECT true");
    put_condition(&draft, &plan->condition);
    tmf_draft_put(&draft, ", ");
    if (plan->op == TMF_OP_PATCH) {
        put_faults(&draft, plan);
    }
    else {
        tmf_draft_put(&draft, "NULL");
    }
    tmf_draft_put(&draft, " FROM ");
    tmf_draft_table(&draft, plan);
    tmf_draft_put(&draft, " WHERE id = $1");
    return tmf_draft_end(&draft, 0);
}
