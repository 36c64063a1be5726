#include "event/tmf_relay.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "event/tmf_envelope.h"
#include "store/tmf_sql_event.h"

/* What a statement can have; one more and it could not be sent. */
#define VALUES_MAX 65535

#define UNREADABLE "its query is not understood, or not any more"

/* A data set's events, on the way. */
typedef struct job_t {
    const tmf_relay_t *relay;
    tmf_db_t *db;
    apr_pool_t *p;
    tmf_relayed_t *relayed;
    apr_hash_t *makes;        /* mount's path -> make_t */
    apr_hash_t *by_query;     /* mount, base, query -> tmf_audience_t */
    apr_hash_t *last;         /* mount, base -> place_t */
    apr_array_header_t *places;   /* of place_t * */
    apr_array_header_t *ids;
    const char *data_set;
    int is_broken;            /* a subscription was disabled: its list isn't
                                 the one that was read any more */
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
} row_t;

/* --- mounts ------------------------------------------------------------- */

/* A mount that this server hasn't is taken for another one of the same data
 * set: its subscriptions get their events all the same. */
static const tmf_mount_t *find_mount(const job_t *job, const char *path)
{
    const tmf_mount_t *found = NULL;
    int i = 0;

    for (i = 0; i < job->relay->n_mounts; i++) {
        const tmf_mount_t *mount = job->relay->mounts[i];

        if (strcmp(mount->data_set, job->data_set) != 0) {
            continue;
        }
        if (!strcmp(mount->path, path)) {
            return mount;
        }
        found = found ? found : mount;
    }
    return found;
}

static const make_t *make_of(const job_t *job, const char *path)
{
    make_t *make = apr_hash_get(job->makes, path, APR_HASH_KEY_STRING);
    const tmf_mount_t *mount = NULL;

    if (make) {
        return make;
    }
    mount = find_mount(job, path);
    make = apr_pcalloc(job->p, sizeof(*make));
    make->envelope = tmf_envelope_make(mount->spec, job->p);
    make->is_v5 = tmf_envelope_is_v5(mount->spec);
    make->domain = *mount->spec->title ? mount->spec->title : NULL;
    if (!strcmp(mount->path, path)) {
        make->types = tmf_envelope_types(mount->spec, job->p);
    }
    apr_hash_set(job->makes, path, APR_HASH_KEY_STRING, make);
    return make;
}

/* --- subscriptions ------------------------------------------------------ */

static void report(const job_t *job, const char *text)
{
    APR_ARRAY_PUSH(job->relayed->faults, const char *) = text;
}

/* A query that was right once: the definition has changed. If it held up the
 * others, one subscriber would do so for all; what it misses from now on is
 * not kept, and the operator is told. */
