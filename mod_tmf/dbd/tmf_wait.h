/* How long a request may wait, and for whom. */
#ifndef TMF_WAIT_H
#define TMF_WAIT_H

#include <apr.h>

/** The time of one request, and its client. */
typedef struct tmf_wait_t {
    apr_int64_t end;          /* by tmf_wait_now: not longer */
    int client;               /* the client's socket; -1: none to look at */
    int is_gone;              /* the client has hung up; end is near then */
} tmf_wait_t;

/** Milliseconds of a clock that nobody sets; the same for all processes. */
apr_int64_t tmf_wait_now(void);

/** Milliseconds left; 0 if there are none. */
int tmf_wait_left(const tmf_wait_t *wait);

/**
 * Wait until something happens on a socket.
 * @param fd may be -1: nothing happens.
 * @param events POLLIN, POLLOUT or both.
 * @return 0 if the time is up, or the client has hung up and is not worth
 *         waiting for.
 */
int tmf_wait_socket(tmf_wait_t *wait, int fd, int events);

#endif
