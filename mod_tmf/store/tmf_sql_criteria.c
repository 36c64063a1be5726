#include <string.h>

#include <apr_strings.h>

#include "base/tmf_number.h"
#include "store/tmf_draft.h"
#include "store/tmf_quote.h"

static const char *const operators[] = {
    [TMF_EQ] = "=", [TMF_NE] = "<>", [TMF_GT] = ">", [TMF_GTE] = ">=",
    [TMF_LT] = "<", [TMF_LTE] = "<=", [TMF_REGEX] = "~"
};

static const char *const json_operators[] = {
    [TMF_EQ] = "==", [TMF_NE] = "!=", [TMF_GT] = ">", [TMF_GTE] = ">=",
    [TMF_LT] = "<", [TMF_LTE] = "<="
};

/* --- operands ----------------------------------------------------------- */

/* A jsonpath to the values at the end of a path through arrays; each step
 * goes through one of them by itself. */
static tmf_text_t *json_path(const tmf_operand_t *operand, apr_pool_t *p)
{
    tmf_text_t *path = tmf_text_make(p, 128, 0);
    int i = 0;
    int k = 0;

    tmf_text_puts(path, "$");
    for (i = 0; i < operand->n_names; i++) {
        tmf_text_puts(path, ".");
        tmf_text_json(path, operand->names[i], strlen(operand->names[i]));
        for (k = 1; k < operand->arrays[i]; k++) {
            tmf_text_puts(path, "[*]");
        }
    }
    tmf_text_puts(path, "[*]");
    return path;
}

/* Declared, and reached without arrays: the names are the definition's. */
static const char *attribute(const tmf_operand_t *operand, int as_text,
                             apr_pool_t *p)
{
    return apr_psprintf(p, "doc %s%s %s", operand->n_names == 1 ? "->" : "#>",
                        as_text ? ">" : "",
                        tmf_quote_path(operand->n_names, operand->names, p));
}

/* The expressions are those of the filter indexes (tmf_ddl.c). */
static const char *indexed(const tmf_operand_t *operand, apr_pool_t *p)
{
    switch (operand->compare) {
    case TMF_COMPARE_TEXT:
        return apr_psprintf(p, "left(%s, %d) COLLATE \"C\"",
                            attribute(operand, 1, p), TMF_QUOTE_PREFIX);
    case TMF_COMPARE_TIME:
        return apr_psprintf(p, "tmf.instant(%s)", attribute(operand, 1, p));
    default:
        return apr_psprintf(p, "(%s)", attribute(operand, 0, p));
    }
}

static const char *first_value(tmf_draft_t *draft,
                               const tmf_operand_t *operand)
{
    APR_ARRAY_PUSH(draft->values, const char *) = tmf_text_string(
        json_path(operand, draft->p));
    return apr_psprintf(draft->p, "jsonb_path_query_first(doc, $%d::jsonpath)",
                        draft->values->nelts);
}

const char *tmf_draft_operand(tmf_draft_t *draft,
                              const tmf_operand_t *operand)
{
    if (operand->compare == TMF_COMPARE_ID) {
        return "id";
    }
    if (!operand->many && operand->compare != TMF_COMPARE_ANY
        && operand->compare != TMF_COMPARE_NOTHING) {
        return indexed(operand, draft->p);
    }
    return operand->compare == TMF_COMPARE_TIME
        ? apr_pstrcat(draft->p, "tmf.instant(",
                      tmf_draft_text(draft, operand), ")", NULL)
        : first_value(draft, operand);
}

const char *tmf_draft_text(tmf_draft_t *draft, const tmf_operand_t *operand)
{
    if (operand->many) {
        return apr_pstrcat(draft->p, first_value(draft, operand), " #>> '{}'",
                           NULL);
    }
    return apr_pstrcat(draft->p, "doc ",
                       operand->n_names == 1 ? "->> " : "#>> ",
                       tmf_quote_path(operand->n_names, operand->names,
                                      draft->p), NULL);
}

/* --- any of many values ------------------------------------------------- */

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
    if (criterion->operand.compare != TMF_COMPARE_JSON) {
        tmf_text_puts(text, "\"text\":");
        tmf_text_json(text, criterion->value, strlen(criterion->value));
    }
    if (scalar) {
        tmf_text_puts(text, criterion->operand.compare == TMF_COMPARE_JSON
                      ? "\"json\":" : ",\"json\":");
        tmf_text_puts(text, criterion->value);
    }
    tmf_text_puts(text, "}");
    return tmf_text_string(text);
}

/* Values of different types are neither equal nor in an order for jsonpath:
 * the comparison is unknown. For us they differ. */
