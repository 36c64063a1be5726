/* PostgreSQL through mod_dbd's connections. */
#ifndef TMF_DBD_H
#define TMF_DBD_H

#include <httpd.h>

#include "dbd/tmf_database.h"
#include "store/tmf_db.h"

/** In a client's place: nobody waits for answers. Then statements may need all
 *  their time, and that they had none in it tells nothing of the database. */
#define TMF_DBD_NOBODY (-2)

/** Look up mod_dbd's functions; for the hook optional_fn_retrieve.
 *  @return 0 if mod_dbd is not loaded. */
int tmf_dbd_retrieve(void);

/**
 * A source of connections of a server's DBDriver.
 * @param s the (virtual) server whose DBDParams are used.
 * @param database what its directives say.
 * @param client socket of the client: when it hangs up, the server stops
 *        what it does for it. -1: nobody looks;
 *        or TMF_DBD_NOBODY.
 * @param p pool of a request.
 */
tmf_db_t *tmf_dbd_make(server_rec *s, const tmf_database_t *database,
                       int client, apr_pool_t *p);

#endif
