#include "api/tmf_filter.h"

#include <string.h>

#include <apr_strings.h>

#include "api/tmf_quoted.h"
#include "api/tmf_regex.h"
#include "base/tmf_number.h"
#include "base/tmf_text.h"

#define INDEX_DIGITS 6        /* of an index of an array */

/* A filter while it is read. What is written is PostgreSQL's lax mode, in
 * which a step goes through arrays by itself. */
typedef struct reader_t {
    apr_pool_t *p;
    const char *text;
    const char *at;
    int is_top;               /* @ is the resource itself */
    const tmf_schema_t *schema;   /* of what is reached; NULL: any */
    int depth;
    int nodes;
    int n_variables;
    tmf_text_t *path;
    tmf_text_t *variables;
    tmf_filter_t *filter;
} reader_t;

/* One side of a comparison. */
typedef struct operand_t {
    const char *path;         /* from @ on; NULL: a value */
    const char *elements;     /* what leads on to the values to compare */
    const char *variable;     /* of the value */
} operand_t;

/* --- messages ----------------------------------------------------------- */

/* The place of a character, from 1. */
static int position(const reader_t *reader, const char *at)
{
    const char *c = NULL;
    int n = 1;

    for (c = reader->text; c < at; c++) {
        n += ((unsigned char)c[1] & 0xC0) != 0x80;
    }
    return n;
}

static tmf_error_t *invalid_at(const reader_t *reader, const char *at,
                               const char *rule)
{
    return tmf_error(reader->p, TMF_INVALID_QUERY, "parameter \"filter\" %s, "
                     "at character %d", rule, position(reader, at));
}

/* What is wrong there; more often than not a plain & has cut the text. */
static tmf_error_t *invalid(const reader_t *reader, const char *rule)
{
    return invalid_at(reader, reader->at, *reader->at
                      ? rule : "ends too early; an & in it must be written "
                               "%26");
}

static tmf_error_t *unsupported(const reader_t *reader, const char *at,
                                const char *construct)
{
    return tmf_error(reader->p, TMF_NOT_IMPLEMENTED, "parameter \"filter\" "
                     "has %s at character %d, which is not implemented",
                     construct, position(reader, at));
}

/* --- characters --------------------------------------------------------- */

static void skip_blanks(reader_t *reader)
{
    while (*reader->at == ' ' || *reader->at == '\t') {
        reader->at++;
    }
}

