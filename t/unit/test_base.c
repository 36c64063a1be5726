/* The lowest folder: errors, growing texts, percent-encoding,
 * times. Tables of what is accepted and of what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "base/tmf_error.h"
#include "base/tmf_text.h"
#include "base/tmf_time.h"
#include "base/tmf_uri.h"
#include "pool.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A literal and its length, NULs included. */
#define BYTES(literal) literal, sizeof(literal) - 1

/* --- errors -------------------------------------------------------------- */

static const struct {
    tmf_kind_t kind;
    int status;
    const char *code;
} kinds[] = {
    { TMF_BAD_REQUEST, 400, "badRequest" },
    { TMF_INVALID_BODY, 400, "invalidBody" },
    { TMF_INVALID_QUERY, 400, "invalidQuery" },
    { TMF_KEY_REQUIRED, 400, "idempotencyKeyRequired" },
    { TMF_UNAUTHORIZED, 401, "unauthorized" },
    { TMF_FORBIDDEN, 403, "forbidden" },
    { TMF_NOT_FOUND, 404, "notFound" },
    { TMF_METHOD_NOT_ALLOWED, 405, "methodNotAllowed" },
    { TMF_NOT_ACCEPTABLE, 406, "notAcceptable" },
    { TMF_REQUEST_TIMEOUT, 408, "requestTimeout" },
    { TMF_CONFLICT, 409, "conflict" },
    { TMF_KEY_IN_USE, 409, "idempotencyKeyInUse" },
    { TMF_PRECONDITION_FAILED, 412, "preconditionFailed" },
    { TMF_TOO_LARGE, 413, "payloadTooLarge" },
    { TMF_URI_TOO_LONG, 414, "uriTooLong" },
    { TMF_UNSUPPORTED_TYPE, 415, "unsupportedMediaType" },
    { TMF_KEY_REUSED, 422, "idempotencyKeyReused" },
    { TMF_PRECONDITION_REQUIRED, 428, "preconditionRequired" },
    { TMF_INTERNAL, 500, "internalError" },
    { TMF_NOT_IMPLEMENTED, 501, "notImplemented" },
    { TMF_UNAVAILABLE, 503, "unavailable" },
    { TMF_OUTCOME_UNKNOWN, 503, "outcomeUnknown" },
    { TMF_STORAGE_FULL, 507, "insufficientStorage" },
};

static const struct {
    int status;
    tmf_kind_t kind;
} statuses[] = {
    { 400, TMF_BAD_REQUEST },
    { 401, TMF_UNAUTHORIZED },
    { 402, TMF_BAD_REQUEST },
    { 404, TMF_NOT_FOUND },
    { 409, TMF_CONFLICT },
    { 412, TMF_PRECONDITION_FAILED },
    { 414, TMF_URI_TOO_LONG },
    { 422, TMF_BAD_REQUEST },
    { 428, TMF_PRECONDITION_REQUIRED },
    { 431, TMF_BAD_REQUEST },
    { 499, TMF_BAD_REQUEST },
    { 500, TMF_INTERNAL },
    { 502, TMF_INTERNAL },
    { 503, TMF_UNAVAILABLE },
    { 507, TMF_STORAGE_FULL },
    { 599, TMF_INTERNAL },
};

/* Each kind has its row, and the body says what the error says. */
static void test_kinds(void **state)
{
    apr_pool_t *p = *state;
    size_t i = 0;

    assert_int_equal(COUNT(kinds), TMF_KINDS);
    for (i = 0; i < COUNT(kinds); i++) {
        const tmf_error_t *err = tmf_error(p, kinds[i].kind, NULL);
        const char *body = tmf_error_body(err, p);

        assert_int_equal(err->kind, kinds[i].kind);
        assert_int_equal(err->status, kinds[i].status);
        assert_string_equal(err->code, kinds[i].code);
        assert_null(err->message);
        assert_null(err->cause);
        assert_null(err->violations);
        assert_string_equal(
            body, apr_psprintf(p, "{\"code\":\"%s\",\"reason\":\"%s\","
                               "\"status\":\"%d\",\"@type\":\"Error\"}",
                               kinds[i].code, err->reason,
                               kinds[i].status));
    }
}

