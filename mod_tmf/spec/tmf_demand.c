#include "spec/tmf_demand.h"

#include <string.h>

#include <apr_strings.h>

int tmf_demand_declared(const tmf_schema_t *schema, const char *path)
{
    if (!*path) {
        return 0;
    }
    while (schema && *path) {
        apr_size_t length = strcspn(path, ".");

        while (schema && schema->type == TMF_TYPE_ARRAY) {
            schema = schema->items;
        }
        schema = length ? tmf_schema_property(schema, path, length) : NULL;
        path += length + (path[length] && path[length + 1] ? 1 : 0);
        if (*path == '.') {
            return 0;
        }
    }
    return schema != NULL;
}

static tmf_schema_t *copy(const tmf_schema_t *schema, apr_pool_t *p)
{
    tmf_schema_t *result = apr_pmemdup(p, schema, sizeof(*schema));
    apr_size_t size = (apr_size_t)schema->n_properties
        * sizeof(*schema->properties);

    result->properties = apr_pmemdup(p, schema->properties, size);
    return result;
}

static void require(tmf_schema_t *schema, const char *name, apr_pool_t *p)
{
    const char **names = NULL;
    int i = 0;

    if (tmf_schema_requires(schema, name)) {
        return;
    }
    names = apr_palloc(p, (apr_size_t)(schema->n_required + 1)
                       * sizeof(*names));
    for (i = 0; i < schema->n_required; i++) {
        names[i] = schema->required[i];
    }
    names[schema->n_required++] = name;
    schema->required = names;
}

/* The schema that takes another's place as one of a copy's attributes. */
static const tmf_schema_t **find_slot(tmf_schema_t *schema,
                                      const char *name, apr_size_t length)
{
    tmf_property_t *properties = (tmf_property_t *)schema->properties;
    int i = 0;

    for (i = 0; i < schema->n_properties; i++) {
        if (!strncmp(properties[i].name, name, length)
            && !properties[i].name[length]) {
            return &properties[i].schema;
        }
    }
    return NULL;
}

/* As deep as the path is long. */
static const tmf_schema_t *demand_path(const tmf_schema_t *schema,
                                       const char *path, apr_pool_t *p)
{
    apr_size_t length = strcspn(path, ".");
    tmf_schema_t *result = copy(schema, p);
    const tmf_schema_t **slot = NULL;

    if (schema->type == TMF_TYPE_ARRAY && schema->items) {
        result->items = demand_path(schema->items, path, p);
        return result;
    }
    slot = find_slot(result, path, length);
    if (path[length]) {
        *slot = demand_path(*slot, path + length + 1, p);
    }
    else {
        require(result, path, p);
    }
    return result;
}

const tmf_schema_t *tmf_demand(const tmf_schema_t *schema,
                               const apr_array_header_t *paths,
                               apr_pool_t *p)
{
    int i = 0;

    for (i = 0; paths && i < paths->nelts; i++) {
        const char *path = APR_ARRAY_IDX(paths, i, const char *);

        if (tmf_demand_declared(schema, path)) {
            schema = demand_path(schema, path, p);
        }
    }
    return schema;
}
