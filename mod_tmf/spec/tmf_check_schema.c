#include "spec/tmf_check.h"

#include <string.h>

#include "spec/tmf_compile.h"
#include "spec/tmf_pointer.h"

/* A keyword of a schema while it is checked. */
typedef struct keyword_t {
    tmf_doc_t *doc;
    json_t *schema;
    json_t *value;
    const char *pointer;
} keyword_t;

static void check_type(const keyword_t *keyword)
{
    tmf_type_t type = TMF_TYPE_ANY;
    const char *name = json_string_value(keyword->value);

    if (!name) {
        tmf_doc_fault(keyword->doc, keyword->pointer,
                      "type: must be a string");
    } else if (!tmf_type_find(name, &type)) {
        tmf_doc_fault(keyword->doc, keyword->pointer,
                      "unknown type \"%s\"", name);
    }
}

static void check_format(const keyword_t *keyword)
{
    if (!json_is_string(keyword->value)) {
        tmf_doc_fault(keyword->doc, keyword->pointer,
                      "format: must be a string");
    }
}

/* The type an enum's values must have: a string unless another type is
 * declared; an unknown type is a fault of its own. */
static tmf_type_t enum_type(const json_t *schema)
{
    const json_t *declared = json_object_get(schema, "type");
    tmf_type_t type = TMF_TYPE_STRING;

    if (declared && (!json_is_string(declared)
                     || !tmf_type_find(json_string_value(declared),
                                       &type))) {
        return TMF_TYPE_ANY;
    }
    return type;
}

static int appears_before(const json_t *array, apr_size_t end)
{
    const json_t *value = json_array_get(array, end);
    apr_size_t i = 0;

    for (i = 0; i < end; i++) {
        if (json_equal(json_array_get(array, i), value)) {
            return 1;
        }
    }
    return 0;
}

/* True if an array is right in itself: not empty where it must not be. */
static int check_array(const keyword_t *keyword, const char *name,
                       apr_size_t least)
{
    if (!json_is_array(keyword->value)) {
        tmf_doc_fault(keyword->doc, keyword->pointer, "%s: must be an array",
                      name);
        return 0;
    }
    if (json_array_size(keyword->value) < least) {
        tmf_doc_fault(keyword->doc, keyword->pointer,
                      "%s: must not be empty", name);
        return 0;
    }
    return 1;
}

static void check_enum(const keyword_t *keyword)
{
    int nullable = json_is_true(json_object_get(keyword->schema,
                                                "nullable"));
    tmf_type_t type = enum_type(keyword->schema);
    apr_size_t i = 0;
    json_t *value = NULL;

    if (!check_array(keyword, "enum", 1)) {
        return;
    }
    json_array_foreach(keyword->value, i, value) {
        const char *pointer = tmf_pointer_element(
            keyword->doc->report->scratch, keyword->pointer, i);

        if (!tmf_type_accepts(type, value)
            && !(nullable && json_is_null(value))) {
            tmf_doc_fault(keyword->doc, pointer,
                          "enum: value is not of the declared type");
        } else if (appears_before(keyword->value, i)) {
            tmf_doc_fault(keyword->doc, pointer, "enum: value given twice");
        }
    }
}

static void check_required(const keyword_t *keyword)
{
    apr_size_t i = 0;
    json_t *value = NULL;

    if (!check_array(keyword, "required", 0)) {
        return;
    }
    json_array_foreach(keyword->value, i, value) {
        const char *pointer = tmf_pointer_element(
            keyword->doc->report->scratch, keyword->pointer, i);

        if (!json_is_string(value)) {
            tmf_doc_fault(keyword->doc, pointer,
                          "required: must be the name of an attribute");
        } else if (appears_before(keyword->value, i)) {
            tmf_doc_fault(keyword->doc, pointer, "required: name given "
                          "twice");
        }
    }
}

static void check_empty(const keyword_t *keyword)
{
    /* that it is an array was checked by its place */
    if (json_is_array(keyword->value)
        && json_array_size(keyword->value) == 0) {
        tmf_doc_fault(keyword->doc, keyword->pointer,
                      "list of schemas: must not be empty");
    }
}

static const struct {
    const char *name;
    void (*check)(const keyword_t *keyword);
} keywords[] = {
    {"type", check_type},
    {"format", check_format},
    {"enum", check_enum},
    {"required", check_required},
    {"allOf", check_empty},
    {"oneOf", check_empty},
    {"anyOf", check_empty},
};

void tmf_check_schema(tmf_doc_t *doc, const tmf_node_t *node)
{
    apr_size_t i = 0;

    for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        keyword_t keyword = {doc, node->json, NULL, NULL};

        keyword.value = json_object_get(node->json, keywords[i].name);
        if (keyword.value) {
            keyword.pointer = tmf_pointer_member(doc->report->scratch,
                                                 node->pointer,
                                                 keywords[i].name);
            keywords[i].check(&keyword);
        }
    }
}

static int contains(const apr_array_header_t *parts, const json_t *json)
{
    int i = 0;

    for (i = 0; i < parts->nelts; i++) {
        if (APR_ARRAY_IDX(parts, i, json_t *) == json) {
            return 1;
        }
    }
    return 0;
}

/* True if an element's own allOf, at any depth, names the schema. */
static int leads_back(const tmf_doc_t *doc, json_t *element,
                      const json_t *schema)
{
    json_t *part = tmf_doc_resolve(doc, element);

    return part && contains(tmf_compile_parts(doc, part), schema);
}

void tmf_check_all_of(tmf_doc_t *doc, const tmf_node_t *node)
{
    const char *pointer = tmf_pointer_member(doc->report->scratch,
                                             node->pointer, "allOf");
    apr_size_t i = 0;
    json_t *element = NULL;

    json_array_foreach(json_object_get(node->json, "allOf"), i, element) {
        if (leads_back(doc, element, node->json)) {
            tmf_doc_fault(doc, tmf_pointer_element(doc->report->scratch,
                                                   pointer, i),
                          "allOf leads back to the schema it is part of");
        }
    }
}
