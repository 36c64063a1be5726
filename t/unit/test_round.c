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
        const char *values[COLUMNS] = {
            "sub-1", apr_psprintf(world->p, "thing/%d", n),
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
    world->now += 100;
    turn(world);
    assert_string_equal(world->claimed[2], "{\"sub-1\"}");
    assert_string_equal(world->claimed[3], "{3}");
    assert_string_equal(world->claimed[4], "16");
    assert_string_equal(world->claimed[5], "{data}");
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

/* A receiver that doesn't answer holds two leases, until it does. */
static void test_trouble(void **state)
{
    world_t *world = *state;
    int i = 0;

    for (i = 0; i < 8; i++) {
        deliver_one(world, 0, 0);
    }
    world->now += 1000;
    turn(world);
    assert_string_equal(world->claimed[3], "{14}");
    deliver_one(world, 0, 500);
    world->now += 1000;
    turn(world);
    assert_string_equal(world->claimed[3], "{}");
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

/* --- what answers mean -------------------------------------------------- */

static void test_judge(void **state)
{
    static const apr_int64_t delays[] = { 1000, 60000 };
    static const tmf_schedule_t schedule = { 2, delays };
    static const struct {
        int status;
        apr_int64_t retry_after;
        int attempts;
        tmf_result_kind_t kind;
        apr_int64_t least;
        apr_int64_t most;
    } cases[] = {
        { 200, 0, 0, TMF_DELIVERED, 0, 0 },
        { 201, 0, 9, TMF_DELIVERED, 0, 0 },
        { 299, 9, 0, TMF_DELIVERED, 0, 0 },
        { 300, 0, 0, TMF_RETRY, 800, 1200 },
        { 307, 0, 0, TMF_RETRY, 800, 1200 },
        { 404, 0, 1, TMF_RETRY, 48000, 72000 },
        { 410, 0, 0, TMF_DISABLED, 0, 0 },
        { 410, 0, 9, TMF_DISABLED, 0, 0 },
        { 429, 0, 0, TMF_RETRY, 800, 1200 },
        { 429, 30, 0, TMF_RETRY, 30000, 31000 },
        { 503, 30, 0, TMF_RETRY, 30000, 31000 },
        { 503, 30, 1, TMF_RETRY, 48000, 72000 },
        { 500, 30, 0, TMF_RETRY, 800, 1200 },
        { 503, 99999999, 0, TMF_RETRY, 86400000, 86401000 },
        { 503, 30, 2, TMF_PARKED, 0, 0 },
        { 0, 0, 0, TMF_RETRY, 800, 1200 },
        { 0, 0, 2, TMF_PARKED, 0, 0 },
        { 100, 0, 0, TMF_RETRY, 800, 1200 },
        { 199, 0, 0, TMF_RETRY, 800, 1200 }
    };
    apr_uint32_t dice = 0;
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (dice = 0; dice < 4000000000u; dice += 99999989u) {
            tmf_answer_t answer = { cases[i].status, cases[i].retry_after,
                                    "why" };
            tmf_outcome_t outcome = tmf_outcome_judge(
                &answer, cases[i].attempts, &schedule, dice);

            assert_int_equal(outcome.kind, cases[i].kind);
            assert_in_range(outcome.delay, cases[i].least, cases[i].most);
        }
    }
}

static void test_schedules(void **state)
{
    static const char *const bad[] = {
        "", " ", "x", "1 x", "-1", "1.", ".5", "1.2345", "1,5", "1s",
        "12345678", "1  2\t3", "1e3"
    };
    tmf_schedule_t schedule = { 0, NULL };
    size_t i = 0;

    (void)state;
    assert_null(tmf_schedule_read("5 0.25  300 0 1.5 9999999.999", root_pool,
                                  &schedule));
    assert_int_equal(schedule.n, 6);
    assert_int_equal(schedule.delays[0], 5000);
    assert_int_equal(schedule.delays[1], 250);
    assert_int_equal(schedule.delays[2], 300000);
    assert_int_equal(schedule.delays[3], 0);
    assert_int_equal(schedule.delays[4], 1500);
    assert_int_equal(schedule.delays[5], 9999999999);
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (!tmf_schedule_read(bad[i], root_pool, &schedule)) {
            fail_msg("\"%s\" is accepted", bad[i]);
        }
    }
}

static void test_too_many_delays(void **state)
{
    char text[2 * (TMF_SCHEDULE_MAX + 1) + 1];
    tmf_schedule_t schedule = { 0, NULL };
    int i = 0;

    (void)state;
    for (i = 0; i <= TMF_SCHEDULE_MAX; i++) {
        memcpy(text + 2 * i, "1 ", 3);
    }
    assert_non_null(tmf_schedule_read(text, root_pool, &schedule));
    text[2 * TMF_SCHEDULE_MAX] = '\0';
    assert_null(tmf_schedule_read(text, root_pool, &schedule));
    assert_int_equal(schedule.n, TMF_SCHEDULE_MAX);
}

/* --- signatures --------------------------------------------------------- */

/* The example of the Standard Webhooks reference libraries. */
static void test_known_signature(void **state)
{
    static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    static const char known[]
        = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    static const char body[] = "{\"test\": 2432232314}";
    const tmf_signed_t what = { "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                "1614265330", body, sizeof(body) - 1 };

    (void)state;
    assert_string_equal(tmf_signature_make(tmf_hmac, secret, &what,
                                           root_pool), known);
    assert_string_equal(
        tmf_signature_make(tmf_hmac, apr_pstrcat(root_pool, secret, " ",
                                                 secret, NULL),
                           &what, root_pool),
        apr_pstrcat(root_pool, known, " ", known, NULL));
    assert_null(tmf_signature_make(tmf_hmac, "whsec_x", &what, root_pool));
}

static void test_secrets(void **state)
{
    static const struct {
        const char *text;
        int is_secret;
    } cases[] = {
        { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1 },
        { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 1 },
        { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", 0 },
        { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", 1 },
        { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0 },
        { "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 0 },
        { "whsec_", 0 },
        { "", 0 },
        { "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 0 },
        { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-", 0 },
        { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ", 0 }
    };
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (tmf_signature_is_secret(cases[i].text, root_pool)
            != cases[i].is_secret) {
            fail_msg("\"%s\": %d", cases[i].text, !cases[i].is_secret);
        }
    }
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
        TEST(test_trouble),
        TEST(test_away), TEST(test_away_is_known),
        TEST(test_idle),
        TEST(test_purge),
        TEST(test_late),
        TEST(test_stop),
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_schedules),
        cmocka_unit_test(test_too_many_delays),
        cmocka_unit_test(test_known_signature),
        cmocka_unit_test(test_secrets)
    };

    if (apr_initialize() || apr_pool_create(&root_pool, NULL)) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
