#include "dbd/tmf_pg.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

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
    READS_MAX = 1000
};

/* One try to run a statement. */
typedef struct attempt_t {
    PGresult *result;
    int sent;                 /* the server may have run it */
} attempt_t;

static int is_idle(const PGconn *conn)
{
    return PQstatus(conn) == CONNECTION_OK
        && PQtransactionStatus(conn) == PQTRANS_IDLE;
}

static void roll_back(PGconn *conn)
{
    PGTransactionStatusType status = PQtransactionStatus(conn);

    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR) {
        PQclear(PQexec(conn, "ROLLBACK"));
    }
}

/* Cut a connection off, so that libpq and all who ask it know it is lost.
 * The server ends what it was doing for it without a commit. */
static void cut(PGconn *conn)
{
    int i = 0;

    if (PQsocket(conn) < 0) {
        return;
    }
    shutdown(PQsocket(conn), SHUT_RDWR);
    while (PQstatus(conn) == CONNECTION_OK && i < READS_MAX) {
        PQconsumeInput(conn);
        i++;
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

static tmf_error_t *reconnect(PGconn *conn, apr_pool_t *p)
{
    const char *message = NULL;

    PQreset(conn);
    if (PQstatus(conn) == CONNECTION_OK) {
        return NULL;
    }
    message = PQerrorMessage(conn);
    return tmf_error_internal(p, TMF_UNAVAILABLE,
                              "cannot connect to PostgreSQL: %.*s",
                              (int)strcspn(message, "\n"), message);
}

/* Alive, outside of a transaction, and speaking UTF-8. */
static tmf_error_t *make_ready(PGconn *conn, apr_pool_t *p)
{
    notice_farewell(conn);
    if (!is_idle(conn)) {
        roll_back(conn);
    }
    if (!is_idle(conn)) {
        TMF_TRY(reconnect(conn, p));
    }
    if (PQclientEncoding(conn) != pg_char_to_encoding(ENCODING)
        && PQsetClientEncoding(conn, ENCODING) != 0) {
        return tmf_error_internal(p, TMF_UNAVAILABLE,
                                  "cannot set client_encoding to "
                                  ENCODING);
    }
    return NULL;
}

static attempt_t attempt(PGconn *conn, const tmf_sql_t *sql, apr_pool_t *p)
{
    attempt_t made = {NULL, 0};
    const char *name = NULL;

    if (!tmf_statement_take(conn, sql->text, p, &name, &made.result)) {
        return made;
    }
    made.sent = 1;
    if (name) {
        made.result = PQexecPrepared(conn, name, sql->n_values, sql->values,
                                     NULL, NULL, 0);
    } else {
        made.result = PQexecParams(conn, sql->text, sql->n_values, NULL,
                                   sql->values, NULL, NULL, 0);
    }
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
    return is_idle(conn) ? tmf_sqlstate_remedy(made->result)
                         : TMF_REMEDY_LOST;
}

/* Apply what may help.
 * @return 0 if the statement must not run again. */
static int remedy(PGconn *conn, const tmf_sql_t *sql, const attempt_t *made)
{
    switch (find_remedy(conn, made)) {
    case TMF_REMEDY_PREPARE:
        tmf_statement_drop(conn, sql->text);
        return 1;
    case TMF_REMEDY_RECONNECT:
        cut(conn);
        return 1;
    case TMF_REMEDY_LOST:
        cut(conn);
        return !sql->writes || !made->sent;
    default:
        return 0;
    }
}

/* Why an attempt failed. A lost connection is told in our words: libpq's
 * may repeat what the server said before. */
static tmf_error_t *explain(PGconn *conn, const tmf_sql_t *sql,
                            const attempt_t *made, apr_pool_t *p)
{
    if (find_remedy(conn, made) != TMF_REMEDY_LOST) {
        return tmf_sqlstate_error(made->result, p);
    }
    cut(conn);
    if (sql->writes && made->sent) {
        return tmf_error_internal(p, TMF_OUTCOME_UNKNOWN,
                                  "the connection to PostgreSQL was lost "
                                  "while it ran a change");
    }
    return tmf_error_internal(p, TMF_UNAVAILABLE,
                              "the connection to PostgreSQL was lost");
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

tmf_error_t *tmf_pg_run(PGconn *conn, const tmf_sql_t *sql, apr_pool_t *p,
                        tmf_rows_t **rows)
{
    attempt_t made = {NULL, 0};
    tmf_error_t *err = NULL;

    TMF_TRY(make_ready(conn, p));
    made = attempt(conn, sql, p);
    if (!has_succeeded(&made) && remedy(conn, sql, &made)) {
        PQclear(made.result);
        TMF_TRY(make_ready(conn, p));
        made = attempt(conn, sql, p);
    }
    if (!has_succeeded(&made)) {
        err = explain(conn, sql, &made, p);
        PQclear(made.result);
        return err;
    }
    *rows = keep_rows(made.result, p);
    return NULL;
}

/* --- row by row --------------------------------------------------------- */

/* A statement whose rows are taken as they come. */
typedef struct stream_t {
    const tmf_taker_t *taker;
    tmf_error_t *err;         /* the taker's */
    int n_rows;
} stream_t;

static void take(stream_t *stream, PGresult *result)
{
    tmf_rows_t row = {1, result};

    stream->n_rows++;
    stream->err = stream->taker->take(stream->taker->data, &row);
    PQclear(result);
}

/* What follows the rows: the end, or an error. NULL if the taker has had
 * enough: the rest is at large, and the connection of no use. */
static PGresult *take_all(PGconn *conn, stream_t *stream)
{
    PGresult *result = PQgetResult(conn);
    PGresult *last = NULL;

    while (result && !stream->err) {
        if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
            take(stream, result);
        } else {
            PQclear(last);
            last = result;
        }
        result = stream->err ? NULL : PQgetResult(conn);
    }
    return last;
}

static attempt_t attempt_each(PGconn *conn, const tmf_sql_t *sql,
                              stream_t *stream, apr_pool_t *p)
{
    attempt_t made = {NULL, 0};
    const char *name = NULL;
    int sent = 0;

    if (!tmf_statement_take(conn, sql->text, p, &name, &made.result)) {
        return made;
    }
    made.sent = 1;
    if (name) {
        sent = PQsendQueryPrepared(conn, name, sql->n_values, sql->values,
                                   NULL, NULL, 0);
    } else {
        sent = PQsendQueryParams(conn, sql->text, sql->n_values, NULL,
                                 sql->values, NULL, NULL, 0);
    }
    if (sent) {
        PQsetSingleRowMode(conn);
        made.result = take_all(conn, stream);
    }
    return made;
}

tmf_error_t *tmf_pg_each(PGconn *conn, const tmf_sql_t *sql,
                         const tmf_taker_t *taker, apr_pool_t *p)
{
    stream_t stream = {taker, NULL, 0};
    attempt_t made = {NULL, 0};
    tmf_error_t *err = NULL;

    TMF_TRY(make_ready(conn, p));
    made = attempt_each(conn, sql, &stream, p);
    if (!has_succeeded(&made) && stream.n_rows == 0
        && remedy(conn, sql, &made)) {
        PQclear(made.result);
        TMF_TRY(make_ready(conn, p));
        made = attempt_each(conn, sql, &stream, p);
    }
    if (stream.err) {
        cut(conn);
        err = stream.err;
    } else if (!has_succeeded(&made)) {
        err = explain(conn, sql, &made, p);
    }
    PQclear(made.result);
    return err;
}

/* --- the key of cursors ------------------------------------------------- */

static tmf_error_t *read_secret(PGconn *conn, const tmf_sql_t *sql,
                                apr_pool_t *p, unsigned char *bytes)
{
    tmf_rows_t *rows = NULL;
    const char *hex = NULL;

    TMF_TRY(tmf_pg_run(conn, sql, p, &rows));
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

tmf_error_t *tmf_pg_secret(PGconn *conn, const tmf_sql_t *sql, apr_pool_t *p,
                           const unsigned char **key)
{
    unsigned char *bytes = apr_pcalloc(p, TMF_SECRET_BYTES);

    *key = bytes;
    if (!tmf_secret_recall(conn, bytes)) {
        TMF_TRY(read_secret(conn, sql, p, bytes));
        tmf_secret_keep(conn, bytes);
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
    if (!is_idle(conn)) {
        roll_back(conn);
    }
    if (!is_idle(conn)) {
        cut(conn);
    }
}