static void put_comparison(tmf_text_t *path, const tmf_criterion_t *criterion,
                           const char *variable)
{
    const char *symbol = json_operators[criterion->comparator];

    if (criterion->comparator == TMF_NE) {
        tmf_text_printf(path, "(@ != %s || (@ == %s) is unknown)", variable,
                        variable);
    }
    else {
        tmf_text_printf(path, "@ %s %s", symbol, variable);
    }
}

static void put_any_element(tmf_draft_t *draft,
                            const tmf_criterion_t *criterion)
{
    tmf_text_t *path = json_path(&criterion->operand, draft->p);
    int is_json = criterion->operand.compare == TMF_COMPARE_JSON;
    int scalar = is_json || (criterion->operand.compare == TMF_COMPARE_ANY
                             && is_json_scalar(criterion->value));

    tmf_text_puts(path, " ? (");
    if (!is_json) {
        put_comparison(path, criterion, "$text");
    }
    if (!is_json && scalar) {
        tmf_text_puts(path, criterion->comparator == TMF_NE ? " && "
                                                            : " || ");
    }
    if (scalar) {
        put_comparison(path, criterion, "$json");
    }
    tmf_text_puts(path, ")");
    tmf_draft_put(draft, "jsonb_path_exists(doc, ");
    tmf_draft_value(draft, tmf_text_string(path), "::jsonpath");
    tmf_draft_put(draft, ", ");
    tmf_draft_value(draft, variables(criterion, scalar, draft->p), "::jsonb");
    tmf_draft_put(draft, ")");
}

static void begin_each(tmf_draft_t *draft, const tmf_criterion_t *criterion)
{
    tmf_draft_put(draft, "EXISTS (SELECT FROM jsonb_path_query(doc, ");
    tmf_draft_value(draft, tmf_text_string(json_path(&criterion->operand,
                                                     draft->p)),
                    "::jsonpath");
    tmf_draft_put(draft, ") AS found(item) WHERE ");
}

/* --- times -------------------------------------------------------------- */

static void put_bound(tmf_draft_t *draft, const char *instant,
                      const char *operator, const char *bound)
{
    tmf_text_printf(draft->text, "%s %s ", instant, operator);
    tmf_draft_value(draft, bound, "::timestamptz");
}

/* Two bounds, of which both or one must hold. */
static void put_bounds(tmf_draft_t *draft, const tmf_criterion_t *criterion,
                       const char *instant)
{
    int is_equal = criterion->comparator == TMF_EQ;

    tmf_draft_put(draft, is_equal ? "" : "(");
    put_bound(draft, instant, is_equal ? ">=" : "<", criterion->value);
    tmf_draft_put(draft, is_equal ? " AND " : " OR ");
    put_bound(draft, instant, is_equal ? "<" : ">=", criterion->end);
    tmf_draft_put(draft, is_equal ? "" : ")");
}

/* A period is as a whole before or after what isn't in it. */
static void put_instants(tmf_draft_t *draft, const tmf_criterion_t *criterion,
                         const char *instant)
{
    const char *end = criterion->end;

    if (!end) {
        put_bound(draft, instant, operators[criterion->comparator],
                  criterion->value);
        return;
    }
    switch (criterion->comparator) {
    case TMF_GT:
        put_bound(draft, instant, ">=", end);
        return;
    case TMF_LTE:
        put_bound(draft, instant, "<", end);
        return;
    case TMF_GTE:
    case TMF_LT:
        put_bound(draft, instant, operators[criterion->comparator],
                  criterion->value);
        return;
    default:
        put_bounds(draft, criterion, instant);
        return;
    }
}

static void put_time(tmf_draft_t *draft, const tmf_criterion_t *criterion)
{
    if (!criterion->operand.many) {
        put_instants(draft, criterion, indexed(&criterion->operand,
                                               draft->p));
        return;
    }
    begin_each(draft, criterion);
    put_instants(draft, criterion, "tmf.instant(item #>> '{}')");
    tmf_draft_put(draft, ")");
}

/* --- texts -------------------------------------------------------------- */

/* What the index can tell of a text that is longer than it has. */
static const char *prefix_operator(tmf_comparator_t comparator)
{
    switch (comparator) {
    case TMF_EQ:
        return "=";
    case TMF_GT:
    case TMF_GTE:
        return ">=";
    default:
        return "<=";
    }
}

/* A text as it is indexed. A value with fewer characters than the prefix
 * compares with it as with the whole; for longer ones the rest counts. */
static void put_text(tmf_draft_t *draft, const tmf_criterion_t *criterion)
{
    const tmf_operand_t *operand = &criterion->operand;
    const char *prefix = indexed(operand, draft->p);
    const char *symbol = operators[criterion->comparator];

    if (strlen(criterion->value) < TMF_QUOTE_PREFIX) {
        tmf_text_printf(draft->text, "%s %s ", prefix, symbol);
        tmf_draft_value(draft, criterion->value, "");
        return;
    }
    APR_ARRAY_PUSH(draft->values, const char *) = criterion->value;
    if (criterion->comparator != TMF_NE) {
        tmf_text_printf(draft->text, "%s %s left($%d, %d) AND ", prefix,
                        prefix_operator(criterion->comparator),
                        draft->values->nelts, TMF_QUOTE_PREFIX);
    }
    tmf_text_printf(draft->text, "(%s) COLLATE \"C\" %s $%d",
                    attribute(operand, 1, draft->p), symbol,
                    draft->values->nelts);
}

