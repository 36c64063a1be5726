#include "spec/tmf_attribute.h"

#include <string.h>

#include <apr_strings.h>

#include "spec/tmf_pointer.h"

/* Enough for a decimal fraction to come back as it was written. */
#define TEXT_FLAGS (JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15))

const tmf_schema_t *tmf_attribute_find(const tmf_entry_t *entry,
                                       const char *name)
{
    return tmf_schema_property(entry->draft->resource.schema, name,
                               strlen(name));
}

void tmf_attribute_check(const tmf_entry_t *entry, const char *name,
                         const char *pointer)
{
    if (strcmp(name, "id") == 0 || strcmp(name, "href") == 0) {
        tmf_doc_fault(entry->doc, pointer, "attribute \"%s\" is the "
                      "server's own", name);
    } else if (entry->draft->resource.schema
               && !tmf_attribute_find(entry, name)) {
        tmf_doc_fault(entry->doc, pointer, "attribute \"%s\" is not "
                      "declared", name);
    }
}

const char *tmf_attribute_name(const tmf_entry_t *entry,
                               const json_t *value, const char *pointer)
{
    const char *name = json_string_value(value);

    if (!name) {
        tmf_doc_fault(entry->doc, pointer, "must be a string");
        return NULL;
    }
    tmf_attribute_check(entry, name, pointer);
    return apr_pstrdup(entry->p, name);
}

int tmf_attribute_given_twice(const json_t *array, apr_size_t i)
{
    const json_t *value = json_array_get(array, i);
    apr_size_t earlier = 0;

    while (earlier < i
           && !json_equal(json_array_get(array, earlier), value)) {
        earlier++;
    }
    return earlier < i;
}

apr_array_header_t *tmf_attribute_strings(const tmf_entry_t *entry,
                                          const json_t *value,
                                          const char *pointer)
{
    apr_array_header_t *list = apr_array_make(entry->scratch, 4,
                                              sizeof(tmf_named_t));
    apr_size_t i = 0;
    const json_t *element = NULL;

    if (!json_is_array(value)) {
        tmf_doc_fault(entry->doc, pointer, "must be an array");
        return list;
    }
    json_array_foreach(value, i, element) {
        const char *place = tmf_pointer_element(entry->scratch, pointer, i);
        tmf_named_t *named = NULL;

        if (!json_is_string(element)) {
            tmf_doc_fault(entry->doc, place, "must be a string");
        } else if (tmf_attribute_given_twice(value, i)) {
            tmf_doc_fault(entry->doc, place, "\"%s\" given twice",
                          json_string_value(element));
        } else {
            named = apr_array_push(list);
            named->name = apr_pstrdup(entry->p, json_string_value(element));
            named->pointer = place;
        }
    }
    return list;
}

apr_array_header_t *tmf_attribute_names(
    tmf_entry_t *entry, const json_t *value, const char *pointer,
    void (*check)(tmf_entry_t *, const char *, const char *))
{
    const apr_array_header_t *strings = tmf_attribute_strings(entry, value,
                                                              pointer);
    apr_array_header_t *names = apr_array_make(entry->p, strings->nelts,
                                               sizeof(char *));
    int i = 0;

    for (i = 0; i < strings->nelts; i++) {
        const tmf_named_t *named = &APR_ARRAY_IDX(strings, i, tmf_named_t);

        tmf_attribute_check(entry, named->name, named->pointer);
        if (check) {
            check(entry, named->name, named->pointer);
        }
        APR_ARRAY_PUSH(names, const char *) = named->name;
    }
    return names;
}

int tmf_attribute_takes_instant(const tmf_schema_t *schema)
{
    return schema->type == TMF_TYPE_ANY
        || (schema->type == TMF_TYPE_STRING && schema->n_enums == 0
            && (schema->format == TMF_FORMAT_NONE
                || schema->format == TMF_FORMAT_DATE_TIME));
}

