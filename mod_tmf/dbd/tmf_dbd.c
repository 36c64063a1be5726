#include "dbd/tmf_dbd.h"

#include <poll.h>
#include <string.h>

#include <apr_dbd.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <http_log.h>
#include <mod_dbd.h>

#include "dbd/tmf_pg.h"
#include "dbd/tmf_secret.h"

APLOG_USE_MODULE(tmf);

#define DRIVER "pgsql"

enum {
    NAP = 50,                 /* ms until another try */
    WHY = 200                 /* bytes of a message of libpq */
};

/* tmf_db_t of one request; "db" is first, so that its address is ours. */
typedef struct dbd_t {
    tmf_db_t db;
    server_rec *server;
    const tmf_database_t *database;
    apr_pool_t *pool;
    ap_dbd_t *handle;         /* NULL: none taken */
    tmf_session_t session;    /* its connection; NULL: none taken */
    int is_inside;            /* of the gate */
} dbd_t;

/* mod_dbd's, looked up once at start. */
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) *open_handle;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) *close_handle;

int tmf_dbd_retrieve(void)
{
    open_handle = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    close_handle = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    return open_handle && close_handle;
}

/* --- what the breaker says, and is told --------------------------------- */

static tmf_error_t *quiet(tmf_error_t *err)
{
    err->is_quiet = 1;
    return err;
}

/* Of requests that are refused alike one is logged, for all. */
static tmf_error_t *refuse(const dbd_t *dbd, apr_pool_t *p)
{
    apr_uint32_t n = 0;
    int is_due = tmf_breaker_count(&dbd->database->breaker->away,
                                   TMF_BREAKER_LINE_AWAY, &n);
    tmf_error_t *err = tmf_error_internal(p, TMF_UNAVAILABLE,
                                          "the database is away; %u "
                                          "requests were refused for that "
                                          "since the last line", n);

    return is_due ? err : quiet(err);
}

static tmf_error_t *too_busy(const dbd_t *dbd, apr_pool_t *p)
{
    const tmf_database_t *database = dbd->database;
    tmf_error_t *err = NULL;
    apr_uint32_t n = 0;
    int is_due = 0;

    if (tmf_breaker_is_open(database->breaker)) {
        return refuse(dbd, p);
    }
    is_due = tmf_breaker_count(&database->breaker->busy,
                               TMF_BREAKER_LINE_BUSY, &n);
    err = tmf_error_internal(p, TMF_UNAVAILABLE,
                             "all %d connections of the process were in use"
                             " for %d ms; %u requests were refused for that"
                             " since the last line", database->connections,
                             database->gate_wait, n);
    return is_due ? err : quiet(err);
}

/* Room is made by a person, after a while. */
static tmf_error_t *note_full(const dbd_t *dbd, tmf_error_t *err)
{
    apr_uint32_t n = 0;

    if (!tmf_breaker_count(&dbd->database->breaker->full,
                           TMF_BREAKER_LINE_AWAY, &n)) {
        return quiet(err);
    }
    err->cause = apr_psprintf(dbd->pool, "%s; %u requests were refused for "
                              "want of room since the last line", err->cause,
                              n);
    return err;
}

static void note_back(const dbd_t *dbd)
{
    if (tmf_breaker_back(dbd->database->breaker)) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, dbd->server,
                     "TMF00301: the database answers again");
    }
}

/* On a connection of its own: mod_dbd writes two lines and loses some bytes
 * for each one that can't be had. */
static tmf_error_t *look(dbd_t *dbd, apr_pool_t *p)
{
    const tmf_database_t *database = dbd->database;
    tmf_wait_t wait = dbd->session.wait;
    apr_int64_t end = tmf_wait_now() + TMF_BREAKER_LOOK;
    char why[WHY] = "";

    if (end < wait.end) {
        wait.end = end;
    }
    if (!database->params
        || tmf_session_probe(database->params, &wait, why, sizeof(why))) {
        note_back(dbd);
        return NULL;
    }
    tmf_breaker_still(database->breaker);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, dbd->server,
                 "TMF00302: the database is still away: %s", why);
    return refuse(dbd, p);
}