static tmf_error_t *disable(job_t *job, const row_t *row)
{
    tmf_rows_t *rows = NULL;

    job->is_broken = 1;
    report(job, apr_psprintf(job->p, "subscription %s of data set %s is "
                             "disabled: " UNREADABLE, row->id,
                             job->data_set));
    return job->db->run(job->db, tmf_sql_disable(row->id, UNREADABLE,
                                                 job->p), job->p, &rows);
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

/* NULL if the query can't be read. */
static tmf_audience_t *make_audience(const job_t *job, const row_t *row)
{
    const make_t *make = make_of(job, row->mount);
    tmf_query_t *query = apr_pcalloc(job->p, sizeof(*query));
    tmf_audience_t *audience = apr_pcalloc(job->p, sizeof(*audience));

    if (tmf_envelope_query(row->query, make->envelope, job->p, query)) {
        return NULL;
    }
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

/* An audience has one query text, so the same one is parsed once. */
static tmf_error_t *add_subscription(job_t *job, const row_t *row)
{
    const char *key = apr_pstrcat(job->p, row->mount, "\n", row->base, "\n",
                                  row->query, NULL);
    tmf_audience_t *audience = apr_hash_get(job->by_query, key,
                                            APR_HASH_KEY_STRING);

    if (!audience) {
        audience = make_audience(job, row);
    }
    if (!audience) {
        return disable(job, row);
    }
    apr_hash_set(job->by_query, key, APR_HASH_KEY_STRING, audience);
    APR_ARRAY_PUSH(audience->ids, const char *) = row->id;
    APR_ARRAY_PUSH(job->ids, const char *) = row->id;
    return NULL;
}

/* --- running ------------------------------------------------------------ */

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

static tmf_error_t *relay_batch(const job_t *job)
{
    tmf_fanout_t fanout = { job->data_set, TMF_RELAY_BATCH, TMF_RELAY_BYTES,
                            job->ids, all_audiences(job) };
    const tmf_sql_t *sql = tmf_sql_relay(&fanout, job->p);
    tmf_db_t *db = job->db;
    tmf_rows_t *rows = NULL;

    if (sql->n_values > VALUES_MAX) {
        return tmf_error_internal(job->p, TMF_INTERNAL, "the subscriptions "
                                  "have too many criteria for a statement");
    }
    TMF_TRY(db->run(db, sql, job->p, &rows));
    job->relayed->n_events += (int)apr_atoi64(
        db->value(rows, 0, TMF_RELAY_EVENTS, NULL));
    job->relayed->n_deliveries += (int)apr_atoi64(
        db->value(rows, 0, TMF_RELAY_DELIVERIES, NULL));
    job->relayed->is_more |= *db->value(rows, 0, TMF_RELAY_MORE, NULL)
        == 't';
    return NULL;
}

/* What is about one data set's subscriptions must not keep the others from
 * theirs; without a database there is no use in going on. */
static tmf_error_t *pass(const job_t *job, tmf_error_t *err)
{
    if (!err || err->status == 503) {
        return err;
    }
    report(job, apr_psprintf(job->p, "data set %s is not relayed: %s: %s",
                             job->data_set, err->code,
                             err->cause ? err->cause : err->reason));
    return NULL;
}

static void begin(job_t *job, const char *data_set)
{
    job->data_set = data_set;
    job->makes = apr_hash_make(job->p);
    job->by_query = apr_hash_make(job->p);
    job->last = apr_hash_make(job->p);
    job->places = apr_array_make(job->p, 2, sizeof(place_t *));
    job->ids = apr_array_make(job->p, 8, sizeof(const char *));
    job->is_broken = 0;
}

/* The rows of one data set: from one up to, not with, another. */
static tmf_error_t *relay_data_set(job_t *job, const tmf_rows_t *rows,
                                   int from, int end)
{
    tmf_db_t *db = job->db;
    int i = 0;

    begin(job, db->value(rows, from, TMF_WAITING_DATA_SET, NULL));
    for (i = from; i < end; i++) {
        row_t row = { db->value(rows, i, TMF_WAITING_ID, NULL),
                      db->value(rows, i, TMF_WAITING_MOUNT, NULL),
                      db->value(rows, i, TMF_WAITING_BASE, NULL),
                      db->value(rows, i, TMF_WAITING_QUERY, NULL) };

        if (row.id) {
            TMF_TRY(add_subscription(job, &row));
        }
    }
    if (job->is_broken) {
        job->relayed->is_more = 1;
        return NULL;
    }
    return relay_batch(job);
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

static const apr_array_header_t *list_data_sets(const tmf_relay_t *relay,
                                                apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, 8, sizeof(const char *));
    apr_hash_t *seen = apr_hash_make(p);
    int i = 0;

    for (i = 0; i < relay->n_mounts; i++) {
        const char *name = relay->mounts[i]->data_set;

        if (!apr_hash_get(seen, name, APR_HASH_KEY_STRING)) {
            apr_hash_set(seen, name, APR_HASH_KEY_STRING, name);
            APR_ARRAY_PUSH(names, const char *) = name;
        }
    }
    return names;
}

tmf_error_t *tmf_relay_run(const tmf_relay_t *relay, tmf_db_t *db,
                           apr_pool_t *p, tmf_relayed_t *relayed)
{
    job_t job = { relay, db, p, relayed, NULL, NULL, NULL, NULL, NULL, NULL,
                  0 };
    tmf_rows_t *rows = NULL;
    int i = 0;

    memset(relayed, 0, sizeof(*relayed));
    relayed->faults = apr_array_make(p, 1, sizeof(const char *));
    TMF_TRY(db->run(db, tmf_sql_waiting(list_data_sets(relay, p), p), p,
                    &rows));
    while (i < rows->n) {
        int end = end_of(db, rows, i);

        TMF_TRY(pass(&job, relay_data_set(&job, rows, i, end)));
        i = end;
    }
    return NULL;
}
