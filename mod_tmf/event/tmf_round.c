#include "event/tmf_round.h"

#include <string.h>

#include <apr_general.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "store/tmf_sql_send.h"

/* Sizes and times, in ms. */
enum {
    CLAIM_MAX = 64,           /* leases with one statement */
    SETTLE_ENOUGH = 32,       /* what is over is written down together: so */
    SETTLE_WAIT = 10,         /* many, or after so long; */
    SETTLE_MAX = 128,         /* with one statement */
    /* After something was found there is probably more, also what was left
     * out when others were notified; then less and less often. */
    LOOK_SOON = 10,
    LOOK_LATE = 1000,
    /* Between two at least, more while they find little: a few at a time
     * cost the database twice as much as many. */
    SPACE_LEAST = 5,
    SPACE_MOST = 40,
    FOUND_LITTLE = 16,
    /* Whoever relays events takes the first of them: others, woken for the
     * same ones, look for what that one leaves a little later. */
    LOOK_OTHERS = 25,
    PAUSE = 1000,             /* while there is no database: once, twice */
    PAUSES_MOST = 3,          /* and then three times as long */
    PAUSES_A_LINE = 20,
    PURGE_EVERY = 60000,
    PURGE_MORE = 200,
    PURGE_MAX = 2000,
    /* A receiver holds few leases until it is known to be quick: an answer
     * within a second. One that has left an attempt without that, or is
     * leaving one, has to answer so many others in time before it counts as
     * quick again, up to a bound. So many receivers are remembered. */
    SLOW_AFTER = 1000,
    SLOW_HELD = 2,
    DEBT_NEW = 1,
    DEBT_MORE = 4,
    DEBT_MOST = 16,
    /* What a turn takes beyond that isn't the receivers' time. */
    STALL = 500,
    RECEIVERS_MAX = 1000,
    /* Fewer than that part of all leases isn't worth a claim for those who
     * aren't quick, up to a bound. */
    SHARE_PART = 8,
    SHARE_LEAST = 16
};

#define NEVER APR_INT64_MAX

struct tmf_round_t {
    const tmf_round_settings_t *settings;
    const tmf_round_host_t *host;
    apr_pool_t *pool;
    apr_pool_t *scratch;      /* of one turn */
    apr_array_header_t *data_sets;    /* const char *: of each mount, */
    apr_array_header_t *mounts;       /* and the paths of these */
    tmf_deliveries_t held;
    int n_held;
    int n_over;               /* of them */
    apr_int64_t over_since;
    apr_int64_t looked_at;
    apr_int64_t relay_at;     /* when to look into the outbox, */
    apr_int64_t claim_at;     /* and for what is due */
    apr_int64_t interval;     /* until the next look, if nothing happens */
    apr_int64_t space;        /* and at least */
    apr_int64_t retry_at;     /* the first of those that failed here */
    apr_int64_t paused_until;
    apr_int64_t purge_at;
    unsigned int n_pauses;    /* one after the other */
    int is_told;              /* of them the log has a line */
    int is_stopping;
    apr_uint32_t dice;
    tmf_relayer_t *relayer;
    apr_pool_t *receiver_pool;
    apr_hash_t *receivers;    /* subscription -> receiver_t */
};

static apr_int64_t now(const tmf_round_t *round)
{
    return round->host->now(round->host->data);
}

static void tell(const tmf_round_t *round, tmf_news_t news,
                 const char *line)
{
    round->host->tell(round->host->data, news, line);
}

/* Marsaglia's xorshift: for jitter it is good enough. */
static apr_uint32_t throw_dice(tmf_round_t *round)
{
    round->dice ^= round->dice << 13;
    round->dice ^= round->dice >> 17;
    round->dice ^= round->dice << 5;
    return round->dice;
}

static apr_int64_t earlier(apr_int64_t one, apr_int64_t other)
{
    return one < other ? one : other;
}

/* --- the database ------------------------------------------------------- */

/* Said at once, then once a minute: whoever reads the log knows it by then.
 * What others have said already isn't said again.
 * @return 0. */
