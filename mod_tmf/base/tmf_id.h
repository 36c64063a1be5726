/* Ids that the server makes. */
#ifndef TMF_ID_H
#define TMF_ID_H

#include <apr_pools.h>

/**
 * Make an id: a UUID of version 7 (RFC 9562), which begins with the time
 * and so sorts by it, as text of 36 characters from p.
 * @return NULL if there are no random numbers.
 */
const char *tmf_id_make(apr_pool_t *p);

#endif
