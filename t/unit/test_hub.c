/* The hub without a database: t/cases/event/callback.json is what callbacks
 * may be, t/cases/event/hub.json requests to a server whose database answers
 * as the case says. */
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

#include "event/tmf_callback.h"
#include "tmf_serve.h"

#define HOSTS_MAX 8
#define BASE "https://api.example/badges"

static apr_pool_t *root_pool;

static const char *source(const char *name)
{
    const char *folder = getenv("srcdir");

    return apr_pstrcat(root_pool, folder ? folder : ".", "/t/cases/event/",
                       name, NULL);
}

static const char *text_of(const json_t *test, const char *name)
{
    return json_string_value(json_object_get(test, name));
}

static int is_true(const json_t *test, const char *name)
{
    return json_is_true(json_object_get(test, name));
}

typedef void run_case_t(json_t *test, apr_pool_t *p);

static void run_cases(const char *name, run_case_t *run_case)
{
    json_error_t where;
    json_t *cases = json_load_file(source(name), 0, &where);
    size_t i = 0;

    if (!cases) {
        print_error("%s:%d: %s\n", name, where.line, where.text);
    }
    assert_true(json_array_size(cases) > 0);
    for (i = 0; i < json_array_size(cases); i++) {
        json_t *test = json_array_get(cases, i);
        apr_pool_t *p = NULL;

        print_message("  %s\n", text_of(test, "rule"));
        apr_pool_create(&p, root_pool);
        run_case(test, p);
        apr_pool_destroy(p);
    }
    json_decref(cases);
}

/* --- callbacks ---------------------------------------------------------- */

static void run_callback(json_t *test, apr_pool_t *p)
{
    const json_t *hosts = json_object_get(test, "hosts");
    const char *patterns[HOSTS_MAX] = { NULL };
    tmf_hub_rules_t rules = { .takes_http = is_true(test, "http"),
                              .hosts = patterns };
    const char *refused = text_of(test, "refused");
    const tmf_violation_t *violation = NULL;
    tmf_callback_t callback;
    size_t i = 0;

    for (i = 0; i < json_array_size(hosts); i++) {
        patterns[i] = json_string_value(json_array_get(hosts, i));
        assert_true(tmf_callback_is_pattern(patterns[i]));
    }
    rules.n_hosts = (int)i;
    violation = tmf_callback_check(text_of(test, "callback"), &rules, p,
                                   &callback);
    if (refused) {
        assert_non_null(violation);
        assert_string_equal(violation->rule, refused);
        assert_string_equal(violation->pointer, "/callback");
        return;
    }
    assert_null(violation);
    assert_string_equal(callback.host, text_of(test, "host"));
    assert_int_equal(callback.port,
                     json_integer_value(json_object_get(test, "port")));
}

static void callbacks_are_as_written(void **state)
{
    (void)state;
    run_cases("callback.json", run_callback);
}

static void patterns_have_hosts_characters(void **state)
{
    static const char *const wrong[] = {
        "", "a b", "[::1]", "a?", "a/b", "https://a", "a\\b", "b\xC3\xBC"
    };
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(tmf_callback_is_pattern(wrong[i]));
    }
}

/* --- requests ----------------------------------------------------------- */

/* A database that answers what the case says. */
typedef struct fake_t {
    tmf_db_t db;
    const json_t *test;
    int n_run;
    int n_released;
    json_t *awaited;          /* rows of what waits; NULL: it fails */
} fake_t;

static const char *first_statement(const fake_t *fake)
{
    return text_of(fake->test, "statement");
}

/* The first statement answers the case's rows; the next one is what waits
 * for writers, and may fail. */
