/* What the store found or wrote. */
#ifndef TMF_RESULT_H
#define TMF_RESULT_H

#include "base/tmf_error.h"

/** A resource: its id, and its other attributes as JSON object text. */
typedef struct tmf_row_t {
    const char *id;
    const char *body;         /* "{...}", not NUL-terminated by contract */
    apr_size_t length;
    const char *seq;          /* creation sequence */
    const char *version;      /* of one resource: number of its changes */
    apr_int64_t updated;      /* of one resource: us since 1970 */
} tmf_row_t;

/** Takes the rows of a list that is too long to be held. */
typedef struct tmf_sink_t {
    /** @param row valid until this returns. */
    tmf_error_t *(*take)(void *data, const tmf_row_t *row);
    void *data;
} tmf_sink_t;

/** The page before or after the one that was found. */
typedef struct tmf_beside_t {
    int is_there;
    const char *cursor;       /* NULL: by its offset alone */
} tmf_beside_t;

typedef struct tmf_result_t {
    int n_rows;
    const tmf_row_t *rows;    /* NULL: a sink has taken them */
    /* of a write with a key: */
    const char *base;         /* public base of the first answer; NULL: this
                                 is the first */
    int is_replay;            /* this repeats an answer given before */
    /* of LIST: */
    apr_int64_t total;        /* rows that match, all pages */
    int is_estimated;         /* total is about right, and not less than
                                 what is known to be there */
    apr_int64_t skipped;      /* rows before the page, as far as known */
    tmf_beside_t next;
    tmf_beside_t prev;
} tmf_result_t;

#endif
