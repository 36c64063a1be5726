/* The relay when a statement is too slow, or a subscription isn't understood:
 * who goes on, who is left, and what the log is told.
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

/* --- left to others ----------------------------------------------------- */

/* Nobody loses anything: a server that has the mount, or a definition that
 * understands the query, relays it all later. The log has a line a minute. */
static void left_to_others(fixture_t *fixture, const char *id,
                           const char *other, const char *why)
{
    int i = 0;

    add_events(fixture, DATA_SET);
    add_events(fixture, OTHER);
    for (i = 0; i < 3; i++) {
        relay(fixture);
        assert_int_equal(fixture->relayed.faults->nelts, i == 0 ? 1 : 0);
        assert_true(i > 0 || says(fixture, 0, "TMF00407: "));
        assert_true(i > 0 || says(fixture, 0, id));
        assert_true(i > 0 || says(fixture, 0, why));
        assert_false(fixture->relayed.is_more);
        fixture->now += 29000;
    }
    relay(fixture);
    assert_int_equal(fixture->relayed.faults->nelts, 1);
    assert_string_equal(state_of(fixture, id), "active");
    assert_string_equal(waiting(fixture, DATA_SET), "6");
    assert_string_equal(waiting(fixture, OTHER), "0");
    assert_string_equal(delivered(fixture, other), "");
}

static void a_mount_that_is_not_here_is_left_to_others(void **state)
{
    fixture_t *fixture = *state;
    const char *good = subscribe(fixture, V4, "eventType=DoorCreateEvent");
    const char *id = subscribe(fixture, "/elsewhere",
                               "event.badge.state=held");

    left_to_others(fixture, id, good, "/elsewhere");
    fixture->mounts[2].path = "/elsewhere";
    fixture->mounts[2].data_set = DATA_SET;
    relay(fixture);
    assert_string_equal(delivered(fixture, id), "state gone");
    assert_string_equal(delivered(fixture, good), "door");
}

static void a_query_that_is_not_understood_is_left_to_others(void **state)
{
    fixture_t *fixture = *state;
    const char *good = subscribe(fixture, V4, "eventType=DoorCreateEvent");
    const char *bad = subscribe(fixture, V4, "nosuch=1");

    left_to_others(fixture, bad, good, "definition at " V4);
    (void)ask(fixture, "SELECT tmf.disable($1)", bad, NULL);
    relay(fixture);
    assert_string_equal(delivered(fixture, good), "door");
    assert_string_equal(delivered(fixture, bad), "");
}

/* --- too slow ----------------------------------------------------------- */

/* Runs, each when the pauses are over. */
static void relay_later(fixture_t *fixture, int times)
{
    while (times-- > 0) {
        fixture->now += 70000;
        relay(fixture);
    }
}

static void a_statement_too_slow_is_halved(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, V4, "eventType=DoorCreateEvent");
    int i = 0;

    for (i = 0; i < 40; i++) {
        add_events(fixture, DATA_SET);
    }
    fixture->most = 60;
    relay(fixture);
    assert_true(says(fixture, 0, "TMF00405: data set " DATA_SET));
    assert_true(says(fixture, 0, "with 100 at a time"));
    relay(fixture);
    assert_int_equal(fixture->n_slow, 1);
    relay_later(fixture, 1);
    assert_int_equal(fixture->n_slow, 2);
    assert_int_equal(fixture->relayed.n_events, 0);
    relay_later(fixture, 1);
    assert_int_equal(fixture->relayed.n_events, 50);
    assert_true(fixture->relayed.is_more);
    while (fixture->relayed.is_more) {
        relay(fixture);
    }
    assert_int_equal(fixture->n_slow, 2);
    assert_string_equal(waiting(fixture, DATA_SET), "0");
    assert_string_equal(ask(fixture, "SELECT count(*) FROM tmf.delivery"
                            " WHERE subscription = $1", id, NULL), "40");
}

