#include "event/tmf_outcome.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#define DAY (24 * 60 * 60)

enum {
    SECONDS_DIGITS = 7,
    DECIMALS = 3,
    JITTER = 5                /* a delay varies by this part of it */
};

/* What a receiver asks for holds if it is more than the schedule's, up to a
 * day: it can make itself wait, but not be forgotten. */
static apr_int64_t find_delay(const tmf_answer_t *answer, apr_int64_t delay,
                              apr_uint32_t dice)
{
    apr_int64_t asked = answer->retry_after < DAY ? answer->retry_after : DAY;
    apr_int64_t part = delay / JITTER;
    int is_throttled = answer->status == 429 || answer->status == 503;

    delay += (apr_int64_t)(dice % (apr_uint32_t)(2 * part + 1)) - part;
    if (is_throttled && asked * 1000 > delay) {
        /* later than asked, never earlier */
        delay = asked * 1000 + dice % 1000;
    }
    return delay;
}

tmf_outcome_t tmf_outcome_judge(const tmf_answer_t *answer, int attempts,
                                const tmf_schedule_t *schedule,
                                apr_uint32_t dice)
{
    tmf_outcome_t outcome = { TMF_RETRY, 0, NULL };

    outcome.failure = answer->status ? NULL : answer->failure;
    if (answer->status >= 200 && answer->status <= 299) {
        outcome.kind = TMF_DELIVERED;
    } else if (answer->status == 410) {
        outcome.kind = TMF_DISABLED;
        outcome.failure = "the receiver answered 410";
    } else if (attempts >= schedule->n) {
        outcome.kind = TMF_PARKED;
    } else {
        outcome.delay = find_delay(answer, schedule->delays[attempts], dice);
    }
    return outcome;
}

const char *tmf_outcome_name(tmf_result_kind_t kind)
{
    static const char *const names[] = {
        [TMF_DELIVERED] = "delivered",
        [TMF_RETRY] = "retry",
        [TMF_PARKED] = "parked",
        [TMF_DISABLED] = "disabled",
        [TMF_RELEASED] = "released"
    };

    return names[kind];
}

/* --- schedules ---------------------------------------------------------- */

/* "12" or "0.25" in milliseconds; -1: neither. */
static apr_int64_t read_seconds(const char *text)
{
    apr_int64_t ms = 0;
    int n = 0;

    for (; apr_isdigit(*text) && n < SECONDS_DIGITS; text++, n++) {
        ms = ms * 10 + (*text - '0');
    }
    if (n == 0 || (*text && *text != '.') || (*text && !text[1])) {
        return -1;
    }
    text += *text == '.';
    for (n = 0; n < DECIMALS; n++) {
        ms = ms * 10 + (apr_isdigit(*text) ? *text++ - '0' : 0);
    }
    return *text ? -1 : ms;
}

const char *tmf_schedule_read(const char *text, apr_pool_t *p,
                              tmf_schedule_t *schedule)
{
    apr_int64_t *delays = apr_pcalloc(p, TMF_SCHEDULE_MAX * sizeof(*delays));
    char *rest = apr_pstrdup(p, text);
    char *place = NULL;
    char *word = apr_strtok(rest, " ", &place);
    int n = 0;

    for (; word; word = apr_strtok(NULL, " ", &place)) {
        if (n == TMF_SCHEDULE_MAX) {
            return "has too many delays";
        }
        delays[n] = read_seconds(word);
        if (delays[n++] < 0) {
            return "must be seconds with three decimals at most, a blank "
                "between";
        }
    }
    if (n == 0) {
        return "must have at least one delay";
    }
    schedule->n = n;
    schedule->delays = delays;
    return NULL;
}
