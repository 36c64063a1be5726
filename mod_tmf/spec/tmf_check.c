#include "spec/tmf_check.h"

#include <string.h>

#include "spec/tmf_pointer.h"

#define EACH "*"              /* every member or element */
#define EXTENSION "x-"

typedef struct shape_t {
    const char *what;         /* for messages */
    json_type type;
    int may_refer;            /* may be { "$ref": ... } */
    int may_extend;           /* keys with x- are not members of the map */
} shape_t;

static const shape_t shapes[TMF_PLACES] = {
    [TMF_PLACE_DOCUMENT] = {"definition", JSON_OBJECT, 0, 1},
    [TMF_PLACE_INFO] = {"info", JSON_OBJECT, 0, 1},
    [TMF_PLACE_PATHS] = {"map of paths", JSON_OBJECT, 0, 1},
    [TMF_PLACE_PATH_ITEM] = {"path", JSON_OBJECT, 1, 1},
    [TMF_PLACE_OPERATION] = {"operation", JSON_OBJECT, 0, 1},
    [TMF_PLACE_PARAMETERS] = {"list of parameters", JSON_ARRAY, 0, 0},
    [TMF_PLACE_PARAMETER] = {"parameter", JSON_OBJECT, 1, 1},
    [TMF_PLACE_BODY] = {"request body", JSON_OBJECT, 1, 1},
    [TMF_PLACE_RESPONSES] = {"map of responses", JSON_OBJECT, 0, 1},
    [TMF_PLACE_RESPONSE] = {"response", JSON_OBJECT, 1, 1},
    [TMF_PLACE_HEADERS] = {"map of headers", JSON_OBJECT, 0, 0},
    [TMF_PLACE_HEADER] = {"header", JSON_OBJECT, 1, 1},
    [TMF_PLACE_CONTENT] = {"map of media types", JSON_OBJECT, 0, 0},
    [TMF_PLACE_MEDIA] = {"media type", JSON_OBJECT, 0, 1},
    [TMF_PLACE_COMPONENTS] = {"components", JSON_OBJECT, 0, 1},
    [TMF_PLACE_PARAMETER_MAP] = {"map of parameters", JSON_OBJECT, 0, 0},
    [TMF_PLACE_BODY_MAP] = {"map of request bodies", JSON_OBJECT, 0, 0},
    [TMF_PLACE_RESPONSE_MAP] = {"map of responses", JSON_OBJECT, 0, 0},
    [TMF_PLACE_SCHEMAS] = {"map of schemas", JSON_OBJECT, 0, 0},
    [TMF_PLACE_SCHEMA_LIST] = {"list of schemas", JSON_ARRAY, 0, 0},
    [TMF_PLACE_SCHEMA] = {"schema", JSON_OBJECT, 1, 1},
    [TMF_PLACE_TEXT] = {"text", JSON_STRING, 0, 0},
};

typedef struct part_t {
    tmf_place_t place;
    const char *key;
    tmf_place_t child;
    int or_boolean;           /* true and false are right as well */
} part_t;

