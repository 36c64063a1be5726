#include "store/tmf_draft.h"

#include <string.h>

#include <apr_strings.h>

#include "store/tmf_quote.h"

#define SQL_HINT 512

tmf_draft_t tmf_draft_make(apr_pool_t *p)
{
    tmf_draft_t draft = { NULL, NULL, p };

    draft.text = tmf_text_make(p, SQL_HINT, 0);
    draft.values = apr_array_make(p, 8, sizeof(const char *));
    return draft;
}

const tmf_sql_t *tmf_draft_end(const tmf_draft_t *draft, int writes)
{
    tmf_sql_t *sql = apr_pcalloc(draft->p, sizeof(*sql));

    sql->text = tmf_text_string(draft->text);
    sql->n_values = draft->values->nelts;
    sql->values = (const char *const *)draft->values->elts;
    sql->writes = writes;
    return sql;
}

void tmf_draft_put(tmf_draft_t *draft, const char *sql)
{
    tmf_text_puts(draft->text, sql);
}

const char *tmf_draft_parameter(tmf_draft_t *draft, const char *value,
                                const char *cast)
{
    APR_ARRAY_PUSH(draft->values, const char *) = value;
    return apr_psprintf(draft->p, "$%d%s", draft->values->nelts, cast);
}

void tmf_draft_value(tmf_draft_t *draft, const char *value, const char *cast)
{
    tmf_draft_put(draft, tmf_draft_parameter(draft, value, cast));
}

void tmf_draft_table(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    tmf_draft_put(draft, tmf_quote_identifier(plan->data_set, draft->p));
    tmf_draft_put(draft, ".");
    tmf_draft_put(draft, tmf_quote_identifier(plan->resource->table,
                                              draft->p));
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

static void put_field(tmf_draft_t *draft, const tmf_field_t *field)
{
    tmf_draft_put(draft, "coalesce(");
    tmf_draft_value(draft, member_start(field->name, draft->p), "::text");
    tmf_draft_put(draft, field->inner ? " || tmf.pick(doc -> "
                                      : " || (doc -> ");
    tmf_draft_value(draft, field->name, "::text");
    if (field->inner) {
        tmf_draft_put(draft, ", ");
        tmf_draft_value(draft, tmf_fields_json(field->inner, draft->p),
                        "::jsonb");
    }
    tmf_draft_put(draft, ")::text, '')");
}

/* The text of an object with the selected attributes alone. */
static void put_selection(tmf_draft_t *draft, const tmf_fields_t *fields)
{
    int i = 0;

    if (fields->n == 0) {
        tmf_draft_put(draft, "'{}'");
        return;
    }
    tmf_draft_put(draft, "'{' || substr(");
    for (i = 0; i < fields->n; i++) {
        tmf_draft_put(draft, i > 0 ? " || " : "");
        put_field(draft, &fields->list[i]);
    }
    tmf_draft_put(draft, ", 2) || '}'");
}

void tmf_draft_columns(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    tmf_draft_put(draft, "id, ");
    if (plan->query.fields) {
        put_selection(draft, plan->query.fields);
    }
    else {
        tmf_draft_put(draft, "body");
    }
    tmf_draft_put(draft, ", seq");
}
