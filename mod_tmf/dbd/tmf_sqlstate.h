/* What an error of PostgreSQL means: the one table of SQLSTATEs. */
#ifndef TMF_SQLSTATE_H
#define TMF_SQLSTATE_H

#include <libpq-fe.h>

#include "base/tmf_error.h"

/** What may help after an error. */
typedef enum tmf_remedy_t {
    TMF_REMEDY_NONE,          /* nothing: the error is the answer */
    TMF_REMEDY_AGAIN,         /* the same again: it was rolled back */
    TMF_REMEDY_PREPARE,       /* prepare the statement anew; it never ran */
    TMF_REMEDY_RECONNECT,     /* a new connection; it never ran */
    TMF_REMEDY_LOST           /* a new connection; it may have run */
} tmf_remedy_t;

/**
 * The remedy for a failed result.
 * @param result NULL, or without an SQLSTATE: the server never answered.
 */
tmf_remedy_t tmf_sqlstate_remedy(const PGresult *result);

/**
 * The error of a failed result that has an SQLSTATE. The cause names the
 * SQLSTATE and the constraint; the server's own words are in it only where
 * they can't be about a client's data.
 * @return the error, from p; never NULL.
 */
tmf_error_t *tmf_sqlstate_error(const PGresult *result, apr_pool_t *p);

#endif
