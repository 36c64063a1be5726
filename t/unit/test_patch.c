/* JSON Patch and JSON Patch Query as far as they are checked without the
 * resource, and the media types of patches. What they do is in
 * t/cases/json_patch.json. Rows: a body, and the violations as
 * "pointer rule;..." in their order, "" for none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "api/tmf_body.h"
#include "api/tmf_patch.h"
#include "base/tmf_number.h"
#include "base/tmf_text.h"
#include "spec/tmf_load.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char definition[] =
    "{\"swagger\":\"2.0\",\"paths\":{\"/lamp/{id}\":{"
    "\"get\":{\"responses\":{\"200\":{"
    "\"schema\":{\"$ref\":\"#/definitions/Lamp\"}}}},"
    "\"patch\":{\"parameters\":[{\"in\":\"body\",\"name\":\"lamp\","
    "\"schema\":{\"$ref\":\"#/definitions/LampUpdate\"}}],"
    "\"responses\":{\"200\":{"
    "\"schema\":{\"$ref\":\"#/definitions/Lamp\"}}}}}},"
    "\"definitions\":{\"LampUpdate\":{\"type\":\"object\",\"properties\":{"
    "\"watts\":{\"type\":\"number\"},\"tags\":{\"type\":\"array\","
    "\"items\":{\"type\":\"string\"}},\"part\":{"
    "\"$ref\":\"#/definitions/Part\"},\"parts\":{\"type\":\"array\","
    "\"items\":{\"$ref\":\"#/definitions/Part\"}},"
    "\"a/b~\":{\"type\":\"boolean\"}}},"
    "\"Part\":{\"type\":\"object\",\"required\":[\"name\"],"
    "\"properties\":{\"name\":{\"type\":\"string\"},"
    "\"size\":{\"type\":\"integer\"},"
    "\"parts\":{\"type\":\"array\",\"items\":{"
    "\"$ref\":\"#/definitions/Part\"}}}},"
    "\"Lamp\":{\"allOf\":[{\"$ref\":\"#/definitions/LampUpdate\"},{"
    "\"properties\":{\"id\":{\"type\":\"string\"},"
    "\"href\":{\"type\":\"string\"},\"serial\":{\"type\":\"string\"}}}]}}}";

typedef struct row_t {
    const char *body;
    const char *violations;
} row_t;

static apr_pool_t *root_pool;
static const tmf_resource_t *lamp;

/* Violations as "pointer rule;...", "" if there is no error. */
static const char *summary(const tmf_error_t *err, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 256, 0);
    int i = 0;

    for (i = 0; err && i < err->violations->nelts; i++) {
        const tmf_violation_t *violation
            = &APR_ARRAY_IDX(err->violations, i, tmf_violation_t);

        tmf_text_printf(text, "%s%s %s", i ? ";" : "", violation->pointer,
                        violation->rule);
    }
    return tmf_text_string(text);
}

static void check_row(const row_t *row, tmf_patch_t kind,
                      tmf_profile_t profile, apr_pool_t *p)
{
    const json_t *body = NULL;
    const tmf_error_t *err = tmf_body_read(row->body, strlen(row->body), p,
                                           &body);
    const char *found = NULL;

    if (!err) {
        err = tmf_patch_check(lamp, kind, body, profile, p);
    }
    found = summary(err, p);
    if (strcmp(found, row->violations) != 0) {
        fail_msg("%s: %s instead of %s", row->body, found, row->violations);
    }
}

#define ADD(path, value) \
    "[{\"op\":\"add\",\"path\":\"" path "\",\"value\":" value "}]"
#define REMOVE(path) "[{\"op\":\"remove\",\"path\":\"" path "\"}]"

