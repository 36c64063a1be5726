/* Idempotency-Key: which headers are keys, and which requests are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "api/tmf_key.h"
#include "pool.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct {
    const char *value;
    const char *key;          /* NULL: refused */
} headers[] = {
    { "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"",
      "8e03978e-40d5-43dd-bc93-6894a57f9324" },
    { "8e03978e-40d5-43dd-bc93-6894a57f9324",
      "8e03978e-40d5-43dd-bc93-6894a57f9324" },
    { "a", "a" },
    { " \ta\t ", "a" },
    { " \t\"a\"\t ", "a" },
    { "\" a \"", " a " },
    { "a b", "a b" },
    { "a;b=c", "a;b=c" },
    { "a'b\\c", "a'b\\c" },
    { "!~", "!~" },
    { "\"a, b\"", "a, b" },
    { "\"\\\"\\\\\"", "\"\\" },
    /* none */
    { "", NULL },
    { " ", NULL },
    { "\"\"", NULL },
    { "\"", NULL },
    { "\"a", NULL },
    { "a\"", NULL },
    { "a\"b", NULL },
    { "\"a\\\"", NULL },
    { "\"a\\b\"", NULL },
    { "\"a\\", NULL },
    /* two headers, and lists */
    { "a, b", NULL },
    { "a,", NULL },
    { ",a", NULL },
    { ",", NULL },
    { "\"a\", \"b\"", NULL },
    { "\"a\",\"a\"", NULL },
    { "\"a\"\"b\"", NULL },
    { "\"a\";p=1", NULL },
    { "\"a\" b", NULL },
    /* not printable */
    { "a\tb", NULL },
    { "\"a\tb\"", NULL },
    { "\"a\x7f\"", NULL },
    { "a\x7f", NULL },
    { "a\x01", NULL },
    { "caf\xc3\xa9", NULL },
    { "\"caf\xc3\xa9\"", NULL },
    { "\xff", NULL }
};

static void test_headers(void **state)
{
    size_t i = 0;

    for (i = 0; i < COUNT(headers); i++) {
        const char *key = NULL;
        const tmf_error_t *err = tmf_key_read(headers[i].value, *state,
                                              &key);

        print_message("  row %d\n", (int)i);
        if (headers[i].key) {
            assert_null(err);
            assert_string_equal(key, headers[i].key);
        }
        else {
            assert_non_null(err);
            assert_int_equal(err->kind, TMF_BAD_REQUEST);
            assert_null(key);
        }
    }
}

/* n times a character, between others. */
static const char *fill(apr_pool_t *p, const char *before, char c, int n,
                        const char *after)
{
    char *text = apr_pcalloc(p, (apr_size_t)n + 1);

    memset(text, c, (size_t)n);
    return apr_pstrcat(p, before, text, after, NULL);
}

static void test_length(void **state)
{
    apr_pool_t *p = *state;
    const char *key = NULL;

    assert_null(tmf_key_read(fill(p, "", 'a', 255, ""), p, &key));
    assert_int_equal(strlen(key), 255);
    assert_null(tmf_key_read(fill(p, "\"", 'a', 255, "\""), p, &key));
    assert_int_equal(strlen(key), 255);
    assert_null(tmf_key_read(fill(p, "\"\\\"", 'a', 254, "\""), p, &key));
    assert_int_equal(strlen(key), 255);
    assert_non_null(tmf_key_read(fill(p, "", 'a', 256, ""), p, &key));
    assert_non_null(tmf_key_read(fill(p, "\"", 'a', 256, "\""), p, &key));
    assert_non_null(tmf_key_read(fill(p, "\"", 'a', 8000, ""), p, &key));
}

/* No two of these are the same request. */
static const struct {
    const char *method;
    const char *path;
    const char *query;
    const char *type;
    const char *user;
    const char *body;
} requests[] = {
    { "POST", "/a", NULL, "application/json", NULL, "{}" },
    { "PATCH", "/a", NULL, "application/json", NULL, "{}" },
    { "POST", "/b", NULL, "application/json", NULL, "{}" },
    { "POST", "/a", "", "application/json", NULL, "{}" },
    { "POST", "/a", "fields=id", "application/json", NULL, "{}" },
    { "POST", "/a", NULL, NULL, NULL, "{}" },
    { "POST", "/a", NULL, "", NULL, "{}" },
    { "POST", "/a", NULL, "application/json;charset=utf-8", NULL, "{}" },
    { "POST", "/a", NULL, "application/json", "", "{}" },
    { "POST", "/a", NULL, "application/json", "ann", "{}" },
    { "POST", "/a", NULL, "application/json", "ann\n{}", "" },
    { "POST", "/a", NULL, "application/json", "ann%0A%7B%7D", "" },
    { "POST", "/a", NULL, "application/json", "an\xff", "{}" },
    { "POST", "/a", NULL, "application/json", NULL, "{} " },
    { "POST", "/a", NULL, "application/json", NULL, "" },
    { "POST", "/a", NULL, "application/json", NULL, "\n{}" },
    { "POST", "/a\n", NULL, "application/json", NULL, "{}" },
    { "POST", "/a=", NULL, "application/json", NULL, "{}" }
};

static const char *text_of(size_t i, const char *base, apr_pool_t *p)
{
    const tmf_request_t request = {
        .method = requests[i].method, .path = requests[i].path,
        .query = requests[i].query, .base = base,
        .content_type = requests[i].type, .user = requests[i].user
    };
    tmf_key_t key = { "k", NULL, NULL, NULL };

    tmf_key_bind(&key, &request, requests[i].body, p);
    assert_ptr_equal(key.base, base);
    return key.request;
}

static void test_requests(void **state)
{
    size_t i = 0;
    size_t k = 0;

    for (i = 0; i < COUNT(requests); i++) {
        const char *text = text_of(i, "http://a.example", *state);

        assert_string_equal(text_of(i, "http://b.example", *state), text);
        for (k = 0; k < i; k++) {
            assert_string_not_equal(text_of(k, "", *state), text);
        }
    }
}

static void test_others(void **state)
{
    const tmf_request_t request = { .method = "DELETE", .path = "/a/1",
                                    .base = "http://a.example" };
    tmf_key_t none = { NULL, NULL, NULL, NULL };
    tmf_key_t key = { "k", NULL, NULL, NULL };

    tmf_key_bind(&none, &request, NULL, *state);
    assert_null(none.request);
    assert_null(none.base);
    tmf_key_bind(&key, &request, NULL, *state);
    assert_string_equal(key.request, "=DELETE\n=%2Fa%2F1\n\n\n\n");
}

/* Each has keys of his own; a name is a text that SQL takes, without blanks:
 * the key follows one. */
static void test_users(void **state)
{
    static const char *const users[][2] = {
        { NULL, "" }, { "", "=" }, { "ann", "=ann" }, { "ben", "=ben" },
        { "=", "=%3D" }, { "a b", "=a%20b" }, { "z\xf6", "=z%F6" },
        { "a\n", "=a%0A" }
    };
    size_t i = 0;

    for (i = 0; i < COUNT(users); i++) {
        const tmf_request_t request = { .method = "POST", .path = "/a",
                                        .user = users[i][0] };
        tmf_key_t key = { "k", NULL, NULL, NULL };

        tmf_key_bind(&key, &request, "{}", *state);
        assert_string_equal(key.user, users[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_headers),
        TEST(test_length),
        TEST(test_requests),
        TEST(test_users),
        TEST(test_others)
    };

    return cmocka_run_group_tests(tests, make_root, destroy_root);
}
