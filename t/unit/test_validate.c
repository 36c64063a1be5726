/* Bodies: parsing, then validation against a definition made here. Most
 * cases are rows: a body, and the violations as "pointer rule;..." in their
 * order, "" for none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "api/tmf_body.h"
#include "api/tmf_validate.h"
#include "base/tmf_number.h"
#include "base/tmf_text.h"
#include "spec/tmf_load.h"
#include "pool.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BYTES(literal) literal, sizeof(literal) - 1

/* What a lamp, its POST and its PATCH have in common. */
#define LAMP_PROPERTIES                                                     \
    "\"maker\":{\"type\":\"string\"},\"watts\":{\"type\":\"number\"},"      \
    "\"count\":{\"type\":\"integer\"},\"lit\":{\"type\":\"boolean\"},"      \
    "\"since\":{\"type\":\"string\",\"format\":\"date-time\"},"             \
    "\"day\":{\"type\":\"string\",\"format\":\"date\"},"                    \
    "\"link\":{\"type\":\"string\",\"format\":\"uri\"},"                    \
    "\"image\":{\"type\":\"string\",\"format\":\"byte\"},"                  \
    "\"colour\":{\"type\":\"string\",\"enum\":[\"red\",\"blue\"]},"         \
    "\"letter\":{\"type\":\"string\",\"enum\":[\"a\",\"b\",\"c\",\"d\","    \
    "\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\"]},"                         \
    "\"room\":{\"$ref\":\"#/components/schemas/Part\"},"                    \
    "\"shelf\":{\"$ref\":\"#/components/schemas/Part\"},"                   \
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"        \
    "\"grid\":{\"type\":\"array\",\"items\":{\"type\":\"array\","           \
    "\"items\":{\"type\":\"integer\"}}},"                                   \
    "\"bag\":{\"type\":\"array\",\"items\":{}},"                            \
    "\"parts\":{\"type\":\"array\",\"items\":{"                             \
    "\"$ref\":\"#/components/schemas/Part\"}},"                             \
    "\"a/b~c\":{\"type\":\"array\",\"items\":{\"type\":\"object\","         \
    "\"properties\":{\"~\":{\"type\":\"string\"}}}},"                       \
    "\"extra\":{}"

/* lamp: all operations; bulb: no POST and no PATCH of its own. */
static const char definition[] =
    "{\"openapi\":\"3.0.1\",\"info\":{\"title\":\"Lamps\","
    "\"version\":\"4.0.0\"},\"paths\":{"
    "\"/lamp\":{\"post\":{\"requestBody\":{\"content\":{"
    "\"application/json\":{\"schema\":{"
    "\"$ref\":\"#/components/schemas/LampCreate\"}}}},"
    "\"responses\":{\"201\":{\"description\":\"made\",\"content\":{"
    "\"application/json\":{\"schema\":{"
    "\"$ref\":\"#/components/schemas/Lamp\"}}}}}}},"
    "\"/lamp/{id}\":{\"get\":{\"responses\":{\"200\":{"
    "\"description\":\"one\",\"content\":{\"application/json\":{"
    "\"schema\":{\"$ref\":\"#/components/schemas/Lamp\"}}}}}},"
    "\"patch\":{\"requestBody\":{\"content\":{\"application/json\":{"
    "\"schema\":{\"$ref\":\"#/components/schemas/LampUpdate\"}}}},"
    "\"responses\":{\"200\":{\"description\":\"changed\",\"content\":{"
    "\"application/json\":{\"schema\":{"
    "\"$ref\":\"#/components/schemas/Lamp\"}}}}}}},"
    "\"/bulb/{id}\":{\"get\":{\"responses\":{\"200\":{"
    "\"description\":\"one\",\"content\":{\"application/json\":{"
    "\"schema\":{\"$ref\":\"#/components/schemas/Bulb\"}}}}}}}},"
    "\"components\":{\"schemas\":{"
    "\"Lamp\":{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{"
    "\"id\":{\"type\":\"string\"},\"href\":{\"type\":\"string\"},"
    "\"@type\":{\"type\":\"string\"},\"@baseType\":{\"type\":\"string\"},"
    "\"made\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"serial\":{\"type\":\"string\"},"
    LAMP_PROPERTIES "}},"
    "\"LampCreate\":{\"type\":\"object\",\"required\":[\"id\",\"href\","
    "\"@type\",\"maker\",\"watts\",\"serial\",\"wats\"],\"properties\":{"
    "\"@type\":{\"type\":\"string\"},\"serial\":{\"type\":\"string\"},"
    LAMP_PROPERTIES "}},"
    "\"LampUpdate\":{\"type\":\"object\",\"properties\":{"
    LAMP_PROPERTIES "}},"
    "\"Part\":{\"type\":\"object\",\"required\":[\"name\"],"
    "\"properties\":{\"id\":{\"type\":\"string\"},"
    "\"href\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},"
    "\"count\":{\"type\":\"integer\"},"
    "\"part\":{\"$ref\":\"#/components/schemas/Part\"},"
    "\"parts\":{\"type\":\"array\",\"items\":{"
    "\"$ref\":\"#/components/schemas/Part\"}}}},"
    "\"Screw\":{\"allOf\":[{\"$ref\":\"#/components/schemas/Part\"},"
    "{\"type\":\"object\",\"required\":[\"width\"],\"properties\":{"
    "\"width\":{\"type\":\"number\"},"
    "\"name\":{\"type\":\"string\",\"enum\":[\"M3\",\"M4\"]}}}]},"
    "\"Bulb\":{\"type\":\"object\",\"required\":[\"id\",\"socket\"],"
    "\"properties\":{\"id\":{\"type\":\"string\"},"
    "\"href\":{\"type\":\"string\"},\"socket\":{\"type\":\"string\"},"
    "\"hours\":{\"type\":\"integer\"}}}}}}";

