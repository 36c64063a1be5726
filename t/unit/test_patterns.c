/* What clients may send as a pattern or a filter, on a real PostgreSQL: all
 * that is let through must be valid there, and no pattern may take long,
 * whatever the text. They are made from a fixed seed, texts have 10 kB.
 *
 * Environment: as database.h has it. TMF_PATTERNS is how many to make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_time.h>

#include "api/tmf_filter.h"
#include "api/tmf_regex.h"
#include "base/tmf_text.h"
#include "database.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TEXT_BYTES 10000
#define LONGEST_MS 100        /* for one text */
#define PATTERNS "2000"
#define TRIES 3               /* a busy machine is no slow pattern */

static PGconn *conn;
static const char *schedstat;   /* of its backend */

/* --- texts -------------------------------------------------------------- */

static uint32_t seed = 1;

/* A number below n (xorshift). */
static unsigned int below(unsigned int n)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % n;
}

/* Characters that the texts are made of. */
static const char *const alphabets[] = {
    "a", "ab", "abc,. -", "0123456789.", "abcdefghijklmnopqrstuvwxyz0123ABCDE"
};

static const char *texts[COUNT(alphabets)];

static void make_texts(void)
{
    size_t i = 0;
    size_t k = 0;

    for (i = 0; i < COUNT(alphabets); i++) {
        char *text = apr_pcalloc(root_pool, TEXT_BYTES + 1);
        unsigned int n = (unsigned int)strlen(alphabets[i]);

        for (k = 0; k < TEXT_BYTES; k++) {
            text[k] = alphabets[i][below(n)];
        }
        texts[i] = text;
    }
}

/* --- patterns ----------------------------------------------------------- */

static const char *const written[] = {
    "a", "^a", "a$", "^a*$", "a|b|c", "^(a|b)+$", "[^a]z", "\\d+\\.\\d+z",
    "(a|b)*a[ab]{50}c", "a.{45}a.{45}a.{45}a.{45}az",
    "[ab]{0,50}[ab]{0,50}[ab]{0,50}[ab]{0,49}z", "(a|ab|aba|abab){19}z",
    ".*a.*b.*a.*b.*a.*b.*a.*b.*a.*b.*a.*b.*a.*b.*z", "(^|,)a(,|$)",
    "(^|a|$)b", "(^|$)(^|$)", "(^|a|$)(^|a|$)z", "$^$^",
    "(^a|b$|^c|d$)[ab]{0,50}", "((((((((a))))))))",
    "[a-z]{50}[0-9]{50}[A-Z]{50}", "[^a]{0,50}[^b]{0,50}[^a].{40}z",
    "[a-z]*[^a]{1,50}[ab]{0,50}[^a].{50}z",
    "[\x01-\xF4\x8F\xBF\xBF]{50}z", "[^\x01-\x1F]{50}[^a-y]",
    "[\xC3\x80-\xE1\xBF\xBF]{50}[\xCE\xB1-\xCF\x89]+",
    "\\w{40}\\s{40}\\D{40}\\W{40}\\S{40}", "([ab]|[bc]|[cd]|[de]){49}[xy]z"
};

/* A pattern that grows at random. */
typedef struct maker_t {
    tmf_text_t *text;
    int depth;
} maker_t;

static void put_one_of(const maker_t *maker, const char *const *choices,
                       unsigned int n)
{
    tmf_text_puts(maker->text, choices[below(n)]);
}

static void make_branches(maker_t *maker);

static void make_atom(maker_t *maker)
{
    static const char *const atoms[] = {
        "a", "b", "ab", "c", ".", ".", "[ab]", "[^a]", "[a-z]", "[a-y0-9]",
        "\\d", "\\w", "\\s", "\\.", "^", "$", "z", "0", "[b-d]", "\\W"
    };

    if (maker->depth < 4 && below(4) == 0) {
        maker->depth++;
        tmf_text_puts(maker->text, below(2) ? "(" : "(?:");
        make_branches(maker);
        tmf_text_puts(maker->text, ")");
        maker->depth--;
        return;
    }
    put_one_of(maker, atoms, COUNT(atoms));
}

static void make_branches(maker_t *maker)
{
    static const char *const quantifiers[] = {
        "*", "+", "?", "{50}", "{0,50}", "{1,50}", "{20}", "{0,20}",
        "{10,}", "{7}", "{2,3}"
    };
    unsigned int n = 1 + below(6);

    for (; n > 0; n--) {
        make_atom(maker);
        if (below(2) == 0) {
            put_one_of(maker, quantifiers, COUNT(quantifiers));
        }
        if (n > 1 && below(5) == 0) {
            tmf_text_puts(maker->text, "|");
        }
    }
}

