/* The JSON Schema Test Suite, draft 4, as far as its schemas have only
 * keywords that definitions are compiled by; the rest is counted. OpenAPI's
 * schemas differ from it in one thing that is counted, too: a schema without
 * a type has the one that its other keywords are for.
 *
 * Environment: TMF_SCHEMA_SUITE, the folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_file_info.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "api/tmf_value.h"
#include "spec/tmf_compile.h"
#include "spec/tmf_load.h"

#define FOLDER "/usr/share/json-schema-test-suite/tests/draft4"

typedef struct counts_t {
    int passed;
    int failed;
    int unsupported;          /* tests */
    int schemas;              /* that they belong to */
    int implied;
} counts_t;

static apr_pool_t *root_pool;
static counts_t counts;

static int is_supported(const json_t *schema);

static int are_supported(const json_t *schemas)
{
    const char *name = NULL;
    size_t i = 0;
    const json_t *element = NULL;
    json_t *member = NULL;

    json_object_foreach((json_t *)schemas, name, member) {
        if (!is_supported(member)) {
            return 0;
        }
    }
    json_array_foreach(schemas, i, element) {
        if (!is_supported(element)) {
            return 0;
        }
    }
    return json_is_object(schemas) || json_is_array(schemas);
}

static int are_strings(const json_t *array)
{
    size_t i = 0;
    const json_t *element = NULL;

    json_array_foreach(array, i, element) {
        if (!json_is_string(element)) {
            return 0;
        }
    }
    return json_is_array(array);
}

static int is_type(const json_t *value)
{
    tmf_type_t type = TMF_TYPE_ANY;

    return json_is_string(value)
        && tmf_type_find(json_string_value(value), &type);
}

static int is_format(const json_t *value)
{
    return !strcmp(json_string_value(value), "date-time")
        || !strcmp(json_string_value(value), "date");
}

static int is_ref(const json_t *value)
{
    return !strncmp(json_string_value(value), "#/definitions/", 14);
}

static int is_text(const json_t *value)
{
    return value != NULL;
}

static const struct {
    const char *name;
    int (*supports)(const json_t *value);
} keywords[] = {
    { "type", is_type },
    { "format", is_format },
    { "enum", are_strings },
    { "required", are_strings },
    { "properties", are_supported },
    { "definitions", are_supported },
    { "items", is_supported },
    { "allOf", are_supported },
    { "$ref", is_ref },
    { "description", is_text },
    { "default", is_text }
};

static int is_supported(const json_t *schema)
{
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach((json_t *)schema, name, value) {
        size_t i = 0;

        while (i < sizeof(keywords) / sizeof(keywords[0])
               && strcmp(keywords[i].name, name) != 0) {
            i++;
        }
        if (i == sizeof(keywords) / sizeof(keywords[0])
            || !keywords[i].supports(value)) {
            return 0;
        }
    }
    return json_is_object(schema);
}

/* The compiled schema, as the attribute of a definition made for it. */
static const tmf_schema_t *compile(json_t *schema, apr_pool_t *p)
{
    json_t *document = json_pack(
        "{s:s, s:{s:{s:{s:[{s:s, s:s, s:{s:s}}], s:{s:{s:s, s:{s:s}}}}}},"
        " s:o*}", "swagger", "2.0", "paths", "/thing", "post", "parameters",
        "in", "body", "name", "thing", "schema", "$ref",
        "#/definitions/THING", "responses", "201", "description", "made",
        "schema", "$ref", "#/definitions/THING", "definitions",
        json_deep_copy(json_object_get(schema, "definitions")));
    json_t *definitions = json_object_get(document, "definitions");
    json_t *copy = json_deep_copy(schema);
    apr_array_header_t *faults = apr_array_make(p, 4, sizeof(tmf_fault_t));
    tmf_source_t source = { "suite.json", NULL, 0 };
    const tmf_spec_t *spec = NULL;

    if (!definitions) {
        definitions = json_object();
        json_object_set_new(document, "definitions", definitions);
    }
    json_object_del(copy, "definitions");
    if (json_object_get(copy, "format") && !json_object_get(copy, "type")) {
        json_object_set_new(copy, "type", json_string("string"));
    }
    json_object_set_new(definitions, "THING",
                        json_pack("{s:s, s:{s:o}}", "type", "object",
                                  "properties", "value", copy));
    source.text = json_dumps(document, 0);
    source.len = strlen(source.text);
    spec = tmf_load_texts(&source, NULL, faults, p);
    free((char *)source.text);
    json_decref(document);
    if (!spec) {
        print_error("%s\n", faults->nelts
                    ? APR_ARRAY_IDX(faults, 0, tmf_fault_t).message : "?");
        return NULL;
    }
    return tmf_schema_property(spec->resources->schema, "value", 5);
}

