/* Rounds of delivery with a database, a poster and a clock of the test's own:
 * what an answer leads to, what is written down when, how much is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "event/tmf_round.h"
#include "net/tmf_hmac.h"
#include "store/tmf_sql_send.h"

enum { COLUMNS = 10, ROWS_MAX = 64, POSTS_MAX = 256, LINES_MAX = 32 };

/* All that is around a round. */
typedef struct world_t {
    tmf_db_t db;              /* first, so that its address is ours */
    tmf_poster_t poster;
    tmf_round_host_t host;
    tmf_round_settings_t settings;
    tmf_mount_t mount;
    const tmf_mount_t *mounts[1];
    apr_pool_t *p;
    tmf_round_t *round;
    apr_int64_t now;
    int is_away;              /* the database */
    int is_slow;              /* or only for relaying: it is ended */
    int n_subscriptions;      /* that rows are of, by turns; 0: one */
    int is_known;             /* and the log knows it */
    apr_int64_t slow;         /* ms that each statement takes */
    int n_due;                /* rows that a claim gets */
    int n_claimed;            /* so far: the number in their names */
    const char *secrets;      /* of each row */
    int attempts;             /* that each row has behind it */
    tmf_post_t *posts[POSTS_MAX];     /* that were started */
    int n_posts;
    tmf_post_t *answered[POSTS_MAX];
    int n_answered;
    int n_taken;
    const char *const *settled;       /* values of the last settle */
    int n_settles;
    const char *const *claimed;       /* values of the last claim */
    int n_claims;
    int n_purges;
    int n_released;
    const char *lines[LINES_MAX];
    int n_lines;
} world_t;

typedef struct cells_t {
    const char *values[ROWS_MAX][COLUMNS];
} cells_t;

static apr_pool_t *root_pool;

/* --- the world ---------------------------------------------------------- */

static void claim(world_t *world, tmf_rows_t *rows, cells_t *cells)
{
    int most = atoi(world->claimed[1]);
    int i = 0;

    rows->n = world->n_due < most ? world->n_due : most;
    world->n_due -= rows->n;
    for (i = 0; i < rows->n; i++) {
        int n = ++world->n_claimed;
        const char *name = apr_psprintf(
            world->p, "sub-%d",
            world->n_subscriptions ? n % world->n_subscriptions : 1);
        const char *values[COLUMNS] = {
            name, apr_psprintf(world->p, "thing/%d", n),
            apr_psprintf(world->p, "%d", 100 + n),
            apr_psprintf(world->p, "event-%d", n), "{\"a\": 1}",
            "https://example.com/hook", "/api", "data",
            apr_psprintf(world->p, "%d", world->attempts), world->secrets
        };

        memcpy(cells->values[i], values, sizeof(values));
    }
}

static const char *const *copy_values(const world_t *world,
                                      const tmf_sql_t *sql)
{
    const char **copy = apr_pcalloc(world->p, sizeof(*copy)
                                    * (apr_size_t)sql->n_values);
    int i = 0;

    for (i = 0; i < sql->n_values; i++) {
        copy[i] = apr_pstrdup(world->p, sql->values[i]);
    }
    return copy;
}

static tmf_error_t *run(tmf_db_t *db, const tmf_sql_t *sql, apr_pool_t *p,
                        tmf_rows_t **rows)
{
    world_t *world = (world_t *)db;
    cells_t *cells = apr_pcalloc(p, sizeof(*cells));

    world->now += world->slow;
    *rows = apr_pcalloc(p, sizeof(**rows));
    (*rows)->data = cells;
    if (world->is_away) {
        tmf_error_t *err = tmf_error_internal(p, TMF_UNAVAILABLE,
                                              "it is away");

        err->is_quiet = world->is_known;
        return err;
    }
    if (world->is_slow && strstr(sql->text, "tmf.outbox")) {
        tmf_error_t *err = tmf_error_internal(p, TMF_UNAVAILABLE,
                                              "it is slow");

        err->is_slow = 1;
        return err;
    }
    if (strstr(sql->text, "tmf.claim(")) {
        world->claimed = copy_values(world, sql);
        world->n_claims++;
        claim(world, *rows, cells);
    } else if (strstr(sql->text, "tmf.settle(")) {
        world->settled = copy_values(world, sql);
        world->n_settles++;
    } else if (strstr(sql->text, "tmf.purge(")) {
        world->n_purges++;
        (*rows)->n = 1;
        cells->values[0][0] = "7";
    }
    return NULL;
}

