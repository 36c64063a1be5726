/* Fuzz target: the body of a JSON Patch. The first byte says whether it is a
 * JSON Patch Query and which profile holds; the rest is the body, which is
 * checked against a small definition. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "api/tmf_body.h"
#include "api/tmf_patch.h"
#include "spec/tmf_load.h"
#include "spec/tmf_pointer.h"

static const char definition[] =
    "{\"swagger\":\"2.0\",\"paths\":{\"/lamp/{id}\":{\"patch\":{"
    "\"parameters\":[{\"in\":\"body\",\"name\":\"lamp\",\"schema\":{"
    "\"$ref\":\"#/definitions/Lamp\"}}],\"responses\":{\"200\":{"
    "\"schema\":{\"$ref\":\"#/definitions/Lamp\"}}}}}},"
    "\"definitions\":{\"Lamp\":{\"type\":\"object\",\"required\":[\"s\"],"
    "\"properties\":{\"id\":{\"type\":\"string\"},"
    "\"href\":{\"type\":\"string\"},\"@type\":{\"type\":\"string\"},"
    "\"s\":{\"type\":\"string\"},\"n\":{\"type\":\"number\"},"
    "\"t\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"e\":{\"type\":\"string\",\"enum\":[\"u\",\"v\"]},"
    "\"a\":{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"integer\"}}},\"~/\":{\"type\":\"boolean\"},"
    "\"0\":{\"type\":\"number\"},\"\":{\"type\":\"number\"},"
    "\"o\":{\"$ref\":\"#/definitions/Lamp\"},"
    "\"l\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/Lamp\"}}"
    "}},\"Torch\":{\"allOf\":[{\"$ref\":\"#/definitions/Lamp\"},{"
    "\"properties\":{\"w\":{\"type\":\"number\"}}}]}}}";

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

static const tmf_resource_t *lamp(void)
{
    static const tmf_resource_t *resource;
    tmf_source_t source = {"lamps.json", definition,
                           sizeof(definition) - 1};
    const tmf_spec_t *spec = NULL;

    if (!resource) {
        spec = tmf_load_texts(
            &source, NULL,
            apr_array_make(root_pool(), 4, sizeof(tmf_fault_t)),
            root_pool());
        if (!spec) {
            __builtin_trap();
        }
        resource = spec->resources;
    }
    return resource;
}

/* An error lists at least one violation, at most the maximum; each but those
 * of what is missing points to a value of the body. */
static void check_error(const tmf_error_t *err, const json_t *body,
                        apr_pool_t *p)
{
    int i = 0;

    if (err->kind != TMF_INVALID_BODY || !err->violations
        || err->violations->nelts < 1
        || err->violations->nelts > TMF_VIOLATIONS_MAX) {
        __builtin_trap();
    }
    for (i = 0; i < err->violations->nelts; i++) {
        const tmf_violation_t *violation
            = &APR_ARRAY_IDX(err->violations, i, tmf_violation_t);

        if (strcmp(violation->rule, "required") != 0
            && !tmf_pointer_find(p, (json_t *)body, violation->pointer)) {
            __builtin_trap();
        }
    }
}

/* Whatever is accepted is at most so many operations, each with what it
 * needs: the store takes that for granted. */
static void check_accepted(tmf_patch_t kind, const json_t *body)
{
    size_t i = 0;
    const json_t *operation = NULL;

    if (json_is_object(body) && kind == TMF_PATCH_QUERY) {
        return;
    }
    if (!json_is_array(body)
        || json_array_size(body) > TMF_PATCH_OPERATIONS) {
        __builtin_trap();
    }
    json_array_foreach(body, i, operation) {
        const char *op = json_string_value(json_object_get(operation, "op"));
        const char *path = json_string_value(json_object_get(operation,
                                                             "path"));

        if (!op || !path || (*path && *path != '/' && *path != '?')
            || (*op != 'r' && !json_object_get(operation, "value")
                && !json_object_get(operation, "from"))) {
            __builtin_trap();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tmf_patch_t kind = TMF_PATCH_JSON;
    tmf_profile_t profile = TMF_PROFILE_KIT;
    apr_pool_t *p = NULL;
    const json_t *body = NULL;
    const tmf_error_t *err = NULL;
    const char *text = NULL;

    if (size == 0) {
        return 0;
    }
    kind = data[0] & 1 ? TMF_PATCH_QUERY : TMF_PATCH_JSON;
    profile = data[0] & 2 ? TMF_PROFILE_STRICT : TMF_PROFILE_KIT;
    apr_pool_create(&p, root_pool());
    text = apr_pstrmemdup(p, (const char *)data + 1, size - 1);
    if (!tmf_body_read(text, size - 1, p, &body)) {
        err = tmf_patch_check(lamp(), kind, body, profile, p);
        if (err) {
            check_error(err, body, p);
        }
        else {
            check_accepted(kind, body);
        }
    }
    apr_pool_destroy(p);
    return 0;
}