static int is_implied(const tmf_schema_t *compiled, const json_t *schema,
                      const json_t *data)
{
    return !json_object_get(schema, "type") && !json_object_get(schema, "$ref")
        && !tmf_type_accepts(compiled->type, data);
}

static void try_one(const tmf_schema_t *compiled, const json_t *schema,
                    const json_t *group, const json_t *test)
{
    tmf_walk_t walk = { .p = root_pool, .complete = 1 };
    const json_t *data = json_object_get(test, "data");
    int valid = json_is_true(json_object_get(test, "valid"));

    if (is_implied(compiled, schema, data)) {
        counts.implied++;
        return;
    }
    tmf_value_check(&walk, compiled, data, &tmf_walk_top);
    if ((walk.violations == NULL) == valid) {
        counts.passed++;
        return;
    }
    counts.failed++;
    print_error("%s: %s: should be %s\n",
                json_string_value(json_object_get(group, "description")),
                json_string_value(json_object_get(test, "description")),
                valid ? "valid" : "refused");
}

static void run_group(const json_t *group)
{
    json_t *schema = json_object_get(group, "schema");
    const json_t *tests = json_object_get(group, "tests");
    const tmf_schema_t *compiled = NULL;
    size_t i = 0;
    const json_t *test = NULL;

    if (!is_supported(schema)) {
        counts.schemas++;
        counts.unsupported += (int)json_array_size(tests);
        return;
    }
    compiled = compile(schema, root_pool);
    if (!compiled) {
        counts.failed++;
        return;
    }
    json_array_foreach(tests, i, test) {
        try_one(compiled, schema, group, test);
    }
}

static void run_file(const char *file)
{
    json_error_t error;
    json_t *groups = json_load_file(file, 0, &error);
    size_t i = 0;
    const json_t *group = NULL;

    if (!groups) {
        fail_msg("%s: line %d: %s", file, error.line, error.text);
    }
    json_array_foreach(groups, i, group) {
        run_group(group);
    }
    json_decref(groups);
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The files of a folder, sorted: optional/format.json last. */
static apr_array_header_t *list_files(const char *folder, apr_pool_t *p)
{
    apr_array_header_t *files = apr_array_make(p, 32, sizeof(char *));
    apr_dir_t *dir = NULL;
    apr_finfo_t info;

    assert_int_equal(apr_dir_open(&dir, folder, p), APR_SUCCESS);
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        size_t length = strlen(info.name);

        if (length > 5 && !strcmp(info.name + length - 5, ".json")) {
            APR_ARRAY_PUSH(files, const char *)
                = apr_pstrcat(p, folder, "/", info.name, NULL);
        }
    }
    apr_dir_close(dir);
    qsort(files->elts, (size_t)files->nelts, sizeof(char *), by_text);
    APR_ARRAY_PUSH(files, const char *)
        = apr_pstrcat(p, folder, "/optional/format.json", NULL);
    return files;
}

static void test_suite(void **state)
{
    const char *folder = getenv("TMF_SCHEMA_SUITE");
    const apr_array_header_t *files = list_files(folder ? folder : FOLDER,
                                                 root_pool);
    int i = 0;

    (void)state;
    for (i = 0; i < files->nelts; i++) {
        run_file(APR_ARRAY_IDX(files, i, const char *));
    }
    print_message("schema suite: %d passed, %d failed; %d tests of %d "
                  "schemas have keywords that are not supported, %d have a "
                  "value of a type that is implied otherwise\n",
                  counts.passed, counts.failed, counts.unsupported,
                  counts.schemas, counts.implied);
    assert_int_equal(counts.failed, 0);
    assert_true(counts.passed > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suite)
    };
    int failed = 0;

    apr_initialize();
    apr_pool_create(&root_pool, NULL);
    failed = cmocka_run_group_tests_name("schema suite", tests, NULL, NULL);
    apr_pool_destroy(root_pool);
    apr_terminate();
    return failed;
}
