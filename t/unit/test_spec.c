/* The definition loader: fixtures in t/unit/spec, most of them data.
 *
 * faults/NAME: definition.json, perhaps overlay.json, and expected.json, a
 * list of [file, pointer, part of the message] that must be exactly what
 * is reported. models/NAME: the same two, and in expected.json the whole
 * compiled definition as dump_spec shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_file_info.h>
#include <apr_strings.h>
#include <jansson.h>

#include "spec/tmf_load.h"
#include "spec/tmf_spec.h"
#include "pool.h"

#define FIXTURES "t/unit/spec"
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- helpers ---------------------------------------------------------- */

static const char *fixture(apr_pool_t *p, const char *path)
{
    const char *folder = getenv("srcdir");

    return apr_pstrcat(p, folder ? folder : ".", "/" FIXTURES "/", path,
                       NULL);
}

static apr_array_header_t *make_faults(apr_pool_t *p)
{
    return apr_array_make(p, 4, sizeof(tmf_fault_t));
}

static void print_faults(const apr_array_header_t *faults)
{
    int i = 0;

    for (i = 0; i < faults->nelts; i++) {
        const tmf_fault_t *fault = &APR_ARRAY_IDX(faults, i, tmf_fault_t);

        print_error("  %s %s: %s\n", fault->file, fault->pointer,
                    fault->message);
    }
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The folders in a folder of fixtures, sorted; never none. */
static apr_array_header_t *list_cases(apr_pool_t *p, const char *folder)
{
    apr_array_header_t *names = apr_array_make(p, 64, sizeof(char *));
    apr_dir_t *dir = NULL;
    apr_finfo_t info;

    assert_int_equal(apr_dir_open(&dir, fixture(p, folder), p), APR_SUCCESS);
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (info.name[0] != '.') {
            APR_ARRAY_PUSH(names, char *) = apr_pstrdup(p, info.name);
        }
    }
    apr_dir_close(dir);
    assert_true(names->nelts > 0);
    qsort(names->elts, (size_t)names->nelts, sizeof(char *), by_text);
    return names;
}

typedef struct case_t {
    const char *definition;
    const char *overlay;      /* NULL: none */
    json_t *expected;
    apr_array_header_t *faults;
    const tmf_spec_t *spec;
} case_t;

static int is_there(apr_pool_t *p, const char *file)
{
    apr_finfo_t info;

    return apr_stat(&info, file, APR_FINFO_TYPE, p) == APR_SUCCESS;
}

static case_t load_case(apr_pool_t *p, const char *folder, const char *name)
{
    const char *base = apr_pstrcat(p, folder, "/", name, "/", NULL);
    case_t result = {0};
    json_error_t error;

    result.definition = fixture(p, apr_pstrcat(p, base, "definition.json",
                                               NULL));
    result.overlay = fixture(p, apr_pstrcat(p, base, "overlay.json", NULL));
    if (!is_there(p, result.overlay)) {
        result.overlay = NULL;
    }
    result.expected = json_load_file(
        fixture(p, apr_pstrcat(p, base, "expected.json", NULL)), 0, &error);
    if (!result.expected) {
        fail_msg("%s: expected.json, line %d: %s", name, error.line,
                 error.text);
    }
    result.faults = make_faults(p);
    result.spec = tmf_spec_load(result.definition, result.overlay,
                                result.faults, p);
    return result;
}

/* --- faults ------------------------------------------------------------ */

static int is_expected(const case_t *tested, const tmf_fault_t *fault,
                       const json_t *row)
{
    const char *file = json_string_value(json_array_get(row, 0));
    const char *pointer = json_string_value(json_array_get(row, 1));
    const char *part = json_string_value(json_array_get(row, 2));
    const char *path = strcmp(file, "overlay") == 0 ? tested->overlay
                                                    : tested->definition;

    return path && strcmp(fault->file, path) == 0
        && strcmp(fault->pointer, pointer) == 0
        && strstr(fault->message, part) != NULL;
}

/* Each fault takes the row it matches out of the list. */
static int matches_faults(const case_t *tested)
{
    int i = 0;

    for (i = 0; i < tested->faults->nelts; i++) {
        const tmf_fault_t *fault = &APR_ARRAY_IDX(tested->faults, i,
                                                  tmf_fault_t);
        size_t n = json_array_size(tested->expected);
        size_t row = 0;

        while (row < n && !is_expected(tested, fault,
                                       json_array_get(tested->expected,
                                                      row))) {
            row++;
        }
        if (row == n) {
            return 0;
        }
        json_array_remove(tested->expected, row);
    }
    return json_array_size(tested->expected) == 0;
}

