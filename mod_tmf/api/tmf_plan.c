#include "api/tmf_plan.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "api/tmf_body.h"
#include "api/tmf_href.h"
#include "api/tmf_indexed.h"
#include "api/tmf_media.h"
#include "api/tmf_patch.h"
#include "api/tmf_route.h"
#include "api/tmf_validate.h"

#define CORRELATION_BYTES 255

/* A list has every parameter, a delete none, the others have fields. */
static tmf_error_t *check_parameters(const tmf_plan_t *plan, apr_pool_t *p)
{
    const tmf_query_t *query = &plan->query;

    if (plan->op == TMF_OP_LIST) {
        return NULL;
    }
    if (query->n_terms || query->n_filters || query->n_sorts || query->paged
        || (plan->op == TMF_OP_DELETE && query->fields)) {
        return tmf_error(p, TMF_INVALID_QUERY,
                         "the only parameter of a request for one resource"
                         " is fields%s",
                         plan->op == TMF_OP_DELETE
                             ? ", and a deletion has none" : "");
    }
    return NULL;
}

static apr_int64_t page_limit(const tmf_query_t *query,
                              const tmf_mount_t *mount)
{
    apr_int64_t limit = query->limited ? query->limit
                                       : mount->default_limit;

    return limit < mount->max_limit ? limit : mount->max_limit;
}

/* A cursor is a place already. */
static tmf_error_t *read_paging(const tmf_mount_t *mount, apr_pool_t *p,
                                tmf_plan_t *plan)
{
    const tmf_query_t *query = &plan->query;

    plan->limit = page_limit(query, mount);
    plan->counting = mount->counting;
    if (query->cursor && query->offset > 0) {
        return tmf_error(p, TMF_INVALID_QUERY,
                         "offset and cursor can't be combined");
    }
    return mount->indexed_only
        ? tmf_indexed_check(query, plan->resource, p) : NULL;
}

/* A collection has no entity tag that If-Match could name; the other headers
 * say nothing of it. */
static tmf_error_t *read_condition(const tmf_request_t *request,
                                   const tmf_mount_t *mount, apr_pool_t *p,
                                   tmf_plan_t *plan)
{
    const tmf_tags_t *match = &plan->condition.match;
    int changes = plan->op == TMF_OP_PATCH || plan->op == TMF_OP_DELETE;

    TMF_TRY(tmf_condition_read(request, p, &plan->condition));
    if (changes && mount->requires_match && !match->given) {
        return tmf_error(p, TMF_PRECONDITION_REQUIRED,
                         "send If-Match with the ETag of the resource");
    }
    if (!plan->id && match->given && !match->any) {
        return tmf_error(p, TMF_PRECONDITION_FAILED,
                         "a collection has no entity tag");
    }
    return NULL;
}

/* A list or a GET is the same however often it is asked for. */
static tmf_error_t *read_key(const tmf_request_t *request,
                             const tmf_mount_t *mount, apr_pool_t *p,
                             tmf_plan_t *plan)
{
    const char *value = request->idempotency_key;

    if (plan->op == TMF_OP_LIST || plan->op == TMF_OP_GET) {
        return NULL;
    }
    if (!value && plan->op == TMF_OP_CREATE && mount->requires_key) {
        return tmf_error(p, TMF_KEY_REQUIRED,
                         "send Idempotency-Key with a text of your own, new"
                         " for each request that is not a repetition");
    }
    return value ? tmf_key_read(value, p, &plan->key.text) : NULL;
}

/* A merge patch with faults of its own may be told more of: those of its
 * result. Of operations that are none nothing more is known. */
