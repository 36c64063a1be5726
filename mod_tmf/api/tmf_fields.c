#include "api/tmf_fields.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "api/tmf_query.h"
#include "base/tmf_text.h"
#include "base/tmf_uri.h"

#define NAME_BYTES 255        /* of one name in a path */

typedef struct node_t node_t;

/* A name while the selection grows. */
struct node_t {
    const char *name;
    int is_whole;
    apr_array_header_t *inner;    /* of node_t *; NULL: none yet */
};

static tmf_error_t *fail(apr_pool_t *p, const char *rule)
{
    return tmf_error(p, TMF_INVALID_QUERY, "parameter \"fields\" %s", rule);
}

/* The end of the part that starts at s: a separator, or end. */
static const char *part_end(const char *s, const char *end, char separator)
{
    const char *found = memchr(s, separator, (apr_size_t)(end - s));

    return found ? found : end;
}

static int is_name(const char *s, const char *end, const char *name)
{
    apr_size_t length = strlen(name);

    return (apr_size_t)(end - s) == length && memcmp(s, name, length) == 0;
}

static tmf_error_t *check_path(const char *path, const char *end,
                               apr_pool_t *p)
{
    const char *name = NULL;
    const char *stop = NULL;
    int depth = 0;

    for (name = path; stop != end; name = stop + 1) {
        stop = part_end(name, end, '.');
        if (stop == name) {
            return fail(p, "has an empty name in a path");
        }
        if (stop - name > NAME_BYTES) {
            return fail(p, "has a name longer than "
                        APR_STRINGIFY(NAME_BYTES) " bytes");
        }
        if (++depth > TMF_PATH_MAX) {
            return fail(p, "has a path of more than "
                        APR_STRINGIFY(TMF_PATH_MAX) " names");
        }
    }
    return NULL;
}

static node_t *find_or_add(apr_array_header_t *level, const char *name,
                           const char *end)
{
    node_t *node = NULL;
    int i = 0;

    for (i = 0; i < level->nelts; i++) {
        node = APR_ARRAY_IDX(level, i, node_t *);
        if (is_name(name, end, node->name)) {
            return node;
        }
    }
    node = apr_pcalloc(level->pool, sizeof(*node));
    node->name = apr_pstrmemdup(level->pool, name,
                                (apr_size_t)(end - name));
    APR_ARRAY_PUSH(level, node_t *) = node;
    return node;
}

/* The path has been checked: no name is empty. */
static void select_path(apr_array_header_t *level, const char *path,
                        const char *end)
{
    const char *name = path;

    for (;;) {
        const char *stop = part_end(name, end, '.');
        node_t *node = find_or_add(level, name, stop);

        if (node->is_whole || stop == end) {
            node->is_whole = 1;
            return;
        }
        if (!node->inner) {
            node->inner = apr_array_make(level->pool, 2, sizeof(node_t *));
        }
        level = node->inner;
        name = stop + 1;
    }
}

/* Recurses as deep as a path is long. */
static const tmf_fields_t *freeze(const apr_array_header_t *level,
                                  apr_pool_t *p)
{
    tmf_fields_t *fields = apr_palloc(p, sizeof(*fields));
    tmf_field_t *list = apr_palloc(p, sizeof(*list)
                                      * ((apr_size_t)level->nelts + 1));
    int i = 0;

    for (i = 0; i < level->nelts; i++) {
        const node_t *node = APR_ARRAY_IDX(level, i, node_t *);

        list[i].name = node->name;
        list[i].inner = node->is_whole ? NULL : freeze(node->inner, p);
    }
    fields->n = level->nelts;
    fields->list = list;
    return fields;
}

/* One path of the list; n_names counts them. */
static tmf_error_t *add_path(apr_array_header_t *top, const char *path,
                             const char *end, int *n_names)
{
    const char *stop = part_end(path, end, '.');

    if (path == end) {
        return NULL;
    }
    if (++*n_names > TMF_FIELDS_MAX) {
        return fail(top->pool, "has more than "
                    APR_STRINGIFY(TMF_FIELDS_MAX) " names");
    }
    TMF_TRY(check_path(path, end, top->pool));
    if (!is_name(path, end, "none") && !is_name(path, stop, "id")
        && !is_name(path, stop, "href")) {
        select_path(top, path, end);
    }
    return NULL;
}

static tmf_error_t *add_paths(apr_array_header_t *top, const char *text,
                              int *n_names)
{
    const char *end = text + strlen(text);
    const char *path = NULL;
    const char *stop = NULL;
    tmf_error_t *err = NULL;

    for (path = text; !err && stop != end; path = stop + 1) {
        stop = part_end(path, end, ',');
        err = add_path(top, path, stop, n_names);
    }
    return err;
}

tmf_error_t *tmf_fields_parse(const char *raw, apr_size_t n, apr_pool_t *p,
                              const tmf_fields_t **fields)
{
    const char *text = tmf_uri_decode(p, raw, n, TMF_PLUS_BLANK);
    apr_array_header_t *top = apr_array_make(p, 8, sizeof(node_t *));
    int n_names = 0;

    *fields = NULL;
    if (!text) {
        return fail(p, "is not valid percent-encoded UTF-8");
    }
    TMF_TRY(add_paths(top, text, &n_names));
    if (n_names > 0) {
        *fields = freeze(top, p);
    }
    return NULL;
}

static void put_fields(tmf_text_t *text, const tmf_fields_t *fields)
{
    int i = 0;

    tmf_text_puts(text, "{");
    for (i = 0; fields && i < fields->n; i++) {
        const tmf_field_t *field = &fields->list[i];

        if (i > 0) {
            tmf_text_puts(text, ",");
        }
        tmf_text_json(text, field->name, strlen(field->name));
        tmf_text_puts(text, ":");
        put_fields(text, field->inner);
    }
    tmf_text_puts(text, "}");
}

const char *tmf_fields_json(const tmf_fields_t *fields, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 256, 0);

    put_fields(text, fields);
    return tmf_text_string(text);
}