static const char *value(const tmf_rows_t *rows, int row, int column,
                         apr_size_t *length)
{
    const char *text = ((cells_t *)rows->data)->values[row][column];

    if (length) {
        *length = text ? strlen(text) : 0;
    }
    return text;
}

static void release(tmf_db_t *db)
{
    ((world_t *)db)->n_released++;
}

static tmf_db_t *connect_world(void *data, apr_pool_t *p)
{
    (void)p;
    return &((world_t *)data)->db;
}

static apr_int64_t now(void *data)
{
    return ((world_t *)data)->now;
}

static void tell(void *data, tmf_news_t news, const char *line)
{
    world_t *world = data;

    assert_true(world->n_lines < LINES_MAX);
    world->lines[world->n_lines++]
        = apr_psprintf(world->p, "%d %s", news, line);
}

static world_t *world_of(tmf_poster_t *poster)
{
    return (world_t *)(void *)((char *)poster - offsetof(world_t, poster));
}

static void start(tmf_poster_t *poster, tmf_post_t *post)
{
    world_t *world = world_of(poster);

    assert_true(world->n_posts < POSTS_MAX);
    world->posts[world->n_posts++] = post;
}

static tmf_post_t *take(tmf_poster_t *poster)
{
    world_t *world = world_of(poster);

    return world->n_taken < world->n_answered
        ? world->answered[world->n_taken++] : NULL;
}

static int set_up(void **state)
{
    static const apr_int64_t delays[] = { 1000, 2000, 4000 };
    apr_pool_t *p = NULL;
    world_t *world = NULL;

    apr_pool_create(&p, root_pool);
    world = apr_pcalloc(p, sizeof(*world));
    world->p = p;
    world->db.run = run;
    world->db.value = value;
    world->db.release = release;
    world->poster.start = start;
    world->poster.take = take;
    world->host.now = now;
    world->host.connect = connect_world;
    world->host.tell = tell;
    world->host.data = world;
    world->host.poster = &world->poster;
    world->mount.path = "/api";
    world->mount.data_set = "data";
    world->mounts[0] = &world->mount;
    world->settings.lease = 60000;
    world->settings.timeout = 10000;
    world->settings.most = 100;
    world->settings.in_flight = 16;
    world->settings.retention = 86400;
    world->settings.schedule.n = 3;
    world->settings.schedule.delays = delays;
    world->settings.relay.n_mounts = 1;
    world->settings.relay.mounts = world->mounts;
    world->settings.signer.hmac = tmf_hmac;
    world->now = 1000000;
    world->secrets = "";
    world->round = tmf_round_make(&world->settings, &world->host, p);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    apr_pool_destroy(((world_t *)*state)->p);
    return 0;
}

static void answer(world_t *world, int i, int status)
{
    tmf_post_t *post = world->posts[i];

    post->answer.status = status;
    post->answer.failure = status ? NULL : "no answer in time";
    world->answered[world->n_answered++] = post;
}

/* Turns, as long as there is something to do at once. */
static int turn(world_t *world)
{
    int ms = 0;
    int n = 0;

    while (ms == 0) {
        assert_true(n++ < 100);
        ms = tmf_round_turn(world->round, 0);
    }
    return ms;
}

/* One delivery, answered. */
static void deliver_one(world_t *world, int attempts, int status)
{
    world->attempts = attempts;
    world->n_due = 1;
    world->now += 100;
    turn(world);
    answer(world, world->n_posts - 1, status);
    turn(world);
}

/* Values of the last settle: subscriptions, lanes, fences, outcomes, delays,
 * statuses, failures. */
