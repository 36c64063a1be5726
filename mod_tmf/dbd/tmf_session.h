/* One use of a connection: libpq without a call that could wait for ever. */
#ifndef TMF_SESSION_H
#define TMF_SESSION_H

#include <libpq-fe.h>

#include "dbd/tmf_wait.h"

typedef struct tmf_session_t {
    PGconn *conn;
    tmf_wait_t wait;
    int unnamed;              /* no prepared statements: for poolers */
    int is_refused;           /* a new connection could not be had */
    int is_late;              /* the server has not answered in time, or
                                 hung up twice */
} tmf_session_t;

/** Connected, and outside of a transaction. */
int tmf_session_is_idle(const PGconn *conn);

/** Cut a connection off, so that libpq and all who ask it know it is lost.
 *  The server ends what it was doing for it, without a commit unless it
 *  has begun to. */
void tmf_session_cut(PGconn *conn);

/** Send what libpq has queued.
 *  @return 0 if the time was up before the server had all of it. */
int tmf_session_flush(tmf_session_t *session);

/**
 * The next result of what was sent and flushed.
 * @param result the caller's to clear; NULL after the last one.
 * @return 0 if none came in time, and the connection is cut then.
 */
int tmf_session_next(tmf_session_t *session, PGresult **result);

/**
 * The last result of what was sent.
 * @return the caller's to clear; NULL if none came in time, and the
 *         connection is cut then.
 */
PGresult *tmf_session_answer(tmf_session_t *session);

/** Run a command without values; the result is tmf_session_answer's. */
PGresult *tmf_session_command(tmf_session_t *session, const char *text);

/** Connect a lost connection anew. @return 0 if that failed. */
int tmf_session_reset(tmf_session_t *session);

/**
 * Look whether a database can be connected to and answers, on a connection
 * of its own.
 * @param params as in DBDParams.
 * @param why room for the reason if not, a line.
 * @return 1: it can. So it does if it has no more room for connections.
 */
int tmf_session_probe(const char *params, tmf_wait_t *wait, char *why,
                      apr_size_t size);

#endif
