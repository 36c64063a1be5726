#include "spec/tmf_overlay.h"

#include <string.h>

#include <apr_strings.h>

#include "spec/tmf_attribute.h"
#include "spec/tmf_demand.h"
#include "spec/tmf_name.h"
#include "spec/tmf_pointer.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* One key of the overlay, with the function that reads its value. */
typedef struct reader_t {
    const char *key;
    void (*read)(tmf_entry_t *entry, json_t *value, const char *pointer);
} reader_t;

/* Read the members of an object by a table of n keys. */
static void read_members(tmf_entry_t *entry, json_t *object,
                         const char *pointer, const reader_t *readers,
                         apr_size_t n)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(object, key, value) {
        const char *place = tmf_pointer_member(entry->scratch, pointer, key);
        apr_size_t i = 0;

        while (i < n && strcmp(readers[i].key, key) != 0) {
            i++;
        }
        if (i < n) {
            readers[i].read(entry, value, place);
        } else {
            tmf_doc_fault(entry->doc, place, "unknown key \"%s\"", key);
        }
    }
}

/* An SQL identifier, or NULL after a fault. */
static const char *read_identifier(tmf_entry_t *entry, json_t *value,
                                   const char *pointer)
{
    const char *text = json_string_value(value);

    if (!text) {
        tmf_doc_fault(entry->doc, pointer, "must be a string");
        return NULL;
    }
    if (!tmf_name_is_identifier(text)) {
        tmf_doc_fault(entry->doc, pointer, "must be an SQL identifier: at "
                      "most 63 small letters, digits and underscores, not "
                      "a digit first");
        return NULL;
    }
    return apr_pstrdup(entry->p, text);
}

static void read_table(tmf_entry_t *entry, json_t *value,
                       const char *pointer)
{
    entry->draft->resource.table = read_identifier(entry, value, pointer);
    entry->draft->table_pointer = pointer;
}

static void read_loader(tmf_entry_t *entry, json_t *value,
                        const char *pointer)
{
    if (!json_is_boolean(value)) {
        tmf_doc_fault(entry->doc, pointer, "must be true or false");
        return;
    }
    entry->draft->resource.loader = json_is_true(value);
}

static void read_state(tmf_entry_t *entry, json_t *value,
                       const char *pointer)
{
    const char *name = tmf_attribute_name(entry, value, pointer);
    const tmf_schema_t *schema = NULL;

    if (!name) {
        return;
    }
    schema = tmf_attribute_find(entry, name);
    if (schema && schema->type != TMF_TYPE_STRING
        && schema->type != TMF_TYPE_ANY) {
        tmf_doc_fault(entry->doc, pointer, "attribute \"%s\" is not a "
                      "string", name);
    }
    entry->draft->resource.state = name;
}

static void read_read_only(tmf_entry_t *entry, json_t *value,
                           const char *pointer)
{
    const apr_array_header_t *names = tmf_attribute_names(entry, value,
                                                          pointer, NULL);
    int i = 0;

    for (i = 0; i < names->nelts; i++) {
        tmf_name_add(entry->draft->create_ignored,
                     APR_ARRAY_IDX(names, i, const char *));
    }
}

static void check_instant(tmf_entry_t *entry, const char *name,
                          const char *pointer)
{
    const tmf_schema_t *schema = tmf_attribute_find(entry, name);

    if (schema && !tmf_attribute_takes_instant(schema)) {
        tmf_doc_fault(entry->doc, pointer, "attribute \"%s\" can't hold a "
                      "date-time", name);
    }
}

static void read_touched(tmf_entry_t *entry, json_t *value,
                         const char *pointer)
{
    const apr_array_header_t *names = tmf_attribute_names(entry, value,
                                                          pointer,
                                                          check_instant);

    entry->draft->resource.touched = (const char *const *)names->elts;
    entry->draft->resource.n_touched = names->nelts;
}

static void read_one_of(tmf_entry_t *entry, json_t *value,
                        const char *pointer)
{
    apr_array_header_t *groups = apr_array_make(entry->p, 2,
                                                sizeof(tmf_one_of_t));
    apr_size_t i = 0;
    json_t *element = NULL;

    if (!json_is_array(value)) {
        tmf_doc_fault(entry->doc, pointer, "must be an array");
        return;
    }
    json_array_foreach(value, i, element) {
        const char *place = tmf_pointer_element(entry->scratch, pointer, i);
        tmf_one_of_t *group = apr_array_push(groups);
        const apr_array_header_t *names = tmf_attribute_names(entry, element,
                                                              place, NULL);

        group->attributes = (const char *const *)names->elts;
        group->n_attributes = names->nelts;
        if (json_is_array(element) && json_array_size(element) == 0) {
            tmf_doc_fault(entry->doc, place, "must not be empty");
        }
        if (tmf_attribute_given_twice(value, i)) {
            tmf_doc_fault(entry->doc, place, "group given twice");
        }
    }
    entry->draft->resource.one_of = (const tmf_one_of_t *)groups->elts;
    entry->draft->resource.n_one_of = groups->nelts;
}

