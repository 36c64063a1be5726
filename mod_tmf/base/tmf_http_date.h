/* Dates in headers (RFC 9110, section 5.6.7). */
#ifndef TMF_HTTP_DATE_H
#define TMF_HTTP_DATE_H

#include <apr_pools.h>

/**
 * Read an HTTP date, in any of its three forms.
 * @param seconds set to seconds since 1970; dates before it are negative.
 * @return 0 if the text is none.
 */
int tmf_http_date_read(const char *text, apr_int64_t *seconds);

/** Seconds since 1970 as an HTTP date in the preferred form. */
const char *tmf_http_date_make(apr_int64_t seconds, apr_pool_t *p);

#endif