static const char overlay[] =
    "{\"resources\":{\"lamp\":{\"readOnly\":[\"serial\"],"
    "\"oneOf\":[[\"room\",\"shelf\"],[\"maker\",\"serial\"]],"
    "\"mandatory\":[\"count\",\"parts.id\",\"room.part.count\","
    "\"serial\"]}}}";

static const tmf_spec_t *spec;

/* --- helpers ------------------------------------------------------------- */

static const tmf_resource_t *find(const char *name)
{
    return tmf_spec_route(spec, name)->resource;
}

/* Violations as "pointer rule;...", "" if there is no error. */
static const char *summary(const tmf_error_t *err, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 256, 0);
    int i = 0;

    if (!err) {
        return "";
    }
    assert_int_equal(err->kind, TMF_INVALID_BODY);
    assert_non_null(err->violations);
    for (i = 0; i < err->violations->nelts; i++) {
        const tmf_violation_t *violation
            = &APR_ARRAY_IDX(err->violations, i, tmf_violation_t);

        assert_true(strlen(violation->message) > 0);
        tmf_text_printf(text, "%s%s %s", i ? ";" : "", violation->pointer,
                        violation->rule);
    }
    return tmf_text_string(text);
}

static const char *first_message(const tmf_error_t *err)
{
    assert_non_null(err);
    return APR_ARRAY_IDX(err->violations, 0, tmf_violation_t).message;
}

static const json_t *parse(const char *text, apr_pool_t *p)
{
    const json_t *body = NULL;
    const tmf_error_t *err = tmf_body_parse(text, strlen(text), p, &body);

    if (err) {
        fail_msg("%s: %s", text, err->message);
    }
    return body;
}

/* --- parsing ------------------------------------------------------------- */

#define DIGITS_32 "12345678901234567890123456789012"

