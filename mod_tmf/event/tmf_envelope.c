#include "event/tmf_envelope.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <jansson.h>

#include "spec/tmf_name.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const tmf_schema_t text_schema = { .type = TMF_TYPE_STRING };
static const tmf_schema_t time_schema = { .type = TMF_TYPE_STRING,
                                          .format = TMF_FORMAT_DATE_TIME };

/* All but "event". timeOcurred is how the standard spells it in version 4;
 * who asks for the other name there, or for this one in version 5, gets what
 * an absent attribute gives. */
static const tmf_property_t own[] = {
    { "@baseType", &text_schema },
    { "@schemaLocation", &text_schema },
    { "@type", &text_schema },
    { "correlationId", &text_schema },
    { "description", &text_schema },
    { "domain", &text_schema },
    { "eventId", &text_schema },
    { "eventTime", &time_schema },
    { "eventType", &text_schema },
    { "fieldPath", &text_schema },
    { "href", &text_schema },
    { "id", &text_schema },
    { "priority", &text_schema },
    { "timeOccurred", &time_schema },
    { "timeOcurred", &time_schema },
    { "title", &text_schema }
};

/* What no selection drops. */
static const char *const kept[] = {
    "@type", "eventId", "eventTime", "eventType", "id", "href"
};
static const char *const kept_of_resource[] = { "id", "href" };

static int by_name(const void *left, const void *right)
{
    const tmf_property_t *first = left;
    const tmf_property_t *second = right;

    return strcmp(first->name, second->name);
}

static const tmf_schema_t *make_object(apr_array_header_t *properties)
{
    tmf_schema_t *schema = apr_pcalloc(properties->pool, sizeof(*schema));

    qsort(properties->elts, (size_t)properties->nelts,
          sizeof(tmf_property_t), by_name);
    schema->type = TMF_TYPE_OBJECT;
    schema->properties = (const tmf_property_t *)properties->elts;
    schema->n_properties = properties->nelts;
    return schema;
}

static void add(apr_array_header_t *properties, const char *name,
                const tmf_schema_t *schema)
{
    tmf_property_t *property = apr_array_push(properties);

    property->name = name;
    property->schema = schema;
}

static const tmf_schema_t *make_event(const tmf_spec_t *spec, apr_pool_t *p)
{
    apr_array_header_t *properties = apr_array_make(p, 8,
                                                    sizeof(tmf_property_t));
    int i = 0;

    for (i = 0; i < spec->n_resources; i++) {
        if (spec->resources[i].events) {
            add(properties, spec->resources[i].name,
                spec->resources[i].schema);
        }
    }
    return make_object(properties);
}

const tmf_resource_t *tmf_envelope_make(const tmf_spec_t *spec,
                                        apr_pool_t *p)
{
    tmf_resource_t *envelope = apr_pcalloc(p, sizeof(*envelope));
    apr_array_header_t *properties = apr_array_make(p, COUNT(own) + 1,
                                                    sizeof(tmf_property_t));
    apr_size_t i = 0;

    for (i = 0; i < COUNT(own); i++) {
        add(properties, own[i].name, own[i].schema);
    }
    add(properties, "event", make_event(spec, p));
    envelope->name = "event";
    envelope->type = "Event";
    envelope->table = "event";
    envelope->schema = make_object(properties);
    return envelope;
}

int tmf_envelope_is_v5(const tmf_spec_t *spec)
{
    const char *version = spec->version;

    while (*version && !apr_isdigit(*version)) {
        version++;
    }
    return apr_atoi64(version) >= 5;
}

const apr_array_header_t *tmf_envelope_types(const tmf_spec_t *spec,
                                             apr_pool_t *p)
{
    apr_array_header_t *types = apr_array_make(p, 8, sizeof(const char *));
    int i = 0;
    int kind = 0;

    for (i = 0; i < spec->n_resources; i++) {
        const tmf_resource_t *resource = &spec->resources[i];

        for (kind = 0; kind < TMF_EVENT_KINDS; kind++) {
            if (resource->events & (1U << kind)) {
                APR_ARRAY_PUSH(types, const char *) = tmf_name_of_event(
                    p, resource->type, (tmf_event_kind_t)kind);
            }
        }
    }
    return types;
}

/* --- queries ------------------------------------------------------------ */

static tmf_error_t *refuse(apr_pool_t *p, const char *rule)
{
    return tmf_error(p, TMF_INVALID_QUERY, "%s", rule);
}

/* A path of which no envelope has the beginning would match, or show,
 * nothing for ever. What a resource has below its name is as free as in its
 * collection. */
