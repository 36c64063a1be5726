#include "dbd/tmf_pg.h"

#include <poll.h>
#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>

#include "dbd/tmf_secret.h"
#include "dbd/tmf_sqlstate.h"
#include "dbd/tmf_statement.h"

#define ENCODING "UTF8"

enum {
    /* A server process that ends says so some milliseconds before its
     * socket closes; what speaks unasked is given that long to go. */
    FAREWELL_MS = 20,
    READS_MAX = 1000,
    HAND_BACK_MS = 100,       /* for a rollback when all is done */
    AGAIN_MAX = 2             /* further tries of what was rolled back */
};

/* One try to run a statement. */
typedef struct attempt_t {
    PGresult *result;
    int sent;                 /* the server may have run it */
} attempt_t;

/* Rows that are taken as they come. */
typedef struct stream_t {
    const tmf_taker_t *taker;
    tmf_error_t *err;         /* the taker's */
    int n_rows;
} stream_t;

static void roll_back(tmf_session_t *session)
{
    PGTransactionStatusType status = PQtransactionStatus(session->conn);

    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR) {
        PQclear(tmf_session_command(session, "ROLLBACK"));
    }
}

/* Nothing is due on an idle connection: if there is something to read, the
 * server has most likely gone, and it is better to know that before a
 * statement is sent. */
static void notice_farewell(PGconn *conn)
{
    struct pollfd watched = {PQsocket(conn), POLLIN, 0};
    int wait = 0;
    int i = 0;

    while (PQstatus(conn) == CONNECTION_OK && i < READS_MAX
           && poll(&watched, 1, wait) > 0) {
        PQconsumeInput(conn);
        wait = FAREWELL_MS;
        i++;
    }
}

/* Late, if the time is up; who has hung up is nobody's fault. */
static tmf_error_t *no_time(tmf_session_t *session, tmf_kind_t kind,
                            apr_pool_t *p)
{
    tmf_error_t *err = NULL;

    if (session->wait.is_gone) {
        err = tmf_error_internal(p, kind, "the client has hung up");
        err->is_quiet = 1;
        return err;
    }
    session->is_late = 1;
    return tmf_error_internal(p, kind, "PostgreSQL did not answer in time");
}

static tmf_error_t *reconnect(tmf_session_t *session, apr_pool_t *p)
{
    const char *message = NULL;

    if (tmf_session_reset(session)) {
        return NULL;
    }
    if (tmf_wait_left(&session->wait) == 0) {
        return no_time(session, TMF_UNAVAILABLE, p);
    }
    message = PQerrorMessage(session->conn);
    return tmf_error_internal(p, TMF_UNAVAILABLE,
                              "cannot connect to PostgreSQL: %.*s",
                              (int)strcspn(message, "\n"), message);
}

/* Alive, outside of a transaction, and speaking UTF-8. */
static tmf_error_t *make_ready(tmf_session_t *session, apr_pool_t *p)
{
    PGconn *conn = session->conn;

    notice_farewell(conn);
    PQsetnonblocking(conn, 1);
    if (!tmf_session_is_idle(conn)) {
        roll_back(session);
    }
    if (!tmf_session_is_idle(conn)) {
        tmf_session_cut(conn);
        TMF_TRY(reconnect(session, p));
    }
    if (PQclientEncoding(conn) != pg_char_to_encoding(ENCODING)) {
        PQclear(tmf_session_command(session, "SET client_encoding TO "
                                    ENCODING));
    }
    if (PQclientEncoding(conn) != pg_char_to_encoding(ENCODING)) {
        return tmf_error_internal(p, TMF_UNAVAILABLE,
                                  "cannot set client_encoding to "
                                  ENCODING);
    }
    return NULL;
}

static int send_statement(tmf_session_t *session, const tmf_sql_t *sql,
                          const char *name)
{
    if (name) {
        return PQsendQueryPrepared(session->conn, name, sql->n_values,
                                   sql->values, NULL, NULL, 0);
    }
    return PQsendQueryParams(session->conn, sql->text, sql->n_values, NULL,
                             sql->values, NULL, NULL, 0);
}

static void take(stream_t *stream, PGresult *result)
{
    tmf_rows_t row = {1, result};

    stream->n_rows++;
    stream->err = stream->taker->take(stream->taker->data, &row);
    PQclear(result);
}

