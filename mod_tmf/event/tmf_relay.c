#include "event/tmf_relay.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "event/tmf_apart.h"
#include "event/tmf_envelope.h"
#include "event/tmf_pace.h"
#include "store/tmf_sql_event.h"

/* What a statement can have; one more and it could not be sent. */
#define VALUES_MAX 65535

/* ms: nothing new is begun after that, deliveries wait meanwhile; and what has
 * been answered within it was answered by a database that is well. */
#define RUN_TIME 500

/* Troubles in a row that may be the database's own; more, and what is asked
 * of it is too much: it has no room for that, or dies of it. */
#define TROUBLES_MOST 2

#define TOO_COSTLY "it holds up the data set: the database can't ask its " \
    "query of an event in time"

/* What is remembered of a data set. */
typedef struct state_t {
    tmf_pace_t pace;
    tmf_apart_t *apart;
    int n_troubles;           /* since a statement went right */
} state_t;

struct tmf_relayer_t {
    const tmf_relay_t *relay;
    apr_pool_t *pool;
    apr_array_header_t *names;    /* const char *: the data sets */
    apr_hash_t *states;       /* data set -> state_t */
    unsigned int n_runs;
    tmf_pace_t pace;          /* of asking what there is to do */
};

/* A data set's events, on the way. */
typedef struct job_t {
    tmf_relayer_t *relayer;
    const tmf_relay_source_t *source;
    tmf_db_t *db;             /* of the last statement; to read its rows */
    apr_int64_t end;          /* ms: of the run */
    apr_pool_t *p;
    tmf_relayed_t *relayed;
    apr_hash_t *makes;        /* mount's path -> make_t */
    apr_hash_t *by_query;     /* mount, base, query -> tmf_audience_t */
    apr_hash_t *last;         /* mount, base -> place_t */
    apr_array_header_t *places;   /* of place_t * */
    apr_array_header_t *ids;
    const char *data_set;
    state_t *state;
    const char *foreign;      /* why it is not for this server; or NULL */
    int n_stuck;              /* what has failed alone had so before */
} job_t;

/* What the definition of a mount makes of events. */
typedef struct make_t {
    const tmf_resource_t *envelope;
    const apr_array_header_t *types;
    const char *domain;
    int is_v5;
} make_t;

/* The audiences of one mount and base. */
typedef struct place_t {
    apr_array_header_t *audiences;    /* of tmf_audience_t * */
} place_t;

/* A row of tmf_sql_waiting. */
typedef struct row_t {
    const char *id;
    const char *mount;
    const char *base;
    const char *query;
    const char *seq;
} row_t;

/* --- around the statements ---------------------------------------------- */

static apr_int64_t now(const job_t *job)
{
    return job->source->now(job->source->data);
}

static int has_time(const job_t *job)
{
    return now(job) < job->end;
}

static tmf_error_t *run(job_t *job, const tmf_sql_t *sql, tmf_rows_t **rows)
{
    tmf_error_t *err = NULL;

    job->db = job->source->connect(job->source->data, job->p);
    err = job->db->run(job->db, sql, job->p, rows);
    job->db->release(job->db);
    return err;
}

/* Nothing is wrong with what was asked for. */
static int is_trouble(const tmf_error_t *err)
{
    return !err->is_slow && (err->status == 503 || err->status == 507);
}

/* Without an answer there may be no database, and no use in going on. */
static int is_cut_off(const tmf_error_t *err)
{
    return is_trouble(err) && err->status == 503 && !err->is_locked;
}

/* Its query is at fault, and not the database. */
static int is_costly(const tmf_error_t *err)
{
    return err->is_slow || err->status < 500;
}

/* --- mounts ------------------------------------------------------------- */

static const tmf_mount_t *find_mount(const job_t *job, const char *path)
{
    const tmf_relay_t *relay = job->relayer->relay;
    int i = 0;

    for (i = 0; i < relay->n_mounts; i++) {
        const tmf_mount_t *mount = relay->mounts[i];

        if (!strcmp(mount->data_set, job->data_set)
            && !strcmp(mount->path, path)) {
            return mount;
        }
    }
    return NULL;
}