static int rest(tmf_round_t *round, const tmf_error_t *err)
{
    apr_int64_t n = earlier(round->n_pauses + 1, PAUSES_MOST);

    round->paused_until = now(round) + n * PAUSE + throw_dice(round) % PAUSE;
    if (round->n_pauses++ % PAUSES_A_LINE == 0 && !err->is_quiet) {
        round->is_told = 1;
        tell(round, TMF_NEWS_BAD,
             apr_psprintf(round->scratch, "TMF00401: events wait for the "
                          "database: %s: %s", err->code,
                          tmf_error_detail(err)));
    }
    return 0;
}

static void go_on(tmf_round_t *round)
{
    round->n_pauses = 0;
    if (round->is_told) {
        round->is_told = 0;
        tell(round, TMF_NEWS_GOOD, "TMF00402: events go on");
    }
}

/* @param p pool of the rows.
 * @return 0 if it failed. */
static int run(tmf_round_t *round, const tmf_sql_t *sql, apr_pool_t *p,
               tmf_rows_t **rows)
{
    tmf_db_t *db = round->host->connect(round->host->data, round->scratch);
    tmf_error_t *err = db->run(db, sql, p, rows);

    db->release(db);
    if (err) {
        return rest(round, err);
    }
    go_on(round);
    return 1;
}

/* --- who is quick ------------------------------------------------------- */

/* The receiver of a subscription, as far as it is known. */
typedef struct receiver_t {
    int debt;                 /* 0: it is quick */
} receiver_t;

static int is_quick(const tmf_round_t *round, const char *subscription)
{
    const receiver_t *receiver = apr_hash_get(round->receivers, subscription,
                                              APR_HASH_KEY_STRING);

    return receiver && receiver->debt == 0;
}

static receiver_t *find_receiver(tmf_round_t *round, const char *name)
{
    receiver_t *receiver = apr_hash_get(round->receivers, name,
                                        APR_HASH_KEY_STRING);

    if (receiver) {
        return receiver;
    }
    if (apr_hash_count(round->receivers) >= RECEIVERS_MAX) {
        apr_hash_clear(round->receivers);
        apr_pool_clear(round->receiver_pool);
    }
    receiver = apr_pcalloc(round->receiver_pool, sizeof(*receiver));
    receiver->debt = DEBT_NEW;
    apr_hash_set(round->receivers, apr_pstrdup(round->receiver_pool, name),
                 APR_HASH_KEY_STRING, receiver);
    return receiver;
}

static int is_slow(const tmf_round_t *round, const tmf_delivery_t *delivery)
{
    return now(round) - delivery->began - delivery->unseen >= SLOW_AFTER;
}

/* Answers that came meanwhile are read late, and some are taken for none. */
static void overlook(tmf_round_t *round, apr_int64_t since)
{
    apr_int64_t stall = now(round) - since;
    tmf_delivery_t *delivery = NULL;

    if (stall < STALL) {
        return;
    }
    APR_RING_FOREACH(delivery, &round->held, tmf_delivery_t, link) {
        if (delivery->began <= since) {
            delivery->unseen += stall;
            delivery->looked = since;
        }
    }
}

/* It has given no answer, and had the time for one: somebody looked for it
 * all the while, or at least after half of the time that there is. */
static int is_silent(const tmf_round_t *round,
                     const tmf_delivery_t *delivery)
{
    return !delivery->post.answer.status
        && (delivery->unseen == 0
            || delivery->looked - delivery->began
                   >= round->settings->timeout / 2);
}

static void note_receiver(tmf_round_t *round, const tmf_delivery_t *delivery)
{
    receiver_t *receiver = find_receiver(round, delivery->subscription);

    if (is_slow(round, delivery) || is_silent(round, delivery)) {
        receiver->debt = (int)earlier(receiver->debt + DEBT_MORE, DEBT_MOST);
    } else if (delivery->post.answer.status && receiver->debt > 0) {
        receiver->debt--;
    }
}

/* --- what is over ------------------------------------------------------- */

static void finish(tmf_round_t *round, tmf_delivery_t *delivery)
{
    delivery->outcome = tmf_outcome_judge(&delivery->post.answer,
                                          delivery->attempts,
                                          &round->settings->schedule,
                                          throw_dice(round));
    delivery->is_over = 1;
    if (round->n_over++ == 0) {
        round->over_since = now(round);
    }
}

