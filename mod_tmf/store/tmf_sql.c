#include "store/tmf_sql.h"

#include <string.h>

#include <apr_strings.h>

#include "api/tmf_fields.h"
#include "base/tmf_number.h"
#include "base/tmf_text.h"
#include "store/tmf_quote.h"

#define SQL_HINT 512

/** A statement being written. */
typedef struct draft_t {
    tmf_text_t *text;
    apr_array_header_t *values;   /* const char * */
    apr_pool_t *p;
} draft_t;

static draft_t make_draft(apr_pool_t *p)
{
    draft_t draft = { NULL, NULL, p };

    draft.text = tmf_text_make(p, SQL_HINT, 0);
    draft.values = apr_array_make(p, 8, sizeof(const char *));
    return draft;
}

static const tmf_sql_t *finish(const draft_t *draft, int writes)
{
    tmf_sql_t *sql = apr_pcalloc(draft->p, sizeof(*sql));

    sql->text = tmf_text_string(draft->text);
    sql->n_values = draft->values->nelts;
    sql->values = (const char *const *)draft->values->elts;
    sql->writes = writes;
    return sql;
}

static void put(draft_t *draft, const char *sql)
{
    tmf_text_puts(draft->text, sql);
}

/* $n for a value, with a cast where the context gives it no type. */
static void put_value(draft_t *draft, const char *value, const char *cast)
{
    APR_ARRAY_PUSH(draft->values, const char *) = value;
    tmf_text_printf(draft->text, "$%d%s", draft->values->nelts, cast);
}

static void put_table(draft_t *draft, const tmf_plan_t *plan)
{
    put(draft, tmf_quote_identifier(plan->data_set, draft->p));
    put(draft, ".");
    put(draft, tmf_quote_identifier(plan->resource->table, draft->p));
}

/* --- what is answered --------------------------------------------------- */

/* ',"name": ' before a value that is there, as a value of the statement. */
static const char *member_start(const char *name, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 64, 0);

    tmf_text_puts(text, ",");
    tmf_text_json(text, name, strlen(name));
    tmf_text_puts(text, ": ");
    return tmf_text_string(text);
}

static void put_field(draft_t *draft, const tmf_field_t *field)
{
    put(draft, "coalesce(");
    put_value(draft, member_start(field->name, draft->p), "::text");
    put(draft, field->inner ? " || tmf.pick(doc -> " : " || (doc -> ");
    put_value(draft, field->name, "::text");
    if (field->inner) {
        put(draft, ", ");
        put_value(draft, tmf_fields_json(field->inner, draft->p), "::jsonb");
    }
    put(draft, ")::text, '')");
}

/* id, and the other attributes as the text of an object. */
static void put_columns(draft_t *draft, const tmf_plan_t *plan)
{
    const tmf_fields_t *fields = plan->query.fields;
    int i = 0;

    if (!fields) {
        put(draft, "id, body");
        return;
    }
    if (fields->n == 0) {
        put(draft, "id, '{}'");
        return;
    }
    put(draft, "id, '{' || substr(");
    for (i = 0; i < fields->n; i++) {
        put(draft, i > 0 ? " || " : "");
        put_field(draft, &fields->list[i]);
    }
    put(draft, ", 2) || '}'");
}

/* --- what must match ---------------------------------------------------- */

/* A jsonpath to the values at the end of a path through arrays. */
static tmf_text_t *json_path(const tmf_criterion_t *criterion, apr_pool_t *p)
{
    tmf_text_t *path = tmf_text_make(p, 128, 0);
    int i = 0;

    tmf_text_puts(path, "$");
    for (i = 0; i < criterion->n_names; i++) {
        tmf_text_puts(path, ".");
        tmf_text_json(path, criterion->names[i],
                      strlen(criterion->names[i]));
    }
    tmf_text_puts(path, "[*]");
    return path;
}

static int is_json_scalar(const char *value)
{
    return !strcmp(value, "true") || !strcmp(value, "false")
        || tmf_number_valid(value, strlen(value));
}

/* The variables of a jsonpath: the value as text, as JSON, or both. */
static const char *variables(const tmf_criterion_t *criterion, int scalar,
                             apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 64, 0);

    tmf_text_puts(text, "{");
    if (criterion->compare != TMF_COMPARE_JSON) {
        tmf_text_puts(text, "\"text\":");
        tmf_text_json(text, criterion->value, strlen(criterion->value));
    }
    if (scalar) {
        tmf_text_puts(text, criterion->compare == TMF_COMPARE_JSON
                      ? "\"json\":" : ",\"json\":");
        tmf_text_puts(text, criterion->value);
    }
    tmf_text_puts(text, "}");
    return tmf_text_string(text);
}