static tmf_error_t *check_names(const tmf_resource_t *envelope,
                                const char *first, const char *second,
                                apr_pool_t *p)
{
    const tmf_schema_t *schema = tmf_schema_property(envelope->schema, first,
                                                     strlen(first));

    if (!schema) {
        return refuse(p, "names an attribute that no event has; those of a"
                      " resource are below event and its name:"
                      " event.RESOURCE.ATTRIBUTE");
    }
    if (schema->type == TMF_TYPE_OBJECT && second
        && !tmf_schema_property(schema, second, strlen(second))) {
        return refuse(p, "names a resource that has no events");
    }
    return NULL;
}

static tmf_error_t *check_criterion(const tmf_resource_t *envelope,
                                    const tmf_operand_t *operand,
                                    apr_pool_t *p)
{
    const char *const *names = operand->names;

    if (operand->n_names == 1 && !strcmp(names[0], "href")) {
        return refuse(p, "compares href, which is that of a resource:"
                      " event.RESOURCE.href");
    }
    TMF_TRY(check_names(envelope, names[0],
                        operand->n_names > 1 ? names[1] : NULL, p));
    return operand->compare == TMF_COMPARE_NOTHING
        ? refuse(p, "compares an object, which equals no text") : NULL;
}

static tmf_error_t *check_term(const tmf_resource_t *envelope,
                               const tmf_term_t *term, apr_pool_t *p)
{
    int i = 0;

    for (i = 0; i < term->n; i++) {
        TMF_TRY(check_criterion(envelope, &term->any[i].operand, p));
    }
    return NULL;
}

static tmf_error_t *check_fields(const tmf_resource_t *envelope,
                                 const tmf_fields_t *fields, apr_pool_t *p)
{
    int i = 0;
    int k = 0;

    for (i = 0; fields && i < fields->n; i++) {
        const tmf_field_t *field = &fields->list[i];

        TMF_TRY(check_names(envelope, field->name, NULL, p));
        for (k = 0; field->inner && k < field->inner->n; k++) {
            TMF_TRY(check_names(envelope, field->name,
                                field->inner->list[k].name, p));
        }
    }
    return NULL;
}

tmf_error_t *tmf_envelope_query(const char *text,
                                const tmf_resource_t *envelope,
                                apr_pool_t *p, tmf_query_t *query)
{
    int i = 0;

    TMF_TRY(tmf_query_parse(text, envelope, p, query));
    if (query->n_sorts || query->paged) {
        return refuse(p, "has sort, limit, offset or cursor, which are for"
                      " lists");
    }
    for (i = 0; i < query->n_terms; i++) {
        TMF_TRY(check_term(envelope, &query->terms[i], p));
    }
    return check_fields(envelope, query->fields, p);
}

/* --- selections --------------------------------------------------------- */

/* Names beside those selected; an object without members is a whole. */
static void keep(json_t *tree, const char *const *names, apr_size_t n)
{
    apr_size_t i = 0;

    for (i = 0; i < n; i++) {
        if (!json_object_get(tree, names[i])) {
            json_object_set_new(tree, names[i], json_object());
        }
    }
}

/* The tree below a name, made if it isn't there; NULL if it is selected as a
 * whole. */
static json_t *inner(json_t *tree, const char *name)
{
    json_t *value = json_object_get(tree, name);

    if (!value) {
        value = json_object();
        json_object_set_new(tree, name, value);
        return value;
    }
    return json_object_size(value) > 0 ? value : NULL;
}

static void keep_resources(json_t *tree, const tmf_schema_t *event)
{
    json_t *resources = inner(tree, "event");
    int i = 0;

    for (i = 0; resources && i < event->n_properties; i++) {
        json_t *resource = inner(resources, event->properties[i].name);

        if (resource) {
            keep(resource, kept_of_resource, COUNT(kept_of_resource));
        }
    }
}

const char *tmf_envelope_tree(const tmf_fields_t *fields,
                              const tmf_resource_t *envelope, apr_pool_t *p)
{
    const size_t flags = JSON_COMPACT | JSON_SORT_KEYS;
    json_t *tree = NULL;
    char *text = NULL;
    size_t length = 0;

    if (!fields) {
        return NULL;
    }
    tree = json_loads(tmf_fields_json(fields, p), 0, NULL);
    keep(tree, kept, COUNT(kept));
    keep_resources(tree, tmf_schema_property(envelope->schema, "event",
                                             strlen("event")));
    length = json_dumpb(tree, NULL, 0, flags);
    text = apr_pcalloc(p, length + 1);
    json_dumpb(tree, text, length, flags);
    json_decref(tree);
    return text;
}