/* A random pattern; one of three is a part repeated as often as it may. */
static const char *make_pattern(apr_pool_t *p)
{
    maker_t maker = { NULL, 0 };
    tmf_text_t *whole = tmf_text_make(p, 256, 0);
    const char *part = NULL;
    unsigned int n = 1;

    maker.text = tmf_text_make(p, 256, 0);
    make_branches(&maker);
    part = tmf_text_string(maker.text);
    if (below(3) == 0) {
        n = 1 + below(1 + TMF_REGEX_BYTES / (unsigned int)strlen(part));
    }
    for (; n > 0; n--) {
        tmf_text_puts(whole, part);
    }
    tmf_text_puts(whole, below(2) ? "z" : "");
    return tmf_text_string(whole);
}

/* --- evaluation --------------------------------------------------------- */

typedef struct record_t {
    apr_time_t longest;
    const char *pattern;
    int evaluations;
} record_t;

/* 0 if the database is there. */
static int connect_anew(void)
{
    PQfinish(conn);
    conn = connect_with("");
    if (!conn) {
        return -1;
    }
    schedstat = apr_psprintf(root_pool, "/proc/%d/schedstat",
                             PQbackendPID(conn));
    return 0;
}

/* The time that the backend has had a processor: that is what a pattern
 * costs, however busy the machine is. Where the system doesn't tell, the
 * time of day. */
static apr_time_t backend_clock(void)
{
    char text[64] = "";
    FILE *file = fopen(schedstat, "r");
    size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

    if (file) {
        fclose(file);
    }
    return n > 0 ? (apr_time_t)(apr_strtoi64(text, NULL, 10) / 1000)
                 : apr_time_now();
}

/* How long the statement takes, with a pattern that is compiled for it. */
static apr_time_t evaluate(const char *sql, const char *text,
                           const char *pattern)
{
    const char *const values[] = { text, pattern };
    apr_time_t start = backend_clock();
    PGresult *result = PQexecParams(conn, sql, 2, NULL, values, NULL, NULL,
                                    0);
    apr_time_t taken = backend_clock() - start;
    ExecStatusType status = PQresultStatus(result);

    PQclear(result);
    if (status != PGRES_TUPLES_OK) {
        print_error("%s: %s", pattern, PQerrorMessage(conn));
        taken = apr_time_from_sec(1);
    }
    return taken;
}

/* A backend keeps its last patterns compiled: a second try needs another. */
static void record(record_t *sum, const char *sql, const char *text,
                   const char *pattern)
{
    apr_time_t best = evaluate(sql, text, pattern);
    int i = 0;

    for (i = 1; i < TRIES && best > apr_time_from_msec(LONGEST_MS); i++) {
        apr_time_t again = 0;

        assert_int_equal(connect_anew(), 0);
        again = evaluate(sql, text, pattern);
        best = again < best ? again : best;
    }
    if (best > apr_time_from_msec(LONGEST_MS)) {
        print_error("%.1f ms: %s\n", (double)best / 1000, pattern);
    }
    sum->evaluations++;
    if (best > sum->longest) {
        sum->longest = best;
        sum->pattern = apr_pstrdup(root_pool, pattern);
    }
}

/* The pattern as filters have it, without regard to case. */
static const char *json_path(const char *pattern, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 256, 0);

    tmf_text_puts(text, "$ ? (@ like_regex ");
    tmf_text_json(text, pattern, strlen(pattern));
    tmf_text_puts(text, " flag \"is\")");
    return tmf_text_string(text);
}

static void try_pattern(record_t *sum, const char *pattern, apr_pool_t *p)
{
    const char *path = json_path(pattern, p);
    size_t i = 0;

    for (i = 0; i < COUNT(texts); i++) {
        record(sum, "SELECT $1::text COLLATE \"C\" ~ $2", texts[i], pattern);
        record(sum, "SELECT jsonb_path_exists(to_jsonb($1::text), "
               "$2::jsonpath)", texts[i], path);
    }
}

static void finish(const record_t *sum, int patterns)
{
    print_message("%d of them, %d evaluations, the longest %.1f ms: %s\n",
                  patterns, sum->evaluations, (double)sum->longest / 1000,
                  sum->pattern);
    assert_true(sum->longest <= apr_time_from_msec(LONGEST_MS));
}

static void test_written(void **state)
{
    record_t sum = { 0, "", 0 };
    tmf_regex_fault_t fault;
    size_t i = 0;

    (void)state;
    for (i = 0; i < COUNT(written); i++) {
        const char *pattern = tmf_regex_compile(written[i], root_pool,
                                                &fault);

        if (!pattern) {
            fail_msg("%s %s", written[i], fault.rule);
        }
        try_pattern(&sum, pattern, root_pool);
    }
    finish(&sum, (int)COUNT(written));
}

