/* Ids that the server makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "base/tmf_id.h"

#define MANY 10000

static int make_pool(void **state)
{
    apr_pool_t *p = NULL;

    apr_pool_create(&p, NULL);
    *state = p;
    return 0;
}

static int drop_pool(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}

static apr_int64_t time_of(const char *id, apr_pool_t *p)
{
    const char *digits = apr_pstrcat(p, apr_pstrndup(p, id, 8),
                                     apr_pstrndup(p, id + 9, 4), NULL);

    return apr_strtoi64(digits, NULL, 16);
}

static void test_form(void **state)
{
    apr_pool_t *p = *state;
    apr_int64_t before = apr_time_as_msec(apr_time_now());
    const char *id = tmf_id_make(p);
    apr_int64_t after = apr_time_as_msec(apr_time_now());
    int i = 0;

    assert_int_equal(strlen(id), 36);
    for (i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            assert_int_equal(id[i], '-');
        } else {
            assert_non_null(strchr("0123456789abcdef", id[i]));
        }
    }
    assert_int_equal(id[14], '7');
    assert_non_null(strchr("89ab", id[19]));
    assert_true(before <= time_of(id, p) && time_of(id, p) <= after);
}

static void test_no_two_alike(void **state)
{
    apr_pool_t *p = *state;
    apr_hash_t *seen = apr_hash_make(p);
    const char *last = "";
    int i = 0;

    for (i = 0; i < MANY; i++) {
        const char *id = tmf_id_make(p);

        assert_true(strncmp(last, id, 13) <= 0);
        last = id;
        apr_hash_set(seen, id, APR_HASH_KEY_STRING, id);
    }
    assert_int_equal(apr_hash_count(seen), MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form), cmocka_unit_test(test_no_two_alike),
    };
    int failed = 0;

    apr_initialize();
    failed = cmocka_run_group_tests_name("id", tests, make_pool, drop_pool);
    apr_terminate();
    return failed;
}
