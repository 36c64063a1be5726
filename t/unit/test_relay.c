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

#include "relay.h"

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
    tmf_fanout_t fanout = { DATA_SET, 10, 1000, NULL, NULL, NULL, 0 };
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(queries_let_through_what_is_written),
        CASE(events_have_lanes_and_are_relayed_once),
        CASE(a_subscription_has_the_events_after_it),
        CASE(the_same_event_has_the_same_bytes),
        CASE(version_5_has_type_and_two_letters_c),
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