static void test_random(void **state)
{
    const char *number = getenv("TMF_PATTERNS");
    long wanted = strtol(number ? number : PATTERNS, NULL, 10);
    record_t sum = { 0, "", 0 };
    long refused = 0;
    long n = 0;

    (void)state;
    while (n < wanted) {
        apr_pool_t *p = NULL;
        tmf_regex_fault_t fault;
        const char *pattern = NULL;

        apr_pool_create(&p, root_pool);
        pattern = tmf_regex_compile(make_pattern(p), p, &fault);
        if (pattern) {
            try_pattern(&sum, pattern, p);
            n++;
        }
        else {
            refused++;
        }
        apr_pool_destroy(p);
    }
    print_message("%ld others were refused\n", refused);
    finish(&sum, (int)n);
}

/* --- filters ------------------------------------------------------------ */

static void make_predicate(maker_t *maker);

static void make_steps(maker_t *maker)
{
    static const char *const steps[] = {
        ".a", ".b", ".c", ".d", "['a']", "[\"b\"]", "[*]", ".*", "[0]",
        "[0,2]", ".@type", "['it\\'s']", ".id"
    };
    unsigned int n = below(4);

    for (; n > 0; n--) {
        if (maker->depth < 4 && below(3) == 0) {
            tmf_text_puts(maker->text, "[?(");
            make_predicate(maker);
            tmf_text_puts(maker->text, ")]");
        }
        else {
            put_one_of(maker, steps, COUNT(steps));
        }
    }
}

static void make_comparison(maker_t *maker)
{
    static const char *const rights[] = {
        "==1", "!=1", "<12.30", "<=-1e3", ">0", ">= 2", "=='x'", "!=\"\"",
        "<'\\u00e9'", ">='a\\'\"\\\\'", "==true", "!=false", "==null",
        "!=null", "=~/^a.*\\/z$/", "=~/(a|b)+\"/i", "", ""
    };

    if (below(8) == 0) {
        tmf_text_puts(maker->text, "1 <= ");
    }
    tmf_text_puts(maker->text, "@");
    make_steps(maker);
    put_one_of(maker, rights, COUNT(rights));
}

static void make_predicate(maker_t *maker)
{
    unsigned int n = 1 + below(3);

    maker->depth++;
    for (; n > 0; n--) {
        tmf_text_puts(maker->text, below(4) ? "" : "!");
        if (maker->depth < 4 && below(3) == 0) {
            tmf_text_puts(maker->text, "(");
            make_predicate(maker);
            tmf_text_puts(maker->text, ")");
        }
        else {
            make_comparison(maker);
        }
        if (n > 1) {
            tmf_text_puts(maker->text, below(2) ? " && " : "||");
        }
    }
    maker->depth--;
}

/* Random filters; NULL if this one is refused. */
static const apr_array_header_t *make_filters(apr_pool_t *p)
{
    maker_t maker = { NULL, 0 };
    apr_array_header_t *filters = apr_array_make(p, 1, sizeof(tmf_filter_t));

    maker.text = tmf_text_make(p, 256, 0);
    tmf_text_puts(maker.text, "$");
    make_steps(&maker);
    tmf_text_puts(maker.text, "[?(");
    make_predicate(&maker);
    tmf_text_puts(maker.text, ")]");
    make_steps(&maker);
    return tmf_filter_parse(tmf_text_string(maker.text), NULL, p, filters)
        ? NULL : filters;
}

/* The statement is the module's; the row has values of every type. */
static void try_filter(const tmf_filter_t *filter)
{
    static const char sql[] =
        "SELECT jsonb_path_exists(jsonb_build_object('a', doc, 'b', 12.3, "
        "'c', 'x', 'd', jsonb_build_array(doc, true, doc)), $1::jsonpath, "
        "$2::jsonb) FROM (SELECT '{\"a\": [1, \"a/z\", {\"b\": [2, 3]}], "
        "\"b\": \"x\", \"c\": null, \"d\": {\"a\": false}}'::jsonb) AS t(doc)";

    assert_true(evaluate(sql, filter->path, filter->variables)
                < apr_time_from_sec(1));
}

static void test_filters(void **state)
{
    const char *number = getenv("TMF_PATTERNS");
    long wanted = strtol(number ? number : PATTERNS, NULL, 10);
    long refused = 0;
    long n = 0;

    (void)state;
    while (n < wanted) {
        const apr_array_header_t *filters = NULL;
        apr_pool_t *p = NULL;

        apr_pool_create(&p, root_pool);
        filters = make_filters(p);
        if (filters) {
            try_filter(&APR_ARRAY_IDX(filters, 0, tmf_filter_t));
            n++;
        }
        else {
            refused++;
        }
        apr_pool_destroy(p);
    }
    print_message("%ld filters, %ld others were refused\n", n, refused);
}

/* --- runner ------------------------------------------------------------- */

static int prepare(void **state)
{
    if (find_database(state)) {
        return -1;
    }
    make_texts();
    return connect_anew();
}

static int tidy(void **state)
{
    PQfinish(conn);
    return destroy_root(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_filters)
    };

    return cmocka_run_group_tests(tests, prepare, tidy);
}
