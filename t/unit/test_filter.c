/* Patterns and JSONPath filters: tables of what they become and of what is
 * refused, then the bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "api/tmf_filter.h"
#include "api/tmf_regex.h"
#include "base/tmf_number.h"
#include "base/tmf_text.h"
#include "pool.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* unit, n times over, between two texts. */
static const char *repeat(apr_pool_t *p, const char *before,
                          const char *unit, int n, const char *after)
{
    tmf_text_t *text = tmf_text_make(p, 256, 0);

    tmf_text_puts(text, before);
    for (; n > 0; n--) {
        tmf_text_puts(text, unit);
    }
    tmf_text_puts(text, after);
    return tmf_text_string(text);
}

/* --- patterns ---------------------------------------------------------- */

static const struct {
    const char *pattern;
    const char *written;
} patterns[] = {
    { "a", "a" },
    { "a-Z_0 #/'\"", "a-Z_0 #/'\"" },
    { "\xC3\xA9\xF0\x9F\x98\x80", "\xC3\xA9\xF0\x9F\x98\x80" },
    { "a.b", "a.b" },
    { "^a$", "^a$" },
    { "a|b|^c", "a|b|^c" },
    { "(a)", "(?:a)" },
    { "(?:a|b)c", "(?:a|b)c" },
    { "(a(b(c)))", "(?:a(?:b(?:c)))" },
    { "(^a|b$)", "(?:^a|b$)" },
    /* quantifiers */
    { "a*b+c?", "a*b+c?" },
    { "a{3}b{0,50}c{7,}d{0}", "a{3}b{0,50}c{7,}d{0}" },
    { "a{03}", "a{03}" },
    { "(ab)*[cd]+\\d{2}.{3}", "(?:ab)*[cd]+[0-9]{2}.{3}" },
    { "(a|b)+", "(?:a|b)+" },
    { "(a+b)", "(?:a+b)" },
    { "\xC3\xA9+", "\xC3\xA9+" },
    /* literals that need no escape in a pattern of ours */
    { "]}", "\\]\\}" },
    { "a]b}", "a\\]b\\}" },
    /* escapes */
    { "\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\^\\$\\|\\\\",
      "\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\^\\$\\|\\\\" },
    { "\\-\\/\\ \\\"\\_\\#", "-/ \"_#" },
    { "\\\xC3\xA9", "\xC3\xA9" },
    { "\\t\\n\\r\\f", "\t\n\r\f" },
    { "\\d\\D", "[0-9][^0-9]" },
    { "\\w\\W", "[A-Za-z0-9_][^A-Za-z0-9_]" },
    { "\\s\\S", "[ \t\n\v\f\r][^ \t\n\v\f\r]" },
    /* classes */
    { "[abc]", "[abc]" },
    { "[^abc]", "[^abc]" },
    { "[a-z0-9]", "[a-z0-9]" },
    { "[a-a]", "[a-a]" },
    { "[\xC3\x80-\xC3\xBF]", "[\xC3\x80-\xC3\xBF]" },
    { "[-a]", "[\\-a]" },
    { "[a-]", "[a\\-]" },
    { "[^-]", "[^\\-]" },
    { "[a^]", "[a\\^]" },
    { "[.*+?(){}|$]", "[.*+?(){}|$]" },
    { "[[]", "[\\[]" },
    { "[\\]\\[\\^\\-\\\\]", "[\\]\\[\\^\\-\\\\]" },
    { "[\\d\\w\\s]", "[0-9A-Za-z0-9_ \t\n\v\f\r]" },
    { "[\\t-\\r]", "[\t-\r]" },
    { "[+--]", "[+-\\-]" },
    { "[\\d-]", "[0-9\\-]" },
    { "[a,b]", "[a,b]" }
};

static void test_patterns(void **state)
{
    apr_pool_t *p = *state;
    size_t i = 0;

    for (i = 0; i < COUNT(patterns); i++) {
        tmf_regex_fault_t fault = { NULL, 0 };
        const char *written = tmf_regex_compile(patterns[i].pattern, p,
                                                &fault);

        if (!written) {
            fail_msg("\"%s\" %s", patterns[i].pattern, fault.rule);
        }
        assert_string_equal(written, patterns[i].written);
    }
    print_message("%zu patterns read\n", COUNT(patterns));
}

