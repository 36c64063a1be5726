#include "api/tmf_validate.h"

#include <string.h>

#include <apr_strings.h>

#include "api/tmf_href.h"
#include "base/tmf_text.h"
#include "base/tmf_time.h"
#include "spec/tmf_pointer.h"

#define ENUMS_LISTED 10       /* values a message may name */
#define INTEGERS_FROM 9007199254740992.0  /* 2^53: no fraction from here */

/* Where a walk through a body is: a chain that ends at the body. It becomes
 * a pointer only when there is something to tell. */
typedef struct place_t {
    const struct place_t *parent; /* NULL: the body itself */
    const char *name;         /* of a member, NULL: an element */
    apr_size_t element;
} place_t;

typedef struct walk_t {
    apr_pool_t *p;
    apr_array_header_t *violations;   /* NULL: none yet */
    int unlisted;             /* violations beyond the maximum */
} walk_t;

static const char *const type_messages[] = {
    [TMF_TYPE_STRING] = "must be a string",
    [TMF_TYPE_NUMBER] = "must be a number",
    [TMF_TYPE_INTEGER] = "must be an integer",
    [TMF_TYPE_BOOLEAN] = "must be true or false",
    [TMF_TYPE_OBJECT] = "must be an object",
    [TMF_TYPE_ARRAY] = "must be an array"
};

static const place_t whole_body = { NULL, NULL, 0 };

/* --- violations ---------------------------------------------------------- */

/* Recurses as deep as the body. */
static const char *make_pointer(apr_pool_t *p, const place_t *place)
{
    const char *parent = place->parent ? make_pointer(p, place->parent) : "";

    if (!place->parent) {
        return parent;
    }
    return place->name ? tmf_pointer_member(p, parent, place->name)
                       : tmf_pointer_element(p, parent, place->element);
}

static int is_full(const walk_t *walk)
{
    return walk->violations
        && walk->violations->nelts == TMF_VIOLATIONS_MAX;
}

static void add(walk_t *walk, const place_t *place, const char *rule,
                const char *message)
{
    tmf_violation_t *violation = NULL;

    if (is_full(walk)) {
        walk->unlisted++;
        return;
    }
    if (!walk->violations) {
        walk->violations = apr_array_make(walk->p, 4,
                                          sizeof(tmf_violation_t));
    }
    violation = apr_array_push(walk->violations);
    violation->pointer = make_pointer(walk->p, place);
    violation->rule = rule;
    violation->message = message;
}

static tmf_error_t *conclude(const walk_t *walk)
{
    tmf_error_t *err = NULL;

    if (!walk->violations) {
        return NULL;
    }
    err = tmf_error_violations(walk->p, TMF_INVALID_BODY, walk->violations);
    if (walk->unlisted > 0) {
        err->message = apr_psprintf(walk->p, "%s; %d more rules are broken",
                                    err->message, walk->unlisted);
    }
    return err;
}

/* "must be one of: a, b" */
static const char *list_names(apr_pool_t *p, const char *start,
                              const char *const *names, int n)
{
    tmf_text_t *text = tmf_text_make(p, 128, 0);
    int i = 0;

    tmf_text_puts(text, start);
    for (i = 0; i < n; i++) {
        tmf_text_puts(text, i > 0 ? ", " : " ");
        tmf_text_puts(text, names[i]);
    }
    return tmf_text_string(text);
}

/* --- values -------------------------------------------------------------- */

