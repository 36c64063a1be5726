#include "dbd/tmf_pg.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <apr_strings.h>

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