static void test_kind_of_status(void **state)
{
    size_t i = 0;

    (void)state;
    for (i = 0; i < COUNT(statuses); i++) {
        assert_int_equal(tmf_kind_of_status(statuses[i].status),
                         statuses[i].kind);
    }
}

static void test_error_message(void **state)
{
    apr_pool_t *p = *state;
    const tmf_error_t *err = tmf_error(p, TMF_INVALID_QUERY,
                                       "\"%s\" must be at most %d",
                                       "limit\n", 1000);

    assert_string_equal(err->message, "\"limit\n\" must be at most 1000");
    assert_string_equal(tmf_error_detail(err), err->message);
    assert_string_equal(tmf_error_body(err, p),
                        "{\"code\":\"invalidQuery\",\"reason\":\"The query "
                        "of the request is not valid\",\"message\":\""
                        "\\\"limit\\n\\\" must be at most 1000\","
                        "\"status\":\"400\",\"@type\":\"Error\"}");
}

/* What the log gets is no part of the body; if there is nothing, it gets what
 * the client does. */
static void test_internal_error(void **state)
{
    apr_pool_t *p = *state;
    const tmf_error_t *err = tmf_error_internal(p, TMF_INTERNAL,
                                                "relation %s", "secret");

    assert_string_equal(err->cause, "relation secret");
    assert_string_equal(tmf_error_detail(err), "relation secret");
    assert_null(err->message);
    assert_null(strstr(tmf_error_body(err, p), "secret"));
}

static void push_violation(apr_array_header_t *list, const char *pointer,
                           const char *rule, const char *message)
{
    tmf_violation_t *violation = apr_array_push(list);

    violation->pointer = pointer;
    violation->rule = rule;
    violation->message = message;
}

static void test_violations(void **state)
{
    apr_pool_t *p = *state;
    apr_array_header_t *list = apr_array_make(p, 1, sizeof(tmf_violation_t));
    const tmf_error_t *err = NULL;

    push_violation(list, "/a~1b", "type", "must be a \"string\"");
    err = tmf_error_violations(p, TMF_INVALID_BODY, list, 0);
    assert_ptr_equal(err->violations, list);
    assert_string_equal(err->message, "1 rule broken; the first: /a~1b must "
                        "be a \"string\"");
    push_violation(list, "", "oneOf", "must have an end");
    err = tmf_error_violations(p, TMF_INVALID_BODY, list, 0);
    assert_string_equal(err->message, "2 rules broken; the first: /a~1b "
                        "must be a \"string\"");
    assert_non_null(strstr(
        tmf_error_body(err, p),
        ",\"status\":\"400\",\"@type\":\"Error\",\"violations\":["
        "{\"pointer\":\"/a~1b\",\"rule\":\"type\",\"message\":\"must be a "
        "\\\"string\\\"\"},{\"pointer\":\"\",\"rule\":\"oneOf\","
        "\"message\":\"must have an end\"}]}"));
}

/* A pointer to the whole is no text to read. */
static void test_violation_of_whole(void **state)
{
    apr_pool_t *p = *state;
    apr_array_header_t *list = apr_array_make(p, 1, sizeof(tmf_violation_t));

    push_violation(list, "", "type", "must be an object");
    assert_string_equal(
        tmf_error_violations(p, TMF_INVALID_BODY, list, 0)->message,
        "1 rule broken; the first: the body must be an object");
}

/* --- texts --------------------------------------------------------------- */

static void test_text_grows(void **state)
{
    static const char digits[] = "0123456789";
    apr_pool_t *p = *state;
    tmf_text_t *text = tmf_text_make(p, 0, 0);
    apr_size_t i = 0;

    assert_string_equal(tmf_text_string(text), "");
    assert_int_equal(tmf_text_length(text), 0);
    for (i = 0; i < 5000; i++) {
        tmf_text_putn(text, &digits[i % 10], 1);
        assert_int_equal(tmf_text_length(text), i + 1);
        assert_int_equal(tmf_text_string(text)[i], '0' + (int)(i % 10));
        assert_int_equal(tmf_text_string(text)[i + 1], '\0');
    }
    tmf_text_puts(text, "");
    tmf_text_printf(text, "[%d%%%s]", -7, "x");
    assert_string_equal(tmf_text_string(text) + 5000, "[-7%x]");
    assert_false(tmf_text_overflowed(text));
}

