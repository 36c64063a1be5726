/* Delivering: what a sender does, round by round. The state that counts is
 * in the database. A sender takes leases of deliveries, sends them, and
 * writes down how that went; wherever it is cut off, the leases end, and
 * somebody else goes on. */
#ifndef TMF_ROUND_H
#define TMF_ROUND_H

#include "event/tmf_delivery.h"
#include "event/tmf_relay.h"

/** How bad the news is. */
typedef enum tmf_news_t {
    TMF_NEWS_GOOD,
    TMF_NEWS_WARNING,
    TMF_NEWS_BAD
} tmf_news_t;

/** What is around the rounds. */
typedef struct tmf_round_host_t {
    /** Milliseconds of a clock that nobody sets. */
    apr_int64_t (*now)(void *data);
    /** A source of connections, for a moment; released after it. */
    tmf_db_t *(*connect)(void *data, apr_pool_t *p);
    /** Put a line into the log. */
    void (*tell)(void *data, tmf_news_t news, const char *line);
    void *data;               /* for these */
    tmf_poster_t *poster;
} tmf_round_host_t;

typedef struct tmf_round_settings_t {
    apr_int64_t lease;        /* ms */
    apr_int64_t timeout;      /* ms of an attempt; less than the lease */
    int most;                 /* leases in all */
    int in_flight;            /* and of one subscription */
    apr_int64_t retention;    /* seconds */
    tmf_schedule_t schedule;
    tmf_relay_t relay;
    tmf_signer_t signer;
} tmf_round_settings_t;

typedef struct tmf_round_t tmf_round_t;

/** Begin. @param settings, host kept, not copied. */
tmf_round_t *tmf_round_make(const tmf_round_settings_t *settings,
                            const tmf_round_host_t *host, apr_pool_t *p);

/**
 * One round: write down what is over, relay, take and start what is due. It
 * doesn't wait for receivers.
 * @param is_woken somebody says that there is something to do.
 * @return ms until the next one, unless an answer comes or somebody wakes it.
 */
int tmf_round_turn(tmf_round_t *round, int is_woken);

/** Take nothing more from now on. */
void tmf_round_stop(tmf_round_t *round);

/** How many deliveries there still are that it holds leases of. */
int tmf_round_held(const tmf_round_t *round);

/** Give up all leases that are left: others needn't wait for their ends.
 *  Nothing must be done with it after that. */
void tmf_round_release(tmf_round_t *round);

#endif