static void collect(tmf_round_t *round)
{
    tmf_poster_t *poster = round->host->poster;
    tmf_post_t *post = NULL;

    while ((post = poster->take(poster)) != NULL) {
        tmf_delivery_t *delivery = post->data;

        finish(round, delivery);
        note_receiver(round, delivery);
    }
}

static const char *describe(const tmf_round_t *round,
                            const tmf_delivery_t *delivery)
{
    const tmf_answer_t *answer = &delivery->post.answer;

    return answer->status
        ? apr_psprintf(round->scratch, "status %d", answer->status)
        : answer->failure;
}

/* Callback and content stay out of the log: they may be personal. */
static void announce(const tmf_round_t *round,
                     const tmf_delivery_t *delivery)
{
    if (delivery->outcome.kind == TMF_PARKED) {
        tell(round, TMF_NEWS_BAD,
             apr_psprintf(round->scratch, "TMF00403: event %s is PARKED: "
                          "subscription %s has not taken it in %d attempts "
                          "(%s); what follows for its resource waits until "
                          "an operator resumes or skips it",
                          delivery->event_id, delivery->subscription,
                          delivery->attempts + 1,
                          describe(round, delivery)));
    } else if (delivery->outcome.kind == TMF_DISABLED) {
        tell(round, TMF_NEWS_WARNING,
             apr_psprintf(round->scratch, "TMF00404: subscription %s is "
                          "disabled: its receiver answered 410",
                          delivery->subscription));
    }
}

/* Written down: it isn't held any more. */
static void let_go(tmf_round_t *round, tmf_delivery_t *delivery)
{
    tmf_batch_t *batch = delivery->batch;

    if (delivery->outcome.kind == TMF_RETRY) {
        apr_int64_t at = now(round) + delivery->outcome.delay + 1;

        round->retry_at = at < round->retry_at ? at : round->retry_at;
    }
    round->claim_at = 0;      /* the next may go */
    announce(round, delivery);
    APR_RING_REMOVE(delivery, link);
    round->n_held--;
    round->n_over--;
    if (--batch->n_left == 0) {
        apr_pool_destroy(batch->pool);
    }
}

static const apr_array_header_t *list_over(const tmf_round_t *round)
{
    apr_array_header_t *list = apr_array_make(round->scratch, SETTLE_ENOUGH,
                                              sizeof(tmf_settled_t));
    const tmf_delivery_t *delivery = NULL;

    APR_RING_FOREACH(delivery, &round->held, tmf_delivery_t, link) {
        tmf_settled_t settled = { NULL, NULL, NULL, NULL, 0, 0, NULL };

        if (delivery->is_over && list->nelts < SETTLE_MAX) {
            settled.subscription = delivery->subscription;
            settled.lane = delivery->lane;
            settled.fence = delivery->fence;
            settled.outcome = tmf_outcome_name(delivery->outcome.kind);
            settled.delay = delivery->outcome.delay;
            settled.status = delivery->post.answer.status;
            settled.failure = delivery->outcome.failure;
            APR_ARRAY_PUSH(list, tmf_settled_t) = settled;
        }
    }
    return list;
}

/* @return 0 if it failed: then it is done again later, which is harmless. */
static int settle(tmf_round_t *round)
{
    const apr_array_header_t *list = list_over(round);
    tmf_delivery_t *delivery = APR_RING_FIRST(&round->held);
    tmf_rows_t *rows = NULL;
    int left = list->nelts;

    if (!run(round, tmf_sql_settle(list, round->scratch), round->scratch,
             &rows)) {
        return 0;
    }
    while (left > 0) {
        tmf_delivery_t *next = APR_RING_NEXT(delivery, link);

        if (delivery->is_over) {
            let_go(round, delivery);
            left--;
        }
        delivery = next;
    }
    return 1;
}

static int is_settling_due(const tmf_round_t *round)
{
    return round->n_over > 0
        && (round->n_over == round->n_held
            || round->n_over >= SETTLE_ENOUGH
            || now(round) >= round->over_since + SETTLE_WAIT);
}

/* --- taking what is due ------------------------------------------------- */

