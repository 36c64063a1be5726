/* One event on its way to one subscription, while a sender has the lease. */
#ifndef TMF_DELIVERY_H
#define TMF_DELIVERY_H

#include <apr_ring.h>

#include "event/tmf_outcome.h"
#include "event/tmf_post.h"
#include "event/tmf_signature.h"
#include "store/tmf_db.h"

/** The secrets of a mount, for subscriptions that have none. */
typedef struct tmf_mount_secrets_t {
    const char *mount;        /* its path */
    const char *data_set;
    const char *secrets;      /* a blank between them */
} tmf_mount_secrets_t;

/** What signs. */
typedef struct tmf_signer_t {
    tmf_hmac_t *hmac;
    int n_mounts;
    const tmf_mount_secrets_t *mounts;
} tmf_signer_t;

/** Deliveries that were claimed together, in a pool of their own. */
typedef struct tmf_batch_t {
    apr_pool_t *pool;
    int n_left;
} tmf_batch_t;

typedef struct tmf_delivery_t tmf_delivery_t;

struct tmf_delivery_t {
    APR_RING_ENTRY(tmf_delivery_t) link;
    tmf_batch_t *batch;
    tmf_post_t post;
    const char *subscription;
    const char *lane;
    const char *fence;
    const char *event_id;
    int attempts;             /* that have failed before */
    apr_int64_t began;        /* ms: when it was sent */
    apr_int64_t unseen;       /* ms since then in which nobody looked for an
                                 answer */
    apr_int64_t looked;       /* ms: by when somebody had, before the last of
                                 that */
    int is_over;              /* outcome is known, but not written down */
    tmf_outcome_t outcome;
};

/** A ring of them. */
typedef APR_RING_HEAD(tmf_deliveries_t, tmf_delivery_t) tmf_deliveries_t;

/**
 * Make a delivery of a row of tmf_sql_claim.
 * @param batch its pool is the delivery's; it must be that of the rows.
 * @return NULL if it can't be signed, although it should be.
 */
tmf_delivery_t *tmf_delivery_make(const tmf_signer_t *signer,
                                  tmf_batch_t *batch, const tmf_db_t *db,
                                  const tmf_rows_t *rows, int row);

#endif