/* NULL if this server has no such mount. */
static const make_t *make_of(const job_t *job, const char *path)
{
    make_t *make = apr_hash_get(job->makes, path, APR_HASH_KEY_STRING);
    const tmf_mount_t *mount = make ? NULL : find_mount(job, path);

    if (make || !mount) {
        return make;
    }
    make = apr_pcalloc(job->p, sizeof(*make));
    make->envelope = tmf_envelope_make(mount->spec, job->p);
    make->types = tmf_envelope_types(mount->spec, job->p);
    make->is_v5 = tmf_envelope_is_v5(mount->spec);
    make->domain = *mount->spec->title ? mount->spec->title : NULL;
    apr_hash_set(job->makes, path, APR_HASH_KEY_STRING, make);
    return make;
}

/* --- subscriptions ------------------------------------------------------ */

static void report(const job_t *job, const char *text)
{
    APR_ARRAY_PUSH(job->relayed->faults, const char *) = text;
}

static int tells(const job_t *job, tmf_pace_line_t line)
{
    return tmf_pace_tells(&job->state->pace, line, now(job));
}

static place_t *place_of(const job_t *job, const row_t *row)
{
    const char *key = apr_pstrcat(job->p, row->mount, "\n", row->base, NULL);
    place_t *place = apr_hash_get(job->last, key, APR_HASH_KEY_STRING);

    if (!place) {
        place = apr_pcalloc(job->p, sizeof(*place));
        place->audiences = apr_array_make(job->p, 4,
                                          sizeof(tmf_audience_t *));
        APR_ARRAY_PUSH(job->places, place_t *) = place;
        apr_hash_set(job->last, key, APR_HASH_KEY_STRING, place);
    }
    return place;
}

/* NULL if this server doesn't understand the subscription. */
static tmf_audience_t *make_audience(job_t *job, const row_t *row,
                                     const char *name)
{
    const make_t *make = make_of(job, row->mount);
    tmf_query_t *query = apr_pcalloc(job->p, sizeof(*query));
    tmf_audience_t *audience = apr_pcalloc(job->p, sizeof(*audience));

    if (!make) {
        job->foreign = apr_psprintf(job->p, "subscription %s was made at %s,"
                                    " which is no mount here", row->id,
                                    row->mount);
        return NULL;
    }
    if (tmf_envelope_query(row->query, make->envelope, job->p, query)) {
        job->foreign = apr_psprintf(job->p, "the definition at %s has not "
                                    "what subscription %s asks for",
                                    row->mount, row->id);
        return NULL;
    }
    audience->name = name;
    audience->after = row->seq;
    audience->base = row->base;
    audience->domain = make->domain;
    audience->is_v5 = make->is_v5;
    audience->types = make->types;
    audience->query = query;
    audience->tree = tmf_envelope_tree(query->fields, make->envelope,
                                       job->p);
    audience->ids = apr_array_make(job->p, 2, sizeof(const char *));
    APR_ARRAY_PUSH(place_of(job, row)->audiences, tmf_audience_t *)
        = audience;
    return audience;
}

/* Its number is too great for the event that goes apart. */
static int is_too_new(const job_t *job, const row_t *row)
{
    const char *seq = tmf_apart_seq(job->state->apart);

    return seq && apr_atoi64(row->seq) >= apr_atoi64(seq);
}

/* An audience has one query text, so the same one is parsed once. */
static const char *name_audience(const job_t *job, const row_t *row)
{
    const char *name = apr_pstrcat(job->p, row->mount, "\n", row->base, "\n",
                                   row->query, NULL);

    return tmf_apart_is_divided(job->state->apart, name)
        ? apr_pstrcat(job->p, name, "\n", row->id, NULL) : name;
}

