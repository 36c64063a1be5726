/* What a subscriber may give as the URL that events are sent to. */
#ifndef TMF_CALLBACK_H
#define TMF_CALLBACK_H

#include "api/tmf_request.h"

#define TMF_CALLBACK_BYTES 2048   /* of a callback */

/** A callback taken apart. */
typedef struct tmf_callback_t {
    int is_https;
    const char *host;         /* in small letters; an IPv6 address without
                                 its brackets */
    int port;                 /* 1 to 65535, the scheme's own by default */
} tmf_callback_t;

/**
 * Check a callback: an absolute URL by the letter of RFC 3986, with a host,
 * without user, password and fragment. Nobody is asked whether it exists: an
 * answer must not depend on what is reachable from here.
 * @param rules schemes and hosts that the operator allows.
 * @param callback filled in.
 * @return NULL, or the rule it breaks, its pointer "/callback".
 */
const tmf_violation_t *tmf_callback_check(const char *text,
                                          const tmf_hub_rules_t *rules,
                                          apr_pool_t *p,
                                          tmf_callback_t *callback);

/** True if a text can be a pattern of hosts: letters, digits, '-', '_', '.',
 *  ':' and '*', which stands for any characters. */
int tmf_callback_is_pattern(const char *text);

#endif