static void put_any_element(draft_t *draft, const tmf_criterion_t *criterion)
{
    tmf_text_t *path = json_path(criterion, draft->p);
    int scalar = criterion->compare == TMF_COMPARE_JSON
        || (criterion->compare == TMF_COMPARE_ANY
            && is_json_scalar(criterion->value));

    if (criterion->compare == TMF_COMPARE_JSON) {
        tmf_text_puts(path, " ? (@ == $json)");
    }
    else {
        tmf_text_puts(path, scalar ? " ? (@ == $text || @ == $json)"
                                   : " ? (@ == $text)");
    }
    put(draft, "jsonb_path_exists(doc, ");
    put_value(draft, tmf_text_string(path), "::jsonpath");
    put(draft, ", ");
    put_value(draft, variables(criterion, scalar, draft->p), "::jsonb");
    put(draft, ")");
}

static void put_instants(draft_t *draft, const tmf_criterion_t *criterion,
                         const char *instant)
{
    put(draft, instant);
    put(draft, criterion->end ? " >= " : " = ");
    put_value(draft, criterion->value, "::timestamptz");
    if (criterion->end) {
        tmf_text_printf(draft->text, " AND %s < ", instant);
        put_value(draft, criterion->end, "::timestamptz");
    }
}

static void put_time(draft_t *draft, const tmf_criterion_t *criterion)
{
    const char *operand = NULL;

    if (criterion->many) {
        put(draft, "EXISTS (SELECT FROM jsonb_path_query(doc, ");
        put_value(draft, tmf_text_string(json_path(criterion, draft->p)),
                  "::jsonpath");
        put(draft, ") AS found(item) WHERE ");
        put_instants(draft, criterion, "tmf.instant(item #>> '{}')");
        put(draft, ")");
        return;
    }
    operand = tmf_quote_path(criterion->n_names, criterion->names, draft->p);
    put_instants(draft, criterion,
                 apr_psprintf(draft->p, "tmf.instant(doc %s %s)",
                              criterion->n_names == 1 ? "->>" : "#>>",
                              operand));
}

/* A text as it is indexed. Texts with fewer characters than the prefix are
 * whole in it; of longer ones the rest must be compared, too. */
static void put_text(draft_t *draft, const tmf_criterion_t *criterion,
                     const char *attribute)
{
    int whole = strlen(criterion->value) < TMF_QUOTE_PREFIX;

    tmf_text_printf(draft->text, "left(%s, %d) COLLATE \"C\" = ", attribute,
                    TMF_QUOTE_PREFIX);
    if (whole) {
        put_value(draft, criterion->value, "");
        return;
    }
    put(draft, "left(");
    put_value(draft, criterion->value, "");
    tmf_text_printf(draft->text, ", %d) AND (%s) = $%d", TMF_QUOTE_PREFIX,
                    attribute, draft->values->nelts);
}

/* Declared, and reached without arrays: the names are the definition's.
 * The expressions are those of the filter indexes (tmf_ddl.c). */
static void put_scalar(draft_t *draft, const tmf_criterion_t *criterion)
{
    int text = criterion->compare == TMF_COMPARE_TEXT;
    const char *attribute = apr_psprintf(
        draft->p, "doc %s%s %s", criterion->n_names == 1 ? "->" : "#>",
        text ? ">" : "",
        tmf_quote_path(criterion->n_names, criterion->names, draft->p));

    if (text) {
        put_text(draft, criterion, attribute);
        return;
    }
    tmf_text_printf(draft->text, "(%s) = ", attribute);
    put_value(draft, criterion->value, "::jsonb");
}

static void put_criterion(draft_t *draft, const tmf_criterion_t *criterion)
{
    if (criterion->compare == TMF_COMPARE_ID) {
        put(draft, "id = ");
        put_value(draft, criterion->value, "");
    }
    else if (criterion->compare == TMF_COMPARE_NOTHING) {
        put(draft, "false");
    }
    else if (criterion->compare == TMF_COMPARE_TIME) {
        put_time(draft, criterion);
    }
    else if (criterion->many) {
        put_any_element(draft, criterion);
    }
    else {
        put_scalar(draft, criterion);
    }
}

static void put_criteria(draft_t *draft, const tmf_query_t *query)
{
    int i = 0;

    for (i = 0; i < query->n_criteria; i++) {
        put(draft, i > 0 ? " AND " : " WHERE ");
        put_criterion(draft, &query->criteria[i]);
    }
}

/* --- statements --------------------------------------------------------- */

static const char *number_text(apr_int64_t number, apr_pool_t *p)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT, number);
}

static void draft_list(draft_t *draft, const tmf_plan_t *plan)
{
    put(draft, "SELECT ");
    put_columns(draft, plan);
    put(draft, " FROM ");
    put_table(draft, plan);
    put_criteria(draft, &plan->query);
    put(draft, " ORDER BY seq LIMIT ");
    put_value(draft, number_text(plan->limit + 1, draft->p), "");
    if (plan->query.offset > 0) {
        put(draft, " OFFSET ");
        put_value(draft, number_text(plan->query.offset, draft->p), "");
    }
}

