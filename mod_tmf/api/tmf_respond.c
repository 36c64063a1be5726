#include "api/tmf_respond.h"

#include <string.h>

#include <apr_strings.h>

#include "api/tmf_href.h"
#include "base/tmf_text.h"

void tmf_respond_row(tmf_text_t *out, const tmf_row_t *row,
                     const char *stem)
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

const char *tmf_respond_stem(const tmf_request_t *request,
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

static void respond_item(const tmf_request_t *request,
                         const tmf_plan_t *plan, const tmf_result_t *result,
                         apr_pool_t *p, tmf_response_t *response)
{
    const tmf_row_t *row = &result->rows[0];
    const char *stem = tmf_respond_stem(request, plan, p);
    tmf_text_t *out = tmf_text_make(p, row->length + strlen(stem)
                                           + TMF_RESPOND_ROW, 0);

    tmf_respond_row(out, row, stem);
    response->body = tmf_text_string(out);
    response->length = tmf_text_length(out);
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
    if (plan->op == TMF_OP_DELETE) {
        response->status = 204;
    }
    else {
        respond_item(request, plan, result, p, response);
    }
}