static void batches_grow_again(void **state)
{
    fixture_t *fixture = *state;
    int i = 0;

    (void)subscribe(fixture, V4, "eventType=DoorCreateEvent");
    fixture->most = 3;
    add_events(fixture, DATA_SET);
    relay_later(fixture, 8);
    assert_int_equal(fixture->n_slow, 6);
    fixture->most = 1000;
    for (i = 0; i < 16 * 6; i++) {
        add_events(fixture, DATA_SET);
        relay(fixture);
    }
    while (fixture->relayed.is_more) {
        relay(fixture);
    }
    for (i = 0; i < 50; i++) {
        add_events(fixture, DATA_SET);
    }
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events, TMF_RELAY_BATCH);
}

/* The trouble of one data set is no other's: that goes on at once. */
static void the_others_go_on(void **state)
{
    fixture_t *fixture = *state;

    (void)subscribe(fixture, V4, "eventType=costly");
    (void)ask(fixture, "INSERT INTO tmf.subscription (data_set, mount, base,"
              " callback) VALUES ($1, $2, 'b', 'c')", OTHER, V4);
    fixture->costly = "costly";
    add_events(fixture, DATA_SET);
    add_events(fixture, OTHER);
    relay(fixture);
    assert_string_equal(waiting(fixture, DATA_SET), "6");
    assert_true(fixture->relayed.is_more);
    relay(fixture);
    assert_string_equal(waiting(fixture, OTHER), "0");
    assert_int_equal(fixture->n_slow, 1);
}

/* A statement's own time is none of the pause after it. */
static void a_pause_begins_when_it_has_failed(void **state)
{
    fixture_t *fixture = *state;

    (void)subscribe(fixture, V4, "eventType=costly");
    fixture->costly = "costly";
    add_events(fixture, DATA_SET);
    relay(fixture);
    fixture->now += 1900;
    relay(fixture);
    assert_int_equal(fixture->n_slow, 1);
    fixture->now += 200;
    relay(fixture);
    assert_int_equal(fixture->n_slow, 2);
}

/* Whoever's query can't be asked in time of one event has three tries, after
 * all others have that event; then they have theirs. */
static void one_costly_query_ends_alone(void **state)
{
    fixture_t *fixture = *state;
    const char *costly = subscribe(fixture, V4, "eventType=costly");
    const char *good = subscribe(fixture, V4, "eventType=DoorCreateEvent");
    const char *all = subscribe(fixture, V5, NULL);
    int i = 0;
    int n = 0;

    fixture->costly = "costly";
    add_events(fixture, DATA_SET);
    relay_later(fixture, 8);
    assert_string_equal(waiting(fixture, DATA_SET), "6");
    for (i = 0; i < 3; i++) {
        assert_string_equal(state_of(fixture, costly), "active");
        relay_later(fixture, 1);
        assert_true(says(fixture, 0, "TMF00406: event "));
        assert_true(says(fixture, 0, costly));
        n += says(fixture, 1, "TMF00408: subscription ");
    }
    assert_int_equal(n, 1);
    assert_string_equal(ask(fixture, "SELECT state FROM tmf.subscription"
                            " WHERE id = $1 AND why LIKE '%in time'", costly,
                            NULL), "disabled");
    while (fixture->relayed.is_more) {
        relay(fixture);
    }
    assert_string_equal(delivered(fixture, good), "door");
    assert_string_equal(delivered(fixture, all),
                        "made changed state gone door");
    assert_string_equal(waiting(fixture, DATA_SET), "0");
}

/* Several audiences that are too much together, and none of them alone. */
static void what_is_too_much_together_goes_apart(void **state)
{
    fixture_t *fixture = *state;
    const char *one = subscribe(fixture, V4, "eventType=DoorCreateEvent");
    const char *two = subscribe(fixture, V4, NULL);

    fixture->most = 0;
    add_events(fixture, DATA_SET);
    relay_later(fixture, 8);
    assert_string_equal(waiting(fixture, DATA_SET), "6");
    fixture->most = 1;
    relay_later(fixture, 1);
    assert_int_equal(fixture->relayed.n_events, 1);
    while (fixture->relayed.is_more) {
        relay(fixture);
    }
    assert_string_equal(delivered(fixture, one), "door");
    assert_string_equal(delivered(fixture, two),
                        "made changed state gone door");
}

