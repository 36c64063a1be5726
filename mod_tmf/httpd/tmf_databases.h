/* The databases of all servers: made from the directives at start. */
#ifndef TMF_DATABASES_H
#define TMF_DATABASES_H

#include <httpd.h>

#include "dbd/tmf_database.h"

/**
 * Make the databases of all servers. For post_config.
 * @param main_server its list of servers is gone through.
 * @param p pool of the configuration.
 * @return 0 if that failed.
 */
int tmf_databases_make(server_rec *main_server, apr_pool_t *p);

/** A server's database; never NULL once they are made. */
const tmf_database_t *tmf_databases_of(const server_rec *s);

#endif