/* One append that is more than doubling gives. */
static void test_text_leaps(void **state)
{
    apr_pool_t *p = *state;
    tmf_text_t *text = tmf_text_make(p, 63, 0);
    char *large = apr_palloc(p, 100000);

    memset(large, 'x', 100000);
    tmf_text_puts(text, "<");
    tmf_text_putn(text, large, 100000);
    tmf_text_puts(text, ">");
    assert_int_equal(tmf_text_length(text), 100002);
    assert_string_equal(tmf_text_string(text) + 99999, "xx>");
}

static void test_text_maximum(void **state)
{
    apr_pool_t *p = *state;
    tmf_text_t *text = tmf_text_make(p, 4, 8);

    tmf_text_puts(text, "1234567");
    tmf_text_puts(text, "8");
    assert_false(tmf_text_overflowed(text));
    tmf_text_puts(text, "");
    assert_false(tmf_text_overflowed(text));
    tmf_text_puts(text, "9");
    assert_true(tmf_text_overflowed(text));
    assert_string_equal(tmf_text_string(text), "12345678");
}

/* After the first loss nothing is added that would hide it. */
static void test_text_maximum_holds(void **state)
{
    apr_pool_t *p = *state;
    tmf_text_t *text = tmf_text_make(p, 4, 4);

    tmf_text_puts(text, "ab");
    tmf_text_puts(text, "cde");
    tmf_text_puts(text, "f");
    assert_string_equal(tmf_text_string(text), "ab");
    assert_true(tmf_text_overflowed(text));
}