/* Read a mark after blanks; false if something else stands there. */
static int take(reader_t *reader, const char *mark)
{
    apr_size_t n = strlen(mark);

    skip_blanks(reader);
    if (strncmp(reader->at, mark, n) != 0) {
        return 0;
    }
    reader->at += n;
    return 1;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_name_start(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'
        || ((unsigned char)c & 0x80);
}

static void skip_name(reader_t *reader)
{
    while (is_name_start(*reader->at) || is_digit(*reader->at)) {
        reader->at++;
    }
}

static tmf_error_t *read_string(reader_t *reader, const char **string)
{
    const char *rule = tmf_quoted_read(&reader->at, reader->p, string);

    return rule ? invalid_at(reader, reader->at, rule) : NULL;
}

static tmf_error_t *count_node(reader_t *reader)
{
    return ++reader->nodes <= TMF_FILTER_NODES
        ? NULL : invalid(reader, "has more than "
                         APR_STRINGIFY(TMF_FILTER_NODES) " parts");
}

static tmf_error_t *go_deeper(reader_t *reader, const char *at)
{
    return ++reader->depth <= TMF_FILTER_DEPTH
        ? NULL : invalid_at(reader, at, "is nested deeper than "
                            APR_STRINGIFY(TMF_FILTER_DEPTH));
}

/* --- arrays ------------------------------------------------------------- */

static int is_array(const tmf_schema_t *schema)
{
    return schema && schema->type == TMF_TYPE_ARRAY;
}

/* What an array that is gone into leads to. */
static void enter_array(reader_t *reader)
{
    if (is_array(reader->schema)) {
        reader->schema = reader->schema->items;
    }
}

/* Into arrays that hold arrays, as deep as values are; the last one is left
 * to the next step. */
static void put_arrays(reader_t *reader, tmf_text_t *path)
{
    int depth = 0;

    for (; is_array(reader->schema) && is_array(reader->schema->items)
           && depth < TMF_JSON_DEPTH; depth++) {
        tmf_text_puts(path, "[*]");
        enter_array(reader);
    }
}

/* --- steps -------------------------------------------------------------- */

static tmf_error_t *put_name(reader_t *reader, const char *at,
                             const char *name)
{
    if (reader->is_top && strcmp(name, "href") == 0) {
        return unsupported(reader, at, "the attribute href");
    }
    reader->filter->has_id |= reader->is_top && strcmp(name, "id") == 0;
    reader->is_top = 0;
    put_arrays(reader, reader->path);
    enter_array(reader);
    reader->schema = tmf_schema_property(reader->schema, name, strlen(name));
    tmf_text_puts(reader->path, ".");
    tmf_text_json(reader->path, name, strlen(name));
    return NULL;
}

static tmf_error_t *read_name(reader_t *reader)
{
    const char *start = reader->at;

    if (*start == '.') {
        return unsupported(reader, start - 1, "a descent (..)");
    }
    if (*start == '*') {
        reader->filter->has_id |= reader->is_top;
        reader->is_top = 0;
        reader->at++;
        put_arrays(reader, reader->path);
        reader->schema = NULL;
        tmf_text_puts(reader->path, ".*");
        return NULL;
    }
    reader->at += *start == '@';
    if (!is_name_start(*reader->at)) {
        reader->at = start;
        return invalid(reader, "has no name");
    }
    skip_name(reader);
    if (*reader->at == '(') {
        return unsupported(reader, start, "a function");
    }
    return put_name(reader, start, apr_pstrmemdup(
        reader->p, start, (apr_size_t)(reader->at - start)));
}

static tmf_error_t *read_index(reader_t *reader, int *index)
{
    const char *start = NULL;

    skip_blanks(reader);
    start = reader->at;
    for (*index = 0; is_digit(*reader->at); reader->at++) {
        if (reader->at - start == INDEX_DIGITS) {
            return invalid_at(reader, start, "has an index of more than "
                              APR_STRINGIFY(INDEX_DIGITS) " digits");
        }
        *index = *index * 10 + (*reader->at - '0');
    }
    if (*start == '-') {
        return unsupported(reader, start, "an index from the end");
    }
    return reader->at > start ? NULL : invalid(reader, "has no index");
}

/* The same element twice finds nothing more, and such lists in a row would
 * multiply what is looked at. */
static void put_index(reader_t *reader, apr_array_header_t *seen, int index)
{
    int i = 0;

    for (i = 0; i < seen->nelts; i++) {
        if (APR_ARRAY_IDX(seen, i, int) == index) {
            return;
        }
    }
    APR_ARRAY_PUSH(seen, int) = index;
    tmf_text_printf(reader->path, "%s%d", i > 0 ? "," : "", index);
}

static tmf_error_t *read_indexes(reader_t *reader)
{
    const char *start = reader->at;
    apr_array_header_t *seen = apr_array_make(reader->p, 2, sizeof(int));
    int index = 0;

    tmf_text_puts(reader->path, "[");
    TMF_TRY(read_index(reader, &index));
    put_index(reader, seen, index);
    while (take(reader, ",")) {
        TMF_TRY(count_node(reader));
        TMF_TRY(read_index(reader, &index));
        put_index(reader, seen, index);
    }
    if (*reader->at == ':') {
        return unsupported(reader, reader->at, "a slice");
    }
    if (reader->is_top) {
        return unsupported(reader, start, "an index of the collection");
    }
    tmf_text_puts(reader->path, "]");
    enter_array(reader);
    return NULL;
}

static tmf_error_t *read_quoted_name(reader_t *reader)
{
    const char *start = reader->at;
    const char *name = NULL;

    TMF_TRY(read_string(reader, &name));
    skip_blanks(reader);
    if (*reader->at == ',') {
        return unsupported(reader, reader->at, "a list of names");
    }
    return put_name(reader, start, name);
}

static tmf_error_t *read_alternatives(reader_t *reader, int negated);

/* What is between "[?" and "]". Inside it @ is what the path has reached. */
static tmf_error_t *read_predicate(reader_t *reader)
{
    int is_top = reader->is_top;

    TMF_TRY(go_deeper(reader, reader->at - 1));
    tmf_text_puts(reader->path, " ? ");
    enter_array(reader);
    TMF_TRY(read_alternatives(reader, 0));
    reader->is_top = is_top;
    reader->depth--;
    return NULL;
}

static tmf_error_t *read_bracket(reader_t *reader)
{
    if (take(reader, "?")) {
        return read_predicate(reader);
    }
    if (take(reader, "*")) {
        tmf_text_puts(reader->path, reader->is_top ? "" : "[*]");
        enter_array(reader);
        return NULL;
    }
    switch (*reader->at) {
    case '\'':
    case '"':
        return read_quoted_name(reader);
    case ':':
        return unsupported(reader, reader->at, "a slice");
    case '(':
        return unsupported(reader, reader->at, "a script");
    default:
        if (*reader->at == '-' || is_digit(*reader->at)) {
            return read_indexes(reader);
        }
        return invalid(reader, "has brackets without a name, an index, * "
                       "or ?");
    }
}

static tmf_error_t *read_step(reader_t *reader)
{
    TMF_TRY(count_node(reader));
    if (*reader->at == '.') {
        reader->at++;
        return read_name(reader);
    }
    reader->at++;
    TMF_TRY(read_bracket(reader));
    return take(reader, "]")
        ? NULL : invalid(reader, "has no ] where one is needed");
}

static tmf_error_t *read_steps(reader_t *reader)
{
    skip_blanks(reader);
    while (*reader->at == '.' || *reader->at == '[') {
        TMF_TRY(read_step(reader));
        skip_blanks(reader);
    }
    return NULL;
}

/* --- operands ----------------------------------------------------------- */

/* A value of the client's: a variable that has it as JSON text. */
static void add_variable(reader_t *reader, const char *json,
                         operand_t *operand)
{
    operand->variable = apr_psprintf(reader->p, "$v%d", reader->n_variables);
    tmf_text_printf(reader->variables, "%s\"v%d\":",
                    reader->n_variables > 0 ? "," : "", reader->n_variables);
    tmf_text_puts(reader->variables, json);
    reader->n_variables++;
}

static tmf_error_t *read_text(reader_t *reader, operand_t *operand)
{
    tmf_text_t *json = tmf_text_make(reader->p, 32, 0);
    const char *string = NULL;

    TMF_TRY(read_string(reader, &string));
    tmf_text_json(json, string, strlen(string));
    add_variable(reader, tmf_text_string(json), operand);
    return NULL;
}

static void skip_digits(reader_t *reader)
{
    while (is_digit(*reader->at)) {
        reader->at++;
    }
}

static tmf_error_t *read_number(reader_t *reader, operand_t *operand)
{
    const char *start = reader->at;
    apr_size_t n = 0;

    reader->at += *reader->at == '-';
    skip_digits(reader);
    if (*reader->at == '.') {
        reader->at++;
        skip_digits(reader);
    }
    if (*reader->at == 'e' || *reader->at == 'E') {
        reader->at++;
        reader->at += *reader->at == '+' || *reader->at == '-';
        skip_digits(reader);
    }
    n = (apr_size_t)(reader->at - start);
    if (!tmf_number_valid(start, n)) {
        return invalid_at(reader, start, "has a number that is none");
    }
    add_variable(reader, apr_pstrmemdup(reader->p, start, n), operand);
    return NULL;
}

/* true, false and null; another word may be a function's. */
static tmf_error_t *read_word(reader_t *reader, operand_t *operand)
{
    static const char *const words[] = { "true", "false", "null" };
    const char *start = reader->at;
    apr_size_t n = 0;
    apr_size_t i = 0;

    skip_name(reader);
    n = (apr_size_t)(reader->at - start);
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == n && memcmp(words[i], start, n) == 0) {
            add_variable(reader, words[i], operand);
            return NULL;
        }
    }
    if (*reader->at == '(') {
        return unsupported(reader, start, "a function");
    }
    return invalid_at(reader, start, "has a word that is neither true, "
                      "false nor null; an attribute begins with @. and a "
                      "string with a quote");
}

