/* POSTs by libcurl, many at a time in one thread. */
#ifndef TMF_CURL_H
#define TMF_CURL_H

#include <apr_pools.h>

#include "event/tmf_post.h"
#include "net/tmf_address.h"

typedef struct tmf_curl_t tmf_curl_t;

typedef struct tmf_curl_settings_t {
    int timeout;              /* ms of an attempt, with all that belongs to
                                 it */
    int allows_http;          /* not https alone */
    const char *agent;        /* User-Agent */
    const char *certificates; /* file of CA certificates; NULL: the system's */
    int n_networks;           /* not public, and yet allowed */
    const tmf_network_t *networks;
} tmf_curl_settings_t;

/** A socket to look at besides. */
typedef struct tmf_watch_t {
    int fd;                   /* -1: none */
    int writes;               /* waited for until it can be written to */
} tmf_watch_t;

/** Make libcurl ready for a process: once, before it has threads. */
int tmf_curl_start(void);

/**
 * Make what sends. All that is under way ends with the pool.
 * @param settings kept, not copied.
 * @param p used by one thread.
 * @return NULL if libcurl can't.
 */
tmf_curl_t *tmf_curl_make(const tmf_curl_settings_t *settings,
                          apr_pool_t *p);

/** The interface of it: who takes posts back, calls tmf_curl_wait in
 *  between. */
tmf_poster_t *tmf_curl_poster(tmf_curl_t *curl);

/** Go on with what is under way, and wait until something happens.
 *  @param ms not longer. */
void tmf_curl_wait(tmf_curl_t *curl, const tmf_watch_t *watch, int ms);

/** End a wait, or the next one; from any thread. */
void tmf_curl_wake(tmf_curl_t *curl);

#endif