static const struct {
    const char *s;
    apr_size_t n;
    const char *json;
    const char *uri;
} encodings[] = {
    { BYTES(""), "\"\"", "" },
    { BYTES("a/b-c._~Z9"), "\"a/b-c._~Z9\"", "a%2Fb-c._~Z9" },
    { BYTES("\"\\"), "\"\\\"\\\\\"", "%22%5C" },
    { BYTES("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"", "%08%0C%0A%0D%09" },
    { BYTES("a\0b\x01\x1f"), "\"a\\u0000b\\u0001\\u001F\"",
      "a%00b%01%1F" },
    { BYTES("\x7f \xc3\xa9\xe2\x82\xac"), "\"\x7f \xc3\xa9\xe2\x82\xac\"",
      "%7F%20%C3%A9%E2%82%AC" },
    { BYTES("+%&=?#:@!$'()*,;[]"), "\"+%&=?#:@!$'()*,;[]\"",
      "%2B%25%26%3D%3F%23%3A%40%21%24%27%28%29%2A%2C%3B%5B%5D" },
};

static void test_encodings(void **state)
{
    apr_pool_t *p = *state;
    size_t i = 0;

    for (i = 0; i < COUNT(encodings); i++) {
        tmf_text_t *json = tmf_text_make(p, 0, 0);
        tmf_text_t *uri = tmf_text_make(p, 0, 0);

        tmf_text_json(json, encodings[i].s, encodings[i].n);
        assert_string_equal(tmf_text_string(json), encodings[i].json);
        tmf_text_uri(uri, encodings[i].s, encodings[i].n);
        assert_string_equal(tmf_text_string(uri), encodings[i].uri);
    }
}

/* --- percent-encoding ---------------------------------------------------- */

static const struct {
    const char *s;
    apr_size_t n;
    tmf_plus_t plus;
    const char *decoded;      /* NULL: refused */
} escapes[] = {
    { BYTES(""), TMF_PLUS_LITERAL, "" },
    { BYTES("abc"), TMF_PLUS_LITERAL, "abc" },
    { BYTES("a+b%2B"), TMF_PLUS_LITERAL, "a+b+" },
    { BYTES("a+b%2B"), TMF_PLUS_BLANK, "a b+" },
    { BYTES("%41%62%5a%5A"), TMF_PLUS_LITERAL, "AbZZ" },
    { BYTES("%25%2541"), TMF_PLUS_LITERAL, "%%41" },
    { BYTES("%c3%A9"), TMF_PLUS_LITERAL, "\xc3\xa9" },
    { BYTES("\xc3%A9"), TMF_PLUS_LITERAL, "\xc3\xa9" },
    { BYTES("%01%7F"), TMF_PLUS_LITERAL, "\x01\x7f" },
    { BYTES("%"), TMF_PLUS_LITERAL, NULL },
    { BYTES("%4"), TMF_PLUS_LITERAL, NULL },
    { BYTES("a%"), TMF_PLUS_LITERAL, NULL },
    { BYTES("a%4"), TMF_PLUS_LITERAL, NULL },
    { BYTES("%4g"), TMF_PLUS_LITERAL, NULL },
    { BYTES("%g4"), TMF_PLUS_LITERAL, NULL },
    { BYTES("% 41"), TMF_PLUS_LITERAL, NULL },
    { BYTES("%+1"), TMF_PLUS_BLANK, NULL },
    { BYTES("%%41"), TMF_PLUS_LITERAL, NULL },
    { BYTES("%00"), TMF_PLUS_LITERAL, NULL },
    { BYTES("a\0b"), TMF_PLUS_LITERAL, NULL },
    { BYTES("%ff"), TMF_PLUS_LITERAL, NULL },
    { BYTES("%c3"), TMF_PLUS_LITERAL, NULL },
    { BYTES("%c0%80"), TMF_PLUS_LITERAL, NULL },
    { BYTES("%ed%a0%80"), TMF_PLUS_LITERAL, NULL },
};

static void test_uri_decode(void **state)
{
    apr_pool_t *p = *state;
    size_t i = 0;

    for (i = 0; i < COUNT(escapes); i++) {
        const char *decoded = tmf_uri_decode(p, escapes[i].s, escapes[i].n,
                                             escapes[i].plus);

        if (!escapes[i].decoded) {
            assert_null(decoded);
            continue;
        }
        assert_non_null(decoded);
        assert_string_equal(decoded, escapes[i].decoded);
    }
}

/* Bytes behind n are not looked at. */
static void test_uri_decode_length(void **state)
{
    assert_null(tmf_uri_decode(*state, "%41", 1, TMF_PLUS_LITERAL));
    assert_null(tmf_uri_decode(*state, "%41", 2, TMF_PLUS_LITERAL));
    assert_string_equal(tmf_uri_decode(*state, "%4141", 3,
                                       TMF_PLUS_LITERAL), "A");
}

static const struct {
    const char *s;
    apr_size_t n;
    int valid;
} sequences[] = {
    { BYTES(""), 1 },
    { BYTES("\x01\x7f"), 1 },
    { BYTES("\0"), 0 },
    { BYTES("\x80"), 0 },
    { BYTES("\xbf"), 0 },
    { BYTES("\xc1\xbf"), 0 },
    { BYTES("\xc2\x80"), 1 },
    { BYTES("\xc2\x7f"), 0 },
    { BYTES("\xc2\xc0"), 0 },
    { BYTES("\xdf\xbf"), 1 },
    { BYTES("\xdf"), 0 },
    { BYTES("\xe0\x9f\xbf"), 0 },
    { BYTES("\xe0\xa0\x80"), 1 },
    { BYTES("\xe1\x80\x80"), 1 },
    { BYTES("\xe1\x80"), 0 },
    { BYTES("\xe1\x80\x7f"), 0 },
    { BYTES("\xec\xbf\xbf"), 1 },
    { BYTES("\xed\x9f\xbf"), 1 },
    { BYTES("\xed\xa0\x80"), 0 },
    { BYTES("\xee\x80\x80"), 1 },
    { BYTES("\xef\xbf\xbf"), 1 },
    { BYTES("\xf0\x8f\xbf\xbf"), 0 },
    { BYTES("\xf0\x90\x80\x80"), 1 },
    { BYTES("\xf0\x90\x80"), 0 },
    { BYTES("\xf0\x90\x80\xc0"), 0 },
    { BYTES("\xf3\xbf\xbf\xbf"), 1 },
    { BYTES("\xf4\x8f\xbf\xbf"), 1 },
    { BYTES("\xf4\x90\x80\x80"), 0 },
    { BYTES("\xf5\x80\x80\x80"), 0 },
    { BYTES("\xff"), 0 },
    { BYTES("ab\xc3"), 0 },
};

static void test_utf8(void **state)
{
    size_t i = 0;

    (void)state;
    for (i = 0; i < COUNT(sequences); i++) {
        if (tmf_utf8_valid(sequences[i].s, sequences[i].n)
            != sequences[i].valid) {
            fail_msg("row %d", (int)i);
        }
    }
}

/* --- times --------------------------------------------------------------- */

#define NEITHER NULL, NULL
#define INSTANT(text) text, NULL

static const struct {
    const char *s;
    int date;                 /* tmf_date_valid */
    int time;                 /* tmf_time_valid */
    const char *from;         /* tmf_time_period; NULL: neither */
    const char *to;           /* NULL: an instant */
} times[] = {
    { "2026-03-01", 1, 1, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z" },
    { "2026-03-01T10:20:30Z", 0, 1, INSTANT("2026-03-01T10:20:30Z") },
    { "2026-03-01T10:20:30.123Z", 0, 1,
      INSTANT("2026-03-01T10:20:30.123Z") },
    { "2026-03-01T10:20:30.123456789+05:45", 0, 1,
      INSTANT("2026-03-01T10:20:30.123456789+05:45") },
    { "2026-03-01T10:20:30-03:00", 0, 1,
      INSTANT("2026-03-01T10:20:30-03:00") },
    /* what RFC 3339 has another form for */
    { "2026-03-01t10:20:30z", 0, 1, INSTANT("2026-03-01T10:20:30Z") },
    { "2026-03-01 10:20:30.5", 0, 1, INSTANT("2026-03-01T10:20:30.5Z") },
    { "2026-03-01T10:20:30+0530", 0, 1,
      INSTANT("2026-03-01T10:20:30+05:30") },
    { "2026-03-01T10:20Z", 0, 1, INSTANT("2026-03-01T10:20:00Z") },
    { "2026-03-01T10:20-0000", 0, 1, INSTANT("2026-03-01T10:20:00-00:00") },
    /* periods */
    { "2026", 0, 0, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z" },
    { "2026-12", 0, 0, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z" },
    { "2026-02", 0, 0, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z" },
    { "2026-02-28", 1, 1, "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z" },
    { "2028-02-28", 1, 1, "2028-02-28T00:00:00Z", "2028-02-29T00:00:00Z" },
    { "2028-02-29", 1, 1, "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z" },
    { "2000-02-29", 1, 1, "2000-02-29T00:00:00Z", "2000-03-01T00:00:00Z" },
    { "2026-12-31T23", 0, 0, "2026-12-31T23:00:00Z",
      "2027-01-01T00:00:00Z" },
    { "2026-03-01T10:59", 0, 1, "2026-03-01T10:59:00Z",
      "2026-03-01T11:00:00Z" },
    { "2026-04-30T23:59:59", 0, 1, "2026-04-30T23:59:59Z",
      "2026-05-01T00:00:00Z" },
    { "0001-01-01", 1, 1, "0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z" },
    /* the last ones */
    { "9999", 0, 0, "9999-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z" },
    { "9999-12", 0, 0, "9999-12-01T00:00:00Z",
      "9999-12-31T23:59:59.9999999Z" },
    { "9999-12-31", 1, 1, "9999-12-31T00:00:00Z",
      "9999-12-31T23:59:59.9999999Z" },
    { "9999-12-31T23:59:59", 0, 1, "9999-12-31T23:59:59Z",
      "9999-12-31T23:59:59.9999999Z" },
    { "9999-12-31T23:59:59.999Z", 0, 1,
      INSTANT("9999-12-31T23:59:59.999Z") },
    { "9999-12-31T23:59:60Z", 0, 1, NEITHER },
    /* leap seconds */
    { "2016-12-31T23:59:60Z", 0, 1, INSTANT("2017-01-01T00:00:00Z") },
    { "2016-12-31T23:59:60.5+01:00", 0, 1,
      INSTANT("2017-01-01T00:00:00.5+01:00") },
    { "2016-12-31T23:59:60", 0, 1, "2017-01-01T00:00:00Z",
      "2017-01-01T00:00:01Z" },
    { "2016-12-31T23:59:61Z", 0, 0, NEITHER },
    /* the ends of each field */
    { "2026-03-01T00:00:00+15:59", 0, 1,
      INSTANT("2026-03-01T00:00:00+15:59") },
    { "2026-03-01T00:00:00+16:00", 0, 0, NEITHER },
    { "2026-03-01T00:00:00+10:60", 0, 0, NEITHER },
    { "2026-03-01T24:00:00Z", 0, 0, NEITHER },
    { "2026-03-01T23:60:00Z", 0, 0, NEITHER },
    { "2026-13-01", 0, 0, NEITHER },
    { "2026-00-01", 0, 0, NEITHER },
    { "2026-01-32", 0, 0, NEITHER },
    { "2026-01-00", 0, 0, NEITHER },
    { "2026-04-31", 0, 0, NEITHER },
    { "2026-02-29", 0, 0, NEITHER },
    { "1900-02-29", 0, 0, NEITHER },
    { "0000-01-01", 0, 0, NEITHER },
    { "0000", 0, 0, NEITHER },
    /* other forms */
    { "", 0, 0, NEITHER },
    { "now", 0, 0, NEITHER },
    { "202", 0, 0, NEITHER },
    { "20260301", 0, 0, NEITHER },
    { "12026-03-01", 0, 0, NEITHER },
    { "-2026-03-01", 0, 0, NEITHER },
    { "2026-", 0, 0, NEITHER },
    { "2026-3-1", 0, 0, NEITHER },
    { "2026-03-01T", 0, 0, NEITHER },
    { "2026-03-01Z", 0, 0, NEITHER },
    { "2026-03-01T10Z", 0, 0, NEITHER },
    { "2026-03-01T10:20:", 0, 0, NEITHER },
    { "2026-03-01T1:20:30Z", 0, 0, NEITHER },
    { "2026-03-01T10:20:30.Z", 0, 0, NEITHER },
    { "2026-03-01T10:20.5Z", 0, 0, NEITHER },
    { "2026-03-01T10:20:30,5Z", 0, 0, NEITHER },
    { "2026-03-01T10:20:30.1234567890Z", 0, 0, NEITHER },
    { "2026-03-01T10:20:30+5:30", 0, 0, NEITHER },
    { "2026-03-01T10:20:30+05", 0, 0, NEITHER },
    { "2026-03-01T10:20:30+05:", 0, 0, NEITHER },
    { "2026-03-01T10:20:30+05:3", 0, 0, NEITHER },
    { "2026-03-01T10:20:30ZZ", 0, 0, NEITHER },
    { "2026-03-01T10:20:30 Z", 0, 0, NEITHER },
    { "2026-03-01  10:20:30Z", 0, 0, NEITHER },
    { " 2026-03-01", 0, 0, NEITHER },
    { "2026-03-01 ", 0, 0, NEITHER },
    { "2026/03/01", 0, 0, NEITHER },
    { "2026-W09-7", 0, 0, NEITHER },
};

static void test_time_valid(void **state)
{
    size_t i = 0;

    (void)state;
    for (i = 0; i < COUNT(times); i++) {
        if (tmf_time_valid(times[i].s) != times[i].time
            || tmf_date_valid(times[i].s) != times[i].date) {
            fail_msg("\"%s\"", times[i].s);
        }
    }
}

static int is_same(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

static void test_time_period(void **state)
{
    size_t i = 0;

    for (i = 0; i < COUNT(times); i++) {
        const char *from = NULL;
        const char *to = NULL;
        int found = tmf_time_period(*state, times[i].s, &from, &to);

        if (found != (times[i].from != NULL)
            || (found && !is_same(from, times[i].from))
            || (found && !is_same(to, times[i].to))) {
            fail_msg("\"%s\": %d, from %s, to %s", times[i].s, found,
                     from ? from : "-", to ? to : "-");
        }
    }
}

/* ------------------------------------------------------------------------- */

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kinds),
        TEST(test_kind_of_status),
        TEST(test_error_message),
        TEST(test_internal_error),
        TEST(test_violations),
        TEST(test_violation_of_whole),
        TEST(test_text_grows),
        TEST(test_text_leaps),
        TEST(test_text_maximum),
        TEST(test_text_maximum_holds),
        TEST(test_encodings),
        TEST(test_uri_decode),
        TEST(test_uri_decode_length),
        TEST(test_utf8),
        TEST(test_time_valid),
        TEST(test_time_period),
    };

    return cmocka_run_group_tests(tests, make_root, destroy_root);
}