/* A path, written for itself: it belongs into the comparison. */
static tmf_error_t *read_path(reader_t *reader, operand_t *operand)
{
    tmf_text_t *elements = tmf_text_make(reader->p, 8, 0);
    reader_t outer = *reader;

    reader->at++;
    reader->path = tmf_text_make(reader->p, 64, 0);
    tmf_text_puts(reader->path, "@");
    TMF_TRY(read_steps(reader));
    operand->path = tmf_text_string(reader->path);
    put_arrays(reader, elements);
    operand->elements = tmf_text_string(elements);
    reader->path = outer.path;
    reader->is_top = outer.is_top;
    reader->schema = outer.schema;
    return NULL;
}

static tmf_error_t *read_operand(reader_t *reader, operand_t *operand)
{
    const char *start = NULL;

    operand->path = NULL;
    operand->variable = NULL;
    skip_blanks(reader);
    start = reader->at;
    TMF_TRY(count_node(reader));
    if (*start == '@') {
        return read_path(reader, operand);
    }
    if (*start == '$') {
        return unsupported(reader, start, "a path from the root in a "
                           "predicate");
    }
    if (*start == '\'' || *start == '"') {
        return read_text(reader, operand);
    }
    if (*start == '-' || is_digit(*start)) {
        return read_number(reader, operand);
    }
    return is_name_start(*start)
        ? read_word(reader, operand)
        : invalid(reader, "has no attribute or value where one is needed");
}

