#include "api/tmf_route.h"

#include <string.h>

#include <apr_strings.h>

#include "base/tmf_uri.h"

/* Methods in the order in which Allow lists them, with what they mean on a
 * collection and on one of its resources; TMF_OPS: nothing. */
static const struct {
    const char *method;
    tmf_op_t collection;
    tmf_op_t item;
} methods[] = {
    { "GET", TMF_OP_LIST, TMF_OP_GET },
    { "HEAD", TMF_OP_LIST, TMF_OP_GET },
    { "POST", TMF_OP_CREATE, TMF_OPS },
    { "PATCH", TMF_OPS, TMF_OP_PATCH },
    { "DELETE", TMF_OPS, TMF_OP_DELETE }
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

static const char *const op_names[TMF_OPS] = {
    [TMF_OP_LIST] = "list",
    [TMF_OP_GET] = "get",
    [TMF_OP_CREATE] = "create",
    [TMF_OP_PATCH] = "patch",
    [TMF_OP_DELETE] = "delete",
    [TMF_OP_HUB] = "hub"
};

const char *tmf_op_name(tmf_op_t op)
{
    return op_names[op];
}

static unsigned int operations(const tmf_match_t *match)
{
    return match->id ? match->route->item : match->route->collection;
}

/* An API with a hub has both its paths. */
static int exists(const tmf_match_t *match)
{
    const tmf_route_t *route = match->route;

    return route->resource ? operations(match) != 0
                           : (route->collection | route->item) != 0;
}

static tmf_error_t *not_found(apr_pool_t *p)
{
    return tmf_error(p, TMF_NOT_FOUND, "the API has no such path");
}

tmf_error_t *tmf_route_match(const tmf_spec_t *spec, const char *path,
                             apr_pool_t *p, tmf_match_t *match)
{
    const char *name = *path == '/' ? path + 1 : path;
    apr_size_t length = strcspn(name, "/");
    const char *rest = name + length;
    const char *segment = tmf_uri_decode(p, name, length, TMF_PLUS_LITERAL);

    match->id = NULL;
    match->route = segment ? tmf_spec_route(spec, segment) : NULL;
    if (!match->route) {
        return not_found(p);
    }
    if (rest[0] && rest[1]) {
        rest++;
        if (strchr(rest, '/')) {
            return not_found(p);
        }
        match->id = tmf_uri_decode(p, rest, strlen(rest), TMF_PLUS_LITERAL);
        if (!match->id) {
            return tmf_error(p, TMF_BAD_REQUEST,
                             "the id in the path is not UTF-8 text, properly"
                             " percent-encoded");
        }
    }
    return exists(match) ? NULL : not_found(p);
}

static tmf_op_t meaning(const tmf_match_t *match, apr_size_t i)
{
    return match->id ? methods[i].item : methods[i].collection;
}

static tmf_error_t *not_allowed(const tmf_match_t *match, apr_pool_t *p)
{
    tmf_error_t *err = tmf_error(p, TMF_METHOD_NOT_ALLOWED, NULL);

    err->allow = tmf_route_allow(match, p);
    return err;
}

tmf_error_t *tmf_route_operation(const tmf_match_t *match,
                                 const char *method, apr_pool_t *p,
                                 tmf_op_t *op)
{
    apr_size_t i = 0;

    if (!match->route->resource) {
        *op = TMF_OP_HUB;
        return NULL;
    }
    for (i = 0; i < METHODS; i++) {
        if (!strcmp(methods[i].method, method)) {
            *op = meaning(match, i);
            return operations(match) & (1U << *op) ? NULL
                                                   : not_allowed(match, p);
        }
    }
    return not_allowed(match, p);
}

const char *tmf_route_allow(const tmf_match_t *match, apr_pool_t *p)
{
    const char *allow = "";
    apr_size_t i = 0;

    for (i = 0; i < METHODS; i++) {
        if (operations(match) & (1U << meaning(match, i))) {
            allow = apr_pstrcat(p, allow, methods[i].method, ", ", NULL);
        }
    }
    return apr_pstrcat(p, allow, "OPTIONS", NULL);
}

int tmf_route_patches(const tmf_match_t *match)
{
    return match->id && (operations(match) & (1U << TMF_OP_PATCH));
}