/* Where none is too slow alone, all together aren't tried for each event. */
static void it_stays_apart_for_a_while(void **state)
{
    fixture_t *fixture = *state;
    int i = 0;

    (void)subscribe(fixture, V4, "eventType=costly");
    (void)subscribe(fixture, V4, "eventType=heavy");
    fixture->costly = "costly";
    fixture->beside = "heavy";
    for (i = 0; i < 4; i++) {
        add_events(fixture, DATA_SET);
    }
    relay_later(fixture, 8);
    assert_int_equal(fixture->n_slow, 8);
    relay_later(fixture, 1);
    for (i = 0; i < 40; i++) {
        relay(fixture);
        fixture->now += fixture->relayed.is_more ? 0 : 2100;
    }
    assert_string_equal(waiting(fixture, DATA_SET), "0");
    assert_int_equal(fixture->n_slow, 9);
}

/* Who subscribes, or leaves, while an event goes apart costs nobody else
 * another try; and what is too new for the event isn't asked. */
static void others_come_and_go(void **state)
{
    fixture_t *fixture = *state;
    const char *leaving = NULL;

    (void)subscribe(fixture, V4, "eventType=BadgeCreateEvent");
    leaving = subscribe(fixture, V4, "eventType=DoorCreateEvent");
    (void)subscribe(fixture, V4, "eventType=costly");
    fixture->most = 0;
    add_event(fixture, DATA_SET, json_array_get(load("events.json"), 0));
    relay_later(fixture, 8);
    fixture->most = 1000;
    fixture->ms = 600;
    fixture->n_relays = 0;
    relay_later(fixture, 1);
    assert_int_equal(fixture->n_relays, 1);
    assert_true(fixture->relayed.is_more);
    (void)subscribe(fixture, V4, "eventType=late");
    (void)ask(fixture, "DELETE FROM tmf.subscription WHERE id = $1", leaving,
              NULL);
    fixture->costly = "late";
    while (fixture->relayed.is_more) {
        relay(fixture);
    }
    assert_string_equal(waiting(fixture, DATA_SET), "0");
    assert_int_equal(fixture->n_relays, 3);
    assert_int_equal(fixture->n_slow, 8);
}

/* Whoever leaves and comes again can't have the event, and isn't waited
 * for. */
static void who_comes_again_is_not_waited_for(void **state)
{
    fixture_t *fixture = *state;
    const char *costly = subscribe(fixture, V4, "eventType=costly");
    const char *good = subscribe(fixture, V4, "eventType=BadgeCreateEvent");

    fixture->costly = "costly";
    add_events(fixture, DATA_SET);
    relay_later(fixture, 10);
    assert_string_equal(waiting(fixture, DATA_SET), "6");
    (void)ask(fixture, "DELETE FROM tmf.subscription WHERE id = $1", costly,
              NULL);
    (void)subscribe(fixture, V4, "eventType=costly");
    relay_later(fixture, 1);
    while (fixture->relayed.is_more) {
        relay(fixture);
    }
    assert_string_equal(waiting(fixture, DATA_SET), "0");
    assert_string_equal(delivered(fixture, good), "made");
}

/* Ends a relay that fails again and again, as time goes.
 * @return ms that it takes. */
static apr_int64_t relay_to_the_end(fixture_t *fixture)
{
    apr_int64_t began = fixture->now;

    while (strcmp(waiting(fixture, DATA_SET), "0") != 0) {
        assert_true(fixture->now - began < 3600000);
        relay(fixture);
        fixture->now += fixture->relayed.is_more ? 5 : 1000;
    }
    return fixture->now - began;
}

