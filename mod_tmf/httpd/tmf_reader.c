#include "httpd/tmf_reader.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "base/tmf_text.h"

/* Bytes asked for at once; also what a body of unknown length starts with. */
#define CHUNK 8192

/* Bytes announced for which there is room at once. */
#define FIRST_ROOM 65536

static tmf_error_t *too_large(const tmf_reader_t *reader)
{
    return tmf_error(reader->r->pool, TMF_TOO_LARGE,
                     "the body must have at most %" APR_SIZE_T_FMT " bytes",
                     reader->limit);
}

/* With a filter that decodes, httpd doesn't say which of the two it is. */
static tmf_error_t *cut_off(const tmf_reader_t *reader)
{
    return tmf_error(reader->r->pool, TMF_BAD_REQUEST,
                     reader->is_filtered
                         ? "the body ends too early, or can't be decoded"
                         : "the body ends too early");
}

/* What httpd's input filters say when they fail. */
static tmf_error_t *failed(tmf_reader_t *reader, apr_status_t rv)
{
    int status = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);

    if (status == AP_FILTER_ERROR) {
        reader->is_answered = 1;
        return tmf_error_internal(reader->r->pool, TMF_BAD_REQUEST,
                                  "an input filter refused the body");
    }
    if (status == HTTP_REQUEST_ENTITY_TOO_LARGE) {
        return tmf_error(reader->r->pool, TMF_TOO_LARGE, NULL);
    }
    if (status == HTTP_BAD_REQUEST) {
        return cut_off(reader);
    }
    return tmf_error(reader->r->pool, tmf_kind_of_status(status), NULL);
}

/* Take over what has arrived. */
static tmf_error_t *take(tmf_reader_t *reader, apr_bucket_brigade *brigade,
                         tmf_text_t *text, int *is_end)
{
    apr_bucket *bucket = APR_BRIGADE_FIRST(brigade);

    for (; bucket != APR_BRIGADE_SENTINEL(brigade) && !*is_end;
         bucket = APR_BUCKET_NEXT(bucket)) {
        const char *data = NULL;
        apr_size_t n = 0;
        apr_status_t rv = APR_SUCCESS;

        if (APR_BUCKET_IS_EOS(bucket)) {
            *is_end = 1;
        } else if (!APR_BUCKET_IS_METADATA(bucket)) {
            rv = apr_bucket_read(bucket, &data, &n, APR_BLOCK_READ);
            tmf_text_putn(text, data, rv == APR_SUCCESS ? n : 0);
        }
        if (rv != APR_SUCCESS) {
            return failed(reader, rv);
        }
        if (tmf_text_overflowed(text)) {
            return too_large(reader);
        }
    }
    return NULL;
}

/* ap_get_client_block isn't used: it answers a failed read by itself. */
static tmf_error_t *read_some(tmf_reader_t *reader, tmf_text_t *text,
                              apr_bucket_brigade *brigade, int *is_end)
{
    apr_status_t rv = ap_get_brigade(reader->r->input_filters, brigade,
                                     AP_MODE_READBYTES, APR_BLOCK_READ,
                                     CHUNK);

    if (rv != APR_SUCCESS) {
        return failed(reader, rv);
    }
    if (APR_BRIGADE_EMPTY(brigade)) {
        return cut_off(reader);
    }
    TMF_TRY(take(reader, brigade, text, is_end));
    apr_brigade_cleanup(brigade);
    return NULL;
}

static tmf_error_t *read_all(tmf_reader_t *reader, tmf_text_t *text)
{
    request_rec *r = reader->r;
    apr_bucket_brigade *brigade
        = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    tmf_error_t *err = NULL;
    int is_end = !ap_should_client_block(r);

    while (!err && !is_end) {
        err = read_some(reader, text, brigade, &is_end);
    }
    return err;
}

tmf_error_t *tmf_reader_read(void *data, const char **body,
                             apr_size_t *length, const char **encoding)
{
    tmf_reader_t *reader = data;
    request_rec *r = reader->r;
    int status = ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK);
    apr_off_t declared = r->remaining;
    tmf_text_t *text = NULL;

    /* a filter that has done its work takes itself away */
    reader->is_filtered = r->input_filters != r->proto_input_filters;
    if (status != OK) {
        return tmf_error(r->pool, tmf_kind_of_status(status), NULL);
    }
    if (declared > (apr_off_t)reader->limit) {
        return too_large(reader);
    }
    /* no memory for what is announced only */
    text = tmf_text_make(r->pool, declared > 0 && declared < FIRST_ROOM
                             ? (apr_size_t)declared : CHUNK, reader->limit);
    TMF_TRY(read_all(reader, text));
    /* What was announced is what an input filter has read, not what it has
     * made of it. */
    if (!r->read_chunked && (apr_off_t)tmf_text_length(text) < declared
        && !reader->is_filtered) {
        return cut_off(reader);
    }
    *body = tmf_text_string(text);
    *length = tmf_text_length(text);
    *encoding = apr_table_get(r->headers_in, "Content-Encoding");
    return NULL;
}