/* The last attribute of a dotted path, or NULL after a fault. */
static const tmf_schema_t *follow_path(const tmf_entry_t *entry,
                                       const char *path,
                                       const char *pointer)
{
    const tmf_schema_t *schema = entry->draft->resource.schema;
    const char *name = path;

    while (name) {
        apr_size_t len = strcspn(name, ".");

        if (schema->type == TMF_TYPE_ARRAY) {
            tmf_doc_fault(entry->doc, pointer, "\"%s\" leads through an "
                          "array", path);
            return NULL;
        }
        schema = tmf_schema_property(schema, name, len);
        if (!schema) {
            tmf_doc_fault(entry->doc, pointer, "attribute \"%s\" is not "
                          "declared", path);
            return NULL;
        }
        name = name[len] ? name + len + 1 : NULL;
    }
    return schema;
}

static int is_scalar(const tmf_schema_t *schema)
{
    return schema->type != TMF_TYPE_ANY && schema->type != TMF_TYPE_OBJECT
        && schema->type != TMF_TYPE_ARRAY;
}

void tmf_attribute_check_path(const tmf_entry_t *entry, const char *path,
                              const char *pointer)
{
    const tmf_schema_t *schema = NULL;

    if (strcmp(path, "id") == 0 || strcmp(path, "href") == 0) {
        tmf_attribute_check(entry, path, pointer);
        return;
    }
    if (!entry->draft->resource.schema) {
        return;
    }
    schema = follow_path(entry, path, pointer);
    if (schema && !is_scalar(schema)) {
        tmf_doc_fault(entry->doc, pointer, "\"%s\" is not a string, number "
                      "or boolean, but %s", path,
                      tmf_schema_describe(schema));
    }
}

static int is_in_enum(const tmf_schema_t *schema, const json_t *value)
{
    int i = 0;

    for (i = 0; i < schema->n_enums; i++) {
        if (strcmp(schema->enums[i], json_string_value(value)) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The two that follow recurse as deep as the JSON text, which jansson
 * limits. */
static void check_members(const tmf_entry_t *entry,
                          const tmf_schema_t *schema, const json_t *object,
                          const char *pointer)
{
    const char *key = NULL;
    json_t *member = NULL;

    json_object_foreach((json_t *)object, key, member) {
        const tmf_schema_t *declared = tmf_schema_property(schema, key,
                                                           strlen(key));

        if (declared) {
            tmf_attribute_check_value(entry, declared, member,
                                      tmf_pointer_member(entry->scratch,
                                                         pointer, key));
        }
    }
}

static void check_elements(const tmf_entry_t *entry,
                           const tmf_schema_t *schema, const json_t *array,
                           const char *pointer)
{
    apr_size_t i = 0;
    const json_t *element = NULL;

    json_array_foreach(array, i, element) {
        if (schema->items) {
            tmf_attribute_check_value(entry, schema->items, element,
                                      tmf_pointer_element(entry->scratch,
                                                          pointer, i));
        }
    }
}

void tmf_attribute_check_value(const tmf_entry_t *entry,
                               const tmf_schema_t *schema,
                               const json_t *value, const char *pointer)
{
    if (!tmf_type_accepts(schema->type, value)) {
        tmf_doc_fault(entry->doc, pointer, "must be of the declared type: "
                      "%s", tmf_schema_describe(schema));
        return;
    }
    if (json_is_string(value) && schema->n_enums > 0
        && !is_in_enum(schema, value)) {
        tmf_doc_fault(entry->doc, pointer, "must be one of the declared "
                      "values");
    }
    if (json_is_object(value)) {
        check_members(entry, schema, value, pointer);
    } else if (json_is_array(value)) {
        check_elements(entry, schema, value, pointer);
    }
}

const char *tmf_attribute_text(apr_pool_t *p, const json_t *value)
{
    apr_size_t size = json_dumpb(value, NULL, 0, TEXT_FLAGS);
    char *text = apr_palloc(p, size + 1);

    json_dumpb(value, text, size, TEXT_FLAGS);
    text[size] = '\0';
    return text;
}
