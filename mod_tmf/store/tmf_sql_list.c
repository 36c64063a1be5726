#include <apr_strings.h>

#include "api/tmf_indexed.h"
#include "store/tmf_draft.h"
#include "store/tmf_quote.h"
#include "store/tmf_sql.h"

/* A key of the order, in the direction in which rows are looked for. */
typedef struct order_t {
    const char *expression;
    const char *text;         /* what a cursor has of it, where it is there:
                                 of a time, the attribute's own text */
    tmf_compare_t compare;    /* TMF_COMPARE_JSON: the expression is jsonb */
    int descending;
    const char *place;        /* the cursor's value; NULL: it has none */
} order_t;

/* A list's statement while it is written. */
typedef struct list_t {
    tmf_draft_t *draft;
    const tmf_plan_t *plan;
    const tmf_cursor_t *cursor;   /* NULL: none */
    int backward;
    int n_keys;
    order_t keys[TMF_SORT_MAX];
    const char *seq;          /* the cursor's sequence */
} list_t;

/* Whether rows have the one key of the order. */
typedef enum having_t {
    MAY_HAVE,
    HAVE,
    HAVE_NOT
} having_t;

/* Rows that one index scan finds in the order of the list. */
typedef struct branch_t {
    having_t having;
    const char *condition;    /* NULL: all */
    const char *order;
} branch_t;

/* --- the order ---------------------------------------------------------- */

/* How the values of an operand's expression compare. */
static tmf_compare_t compare_of(const tmf_operand_t *operand)
{
    return operand->compare == TMF_COMPARE_ID
            || (operand->compare == TMF_COMPARE_TEXT && !operand->many)
            || operand->compare == TMF_COMPARE_TIME
        ? operand->compare : TMF_COMPARE_JSON;
}

/* The key's expression, and the text of its value, from which place_of makes
 * it again. A time's is what was written, for to_char takes as long as all the
 * rest. */
static void set_expression(order_t *key, tmf_draft_t *draft,
                           const tmf_operand_t *operand)
{
    if (key->compare == TMF_COMPARE_TIME) {
        key->text = tmf_draft_text(draft, operand);
        key->expression = apr_pstrcat(draft->p, "tmf.instant(", key->text,
                                      ")", NULL);
        return;
    }
    key->expression = tmf_draft_operand(draft, operand);
    key->text = apr_pstrcat(draft->p, "(", key->expression, ")::text", NULL);
}

static const char *place_of(const list_t *list, const order_t *key,
                            const char *text)
{
    const char *place = tmf_draft_parameter(
        list->draft, text, key->compare == TMF_COMPARE_JSON ? "::jsonb"
                                                            : "::text");

    return key->compare != TMF_COMPARE_TIME ? place
        : apr_pstrcat(list->draft->p, "tmf.instant(", place, ")", NULL);
}

static void add_key(list_t *list, const tmf_sort_t *sort)
{
    int i = list->n_keys++;
    order_t *key = &list->keys[i];

    key->compare = compare_of(&sort->operand);
    set_expression(key, list->draft, &sort->operand);
    key->descending = sort->descending != list->backward;
    if (list->cursor && list->cursor->keys[i]) {
        key->place = place_of(list, key, list->cursor->keys[i]);
    }
}

static list_t make_list(tmf_draft_t *draft, const tmf_plan_t *plan,
                        const tmf_cursor_t *cursor)
{
    list_t list = { draft, plan, cursor, cursor && cursor->backward, 0,
                    { { 0 } }, NULL };
    int i = 0;

    for (i = 0; i < plan->query.n_sorts; i++) {
        add_key(&list, &plan->query.sorts[i]);
    }
    if (cursor) {
        list.seq = tmf_draft_parameter(draft, cursor->seq, "::bigint");
    }
    return list;
}

/* The sequence goes the way of the last key, as it does in the indexes. */
static int seq_descends(const list_t *list)
{
    return list->n_keys > 0 ? list->keys[list->n_keys - 1].descending
                            : list->backward;
}

/* Missing values are the last ones, so the first ones backwards. */
static const char *nulls(const list_t *list, const order_t *key)
{
    if (list->backward) {
        return key->descending ? " DESC, " : " NULLS FIRST, ";
    }
    return key->descending ? " DESC NULLS LAST, " : ", ";
}

