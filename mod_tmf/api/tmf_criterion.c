#include "api/tmf_criterion.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "api/tmf_dotted.h"
#include "api/tmf_href.h"
#include "api/tmf_regex.h"
#include "base/tmf_number.h"
#include "base/tmf_time.h"
#include "base/tmf_uri.h"

/* An operator as characters stand for it. */
typedef struct operator_t {
    apr_size_t at;            /* bytes of the raw text before it */
    apr_size_t end;           /* where the values begin */
    tmf_comparator_t comparator;
    int is_plain;             /* a single '=': the name may have another */
} operator_t;

/* An attribute, an operator, and values up to the next attribute. */
typedef struct expression_t {
    const tmf_resource_t *resource;
    apr_pool_t *p;
    apr_array_header_t *criteria;
    tmf_parameter_t parameter;    /* the name, for messages */
    tmf_operand_t operand;
    const tmf_schema_t *schema;   /* of the values; NULL: not declared */
    tmf_comparator_t comparator;
} expression_t;

static tmf_error_t *refuse(const expression_t *expression, const char *rule)
{
    return tmf_parameter_refuse(&expression->parameter, rule, expression->p);
}

/* --- operators ---------------------------------------------------------- */

/* The character at s, plain or encoded, and its bytes; 0 at the end. */
static char symbol_at(const char *s, const char *end, apr_size_t *length)
{
    static const struct {
        const char *encoded;
        char plain;
    } symbols[] = {
        { "%21", '!' }, { "%2A", '*' }, { "%3C", '<' }, { "%3D", '=' },
        { "%3E", '>' }, { "%7E", '~' }
    };
    apr_size_t i = 0;

    *length = s < end ? 1 : 0;
    if (end - s < 3 || *s != '%') {
        return s < end ? *s : '\0';
    }
    for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        if (apr_cstr_casecmpn(s, symbols[i].encoded, 3) == 0) {
            *length = 3;
            return symbols[i].plain;
        }
    }
    return *s;
}

/* What follows a '=': "==" and "=~". After a plain '=' an encoded character
 * is the value's. */
static void end_equal(const char *s, const char *end, operator_t *found)
{
    int is_raw = s[found->end - 1] == '=';
    apr_size_t length = 0;
    char next = symbol_at(s + found->end, end, &length);

    found->is_plain = 1;
    if ((next != '=' && next != '~') || (is_raw && length > 1)) {
        return;
    }
    found->is_plain = 0;
    found->comparator = next == '~' ? TMF_REGEX : TMF_EQ;
    found->end += length;
}

/* What follows a '<' or '>'. */
static void end_order(const char *s, const char *end, operator_t *found)
{
    apr_size_t length = 0;

    if (symbol_at(s + found->end, end, &length) == '=') {
        found->comparator = found->comparator == TMF_GT ? TMF_GTE : TMF_LTE;
        found->end += length;
    }
}

/* The first operator of n bytes; 0 if there is none. */
static int find_operator(const char *s, apr_size_t n, operator_t *found)
{
    const char *end = s + n;
    apr_size_t before = 0;    /* where the last character began */
    apr_size_t length = 0;
    char last = '\0';
    apr_size_t i = 0;

    memset(found, 0, sizeof(*found));
    for (i = 0; i < n; i += length) {
        char c = symbol_at(s + i, end, &length);

        found->at = i;
        found->end = i + length;
        if (c == '<' || c == '>') {
            found->comparator = c == '>' ? TMF_GT : TMF_LT;
            end_order(s, end, found);
            return 1;
        }
        if (c == '=' && (last == '*' || last == '!')) {
            found->at = before;
            found->comparator = last == '*' ? TMF_REGEX : TMF_NE;
            return 1;
        }
        if (c == '=') {
            found->comparator = TMF_EQ;
            end_equal(s, end, found);
            return 1;
        }
        last = c;
        before = i;
    }
    return 0;
}