enum { LANES = 1, FENCES, OUTCOMES, DELAYS, STATUSES, FAILURES };

/* --- tests -------------------------------------------------------------- */

static void test_delivered(void **state)
{
    world_t *world = *state;

    deliver_one(world, 0, 204);
    assert_int_equal(world->n_settles, 1);
    assert_string_equal(world->settled[0], "{\"sub-1\"}");
    assert_string_equal(world->settled[LANES], "{\"thing/1\"}");
    assert_string_equal(world->settled[FENCES], "{101}");
    assert_string_equal(world->settled[OUTCOMES], "{delivered}");
    assert_string_equal(world->settled[STATUSES], "{204}");
    assert_string_equal(world->settled[FAILURES], "{\"\"}");
    assert_int_equal(tmf_round_held(world->round), 0);
    assert_int_equal(world->n_lines, 0);
}

static void test_what_is_sent(void **state)
{
    world_t *world = *state;
    const tmf_post_t *post = NULL;

    deliver_one(world, 0, 200);
    post = world->posts[0];
    assert_string_equal(post->url, "https://example.com/hook");
    assert_string_equal(post->fields[0], "Content-Type: application/json");
    assert_string_equal(post->fields[1], "webhook-id: event-1");
    assert_int_equal(strncmp(post->fields[2], "webhook-timestamp: 1", 20),
                     0);
    assert_null(post->fields[3]);
}

/* A subscription's secrets sign, else those of its mount. */
static void test_signed(void **state)
{
    static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    static const tmf_mount_secrets_t mounts[] = {
        { "/other", "data", secret }, { "/api", "data", secret }
    };
    world_t *world = *state;

    world->secrets = apr_pstrcat(world->p, secret, " ", secret, NULL);
    deliver_one(world, 0, 200);
    assert_int_equal(strncmp(world->posts[0]->fields[3],
                             "webhook-signature: v1,", 22), 0);
    assert_non_null(strstr(world->posts[0]->fields[3], "= v1,"));
    assert_null(world->posts[0]->fields[4]);
    world->secrets = NULL;
    world->settings.signer.n_mounts = 2;
    world->settings.signer.mounts = mounts;
    deliver_one(world, 0, 200);
    assert_non_null(world->posts[1]->fields[3]);
    assert_null(strstr(world->posts[1]->fields[3], " v1,v1"));
    world->settings.signer.n_mounts = 1;
    deliver_one(world, 0, 200);
    assert_null(world->posts[2]->fields[3]);
}

/* What should be signed isn't sent without a signature. */
static void test_not_signable(void **state)
{
    world_t *world = *state;

    world->secrets = "whsec_short";
    world->n_due = 1;
    turn(world);
    turn(world);
    assert_int_equal(world->n_posts, 0);
    assert_string_equal(world->settled[OUTCOMES], "{retry}");
    assert_string_equal(world->settled[FAILURES],
                        "{\"the secret is not usable\"}");
}

static void test_retry(void **state)
{
    world_t *world = *state;
    apr_int64_t delay = 0;

    deliver_one(world, 1, 500);
    assert_string_equal(world->settled[OUTCOMES], "{retry}");
    assert_string_equal(world->settled[STATUSES], "{500}");
    delay = strtol(world->settled[DELAYS] + 1, NULL, 10);
    assert_in_range(delay, 1600, 2400);
    assert_int_equal(world->n_lines, 0);
    deliver_one(world, 0, 0);
    assert_string_equal(world->settled[STATUSES], "{0}");
    assert_string_equal(world->settled[FAILURES],
                        "{\"no answer in time\"}");
}

/* The sender that has set a delay looks when it is over. */
static void test_retry_in_time(void **state)
{
    world_t *world = *state;
    int before = 0;
    apr_int64_t end = 0;

    deliver_one(world, 0, 500);
    end = world->now + strtol(world->settled[DELAYS] + 1, NULL, 10);
    while (world->now < end) {
        before = world->n_claims;
        world->now += turn(world);
    }
    turn(world);
    assert_true(world->n_claims > before);
    assert_true(world->now < end + 50);
}

