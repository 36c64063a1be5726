/* The PostgreSQL of the tests that need one. Included after cmocka.h.
 *
 * Environment: PGSERVICEFILE and TMF_SERVICE, the service to use ("tmf"),
 * as ./quickstart leaves them in DIR/pg_service.conf; or else TMF_PGHOST,
 * the folder of the server's socket, with database tmf, role tmf_owner and
 * port 5432 (PGPORT). sql/0001_base.sql must have been applied. Without a
 * database these tests fail. */
#ifndef UNIT_DATABASE_H
#define UNIT_DATABASE_H

#include <stdlib.h>

#include <apr_strings.h>
#include <libpq-fe.h>

#include "pool.h"

static const char *conninfo;

/* make_root, and conninfo. */
static inline int find_database(void **state)
{
    const char *host = getenv("TMF_PGHOST");
    const char *service = getenv("TMF_SERVICE");

    make_root(state);
    if (host) {
        conninfo = apr_pstrcat(root_pool, "dbname=tmf user=tmf_owner host=",
                               host, NULL);
    }
    else if (getenv("PGSERVICEFILE")) {
        conninfo = apr_pstrcat(root_pool, "service=",
                               service ? service : "tmf", NULL);
    }
    else {
        print_error("no database: set PGSERVICEFILE or TMF_PGHOST\n");
    }
    return conninfo ? 0 : -1;
}

/* NULL, and said why, without a connection. */
static inline PGconn *connect_with(const char *more)
{
    PGconn *conn = PQconnectdb(apr_pstrcat(root_pool, conninfo, more, NULL));

    if (PQstatus(conn) != CONNECTION_OK) {
        print_error("%s", PQerrorMessage(conn));
        PQfinish(conn);
        return NULL;
    }
    return conn;
}

#endif