static const struct {
    const char *pattern;
    int position;
    const char *part;         /* of the rule */
} wrong_patterns[] = {
    { "", 1, "is empty" },
    /* what could be slow, or is another language */
    { "(a)\\1", 4, "back-reference" },
    { "\\9", 1, "back-reference" },
    { "a(?=b)", 2, "an option or an assertion" },
    { "a(?!b)", 2, "an option or an assertion" },
    { "(?<=a)b", 1, "an option or an assertion" },
    { "(?i)a", 1, "an option or an assertion" },
    { "(?P<n>a)", 1, "an option or an assertion" },
    { "(?", 1, "an option or an assertion" },
    { "***=a", 1, "after nothing" },
    { "[[:alpha:]]", 2, "a named class" },
    { "[a[.b.]]", 3, "a named class" },
    { "[[=a=]]", 2, "a named class" },
    { "\\bA", 1, "the escape \\b" },
    { "\\yA", 1, "the escape \\y" },
    { "\\mA", 1, "the escape \\m" },
    { "\\A", 1, "the escape \\A" },
    { "\\p{L}", 1, "the escape \\p" },
    { "\\x41", 1, "the escape \\x" },
    { "\\u0041", 1, "the escape \\u" },
    { "\\0", 1, "the escape \\0" },
    { "\\v", 1, "the escape \\v" },
    { "[\\D]", 2, "the escape \\D" },
    { "[\\b]", 2, "the escape \\b" },
    /* groups and alternatives */
    { "(a", 1, "without its )" },
    { "a(b(c)", 2, "without its )" },
    { "a)", 2, "without its group" },
    { "()", 2, "an empty alternative" },
    { "a||b", 3, "an empty alternative" },
    { "|a", 1, "an empty alternative" },
    { "a|", 3, "an empty alternative" },
    { "(a|)", 4, "an empty alternative" },
    /* classes */
    { "[a", 3, "without its ]" },
    { "[", 2, "without its ]" },
    { "[]", 1, "an empty class" },
    { "[]a]", 1, "an empty class" },
    { "[^]", 1, "an empty class" },
    { "[b-a]", 2, "ends before it begins" },
    { "[\\d-z]", 4, "a range from a class" },
    { "[a-\\d]", 4, "the escape \\d" },
    { "[a\\", 3, "ends in a backslash" },
    { "a\\", 2, "ends in a backslash" },
    /* quantifiers */
    { "*a", 1, "after nothing" },
    { "a|+", 3, "after nothing" },
    { "(?a)", 1, "an option or an assertion" },
    { "(*a)", 2, "after nothing" },
    { "^*", 2, "repeats an anchor" },
    { "(a$)?", 5, "repeats an anchor" },
    { "a**", 3, "after a quantifier" },
    { "a*?", 3, "after a quantifier" },
    { "a{2}{3}", 5, "after a quantifier" },
    { "(a+)+", 5, "repeats a group that has a quantifier" },
    { "((a*)b)?", 8, "repeats a group that has a quantifier" },
    { "(a{2}|b){3}", 9, "repeats a group that has a quantifier" },
    { "a{51}", 3, "more than 50 times" },
    { "a{1,51}", 5, "more than 50 times" },
    { "a{99999999999999999999}", 3, "more than 50 times" },
    { "a{3,2}", 2, "ends before it begins" },
    { "a{,2}", 3, "without a number" },
    { "a{x}", 3, "without a number" },
    { "a{}", 3, "without a number" },
    { "a{1,x}", 5, "without a number" },
    { "a{2", 2, "without its }" },
    { "a{2,3", 2, "without its }" },
    { "{2}", 1, "a brace that repeats nothing" },
    { "\xC3\xA9\xC3\xA9**", 4, "after a quantifier" }
};

static void test_wrong_patterns(void **state)
{
    apr_pool_t *p = *state;
    size_t i = 0;

    for (i = 0; i < COUNT(wrong_patterns); i++) {
        tmf_regex_fault_t fault = { "nothing", 0 };
        const char *pattern = wrong_patterns[i].pattern;

        if (tmf_regex_compile(pattern, p, &fault)
            || fault.position != wrong_patterns[i].position
            || !strstr(fault.rule, wrong_patterns[i].part)) {
            fail_msg("\"%s\" %s at %d", pattern, fault.rule,
                     fault.position);
        }
    }
    print_message("%zu patterns refused\n", COUNT(wrong_patterns));
}

static void assert_pattern_bound(const char *kept, const char *beyond,
                                 const char *part, apr_pool_t *p)
{
    tmf_regex_fault_t fault = { "nothing", 0 };

    if (!tmf_regex_compile(kept, p, &fault)) {
        fail_msg("%s %s", kept, fault.rule);
    }
    assert_null(tmf_regex_compile(beyond, p, &fault));
    if (!strstr(fault.rule, part)) {
        fail_msg("unexpected: %s", fault.rule);
    }
}

