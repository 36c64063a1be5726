/* tmfctl events: what operators see of events, and do about them. */
#ifndef TMF_EVENTS_H
#define TMF_EVENTS_H

#include <apr_pools.h>

/** Append what it can do to the usage, on standard output or error. */
void tmf_events_usage(int on_error);

/**
 * @param argv what follows "events".
 * @return the status of the program: 2 if the arguments are not right, 1 if
 *         nothing was done.
 */
int tmf_events(int argc, const char *const *argv, apr_pool_t *p);

#endif