/* What follows the rows: the end, or an error. If the taker has had enough,
 * the rest is at large, and the connection of no use. */
static PGresult *take_all(tmf_session_t *session, stream_t *stream)
{
    PGresult *last = NULL;
    PGresult *result = NULL;
    int in_time = tmf_session_next(session, &result);

    while (in_time && result) {
        if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
            take(stream, result);
        } else {
            PQclear(last);
            last = result;
        }
        if (stream->err) {
            tmf_session_cut(session->conn);
        }
        result = NULL;
        if (PQstatus(session->conn) == CONNECTION_OK) {
            in_time = tmf_session_next(session, &result);
        }
    }
    if (!in_time) {
        PQclear(last);
        return NULL;
    }
    return last;
}

/* The server commits when it has read the last of what is sent. Rows that
 * can't come one by one aren't waited for: there may be very many. */
static attempt_t attempt(tmf_session_t *session, const tmf_sql_t *sql,
                         stream_t *stream, apr_pool_t *p)
{
    attempt_t made = {NULL, 0};
    const char *name = NULL;

    if (!session->unnamed
        && !tmf_statement_take(session, sql->text, p, &name, &made.result)) {
        return made;
    }
    if (!send_statement(session, sql, name)
        || (stream && !PQsetSingleRowMode(session->conn))) {
        return made;
    }
    if (!tmf_session_flush(session)) {
        tmf_session_cut(session->conn);
        return made;
    }
    made.sent = 1;
    made.result = stream ? take_all(session, stream)
                         : tmf_session_answer(session);
    return made;
}

