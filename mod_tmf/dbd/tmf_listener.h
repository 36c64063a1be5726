/* Wake-ups from writers: LISTEN on a connection of its own. They may be
 * missed, and so may the connection: whoever waits for them looks from time
 * to time anyway. */
#ifndef TMF_LISTENER_H
#define TMF_LISTENER_H

#include <httpd.h>

typedef struct tmf_listener_t tmf_listener_t;

/**
 * Make a listener; it ends with its pool.
 * @param s the (virtual) server whose database it listens to.
 * @param p used by one thread.
 */
tmf_listener_t *tmf_listener_make(server_rec *s, apr_pool_t *p);

/** Connect if need be, take what has come. It never waits.
 *  @return 1 if there was a wake-up, or may have been one. */
int tmf_listener_turn(tmf_listener_t *listener);

/** Its socket, and whether it waits until that can be written to; -1: there
 *  is nothing to wait for. */
int tmf_listener_socket(const tmf_listener_t *listener, int *writes);

#endif
