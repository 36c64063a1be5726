/* Keeps requests from a database that is away: all but one at a time, which
 * looks whether it is back. In shared memory: what one process learns, all
 * know. */
#ifndef TMF_BREAKER_H
#define TMF_BREAKER_H

#include <apr.h>

enum {
    TMF_BREAKER_STRIKES = 3,      /* requests without an answer in a row */
    TMF_BREAKER_PAUSE = 500,      /* ms from one look to the next */
    TMF_BREAKER_LOOK = 2000,      /* ms that one look may take */
    TMF_BREAKER_LINE_AWAY = 60000,    /* ms between lines of the log */
    TMF_BREAKER_LINE_BUSY = 1000
};

/** Lines of the log for many requests that are refused alike. */
typedef struct tmf_lines_t {
    volatile apr_uint32_t next;   /* ms, of the next line; 0: at once */
    volatile apr_uint32_t n;      /* requests since the last one */
} tmf_lines_t;

/** Zeroed at first. */
typedef struct tmf_breaker_t {
    volatile apr_uint32_t is_open;
    volatile apr_uint32_t strikes;
    volatile apr_uint32_t next_look;  /* ms */
    tmf_lines_t away;
    tmf_lines_t busy;             /* not the breaker's own: the gate's */
    tmf_lines_t full;             /* nor this: of a disk */
    tmf_lines_t noticed;          /* nor this: of what else is told */
} tmf_breaker_t;

typedef enum tmf_breaker_answer_t {
    TMF_BREAKER_PASS,
    TMF_BREAKER_REFUSE,
    TMF_BREAKER_LOOK_FIRST    /* tell then: tmf_breaker_back or _still */
} tmf_breaker_answer_t;

/** May a request go to the database? */
tmf_breaker_answer_t tmf_breaker_ask(tmf_breaker_t *breaker);

/** Just whether it is known to be away. */
int tmf_breaker_is_open(const tmf_breaker_t *breaker);

/** The database has answered. @return 1 if it was away before. */
int tmf_breaker_back(tmf_breaker_t *breaker);

/** The one who looked has found it away. */
void tmf_breaker_still(tmf_breaker_t *breaker);

/** The database can't be connected to. @return 1 if that is new. */
int tmf_breaker_away(tmf_breaker_t *breaker);

/** A request had no answer in time. @return 0 if the database is known to
 *  be away. */
int tmf_breaker_strike(tmf_breaker_t *breaker);

/**
 * Count a request that is refused.
 * @param pause ms from one line to the next.
 * @param n set to how many were refused since the last line.
 * @return 1 if a line is due in the log.
 */
int tmf_breaker_count(tmf_lines_t *lines, apr_uint32_t pause,
                      apr_uint32_t *n);

#endif
