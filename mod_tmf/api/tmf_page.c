#include "api/tmf_page.h"

#include <string.h>

#include <apr_strings.h>

#include "api/tmf_respond.h"
#include "base/tmf_spool.h"
#include "base/tmf_text.h"
#include "base/tmf_uri.h"

struct tmf_page_t {
    const tmf_request_t *request;
    const tmf_plan_t *plan;
    apr_pool_t *p;
    const char *stem;         /* of hrefs */
    tmf_spool_t *body;        /* NULL: no row yet */
};

/* --- the body ----------------------------------------------------------- */

tmf_page_t *tmf_page_make(const tmf_request_t *request,
                          const tmf_plan_t *plan, apr_pool_t *p)
{
    tmf_page_t *page = apr_pcalloc(p, sizeof(*page));

    page->request = request;
    page->plan = plan;
    page->p = p;
    page->stem = tmf_respond_stem(request, plan, p);
    return page;
}

/* The hint is most of what a client gets: room for it is made once. */
static void begin_body(tmf_page_t *page, apr_size_t hint)
{
    if (!page->body) {
        page->body = tmf_spool_make(page->p, hint);
        tmf_text_puts(tmf_spool_text(page->body), "[");
    }
}

tmf_error_t *tmf_page_take(void *data, const tmf_row_t *row)
{
    tmf_page_t *page = data;
    tmf_text_t *out = NULL;

    if (page->body) {
        out = tmf_spool_text(page->body);
        tmf_text_puts(out, ",");
    }
    else {
        begin_body(page, TMF_SPOOL_MEMORY);
        out = tmf_spool_text(page->body);
    }
    tmf_respond_row(out, row, page->stem);
    return tmf_spool_flow(page->body);
}

static apr_size_t guess_length(const tmf_page_t *page,
                               const tmf_result_t *result)
{
    apr_size_t length = 2;
    int i = 0;

    for (i = 0; result->rows && i < result->n_rows; i++) {
        length += result->rows[i].length + strlen(page->stem)
            + TMF_RESPOND_ROW;
    }
    return length;
}

static tmf_error_t *end_body(tmf_page_t *page, const tmf_result_t *result,
                             tmf_response_t *response)
{
    tmf_spooled_t spooled = { NULL, NULL, 0 };
    int i = 0;

    begin_body(page, guess_length(page, result));
    for (i = 0; result->rows && i < result->n_rows; i++) {
        tmf_text_t *out = tmf_spool_text(page->body);

        tmf_text_puts(out, i > 0 ? "," : "");
        tmf_respond_row(out, &result->rows[i], page->stem);
        TMF_TRY(tmf_spool_flow(page->body));
    }
    tmf_text_puts(tmf_spool_text(page->body), "]");
    TMF_TRY(tmf_spool_end(page->body, &spooled));
    response->body = spooled.text;
    response->file = spooled.file;
    response->length = spooled.length;
    return NULL;
}

/* --- links -------------------------------------------------------------- */

/* Where the pages around the one asked for begin. */
typedef struct links_t {
    const char *url;          /* up to and with "?" or "&" */
    apr_int64_t limit;
    tmf_text_t *out;
    apr_pool_t *p;
} links_t;

/* A parameter that a link says anew, however its name is written. */
static int is_paging(const char *parameter, const char *end, apr_pool_t *p)
{
    static const char *const names[] = { "limit", "offset", "cursor" };
    apr_size_t n = (apr_size_t)(end - parameter);
    const char *equals = memchr(parameter, '=', n);
    const char *name = tmf_uri_decode(p, parameter,
                                      equals ? (apr_size_t)(equals - parameter)
                                             : n, TMF_PLUS_LITERAL);
    apr_size_t i = 0;

    for (i = 0; name && i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(name, names[i])) {
            return 1;
        }
    }
    return 0;
}

/* What may not stand in a header or in angle brackets is encoded. */
static void put_encoded(tmf_text_t *out, const char *s, const char *end)
{
    static const char hex[] = "0123456789ABCDEF";

    for (; s < end; s++) {
        unsigned char c = (unsigned char)*s;
        char escape[3] = { '%', hex[c >> 4], hex[c & 15] };

        if (c <= ' ' || c >= 0x7f || strchr("<>\"\\^`{|}", c)) {
            tmf_text_putn(out, escape, 3);
        }
        else {
            tmf_text_putn(out, s, 1);
        }
    }
}