/* What is where in Swagger 2.0 and OpenAPI 3.0; the rest is not read. */
static const part_t parts[] = {
    {TMF_PLACE_DOCUMENT, "info", TMF_PLACE_INFO, 0},
    {TMF_PLACE_DOCUMENT, "paths", TMF_PLACE_PATHS, 0},
    {TMF_PLACE_DOCUMENT, "definitions", TMF_PLACE_SCHEMAS, 0},
    {TMF_PLACE_DOCUMENT, "parameters", TMF_PLACE_PARAMETER_MAP, 0},
    {TMF_PLACE_DOCUMENT, "responses", TMF_PLACE_RESPONSE_MAP, 0},
    {TMF_PLACE_DOCUMENT, "components", TMF_PLACE_COMPONENTS, 0},
    {TMF_PLACE_INFO, "title", TMF_PLACE_TEXT, 0},
    {TMF_PLACE_INFO, "version", TMF_PLACE_TEXT, 0},
    {TMF_PLACE_COMPONENTS, "schemas", TMF_PLACE_SCHEMAS, 0},
    {TMF_PLACE_COMPONENTS, "parameters", TMF_PLACE_PARAMETER_MAP, 0},
    {TMF_PLACE_COMPONENTS, "responses", TMF_PLACE_RESPONSE_MAP, 0},
    {TMF_PLACE_COMPONENTS, "requestBodies", TMF_PLACE_BODY_MAP, 0},
    {TMF_PLACE_COMPONENTS, "headers", TMF_PLACE_HEADERS, 0},
    {TMF_PLACE_PATHS, EACH, TMF_PLACE_PATH_ITEM, 0},
    {TMF_PLACE_PATH_ITEM, "parameters", TMF_PLACE_PARAMETERS, 0},
    {TMF_PLACE_PATH_ITEM, "get", TMF_PLACE_OPERATION, 0},
    {TMF_PLACE_PATH_ITEM, "put", TMF_PLACE_OPERATION, 0},
    {TMF_PLACE_PATH_ITEM, "post", TMF_PLACE_OPERATION, 0},
    {TMF_PLACE_PATH_ITEM, "patch", TMF_PLACE_OPERATION, 0},
    {TMF_PLACE_PATH_ITEM, "delete", TMF_PLACE_OPERATION, 0},
    {TMF_PLACE_PATH_ITEM, "head", TMF_PLACE_OPERATION, 0},
    {TMF_PLACE_PATH_ITEM, "options", TMF_PLACE_OPERATION, 0},
    {TMF_PLACE_PATH_ITEM, "trace", TMF_PLACE_OPERATION, 0},
    {TMF_PLACE_OPERATION, "parameters", TMF_PLACE_PARAMETERS, 0},
    {TMF_PLACE_OPERATION, "requestBody", TMF_PLACE_BODY, 0},
    {TMF_PLACE_OPERATION, "responses", TMF_PLACE_RESPONSES, 0},
    {TMF_PLACE_PARAMETERS, EACH, TMF_PLACE_PARAMETER, 0},
    {TMF_PLACE_PARAMETER_MAP, EACH, TMF_PLACE_PARAMETER, 0},
    {TMF_PLACE_PARAMETER, "schema", TMF_PLACE_SCHEMA, 0},
    {TMF_PLACE_PARAMETER, "content", TMF_PLACE_CONTENT, 0},
    {TMF_PLACE_BODY_MAP, EACH, TMF_PLACE_BODY, 0},
    {TMF_PLACE_BODY, "content", TMF_PLACE_CONTENT, 0},
    {TMF_PLACE_RESPONSES, EACH, TMF_PLACE_RESPONSE, 0},
    {TMF_PLACE_RESPONSE_MAP, EACH, TMF_PLACE_RESPONSE, 0},
    {TMF_PLACE_RESPONSE, "schema", TMF_PLACE_SCHEMA, 0},
    {TMF_PLACE_RESPONSE, "content", TMF_PLACE_CONTENT, 0},
    {TMF_PLACE_RESPONSE, "headers", TMF_PLACE_HEADERS, 0},
    {TMF_PLACE_HEADERS, EACH, TMF_PLACE_HEADER, 0},
    {TMF_PLACE_HEADER, "schema", TMF_PLACE_SCHEMA, 0},
    {TMF_PLACE_CONTENT, EACH, TMF_PLACE_MEDIA, 0},
    {TMF_PLACE_MEDIA, "schema", TMF_PLACE_SCHEMA, 0},
    {TMF_PLACE_SCHEMAS, EACH, TMF_PLACE_SCHEMA, 0},
    {TMF_PLACE_SCHEMA_LIST, EACH, TMF_PLACE_SCHEMA, 0},
    {TMF_PLACE_SCHEMA, "description", TMF_PLACE_TEXT, 0},
    {TMF_PLACE_SCHEMA, "properties", TMF_PLACE_SCHEMAS, 0},
    {TMF_PLACE_SCHEMA, "items", TMF_PLACE_SCHEMA, 0},
    {TMF_PLACE_SCHEMA, "additionalProperties", TMF_PLACE_SCHEMA, 1},
    {TMF_PLACE_SCHEMA, "allOf", TMF_PLACE_SCHEMA_LIST, 0},
    {TMF_PLACE_SCHEMA, "oneOf", TMF_PLACE_SCHEMA_LIST, 0},
    {TMF_PLACE_SCHEMA, "anyOf", TMF_PLACE_SCHEMA_LIST, 0},
    {TMF_PLACE_SCHEMA, "not", TMF_PLACE_SCHEMA, 0},
};

static const char *type_names[] = {
    [JSON_OBJECT] = "an object",
    [JSON_ARRAY] = "an array",
    [JSON_STRING] = "a string",
};

static void walk(tmf_doc_t *doc, json_t *value, tmf_place_t place,
                 const char *pointer);

static const part_t *find_part(tmf_place_t place, const char *key)
{
    apr_size_t i = 0;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].place == place
            && (strcmp(parts[i].key, EACH) == 0
                || strcmp(parts[i].key, key) == 0)) {
            return &parts[i];
        }
    }
    return NULL;
}

static void walk_object(tmf_doc_t *doc, json_t *object, tmf_place_t place,
                        const char *pointer)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(object, key, value) {
        const part_t *part = find_part(place, key);

        if (!part || (part->or_boolean && json_is_boolean(value))) {
            continue;
        }
        if (shapes[place].may_extend
            && strncmp(key, EXTENSION, sizeof(EXTENSION) - 1) == 0) {
            continue;
        }
        walk(doc, value, part->child,
             tmf_pointer_member(doc->report->scratch, pointer, key));
    }
}