static void test_parked(void **state)
{
    world_t *world = *state;

    deliver_one(world, 3, 404);
    assert_string_equal(world->settled[OUTCOMES], "{parked}");
    assert_int_equal(world->n_lines, 1);
    assert_int_equal(world->lines[0][0] - '0', TMF_NEWS_BAD);
    assert_non_null(strstr(world->lines[0], "event-1 is PARKED"));
    assert_non_null(strstr(world->lines[0], "subscription sub-1"));
    assert_non_null(strstr(world->lines[0], "4 attempts (status 404)"));
    assert_null(strstr(world->lines[0], "example.com"));
}

static void test_disabled(void **state)
{
    world_t *world = *state;

    deliver_one(world, 0, 410);
    assert_string_equal(world->settled[OUTCOMES], "{disabled}");
    assert_string_equal(world->settled[FAILURES],
                        "{\"the receiver answered 410\"}");
    assert_int_equal(world->lines[0][0] - '0', TMF_NEWS_WARNING);
}

/* What ends together is written down together, what is slow later. */
static void test_together(void **state)
{
    world_t *world = *state;
    int i = 0;

    world->n_due = 10;
    turn(world);
    assert_int_equal(world->n_posts, 10);
    for (i = 0; i < 9; i++) {
        answer(world, i, 200);
    }
    tmf_round_turn(world->round, 0);
    assert_int_equal(world->n_settles, 0);
    world->now += 20;
    turn(world);
    assert_int_equal(world->n_settles, 1);
    assert_int_equal(tmf_round_held(world->round), 1);
    world->now += 20;
    turn(world);
    assert_int_equal(world->n_settles, 1);
    answer(world, 9, 200);
    turn(world);
    assert_int_equal(world->n_settles, 2);
    assert_string_equal(world->settled[LANES], "{\"thing/10\"}");
}

/* What a subscription holds is told with each claim. */
static void test_held_counts(void **state)
{
    world_t *world = *state;

    world->n_due = 3;
    turn(world);
    assert_string_equal(world->claimed[3], "{}");
    assert_string_equal(world->claimed[4], "2");
    world->now += 100;
    turn(world);
    assert_string_equal(world->claimed[2], "{\"sub-1\"}");
    assert_string_equal(world->claimed[3], "{3}");
    assert_string_equal(world->claimed[4], "2");
    assert_string_equal(world->claimed[5], "{data}");
    assert_string_equal(world->claimed[6], "{\"/api\"}");
    assert_string_equal(world->claimed[0], "60000 ms");
}

/* And all of them together are not more than so many. */
static void test_most(void **state)
{
    world_t *world = *state;
    int i = 0;

    world->n_due = 200;
    for (i = 0; i < 5; i++) {
        world->now += 100;
        tmf_round_turn(world->round, 1);
    }
    assert_int_equal(world->n_posts, 100);
    for (i = 0; i < 32; i++) {
        answer(world, i, 200);
    }
    world->now += 100;
    tmf_round_turn(world->round, 0);
    assert_int_equal(world->n_posts, 132);
}

/* One delivery that is answered after so many ms. */
static void deliver_late(world_t *world, int ms, int status)
{
    world->n_due = 1;
    world->now += 100;
    turn(world);
    world->now += ms;
    answer(world, world->n_posts - 1, status);
    turn(world);
}

static void claims(world_t *world, const char *counts)
{
    world->now += 1000;
    turn(world);
    assert_string_equal(world->claimed[3], counts);
}

/* Of 16 that a subscription may hold, a receiver that is not known to be
 * quick has two: one that is counts as if it held 14 less. */
static void test_quick(void **state)
{
    world_t *world = *state;

    deliver_one(world, 0, 200);
    claims(world, "{-14}");
    deliver_one(world, 0, 500);
    claims(world, "{-14}");
}

