#include "spec/tmf_spec.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "spec/tmf_check.h"
#include "spec/tmf_draft.h"
#include "spec/tmf_load.h"
#include "spec/tmf_name.h"
#include "spec/tmf_overlay.h"
#include "spec/tmf_path.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* In the order of Allow. */
static const struct {
    const char *key;
    const char *method;
} hub_methods[] = {
    {"get", "GET"},
    {"post", "POST"},
    {"put", "PUT"},
    {"patch", "PATCH"},
    {"delete", "DELETE"},
};

/* False if the document is of a version whose rules are not known. */
static int check_version(tmf_doc_t *doc)
{
    const json_t *swagger = json_object_get(doc->root, "swagger");
    const json_t *openapi = json_object_get(doc->root, "openapi");
    const json_t *given = swagger ? swagger : openapi;
    const char *version = json_string_value(given);

    doc->is_swagger = swagger != NULL;
    if (!given) {
        tmf_doc_fault(doc, "", "has neither \"swagger\" nor \"openapi\"");
        return 1;
    }
    if (swagger && openapi) {
        tmf_doc_fault(doc, "", "has both \"swagger\" and \"openapi\"");
        return 0;
    }
    if (!version) {
        tmf_doc_fault(doc, swagger ? "/swagger" : "/openapi",
                      "must be a string");
        return 1;
    }
    if (swagger ? strcmp(version, "2.0") != 0
                : strncmp(version, "3.0.", 4) != 0) {
        tmf_doc_fault(doc, swagger ? "/swagger" : "/openapi",
                      "version \"%s\" is not supported: must be %s", version,
                      swagger ? "2.0" : "3.0.x");
        return 0;
    }
    return 1;
}

static void read_definition(tmf_loader_t *loader)
{
    int i = 0;

    if (!loader->doc->root || !check_version(loader->doc)) {
        return;
    }
    tmf_check_document(loader->doc);
    loader->compiler = tmf_compiler_make(loader->doc, loader->p);
    tmf_paths_read(loader);
    for (i = 0; i < loader->drafts->nelts; i++) {
        tmf_draft_t *draft = APR_ARRAY_IDX(loader->drafts, i, tmf_draft_t *);

        if (!draft->is_hub) {
            tmf_draft_compile(loader, draft);
        }
    }
}

/* The mistake is where the overlay named a table, if it did. */
static void report_table(const tmf_loader_t *loader,
                         const tmf_draft_t *first,
                         const tmf_draft_t *second)
{
    const char *pointer = second->table_pointer ? second->table_pointer
                                                : first->table_pointer;
    const tmf_doc_t *doc = pointer ? loader->overlay : loader->doc;

    tmf_doc_fault(doc, pointer ? pointer : second->pointer,
                  "table \"%s\" is that of two resources, \"%s\" and \"%s\"",
                  second->resource.table, first->resource.name,
                  second->resource.name);
}

static void check_tables(const tmf_loader_t *loader)
{
    apr_hash_t *tables = apr_hash_make(loader->scratch);
    int i = 0;

    for (i = 0; i < loader->drafts->nelts; i++) {
        tmf_draft_t *draft = APR_ARRAY_IDX(loader->drafts, i, tmf_draft_t *);
        const tmf_draft_t *other = NULL;

        if (draft->is_hub) {
            continue;
        }
        other = apr_hash_get(tables, draft->resource.table,
                             APR_HASH_KEY_STRING);
        if (other) {
            report_table(loader, other, draft);
        } else {
            apr_hash_set(tables, draft->resource.table, APR_HASH_KEY_STRING,
                         draft);
        }
    }
}

static void finish_drafts(const tmf_loader_t *loader)
{
    int i = 0;

    for (i = 0; i < loader->drafts->nelts; i++) {
        tmf_draft_t *draft = APR_ARRAY_IDX(loader->drafts, i, tmf_draft_t *);

        if (!draft->is_hub) {
            tmf_draft_finish(loader, draft);
        }
    }
    check_tables(loader);
}

static const char *list_methods(apr_pool_t *p, const json_t *path)
{
    const char *result = "";
    apr_size_t i = 0;

    for (i = 0; i < COUNT(hub_methods); i++) {
        if (json_object_get(path, hub_methods[i].key)) {
            result = apr_pstrcat(p, result, *result ? ", " : "",
                                 hub_methods[i].method, NULL);
        }
    }
    return result;
}

static unsigned int side_operations(const tmf_draft_t *draft, int item)
{
    const unsigned int collection = 1U << TMF_OP_LIST | 1U << TMF_OP_CREATE;
    const unsigned int operations = draft->resource.operations;

    return item ? operations & ~collection : operations & collection;
}