/* The parameters of a query but those that page. */
static void put_parameters(tmf_text_t *out, const char *query, apr_pool_t *p)
{
    const char *end = query;

    for (; query && *query; query = *end ? end + 1 : end) {
        end = query + strcspn(query, "&");
        if (end > query && !is_paging(query, end, p)) {
            put_encoded(out, query, end);
            tmf_text_puts(out, "&");
        }
    }
}

/* By a cursor, or without one by an offset. Without next a client would take
 * the page for the last one: that link is there, however long it is. */
static void put_link(const links_t *links, const char *rel,
                     const char *cursor, apr_int64_t offset)
{
    const char *place = cursor
        ? apr_pstrcat(links->p, "cursor=", cursor, NULL)
        : apr_psprintf(links->p, "offset=%" APR_INT64_T_FMT, offset);
    const char *link = apr_psprintf(links->p, "%s<%s%s&limit=%"
                                    APR_INT64_T_FMT ">; rel=\"%s\"",
                                    tmf_text_length(links->out) > 0 ? ", "
                                                                    : "",
                                    links->url, place, links->limit, rel);

    if (tmf_text_length(links->out) + strlen(link) <= TMF_LINK_MAX
        || !strcmp(rel, "next")) {
        tmf_text_puts(links->out, link);
    }
}

/* The first row of the last page, on the grid of the page asked for. */
static apr_int64_t last_offset(const tmf_plan_t *plan,
                               const tmf_result_t *result)
{
    apr_int64_t shift = plan->query.offset % plan->limit;
    apr_int64_t rest = result->total - 1 - shift;

    return rest < 0 ? 0 : shift + rest / plan->limit * plan->limit;
}

/* The page before one that is beyond the end is the last one. */
static apr_int64_t prev_offset(const tmf_result_t *result,
                               apr_int64_t limit, apr_int64_t last)
{
    apr_int64_t offset = result->skipped - limit;

    if (!result->is_estimated && result->skipped > last) {
        return last;
    }
    return offset > 0 ? offset : 0;
}

/* In the order of what they are worth to a client: where a long query leaves
 * no room for all, the last ones are missing. */
static void put_pages(const links_t *links, const tmf_plan_t *plan,
                      const tmf_result_t *result)
{
    int is_beyond = result->n_rows == 0 && plan->query.offset > 0
        && !result->is_estimated;
    apr_int64_t last = last_offset(plan, result);

    if (result->next.is_there) {
        put_link(links, "next", result->next.cursor,
                 result->skipped + result->n_rows);
    }
    if (result->prev.is_there || is_beyond) {
        put_link(links, "prev", result->prev.cursor,
                 prev_offset(result, plan->limit, last));
    }
    if (!result->is_estimated) {
        put_link(links, "last", NULL, last);
    }
    put_link(links, "first", NULL, 0);
}

/* Link (RFC 8288). */
static void set_links(const tmf_page_t *page, const tmf_result_t *result,
                      tmf_response_t *response)
{
    const tmf_plan_t *plan = page->plan;
    tmf_text_t *url = tmf_text_make(page->p, 256, 0);
    links_t links = { NULL, plan->limit, NULL, page->p };

    tmf_text_printf(url, "%s/%s?", page->request->base,
                    plan->resource->name);
    put_parameters(url, page->request->query, page->p);
    links.url = tmf_text_string(url);
    links.out = tmf_text_make(page->p, 1024, 0);
    if (plan->limit > 0) {
        put_pages(&links, plan, result);
    }
    put_link(&links, "self", plan->query.cursor, plan->query.offset);
    if (tmf_text_length(links.out) > 0) {
        apr_table_setn(response->headers, "Link",
                       tmf_text_string(links.out));
    }
}

/* --- the response ------------------------------------------------------- */

/* 206 if paging was asked for and the page isn't all. An estimated total is
 * never less than what is known: that the list goes on, say. */
static int is_part(const tmf_plan_t *plan, const tmf_result_t *result)
{
    return plan->query.paged && plan->limit > 0
        && result->n_rows < result->total;
}

tmf_error_t *tmf_page_respond(tmf_page_t *page, const tmf_result_t *result,
                              tmf_response_t *response)
{
    TMF_TRY(end_body(page, result, response));
    response->status = is_part(page->plan, result) ? 206 : 200;
    apr_table_setn(response->headers, "X-Total-Count",
                   apr_psprintf(page->p, "%" APR_INT64_T_FMT,
                                result->total));
    apr_table_setn(response->headers, "X-Result-Count",
                   apr_itoa(page->p, result->n_rows));
    if (result->is_estimated) {
        apr_table_setn(response->headers, "X-Total-Count-Precision",
                       "estimated");
    }
    set_links(page, result, response);
    return NULL;
}
