/* Strings in quotes, as JSONPath has them. */
#ifndef TMF_QUOTED_H
#define TMF_QUOTED_H

#include <apr_pools.h>

/**
 * Read a string between quotes or apostrophes, with the escapes of JSON and
 * that of the apostrophe.
 * @param at where it begins, which is its quote; moved past its end, or to
 *        what is wrong.
 * @param string set to its text, which has no NUL.
 * @return NULL, or the rule that it breaks: "has a string ...".
 */
const char *tmf_quoted_read(const char **at, apr_pool_t *p,
                            const char **string);

#endif
