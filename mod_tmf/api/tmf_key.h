/* Idempotency-Key: a write that is done once, however often it is sent. */
#ifndef TMF_KEY_H
#define TMF_KEY_H

#include "api/tmf_request.h"

#define TMF_KEY_MAX 255       /* characters of a key */

typedef struct tmf_key_t {
    const char *text;         /* of printable ASCII; NULL: none was sent, and
                                 the rest is not set either */
    const char *user;         /* whose key it is, as ASCII without blanks;
                                 "": nobody has logged in */
    const char *request;      /* what is the same in every repetition, and in
                                 no other request */
    const char *base;         /* public base that the answer has */
} tmf_key_t;

/**
 * Read the header: a string of RFC 8941, section 3.3.3, or a bare text.
 * @param value of the header.
 * @param text set to what is between the quotes, without escapes.
 * @return TMF_BAD_REQUEST.
 */
tmf_error_t *tmf_key_read(const char *value, apr_pool_t *p,
                          const char **text);

/**
 * Fill in the rest of a key that was sent.
 * @param body of the request, or NULL.
 */
void tmf_key_bind(tmf_key_t *key, const tmf_request_t *request,
                  const char *body, apr_pool_t *p);

#endif
