/* How fast the events of one data set leave the outbox: how many with one
 * statement, when the next one may be, and how often the log is told. */
#ifndef TMF_PACE_H
#define TMF_PACE_H

#include <apr.h>

/** ms between lines of the log that say the same of a data set. */
#define TMF_PACE_LINE 60000

/** What the log is told of. */
typedef enum tmf_pace_line_t {
    TMF_PACE_FAILED,          /* a statement has failed */
    TMF_PACE_STUCK,           /* one with a single event has */
    TMF_PACE_FOREIGN,         /* it is left to other servers */
    TMF_PACE_LINES
} tmf_pace_line_t;

/** Zeroed at first. */
typedef struct tmf_pace_t {
    int less;                 /* the batch is halved so often */
    int n_right;              /* statements in a row that went right */
    apr_int64_t until;        /* ms: nothing before then */
    apr_int64_t told[TMF_PACE_LINES];     /* ms: not again before then */
} tmf_pace_t;

/** Events that one statement deals with now: from the most that there may be
 *  down to one. 0: even one is too much for a statement. */
int tmf_pace_batch(const tmf_pace_t *pace, int most);

/** A batch went right: after some more of them it is twice as many. */
void tmf_pace_right(tmf_pace_t *pace);

/**
 * A batch was too much: half as many next time, and not at once. The time
 * that it took is time in which nothing is delivered.
 * @param times that the same had failed alone before: the pause is longer.
 * @param now ms, by now: not when it began.
 */
void tmf_pace_wrong(tmf_pace_t *pace, int most, int times, apr_int64_t now);

/** The database could not be asked, or had no room: that has nothing to do
 *  with how many they were. */
void tmf_pace_rest(tmf_pace_t *pace, apr_int64_t now);

/** Is the log to be told? So it is once a minute. */
int tmf_pace_tells(tmf_pace_t *pace, tmf_pace_line_t line, apr_int64_t now);

#endif
