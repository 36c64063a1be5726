/* The relay on a real PostgreSQL: t/cases/event/query.json is what each
 * query lets through of t/cases/event/events.json, all of them as the
 * subscriptions of one data set, by the statement that serves them.
 *
 * Environment: as database.h has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "dbd/tmf_pg.h"
#include "event/tmf_relay.h"
#include "store/tmf_sql_event.h"
#include "database.h"

#define DATA_SET "relay_test"
#define OTHER "relay_test_other"
#define V4 "/badges/v4"
#define V5 "/badges/v5"
#define BASE "https://api.example/v4"
#define LONG 60000            /* ms */

/* The server's connection, with the rights it has, and the tests' own. */
typedef struct fixture_t {
    tmf_db_t db;
    apr_pool_t *p;
    tmf_session_t session;
    PGconn *owner;
    tmf_mount_t mounts[3];
    const tmf_mount_t *list[3];
    tmf_relay_t relay;
    tmf_relayed_t relayed;
} fixture_t;

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

static json_t *load(const char *name)
{
    json_t *list = json_load_file(source(name), 0, NULL);

    assert_true(json_array_size(list) > 0);
    return list;
}

/* --- the database ------------------------------------------------------- */

static tmf_error_t *run(tmf_db_t *db, const tmf_sql_t *sql, apr_pool_t *p,
                        tmf_rows_t **rows)
{
    tmf_session_t *session = &((fixture_t *)db)->session;

    session->wait.end = tmf_wait_now() + LONG;
    return tmf_pg_run(session, sql, p, rows);
}

/* One value of a statement of the owner's, "" for null, "-" without a row. */
static const char *ask(const fixture_t *fixture, const char *text,
                       const char *one, const char *two)
{
    const char *const values[] = { one, two };
    int n = strstr(text, "$2") ? 2 : strstr(text, "$1") ? 1 : 0;
    PGresult *result = PQexecParams(fixture->owner, text, n, NULL, values,
                                    NULL, NULL, 0);
    const char *answer = "-";

    if (PQresultStatus(result) != PGRES_TUPLES_OK
        && PQresultStatus(result) != PGRES_COMMAND_OK) {
        print_error("%s: %s", text, PQerrorMessage(fixture->owner));
        assert_true(0);
    }
    if (PQntuples(result) > 0) {
        answer = apr_pstrdup(fixture->p, PQgetvalue(result, 0, 0));
    }
    PQclear(result);
    return answer;
}

static void clean(const fixture_t *fixture)
{
    static const char *const statements[] = {
        "DELETE FROM tmf.lane WHERE subscription IN (SELECT id FROM"
        " tmf.subscription WHERE data_set LIKE '" DATA_SET "%')",
        "DELETE FROM tmf.delivery WHERE subscription IN (SELECT id FROM"
        " tmf.subscription WHERE data_set LIKE '" DATA_SET "%')",
        "DELETE FROM tmf.subscription WHERE data_set LIKE '" DATA_SET "%'",
        "DELETE FROM tmf.outbox WHERE data_set LIKE '" DATA_SET "%'"
    };
    size_t i = 0;

    for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        (void)ask(fixture, statements[i], NULL, NULL);
    }
}

/* A subscription as the hub makes it. */
static const char *subscribe(fixture_t *fixture, const char *mount,
                             const char *query)
{
    const tmf_subscription_t subscription = {
        NULL, DATA_SET, mount, BASE, "https://hooks.example/", query
    };
    tmf_rows_t *rows = NULL;

    assert_null(run(&fixture->db, tmf_sql_subscribe(&subscription, 1000,
                                                    fixture->p),
                    fixture->p, &rows));
    assert_int_equal(rows->n, 1);
    return tmf_pg_value(rows, 0, TMF_SUBSCRIPTION_ID, NULL);
}

static void add_event(const fixture_t *fixture, const char *data_set,
                      json_t *event)
{
    char *text = json_dumps(event, 0);

    (void)ask(fixture, "INSERT INTO tmf.outbox (data_set, event_id, resource,"
              " resource_id, event_type, kind, field_path, correlation,"
              " occurred, doc) SELECT $2, e ->> 'name', e ->> 'resource',"
              " e ->> 'id', e ->> 'type', e ->> 'kind', e ->> 'fieldPath',"
              " e ->> 'correlation', (e ->> 'occurred')::timestamptz,"
              " e -> 'doc' FROM (SELECT $1::jsonb) AS t(e)", text, data_set);
    free(text);
}

