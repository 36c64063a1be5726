#include "tmf_serve.h"

#include <string.h>

#include "api/tmf_condition.h"
#include "api/tmf_media.h"
#include "api/tmf_page.h"
#include "api/tmf_plan.h"
#include "api/tmf_respond.h"
#include "api/tmf_route.h"
#include "base/tmf_id.h"
#include "event/tmf_hub.h"
#include "store/tmf_list.h"
#include "store/tmf_store.h"

#define RETRY_AFTER "1"       /* seconds */

static tmf_response_t *make_response(apr_pool_t *p)
{
    tmf_response_t *response = apr_pcalloc(p, sizeof(*response));

    response->headers = apr_table_make(p, 6);
    return response;
}

/* OPTIONS (RFC 9110, 9.3.7): what the path can do. */
static tmf_error_t *serve_options(const tmf_request_t *request,
                                  const tmf_mount_t *mount, apr_pool_t *p,
                                  tmf_response_t *response)
{
    tmf_match_t match = { NULL, NULL };

    TMF_TRY(tmf_route_match(mount->spec, request->path, p, &match));
    response->status = 204;
    apr_table_setn(response->headers, "Allow", match.route->resource
                   ? tmf_route_allow(&match, p)
                   : tmf_hub_allow(mount, match.id, p));
    if (tmf_route_patches(&match)) {
        apr_table_setn(response->headers, "Accept-Patch", TMF_ACCEPT_PATCH);
    }
    return NULL;
}

/* An id that is known before the row is there can be looked for if nobody
 * knows whether it is. */
static tmf_error_t *make_id(tmf_plan_t *plan, apr_pool_t *p)
{
    if (plan->op != TMF_OP_CREATE || plan->id) {
        return NULL;
    }
    plan->id = tmf_id_make(p);
    plan->is_new_id = 1;
    return plan->id ? NULL
        : tmf_error_internal(p, TMF_INTERNAL, "no random numbers for an id");
}

/* One resource is served with what later conditions need, and not sent to
 * who has it. */
static tmf_error_t *respond_one(const tmf_request_t *request,
                                const tmf_plan_t *plan,
                                const tmf_result_t *result, apr_pool_t *p,
                                tmf_response_t *response)
{
    const tmf_row_t *row = &result->rows[0];
    const char *tag = tmf_condition_tag(row, request->base,
                                        plan->query.fields, p);
    const char *known = NULL;

    if (plan->op == TMF_OP_GET) {
        TMF_TRY(tmf_condition_check(&plan->condition, row, tag, p,
                                    &known));
    }
    tmf_condition_headers(row, known ? known : tag, request->came, p,
                          response->headers);
    if (known) {
        response->status = 304;
        return NULL;
    }
    tmf_respond(request, plan, result, p, response);
    return NULL;
}

/* What was answered before is answered again, whatever has changed since. */
static tmf_request_t as_answered(const tmf_request_t *request,
                                 const tmf_result_t *result,
                                 tmf_response_t *response)
{
    tmf_request_t first = *request;

    if (result->base) {
        first.base = result->base;
    }
    if (result->is_replay) {
        apr_table_setn(response->headers, "Idempotency-Replayed", "true");
    }
    return first;
}

/* Rows of a large page are written while they come, so that nobody has all
 * of them in memory; the client gets them when the connection is back. */
static tmf_error_t *serve_list(const tmf_request_t *request,
                               const tmf_plan_t *plan, tmf_db_t *db,
                               apr_pool_t *p, tmf_response_t *response)
{
    tmf_page_t *page = tmf_page_make(request, plan, p);
    tmf_sink_t sink = { tmf_page_take, page };
    tmf_result_t result = { 0 };
    tmf_error_t *err = tmf_list_run(plan, db, &sink, p, &result);

    db->release(db);
    return err ? err : tmf_page_respond(page, &result, response);
}

static tmf_error_t *serve_hub(const tmf_hub_t *hub,
                              tmf_response_t *response)
{
    tmf_error_t *err = tmf_hub_serve(hub, response);

    hub->db->release(hub->db);
    return err;
}

static tmf_error_t *serve(const tmf_request_t *request,
                          const tmf_mount_t *mount, tmf_db_t *db,
                          apr_pool_t *p, tmf_response_t *response)
{
    tmf_plan_t plan;
    tmf_result_t result;
    tmf_request_t answered;
    tmf_error_t *err = NULL;

    if (!strcmp(request->method, "OPTIONS")) {
        return serve_options(request, mount, p, response);
    }
    TMF_TRY(tmf_plan_build(request, mount, p, &plan));
    if (plan.op == TMF_OP_HUB) {
        tmf_hub_t hub = { request, mount, plan.id, db, p };

        return serve_hub(&hub, response);
    }
    TMF_TRY(make_id(&plan, p));
    if (plan.op == TMF_OP_LIST) {
        return serve_list(request, &plan, db, p, response);
    }
    err = tmf_store_run(&plan, db, p, &result);
    db->release(db);
    TMF_TRY(err);
    answered = as_answered(request, &result, response);
    if (plan.op != TMF_OP_DELETE) {
        return respond_one(&answered, &plan, &result, p, response);
    }
    tmf_respond(&answered, &plan, &result, p, response);
    return NULL;
}

tmf_response_t *tmf_serve(const tmf_request_t *request,
                          const tmf_mount_t *mount, tmf_db_t *db,
                          apr_pool_t *p)
{
    tmf_response_t *response = make_response(p);
    tmf_error_t *err = serve(request, mount, db, p, response);

    return err ? tmf_serve_error(err, p) : response;
}

tmf_response_t *tmf_serve_error(const tmf_error_t *err, apr_pool_t *p)
{
    tmf_response_t *response = make_response(p);

    response->status = err->status;
    response->body = tmf_error_body(err, p);
    response->length = strlen(response->body);
    response->err = err;
    if (err->allow) {
        apr_table_setn(response->headers, "Allow", err->allow);
    }
    if (err->accept_patch) {
        apr_table_setn(response->headers, "Accept-Patch", err->accept_patch);
    }
    if (err->kind == TMF_UNAVAILABLE || err->kind == TMF_KEY_IN_USE) {
        apr_table_setn(response->headers, "Retry-After", RETRY_AFTER);
    }
    return response;
}
