/* ISO 8601 times as TM Forum's clients write them. */
#ifndef TMF_TIME_H
#define TMF_TIME_H

#include <apr_pools.h>

/**
 * Check a date-time: a calendar date, with or without a time of day (to the
 * minute, the second or a fraction), with or without a zone (RFC 3339 and
 * the shorter ISO 8601 forms that the conformance kits send).
 */
int tmf_time_valid(const char *s);

/** Check a full date, YYYY-MM-DD. */
int tmf_date_valid(const char *s);

/**
 * The instants that a date-time or a leading part of one stands for:
 * "2026", "2026-03", a day, an hour, a minute, a second without zone are
 * periods (UTC), anything finer or with a zone is one instant.
 * @param from first instant, RFC 3339 text from p.
 * @param to the first instant after the period, or NULL if it is an instant.
 * @return 0 if s is neither.
 */
int tmf_time_period(apr_pool_t *p, const char *s, const char **from,
                    const char **to);

#endif