static const struct {
    const char *text;
    apr_size_t n;
    const char *rule;         /* NULL: accepted */
    const char *message;
} bodies[] = {
    { BYTES("{}"), NULL, NULL },
    { BYTES(" \t\r\n{\"a\":[1,-0,0.5e3,null,true,{}]}\n"), NULL, NULL },
    { BYTES("{\"a\":99999999999999999999999999.99}"), NULL, NULL },
    { BYTES("{\"a\":" DIGITS_32 DIGITS_32 "}"), NULL, NULL },
    { BYTES("{\"a\":1e38,\"b\":\"1e39\"}"), NULL, NULL },
    { BYTES("{\"\":\"\\ud83d\\ude00\"}"), NULL, NULL },
    { BYTES("{\"a\":{\"b\":1},\"b\":{\"b\":1}}"), NULL, NULL },
    { BYTES(""), "json", "must be JSON, but is empty" },
    { BYTES(" "), "json", "ends too early at line 1, column 1" },
    { BYTES("{\"a\":"), "json", "ends too early at line 1, column 5" },
    { BYTES("[]"), "type", "must be an object" },
    { BYTES("\"a\""), "type", "must be an object" },
    { BYTES("null"), "type", "must be an object" },
    { BYTES("7"), "type", "must be an object" },
    { BYTES("\xEF\xBB\xBF{}"), "json",
      "must not start with a byte order mark" },
    { BYTES("\xFE\xFF{}"), "json", "is not UTF-8 at line 1, column 0" },
    { BYTES("{\"a\":1,\n \"secret\":x}"), "json",
      "is not valid JSON at line 2, column 11" },
    { BYTES("{\"a\":1,}"), "json", "is not valid JSON at line 1, column 8" },
    { BYTES("{'a':1}"), "json", "is not valid JSON at line 1, column 2" },
    { BYTES("{\"a\":01}"), "json", "is not valid JSON at line 1, column 6" },
    { BYTES("{\"a\":+1}"), "json", "is not valid JSON at line 1, column 6" },
    { BYTES("{\"a\":NaN}"), "json", "is not valid JSON at line 1, column 8" },
    { BYTES("{\"a\":\"\t\"}"), "json",
      "is not valid JSON at line 1, column 6" },
    { BYTES("{\"a\":\"\\ud800\"}"), "json",
      "is not valid JSON at line 1, column 13" },
    { BYTES("{} {}"), "json", "is not valid JSON at line 1, column 4" },
    { BYTES("{}\0"), "json", "has a NUL at byte 2" },
    { BYTES("{\0}"), "json", "has a NUL at byte 1" },
    { BYTES("{\"a\0\":1}"), "json", "has a NUL at byte 3" },
    { BYTES("\0{\0}"), "json", "has a NUL at byte 0" },
    { BYTES("{\"a\":\"\xff\"}"), "json", "is not UTF-8 at line 1, column 6" },
    { BYTES("{\"a\":\"\xed\xa0\x80\"}"), "json",
      "is not UTF-8 at line 1, column 6" },
    { BYTES("{\"a\":\"\\u0000\"}"), "json",
      "has the character U+0000 at line 1, column 13" },
    { BYTES("{\"\\u0000\":1}"), "json",
      "has the character U+0000 at line 1, column 9" },
    { BYTES("{\"a\":1,\"a\":1}"), "duplicate",
      "names an attribute twice at line 1, column 10" },
    { BYTES("{\"a\":[{\"b\":1,\"\\u0062\":2}]}"), "duplicate",
      "names an attribute twice at line 1, column 21" },
    { BYTES("{\"a\":" DIGITS_32 DIGITS_32 ".5}"), "number",
      "has a number that written out has more than 64 digits at byte 5" },
    { BYTES("{\"a\":[0,1e131000]}"), "number",
      "has a number with an exponent above 38 at byte 8" },
    { BYTES("{\"a\":1e-39}"), "number",
      "has a number with an exponent above 38 at byte 5" },
};

static void check_body(const char *text, apr_size_t n, const char *rule,
                       const char *message, apr_pool_t *p)
{
    const json_t *body = NULL;
    const tmf_error_t *err = tmf_body_parse(text, n, p, &body);

    if (!rule) {
        assert_null(err);
        assert_true(json_is_object(body));
        return;
    }
    if (!err) {
        fail_msg("%s: accepted", text);
    }
    assert_null(body);
    assert_string_equal(summary(err, p), apr_pstrcat(p, " ", rule, NULL));
    assert_string_equal(first_message(err), message);
}

static void test_bodies(void **state)
{
    size_t i = 0;

    for (i = 0; i < COUNT(bodies); i++) {
        check_body(bodies[i].text, bodies[i].n, bodies[i].rule,
                   bodies[i].message, *state);
    }
}

/* Bytes behind n are no part of the body. */
static void test_body_length(void **state)
{
    check_body("{}}", 2, NULL, NULL, *state);
    check_body("{\"a\":12}", 7, "json",
               "ends too early at line 1, column 7", *state);
}

static const char *nest(apr_pool_t *p, int depth)
{
    tmf_text_t *text = tmf_text_make(p, 256, 0);
    int i = 0;

    for (i = 0; i < depth; i++) {
        tmf_text_puts(text, i ? "[" : "{\"a\":");
    }
    for (i = 1; i < depth; i++) {
        tmf_text_puts(text, "]");
    }
    tmf_text_puts(text, "}");
    return tmf_text_string(text);
}

static void test_body_depth(void **state)
{
    apr_pool_t *p = *state;
    const char *text = nest(p, TMF_JSON_DEPTH + 1);

    assert_non_null(strstr(text, "[[[]]]"));
    check_body(text, strlen(text), "depth",
               "is nested deeper than 64 levels at byte 68", p);
    text = apr_pstrcat(p, "{\"a\":", nest(p, TMF_JSON_DEPTH - 1), "}", NULL);
    check_body(text, strlen(text), NULL, NULL, p);
}