static const row_t both[] = {
    { "[]", "" },
    { "7", " type" },
    { "null", " type" },
    { "[null,[],\"add\"]", "/0 type;/1 type;/2 type" },
    { "[{}]", "/0/op required;/0/path required" },
    { "[{\"op\":\"add\"}]", "/0/path required;/0/value required" },
    { "[{\"op\":\"move\",\"path\":\"/a\"}]", "/0/from required" },
    { "[{\"op\":\"copy\",\"path\":\"/a\",\"from\":7}]", "/0/from type" },
    { "[{\"op\":\"copy\",\"path\":\"a\",\"from\":\"b\"}]",
      "/0/path pointer;/0/from pointer" },
    { "[{\"op\":\"ADD\",\"path\":7},{\"op\":null,\"path\":\"x\"}]",
      "/0/op enum;/0/path type;/1/op type;/1/path pointer" },
    { "[{\"op\":\"remove\",\"path\":\"/a\",\"value\":7,\"from\":7}]", "" },
    { "[{\"op\":\"test\",\"path\":\"/watts\",\"value\":\"x\"}]", "" },
    { "[{\"op\":\"test\",\"path\":\"/watts\",\"value\":null}]", "" },
    { REMOVE(""), "" },
    { REMOVE("/"), "" },
    { REMOVE("/a~0b~1c"), "" },
    { REMOVE("/a~"), "/0/path pointer" },
    { REMOVE("/a~2"), "/0/path pointer" },
    { REMOVE("a/b"), "/0/path pointer" },
    { REMOVE("#/a"), "/0/path pointer" },
    /* values where the path leads to a declared attribute */
    { ADD("/watts", "1.5"), "" },
    { ADD("/watts", "\"1\""), "/0/value type" },
    { ADD("/watts", "null"), "" },
    { ADD("/a~1b~0", "1"), "/0/value type" },
    { ADD("/tags", "[1,\"a\",2]"), "/0/value/0 type;/0/value/2 type" },
    { ADD("/tags/-", "1"), "/0/value type" },
    { ADD("/tags/0", "\"a\""), "" },
    { ADD("/parts/12/size", "1.5"), "/0/value type" },
    { ADD("/parts/-", "{\"size\":1.5,\"parts\":[1]}"),
      "/0/value/size type;/0/value/parts/0 type" },
    { ADD("/parts/0/parts/1/parts/-/name", "{}"), "/0/value type" },
    { ADD("/part", "{\"name\":1}"), "/0/value/name type" },
    { ADD("", "{\"watts\":\"1\"}"), "/0/value/watts type" },
    { ADD("", "[]"), "/0/value type" },
    { "[{\"op\":\"replace\",\"path\":\"/part/name\",\"value\":1}]",
      "/0/value type" },
    /* the store's to refuse, or nobody's */
    { ADD("/serial", "1"), "" },
    { ADD("/other", "1"), "" },
    { ADD("/part/other/x", "1"), "" },
    { ADD("/watts/x", "1"), "" },
};

static const row_t json_only[] = {
    { "{\"op\":\"remove\",\"path\":\"/a\"}", " type" },
    { "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]",
      "/0/from pointer" },
    { "[{\"op\":\"move\",\"from\":\"\",\"path\":\"/a\"}]",
      "/0/from pointer" },
    { "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", "" },
    { "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/ab\"}]", "" },
    { "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/b\"}]", "" },
    { REMOVE("/parts?"), "" },
    { REMOVE("/parts?size=%zz"), "" },
    { REMOVE("?a"), "/0/path pointer" },
    { ADD("/parts", "{\"size\":\"x\"}"), "/0/value type" },
    { ADD("/parts/size", "\"x\""), "" },
};

