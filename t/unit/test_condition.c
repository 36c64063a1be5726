/* Conditional requests: what headers are taken, and what they decide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "api/tmf_condition.h"
#include "base/tmf_http_date.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static apr_pool_t *pool;

#define BASE "https://a.example/b"

/* Sun, 06 Nov 1994 08:49:37 GMT, and half a second. */
static const tmf_row_t row = { .id = "1", .body = "{}", .length = 2,
                               .seq = "17", .version = "3",
                               .updated = APR_INT64_C(784111777500000) };

#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define SAME "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

static const tmf_fields_t *fields_of(const char *text)
{
    const tmf_fields_t *fields = NULL;

    assert_null(tmf_fields_parse(text, strlen(text), pool, &fields));
    return fields;
}

/* --- lists of tags ------------------------------------------------------ */

typedef struct list_case_t {
    const char *value;
    int match;                /* tags that If-Match takes; -1: refused */
    int none_match;           /* tags that If-None-Match takes */
} list_case_t;

static const list_case_t lists[] = {
    { "\"17-3-5\"", 1, 1 },
    { "\"17-3-5-0123456789abcdef\"", 1, 1 },
    { " \t\"17-3-5\" \t,\t\"18-1-5\"", 2, 2 },
    { "\"17-3-5\",\"18-1-5\"", 2, 2 },
    /* weak tags are no match for If-Match */
    { "W/\"17-3-5\"", 0, 1 },
    { "W/\"17-3-5\", \"17-4-5\"", 1, 2 },
    /* elements may be empty, all of them even */
    { "", 0, 0 },
    { " ", 0, 0 },
    { ",", 0, 0 },
    { ", ,\"17-3-5\",, \"17-4-5\" ,", 2, 2 },
    /* what filters append */
    { "\"17-3-5-gzip\"", 1, 1 },
    { "\"17-3-5-br\"", 1, 1 },
    { "\"17-3-5--gzip\"", 1, 1 },
    { "\"17-3-5;gzip\"", 1, 1 },
    { "\"17-3-5-zstd\"", 1, 1 },
    { "\"17-3-5-deflate\"", 1, 1 },
    { "\"17-3-5-0123456789abcdef-gzip\"", 1, 1 },
    { "\"17-3-5-br-gzip\"", 1, 1 },
    /* others' tags are tags */
    { "\"\"", 0, 0 },
    { "\"a\"", 0, 0 },
    { "\"17\"", 0, 0 },
    { "\"17-\"", 0, 0 },
    { "\"17-3\"", 0, 0 },
    { "\"17-3-gzip\"", 0, 0 },
    { "\"17--5\"", 0, 0 },
    { "\"-3\"", 0, 0 },
    { "\"17-3-5-\"", 0, 0 },
    { "\"17-3-5-4\"", 0, 0 },
    { "\"17-3-5x\"", 0, 0 },
    { "\"x17-3-5\"", 0, 0 },
    { "\"17-3-5-gzi\"", 0, 0 },
    { "\"17-3-5-gzipp\"", 0, 0 },
    { "\"17-3-5-GZIP\"", 0, 0 },
    { "\"17-3-5-gzip-0123456789abcdef\"", 0, 0 },
    { "\"17-3-5-0123456789abcde\"", 0, 0 },
    { "\"17-3-5-0123456789abcdef0\"", 0, 0 },
    { "\"17-3-5-0123456789ABCDEF\"", 0, 0 },
    { "\"W/17-3-5\"", 0, 0 },
    { "\"*\"", 0, 0 },
    { "\"a,b\",\"17-3-5\"", 1, 1 },
    { "\"\\\",\"17-3-5\"", 1, 1 },
    { "\"\xc3\xa9\xff\"", 0, 0 },
    /* what isn't a list of tags */
    { "17-3-5", -1, -1 },
    { "\"17-3-5", -1, -1 },
    { "17-3-5\"", -1, -1 },
    { "\"17-3-5\" \"17-4-5\"", -1, -1 },
    { "\"17-3-5\"\"17-4-5\"", -1, -1 },
    { "\"17-3-5\";q=1", -1, -1 },
    { "\"17 3\"", -1, -1 },
    { "\"17\t3\"", -1, -1 },
    { "\"17\x7f\"", -1, -1 },
    { "'17-3-5'", -1, -1 },
    { "w/\"17-3-5\"", -1, -1 },
    { "W/17-3-5", -1, -1 },
    { "W/", -1, -1 },
    { "W/ \"17-3-5\"", -1, -1 },
    { "**", -1, -1 },
    { "*, \"17-3-5\"", -1, -1 },
    { "\"17-3-5\", *", -1, -1 },
    { "*,*", -1, -1 },
    { "\"17-3-5\", x", -1, -1 }
};

