/* What requests mean: t/cases/plan.json and condition.json, each case a
 * request to a mount of a definition in conf/, and its operation and SQL or
 * its error. */
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

#include "api/tmf_plan.h"
#include "api/tmf_route.h"
#include "store/tmf_sql.h"

#define DEFAULT_LIMIT 100
#define MAX_LIMIT 1000

static apr_pool_t *root_pool;

static const char *source(apr_pool_t *p, const char *path)
{
    const char *folder = getenv("srcdir");

    return apr_pstrcat(p, folder ? folder : ".", "/", path, NULL);
}

static const char *text_of(const json_t *test, const char *name,
                           const char *otherwise)
{
    const char *text = json_string_value(json_object_get(test, name));

    return text ? text : otherwise;
}

static const tmf_spec_t *load_spec(apr_pool_t *p, const char *api)
{
    apr_array_header_t *faults = apr_array_make(p, 1, sizeof(tmf_fault_t));
    const tmf_spec_t *spec = tmf_spec_load(
        source(p, apr_pstrcat(p, "conf/openapi/", api, ".json", NULL)),
        source(p, apr_pstrcat(p, "conf/overlay/", api, ".json", NULL)),
        faults, p);

    assert_non_null(spec);
    return spec;
}

static tmf_error_t *read_body(void *data, const char **body,
                              apr_size_t *length, const char **encoding)
{
    *body = text_of(data, "body", "");
    *length = strlen(*body);
    *encoding = text_of(data, "contentEncoding", NULL);
    return NULL;
}

static tmf_request_t make_request(apr_pool_t *p, json_t *test)
{
    tmf_request_t request = { .base = "http://a.example",
                              .read_body = read_body, .data = test };
    char *path = apr_pstrdup(p, text_of(test, "target", NULL));
    char *query = strchr(path, '?');

    if (query) {
        *query++ = '\0';
    }
    request.method = text_of(test, "method", "GET");
    request.path = path;
    request.query = query;
    request.accept = text_of(test, "accept", NULL);
    request.content_type = text_of(test, "contentType", NULL);
    request.if_match = text_of(test, "ifMatch", NULL);
    request.if_none_match = text_of(test, "ifNoneMatch", NULL);
    request.if_modified_since = text_of(test, "ifModifiedSince", NULL);
    request.if_unmodified_since = text_of(test, "ifUnmodifiedSince", NULL);
    request.correlation_id = text_of(test, "correlation", NULL);
    request.request_id = text_of(test, "requestId", NULL);
    return request;
}