static const char *whole_order(const list_t *list)
{
    apr_pool_t *p = list->draft->p;
    const char *order = "";
    int i = 0;

    for (i = 0; i < list->n_keys; i++) {
        order = apr_pstrcat(p, order, list->keys[i].expression,
                            nulls(list, &list->keys[i]), NULL);
    }
    return apr_pstrcat(p, order, "seq", seq_descends(list) ? " DESC" : "",
                       NULL);
}

/* --- the rows after a place --------------------------------------------- */

static const char *after(int descending)
{
    return descending ? " < " : " > ";
}

/* One key's values after the place, or NULL if there are none. */
static const char *values_after(const list_t *list, const order_t *key)
{
    apr_pool_t *p = list->draft->p;
    const char *beyond = NULL;

    if (!key->place) {
        return list->backward
            ? apr_pstrcat(p, key->expression, " IS NOT NULL", NULL) : NULL;
    }
    beyond = apr_pstrcat(p, key->expression, after(key->descending),
                         key->place, NULL);
    return list->backward ? beyond
        : apr_pstrcat(p, "(", beyond, " OR ", key->expression, " IS NULL)",
                      NULL);
}

static const char *value_at(const list_t *list, const order_t *key)
{
    return key->place
        ? apr_pstrcat(list->draft->p, key->expression, " = ", key->place,
                      NULL)
        : apr_pstrcat(list->draft->p, key->expression, " IS NULL", NULL);
}

/* Several keys: after the place in the first of them that differs. */
static const char *rows_after(const list_t *list)
{
    apr_pool_t *p = list->draft->p;
    const char *equal = "";
    const char *any = "";
    const char *later = NULL;
    int i = 0;

    for (i = 0; i < list->n_keys; i++) {
        later = values_after(list, &list->keys[i]);
        if (later) {
            any = apr_pstrcat(p, any, equal, later, " OR ", NULL);
        }
        equal = apr_pstrcat(p, equal, value_at(list, &list->keys[i]),
                            " AND ", NULL);
    }
    return apr_pstrcat(p, "(", any, equal, "seq", after(seq_descends(list)),
                       list->seq, ")", NULL);
}

/* What follows from that for the first key: its index may help. */
static const char *first_bound(const list_t *list)
{
    apr_pool_t *p = list->draft->p;
    const order_t *key = &list->keys[0];
    const char *bound = NULL;

    if (!key->place) {
        return list->backward ? ""
            : apr_pstrcat(p, key->expression, " IS NULL AND ", NULL);
    }
    bound = apr_pstrcat(p, key->expression,
                        key->descending ? " <= " : " >= ", key->place, NULL);
    return list->backward
        ? apr_pstrcat(p, bound, " AND ", NULL)
        : apr_pstrcat(p, "(", bound, " OR ", key->expression,
                      " IS NULL) AND ", NULL);
}

/* --- branches ----------------------------------------------------------- */

/* The rows with the one key, or those without it; the order is that of the
 * index, whichever way it is gone through. */
static branch_t key_branch(const list_t *list, int missing, int at_place)
{
    apr_pool_t *p = list->draft->p;
    const order_t *key = &list->keys[0];
    const char *way = key->descending ? " DESC" : "";
    branch_t branch = { missing ? HAVE_NOT : HAVE, NULL, NULL };

    branch.order = apr_pstrcat(p, key->expression, way, ", seq", way, NULL);
    if (missing) {
        branch.condition = apr_pstrcat(p, key->expression, " IS NULL",
                                       at_place ? " AND seq" : NULL,
                                       after(key->descending), list->seq,
                                       NULL);
    }
    else if (at_place) {
        branch.condition = apr_pstrcat(p, "(", key->expression, ", seq)",
                                       after(key->descending), "(",
                                       key->place, ", ", list->seq, ")",
                                       NULL);
    }
    else {
        branch.condition = apr_pstrcat(p, key->expression, " IS NOT NULL",
                                       NULL);
    }
    return branch;
}

/* With one key, the rows that have it and those that have not are looked
 * for apart: either way there is one range of the index, while no index
 * has both in this order. */
static int key_branches(const list_t *list, branch_t *branches)
{
    int missing = list->cursor && !list->keys[0].place;

    branches[0] = key_branch(list, missing, list->cursor != NULL);
    if (missing != list->backward) {
        return 1;
    }
    branches[1] = key_branch(list, !missing, 0);
    return 2;
}

/* An index that is gone through forward has those without at the end by
 * itself; but for a time it is best to know beforehand who has one. */
static int needs_branches(const list_t *list)
{
    return list->n_keys == 1
        && (list->cursor || list->keys[0].descending
            || list->keys[0].compare == TMF_COMPARE_TIME);
}

