/* Fuzz target: a query string; the same text as an href. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <jansson.h>

#include "api/tmf_href.h"
#include "api/tmf_query.h"
#include "base/tmf_number.h"
#include "base/tmf_uri.h"
#include "spec/tmf_load.h"

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

static void check_criterion(const tmf_criterion_t *criterion)
{
    const char *value = criterion->value;
    int i = 0;

    require(criterion->n_names > 0 && criterion->n_names <= TMF_PATH_MAX);
    for (i = 0; i < criterion->n_names; i++) {
        require(is_text(criterion->names[i]) && *criterion->names[i]
                && !strchr(criterion->names[i], '.'));
    }
    require(is_text(value) && criterion->compare <= TMF_COMPARE_ANY);
    require(!criterion->end || criterion->compare == TMF_COMPARE_TIME);
    require(criterion->compare != TMF_COMPARE_JSON
            || strcmp(value, "true") == 0 || strcmp(value, "false") == 0
            || tmf_number_valid(value, strlen(value)));
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
    int i = 0;

    if (err) {
        require(err->kind == TMF_INVALID_QUERY
                || err->kind == TMF_NOT_IMPLEMENTED);
        require(is_text(err->message));
        return;
    }
    require(query.limit >= 0 && query.offset >= 0);
    require(query.n_criteria >= 0 && query.n_criteria <= TMF_CRITERIA_MAX);
    require(!query.limited || query.paged);
    for (i = 0; i < query.n_criteria; i++) {
        check_criterion(&query.criteria[i]);
    }
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
    apr_pool_t *p = NULL;
    const char *text = NULL;

    apr_pool_create(&p, root_pool());
    text = apr_pstrmemdup(p, (const char *)data, size);
    check_query(text, p);
    check_href(text, p);
    apr_pool_destroy(p);
    return 0;
}
