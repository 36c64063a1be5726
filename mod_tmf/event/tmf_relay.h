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

/** What one run has done. */
typedef struct tmf_relayed_t {
    int n_events;             /* that left the outbox */
    int n_deliveries;         /* that were made of them */
    int is_more;              /* a batch was full: run again at once */
    apr_array_header_t *faults;   /* of const char *: to be logged as
                                     errors; never of a client's text */
} tmf_relayed_t;

/**
 * Relay at most one batch of each data set. What another server is relaying
 * at the moment is left to it. The caller releases the connection.
 * @param relayed filled in, also with an error, which ends the run.
 * @return errors of tmf_db_t.
 */
tmf_error_t *tmf_relay_run(const tmf_relay_t *relay, tmf_db_t *db,
                           apr_pool_t *p, tmf_relayed_t *relayed);

#endif
