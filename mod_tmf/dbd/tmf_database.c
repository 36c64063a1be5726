#include "dbd/tmf_database.h"

#include <string.h>

#include <apr_shm.h>

static int is_same(const tmf_database_t *one, const tmf_database_t *other)
{
    return one->params && other->params
        && !strcmp(one->params, other->params);
}

/* mod_dbd has a pool of connections for each set of its directives, and
 * what differs but in these two is seldom worth one. */
static int has_same_pool(const tmf_database_t *one,
                         const tmf_database_t *other)
{
    return is_same(one, other) && one->connections == other->connections;
}

static void inherit(tmf_database_t *database, const tmf_database_t *other)
{
    if (is_same(database, other)) {
        database->breaker = other->breaker;
    }
    if (has_same_pool(database, other)) {
        database->gate = other->gate;
    }
}

int tmf_database_share(tmf_database_t *const *databases, int n,
                       apr_pool_t *p)
{
    apr_shm_t *memory = NULL;
    tmf_breaker_t *breakers = NULL;
    apr_size_t size = sizeof(*breakers) * (apr_size_t)n;
    int i = 0;
    int k = 0;

    if (apr_shm_create(&memory, size, NULL, p) != APR_SUCCESS) {
        return 0;
    }
    breakers = apr_shm_baseaddr_get(memory);
    memset(breakers, 0, size);
    for (i = 0; i < n; i++) {
        for (k = 0; k < i; k++) {
            inherit(databases[i], databases[k]);
        }
        if (!databases[i]->breaker) {
            databases[i]->breaker = &breakers[i];
        }
        if (!databases[i]->gate) {
            databases[i]->gate = tmf_gate_make(databases[i]->connections, p);
        }
        if (!databases[i]->gate) {
            return 0;
        }
    }
    return 1;
}