static tmf_error_t *ask(dbd_t *dbd, apr_pool_t *p)
{
    switch (tmf_breaker_ask(dbd->database->breaker)) {
    case TMF_BREAKER_PASS:
        return NULL;
    case TMF_BREAKER_LOOK_FIRST:
        return look(dbd, p);
    default:
        return refuse(dbd, p);
    }
}

/* What a statement's end tells of the database. */
static tmf_error_t *note(const dbd_t *dbd, tmf_error_t *err)
{
    const tmf_session_t *session = &dbd->session;
    tmf_breaker_t *breaker = dbd->database->breaker;
    int is_news = 1;

    if (session->is_refused) {
        is_news = tmf_breaker_away(breaker);
    } else if (session->wait.is_gone) {
        is_news = 0;
    } else if (session->is_late) {
        is_news = session->wait.client == TMF_DBD_NOBODY
            || tmf_breaker_strike(breaker);
    } else if (PQstatus(session->conn) == CONNECTION_OK) {
        note_back(dbd);
    }
    if (err && err->kind == TMF_STORAGE_FULL) {
        return note_full(dbd, err);
    }
    return err && !is_news && err->kind == TMF_UNAVAILABLE ? quiet(err)
                                                           : err;
}

/* --- taking a connection and giving it back ----------------------------- */

static apr_status_t give_back(void *data)
{
    dbd_t *dbd = data;
    ap_dbd_t *handle = dbd->handle;

    if (dbd->session.conn) {
        tmf_pg_hand_back(dbd->session.conn);
    }
    dbd->handle = NULL;
    dbd->session.conn = NULL;
    if (handle) {
        close_handle(dbd->server, handle);
    }
    tmf_gate_leave(dbd->database->gate);
    dbd->is_inside = 0;
    return APR_SUCCESS;
}

static void release(tmf_db_t *db)
{
    dbd_t *dbd = (dbd_t *)db;

    if (dbd->is_inside) {
        apr_pool_cleanup_run(dbd->pool, dbd, give_back);
    }
}

static tmf_wait_t gate_wait(const dbd_t *dbd)
{
    tmf_wait_t wait = dbd->session.wait;
    apr_int64_t end = tmf_wait_now() + dbd->database->gate_wait;

    if (end < wait.end) {
        wait.end = end;
    }
    return wait;
}

/* mod_dbd connects what isn't, as long as connect_timeout of DBDParams lets
 * it: so one at a time asks, and who has waited for that asks the breaker
 * first. */
static tmf_error_t *open_connection(dbd_t *dbd, const tmf_wait_t *wait,
                                    apr_pool_t *p)
{
    tmf_gate_t *gate = dbd->database->gate;
    tmf_breaker_t *breaker = dbd->database->breaker;

    if (!tmf_gate_open(gate, wait)) {
        return too_busy(dbd, p);
    }
    if (!tmf_breaker_is_open(breaker)) {
        dbd->handle = open_handle(dbd->pool, dbd->server);
    }
    tmf_gate_close(gate);
    if (dbd->handle) {
        return NULL;
    }
    if (!tmf_breaker_away(breaker)) {
        return refuse(dbd, p);
    }
    return tmf_error_internal(p, TMF_UNAVAILABLE,
                              "mod_dbd has no connection; its own message "
                              "tells why");
}

