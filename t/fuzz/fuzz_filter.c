/* Fuzz target: a JSONPath filter; the same text as a pattern. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <jansson.h>

#include "api/tmf_filter.h"
#include "api/tmf_regex.h"
#include "base/tmf_uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static apr_pool_t *root_pool(void)
{
    static apr_pool_t *p;

    if (!p) {
        apr_initialize();
        apr_pool_create(&p, NULL);
    }
    return p;
}

/* Past the string whose opening quote is at c. */
static const char *skip_string(const char *c)
{
    for (c++; *c != '"'; c++) {
        require((unsigned char)*c >= ' ');
        c += *c == '\\';
    }
    return c + 1;
}

/* Brackets are in pairs, and what isn't in a string is of our making. */
static size_t count_variables(const char *path)
{
    const char *c = path;
    size_t n = 0;
    int level = 0;

    require(*c == '$');
    for (c++; *c; c++) {
        if (*c == '"') {
            c = skip_string(c) - 1;
            continue;
        }
        level += (*c == '(' || *c == '[') - (*c == ')' || *c == ']');
        n += *c == '$';
        require(level >= 0 && *c >= ' ' && *c <= '~');
    }
    require(level == 0);
    return n;
}

static void check_filter(const tmf_filter_t *filter)
{
    json_t *variables = json_loads(
        filter->variables, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL,
        NULL);

    require(tmf_utf8_valid(filter->path, strlen(filter->path)));
    require(filter->n_patterns <= TMF_FILTER_NODES);
    require(json_is_object(variables));
    require(json_object_size(variables) <= count_variables(filter->path));
    json_decref(variables);
}

static void check_text(const char *text, apr_pool_t *p)
{
    apr_array_header_t *filters = apr_array_make(p, 1, sizeof(tmf_filter_t));
    const tmf_error_t *err = tmf_filter_parse(text, NULL, p, filters);
    int i = 0;

    if (err) {
        require(err->kind == TMF_INVALID_QUERY
                || err->kind == TMF_NOT_IMPLEMENTED);
        require(tmf_utf8_valid(err->message, strlen(err->message)));
        return;
    }
    require(filters->nelts > 0 && filters->nelts <= TMF_FILTERS_MAX);
    for (i = 0; i < filters->nelts; i++) {
        check_filter(&APR_ARRAY_IDX(filters, i, tmf_filter_t));
    }
}

/* What a pattern becomes is a pattern that becomes itself. */
static void check_pattern(const char *text, apr_pool_t *p)
{
    tmf_regex_fault_t fault = { NULL, 0 };
    const char *pattern = tmf_regex_compile(text, p, &fault);

    if (!pattern) {
        require(fault.rule && fault.position > 0
                && (size_t)fault.position <= strlen(text) + 1);
        return;
    }
    require(tmf_utf8_valid(pattern, strlen(pattern)));
    if (strlen(pattern) <= TMF_REGEX_BYTES) {
        const char *again = tmf_regex_compile(pattern, p, &fault);

        require(again && strcmp(again, pattern) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *p;
    const char *text = NULL;

    if (!p) {
        apr_pool_create(&p, root_pool());
    }
    text = apr_pstrmemdup(p, (const char *)data, size);
    if (tmf_utf8_valid(text, strlen(text))) {
        check_text(text, p);
        check_pattern(text, p);
    }
    apr_pool_clear(p);
    return 0;
}
