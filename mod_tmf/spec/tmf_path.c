#include "spec/tmf_path.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "spec/tmf_pointer.h"

#define HUB "hub"
#define LISTENER "listener"

typedef enum path_t {
    PATH_COLLECTION = TMF_SIDE_COLLECTION,
    PATH_ITEM = TMF_SIDE_ITEM,
    PATH_LISTENER,            /* the client's side: /listener/event */
    PATH_UNKNOWN
} path_t;

static int is_name(const char *text)
{
    const char *c = text;

    while (apr_isalnum(*c) || *c == '_' || *c == '-' || *c == '.') {
        c++;
    }
    return c > text && !*c;
}

/* {id}, whatever the name */
static int is_parameter(const char *text)
{
    apr_size_t len = 0;

    if (*text != '{') {
        return 0;
    }
    len = strcspn(text + 1, "{}/");
    return len > 0 && strcmp(text + 1 + len, "}") == 0;
}

/* Which of the supported shapes a path has; *name is its first segment,
 * or that of an event. */
static path_t split_path(apr_pool_t *p, const char *path, const char **name)
{
    apr_size_t len = 0;
    const char *rest = NULL;

    if (*path != '/') {
        return PATH_UNKNOWN;
    }
    len = strcspn(path + 1, "/");
    *name = apr_pstrmemdup(p, path + 1, len);
    rest = path + 1 + len;
    if (strcmp(*name, LISTENER) == 0) {
        *name = *rest ? rest + 1 : "";
        return is_name(*name) ? PATH_LISTENER : PATH_UNKNOWN;
    }
    if (!is_name(*name)) {
        return PATH_UNKNOWN;
    }
    if (!*rest) {
        return PATH_COLLECTION;
    }
    return is_parameter(rest + 1) ? PATH_ITEM : PATH_UNKNOWN;
}

static tmf_draft_t *find_draft(const tmf_loader_t *loader, const char *name)
{
    int i = 0;

    for (i = 0; i < loader->drafts->nelts; i++) {
        tmf_draft_t *draft = APR_ARRAY_IDX(loader->drafts, i, tmf_draft_t *);

        if (strcmp(draft->resource.name, name) == 0) {
            return draft;
        }
    }
    return NULL;
}

tmf_draft_t *tmf_draft_find(const tmf_loader_t *loader, const char *name)
{
    tmf_draft_t *draft = find_draft(loader, name);

    return draft && !draft->is_hub ? draft : NULL;
}

static void add_side(tmf_loader_t *loader, const char *name, path_t side,
                     json_t *path, const char *pointer)
{
    tmf_draft_t *draft = find_draft(loader, name);

    if (!draft) {
        draft = apr_pcalloc(loader->scratch, sizeof(*draft));
        draft->resource.name = apr_pstrdup(loader->p, name);
        draft->is_hub = strcmp(name, HUB) == 0;
        draft->pointer = pointer;
        APR_ARRAY_PUSH(loader->drafts, tmf_draft_t *) = draft;
    }
    if (draft->pointers[side]) {
        tmf_doc_fault(loader->doc, pointer, "path given twice, under "
                      "different names of its parameter");
        return;
    }
    draft->pointers[side] = pointer;
    draft->paths[side] = tmf_doc_resolve(loader->doc, path);
    if (!draft->paths[side]) {
        draft->is_broken = 1;
    }
}

static void read_path(tmf_loader_t *loader, const char *path, json_t *value)
{
    const char *name = NULL;
    const char *pointer = tmf_pointer_member(loader->scratch, "/paths",
                                             path);
    path_t kind = split_path(loader->scratch, path, &name);

    if (kind == PATH_UNKNOWN) {
        tmf_doc_fault(loader->doc, pointer, "path \"%s\" is not supported: "
                      "must be /name, /name/{id} or /listener/event", path);
    } else if (kind == PATH_LISTENER) {
        APR_ARRAY_PUSH(loader->listeners, const char *) = name;
    } else {
        add_side(loader, name, kind, value, pointer);
    }
}

void tmf_paths_read(tmf_loader_t *loader)
{
    json_t *paths = json_object_get(loader->doc->root, "paths");
    const int before = loader->doc->report->faults->nelts;
    const char *key = NULL;
    json_t *value = NULL;
    int i = 0;

    if (!paths) {
        tmf_doc_fault(loader->doc, "", "has no paths");
    }
    if (!json_is_object(paths)) {
        return;
    }
    loader->knows_paths = 1;
    json_object_foreach(paths, key, value) {
        if (strncmp(key, "x-", 2) != 0) {
            read_path(loader, key, value);
        }
    }
    while (i < loader->drafts->nelts
           && APR_ARRAY_IDX(loader->drafts, i, tmf_draft_t *)->is_hub) {
        i++;
    }
    if (i == loader->drafts->nelts
        && before == loader->doc->report->faults->nelts) {
        tmf_doc_fault(loader->doc, "/paths", "names no resource");
    }
}
