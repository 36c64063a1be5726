/* What the store found or wrote. */
#ifndef TMF_RESULT_H
#define TMF_RESULT_H

#include <apr_pools.h>

/** A resource: its id, and its other attributes as JSON object text. */
typedef struct tmf_row_t {
    const char *id;
    const char *body;         /* "{...}", not NUL-terminated by contract */
    apr_size_t length;
} tmf_row_t;

typedef struct tmf_result_t {
    int n_rows;
    const tmf_row_t *rows;
    apr_int64_t total;        /* LIST: rows that match, all pages */
} tmf_result_t;

#endif
