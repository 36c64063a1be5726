#include "api/tmf_patch.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "api/tmf_value.h"
#include "base/tmf_number.h"
#include "base/tmf_uri.h"
#include "spec/tmf_pointer.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *name;
    const char *operand;      /* that it needs beside path, or NULL */
    int sets;                 /* the operand is what will be stored */
} operations[] = {
    { "add", "value", 1 },
    { "remove", NULL, 0 },
    { "replace", "value", 1 },
    { "move", "from", 0 },
    { "copy", "from", 0 },
    { "test", "value", 0 }
};

/* One operation while it is checked. */
typedef struct check_t {
    tmf_walk_t *walk;
    const tmf_resource_t *resource;
    tmf_patch_t kind;
    const json_t *operation;
    const tmf_spot_t *spot;   /* of the operation */
} check_t;

/* --- pointers ------------------------------------------------------------ */

static int is_pointer(const char *text, apr_size_t n)
{
    apr_size_t i = 0;

    if (n > 0 && text[0] != '/') {
        return 0;
    }
    for (i = 0; i < n; i++) {
        if (text[i] == '~'
            && (i + 1 == n || (text[i + 1] != '0' && text[i + 1] != '1'))) {
            return 0;
        }
    }
    return 1;
}

static int is_too_deep(const char *text, apr_size_t n)
{
    int depth = 0;
    apr_size_t i = 0;

    for (i = 0; i < n; i++) {
        depth += text[i] == '/';
    }
    return depth > TMF_JSON_DEPTH;
}

/* NAME.NAME=VALUE, percent-encoded. */
static int is_condition(const char *text, apr_size_t n, apr_pool_t *p)
{
    const char *equals = memchr(text, '=', n);
    apr_size_t length = equals ? (apr_size_t)(equals - text) : 0;
    apr_size_t i = 0;

    if (length == 0 || text[0] == '.' || text[length - 1] == '.'
        || !tmf_uri_decode(p, text, length, TMF_PLUS_LITERAL)
        || !tmf_uri_decode(p, equals + 1, n - length - 1,
                           TMF_PLUS_BLANK)) {
        return 0;
    }
    for (i = 1; i < length; i++) {
        if (text[i] == '.' && text[i - 1] == '.') {
            return 0;
        }
    }
    return 1;
}

static int is_query(const char *query, apr_pool_t *p)
{
    int conditions = 0;

    for (;;) {
        apr_size_t length = strcspn(query, "&");

        if (++conditions > TMF_PATCH_CONDITIONS
            || !is_condition(query, length, p)) {
            return 0;
        }
        if (!query[length]) {
            return 1;
        }
        query += length + 1;
    }
}

/* Where the query of a path begins, or where the path ends. */
static apr_size_t pointer_length(tmf_patch_t kind, const char *path)
{
    return kind == TMF_PATCH_QUERY ? strcspn(path, "?") : strlen(path);
}

static void check_pointer(const check_t *check, const char *text,
                          const tmf_spot_t *spot)
{
    apr_size_t length = pointer_length(check->kind, text);

    if (!is_pointer(text, length)) {
        tmf_walk_add(check->walk, spot, "pointer",
                     "must be a JSON Pointer (RFC 6901)");
    }
    else if (is_too_deep(text, length)) {
        tmf_walk_add(check->walk, spot, "depth", "is deeper than "
                     APR_STRINGIFY(TMF_JSON_DEPTH) " levels");
    }
    else if (text[length] && !is_query(text + length + 1, check->walk->p)) {
        tmf_walk_add(check->walk, spot, "query", "must have after ? 1 to "
                     APR_STRINGIFY(TMF_PATCH_CONDITIONS)
                     " conditions name=value, with & between them");
    }
}

/* --- members of operations ----------------------------------------------- */

/* A member that must be a string; NULL after a violation. */
static const char *need_string(const check_t *check, const char *name,
                               tmf_spot_t *spot)
{
    const json_t *value = json_object_get(check->operation, name);

    spot->parent = check->spot;
    spot->name = name;
    if (!value) {
        tmf_walk_add(check->walk, spot, "required", "is required");
    }
    else if (!json_is_string(value)) {
        tmf_walk_add(check->walk, spot, "type", "must be a string");
    }
    return json_string_value(value);
}

/* The number of an operation, COUNT(operations) if it is none. */
static apr_size_t find_operation(const check_t *check)
{
    tmf_spot_t spot = tmf_walk_top;
    const char *name = need_string(check, "op", &spot);
    apr_size_t i = 0;

    while (i < COUNT(operations)
           && (!name || strcmp(operations[i].name, name) != 0)) {
        i++;
    }
    if (name && i == COUNT(operations)) {
        tmf_walk_add(check->walk, &spot, "enum", "must be one of: add, "
                     "remove, replace, move, copy, test");
    }
    return i;
}

/* RFC 6902, section 4.4. */
static void check_move(const check_t *check, const char *from,
                       const char *path)
{
    tmf_spot_t spot = { check->spot, "from", 0 };
    apr_size_t length = strlen(from);

    if (check->kind == TMF_PATCH_JSON && !strncmp(path, from, length)
        && path[length] == '/') {
        tmf_walk_add(check->walk, &spot, "pointer",
                     "can't be moved into itself");
    }
}

/* --- values -------------------------------------------------------------- */