static const row_t query_only[] = {
    { "{\"op\":\"remove\",\"path\":\"/a\"}", "" },
    { "{\"op\":\"add\",\"path\":\"/watts\",\"value\":\"x\"}", "/value type" },
    { "{\"path\":\"a\"}", "/op required;/path pointer" },
    { REMOVE("/parts?size=1"), "" },
    { REMOVE("?watts=1&part.name=x"), "" },
    { REMOVE("/parts?size="), "" },
    { REMOVE("/parts?part.n%20m=%C3%A4+b%2B"), "" },
    { REMOVE("/parts?a=b=c"), "" },
    { REMOVE("/parts?a=~"), "" },
    { REMOVE("/pa~rts?a=1"), "/0/path pointer" },
    { REMOVE("/parts?"), "/0/path query" },
    { REMOVE("/parts?size"), "/0/path query" },
    { REMOVE("/parts?=1"), "/0/path query" },
    { REMOVE("/parts?.a=1"), "/0/path query" },
    { REMOVE("/parts?a.=1"), "/0/path query" },
    { REMOVE("/parts?a..b=1"), "/0/path query" },
    { REMOVE("/parts?a=1&"), "/0/path query" },
    { REMOVE("/parts?&a=1"), "/0/path query" },
    { REMOVE("/parts?a=%zz"), "/0/path query" },
    { REMOVE("/parts?a=%00"), "/0/path query" },
    { REMOVE("/parts?a=%ff"), "/0/path query" },
    { REMOVE("/parts?%=1"), "/0/path query" },
    { "[{\"op\":\"copy\",\"path\":\"/a\",\"from\":\"/b?c\"}]",
      "/0/from query" },
    /* through arrays without an index */
    { ADD("/parts/size", "\"x\""), "/0/value type" },
    { ADD("/parts/parts/size", "\"x\""), "/0/value type" },
    { ADD("/parts/1/size?name=a", "\"x\""), "/0/value type" },
    { ADD("/parts/size?name=a", "7"), "" },
    /* to an element, or to the whole array */
    { ADD("/parts", "{\"size\":\"x\"}"), "/0/value/size type" },
    { ADD("/parts", "[{\"size\":\"x\"}]"), "/0/value/0/size type" },
    { ADD("/parts?name=a", "{\"size\":\"x\"}"), "/0/value/size type" },
    { ADD("/tags", "\"x\""), "" },
    { ADD("/tags", "7"), "/0/value type" },
    { "[{\"op\":\"replace\",\"path\":\"/parts?name=a\",\"value\":{}}]", "" },
    { "[{\"op\":\"replace\",\"path\":\"/parts?name=a\",\"value\":[]}]",
      "/0/value type" },
    { "[{\"op\":\"replace\",\"path\":\"/parts\",\"value\":{}}]",
      "/0/value type" },
    { "[{\"op\":\"replace\",\"path\":\"/tags?a=b\",\"value\":\"x\"}]", "" },
};

static const row_t strict[] = {
    { ADD("/parts/-", "{\"name\":\"a\"}"), "" },
    { ADD("/parts/-", "{\"size\":1}"), "/0/value/name required" },
    { ADD("/part", "{\"name\":\"a\",\"x\":1,\"@x\":1}"),
      "/0/value/x unknown" },
    { "[{\"op\":\"test\",\"path\":\"/part\",\"value\":{\"x\":1}}]", "" },
};

static void test_both(void **state)
{
    size_t i = 0;

    for (i = 0; i < COUNT(both); i++) {
        /* a single operation that isn't one */
        if (strcmp(both[i].violations, " type") != 0) {
            check_row(&both[i], TMF_PATCH_QUERY, TMF_PROFILE_KIT, *state);
        }
        check_row(&both[i], TMF_PATCH_JSON, TMF_PROFILE_KIT, *state);
    }
}

static void test_json(void **state)
{
    size_t i = 0;

    for (i = 0; i < COUNT(json_only); i++) {
        check_row(&json_only[i], TMF_PATCH_JSON, TMF_PROFILE_KIT, *state);
    }
}

static void test_query(void **state)
{
    static const row_t none = { "7", " type" };
    size_t i = 0;

    for (i = 0; i < COUNT(query_only); i++) {
        check_row(&query_only[i], TMF_PATCH_QUERY, TMF_PROFILE_KIT, *state);
    }
    check_row(&none, TMF_PATCH_QUERY, TMF_PROFILE_KIT, *state);
}

static void test_strict(void **state)
{
    size_t i = 0;

    for (i = 0; i < COUNT(strict); i++) {
        check_row(&strict[i], TMF_PATCH_JSON, TMF_PROFILE_STRICT, *state);
    }
}

static const char *repeat(apr_pool_t *p, const char *text, int n)
{
    tmf_text_t *result = tmf_text_make(p, 1024, 0);
    int i = 0;

    for (i = 0; i < n; i++) {
        tmf_text_puts(result, text);
    }
    return tmf_text_string(result);
}

