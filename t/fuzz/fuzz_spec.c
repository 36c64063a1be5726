/* Fuzz target: a definition and, after a line "---", an overlay. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "spec/tmf_load.h"

#define SEPARATOR "\n---\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static apr_pool_t *root_pool(void)
{
    static apr_pool_t *p;

    if (!p) {
        apr_initialize();
        apr_pool_create(&p, NULL);
    }
    return p;
}

/* What every host does with a result: use each of its texts. */
static size_t measure(const tmf_spec_t *spec)
{
    size_t sum = strlen(spec->title) + strlen(spec->data_set);
    int i = 0;

    for (i = 0; i < spec->n_resources; i++) {
        const tmf_resource_t *resource = &spec->resources[i];

        sum += strlen(resource->name) + strlen(resource->type)
            + strlen(resource->table) + strlen(resource->description)
            + (size_t)resource->schema->n_properties;
        if (tmf_spec_route(spec, resource->name)->resource != resource) {
            __builtin_trap();
        }
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p = NULL;
    tmf_source_t definition = {"definition.json", NULL, 0};
    tmf_source_t overlay = {"overlay.json", "", 0};
    apr_array_header_t *faults = NULL;
    const tmf_spec_t *spec = NULL;
    char *text = NULL;
    char *split = NULL;

    apr_pool_create(&p, root_pool());
    faults = apr_array_make(p, 4, sizeof(tmf_fault_t));
    text = apr_pstrmemdup(p, (const char *)data, size);
    definition.text = text;
    definition.len = size;
    split = strstr(text, SEPARATOR);
    if (split) {
        definition.len = (size_t)(split - text);
        overlay.text = split + sizeof(SEPARATOR) - 1;
        overlay.len = size - (size_t)(overlay.text - text);
    }
    spec = tmf_load_texts(&definition, split ? &overlay : NULL, faults, p);
    /* either a result or a reason, never both or neither */
    if (!spec == (faults->nelts == 0) || (spec && measure(spec) == 0)) {
        __builtin_trap();
    }
    apr_pool_destroy(p);
    return 0;
}