static void test_slow(void **state)
{
    world_t *world = *state;
    int i = 0;

    deliver_one(world, 0, 200);
    deliver_late(world, 1000, 204);
    claims(world, "{0}");
    for (i = 0; i < 4; i++) {
        claims(world, "{0}");
        deliver_late(world, 999, 204);
    }
    claims(world, "{-14}");
    deliver_one(world, 0, 0);
    claims(world, "{0}");
}

/* Who is leaving one without an answer isn't quick, whatever it was. */
static void test_getting_slow(void **state)
{
    world_t *world = *state;

    deliver_one(world, 0, 200);
    world->n_due = 3;
    world->now += 100;
    turn(world);
    world->now += 500;
    turn(world);
    assert_string_equal(world->claimed[3], "{-11}");
    claims(world, "{3}");
}

/* In the time of the sender's own statements nobody looks for answers: who
 * has answered meanwhile was quick, or would have been. */
static void test_stalled(void **state)
{
    world_t *world = *state;
    int i = 0;

    deliver_one(world, 0, 200);
    world->n_due = 2;
    world->now += 100;
    turn(world);
    world->slow = 4000;
    world->now += 100;
    tmf_round_turn(world->round, 1);
    world->slow = 0;
    world->now += 500;
    turn(world);
    assert_string_equal(world->claimed[3], "{-12}");
    for (i = 0; i < 2; i++) {
        answer(world, 1 + i, i == 0 ? 200 : 0);
    }
    turn(world);
    claims(world, "{-14}");
    assert_int_equal(world->n_posts, 3);
}

/* Who gives none in all the time there is isn't quick, if somebody looked now
 * and then. */
static void test_silent_while_stalled(void **state)
{
    world_t *world = *state;
    apr_int64_t end = 0;

    deliver_one(world, 0, 200);
    world->n_due = 1;
    world->now += 100;
    turn(world);
    end = world->now + world->settings.timeout;
    world->slow = 600;
    while (world->now < end) {
        world->now += 50;
        tmf_round_turn(world->round, 1);
    }
    world->slow = 0;
    answer(world, 1, 0);
    turn(world);
    claims(world, "{0}");
}

/* All that aren't quick have half of the places; then whoever is quick has
 * the others. */
static void test_share_of_slow(void **state)
{
    world_t *world = *state;
    int i = 0;

    world->n_subscriptions = 25;
    world->n_due = 64;
    world->now += 100;
    tmf_round_turn(world->round, 1);
    assert_int_equal(world->n_posts, 50);
    world->n_due = 0;
    answer(world, 0, 204);
    answer(world, 25, 204);
    tmf_round_turn(world->round, 1);
    for (i = 0; i < 3; i++) {
        world->now += 1000;
        tmf_round_turn(world->round, 1);
    }
    assert_string_equal(world->claimed[4], "0");
    assert_non_null(strstr(world->claimed[3], "-16"));
    assert_null(strstr(world->claimed[3], "-14"));
    assert_string_equal(world->claimed[1], "52");
}

/* When most places are taken, nobody has many: so there are some left if all
 * who were quick become slow. */
static void test_last_places(void **state)
{
    world_t *world = *state;

    deliver_one(world, 0, 200);
    world->n_due = 80;
    world->now += 100;
    tmf_round_turn(world->round, 1);
    world->now += 100;
    tmf_round_turn(world->round, 1);
    assert_int_equal(world->n_posts, 81);
    world->now += 100;
    tmf_round_turn(world->round, 1);
    assert_string_equal(world->claimed[3], "{80}");
    assert_string_equal(world->claimed[4], "2");
}

/* What was relayed before is delivered, whatever has become of relaying. */
static void test_relaying_fails(void **state)
{
    world_t *world = *state;
    int i = 0;

    world->is_slow = 1;
    for (i = 0; i < 20; i++) {
        deliver_one(world, 0, 204);
    }
    assert_int_equal(world->n_settles, 20);
    assert_string_equal(world->settled[OUTCOMES], "{delivered}");
    assert_int_equal(world->n_lines, 1);
    assert_non_null(strstr(world->lines[0], "TMF00405: "));
}

