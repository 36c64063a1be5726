#include "base/tmf_error.h"

#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>

#include "base/tmf_text.h"

typedef struct kind_t {
    int status;
    const char *code;
    const char *reason;
} kind_t;

/* The README's table of error codes is this table. */
static const kind_t kinds[TMF_KINDS] = {
    [TMF_BAD_REQUEST] = { 400, "badRequest",
        "The request is not valid" },
    [TMF_INVALID_BODY] = { 400, "invalidBody",
        "The body of the request is not valid" },
    [TMF_INVALID_QUERY] = { 400, "invalidQuery",
        "The query of the request is not valid" },
    [TMF_KEY_REQUIRED] = { 400, "idempotencyKeyRequired",
        "The request must have an Idempotency-Key" },
    [TMF_UNAUTHORIZED] = { 401, "unauthorized",
        "The request needs valid credentials" },
    [TMF_FORBIDDEN] = { 403, "forbidden",
        "The request is not allowed" },
    [TMF_NOT_FOUND] = { 404, "notFound",
        "The resource does not exist" },
    [TMF_METHOD_NOT_ALLOWED] = { 405, "methodNotAllowed",
        "The resource does not support the method" },
    [TMF_NOT_ACCEPTABLE] = { 406, "notAcceptable",
        "The answer is available as application/json only" },
    [TMF_REQUEST_TIMEOUT] = { 408, "requestTimeout",
        "The request did not arrive in time" },
    [TMF_CONFLICT] = { 409, "conflict",
        "The request conflicts with the state of the resource" },
    [TMF_KEY_IN_USE] = { 409, "idempotencyKeyInUse",
        "A request with the same Idempotency-Key is still being processed" },
    [TMF_PRECONDITION_FAILED] = { 412, "preconditionFailed",
        "The resource is not in the state that the request is meant for" },
    [TMF_TOO_LARGE] = { 413, "payloadTooLarge",
        "The body of the request is too large" },
    [TMF_URI_TOO_LONG] = { 414, "uriTooLong",
        "The URI of the request is too long" },
    [TMF_UNSUPPORTED_TYPE] = { 415, "unsupportedMediaType",
        "The media type of the body is not supported" },
    [TMF_KEY_REUSED] = { 422, "idempotencyKeyReused",
        "The Idempotency-Key was used for another request" },
    [TMF_PRECONDITION_REQUIRED] = { 428, "preconditionRequired",
        "The request must name the state of the resource it is meant for" },
    [TMF_INTERNAL] = { 500, "internalError",
        "The server could not process the request" },
    [TMF_NOT_IMPLEMENTED] = { 501, "notImplemented",
        "The server does not implement the function" },
    [TMF_UNAVAILABLE] = { 503, "unavailable",
        "The service is not available at the moment" },
    [TMF_OUTCOME_UNKNOWN] = { 503, "outcomeUnknown",
        "Whether the change was made is not known" },
    [TMF_STORAGE_FULL] = { 507, "insufficientStorage",
        "The server has no room to store the resource" }
};

static tmf_error_t *make(apr_pool_t *p, tmf_kind_t kind)
{
    tmf_error_t *err = apr_pcalloc(p, sizeof(*err));

    err->kind = kind;
    err->status = kinds[kind].status;
    err->code = kinds[kind].code;
    err->reason = kinds[kind].reason;
    return err;
}

tmf_error_t *tmf_error(apr_pool_t *p, tmf_kind_t kind,
                       const char *format, ...)
{
    tmf_error_t *err = make(p, kind);
    va_list arguments;

    if (format) {
        va_start(arguments, format);
        err->message = apr_pvsprintf(p, format, arguments);
        va_end(arguments);
    }
    return err;
}

tmf_error_t *tmf_error_internal(apr_pool_t *p, tmf_kind_t kind,
                                const char *format, ...)
{
    tmf_error_t *err = make(p, kind);
    va_list arguments;

    va_start(arguments, format);
    err->cause = apr_pvsprintf(p, format, arguments);
    va_end(arguments);
    return err;
}

tmf_error_t *tmf_error_violations(apr_pool_t *p, tmf_kind_t kind,
                                  const apr_array_header_t *violations,
                                  int unlisted)
{
    tmf_error_t *err = make(p, kind);
    const tmf_violation_t *first
        = &APR_ARRAY_IDX(violations, 0, tmf_violation_t);

    err->violations = violations;
    err->unlisted = unlisted;
    err->message = apr_psprintf(p, "%d rule%s broken; the first: %s %s",
                                violations->nelts,
                                violations->nelts == 1 ? "" : "s",
                                *first->pointer ? first->pointer
                                                : "the body",
                                first->message);
    if (unlisted > 0) {
        err->message = apr_psprintf(p, "%s; %d more rules are broken",
                                    err->message, unlisted);
    }
    return err;
}

const char *tmf_error_detail(const tmf_error_t *err)
{
    if (err->cause) {
        return err->cause;
    }
    return err->message ? err->message : err->reason;
}

tmf_kind_t tmf_kind_of_status(int status)
{
    tmf_kind_t kind = TMF_BAD_REQUEST;

    for (kind = TMF_BAD_REQUEST; kind < TMF_KINDS; kind++) {
        /* whoever else answers 422 knows of no key */
        if (kinds[kind].status == status && kind != TMF_KEY_REUSED) {
            return kind;
        }
    }
    return status >= 500 ? TMF_INTERNAL : TMF_BAD_REQUEST;
}

static void put_member(tmf_text_t *text, const char *name, const char *value)
{
    tmf_text_json(text, name, strlen(name));
    tmf_text_puts(text, ":");
    tmf_text_json(text, value, strlen(value));
}

static void put_violations(tmf_text_t *text,
                           const apr_array_header_t *violations)
{
    int i = 0;

    tmf_text_puts(text, ",\"violations\":[");
    for (i = 0; i < violations->nelts; i++) {
        const tmf_violation_t *violation
            = &APR_ARRAY_IDX(violations, i, tmf_violation_t);

        tmf_text_puts(text, i ? ",{" : "{");
        put_member(text, "pointer", violation->pointer);
        tmf_text_puts(text, ",");
        put_member(text, "rule", violation->rule);
        tmf_text_puts(text, ",");
        put_member(text, "message", violation->message);
        tmf_text_puts(text, "}");
    }
    tmf_text_puts(text, "]");
}

const char *tmf_error_body(const tmf_error_t *err, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 512, 0);

    tmf_text_puts(text, "{");
    put_member(text, "code", err->code);
    tmf_text_puts(text, ",");
    put_member(text, "reason", err->reason);
    if (err->message) {
        tmf_text_puts(text, ",");
        put_member(text, "message", err->message);
    }
    tmf_text_puts(text, ",");
    put_member(text, "status", apr_itoa(p, err->status));
    tmf_text_puts(text, ",");
    put_member(text, "@type", "Error");
    if (err->violations) {
        put_violations(text, err->violations);
    }
    tmf_text_puts(text, "}");
    return tmf_text_string(text);
}