static void expect_text(const json_t *test, const char *name,
                        const char *got)
{
    const char *wanted = text_of(test, name, NULL);

    if (wanted) {
        assert_non_null(got);
        assert_string_equal(got, wanted);
    }
    else {
        assert_null(got);
    }
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Violations as sorted texts "rule pointer". */
static void expect_violations(apr_pool_t *p, const json_t *test,
                              const apr_array_header_t *violations)
{
    const json_t *wanted = json_object_get(test, "violations");
    const char **texts = apr_pcalloc(p, 64 * sizeof(*texts));
    int i = 0;

    if (!wanted) {
        assert_null(violations);
        return;
    }
    assert_non_null(violations);
    assert_int_equal(violations->nelts, json_array_size(wanted));
    for (i = 0; i < violations->nelts; i++) {
        const tmf_violation_t *violation
            = &APR_ARRAY_IDX(violations, i, tmf_violation_t);

        texts[i] = apr_pstrcat(p, violation->rule, " ", violation->pointer,
                               NULL);
    }
    qsort(texts, (size_t)violations->nelts, sizeof(*texts), by_text);
    for (i = 0; i < violations->nelts; i++) {
        assert_string_equal(texts[i], json_string_value(
            json_array_get(wanted, (size_t)i)));
    }
}

static void expect_error(apr_pool_t *p, const json_t *test,
                         const tmf_error_t *err)
{
    assert_non_null(err);
    assert_int_equal(err->status,
                     json_integer_value(json_object_get(test, "status")));
    assert_string_equal(err->code, text_of(test, "code", ""));
    expect_text(test, "allow", err->allow);
    expect_text(test, "acceptPatch", err->accept_patch);
    expect_violations(p, test, err->violations);
}

/* The texts of a case under two names: a statement's, and its values'. */
static void expect_statement(const json_t *test, const char *text,
                             const char *list, const tmf_sql_t *sql)
{
    const json_t *values = json_object_get(test, list);
    int i = 0;

    assert_string_equal(sql->text, text_of(test, text, ""));
    assert_int_equal(sql->n_values, json_array_size(values));
    for (i = 0; i < sql->n_values; i++) {
        const char *wanted = json_string_value(
            json_array_get(values, (size_t)i));

        if (!wanted) {
            assert_null(sql->values[i]);
            continue;
        }
        assert_string_equal(sql->values[i], wanted);
    }
}

/* The place that a case's "cursor" has: seq, keys, backward. */
static const tmf_cursor_t *make_cursor(apr_pool_t *p, const json_t *test)
{
    const json_t *place = json_object_get(test, "cursor");
    const json_t *keys = json_object_get(place, "keys");
    tmf_cursor_t *cursor = apr_pcalloc(p, sizeof(*cursor));
    const char **values = apr_pcalloc(p, TMF_CURSOR_KEYS * sizeof(*values));
    size_t i = 0;

    for (i = 0; i < json_array_size(keys); i++) {
        values[i] = json_string_value(json_array_get(keys, i));
    }
    cursor->seq = text_of(place, "seq", NULL);
    cursor->backward = json_is_true(json_object_get(place, "backward"));
    cursor->n_keys = (int)i;
    cursor->keys = values;
    return place ? cursor : NULL;
}

/* The count of a case that has "counting". */
static const tmf_sql_t *make_count(apr_pool_t *p, const json_t *test,
                                   tmf_plan_t *plan)
{
    static const char *const modes[] = { "auto", "exact", "estimated" };
    const char *mode = text_of(test, "counting", NULL);
    int i = 0;

    for (i = 0; mode && i < 3; i++) {
        if (!strcmp(mode, modes[i])) {
            plan->counting = (tmf_counting_t)i;
        }
    }
    return mode ? tmf_sql_count(plan, p) : NULL;
}

static const tmf_sql_t *render(apr_pool_t *p, const json_t *test,
                               tmf_plan_t *plan)
{
    const tmf_cursor_t *cursor = make_cursor(p, test);
    const tmf_sql_t *count = make_count(p, test, plan);

    return count ? count : cursor ? tmf_sql_list(plan, cursor, p)
                                  : tmf_sql_render(plan, p);
}

static void run_case(apr_pool_t *p, json_t *test)
{
    tmf_mount_t mount = { .spec = load_spec(p, text_of(test, "api", "")),
                          .default_limit = DEFAULT_LIMIT,
                          .max_limit = MAX_LIMIT };
    tmf_request_t request = make_request(p, test);
    tmf_plan_t plan;
    tmf_error_t *err = NULL;

    mount.data_set = mount.spec->data_set;
    mount.requires_match = json_is_true(json_object_get(test,
                                                        "requireIfMatch"));
    mount.indexed_only = json_is_true(json_object_get(test, "indexedOnly"));
    err = tmf_plan_build(&request, &mount, p, &plan);
    if (json_object_get(test, "status")) {
        expect_error(p, test, err ? err : plan.refused);
        return;
    }
    assert_null(err);
    assert_null(plan.refused);
    assert_string_equal(tmf_op_name(plan.op), text_of(test, "op", ""));
    if (json_object_get(test, "sql")) {
        expect_statement(test, "sql", "values", render(p, test, &plan));
    }
    if (json_object_get(test, "faults")) {
        expect_statement(test, "faults", "faultsValues",
                         tmf_sql_faults(&plan, p));
    }
}

static void run_cases(const char *path)
{
    json_error_t where;
    json_t *cases = json_load_file(source(root_pool, path), 0, &where);
    size_t i = 0;

    assert_non_null(cases);
    assert_true(json_array_size(cases) > 0);
    for (i = 0; i < json_array_size(cases); i++) {
        json_t *test = json_array_get(cases, i);
        apr_pool_t *p = NULL;

        print_message("  %s\n", text_of(test, "rule", "?"));
        apr_pool_create(&p, root_pool);
        run_case(p, test);
        apr_pool_destroy(p);
    }
    print_message("  %d cases\n", (int)i);
    json_decref(cases);
}

static void plans_are_as_written(void **state)
{
    (void)state;
    run_cases("t/cases/plan.json");
}

static void conditions_are_as_written(void **state)
{
    (void)state;
    run_cases("t/cases/condition.json");
}

/* The id policy "client": the body's id, or none. */
static void client_ids_are_taken_over(void **state)
{
    static const struct {
        const char *body;
        const char *id;
        int status;
    } cases[] = {
        { "{\"id\":\"a b/c\",\"name\":\"n\",\"engagedParty\":{}}", "a b/c", 0 },
        { "{\"name\":\"n\",\"engagedParty\":{}}", NULL, 0 },
        { "{\"id\":null,\"name\":\"n\",\"engagedParty\":{}}", NULL, 0 },
        { "{\"id\":\"\",\"name\":\"n\",\"engagedParty\":{}}", NULL, 400 },
        { "{\"id\":7,\"name\":\"n\",\"engagedParty\":{}}", NULL, 400 }
    };
    tmf_mount_t mount = { .spec = load_spec(root_pool, "TMF629"),
                          .data_set = "tmf629", .default_limit = 1,
                          .max_limit = 1, .client_ids = 1 };
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *test = json_pack("{s:s, s:s, s:s}", "method", "POST",
                                 "target", "/customer", "body",
                                 cases[i].body);
        tmf_request_t request = make_request(root_pool, test);
        tmf_plan_t plan;
        tmf_error_t *err = tmf_plan_build(&request, &mount, root_pool,
                                          &plan);

        assert_int_equal(err ? err->status : 0, cases[i].status);
        if (cases[i].id) {
            assert_string_equal(plan.id, cases[i].id);
        }
        else if (!err) {
            assert_null(plan.id);
        }
        json_decref(test);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_are_as_written),
        cmocka_unit_test(conditions_are_as_written),
        cmocka_unit_test(client_ids_are_taken_over)
    };
    int failed = 0;

    apr_initialize();
    apr_pool_create(&root_pool, NULL);
    failed = cmocka_run_group_tests_name("plan", tests, NULL, NULL);
    apr_pool_destroy(root_pool);
    apr_terminate();
    return failed;
}