static void put_match(tmf_draft_t *draft, const tmf_criterion_t *criterion,
                      const char *text)
{
    tmf_text_printf(draft->text, "%s COLLATE \"C\" ~ ", text);
    tmf_draft_value(draft, criterion->value, "");
}

static void put_pattern(tmf_draft_t *draft, const tmf_criterion_t *criterion)
{
    const tmf_operand_t *operand = &criterion->operand;

    if (operand->compare == TMF_COMPARE_ID) {
        put_match(draft, criterion, "id");
        return;
    }
    if (!operand->many) {
        put_match(draft, criterion, apr_psprintf(
            draft->p, "(%s)", attribute(operand, 1, draft->p)));
        return;
    }
    begin_each(draft, criterion);
    tmf_draft_put(draft, "jsonb_typeof(item) = 'string' AND ");
    put_match(draft, criterion, "(item #>> '{}')");
    tmf_draft_put(draft, ")");
}

/* --- criteria ----------------------------------------------------------- */

/* Numbers and booleans. In jsonb's order values of other types come before
 * and after all numbers. */
static void put_json(tmf_draft_t *draft, const tmf_criterion_t *criterion)
{
    const char *operand = indexed(&criterion->operand, draft->p);
    tmf_comparator_t comparator = criterion->comparator;

    tmf_text_printf(draft->text, "%s %s ", operand, operators[comparator]);
    tmf_draft_value(draft, criterion->value, "::jsonb");
    if (comparator != TMF_EQ && comparator != TMF_NE) {
        tmf_text_printf(draft->text, " AND jsonb_typeof%s = 'number'",
                        operand);
    }
}

static void put_criterion(tmf_draft_t *draft,
                          const tmf_criterion_t *criterion)
{
    const tmf_operand_t *operand = &criterion->operand;

    if (operand->compare == TMF_COMPARE_NOTHING) {
        tmf_draft_put(draft, "false");
    }
    else if (criterion->comparator == TMF_REGEX) {
        put_pattern(draft, criterion);
    }
    else if (operand->compare == TMF_COMPARE_ID) {
        tmf_text_printf(draft->text, "id %s ",
                        operators[criterion->comparator]);
        tmf_draft_value(draft, criterion->value, "");
    }
    else if (operand->compare == TMF_COMPARE_TIME) {
        put_time(draft, criterion);
    }
    else if (operand->many) {
        put_any_element(draft, criterion);
    }
    else if (operand->compare == TMF_COMPARE_TEXT) {
        put_text(draft, criterion);
    }
    else {
        put_json(draft, criterion);
    }
}

static void put_term(tmf_draft_t *draft, const tmf_term_t *term)
{
    int i = 0;

    tmf_draft_put(draft, term->n > 1 ? "(" : "");
    for (i = 0; i < term->n; i++) {
        tmf_draft_put(draft, i > 0 ? " OR " : "");
        put_criterion(draft, &term->any[i]);
    }
    tmf_draft_put(draft, term->n > 1 ? ")" : "");
}

static void put_filters(tmf_draft_t *draft, const tmf_query_t *query)
{
    int i = 0;

    tmf_draft_put(draft, query->n_filters > 1 ? "(" : "");
    for (i = 0; i < query->n_filters; i++) {
        const tmf_filter_t *filter = &query->filters[i];

        tmf_draft_put(draft, i > 0 ? " OR " : "");
        tmf_draft_put(draft, "jsonb_path_exists(");
        tmf_draft_put(draft, filter->has_id
                      ? "doc || jsonb_build_object('id', id)" : "doc");
        tmf_draft_put(draft, ", ");
        tmf_draft_value(draft, filter->path, "::jsonpath");
        tmf_draft_put(draft, ", ");
        tmf_draft_value(draft, filter->variables, "::jsonb");
        tmf_draft_put(draft, ")");
    }
    tmf_draft_put(draft, query->n_filters > 1 ? ")" : "");
}

void tmf_draft_criteria(tmf_draft_t *draft, const char *lead,
                        const tmf_query_t *query)
{
    int i = 0;

    for (i = 0; i < query->n_terms; i++) {
        tmf_draft_put(draft, i > 0 ? " AND " : lead);
        put_term(draft, &query->terms[i]);
    }
    if (query->n_filters > 0) {
        tmf_draft_put(draft, query->n_terms > 0 ? " AND " : lead);
        put_filters(draft, query);
    }
}