/* What one subscription holds. */
typedef struct count_t {
    int n;
    int is_late;              /* one of them should have been answered */
} count_t;

static count_t *count_of(apr_hash_t *counts, const char *name, apr_pool_t *p)
{
    count_t *count = apr_hash_get(counts, name, APR_HASH_KEY_STRING);

    if (!count) {
        count = apr_pcalloc(p, sizeof(*count));
        apr_hash_set(counts, name, APR_HASH_KEY_STRING, count);
    }
    return count;
}

/* What is held, and who else is known. */
static apr_hash_t *count_held(const tmf_round_t *round)
{
    apr_pool_t *p = round->scratch;
    apr_hash_t *counts = apr_hash_make(p);
    const tmf_delivery_t *delivery = NULL;
    apr_hash_index_t *i = NULL;

    APR_RING_FOREACH(delivery, &round->held, tmf_delivery_t, link) {
        count_t *count = count_of(counts, delivery->subscription, p);

        count->n++;
        count->is_late |= !delivery->is_over && is_slow(round, delivery);
    }
    for (i = apr_hash_first(p, round->receivers); i; i = apr_hash_next(i)) {
        (void)count_of(counts, apr_hash_this_key(i), p);
    }
    return counts;
}

/* Those who aren't quick have half of the leases among them, and when most
 * are taken nobody takes many any more: however many receivers become slow
 * at a time, there is something left for the others.
 * @param claim given what all have in common: how many a subscription may
 * hold, and how many are asked for. */
static void share(const tmf_round_t *round, apr_hash_t *counts,
                  tmf_claim_t *claim)
{
    int most = round->settings->most;
    int least = (int)earlier(SHARE_LEAST, most / SHARE_PART);
    int left = most / 2;
    apr_hash_index_t *i = apr_hash_first(round->scratch, counts);

    for (; i; i = apr_hash_next(i)) {
        const count_t *count = apr_hash_this_val(i);

        if (count->is_late || !is_quick(round, apr_hash_this_key(i))) {
            left -= count->n;
        }
    }
    claim->per_subscription = left < least ? 0
        : (int)earlier(SLOW_HELD, round->settings->in_flight);
    if (claim->per_subscription > 0 && left < claim->most) {
        claim->most = left;
    }
}

/* Who is quick may hold more than others, so it counts as if it held less
 * than it does. */
static void list_held(const tmf_round_t *round, apr_hash_t *counts,
                      tmf_claim_t *claim)
{
    apr_pool_t *p = round->scratch;
    apr_size_t n = apr_hash_count(counts);
    const char **names = apr_pcalloc(p, (n + 1) * sizeof(*names));
    int *numbers = apr_pcalloc(p, (n + 1) * sizeof(*numbers));
    int is_wide = round->n_held < round->settings->most / 4 * 3;
    int quick = is_wide ? round->settings->in_flight
        : (int)earlier(SLOW_HELD, round->settings->in_flight);
    apr_hash_index_t *i = apr_hash_first(p, counts);

    for (; i; i = apr_hash_next(i)) {
        const count_t *count = apr_hash_this_val(i);
        int held = count->n;

        names[claim->n_held] = apr_hash_this_key(i);
        if (!count->is_late && is_quick(round, names[claim->n_held])) {
            held -= quick - claim->per_subscription;
        }
        numbers[claim->n_held++] = held;
    }
    claim->held = names;
    claim->held_counts = numbers;
}

static void start(tmf_round_t *round, tmf_delivery_t *delivery, int is_late)
{
    tmf_poster_t *poster = round->host->poster;

    APR_RING_INSERT_TAIL(&round->held, delivery, tmf_delivery_t, link);
    round->n_held++;
    delivery->began = now(round);
    if (is_late || delivery->is_over) {
        finish(round, delivery);
    } else {
        poster->start(poster, &delivery->post);
    }
    if (is_late) {
        delivery->outcome.kind = TMF_RELEASED;
    }
}

/* Whoever was held up between the lease and here sends nothing: by the time
 * of the answer the lease could be another one's. */
