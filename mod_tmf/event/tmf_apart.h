/* An event that is too much for one statement: who has it already, and for
 * whom it went wrong. */
#ifndef TMF_APART_H
#define TMF_APART_H

#include "store/tmf_sql_event.h"

typedef struct tmf_apart_t tmf_apart_t;

/** No event. */
tmf_apart_t *tmf_apart_make(apr_pool_t *p);

/** Begin, or go on with, an event: if it is another one, nobody has it.
 *  @param seq its number, or NULL: none. */
void tmf_apart_begin(tmf_apart_t *apart, const char *seq);

/** The number of the event; NULL: none. */
const char *tmf_apart_seq(const tmf_apart_t *apart);

/**
 * How often it went wrong for an audience; -1: it has the event.
 * @param audience known by its name; one with other subscriptions than it had
 *        then doesn't have the event.
 */
int tmf_apart_count(const tmf_apart_t *apart, const tmf_audience_t *audience);

/** An audience has the event. */
void tmf_apart_right(tmf_apart_t *apart, const tmf_audience_t *audience);

/** It went wrong for the audience with that name, which has several
 *  subscriptions: each is to be an audience of its own. That many have the
 *  event may be what costs so much. */
int tmf_apart_is_divided(const tmf_apart_t *apart, const char *name);

/**
 * It went wrong for an audience.
 * @param all of const tmf_audience_t *: those that are to have the event.
 * @param is_costly for want of time, or another reason that its query has.
 * @param now ms.
 * @return 1 if that may be its own fault: it is one subscription, was costly
 *         three times, and not within a minute; ten, if there are others and
 *         none of them has the event.
 */
int tmf_apart_wrong(tmf_apart_t *apart, const tmf_audience_t *audience,
                    const apr_array_header_t *all, int is_costly,
                    apr_int64_t now);

#endif
