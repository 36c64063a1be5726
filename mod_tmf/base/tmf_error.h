/* The error value: NULL is success. The lowest header of the library. */
#ifndef TMF_ERROR_H
#define TMF_ERROR_H

#include <apr_pools.h>
#include <apr_tables.h>

/** What went wrong, independent of where; one row of the table of codes. */
typedef enum tmf_kind_t {
    TMF_BAD_REQUEST,          /* 400 badRequest */
    TMF_INVALID_BODY,         /* 400 invalidBody */
    TMF_INVALID_QUERY,        /* 400 invalidQuery */
    TMF_KEY_REQUIRED,         /* 400 idempotencyKeyRequired */
    TMF_UNAUTHORIZED,         /* 401 unauthorized */
    TMF_FORBIDDEN,            /* 403 forbidden */
    TMF_NOT_FOUND,            /* 404 notFound */
    TMF_METHOD_NOT_ALLOWED,   /* 405 methodNotAllowed */
    TMF_NOT_ACCEPTABLE,       /* 406 notAcceptable */
    TMF_REQUEST_TIMEOUT,      /* 408 requestTimeout */
    TMF_CONFLICT,             /* 409 conflict */
    TMF_KEY_IN_USE,           /* 409 idempotencyKeyInUse */
    TMF_PRECONDITION_FAILED,  /* 412 preconditionFailed */
    TMF_TOO_LARGE,            /* 413 payloadTooLarge */
    TMF_URI_TOO_LONG,         /* 414 uriTooLong */
    TMF_UNSUPPORTED_TYPE,     /* 415 unsupportedMediaType */
    TMF_KEY_REUSED,           /* 422 idempotencyKeyReused */
    TMF_PRECONDITION_REQUIRED,    /* 428 preconditionRequired */
    TMF_INTERNAL,             /* 500 internalError */
    TMF_NOT_IMPLEMENTED,      /* 501 notImplemented */
    TMF_UNAVAILABLE,          /* 503 unavailable */
    TMF_OUTCOME_UNKNOWN,      /* 503 outcomeUnknown */
    TMF_STORAGE_FULL,         /* 507 insufficientStorage */
    TMF_KINDS
} tmf_kind_t;

/** One broken rule of a body or a query. */
typedef struct tmf_violation_t {
    const char *pointer;      /* RFC 6901 pointer into the body */
    const char *rule;         /* name of the rule: type, required, enum, ... */
    const char *message;      /* sentence for a person, without the value */
} tmf_violation_t;

typedef struct tmf_error_t {
    tmf_kind_t kind;
    int status;               /* HTTP status; the kind's own unless set */
    const char *code;         /* stable name, TMF630 Error.code */
    const char *reason;       /* sentence for a user, TMF630 Error.reason */
    const char *message;      /* more detail for the client, or NULL */
    const char *cause;        /* for the log only, never sent; or NULL */
    const char *allow;        /* value of Allow with a 405, or NULL */
    const char *accept_patch; /* value of Accept-Patch with a 415, or NULL */
    const apr_array_header_t *violations;   /* of tmf_violation_t, or NULL */
    int unlisted;             /* violations that aren't among them */
    int is_quiet;             /* the log has been told of its like */
    int is_locked;            /* 503: it would have had to wait too long for
                                 another change */
    int is_slow;              /* 503: the statement took too long, and is
                                 ended, or cut off */
} tmf_error_t;

/** Return the error of a failed call to the caller. */
#define TMF_TRY(call)                       \
    do {                                    \
        tmf_error_t *tmf_try_ = (call);     \
        if (tmf_try_) {                     \
            return tmf_try_;                \
        }                                   \
    } while (0)

/**
 * Make an error.
 * @param format printf-like text of the message for the client, or NULL.
 * @return the error, allocated from p; never NULL.
 */
tmf_error_t *tmf_error(apr_pool_t *p, tmf_kind_t kind,
                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Make an error of the server's own: the client learns the kind only, the
 * log gets the text.
 * @param format printf-like text for the log.
 */
tmf_error_t *tmf_error_internal(apr_pool_t *p, tmf_kind_t kind,
                                const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Make an error that lists violations.
 * @param violations of tmf_violation_t, at least one; kept, not copied.
 * @param unlisted number of those that were too many to be listed.
 */
tmf_error_t *tmf_error_violations(apr_pool_t *p, tmf_kind_t kind,
                                  const apr_array_header_t *violations,
                                  int unlisted);

/** What the log is told of it: its cause, or else what the client is. */
const char *tmf_error_detail(const tmf_error_t *err);

/** The kind that stands for an HTTP status of 400 to 599; never fails. */
tmf_kind_t tmf_kind_of_status(int status);

/**
 * Render the TM Forum Error body (TMF630 part 1, section 3.4).
 * @return NUL-terminated JSON text from p.
 */
const char *tmf_error_body(const tmf_error_t *err, apr_pool_t *p);

#endif
