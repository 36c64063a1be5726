#include "dbd/tmf_session.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <apr_strings.h>

/* Of a host that doesn't answer, where DBDParams says nothing: seconds. */
#define CONNECT_TIMEOUT "2"

/* 53300, too_many_connections: it is there. */
#define NO_ROOM "53300"

enum { READS_MAX = 1000 };

int tmf_session_is_idle(const PGconn *conn)
{
    return PQstatus(conn) == CONNECTION_OK
        && PQtransactionStatus(conn) == PQTRANS_IDLE;
}

void tmf_session_cut(PGconn *conn)
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

/* Input is read meanwhile: a server that is stuck writing reads nothing. */
int tmf_session_flush(tmf_session_t *session)
{
    PGconn *conn = session->conn;

    while (PQflush(conn) == 1) {
        if (!tmf_wait_socket(&session->wait, PQsocket(conn),
                             POLLIN | POLLOUT)) {
            return 0;
        }
        if (!PQconsumeInput(conn)) {
            return 1;
        }
    }
    return 1;
}

int tmf_session_next(tmf_session_t *session, PGresult **result)
{
    PGconn *conn = session->conn;

    *result = NULL;
    while (PQisBusy(conn)) {
        if (!tmf_wait_socket(&session->wait, PQsocket(conn), POLLIN)) {
            tmf_session_cut(conn);
            return 0;
        }
        if (!PQconsumeInput(conn)) {
            break;            /* lost: the next result says so */
        }
    }
    *result = PQgetResult(conn);
    return 1;
}

PGresult *tmf_session_answer(tmf_session_t *session)
{
    PGresult *last = NULL;
    PGresult *result = NULL;
    int in_time = tmf_session_flush(session);

    if (!in_time) {
        tmf_session_cut(session->conn);
        return NULL;
    }
    in_time = tmf_session_next(session, &result);
    while (in_time && result) {
        PQclear(last);
        last = result;
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

PGresult *tmf_session_command(tmf_session_t *session, const char *text)
{
    return PQsendQuery(session->conn, text) ? tmf_session_answer(session)
                                            : NULL;
}

/* --- connecting --------------------------------------------------------- */

typedef PostgresPollingStatusType step_t(PGconn *conn);

static int drive(PGconn *conn, step_t *step, tmf_wait_t *wait)
{
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;

    while (status == PGRES_POLLING_READING
           || status == PGRES_POLLING_WRITING) {
        if (!tmf_wait_socket(wait, PQsocket(conn),
                             status == PGRES_POLLING_READING ? POLLIN
                                                             : POLLOUT)) {
            return 0;
        }
        status = step(conn);
    }
    return status == PGRES_POLLING_OK;
}

/* libpq goes from a host that doesn't answer to the next one only in the
 * functions that block, each host for its connect_timeout. */
static int has_hosts(PGconn *conn)
{
    PQconninfoOption *options = PQconninfo(conn);
    const PQconninfoOption *option = options;
    int found = 0;

    for (; option && option->keyword; option++) {
        if (!strncmp(option->keyword, "host", 4) && option->val
            && strchr(option->val, ',')) {
            found = 1;
        }
    }
    PQconninfoFree(options);
    return found;
}

int tmf_session_reset(tmf_session_t *session)
{
    PGconn *conn = session->conn;

    if (has_hosts(conn)) {
        PQreset(conn);
    } else if (PQresetStart(conn)) {
        drive(conn, PQresetPoll, &session->wait);
    }
    PQsetnonblocking(conn, 1);
    session->is_refused = PQstatus(conn) != CONNECTION_OK
        && !session->wait.is_gone;
    return PQstatus(conn) == CONNECTION_OK;
}

static PGconn *connect_probe(const char *params, tmf_wait_t *wait)
{
    const char *const names[] = { "connect_timeout", "dbname", NULL };
    const char *const values[] = { CONNECT_TIMEOUT, params, NULL };
    PGconn *conn = PQconnectStartParams(names, values, 1);

    if (has_hosts(conn)) {
        PQfinish(conn);
        return PQconnectdbParams(names, values, 1);
    }
    PQsetErrorVerbosity(conn, PQERRORS_SQLSTATE);
    if (PQstatus(conn) != CONNECTION_BAD) {
        drive(conn, PQconnectPoll, wait);
    }
    return conn;
}

/* A pooler lets one in without a server behind it: so something is asked. */
static int answers(PGconn *conn, tmf_wait_t *wait)
{
    tmf_session_t session = { conn, *wait, 1, 0, 0 };
    PGresult *result = NULL;
    int is_right = 0;

    PQsetnonblocking(conn, 1);
    result = tmf_session_command(&session, "");
    is_right = PQresultStatus(result) == PGRES_EMPTY_QUERY;
    PQclear(result);
    return is_right;
}

int tmf_session_probe(const char *params, tmf_wait_t *wait, char *why,
                      apr_size_t size)
{
    PGconn *conn = connect_probe(params, wait);
    const char *message = PQerrorMessage(conn);
    int is_there = PQstatus(conn) == CONNECTION_OK
        ? answers(conn, wait) : strstr(message, NO_ROOM) != NULL;

    message = PQerrorMessage(conn);
    apr_snprintf(why, size, "%.*s", (int)strcspn(message, "\n"), message);
    if (!*why) {
        apr_cpystrn(why, "it does not answer", size);
    }
    PQfinish(conn);
    return is_there;
}