/* Members of all objects count, at every depth. */
static void test_body_members(void **state)
{
    apr_pool_t *p = *state;
    int n = 0;

    for (n = TMF_MEMBERS_MAX; n <= TMF_MEMBERS_MAX + 1; n++) {
        tmf_text_t *text = tmf_text_make(p, 1024, 0);
        const json_t *body = NULL;
        const tmf_error_t *err = NULL;
        int i = 0;

        tmf_text_puts(text, "{\"a\":[{},{");
        for (i = 2; i < n; i++) {
            tmf_text_printf(text, "\"m%d\":1,", i);
        }
        tmf_text_puts(text, "\"m\":1}]}");
        err = tmf_body_parse(tmf_text_string(text), tmf_text_length(text), p,
                             &body);
        assert_string_equal(summary(err, p),
                            n > TMF_MEMBERS_MAX ? " members" : "");
    }
}

/* --- create -------------------------------------------------------------- */

#define LAMP "\"maker\":\"m\",\"watts\":5,\"room\":{}"

typedef struct row_t {
    const char *body;
    const char *violations;
} row_t;

static const row_t creates[] = {
    { "{" LAMP "}", "" },
    /* required, at the top level alone */
    { "{}", "/maker required;/watts required; oneOf; oneOf" },
    { "{" LAMP ",\"maker2\":1}", "" },
    { "{\"maker\":null,\"watts\":5,\"room\":{}}", "/maker required; oneOf" },
    { "{\"watts\":5,\"room\":{},\"serial\":\"s\"}",
      "/maker required; oneOf" },
    { "{\"maker\":\"\",\"watts\":0,\"shelf\":{}}", "" },
    { "{" LAMP ",\"parts\":[{},{\"count\":1}]}", "" },
    /* one of */
    { "{\"maker\":\"m\",\"watts\":5,\"shelf\":null}", " oneOf" },
    { "{\"maker\":\"m\",\"watts\":5,\"shelf\":{},\"room\":{}}", "" },
    /* read-only attributes are not looked at */
    { "{" LAMP ",\"id\":7,\"href\":[],\"made\":false,\"serial\":{}}", "" },
    { "{" LAMP ",\"id\":\"\"}", "" },
    /* undeclared ones are free */
    { "{" LAMP ",\"x\":{\"count\":\"1\",\"made\":[null]},\"@x\":1}", "" },
    { "{" LAMP ",\"extra\":[null,{\"a\":null}]}", "" },
    { "{" LAMP ",\"bag\":[1,\"a\",null,[null],{}]}", "" },
    /* types */
    { "{" LAMP ",\"@type\":\"Lamp\",\"lit\":true}", "" },
    { "{" LAMP ",\"@type\":7}", "/@type type" },
    { "{\"maker\":7,\"watts\":\"5\",\"room\":[]}",
      "/maker type;/watts type;/room type" },
    { "{\"room\":[],\"watts\":\"5\",\"maker\":7}",
      "/room type;/watts type;/maker type" },
    { "{" LAMP ",\"lit\":1,\"count\":false,\"tags\":{}}",
      "/lit type;/count type;/tags type" },
    { "{" LAMP ",\"lit\":\"true\",\"count\":\"1\",\"since\":1}",
      "/lit type;/count type;/since type" },
    /* integers */
    { "{" LAMP ",\"count\":-7}", "" },
    { "{" LAMP ",\"count\":1.0}", "" },
    { "{" LAMP ",\"count\":1.50e1}", "" },
    { "{" LAMP ",\"count\":-0.0}", "" },
    { "{" LAMP ",\"count\":99999999999999999999999999999999999999}", "" },
    { "{" LAMP ",\"count\":-1e38}", "" },
    { "{" LAMP ",\"count\":1.5}", "/count type" },
    { "{" LAMP ",\"count\":-0.5}", "/count type" },
    { "{" LAMP ",\"count\":1e-1}", "/count type" },
    { "{" LAMP ",\"count\":4503599627370495.5}", "/count type" },
    /* null is absent in objects, a value in arrays */
    { "{" LAMP ",\"lit\":null,\"tags\":null,\"shelf\":{\"name\":null}}", "" },
    { "{" LAMP ",\"parts\":[{\"count\":null}]}", "" },
    { "{" LAMP ",\"tags\":[null]}", "/tags/0 type" },
    { "{" LAMP ",\"grid\":[[1,null],null]}", "/grid/0/1 type;/grid/1 type" },
    /* formats */
    { "{" LAMP ",\"since\":\"2026-01-31T10:11:12.5Z\"}", "" },
    { "{" LAMP ",\"since\":\"2026-01-31\"}", "" },
    { "{" LAMP ",\"since\":\"yesterday\"}", "/since format" },
    { "{" LAMP ",\"since\":\"2026-02-30T10:11:12Z\"}", "/since format" },
    { "{" LAMP ",\"since\":\"\"}", "/since format" },
    { "{" LAMP ",\"day\":\"2026-01-31\"}", "" },
    { "{" LAMP ",\"day\":\"2026-01-31T10:11:12Z\"}", "/day format" },
    { "{" LAMP ",\"link\":\"no link at all\"}", "" },
    { "{" LAMP ",\"link\":1}", "/link type" },
    { "{" LAMP ",\"image\":\"\"}", "" },
    { "{" LAMP ",\"image\":\"aB+/\"}", "" },
    { "{" LAMP ",\"image\":\"aB==\"}", "" },
    { "{" LAMP ",\"image\":\"aBc=\"}", "" },
    { "{" LAMP ",\"image\":\"aB\"}", "" },
    { "{" LAMP ",\"image\":\"aBcde\"}", "/image format" },
    { "{" LAMP ",\"image\":\"aB=\"}", "/image format" },
    { "{" LAMP ",\"image\":\"a===\"}", "/image format" },
    { "{" LAMP ",\"image\":\"aB==aBcd\"}", "/image format" },
    { "{" LAMP ",\"image\":\"aB-_\"}", "/image format" },
    { "{" LAMP ",\"image\":\"aB c\"}", "/image format" },
    /* enums */
    { "{" LAMP ",\"colour\":\"red\",\"letter\":\"k\"}", "" },
    { "{" LAMP ",\"colour\":\"Red\"}", "/colour enum" },
    { "{" LAMP ",\"colour\":\"\",\"letter\":\"l\"}",
      "/colour enum;/letter enum" },
    { "{" LAMP ",\"colour\":7}", "/colour type" },
    /* depth */
    { "{" LAMP ",\"parts\":[{},{\"part\":{\"parts\":[{\"count\":\"1\"}]}}]}",
      "/parts/1/part/parts/0/count type" },
    { "{" LAMP ",\"parts\":[7,{\"part\":{\"part\":[],\"count\":{}}}]}",
      "/parts/0 type;/parts/1/part/part type;/parts/1/part/count type" },
    { "{" LAMP ",\"parts\":[{\"id\":1,\"href\":2,\"made\":3}]}",
      "/parts/0/id type;/parts/0/href type" },
    { "{" LAMP ",\"grid\":[[],[1,\"2\"],3]}", "/grid/1/1 type;/grid/2 type" },
    { "{" LAMP ",\"a/b~c\":[{\"~\":1},{\"~\":\"\"}]}",
      "/a~1b~0c/0/~0 type" },
    /* what is required comes after what is wrong */
    { "{\"lit\":0}", "/lit type;/maker required;/watts required; oneOf;"
      " oneOf" },
};