static void start_all(tmf_round_t *round, const tmf_rows_t *rows,
                      apr_pool_t *p, apr_int64_t began)
{
    const tmf_round_settings_t *settings = round->settings;
    tmf_db_t *db = round->host->connect(round->host->data, round->scratch);
    tmf_batch_t *batch = apr_pcalloc(p, sizeof(*batch));
    int is_late = now(round) - began > settings->lease - settings->timeout;
    int i = 0;

    batch->pool = p;
    batch->n_left = rows->n;
    for (i = 0; i < rows->n; i++) {
        start(round, tmf_delivery_make(&settings->signer, batch, db, rows,
                                       i), is_late);
    }
}

/* @param most that are asked for; fewer, if it is set so.
 * @param n set to the number of deliveries taken.
 * @return 0 if it failed. */
static int take(tmf_round_t *round, int *most, int *n)
{
    tmf_claim_t claim = { round->settings->lease, *most, 0, 0, NULL, NULL,
                          round->data_sets, round->mounts };
    apr_hash_t *counts = count_held(round);
    apr_int64_t began = now(round);
    tmf_rows_t *rows = NULL;
    apr_pool_t *p = NULL;

    apr_pool_create(&p, round->pool);
    share(round, counts, &claim);
    list_held(round, counts, &claim);
    *most = claim.most;
    if (!run(round, tmf_sql_claim(&claim, round->scratch), p, &rows)) {
        apr_pool_destroy(p);
        return 0;
    }
    *n = rows->n;
    if (rows->n > 0) {
        start_all(round, rows, p, began);
    } else {
        apr_pool_destroy(p);
    }
    return 1;
}

/* @return 0 if the database is away. Whatever else is wrong is told, and
 * what has been relayed before is delivered all the same. */
static int relay(tmf_round_t *round, tmf_relayed_t *relayed)
{
    const tmf_relay_source_t source = { round->host->connect,
                                        round->host->now,
                                        round->host->data };
    tmf_error_t *err = tmf_relayer_run(round->relayer, &source,
                                       round->scratch, relayed);
    int i = 0;

    for (i = 0; i < relayed->faults->nelts; i++) {
        tell(round, TMF_NEWS_BAD,
             APR_ARRAY_IDX(relayed->faults, i, const char *));
    }
    return err ? rest(round, err) : 1;
}

/* @param most, n of deliveries: what was asked for, and what was got. */
static void plan_next(tmf_round_t *round, const tmf_relayed_t *relayed,
                      int most, int n)
{
    apr_int64_t moment = now(round);

    if (relayed->n_events > 0 || n > 0) {
        round->interval = LOOK_SOON;
    } else {
        round->interval = earlier(round->interval * 2, LOOK_LATE);
    }
    round->space = n < FOUND_LITTLE ? earlier(round->space * 2, SPACE_MOST)
                                    : SPACE_LEAST;
    round->looked_at = moment;
    round->relay_at = moment + (relayed->is_more ? 0 : round->interval);
    round->claim_at = moment + (n > 0 && n == most ? 0 : round->interval);
}

static int look(tmf_round_t *round)
{
    int room = round->settings->most - round->n_held;
    int most = room < CLAIM_MAX ? room : CLAIM_MAX;
    int is_due = now(round) >= earlier(round->claim_at, round->retry_at);
    tmf_relayed_t relayed;
    int n = 0;

    if (!relay(round, &relayed)) {
        return 0;
    }
    if (!is_due && relayed.n_events == 0) {
        round->looked_at = now(round);
        round->relay_at = NEVER;
        round->claim_at = earlier(round->claim_at,
                                  round->looked_at + LOOK_OTHERS);
        return 1;
    }
    if (now(round) >= round->retry_at) {
        round->retry_at = NEVER;
    }
    if (most > 0 && !take(round, &most, &n)) {
        return 0;
    }
    plan_next(round, &relayed, most, n);
    return 1;
}

/* What is due, but not more often than is good for the database. */
static apr_int64_t next_look(const tmf_round_t *round)
{
    apr_int64_t due = earlier(earlier(round->relay_at, round->claim_at),
                              round->retry_at);
    apr_int64_t least = round->looked_at + round->space;
    int is_full = round->relay_at == round->looked_at
        || round->claim_at == round->looked_at;

    return is_full || due > least ? due : least;
}