static void test_pattern_bounds(void **state)
{
    apr_pool_t *p = *state;

    assert_pattern_bound(repeat(p, "", "\\.", 128, ""),
                         repeat(p, "a", "\\.", 128, ""),
                         "longer than 256 bytes", p);
    assert_pattern_bound(repeat(p, "", "a?", 16, ""),
                         repeat(p, "", "a?", 17, ""),
                         "more than 16 quantifiers", p);
    assert_pattern_bound(repeat(p, "", "^", 4, "a"),
                         repeat(p, "", "(^)", 5, "a"),
                         "more than 4 anchors", p);
    assert_pattern_bound(repeat(p, repeat(p, "", "(", 8, "a"), ")", 8, ""),
                         repeat(p, repeat(p, "", "(", 9, "a"), ")", 9, ""),
                         "deeper than 8", p);
    assert_pattern_bound("(abcd){50}", "(abcd){50}a", "too large", p);
    assert_pattern_bound("a{40}b{40}c{0}|(abcd){29}", "a{40,}(abcd){40}",
                         "too large", p);
}

/* --- filters ----------------------------------------------------------- */

/* Read a text that may have one filter. */
static tmf_error_t *parse_typed(const char *text, const tmf_schema_t *schema,
                                apr_pool_t *p, tmf_filter_t *filter)
{
    apr_array_header_t *filters = apr_array_make(p, 1, sizeof(*filter));
    tmf_error_t *err = tmf_filter_parse(text, schema, p, filters);

    if (!err) {
        assert_int_equal(filters->nelts, 1);
        *filter = APR_ARRAY_IDX(filters, 0, tmf_filter_t);
    }
    return err;
}

static tmf_error_t *parse(const char *text, apr_pool_t *p,
                          tmf_filter_t *filter)
{
    return parse_typed(text, NULL, p, filter);
}

