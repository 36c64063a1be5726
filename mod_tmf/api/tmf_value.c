#include "api/tmf_value.h"

#include <string.h>

#include "base/tmf_time.h"

#define ENUMS_LISTED 10       /* values a message may name */
#define INTEGERS_FROM 9007199254740992.0  /* 2^53: no fraction from here */

static const char *const type_messages[] = {
    [TMF_TYPE_STRING] = "must be a string",
    [TMF_TYPE_NUMBER] = "must be a number",
    [TMF_TYPE_INTEGER] = "must be an integer",
    [TMF_TYPE_BOOLEAN] = "must be true or false",
    [TMF_TYPE_OBJECT] = "must be an object",
    [TMF_TYPE_ARRAY] = "must be an array"
};

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
static const char *enum_message(const tmf_walk_t *walk,
                                const tmf_schema_t *schema)
{
    if (schema->n_enums > ENUMS_LISTED || tmf_walk_full(walk)) {
        return "must be one of the declared values";
    }
    return tmf_walk_list(walk->p, "must be one of:", schema->enums,
                         schema->n_enums);
}

static void check_string(tmf_walk_t *walk, const tmf_schema_t *schema,
                         const json_t *value, const tmf_spot_t *spot)
{
    const char *s = json_string_value(value);
    const char *message = format_message(schema->format, s);

    if (message) {
        tmf_walk_add(walk, spot, "format", message);
    }
    if (schema->n_enums > 0
        && !is_named(schema->enums, schema->n_enums, s)) {
        tmf_walk_add(walk, spot, "enum", enum_message(walk, schema));
    }
}

int tmf_value_has(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return value && !json_is_null(value);
}

const tmf_schema_t *tmf_value_schema(const tmf_schema_t *schema,
                                     const json_t *object)
{
    return tmf_schema_actual(
        schema, json_string_value(json_object_get(object, "@type")));
}

/* Names with "@" in front extend any object (TMF630 part 2). */
int tmf_value_is_unknown(const tmf_walk_t *walk, const char *name)
{
    return walk->closed && *name != '@';
}

static void check_required(tmf_walk_t *walk, const tmf_schema_t *schema,
                           const json_t *object, const tmf_spot_t *spot)
{
    int i = 0;

    for (i = 0; i < schema->n_required; i++) {
        const char *name = schema->required[i];
        tmf_spot_t member = { spot, name, 0 };

        if (tmf_schema_property(schema, name, strlen(name))
            && !tmf_value_has(object, name)) {
            tmf_walk_add(walk, &member, "required", "is required");
        }
    }
}

static void check_members(tmf_walk_t *walk, const tmf_schema_t *schema,
                          const json_t *object, const tmf_spot_t *spot)
{
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach((json_t *)object, name, value) {
        tmf_spot_t member = { spot, name, 0 };
        const tmf_schema_t *declared
            = tmf_schema_property(schema, name, strlen(name));

        if (json_is_null(value)) {
            continue;
        }
        if (declared) {
            tmf_value_check(walk, declared, value, &member);
        }
        else if (schema->n_properties > 0
                 && tmf_value_is_unknown(walk, name)) {
            tmf_walk_add(walk, &member, "unknown", "is not declared");
        }
    }
    if (walk->complete && !walk->merged) {
        check_required(walk, schema, object, spot);
    }
}

static void check_elements(tmf_walk_t *walk, const tmf_schema_t *items,
                           const json_t *array, const tmf_spot_t *spot)
{
    int merged = walk->merged;
    apr_size_t i = 0;
    const json_t *value = NULL;

    walk->merged = 0;
    json_array_foreach(array, i, value) {
        tmf_spot_t element = { spot, NULL, i };

        tmf_value_check(walk, items, value, &element);
    }
    walk->merged = merged;
}

/* A schema may hold itself; the body can't: this recurses as deep as the
 * body, for which TMF_JSON_DEPTH is the bound. */
void tmf_value_check(tmf_walk_t *walk, const tmf_schema_t *schema,
                     const json_t *value, const tmf_spot_t *spot)
{
    if (json_is_object(value)) {
        schema = tmf_value_schema(schema, value);
    }
    if (!has_type(schema->type, value)) {
        tmf_walk_add(walk, spot, "type", type_messages[schema->type]);
    }
    else if (schema->type == TMF_TYPE_STRING) {
        check_string(walk, schema, value, spot);
    }
    else if (schema->type == TMF_TYPE_OBJECT) {
        check_members(walk, schema, value, spot);
    }
    else if (schema->type == TMF_TYPE_ARRAY && schema->items) {
        check_elements(walk, schema->items, value, spot);
    }
}

void tmf_value_check_merged(tmf_walk_t *walk, const tmf_schema_t *schema,
                            const json_t *value, const tmf_spot_t *spot)
{
    walk->merged = 1;
    tmf_value_check(walk, schema, value, spot);
    walk->merged = 0;
}
