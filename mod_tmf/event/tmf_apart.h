/* An event that is too much for one statement: who has it already, and for
 * whom it went wrong. An audience is named by its first subscription. */
#ifndef TMF_APART_H
#define TMF_APART_H

#include <apr_pools.h>

typedef struct tmf_apart_t tmf_apart_t;

/** No event. */
tmf_apart_t *tmf_apart_make(apr_pool_t *p);

/**
 * Begin, or go on with, an event. If it is another one, nobody has it; nor
 * does anybody if the subscriptions are others, of whom each may be in an
 * audience that had it.
 * @param seq its number, or NULL: none.
 * @param ids all subscriptions.
 */
void tmf_apart_begin(tmf_apart_t *apart, const char *seq, const char *ids);

/** The number of the event; NULL: none. */
const char *tmf_apart_seq(const tmf_apart_t *apart);

/** How often it went wrong for an audience; -1: it has the event. */
int tmf_apart_count(const tmf_apart_t *apart, const char *first);

/** An audience has the event. */
void tmf_apart_right(tmf_apart_t *apart, const char *first);

/** It went wrong for an audience. @return 1 if that is its own fault: it has
 *  gone wrong three times, and others have the event. */
int tmf_apart_wrong(tmf_apart_t *apart, const char *first);

#endif
