#include "api/tmf_query.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "api/tmf_criterion.h"
#include "api/tmf_dotted.h"
#include "api/tmf_filter.h"
#include "api/tmf_parameter.h"
#include "api/tmf_sort.h"
#include "base/tmf_text.h"
#include "base/tmf_uri.h"

/* Any larger count is read as this one, which is beyond every table. */
#define COUNT_MAX APR_INT64_C(9007199254740992)   /* 2^53 */

/* A query string while it is read. */
typedef struct reader_t {
    const tmf_resource_t *resource;
    apr_pool_t *p;
    unsigned int seen;        /* bits of the reserved names so far */
    int n_criteria;
    int n_patterns;
    apr_array_header_t *terms;    /* of apr_array_header_t *, each of
                                     tmf_criterion_t */
    apr_array_header_t *filters;  /* of tmf_filter_t */
    apr_array_header_t *sorts;    /* of tmf_sort_t */
    tmf_query_t *query;
} reader_t;

typedef tmf_error_t *(*take_t)(reader_t *reader,
                               const tmf_parameter_t *parameter);

static tmf_error_t *refuse(const reader_t *reader,
                           const tmf_parameter_t *parameter,
                           const char *rule)
{
    return tmf_parameter_refuse(parameter, rule, reader->p);
}

/* --- reserved names ----------------------------------------------------- */

static tmf_error_t *decode_value(const reader_t *reader,
                                 const tmf_parameter_t *parameter,
                                 const char **value)
{
    *value = tmf_uri_decode(reader->p, parameter->value,
                            parameter->value_length, TMF_PLUS_BLANK);
    return *value ? NULL : refuse(reader, parameter, TMF_ENCODING_RULE);
}

static int read_count(const char *text, apr_int64_t *count)
{
    apr_int64_t value = 0;
    const char *c = text;

    for (; *c >= '0' && *c <= '9'; c++) {
        value = value * 10 + (*c - '0');
        if (value > COUNT_MAX) {
            value = COUNT_MAX;
        }
    }
    *count = value;
    return c > text && !*c;
}

static tmf_error_t *take_count(reader_t *reader,
                               const tmf_parameter_t *parameter,
                               apr_int64_t *count)
{
    const char *value = NULL;

    TMF_TRY(decode_value(reader, parameter, &value));
    if (!read_count(value, count)) {
        return refuse(reader, parameter, "must be a whole number in decimal "
                      "digits");
    }
    reader->query->paged = 1;
    return NULL;
}

static tmf_error_t *take_offset(reader_t *reader,
                                const tmf_parameter_t *parameter)
{
    return take_count(reader, parameter, &reader->query->offset);
}

static tmf_error_t *take_limit(reader_t *reader,
                               const tmf_parameter_t *parameter)
{
    reader->query->limited = 1;
    return take_count(reader, parameter, &reader->query->limit);
}

static tmf_error_t *take_cursor(reader_t *reader,
                                const tmf_parameter_t *parameter)
{
    reader->query->paged = 1;
    return decode_value(reader, parameter, &reader->query->cursor);
}

static tmf_error_t *take_fields(reader_t *reader,
                                const tmf_parameter_t *parameter)
{
    return tmf_fields_parse(parameter->value, parameter->value_length,
                            reader->p, &reader->query->fields);
}

static tmf_error_t *take_sort(reader_t *reader,
                              const tmf_parameter_t *parameter)
{
    const char *rule = tmf_sort_parse(parameter->value,
                                      parameter->value_length,
                                      reader->resource, reader->sorts);

    return rule ? refuse(reader, parameter, rule) : NULL;
}

static tmf_error_t *count_patterns(reader_t *reader, int n)
{
    reader->n_patterns += n;
    return reader->n_patterns <= TMF_PATTERNS_MAX
        ? NULL : tmf_error(reader->p, TMF_INVALID_QUERY, "the query has "
                           "more than %d patterns", TMF_PATTERNS_MAX);
}

static tmf_error_t *take_filter(reader_t *reader,
                                const tmf_parameter_t *parameter)
{
    const char *text = NULL;
    int n_patterns = 0;
    int i = reader->filters->nelts;

    TMF_TRY(decode_value(reader, parameter, &text));
    TMF_TRY(tmf_filter_parse(text, reader->resource->schema, reader->p,
                             reader->filters));
    for (; i < reader->filters->nelts; i++) {
        n_patterns += APR_ARRAY_IDX(reader->filters, i,
                                    tmf_filter_t).n_patterns;
    }
    return count_patterns(reader, n_patterns);
}

/* What a later version will take must not be passed over by this one. */
static tmf_error_t *take_nothing(reader_t *reader,
                                 const tmf_parameter_t *parameter)
{
    return tmf_parameter_error(parameter, TMF_NOT_IMPLEMENTED,
                               "is not implemented", reader->p);
}