static void walk_array(tmf_doc_t *doc, json_t *array, tmf_place_t place,
                       const char *pointer)
{
    const part_t *part = find_part(place, EACH);
    apr_size_t i = 0;
    json_t *value = NULL;

    json_array_foreach(array, i, value) {
        walk(doc, value, part->child,
             tmf_pointer_element(doc->report->scratch, pointer, i));
    }
}

/* The depth of the recursion is that of the JSON text, which jansson
 * limits; $ref is followed later, from the list of nodes. */
static void walk(tmf_doc_t *doc, json_t *value, tmf_place_t place,
                 const char *pointer)
{
    const shape_t *shape = &shapes[place];

    if (json_typeof(value) != shape->type) {
        tmf_doc_fault(doc, pointer, "%s: must be %s", shape->what,
                      type_names[shape->type]);
        return;
    }
    if (json_is_string(value)) {
        return;
    }
    tmf_doc_place(doc, value, place, pointer);
    if (shape->may_refer && json_object_get(value, "$ref")) {
        return;               /* what stands beside a $ref has no meaning */
    }
    if (json_is_array(value)) {
        walk_array(doc, value, place, pointer);
    } else {
        walk_object(doc, value, place, pointer);
    }
}

/* What is wrong with a $ref, or NULL. */
static const char *find_ref_fault(tmf_doc_t *doc, const tmf_node_t *node)
{
    const char *ref = json_string_value(json_object_get(node->json, "$ref"));
    json_t *target = NULL;

    if (!ref) {
        return "must be a string";
    }
    if (*ref != '#') {
        return "leads to another file; only this document's parts can be "
               "referred to";
    }
    target = tmf_doc_target(doc, node->json);
    if (!target) {
        return "leads to nothing in this document";
    }
    return json_is_object(target) ? NULL : "leads to no object";
}

/* Place the target of a $ref, if the walk did not come by. */
static int has_right_kind(tmf_doc_t *doc, const tmf_node_t *node)
{
    json_t *target = tmf_doc_target(doc, node->json);
    const tmf_node_t *found = tmf_doc_node(doc, target);
    const char *ref = json_string_value(json_object_get(node->json, "$ref"));

    if (!found) {
        walk(doc, target, node->place,
             tmf_pointer_decode(doc->report->scratch, ref + 1));
        return 1;
    }
    return found->place == node->place;
}

static void check_ref(tmf_doc_t *doc, const tmf_node_t *node)
{
    const char *pointer = tmf_pointer_member(doc->report->scratch,
                                             node->pointer, "$ref");
    const char *wrong = find_ref_fault(doc, node);

    if (wrong) {
        tmf_doc_fault(doc, pointer, "$ref %s", wrong);
        tmf_doc_break(doc, node->json);
    } else if (!has_right_kind(doc, node)) {
        tmf_doc_fault(doc, pointer, "$ref does not lead to a %s",
                      shapes[node->place].what);
        tmf_doc_break(doc, node->json);
    }
}

static int is_ref(const tmf_node_t *node)
{
    return shapes[node->place].may_refer
        && json_object_get(node->json, "$ref") != NULL;
}

/* The list grows while the targets of $ref are placed. */
static void check_refs(tmf_doc_t *doc)
{
    int i = 0;

    for (i = 0; i < doc->order->nelts; i++) {
        const tmf_node_t *node = APR_ARRAY_IDX(doc->order, i, tmf_node_t *);

        if (is_ref(node)) {
            check_ref(doc, node);
        }
    }
}

/* True if the chain of a $ref leads back to it. */
static int is_circular(const tmf_doc_t *doc, json_t *start)
{
    json_t *json = start;
    int hops = 0;

    for (hops = 0; json && hops <= doc->order->nelts; hops++) {
        json = tmf_doc_target(doc, json);
        if (json == start) {
            return 1;
        }
    }
    return 0;
}

static void check_chains(tmf_doc_t *doc)
{
    int i = 0;

    for (i = 0; i < doc->order->nelts; i++) {
        const tmf_node_t *node = APR_ARRAY_IDX(doc->order, i, tmf_node_t *);

        if (is_ref(node) && is_circular(doc, node->json)) {
            tmf_doc_fault(doc, tmf_pointer_member(doc->report->scratch,
                                                  node->pointer, "$ref"),
                          "$ref leads back to itself");
            tmf_doc_break(doc, node->json);
        }
    }
}

void tmf_check_document(tmf_doc_t *doc)
{
    int i = 0;

    walk(doc, doc->root, TMF_PLACE_DOCUMENT, "");
    check_refs(doc);
    check_chains(doc);
    for (i = 0; i < doc->order->nelts; i++) {
        const tmf_node_t *node = APR_ARRAY_IDX(doc->order, i, tmf_node_t *);

        if (node->place == TMF_PLACE_SCHEMA && !is_ref(node)) {
            tmf_check_schema(doc, node);
            tmf_check_all_of(doc, node);
        }
    }
}
