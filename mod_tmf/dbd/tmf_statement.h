/* The statements prepared on a connection, found by their text. They are
 * attached to the connection, and go and come with it. */
#ifndef TMF_STATEMENT_H
#define TMF_STATEMENT_H

#include <apr_pools.h>

#include "dbd/tmf_session.h"

enum {
    TMF_STATEMENTS_MAX = 128,         /* prepared on one connection */
    TMF_STATEMENT_LENGTH_MAX = 2048  /* bytes of text; not kept beyond */
};

/**
 * Name the prepared statement of a text; prepare it if need be, in the
 * place of the one unused for longest if there are too many.
 * @param p pool of the caller: nothing is taken from it, but what it does
 *        when memory is short counts for the statements too.
 * @param name set to the name, valid until the next call; NULL if the text
 *        is to be run without one.
 * @param failed set to the server's answer if it could not be prepared, the
 *        caller's to clear; may be NULL even so.
 * @return 0 if it could not be prepared: nothing has run then.
 */
int tmf_statement_take(tmf_session_t *session, const char *text,
                       apr_pool_t *p, const char **name, PGresult **failed);

/** Forget the statement of a text, here and at the server. */
void tmf_statement_drop(tmf_session_t *session, const char *text);

#endif