static void read_indexes(tmf_entry_t *entry, json_t *value,
                         const char *pointer)
{
    apr_array_header_t *list = apr_array_make(entry->p, 4,
                                              sizeof(tmf_index_t));
    const apr_array_header_t *paths = tmf_attribute_strings(entry, value,
                                                            pointer);
    int i = 0;

    for (i = 0; i < paths->nelts; i++) {
        const tmf_named_t *path = &APR_ARRAY_IDX(paths, i, tmf_named_t);
        tmf_index_t *index = apr_array_push(list);

        index->path = path->name;
        tmf_attribute_check_path(entry, path->name, path->pointer);
    }
    entry->draft->resource.indexes = (const tmf_index_t *)list->elts;
    entry->draft->resource.n_indexes = list->nelts;
}

static void read_events(tmf_entry_t *entry, json_t *value,
                        const char *pointer)
{
    const apr_array_header_t *names = tmf_attribute_strings(entry, value,
                                                            pointer);
    tmf_resource_t *resource = &entry->draft->resource;
    int i = 0;

    for (i = 0; i < names->nelts && resource->type; i++) {
        const tmf_named_t *event = &APR_ARRAY_IDX(names, i, tmf_named_t);
        unsigned int bit = tmf_name_event(resource->type, event->name);

        if (!bit) {
            tmf_doc_fault(entry->doc, event->pointer, "unknown event "
                          "\"%s\": must be %s and CreateEvent, "
                          "AttributeValueChangeEvent, StateChangeEvent or "
                          "DeleteEvent", event->name, resource->type);
        }
        resource->events |= bit;
    }
}

static void check_value(tmf_entry_t *entry, const char *name,
                        const json_t *value, const char *pointer)
{
    const tmf_schema_t *schema = tmf_attribute_find(entry, name);

    if (json_is_null(value)) {
        tmf_doc_fault(entry->doc, pointer, "must not be null, which counts "
                      "as absent");
    } else if (schema) {
        tmf_attribute_check_value(entry, schema, value, pointer);
    }
}

/* { "value": ... } or { "now": true } */
static void read_default(tmf_entry_t *entry, json_t *object,
                         tmf_default_t *result, const char *pointer)
{
    json_t *value = json_object_get(object, "value");
    json_t *now = json_object_get(object, "now");
    const char *key = NULL;
    json_t *member = NULL;

    json_object_foreach(object, key, member) {
        if (member != value && member != now) {
            tmf_doc_fault(entry->doc,
                          tmf_pointer_member(entry->scratch, pointer, key),
                          "unknown key \"%s\"", key);
        }
    }
    if (!value == !now) {
        tmf_doc_fault(entry->doc, pointer, "must have either \"value\" or "
                      "\"now\"");
    } else if (value) {
        check_value(entry, result->attribute, value,
                    tmf_pointer_member(entry->scratch, pointer, "value"));
        result->value = tmf_attribute_text(entry->p, value);
    } else if (!json_is_true(now)) {
        tmf_doc_fault(entry->doc,
                      tmf_pointer_member(entry->scratch, pointer, "now"),
                      "must be true");
    } else {
        check_instant(entry, result->attribute, pointer);
    }
}

static void read_defaults(tmf_entry_t *entry, json_t *value,
                          const char *pointer)
{
    apr_array_header_t *list = apr_array_make(entry->p, 4,
                                              sizeof(tmf_default_t));
    const char *key = NULL;
    json_t *object = NULL;

    if (!json_is_object(value)) {
        tmf_doc_fault(entry->doc, pointer, "must be an object");
        return;
    }
    json_object_foreach(value, key, object) {
        const char *place = tmf_pointer_member(entry->scratch, pointer, key);
        tmf_default_t *result = apr_array_push(list);

        result->attribute = apr_pstrdup(entry->p, key);
        tmf_attribute_check(entry, key, place);
        if (json_is_object(object)) {
            read_default(entry, object, result, place);
        } else {
            tmf_doc_fault(entry->doc, place, "must be an object");
        }
    }
    entry->draft->resource.defaults = (const tmf_default_t *)list->elts;
    entry->draft->resource.n_defaults = list->nelts;
}

static void read_mandatory(tmf_entry_t *entry, json_t *value,
                           const char *pointer)
{
    const apr_array_header_t *paths = tmf_attribute_strings(entry, value,
                                                            pointer);
    const tmf_schema_t *schema = entry->draft->resource.schema;
    int i = 0;

    entry->draft->mandatory = apr_array_make(entry->p, paths->nelts + 1,
                                             sizeof(char *));
    for (i = 0; i < paths->nelts; i++) {
        const tmf_named_t *path = &APR_ARRAY_IDX(paths, i, tmf_named_t);

        if (schema && !tmf_demand_declared(schema, path->name)) {
            tmf_doc_fault(entry->doc, path->pointer, "attribute \"%s\" is "
                          "not declared", path->name);
        }
        APR_ARRAY_PUSH(entry->draft->mandatory, const char *) = path->name;
    }
}

