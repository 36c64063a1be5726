/* Fuzz target: the headers of a conditional request, one a line: If-Match,
 * If-None-Match, If-Modified-Since, If-Unmodified-Since; and
 * Idempotency-Key. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "api/tmf_condition.h"
#include "api/tmf_key.h"
#include "base/tmf_http_date.h"

#define HEADERS 5

/* 31 December 9999, and as many seconds before 1970 as there can be. */
#define LATEST APR_INT64_C(253402300800)
#define EARLIEST APR_INT64_C(-62167219200)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const tmf_row_t row = { .id = "1", .body = "{}", .length = 2,
                               .seq = "17", .version = "3",
                               .updated = APR_INT64_C(784111777500000) };

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

/* What goes into a statement and is compared is of one form. */
static void check_tag(const tmf_tag_t *tag)
{
    size_t length = strlen(tag->version);
    const char *end = tag->version;
    int i = 0;

    for (i = 0; i < 3; i++) {
        size_t digits = strspn(end, "0123456789");

        require(digits > 0 && end[digits] == (i < 2 ? '-' : '\0'));
        end += digits + (i < 2);
    }
    require(!strncmp(tag->text, tag->version, length));
    require(strlen(tag->text) == length
            || strlen(tag->text) == length + 17);
}

/* A list of what was taken of a list is the same list. */
static void check_again(const tmf_tags_t *tags, apr_pool_t *p)
{
    tmf_request_t request = { .if_none_match = "" };
    tmf_condition_t condition;
    int i = 0;

    for (i = 0; i < tags->n; i++) {
        request.if_none_match = apr_pstrcat(p, request.if_none_match, "\"",
                                            tags->list[i].text, "\",", NULL);
    }
    require(!tmf_condition_read(&request, p, &condition));
    require(condition.none_match.n == tags->n);
    for (i = 0; i < tags->n; i++) {
        require(!strcmp(condition.none_match.list[i].text,
                        tags->list[i].text));
    }
}

static void check_tags(const tmf_tags_t *tags, int is_given, apr_pool_t *p)
{
    int i = 0;

    require(tags->given == is_given);
    require(tags->n >= 0 && tags->n <= TMF_TAGS_MAX);
    require(tags->given || (!tags->any && tags->n == 0));
    require(!tags->any || tags->n == 0);
    for (i = 0; i < tags->n; i++) {
        check_tag(&tags->list[i]);
    }
    check_again(tags, p);
}

static void check_since(const tmf_since_t *since, const char *value,
                        apr_pool_t *p)
{
    apr_int64_t again = 0;

    require(!since->given || value);
    if (!since->given) {
        return;
    }
    require(since->seconds >= EARLIEST && since->seconds <= LATEST);
    if (since->seconds >= 0 && since->seconds < LATEST) {
        require(tmf_http_date_read(tmf_http_date_make(since->seconds, p),
                                   &again));
        require(again == since->seconds);
    }
}

static void check_condition(const tmf_request_t *request, apr_pool_t *p)
{
    tmf_condition_t condition;
    const tmf_error_t *err = tmf_condition_read(request, p, &condition);
    const char *known = NULL;

    if (err) {
        require(err->kind == TMF_BAD_REQUEST);
        return;
    }
    check_tags(&condition.match, request->if_match != NULL, p);
    check_tags(&condition.none_match, request->if_none_match != NULL, p);
    check_since(&condition.modified_since, request->if_modified_since, p);
    check_since(&condition.unmodified_since, request->if_unmodified_since,
                p);
    err = tmf_condition_check(&condition, &row, "17-3-5", p, &known);
    require(!err || (err->kind == TMF_PRECONDITION_FAILED && !known));
    require(!known || !strncmp(known, "17-3-5", 6));
}

/* A key that was taken is the same key in quotes. */
static void check_key(const char *value, apr_pool_t *p)
{
    const char *key = NULL;
    const char *again = NULL;
    const char *quoted = "\"";
    size_t i = 0;

    if (tmf_key_read(value, p, &key)) {
        require(!key);
        return;
    }
    require(*key && strlen(key) <= TMF_KEY_MAX);
    for (i = 0; key[i]; i++) {
        const char escaped[] = { '\\', key[i], '\0' };

        require(key[i] >= ' ' && key[i] <= '~');
        quoted = apr_pstrcat(p, quoted, strchr("\\\"", key[i])
                                            ? escaped : escaped + 1, NULL);
    }
    require(!tmf_key_read(apr_pstrcat(p, quoted, "\"", NULL), p, &again));
    require(!strcmp(key, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p = NULL;
    const char *lines[HEADERS] = { NULL, NULL, NULL, NULL, NULL };
    tmf_request_t request = { .method = "GET" };
    char *text = NULL;
    int i = 0;

    apr_pool_create(&p, root_pool());
    text = apr_pstrmemdup(p, (const char *)data, size);
    for (i = 0; i < HEADERS && text; i++) {
        char *end = strchr(text, '\n');

        if (end) {
            *end++ = '\0';
        }
        /* a header that is not there */
        lines[i] = strcmp(text, "-") ? text : NULL;
        text = end;
    }
    request.if_match = lines[0];
    request.if_none_match = lines[1];
    request.if_modified_since = lines[2];
    request.if_unmodified_since = lines[3];
    check_condition(&request, p);
    if (lines[4]) {
        check_key(lines[4], p);
    }
    apr_pool_destroy(p);
    return 0;
}
