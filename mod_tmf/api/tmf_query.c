#include "api/tmf_query.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "api/tmf_href.h"
#include "base/tmf_number.h"
#include "base/tmf_time.h"
#include "base/tmf_uri.h"

#define NAME_BYTES 255        /* of one name in a path */
#define SHOWN_BYTES 64        /* of a parameter's name in a message */

/* Any larger count is read as this one, which is beyond every table. */
#define COUNT_MAX APR_INT64_C(9007199254740992)   /* 2^53 */

#define ENCODING_RULE "is not valid percent-encoded UTF-8"
#define OPERATOR_RULE "has an operator; equality alone is implemented"

/* A query string while it is read. */
typedef struct reader_t {
    const tmf_resource_t *resource;
    apr_pool_t *p;
    apr_hash_t *seen;         /* names so far, decoded */
    apr_array_header_t *criteria;     /* of tmf_criterion_t */
    tmf_query_t *query;
} reader_t;

/* A parameter. Separators count where they stand in the raw text alone:
 * encoded ones are part of a name or a value. */
typedef struct parameter_t {
    int number;               /* from 1 */
    const char *raw_name;
    apr_size_t name_length;   /* of raw_name */
    const char *name;         /* decoded */
    int has_value;            /* there is a '=' */
    const char *raw_value;    /* after the '='; "" without one */
    apr_size_t value_length;  /* of raw_value */
    const char *value;        /* decoded */
} parameter_t;

typedef tmf_error_t *(*take_t)(reader_t *reader,
                               const parameter_t *parameter);

/* --- messages ------------------------------------------------------------ */

/* The parameter's name as text that is safe to show, or its number. */
static const char *describe(const parameter_t *parameter, apr_pool_t *p)
{
    const char *name = tmf_uri_decode(p, parameter->raw_name,
                                      parameter->name_length,
                                      TMF_PLUS_LITERAL);
    apr_size_t n = 0;

    if (!name && tmf_utf8_valid(parameter->raw_name,
                                parameter->name_length)) {
        name = apr_pstrmemdup(p, parameter->raw_name,
                              parameter->name_length);
    }
    if (!name || !*name) {
        return apr_psprintf(p, "parameter %d", parameter->number);
    }
    n = strlen(name);
    if (n <= SHOWN_BYTES) {
        return apr_psprintf(p, "parameter \"%s\"", name);
    }
    n = SHOWN_BYTES;
    while (((unsigned char)name[n] & 0xC0) == 0x80) {
        n--;
    }
    return apr_pstrcat(p, "parameter \"", apr_pstrmemdup(p, name, n),
                       "...\"", NULL);
}

static tmf_error_t *refuse(const reader_t *reader,
                           const parameter_t *parameter, const char *rule)
{
    return tmf_error(reader->p, TMF_INVALID_QUERY, "%s %s",
                     describe(parameter, reader->p), rule);
}

static tmf_error_t *not_implemented(const reader_t *reader,
                                    const parameter_t *parameter,
                                    const char *rule)
{
    return tmf_error(reader->p, TMF_NOT_IMPLEMENTED, "%s %s",
                     describe(parameter, reader->p), rule);
}

/* --- reserved names ------------------------------------------------------ */

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
                               const parameter_t *parameter,
                               apr_int64_t *count)
{
    if (!read_count(parameter->value, count)) {
        return refuse(reader, parameter, "must be a whole number in decimal "
                      "digits");
    }
    reader->query->paged = 1;
    return NULL;
}

static tmf_error_t *take_offset(reader_t *reader,
                                const parameter_t *parameter)
{
    return take_count(reader, parameter, &reader->query->offset);
}

static tmf_error_t *take_limit(reader_t *reader,
                               const parameter_t *parameter)
{
    reader->query->limited = 1;
    return take_count(reader, parameter, &reader->query->limit);
}

static tmf_error_t *take_fields(reader_t *reader,
                                const parameter_t *parameter)
{
    return tmf_fields_parse(parameter->raw_value, parameter->value_length,
                            reader->p, &reader->query->fields);
}

/* What a later version will take must not be passed over by this one. */
static tmf_error_t *take_nothing(reader_t *reader,
                                 const parameter_t *parameter)
{
    return not_implemented(reader, parameter, "is not implemented");
}