static void add_events(const fixture_t *fixture, const char *data_set)
{
    json_t *events = load("events.json");
    size_t i = 0;

    for (i = 0; i < json_array_size(events); i++) {
        add_event(fixture, data_set, json_array_get(events, i));
    }
    json_decref(events);
}

static void relay(fixture_t *fixture)
{
    tmf_error_t *err = tmf_relay_run(&fixture->relay, &fixture->db,
                                     fixture->p, &fixture->relayed);
    int i = 0;

    for (i = 0; i < fixture->relayed.faults->nelts; i++) {
        print_message("  fault: %s\n", APR_ARRAY_IDX(
            fixture->relayed.faults, i, const char *));
    }
    if (err) {
        print_error("%s: %s\n", err->code, err->cause ? err->cause : "-");
    }
    assert_null(err);
}

/* The names of the events that a subscription has, in their order. */
static const char *delivered(const fixture_t *fixture, const char *id)
{
    return ask(fixture, "SELECT string_agg(event_id, ' ' ORDER BY seq) FROM"
               " tmf.delivery WHERE subscription = $1 AND state = 'pending'",
               id, NULL);
}

static const char *body_of(const fixture_t *fixture, const char *id,
                           const char *event)
{
    return ask(fixture, "SELECT body FROM tmf.delivery WHERE subscription ="
               " $1 AND event_id = $2", id, event);
}

/* --- queries ------------------------------------------------------------ */

static const char *joined(const fixture_t *fixture, const json_t *names)
{
    const char *result = "";
    size_t i = 0;

    for (i = 0; i < json_array_size(names); i++) {
        result = apr_pstrcat(fixture->p, result, i > 0 ? " " : "",
                             json_string_value(json_array_get(names, i)),
                             NULL);
    }
    return result;
}

/* The sorted names of the members of an object. */
static const char *members(const fixture_t *fixture, const char *text,
                           const char *path)
{
    return ask(fixture, "SELECT string_agg(k, ' ' ORDER BY k COLLATE \"C\")"
               " FROM jsonb_object_keys($1::jsonb #> $2::text[]) AS k", text,
               path);
}

/* What is left of the first event. */
static void expect_fields(const fixture_t *fixture, const json_t *test,
                          const char *id)
{
    const json_t *events = json_object_get(test, "events");
    const char *first = json_string_value(json_array_get(events, 0));
    const char *body = body_of(fixture, id, first);

    assert_string_equal(members(fixture, body, "{}"),
                        joined(fixture, json_object_get(test, "keys")));
    assert_string_equal(members(fixture, body, "{event,badge}"),
                        joined(fixture, json_object_get(test, "resource")));
}

static void queries_let_through_what_is_written(void **state)
{
    fixture_t *fixture = *state;
    json_t *cases = load("query.json");
    const char **ids = apr_pcalloc(fixture->p, sizeof(*ids)
                                   * json_array_size(cases));
    size_t i = 0;

    for (i = 0; i < json_array_size(cases); i++) {
        const json_t *test = json_array_get(cases, i);

        if (!json_object_get(test, "refused")) {
            ids[i] = subscribe(fixture, V4, text_of(test, "query"));
        }
    }
    add_events(fixture, DATA_SET);
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events, 6);
    for (i = 0; i < json_array_size(cases); i++) {
        const json_t *test = json_array_get(cases, i);

        if (ids[i]) {
            print_message("  %s\n", text_of(test, "rule"));
            assert_string_equal(delivered(fixture, ids[i]), joined(
                fixture, json_object_get(test, "events")));
        }
        if (ids[i] && json_object_get(test, "keys")) {
            expect_fields(fixture, test, ids[i]);
        }
    }
    json_decref(cases);
}

/* --- the fan-out -------------------------------------------------------- */

static void events_have_lanes_and_are_relayed_once(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, V4, NULL);

    add_events(fixture, DATA_SET);
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events, 6);
    assert_int_equal(fixture->relayed.n_deliveries, 5);
    assert_false(fixture->relayed.is_more);
    assert_string_equal(ask(fixture, "SELECT string_agg(lane, ' ' ORDER BY"
                            " lane) FROM tmf.lane WHERE subscription = $1",
                            id, NULL), "badge/1 badge/a/b c door/1");
    assert_string_equal(ask(fixture, "SELECT count(*) FROM tmf.outbox WHERE"
                            " data_set = $1 AND NOT relayed", DATA_SET,
                            NULL), "0");
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events, 0);
    assert_string_equal(ask(fixture, "SELECT count(*) FROM tmf.delivery"
                            " WHERE subscription = $1", id, NULL), "5");
}

