/* Bounds of JSON texts: numbers, nesting, values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "base/tmf_number.h"
#include "base/tmf_text.h"
#include "pool.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A literal and its length, NULs included. */
#define BYTES(literal) literal, sizeof(literal) - 1

static const struct {
    const char *s;
    int valid;
} numbers[] = {
    { "0", 1 },
    { "-0", 1 },
    { "7", 1 },
    { "-12.30", 1 },
    { "0.1", 1 },
    { "1e5", 1 },
    { "1E+5", 1 },
    { "1.25e-5", 1 },
    { "0e0", 1 },
    { "9007199254740993", 1 },
    { "99999999999999999999.99", 1 },
    { "1e38", 1 },
    { "1e-38", 1 },
    { "1e038", 1 },
    { "1e0000000000000000000000000000000000000038", 1 },
    { "1e39", 0 },
    { "1e-39", 0 },
    { "1e99999999999999999999", 0 },
    { "", 0 },
    { "-", 0 },
    { "+1", 0 },
    { "01", 0 },
    { "-01", 0 },
    { "00", 0 },
    { ".5", 0 },
    { "5.", 0 },
    { "-.5", 0 },
    { "1e", 0 },
    { "1e+", 0 },
    { "1e5.5", 0 },
    { "1.e5", 0 },
    { "1.2.3", 0 },
    { "--1", 0 },
    { "1-", 0 },
    { " 1", 0 },
    { "1 ", 0 },
    { "1,5", 0 },
    { "0x10", 0 },
    { "NaN", 0 },
    { "Infinity", 0 },
    { "1f", 0 },
};

static void test_number_valid(void **state)
{
    size_t i = 0;

    (void)state;
    for (i = 0; i < COUNT(numbers); i++) {
        if (tmf_number_valid(numbers[i].s, strlen(numbers[i].s))
            != numbers[i].valid) {
            fail_msg("\"%s\"", numbers[i].s);
        }
    }
    assert_false(tmf_number_valid(BYTES("1\0")));
    assert_true(tmf_number_valid("12x", 2));
}

static void test_number_digits(void **state)
{
    char digits[TMF_NUMBER_DIGITS + 3];

    (void)state;
    memset(digits, '9', sizeof(digits));
    assert_true(tmf_number_valid(digits, TMF_NUMBER_DIGITS));
    assert_false(tmf_number_valid(digits, TMF_NUMBER_DIGITS + 1));
    digits[5] = '.';
    assert_true(tmf_number_valid(digits, TMF_NUMBER_DIGITS + 1));
    assert_false(tmf_number_valid(digits, TMF_NUMBER_DIGITS + 2));
    digits[0] = '-';
    assert_true(tmf_number_valid(digits, TMF_NUMBER_DIGITS + 2));
    assert_false(tmf_number_valid(digits, TMF_NUMBER_DIGITS + 3));
}

#define DIGITS_64 \
    "1234567890123456789012345678901234567890123456789012345678901234"

#define DIGITS_26 "12345678901234567890123456"
#define ZEROS_26 "00000000000000000000000000"

static const struct {
    const char *s;
    apr_size_t n;
    tmf_bound_t bound;
    apr_size_t offset;
} texts[] = {
    { BYTES(""), TMF_BOUND_KEPT, 0 },
    { BYTES("{\"a\":[1,-2.5e3,{}]}"), TMF_BOUND_KEPT, 0 },
    { BYTES("[" DIGITS_64 "]"), TMF_BOUND_KEPT, 0 },
    { BYTES("[" DIGITS_64 ".5]"), TMF_BOUND_DIGITS, 1 },
    { BYTES("[1, -9" DIGITS_64), TMF_BOUND_DIGITS, 4 },
    /* written without the exponent: 64 digits, and one more */
    { BYTES("[" DIGITS_26 "e38]"), TMF_BOUND_KEPT, 0 },
    { BYTES("[1" DIGITS_26 "e38]"), TMF_BOUND_DIGITS, 1 },
    { BYTES("[0." DIGITS_26 "e-37]"), TMF_BOUND_KEPT, 0 },
    { BYTES("[0." DIGITS_26 "e-38]"), TMF_BOUND_DIGITS, 1 },
    { BYTES("[1." DIGITS_26 "e-37]"), TMF_BOUND_KEPT, 0 },
    { BYTES("[1." DIGITS_26 "e-38]"), TMF_BOUND_DIGITS, 1 },
    { BYTES("[-0." ZEROS_26 "0e-37]"), TMF_BOUND_DIGITS, 1 },
    { BYTES("[-0." ZEROS_26 "0e-36]"), TMF_BOUND_KEPT, 0 },
    /* the exponent makes them shorter */
    { BYTES("[0." ZEROS_26 ZEROS_26 ZEROS_26 "7e38]"), TMF_BOUND_KEPT, 0 },
    { BYTES("[" DIGITS_26 DIGITS_26 ".12345678901234567e5]"),
      TMF_BOUND_DIGITS, 1 },
    { BYTES("[" DIGITS_26 ".12345678901234567890e30]"), TMF_BOUND_KEPT, 0 },
    { BYTES("[1e38,1E+38,1e-38]"), TMF_BOUND_KEPT, 0 },
    { BYTES("[1e38,1E+39]"), TMF_BOUND_EXPONENT, 6 },
    { BYTES("{\"n\":1e131000}"), TMF_BOUND_EXPONENT, 5 },
    { BYTES("1e4294967297"), TMF_BOUND_EXPONENT, 0 },
    /* no numbers, but letters of strings */
    { BYTES("\"" DIGITS_64 DIGITS_64 "1e999\""), TMF_BOUND_KEPT, 0 },
    { BYTES("\"\\\"1e99\""), TMF_BOUND_KEPT, 0 },
    { BYTES("\"\\\\\"1e99"), TMF_BOUND_EXPONENT, 4 },
    { BYTES("{\"[[\\\"\":1e39}"), TMF_BOUND_EXPONENT, 8 },
    /* texts that end too early */
    { BYTES("\"1e99"), TMF_BOUND_KEPT, 0 },
    { BYTES("\"\\"), TMF_BOUND_KEPT, 0 },
    { BYTES("1e"), TMF_BOUND_KEPT, 0 },
    { BYTES("1e-"), TMF_BOUND_KEPT, 0 },
    { BYTES("-"), TMF_BOUND_KEPT, 0 },
};