static tmf_error_t *fake_run(tmf_db_t *db, const tmf_sql_t *sql,
                             apr_pool_t *p, tmf_rows_t **rows)
{
    fake_t *fake = (fake_t *)db;
    json_t *answer = json_object_get(fake->test, "rows");
    const char *wanted = first_statement(fake);

    if (fake->n_run++ > 0) {
        assert_non_null(strstr(sql->text, "tmf.await_writers"));
        if (!fake->awaited) {
            return tmf_error(p, TMF_UNAVAILABLE, NULL);
        }
        *rows = apr_pcalloc(p, sizeof(**rows));
        (*rows)->n = 1;
        (*rows)->data = fake->awaited;
        return NULL;
    }
    assert_non_null(wanted);
    assert_non_null(strstr(sql->text, wanted));
    assert_string_equal(sql->values[0], "badges");
    assert_string_equal(sql->values[1], "/badges");
    if (!answer) {
        return tmf_error_internal(p, TMF_UNAVAILABLE, "as the case says");
    }
    *rows = apr_pcalloc(p, sizeof(**rows));
    (*rows)->n = (int)json_array_size(answer);
    (*rows)->data = answer;
    return NULL;
}

static const char *fake_value(const tmf_rows_t *rows, int row, int column,
                              apr_size_t *length)
{
    const char *text = json_string_value(json_array_get(
        json_array_get(rows->data, (size_t)row), (size_t)column));

    if (length) {
        *length = text ? strlen(text) : 0;
    }
    return text;
}

static void fake_release(tmf_db_t *db)
{
    ((fake_t *)db)->n_released++;
}

static tmf_error_t *read_body(void *data, const char **body,
                              apr_size_t *length, const char **encoding)
{
    const char *text = text_of(data, "body");

    *body = text ? text : "";
    *length = strlen(*body);
    *encoding = NULL;
    return NULL;
}

static tmf_mount_t make_mount(const json_t *test)
{
    static const char *const none[] = { NULL };
    apr_array_header_t *faults = apr_array_make(root_pool, 1,
                                                sizeof(tmf_fault_t));
    tmf_mount_t mount = {
        .spec = tmf_spec_load(source(is_true(test, "v5")
                                     ? "definition_v5.json"
                                     : "definition_v4.json"), NULL, faults,
                              root_pool),
        .path = "/badges", .data_set = "badges", .default_limit = 1,
        .max_limit = 1,
        .hub = { is_true(test, "listed"), 0, 7, 0, none }
    };

    assert_non_null(mount.spec);
    return mount;
}

/* Violations as texts "rule pointer", in the order in which they come. */
static void expect_violations(const json_t *test, const tmf_error_t *err,
                              apr_pool_t *p)
{
    const json_t *wanted = json_object_get(test, "violations");
    int i = 0;

    assert_int_equal(err->violations ? err->violations->nelts : 0,
                     json_array_size(wanted));
    for (i = 0; i < (int)json_array_size(wanted); i++) {
        const tmf_violation_t *violation
            = &APR_ARRAY_IDX(err->violations, i, tmf_violation_t);

        assert_string_equal(
            apr_pstrcat(p, violation->rule, " ", violation->pointer, NULL),
            json_string_value(json_array_get(wanted, (size_t)i)));
        assert_true(*violation->message);
    }
}

static void expect_header(const json_t *test, const char *name,
                          const tmf_response_t *response, const char *header)
{
    const char *wanted = text_of(test, name);
    const char *got = apr_table_get(response->headers, header);

    if (wanted) {
        assert_non_null(got);
        assert_string_equal(got, wanted);
    }
    else {
        assert_null(got);
    }
}

static void expect_body(const json_t *test, const tmf_response_t *response)
{
    json_t *wanted = json_object_get(test, "answer");
    json_t *got = NULL;

    if (!wanted) {
        assert_null(response->body);
        return;
    }
    got = json_loadb(response->body, response->length, 0, NULL);
    assert_true(json_equal(got, wanted));
    json_decref(got);
}

