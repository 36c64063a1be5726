#include "api/tmf_body.h"

#include <errno.h>
#include <string.h>

#include <apr_strings.h>

#include "base/tmf_number.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Every number is a real, so that none is too large for an integer. A
 * body that isn't an object gets as far as being told so. */
#define FLAGS \
    (JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL)

/* What jansson found, in words of ours: its own quote the text. */
static const struct {
    enum json_error_code code;
    const char *rule;
    const char *message;
} mistakes[] = {
    { json_error_duplicate_key, "duplicate", "names an attribute twice" },
    { json_error_null_character, "json", "has the character U+0000" },
    { json_error_null_byte_in_key, "json", "has the character U+0000" },
    { json_error_invalid_utf8, "json", "is not UTF-8" },
    { json_error_premature_end_of_input, "json", "ends too early" },
    { json_error_unknown, "json", "is not valid JSON" }   /* any other */
};

static const struct {
    const char *rule;
    const char *message;
} bounds[] = {
    [TMF_BOUND_DIGITS] = { "number", "has a number that written out has "
        "more than " APR_STRINGIFY(TMF_NUMBER_DIGITS) " digits" },
    [TMF_BOUND_EXPONENT] = { "number", "has a number with an exponent "
        "above " APR_STRINGIFY(TMF_NUMBER_EXPONENT) },
    [TMF_BOUND_DEPTH] = { "depth", "is nested deeper than "
        APR_STRINGIFY(TMF_JSON_DEPTH) " levels" },
    [TMF_BOUND_VALUES] = { "size", "has more than "
        APR_STRINGIFY(TMF_JSON_VALUES) " values" }
};

/* An error about the body as a whole. */
static tmf_error_t *refuse(apr_pool_t *p, const char *rule,
                           const char *message)
{
    apr_array_header_t *list = apr_array_make(p, 1, sizeof(tmf_violation_t));
    tmf_violation_t *violation = apr_array_push(list);

    violation->pointer = "";
    violation->rule = rule;
    violation->message = message;
    return tmf_error_violations(p, TMF_INVALID_BODY, list, 0);
}

static tmf_error_t *refuse_mistake(apr_pool_t *p, const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    apr_size_t i = 0;

    while (i < COUNT(mistakes) - 1 && mistakes[i].code != code) {
        i++;
    }
    return refuse(p, mistakes[i].rule,
                  apr_psprintf(p, "%s at line %d, column %d",
                               mistakes[i].message, error->line,
                               error->column));
}

/* Then jansson says nothing, or that a token is none: errno tells. */
static tmf_error_t *no_memory(apr_pool_t *p)
{
    return tmf_error_internal(p, TMF_UNAVAILABLE,
                              "there is no memory to read a body");
}

static tmf_error_t *refuse_byte(apr_pool_t *p, const char *rule,
                                const char *message, apr_size_t offset)
{
    return refuse(p, rule, apr_psprintf(p, "%s at byte %" APR_SIZE_T_FMT,
                                        message, offset));
}

static tmf_error_t *check_bytes(const char *text, apr_size_t n,
                                apr_pool_t *p)
{
    const apr_size_t mark = sizeof(BYTE_ORDER_MARK) - 1;
    const char *nul = memchr(text, '\0', n);
    apr_size_t offset = 0;
    tmf_bound_t bound = TMF_BOUND_KEPT;

    if (n >= mark && memcmp(text, BYTE_ORDER_MARK, mark) == 0) {
        return refuse(p, "json", "must not start with a byte order mark");
    }
    /* the text would end there for everyone who reads it after us */
    if (nul) {
        return refuse_byte(p, "json", "has a NUL",
                           (apr_size_t)(nul - text));
    }
    bound = tmf_number_scan(text, n, &offset);
    return bound == TMF_BOUND_KEPT
        ? NULL : refuse_byte(p, bounds[bound].rule, bounds[bound].message,
                             offset);
}

static apr_status_t release(void *json)
{
    json_decref(json);
    return APR_SUCCESS;
}

/* Members of a value and of all in it; recurses as deep as the body. */
static apr_size_t count_members(const json_t *value)
{
    apr_size_t n = json_object_size(value);
    const char *name = NULL;
    apr_size_t i = 0;
    const json_t *inner = NULL;
    json_t *member = NULL;

    json_object_foreach((json_t *)value, name, member) {
        n += count_members(member);
    }
    json_array_foreach(value, i, inner) {
        n += count_members(inner);
    }
    return n;
}

tmf_error_t *tmf_body_read(const char *text, apr_size_t n, apr_pool_t *p,
                           const json_t **body)
{
    json_error_t error;
    json_t *json = NULL;

    if (n == 0) {
        return refuse(p, "json", "must be JSON, but is empty");
    }
    TMF_TRY(check_bytes(text, n, p));
    errno = 0;
    json = json_loadb(text, n, FLAGS, &error);
    if (!json) {
        return errno == ENOMEM ? no_memory(p) : refuse_mistake(p, &error);
    }
    apr_pool_cleanup_register(p, json, release, apr_pool_cleanup_null);
    if (count_members(json) > TMF_MEMBERS_MAX) {
        return refuse(p, "members", "has objects with more than "
                      APR_STRINGIFY(TMF_MEMBERS_MAX) " members in all");
    }
    *body = json;
    return NULL;
}

tmf_error_t *tmf_body_parse(const char *text, apr_size_t n, apr_pool_t *p,
                            const json_t **body)
{
    const json_t *json = NULL;

    TMF_TRY(tmf_body_read(text, n, p, &json));
    if (!json_is_object(json)) {
        return refuse(p, "type", "must be an object");
    }
    *body = json;
    return NULL;
}