static void expect_list(const char *name, const tmf_error_t *err,
                        const tmf_tags_t *tags, int wanted)
{
    if (wanted < 0) {
        assert_non_null(err);
        assert_int_equal(err->kind, TMF_BAD_REQUEST);
        assert_non_null(strstr(err->message, name));
        return;
    }
    assert_null(err);
    assert_true(tags->given);
    assert_false(tags->any);
    assert_int_equal(tags->n, wanted);
}

static void lists_are_read_strictly(void **state)
{
    size_t i = 0;

    (void)state;
    for (i = 0; i < COUNT(lists); i++) {
        tmf_request_t match = { .if_match = lists[i].value };
        tmf_request_t none_match = { .if_none_match = lists[i].value };
        tmf_condition_t condition;
        const tmf_error_t *err = NULL;

        print_message("  row %d\n", (int)i);
        err = tmf_condition_read(&match, pool, &condition);
        expect_list("If-Match", err, &condition.match, lists[i].match);
        err = tmf_condition_read(&none_match, pool, &condition);
        expect_list("If-None-Match", err, &condition.none_match,
                    lists[i].none_match);
    }
}

static void a_star_stands_alone(void **state)
{
    tmf_request_t request = { .if_match = "*", .if_none_match = " * " };
    tmf_condition_t condition;

    (void)state;
    assert_null(tmf_condition_read(&request, pool, &condition));
    assert_true(condition.match.given && condition.match.any);
    assert_true(condition.none_match.given && condition.none_match.any);
    request.if_match = NULL;
    request.if_none_match = NULL;
    assert_null(tmf_condition_read(&request, pool, &condition));
    assert_false(condition.match.given || condition.match.any);
    assert_false(condition.none_match.given || condition.none_match.any);
}

static void tags_are_counted(void **state)
{
    tmf_request_t request = { .if_match = "" };
    tmf_condition_t condition;
    int i = 0;

    (void)state;
    for (i = 0; i < TMF_TAGS_MAX; i++) {
        request.if_match = apr_pstrcat(pool, request.if_match, ",\"1-1-5\"",
                                       NULL);
    }
    assert_null(tmf_condition_read(&request, pool, &condition));
    assert_int_equal(condition.match.n, TMF_TAGS_MAX);
    request.if_match = apr_pstrcat(pool, request.if_match, ",\"x\"", NULL);
    assert_non_null(tmf_condition_read(&request, pool, &condition));
}

/* --- tags --------------------------------------------------------------- */

#define STATE "17-3-784111777500000"

static const char *tag_of(const tmf_row_t *of, const char *selection)
{
    return tmf_condition_tag(of, BASE, selection ? fields_of(selection)
                                                 : NULL, pool);
}

static void a_tag_says_state_and_selection(void **state)
{
    static const char *const selections[] = {
        "a", "b", "a,b", "b,a", "a.b", "none"
    };
    const char *tags[COUNT(selections)];
    tmf_row_t other = row;
    size_t i = 0;
    size_t k = 0;

    (void)state;
    assert_memory_equal(tag_of(&row, NULL), STATE "-", sizeof(STATE));
    for (i = 0; i < COUNT(selections); i++) {
        tags[i] = tag_of(&row, selections[i]);
        assert_int_equal(strlen(tags[i]), sizeof(STATE) + 16);
        assert_memory_equal(tags[i], STATE "-", sizeof(STATE));
        assert_string_not_equal(tags[i], tag_of(&row, NULL));
        for (k = 0; k < i; k++) {
            assert_string_not_equal(tags[i], tags[k]);
        }
    }
    assert_string_equal(tags[0], tag_of(&row, "a"));
    assert_string_equal(tags[0], tag_of(&row, "a,id,a"));
    other.version = "4";
    assert_memory_equal(tag_of(&other, NULL), "17-4-", 5);
}

