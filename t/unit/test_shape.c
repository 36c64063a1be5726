/* What the profile "strict" goes by: shapes, what an overlay makes mandatory,
 * tables of states, types that extend others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>

#include "spec/tmf_demand.h"
#include "spec/tmf_load.h"

static const char definition[] =
    "{\"swagger\":\"2.0\",\"paths\":{\"/lamp\":{\"post\":{\"parameters\":[{"
    "\"in\":\"body\",\"name\":\"lamp\",\"schema\":{"
    "\"$ref\":\"#/definitions/Create\"}}],\"responses\":{\"201\":{"
    "\"schema\":{\"$ref\":\"#/definitions/Lamp\"}}}}}},"
    "\"definitions\":{\"Create\":{\"type\":\"object\",\"required\":[\"s\"],"
    "\"properties\":{\"s\":{\"type\":\"string\"},"
    "\"parts\":{\"type\":\"array\",\"items\":{"
    "\"$ref\":\"#/definitions/Part\"}}}},"
    "\"Lamp\":{\"type\":\"object\",\"required\":[\"s\",\"typo\"],"
    "\"properties\":{"
    "\"s\":{\"type\":\"string\",\"enum\":[\"on\",\"off\"]},"
    "\"t\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"u\":{\"type\":\"string\",\"format\":\"uri\"},\"any\":{},"
    "\"part\":{\"$ref\":\"#/definitions/Part\"},"
    "\"parts\":{\"type\":\"array\",\"items\":{"
    "\"$ref\":\"#/definitions/Part\"}}}},"
    "\"Part\":{\"type\":\"object\",\"required\":[\"n\"],\"properties\":{"
    "\"n\":{\"type\":\"integer\"},\"m\":{\"type\":\"integer\"},"
    "\"part\":{\"$ref\":\"#/definitions/Part\"}}},"
    "\"Middle\":{\"allOf\":[{\"$ref\":\"#/definitions/Part\"}]},"
    "\"Screw\":{\"allOf\":[{\"$ref\":\"#/definitions/Middle\"},"
    "{\"properties\":{\"w\":{\"type\":\"number\"}}}]},"
    "\"Other\":{\"type\":\"object\"}}}";

static const char overlay[] =
    "{\"resources\":{\"lamp\":{\"transitions\":{\"on\":[\"off\"],"
    "\"off\":[]},\"state\":\"s\","
    "\"mandatory\":[\"t\",\"parts.m\",\"part.part.m\"]}}}";

static apr_pool_t *root_pool;
static const tmf_resource_t *lamp;

static const tmf_schema_t *attribute(const tmf_schema_t *schema,
                                     const char *name)
{
    return tmf_schema_property(schema, name, strlen(name));
}

/* Only where the paths lead: the definitions themselves stay. */
static void test_mandatory(void **state)
{
    const tmf_schema_t *full = lamp->full;
    const tmf_schema_t *part = attribute(full, "part");

    (void)state;
    assert_true(tmf_schema_requires(full, "t"));
    assert_false(tmf_schema_requires(lamp->schema, "t"));
    assert_true(tmf_schema_requires(attribute(full, "parts")->items, "m"));
    assert_false(tmf_schema_requires(part, "m"));
    assert_true(tmf_schema_requires(attribute(part, "part"), "m"));
    assert_false(tmf_schema_requires(
        attribute(attribute(part, "part"), "part"), "m"));
    assert_true(tmf_schema_requires(attribute(part, "part"), "n"));
    /* what the body of a POST doesn't declare is passed over */
    assert_false(tmf_schema_requires(lamp->full_create, "t"));
    assert_true(tmf_schema_requires(
        attribute(lamp->full_create, "parts")->items, "m"));
}

static void test_declared(void **state)
{
    static const char *const declared[] = {
        "s", "part", "part.n", "parts.part.part.m"
    };
    static const char *const undeclared[] = {
        "", ".", "x", "s.x", "part.x", "part.", ".part", "part..n", "any.x"
    };
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(declared) / sizeof(declared[0]); i++) {
        assert_true(tmf_demand_declared(lamp->schema, declared[i]));
    }
    for (i = 0; i < sizeof(undeclared) / sizeof(undeclared[0]); i++) {
        assert_false(tmf_demand_declared(lamp->schema, undeclared[i]));
    }
}

