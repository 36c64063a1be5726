/* Attribute selection and hrefs. What is refused in a selection is in
 * test_query.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>


#include "api/tmf_fields.h"
#include "api/tmf_href.h"
#include "pool.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- selection --------------------------------------------------------- */

static const struct {
    const char *raw;
    const char *json;         /* NULL: all */
} selections[] = {
    { "", NULL },
    { ",,", NULL },
    { "none", "{}" },
    { ",none,", "{}" },
    { "none,a", "{\"a\":{}}" },
    { "a,none", "{\"a\":{}}" },
    { "None", "{\"None\":{}}" },
    { "none.a", "{\"none\":{\"a\":{}}}" },
    { "a.none", "{\"a\":{\"none\":{}}}" },
    { "id", "{}" },
    { "id,href,id.x,href.y.z", "{}" },
    { "a,id", "{\"a\":{}}" },
    { "a.id,a.href", "{\"a\":{\"id\":{},\"href\":{}}}" },
    { "idle,hrefs", "{\"idle\":{},\"hrefs\":{}}" },
    { "b,a", "{\"b\":{},\"a\":{}}" },
    { "a,,b", "{\"a\":{},\"b\":{}}" },
    { "a%2Cb%2cc", "{\"a\":{},\"b\":{},\"c\":{}}" },
    { "a,b,a", "{\"a\":{},\"b\":{}}" },
    { "a.b,c,a.d", "{\"a\":{\"b\":{},\"d\":{}},\"c\":{}}" },
    { "a,a.b", "{\"a\":{}}" },
    { "a.b,a", "{\"a\":{}}" },
    { "a.b.c,a.b,a.b.d", "{\"a\":{\"b\":{}}}" },
    { "a.b.c,a.b.d,a.e", "{\"a\":{\"b\":{\"c\":{},\"d\":{}},\"e\":{}}}" },
    { "ab,a,abc", "{\"ab\":{},\"a\":{},\"abc\":{}}" },
    { "@type", "{\"@type\":{}}" },
    { "+a,b%20", "{\" a\":{},\"b \":{}}" },
    { "a;b", "{\"a;b\":{}}" },
    { "a%22%5C%0A", "{\"a\\\"\\\\\\n\":{}}" },
    { "%C3%A9", "{\"\xC3\xA9\":{}}" }
};

static void test_selections(void **state)
{
    apr_pool_t *p = *state;
    size_t i = 0;

    for (i = 0; i < COUNT(selections); i++) {
        const char *raw = selections[i].raw;
        const tmf_fields_t *fields = NULL;

        assert_null(tmf_fields_parse(raw, strlen(raw), p, &fields));
        if (!selections[i].json) {
            assert_null(fields);
            continue;
        }
        assert_non_null(fields);
        assert_string_equal(tmf_fields_json(fields, p),
                            selections[i].json);
    }
    assert_string_equal(tmf_fields_json(NULL, p), "{}");
}

/* The value need not end where its text does. */
static void test_selection_length(void **state)
{
    const tmf_fields_t *fields = NULL;

    assert_null(tmf_fields_parse("ab,c&d", 4, *state, &fields));
    assert_string_equal(tmf_fields_json(fields, *state),
                        "{\"ab\":{},\"c\":{}}");
}

/* --- hrefs ------------------------------------------------------------- */

static const struct {
    const char *href;
    const char *id;           /* NULL: not an href of a lamp */
} hrefs[] = {
    { "http://h/lamp/1", "1" },
    { "https://h:8443/tmf-api/v4/lamp/1", "1" },
    { "https://user@h/x/lamp/1", "1" },
    { "HTTP://h/lamp/1", "1" },
    { "//h/lamp/1", "1" },
    { "/lamp/1", "1" },
    { "/a/b/lamp/1", "1" },
    { "lamp/1", "1" },
    { "v4/lamp/1", "1" },
    { "../lamp/1", "1" },
    { "/lamp/a%2Fb%3F%23", "a/b?#" },
    { "/lamp/a+b%2B", "a+b+" },
    { "/lamp/a:b", "a:b" },
    { "/lamp/%C3%A9", "\xC3\xA9" },
    { "/lamp/lamp", "lamp" },
    { "/lamp/lamp/1", "1" },
    { "", NULL },
    { "/", NULL },
    { "1", NULL },
    { "/1", NULL },
    { "lamp", NULL },
    { "/lamp", NULL },
    { "/lamp/", NULL },
    { "/lamp/1/", NULL },
    { "/lamp/1?a", NULL },
    { "/lamp/1#a", NULL },
    { "/x?/lamp/1", NULL },
    { "/x#/lamp/1", NULL },
    { "/lamps/1", NULL },
    { "/lam/1", NULL },
    { "/xlamp/1", NULL },
    { "xlamp/1", NULL },
    { "/Lamp/1", NULL },
    { "/lamp/1/2", NULL },
    { "http://lamp/1", NULL },
    { "//lamp/1", NULL },
    { "http://h", NULL },
    { "http:lamp/1", NULL },
    { "urn:x:lamp/1", NULL },
    { "/lamp/%", NULL },
    { "/lamp/%4", NULL },
    { "/lamp/a%00", NULL },
    { "/lamp/%FF", NULL }
};

static void test_hrefs(void **state)
{
    apr_pool_t *p = *state;
    size_t failed = 0;
    size_t i = 0;

    for (i = 0; i < COUNT(hrefs); i++) {
        const char *expected = hrefs[i].id ? hrefs[i].id : "(none)";
        const char *id = tmf_href_id(hrefs[i].href, "lamp", p);

        if (strcmp(id ? id : "(none)", expected) != 0) {
            print_error("\"%s\" gave \"%s\"\n", hrefs[i].href,
                        id ? id : "(none)");
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void test_href_made(void **state)
{
    static const char *const ids[] = {
        "1", "a/b", "a b+c", "?#%&=", "\xC3\xA9", "..", "lamp"
    };
    apr_pool_t *p = *state;
    size_t i = 0;

    assert_string_equal(tmf_href_make("https://h/v4", "lamp", "a/b+\xC3\xA9",
                                      p),
                        "https://h/v4/lamp/a%2Fb%2B%C3%A9");
    for (i = 0; i < COUNT(ids); i++) {
        const char *href = tmf_href_make("https://h/v4", "lamp", ids[i], p);

        assert_string_equal(tmf_href_id(href, "lamp", p), ids[i]);
    }
}

/* --- runner ------------------------------------------------------------ */

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_selections),
        TEST(test_selection_length),
        TEST(test_hrefs),
        TEST(test_href_made)
    };

    return cmocka_run_group_tests(tests, make_root, destroy_root);
}