static void test_faults(void **state)
{
    apr_pool_t *p = *state;
    apr_array_header_t *names = list_cases(p, "faults");
    int failed = 0;
    int i = 0;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, char *);
        case_t tested = load_case(p, "faults", name);

        if (tested.spec || tested.faults->nelts == 0
            || !matches_faults(&tested)) {
            print_error("faults/%s: reported was\n", name);
            print_faults(tested.faults);
            failed++;
        }
        json_decref(tested.expected);
    }
    print_message("%d fault cases\n", names->nelts);
    assert_int_equal(failed, 0);
}

/* --- models ------------------------------------------------------------ */

static const char *const op_names[TMF_OPS] = {
    "LIST", "GET", "CREATE", "PATCH", "DELETE", "HUB"
};

static const char *const event_names[TMF_EVENT_KINDS] = {
    "CREATE", "ATTRIBUTE", "STATE", "DELETE"
};

static json_t *dump_bits(unsigned int bits, const char *const *names, int n)
{
    json_t *list = json_array();
    int i = 0;

    for (i = 0; i < n; i++) {
        if (bits & (1U << i)) {
            json_array_append_new(list, json_string(names[i]));
        }
    }
    return list;
}

static json_t *dump_names(const char *const *names, int n)
{
    json_t *list = json_array();
    int i = 0;

    for (i = 0; i < n; i++) {
        json_array_append_new(list, json_string(names[i]));
    }
    return list;
}

/* Types may be recursive: a named schema within another is its name. */
static json_t *dump_schema(const tmf_schema_t *schema, int depth)
{
    json_t *result = NULL;
    json_t *properties = NULL;
    int i = 0;

    if (!schema) {
        return json_null();
    }
    result = json_object();
    json_object_set_new(result, "type",
                        json_string(tmf_schema_describe(schema)));
    if (schema->name) {
        json_object_set_new(result, "name", json_string(schema->name));
    }
    if (schema->n_enums > 0) {
        json_object_set_new(result, "enum",
                            dump_names(schema->enums, schema->n_enums));
    }
    if (depth > 0 && schema->name) {
        return result;
    }
    if (schema->n_required > 0) {
        json_object_set_new(result, "required",
                            dump_names(schema->required,
                                       schema->n_required));
    }
    if (schema->items) {
        json_object_set_new(result, "items",
                            dump_schema(schema->items, depth + 1));
    }
    properties = json_object();
    for (i = 0; i < schema->n_properties; i++) {
        json_object_set_new(properties, schema->properties[i].name,
                            dump_schema(schema->properties[i].schema,
                                        depth + 1));
    }
    if (schema->n_properties > 0) {
        json_object_set(result, "properties", properties);
    }
    json_decref(properties);
    return result;
}

static json_t *dump_lists(const tmf_resource_t *resource)
{
    json_t *result = json_object();
    json_t *list = json_array();
    int i = 0;

    for (i = 0; i < resource->n_one_of; i++) {
        json_array_append_new(
            list, dump_names(resource->one_of[i].attributes,
                             resource->one_of[i].n_attributes));
    }
    json_object_set_new(result, "oneOf", list);
    list = json_array();
    for (i = 0; i < resource->n_defaults; i++) {
        const char *value = resource->defaults[i].value;

        json_array_append_new(
            list, json_pack("[s,s]", resource->defaults[i].attribute,
                            value ? value : "NOW"));
    }
    json_object_set_new(result, "defaults", list);
    list = json_array();
    for (i = 0; i < resource->n_indexes; i++) {
        json_array_append_new(list,
                              json_string(resource->indexes[i].path));
    }
    json_object_set_new(result, "indexes", list);
    json_object_set_new(result, "touched",
                        dump_names(resource->touched, resource->n_touched));
    json_object_set_new(result, "createIgnored",
                        dump_names(resource->create_ignored,
                                   resource->n_create_ignored));
    json_object_set_new(result, "updateFixed",
                        dump_names(resource->update_fixed,
                                   resource->n_update_fixed));
    json_object_set_new(result, "required",
                        dump_names(resource->required,
                                   resource->n_required));
    return result;
}