/* Each has its end: they don't wait for each other's pauses. */
static void many_costly_queries_end(void **state)
{
    fixture_t *fixture = *state;
    const char *good = subscribe(fixture, V4, "eventType=DoorCreateEvent");
    int i = 0;

    for (i = 0; i < 20; i++) {
        (void)subscribe(fixture, V4, apr_psprintf(
            fixture->p, "eventType=costly%d", i));
    }
    fixture->costly = "costly";
    add_events(fixture, DATA_SET);
    assert_true(relay_to_the_end(fixture) < 20 * 25000 + 120000);
    assert_string_equal(ask(fixture, "SELECT count(*) FROM tmf.subscription"
                            " WHERE data_set = $1 AND state = 'disabled'",
                            DATA_SET, NULL), "20");
    assert_string_equal(state_of(fixture, good), "active");
    assert_string_equal(delivered(fixture, good), "door");
}

/* Where the server ends no statement, the session does: that is the same. */
static void without_an_answer_it_is_too_slow(void **state)
{
    fixture_t *fixture = *state;
    const char *costly = subscribe(fixture, V4, "eventType=costly");
    const char *good = subscribe(fixture, V4, "eventType=DoorCreateEvent");

    fixture->costly = "costly";
    fixture->is_untimed = 1;
    add_events(fixture, DATA_SET);
    add_events(fixture, OTHER);
    relay(fixture);
    relay(fixture);
    assert_string_equal(waiting(fixture, OTHER), "0");
    (void)relay_to_the_end(fixture);
    assert_string_equal(state_of(fixture, costly), "disabled");
    assert_string_equal(delivered(fixture, good), "door");
}

/* What is over in a minute was nobody's query. */
static void a_short_incident_disables_nobody(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, V4, "eventType=costly");
    apr_int64_t began = 0;

    (void)subscribe(fixture, V4, NULL);
    fixture->costly = "costly";
    add_events(fixture, DATA_SET);
    relay_later(fixture, 9);
    assert_int_equal(fixture->n_slow, 9);
    for (began = fixture->now; fixture->now - began < 50000;) {
        fixture->now += 1000;
        relay(fixture);
    }
    assert_true(fixture->n_slow > 11);
    assert_string_equal(state_of(fixture, id), "active");
    fixture->costly = NULL;
    relay_later(fixture, 1);
    while (fixture->relayed.is_more) {
        relay(fixture);
    }
    assert_string_equal(state_of(fixture, id), "active");
    assert_string_equal(waiting(fixture, DATA_SET), "0");
}

/* Where everybody's is too slow, it is no query's fault. */
static void a_slow_database_disables_nobody(void **state)
{
    fixture_t *fixture = *state;
    const char *one = subscribe(fixture, V4, "eventType=DoorCreateEvent");
    const char *two = subscribe(fixture, V4, NULL);

    fixture->is_ill = 1;
    add_events(fixture, DATA_SET);
    relay_later(fixture, 30);
    assert_string_equal(state_of(fixture, one), "active");
    assert_string_equal(state_of(fixture, two), "active");
    assert_true(says(fixture, 0, "TMF00406: event "));
    fixture->is_ill = 0;
    relay_later(fixture, 1);
    while (fixture->relayed.is_more) {
        relay(fixture);
    }
    assert_string_equal(delivered(fixture, one), "door");
    assert_string_equal(delivered(fixture, two),
                        "made changed state gone door");
}

/* Where many have the same query, that is what costs so much: they have the
 * event one by one, and the query is not at fault. */
static void a_large_audience_is_divided(void **state)
{
    fixture_t *fixture = *state;
    const char *ids[3] = { NULL };
    int i = 0;

    for (i = 0; i < 3; i++) {
        ids[i] = subscribe(fixture, V4, "eventType=BadgeCreateEvent");
    }
    fixture->is_crowded = 1;
    add_events(fixture, DATA_SET);
    relay_later(fixture, 9);
    assert_int_equal(fixture->n_slow, 9);
    relay_later(fixture, 1);
    assert_int_equal(fixture->n_slow, 9);
    for (i = 0; i < 3; i++) {
        assert_string_equal(delivered(fixture, ids[i]), "made");
    }
    (void)relay_to_the_end(fixture);
    for (i = 0; i < 3; i++) {
        assert_string_equal(state_of(fixture, ids[i]), "active");
        assert_string_equal(delivered(fixture, ids[i]), "made");
    }
}