static tmf_error_t *take(dbd_t *dbd, apr_pool_t *p)
{
    const char *driver = NULL;
    tmf_wait_t wait = gate_wait(dbd);

    if (!tmf_gate_enter(dbd->database->gate, &wait)) {
        return too_busy(dbd, p);
    }
    dbd->is_inside = 1;
    /* A pre-cleanup, because it has to come before the pool's sub-pools go:
     * with DBDPersist off the connection lives in one of them. */
    apr_pool_pre_cleanup_register(dbd->pool, dbd, give_back);
    TMF_TRY(open_connection(dbd, &wait, p));
    driver = apr_dbd_name(dbd->handle->driver);
    if (strcmp(driver, DRIVER) != 0) {
        return tmf_error_internal(p, TMF_INTERNAL,
                                  "DBDriver must be " DRIVER ", it is %s",
                                  driver);
    }
    dbd->session.conn = apr_dbd_native_handle(dbd->handle->driver,
                                              dbd->handle->handle);
    return NULL;
}

/* --- tmf_db_t ----------------------------------------------------------- */

static void start_clock(dbd_t *dbd)
{
    if (!dbd->session.wait.end) {
        dbd->session.wait.end = tmf_wait_now() + dbd->database->deadline;
    }
}

static int is_connected(const dbd_t *dbd)
{
    return dbd->session.conn
        && PQstatus(dbd->session.conn) == CONNECTION_OK;
}

/* What comes before every statement. The first one takes a connection. */
static tmf_error_t *connect_once(dbd_t *dbd, apr_pool_t *p)
{
    tmf_error_t *err = NULL;

    if (!open_handle || !close_handle) {
        return tmf_error_internal(p, TMF_UNAVAILABLE,
                                  "mod_dbd is not loaded");
    }
    start_clock(dbd);
    if (!is_connected(dbd)) {
        TMF_TRY(ask(dbd, p));
    }
    if (!dbd->session.conn) {
        err = take(dbd, p);
    }
    if (err) {
        release(&dbd->db);
    }
    return err;
}

static tmf_error_t *run(tmf_db_t *db, const tmf_sql_t *sql, apr_pool_t *p,
                        tmf_rows_t **rows)
{
    dbd_t *dbd = (dbd_t *)db;

    TMF_TRY(connect_once(dbd, p));
    return note(dbd, tmf_pg_run(&dbd->session, sql, p, rows));
}

static tmf_error_t *each(tmf_db_t *db, const tmf_sql_t *sql,
                         const tmf_taker_t *taker, apr_pool_t *p)
{
    dbd_t *dbd = (dbd_t *)db;

    TMF_TRY(connect_once(dbd, p));
    return note(dbd, tmf_pg_each(&dbd->session, sql, taker, p));
}

/* Where nothing is sent, nothing is learnt of the database. */
static tmf_error_t *secret(tmf_db_t *db, const tmf_sql_t *sql, apr_pool_t *p,
                           const unsigned char **key)
{
    dbd_t *dbd = (dbd_t *)db;
    tmf_error_t *err = NULL;
    int is_kept = 0;

    TMF_TRY(connect_once(dbd, p));
    is_kept = tmf_secret_is_kept(dbd->session.conn);
    err = tmf_pg_secret(&dbd->session, sql, p, key);
    return is_kept ? err : note(dbd, err);
}

static int nap(tmf_db_t *db)
{
    dbd_t *dbd = (dbd_t *)db;

    start_clock(dbd);
    if (tmf_wait_left(&dbd->session.wait) <= NAP) {
        return 0;
    }
    poll(NULL, 0, NAP);
    return 1;
}

tmf_db_t *tmf_dbd_make(server_rec *s, const tmf_database_t *database,
                       int client, apr_pool_t *p)
{
    dbd_t *dbd = apr_pcalloc(p, sizeof(*dbd));

    dbd->db.run = run;
    dbd->db.each = each;
    dbd->db.secret = secret;
    dbd->db.value = tmf_pg_value;
    dbd->db.release = release;
    dbd->db.nap = nap;
    dbd->server = s;
    dbd->database = database;
    dbd->pool = p;
    dbd->session.wait.client = client;
    dbd->session.unnamed = database->unnamed;
    return &dbd->db;
}
