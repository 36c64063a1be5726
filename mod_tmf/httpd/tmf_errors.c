#include "httpd/tmf_errors.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "base/tmf_error.h"
#include "httpd/tmf_claim.h"

#define FILTER "TMF_ERROR"

/* What headers of a body that is not sent would say of the one that is. */
static const char *const body_headers[] = {
    "Content-Encoding", "Content-Language", "Content-Location",
    "Content-MD5", "Content-Range", "ETag", "Last-Modified"
};

#define BODY_HEADERS (sizeof(body_headers) / sizeof(body_headers[0]))

/* Requests that httpd refuses early have not been looked at by our hooks,
 * and their path may be as raw as it came. */
static int is_below_mount(request_rec *r)
{
    const char *raw = r->unparsed_uri;

    return tmf_claim_point(r) || tmf_mounts_find(r->server, r->uri)
        || (raw && tmf_mounts_find(r->server,
                                   apr_pstrmemdup(r->pool, raw,
                                                  strcspn(raw, "?"))));
}

static int wants_error(request_rec *r)
{
    if (!ap_is_HTTP_ERROR(r->status)) {
        return 0;
    }
    if (tmf_config_of(r->server)->all_errors) {
        return 1;
    }
    for (; r; r = r->prev) {
        if (is_below_mount(r)) {
            return 1;
        }
    }
    return 0;
}

static const char *make_body(request_rec *r)
{
    tmf_error_t *err = tmf_error(r->pool, tmf_kind_of_status(r->status),
                                 NULL);

    err->status = r->status;
    return tmf_error_body(err, r->pool);
}

static void set_headers(request_rec *r, const char *body)
{
    apr_size_t i = 0;

    r->content_encoding = NULL;
    r->content_languages = NULL;
    for (i = 0; i < BODY_HEADERS; i++) {
        apr_table_unset(r->headers_out, body_headers[i]);
        apr_table_unset(r->err_headers_out, body_headers[i]);
    }
    ap_set_content_type(r, "application/json");
    ap_set_content_length(r, (apr_off_t)strlen(body));
}

/* The first call sends the whole body, the rest of httpd's is dropped. */
static apr_status_t replace_body(ap_filter_t *f, apr_bucket_brigade *brigade)
{
    request_rec *r = f->r;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    const char *body = NULL;

    apr_brigade_cleanup(brigade);
    if (f->ctx) {
        return APR_SUCCESS;
    }
    body = make_body(r);
    f->ctx = r;
    set_headers(r, body);
    APR_BRIGADE_INSERT_TAIL(brigade,
                            apr_bucket_pool_create(body, strlen(body),
                                                   r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(alloc));
    return ap_pass_brigade(f->next, brigade);
}

void tmf_errors_register(void)
{
    ap_register_output_filter(FILTER, replace_body, NULL,
                              AP_FTYPE_CONTENT_SET);
}

void tmf_errors_insert(request_rec *r)
{
    if (wants_error(r)) {
        ap_add_output_filter(FILTER, NULL, r, r->connection);
    }
}

/* r->prev is at fault, and this is the redirect to its ErrorDocument. */
int tmf_errors_document(request_rec *r, int lookup)
{
    if (lookup || !r->prev || !ap_is_HTTP_ERROR(r->prev->status)
        || !wants_error(r->prev)) {
        return DECLINED;
    }
    r->status = r->prev->status;
    ap_send_error_response(r, 0);
    return OK;
}