/* An operand is not part of a calculation. */
static tmf_error_t *check_end(reader_t *reader)
{
    skip_blanks(reader);
    return *reader->at && strchr("+-*/%", *reader->at)
        ? unsupported(reader, reader->at, "arithmetic") : NULL;
}

/* --- comparisons -------------------------------------------------------- */

/* Operators, each before those that begin it. */
static const struct {
    const char *mark;
    const char *mirrored;     /* with its sides exchanged */
} operators[] = {
    { "==", "==" }, { "!=", "!=" }, { "<=", ">=" }, { "<", ">" },
    { ">=", "<=" }, { ">", "<" }, { "=~", NULL }
};

#define OPERATORS (sizeof(operators) / sizeof(operators[0]))

/* The operator's place in the table, OPERATORS if none stands there. */
static apr_size_t take_operator(reader_t *reader)
{
    apr_size_t i = 0;

    while (i < OPERATORS && !take(reader, operators[i].mark)) {
        i++;
    }
    return i;
}

/* Past the slash that ends a pattern. */
static tmf_error_t *skip_pattern(reader_t *reader)
{
    const char *start = reader->at++;

    while (*reader->at && *reader->at != '/') {
        reader->at += *reader->at == '\\' && reader->at[1] ? 2 : 1;
    }
    if (!*reader->at) {
        return invalid_at(reader, start, "has a pattern without its end");
    }
    reader->at++;
    return NULL;
}

static tmf_error_t *compile_pattern(const reader_t *reader,
                                    const char *start, const char *end,
                                    const char **pattern)
{
    tmf_regex_fault_t fault = { NULL, 0 };

    *pattern = tmf_regex_compile(
        apr_pstrmemdup(reader->p, start, (apr_size_t)(end - start)),
        reader->p, &fault);
    return *pattern ? NULL : tmf_error(
        reader->p, TMF_INVALID_QUERY, "parameter \"filter\" has a pattern "
        "that %s, at character %d", fault.rule,
        position(reader, start) + fault.position - 1);
}