static void test_subtypes(void **state)
{
    const tmf_schema_t *part = attribute(lamp->schema, "part");
    const tmf_schema_t *screw = tmf_schema_actual(part, "Screw");

    (void)state;
    assert_int_equal(part->n_subtypes, 2);
    assert_string_equal(screw->name, "Screw");
    assert_non_null(attribute(screw, "w"));
    assert_non_null(attribute(screw, "n"));
    assert_ptr_equal(tmf_schema_actual(part, "Part"), part);
    assert_ptr_equal(tmf_schema_actual(part, "Other"), part);
    assert_ptr_equal(tmf_schema_actual(part, NULL), part);
    assert_int_equal(lamp->schema->n_subtypes, 0);
}

static void test_transitions(void **state)
{
    (void)state;
    assert_int_equal(lamp->n_transitions, 2);
    assert_string_equal(lamp->transitions[0].from, "on");
    assert_int_equal(lamp->transitions[0].n_to, 1);
    assert_string_equal(lamp->transitions[0].to[0], "off");
    assert_string_equal(lamp->transitions[1].from, "off");
    assert_int_equal(lamp->transitions[1].n_to, 0);
}

/* The whole text: sql/0001_base.sql reads it. */
static void test_shapes(void **state)
{
    (void)state;
    assert_string_equal(lamp->shapes,
        "[{\"properties\":{\"any\":1,\"part\":2,\"parts\":3,\"s\":4,\"t\":5,"
        "\"u\":6},\"required\":[\"s\",\"t\"],\"type\":\"object\"},"
        "{},"
        "{\"properties\":{\"m\":7,\"n\":8,\"part\":9},"
        "\"required\":[\"n\"],\"subtypes\":{\"Middle\":10,\"Screw\":11},"
        "\"type\":\"object\"},"
        "{\"items\":12,\"type\":\"array\"},"
        "{\"enum\":[\"on\",\"off\"],\"type\":\"string\"},"
        "{\"format\":\"date-time\",\"type\":\"string\"},"
        "{\"type\":\"string\"},"
        "{\"type\":\"integer\"},"
        "{\"type\":\"integer\"},"
        "{\"properties\":{\"m\":7,\"n\":8,\"part\":13},"
        "\"required\":[\"n\",\"m\"],\"subtypes\":{\"Middle\":10,"
        "\"Screw\":11},\"type\":\"object\"},"
        "{\"properties\":{\"m\":7,\"n\":8,\"part\":13},"
        "\"required\":[\"n\"],\"subtypes\":{\"Screw\":11},"
        "\"type\":\"object\"},"
        "{\"properties\":{\"m\":7,\"n\":8,\"part\":13,\"w\":14},"
        "\"required\":[\"n\"],\"type\":\"object\"},"
        "{\"properties\":{\"m\":7,\"n\":8,\"part\":13},"
        "\"required\":[\"n\",\"m\"],\"subtypes\":{\"Middle\":10,"
        "\"Screw\":11},\"type\":\"object\"},"
        "{\"properties\":{\"m\":7,\"n\":8,\"part\":13},"
        "\"required\":[\"n\"],\"subtypes\":{\"Middle\":10,\"Screw\":11},"
        "\"type\":\"object\"},"
        "{\"type\":\"number\"}]");
}

static const tmf_resource_t *load(apr_pool_t *p)
{
    tmf_source_t source = {"lamps.json", definition,
                           sizeof(definition) - 1};
    tmf_source_t more = {"overlay.json", overlay, sizeof(overlay) - 1};
    apr_array_header_t *faults = apr_array_make(p, 4, sizeof(tmf_fault_t));
    const tmf_spec_t *spec = tmf_load_texts(&source, &more, faults, p);
    int i = 0;

    for (i = 0; i < faults->nelts; i++) {
        const tmf_fault_t *fault = &APR_ARRAY_IDX(faults, i, tmf_fault_t);

        print_error("%s %s: %s\n", fault->file, fault->pointer,
                    fault->message);
    }
    return spec ? spec->resources : NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mandatory),
        cmocka_unit_test(test_declared),
        cmocka_unit_test(test_subtypes),
        cmocka_unit_test(test_transitions),
        cmocka_unit_test(test_shapes),
    };
    int failed = 1;

    apr_initialize();
    apr_pool_create(&root_pool, NULL);
    lamp = load(root_pool);
    if (lamp) {
        failed = cmocka_run_group_tests_name("shape", tests, NULL, NULL);
    }
    apr_pool_destroy(root_pool);
    apr_terminate();
    return failed;
}