static tmf_error_t *check_patch(const char *text, apr_size_t length,
                                apr_pool_t *p, tmf_plan_t *plan)
{
    const json_t *body = NULL;

    if (plan->patch == TMF_PATCH_MERGE) {
        TMF_TRY(tmf_body_parse(text, length, p, &body));
        plan->refused = tmf_validate_patch(plan->resource, body, plan->id,
                                           plan->profile, p);
        return NULL;
    }
    TMF_TRY(tmf_body_read(text, length, p, &body));
    return tmf_patch_check(plan->resource, plan->patch, body, plan->profile,
                           p);
}

static tmf_error_t *check_body(const tmf_mount_t *mount, const char *text,
                               apr_size_t length, apr_pool_t *p,
                               tmf_plan_t *plan)
{
    const json_t *body = NULL;

    plan->body = text;
    plan->profile = mount->profile;
    if (plan->op == TMF_OP_PATCH) {
        return check_patch(text, length, p, plan);
    }
    TMF_TRY(tmf_body_parse(text, length, p, &body));
    TMF_TRY(tmf_validate_create(plan->resource, body, mount->client_ids,
                                mount->profile, p));
    if (mount->client_ids) {
        plan->id = apr_pstrdup(p,
                               json_string_value(json_object_get(body, "id")));
    }
    return NULL;
}

static tmf_error_t *read_body(const tmf_request_t *request,
                              const tmf_mount_t *mount, apr_pool_t *p,
                              tmf_plan_t *plan)
{
    const char *text = NULL;
    const char *encoding = NULL;
    apr_size_t length = 0;

    if (plan->op == TMF_OP_CREATE) {
        TMF_TRY(tmf_media_takes(request->content_type, p));
    }
    else if (plan->op == TMF_OP_PATCH) {
        TMF_TRY(tmf_media_patches(request->content_type, p, &plan->patch));
        plan->href = tmf_href_make(request->base, plan->resource->name,
                                   plan->id, p);
        plan->size_limit = mount->size_limit ? mount->size_limit
                                             : TMF_SIZE_LIMIT;
    }
    else {
        return NULL;
    }
    TMF_TRY(request->read_body(request->data, &text, &length, &encoding));
    TMF_TRY(tmf_media_decoded(encoding, p));
    return check_body(mount, text, length, p, plan);
}

/* It goes into events, whose readers log it. */
static int is_printable(const char *text)
{
    const char *c = text;

    while (apr_isgraph(*c)) {
        c++;
    }
    return c > text && !*c && c - text <= CORRELATION_BYTES;
}

/* The first header that is good; one that isn't is nobody's fault. */
static const char *correlation(const tmf_request_t *request)
{
    const char *const ids[] = { request->correlation_id,
                                request->request_id };
    apr_size_t i = 0;

    for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (ids[i] && is_printable(ids[i])) {
            return ids[i];
        }
    }
    return NULL;
}

tmf_error_t *tmf_plan_build(const tmf_request_t *request,
                            const tmf_mount_t *mount, apr_pool_t *p,
                            tmf_plan_t *plan)
{
    tmf_match_t match = { NULL, NULL };

    memset(plan, 0, sizeof(*plan));
    TMF_TRY(tmf_route_match(mount->spec, request->path, p, &match));
    TMF_TRY(tmf_route_operation(&match, request->method, p, &plan->op));
    plan->resource = match.route->resource;
    plan->data_set = mount->data_set;
    plan->id = match.id;
    if (plan->op == TMF_OP_HUB) {
        return NULL;
    }
    plan->correlation = correlation(request);
    if (plan->op != TMF_OP_DELETE) {
        TMF_TRY(tmf_media_accepts(request->accept, p));
    }
    TMF_TRY(tmf_query_parse(request->query, plan->resource, p,
                            &plan->query));
    TMF_TRY(check_parameters(plan, p));
    TMF_TRY(read_paging(mount, p, plan));
    TMF_TRY(read_condition(request, mount, p, plan));
    TMF_TRY(read_key(request, mount, p, plan));
    TMF_TRY(read_body(request, mount, p, plan));
    tmf_key_bind(&plan->key, request, plan->body, p);
    return NULL;
}