static int purge(tmf_round_t *round)
{
    const tmf_sql_t *sql = tmf_sql_purge(round->settings->retention,
                                         PURGE_MAX, round->scratch);
    tmf_rows_t *rows = NULL;
    const tmf_db_t *db = round->host->connect(round->host->data,
                                              round->scratch);

    if (!run(round, sql, round->scratch, &rows)) {
        return 0;
    }
    round->purge_at = now(round)
        + (apr_atoi64(db->value(rows, 0, 0, NULL)) >= PURGE_MAX
           ? PURGE_MORE : PURGE_EVERY + throw_dice(round) % PURGE_EVERY);
    return 1;
}

/* --- turns -------------------------------------------------------------- */

static void list_mounts(tmf_round_t *round)
{
    const tmf_relay_t *relay = &round->settings->relay;
    int i = 0;

    round->data_sets = apr_array_make(round->pool, 4, sizeof(const char *));
    round->mounts = apr_array_make(round->pool, 4, sizeof(const char *));
    for (i = 0; i < relay->n_mounts; i++) {
        APR_ARRAY_PUSH(round->data_sets, const char *)
            = relay->mounts[i]->data_set;
        APR_ARRAY_PUSH(round->mounts, const char *) = relay->mounts[i]->path;
    }
}

tmf_round_t *tmf_round_make(const tmf_round_settings_t *settings,
                            const tmf_round_host_t *host, apr_pool_t *p)
{
    tmf_round_t *round = apr_pcalloc(p, sizeof(*round));

    round->settings = settings;
    round->host = host;
    round->pool = p;
    apr_pool_create(&round->scratch, p);
    apr_pool_create(&round->receiver_pool, p);
    round->receivers = apr_hash_make(p);
    round->relayer = tmf_relayer_make(&settings->relay, p);
    list_mounts(round);
    APR_RING_INIT(&round->held, tmf_delivery_t, link);
    round->interval = LOOK_SOON;
    round->space = SPACE_LEAST;
    round->retry_at = NEVER;
    apr_generate_random_bytes((unsigned char *)&round->dice,
                              sizeof(round->dice));
    round->dice |= 1;         /* a zero would stay one */
    round->purge_at = now(round) + throw_dice(round) % PURGE_EVERY;
    return round;
}

static void work(tmf_round_t *round)
{
    int is_well = 1;

    if (is_settling_due(round)) {
        is_well = settle(round);
    }
    if (round->is_stopping) {
        return;
    }
    if (is_well && now(round) >= next_look(round)) {
        is_well = look(round);
    }
    if (is_well && now(round) >= round->purge_at) {
        purge(round);
    }
}

static int find_wait(const tmf_round_t *round)
{
    apr_int64_t next = round->is_stopping ? NEVER
        : earlier(next_look(round), round->purge_at);
    apr_int64_t left = 0;

    if (round->n_over > 0) {
        next = earlier(next, round->over_since + SETTLE_WAIT);
    }
    left = next > round->paused_until ? next : round->paused_until;
    left -= now(round);
    return left < 0 ? 0 : left > LOOK_LATE ? LOOK_LATE : (int)left;
}

int tmf_round_turn(tmf_round_t *round, int is_woken)
{
    apr_int64_t began = 0;

    apr_pool_clear(round->scratch);
    collect(round);
    if (is_woken) {
        round->relay_at = 0;
    }
    began = now(round);
    if (began >= round->paused_until) {
        work(round);
        overlook(round, began);
    }
    return find_wait(round);
}

void tmf_round_stop(tmf_round_t *round)
{
    round->is_stopping = 1;
}

int tmf_round_held(const tmf_round_t *round)
{
    return round->n_held;
}

void tmf_round_release(tmf_round_t *round)
{
    tmf_delivery_t *delivery = NULL;

    collect(round);
    APR_RING_FOREACH(delivery, &round->held, tmf_delivery_t, link) {
        if (!delivery->is_over) {
            delivery->is_over = 1;
            delivery->outcome.kind = TMF_RELEASED;
            round->n_over++;
        }
    }
    while (round->n_over > 0 && settle(round)) {
        continue;
    }
}
