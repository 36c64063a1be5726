/* Reading the body of a request. */
#ifndef TMF_READER_H
#define TMF_READER_H

#include <httpd.h>

#include "base/tmf_error.h"

typedef struct tmf_reader_t {
    request_rec *r;
    apr_size_t limit;         /* bytes at most */
    int is_filtered;          /* input filters may change the body */
    int is_answered;          /* an input filter has sent a response */
} tmf_reader_t;

/**
 * tmf_request_t.read_body.
 * @param data a tmf_reader_t.
 */
tmf_error_t *tmf_reader_read(void *data, const char **body,
                             apr_size_t *length, const char **encoding);

#endif