/* Never attributes. */
static const struct {
    const char *name;
    take_t take;
    int is_repeatable;
} reserved[] = {
    { "fields", take_fields, 0 },
    { "offset", take_offset, 0 },
    { "limit", take_limit, 0 },
    { "cursor", take_cursor, 0 },
    { "sort", take_sort, 0 },
    { "filter", take_filter, 1 },
    { "depth", take_nothing, 0 },
    { "expand", take_nothing, 0 }
};

#define RESERVED (sizeof(reserved) / sizeof(reserved[0]))

/* The place of a reserved name in the table, RESERVED if it is none. */
static apr_size_t find_reserved(const char *name)
{
    apr_size_t i = 0;

    while (i < RESERVED && strcmp(reserved[i].name, name) != 0) {
        i++;
    }
    return i;
}

static tmf_error_t *take_reserved(reader_t *reader,
                                  const tmf_parameter_t *parameter,
                                  apr_size_t at)
{
    unsigned int bit = 1U << at;

    if (reserved[at].take == take_nothing) {
        return take_nothing(reader, parameter);
    }
    if (!parameter->value) {
        return refuse(reader, parameter, "has no value");
    }
    if ((reader->seen & bit) && !reserved[at].is_repeatable) {
        return refuse(reader, parameter, "is given more than once");
    }
    reader->seen |= bit;
    return reserved[at].take(reader, parameter);
}

/* --- attributes --------------------------------------------------------- */

static const tmf_criterion_t *criterion_at(const apr_array_header_t *term,
                                           int i)
{
    return &APR_ARRAY_IDX(term, i, tmf_criterion_t);
}

/* True if all alternatives compare one attribute by one operator. */
static int is_uniform(const apr_array_header_t *term)
{
    const tmf_criterion_t *first = criterion_at(term, 0);
    int i = 1;

    while (i < term->nelts
           && criterion_at(term, i)->comparator == first->comparator
           && tmf_dotted_same(&criterion_at(term, i)->operand,
                              &first->operand)) {
        i++;
    }
    return i == term->nelts;
}

/* An attribute that is repeated with the same operator has alternatives. */
static apr_array_header_t *find_same(const reader_t *reader,
                                     const apr_array_header_t *term)
{
    const tmf_criterion_t *first = criterion_at(term, 0);
    int i = 0;

    for (i = 0; i < reader->terms->nelts; i++) {
        apr_array_header_t *other = APR_ARRAY_IDX(reader->terms, i,
                                                  apr_array_header_t *);

        if (criterion_at(other, 0)->comparator == first->comparator
            && tmf_dotted_same(&criterion_at(other, 0)->operand,
                               &first->operand)
            && is_uniform(other)) {
            return other;
        }
    }
    return NULL;
}

static tmf_error_t *check_term(reader_t *reader,
                               const tmf_parameter_t *parameter,
                               const apr_array_header_t *term)
{
    int n_patterns = 0;
    int i = 0;

    for (i = 0; i < term->nelts; i++) {
        const tmf_criterion_t *criterion = criterion_at(term, i);

        n_patterns += criterion->comparator == TMF_REGEX;
        if (criterion->operand.n_names == 1
            && find_reserved(criterion->operand.names[0]) < RESERVED) {
            return refuse(reader, parameter, "compares a reserved name, "
                          "which is no attribute");
        }
    }
    reader->n_criteria += term->nelts;
    if (reader->n_criteria > TMF_CRITERIA_MAX) {
        return tmf_error(reader->p, TMF_INVALID_QUERY, "the query has more "
                         "than %d criteria", TMF_CRITERIA_MAX);
    }
    return count_patterns(reader, n_patterns);
}

static tmf_error_t *take_term(reader_t *reader,
                              const tmf_parameter_t *parameter)
{
    apr_array_header_t *term = apr_array_make(reader->p, 2,
                                              sizeof(tmf_criterion_t));
    apr_array_header_t *same = NULL;

    TMF_TRY(tmf_criterion_parse(parameter, reader->resource, reader->p,
                                term));
    TMF_TRY(check_term(reader, parameter, term));
    same = is_uniform(term) ? find_same(reader, term) : NULL;
    if (same) {
        apr_array_cat(same, term);
    }
    else {
        APR_ARRAY_PUSH(reader->terms, apr_array_header_t *) = term;
    }
    return NULL;
}

/* --- parameters --------------------------------------------------------- */

static tmf_error_t *read_parameter(reader_t *reader,
                                   const tmf_parameter_t *parameter)
{
    const char *name = tmf_uri_decode(reader->p, parameter->name,
                                      parameter->name_length,
                                      TMF_PLUS_LITERAL);
    apr_size_t at = name ? find_reserved(name) : RESERVED;

    return at < RESERVED ? take_reserved(reader, parameter, at)
                         : take_term(reader, parameter);
}