static void draft_get(draft_t *draft, const tmf_plan_t *plan)
{
    put(draft, "SELECT ");
    put_columns(draft, plan);
    put(draft, " FROM ");
    put_table(draft, plan);
    put(draft, " WHERE id = ");
    put_value(draft, plan->id, "");
}

static void draft_create(draft_t *draft, const tmf_plan_t *plan)
{
    const tmf_resource_t *resource = plan->resource;

    put(draft, "INSERT INTO ");
    put_table(draft, plan);
    put(draft, " (id, doc) VALUES (");
    put_value(draft, plan->id, "");
    put(draft, ", ");
    put_value(draft, plan->body, "::jsonb");
    put(draft, " - ");
    put_value(draft, tmf_quote_array(resource->n_create_ignored,
                                     resource->create_ignored, draft->p),
              "::text[]");
    put(draft, ") RETURNING ");
    put_columns(draft, plan);
}

static const char *one_of_json(const tmf_resource_t *resource, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 64, 0);
    int i = 0;
    int k = 0;

    tmf_text_puts(text, "[");
    for (i = 0; i < resource->n_one_of; i++) {
        const tmf_one_of_t *group = &resource->one_of[i];

        tmf_text_puts(text, i > 0 ? ",[" : "[");
        for (k = 0; k < group->n_attributes; k++) {
            const char *name = group->attributes[k];

            tmf_text_puts(text, k > 0 ? "," : "");
            tmf_text_json(text, name, strlen(name));
        }
        tmf_text_puts(text, "]");
    }
    tmf_text_puts(text, "]");
    return tmf_text_string(text);
}

/* The rules of the result; $2 is the patch. */
static void put_faults(draft_t *draft, const tmf_resource_t *resource)
{
    put(draft, "tmf.patch_faults(doc, $2::jsonb, ");
    put_value(draft, tmf_quote_array(resource->n_update_fixed,
                                     resource->update_fixed, draft->p),
              "::text[]");
    put(draft, ", ");
    put_value(draft, tmf_quote_array(resource->n_required,
                                     resource->required, draft->p),
              "::text[]");
    put(draft, ", ");
    put_value(draft, one_of_json(resource, draft->p), "::jsonb");
    put(draft, ")");
}

static void add_patch_values(draft_t *draft, const tmf_plan_t *plan)
{
    APR_ARRAY_PUSH(draft->values, const char *) = plan->id;
    APR_ARRAY_PUSH(draft->values, const char *) = plan->body;
}

/* One statement, so that patches at the same time wait for each other and
 * each is applied to, and checked on, what the one before has left. */
static void draft_patch(draft_t *draft, const tmf_plan_t *plan)
{
    add_patch_values(draft, plan);
    put(draft, "UPDATE ");
    put_table(draft, plan);
    /* $3: what is fixed was sent with the value it has, perhaps written
     * with fewer digits */
    put(draft, " SET doc = tmf.merge_patch(doc, $2::jsonb - $3::text[])"
        " WHERE id = $1 AND ");
    put_faults(draft, plan->resource);
    put(draft, " IS NULL RETURNING ");
    put_columns(draft, plan);
}

static void draft_delete(draft_t *draft, const tmf_plan_t *plan)
{
    put(draft, "DELETE FROM ");
    put_table(draft, plan);
    put(draft, " WHERE id = ");
    put_value(draft, plan->id, "");
    put(draft, " RETURNING id, '{}'");
}

const tmf_sql_t *tmf_sql_render(const tmf_plan_t *plan, apr_pool_t *p)
{
    static const struct {
        void (*write)(draft_t *draft, const tmf_plan_t *plan);
        int writes;
    } statements[TMF_OPS] = {
        [TMF_OP_LIST] = { draft_list, 0 },
        [TMF_OP_GET] = { draft_get, 0 },
        [TMF_OP_CREATE] = { draft_create, 1 },
        [TMF_OP_PATCH] = { draft_patch, 1 },
        [TMF_OP_DELETE] = { draft_delete, 1 }
    };
    draft_t draft = make_draft(p);

    statements[plan->op].write(&draft, plan);
    return finish(&draft, statements[plan->op].writes);
}

const tmf_sql_t *tmf_sql_count(const tmf_plan_t *plan, apr_pool_t *p)
{
    draft_t draft = make_draft(p);

    put(&draft, "SELECT count(*) FROM ");
    put_table(&draft, plan);
    put_criteria(&draft, &plan->query);
    return finish(&draft, 0);
}

const tmf_sql_t *tmf_sql_faults(const tmf_plan_t *plan, apr_pool_t *p)
{
    draft_t draft = make_draft(p);

    add_patch_values(&draft, plan);
    put(&draft, "SELECT ");
    put_faults(&draft, plan->resource);
    put(&draft, " FROM ");
    put_table(&draft, plan);
    put(&draft, " WHERE id = $1");
    return finish(&draft, 0);
}
