#include "api/tmf_validate.h"

#include <string.h>

#include <apr_strings.h>

#include "api/tmf_href.h"
#include "api/tmf_value.h"

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

static void check_own_id(tmf_walk_t *walk, const json_t *value,
                         const tmf_spot_t *spot)
{
    if (!json_is_null(value) && !is_id(value)) {
        tmf_walk_add(walk, spot, "id", "must be a string of 1 to "
                     APR_STRINGIFY(TMF_ID_MAX)
                     " characters, and not . or ..");
    }
}

/* The body sets the attribute. */
static int is_set(const tmf_resource_t *resource, const json_t *body,
                  const char *name)
{
    return tmf_value_has(body, name) && !is_ignored(resource, name);
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

static void check_required(tmf_walk_t *walk, const tmf_resource_t *resource,
                           const tmf_schema_t *schema, const json_t *body)
{
    int i = 0;

    for (i = 0; i < schema->n_required; i++) {
        const char *name = schema->required[i];
        tmf_spot_t member = { &tmf_walk_top, name, 0 };

        if (is_demanded(resource, schema, name)
            && !is_set(resource, body, name)) {
            tmf_walk_add(walk, &member, "required", "is required");
        }
    }
}

static void check_one_of(tmf_walk_t *walk, const tmf_resource_t *resource,
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
            tmf_walk_add(walk, &tmf_walk_top, "oneOf",
                         tmf_walk_list(walk->p, "must have at least one of:",
                                       group->attributes,
                                       group->n_attributes));
        }
    }
}

/* What the profile looks at in a POST. */
static const tmf_schema_t *find_create(const tmf_resource_t *resource,
                                       tmf_profile_t profile)
{
    if (profile == TMF_PROFILE_STRICT) {
        return resource->full_create ? resource->full_create
                                     : resource->full;
    }
    return resource->create ? resource->create : resource->schema;
}

static tmf_walk_t make_walk(tmf_profile_t profile, apr_pool_t *p)
{
    tmf_walk_t walk = { .p = p };

    walk.complete = profile == TMF_PROFILE_STRICT;
    walk.closed = profile == TMF_PROFILE_STRICT;
    return walk;
}

/* An attribute of a type that extends the resource's, or of nothing. */
static void check_other(tmf_walk_t *walk, const tmf_resource_t *resource,
                        const json_t *body, const tmf_spot_t *spot)
{
    const tmf_schema_t *actual = tmf_value_schema(resource->full, body);
    const tmf_schema_t *declared
        = tmf_schema_property(actual, spot->name, strlen(spot->name));

    if (declared && actual != resource->full) {
        tmf_value_check(walk, declared, json_object_get(body, spot->name),
                        spot);
    }
    else if (!declared && tmf_value_is_unknown(walk, spot->name)) {
        tmf_walk_add(walk, spot, "unknown", "is not declared");
    }
}

tmf_error_t *tmf_validate_create(const tmf_resource_t *resource,
                                 const json_t *body, int client_ids,
                                 tmf_profile_t profile, apr_pool_t *p)
{
    const tmf_schema_t *schema = tmf_value_schema(
        find_create(resource, profile), body);
    tmf_walk_t walk = make_walk(profile, p);
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach((json_t *)body, name, value) {
        tmf_spot_t member = { &tmf_walk_top, name, 0 };
        const tmf_schema_t *declared
            = tmf_schema_property(schema, name, strlen(name));

        if (client_ids && strcmp(name, "id") == 0) {
            check_own_id(&walk, value, &member);
        }
        else if (json_is_null(value) || is_ignored(resource, name)) {
            continue;
        }
        else if (declared) {
            tmf_value_check(&walk, declared, value, &member);
        }
        else {
            check_other(&walk, resource, body, &member);
        }
    }
    check_required(&walk, resource, schema, body);
    check_one_of(&walk, resource, body);
    return tmf_walk_conclude(&walk);
}

/* --- patch --------------------------------------------------------------- */

/* True if it is what the server keeps beside the document. */
static int is_key(const char *name)
{
    return strcmp(name, "id") == 0 || strcmp(name, "href") == 0;
}

/* id and href may have the value that they have already. */
static void check_key(tmf_walk_t *walk, const tmf_resource_t *resource,
                      const char *id, const json_t *json,
                      const tmf_spot_t *spot)
{
    const char *value = json_string_value(json);

    if (value && strcmp(spot->name, "href") == 0) {
        value = tmf_href_id(value, resource->name, walk->p);
    }
    if (!value || strcmp(value, id) != 0) {
        tmf_walk_add(walk, spot, "readOnly", "cannot be changed");
    }
}

const tmf_schema_t *tmf_validate_attribute(const tmf_resource_t *resource,
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
                                tmf_profile_t profile, apr_pool_t *p)
{
    tmf_walk_t walk = make_walk(profile, p);
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach((json_t *)patch, name, value) {
        tmf_spot_t member = { &tmf_walk_top, name, 0 };
        const tmf_schema_t *declared = tmf_validate_attribute(resource,
                                                              name);

        if (is_key(name)) {
            check_key(&walk, resource, id, value, &member);
        }
        else if (declared && !json_is_null(value)) {
            tmf_value_check_merged(&walk, declared, value, &member);
        }
    }
    return tmf_walk_conclude(&walk);
}