static int is_named(const char *const *names, int n, const char *name)
{
    int i = 0;

    for (i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A fraction that a double can't hold beside its digits passes. */
static int is_integral(const json_t *number)
{
    double value = json_number_value(number);

    return value >= INTEGERS_FROM || value <= -INTEGERS_FROM
        || value == (double)(apr_int64_t)value;
}

static int has_type(tmf_type_t type, const json_t *value)
{
    switch (type) {
    case TMF_TYPE_STRING:
        return json_is_string(value);
    case TMF_TYPE_NUMBER:
        return json_is_number(value);
    case TMF_TYPE_INTEGER:
        return json_is_number(value) && is_integral(value);
    case TMF_TYPE_BOOLEAN:
        return json_is_boolean(value);
    case TMF_TYPE_OBJECT:
        return json_is_object(value);
    case TMF_TYPE_ARRAY:
        return json_is_array(value);
    default:
        return 1;
    }
}

/* Base64 (RFC 4648, section 4); the padding may be left out. */
static int is_base64(const char *s)
{
    apr_size_t data = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789+/");
    apr_size_t padding = strspn(s + data, "=");

    if (s[data + padding]) {
        return 0;
    }
    return padding == 0 ? data % 4 != 1
                        : padding <= 2 && (data + padding) % 4 == 0;
}

/* NULL, or what the string should be. A uri is not looked at: clients put
 * any text there. */
static const char *format_message(tmf_format_t format, const char *s)
{
    switch (format) {
    case TMF_FORMAT_DATE_TIME:
        return tmf_time_valid(s) ? NULL
                                 : "must be a date or date-time (ISO 8601)";
    case TMF_FORMAT_DATE:
        return tmf_date_valid(s) ? NULL : "must be a date, YYYY-MM-DD";
    case TMF_FORMAT_BYTE:
        return is_base64(s) ? NULL : "must be base64";
    default:
        return NULL;
    }
}

/* A text that won't be listed isn't made: there may be very many. */
static const char *enum_message(const walk_t *walk,
                                const tmf_schema_t *schema)
{
    if (schema->n_enums > ENUMS_LISTED || is_full(walk)) {
        return "must be one of the declared values";
    }
    return list_names(walk->p, "must be one of:", schema->enums,
                      schema->n_enums);
}

static void check_string(walk_t *walk, const tmf_schema_t *schema,
                         const json_t *value, const place_t *place)
{
    const char *s = json_string_value(value);
    const char *message = format_message(schema->format, s);

    if (message) {
        add(walk, place, "format", message);
    }
    if (schema->n_enums > 0
        && !is_named(schema->enums, schema->n_enums, s)) {
        add(walk, place, "enum", enum_message(walk, schema));
    }
}

static void check_value(walk_t *walk, const tmf_schema_t *schema,
                        const json_t *value, const place_t *place);

/* A member that is null is not there, or is to be deleted. */
static void check_members(walk_t *walk, const tmf_schema_t *schema,
                          const json_t *object, const place_t *place)
{
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach((json_t *)object, name, value) {
        place_t member = { place, name, 0 };
        const tmf_schema_t *declared
            = tmf_schema_property(schema, name, strlen(name));

        if (declared && !json_is_null(value)) {
            check_value(walk, declared, value, &member);
        }
    }
}

static void check_elements(walk_t *walk, const tmf_schema_t *items,
                           const json_t *array, const place_t *place)
{
    apr_size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(array, i, value) {
        place_t element = { place, NULL, i };

        check_value(walk, items, value, &element);
    }
}

/* A schema may hold itself; the body can't: this recurses as deep as the
 * body, for which TMF_JSON_DEPTH is the bound. */
static void check_value(walk_t *walk, const tmf_schema_t *schema,
                        const json_t *value, const place_t *place)
{
    if (!has_type(schema->type, value)) {
        add(walk, place, "type", type_messages[schema->type]);
    }
    else if (schema->type == TMF_TYPE_STRING) {
        check_string(walk, schema, value, place);
    }
    else if (schema->type == TMF_TYPE_OBJECT) {
        check_members(walk, schema, value, place);
    }
    else if (schema->type == TMF_TYPE_ARRAY && schema->items) {
        check_elements(walk, schema->items, value, place);
    }
}

/* --- create -------------------------------------------------------------- */

static int is_ignored(const tmf_resource_t *resource, const char *name)
{
    return is_named(resource->create_ignored, resource->n_create_ignored,
                    name);
}

static apr_size_t count_characters(const char *s)
{
    apr_size_t n = 0;

    for (; *s; s++) {
        n += ((unsigned char)*s & 0xC0) != 0x80;
    }
    return n;
}

/* "." and ".." would vanish from the path of an href. */
static int is_id(const json_t *value)
{
    const char *id = json_string_value(value);

    return id && *id && count_characters(id) <= TMF_ID_MAX
        && strcmp(id, ".") != 0 && strcmp(id, "..") != 0;
}

static void check_own_id(walk_t *walk, const json_t *value,
                         const place_t *place)
{
    if (!json_is_null(value) && !is_id(value)) {
        add(walk, place, "id", "must be a string of 1 to "
            APR_STRINGIFY(TMF_ID_MAX) " characters, and not . or ..");
    }
}

/* The body sets the attribute. */
static int is_set(const tmf_resource_t *resource, const json_t *body,
                  const char *name)
{
    const json_t *value = json_object_get(body, name);

    return value && !json_is_null(value) && !is_ignored(resource, name);
}

/* As for tmf_resource_t.required: a name that isn't declared demands
 * nothing, and what the server sets isn't demanded. */
static int is_demanded(const tmf_resource_t *resource,
                       const tmf_schema_t *schema, const char *name)
{
    apr_size_t length = strlen(name);

    return !is_ignored(resource, name) && strcmp(name, "@type") != 0
        && (tmf_schema_property(schema, name, length)
            || tmf_schema_property(resource->schema, name, length));
}

static void check_required(walk_t *walk, const tmf_resource_t *resource,
                           const tmf_schema_t *schema, const json_t *body)
{
    int i = 0;

    for (i = 0; i < schema->n_required; i++) {
        const char *name = schema->required[i];
        place_t member = { &whole_body, name, 0 };

        if (is_demanded(resource, schema, name)
            && !is_set(resource, body, name)) {
            add(walk, &member, "required", "is required");
        }
    }
}

static void check_one_of(walk_t *walk, const tmf_resource_t *resource,
                         const json_t *body)
{
    int i = 0;

    for (i = 0; i < resource->n_one_of; i++) {
        const tmf_one_of_t *group = &resource->one_of[i];
        int k = 0;

        while (k < group->n_attributes
               && !is_set(resource, body, group->attributes[k])) {
            k++;
        }
        if (k == group->n_attributes) {
            add(walk, &whole_body, "oneOf",
                list_names(walk->p, "must have at least one of:",
                           group->attributes, group->n_attributes));
        }
    }
}

tmf_error_t *tmf_validate_create(const tmf_resource_t *resource,
                                 const json_t *body, int client_ids,
                                 apr_pool_t *p)
{
    const tmf_schema_t *schema = resource->create ? resource->create
                                                  : resource->schema;
    walk_t walk = { p, NULL, 0 };
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach((json_t *)body, name, value) {
        place_t member = { &whole_body, name, 0 };
        const tmf_schema_t *declared
            = tmf_schema_property(schema, name, strlen(name));

        if (client_ids && strcmp(name, "id") == 0) {
            check_own_id(&walk, value, &member);
        }
        else if (declared && !json_is_null(value)
                 && !is_ignored(resource, name)) {
            check_value(&walk, declared, value, &member);
        }
    }
    check_required(&walk, resource, schema, body);
    check_one_of(&walk, resource, body);
    return conclude(&walk);
}

/* --- patch --------------------------------------------------------------- */

/* True if it is what the server keeps beside the document. */
static int is_key(const char *name)
{
    return strcmp(name, "id") == 0 || strcmp(name, "href") == 0;
}

/* id and href may have the value that they have already. */
static void check_key(walk_t *walk, const tmf_resource_t *resource,
                      const char *id, const json_t *json,
                      const place_t *place)
{
    const char *value = json_string_value(json);

    if (value && strcmp(place->name, "href") == 0) {
        value = tmf_href_id(value, resource->name, walk->p);
    }
    if (!value || strcmp(value, id) != 0) {
        add(walk, place, "readOnly", "cannot be changed");
    }
}

/* The schema of an attribute that may change, NULL if it is free or the
 * store's to refuse. */
static const tmf_schema_t *find_changeable(const tmf_resource_t *resource,
                                           const char *name)
{
    apr_size_t length = strlen(name);
    const tmf_schema_t *declared = NULL;

    if (is_named(resource->update_fixed, resource->n_update_fixed, name)) {
        return NULL;
    }
    declared = tmf_schema_property(resource->update, name, length);
    return declared ? declared
                    : tmf_schema_property(resource->schema, name, length);
}

tmf_error_t *tmf_validate_patch(const tmf_resource_t *resource,
                                const json_t *patch, const char *id,
                                apr_pool_t *p)
{
    walk_t walk = { p, NULL, 0 };
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach((json_t *)patch, name, value) {
        place_t member = { &whole_body, name, 0 };
        const tmf_schema_t *declared = find_changeable(resource, name);

        if (is_key(name)) {
            check_key(&walk, resource, id, value, &member);
        }
        else if (declared && !json_is_null(value)) {
            check_value(&walk, declared, value, &member);
        }
    }
    return conclude(&walk);
}