/* No query, no fault of it. */
static void who_has_no_query_is_not_disabled(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, V4, NULL);

    fixture->most = 0;
    add_events(fixture, DATA_SET);
    relay_later(fixture, 40);
    assert_true(says(fixture, 0, "TMF00406: event "));
    assert_string_equal(state_of(fixture, id), "active");
    fixture->most = 1000;
    (void)relay_to_the_end(fixture);
    assert_string_equal(delivered(fixture, id),
                        "made changed state gone door");
}

/* Where all are too slow and none has the event, that is proof of little, even
 * if the event is weighed at once: it takes ten minutes. */
static void where_nobody_has_it_it_takes_longer(void **state)
{
    fixture_t *fixture = *state;
    const char *one = subscribe(fixture, V4, "eventType=DoorCreateEvent");
    const char *two = subscribe(fixture, V4, "eventType=BadgeCreateEvent");

    fixture->most = 0;
    add_events(fixture, DATA_SET);
    relay_later(fixture, 8 + 8);
    assert_string_equal(state_of(fixture, one), "active");
    assert_string_equal(state_of(fixture, two), "active");
    relay_later(fixture, 10);
    fixture->most = 1000;
    (void)relay_to_the_end(fixture);
    assert_string_equal(ask(fixture, "SELECT count(*) FROM tmf.subscription"
                            " WHERE data_set = $1 AND state = 'disabled'",
                            DATA_SET, NULL), "2");
}

/* While nothing can be written, that an event can be read is no proof. */
static void a_write_stall_disables_nobody(void **state)
{
    fixture_t *fixture = *state;
    const char *costly = subscribe(fixture, V4, "eventType=costly");
    const char *good = subscribe(fixture, V4, "eventType=BadgeCreateEvent");

    fixture->costly = "costly";
    add_events(fixture, DATA_SET);
    relay_later(fixture, 8);
    PQclear(PQexec(fixture->session.conn, "SET lock_timeout = '50ms'"));
    (void)ask(fixture, "BEGIN", NULL, NULL);
    (void)ask(fixture, "LOCK TABLE tmf.outbox IN SHARE MODE", NULL, NULL);
    relay_later(fixture, 8);
    assert_string_equal(delivered(fixture, good), "made");
    assert_string_equal(state_of(fixture, costly), "active");
    (void)ask(fixture, "COMMIT", NULL, NULL);
    relay_later(fixture, 1);
    assert_string_equal(state_of(fixture, costly), "disabled");
}

/* --- trouble ------------------------------------------------------------ */

/* Who loses the connection now and then is not disabled, nor has a long
 * pause, or fewer events at a time. */
static void a_lost_connection_is_a_short_pause(void **state)
{
    fixture_t *fixture = *state;
    const char *one = subscribe(fixture, V4, "eventType=lost");
    const char *two = subscribe(fixture, V4, "eventType=DoorCreateEvent");

    fixture->lost = "lost";
    add_events(fixture, DATA_SET);
    relay_later(fixture, 2);
    fixture->lost = NULL;
    fixture->now += 2000;
    relay(fixture);
    assert_int_equal(fixture->relayed.n_events, 6);
    while (fixture->relayed.is_more) {
        relay(fixture);
    }
    assert_string_equal(state_of(fixture, one), "active");
    assert_string_equal(delivered(fixture, one), "");
    assert_string_equal(delivered(fixture, two), "door");
}

/* One that is lost every time holds up those who need what it is lost of,
 * and is blamed for nothing. */
static void one_always_lost_disables_nobody(void **state)
{
    fixture_t *fixture = *state;
    const char *one = subscribe(fixture, V4, "eventType=lost");
    const char *two = subscribe(fixture, V4, "eventType=BadgeCreateEvent");

    fixture->lost = "lost";
    add_events(fixture, DATA_SET);
    relay_later(fixture, 40);
    assert_string_equal(state_of(fixture, one), "active");
    assert_string_equal(waiting(fixture, DATA_SET), "6");
    assert_string_equal(delivered(fixture, two), "made");
    fixture->lost = NULL;
    (void)relay_to_the_end(fixture);
    assert_string_equal(state_of(fixture, one), "active");
    assert_string_equal(delivered(fixture, two), "made");
}