static const struct {
    const char *text;
    const char *path;
    const char *variables;
} filters[] = {
    /* paths */
    { "$", "$", "{}" },
    { "$.a", "$.\"a\"", "{}" },
    { "a", "$.\"a\"", "{}" },
    { ".a", "$.\"a\"", "{}" },
    { " $.a.b ", "$.\"a\".\"b\"", "{}" },
    { "$['a']", "$.\"a\"", "{}" },
    { "['a'][ \"b c\" ]", "$.\"a\".\"b c\"", "{}" },
    { "$['a\\'\"\\\\b']", "$.\"a'\\\"\\\\b\"", "{}" },
    { "$[\"\\u00e9\\ud83d\\ude00\\n\"]",
      "$.\"\xC3\xA9\xF0\x9F\x98\x80\\n\"", "{}" },
    { "$.@type", "$.\"@type\"", "{}" },
    { "$.\xC3\xA9_1", "$.\"\xC3\xA9_1\"", "{}" },
    { "$.*", "$.*", "{}" },
    { "a.*.b", "$.\"a\".*.\"b\"", "{}" },
    { "a[*].b[*]", "$.\"a\"[*].\"b\"[*]", "{}" },
    { "$[*].a", "$.\"a\"", "{}" },
    { "a[0]", "$.\"a\"[0]", "{}" },
    { "a[ 0 , 12 ].b", "$.\"a\"[0,12].\"b\"", "{}" },
    { "a[1,0,1,00,2]", "$.\"a\"[1,0,2]", "{}" },
    { "a[007]", "$.\"a\"[7]", "{}" },
    { "$['']", "$.\"\"", "{}" },
    /* predicates */
    { "a[?(@.b)]", "$.\"a\" ? ((exists(@.\"b\")))", "{}" },
    { "a[?@.b]", "$.\"a\" ? (exists(@.\"b\"))", "{}" },
    { "a[?(@)]", "$.\"a\" ? ((exists(@)))", "{}" },
    { "$.a[?(@.b==300)]",
      "$.\"a\" ? ((exists(@.\"b\" ? (@ == $v0))))", "{\"v0\":300}" },
    { "$[?(@.a=='x')]", "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":\"x\"}" },
    { "[?(@.a == \"x\")]", "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":\"x\"}" },
    { "$[*][?(@.a==1)].b[?(@==2)]",
      "$ ? ((exists(@.\"a\" ? (@ == $v0)))).\"b\" ? "
      "((exists(@ ? (@ == $v1))))", "{\"v0\":1,\"v1\":2}" },
    { "$.b[*].f[?(@.l==\"w\")].p[?(@.r==1)]",
      "$.\"b\"[*].\"f\" ? ((exists(@.\"l\" ? (@ == $v0)))).\"p\" ? "
      "((exists(@.\"r\" ? (@ == $v1))))", "{\"v0\":\"w\",\"v1\":1}" },
    { "a[?(@.b[?(@.c)])]",
      "$.\"a\" ? ((exists(@.\"b\" ? ((exists(@.\"c\"))))))", "{}" },
    { "a[?(@['b'][0]==1)]",
      "$.\"a\" ? ((exists(@.\"b\"[0] ? (@ == $v0))))", "{\"v0\":1}" },
    /* comparisons */
    { "[?(@.a!=1)]", "$ ? ((exists(@.\"a\" ? "
      "(@ != $v0 || (@ == $v0) is unknown))))", "{\"v0\":1}" },
    { "[?(@.a<1)]", "$ ? ((exists(@.\"a\" ? (@ < $v0))))", "{\"v0\":1}" },
    { "[?(@.a<=1)]", "$ ? ((exists(@.\"a\" ? (@ <= $v0))))",
      "{\"v0\":1}" },
    { "[?(@.a>1)]", "$ ? ((exists(@.\"a\" ? (@ > $v0))))", "{\"v0\":1}" },
    { "[?(@.a>=1)]", "$ ? ((exists(@.\"a\" ? (@ >= $v0))))",
      "{\"v0\":1}" },
    { "[?(1<@.a)]", "$ ? ((exists(@.\"a\" ? (@ > $v0))))", "{\"v0\":1}" },
    { "[?(1>=@.a)]", "$ ? ((exists(@.\"a\" ? (@ <= $v0))))",
      "{\"v0\":1}" },
    { "[?('x'==@.a)]", "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":\"x\"}" },
    { "[?(1!=@)]", "$ ? ((exists(@ ? "
      "(@ != $v0 || (@ == $v0) is unknown))))", "{\"v0\":1}" },
    /* values */
    { "[?(@.a==12.30)]", "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":12.30}" },
    { "[?(@.a==-1e+3)]", "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":-1e+3}" },
    { "[?(@.a==true)]", "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":true}" },
    { "[?(false==@.a)]", "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":false}" },
    { "[?(@.a==null)]", "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":null}" },
    { "[?(@.a=='\\'\\\"\\/\\t\"')]",
      "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":\"'\\\"/\\t\\\"\"}" },
    { "[?(@.a=='it\xE2\x82\xAC')]",
      "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":\"it\xE2\x82\xAC\"}" },
    { "[?(@.a=='[?(@.b)]')]", "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":\"[?(@.b)]\"}" },
    /* patterns */
    { "[?(@.a=~/b.c/)]", "$ ? ((exists(@.\"a\" ? "
      "(@ like_regex \"b.c\" flag \"s\"))))", "{}" },
    { "[?(@.a =~ /^(b|\\d)\\/\"/i)]", "$ ? ((exists(@.\"a\" ? "
      "(@ like_regex \"^(?:b|[0-9])/\\\"\" flag \"is\"))))", "{}" },
    /* logic */
    { "[?(@.a && @.b || @.c)]", "$ ? ((exists(@.\"a\") && exists(@.\"b\")"
      " || exists(@.\"c\")))", "{}" },
    { "[?(@.a&&(@.b||@.c))]", "$ ? ((exists(@.\"a\") && (exists(@.\"b\")"
      " || exists(@.\"c\"))))", "{}" },
    { "[?(@.a)||(@.b)]", "$ ? ((exists(@.\"a\")) || (exists(@.\"b\")))",
      "{}" },
    { "[?(!@.a)]", "$ ? ((!exists(@.\"a\")))", "{}" },
    { "[?!@.a]", "$ ? (!exists(@.\"a\"))", "{}" },
    { "[?(!!@.a)]", "$ ? ((exists(@.\"a\")))", "{}" },
    { "[?(!(@.a==1))]", "$ ? ((((!exists(@.\"a\" ? (@ == $v0))))))",
      "{\"v0\":1}" },
    { "[?(!(@.a && @.b || !@.c))]", "$ ? (((("
      "!exists(@.\"a\") || !exists(@.\"b\")) && (exists(@.\"c\")))))",
      "{}" },
    { "[?(!@.a[?(@.b)])]",
      "$ ? ((!exists(@.\"a\" ? ((exists(@.\"b\"))))))", "{}" },
    { "[ ? ( @.a  ==  1 ) ]", "$ ? ((exists(@.\"a\" ? (@ == $v0))))",
      "{\"v0\":1}" },
    { "$ [?(@ .a\t[0]==1)] .b ['c']",
      "$ ? ((exists(@.\"a\"[0] ? (@ == $v0)))).\"b\".\"c\"",
      "{\"v0\":1}" }
};

