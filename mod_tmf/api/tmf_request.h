/* A request and its response as values: HTTP is known at the rim only. */
#ifndef TMF_REQUEST_H
#define TMF_REQUEST_H

#include <apr_file_io.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "api/tmf_validate.h"
#include "base/tmf_error.h"
#include "spec/tmf_spec.h"

#define TMF_SIZE_LIMIT 1048576

/** How the total of a list is found. */
typedef enum tmf_counting_t {
    TMF_COUNT_AUTO,           /* exact while that is cheap */
    TMF_COUNT_EXACT,
    TMF_COUNT_ESTIMATED       /* what is known without counting */
} tmf_counting_t;

/** Who may be told of events. */
typedef struct tmf_hub_rules_t {
    int is_listed;            /* GET of the hub and its subscriptions */
    int takes_http;           /* callbacks need not be https */
    int most;                 /* subscriptions of a data set at most */
    int n_hosts;              /* 0: every host */
    const char *const *hosts; /* patterns; '*' is any characters */
} tmf_hub_rules_t;

/** What the operator has set for a mount. */
typedef struct tmf_mount_t {
    const tmf_spec_t *spec;
    const char *path;         /* decoded: "/a/b"; "" is the root */
    const char *data_set;     /* PostgreSQL schema */
    apr_int64_t default_limit;    /* rows of a list without limit, >= 1 */
    apr_int64_t max_limit;    /* rows of any list, >= 1 */
    int client_ids;           /* a create body's id is taken over */
    tmf_profile_t profile;    /* of validation */
    apr_int64_t size_limit;   /* bytes that a patch may let a resource grow
                                 to; 0: TMF_SIZE_LIMIT */
    int requires_match;       /* PATCH and DELETE need If-Match */
    int requires_key;         /* POST needs Idempotency-Key */
    tmf_counting_t counting;
    int indexed_only;         /* lists that no index serves are refused */
    tmf_hub_rules_t hub;
} tmf_mount_t;

typedef struct tmf_request_t {
    const char *method;       /* as sent: "GET", "HEAD", ... */
    const char *path;         /* below the mount, percent-encoded: "/a/b" */
    const char *query;        /* percent-encoded, or NULL */
    apr_time_t came;          /* when it came */
    const char *base;         /* public base of the mount, no final slash */
    const char *accept;       /* header Accept, or NULL */
    const char *content_type; /* header Content-Type, or NULL */
    const char *if_match;     /* headers, or NULL */
    const char *if_none_match;
    const char *if_modified_since;
    const char *if_unmodified_since;
    const char *idempotency_key;      /* header, or NULL */
    const char *user;         /* who has logged in, or NULL */
    const char *correlation_id;   /* headers, or NULL */
    const char *request_id;
    /**
     * Read the whole body, at most once.
     * @param body set to NUL-terminated bytes, "" if there is none.
     * @param length set to their number.
     * @param encoding set to the Content-Encoding that they still have, or
     *        NULL: what decodes a body takes it out of the header.
     * @return errors TMF_TOO_LARGE, TMF_BAD_REQUEST (cut off),
     *         TMF_REQUEST_TIMEOUT.
     */
    tmf_error_t *(*read_body)(void *data, const char **body,
                              apr_size_t *length, const char **encoding);
    void *data;               /* for read_body */
} tmf_request_t;

typedef struct tmf_response_t {
    int status;
    apr_table_t *headers;     /* all but Content-Type and Content-Length */
    const char *body;         /* application/json, or NULL: no body */
    apr_file_t *file;         /* instead of body: a body too large for
                                 memory, closed and gone with the pool */
    apr_size_t length;        /* of body or file */
    const tmf_error_t *err;   /* for the log, NULL: no error */
    const char *notice;       /* a line for the log, with its number; or
                                 NULL */
} tmf_response_t;

#endif