/* A slash, a pattern, a slash and perhaps an i: "@ like_regex ..." */
static tmf_error_t *read_pattern(reader_t *reader, const char **condition)
{
    tmf_text_t *text = tmf_text_make(reader->p, 64, 0);
    const char *start = NULL;
    const char *pattern = NULL;
    int any_case = 0;

    skip_blanks(reader);
    start = reader->at;
    TMF_TRY(count_node(reader));
    if (*start != '/') {
        return invalid(reader, "has no /pattern/ after =~");
    }
    TMF_TRY(skip_pattern(reader));
    TMF_TRY(compile_pattern(reader, start + 1, reader->at - 1, &pattern));
    any_case = *reader->at == 'i';
    reader->at += any_case;
    if (is_name_start(*reader->at)) {
        return invalid(reader, "has a flag after its pattern that is not i");
    }
    reader->filter->n_patterns++;
    tmf_text_puts(text, "@ like_regex ");
    tmf_text_json(text, pattern, strlen(pattern));
    tmf_text_puts(text, any_case ? " flag \"is\"" : " flag \"s\"");
    *condition = tmf_text_string(text);
    return NULL;
}

/* Values of different types are neither equal nor unequal for PostgreSQL's
 * jsonpath; for us they differ. */
static const char *condition_of(const char *mark, const char *variable,
                                apr_pool_t *p)
{
    return strcmp(mark, "!=") == 0
        ? apr_pstrcat(p, "@ != ", variable, " || (@ == ", variable,
                      ") is unknown", NULL)
        : apr_pstrcat(p, "@ ", mark, " ", variable, NULL);
}

/* The condition on one value that the comparison's attribute must have. */
static tmf_error_t *read_right(reader_t *reader, operand_t *left,
                               apr_size_t operator, const char **condition)
{
    const char *start = reader->at;
    operand_t right = { NULL, NULL, NULL };

    if (!operators[operator].mirrored) {
        return left->path ? read_pattern(reader, condition)
            : invalid_at(reader, start, "has no attribute before =~");
    }
    TMF_TRY(read_operand(reader, &right));
    TMF_TRY(check_end(reader));
    if (left->path && right.path) {
        return unsupported(reader, start, "a comparison of two attributes");
    }
    if (!left->path && !right.path) {
        return invalid_at(reader, start, "compares no attribute");
    }
    if (left->path) {
        *condition = condition_of(operators[operator].mark, right.variable,
                                  reader->p);
        return NULL;
    }
    left->path = right.path;
    left->elements = right.elements;
    *condition = condition_of(operators[operator].mirrored, left->variable,
                              reader->p);
    return NULL;
}

static int ends_comparison(char c)
{
    return c == ')' || c == ']' || c == '&' || c == '|';
}

/* exists() is true or false, never unknown: that is what lets a comparison
 * be negated. */
static tmf_error_t *read_comparison(reader_t *reader, int negated)
{
    operand_t left;
    const char *condition = NULL;
    apr_size_t operator = 0;

    TMF_TRY(read_operand(reader, &left));
    TMF_TRY(check_end(reader));
    operator = take_operator(reader);
    if (operator < OPERATORS) {
        TMF_TRY(read_right(reader, &left, operator, &condition));
    }
    else if (!left.path || !ends_comparison(*reader->at)) {
        return invalid(reader, "has no comparison where one is needed");
    }
    tmf_text_puts(reader->path, negated ? "!exists(" : "exists(");
    tmf_text_puts(reader->path, left.path);
    if (condition) {
        tmf_text_puts(reader->path, left.elements);
        tmf_text_puts(reader->path, " ? (");
        tmf_text_puts(reader->path, condition);
        tmf_text_puts(reader->path, ")");
    }
    tmf_text_puts(reader->path, ")");
    return NULL;
}

/* --- predicates --------------------------------------------------------- */

