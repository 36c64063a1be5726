/* Fuzz target: a request's body. It is parsed, then validated as a POST
 * and as a PATCH of a small definition. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "api/tmf_body.h"
#include "api/tmf_validate.h"
#include "base/tmf_number.h"
#include "spec/tmf_load.h"
#include "spec/tmf_pointer.h"

#define ID "4 2"

/* One attribute of each type and format, and a type that holds itself. */
static const char definition[] =
    "{\"swagger\":\"2.0\",\"paths\":{\"/lamp\":{\"post\":{\"parameters\":["
    "{\"in\":\"body\",\"name\":\"lamp\",\"schema\":{"
    "\"$ref\":\"#/definitions/Lamp\"}}],\"responses\":{\"201\":{"
    "\"schema\":{\"$ref\":\"#/definitions/Lamp\"}}}}}},"
    "\"definitions\":{\"Lamp\":{\"type\":\"object\",\"required\":[\"s\"],"
    "\"properties\":{\"id\":{\"type\":\"string\"},"
    "\"href\":{\"type\":\"string\"},\"@type\":{\"type\":\"string\"},"
    "\"s\":{\"type\":\"string\"},\"n\":{\"type\":\"number\"},"
    "\"i\":{\"type\":\"integer\"},\"b\":{\"type\":\"boolean\"},"
    "\"t\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"d\":{\"type\":\"string\",\"format\":\"date\"},"
    "\"x\":{\"type\":\"string\",\"format\":\"byte\"},"
    "\"e\":{\"type\":\"string\",\"enum\":[\"u\",\"v\"]},"
    "\"a\":{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"integer\"}}},\"~/\":{},\"r\":{\"type\":\"string\"},"
    "\"o\":{\"$ref\":\"#/definitions/Lamp\"},"
    "\"l\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/Lamp\"}}"
    "}}}}";

static const char overlay[] =
    "{\"resources\":{\"lamp\":{\"readOnly\":[\"r\"],"
    "\"oneOf\":[[\"i\",\"o\"]]}}}";

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
    tmf_source_t more = {"overlay.json", overlay, sizeof(overlay) - 1};
    const tmf_spec_t *spec = NULL;

    if (!resource) {
        spec = tmf_load_texts(
            &source, &more,
            apr_array_make(root_pool(), 4, sizeof(tmf_fault_t)),
            root_pool());
        if (!spec) {
            __builtin_trap();
        }
        resource = spec->resources;
    }
    return resource;
}

static int is_about_present(const tmf_violation_t *violation)
{
    return strcmp(violation->rule, "required") != 0
        && strcmp(violation->rule, "oneOf") != 0;
}

/* An error is rendered as JSON. That takes longer than all else, so it is
 * done once for each input. */
static void check_rendering(const tmf_error_t *err, apr_pool_t *p)
{
    json_t *json = NULL;

    if (!err) {
        return;
    }
    json = json_loads(tmf_error_body(err, p), JSON_REJECT_DUPLICATES, NULL);
    if (json_array_size(json_object_get(json, "violations"))
        != (size_t)err->violations->nelts) {
        __builtin_trap();
    }
    json_decref(json);
}

/* An error lists at least one violation, at most the maximum; what is wrong
 * with a value points to that value. */
static void check_error(const tmf_error_t *err, const json_t *body,
                        apr_pool_t *p)
{
    int i = 0;

    if (!err) {
        return;
    }
    if (err->kind != TMF_INVALID_BODY || !err->violations
        || err->violations->nelts < 1
        || err->violations->nelts > TMF_VIOLATIONS_MAX) {
        __builtin_trap();
    }
    for (i = 0; body && i < err->violations->nelts; i++) {
        const tmf_violation_t *violation
            = &APR_ARRAY_IDX(err->violations, i, tmf_violation_t);

        if (is_about_present(violation)
            && !tmf_pointer_find(p, (json_t *)body, violation->pointer)) {
            __builtin_trap();
        }
    }
}

static void remove_nulls(json_t *value)
{
    const char *name = NULL;
    void *next = NULL;
    size_t i = 0;
    json_t *inner = NULL;

    json_object_foreach_safe(value, next, name, inner) {
        if (json_is_null(inner)) {
            json_object_del(value, name);
        }
        else {
            remove_nulls(inner);
        }
    }
    json_array_foreach(value, i, inner) {
        remove_nulls(inner);
    }
}

/* null counts as absent in a POST: without it the answer is the same. */
static void check_nulls(const json_t *body, const tmf_error_t *err,
                        apr_pool_t *p)
{
    json_t *copy = json_deep_copy(body);
    const tmf_error_t *other = NULL;

    remove_nulls(copy);
    other = tmf_validate_create(lamp(), copy, 1, TMF_PROFILE_STRICT, p);
    if (!err != !other
        || (err && (strcmp(err->message, other->message) != 0
                    || err->violations->nelts
                       != other->violations->nelts))) {
        __builtin_trap();
    }
    json_decref(copy);
}

/* Everything that PostgreSQL would store is in the bounds: what is
 * accepted here is valid JSON text without NUL. */
static void check_accepted(const char *text, size_t size,
                           const json_t *body)
{
    apr_size_t offset = 0;

    if (!json_is_object(body) || strlen(text) != size
        || tmf_number_scan(text, size, &offset) != TMF_BOUND_KEPT) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p = NULL;
    const json_t *body = NULL;
    tmf_error_t *err = NULL;
    const char *text = NULL;

    apr_pool_create(&p, root_pool());
    text = apr_pstrmemdup(p, (const char *)data, size);
    err = tmf_body_parse(text, size, p, &body);
    check_error(err, NULL, p);
    check_rendering(err, p);
    /* either a body or an error */
    if (!err == !body) {
        __builtin_trap();
    }
    if (body) {
        check_accepted(text, size, body);
        check_error(tmf_validate_create(lamp(), body, 0, TMF_PROFILE_KIT, p),
                    body, p);
        err = tmf_validate_create(lamp(), body, 1, TMF_PROFILE_STRICT, p);
        check_error(err, body, p);
        check_rendering(err, p);
        check_nulls(body, err, p);
        check_error(tmf_validate_patch(lamp(), body, ID, TMF_PROFILE_KIT, p),
                    body, p);
        check_error(tmf_validate_patch(lamp(), body, ID, TMF_PROFILE_STRICT,
                                       p), body, p);
    }
    apr_pool_destroy(p);
    return 0;
}