static void check_create(const char *name, const row_t *row, int client_ids,
                         apr_pool_t *p)
{
    const char *found = summary(
        tmf_validate_create(find(name), parse(row->body, p), client_ids,
                            TMF_PROFILE_KIT, p), p);

    if (strcmp(found, row->violations) != 0) {
        fail_msg("%s: %s instead of %s", row->body, found, row->violations);
    }
}

static void test_creates(void **state)
{
    size_t i = 0;

    for (i = 0; i < COUNT(creates); i++) {
        check_create("lamp", &creates[i], 0, *state);
    }
}

static const row_t own_ids[] = {
    { "{" LAMP "}", "" },
    { "{" LAMP ",\"id\":null}", "" },
    { "{" LAMP ",\"id\":\"a\",\"href\":7}", "" },
    { "{" LAMP ",\"id\":\"a/b ?%2F\"}", "" },
    { "{" LAMP ",\"id\":\"...\"}", "" },
    { "{" LAMP ",\"id\":\"\"}", "/id id" },
    { "{" LAMP ",\"id\":\".\"}", "/id id" },
    { "{" LAMP ",\"id\":\"..\"}", "/id id" },
    { "{" LAMP ",\"id\":7}", "/id id" },
    { "{" LAMP ",\"id\":[\"a\"],\"lit\":7}", "/id id;/lit type" },
};

static void test_own_ids(void **state)
{
    size_t i = 0;

    for (i = 0; i < COUNT(own_ids); i++) {
        check_create("lamp", &own_ids[i], 1, *state);
    }
}

/* Characters are counted, not bytes. */
static void test_own_id_length(void **state)
{
    apr_pool_t *p = *state;
    tmf_text_t *id = tmf_text_make(p, 1024, 0);
    row_t row = { NULL, "" };
    int i = 0;

    for (i = 0; i < TMF_ID_MAX - 1; i++) {
        tmf_text_puts(id, i % 2 ? "\xe2\x82\xac" : "\xf0\x9f\x98\x80");
    }
    row.body = apr_pstrcat(p, "{" LAMP ",\"id\":\"", tmf_text_string(id),
                           "x\"}", NULL);
    check_create("lamp", &row, 1, p);
    row.body = apr_pstrcat(p, "{" LAMP ",\"id\":\"", tmf_text_string(id),
                           "xy\"}", NULL);
    row.violations = "/id id";
    check_create("lamp", &row, 1, p);
}

