/* From the outbox to the deliveries of each subscription: the fan-out. */
#ifndef TMF_RELAY_H
#define TMF_RELAY_H

#include "api/tmf_request.h"
#include "store/tmf_db.h"

/** Events of one data set that one statement deals with, at most. */
#define TMF_RELAY_BATCH 200

/** Bytes that one statement writes, about: documents as they are stored,
 *  times the subscriptions of the data set. At least one event is relayed. */
#define TMF_RELAY_BYTES 16777216

/** What a server relays: the data sets of its mounts. */
typedef struct tmf_relay_t {
    int n_mounts;
    const tmf_mount_t *const *mounts;     /* of all its virtual servers;
                                             several may share a data set */
} tmf_relay_t;

/** Where connections come from: each statement has one of its own, since a
 *  connection has a time for all that is done with it. */
typedef struct tmf_relay_source_t {
    tmf_db_t *(*connect)(void *data, apr_pool_t *p);
    /** ms of a clock that nobody sets. */
    apr_int64_t (*now)(void *data);
    void *data;
} tmf_relay_source_t;

/** What one run has done. */
typedef struct tmf_relayed_t {
    int n_events;             /* that left the outbox */
    int n_deliveries;         /* that were made of them */
    int is_more;              /* run again at once: a batch was full, or
                                 it took all the time there was for some */
    apr_array_header_t *faults;   /* of const char *: lines for the log, with
                                     their numbers; never of a client's
                                     text */
} tmf_relayed_t;

/** What relays. It remembers how each data set has fared, here alone: each
 *  process learns by itself which are too much. */
typedef struct tmf_relayer_t tmf_relayer_t;

/** @param relay kept, not copied. */
tmf_relayer_t *tmf_relayer_make(const tmf_relay_t *relay, apr_pool_t *p);

/**
 * Relay at most one batch of each data set, for half a second; who was left
 * out comes first another time. What another server is relaying at the moment
 * is left to it, and so is a data set with a subscription that this server
 * doesn't understand. What fails is the data set's own trouble: the log is
 * told, the others go on, and next time it is less.
 * @param p scratch.
 * @param relayed filled in, also with an error.
 * @return TMF_UNAVAILABLE, if the database could not even be asked what
 *         there is to do.
 */
tmf_error_t *tmf_relayer_run(tmf_relayer_t *relayer,
                             const tmf_relay_source_t *source,
                             apr_pool_t *p, tmf_relayed_t *relayed);

#endif
