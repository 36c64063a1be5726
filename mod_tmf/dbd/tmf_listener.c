#include "dbd/tmf_listener.h"

#include <poll.h>
#include <string.h>

#include <apr_dbd.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <libpq-fe.h>
#include <mod_dbd.h>

#define CHANNEL "tmf_event"

enum {
    OPTIONS_MAX = 64,         /* of a connection */
    PATIENCE = 5              /* s for a connection, and until another try */
};

typedef enum state_t {
    CLOSED,
    CONNECTING,
    LISTENING                 /* or about to: the command was sent */
} state_t;

struct tmf_listener_t {
    server_rec *server;
    apr_pool_t *pool;
    PGconn *conn;
    state_t state;
    PostgresPollingStatusType step;   /* what connecting waits for */
    apr_time_t until;         /* of waiting, or of trying to connect */
    int n_options;            /* 0: not yet known */
    const char *names[OPTIONS_MAX + 1];
    const char *values[OPTIONS_MAX + 1];
};

static void close_connection(tmf_listener_t *listener)
{
    PQfinish(listener->conn);
    listener->conn = NULL;
    listener->state = CLOSED;
    listener->until = apr_time_now() + apr_time_from_sec(PATIENCE);
}

static apr_status_t clean_up(void *data)
{
    close_connection(data);
    return APR_SUCCESS;
}

/* --- options ------------------------------------------------------------ */

static void keep_option(tmf_listener_t *listener, const char *name,
                        const char *value)
{
    if (listener->n_options < OPTIONS_MAX) {
        listener->names[listener->n_options] = apr_pstrdup(listener->pool,
                                                           name);
        listener->values[listener->n_options++]
            = apr_pstrdup(listener->pool, value);
    }
}

/* As the connections of mod_dbd are made. */
static void keep_options(tmf_listener_t *listener, PGconn *conn)
{
    PQconninfoOption *options = PQconninfo(conn);
    const PQconninfoOption *option = options;

    for (; option && option->keyword; option++) {
        if (option->val && *option->val
            && strcmp(option->keyword, "application_name") != 0) {
            keep_option(listener, option->keyword, option->val);
        }
    }
    keep_option(listener, "application_name", "mod_tmf events");
    PQconninfoFree(options);
}

static void find_options(tmf_listener_t *listener)
{
    APR_OPTIONAL_FN_TYPE(ap_dbd_open) *open_handle
        = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    APR_OPTIONAL_FN_TYPE(ap_dbd_close) *close_handle
        = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    apr_pool_t *p = NULL;
    ap_dbd_t *handle = NULL;

    if (!open_handle || !close_handle) {
        return;
    }
    apr_pool_create(&p, listener->pool);
    handle = open_handle(p, listener->server);
    if (handle) {
        if (!strcmp(apr_dbd_name(handle->driver), "pgsql")) {
            keep_options(listener, apr_dbd_native_handle(handle->driver,
                                                         handle->handle));
        }
        close_handle(listener->server, handle);
    }
    apr_pool_destroy(p);
}

/* --- steps -------------------------------------------------------------- */

static int is_ready(const tmf_listener_t *listener, int events)
{
    struct pollfd watched = { PQsocket(listener->conn), (short)events, 0 };

    return watched.fd >= 0 && poll(&watched, 1, 0) > 0;
}

static void connect_anew(tmf_listener_t *listener)
{
    if (apr_time_now() < listener->until) {
        return;
    }
    listener->until = apr_time_now() + apr_time_from_sec(PATIENCE);
    if (!listener->n_options) {
        find_options(listener);
    }
    if (listener->n_options) {
        listener->conn = PQconnectStartParams(listener->names,
                                              listener->values, 0);
        listener->state = CONNECTING;
        listener->step = PGRES_POLLING_WRITING;
    }
}

static void go_on_connecting(tmf_listener_t *listener)
{
    int events = listener->step == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;

    if (is_ready(listener, events)) {
        listener->step = PQconnectPoll(listener->conn);
    }
    if (listener->step == PGRES_POLLING_FAILED
        || PQstatus(listener->conn) == CONNECTION_BAD
        || apr_time_now() > listener->until) {
        close_connection(listener);
    } else if (listener->step == PGRES_POLLING_OK) {
        PQsetnonblocking(listener->conn, 1);
        PQsendQuery(listener->conn, "LISTEN " CHANNEL);
        listener->state = LISTENING;
    }
}

/* The answer to LISTEN is a wake-up: what came before it was missed. So is
 * the end of the connection. */
static int take_wake_ups(tmf_listener_t *listener)
{
    PGnotify *notify = NULL;
    int n = 0;

    if (!is_ready(listener, POLLIN)) {
        PQflush(listener->conn);
        return 0;
    }
    PQconsumeInput(listener->conn);
    while (!PQisBusy(listener->conn)) {
        PGresult *result = PQgetResult(listener->conn);

        if (!result) {
            break;
        }
        PQclear(result);
        n++;
    }
    while ((notify = PQnotifies(listener->conn)) != NULL) {
        PQfreemem(notify);
        n++;
    }
    if (PQstatus(listener->conn) != CONNECTION_OK) {
        close_connection(listener);
        return 1;
    }
    return n > 0;
}

int tmf_listener_turn(tmf_listener_t *listener)
{
    if (listener->state == CLOSED) {
        connect_anew(listener);
    }
    if (listener->state == CONNECTING) {
        go_on_connecting(listener);
    }
    return listener->state == LISTENING && take_wake_ups(listener);
}

tmf_listener_t *tmf_listener_make(server_rec *s, apr_pool_t *p)
{
    tmf_listener_t *listener = apr_pcalloc(p, sizeof(*listener));

    listener->server = s;
    listener->pool = p;
    apr_pool_cleanup_register(p, listener, clean_up, apr_pool_cleanup_null);
    return listener;
}

int tmf_listener_socket(const tmf_listener_t *listener, int *writes)
{
    *writes = listener->state == CONNECTING
        && listener->step == PGRES_POLLING_WRITING;
    return listener->conn ? PQsocket(listener->conn) : -1;
}