/* The rows come by their numbers: the first of an audience has its least. */
static void add_subscription(job_t *job, const row_t *row)
{
    const char *key = name_audience(job, row);
    tmf_audience_t *audience = apr_hash_get(job->by_query, key,
                                            APR_HASH_KEY_STRING);

    APR_ARRAY_PUSH(job->ids, const char *) = row->id;
    if (is_too_new(job, row)) {
        return;
    }
    if (!audience) {
        audience = make_audience(job, row, key);
    }
    if (!audience) {
        return;
    }
    apr_hash_set(job->by_query, key, APR_HASH_KEY_STRING, audience);
    APR_ARRAY_PUSH(audience->ids, const char *) = row->id;
}

/* --- statements --------------------------------------------------------- */

static const apr_array_header_t *all_audiences(const job_t *job)
{
    apr_array_header_t *all = apr_array_make(job->p, 8,
                                             sizeof(tmf_audience_t *));
    int i = 0;

    for (i = 0; i < job->places->nelts; i++) {
        apr_array_cat(all, APR_ARRAY_IDX(job->places, i,
                                         const place_t *)->audiences);
    }
    return all;
}

/* @param n set to the number of events that it was about. */
static tmf_error_t *fan_out(job_t *job, const tmf_fanout_t *fanout,
                            int *n)
{
    const tmf_sql_t *sql = tmf_sql_relay(fanout, job->p);
    tmf_relayed_t *relayed = job->relayed;
    const tmf_db_t *db = NULL;
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = NULL;

    if (sql->n_values > VALUES_MAX) {
        return tmf_error_internal(job->p, TMF_INTERNAL, "the subscriptions "
                                  "have too many criteria for a statement");
    }
    err = run(job, sql, &rows);
    if (err) {
        job->state->n_troubles += is_trouble(err);
        return err;
    }
    db = job->db;
    *n = (int)apr_atoi64(db->value(rows, 0, TMF_RELAY_EVENTS, NULL));
    if (*n > 0) {
        job->state->n_troubles = 0;   /* it wasn't left to another server */
    }
    relayed->n_events += fanout->is_part ? 0 : *n;
    relayed->n_deliveries += (int)apr_atoi64(
        db->value(rows, 0, TMF_RELAY_DELIVERIES, NULL));
    relayed->is_more |= *db->value(rows, 0, TMF_RELAY_MORE, NULL) == 't';
    return NULL;
}

static tmf_fanout_t whole(const job_t *job)
{
    tmf_fanout_t fanout = { 0 };

    fanout.data_set = job->data_set;
    fanout.most = tmf_pace_batch(&job->state->pace, TMF_RELAY_BATCH);
    fanout.bytes = TMF_RELAY_BYTES;
    fanout.ids = job->ids;
    fanout.audiences = all_audiences(job);
    return fanout;
}

static tmf_error_t *relay_batch(job_t *job)
{
    tmf_fanout_t fanout = whole(job);
    int n = 0;

    TMF_TRY(fan_out(job, &fanout, &n));
    if (n > 0) {
        tmf_pace_right(&job->state->pace);
    }
    return NULL;
}

/* --- one event, one audience at a time ---------------------------------- */

/* The same event, made without the query, and its row written, show that
 * neither the event nor the database is what takes so long. */
static int is_well(job_t *job, const tmf_audience_t *audience)
{
    apr_int64_t began = now(job);
    tmf_rows_t *rows = NULL;

    return !run(job, tmf_sql_weigh(tmf_apart_seq(job->state->apart),
                                   audience, job->p), &rows)
        && rows->n > 0 && now(job) - began < RUN_TIME;
}

static tmf_error_t *disable(job_t *job, const tmf_audience_t *audience)
{
    tmf_rows_t *rows = NULL;
    int i = 0;

    for (i = 0; i < audience->ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(audience->ids, i, const char *);

        TMF_TRY(run(job, tmf_sql_disable(id, TOO_COSTLY, job->p), &rows));
        report(job, apr_psprintf(job->p, "TMF00408: subscription %s is "
                                 "disabled: " TOO_COSTLY " (data set %s, "
                                 "event %s)", id, job->data_set,
                                 tmf_apart_seq(job->state->apart)));
    }
    job->relayed->is_more = 1;
    return NULL;
}

