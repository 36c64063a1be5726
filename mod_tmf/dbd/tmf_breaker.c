#include "dbd/tmf_breaker.h"

#include <apr_atomic.h>

#include "dbd/tmf_wait.h"

/* Times have 32 bits, and go round: their distance counts. That of 0, which
 * stands for no time yet, would be due for half of the time only. */
static apr_uint32_t now(void)
{
    return (apr_uint32_t)tmf_wait_now();
}

static int is_due(apr_uint32_t time)
{
    return time == 0 || (apr_int32_t)(now() - time) >= 0;
}

/* Take a turn that is due, if nobody else does. */
static int take_turn(volatile apr_uint32_t *next, apr_uint32_t pause)
{
    apr_uint32_t seen = *next;

    return is_due(seen)
        && apr_atomic_cas32(next, now() + pause, seen) == seen;
}

/* A process that dies looking is waited for as long as it could look. */
tmf_breaker_answer_t tmf_breaker_ask(tmf_breaker_t *breaker)
{
    if (!breaker->is_open) {
        return TMF_BREAKER_PASS;
    }
    return take_turn(&breaker->next_look,
                     TMF_BREAKER_LOOK + TMF_BREAKER_PAUSE)
        ? TMF_BREAKER_LOOK_FIRST : TMF_BREAKER_REFUSE;
}

int tmf_breaker_is_open(const tmf_breaker_t *breaker)
{
    return breaker->is_open != 0;
}

/* Of each request: so nothing is written if nothing changes. */
int tmf_breaker_back(tmf_breaker_t *breaker)
{
    if (breaker->strikes) {
        apr_atomic_set32(&breaker->strikes, 0);
    }
    return breaker->is_open && apr_atomic_xchg32(&breaker->is_open, 0) != 0;
}

void tmf_breaker_still(tmf_breaker_t *breaker)
{
    apr_atomic_set32(&breaker->next_look, now() + TMF_BREAKER_PAUSE);
}

/* A look is due at once, since it may have been a single connection; a line
 * is not: the request that found out is logged like any error. */
int tmf_breaker_away(tmf_breaker_t *breaker)
{
    if (breaker->is_open) {
        return 0;
    }
    apr_atomic_set32(&breaker->next_look, now());
    if (apr_atomic_xchg32(&breaker->is_open, 1) != 0) {
        return 0;
    }
    apr_atomic_set32(&breaker->away.n, 0);
    apr_atomic_set32(&breaker->away.next, now() + TMF_BREAKER_LINE_AWAY);
    return 1;
}

int tmf_breaker_strike(tmf_breaker_t *breaker)
{
    if (apr_atomic_inc32(&breaker->strikes) + 1 < TMF_BREAKER_STRIKES) {
        return 1;
    }
    return tmf_breaker_away(breaker);
}

int tmf_breaker_count(tmf_lines_t *lines, apr_uint32_t pause,
                      apr_uint32_t *n)
{
    apr_atomic_inc32(&lines->n);
    if (!take_turn(&lines->next, pause)) {
        return 0;
    }
    *n = apr_atomic_xchg32(&lines->n, 0);
    return 1;
}