/* What was restored counts its versions from 1 again. */
static void a_version_that_comes_again_has_another_tag(void **state)
{
    tmf_row_t restored = row;
    tmf_request_t request = { 0 };
    tmf_condition_t condition;
    const char *known = NULL;

    (void)state;
    restored.updated++;
    assert_string_not_equal(tag_of(&restored, NULL), tag_of(&row, NULL));
    request.if_match = apr_pstrcat(pool, "\"", tag_of(&row, NULL), "\"",
                                   NULL);
    assert_null(tmf_condition_read(&request, pool, &condition));
    assert_null(tmf_condition_check(&condition, &row, tag_of(&row, NULL),
                                    pool, &known));
    assert_non_null(tmf_condition_check(&condition, &restored,
                                        tag_of(&restored, NULL), pool,
                                        &known));
}

/* The href is part of what is served, not of what is written. */
static void another_base_is_another_text_of_one_state(void **state)
{
    const char *other = tmf_condition_tag(&row, BASE "c", NULL, pool);
    const char *value = apr_pstrcat(pool, "\"", tag_of(&row, NULL), "\"",
                                    NULL);
    tmf_request_t match = { .if_match = value };
    tmf_request_t none_match = { .if_none_match = value };
    tmf_condition_t condition;
    const char *known = NULL;

    (void)state;
    assert_null(tmf_condition_read(&none_match, pool, &condition));
    assert_null(tmf_condition_check(&condition, &row, other, pool, &known));
    assert_null(known);
    assert_null(tmf_condition_read(&match, pool, &condition));
    assert_null(tmf_condition_check(&condition, &row, other, pool, &known));
}

/* --- decisions ---------------------------------------------------------- */

typedef struct check_case_t {
    const char *if_match;
    const char *if_none_match;
    const char *if_modified_since;
    const char *if_unmodified_since;
    int status;               /* 200, 304 or 412 */
} check_case_t;

static const check_case_t checks[] = {
    { NULL, NULL, NULL, NULL, 200 },
    { "*", NULL, NULL, NULL, 200 },
    { "\"17-3-5\"", NULL, NULL, NULL, 200 },
    { "\"1-1-5\", \"17-3-5-gzip\"", NULL, NULL, NULL, 200 },
    { "\"17-3-5-0123456789abcdef\"", NULL, NULL, NULL, 200 },
    { "", NULL, NULL, NULL, 412 },
    { "W/\"17-3-5\"", NULL, NULL, NULL, 412 },
    { "\"17-4-5\"", NULL, NULL, NULL, 412 },
    { "\"17-30-5\"", NULL, NULL, NULL, 412 },
    { "\"17-2-5\", \"117-3-5\", \"017-3-5\"", NULL, NULL, NULL, 412 },
    { NULL, "*", NULL, NULL, 304 },
    { NULL, "\"17-3-5\"", NULL, NULL, 304 },
    { NULL, "W/\"17-3-5\"", NULL, NULL, 304 },
    { NULL, "\"17-3-5-br\"", NULL, NULL, 304 },
    { NULL, "\"x\", \"17-3-5\"", NULL, NULL, 304 },
    { NULL, "", NULL, NULL, 200 },
    { NULL, "\"17-4-5\"", NULL, NULL, 200 },
    /* a part is not the whole */
    { NULL, "\"17-3-5-0123456789abcdef\"", NULL, NULL, 200 },
    { NULL, NULL, BEFORE, NULL, 200 },
    /* a date of the second of the change may be older than the change */
    { NULL, NULL, SAME, NULL, 200 },
    { NULL, NULL, AFTER, NULL, 304 },
    { NULL, NULL, "Sunday, 06-Nov-94 08:49:38 GMT", NULL, 304 },
    { NULL, NULL, "Sun Nov  6 08:49:38 1994", NULL, 304 },
    { NULL, NULL, "yesterday", NULL, 200 },
    { NULL, NULL, NULL, BEFORE, 412 },
    { NULL, NULL, NULL, SAME, 412 },
    { NULL, NULL, NULL, AFTER, 200 },
    { NULL, NULL, NULL, "Thu, 01 Jan 1970 00:00:00 GMT", 412 },
    { NULL, NULL, NULL, "1994-11-06T08:49:36Z", 200 },
    /* tags come before dates, and what refuses before what is unchanged */
    { "\"17-3-5\"", NULL, NULL, BEFORE, 200 },
    { "\"17-4-5\"", NULL, NULL, AFTER, 412 },
    { NULL, "\"17-4-5\"", AFTER, NULL, 200 },
    { NULL, "\"17-3-5\"", BEFORE, NULL, 304 },
    { "\"17-4-5\"", "\"17-3-5\"", NULL, NULL, 412 },
    { "\"17-3-5\"", "\"17-3-5\"", NULL, NULL, 304 },
    { NULL, "\"17-3-5\"", NULL, BEFORE, 412 },
    { NULL, "\"17-4-5\"", BEFORE, AFTER, 200 },
    { NULL, NULL, AFTER, BEFORE, 412 }
};