static json_t *dump_resource(const tmf_resource_t *resource)
{
    json_t *result = dump_lists(resource);

    json_object_set_new(result, "name", json_string(resource->name));
    json_object_set_new(result, "type", json_string(resource->type));
    json_object_set_new(result, "table", json_string(resource->table));
    json_object_set_new(result, "description",
                        json_string(resource->description));
    json_object_set_new(result, "operations",
                        dump_bits(resource->operations, op_names, TMF_OPS));
    json_object_set_new(result, "events",
                        dump_bits(resource->events, event_names,
                                  TMF_EVENT_KINDS));
    json_object_set_new(result, "schema", dump_schema(resource->schema, 0));
    json_object_set_new(result, "create", dump_schema(resource->create, 0));
    json_object_set_new(result, "update", dump_schema(resource->update, 0));
    json_object_set_new(result, "state",
                        resource->state ? json_string(resource->state)
                                        : json_null());
    json_object_set_new(result, "loader", json_boolean(resource->loader));
    return result;
}

static json_t *dump_route(const tmf_route_t *route)
{
    json_t *result = json_object();

    json_object_set_new(result, "name", json_string(route->name));
    json_object_set_new(result, "collection",
                        dump_bits(route->collection, op_names, TMF_OPS));
    json_object_set_new(result, "item",
                        dump_bits(route->item, op_names, TMF_OPS));
    if (route->collection_methods) {
        json_object_set_new(result, "collectionMethods",
                            json_string(route->collection_methods));
        json_object_set_new(result, "itemMethods",
                            json_string(route->item_methods));
    }
    return result;
}

static json_t *dump_spec(const tmf_spec_t *spec)
{
    json_t *result = json_pack("{s:s,s:s,s:s}", "title", spec->title,
                               "version", spec->version, "dataSet",
                               spec->data_set);
    json_t *list = json_array();
    int i = 0;

    for (i = 0; i < spec->n_resources; i++) {
        json_array_append_new(list, dump_resource(&spec->resources[i]));
    }
    json_object_set_new(result, "resources", list);
    list = json_array();
    for (i = 0; i < spec->n_routes; i++) {
        json_array_append_new(list, dump_route(&spec->routes[i]));
    }
    json_object_set_new(result, "routes", list);
    return result;
}

static int matches_model(const case_t *tested)
{
    json_t *dump = tested->spec ? dump_spec(tested->spec) : json_null();
    int equal = json_equal(dump, tested->expected);

    if (!equal) {
        json_dumpf(dump, stderr, JSON_INDENT(2));
    }
    json_decref(dump);
    return equal;
}

static void test_models(void **state)
{
    apr_pool_t *p = *state;
    apr_array_header_t *names = list_cases(p, "models");
    int failed = 0;
    int i = 0;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, char *);
        case_t tested = load_case(p, "models", name);

        if (tested.faults->nelts > 0 || !matches_model(&tested)) {
            print_error("models/%s: differs\n", name);
            print_faults(tested.faults);
            failed++;
        }
        json_decref(tested.expected);
    }
    print_message("%d models\n", names->nelts);
    assert_int_equal(failed, 0);
}

/* --- texts ------------------------------------------------------------- */

#define MINIMAL_PATHS                                                       \
    "\"paths\":{\"/lamp\":{\"get\":{\"responses\":{\"200\":{\"schema\":"    \
    "{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/Lamp\"}}}}}}}"
#define MINIMAL(schema)                                                     \
    "{\"swagger\":\"2.0\"," MINIMAL_PATHS ",\"definitions\":{\"Lamp\":"     \
    schema "}}"

static const tmf_spec_t *load_text(apr_pool_t *p, const char *file,
                                   const char *text,
                                   apr_array_header_t *faults)
{
    tmf_source_t source = {file, NULL, 0};

    source.text = text;
    source.len = strlen(text);
    return tmf_load_texts(&source, NULL, faults, p);
}

static void test_byte_order_mark(void **state)
{
    apr_pool_t *p = *state;
    apr_array_header_t *faults = make_faults(p);

    assert_non_null(load_text(p, "a.json", "\xEF\xBB\xBF"
                              MINIMAL("{\"type\":\"object\"}"), faults));
    assert_int_equal(faults->nelts, 0);
}

static void test_data_set_of_file(void **state)
{
    static const struct {
        const char *file;
        const char *data_set;
    } rows[] = {
        {"/a/b/TMF629-Thing-v4.0.0.swagger.json", "tmf629"},
        {"TMF676.json", "tmf676"},
        {"629-x.json", "_629"},
        {"My Lamps.json", "my_lamps"},
        {"/a/.json", "_"},
        {"x2345678901234567890123456789012345678901234567890123456789012345",
         "x23456789012345678901234567890123456789012345678901234567890123"
         },
    };
    apr_pool_t *p = *state;
    apr_array_header_t *faults = make_faults(p);
    size_t i = 0;

    for (i = 0; i < COUNT(rows); i++) {
        const tmf_spec_t *spec = load_text(
            p, rows[i].file, MINIMAL("{\"type\":\"object\"}"), faults);

        assert_non_null(spec);
        assert_string_equal(spec->data_set, rows[i].data_set);
        assert_null(spec->overlay);
    }
}

