/* Fuzz target: the same bytes as a percent-encoded text, a number, a JSON
 * text, a time. What holds for all of them is checked. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <jansson.h>

#include "base/tmf_number.h"
#include "base/tmf_text.h"
#include "base/tmf_time.h"
#include "base/tmf_uri.h"

#define FLAGS (JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL)

/* Bytes of a time up to its second: their order is that of the times. */
#define SECONDS (sizeof("2026-03-01T10:20:30") - 1)

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

static void must(int holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* Encoding what was decoded, and decoding that, changes nothing. */
static void check_uri(const char *s, size_t size, tmf_plus_t plus,
                      apr_pool_t *p)
{
    const char *decoded = tmf_uri_decode(p, s, size, plus);
    tmf_text_t *text = tmf_text_make(p, 0, 0);
    const char *again = NULL;

    if (!decoded) {
        return;
    }
    must(strlen(decoded) <= size);
    must(tmf_utf8_valid(decoded, strlen(decoded)));
    tmf_text_uri(text, decoded, strlen(decoded));
    again = tmf_uri_decode(p, tmf_text_string(text), tmf_text_length(text),
                           plus);
    must(again && strcmp(again, decoded) == 0);
}

/* UTF-8 is what jansson takes for it, and as JSON it reads as itself. */
static void check_text(const char *s, size_t size, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 0, 0);
    json_t *json = json_stringn(s, size);
    json_t *again = NULL;

    must(tmf_utf8_valid(s, size) == (json && !memchr(s, '\0', size)));
    if (json) {
        tmf_text_json(text, s, size);
        again = json_loadb(tmf_text_string(text), tmf_text_length(text),
                           JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        must(json_equal(json, again));
    }
    json_decref(json);
    json_decref(again);
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A number is what jansson reads as one, blanks around it and the NUL that
 * it overlooks behind it aside, as long as it is in the bounds. */
static void check_number(const char *s, size_t size)
{
    json_t *json = json_loadb(s, size, FLAGS, NULL);
    apr_size_t offset = 0;
    int bare = size > 0 && !is_blank(s[0]) && !is_blank(s[size - 1])
        && !memchr(s, '\0', size);
    int kept = tmf_number_scan(s, size, &offset) == TMF_BOUND_KEPT;

    must(kept || offset < size);
    must(tmf_number_valid(s, size)
         == (json_is_number(json) && bare && kept));
    json_decref(json);
}

/* Values that are in the bounds nest as the scan says. */
static int depth_of(const json_t *json)
{
    int deepest = 0;
    size_t i = 0;
    const char *name = NULL;
    json_t *inner = NULL;

    json_array_foreach(json, i, inner) {
        int depth = depth_of(inner);

        deepest = depth > deepest ? depth : deepest;
    }
    json_object_foreach((json_t *)json, name, inner) {
        int depth = depth_of(inner);

        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + (json_is_array(json) || json_is_object(json));
}

static void check_depth(const char *s, size_t size)
{
    json_t *json = json_loadb(s, size, FLAGS, NULL);
    apr_size_t offset = 0;
    tmf_bound_t bound = tmf_number_scan(s, size, &offset);

    if (json) {
        must(bound != TMF_BOUND_KEPT || depth_of(json) <= TMF_JSON_DEPTH);
        must(bound != TMF_BOUND_DEPTH || depth_of(json) > TMF_JSON_DEPTH);
    }
    json_decref(json);
}

/* The ends of a period are times, in order, and instants themselves. */
static void check_time(const char *s, apr_pool_t *p)
{
    const char *from = NULL;
    const char *to = NULL;
    const char *same = NULL;
    const char *none = NULL;
    int found = tmf_time_period(p, s, &from, &to);

    must(!tmf_date_valid(s) || tmf_time_valid(s));
    /* but for the leap second whose end is after the year 9999 */
    must(!tmf_time_valid(s) || found || strncmp(s, "9999-12-31", 10) == 0);
    if (!found) {
        return;
    }
    must(tmf_time_valid(from));
    must(tmf_time_period(p, from, &same, &none) && !none);
    must(strcmp(from, same) == 0);
    if (to) {
        must(tmf_time_valid(to));
        must(strncmp(from, to, SECONDS) <= 0 && strcmp(from, to) != 0);
        must(tmf_time_period(p, to, &same, &none) && !none);
        must(strcmp(to, same) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p = NULL;
    const char *s = NULL;

    apr_pool_create(&p, root_pool());
    s = apr_pstrmemdup(p, (const char *)data, size);
    check_uri(s, size, TMF_PLUS_LITERAL, p);
    check_uri(s, size, TMF_PLUS_BLANK, p);
    check_text(s, size, p);
    check_number(s, size);
    check_depth(s, size);
    check_time(s, p);
    apr_pool_destroy(p);
    return 0;
}