static int has_criteria(const tmf_audience_t *audience)
{
    return audience->query->n_terms > 0 || audience->query->n_filters > 0;
}

/* Whoever is too costly alone, again and again, while the database is well, is
 * disabled: the others would wait for ever. Trouble, often enough, lets others
 * have their turn, and that is all.
 * @return NULL if that is mended by it. */
static tmf_error_t *blame(job_t *job, const tmf_audience_t *audience,
                          tmf_error_t *err)
{
    tmf_apart_t *apart = job->state->apart;
    int is_fault = !is_trouble(err) && is_costly(err);
    int is_suspect = 0;

    if (is_trouble(err) && job->state->n_troubles <= TROUBLES_MOST) {
        return err;
    }
    is_suspect = tmf_apart_wrong(apart, audience, all_audiences(job),
                                 is_fault, now(job));
    job->n_stuck = tmf_apart_count(apart, audience) - 1;
    if (tells(job, TMF_PACE_STUCK)) {
        report(job, apr_psprintf(job->p, "TMF00406: event %s of data set %s "
                                 "can't be relayed to subscription %s (%d "
                                 "with that query), and holds up those after"
                                 " it: %s: %s", tmf_apart_seq(apart),
                                 job->data_set,
                                 APR_ARRAY_IDX(audience->ids, 0,
                                               const char *),
                                 audience->ids->nelts, err->code,
                                 tmf_error_detail(err)));
    }
    return is_suspect && is_fault && has_criteria(audience)
        && is_well(job, audience) ? disable(job, audience) : err;
}

/* Who hasn't failed comes first; then who has failed most: each of them has
 * its end sooner than all of them would by turns. */
static const tmf_audience_t *next_part(const job_t *job)
{
    const apr_array_header_t *all = all_audiences(job);
    const tmf_audience_t *next = NULL;
    int most = 0;
    int i = 0;

    for (i = 0; i < all->nelts; i++) {
        const tmf_audience_t *one = APR_ARRAY_IDX(all, i,
                                                  const tmf_audience_t *);
        int n = tmf_apart_count(job->state->apart, one);

        if (n == 0) {
            return one;
        }
        if (n > most) {
            next = one;
            most = n;
        }
    }
    return next;
}

/* @param audience NULL: nobody, and the event is done with. */
static tmf_error_t *relay_part(job_t *job, const tmf_audience_t *audience,
                               int *n)
{
    tmf_fanout_t fanout = whole(job);
    apr_array_header_t *one = apr_array_make(job->p, 1,
                                             sizeof(tmf_audience_t *));

    if (audience) {
        APR_ARRAY_PUSH(one, const tmf_audience_t *) = audience;
    }
    fanout.audiences = one;
    fanout.most = 1;
    fanout.seq = tmf_apart_seq(job->state->apart);
    fanout.is_part = audience != NULL;
    return fan_out(job, &fanout, n);
}

/* An event that is too much for one statement has one for each audience; it
 * leaves the outbox after the last. If somebody else is at work, or the
 * subscriptions have changed, it is for next time; so it is if there is no
 * time left. */
static tmf_error_t *relay_apart(job_t *job)
{
    const tmf_audience_t *audience = NULL;
    tmf_apart_t *apart = job->state->apart;
    tmf_error_t *err = NULL;
    int n = 1;

    while (n > 0 && (audience = next_part(job)) != NULL) {
        err = relay_part(job, audience, &n);
        if (err) {
            return blame(job, audience, err);
        }
        if (n > 0) {
            tmf_apart_right(apart, audience);
        }
        if (!has_time(job)) {
            job->relayed->is_more |= n > 0;
            return NULL;
        }
    }
    if (n > 0) {
        TMF_TRY(relay_part(job, NULL, &n));
    }
    if (n > 0) {
        tmf_pace_right(&job->state->pace);
        job->relayed->is_more = 1;
    }
    return NULL;
}

/* --- data sets ---------------------------------------------------------- */

/* What is about one data set's events or subscriptions must not keep the
 * others from theirs. */