/* An object of a type that extends the declared one. */
static void test_types_by_name(void **state)
{
    static const row_t rows[] = {
        { "{" LAMP ",\"parts\":[{\"@type\":\"Screw\",\"name\":\"M3\","
          "\"width\":3}]}", "" },
        { "{" LAMP ",\"parts\":[{\"@type\":\"Screw\",\"name\":\"M9\","
          "\"width\":\"3\",\"count\":\"1\"}]}",
          "/parts/0/name enum;/parts/0/width type;/parts/0/count type" },
        { "{" LAMP ",\"parts\":[{\"@type\":\"Part\",\"width\":\"3\"}]}",
          "" },
        { "{" LAMP ",\"parts\":[{\"@type\":\"Bulb\",\"hours\":\"3\"}]}",
          "" },
        { "{" LAMP ",\"parts\":[{\"@type\":7,\"width\":\"3\"}]}", "" },
    };
    size_t i = 0;

    for (i = 0; i < COUNT(rows); i++) {
        check_create("lamp", &rows[i], 0, *state);
    }
}

/* Without a create schema the one that is read holds. */
static void test_create_by_read_schema(void **state)
{
    static const row_t rows[] = {
        { "{\"socket\":\"E27\",\"hours\":7}", "" },
        { "{\"hours\":\"7\"}", "/hours type;/socket required" },
    };
    size_t i = 0;

    for (i = 0; i < COUNT(rows); i++) {
        check_create("bulb", &rows[i], 0, *state);
    }
}

static const struct {
    const char *body;
    const char *message;
} messages[] = {
    { "{\"maker\":1}", "must be a string" },
    { "{\"watts\":\"1\"}", "must be a number" },
    { "{\"count\":\"1\"}", "must be an integer" },
    { "{\"lit\":\"1\"}", "must be true or false" },
    { "{\"room\":\"1\"}", "must be an object" },
    { "{\"tags\":\"1\"}", "must be an array" },
    { "{\"since\":\"1\"}", "must be a date or date-time (ISO 8601)" },
    { "{\"day\":\"1\"}", "must be a date, YYYY-MM-DD" },
    { "{\"image\":\"1\"}", "must be base64" },
    { "{\"colour\":\"1\"}", "must be one of: red, blue" },
    { "{\"letter\":\"1\"}", "must be one of the declared values" },
    { "{\"room\":{}}", "is required" },
    { "{\"maker\":\"m\",\"watts\":1}", "must have at least one of: room, "
      "shelf" },
};

static void test_messages(void **state)
{
    apr_pool_t *p = *state;
    size_t i = 0;

    for (i = 0; i < COUNT(messages); i++) {
        const tmf_error_t *err = tmf_validate_create(
            find("lamp"), parse(messages[i].body, p), 0, TMF_PROFILE_KIT,
            p);

        assert_string_equal(first_message(err), messages[i].message);
    }
}

/* n faults in an array of strings. */
static const tmf_error_t *validate_tags(int n, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 1024, 0);
    int i = 0;

    tmf_text_puts(text, "{" LAMP ",\"tags\":[\"\"");
    for (i = 0; i < n; i++) {
        tmf_text_puts(text, ",7");
    }
    tmf_text_puts(text, "],\"colour\":\"\"}");
    return tmf_validate_create(find("lamp"), parse(tmf_text_string(text), p),
                               0, TMF_PROFILE_KIT, p);
}

static void test_maximum(void **state)
{
    const tmf_error_t *err = validate_tags(TMF_VIOLATIONS_MAX - 1, *state);

    assert_int_equal(err->violations->nelts, TMF_VIOLATIONS_MAX);
    assert_string_equal(err->message, "100 rules broken; the first: /tags/1 "
                        "must be a string");
    err = validate_tags(TMF_VIOLATIONS_MAX + 6, *state);
    assert_int_equal(err->violations->nelts, TMF_VIOLATIONS_MAX);
    assert_string_equal(err->message, "100 rules broken; the first: /tags/1 "
                        "must be a string; 7 more rules are broken");
    assert_string_equal(APR_ARRAY_IDX(err->violations, 99,
                                      tmf_violation_t).pointer,
                        "/tags/100");
}

/* --- patch --------------------------------------------------------------- */