/* Names that are operators after an attribute's: "a.gte". */
static int find_suffix(const char *name, tmf_comparator_t *comparator)
{
    static const struct {
        const char *name;
        tmf_comparator_t comparator;
    } suffixes[] = {
        { "eq", TMF_EQ }, { "ne", TMF_NE }, { "gt", TMF_GT },
        { "gte", TMF_GTE }, { "lt", TMF_LT }, { "lte", TMF_LTE },
        { "regex", TMF_REGEX }
    };
    apr_size_t i = 0;

    for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (strcmp(suffixes[i].name, name) == 0) {
            *comparator = suffixes[i].comparator;
            return 1;
        }
    }
    return 0;
}

/* --- values ------------------------------------------------------------- */

static tmf_error_t *set_time(const expression_t *expression,
                             tmf_criterion_t *criterion)
{
    return tmf_time_period(expression->p, criterion->value,
                           &criterion->value, &criterion->end)
        ? NULL : refuse(expression, "must be a date-time or the beginning "
                        "of one; a plus sign in it must be written %2B");
}

static tmf_error_t *set_json(const expression_t *expression,
                             const tmf_criterion_t *criterion)
{
    const char *value = criterion->value;

    if (expression->schema->type == TMF_TYPE_BOOLEAN) {
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0
            ? NULL : refuse(expression, "must be true or false");
    }
    return tmf_number_valid(value, strlen(value))
        ? NULL : refuse(expression, "must be a number");
}

static tmf_error_t *set_pattern(const expression_t *expression,
                                tmf_criterion_t *criterion)
{
    tmf_regex_fault_t fault = { NULL, 0 };
    const char *pattern = tmf_regex_compile(criterion->value, expression->p,
                                            &fault);

    if (!pattern) {
        return refuse(expression, apr_psprintf(
            expression->p, "has a pattern that %s, at character %d",
            fault.rule, fault.position));
    }
    criterion->value = pattern;
    return NULL;
}

/* The id of the same href, and no href where it is another's. */
static void set_href(const expression_t *expression,
                     tmf_criterion_t *criterion)
{
    const char *id = tmf_href_id(criterion->value,
                                 expression->resource->name, expression->p);

    criterion->operand.compare = TMF_COMPARE_ID;
    if (id) {
        criterion->value = id;
    }
    else if (criterion->comparator == TMF_NE) {
        criterion->value = "";    /* no resource has this id */
    }
    else {
        criterion->operand.compare = TMF_COMPARE_NOTHING;
    }
}

static tmf_error_t *set_value(const expression_t *expression,
                              tmf_criterion_t *criterion)
{
    if (tmf_dotted_is(&expression->operand, "href")) {
        set_href(expression, criterion);
        return NULL;
    }
    if (expression->comparator == TMF_REGEX) {
        return set_pattern(expression, criterion);
    }
    switch (expression->operand.compare) {
    case TMF_COMPARE_TIME:
        return set_time(expression, criterion);
    case TMF_COMPARE_JSON:
        return set_json(expression, criterion);
    default:
        return NULL;
    }
}

static tmf_error_t *add_value(const expression_t *expression,
                              const char *raw, apr_size_t n)
{
    tmf_criterion_t criterion = { expression->operand,
                                  expression->comparator, NULL, NULL };

    if (expression->criteria->nelts == TMF_CRITERIA_MAX) {
        return tmf_error(expression->p, TMF_INVALID_QUERY, "the query has "
                         "more than %d criteria", TMF_CRITERIA_MAX);
    }
    criterion.value = tmf_uri_decode(expression->p, raw, n, TMF_PLUS_BLANK);
    if (!criterion.value) {
        return refuse(expression, TMF_ENCODING_RULE);
    }
    TMF_TRY(set_value(expression, &criterion));
    APR_ARRAY_PUSH(expression->criteria, tmf_criterion_t) = criterion;
    return NULL;
}

/* The end of the part that starts at s: a separator, or end. */
static const char *part_end(const char *s, const char *end, char separator)
{
    const char *found = memchr(s, separator, (apr_size_t)(end - s));

    return found ? found : end;
}

static tmf_error_t *add_values(const expression_t *expression,
                               const char *raw, const char *end)
{
    const char *stop = NULL;
    tmf_error_t *err = NULL;

    for (; !err && stop != end; raw = stop + 1) {
        stop = part_end(raw, end, ',');
        err = add_value(expression, raw, (apr_size_t)(stop - raw));
    }
    return err;
}

