#include "dbd/tmf_dbd.h"

#include <string.h>

#include <apr_dbd.h>
#include <apr_optional.h>
#include <mod_dbd.h>

#include "dbd/tmf_pg.h"

#define DRIVER "pgsql"

/* tmf_db_t of one request; "db" is first, so that its address is ours. */
typedef struct dbd_t {
    tmf_db_t db;
    server_rec *server;
    apr_pool_t *pool;
    ap_dbd_t *handle;         /* NULL: none taken */
    PGconn *conn;
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

static apr_status_t give_back(void *data)
{
    dbd_t *dbd = data;
    ap_dbd_t *handle = dbd->handle;

    if (dbd->conn) {
        tmf_pg_hand_back(dbd->conn);
    }
    dbd->handle = NULL;
    dbd->conn = NULL;
    close_handle(dbd->server, handle);
    return APR_SUCCESS;
}

static tmf_error_t *take(dbd_t *dbd, apr_pool_t *p)
{
    const char *driver = NULL;

    if (!open_handle || !close_handle) {
        return tmf_error_internal(p, TMF_UNAVAILABLE,
                                  "mod_dbd is not loaded");
    }
    dbd->handle = open_handle(dbd->pool, dbd->server);
    if (!dbd->handle) {
        return tmf_error_internal(p, TMF_UNAVAILABLE,
                                  "mod_dbd has no connection; its own "
                                  "message tells why");
    }
    /* A pre-cleanup, because it has to come before the pool's sub-pools go:
     * with DBDPersist off the connection lives in one of them. */
    apr_pool_pre_cleanup_register(dbd->pool, dbd, give_back);
    driver = apr_dbd_name(dbd->handle->driver);
    if (strcmp(driver, DRIVER) != 0) {
        return tmf_error_internal(p, TMF_INTERNAL,
                                  "DBDriver must be " DRIVER ", it is %s",
                                  driver);
    }
    dbd->conn = apr_dbd_native_handle(dbd->handle->driver,
                                      dbd->handle->handle);
    return NULL;
}

static void release(tmf_db_t *db)
{
    dbd_t *dbd = (dbd_t *)db;

    if (dbd->handle) {
        apr_pool_cleanup_run(dbd->pool, dbd, give_back);
    }
}

/* The first call takes a connection. */
static tmf_error_t *connect_once(dbd_t *dbd, apr_pool_t *p)
{
    tmf_error_t *err = dbd->conn ? NULL : take(dbd, p);

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
    return tmf_pg_run(dbd->conn, sql, p, rows);
}

static tmf_error_t *each(tmf_db_t *db, const tmf_sql_t *sql,
                         const tmf_taker_t *taker, apr_pool_t *p)
{
    dbd_t *dbd = (dbd_t *)db;

    TMF_TRY(connect_once(dbd, p));
    return tmf_pg_each(dbd->conn, sql, taker, p);
}

static tmf_error_t *secret(tmf_db_t *db, const tmf_sql_t *sql, apr_pool_t *p,
                           const unsigned char **key)
{
    dbd_t *dbd = (dbd_t *)db;

    TMF_TRY(connect_once(dbd, p));
    return tmf_pg_secret(dbd->conn, sql, p, key);
}

tmf_db_t *tmf_dbd_make(server_rec *s, apr_pool_t *p)
{
    dbd_t *dbd = apr_pcalloc(p, sizeof(*dbd));

    dbd->db.run = run;
    dbd->db.each = each;
    dbd->db.secret = secret;
    dbd->db.value = tmf_pg_value;
    dbd->db.release = release;
    dbd->server = s;
    dbd->pool = p;
    return &dbd->db;
}