static void test_number_scan(void **state)
{
    size_t i = 0;

    (void)state;
    for (i = 0; i < COUNT(texts); i++) {
        apr_size_t offset = 77;
        tmf_bound_t bound = tmf_number_scan(texts[i].s, texts[i].n,
                                            &offset);

        if (bound != texts[i].bound
            || offset != (bound == TMF_BOUND_KEPT ? 77 : texts[i].offset)) {
            fail_msg("%s: bound %d, offset %d", texts[i].s, (int)bound,
                     (int)offset);
        }
    }
}

/* n openings of c, then what it takes to close them. */
static tmf_bound_t scan_nested(apr_pool_t *p, apr_size_t n,
                               apr_size_t *offset)
{
    char *text = apr_palloc(p, 2 * n);
    apr_size_t i = 0;

    for (i = 0; i < n; i++) {
        text[i] = i % 2 == 0 ? '[' : '{';
        text[2 * n - 1 - i] = i % 2 == 0 ? ']' : '}';
    }
    return tmf_number_scan(text, 2 * n, offset);
}

static void test_depth(void **state)
{
    apr_pool_t *p = *state;
    tmf_text_t *wide = tmf_text_make(p, 0, 0);
    apr_size_t offset = 0;
    int i = 0;

    assert_int_equal(scan_nested(p, TMF_JSON_DEPTH, &offset),
                     TMF_BOUND_KEPT);
    assert_int_equal(scan_nested(p, TMF_JSON_DEPTH + 1, &offset),
                     TMF_BOUND_DEPTH);
    assert_int_equal(offset, TMF_JSON_DEPTH);
    for (i = 0; i < 1000; i++) {
        tmf_text_puts(wide, "[{}],");
    }
    assert_int_equal(tmf_number_scan(tmf_text_string(wide),
                                     tmf_text_length(wide), &offset),
                     TMF_BOUND_KEPT);
}

static void test_values(void **state)
{
    apr_pool_t *p = *state;
    tmf_text_t *text = tmf_text_make(p, 0, 0);
    apr_size_t offset = 0;
    int i = 0;

    tmf_text_puts(text, "[\",,,,[[[[\"");
    for (i = 1; i < TMF_JSON_VALUES; i++) {
        tmf_text_puts(text, ",1");
    }
    assert_int_equal(tmf_number_scan(tmf_text_string(text),
                                     tmf_text_length(text), &offset),
                     TMF_BOUND_KEPT);
    tmf_text_puts(text, ",1");
    assert_int_equal(tmf_number_scan(tmf_text_string(text),
                                     tmf_text_length(text), &offset),
                     TMF_BOUND_VALUES);
    assert_int_equal(offset, tmf_text_length(text) - 2);
}

/* What closes too often is no credit for later. */
static void test_depth_after_excess(void **state)
{
    apr_pool_t *p = *state;
    tmf_text_t *text = tmf_text_make(p, 0, 0);
    apr_size_t offset = 0;
    int i = 0;

    for (i = 0; i < 1000; i++) {
        tmf_text_puts(text, "]");
    }
    for (i = 0; i <= TMF_JSON_DEPTH; i++) {
        tmf_text_puts(text, "[");
    }
    assert_int_equal(tmf_number_scan(tmf_text_string(text),
                                     tmf_text_length(text), &offset),
                     TMF_BOUND_DEPTH);
    assert_int_equal(offset, 1000 + TMF_JSON_DEPTH);
}

/* ------------------------------------------------------------------------- */

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_number_valid),
        TEST(test_number_digits),
        TEST(test_number_scan),
        TEST(test_depth),
        TEST(test_values),
        TEST(test_depth_after_excess),
    };

    return cmocka_run_group_tests(tests, make_root, destroy_root);
}
