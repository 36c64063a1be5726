#include "event/tmf_pace.h"

enum {
    /* So many have gone right before twice as many are tried: what costs a
     * statement's whole time must be rare. */
    GROW_AFTER = 16,
    PAUSE = 2000,             /* ms after a failure; with a single event */
    PAUSE_DOUBLED = 5         /* twice as long each time, so often */
};

int tmf_pace_batch(const tmf_pace_t *pace, int most)
{
    int n = most >> pace->less;

    return n > 0 ? n : 1;
}

void tmf_pace_right(tmf_pace_t *pace)
{
    pace->n_stuck = 0;
    if (pace->less > 0 && ++pace->n_right >= GROW_AFTER) {
        pace->less--;
        pace->n_right = 0;
    }
}

void tmf_pace_wrong(tmf_pace_t *pace, int most, apr_int64_t now)
{
    int times = pace->n_stuck < PAUSE_DOUBLED ? pace->n_stuck
                                              : PAUSE_DOUBLED;

    pace->n_right = 0;
    pace->until = now + ((apr_int64_t)PAUSE << times);
    if (tmf_pace_batch(pace, most) > 1) {
        pace->less++;
    } else {
        pace->n_stuck++;
    }
}

int tmf_pace_tells(tmf_pace_t *pace, tmf_pace_line_t line, apr_int64_t now)
{
    if (now < pace->told[line]) {
        return 0;
    }
    pace->told[line] = now + TMF_PACE_LINE;
    return 1;
}