static void conditions_are_held_in_order(void **state)
{
    size_t i = 0;

    (void)state;
    for (i = 0; i < COUNT(checks); i++) {
        tmf_request_t request = {
            .if_match = checks[i].if_match,
            .if_none_match = checks[i].if_none_match,
            .if_modified_since = checks[i].if_modified_since,
            .if_unmodified_since = checks[i].if_unmodified_since
        };
        tmf_condition_t condition;
        const tmf_error_t *err = NULL;
        const char *known = NULL;

        print_message("  row %d: %d\n", (int)i, checks[i].status);
        assert_null(tmf_condition_read(&request, pool, &condition));
        err = tmf_condition_check(&condition, &row, "17-3-5", pool,
                                  &known);
        assert_int_equal(err ? err->status : known ? 304 : 200,
                         checks[i].status);
    }
}

static const char *known_of(const char *if_none_match, const char *tag)
{
    tmf_request_t request = { .if_match = "*",
                              .if_none_match = if_none_match };
    tmf_condition_t condition;
    const char *known = NULL;

    assert_null(tmf_condition_read(&request, pool, &condition));
    assert_null(tmf_condition_check(&condition, &row, tag, pool, &known));
    return known;
}

static void a_304_has_the_tag_that_is_known(void **state)
{
    const char *tag = tag_of(&row, "a");
    const char *gzip = apr_pstrcat(pool, tag, "-gzip", NULL);
    const char *list = apr_pstrcat(pool, "\"17-3-5-br\", W/\"", gzip, "\"",
                                   NULL);

    (void)state;
    assert_string_equal(known_of(list, tag), gzip);
    assert_string_equal(known_of(list, "17-3-5"), "17-3-5-br");
    assert_null(known_of(list, "17-4-5"));
    assert_string_equal(known_of("*", tag), tag);
}

/* Last-Modified for a request that comes so long after the change. */
static const char *date_after(apr_time_t time)
{
    apr_table_t *headers = apr_table_make(pool, 4);

    tmf_condition_headers(&row, "17-3-5", row.updated + time, pool, headers);
    assert_string_equal(apr_table_get(headers, "ETag"), "\"17-3-5\"");
    assert_string_equal(apr_table_get(headers, "Cache-Control"),
                        "no-cache");
    return apr_table_get(headers, "Last-Modified");
}

/* A date is told when no change can come any more that has the same. */
static void a_new_change_has_no_date(void **state)
{
    (void)state;
    assert_null(date_after(-apr_time_from_sec(1000)));
    assert_null(date_after(0));
    assert_null(date_after(apr_time_from_msec(1499)));
    assert_string_equal(date_after(apr_time_from_msec(1500)), AFTER);
    assert_string_equal(date_after(apr_time_from_sec(1000)), AFTER);
}

