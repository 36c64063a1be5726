/* What subscriptions may ask for, without a database: each row of
 * t/cases/event/query.json is read or refused, and what its fields leave.
 * t/unit/test_relay.c looks at which events they find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <jansson.h>

#include "event/tmf_envelope.h"

static apr_pool_t *root_pool;

static const char *source(const char *name)
{
    const char *folder = getenv("srcdir");

    return apr_pstrcat(root_pool, folder ? folder : ".", "/t/cases/event/",
                       name, NULL);
}

static const tmf_spec_t *load_spec(const char *name)
{
    apr_array_header_t *faults = apr_array_make(root_pool, 1,
                                                sizeof(tmf_fault_t));
    const tmf_spec_t *spec = tmf_spec_load(source(name), NULL, faults,
                                           root_pool);

    assert_non_null(spec);
    return spec;
}

static const tmf_resource_t *make_envelope(const char *name)
{
    return tmf_envelope_make(load_spec(name), root_pool);
}

static void queries_are_read_or_refused(void **state)
{
    const tmf_resource_t *envelope = make_envelope("definition_v4.json");
    json_t *cases = json_load_file(source("query.json"), 0, NULL);
    size_t i = 0;

    (void)state;
    assert_true(json_array_size(cases) > 0);
    for (i = 0; i < json_array_size(cases); i++) {
        const json_t *test = json_array_get(cases, i);
        tmf_query_t query;
        const tmf_error_t *err = tmf_envelope_query(
            json_string_value(json_object_get(test, "query")), envelope,
            root_pool, &query);

        print_message("  %s\n",
                      json_string_value(json_object_get(test, "rule")));
        if (json_is_true(json_object_get(test, "refused"))) {
            assert_non_null(err);
            assert_true(err->message || err->reason);
        }
        else {
            assert_null(err);
        }
    }
    json_decref(cases);
}

/* A query of so many comparisons. */
static const tmf_error_t *read_many(const char *one, int n)
{
    const tmf_resource_t *envelope = make_envelope("definition_v4.json");
    const char *text = "";
    tmf_query_t query;

    while (n-- > 0) {
        text = apr_pstrcat(root_pool, text, *text ? "&" : "", one, NULL);
    }
    return tmf_envelope_query(text, envelope, root_pool, &query);
}

/* With TMFHubLimit, that is what a statement asks of an event at most. */
static void queries_are_bounded(void **state)
{
    (void)state;
    assert_null(read_many("event.badge.label!=x", TMF_CRITERIA_MAX));
    assert_non_null(read_many("event.badge.label!=x",
                              TMF_CRITERIA_MAX + 1));
    assert_null(read_many("event.badge.label=~x", TMF_PATTERNS_MAX));
    assert_non_null(read_many("event.badge.label=~x",
                              TMF_PATTERNS_MAX + 1));
    assert_non_null(read_many("eventType=a,b", TMF_CRITERIA_MAX / 2 + 1));
}

static const tmf_schema_t *property(const tmf_schema_t *schema,
                                    const char *name)
{
    return tmf_schema_property(schema, name, strlen(name));
}

static void the_envelope_has_resources_with_events_alone(void **state)
{
    const tmf_resource_t *envelope = make_envelope("definition_v4.json");
    const tmf_schema_t *event = property(envelope->schema, "event");

    (void)state;
    assert_int_equal(event->n_properties, 2);
    assert_non_null(property(property(event, "badge"), "grade"));
    assert_non_null(property(event, "door"));
    assert_null(property(event, "note"));
    assert_int_equal(property(envelope->schema, "eventTime")->format,
                     TMF_FORMAT_DATE_TIME);
    assert_int_equal(property(envelope->schema, "timeOcurred")->format,
                     TMF_FORMAT_DATE_TIME);
}

static void properties_are_in_the_order_of_the_search(void **state)
{
    const tmf_schema_t *schema = make_envelope("definition_v4.json")->schema;
    int i = 0;

    (void)state;
    for (i = 1; i < schema->n_properties; i++) {
        assert_true(strcmp(schema->properties[i - 1].name,
                           schema->properties[i].name) < 0);
    }
}

static void types_are_those_of_the_definition(void **state)
{
    static const char *const wanted[] = {
        "BadgeCreateEvent", "BadgeAttributeValueChangeEvent",
        "BadgeStateChangeEvent", "BadgeDeleteEvent", "DoorCreateEvent"
    };
    const apr_array_header_t *types = tmf_envelope_types(
        load_spec("definition_v4.json"), root_pool);
    int i = 0;

    (void)state;
    assert_int_equal(types->nelts, 5);
    for (i = 0; i < types->nelts; i++) {
        assert_string_equal(APR_ARRAY_IDX(types, i, const char *),
                            wanted[i]);
    }
}

static void the_version_is_that_of_the_definition(void **state)
{
    static const struct {
        const char *version;
        int is_v5;
    } cases[] = {
        { "4.0.0", 0 }, { "5.0.0", 1 }, { "v5.0.1", 1 }, { "3", 0 },
        { "", 0 }, { "none", 0 }, { "10.1", 1 },
        { "99999999999999999999999999", 1 }
    };
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tmf_spec_t spec = { .version = cases[i].version };

        assert_int_equal(tmf_envelope_is_v5(&spec), cases[i].is_v5);
    }
}

static void fields_keep_what_tells_events_apart(void **state)
{
    static const struct {
        const char *query;
        const char *tree;
    } cases[] = {
        { "", NULL },
        { "fields=", NULL },
        { "fields=none", "{\"@type\":{},\"event\":{"
          "\"badge\":{\"href\":{},\"id\":{}},"
          "\"door\":{\"href\":{},\"id\":{}}},"
          "\"eventId\":{},\"eventTime\":{},\"eventType\":{},"
          "\"href\":{},\"id\":{}}" },
        { "fields=event", "{\"@type\":{},\"event\":{},\"eventId\":{},"
          "\"eventTime\":{},\"eventType\":{},\"href\":{},\"id\":{}}" },
        { "fields=eventId,event.badge,event.door.label",
          "{\"@type\":{},\"event\":{\"badge\":{},"
          "\"door\":{\"href\":{},\"id\":{},\"label\":{}}},\"eventId\":{},"
          "\"eventTime\":{},\"eventType\":{},\"href\":{},\"id\":{}}" }
    };
    const tmf_resource_t *envelope = make_envelope("definition_v4.json");
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tmf_query_t query;
        const char *tree = NULL;

        assert_null(tmf_envelope_query(cases[i].query, envelope, root_pool,
                                       &query));
        tree = tmf_envelope_tree(query.fields, envelope, root_pool);
        if (cases[i].tree) {
            assert_non_null(tree);
            assert_string_equal(tree, cases[i].tree);
        }
        else {
            assert_null(tree);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_are_read_or_refused),
        cmocka_unit_test(queries_are_bounded),
        cmocka_unit_test(the_envelope_has_resources_with_events_alone),
        cmocka_unit_test(properties_are_in_the_order_of_the_search),
        cmocka_unit_test(types_are_those_of_the_definition),
        cmocka_unit_test(the_version_is_that_of_the_definition),
        cmocka_unit_test(fields_keep_what_tells_events_apart)
    };
    int failed = 0;

    apr_initialize();
    apr_pool_create(&root_pool, NULL);
    failed = cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
    apr_pool_destroy(root_pool);
    apr_terminate();
    return failed;
}
