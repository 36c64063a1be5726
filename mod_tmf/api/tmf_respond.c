#include "api/tmf_respond.h"

#include <string.h>

#include <apr_strings.h>

#include "api/tmf_href.h"
#include "base/tmf_text.h"

/* Room for id and href beside a row's own text. */
#define ROW_HINT 256

/* One resource: id and href, then the rest of its text's members. */
static void put_row(tmf_text_t *out, const tmf_row_t *row, const char *stem)
{
    apr_size_t length = strlen(row->id);

    tmf_text_puts(out, "{\"id\":");
    tmf_text_json(out, row->id, length);
    tmf_text_puts(out, ",\"href\":\"");
    tmf_text_puts(out, stem);
    tmf_text_uri(out, row->id, length);
    /* "{}" has two bytes, and no member to put a comma before */
    tmf_text_puts(out, row->length > 2 ? "\"," : "\"");
    tmf_text_putn(out, row->body + 1, row->length - 1);
}

/* What every href of a resource begins with, as text inside a JSON string. */
static const char *href_stem(const tmf_request_t *request,
                             const tmf_plan_t *plan, apr_pool_t *p)
{
    const char *stem = tmf_href_make(request->base, plan->resource->name, "",
                                     p);
    tmf_text_t *text = tmf_text_make(p, strlen(stem) + 2, 0);
    const char *quoted = NULL;

    tmf_text_json(text, stem, strlen(stem));
    quoted = tmf_text_string(text);
    return apr_pstrmemdup(p, quoted + 1, tmf_text_length(text) - 2);
}

static void set_body(tmf_response_t *response, const tmf_text_t *text)
{
    response->body = tmf_text_string(text);
    response->length = tmf_text_length(text);
}

static void put_list(const tmf_result_t *result, const char *stem,
                     apr_pool_t *p, tmf_response_t *response)
{
    apr_size_t hint = 2;
    tmf_text_t *out = NULL;
    int i = 0;

    for (i = 0; i < result->n_rows; i++) {
        hint += result->rows[i].length + strlen(stem) + ROW_HINT;
    }
    out = tmf_text_make(p, hint, 0);
    tmf_text_puts(out, "[");
    for (i = 0; i < result->n_rows; i++) {
        if (i > 0) {
            tmf_text_puts(out, ",");
        }
        put_row(out, &result->rows[i], stem);
    }
    tmf_text_puts(out, "]");
    set_body(response, out);
}

/* --- paging ------------------------------------------------------------ */

/* Where the pages around the one asked for begin. */
typedef struct page_t {
    const char *url;          /* up to and with "?" or "&" */
    apr_int64_t limit;
    tmf_text_t *out;
} page_t;

/* The parameters of a query but those that page; what may not stand in a
 * header or in angle brackets is percent-encoded. */
static void put_parameters(tmf_text_t *out, const char *query)
{
    static const char hex[] = "0123456789ABCDEF";
    const char *end = query;

    for (; query && *query; query = *end ? end + 1 : end) {
        end = query + strcspn(query, "&");
        if (end == query || !strncmp(query, "limit=", 6)
            || !strncmp(query, "offset=", 7)) {
            continue;
        }
        for (; query < end; query++) {
            unsigned char c = (unsigned char)*query;
            char escape[3] = { '%', hex[c >> 4], hex[c & 15] };

            if (c <= ' ' || c >= 0x7f || strchr("<>\"\\^`{|}", c)) {
                tmf_text_putn(out, escape, 3);
            }
            else {
                tmf_text_putn(out, query, 1);
            }
        }
        tmf_text_puts(out, "&");
    }
}

static void put_link(const page_t *page, const char *rel, apr_int64_t offset)
{
    tmf_text_printf(page->out,
                    "%s<%soffset=%" APR_INT64_T_FMT "&limit=%"
                    APR_INT64_T_FMT ">; rel=\"%s\"",
                    tmf_text_length(page->out) > 0 ? ", " : "",
                    page->url, offset, page->limit, rel);
}

/* The first row of the last page, on the grid of the page asked for. */
static apr_int64_t last_offset(apr_int64_t offset, apr_int64_t limit,
                               apr_int64_t total)
{
    apr_int64_t shift = offset % limit;

    return total <= shift ? 0 : shift + (total - 1 - shift) / limit * limit;
}

static void put_links(const page_t *page, apr_int64_t offset,
                      apr_int64_t total)
{
    apr_int64_t last = 0;

    put_link(page, "self", offset);
    if (page->limit == 0) {
        return;
    }
    last = last_offset(offset, page->limit, total);
    put_link(page, "first", 0);
    if (offset > last) {
        put_link(page, "prev", last);
    }
    else if (offset > 0) {
        put_link(page, "prev", offset > page->limit ? offset - page->limit
                                                    : 0);
    }
    if (offset < last) {
        put_link(page, "next", offset + page->limit);
    }
    put_link(page, "last", last);
}

/* Link (RFC 8288); left out if the query is too long to be repeated. */
static void set_links(const tmf_request_t *request, const tmf_plan_t *plan,
                      const tmf_result_t *result, apr_pool_t *p,
                      tmf_response_t *response)
{
    tmf_text_t *url = tmf_text_make(p, 256, TMF_LINK_MAX);
    page_t page = { NULL, plan->limit, NULL };

    tmf_text_printf(url, "%s/%s?", request->base, plan->resource->name);
    put_parameters(url, request->query);
    page.url = tmf_text_string(url);
    page.out = tmf_text_make(p, 1024, TMF_LINK_MAX);
    put_links(&page, plan->query.offset, result->total);
    if (!tmf_text_overflowed(url) && !tmf_text_overflowed(page.out)) {
        apr_table_setn(response->headers, "Link", tmf_text_string(page.out));
    }
}

static void respond_list(const tmf_request_t *request,
                         const tmf_plan_t *plan, const tmf_result_t *result,
                         apr_pool_t *p, tmf_response_t *response)
{
    put_list(result, href_stem(request, plan, p), p, response);
    if (plan->query.paged && plan->limit > 0
        && result->n_rows < result->total) {
        response->status = 206;
    }
    apr_table_setn(response->headers, "X-Total-Count",
                   apr_psprintf(p, "%" APR_INT64_T_FMT, result->total));
    apr_table_setn(response->headers, "X-Result-Count",
                   apr_itoa(p, result->n_rows));
    set_links(request, plan, result, p, response);
}

static void respond_item(const tmf_request_t *request,
                         const tmf_plan_t *plan, const tmf_result_t *result,
                         apr_pool_t *p, tmf_response_t *response)
{
    const tmf_row_t *row = &result->rows[0];
    const char *stem = href_stem(request, plan, p);
    tmf_text_t *out = tmf_text_make(p, row->length + strlen(stem) + ROW_HINT,
                                    0);

    put_row(out, row, stem);
    set_body(response, out);
    if (plan->op == TMF_OP_CREATE) {
        response->status = 201;
        apr_table_setn(response->headers, "Location",
                       tmf_href_make(request->base, plan->resource->name,
                                     row->id, p));
    }
}

void tmf_respond(const tmf_request_t *request, const tmf_plan_t *plan,
                 const tmf_result_t *result, apr_pool_t *p,
                 tmf_response_t *response)
{
    response->status = 200;
    if (plan->op == TMF_OP_LIST) {
        respond_list(request, plan, result, p, response);
    }
    else if (plan->op == TMF_OP_DELETE) {
        response->status = 204;
    }
    else {
        respond_item(request, plan, result, p, response);
    }
}
