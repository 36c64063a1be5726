/* A database as the servers that use it share it. */
#ifndef TMF_DATABASE_H
#define TMF_DATABASE_H

#include "dbd/tmf_breaker.h"
#include "dbd/tmf_gate.h"

/** What a server's directives say. */
typedef struct tmf_database_t {
    const char *params;       /* DBDParams, or NULL */
    int connections;          /* DBDMax: of a process */
    int deadline;             /* ms that a request may take here, in all */
    int gate_wait;            /* ms of these for a connection */
    int unnamed;              /* no prepared statements */
    tmf_gate_t *gate;         /* one for equal params and connections */
    tmf_breaker_t *breaker;   /* one for equal params; NULL: none */
} tmf_database_t;

/**
 * Give databases their gates and breakers, before the process is forked.
 * @param databases of all servers; gate and breaker are filled in.
 * @param p pool of the configuration.
 * @return 0 if that failed.
 */
int tmf_database_share(tmf_database_t *const *databases, int n,
                       apr_pool_t *p);

#endif