/* Cut n bytes in two at the first '='. */
static tmf_parameter_t cut(const char *raw, apr_size_t n, int number)
{
    const char *equals = memchr(raw, '=', n);
    tmf_parameter_t parameter = { number, raw, n, NULL, 0 };

    if (equals) {
        parameter.name_length = (apr_size_t)(equals - raw);
        parameter.value = equals + 1;
        parameter.value_length = n - parameter.name_length - 1;
    }
    return parameter;
}

static tmf_error_t *read_all(reader_t *reader, const char *raw)
{
    tmf_error_t *err = NULL;
    int number = 0;

    while (!err && *raw) {
        apr_size_t n = strcspn(raw, "&");

        if (n > 0) {
            tmf_parameter_t parameter = cut(raw, n, ++number);

            err = read_parameter(reader, &parameter);
        }
        raw += n + (raw[n] == '&');
    }
    return err;
}

/* --- scope -------------------------------------------------------------- */

static void put_text(tmf_text_t *text, const char *s)
{
    tmf_text_json(text, s, strlen(s));
}

static void put_operand(tmf_text_t *text, const tmf_operand_t *operand)
{
    int i = 0;

    for (i = 0; i < operand->n_names; i++) {
        tmf_text_puts(text, i > 0 ? "." : "");
        put_text(text, operand->names[i]);
    }
    tmf_text_printf(text, ":%d", operand->compare);
}

static void put_term(tmf_text_t *text, const tmf_term_t *term)
{
    int i = 0;

    for (i = 0; i < term->n; i++) {
        const tmf_criterion_t *criterion = &term->any[i];

        tmf_text_puts(text, i > 0 ? "|" : "&");
        put_operand(text, &criterion->operand);
        tmf_text_printf(text, "%d", criterion->comparator);
        put_text(text, criterion->value);
        if (criterion->end) {
            put_text(text, criterion->end);
        }
    }
}

/* Every value is in quotes, so no two queries have the same text. */
static const char *scope_of(const tmf_query_t *query, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 256, 0);
    int i = 0;

    for (i = 0; i < query->n_terms; i++) {
        put_term(text, &query->terms[i]);
    }
    for (i = 0; i < query->n_filters; i++) {
        tmf_text_puts(text, "?");
        put_text(text, query->filters[i].path);
        tmf_text_puts(text, query->filters[i].variables);
    }
    for (i = 0; i < query->n_sorts; i++) {
        tmf_text_puts(text, query->sorts[i].descending ? "-" : "+");
        put_operand(text, &query->sorts[i].operand);
    }
    return tmf_text_string(text);
}

/* --- whole -------------------------------------------------------------- */

static void freeze(const reader_t *reader)
{
    tmf_query_t *query = reader->query;
    tmf_term_t *terms = apr_palloc(reader->p, sizeof(*terms)
                                   * ((apr_size_t)reader->terms->nelts + 1));
    int i = 0;

    for (i = 0; i < reader->terms->nelts; i++) {
        const apr_array_header_t *term = APR_ARRAY_IDX(
            reader->terms, i, const apr_array_header_t *);

        terms[i].n = term->nelts;
        terms[i].any = (const tmf_criterion_t *)term->elts;
    }
    query->terms = terms;
    query->n_terms = reader->terms->nelts;
    query->filters = (const tmf_filter_t *)reader->filters->elts;
    query->n_filters = reader->filters->nelts;
    query->sorts = (const tmf_sort_t *)reader->sorts->elts;
    query->n_sorts = reader->sorts->nelts;
    query->scope = scope_of(query, reader->p);
}

tmf_error_t *tmf_query_parse(const char *raw, const tmf_resource_t *resource,
                             apr_pool_t *p, tmf_query_t *query)
{
    reader_t reader = { resource, p, 0, 0, 0, NULL, NULL, NULL, query };

    memset(query, 0, sizeof(*query));
    query->scope = "";
    if (!raw || !*raw) {
        return NULL;
    }
    if (strlen(raw) > TMF_QUERY_BYTES) {
        return tmf_error(p, TMF_INVALID_QUERY, "the query is longer than %d "
                         "bytes", TMF_QUERY_BYTES);
    }
    reader.terms = apr_array_make(p, 4, sizeof(apr_array_header_t *));
    reader.filters = apr_array_make(p, 1, sizeof(tmf_filter_t));
    reader.sorts = apr_array_make(p, 2, sizeof(tmf_sort_t));
    TMF_TRY(read_all(&reader, raw));
    freeze(&reader);
    return NULL;
}
