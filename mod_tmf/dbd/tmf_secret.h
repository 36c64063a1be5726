/* The key of cursors, kept with a connection: it goes when that goes, or is
 * opened anew, which may be to another database. */
#ifndef TMF_SECRET_H
#define TMF_SECRET_H

#include <libpq-fe.h>

#include "api/tmf_cursor.h"

#define TMF_SECRET_BYTES TMF_CURSOR_KEY

/** Whether a connection keeps a key. */
int tmf_secret_is_kept(const PGconn *conn);

/** Copy the key that a connection keeps. @return 0 if it keeps none. */
int tmf_secret_recall(PGconn *conn, unsigned char *key);

/** Keep a key with a connection. If that can't be, it is asked for again.
 *  @param p pool of the caller: nothing is taken from it, but what it does
 *        when memory is short counts here too. */
void tmf_secret_keep(PGconn *conn, const unsigned char *key, apr_pool_t *p);

#endif
