#include "httpd/tmf_handler.h"

#include <apr_portable.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "dbd/tmf_dbd.h"
#include "httpd/tmf_claim.h"
#include "httpd/tmf_databases.h"
#include "httpd/tmf_public.h"
#include "httpd/tmf_reader.h"
#include "tmf_serve.h"

APLOG_USE_MODULE(tmf);

static const char *header(const request_rec *r, const char *name)
{
    return apr_table_get(r->headers_in, name);
}

/* The conditions are the core's to decide, not ap_meets_conditions': a write
 * must be decided where it is done. */
static void fill_request(request_rec *r, tmf_reader_t *reader,
                         tmf_request_t *request)
{
    request->method = r->method;
    request->came = r->request_time;
    request->path = tmf_claim_path(r);
    request->query = r->args;
    request->accept = header(r, "Accept");
    request->content_type = header(r, "Content-Type");
    request->if_match = header(r, "If-Match");
    request->if_none_match = header(r, "If-None-Match");
    request->if_modified_since = header(r, "If-Modified-Since");
    request->if_unmodified_since = header(r, "If-Unmodified-Since");
    request->idempotency_key = header(r, "Idempotency-Key");
    request->user = r->user;
    request->correlation_id = header(r, "X-Correlation-ID");
    request->request_id = header(r, "X-Request-ID");
    request->read_body = tmf_reader_read;
    request->data = reader;
}

/* A stream of HTTP/2 has no socket of its own. */
static int client_socket(conn_rec *c)
{
    apr_socket_t *socket = c->master ? NULL : ap_get_conn_socket(c);
    apr_os_sock_t client = -1;

    if (!socket || apr_os_sock_get(&client, socket) != APR_SUCCESS) {
        return -1;
    }
    return client;
}

static tmf_response_t *serve(request_rec *r, const tmf_mount_point_t *point,
                             tmf_reader_t *reader)
{
    tmf_request_t request = { 0 };
    tmf_error_t *err = tmf_public_base(r, point, &request.base);

    if (err) {
        return tmf_serve_error(err, r->pool);
    }
    fill_request(r, reader, &request);
    return tmf_serve(&request, &point->mount,
                     tmf_dbd_make(r->server, tmf_databases_of(r->server),
                                  client_socket(r->connection), r->pool),
                     r->pool);
}

/* The one place where an error is logged. A client's fault is no fault of
 * the server, nor is a function that there isn't; and one line may tell of
 * many requests. */
static void log_error(request_rec *r, const tmf_error_t *err)
{
    const char *detail = tmf_error_detail(err);

    if (err->status >= 500 && err->kind != TMF_NOT_IMPLEMENTED
        && !err->is_quiet) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "TMF00101: %d %s: %s",
                      err->status, err->code, detail);
    } else {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "TMF00102: %d %s: %s",
                      err->status, err->code, detail);
    }
}

/* Once a minute: requests that are alike follow each other. */
static void log_notice(request_rec *r, const char *notice)
{
    tmf_breaker_t *breaker = tmf_databases_of(r->server)->breaker;
    apr_uint32_t n = 0;

    if (tmf_breaker_count(&breaker->noticed, TMF_BREAKER_LINE_AWAY, &n)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, "%s (%u requests "
                      "since the last such line)", notice, n);
    }
}

/* For LogFormat: %{tmf-data-set}n, %{tmf-code}n. */
static void set_notes(request_rec *r, const tmf_mount_point_t *point,
                      const tmf_response_t *response)
{
    apr_table_setn(r->notes, "tmf-data-set", point->mount.data_set);
    if (response->err) {
        apr_table_setn(r->notes, "tmf-code", response->err->code);
    }
}

/* What isn't there can't be compressed, but mod_brotli would name it so, and
 * append to the ETag. */
static void keep_plain(request_rec *r)
{
    apr_table_setn(r->subprocess_env, "no-brotli", "1");
    apr_table_setn(r->subprocess_env, "no-gzip", "1");
}

static void set_headers(request_rec *r, const tmf_response_t *response)
{
    r->status = response->status;
    r->status_line = NULL;
    apr_table_overlap(r->headers_out, response->headers,
                      APR_OVERLAP_TABLES_SET);
    if (response->body || response->file) {
        ap_set_content_type(r, "application/json");
        ap_set_content_length(r, (apr_off_t)response->length);
    }
    else {
        keep_plain(r);
    }
    /* 206 says that a list goes on; httpd would say it of a range of bytes */
    if (!r->main) {
        ap_remove_output_filter_byhandle(r->output_filters, "BYTERANGE");
    }
}

static void append(apr_bucket_brigade *brigade, apr_bucket *bucket)
{
    APR_BRIGADE_INSERT_TAIL(brigade, bucket);
}

static int pass_on(request_rec *r, const tmf_response_t *response)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, alloc);
    apr_status_t rv = APR_SUCCESS;

    if (response->file) {
        apr_brigade_insert_file(brigade, response->file, 0,
                                (apr_off_t)response->length, r->pool);
    }
    else if (response->body && response->length > 0) {
        append(brigade, apr_bucket_pool_create(response->body,
                                               response->length, r->pool,
                                               alloc));
    }
    append(brigade, apr_bucket_eos_create(alloc));
    rv = ap_pass_brigade(r->output_filters, brigade);
    if (rv != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, rv, r,
                      "TMF00103: the response could not be sent");
    }
    return OK;
}

int tmf_handler(request_rec *r)
{
    const tmf_mount_point_t *point = tmf_claim_point(r);
    tmf_reader_t reader = { r, 0, 0, 0 };
    tmf_response_t *response = NULL;

    if (!point) {
        return DECLINED;
    }
    reader.limit = point->body_limit;
    response = serve(r, point, &reader);
    if (reader.is_answered) {
        return AP_FILTER_ERROR;
    }
    if (response->err) {
        log_error(r, response->err);
    }
    if (response->notice) {
        log_notice(r, response->notice);
    }
    set_notes(r, point, response);
    set_headers(r, response);
    return pass_on(r, response);
}
