#include "event/tmf_hub.h"

#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

#include "api/tmf_body.h"
#include "api/tmf_href.h"
#include "api/tmf_media.h"
#include "api/tmf_validate.h"
#include "base/tmf_text.h"
#include "event/tmf_callback.h"
#include "event/tmf_envelope.h"
#include "spec/tmf_pointer.h"
#include "store/tmf_sql_event.h"

#define HUB "hub"
#define TYPE "Hub"            /* @type of a subscription in version 5 */
#define SHOWN_BYTES 64        /* of a client's name in a violation */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define UNFINISHED "transactions were not at their end in time (see " \
    "pg_stat_activity, pg_prepared_xacts)"

/* --- methods ------------------------------------------------------------ */

/* Who knows the id of a subscription has made it, so that a definition's own
 * GET of one is served; the list of them all tells everybody's callbacks. */
static int is_shown(const tmf_mount_t *mount, const char *id)
{
    const tmf_route_t *route = tmf_spec_route(mount->spec, HUB);

    return mount->hub.is_listed
        || (id && !strncmp(route->item_methods, "GET", 3));
}

const char *tmf_hub_allow(const tmf_mount_t *mount, const char *id,
                          apr_pool_t *p)
{
    return apr_pstrcat(p, is_shown(mount, id) ? "GET, HEAD, " : "",
                       id ? "DELETE" : "POST", ", OPTIONS", NULL);
}

/* --- bodies ------------------------------------------------------------- */

typedef struct subscribed_t {
    const char *type;         /* @type as it was sent, or NULL */
    const char *callback;
    const char *query;        /* or NULL */
} subscribed_t;

typedef struct reading_t {
    const tmf_hub_t *hub;
    apr_array_header_t *list; /* of tmf_violation_t */
} reading_t;

static void blame(const reading_t *reading, const char *pointer,
                  const char *rule, const char *message)
{
    tmf_violation_t *violation = apr_array_push(reading->list);

    violation->pointer = pointer;
    violation->rule = rule;
    violation->message = message;
}

/* The server's own are passed over, as they are in a resource. */
static const char *const known[] = {
    "callback", "query", "@type", "@baseType", "@schemaLocation", "id",
    "href"
};

static int is_known(const char *name)
{
    apr_size_t i = 0;

    while (i < COUNT(known) && strcmp(known[i], name) != 0) {
        i++;
    }
    return i < COUNT(known);
}

/* A misspelt "query" would subscribe to everything. */
static void blame_unknown(const reading_t *reading, const json_t *body)
{
    apr_pool_t *p = reading->hub->p;
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach((json_t *)body, name, value) {
        if (!is_known(name) && reading->list->nelts < TMF_VIOLATIONS_MAX) {
            blame(reading, strlen(name) > SHOWN_BYTES
                  ? "" : tmf_pointer_member(p, "", name), "unknown",
                  "is no attribute of a subscription");
        }
    }
}

/* null counts as absent. */
static const char *text_of(const reading_t *reading, const json_t *body,
                           const char *name)
{
    const json_t *value = json_object_get(body, name);

    if (value && !json_is_null(value) && !json_is_string(value)) {
        blame(reading, apr_pstrcat(reading->hub->p, "/", name, NULL), "type",
              "must be a string");
    }
    return json_string_value(value);
}

static void check_callback(const reading_t *reading,
                           const subscribed_t *subscribed)
{
    tmf_callback_t callback;
    const tmf_violation_t *violation = tmf_callback_check(
        subscribed->callback, &reading->hub->mount->hub, reading->hub->p,
        &callback);

    if (violation) {
        APR_ARRAY_PUSH(reading->list, tmf_violation_t) = *violation;
    }
}

static void check_query(const reading_t *reading,
                        const subscribed_t *subscribed)
{
    apr_pool_t *p = reading->hub->p;
    tmf_query_t query;
    const tmf_error_t *err = tmf_envelope_query(
        subscribed->query, tmf_envelope_make(reading->hub->mount->spec, p),
        p, &query);

    if (err) {
        blame(reading, "/query", "query",
              err->message ? err->message : err->reason);
    }
}

