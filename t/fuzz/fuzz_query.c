/* Fuzz target: a query string; the same text as an href. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <jansson.h>

#include "api/tmf_href.h"
#include "api/tmf_query.h"
#include "base/tmf_number.h"
#include "base/tmf_uri.h"
#include "spec/tmf_load.h"
#include "store/tmf_draft.h"

#define NAME "lamp"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char definition[] =
    "{\"openapi\": \"3.0.1\", \"info\": {\"title\": \"Lamps\","
    " \"version\": \"4.0.0\"},"
    "\"paths\": {\"/lamp\": {\"get\": {\"responses\": {\"200\": {"
    " \"description\": \"lamps\", \"content\": {\"application/json\": {"
    "  \"schema\": {\"type\": \"array\", \"items\": {"
    "   \"$ref\": \"#/components/schemas/Lamp\"}}}}}}}}},"
    "\"components\": {\"schemas\": {"
    "\"Lamp\": {\"type\": \"object\", \"properties\": {"
    " \"id\": {\"type\": \"string\"},"
    " \"a\": {\"type\": \"string\"},"
    " \"b\": {\"type\": \"boolean\"},"
    " \"n\": {\"type\": \"number\"},"
    " \"t\": {\"type\": \"string\", \"format\": \"date-time\"},"
    " \"o\": {\"$ref\": \"#/components/schemas/Lamp\"},"
    " \"l\": {\"$ref\": \"#/components/schemas/List\"},"
    " \"lo\": {\"type\": \"array\", \"items\": {"
    "  \"$ref\": \"#/components/schemas/Lamp\"}},"
    " \"gt\": {\"type\": \"integer\"},"
    " \"x\": {}}},"
    "\"List\": {\"type\": \"array\", \"items\": {"
    " \"$ref\": \"#/components/schemas/List\"}}}}}";

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static apr_pool_t *root_pool(void)
{
    static apr_pool_t *p;

    if (!p) {
        apr_initialize();
        apr_pool_create(&p, NULL);
    }
    return p;
}

static const tmf_resource_t *resource(void)
{
    static const tmf_spec_t *spec;
    const tmf_source_t source = { "definition.json", definition,
                                  sizeof(definition) - 1 };

    if (!spec) {
        spec = tmf_load_texts(&source, NULL,
                              apr_array_make(root_pool(), 1,
                                             sizeof(tmf_fault_t)),
                              root_pool());
        require(spec != NULL);
    }
    return &spec->resources[0];
}

static int is_text(const char *s)
{
    return s && tmf_utf8_valid(s, strlen(s));
}

static void check_operand(const tmf_operand_t *operand)
{
    int i = 0;

    require(operand->n_names > 0 && operand->n_names <= TMF_PATH_MAX);
    require(operand->compare <= TMF_COMPARE_ANY);
    for (i = 0; i < operand->n_names; i++) {
        require(is_text(operand->names[i]) && *operand->names[i]
                && !strchr(operand->names[i], '.'));
    }
}

static void check_criterion(const tmf_criterion_t *criterion)
{
    const char *value = criterion->value;
    tmf_compare_t compare = criterion->operand.compare;

    check_operand(&criterion->operand);
    require(is_text(value) && criterion->comparator <= TMF_REGEX);
    require(!criterion->end || compare == TMF_COMPARE_TIME);
    require(compare != TMF_COMPARE_JSON || strcmp(value, "true") == 0
            || strcmp(value, "false") == 0
            || tmf_number_valid(value, strlen(value)));
    require(criterion->comparator != TMF_REGEX
            || (compare != TMF_COMPARE_JSON && compare != TMF_COMPARE_TIME
                && compare != TMF_COMPARE_NOTHING));
}

static void check_terms(const tmf_query_t *query)
{
    int sum = 0;
    int i = 0;
    int k = 0;

    for (i = 0; i < query->n_terms; i++) {
        sum += query->terms[i].n;
        for (k = 0; k < query->terms[i].n; k++) {
            check_criterion(&query->terms[i].any[k]);
        }
        require(k > 0);
    }
    require(sum <= TMF_CRITERIA_MAX);
    require(query->n_sorts <= TMF_SORT_MAX
            && query->n_filters <= TMF_FILTERS_MAX);
    for (i = 0; i < query->n_sorts; i++) {
        check_operand(&query->sorts[i].operand);
    }
    for (i = 0; i < query->n_filters; i++) {
        require(is_text(query->filters[i].path)
                && is_text(query->filters[i].variables));
    }
}

/* The statement has its values in order, each once at least, and nothing
 * of the client's: that it is ASCII tells as much. */
static void check_sql(const tmf_query_t *query, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);
    const char *c = NULL;
    long last = 0;
    int level = 0;
    int i = 0;

    tmf_draft_criteria(&draft, "WHERE ", query);
    for (i = 0; i < query->n_sorts; i++) {
        tmf_draft_put(&draft, " ");
        tmf_draft_put(&draft, tmf_draft_operand(&draft,
                                                &query->sorts[i].operand));
    }
    for (c = tmf_text_string(draft.text); *c; c++) {
        level += (*c == '(') - (*c == ')');
        require(*c >= ' ' && *c <= '~' && level >= 0);
        if (*c == '$') {
            long n = strtol(c + 1, NULL, 10);

            require(n == last || n == last + 1);
            last = n;
        }
    }
    require(level == 0 && last == draft.values->nelts);
}

/* How many names there are, all levels; their order is not looked at. */
static size_t count_fields(const tmf_fields_t *fields)
{
    size_t sum = 0;
    int i = 0;

    for (i = 0; fields && i < fields->n; i++) {
        require(is_text(fields->list[i].name));
        sum += 1 + count_fields(fields->list[i].inner);
    }
    return sum;
}

static size_t count_members(const json_t *object)
{
    size_t sum = 0;
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach((json_t *)object, key, value) {
        sum += 1 + count_members(value);
    }
    return sum;
}

/* The selection's JSON is its tree, with no name twice. */
static void check_fields(const tmf_fields_t *fields, apr_pool_t *p)
{
    json_t *tree = json_loads(tmf_fields_json(fields, p),
                              JSON_REJECT_DUPLICATES, NULL);

    require(tree != NULL);
    require(count_members(tree) == count_fields(fields));
    require(count_fields(fields)
            <= (size_t)TMF_FIELDS_MAX * TMF_PATH_MAX);
    json_decref(tree);
}

static void check_query(const char *text, apr_pool_t *p)
{
    tmf_query_t query;
    const tmf_error_t *err = tmf_query_parse(text, resource(), p, &query);

    if (err) {
        require(err->kind == TMF_INVALID_QUERY
                || err->kind == TMF_NOT_IMPLEMENTED);
        require(is_text(err->message));
        return;
    }
    require(query.limit >= 0 && query.offset >= 0);
    require((!query.limited && !query.cursor) || query.paged);
    require(is_text(query.scope));
    check_terms(&query);
    check_sql(&query, p);
    check_fields(query.fields, p);
}

/* What is found in one href is found in the one made of it. */
static void check_href(const char *text, apr_pool_t *p)
{
    const char *id = tmf_href_id(text, NAME, p);
    const char *again = NULL;

    if (id) {
        require(is_text(id) && *id);
        again = tmf_href_id(tmf_href_make("http://h/v4", NAME, id, p), NAME,
                            p);
        require(again && strcmp(again, id) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *p;
    const char *text = NULL;

    if (!p) {
        apr_pool_create(&p, root_pool());
    }
    text = apr_pstrmemdup(p, (const char *)data, size);
    check_query(text, p);
    check_href(text, p);
    apr_pool_clear(p);
    return 0;
}
