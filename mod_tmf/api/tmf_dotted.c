#include "api/tmf_dotted.h"

#include <string.h>

#include <apr_strings.h>

#include "base/tmf_number.h"

#define NAME_BYTES 255        /* of one name in a path */

const char *tmf_dotted_split(const char *path, apr_pool_t *p,
                             tmf_operand_t *operand)
{
    const char **names = apr_palloc(p, TMF_PATH_MAX * sizeof(*names));
    int n = 0;

    for (; path; n++) {
        apr_size_t length = strcspn(path, ".");

        if (n == TMF_PATH_MAX) {
            return "has more than " APR_STRINGIFY(TMF_PATH_MAX) " names";
        }
        if (length == 0) {
            return "has an empty name";
        }
        if (length > NAME_BYTES) {
            return "has a name longer than " APR_STRINGIFY(NAME_BYTES)
                " bytes";
        }
        names[n] = apr_pstrmemdup(p, path, length);
        path = path[length] ? path + length + 1 : NULL;
    }
    operand->names = names;
    operand->n_names = n;
    return NULL;
}

/* What an array holds in the end. An array may be declared to hold itself:
 * no stored value is nested deeper than the bound. */
static const tmf_schema_t *element_of(const tmf_schema_t *schema,
                                      tmf_operand_t *operand, int name)
{
    unsigned char depth = 0;

    for (; schema && schema->type == TMF_TYPE_ARRAY; depth++) {
        schema = depth < TMF_JSON_DEPTH ? schema->items : NULL;
    }
    operand->arrays[name] = depth;
    operand->many = operand->many || depth > 0;
    return schema;
}

const tmf_schema_t *tmf_dotted_find(tmf_operand_t *operand,
                                    const tmf_resource_t *resource)
{
    const tmf_schema_t *schema = resource->schema;
    int i = 0;

    for (i = 0; schema && i < operand->n_names; i++) {
        const char *name = operand->names[i];

        schema = tmf_schema_property(
            i > 0 ? element_of(schema, operand, i - 1) : schema, name,
            strlen(name));
    }
    return schema;
}

tmf_compare_t tmf_compare_of(const tmf_schema_t *schema)
{
    switch (schema ? schema->type : TMF_TYPE_ANY) {
    case TMF_TYPE_ANY:
        return TMF_COMPARE_ANY;
    case TMF_TYPE_STRING:
        return schema->format == TMF_FORMAT_DATE_TIME ? TMF_COMPARE_TIME
                                                      : TMF_COMPARE_TEXT;
    case TMF_TYPE_NUMBER:
    case TMF_TYPE_INTEGER:
    case TMF_TYPE_BOOLEAN:
        return TMF_COMPARE_JSON;
    default:
        return TMF_COMPARE_NOTHING;   /* an object equals no text */
    }
}

const tmf_schema_t *tmf_dotted_type(tmf_operand_t *operand,
                                    const tmf_resource_t *resource)
{
    const tmf_schema_t *schema = NULL;

    operand->many = 0;
    memset(operand->arrays, 0, sizeof(operand->arrays));
    if (tmf_dotted_is(operand, "id")) {
        operand->compare = TMF_COMPARE_ID;
        return NULL;
    }
    if (tmf_dotted_is(operand, "href")) {
        operand->compare = TMF_COMPARE_TEXT;
        return NULL;
    }
    schema = element_of(tmf_dotted_find(operand, resource), operand,
                        operand->n_names - 1);
    operand->compare = tmf_compare_of(schema);
    if (operand->compare == TMF_COMPARE_ANY) {
        operand->many = 1;
    }
    return schema;
}

int tmf_dotted_is(const tmf_operand_t *operand, const char *name)
{
    return operand->n_names == 1 && strcmp(operand->names[0], name) == 0;
}

int tmf_dotted_same(const tmf_operand_t *a, const tmf_operand_t *b)
{
    int i = 0;

    if (a->n_names != b->n_names) {
        return 0;
    }
    while (i < a->n_names && strcmp(a->names[i], b->names[i]) == 0) {
        i++;
    }
    return i == a->n_names;
}
