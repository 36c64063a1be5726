/* Statements on a connection of libpq, whoever opened it. */
#ifndef TMF_PG_H
#define TMF_PG_H

#include "dbd/tmf_session.h"
#include "store/tmf_db.h"

/**
 * Run one statement as a transaction of its own, as tmf_db_t.run does.
 *
 * Before it runs, a transaction that somebody left open is rolled back and
 * a connection that the server has closed is opened again. A statement that
 * failed with its connection is run once more on a new one if it only
 * reads, or provably never ran; else TMF_OUTCOME_UNKNOWN is the truth. One
 * that was rolled back for others' sake is run again, twice at most.
 * @param session its time bounds all of that; is_refused and is_late are
 *        set. Its connection is used by no other thread meanwhile.
 */
tmf_error_t *tmf_pg_run(tmf_session_t *session, const tmf_sql_t *sql,
                        apr_pool_t *p, tmf_rows_t **rows);

/** Run one statement that only reads, row by row, as tmf_db_t.each does. All
 *  is as tmf_pg_run has it, but that it is run again only if no row has been
 *  taken yet. What the taker does counts for the time, too. */
tmf_error_t *tmf_pg_each(tmf_session_t *session, const tmf_sql_t *sql,
                         const tmf_taker_t *taker, apr_pool_t *p);

/** The key of cursors, as tmf_db_t.secret gives it. Where the connection keeps
 *  it (tmf_secret_is_kept), nothing is sent. */
tmf_error_t *tmf_pg_secret(tmf_session_t *session, const tmf_sql_t *sql,
                           apr_pool_t *p, const unsigned char **key);

/** A value of a row, as tmf_db_t.value gives it. */
const char *tmf_pg_value(const tmf_rows_t *rows, int row, int column,
                         apr_size_t *length);

/** Make a connection fit for its next user: what is still open in it is
 *  rolled back. If that can't be, PQstatus tells that it is lost. */
void tmf_pg_hand_back(PGconn *conn);

#endif