static const row_t patches[] = {
    { "{}", "" },
    { "{\"lit\":true,\"watts\":1.5}", "" },
    { "{\"lit\":\"on\",\"watts\":\"1\",\"colour\":\"green\"}",
      "/lit type;/watts type;/colour enum" },
    /* null deletes, required or not: the result decides */
    { "{\"maker\":null,\"room\":{\"name\":null,\"part\":{\"id\":null}}}",
      "" },
    { "{\"tags\":[null]}", "/tags/0 type" },
    { "{\"parts\":[{\"name\":null}]}", "" },
    { "{\"room\":{\"part\":{\"count\":\"1\"}}}", "/room/part/count type" },
    /* fixed attributes are the store's to refuse */
    { "{\"made\":7,\"serial\":null}", "" },
    /* attributes that the update schema lacks, but may change */
    { "{\"@type\":7,\"@baseType\":\"Thing\"}", "/@type type" },
    { "{\"x\":[null],\"extra\":7}", "" },
    /* id and href */
    { "{\"id\":\"4 2\"}", "" },
    { "{\"href\":\"http://a.example/any/v4/lamp/4%202\"}", "" },
    { "{\"href\":\"/other/lamp/4%202\"}", "" },
    { "{\"id\":\"42\"}", "/id readOnly" },
    { "{\"id\":\"\"}", "/id readOnly" },
    { "{\"id\":null,\"href\":null}", "/id readOnly;/href readOnly" },
    { "{\"id\":42,\"href\":{}}", "/id readOnly;/href readOnly" },
    { "{\"href\":\"/other/lamp/42\"}", "/href readOnly" },
    { "{\"href\":\"/other/bulb/4%202\"}", "/href readOnly" },
    { "{\"href\":\"4 2\"}", "/href readOnly" },
    { "{\"href\":\"\"}", "/href readOnly" },
    { "{\"room\":{\"id\":\"7\",\"href\":\"/x\"}}", "" },
};

static void check_patch(const char *name, const row_t *row, apr_pool_t *p)
{
    const char *found = summary(
        tmf_validate_patch(find(name), parse(row->body, p), "4 2",
                           TMF_PROFILE_KIT, p), p);

    if (strcmp(found, row->violations) != 0) {
        fail_msg("%s: %s instead of %s", row->body, found, row->violations);
    }
}

static void test_patches(void **state)
{
    apr_pool_t *p = *state;
    size_t i = 0;

    for (i = 0; i < COUNT(patches); i++) {
        check_patch("lamp", &patches[i], p);
    }
    assert_string_equal(
        first_message(tmf_validate_patch(find("lamp"),
                                         parse("{\"id\":null}", p), "4 2",
                                         TMF_PROFILE_KIT, p)),
        "cannot be changed");
}

/* Without an update schema the one that is read holds. */
static void test_patch_by_read_schema(void **state)
{
    static const row_t row = { "{\"socket\":null,\"hours\":\"7\"}",
                               "/hours type" };

    check_patch("bulb", &row, *state);
}

/* --- the profile "strict" ------------------------------------------------ */

#define FULL "\"maker\":\"m\",\"watts\":1,\"count\":1," \
    "\"room\":{\"name\":\"n\"}"

static const row_t strict_creates[] = {
    { "{" FULL "}", "" },
    { "{" FULL ",\"id\":\"a\",\"href\":\"b\",\"serial\":7,"
      "\"made\":\"x\"}", "" },
    { "{" LAMP "}", "/room/name required;/count required" },
    { "{\"maker\":\"m\",\"watts\":1,\"count\":null,\"room\":{"
      "\"name\":null}}",
      "/room/name required;/count required" },
    { "{" FULL ",\"parts\":[{\"name\":\"n\",\"id\":\"1\"}]}", "" },
    { "{" FULL ",\"parts\":[{\"name\":\"n\"},{\"id\":null}]}",
      "/parts/0/id required;/parts/1/name required;/parts/1/id required" },
    /* mandatory where it was said, not wherever the type is */
    { "{" FULL ",\"shelf\":{\"name\":\"n\",\"part\":{\"name\":\"p\"}}}",
      "" },
    { "{\"maker\":\"m\",\"watts\":1,\"count\":1,\"room\":{"
      "\"name\":\"n\",\"part\":{\"name\":\"p\"}}}",
      "/room/part/count required" },
    /* what isn't declared */
    { "{" FULL ",\"colur\":\"red\",\"x\":null,\"@x\":1}",
      "/colur unknown" },
    { "{" FULL ",\"shelf\":{\"name\":\"n\",\"nmae\":1,\"@any\":[],"
      "\"part\":{\"name\":\"p\",\"y\":{}}}}",
      "/shelf/nmae unknown;/shelf/part/y unknown" },
    { "{" FULL ",\"extra\":{\"x\":{\"y\":1}},\"bag\":[{\"z\":1}]}", "" },
    { "{" FULL ",\"shelf\":{\"@type\":\"Screw\",\"name\":\"M3\","
      "\"width\":3}}", "" },
    { "{" FULL ",\"shelf\":{\"@type\":\"Screw\",\"name\":\"M3\"}}",
      "/shelf/width required" },
    { "{" FULL ",\"shelf\":{\"name\":\"M3\",\"width\":3}}",
      "/shelf/width unknown" },
    /* what is wrong, too */
    { "{" FULL ",\"lit\":1,\"tags\":[2],\"x\":3}",
      "/lit type;/tags/0 type;/x unknown" },
};