/* Without a database nothing is lost: what is over is written down when it
 * is back. The log has one line for a minute of it, one for its end. */
static void test_away(void **state)
{
    world_t *world = *state;
    int i = 0;

    world->n_due = 1;
    turn(world);
    answer(world, 0, 200);
    world->is_away = 1;
    for (i = 0; i < 20; i++) {
        world->now += tmf_round_turn(world->round, 1) + 1;
    }
    assert_int_equal(world->n_settles, 0);
    assert_int_equal(world->n_lines, 1);
    assert_non_null(strstr(world->lines[0], "it is away"));
    world->is_away = 0;
    world->now += 3000;
    turn(world);
    assert_int_equal(world->n_settles, 1);
    assert_string_equal(world->settled[OUTCOMES], "{delivered}");
    assert_int_equal(world->n_lines, 2);
    assert_int_equal(world->lines[1][0] - '0', TMF_NEWS_GOOD);
}

/* What requests have logged of a database, for all processes, isn't logged
 * by each that sends. */
static void test_away_is_known(void **state)
{
    world_t *world = *state;

    world->is_away = 1;
    world->is_known = 1;
    turn(world);
    world->is_away = 0;
    world->now += 3000;
    turn(world);
    assert_int_equal(world->n_claims, 1);
    assert_int_equal(world->n_lines, 0);
}

/* Idle, it looks once a second; woken, at once. */
static void test_idle(void **state)
{
    world_t *world = *state;
    apr_int64_t end = world->now + 60000;
    int before = 0;

    while (world->now < end) {
        before = world->n_claims;
        world->now += turn(world);
    }
    assert_true(world->n_claims < 75);
    world->n_due = 1;
    before = world->n_claims;
    /* others may relay what it was for: it looks a moment later */
    world->now += 500;
    tmf_round_turn(world->round, 1);
    world->now += 25;
    turn(world);
    assert_int_equal(world->n_claims, before + 1);
    assert_int_equal(world->n_posts, 1);
}

static void test_purge(void **state)
{
    world_t *world = *state;
    apr_int64_t end = world->now + 600000;

    while (world->now < end) {
        world->now += turn(world);
    }
    assert_in_range(world->n_purges, 4, 10);
}

/* Who was held up for the most part of the lease sends nothing. */
static void test_late(void **state)
{
    world_t *world = *state;

    world->slow = 50001;
    world->n_due = 2;
    tmf_round_turn(world->round, 0);
    assert_int_equal(world->n_posts, 0);
    world->slow = 0;
    turn(world);
    assert_string_equal(world->settled[OUTCOMES], "{released,released}");
}

static void test_stop(void **state)
{
    world_t *world = *state;

    world->n_due = 3;
    turn(world);
    world->n_due = 5;
    tmf_round_stop(world->round);
    answer(world, 0, 200);
    turn(world);
    world->now += 20;
    turn(world);
    assert_int_equal(world->n_posts, 3);
    assert_int_equal(tmf_round_held(world->round), 2);
    answer(world, 1, 500);
    tmf_round_release(world->round);
    assert_string_equal(world->settled[OUTCOMES], "{retry,released}");
    assert_int_equal(tmf_round_held(world->round), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_delivered),
        TEST(test_what_is_sent),
        TEST(test_signed),
        TEST(test_not_signable),
        TEST(test_retry),
        TEST(test_retry_in_time),
        TEST(test_parked),
        TEST(test_disabled),
        TEST(test_together),
        TEST(test_held_counts),
        TEST(test_most),
        TEST(test_quick),
        TEST(test_slow),
        TEST(test_getting_slow),
        TEST(test_stalled),
        TEST(test_silent_while_stalled),
        TEST(test_share_of_slow),
        TEST(test_last_places),
        TEST(test_relaying_fails),
        TEST(test_away), TEST(test_away_is_known),
        TEST(test_idle),
        TEST(test_purge),
        TEST(test_late),
        TEST(test_stop)
    };

    if (apr_initialize() || apr_pool_create(&root_pool, NULL)) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