static void a_subscription_has_the_events_after_it(void **state)
{
    fixture_t *fixture = *state;
    const char *early = subscribe(fixture, V4, NULL);
    const char *late = NULL;

    add_events(fixture, DATA_SET);
    late = subscribe(fixture, V4, NULL);
    relay(fixture);
    assert_string_equal(delivered(fixture, early),
                        "made changed state gone door");
    assert_string_equal(delivered(fixture, late), "");
}

static void the_same_event_has_the_same_bytes(void **state)
{
    fixture_t *fixture = *state;
    const char *one = subscribe(fixture, V4, NULL);
    const char *other = subscribe(fixture, V4, "eventType=BadgeCreateEvent");
    const char *body = NULL;

    add_events(fixture, DATA_SET);
    relay(fixture);
    body = body_of(fixture, one, "made");
    assert_string_equal(body_of(fixture, other, "made"), body);
    assert_string_equal(
        ask(fixture, "SELECT $1::jsonb #>> '{event,badge,href}'", body,
            NULL), BASE "/badge/1");
    assert_string_equal(
        ask(fixture, "SELECT $1::jsonb ->> 'timeOcurred'", body, NULL),
        "2026-03-01T10:00:00.123Z");
}

static void version_5_has_type_and_two_letters_c(void **state)
{
    fixture_t *fixture = *state;
    const char *whole = subscribe(fixture, V5,
                                  "@type=BadgeCreateEvent"
                                  "&timeOccurred=2026-03-01");
    const char *part = subscribe(fixture, V5, "fields=eventId");
    const char *body = NULL;

    add_events(fixture, DATA_SET);
    relay(fixture);
    assert_string_equal(delivered(fixture, whole), "made");
    body = body_of(fixture, whole, "made");
    assert_string_equal(members(fixture, body, "{}"), "@type correlationId"
                        " description domain event eventId eventTime"
                        " eventType href id priority timeOccurred title");
    assert_string_equal(members(fixture, body_of(fixture, part, "made"),
                                "{}"),
                        "@type event eventId eventTime eventType href id");
}

static void a_mount_that_is_not_here_is_served(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, "/elsewhere",
                               "event.badge.state=held");

    add_events(fixture, DATA_SET);
    relay(fixture);
    assert_string_equal(delivered(fixture, id), "state gone");
}

/* The others have theirs; it is disabled, and somebody is told. */
static void a_query_that_is_not_understood_holds_up_nobody(void **state)
{
    fixture_t *fixture = *state;
    const char *good = subscribe(fixture, V4, "eventType=DoorCreateEvent");
    const char *bad = subscribe(fixture, V4, "nosuch=1");

    add_events(fixture, DATA_SET);
    relay(fixture);
    assert_int_equal(fixture->relayed.faults->nelts, 1);
    assert_true(fixture->relayed.is_more);
    relay(fixture);
    assert_int_equal(fixture->relayed.faults->nelts, 0);
    assert_string_equal(delivered(fixture, good), "door");
    assert_string_equal(delivered(fixture, bad), "");
    assert_string_equal(ask(fixture, "SELECT state FROM tmf.subscription"
                            " WHERE id = $1 AND why IS NOT NULL", bad, NULL),
                        "disabled");
}

static void without_subscriptions_the_outbox_is_emptied(void **state)
{
    fixture_t *fixture = *state;

    add_events(fixture, DATA_SET);
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events, 6);
    assert_int_equal(fixture->relayed.n_deliveries, 0);
}

static void data_sets_are_apart(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, V4, NULL);

    add_events(fixture, OTHER);
    add_events(fixture, "relay_test_unknown");
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events, 6);
    assert_string_equal(delivered(fixture, id), "");
    assert_string_equal(ask(fixture, "SELECT count(*) FROM tmf.outbox WHERE"
                            " data_set = $1 AND NOT relayed",
                            "relay_test_unknown", NULL), "6");
}