static int has_succeeded(const attempt_t *made)
{
    ExecStatusType status = PQresultStatus(made->result);

    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* After an error that is the server's last word the connection is idle. */
static tmf_remedy_t find_remedy(const PGconn *conn, const attempt_t *made)
{
    return tmf_session_is_idle(conn) ? tmf_sqlstate_remedy(made->result)
                                     : TMF_REMEDY_LOST;
}

/* Apply what may help.
 * @return 0 if the statement must not run again. */
static int remedy(tmf_session_t *session, const tmf_sql_t *sql,
                  const attempt_t *made, int tries)
{
    tmf_remedy_t found = find_remedy(session->conn, made);

    if (tmf_wait_left(&session->wait) == 0
        || tries > (found == TMF_REMEDY_AGAIN ? AGAIN_MAX : 1)) {
        return 0;
    }
    switch (found) {
    case TMF_REMEDY_AGAIN:
        return 1;
    case TMF_REMEDY_PREPARE:
        tmf_statement_drop(session, sql->text);
        return 1;
    case TMF_REMEDY_RECONNECT:
        tmf_session_cut(session->conn);
        return 1;
    case TMF_REMEDY_LOST:
        tmf_session_cut(session->conn);
        return !sql->writes || !made->sent;
    default:
        return 0;
    }
}

/* Why an attempt failed. A lost connection is told in our words: libpq's
 * may repeat what the server said before. */
static tmf_error_t *explain(tmf_session_t *session, const tmf_sql_t *sql,
                            const attempt_t *made, apr_pool_t *p)
{
    tmf_kind_t kind = sql->writes && made->sent ? TMF_OUTCOME_UNKNOWN
                                                : TMF_UNAVAILABLE;
    tmf_error_t *err = NULL;

    if (find_remedy(session->conn, made) != TMF_REMEDY_LOST) {
        return tmf_sqlstate_error(made->result, p);
    }
    tmf_session_cut(session->conn);
    if (!made->result && tmf_wait_left(&session->wait) == 0) {
        err = no_time(session, kind, p);
        err->is_slow = !session->wait.is_gone;
        return err;
    }
    return tmf_error_internal(p, kind,
                              "the connection to PostgreSQL was lost%s",
                              kind == TMF_OUTCOME_UNKNOWN
                                  ? " while it ran a change" : "");
}

static apr_status_t clear_result(void *data)
{
    PQclear(data);
    return APR_SUCCESS;
}

static tmf_rows_t *keep_rows(PGresult *result, apr_pool_t *p)
{
    tmf_rows_t *rows = NULL;

    apr_pool_cleanup_register(p, result, clear_result,
                              apr_pool_cleanup_null);
    rows = apr_pcalloc(p, sizeof(*rows));
    rows->n = PQntuples(result);
    rows->data = result;
    return rows;
}

/* Rows that were taken can't be taken back. */
static int may_repeat(const stream_t *stream)
{
    return !stream || stream->n_rows == 0;
}

/* @param stream NULL: all rows at once. */
static tmf_error_t *run(tmf_session_t *session, const tmf_sql_t *sql,
                        stream_t *stream, apr_pool_t *p, PGresult **result)
{
    attempt_t made = {NULL, 0};
    tmf_error_t *err = NULL;
    int tries = 1;

    session->is_refused = 0;
    session->is_late = 0;
    TMF_TRY(make_ready(session, p));
    made = attempt(session, sql, stream, p);
    while (!has_succeeded(&made) && may_repeat(stream)
           && remedy(session, sql, &made, tries)) {
        PQclear(made.result);
        TMF_TRY(make_ready(session, p));
        made = attempt(session, sql, stream, p);
        tries++;
    }
    if (has_succeeded(&made)) {
        *result = made.result;
        return NULL;
    }
    if (stream && stream->err) {
        err = stream->err;
    } else {
        session->is_late = tries > 1
            && find_remedy(session->conn, &made) == TMF_REMEDY_LOST;
        err = explain(session, sql, &made, p);
    }
    PQclear(made.result);
    return err;
}

tmf_error_t *tmf_pg_run(tmf_session_t *session, const tmf_sql_t *sql,
                        apr_pool_t *p, tmf_rows_t **rows)
{
    PGresult *result = NULL;

    TMF_TRY(run(session, sql, NULL, p, &result));
    *rows = keep_rows(result, p);
    return NULL;
}

tmf_error_t *tmf_pg_each(tmf_session_t *session, const tmf_sql_t *sql,
                         const tmf_taker_t *taker, apr_pool_t *p)
{
    stream_t stream = {taker, NULL, 0};
    PGresult *result = NULL;

    TMF_TRY(run(session, sql, &stream, p, &result));
    PQclear(result);
    return NULL;
}

/* --- the key of cursors ------------------------------------------------- */

static tmf_error_t *read_secret(tmf_session_t *session, const tmf_sql_t *sql,
                                apr_pool_t *p, unsigned char *bytes)
{
    tmf_rows_t *rows = NULL;
    const char *hex = NULL;

    TMF_TRY(tmf_pg_run(session, sql, p, &rows));
    hex = rows->n > 0 ? tmf_pg_value(rows, 0, 0, NULL) : NULL;
    if (!hex || strlen(hex) < 2 * TMF_SECRET_BYTES
        || apr_unescape_hex(bytes, apr_pstrmemdup(p, hex,
                                                  2 * TMF_SECRET_BYTES),
                            2 * TMF_SECRET_BYTES, 0, NULL) != APR_SUCCESS) {
        return tmf_error_internal(p, TMF_INTERNAL,
                                  "the database has no key of cursors; apply"
                                  " sql/0001_base.sql");
    }
    return NULL;
}

tmf_error_t *tmf_pg_secret(tmf_session_t *session, const tmf_sql_t *sql,
                           apr_pool_t *p, const unsigned char **key)
{
    unsigned char *bytes = apr_pcalloc(p, TMF_SECRET_BYTES);

    *key = bytes;
    if (!tmf_secret_recall(session->conn, bytes)) {
        TMF_TRY(read_secret(session, sql, p, bytes));
        tmf_secret_keep(session->conn, bytes, p);
    }
    return NULL;
}

const char *tmf_pg_value(const tmf_rows_t *rows, int row, int column,
                         apr_size_t *length)
{
    if (PQgetisnull(rows->data, row, column)) {
        if (length) {
            *length = 0;
        }
        return NULL;
    }
    if (length) {
        *length = (apr_size_t)PQgetlength(rows->data, row, column);
    }
    return PQgetvalue(rows->data, row, column);
}

void tmf_pg_hand_back(PGconn *conn)
{
    tmf_session_t session = {conn, {0, -1, 0}, 0, 0, 0};

    if (!tmf_session_is_idle(conn)) {
        session.wait.end = tmf_wait_now() + HAND_BACK_MS;
        roll_back(&session);
    }
    if (!tmf_session_is_idle(conn)) {
        tmf_session_cut(conn);
    }
    PQsetnonblocking(conn, 0);
}
