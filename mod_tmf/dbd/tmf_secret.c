#include "dbd/tmf_secret.h"

#include <string.h>

#include <apr_pools.h>
#include <libpq-events.h>

typedef struct secret_t {
    apr_pool_t *pool;         /* its own: a connection outlives requests */
    int is_known;
    unsigned char key[TMF_SECRET_BYTES];
} secret_t;

/* libpq calls this within PQreset and PQfinish, whoever calls them. */
static int on_event(PGEventId id, void *info, void *unused)
{
    secret_t *secret = NULL;

    (void)unused;
    if (id == PGEVT_CONNRESET) {
        const PGEventConnReset *reset = info;

        secret = PQinstanceData(reset->conn, on_event);
        if (secret) {
            secret->is_known = 0;
        }
    } else if (id == PGEVT_CONNDESTROY) {
        const PGEventConnDestroy *destroy = info;

        secret = PQinstanceData(destroy->conn, on_event);
        if (secret) {
            apr_pool_destroy(secret->pool);
        }
    }
    return 1;
}

/* NULL if nothing can be attached. */
static secret_t *attach(PGconn *conn, apr_pool_t *p)
{
    apr_pool_t *pool = NULL;
    secret_t *secret = NULL;

    if (apr_pool_create_unmanaged_ex(&pool, apr_pool_abort_get(p), NULL)
        != APR_SUCCESS) {
        return NULL;
    }
    apr_pool_tag(pool, "tmf_secret");
    secret = apr_pcalloc(pool, sizeof(*secret));
    secret->pool = pool;
    PQregisterEventProc(conn, on_event, "mod_tmf secret", NULL);
    if (!PQsetInstanceData(conn, on_event, secret)) {
        apr_pool_destroy(pool);
        return NULL;
    }
    return secret;
}

int tmf_secret_is_kept(const PGconn *conn)
{
    const secret_t *secret = PQinstanceData(conn, on_event);

    return secret && secret->is_known;
}

int tmf_secret_recall(PGconn *conn, unsigned char *key)
{
    const secret_t *secret = PQinstanceData(conn, on_event);

    if (!tmf_secret_is_kept(conn)) {
        return 0;
    }
    memcpy(key, secret->key, TMF_SECRET_BYTES);
    return 1;
}

void tmf_secret_keep(PGconn *conn, const unsigned char *key, apr_pool_t *p)
{
    secret_t *secret = PQinstanceData(conn, on_event);

    if (!secret) {
        secret = attach(conn, p);
    }
    if (secret) {
        memcpy(secret->key, key, TMF_SECRET_BYTES);
        secret->is_known = 1;
    }
}
