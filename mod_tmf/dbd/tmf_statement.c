#include "dbd/tmf_statement.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <libpq-events.h>

/* Room for one statement, used again and again: the pool can't free. */
typedef struct slot_t {
    char name[32];
    char *text;
    apr_size_t room;          /* bytes at text */
    apr_uint64_t used;        /* turn of the last use, 0: free */
} slot_t;

/* A pool of its own without a parent: the connection outlives the request
 * that comes first, and only libpq knows when it ends. */
typedef struct statements_t {
    apr_pool_t *pool;
    apr_hash_t *slots_by_text;
    apr_uint64_t turn;
    unsigned int n_named;
    slot_t slots[TMF_STATEMENTS_MAX];
} statements_t;

static void forget_all(statements_t *statements)
{
    int i = 0;

    apr_hash_clear(statements->slots_by_text);
    for (i = 0; i < TMF_STATEMENTS_MAX; i++) {
        statements->slots[i].used = 0;
    }
}

/* libpq calls this within PQreset and PQfinish, whoever calls them. */
static int on_event(PGEventId id, void *info, void *unused)
{
    statements_t *statements = NULL;

    (void)unused;
    if (id == PGEVT_CONNRESET) {
        const PGEventConnReset *reset = info;

        statements = PQinstanceData(reset->conn, on_event);
        if (statements) {
            forget_all(statements);
        }
    } else if (id == PGEVT_CONNDESTROY) {
        const PGEventConnDestroy *destroy = info;

        statements = PQinstanceData(destroy->conn, on_event);
        if (statements) {
            apr_pool_destroy(statements->pool);
        }
    }
    return 1;
}

/* NULL if none can be attached: statements have no names then. */
static statements_t *attach(PGconn *conn, apr_pool_t *p)
{
    apr_pool_t *pool = NULL;
    statements_t *statements = NULL;

    if (apr_pool_create_unmanaged_ex(&pool, apr_pool_abort_get(p), NULL)
        != APR_SUCCESS) {
        return NULL;
    }
    apr_pool_tag(pool, "tmf_statements");
    statements = apr_pcalloc(pool, sizeof(*statements));
    statements->pool = pool;
    statements->slots_by_text = apr_hash_make(pool);
    PQregisterEventProc(conn, on_event, "mod_tmf", NULL);
    if (!PQsetInstanceData(conn, on_event, statements)) {
        apr_pool_destroy(pool);
        return NULL;
    }
    return statements;
}

static void drop(statements_t *statements, tmf_session_t *session,
                 slot_t *slot)
{
    char command[64];

    apr_hash_set(statements->slots_by_text, slot->text, APR_HASH_KEY_STRING,
                 NULL);
    slot->used = 0;
    /* names are ours, and this libpq has no other way to close one; if the
     * connection is gone, so is the statement */
    apr_snprintf(command, sizeof(command), "DEALLOCATE %s", slot->name);
    PQclear(tmf_session_command(session, command));
}

/* A free slot, or else the one unused for longest. */
static slot_t *pick(statements_t *statements)
{
    slot_t *oldest = statements->slots;
    int i = 0;

    for (i = 1; i < TMF_STATEMENTS_MAX; i++) {
        if (statements->slots[i].used < oldest->used) {
            oldest = &statements->slots[i];
        }
    }
    return oldest;
}

/* Room doubles, so that what a slot leaves behind in the pool is at most
 * as much as it holds. */
static void keep_text(slot_t *slot, const char *text, apr_pool_t *pool)
{
    apr_size_t size = strlen(text) + 1;
    apr_size_t room = slot->room ? slot->room : 512;

    while (room < size) {
        room *= 2;
    }
    if (room > slot->room) {
        slot->text = apr_palloc(pool, room);
        slot->room = room;
    }
    memcpy(slot->text, text, size);
}

static slot_t *prepare(statements_t *statements, tmf_session_t *session,
                       const char *text, PGresult **failed)
{
    slot_t *slot = pick(statements);
    PGresult *result = NULL;

    if (slot->used) {
        drop(statements, session, slot);
    }
    /* never a name twice, nor one of another connection: behind a pooler
     * that would run the wrong statement */
    apr_snprintf(slot->name, sizeof(slot->name), "tmf_%d_%u",
                 PQbackendPID(session->conn), ++statements->n_named);
    if (PQsendPrepare(session->conn, slot->name, text, 0, NULL)) {
        result = tmf_session_answer(session);
    }
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        *failed = result;
        return NULL;
    }
    PQclear(result);
    keep_text(slot, text, statements->pool);
    apr_hash_set(statements->slots_by_text, slot->text, APR_HASH_KEY_STRING,
                 slot);
    return slot;
}

int tmf_statement_take(tmf_session_t *session, const char *text,
                       apr_pool_t *p, const char **name, PGresult **failed)
{
    statements_t *statements = PQinstanceData(session->conn, on_event);
    slot_t *slot = NULL;

    *name = NULL;
    if (!statements) {
        statements = attach(session->conn, p);
    }
    if (!statements || strlen(text) >= TMF_STATEMENT_LENGTH_MAX) {
        return 1;
    }
    slot = apr_hash_get(statements->slots_by_text, text,
                        APR_HASH_KEY_STRING);
    if (!slot) {
        slot = prepare(statements, session, text, failed);
    }
    if (!slot) {
        return 0;
    }
    slot->used = ++statements->turn;
    *name = slot->name;
    return 1;
}

void tmf_statement_drop(tmf_session_t *session, const char *text)
{
    statements_t *statements = PQinstanceData(session->conn, on_event);
    slot_t *slot = NULL;

    if (statements) {
        slot = apr_hash_get(statements->slots_by_text, text,
                            APR_HASH_KEY_STRING);
    }
    if (slot) {
        drop(statements, session, slot);
    }
}