static void test_faults_are_appended(void **state)
{
    apr_pool_t *p = *state;
    apr_array_header_t *faults = make_faults(p);

    assert_null(load_text(p, "a.json", "[]", faults));
    assert_int_equal(faults->nelts, 1);
    assert_non_null(load_text(p, "b.json", MINIMAL("{\"type\":\"object\"}"),
                              faults));
    assert_int_equal(faults->nelts, 1);
    assert_null(load_text(p, "c.json", "7", faults));
    assert_int_equal(faults->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(faults, 1, tmf_fault_t).file,
                        "c.json");
}

static void test_unreadable_files(void **state)
{
    apr_pool_t *p = *state;
    apr_array_header_t *faults = make_faults(p);
    const char *missing = fixture(p, "files/missing.json");
    const char *folder = fixture(p, "models");
    const tmf_fault_t *fault = NULL;

    assert_null(tmf_spec_load(missing, folder, faults, p));
    assert_int_equal(faults->nelts, 2);
    fault = (const tmf_fault_t *)faults->elts;
    assert_string_equal(fault[0].file, missing);
    assert_string_equal(fault[0].pointer, "");
    assert_non_null(strstr(fault[0].message, "cannot be read: "));
    assert_string_equal(fault[1].file, folder);
    assert_non_null(strstr(fault[1].message, "is not a file"));
}

/* A schema is compiled once; a type may contain itself. */
static void test_recursion(void **state)
{
    apr_pool_t *p = *state;
    apr_array_header_t *faults = make_faults(p);
    const tmf_spec_t *spec = load_text(
        p, "a.json",
        MINIMAL("{\"properties\":{\"next\":{\"$ref\":\"#/definitions/Lamp\"}"
                ",\"all\":{\"items\":{\"$ref\":\"#/definitions/Lamp\"}}}}"),
        faults);
    const tmf_schema_t *lamp = NULL;

    assert_non_null(spec);
    lamp = spec->resources[0].schema;
    assert_ptr_equal(tmf_schema_property(lamp, "next", 4), lamp);
    assert_ptr_equal(tmf_schema_property(lamp, "all", 3)->items, lamp);
    assert_int_equal(tmf_schema_property(lamp, "all", 3)->type,
                     TMF_TYPE_ARRAY);
}

static void test_find_property(void **state)
{
    static const char *const names[] = {
        "@type", "a", "aa", "ab", "b", "name", "names"
    };
    apr_pool_t *p = *state;
    apr_array_header_t *faults = make_faults(p);
    const tmf_spec_t *spec = load_text(
        p, "a.json",
        MINIMAL("{\"properties\":{\"names\":{},\"ab\":{},\"a\":{},\"b\":{},"
                "\"name\":{},\"aa\":{},\"@type\":{}},"
                "\"required\":[\"ab\",\"ghost\"]}"), faults);
    const tmf_schema_t *lamp = NULL;
    size_t i = 0;

    assert_non_null(spec);
    lamp = spec->resources[0].schema;
    assert_int_equal(lamp->n_properties, COUNT(names));
    for (i = 0; i < COUNT(names); i++) {
        assert_string_equal(lamp->properties[i].name, names[i]);
        assert_ptr_equal(tmf_schema_property(lamp, names[i],
                                             strlen(names[i])),
                         lamp->properties[i].schema);
    }
    assert_ptr_equal(tmf_schema_property(lamp, "name.first", 4),
                     tmf_schema_property(lamp, "name", 4));
    assert_null(tmf_schema_property(lamp, "name", 3));
    assert_null(tmf_schema_property(lamp, "", 0));
    assert_null(tmf_schema_property(lamp, "zz", 2));
    assert_null(tmf_schema_property(NULL, "a", 1));
    assert_int_equal(spec->resources[0].n_required, 1);
    assert_string_equal(tmf_schema_describe(NULL), "any");
}

static void test_find_route(void **state)
{
    apr_pool_t *p = *state;
    const tmf_spec_t *spec = load_text(
        p, "a.json", MINIMAL("{\"type\":\"object\"}"), make_faults(p));

    assert_non_null(spec);
    assert_ptr_equal(tmf_spec_route(spec, "lamp")->resource,
                     &spec->resources[0]);
    assert_null(tmf_spec_route(spec, "lam"));
    assert_null(tmf_spec_route(spec, "hub"));
    assert_null(tmf_spec_route(spec, ""));
}