static void test_filters(void **state)
{
    apr_pool_t *p = *state;
    size_t failed = 0;
    size_t i = 0;

    for (i = 0; i < COUNT(filters); i++) {
        tmf_filter_t filter;
        const tmf_error_t *err = parse(filters[i].text, p, &filter);

        if (err || strcmp(filter.path, filters[i].path) != 0
            || strcmp(filter.variables, filters[i].variables) != 0) {
            print_error("\"%s\" gave %s\n", filters[i].text, err
                        ? err->message : apr_pstrcat(p, filter.path, " ",
                                                     filter.variables,
                                                     NULL));
            failed++;
        }
    }
    print_message("%zu filters read\n", COUNT(filters));
    assert_int_equal(failed, 0);
}

/* Commas and semicolons separate filters where no bracket is open. */
static void test_several(void **state)
{
    apr_pool_t *p = *state;
    apr_array_header_t *several = apr_array_make(p, 1, sizeof(tmf_filter_t));

    assert_null(tmf_filter_parse("a[0,1],b[?(@.c=='d,e;f')] ; $.g", NULL, p,
                                 several));
    assert_int_equal(several->nelts, 3);
    assert_string_equal(APR_ARRAY_IDX(several, 0, tmf_filter_t).path,
                        "$.\"a\"[0,1]");
    assert_string_equal(APR_ARRAY_IDX(several, 1, tmf_filter_t).variables,
                        "{\"v0\":\"d,e;f\"}");
    assert_string_equal(APR_ARRAY_IDX(several, 2, tmf_filter_t).path,
                        "$.\"g\"");
    assert_null(tmf_filter_parse("a,b,c,d,e", NULL, p, several));
    assert_non_null(tmf_filter_parse("a", NULL, p, several));
}

/* An array of arrays is gone into where the definition has it. */
static void test_nested(void **state)
{
    static const tmf_schema_t text = { .type = TMF_TYPE_STRING };
    static const tmf_property_t inner[] = { { "b", &text } };
    static const tmf_schema_t part = { .type = TMF_TYPE_OBJECT,
                                       .n_properties = 1,
                                       .properties = inner };
    static const tmf_schema_t row = { .type = TMF_TYPE_ARRAY,
                                      .items = &part };
    static const tmf_schema_t rows = { .type = TMF_TYPE_ARRAY,
                                       .items = &row };
    static tmf_schema_t endless = { .type = TMF_TYPE_ARRAY,
                                    .items = &endless };
    const tmf_property_t outer[] = { { "a", &rows }, { "e", &endless },
                                     { "p", &part }, { "r", &row } };
    const tmf_schema_t whole = { .type = TMF_TYPE_OBJECT, .n_properties = 4,
                                 .properties = outer };
    static const struct {
        const char *text;
        const char *path;
    } cases[] = {
        { "$.a", "$.\"a\"" },
        { "$.a.b", "$.\"a\"[*].\"b\"" },
        { "$.a[*].b", "$.\"a\"[*].\"b\"" },
        { "$.a[0].b", "$.\"a\"[0].\"b\"" },
        { "$.a[*][*].b", "$.\"a\"[*][*].\"b\"" },
        { "$.a.*", "$.\"a\"[*].*" },
        { "$.*.a.b", "$.*.\"a\".\"b\"" },
        { "$.p.b", "$.\"p\".\"b\"" },
        { "$.r.b", "$.\"r\".\"b\"" },
        { "$.x.a.b", "$.\"x\".\"a\".\"b\"" },
        { "$.a[?(@.b)].b", "$.\"a\" ? ((exists(@.\"b\"))).\"b\"" },
        { "$[?(@.a.b)].a.b",
          "$ ? ((exists(@.\"a\"[*].\"b\"))).\"a\"[*].\"b\"" },
        { "$[?(@.a)]", "$ ? ((exists(@.\"a\")))" },
        { "$[?(@.a=='x')]", "$ ? ((exists(@.\"a\"[*] ? (@ == $v0))))" },
        { "$[?('x'==@.a)]", "$ ? ((exists(@.\"a\"[*] ? (@ == $v0))))" },
        { "$[?(@.a[0]=='x')]", "$ ? ((exists(@.\"a\"[0] ? (@ == $v0))))" },
        { "$[?(@.a[?(@.b)].b && @.a.b)]",
          "$ ? ((exists(@.\"a\" ? ((exists(@.\"b\"))).\"b\")"
          " && exists(@.\"a\"[*].\"b\")))" }
    };
    tmf_filter_t filter;
    size_t i = 0;

    for (i = 0; i < COUNT(cases); i++) {
        assert_null(parse_typed(cases[i].text, &whole, *state, &filter));
        assert_string_equal(filter.path, cases[i].path);
    }
    assert_null(parse_typed("$.e.b", &whole, *state, &filter));
    assert_int_equal(strlen(filter.path), strlen("$.\"e\".\"b\"")
                     + TMF_JSON_DEPTH * strlen("[*]"));
}