/* --- expressions -------------------------------------------------------- */

static int is_order(tmf_comparator_t comparator)
{
    return comparator >= TMF_GT && comparator <= TMF_LTE;
}

/* Operators that make no sense for what the attribute holds. */
static tmf_error_t *check_comparator(const expression_t *expression)
{
    tmf_compare_t compare = expression->operand.compare;
    tmf_comparator_t comparator = expression->comparator;

    if (tmf_dotted_is(&expression->operand, "href")
        && comparator != TMF_EQ && comparator != TMF_NE) {
        return refuse(expression, "can be compared for equality alone");
    }
    if (is_order(comparator) && expression->schema
        && expression->schema->type == TMF_TYPE_BOOLEAN) {
        return refuse(expression, "is a boolean, which has no order");
    }
    if (comparator == TMF_REGEX && compare != TMF_COMPARE_TEXT
        && compare != TMF_COMPARE_ID && compare != TMF_COMPARE_ANY) {
        return refuse(expression, "is no text, which a pattern needs");
    }
    return NULL;
}

/* An operator at the end of the path is one if no attribute is declared
 * with this path. */
static tmf_error_t *take_suffix(expression_t *expression,
                                const operator_t *operator)
{
    tmf_operand_t *operand = &expression->operand;
    tmf_comparator_t comparator = TMF_EQ;

    expression->comparator = operator->comparator;
    if (operand->n_names == 1
        || !find_suffix(operand->names[operand->n_names - 1], &comparator)
        || tmf_dotted_find(operand, expression->resource)) {
        return NULL;
    }
    if (!operator->is_plain) {
        return refuse(expression, "has two operators; a value that begins "
                      "with = or ~ must have it as %3D or %7E");
    }
    expression->comparator = comparator;
    operand->n_names--;
    return NULL;
}

static tmf_error_t *begin(expression_t *expression, const char *raw,
                          const operator_t *operator)
{
    const char *rule = NULL;
    const char *name = NULL;

    expression->parameter.name = raw;
    expression->parameter.name_length = operator->at;
    name = tmf_uri_decode(expression->p, raw, operator->at,
                          TMF_PLUS_LITERAL);
    if (!name) {
        return refuse(expression, TMF_ENCODING_RULE);
    }
    if (!*name) {
        return refuse(expression, "has no name");
    }
    if (operator->is_plain && name[strlen(name) - 1] == '~') {
        return refuse(expression, "is followed by ~=, which is no operator");
    }
    rule = tmf_dotted_split(name, expression->p, &expression->operand);
    if (rule) {
        return refuse(expression, rule);
    }
    TMF_TRY(take_suffix(expression, operator));
    expression->schema = tmf_dotted_type(&expression->operand,
                                         expression->resource);
    return check_comparator(expression);
}

/* A part between semicolons: an expression, or another value of the one
 * before. */
static tmf_error_t *take_part(expression_t *expression, const char *raw,
                              const char *end)
{
    apr_size_t n = (apr_size_t)(end - raw);
    operator_t operator;

    if (find_operator(raw, n, &operator)) {
        TMF_TRY(begin(expression, raw, &operator));
        return add_values(expression, raw + operator.end, end);
    }
    if (expression->operand.n_names > 0) {
        return add_values(expression, raw, end);
    }
    expression->parameter.name = raw;
    expression->parameter.name_length = n;
    return refuse(expression, "has no value");
}

tmf_error_t *tmf_criterion_parse(const tmf_parameter_t *parameter,
                                 const tmf_resource_t *resource,
                                 apr_pool_t *p,
                                 apr_array_header_t *criteria)
{
    expression_t expression = { resource, p, criteria, *parameter, { 0 },
                                NULL, TMF_EQ };
    const char *raw = parameter->name;
    const char *end = parameter->value
        ? parameter->value + parameter->value_length
        : raw + parameter->name_length;
    const char *stop = NULL;
    tmf_error_t *err = NULL;

    for (; !err && stop != end; raw = stop + 1) {
        stop = part_end(raw, end, ';');
        err = take_part(&expression, raw, stop);
    }
    return err;
}