/* A chain of definitions as long as it likes costs no stack. */
static void test_long_chain(void **state)
{
    enum { LINKS = 20000 };
    apr_pool_t *p = *state;
    apr_array_header_t *faults = make_faults(p);
    apr_array_header_t *texts = apr_array_make(p, LINKS, sizeof(char *));
    int i = 0;

    APR_ARRAY_PUSH(texts, const char *) =
        "{\"swagger\":\"2.0\"," MINIMAL_PATHS ",\"definitions\":{\"Lamp\":"
        "{\"properties\":{\"n\":{\"$ref\":\"#/definitions/L0\"}}}";
    for (i = 0; i < LINKS; i++) {
        APR_ARRAY_PUSH(texts, const char *) = apr_psprintf(
            p, ",\"L%d\":{\"properties\":{\"n\":{\"$ref\":"
            "\"#/definitions/L%d\"}}}", i, (i + 1) % LINKS);
    }
    APR_ARRAY_PUSH(texts, const char *) = "}}";
    assert_non_null(load_text(p, "a.json", apr_array_pstrcat(p, texts, 0),
                              faults));
    assert_int_equal(faults->nelts, 0);
}

/* --- published documents ----------------------------------------------- */

typedef struct published_t {
    const char *file;
    const char *data_set;
    const char *resource;
    const char *type;
    unsigned int operations;
    unsigned int events;
    int loader;
} published_t;

#define BIT(name) (1U << TMF_OP_##name)
#define READ (BIT(LIST) | BIT(GET))
#define ALL_EVENTS ((1U << TMF_EVENT_KINDS) - 1)

static const published_t published[] = {
    {"TMF629-Customer-v4.0.0", "tmf629", "customer", "Customer",
     READ | BIT(CREATE) | BIT(PATCH) | BIT(DELETE), ALL_EVENTS, 0},
    {"TMF676-Payment-v4.0.0", "tmf676", "payment", "Payment",
     READ | BIT(CREATE), ALL_EVENTS, 0},
    {"TMF676-Payment-v4.0.0", "tmf676", "refund", "Refund",
     READ | BIT(CREATE), ALL_EVENTS, 0},
    {"TMF678-CustomerBill-v4.0.0", "tmf678", "customerBillOnDemand",
     "CustomerBillOnDemand", READ | BIT(CREATE), 0, 0},
    {"TMF678-CustomerBill-v4.0.0", "tmf678", "customerBill", "CustomerBill",
     READ | BIT(PATCH), 0, 1},
    {"TMF678-CustomerBill-v4.0.0", "tmf678", "appliedCustomerBillingRate",
     "AppliedCustomerBillingRate", READ, 0, 1},
};

static void check_published(apr_pool_t *p, const char *folder,
                            const published_t *row)
{
    const char *file = apr_pstrcat(p, folder, "/v4/", row->file,
                                   ".swagger.json", NULL);
    apr_array_header_t *faults = make_faults(p);
    const tmf_spec_t *spec = tmf_spec_load(file, NULL, faults, p);
    const tmf_route_t *route = NULL;

    print_faults(faults);
    assert_non_null(spec);
    assert_string_equal(spec->data_set, row->data_set);
    route = tmf_spec_route(spec, row->resource);
    assert_non_null(route);
    assert_string_equal(route->resource->type, row->type);
    assert_int_equal(route->resource->operations, row->operations);
    assert_int_equal(route->resource->events, row->events);
    assert_int_equal(route->resource->loader, row->loader);
    assert_string_equal(tmf_spec_route(spec, "hub")->collection_methods,
                        "POST");
    assert_string_equal(tmf_spec_route(spec, "hub")->item_methods,
                        "DELETE");
    assert_null(tmf_spec_route(spec, "listener"));
}

static void test_published(void **state)
{
    const char *folder = getenv("TMF_SPECS");
    size_t i = 0;

    if (!folder || !*folder) {
        print_message("TMF_SPECS is not set: the published documents were "
                      "not loaded\n");
        skip();
    }
    for (i = 0; i < COUNT(published); i++) {
        check_published(*state, folder, &published[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_faults),
        TEST(test_models),
        TEST(test_byte_order_mark),
        TEST(test_data_set_of_file),
        TEST(test_faults_are_appended),
        TEST(test_unreadable_files),
        TEST(test_recursion),
        TEST(test_find_property),
        TEST(test_find_route),
        TEST(test_long_chain),
        TEST(test_published),
    };

    return cmocka_run_group_tests(tests, make_root, destroy_root);
}