/* One or two, in the order in which rows are looked for. */
static int make_branches(const list_t *list, branch_t *branches)
{
    apr_pool_t *p = list->draft->p;

    if (needs_branches(list)) {
        return key_branches(list, branches);
    }
    branches[0].order = whole_order(list);
    if (list->cursor && list->n_keys == 0) {
        branches[0].condition = apr_pstrcat(p, "seq",
                                            after(list->backward), list->seq,
                                            NULL);
    }
    else if (list->cursor) {
        branches[0].condition = apr_pstrcat(p, first_bound(list),
                                            rows_after(list), NULL);
    }
    return 1;
}

/* --- statements --------------------------------------------------------- */

static const char *number_text(apr_int64_t number, apr_pool_t *p)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT, number);
}

static void put_from(const list_t *list, const branch_t *branch)
{
    tmf_draft_put(list->draft, " FROM ");
    tmf_draft_table(list->draft, list->plan);
    if (branch->condition) {
        tmf_draft_put(list->draft, " WHERE ");
        tmf_draft_put(list->draft, branch->condition);
    }
    tmf_draft_criteria(list->draft, branch->condition ? " AND " : " WHERE ",
                       &list->plan->query);
    tmf_draft_put(list->draft, " ORDER BY ");
    tmf_draft_put(list->draft, branch->order);
}

/* The number is a part of the text: for an unknown one, PostgreSQL would
 * plan at each run anew. */
static void put_limit(const list_t *list)
{
    tmf_draft_put(list->draft, " LIMIT ");
    tmf_draft_put(list->draft, number_text(list->plan->limit + 1,
                                           list->draft->p));
}

static void put_offset(const list_t *list)
{
    if (!list->cursor && list->plan->query.offset > 0) {
        tmf_draft_put(list->draft, " OFFSET ");
        tmf_draft_value(list->draft, number_text(list->plan->query.offset,
                                                 list->draft->p), "");
    }
}

static void put_key(const list_t *list, const order_t *key, having_t having)
{
    if (having == HAVE_NOT) {
        tmf_draft_put(list->draft, ", NULL::text");
        return;
    }
    if (having == HAVE || key->compare != TMF_COMPARE_TIME) {
        tmf_draft_put(list->draft, ", ");
        tmf_draft_put(list->draft, key->text);
        return;
    }
    /* not every text is a time */
    tmf_draft_put(list->draft, ", CASE WHEN ");
    tmf_draft_put(list->draft, key->expression);
    tmf_draft_put(list->draft, " IS NOT NULL THEN ");
    tmf_draft_put(list->draft, key->text);
    tmf_draft_put(list->draft, " END");
}

static void put_columns(const list_t *list, having_t having)
{
    int i = 0;

    tmf_draft_columns(list->draft, list->plan);
    for (i = 0; i < list->n_keys; i++) {
        put_key(list, &list->keys[i], having);
    }
}

static void put_select(const list_t *list, const branch_t *branch)
{
    tmf_draft_put(list->draft, "SELECT ");
    put_columns(list, branch->having);
    put_from(list, branch);
}

/* Rows of a branch that the page can need: those before an offset, too. */
static void put_wanted(const list_t *list)
{
    apr_int64_t offset = list->cursor ? 0 : list->plan->query.offset;

    if (offset == 0) {
        put_limit(list);
        return;
    }
    tmf_draft_put(list->draft, " LIMIT ");
    tmf_draft_value(list->draft,
                    number_text(offset + list->plan->limit + 1,
                                list->draft->p), "::bigint");
}

/* The second branch is looked into when the first has not filled the page.
 * They come in this order without a sort: PostgreSQL appends one to the
 * other, and since both have a limit, no worker runs them in parallel. */
static void put_branches(const list_t *list, const branch_t *branches)
{
    tmf_draft_put(list->draft, "SELECT * FROM ((");
    put_select(list, &branches[0]);
    put_wanted(list);
    tmf_draft_put(list->draft, ") UNION ALL (");
    put_select(list, &branches[1]);
    put_wanted(list);
    tmf_draft_put(list->draft, ")) AS found");
}

/* In the order of the search. */
static void put_search(const list_t *list)
{
    branch_t branches[2] = { { MAY_HAVE, NULL, NULL },
                             { MAY_HAVE, NULL, NULL } };

    if (make_branches(list, branches) > 1) {
        put_branches(list, branches);
    }
    else {
        put_select(list, &branches[0]);
    }
    put_limit(list);
    put_offset(list);
}