static int is_index(const char *name)
{
    return !strcmp(name, "-")
        || (*name && name[strspn(name, "0123456789")] == '\0');
}

/* The schema of what a name leads to, NULL if it isn't known. A query passes
 * through arrays without an index. */
static const tmf_schema_t *follow(tmf_patch_t kind,
                                  const tmf_schema_t *schema,
                                  const char *name)
{
    if (schema->type == TMF_TYPE_ARRAY && is_index(name)) {
        return schema->items;
    }
    while (kind == TMF_PATCH_QUERY && schema
           && schema->type == TMF_TYPE_ARRAY) {
        schema = schema->items;
    }
    return tmf_schema_property(schema, name, strlen(name));
}

/* The schema of the place that a pointer of n bytes leads to. */
static const tmf_schema_t *find_schema(const check_t *check,
                                       const char *pointer, apr_size_t n)
{
    apr_pool_t *p = check->walk->p;
    const tmf_schema_t *schema = NULL;
    char *rest = n > 0 ? apr_pstrmemdup(p, pointer + 1, n - 1) : NULL;
    int is_top = 1;

    if (!rest) {
        return check->resource->schema;
    }
    while (rest && (is_top || schema)) {
        char *slash = strchr(rest, '/');
        const char *name = NULL;

        if (slash) {
            *slash = '\0';
        }
        name = tmf_pointer_last(p, rest);
        schema = is_top ? tmf_validate_attribute(check->resource, name)
                        : follow(check->kind, schema, name);
        is_top = 0;
        rest = slash ? slash + 1 : NULL;
    }
    return schema;
}

/* What a query ends at is one of an array's elements; what is added to an
 * array becomes one, unless it is an array that takes its place. */
static const tmf_schema_t *find_target(const check_t *check,
                                       const char *path, const json_t *value)
{
    apr_size_t n = pointer_length(check->kind, path);
    const tmf_schema_t *schema = find_schema(check, path, n);
    int adds = !strcmp("add", json_string_value(
                           json_object_get(check->operation, "op")));
    int is_element = check->kind == TMF_PATCH_QUERY && schema
        && schema->type == TMF_TYPE_ARRAY
        && (adds ? !json_is_array(value) : path[n] != '\0');

    return is_element ? schema->items : schema;
}

static void check_new(const check_t *check, const char *path)
{
    tmf_spot_t spot = { check->spot, "value", 0 };
    const json_t *value = json_object_get(check->operation, "value");
    const tmf_schema_t *schema = NULL;

    if (!value || json_is_null(value)) {
        return;
    }
    schema = find_target(check, path, value);
    if (schema) {
        tmf_value_check(check->walk, schema, value, &spot);
    }
}

/* --- operations ---------------------------------------------------------- */

static void check_operation(const check_t *check)
{
    tmf_spot_t place = tmf_walk_top;
    tmf_spot_t operand = { check->spot, NULL, 0 };
    apr_size_t i = find_operation(check);
    const char *path = need_string(check, "path", &place);
    const char *from = NULL;
    int found = 0;

    if (path) {
        check_pointer(check, path, &place);
    }
    if (i == COUNT(operations) || !operations[i].operand) {
        return;
    }
    operand.name = operations[i].operand;
    if (!strcmp(operand.name, "from")) {
        from = need_string(check, "from", &operand);
        if (from) {
            check_pointer(check, from, &operand);
        }
        if (from && path && !strcmp(operations[i].name, "move")) {
            check_move(check, from, path);
        }
        return;
    }
    found = json_object_get(check->operation, "value") != NULL;
    if (!found) {
        tmf_walk_add(check->walk, &operand, "required", "is required");
    }
    if (found && path && operations[i].sets
        && is_pointer(path, pointer_length(check->kind, path))) {
        check_new(check, path);
    }
}

static void check_one(check_t *check, const json_t *operation,
                      const tmf_spot_t *spot)
{
    check->operation = operation;
    check->spot = spot;
    if (json_is_object(operation)) {
        check_operation(check);
    }
    else {
        tmf_walk_add(check->walk, spot, "type", "must be an object");
    }
}

static void check_all(check_t *check, const json_t *body)
{
    apr_size_t i = 0;
    const json_t *operation = NULL;

    if (json_array_size(body) > TMF_PATCH_OPERATIONS) {
        tmf_walk_add(check->walk, &tmf_walk_top, "operations",
                     "must have at most "
                     APR_STRINGIFY(TMF_PATCH_OPERATIONS) " operations");
        return;
    }
    json_array_foreach(body, i, operation) {
        tmf_spot_t spot = { &tmf_walk_top, NULL, i };

        check_one(check, operation, &spot);
    }
}

tmf_error_t *tmf_patch_check(const tmf_resource_t *resource,
                             tmf_patch_t kind, const json_t *body,
                             tmf_profile_t profile, apr_pool_t *p)
{
    tmf_walk_t walk = { .p = p };
    check_t check = { &walk, resource, kind, NULL, NULL };

    walk.complete = profile == TMF_PROFILE_STRICT;
    walk.closed = profile == TMF_PROFILE_STRICT;
    if (json_is_array(body)) {
        check_all(&check, body);
    }
    else if (kind == TMF_PATCH_QUERY) {
        check_one(&check, body, &tmf_walk_top);
    }
    else {
        tmf_walk_add(&walk, &tmf_walk_top, "type",
                     "must be an array of operations");
    }
    return tmf_walk_conclude(&walk);
}
