/* Leases of deliveries, as SQL: the functions of sql/0002_events.sql. */
#ifndef TMF_SQL_SEND_H
#define TMF_SQL_SEND_H

#include "store/tmf_db.h"

/** What a sender asks for. */
typedef struct tmf_claim_t {
    apr_int64_t lease;        /* ms */
    int most;                 /* deliveries */
    int per_subscription;     /* of them, with those that are held */
    int n_held;               /* subscriptions of which the sender holds */
    const char *const *held;  /* their ids */
    const int *held_counts;
    /* of const char *: the subscriptions of each data set that were made at
     * the mount with the same place in the other list */
    const apr_array_header_t *data_sets;
    const apr_array_header_t *mounts;
} tmf_claim_t;

/** Columns of tmf_sql_claim. */
enum {
    TMF_CLAIM_SUBSCRIPTION,
    TMF_CLAIM_LANE,
    TMF_CLAIM_FENCE,
    TMF_CLAIM_EVENT_ID,
    TMF_CLAIM_BODY,
    TMF_CLAIM_CALLBACK,
    TMF_CLAIM_MOUNT,
    TMF_CLAIM_DATA_SET,
    TMF_CLAIM_ATTEMPTS,       /* that have failed */
    TMF_CLAIM_SECRETS         /* none, one or two, a blank between */
};

/** How one attempt went. */
typedef struct tmf_settled_t {
    const char *subscription;
    const char *lane;
    const char *fence;
    const char *outcome;      /* one of those that tmf.settle() knows */
    apr_int64_t delay;        /* ms until the next attempt */
    int status;               /* of HTTP; 0: none */
    const char *failure;      /* or NULL */
} tmf_settled_t;

/** The statement that takes deliveries that are due. */
const tmf_sql_t *tmf_sql_claim(const tmf_claim_t *claim, apr_pool_t *p);

/**
 * The statement that writes down how attempts went; it answers of how many
 * the lease was still held. A second run of it does nothing.
 * @param settled of tmf_settled_t.
 */
const tmf_sql_t *tmf_sql_settle(const apr_array_header_t *settled,
                                apr_pool_t *p);

/** The statement that removes what was delivered so many seconds ago, at
 *  most so many rows in each of its steps; it answers how many. */
const tmf_sql_t *tmf_sql_purge(apr_int64_t seconds, int most, apr_pool_t *p);

#endif