/* --- dates -------------------------------------------------------------- */

static const struct {
    const char *text;
    apr_int64_t seconds;
} dates[] = {
    { SAME, 784111777 },
    { "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
    { "Sun Nov  6 08:49:37 1994", 784111777 },
    { "Wed Nov 16 08:49:37 1994", 784975777 },
    { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
    { "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
    { "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
    { "Tue, 29 Feb 2000 23:59:59 GMT", 951868799 },
    { "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
    { "Fri, 31 Dec 9999 23:59:59 GMT", APR_INT64_C(253402300799) },
    { "Sat, 01 Jan 0000 00:00:00 GMT", APR_INT64_C(-62167219200) }
};

static const char *const no_dates[] = {
    "", "x", "Sun", "Sunday", "Sun, ", "0", "784111777",
    "1994-11-06T08:49:37Z",
    "sun, 06 Nov 1994 08:49:37 GMT",
    "Son, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0100",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    "Sun, 06 Nov 1994 08:49:37 GMT; length=4",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06 Nov 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 31 Nov 1994 08:49:37 GMT",
    "Sun, 29 Feb 2023 08:49:37 GMT",
    "Sun, 29 Feb 1900 08:49:37 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun Nov 06 08:49:37 1994 GMT",
    "Sun Nov  0 08:49:37 1994"
};

static void dates_have_three_forms(void **state)
{
    apr_int64_t seconds = 0;
    size_t i = 0;

    (void)state;
    for (i = 0; i < COUNT(dates); i++) {
        print_message("  %s\n", dates[i].text);
        assert_true(tmf_http_date_read(dates[i].text, &seconds));
        assert_int_equal(seconds, dates[i].seconds);
    }
    for (i = 0; i < COUNT(no_dates); i++) {
        print_message("  not %s\n", no_dates[i]);
        assert_false(tmf_http_date_read(no_dates[i], &seconds));
    }
}

/* A year of two digits is this century's, unless that is too far ahead. */
static void short_years_are_near(void **state)
{
    apr_time_exp_t now;
    apr_int64_t seconds = 0;
    int year = 0;

    (void)state;
    apr_time_exp_gmt(&now, apr_time_now());
    for (year = 0; year < 100; year++) {
        const char *text = apr_psprintf(
            pool, "Monday, 01-Jan-%02d 00:00:00 GMT", year);
        apr_time_exp_t then;

        assert_true(tmf_http_date_read(text, &seconds));
        if (seconds >= 0) {
            apr_time_exp_gmt(&then, apr_time_from_sec(seconds));
            assert_int_equal((then.tm_year + 1900) % 100, year);
            assert_true(then.tm_year <= now.tm_year + 50);
            assert_true(then.tm_year > now.tm_year - 50);
        }
    }
}

static void dates_made_are_dates(void **state)
{
    apr_int64_t wanted = 0;
    apr_int64_t seconds = 0;

    (void)state;
    for (wanted = 0; wanted < APR_INT64_C(4102444800);
         wanted += 86400 * 3 + 12345) {
        assert_true(tmf_http_date_read(tmf_http_date_make(wanted, pool),
                                       &seconds));
        assert_int_equal(seconds, wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read_strictly),
        cmocka_unit_test(a_star_stands_alone),
        cmocka_unit_test(tags_are_counted),
        cmocka_unit_test(a_tag_says_state_and_selection),
        cmocka_unit_test(a_version_that_comes_again_has_another_tag),
        cmocka_unit_test(another_base_is_another_text_of_one_state),
        cmocka_unit_test(conditions_are_held_in_order),
        cmocka_unit_test(a_304_has_the_tag_that_is_known),
        cmocka_unit_test(a_new_change_has_no_date),
        cmocka_unit_test(dates_have_three_forms),
        cmocka_unit_test(short_years_are_near),
        cmocka_unit_test(dates_made_are_dates)
    };
    int failed = 0;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    failed = cmocka_run_group_tests_name("condition", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