/* A stored document has no id. */
static void test_ids(void **state)
{
    static const struct {
        const char *text;
        int has_id;
    } rows[] = {
        { "$.id", 1 }, { "id", 1 }, { "$['id']", 1 }, { "[?(@.id=='1')]", 1 },
        { "[?(@['id'])]", 1 }, { "$[*].id", 1 }, { "$[?(@.a)].id", 1 },
        { "$.*", 1 }, { "[?(@.*=='1')]", 1 }, { "$[?(@.a)][?(@.id)]", 1 },
        { "$", 0 }, { "$.a.id", 0 }, { "a[?(@.id=='1')]", 0 },
        { "$.a[*].id", 0 }, { "$.a.*", 0 }, { "[?(@.a.id=='1')]", 0 },
        { "[?(@.a[?(@.id)])]", 0 }, { "[?(@.a=='id')]", 0 },
        { "a[?(@.href=='1')]", 0 }
    };
    size_t i = 0;

    for (i = 0; i < COUNT(rows); i++) {
        tmf_filter_t filter;

        assert_null(parse(rows[i].text, *state, &filter));
        assert_int_equal(filter.has_id, rows[i].has_id);
    }
}

#define INVALID TMF_INVALID_QUERY
#define MISSING TMF_NOT_IMPLEMENTED

