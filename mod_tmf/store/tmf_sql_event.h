/* Subscriptions, and events on their way to them, as SQL. */
#ifndef TMF_SQL_EVENT_H
#define TMF_SQL_EVENT_H

#include "api/tmf_query.h"
#include "store/tmf_db.h"

/** A subscription. What isn't asked for or not yet known is NULL. */
typedef struct tmf_subscription_t {
    const char *id;
    const char *data_set;
    const char *mount;        /* path of the mount where it was made */
    const char *base;         /* the mount's public base then */
    const char *callback;
    const char *query;        /* as it was sent; NULL: every event */
} tmf_subscription_t;

/** Subscriptions with the same envelopes and the same query. */
typedef struct tmf_audience_t {
    const char *name;         /* tells it from others */
    const char *base;         /* what hrefs begin with */
    const char *domain;       /* of the envelope; or NULL */
    int is_v5;                /* envelope of version 5 */
    const apr_array_header_t *types;  /* of const char *: events that the
                                         mount's definition has; NULL: all */
    const tmf_query_t *query; /* made for envelopes */
    const char *tree;         /* of tmf.pick, JSON text; NULL: all */
    const char *after;        /* events with greater numbers alone are for
                                 any of them */
    apr_array_header_t *ids;  /* of const char * */
} tmf_audience_t;

/** One batch of one data set's events. */
typedef struct tmf_fanout_t {
    const char *data_set;
    int most;                 /* events at most */
    apr_size_t bytes;         /* of their documents, as they are stored, and
                                 times the subscriptions: about */
    const apr_array_header_t *ids;    /* of const char *: all the active
                                         subscriptions, oldest first */
    const apr_array_header_t *audiences;  /* of tmf_audience_t *: those of
                                             one base next to each other */
    const char *seq;          /* of this event, if it is the oldest; NULL: of
                                 whichever are */
    int is_part;              /* others want them, too: they stay in the
                                 outbox */
} tmf_fanout_t;

/** Columns of tmf_sql_subscribe and tmf_sql_subscriptions. */
enum {
    TMF_SUBSCRIPTION_ID,
    TMF_SUBSCRIPTION_CALLBACK,
    TMF_SUBSCRIPTION_QUERY
};

/** Columns of tmf_sql_waiting. */
enum {
    TMF_WAITING_DATA_SET,
    TMF_WAITING_ID,
    TMF_WAITING_MOUNT,
    TMF_WAITING_BASE,
    TMF_WAITING_QUERY,
    TMF_WAITING_SEQ           /* it gets events with greater numbers */
};

/** Columns of tmf_sql_relay. */
enum {
    TMF_RELAY_OPEN,           /* t, or f: nothing was done, the list of
                                 subscriptions has changed or another server
                                 is at work */
    TMF_RELAY_EVENTS,
    TMF_RELAY_DELIVERIES,
    TMF_RELAY_MORE            /* t: there may be more events */
};

/** The statement that makes a subscription; it answers it, or no row if the
 *  data set has as many active ones as allowed. */
const tmf_sql_t *tmf_sql_subscribe(const tmf_subscription_t *subscription,
                                   int most, apr_pool_t *p);

/** The statement that answers the subscriptions made at a mount, or the one
 *  with the id. */
const tmf_sql_t *tmf_sql_subscriptions(const tmf_subscription_t *which,
                                       apr_pool_t *p);

/** The statement that ends the subscription with the id, made at a mount: a
 *  row if it was there. */
const tmf_sql_t *tmf_sql_unsubscribe(const tmf_subscription_t *which,
                                     apr_pool_t *p);

/** The statement that waits a second at most for those who write to a data
 *  set: they may have looked for subscriptions before the last was made. */
const tmf_sql_t *tmf_sql_await(const char *data_set, apr_pool_t *p);

/** The statement that disables a subscription. */
const tmf_sql_t *tmf_sql_disable(const char *id, const char *why,
                                 apr_pool_t *p);

/**
 * The statement that answers which data sets have events in the outbox, with
 * their active subscriptions, oldest first. One without any has one row of
 * nulls.
 * @param data_sets of const char *.
 */
const tmf_sql_t *tmf_sql_waiting(const apr_array_header_t *data_sets,
                                 apr_pool_t *p);

/** The statement that answers the number of a data set's oldest event in the
 *  outbox, or no row. */
const tmf_sql_t *tmf_sql_oldest(const char *data_set, apr_pool_t *p);

/** The statement that makes the envelope of an event in the outbox, and
 *  writes and locks what relaying it to an audience does, but leaves all as
 *  it is: it answers the length, or no row. */
const tmf_sql_t *tmf_sql_weigh(const char *seq,
                               const tmf_audience_t *audience,
                               apr_pool_t *p);

/**
 * The statement that turns the oldest events of a data set into deliveries,
 * and takes them out of the outbox. It does nothing if there are other
 * active subscriptions than it was made for: so none that was made before an
 * event was committed can be passed over. Where there is a delivery already,
 * it stays as it is.
 */
const tmf_sql_t *tmf_sql_relay(const tmf_fanout_t *fanout, apr_pool_t *p);

#endif