/* What the database has no room for is tried with less. */
static void what_finds_no_room_is_halved(void **state)
{
    fixture_t *fixture = *state;
    const char *id = subscribe(fixture, V4, "eventType=DoorCreateEvent");

    fixture->room = 60;
    add_events(fixture, DATA_SET);
    relay(fixture);
    assert_true(says(fixture, 0, "with 200 at a time"));
    fixture->now += 1600;
    relay(fixture);
    fixture->now += 1600;
    relay(fixture);
    assert_int_equal(fixture->n_relays, 3);
    fixture->now += 1600;
    relay(fixture);
    assert_int_equal(fixture->n_relays, 3);
    relay_later(fixture, 2);
    assert_int_equal(fixture->relayed.n_events, 6);
    assert_string_equal(delivered(fixture, id), "door");
}

/* Slow to say what there is to do: that alone is no reason to ask again. */
static void who_did_nothing_is_not_in_haste(void **state)
{
    fixture_t *fixture = *state;

    (void)subscribe(fixture, V4, "eventType=lost");
    fixture->lost = "lost";
    fixture->is_late = 1;
    add_events(fixture, DATA_SET);
    relay(fixture);
    relay(fixture);
    assert_false(fixture->relayed.is_more);
    add_events(fixture, OTHER);
    relay(fixture);
    assert_string_equal(waiting(fixture, OTHER), "0");
}

/* A subscription that is made while an event goes apart has it if it was
 * before the event, and nobody has it twice. */
static void a_new_subscription_is_not_passed_over(void **state)
{
    fixture_t *fixture = *state;
    const char *costly = subscribe(fixture, V4, "eventType=costly");
    const char *good = subscribe(fixture, V4, "eventType=BadgeCreateEvent");
    const char *late = NULL;

    fixture->costly = "costly";
    add_events(fixture, DATA_SET);
    relay_later(fixture, 10);
    assert_string_equal(delivered(fixture, good), "made");
    late = subscribe(fixture, V4, "eventType=BadgeCreateEvent");
    (void)ask(fixture, "UPDATE tmf.subscription SET seq = 0 WHERE id = $1",
              late, NULL);
    (void)ask(fixture, "SELECT tmf.disable($1)", costly, NULL);
    relay_later(fixture, 1);
    while (fixture->relayed.is_more) {
        relay(fixture);
    }
    assert_string_equal(delivered(fixture, good), "made");
    assert_string_equal(delivered(fixture, late), "made");
    assert_string_equal(waiting(fixture, DATA_SET), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_mount_that_is_not_here_is_left_to_others),
        CASE(a_query_that_is_not_understood_is_left_to_others),
        CASE(a_statement_too_slow_is_halved),
        CASE(batches_grow_again),
        CASE(the_others_go_on),
        CASE(a_pause_begins_when_it_has_failed),
        CASE(one_costly_query_ends_alone),
        CASE(what_is_too_much_together_goes_apart),
        CASE(it_stays_apart_for_a_while),
        CASE(others_come_and_go),
        CASE(who_comes_again_is_not_waited_for),
        CASE(many_costly_queries_end),
        CASE(without_an_answer_it_is_too_slow),
        CASE(a_short_incident_disables_nobody),
        CASE(a_slow_database_disables_nobody),
        CASE(a_large_audience_is_divided),
        CASE(who_has_no_query_is_not_disabled),
        CASE(where_nobody_has_it_it_takes_longer),
        CASE(a_write_stall_disables_nobody),
        CASE(a_lost_connection_is_a_short_pause),
        CASE(one_always_lost_disables_nobody),
        CASE(what_finds_no_room_is_halved),
        CASE(who_did_nothing_is_not_in_haste),
        CASE(a_new_subscription_is_not_passed_over)
    };

    return cmocka_run_group_tests_name("relay_slow", tests, find_database,
                                       destroy_root);
}