static const struct {
    const char *text;
    tmf_kind_t kind;
    int position;
    const char *part;         /* of the message */
} wrong_filters[] = {
    { "", INVALID, 1, "is empty" },
    { "  ", INVALID, 3, "is empty" },
    /* valid elsewhere */
    { "$..a", MISSING, 2, "a descent (..)" },
    { "..a", MISSING, 1, "a descent (..)" },
    { "a[?(@..b)]", MISSING, 6, "a descent (..)" },
    { "a[0:2]", MISSING, 4, "a slice" },
    { "a[:2]", MISSING, 3, "a slice" },
    { "a[0 :2]", MISSING, 5, "a slice" },
    { "a[-1]", MISSING, 3, "an index from the end" },
    { "a[-2:]", MISSING, 3, "an index from the end" },
    { "a[0,-1]", MISSING, 5, "an index from the end" },
    { "$[0]", MISSING, 3, "an index of the collection" },
    { "[0]", MISSING, 2, "an index of the collection" },
    { "a[(@.length-1)]", MISSING, 3, "a script" },
    { "a['b','c']", MISSING, 6, "a list of names" },
    { "a.length()", MISSING, 3, "a function" },
    { "min(a)", MISSING, 1, "a function" },
    { "a[?(length(@.b)>1)]", MISSING, 5, "a function" },
    { "a[?(@.b.length()>1)]", MISSING, 9, "a function" },
    { "a[?(@.b>max(1,2))]", MISSING, 9, "a function" },
    { "a[?(@.b+1==2)]", MISSING, 8, "arithmetic" },
    { "a[?(@.b-1==2)]", MISSING, 8, "arithmetic" },
    { "a[?(@.b * 2==2)]", MISSING, 9, "arithmetic" },
    { "a[?(@.b==2/1)]", MISSING, 11, "arithmetic" },
    { "a[?(@.b==2-1)]", MISSING, 11, "arithmetic" },
    { "a[?(@.b%2==1)]", MISSING, 8, "arithmetic" },
    { "a[?($.b==1)]", MISSING, 5, "a path from the root" },
    { "a[?(@.b==$.c)]", MISSING, 10, "a path from the root" },
    { "a[?(@.b==@.c)]", MISSING, 10, "a comparison of two attributes" },
    { "[?(@.href=='x')]", MISSING, 6, "the attribute href" },
    { "$.href", MISSING, 3, "the attribute href" },
    { "$['href']", MISSING, 3, "the attribute href" },
    /* paths */
    { "$a", INVALID, 2, "goes on after its path" },
    { "$.a b", INVALID, 5, "goes on after its path" },
    { "$.a == 1", INVALID, 5, "comparisons are inside [?()]" },
    { "@.a", INVALID, 1, "has no name" },
    { "a.@", INVALID, 3, "has no name" },
    { "a.b@c", INVALID, 4, "goes on after its path" },
    { "$.", INVALID, 3, "ends too early" },
    { "$.a.", INVALID, 5, "ends too early" },
    { "$.1", INVALID, 3, "has no name" },
    { "$.-a", INVALID, 3, "has no name" },
    { "$. a", INVALID, 3, "has no name" },
    { "$ a", INVALID, 3, "goes on after its path" },
    { "$.a-b", INVALID, 4, "goes on after its path" },
    { "1", INVALID, 1, "has no name" },
    { "'a'", INVALID, 1, "has no name" },
    { "a[", INVALID, 3, "ends too early" },
    { "a[]", INVALID, 3, "has brackets without" },
    { "a[b]", INVALID, 3, "has brackets without" },
    { "a[0", INVALID, 4, "ends too early" },
    { "a[0,]", INVALID, 5, "has no index" },
    { "a[0;1]", INVALID, 4, "has no ]" },
    { "a[1234567]", INVALID, 3, "more than 6 digits" },
    { "a[0]]", INVALID, 5, "goes on after its path" },
    { "a,", INVALID, 3, "is empty" },
    { ",a", INVALID, 1, "has no name" },
    { "a;b[", INVALID, 5, "ends too early" },
    { "a,$..b", MISSING, 4, "a descent (..)" },
    { "a['b]", INVALID, 3, "a string without its end" },
    { "a['b\\x']", INVALID, 5, "an escape in a string" },
    { "a['\\u00g0']", INVALID, 4, "a wrong \\u" },
    { "a['\\u0000']", INVALID, 4, "a wrong \\u" },
    { "a['\\ud800']", INVALID, 4, "half a character" },
    { "a['\\ude00\\ud83d']", INVALID, 4, "half a character" },
    /* predicates */
    { "a[?()]", INVALID, 5, "has no attribute or value" },
    { "a[?]", INVALID, 4, "has no attribute or value" },
    { "a[?(", INVALID, 5, "ends too early; an & in it must" },
    { "a[?(@.b", INVALID, 8, "ends too early; an & in it must" },
    { "a[?(@.b==1 ", INVALID, 12, "ends too early; an & in it must" },
    { "a[?(@.b==1)", INVALID, 12, "ends too early; an & in it must" },
    { "a[?(@.b==1]", INVALID, 11, "has no ) where one is needed" },
    { "a[?(@.b==1))]", INVALID, 12, "has no ] where one is needed" },
    { "a[?(@.b=1)]", INVALID, 8, "has no comparison" },
    { "a[?(@.b===1)]", INVALID, 10, "has no attribute or value" },
    { "a[?(@.b<>1)]", INVALID, 9, "has no attribute or value" },
    { "a[?(@.b in ['c'])]", INVALID, 9, "has no comparison" },
    { "a[?(@.b==)]", INVALID, 10, "has no attribute or value" },
    { "a[?(==1)]", INVALID, 5, "has no attribute or value" },
    { "a[?(@.b==c)]", INVALID, 10, "a word that is neither" },
    { "a[?(b==1)]", INVALID, 5, "a word that is neither" },
    { "a[?(@.b==True)]", INVALID, 10, "a word that is neither" },
    { "a[?(true)]", INVALID, 9, "has no comparison" },
    { "a[?(1==1)]", INVALID, 8, "compares no attribute" },
    { "a[?(@.b==1 @.c==1)]", INVALID, 12, "has no ) where" },
    { "a[?(@.b & @.c)]", INVALID, 9, "has no ) where" },
    { "a[?(@.b | @.c)]", INVALID, 9, "has no ) where" },
    { "a[?(@.b && )]", INVALID, 12, "has no attribute or value" },
    { "a[?(|| @.b)]", INVALID, 5, "has no attribute or value" },
    { "a[?(!)]", INVALID, 6, "has no attribute or value" },
    { "a[?(@.b=='c)]", INVALID, 10, "a string without its end" },
    { "a[?(@.b==01)]", INVALID, 10, "a number that is none" },
    { "a[?(@.b==1.)]", INVALID, 10, "a number that is none" },
    { "a[?(@.b==-)]", INVALID, 10, "a number that is none" },
    { "a[?(@.b==1e999)]", INVALID, 10, "a number that is none" },
    { "a[?(@.b=='\xC3\xA9' @)]", INVALID, 14, "has no ) where" },
    /* patterns */
    { "a[?(@.b=~'c')]", INVALID, 10, "has no /pattern/" },
    { "a[?(@.b=~c)]", INVALID, 10, "has no /pattern/" },
    { "a[?(@.b=~/c)]", INVALID, 10, "a pattern without its end" },
    { "a[?(@.b=~/c\\/)]", INVALID, 10, "a pattern without its end" },
    { "a[?(@.b=~//)]", INVALID, 11, "a pattern that is empty" },
    { "a[?(@.b=~/c/g)]", INVALID, 13, "a flag after its pattern" },
    { "a[?(@.b=~/c/ii)]", INVALID, 14, "a flag after its pattern" },
    { "a[?('c'=~/c/)]", INVALID, 10, "has no attribute before =~" },
    { "a[?(@.b=~/(c)\\1/)]", INVALID, 14, "a back-reference" },
    { "a[?(@.b=='\xC3\xA9'||@.c=~/\xC3\xA9(/)]", INVALID, 23, "an empty alt" }
};

