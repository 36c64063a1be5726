#include "spec/tmf_shape.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <jansson.h>

#include "spec/tmf_compile.h"

#define FLAGS (JSON_COMPACT | JSON_SORT_KEYS)

/* The schemas met so far, in the order of their numbers. */
typedef struct shapes_t {
    apr_array_header_t *list; /* of const tmf_schema_t * */
    apr_hash_t *numbers;      /* const tmf_schema_t * to int * */
    apr_pool_t *p;
} shapes_t;

static json_t *number_of(shapes_t *shapes, const tmf_schema_t *schema)
{
    const tmf_schema_t **key = NULL;
    int *number = apr_hash_get(shapes->numbers, &schema, sizeof(schema));

    if (!number) {
        number = apr_palloc(shapes->p, sizeof(*number));
        *number = shapes->list->nelts;
        key = apr_palloc(shapes->p, sizeof(*key));
        *key = schema;
        apr_hash_set(shapes->numbers, key, sizeof(*key), number);
        APR_ARRAY_PUSH(shapes->list, const tmf_schema_t *) = schema;
    }
    return json_integer(*number);
}

static void set_numbers(shapes_t *shapes, json_t *shape, const char *key,
                        const tmf_property_t *properties, int n)
{
    json_t *object = json_object();
    int i = 0;

    for (i = 0; i < n; i++) {
        json_object_set_new(object, properties[i].name,
                            number_of(shapes, properties[i].schema));
    }
    if (n > 0) {
        json_object_set(shape, key, object);
    }
    json_decref(object);
}

static void set_strings(json_t *shape, const char *key,
                        const char *const *strings, int n)
{
    json_t *array = json_array();
    int i = 0;

    for (i = 0; i < n; i++) {
        json_array_append_new(array, json_string(strings[i]));
    }
    if (n > 0) {
        json_object_set(shape, key, array);
    }
    json_decref(array);
}

static void set_required(json_t *shape, const tmf_schema_t *schema,
                         apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, schema->n_required + 1,
                                               sizeof(char *));
    int i = 0;

    for (i = 0; i < schema->n_required; i++) {
        const char *name = schema->required[i];

        if (tmf_schema_property(schema, name, strlen(name))) {
            APR_ARRAY_PUSH(names, const char *) = name;
        }
    }
    set_strings(shape, "required", (const char *const *)names->elts,
                names->nelts);
}

/* A uri is not looked at: clients put any text there. */
static int is_checked(tmf_format_t format)
{
    return format == TMF_FORMAT_DATE_TIME || format == TMF_FORMAT_DATE
        || format == TMF_FORMAT_BYTE;
}

static json_t *make_shape(shapes_t *shapes, const tmf_schema_t *schema)
{
    json_t *shape = json_object();

    if (schema->type != TMF_TYPE_ANY) {
        json_object_set_new(shape, "type",
                            json_string(tmf_type_name(schema->type)));
    }
    if (is_checked(schema->format)) {
        json_object_set_new(shape, "format",
                            json_string(tmf_schema_describe(schema)));
    }
    set_strings(shape, "enum", schema->enums, schema->n_enums);
    set_numbers(shapes, shape, "properties", schema->properties,
                schema->n_properties);
    set_required(shape, schema, shapes->p);
    if (schema->items) {
        json_object_set_new(shape, "items",
                            number_of(shapes, schema->items));
    }
    set_numbers(shapes, shape, "subtypes", schema->subtypes,
                schema->n_subtypes);
    return shape;
}

const char *tmf_shape_json(const tmf_schema_t *schema, apr_pool_t *p)
{
    shapes_t shapes = { NULL, NULL, NULL };
    json_t *array = json_array();
    char *result = NULL;
    size_t size = 0;
    int i = 0;

    apr_pool_create(&shapes.p, p);
    shapes.list = apr_array_make(shapes.p, 64, sizeof(tmf_schema_t *));
    shapes.numbers = apr_hash_make(shapes.p);
    json_decref(number_of(&shapes, schema));
    /* the list grows meanwhile */
    for (i = 0; i < shapes.list->nelts; i++) {
        json_array_append_new(array, make_shape(
            &shapes, APR_ARRAY_IDX(shapes.list, i, const tmf_schema_t *)));
    }
    size = json_dumpb(array, NULL, 0, FLAGS);
    result = apr_pcalloc(p, size + 1);
    json_dumpb(array, result, size, FLAGS);
    json_decref(array);
    apr_pool_destroy(shapes.p);
    return result;
}