static tmf_error_t *read_group(reader_t *reader, int negated)
{
    const char *start = reader->at - 1;

    TMF_TRY(go_deeper(reader, start));
    TMF_TRY(read_alternatives(reader, negated));
    reader->depth--;
    return take(reader, ")")
        ? NULL : invalid(reader, "has no ) where one is needed");
}

static tmf_error_t *read_term(reader_t *reader, int negated)
{
    while (take(reader, "!")) {
        TMF_TRY(count_node(reader));
        negated = !negated;
    }
    return take(reader, "(") ? read_group(reader, negated)
                             : read_comparison(reader, negated);
}

/* A negation goes down to the comparisons, and exchanges && and ||. */
static tmf_error_t *read_conjunction(reader_t *reader, int negated)
{
    tmf_text_puts(reader->path, negated ? "(" : "");
    TMF_TRY(read_term(reader, negated));
    while (take(reader, "&&")) {
        TMF_TRY(count_node(reader));
        tmf_text_puts(reader->path, negated ? " || " : " && ");
        TMF_TRY(read_term(reader, negated));
    }
    tmf_text_puts(reader->path, negated ? ")" : "");
    return NULL;
}

static tmf_error_t *read_alternatives(reader_t *reader, int negated)
{
    tmf_text_puts(reader->path, "(");
    TMF_TRY(read_conjunction(reader, negated));
    while (take(reader, "||")) {
        TMF_TRY(count_node(reader));
        tmf_text_puts(reader->path, negated ? " && " : " || ");
        TMF_TRY(read_conjunction(reader, negated));
    }
    tmf_text_puts(reader->path, ")");
    return NULL;
}

/* --- whole -------------------------------------------------------------- */

static tmf_error_t *read_whole(reader_t *reader)
{
    skip_blanks(reader);
    if (!*reader->at) {
        return invalid_at(reader, reader->at, "is empty");
    }
    tmf_text_puts(reader->path, "$");
    if (*reader->at == '$') {
        reader->at++;
    }
    else if (*reader->at != '.' && *reader->at != '[') {
        TMF_TRY(count_node(reader));
        TMF_TRY(read_name(reader));
    }
    TMF_TRY(read_steps(reader));
    skip_blanks(reader);
    return *reader->at && *reader->at != ',' && *reader->at != ';'
        ? invalid(reader, "goes on after its path; comparisons are inside "
                  "[?()]") : NULL;
}

/* One filter of the text; at is moved to the end of it. */
static tmf_error_t *read_filter(const char *text, const char **at,
                                const tmf_schema_t *schema, apr_pool_t *p,
                                tmf_filter_t *filter)
{
    reader_t reader = { p, text, *at, 1, schema, 0, 0, 0, NULL, NULL,
                        filter };

    memset(filter, 0, sizeof(*filter));
    reader.path = tmf_text_make(p, 256, 0);
    reader.variables = tmf_text_make(p, 64, 0);
    tmf_text_puts(reader.variables, "{");
    TMF_TRY(read_whole(&reader));
    tmf_text_puts(reader.variables, "}");
    filter->path = tmf_text_string(reader.path);
    filter->variables = tmf_text_string(reader.variables);
    *at = reader.at;
    return NULL;
}

tmf_error_t *tmf_filter_parse(const char *text, const tmf_schema_t *schema,
                              apr_pool_t *p, apr_array_header_t *filters)
{
    const char *at = text;
    tmf_filter_t filter;

    if (strlen(text) > TMF_FILTER_BYTES) {
        return tmf_error(p, TMF_INVALID_QUERY, "parameter \"filter\" is "
                         "longer than %d bytes", TMF_FILTER_BYTES);
    }
    for (;; at++) {
        TMF_TRY(read_filter(text, &at, schema, p, &filter));
        if (filters->nelts == TMF_FILTERS_MAX) {
            return tmf_error(p, TMF_INVALID_QUERY, "the query has more than "
                             "%d filters", TMF_FILTERS_MAX);
        }
        APR_ARRAY_PUSH(filters, tmf_filter_t) = filter;
        if (!*at) {
            return NULL;
        }
    }
}