static void a_full_batch_says_that_there_is_more(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, V4, NULL);
    int i = 0;

    for (i = 0; i < TMF_RELAY_BATCH / 6 + 1; i++) {
        add_events(fixture, DATA_SET);
    }
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events, TMF_RELAY_BATCH);
    assert_true(fixture->relayed.is_more);
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events,
                     6 * (TMF_RELAY_BATCH / 6 + 1) - TMF_RELAY_BATCH);
    assert_false(fixture->relayed.is_more);
    assert_string_equal(ask(fixture, "SELECT count(*) FROM tmf.delivery"
                            " WHERE subscription = $1", id, NULL),
                        apr_itoa(fixture->p,
                                 5 * (TMF_RELAY_BATCH / 6 + 1)));
}

/* Documents that don't compress: three have more than the statement's bytes,
 * and the fourth is not begun. */
static void large_events_come_in_small_batches(void **state)
{
    fixture_t *fixture = *state;
    int i = 0;

    (void)subscribe(fixture, V4, NULL);
    (void)subscribe(fixture, V4, "eventType=DoorCreateEvent");
    (void)ask(fixture, "INSERT INTO tmf.outbox (data_set, resource,"
              " resource_id, event_type, kind, doc)"
              " SELECT $1, 'door', g::text, 'DoorCreateEvent', 'create',"
              " jsonb_build_object('label', (SELECT string_agg("
              "md5((g * 1000000 + n)::text), '') FROM"
              " generate_series(1, 100000) AS n))"
              " FROM generate_series(1, 7) AS g", DATA_SET, NULL);
    for (i = 0; i < 3; i++) {
        relay(fixture);
        assert_int_equal(fixture->relayed.n_events, i < 2 ? 3 : 1);
        assert_int_equal(fixture->relayed.n_deliveries, i < 2 ? 6 : 2);
        assert_int_equal(fixture->relayed.is_more, i < 2);
    }
}

/* --- the gate ----------------------------------------------------------- */

/* A statement for a list without subscriptions; t or f: was it open? */
static const char *relay_to_nobody(fixture_t *fixture)
{
    tmf_fanout_t fanout = { DATA_SET, 10, 1000, NULL, NULL };
    tmf_rows_t *rows = NULL;

    fanout.ids = apr_array_make(fixture->p, 1, sizeof(const char *));
    fanout.audiences = apr_array_make(fixture->p, 1,
                                      sizeof(tmf_audience_t *));
    assert_null(run(&fixture->db, tmf_sql_relay(&fanout, fixture->p),
                    fixture->p, &rows));
    return tmf_pg_value(rows, 0, TMF_RELAY_OPEN, NULL);
}

static void a_list_that_has_changed_is_not_used(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, V4, NULL);

    add_events(fixture, DATA_SET);
    assert_string_equal(relay_to_nobody(fixture), "f");
    relay(fixture);
    assert_string_equal(delivered(fixture, id),
                        "made changed state gone door");
    (void)ask(fixture, "DELETE FROM tmf.subscription WHERE id = $1", id,
              NULL);
    assert_string_equal(relay_to_nobody(fixture), "t");
}

static void one_server_at_a_time_relays_a_data_set(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, V4, NULL);

    add_events(fixture, DATA_SET);
    (void)ask(fixture, "SELECT pg_advisory_lock(hashtextextended("
              "'tmf.relay.' || $1::text, 0))", DATA_SET, NULL);
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events, 0);
    assert_string_equal(delivered(fixture, id), "");
    (void)ask(fixture, "SELECT pg_advisory_unlock_all()", NULL, NULL);
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events, 6);
}

/* --- the hub's statements ----------------------------------------------- */

static void as_many_as_are_allowed(void **state)
{
    fixture_t *fixture = *state;
    const tmf_subscription_t subscription = {
        NULL, DATA_SET, V4, BASE, "https://hooks.example/", NULL
    };
    tmf_rows_t *rows = NULL;
    int i = 0;

    for (i = 0; i < 3; i++) {
        assert_null(run(&fixture->db, tmf_sql_subscribe(&subscription, 2,
                                                        fixture->p),
                        fixture->p, &rows));
        assert_int_equal(rows->n, i < 2 ? 1 : 0);
    }
    assert_null(run(&fixture->db, tmf_sql_await(DATA_SET, fixture->p),
                    fixture->p, &rows));
    assert_string_equal(tmf_pg_value(rows, 0, 0, NULL), "t");
}