/* Every fault is told. */
static tmf_error_t *read_subscription(const tmf_hub_t *hub,
                                      const json_t *body,
                                      subscribed_t *subscribed)
{
    reading_t reading = { hub, NULL };
    const json_t *callback = json_object_get(body, "callback");

    reading.list = apr_array_make(hub->p, 2, sizeof(tmf_violation_t));
    blame_unknown(&reading, body);
    subscribed->callback = text_of(&reading, body, "callback");
    subscribed->query = text_of(&reading, body, "query");
    subscribed->type = text_of(&reading, body, "@type");
    if (!callback || json_is_null(callback)) {
        blame(&reading, "/callback", "required", "is required");
    }
    if (subscribed->callback) {
        check_callback(&reading, subscribed);
    }
    if (subscribed->query) {
        check_query(&reading, subscribed);
    }
    return reading.list->nelts > 0
        ? tmf_error_violations(hub->p, TMF_INVALID_BODY, reading.list, 0)
        : NULL;
}

static tmf_error_t *read_body(const tmf_hub_t *hub, subscribed_t *subscribed)
{
    const tmf_request_t *request = hub->request;
    const json_t *body = NULL;
    const char *text = NULL;
    const char *encoding = NULL;
    apr_size_t length = 0;

    TMF_TRY(tmf_media_takes(request->content_type, hub->p));
    TMF_TRY(request->read_body(request->data, &text, &length, &encoding));
    TMF_TRY(tmf_media_decoded(encoding, hub->p));
    TMF_TRY(tmf_body_parse(text, length, hub->p, &body));
    return read_subscription(hub, body, subscribed);
}

/* --- responses ---------------------------------------------------------- */

static void put_member(tmf_text_t *out, const char *name, const char *value)
{
    tmf_text_printf(out, ",\"%s\":", name);
    tmf_text_json(out, value, strlen(value));
}

static const char *href_of(const tmf_hub_t *hub, const char *id)
{
    return tmf_href_make(hub->request->base, HUB, id, hub->p);
}

/* In version 5 it has @type and href; an attribute without a value is not
 * there in either. */
static void put_subscription(const tmf_hub_t *hub, tmf_text_t *out,
                             const tmf_rows_t *rows, int row,
                             const char *type)
{
    const tmf_db_t *db = hub->db;
    int is_v5 = tmf_envelope_is_v5(hub->mount->spec);
    const char *id = db->value(rows, row, TMF_SUBSCRIPTION_ID, NULL);
    const char *query = db->value(rows, row, TMF_SUBSCRIPTION_QUERY, NULL);

    tmf_text_puts(out, "{\"id\":");
    tmf_text_json(out, id, strlen(id));
    if (is_v5) {
        put_member(out, "href", href_of(hub, id));
    }
    put_member(out, "callback",
               db->value(rows, row, TMF_SUBSCRIPTION_CALLBACK, NULL));
    if (query) {
        put_member(out, "query", query);
    }
    if (type || is_v5) {
        put_member(out, "@type", type ? type : TYPE);
    }
    tmf_text_puts(out, "}");
}

static void end_response(tmf_response_t *response, int status,
                         const tmf_text_t *out)
{
    response->status = status;
    response->body = tmf_text_string(out);
    response->length = tmf_text_length(out);
}

/* --- operations --------------------------------------------------------- */

static tmf_subscription_t address(const tmf_hub_t *hub)
{
    tmf_subscription_t which = { hub->id, hub->mount->data_set,
                                 hub->mount->path, NULL, NULL, NULL };

    return which;
}

/* It is made before it is waited for writers who may not have seen it. That
 * they weren't at their end in time, or could not be waited for, changes
 * nothing: it gets their events unless they looked before. Who reads the log
 * knows that it may have missed some. */
static void await_writers(const tmf_hub_t *hub, const char *id,
                          tmf_response_t *response)
{
    tmf_db_t *db = hub->db;
    tmf_rows_t *rows = NULL;
    const tmf_error_t *err = db->run(
        db, tmf_sql_await(hub->mount->data_set, hub->p), hub->p, &rows);
    const char *is_over = err ? NULL : db->value(rows, 0, 0, NULL);

    if (is_over && *is_over == 't') {
        return;
    }
    response->notice = apr_psprintf(hub->p, "TMF00409: subscription %s may "
                                    "miss events of data set %s that were "
                                    "being written when it was made: %s", id,
                                    hub->mount->data_set,
                                    err ? tmf_error_detail(err)
                                        : UNFINISHED);
}