static void make_hub(const tmf_draft_t *draft, tmf_route_t *route,
                     apr_pool_t *p)
{
    const unsigned int bit = 1U << TMF_OP_HUB;

    route->name = draft->resource.name;
    route->collection = draft->paths[TMF_SIDE_COLLECTION] ? bit : 0;
    route->item = draft->paths[TMF_SIDE_ITEM] ? bit : 0;
    route->collection_methods =
        list_methods(p, draft->paths[TMF_SIDE_COLLECTION]);
    route->item_methods = list_methods(p, draft->paths[TMF_SIDE_ITEM]);
}

static void make_routes(const tmf_loader_t *loader, tmf_spec_t *spec)
{
    const apr_size_t n = (apr_size_t)loader->drafts->nelts;
    tmf_resource_t *resources = apr_pcalloc(loader->p,
                                            n * sizeof(*resources));
    tmf_route_t *routes = apr_pcalloc(loader->p, n * sizeof(*routes));
    int i = 0;

    for (i = 0; i < loader->drafts->nelts; i++) {
        const tmf_draft_t *draft = APR_ARRAY_IDX(loader->drafts, i,
                                                 tmf_draft_t *);

        if (draft->is_hub) {
            make_hub(draft, &routes[i], loader->p);
            continue;
        }
        resources[spec->n_resources] = draft->resource;
        routes[i].resource = &resources[spec->n_resources++];
        routes[i].name = draft->resource.name;
        routes[i].collection = side_operations(draft, 0);
        routes[i].item = side_operations(draft, 1);
    }
    spec->resources = resources;
    spec->routes = routes;
    spec->n_routes = loader->drafts->nelts;
}

static const tmf_spec_t *make_spec(const tmf_loader_t *loader)
{
    const json_t *info = json_object_get(loader->doc->root, "info");
    tmf_spec_t *spec = apr_pcalloc(loader->p, sizeof(*spec));

    spec->file = apr_pstrdup(loader->p, loader->doc->file);
    if (loader->overlay) {
        spec->overlay = apr_pstrdup(loader->p, loader->overlay->file);
    }
    spec->title = tmf_name_line(
        loader->p, json_string_value(json_object_get(info, "title")));
    spec->version = tmf_name_line(
        loader->p, json_string_value(json_object_get(info, "version")));
    spec->data_set = loader->data_set
        ? loader->data_set
        : tmf_name_data_set(loader->p, loader->doc->file);
    make_routes(loader, spec);
    return spec;
}

/* All of it. The JSON values go with the scratch pool. */
static const tmf_spec_t *load(const tmf_source_t *definition,
                              const tmf_source_t *overlay,
                              tmf_report_t *report)
{
    const int before = report->n_before;
    tmf_loader_t loader = {0};

    loader.p = report->p;
    loader.scratch = report->scratch;
    loader.drafts = apr_array_make(loader.scratch, 8, sizeof(tmf_draft_t *));
    loader.listeners = apr_array_make(loader.scratch, 8, sizeof(char *));
    loader.doc = tmf_doc_parse(definition, report);
    read_definition(&loader);
    if (overlay) {
        loader.overlay = tmf_doc_parse(overlay, report);
    }
    if (overlay && loader.overlay->root) {
        tmf_overlay_apply(&loader);
    }
    finish_drafts(&loader);
    if (report->faults->nelts > before || !loader.doc->root
        || (overlay && !loader.overlay->root)) {
        return NULL;
    }
    return make_spec(&loader);
}

static tmf_report_t make_report(apr_array_header_t *faults, apr_pool_t *p)
{
    tmf_report_t report = {faults, p, NULL, 0};

    report.n_before = faults->nelts;
    apr_pool_create(&report.scratch, p);
    return report;
}

const tmf_spec_t *tmf_load_texts(const tmf_source_t *definition,
                                 const tmf_source_t *overlay,
                                 apr_array_header_t *faults, apr_pool_t *p)
{
    tmf_report_t report = make_report(faults, p);
    const tmf_spec_t *spec = load(definition, overlay, &report);

    apr_pool_destroy(report.scratch);
    return spec;
}

const tmf_spec_t *tmf_spec_load(const char *file, const char *overlay,
                                apr_array_header_t *faults, apr_pool_t *p)
{
    tmf_report_t report = make_report(faults, p);
    const tmf_source_t definition = tmf_doc_read(file, &report);
    const tmf_source_t addition = overlay ? tmf_doc_read(overlay, &report)
                                          : definition;
    const tmf_spec_t *spec = load(&definition, overlay ? &addition : NULL,
                                  &report);

    apr_pool_destroy(report.scratch);
    return spec;
}

const tmf_route_t *tmf_spec_route(const tmf_spec_t *spec,
                                  const char *segment)
{
    int i = 0;

    for (i = 0; i < spec->n_routes; i++) {
        if (strcmp(spec->routes[i].name, segment) == 0) {
            return &spec->routes[i];
        }
    }
    return NULL;
}