static int count_of(fixture_t *fixture, const tmf_sql_t *sql)
{
    tmf_rows_t *rows = NULL;

    assert_null(run(&fixture->db, sql, fixture->p, &rows));
    return rows->n;
}

static void subscriptions_are_their_mounts(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, V4, "eventType=x");
    tmf_subscription_t here = { NULL, DATA_SET, V4, NULL, NULL, NULL };
    tmf_subscription_t there = { NULL, DATA_SET, V5, NULL, NULL, NULL };
    tmf_subscription_t other = { NULL, OTHER, V4, NULL, NULL, NULL };
    apr_pool_t *p = fixture->p;

    assert_int_equal(count_of(fixture, tmf_sql_subscriptions(&here, p)), 1);
    assert_int_equal(count_of(fixture, tmf_sql_subscriptions(&there, p)), 0);
    here.id = there.id = other.id = id;
    assert_int_equal(count_of(fixture, tmf_sql_subscriptions(&here, p)), 1);
    assert_int_equal(count_of(fixture, tmf_sql_subscriptions(&there, p)), 0);
    assert_int_equal(count_of(fixture, tmf_sql_unsubscribe(&there, p)), 0);
    assert_int_equal(count_of(fixture, tmf_sql_unsubscribe(&other, p)), 0);
    assert_int_equal(count_of(fixture, tmf_sql_unsubscribe(&here, p)), 1);
    assert_int_equal(count_of(fixture, tmf_sql_unsubscribe(&here, p)), 0);
}

/* --- main --------------------------------------------------------------- */

static tmf_mount_t make_mount(const char *path, const char *data_set,
                              const char *definition)
{
    apr_array_header_t *faults = apr_array_make(root_pool, 1,
                                                sizeof(tmf_fault_t));
    tmf_mount_t mount = { .spec = tmf_spec_load(source(definition), NULL,
                                                faults, root_pool),
                          .path = path, .data_set = data_set };

    assert_non_null(mount.spec);
    return mount;
}

static PGconn *connect_as(const char *role)
{
    PGconn *conn = connect_with("");

    if (conn && role) {
        PQclear(PQexec(conn, apr_pstrcat(root_pool, "SET ROLE ", role,
                                         NULL)));
    }
    return conn;
}

static int set_up(void **state)
{
    fixture_t *fixture = NULL;
    apr_pool_t *p = NULL;
    int i = 0;

    apr_pool_create(&p, root_pool);
    fixture = apr_pcalloc(p, sizeof(*fixture));
    fixture->p = p;
    fixture->db.run = run;
    fixture->db.value = tmf_pg_value;
    fixture->session.conn = connect_as("tmf_app");
    fixture->session.wait.client = -1;
    fixture->owner = connect_as(NULL);
    fixture->mounts[0] = make_mount(V4, DATA_SET, "definition_v4.json");
    fixture->mounts[1] = make_mount(V5, DATA_SET, "definition_v5.json");
    fixture->mounts[2] = make_mount(V4, OTHER, "definition_v4.json");
    for (i = 0; i < 3; i++) {
        fixture->list[i] = &fixture->mounts[i];
    }
    fixture->relay.n_mounts = 3;
    fixture->relay.mounts = fixture->list;
    *state = fixture;
    clean(fixture);
    return fixture->session.conn ? 0 : -1;
}

static int tear_down(void **state)
{
    fixture_t *fixture = *state;

    clean(fixture);
    PQfinish(fixture->session.conn);
    PQfinish(fixture->owner);
    apr_pool_destroy(fixture->p);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(queries_let_through_what_is_written),
        CASE(events_have_lanes_and_are_relayed_once),
        CASE(a_subscription_has_the_events_after_it),
        CASE(the_same_event_has_the_same_bytes),
        CASE(version_5_has_type_and_two_letters_c),
        CASE(a_mount_that_is_not_here_is_served),
        CASE(a_query_that_is_not_understood_holds_up_nobody),
        CASE(without_subscriptions_the_outbox_is_emptied),
        CASE(data_sets_are_apart),
        CASE(a_full_batch_says_that_there_is_more),
        CASE(large_events_come_in_small_batches),
        CASE(a_list_that_has_changed_is_not_used),
        CASE(one_server_at_a_time_relays_a_data_set),
        CASE(as_many_as_are_allowed),
        CASE(subscriptions_are_their_mounts)
    };

    return cmocka_run_group_tests_name("relay", tests, find_database,
                                       destroy_root);
}