static tmf_error_t *subscribe(const tmf_hub_t *hub, tmf_response_t *response)
{
    tmf_subscription_t subscription = address(hub);
    tmf_text_t *out = tmf_text_make(hub->p, 512, 0);
    subscribed_t subscribed;
    tmf_rows_t *rows = NULL;
    const char *id = NULL;

    TMF_TRY(tmf_media_accepts(hub->request->accept, hub->p));
    TMF_TRY(read_body(hub, &subscribed));
    subscription.base = hub->request->base;
    subscription.callback = subscribed.callback;
    subscription.query = subscribed.query;
    TMF_TRY(hub->db->run(hub->db,
                         tmf_sql_subscribe(&subscription,
                                           hub->mount->hub.most, hub->p),
                         hub->p, &rows));
    if (rows->n == 0) {
        return tmf_error(hub->p, TMF_CONFLICT, "there are as many"
                         " subscriptions as are allowed");
    }
    id = hub->db->value(rows, 0, TMF_SUBSCRIPTION_ID, NULL);
    await_writers(hub, id, response);
    apr_table_setn(response->headers, "Location", href_of(hub, id));
    put_subscription(hub, out, rows, 0, subscribed.type);
    end_response(response, 201, out);
    return NULL;
}

static tmf_error_t *unsubscribe(const tmf_hub_t *hub,
                                tmf_response_t *response)
{
    tmf_subscription_t which = address(hub);
    tmf_rows_t *rows = NULL;

    TMF_TRY(hub->db->run(hub->db, tmf_sql_unsubscribe(&which, hub->p),
                         hub->p, &rows));
    response->status = 204;
    return rows->n > 0 ? NULL : tmf_error(hub->p, TMF_NOT_FOUND, NULL);
}

static tmf_error_t *find(const tmf_hub_t *hub, tmf_rows_t **rows)
{
    tmf_subscription_t which = address(hub);

    TMF_TRY(tmf_media_accepts(hub->request->accept, hub->p));
    return hub->db->run(hub->db, tmf_sql_subscriptions(&which, hub->p),
                        hub->p, rows);
}

static tmf_error_t *show_one(const tmf_hub_t *hub, tmf_response_t *response)
{
    tmf_text_t *out = tmf_text_make(hub->p, 512, 0);
    tmf_rows_t *rows = NULL;

    TMF_TRY(find(hub, &rows));
    if (rows->n == 0) {
        return tmf_error(hub->p, TMF_NOT_FOUND, NULL);
    }
    put_subscription(hub, out, rows, 0, NULL);
    end_response(response, 200, out);
    return NULL;
}

static tmf_error_t *show_all(const tmf_hub_t *hub, tmf_response_t *response)
{
    tmf_text_t *out = tmf_text_make(hub->p, 4096, 0);
    tmf_rows_t *rows = NULL;
    int i = 0;

    TMF_TRY(find(hub, &rows));
    tmf_text_puts(out, "[");
    for (i = 0; i < rows->n; i++) {
        tmf_text_puts(out, i > 0 ? "," : "");
        put_subscription(hub, out, rows, i, NULL);
    }
    tmf_text_puts(out, "]");
    apr_table_setn(response->headers, "X-Total-Count",
                   apr_itoa(hub->p, rows->n));
    apr_table_setn(response->headers, "X-Result-Count",
                   apr_itoa(hub->p, rows->n));
    end_response(response, 200, out);
    return NULL;
}

/* --- whole -------------------------------------------------------------- */

static tmf_error_t *not_allowed(const tmf_hub_t *hub)
{
    tmf_error_t *err = tmf_error(hub->p, TMF_METHOD_NOT_ALLOWED, NULL);

    err->allow = tmf_hub_allow(hub->mount, hub->id, hub->p);
    return err;
}

static int is_read(const char *method)
{
    return !strcmp(method, "GET") || !strcmp(method, "HEAD");
}

tmf_error_t *tmf_hub_serve(const tmf_hub_t *hub, tmf_response_t *response)
{
    const char *method = hub->request->method;
    int reads = is_read(method);
    int writes = !strcmp(method, hub->id ? "DELETE" : "POST");

    if (!writes && !(reads && is_shown(hub->mount, hub->id))) {
        return not_allowed(hub);
    }
    if (hub->request->query && *hub->request->query) {
        return tmf_error(hub->p, TMF_INVALID_QUERY,
                         "a request to the hub has no parameters");
    }
    if (reads) {
        return hub->id ? show_one(hub, response) : show_all(hub, response);
    }
    return hub->id ? unsubscribe(hub, response) : subscribe(hub, response);
}