static void check_state_value(tmf_entry_t *entry, const char *text,
                              const char *pointer)
{
    const char *state = entry->draft->resource.state;
    const tmf_schema_t *schema = state ? tmf_attribute_find(entry, state)
                                       : NULL;
    json_t *value = NULL;

    if (schema && schema->type == TMF_TYPE_STRING) {
        value = json_string(text);
        tmf_attribute_check_value(entry, schema, value, pointer);
        json_decref(value);
    }
}

static void read_transition(tmf_entry_t *entry, const json_t *array,
                            tmf_transition_t *transition,
                            const char *pointer)
{
    const apr_array_header_t *strings = tmf_attribute_strings(entry, array,
                                                              pointer);
    apr_array_header_t *names = apr_array_make(entry->p, strings->nelts + 1,
                                               sizeof(char *));
    int i = 0;

    check_state_value(entry, transition->from, pointer);
    for (i = 0; i < strings->nelts; i++) {
        const tmf_named_t *to = &APR_ARRAY_IDX(strings, i, tmf_named_t);

        check_state_value(entry, to->name, to->pointer);
        APR_ARRAY_PUSH(names, const char *) = to->name;
    }
    transition->to = (const char *const *)names->elts;
    transition->n_to = names->nelts;
}

/* Read when all else of the resource is: the state may stand behind. */
static void read_transitions(tmf_entry_t *entry, json_t *value,
                             const char *pointer)
{
    apr_array_header_t *list = apr_array_make(entry->p, 8,
                                              sizeof(tmf_transition_t));
    const char *key = NULL;
    json_t *array = NULL;

    if (!entry->draft->resource.state) {
        tmf_doc_fault(entry->doc, pointer, "needs \"state\"");
    }
    if (!json_is_object(value)) {
        tmf_doc_fault(entry->doc, pointer, "must be an object");
        return;
    }
    json_object_foreach(value, key, array) {
        tmf_transition_t *transition = apr_array_push(list);

        transition->from = apr_pstrdup(entry->p, key);
        read_transition(entry, array, transition,
                        tmf_pointer_member(entry->scratch, pointer, key));
    }
    entry->draft->resource.transitions = (const tmf_transition_t *)list->elts;
    entry->draft->resource.n_transitions = list->nelts;
}

static void read_later(tmf_entry_t *entry, json_t *value,
                       const char *pointer)
{
    (void)entry;
    (void)value;
    (void)pointer;
}

static const reader_t resource_readers[] = {
    {"table", read_table},
    {"readOnly", read_read_only},
    {"oneOf", read_one_of},
    {"defaults", read_defaults},
    {"touched", read_touched},
    {"state", read_state},
    {"indexes", read_indexes},
    {"events", read_events},
    {"loader", read_loader},
    {"mandatory", read_mandatory},
    {"transitions", read_later},
};

/* A draft that takes what is said of a resource that doesn't exist, so
 * that the rest of the entry is checked nevertheless. */
static tmf_draft_t *make_blank(const tmf_entry_t *entry)
{
    tmf_draft_t *draft = apr_pcalloc(entry->scratch, sizeof(*draft));

    draft->create_ignored = apr_array_make(entry->scratch, 4,
                                           sizeof(char *));
    return draft;
}

static void read_resource(tmf_entry_t *entry, const char *name,
                          json_t *value, const char *pointer)
{
    entry->draft = tmf_draft_find(entry->loader, name);
    if (!entry->draft) {
        entry->draft = make_blank(entry);
        if (entry->loader->knows_paths) {
            tmf_doc_fault(entry->doc, pointer, "unknown resource \"%s\"",
                          name);
        }
    }
    if (!json_is_object(value)) {
        tmf_doc_fault(entry->doc, pointer, "must be an object");
        return;
    }
    read_members(entry, value, pointer, resource_readers,
                 COUNT(resource_readers));
    if (json_object_get(value, "transitions")) {
        read_transitions(entry, json_object_get(value, "transitions"),
                         tmf_pointer_member(entry->scratch, pointer,
                                            "transitions"));
    }
}

static void read_resources(tmf_entry_t *entry, json_t *value,
                           const char *pointer)
{
    const char *key = NULL;
    json_t *resource = NULL;

    if (!json_is_object(value)) {
        tmf_doc_fault(entry->doc, pointer, "must be an object");
        return;
    }
    json_object_foreach(value, key, resource) {
        read_resource(entry, key, resource,
                      tmf_pointer_member(entry->scratch, pointer, key));
    }
}

static void read_data_set(tmf_entry_t *entry, json_t *value,
                          const char *pointer)
{
    const char *text = read_identifier(entry, value, pointer);

    if (text && !tmf_name_is_data_set(text)) {
        tmf_doc_fault(entry->doc, pointer, "must be " TMF_NAME_DATA_SET_RULE);
        return;
    }
    entry->loader->data_set = text;
}

static const reader_t overlay_readers[] = {
    {"dataSet", read_data_set},
    {"resources", read_resources},
};

void tmf_overlay_apply(tmf_loader_t *loader)
{
    tmf_entry_t entry = {loader, loader->overlay, loader->p, loader->scratch,
                         NULL};

    read_members(&entry, loader->overlay->root, "", overlay_readers,
                 COUNT(overlay_readers));
}
