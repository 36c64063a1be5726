#include "spec/tmf_resource.h"

#include <stddef.h>
#include <string.h>

#include <apr_strings.h>

#include "spec/tmf_demand.h"
#include "spec/tmf_draft.h"
#include "spec/tmf_name.h"
#include "spec/tmf_operation.h"
#include "spec/tmf_pointer.h"
#include "spec/tmf_shape.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef struct method_t {
    const char *name;
    tmf_side_t side;
    tmf_op_t op;
    int answers;              /* a success has a schema */
    apr_size_t body;          /* offset of the schema of its body, or 0 */
} method_t;

static const method_t methods[] = {
    {"get", TMF_SIDE_COLLECTION, TMF_OP_LIST, 1, 0},
    {"post", TMF_SIDE_COLLECTION, TMF_OP_CREATE, 1,
     offsetof(tmf_resource_t, create)},
    {"get", TMF_SIDE_ITEM, TMF_OP_GET, 1, 0},
    {"patch", TMF_SIDE_ITEM, TMF_OP_PATCH, 1,
     offsetof(tmf_resource_t, update)},
    {"delete", TMF_SIDE_ITEM, TMF_OP_DELETE, 0, 0},
};

/* The operation whose answer says what the resource is. */
static const tmf_op_t readers[] = {
    TMF_OP_GET, TMF_OP_LIST, TMF_OP_CREATE, TMF_OP_PATCH
};

/* What a path may say beside the methods above; HEAD and OPTIONS are
 * always served. */
static const char *const ignored_keys[] = {
    "parameters", "summary", "description", "servers", "head", "options"
};

static const char *const refused_methods[] = {
    "get", "put", "post", "patch", "delete", "trace"
};

/* Never among the attributes that a client may not set. */
static const char *const type_names[] = {
    "@type", "@baseType", "@schemaLocation"
};

/* Kept by the server beside the document. */
static const char *const key_names[] = {"id", "href"};

/* Set by the server where they are missing. */
static const char *const given_names[] = {"id", "href", "@type"};