/* Objects are merged, and what is then missing only the result tells;
 * elements of arrays are what they are. */
static const row_t strict_patches[] = {
    { "{\"room\":{\"count\":1}}", "" },
    { "{\"room\":{\"part\":{\"id\":\"1\"}}}", "" },
    { "{\"room\":{\"x\":1,\"y\":null}}", "/room/x unknown" },
    { "{\"parts\":[{\"id\":\"1\"}]}", "/parts/0/name required" },
    { "{\"room\":{\"parts\":[{\"part\":{}}],\"part\":{}}}",
      "/room/parts/0/part/name required;/room/parts/0/name required" },
};

static void test_strict(void **state)
{
    apr_pool_t *p = *state;
    size_t i = 0;

    for (i = 0; i < COUNT(strict_creates); i++) {
        const row_t *row = &strict_creates[i];
        const char *found = summary(
            tmf_validate_create(find("lamp"), parse(row->body, p), 0,
                                TMF_PROFILE_STRICT, p), p);

        assert_string_equal(found, row->violations);
    }
    for (i = 0; i < COUNT(strict_patches); i++) {
        const row_t *row = &strict_patches[i];
        const char *found = summary(
            tmf_validate_patch(find("lamp"), parse(row->body, p), "4 2",
                               TMF_PROFILE_STRICT, p), p);

        assert_string_equal(found, row->violations);
    }
}

/* --- no memory ------------------------------------------------------------ */

static int allocations_left;

static void *scarce(size_t size)
{
    if (allocations_left == 0) {
        errno = ENOMEM;
        return NULL;
    }
    allocations_left--;
    return malloc(size);
}

/* However far it gets: the body isn't blamed for what the server lacks. */
static void test_no_memory(void **state)
{
    static const char body[] = "{\"maker\":\"a\",\"watts\":1.5,"
        "\"tags\":[\"b\",{\"c\":true}]}";
    apr_pool_t *p = *state;
    tmf_error_t *err = NULL;
    const json_t *json = NULL;
    int n = 0;

    json_set_alloc_funcs(scarce, free);
    do {
        allocations_left = n;
        err = tmf_body_read(BYTES(body), p, &json);
        if (err) {
            assert_int_equal(err->kind, TMF_UNAVAILABLE);
        }
        n++;
    } while (err);
    allocations_left = 0;
    err = tmf_body_read(BYTES("{"), p, &json);
    assert_int_equal(err->kind, TMF_UNAVAILABLE);
    apr_pool_clear(p);
    json_set_alloc_funcs(malloc, free);
    assert_true(n > 10);
    err = tmf_body_read(BYTES("{"), p, &json);
    assert_int_equal(err->kind, TMF_INVALID_BODY);
}

/* ------------------------------------------------------------------------- */

static int load(void **state)
{
    tmf_source_t source = {"lamps.json", definition,
                           sizeof(definition) - 1};
    tmf_source_t more = {"overlay.json", overlay, sizeof(overlay) - 1};
    apr_array_header_t *faults = NULL;
    int i = 0;

    make_root(state);
    faults = apr_array_make(root_pool, 4, sizeof(tmf_fault_t));
    spec = tmf_load_texts(&source, &more, faults, root_pool);
    for (i = 0; i < faults->nelts; i++) {
        const tmf_fault_t *fault = &APR_ARRAY_IDX(faults, i, tmf_fault_t);

        print_error("%s %s: %s\n", fault->file, fault->pointer,
                    fault->message);
    }
    return spec ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bodies),
        TEST(test_body_length),
        TEST(test_body_depth),
        TEST(test_creates),
        TEST(test_own_ids),
        TEST(test_own_id_length),
        TEST(test_create_by_read_schema),
        TEST(test_messages),
        TEST(test_maximum),
        TEST(test_patches),
        TEST(test_patch_by_read_schema),
        TEST(test_types_by_name),
        TEST(test_strict),
        TEST(test_body_members),
        TEST(test_no_memory),
    };

    return cmocka_run_group_tests(tests, load, destroy_root);
}
