#include "event/tmf_pace.h"

enum {
    /* So many have gone right before twice as many are tried: what costs a
     * statement's whole time must be rare. */
    GROW_AFTER = 16,
    PAUSE = 2000,             /* ms after a failure; */
    PAUSE_DOUBLED = 5,        /* twice as long each time, so often */
    REST = 1500
};

int tmf_pace_batch(const tmf_pace_t *pace, int most)
{
    return most >> pace->less;
}

void tmf_pace_right(tmf_pace_t *pace)
{
    if (pace->less > 0 && ++pace->n_right >= GROW_AFTER) {
        pace->less--;
        pace->n_right = 0;
    }
}

void tmf_pace_wrong(tmf_pace_t *pace, int most, int times, apr_int64_t now)
{
    if (tmf_pace_batch(pace, most) > 0) {
        pace->less++;
    }
    pace->n_right = 0;
    pace->until = now + ((apr_int64_t)PAUSE
                         << (times < PAUSE_DOUBLED ? times : PAUSE_DOUBLED));
}

void tmf_pace_rest(tmf_pace_t *pace, apr_int64_t now)
{
    pace->until = now + REST;
}

int tmf_pace_tells(tmf_pace_t *pace, tmf_pace_line_t line, apr_int64_t now)
{
    if (now < pace->told[line]) {
        return 0;
    }
    pace->told[line] = now + TMF_PACE_LINE;
    return 1;
}