const tmf_sql_t *tmf_sql_list(const tmf_plan_t *plan,
                              const tmf_cursor_t *cursor, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);
    list_t list = make_list(&draft, plan, cursor);

    if (!list.backward) {
        put_search(&list);
        return tmf_draft_end(&draft, 0);
    }
    tmf_draft_put(&draft, "SELECT * FROM (SELECT *, row_number() OVER ()"
                  " AS rank FROM (");
    put_search(&list);
    tmf_draft_put(&draft, ") AS reversed) AS page ORDER BY rank > ");
    tmf_draft_put(&draft, number_text(plan->limit, p));
    tmf_draft_put(&draft, ", rank DESC");
    return tmf_draft_end(&draft, 0);
}

/* --- counting ----------------------------------------------------------- */

static void draft_exact(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    tmf_draft_put(draft, "SELECT count(*), false FROM ");
    tmf_draft_table(draft, plan);
    tmf_draft_criteria(draft, " WHERE ", &plan->query);
}

/* A query in two: what indexes serve, and the rest. */
static void split(const tmf_plan_t *plan, apr_pool_t *p,
                  tmf_query_t *served, tmf_query_t *rest)
{
    const tmf_query_t *query = &plan->query;
    apr_size_t size = sizeof(tmf_term_t) * ((apr_size_t)query->n_terms + 1);
    tmf_term_t *terms[2] = { apr_palloc(p, size), apr_palloc(p, size) };
    int i = 0;

    *served = (tmf_query_t){ .terms = terms[0] };
    *rest = (tmf_query_t){ .terms = terms[1], .filters = query->filters,
                           .n_filters = query->n_filters };
    for (i = 0; i < query->n_terms; i++) {
        const tmf_term_t *term = &query->terms[i];

        if (tmf_indexed_term(term, plan->resource, p)) {
            terms[0][served->n_terms++] = *term;
        }
        else {
            terms[1][rest->n_terms++] = *term;
        }
    }
}

/* Rows are looked at up to the bound: those that an index finds, or else the
 * first ones, for to find what no index serves may take as long as to look
 * at the whole table. */
static void draft_looking(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    tmf_query_t served;
    tmf_query_t rest;

    split(plan, draft->p, &served, &rest);
    tmf_draft_put(draft, "SELECT count(*)");
    if (rest.n_terms || rest.n_filters) {
        tmf_draft_criteria(draft, " FILTER (WHERE ", &rest);
        tmf_draft_put(draft, ")");
    }
    tmf_text_printf(draft->text, ", count(*) > %d FROM (SELECT id, doc FROM ",
                    TMF_COUNT_MAX);
    tmf_draft_table(draft, plan);
    tmf_draft_criteria(draft, " WHERE ", &served);
    tmf_text_printf(draft->text, "%s LIMIT %d) AS counted",
                    served.n_terms ? "" : " ORDER BY seq", TMF_COUNT_MAX + 1);
}

/* The statistics of a table; one that they call small is counted. OFFSET 0
 * keeps that from being done for each of the two columns. */
static void draft_statistics(tmf_draft_t *draft, const tmf_plan_t *plan)
{
    const char *table = apr_pstrcat(
        draft->p, tmf_quote_identifier(plan->data_set, draft->p), ".",
        tmf_quote_identifier(plan->resource->table, draft->p), NULL);

    tmf_text_printf(draft->text, "SELECT total, total > %d FROM (SELECT CASE"
                    " WHEN reltuples > %d THEN reltuples::bigint"
                    " ELSE (SELECT count(*) FROM (SELECT FROM %s LIMIT %d)"
                    " AS counted) END AS total FROM pg_class"
                    " WHERE oid = %s::regclass OFFSET 0) AS known",
                    TMF_COUNT_MAX, TMF_COUNT_MAX, table, TMF_COUNT_MAX + 1,
                    tmf_quote_literal(table, draft->p));
}

const tmf_sql_t *tmf_sql_count(const tmf_plan_t *plan, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    if (plan->counting == TMF_COUNT_EXACT) {
        draft_exact(&draft, plan);
    }
    else if (!plan->query.n_terms && !plan->query.n_filters) {
        draft_statistics(&draft, plan);
    }
    else {
        draft_looking(&draft, plan);
    }
    return tmf_draft_end(&draft, 0);
}

const tmf_sql_t *tmf_sql_secret(void)
{
    static const tmf_sql_t sql = {
        "SELECT encode(key, 'hex') FROM tmf.secret WHERE name = 'cursor'", 0,
        NULL, 0
    };

    return &sql;
}