static void note_failure(job_t *job, const tmf_error_t *err)
{
    tmf_pace_t *pace = &job->state->pace;
    int most = 0;

    if (is_trouble(err) && job->state->n_troubles <= TROUBLES_MOST) {
        tmf_pace_rest(pace, now(job));
    } else {
        tmf_pace_wrong(pace, TMF_RELAY_BATCH, job->n_stuck, now(job));
    }
    most = tmf_pace_batch(pace, TMF_RELAY_BATCH);
    if (!err->is_quiet && tells(job, TMF_PACE_FAILED)) {
        report(job, apr_psprintf(job->p, "TMF00405: data set %s is not "
                                 "relayed: %s: %s; it is tried again with "
                                 "%d at a time", job->data_set, err->code,
                                 tmf_error_detail(err),
                                 most > 0 ? most : 1));
    }
}

/* The definition may be older here than where the subscription was made, or
 * newer. Who relayed without it would take its events from it; who disabled
 * it would do so for a while that an update takes. So nobody here takes
 * anything out, and other servers, who understand it, relay it all. If there
 * are none, the events are at least still there. */
static void leave(const job_t *job)
{
    if (tells(job, TMF_PACE_FOREIGN)) {
        report(job, apr_psprintf(job->p, "TMF00407: the events of data set "
                                 "%s are left to other servers: %s; if none "
                                 "has it, they wait: mount it, or end the "
                                 "subscription (tmfctl events disable)",
                                 job->data_set, job->foreign));
    }
}

static state_t *state_of(const tmf_relayer_t *relayer, const char *data_set)
{
    return apr_hash_get(relayer->states, data_set, APR_HASH_KEY_STRING);
}

static void begin(job_t *job, const char *data_set)
{
    job->data_set = data_set;
    job->state = state_of(job->relayer, data_set);
    job->makes = apr_hash_make(job->p);
    job->by_query = apr_hash_make(job->p);
    job->last = apr_hash_make(job->p);
    job->places = apr_array_make(job->p, 2, sizeof(place_t *));
    job->ids = apr_array_make(job->p, 8, sizeof(const char *));
    job->foreign = NULL;
    job->n_stuck = 0;
}

/* Which event is too much for one statement: the same as before, or the next;
 * none, if nothing is. */
static tmf_error_t *begin_apart(job_t *job)
{
    tmf_rows_t *rows = NULL;

    if (tmf_pace_batch(&job->state->pace, TMF_RELAY_BATCH) > 0) {
        tmf_apart_begin(job->state->apart, NULL);
        return NULL;
    }
    TMF_TRY(run(job, tmf_sql_oldest(job->data_set, job->p), &rows));
    tmf_apart_begin(job->state->apart,
                    rows->n > 0 ? job->db->value(rows, 0, 0, NULL) : NULL);
    return NULL;
}

/* The rows of one data set: from one up to, not with, another. */
static tmf_error_t *relay_data_set(job_t *job, const tmf_rows_t *rows,
                                   int from, int end)
{
    const tmf_db_t *db = job->db;
    int i = 0;

    begin(job, db->value(rows, from, TMF_WAITING_DATA_SET, NULL));
    if (now(job) < job->state->pace.until) {
        return NULL;
    }
    TMF_TRY(begin_apart(job));
    for (i = from; i < end; i++) {
        row_t row = { db->value(rows, i, TMF_WAITING_ID, NULL),
                      db->value(rows, i, TMF_WAITING_MOUNT, NULL),
                      db->value(rows, i, TMF_WAITING_BASE, NULL),
                      db->value(rows, i, TMF_WAITING_QUERY, NULL),
                      db->value(rows, i, TMF_WAITING_SEQ, NULL) };

        if (row.id) {
            add_subscription(job, &row);
        }
    }
    if (job->foreign) {
        leave(job);
        return NULL;
    }
    if (tmf_apart_seq(job->state->apart)) {
        return relay_apart(job);
    }
    return tmf_pace_batch(&job->state->pace, TMF_RELAY_BATCH) > 0
        ? relay_batch(job) : NULL;
}