/* --- operators ----------------------------------------------------------- */

/* Names that are operators after an attribute's: "a.gte". */
static const char *const suffixes[] = {
    "eq", "ne", "gt", "gte", "lt", "lte", "regex"
};

static int is_suffix(const char *name)
{
    apr_size_t i = 0;

    for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (strcmp(suffixes[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

/**
 * Find a literal operator, plain or encoded. "a>=5" and "a*=x" leave its
 * first half at the end of the name, "a=~x" and "a==x" its second at the
 * start of the value; "a%3E5" has all of it in the name.
 * @return bytes of the name before it; -1 if there is none.
 */
static apr_ssize_t find_operator(const parameter_t *parameter)
{
    const char *name = parameter->name;
    apr_size_t length = strlen(name);
    apr_size_t at = strcspn(name, "<>=");

    if (at < length) {
        return (apr_ssize_t)at;
    }
    if (!parameter->has_value || length == 0) {
        return -1;
    }
    if (strchr("~*!", name[length - 1])) {
        return (apr_ssize_t)length - 1;
    }
    if (parameter->value_length > 0
        && strchr("=~", parameter->raw_value[0])) {
        return (apr_ssize_t)length;
    }
    return -1;
}

/* --- attribute paths ----------------------------------------------------- */

static tmf_error_t *split_path(const reader_t *reader,
                               const parameter_t *parameter,
                               tmf_criterion_t *criterion)
{
    const char **names = apr_palloc(reader->p,
                                    TMF_PATH_MAX * sizeof(*names));
    const char *name = parameter->name;
    int n = 0;

    for (; name; n++) {
        apr_size_t length = strcspn(name, ".");

        if (n == TMF_PATH_MAX) {
            return refuse(reader, parameter, "has more than "
                          APR_STRINGIFY(TMF_PATH_MAX) " names");
        }
        if (length == 0) {
            return refuse(reader, parameter, "has an empty name");
        }
        if (length > NAME_BYTES) {
            return refuse(reader, parameter, "has a name longer than "
                          APR_STRINGIFY(NAME_BYTES) " bytes");
        }
        names[n] = apr_pstrmemdup(reader->p, name, length);
        name = name[length] ? name + length + 1 : NULL;
    }
    criterion->names = names;
    criterion->n_names = n;
    return NULL;
}

/* What an array holds in the end. An array may be declared to hold itself:
 * no stored value is nested deeper than the bound. */
static const tmf_schema_t *element_of(const tmf_schema_t *schema, int *many)
{
    int depth = 0;

    for (; schema && schema->type == TMF_TYPE_ARRAY; depth++) {
        *many = 1;
        schema = depth < TMF_JSON_DEPTH ? schema->items : NULL;
    }
    return schema;
}

/* The schema at the end of a path; NULL if it is not declared. */
static const tmf_schema_t *find_declared(const reader_t *reader,
                                         const tmf_criterion_t *criterion,
                                         int *many)
{
    const tmf_schema_t *schema = reader->resource->schema;
    int i = 0;

    for (i = 0; schema && i < criterion->n_names; i++) {
        const char *name = criterion->names[i];

        schema = tmf_schema_property(element_of(schema, many), name,
                                     strlen(name));
    }
    return schema;
}

/* --- values -------------------------------------------------------------- */

static tmf_error_t *compare_time(const reader_t *reader,
                                 const parameter_t *parameter,
                                 tmf_criterion_t *criterion)
{
    criterion->compare = TMF_COMPARE_TIME;
    if (!tmf_time_period(reader->p, parameter->value, &criterion->value,
                         &criterion->end)) {
        return refuse(reader, parameter, "must be a date-time or the "
                      "beginning of one; a plus sign in it must be "
                      "written %2B");
    }
    return NULL;
}

static tmf_error_t *compare_number(const reader_t *reader,
                                   const parameter_t *parameter,
                                   tmf_criterion_t *criterion)
{
    criterion->compare = TMF_COMPARE_JSON;
    return tmf_number_valid(parameter->value, strlen(parameter->value))
        ? NULL : refuse(reader, parameter, "must be a number");
}

static tmf_error_t *compare_boolean(const reader_t *reader,
                                    const parameter_t *parameter,
                                    tmf_criterion_t *criterion)
{
    criterion->compare = TMF_COMPARE_JSON;
    return strcmp(parameter->value, "true") == 0
            || strcmp(parameter->value, "false") == 0
        ? NULL : refuse(reader, parameter, "must be true or false");
}

static void compare_href(const reader_t *reader,
                         const parameter_t *parameter,
                         tmf_criterion_t *criterion)
{
    const char *id = tmf_href_id(parameter->value, reader->resource->name,
                                 reader->p);

    criterion->compare = id ? TMF_COMPARE_ID : TMF_COMPARE_NOTHING;
    criterion->value = id ? id : parameter->value;
}

static tmf_error_t *compare_declared(const reader_t *reader,
                                     const parameter_t *parameter,
                                     tmf_criterion_t *criterion,
                                     const tmf_schema_t *schema)
{
    switch (schema->type) {
    case TMF_TYPE_STRING:
        if (schema->format == TMF_FORMAT_DATE_TIME) {
            return compare_time(reader, parameter, criterion);
        }
        criterion->compare = TMF_COMPARE_TEXT;
        return NULL;
    case TMF_TYPE_NUMBER:
    case TMF_TYPE_INTEGER:
        return compare_number(reader, parameter, criterion);
    case TMF_TYPE_BOOLEAN:
        return compare_boolean(reader, parameter, criterion);
    default:
        /* an object equals no text */
        criterion->compare = TMF_COMPARE_NOTHING;
        return NULL;
    }
}

static tmf_error_t *compare(const reader_t *reader,
                            const parameter_t *parameter,
                            tmf_criterion_t *criterion)
{
    const tmf_schema_t *schema = NULL;

    criterion->value = parameter->value;
    if (strcmp(parameter->name, "id") == 0) {
        criterion->compare = TMF_COMPARE_ID;
        return NULL;
    }
    if (strcmp(parameter->name, "href") == 0) {
        compare_href(reader, parameter, criterion);
        return NULL;
    }
    schema = element_of(find_declared(reader, criterion, &criterion->many),
                        &criterion->many);
    if (!schema || schema->type == TMF_TYPE_ANY) {
        criterion->compare = TMF_COMPARE_ANY;
        criterion->many = 1;
        return NULL;
    }
    return compare_declared(reader, parameter, criterion, schema);
}

/* --- parameters ---------------------------------------------------------- */

/* True if the path ends in the name of an operator, and no attribute that
 * is declared has this path. */
static int ends_in_operator(const reader_t *reader,
                            const tmf_criterion_t *criterion)
{
    int many = 0;

    return criterion->n_names > 1
        && is_suffix(criterion->names[criterion->n_names - 1])
        && !find_declared(reader, criterion, &many);
}

/* True if a comma or semicolon stands there plainly: alternatives. */
static int has_alternatives(const parameter_t *parameter)
{
    const char *value = parameter->raw_value;

    return memchr(value, ',', parameter->value_length)
        || memchr(value, ';', parameter->value_length)
        || memchr(parameter->raw_name, ';', parameter->name_length);
}

static tmf_error_t *take_criterion(reader_t *reader,
                                   const parameter_t *parameter)
{
    tmf_criterion_t criterion = { 0 };

    TMF_TRY(split_path(reader, parameter, &criterion));
    if (ends_in_operator(reader, &criterion)) {
        return not_implemented(reader, parameter, OPERATOR_RULE);
    }
    if (has_alternatives(parameter)) {
        return not_implemented(reader, parameter, "has alternatives, which "
                               "are not implemented; a comma or semicolon "
                               "in a value must be written %2C or %3B");
    }
    if (reader->criteria->nelts == TMF_CRITERIA_MAX) {
        return tmf_error(reader->p, TMF_INVALID_QUERY, "the query has more "
                         "than %d criteria", TMF_CRITERIA_MAX);
    }
    TMF_TRY(compare(reader, parameter, &criterion));
    APR_ARRAY_PUSH(reader->criteria, tmf_criterion_t) = criterion;
    return NULL;
}

static const struct {
    const char *name;
    take_t take;
} reserved[] = {
    { "fields", take_fields },
    { "offset", take_offset },
    { "limit", take_limit },
    { "sort", take_nothing },
    { "filter", take_nothing },
    { "depth", take_nothing },
    { "expand", take_nothing }
};

/* What takes a parameter of this name. */
static take_t find_taker(const char *name)
{
    apr_size_t i = 0;

    for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strcmp(reserved[i].name, name) == 0) {
            return reserved[i].take;
        }
    }
    return take_criterion;
}

/* An attribute's name, and nothing but that, stands before the '='. */
static tmf_error_t *check_name(const reader_t *reader,
                               const parameter_t *parameter, take_t take)
{
    apr_ssize_t operator = find_operator(parameter);

    if (take != take_criterion) {
        return NULL;
    }
    if (operator == 0 || !*parameter->name) {
        return refuse(reader, parameter, "has no name");
    }
    if (operator > 0) {
        return not_implemented(reader, parameter, OPERATOR_RULE);
    }
    return NULL;
}

/* A repeated attribute means alternatives, a reserved name nothing. */
static tmf_error_t *check_new(const reader_t *reader,
                              const parameter_t *parameter, take_t take)
{
    if (!apr_hash_get(reader->seen, parameter->name, APR_HASH_KEY_STRING)) {
        apr_hash_set(reader->seen, parameter->name, APR_HASH_KEY_STRING, "");
        return NULL;
    }
    if (take != take_criterion) {
        return refuse(reader, parameter, "is given more than once");
    }
    return not_implemented(reader, parameter, "is given more than once; "
                           "alternatives are not implemented");
}

static tmf_error_t *read_parameter(reader_t *reader, parameter_t *parameter)
{
    take_t take = NULL;

    parameter->name = tmf_uri_decode(reader->p, parameter->raw_name,
                                     parameter->name_length,
                                     TMF_PLUS_LITERAL);
    if (!parameter->name) {
        return refuse(reader, parameter, ENCODING_RULE);
    }
    take = find_taker(parameter->name);
    TMF_TRY(check_name(reader, parameter, take));
    if (!parameter->has_value && take != take_nothing) {
        return refuse(reader, parameter, "has no value");
    }
    TMF_TRY(check_new(reader, parameter, take));
    parameter->value = tmf_uri_decode(reader->p, parameter->raw_value,
                                      parameter->value_length,
                                      TMF_PLUS_BLANK);
    if (!parameter->value) {
        return refuse(reader, parameter, ENCODING_RULE);
    }
    return take(reader, parameter);
}

/* Cut n bytes in two at the first '='. */
static parameter_t cut(const char *raw, apr_size_t n, int number)
{
    const char *equals = memchr(raw, '=', n);
    parameter_t parameter = { 0 };

    parameter.number = number;
    parameter.raw_name = raw;
    parameter.name_length = equals ? (apr_size_t)(equals - raw) : n;
    parameter.has_value = equals != NULL;
    parameter.raw_value = equals ? equals + 1 : "";
    parameter.value_length = equals ? n - parameter.name_length - 1 : 0;
    return parameter;
}

static tmf_error_t *read_all(reader_t *reader, const char *raw)
{
    tmf_error_t *err = NULL;
    int number = 0;

    while (!err && *raw) {
        apr_size_t n = strcspn(raw, "&");

        if (n > 0) {
            parameter_t parameter = cut(raw, n, ++number);

            err = read_parameter(reader, &parameter);
        }
        raw += n + (raw[n] == '&');
    }
    return err;
}

tmf_error_t *tmf_query_parse(const char *raw, const tmf_resource_t *resource,
                             apr_pool_t *p, tmf_query_t *query)
{
    reader_t reader = { resource, p, NULL, NULL, query };

    memset(query, 0, sizeof(*query));
    if (!raw || !*raw) {
        return NULL;
    }
    if (strlen(raw) > TMF_QUERY_BYTES) {
        return tmf_error(p, TMF_INVALID_QUERY, "the query is longer than %d "
                         "bytes", TMF_QUERY_BYTES);
    }
    reader.seen = apr_hash_make(p);
    reader.criteria = apr_array_make(p, 4, sizeof(tmf_criterion_t));
    TMF_TRY(read_all(&reader, raw));
    query->n_criteria = reader.criteria->nelts;
    query->criteria = (const tmf_criterion_t *)reader.criteria->elts;
    return NULL;
}
