#include "store/tmf_rule.h"

#include <string.h>

#include "base/tmf_text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Set by the server where they are missing. */
static const char *const given_names[] = { "id", "href", "@type" };

/* Kept by the server beside the document. */
static const char *const key_names[] = { "id", "href" };

/* An array of strings being written. */
typedef struct names_t {
    tmf_text_t *text;
    int n;
} names_t;

static void put_name(names_t *names, const char *name)
{
    tmf_text_puts(names->text, names->n++ > 0 ? "," : "");
    tmf_text_json(names->text, name, strlen(name));
}

static void put_names(names_t *names, const char *const *list, int n)
{
    int i = 0;

    for (i = 0; i < n; i++) {
        put_name(names, list[i]);
    }
}

static void put_array(tmf_text_t *text, const char *const *list, int n)
{
    names_t names = { text, 0 };

    tmf_text_puts(text, "[");
    put_names(&names, list, n);
    tmf_text_puts(text, "]");
}

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

/* JSON patches can name id and href; of a merge patch they were compared
 * when it was checked. */
static void put_fixed(tmf_text_t *text, const tmf_plan_t *plan)
{
    names_t names = { text, 0 };

    put_names(&names, plan->resource->update_fixed,
              plan->resource->n_update_fixed);
    if (plan->patch != TMF_PATCH_MERGE) {
        put_names(&names, key_names, COUNT(key_names));
    }
}

/* What nobody can set by a patch isn't demanded of one, unless the
 * definition itself requires it. */
static void put_required(tmf_text_t *text, const tmf_plan_t *plan)
{
    const tmf_resource_t *resource = plan->resource;
    const tmf_schema_t *full = resource->full;
    names_t names = { text, 0 };
    int i = 0;

    put_names(&names, resource->required, resource->n_required);
    for (i = 0; plan->profile == TMF_PROFILE_STRICT && i < full->n_required;
         i++) {
        const char *name = full->required[i];

        if (tmf_schema_property(full, name, strlen(name))
            && !is_named(given_names, COUNT(given_names), name)
            && !is_named(resource->required, resource->n_required, name)
            && !is_named(resource->update_fixed, resource->n_update_fixed,
                         name)) {
            put_name(&names, name);
        }
    }
}

static void put_groups(tmf_text_t *text, const tmf_resource_t *resource)
{
    int i = 0;

    for (i = 0; i < resource->n_one_of; i++) {
        tmf_text_puts(text, i > 0 ? "," : "");
        put_array(text, resource->one_of[i].attributes,
                  resource->one_of[i].n_attributes);
    }
}

static void put_transitions(tmf_text_t *text, const tmf_resource_t *resource)
{
    int i = 0;

    tmf_text_puts(text, ",\"state\":");
    tmf_text_json(text, resource->state, strlen(resource->state));
    tmf_text_puts(text, ",\"transitions\":{");
    for (i = 0; i < resource->n_transitions; i++) {
        const tmf_transition_t *transition = &resource->transitions[i];

        tmf_text_puts(text, i > 0 ? "," : "");
        tmf_text_json(text, transition->from, strlen(transition->from));
        tmf_text_puts(text, ":");
        put_array(text, transition->to, transition->n_to);
    }
    tmf_text_puts(text, "}");
}

/* A merge patch sets what was checked before: its result has the right
 * types, though it may be incomplete. */
static void put_shapes(tmf_text_t *text, const tmf_plan_t *plan)
{
    int strict = plan->profile == TMF_PROFILE_STRICT;

    if (strict || plan->patch != TMF_PATCH_MERGE) {
        tmf_text_puts(text, ",\"shapes\":");
        tmf_text_puts(text, plan->resource->shapes);
        tmf_text_puts(text, strict ? ",\"strict\":true"
                                   : ",\"strict\":false");
    }
}

/* A JSON patch is held against it step by step. */
static void put_size(tmf_text_t *text, const tmf_plan_t *plan)
{
    if (plan->patch == TMF_PATCH_MERGE) {
        tmf_text_printf(text, ",\"most\":%" APR_INT64_T_FMT,
                        plan->size_limit);
    }
}

const char *tmf_rule_json(const tmf_plan_t *plan, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 512, 0);

    tmf_text_puts(text, "{\"fixed\":[");
    put_fixed(text, plan);
    tmf_text_puts(text, "],\"required\":[");
    put_required(text, plan);
    tmf_text_puts(text, "],\"oneOf\":[");
    put_groups(text, plan->resource);
    tmf_text_puts(text, "]");
    if (plan->resource->transitions) {
        put_transitions(text, plan->resource);
    }
    put_shapes(text, plan);
    put_size(text, plan);
    tmf_text_puts(text, "}");
    return tmf_text_string(text);
}
