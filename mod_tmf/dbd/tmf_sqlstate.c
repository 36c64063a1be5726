#include "dbd/tmf_sqlstate.h"

#include <string.h>

#include <apr_strings.h>

/* One line: an SQLSTATE, or the beginning that a class has in common. */
typedef struct sqlstate_t {
    const char *prefix;
    tmf_kind_t kind;
    tmf_remedy_t remedy;
    const char *text;         /* 4xx, 503: for the client; 500: a hint for
                                 the log */
} sqlstate_t;

#define LOCK_TIMEOUT "55P03"
#define QUERY_CANCELED "57014"

#define BAD_VALUE "the request has a value that can't be stored"
#define TOO_LARGE "the request has a value too large or too deep to be stored"
#define TOO_SLOW "the query took too long: narrow it down, best by an" \
    " attribute that has an index"
#define APPLY_DDL "apply the DDL of the data set (tmfctl ddl)"
#define APPLY_BASE "apply sql/0001_base.sql and the DDL of the data set"
#define APPLY_GRANTS "the user of DBDParams lacks a right: " APPLY_DDL

/* The first line that fits counts. */
static const sqlstate_t sqlstates[] = {
    {"08007", TMF_UNAVAILABLE, TMF_REMEDY_LOST, NULL},
    {"08P01", TMF_INTERNAL, TMF_REMEDY_NONE, NULL},
    {"08", TMF_UNAVAILABLE, TMF_REMEDY_NONE, NULL},
    /* also "cached plan must not change result type", after new DDL */
    {"0A000", TMF_INTERNAL, TMF_REMEDY_PREPARE, NULL},
    {"22P05", TMF_BAD_REQUEST, TMF_REMEDY_NONE,
     "the request has the character U+0000, which can't be stored"},
    {"22", TMF_BAD_REQUEST, TMF_REMEDY_NONE, BAD_VALUE},
    {"23502", TMF_BAD_REQUEST, TMF_REMEDY_NONE, BAD_VALUE},
    {"23505", TMF_CONFLICT, TMF_REMEDY_NONE,
     "a resource with this id exists already"},
    {"23514", TMF_BAD_REQUEST, TMF_REMEDY_NONE, BAD_VALUE},
    /* a standby: with several hosts in DBDParams another one may do */
    {"25006", TMF_UNAVAILABLE, TMF_REMEDY_RECONNECT,
     "the database is read-only"},
    {"26000", TMF_INTERNAL, TMF_REMEDY_PREPARE, NULL},
    {"3F000", TMF_INTERNAL, TMF_REMEDY_NONE, APPLY_DDL},
    {"40001", TMF_UNAVAILABLE, TMF_REMEDY_AGAIN, NULL},
    {"40003", TMF_UNAVAILABLE, TMF_REMEDY_LOST, NULL},
    {"40P01", TMF_UNAVAILABLE, TMF_REMEDY_AGAIN, NULL},
    {"40", TMF_UNAVAILABLE, TMF_REMEDY_NONE, NULL},
    {"42501", TMF_INTERNAL, TMF_REMEDY_NONE, APPLY_GRANTS},
    {"42703", TMF_INTERNAL, TMF_REMEDY_NONE, APPLY_DDL},
    {"42883", TMF_INTERNAL, TMF_REMEDY_NONE, APPLY_BASE},
    {"42P01", TMF_INTERNAL, TMF_REMEDY_NONE, APPLY_DDL},
    /* the name is taken: the next one will not be */
    {"42P05", TMF_INTERNAL, TMF_REMEDY_PREPARE, NULL},
    {"53100", TMF_STORAGE_FULL, TMF_REMEDY_NONE, NULL},
    {"53", TMF_UNAVAILABLE, TMF_REMEDY_NONE, NULL},
    {"54", TMF_BAD_REQUEST, TMF_REMEDY_NONE, TOO_LARGE},
    {LOCK_TIMEOUT, TMF_UNAVAILABLE, TMF_REMEDY_NONE, NULL},
    {QUERY_CANCELED, TMF_UNAVAILABLE, TMF_REMEDY_NONE, TOO_SLOW},
    {"57P", TMF_UNAVAILABLE, TMF_REMEDY_LOST, NULL},
    {"", TMF_INTERNAL, TMF_REMEDY_NONE, NULL}
};

static const sqlstate_t *find(const char *state)
{
    const sqlstate_t *line = sqlstates;

    while (strncmp(line->prefix, state, strlen(line->prefix)) != 0) {
        line++;
    }
    return line;
}

tmf_remedy_t tmf_sqlstate_remedy(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return state ? find(state)->remedy : TMF_REMEDY_LOST;
}

/* Never the detail or the context: they quote rows and bodies. */
static const char *describe(const PGresult *result, apr_pool_t *p)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *constraint = PQresultErrorField(result,
                                                PG_DIAG_CONSTRAINT_NAME);

    return apr_pstrcat(p, "SQLSTATE ", state ? state : "unknown",
                       constraint ? ", constraint " : NULL, constraint,
                       NULL);
}

tmf_error_t *tmf_sqlstate_error(const PGresult *result, apr_pool_t *p)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result,
                                             PG_DIAG_MESSAGE_PRIMARY);
    const sqlstate_t *line = find(state ? state : "");
    tmf_error_t *err = tmf_error(p, line->kind, NULL);

    err->cause = describe(result, p);
    err->is_locked = !strcmp(line->prefix, LOCK_TIMEOUT);
    err->is_slow = !strcmp(line->prefix, QUERY_CANCELED);
    if (err->status < 500) {
        err->message = line->text;
        return err;
    }
    if (err->status == 503) {
        err->message = line->text;
    }
    if (primary) {
        err->cause = apr_pstrcat(p, err->cause, ": ", primary, NULL);
    }
    if (line->text) {
        err->cause = apr_pstrcat(p, err->cause, "; ", line->text, NULL);
    }
    return err;
}