static int end_of(const tmf_db_t *db, const tmf_rows_t *rows, int from)
{
    const char *name = db->value(rows, from, TMF_WAITING_DATA_SET, NULL);
    int i = from + 1;

    while (i < rows->n
           && !strcmp(db->value(rows, i, TMF_WAITING_DATA_SET, NULL),
                      name)) {
        i++;
    }
    return i;
}

/* --- all of them -------------------------------------------------------- */

tmf_relayer_t *tmf_relayer_make(const tmf_relay_t *relay, apr_pool_t *p)
{
    tmf_relayer_t *relayer = apr_pcalloc(p, sizeof(*relayer));
    int i = 0;

    relayer->relay = relay;
    relayer->pool = p;
    relayer->names = apr_array_make(p, 8, sizeof(const char *));
    relayer->states = apr_hash_make(p);
    for (i = 0; i < relay->n_mounts; i++) {
        const char *name = relay->mounts[i]->data_set;

        if (!state_of(relayer, name)) {
            state_t *state = apr_pcalloc(p, sizeof(*state));

            state->apart = tmf_apart_make(p);
            apr_hash_set(relayer->states, name, APR_HASH_KEY_STRING, state);
            APR_ARRAY_PUSH(relayer->names, const char *) = name;
        }
    }
    return relayer;
}

/* The first row of each data set, and the end. */
static apr_array_header_t *list_parts(const job_t *job,
                                      const tmf_rows_t *rows)
{
    apr_array_header_t *list = apr_array_make(job->p, 8, sizeof(int));
    int i = 0;

    while (i < rows->n) {
        APR_ARRAY_PUSH(list, int) = i;
        i = end_of(job->db, rows, i);
    }
    APR_ARRAY_PUSH(list, int) = i;
    return list;
}

/* By turns another one is the first. Those left out are next, at once if
 * there was something to do: that won't be there for ever. */
static void relay_all(job_t *job, const tmf_rows_t *rows)
{
    tmf_relayed_t *relayed = job->relayed;
    const apr_array_header_t *parts = list_parts(job, rows);
    unsigned int n = (unsigned int)parts->nelts - 1;
    unsigned int turn = job->relayer->n_runs++;
    tmf_error_t *err = NULL;
    int has_failed = 0;
    unsigned int i = 0;

    job->end = now(job) + RUN_TIME;
    for (i = 0; i < n && !(err && is_cut_off(err)); i++) {
        const int *part = &APR_ARRAY_IDX(parts, (turn + i) % n, int);

        if (i > 0 && !has_time(job)) {
            relayed->is_more |= has_failed || relayed->n_events > 0
                || relayed->n_deliveries > 0;
            return;
        }
        err = relay_data_set(job, rows, part[0], part[1]);
        if (err) {
            has_failed = 1;   /* and has a pause */
            note_failure(job, err);
        }
    }
}

/* That it can't even be asked what there is to do. */
static void note_silence(job_t *job, const tmf_error_t *err)
{
    tmf_pace_t *pace = &job->relayer->pace;

    tmf_pace_rest(pace, now(job));
    if (tmf_pace_tells(pace, TMF_PACE_FAILED, now(job))) {
        report(job, apr_psprintf(job->p, "TMF00405: nothing is relayed: %s: "
                                 "%s", err->code,
                                 tmf_error_detail(err)));
    }
}

tmf_error_t *tmf_relayer_run(tmf_relayer_t *relayer,
                             const tmf_relay_source_t *source,
                             apr_pool_t *p, tmf_relayed_t *relayed)
{
    job_t job = { 0 };
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = NULL;

    job.relayer = relayer;
    job.source = source;
    job.p = p;
    job.relayed = relayed;
    memset(relayed, 0, sizeof(*relayed));
    relayed->faults = apr_array_make(p, 1, sizeof(const char *));
    if (now(&job) < relayer->pace.until) {
        return NULL;
    }
    err = run(&job, tmf_sql_waiting(relayer->names, p), &rows);
    if (err && is_cut_off(err)) {
        return err;
    }
    if (!err) {
        relay_all(&job, rows);
    } else {
        note_silence(&job, err);
    }
    return NULL;
}