static int is_one_of(const char *const *names, apr_size_t n,
                     const char *name)
{
    apr_size_t i = 0;

    for (i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

static const method_t *find_method(const char *name, tmf_side_t side)
{
    apr_size_t i = 0;

    for (i = 0; i < COUNT(methods); i++) {
        if (methods[i].side == side && strcmp(methods[i].name, name) == 0) {
            return &methods[i];
        }
    }
    return NULL;
}

/* Compile a schema that must be an object. */
static const tmf_schema_t *compile_object(const tmf_loader_t *loader,
                                          tmf_draft_t *draft, json_t *json,
                                          const char *what)
{
    const tmf_schema_t *schema = tmf_compile(loader->compiler, json);

    if (schema && schema->type == TMF_TYPE_OBJECT) {
        return schema;
    }
    if (schema) {
        tmf_doc_fault(loader->doc, tmf_doc_where(loader->doc, json),
                      "%s: must be an object, not %s", what,
                      tmf_schema_describe(schema));
    }
    draft->is_broken = 1;
    return NULL;
}

/* The schema of the elements of a list, or NULL after a fault. */
static json_t *find_elements(const tmf_loader_t *loader, tmf_draft_t *draft,
                             json_t *list)
{
    const tmf_schema_t *schema = tmf_compile(loader->compiler, list);
    json_t *items = NULL;

    if (schema && schema->type == TMF_TYPE_ARRAY) {
        items = json_object_get(tmf_doc_resolve(loader->doc, list),
                                "items");
    }
    if (schema && !items) {
        tmf_doc_fault(loader->doc, tmf_doc_where(loader->doc, list),
                      "answer of a list: must be an array of objects");
    }
    draft->is_broken |= !items;
    return items;
}

static void compile_answer(const tmf_loader_t *loader, tmf_draft_t *draft,
                           const method_t *method, json_t *operation)
{
    json_t *answer = tmf_operation_answer(loader->doc, operation);

    if (!answer) {
        tmf_doc_fault(loader->doc, tmf_doc_where(loader->doc, operation),
                      "%s has no schema for its success", method->name);
        draft->is_broken = 1;
        return;
    }
    if (method->op == TMF_OP_LIST) {
        answer = find_elements(loader, draft, answer);
    }
    if (answer && compile_object(loader, draft, answer, "answer")) {
        draft->answers[method->op] = answer;
    }
}

static void compile_body(const tmf_loader_t *loader, tmf_draft_t *draft,
                         const method_t *method, json_t *operation)
{
    json_t *body = tmf_operation_body(loader->doc,
                                      draft->paths[method->side],
                                      operation);
    const tmf_schema_t **slot =
        (const tmf_schema_t **)((char *)&draft->resource + method->body);

    if (!body) {
        tmf_doc_fault(loader->doc, tmf_doc_where(loader->doc, operation),
                      "%s has no schema for its body", method->name);
        draft->is_broken = 1;
        return;
    }
    *slot = compile_object(loader, draft, body, "body");
}

static void compile_method(const tmf_loader_t *loader, tmf_draft_t *draft,
                           const method_t *method, json_t *operation)
{
    draft->resource.operations |= 1U << method->op;
    if (!json_is_object(operation)) {
        draft->is_broken = 1;
        return;
    }
    if (method->answers) {
        compile_answer(loader, draft, method, operation);
    }
    if (method->body) {
        compile_body(loader, draft, method, operation);
    }
}

static void refuse_key(const tmf_loader_t *loader, tmf_draft_t *draft,
                       tmf_side_t side, const char *key)
{
    const char *pointer = tmf_pointer_member(
        loader->scratch, tmf_doc_where(loader->doc, draft->paths[side]),
        key);

    if (is_one_of(ignored_keys, COUNT(ignored_keys), key)
        || strncmp(key, "x-", 2) == 0) {
        return;
    }
    if (is_one_of(refused_methods, COUNT(refused_methods), key)) {
        tmf_doc_fault(loader->doc, pointer, "method %s is not supported on "
                      "%s", key, side == TMF_SIDE_ITEM ? "/name/{id}"
                                                       : "/name");
    } else {
        tmf_doc_fault(loader->doc, pointer, "unknown key \"%s\"", key);
    }
    draft->is_broken = 1;
}

static void compile_side(const tmf_loader_t *loader, tmf_draft_t *draft,
                         tmf_side_t side)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(draft->paths[side], key, value) {
        const method_t *method = find_method(key, side);

        if (method) {
            compile_method(loader, draft, method, value);
        } else {
            refuse_key(loader, draft, side, key);
        }
    }
}

/* The name of a definition is what its $ref ends in; a schema without
 * one is named for its path. */
static const char *find_type(const tmf_loader_t *loader,
                             const tmf_draft_t *draft, const json_t *read)
{
    const char *ref = json_string_value(json_object_get(read, "$ref"));

    if (!ref) {
        return tmf_name_capital(loader->p, draft->resource.name);
    }
    return tmf_pointer_last(loader->p,
                            tmf_pointer_decode(loader->scratch, ref + 1));
}

static void compile_read(const tmf_loader_t *loader, tmf_draft_t *draft)
{
    tmf_resource_t *resource = &draft->resource;
    json_t *read = NULL;
    apr_size_t i = 0;

    while (!read && i < COUNT(readers)) {
        read = draft->answers[readers[i++]];
    }
    if (!read) {
        if (!draft->is_broken) {
            tmf_doc_fault(loader->doc, draft->pointer,
                          "no operation answers with the resource");
        }
        return;
    }
    resource->schema = tmf_compile(loader->compiler, read);
    resource->type = find_type(loader, draft, read);
    resource->description = tmf_name_line(
        loader->p,
        json_string_value(json_object_get(tmf_doc_resolve(loader->doc, read),
                                          "description")));
}

/* Add the attributes of the read schema that another schema leaves out. */
static void add_missing(const tmf_schema_t *read, const tmf_schema_t *other,
                        apr_array_header_t *names)
{
    int i = 0;

    for (i = 0; other && i < read->n_properties; i++) {
        const char *name = read->properties[i].name;

        if (!tmf_schema_property(other, name, strlen(name))
            && !is_one_of(type_names, COUNT(type_names), name)
            && !is_one_of(key_names, COUNT(key_names), name)) {
            tmf_name_add(names, name);
        }
    }
}

/* A required name that isn't declared demands nothing: published
 * documents misspell some. */
static void add_required(const tmf_schema_t *read, const tmf_schema_t *other,
                         apr_array_header_t *names)
{
    int i = 0;

    for (i = 0; other && i < other->n_required; i++) {
        const char *name = other->required[i];
        apr_size_t len = strlen(name);

        if ((tmf_schema_property(read, name, len)
             || tmf_schema_property(other, name, len))
            && !is_one_of(given_names, COUNT(given_names), name)) {
            tmf_name_add(names, name);
        }
    }
}

void tmf_draft_compile(const tmf_loader_t *loader, tmf_draft_t *draft)
{
    tmf_resource_t *resource = &draft->resource;
    apr_size_t i = 0;

    draft->create_ignored = apr_array_make(loader->p, 4, sizeof(char *));
    draft->update_fixed = apr_array_make(loader->p, 4, sizeof(char *));
    draft->required = apr_array_make(loader->p, 4, sizeof(char *));
    compile_side(loader, draft, TMF_SIDE_COLLECTION);
    compile_side(loader, draft, TMF_SIDE_ITEM);
    compile_read(loader, draft);
    resource->loader = !(resource->operations & (1U << TMF_OP_CREATE));
    for (i = 0; i < COUNT(key_names); i++) {
        tmf_name_add(draft->create_ignored, key_names[i]);
    }
    if (resource->schema) {
        add_missing(resource->schema, resource->create,
                    draft->create_ignored);
        add_missing(resource->schema, resource->update,
                    draft->update_fixed);
        add_required(resource->schema, resource->schema, draft->required);
        add_required(resource->schema, resource->create, draft->required);
        add_required(resource->schema, resource->update, draft->required);
    }
}

static void add_events(const tmf_loader_t *loader, tmf_resource_t *resource)
{
    const char *prefix = tmf_name_small(loader->scratch, resource->type);
    int i = 0;

    for (i = 0; i < loader->listeners->nelts; i++) {
        resource->events |= tmf_name_event(
            prefix, APR_ARRAY_IDX(loader->listeners, i, const char *));
    }
}

static void make_full(const tmf_loader_t *loader, tmf_draft_t *draft)
{
    tmf_resource_t *resource = &draft->resource;

    resource->full = tmf_demand(resource->schema, draft->mandatory,
                                loader->p);
    if (resource->create) {
        resource->full_create = tmf_demand(resource->create,
                                           draft->mandatory, loader->p);
    }
    resource->shapes = tmf_shape_json(resource->full, loader->p);
}

void tmf_draft_finish(const tmf_loader_t *loader, tmf_draft_t *draft)
{
    tmf_resource_t *resource = &draft->resource;

    if (!resource->table) {
        resource->table = tmf_name_table(loader->p, resource->name);
    }
    if (!draft->table_pointer && !tmf_name_is_identifier(resource->table)) {
        tmf_doc_fault(loader->doc, draft->pointer,
                      "\"%s\" gives no SQL identifier for the table: an "
                      "overlay must name it", resource->name);
    }
    if (resource->type) {
        add_events(loader, resource);
    }
    resource->create_ignored =
        (const char *const *)draft->create_ignored->elts;
    resource->n_create_ignored = draft->create_ignored->nelts;
    resource->update_fixed = (const char *const *)draft->update_fixed->elts;
    resource->n_update_fixed = draft->update_fixed->nelts;
    resource->required = (const char *const *)draft->required->elts;
    resource->n_required = draft->required->nelts;
    if (resource->schema) {
        make_full(loader, draft);
    }
}