static void test_wrong_filters(void **state)
{
    apr_pool_t *p = *state;
    size_t failed = 0;
    size_t i = 0;

    for (i = 0; i < COUNT(wrong_filters); i++) {
        tmf_filter_t filter;
        const tmf_error_t *err = parse(wrong_filters[i].text, p, &filter);
        const char *place = apr_psprintf(p, "at character %d",
                                         wrong_filters[i].position);
        const char *found = err ? strstr(err->message, place) : NULL;

        if (!found || (found[strlen(place)] && found[strlen(place)] != ',')
            || err->kind != wrong_filters[i].kind
            || !strstr(err->message, wrong_filters[i].part)) {
            print_error("\"%s\" gave \"%s\"\n", wrong_filters[i].text,
                        err ? err->message : filter.path);
            failed++;
        }
    }
    print_message("%zu filters refused\n", COUNT(wrong_filters));
    assert_int_equal(failed, 0);
}

static void assert_bound(const char *kept, const char *beyond,
                         const char *part, apr_pool_t *p)
{
    tmf_filter_t filter;
    const tmf_error_t *err = parse(kept, p, &filter);

    if (err) {
        fail_msg("refused within the bound: %s", err->message);
    }
    err = parse(beyond, p, &filter);
    assert_non_null(err);
    assert_int_equal(err->kind, TMF_INVALID_QUERY);
    if (!strstr(err->message, part)) {
        fail_msg("unexpected: %s", err->message);
    }
}

static void test_bounds(void **state)
{
    apr_pool_t *p = *state;

    assert_bound(repeat(p, "", "a", TMF_FILTER_BYTES, ""),
                 repeat(p, "", "a", TMF_FILTER_BYTES + 1, ""),
                 "longer than 2048 bytes", p);
    assert_bound(repeat(p, "$", ".a", TMF_FILTER_NODES, ""),
                 repeat(p, "$", ".a", TMF_FILTER_NODES + 1, ""),
                 "more than 64 parts", p);
    assert_bound(repeat(p, "a[0", ",1", TMF_FILTER_NODES - 2, "]"),
                 repeat(p, "a[0", ",1", TMF_FILTER_NODES - 1, "]"),
                 "more than 64 parts", p);
    assert_bound(repeat(p, "[?", "!", TMF_FILTER_NODES - 2, "@]"),
                 repeat(p, "[?", "!", TMF_FILTER_NODES - 1, "@]"),
                 "more than 64 parts", p);
    assert_bound(repeat(p, repeat(p, "[?", "(", 7, "@"), ")", 7, "]"),
                 repeat(p, repeat(p, "[?", "(", 8, "@"), ")", 8, "]"),
                 "nested deeper than 8", p);
    assert_bound(repeat(p, repeat(p, "", "[?@", 8, ""), "]", 8, ""),
                 repeat(p, repeat(p, "", "[?@", 9, ""), "]", 9, ""),
                 "nested deeper than 8", p);
}

/* --- runner ------------------------------------------------------------ */

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_patterns),
        TEST(test_wrong_patterns),
        TEST(test_pattern_bounds),
        TEST(test_filters),
        TEST(test_several),
        TEST(test_nested),
        TEST(test_ids),
        TEST(test_wrong_filters),
        TEST(test_bounds)
    };

    return cmocka_run_group_tests(tests, make_root, destroy_root);
}