static void test_bounds(void **state)
{
    apr_pool_t *p = *state;
    const char *one = "{\"op\":\"remove\",\"path\":\"/a\"},";
    row_t row = { NULL, "" };
    int more = 0;

    for (more = 0; more < 2; more++) {
        char *list = apr_pstrdup(p, repeat(p, one,
                                           TMF_PATCH_OPERATIONS + more));

        list[strlen(list) - 1] = '\0';
        row.body = apr_pstrcat(p, "[", list, "]", NULL);
        row.violations = more ? " operations" : "";
        check_row(&row, TMF_PATCH_JSON, TMF_PROFILE_KIT, p);
        row.body = apr_psprintf(p, REMOVE("%s"),
                                repeat(p, "/a", TMF_JSON_DEPTH + more));
        row.violations = more ? "/0/path depth" : "";
        check_row(&row, TMF_PATCH_JSON, TMF_PROFILE_KIT, p);
        row.body = apr_psprintf(p, REMOVE("/a?%sb=1"),
                                repeat(p, "a=1&",
                                       TMF_PATCH_CONDITIONS - 1 + more));
        row.violations = more ? "/0/path query" : "";
        check_row(&row, TMF_PATCH_QUERY, TMF_PROFILE_KIT, p);
    }
}

static void test_media_types(void **state)
{
    static const struct {
        const char *type;
        int kind;             /* -1: refused */
    } types[] = {
        { NULL, TMF_PATCH_MERGE },
        { "application/json", TMF_PATCH_MERGE },
        { "application/merge-patch+json; charset=utf-8", TMF_PATCH_MERGE },
        { "application/json-patch+json", TMF_PATCH_JSON },
        { "Application/JSON-Patch+JSON;charset=\"UTF-8\"", TMF_PATCH_JSON },
        { "application/json-patch-query+json", TMF_PATCH_QUERY },
        { "application/json-patch-query+json ;x=y", TMF_PATCH_QUERY },
        { "application/json-patch+json;charset=utf-16", -1 },
        { "application/json-patch", -1 },
        { "application/json-patch+jsonx", -1 },
        { "application/json-patch-query", -1 },
        { "application/xml", -1 },
        { "", -1 },
    };
    size_t i = 0;

    for (i = 0; i < COUNT(types); i++) {
        tmf_patch_t kind = TMF_PATCH_MERGE;
        const tmf_error_t *err = tmf_media_patches(types[i].type, *state,
                                                   &kind);

        if (types[i].kind < 0) {
            assert_non_null(err);
            assert_int_equal(err->kind, TMF_UNSUPPORTED_TYPE);
            assert_string_equal(err->accept_patch, TMF_ACCEPT_PATCH);
            continue;
        }
        assert_null(err);
        assert_int_equal(kind, types[i].kind);
        assert_int_equal(!tmf_media_takes(types[i].type, *state), i < 2);
    }
}

static const tmf_resource_t *load(apr_pool_t *p)
{
    tmf_source_t source = {"lamps.json", definition,
                           sizeof(definition) - 1};
    apr_array_header_t *faults = apr_array_make(p, 4, sizeof(tmf_fault_t));
    const tmf_spec_t *spec = tmf_load_texts(&source, NULL, faults, p);
    int i = 0;

    for (i = 0; i < faults->nelts; i++) {
        const tmf_fault_t *fault = &APR_ARRAY_IDX(faults, i, tmf_fault_t);

        print_error("%s %s: %s\n", fault->file, fault->pointer,
                    fault->message);
    }
    return spec ? spec->resources : NULL;
}

static int set_up(void **state)
{
    apr_pool_t *p = NULL;

    apr_pool_create(&p, root_pool);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_both),
        TEST(test_json),
        TEST(test_query),
        TEST(test_strict),
        TEST(test_bounds),
        TEST(test_media_types),
    };
    int failed = 1;

    apr_initialize();
    apr_pool_create(&root_pool, NULL);
    lamp = load(root_pool);
    if (lamp) {
        failed = cmocka_run_group_tests_name("patch", tests, NULL, NULL);
    }
    apr_pool_destroy(root_pool);
    apr_terminate();
    return failed;
}
