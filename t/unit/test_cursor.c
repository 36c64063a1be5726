/* Cursors: what they hold comes back, and nothing else is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "api/tmf_cursor.h"

#define SCOPE "set/thing?name=a"

static apr_pool_t *pool;
static const unsigned char key[TMF_CURSOR_KEY] = "0123456789abcde";
static const unsigned char other_key[TMF_CURSOR_KEY] = "0123456789abcdf";

static const char *const keys[TMF_CURSOR_KEYS + 1] = {
    "a", NULL, "", "\xc3\xa4 \"\\\n", "12.30", NULL, "x", "y", "z"
};

static void expect_same(const tmf_cursor_t *wanted)
{
    const char *text = tmf_cursor_seal(wanted, SCOPE, key, pool);
    tmf_cursor_t got;
    int i = 0;

    assert_non_null(text);
    assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_0123456789"
                                  "abcdefghijklmnopqrstuvwxyz"),
                     strlen(text));
    assert_null(tmf_cursor_open(text, SCOPE, key, pool, &got));
    assert_int_equal(!got.backward, !wanted->backward);
    assert_int_equal(got.skipped, wanted->skipped);
    assert_string_equal(got.seq, wanted->seq);
    assert_int_equal(got.n_keys, wanted->n_keys);
    for (i = 0; i < got.n_keys; i++) {
        if (wanted->keys[i]) {
            assert_string_equal(got.keys[i], wanted->keys[i]);
        }
        else {
            assert_null(got.keys[i]);
        }
    }
}

static void a_cursor_comes_back(void **state)
{
    static const char *const sequences[] = { "0", "1", "127", "128",
                                             "999999999999999999" };
    static const apr_int64_t skips[] = { 0, 1, 127, 128, 900000,
                                         APR_INT64_C(9007199254740992),
                                         APR_INT64_MAX };
    tmf_cursor_t cursor = { 0, 0, "1", 0, keys };
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
        cursor.seq = sequences[i];
        expect_same(&cursor);
    }
    for (i = 0; i < sizeof(skips) / sizeof(skips[0]); i++) {
        cursor.skipped = skips[i];
        expect_same(&cursor);
    }
    cursor.backward = 1;
    for (i = 0; i <= TMF_CURSOR_KEYS; i++) {
        cursor.n_keys = (int)i;
        expect_same(&cursor);
    }
}

/* What a client may not make of it. */
static void a_changed_cursor_is_refused(void **state)
{
    const tmf_cursor_t cursor = { 0, 7, "123", 2, keys };
    const char *text = tmf_cursor_seal(&cursor, SCOPE, key, pool);
    tmf_cursor_t got;
    size_t i = 0;

    (void)state;
    for (i = 0; i < strlen(text); i++) {
        char *changed = apr_pstrdup(pool, text);
        tmf_error_t *err = NULL;

        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        err = tmf_cursor_open(changed, SCOPE, key, pool, &got);
        assert_non_null(err);
        assert_int_equal(err->kind, TMF_INVALID_QUERY);
        changed[i] = '\0';
        assert_non_null(tmf_cursor_open(changed, SCOPE, key, pool, &got));
    }
    assert_non_null(tmf_cursor_open(apr_pstrcat(pool, text, "A", NULL), SCOPE,
                                    key, pool, &got));
    assert_non_null(tmf_cursor_open(apr_pstrcat(pool, text, "=", NULL), SCOPE,
                                    key, pool, &got));
    assert_non_null(tmf_cursor_open(apr_pstrcat(pool, " ", text, NULL), SCOPE,
                                    key, pool, &got));
}

static void a_cursor_is_of_its_scope_and_key(void **state)
{
    static const char *const scopes[] = { "", "set/thing?name=",
        "set/thing?name=ab", "set/thing?name=b", "set2/thing?name=a" };
    const tmf_cursor_t cursor = { 0, 0, "1", 1, keys };
    const char *text = tmf_cursor_seal(&cursor, SCOPE, key, pool);
    tmf_cursor_t got;
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        assert_non_null(tmf_cursor_open(text, scopes[i], key, pool, &got));
    }
    assert_non_null(tmf_cursor_open(text, SCOPE, other_key, pool, &got));
    assert_null(tmf_cursor_open(text, SCOPE, key, pool, &got));
}

static void a_cursor_has_bounds(void **state)
{
    char *much = apr_pcalloc(pool, TMF_CURSOR_MAX + 2);
    const char *long_keys[] = { much };
    tmf_cursor_t cursor = { 0, 0, "1", 1, long_keys };
    tmf_cursor_t got;
    int n = 0;

    (void)state;
    for (n = 0; n < TMF_CURSOR_MAX; n++) {
        const char *text = tmf_cursor_seal(&cursor, SCOPE, key, pool);

        if (!text) {
            break;
        }
        assert_true(strlen(text) <= TMF_CURSOR_MAX);
        assert_null(tmf_cursor_open(text, SCOPE, key, pool, &got));
        much[n] = 'x';
    }
    assert_in_range(n, 700, TMF_CURSOR_MAX - 1);
    memset(much, 'A', TMF_CURSOR_MAX + 1);
    assert_non_null(tmf_cursor_open(much, SCOPE, key, pool, &got));
}

/* A sequence that is none, as a table not of ours might have it. */
static void a_strange_place_has_no_cursor(void **state)
{
    static const char *const strange[] = { "", "-1", "+1", "01", "1 ", "1.0",
                                           "1000000000000000000", "x" };
    tmf_cursor_t cursor = { 0, 0, "1", TMF_CURSOR_KEYS + 1, keys };
    size_t i = 0;

    (void)state;
    assert_null(tmf_cursor_seal(&cursor, SCOPE, key, pool));
    cursor.n_keys = 0;
    for (i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        cursor.seq = strange[i];
        assert_null(tmf_cursor_seal(&cursor, SCOPE, key, pool));
    }
    cursor.seq = "1";
    cursor.skipped = -1;
    assert_null(tmf_cursor_seal(&cursor, SCOPE, key, pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_comes_back),
        cmocka_unit_test(a_changed_cursor_is_refused),
        cmocka_unit_test(a_cursor_is_of_its_scope_and_key),
        cmocka_unit_test(a_cursor_has_bounds),
        cmocka_unit_test(a_strange_place_has_no_cursor)
    };
    int failed = 0;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    failed = cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
