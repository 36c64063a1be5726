/* The key of cursors, kept with a connection: it goes when that goes, or is
 * opened anew, which may be to another database. */
#ifndef TMF_SECRET_H
#define TMF_SECRET_H

#include <libpq-fe.h>

#include "api/tmf_cursor.h"

#define TMF_SECRET_BYTES TMF_CURSOR_KEY

/** Copy the key that a connection keeps. @return 0 if it keeps none. */
int tmf_secret_recall(PGconn *conn, unsigned char *key);

/** Keep a key with a connection. If that can't be, it is asked for again. */
void tmf_secret_keep(PGconn *conn, const unsigned char *key);

#endif