static void run_request(json_t *test, apr_pool_t *p)
{
    fake_t fake = { { .run = fake_run, .value = fake_value,
                      .release = fake_release }, test, 0, 0, NULL };
    tmf_mount_t mount = make_mount(test);
    tmf_request_t request = { .base = BASE, .read_body = read_body,
                              .data = test };
    const tmf_response_t *response = NULL;

    request.method = text_of(test, "method");
    request.path = text_of(test, "path");
    request.query = text_of(test, "parameters");
    request.accept = text_of(test, "accept");
    request.content_type = text_of(test, "contentType");
    response = tmf_serve(&request, &mount, &fake.db, p);
    if (response->status
        != json_integer_value(json_object_get(test, "status"))) {
        print_error("%d %s\n", response->status,
                    response->body ? response->body : "");
    }
    assert_int_equal(response->status,
                     json_integer_value(json_object_get(test, "status")));
    assert_int_equal(fake.n_run > 0, first_statement(&fake) != NULL);
    assert_true(fake.n_released > 0 || fake.n_run == 0);
    expect_header(test, "allow", response, "Allow");
    expect_header(test, "location", response, "Location");
    expect_header(test, "count", response, "X-Total-Count");
    if (response->err) {
        assert_string_equal(response->err->code, text_of(test, "code"));
        expect_violations(test, response->err, p);
        return;
    }
    expect_body(test, response);
}

static void requests_are_answered_as_written(void **state)
{
    (void)state;
    run_cases("hub.json", run_request);
}

/* What a client sends is never sent back to it in an error, as it may be
 * shown to somebody else. */
static void errors_do_not_quote_values(void **state)
{
    static const char *const bodies[] = {
        "{\"callback\":\"ftp://canary.example/\"}",
        "{\"callback\":\"https://canary:canary@a/\"}",
        "{\"callback\":\"https://a/\",\"query\":\"eventTime=canary\"}",
        "{\"callback\":[\"canary\"]}"
    };
    tmf_mount_t mount = make_mount(NULL);
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        json_t *test = json_pack("{s:s}", "body", bodies[i]);
        tmf_request_t request = { .base = BASE, .read_body = read_body,
                                  .method = "POST", .path = "/hub",
                                  .data = test };
        fake_t fake = { { .release = fake_release }, test, 0, 0, NULL };
        const tmf_response_t *response = tmf_serve(&request, &mount,
                                                   &fake.db, root_pool);

        assert_int_equal(response->status, 400);
        assert_null(strstr(response->body, "canary"));
        json_decref(test);
    }
}

/* That writers were not waited for is no fault of the client's: 201; the log
 * has a line. */
static void expect_notice(const char *awaited, const char *notice)
{
    json_t *test = json_pack("{s:s, s:s, s:[[s,s,n]]}", "body",
                             "{\"callback\":\"https://a.example/\"}",
                             "statement", "INSERT", "rows", "S1",
                             "https://a.example/");
    tmf_mount_t mount = make_mount(NULL);
    tmf_request_t request = { .base = BASE, .read_body = read_body,
                              .method = "POST", .path = "/hub",
                              .data = test };
    fake_t fake = { { .run = fake_run, .value = fake_value,
                      .release = fake_release }, test, 0, 0, NULL };
    const tmf_response_t *response = NULL;

    fake.awaited = awaited ? json_pack("[[s]]", awaited) : NULL;
    response = tmf_serve(&request, &mount, &fake.db, root_pool);
    assert_int_equal(response->status, 201);
    assert_int_equal(fake.n_run, 2);
    if (notice) {
        assert_non_null(response->notice);
        assert_non_null(strstr(response->notice, notice));
        assert_non_null(strstr(response->notice, "TMF00409: subscription S1 "
                               "may miss events of data set badges "));
    }
    else {
        assert_null(response->notice);
    }
    json_decref(fake.awaited);
    json_decref(test);
}

static void writers_that_were_not_waited_for_are_told_of(void **state)
{
    (void)state;
    expect_notice("t", NULL);
    expect_notice("f", "pg_prepared_xacts");
    expect_notice(NULL, "made: The ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callbacks_are_as_written),
        cmocka_unit_test(patterns_have_hosts_characters),
        cmocka_unit_test(requests_are_answered_as_written),
        cmocka_unit_test(writers_that_were_not_waited_for_are_told_of),
        cmocka_unit_test(errors_do_not_quote_values)
    };
    int failed = 0;

    apr_initialize();
    apr_pool_create(&root_pool, NULL);
    failed = cmocka_run_group_tests_name("hub", tests, NULL, NULL);
    apr_pool_destroy(root_pool);
    apr_terminate();
    return failed;
}
