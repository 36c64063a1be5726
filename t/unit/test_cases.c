/* The query language without a database: each row of t/cases/query becomes
 * a plan and whole statements, or the error that it names. t/api/query.t
 * looks at what they find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_file_info.h>
#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <jansson.h>

#include "api/tmf_plan.h"
#include "store/tmf_sql.h"

#define FOLDER "t/cases/query/"
#define ROWS_MIN 250
#define FAULT_BYTES 200       /* of a query in a message */

static apr_pool_t *root_pool;

static const char *source(apr_pool_t *p, const char *name)
{
    const char *folder = getenv("srcdir");

    return apr_pstrcat(p, folder ? folder : ".", "/" FOLDER, name, NULL);
}

static const char *text_of(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));

    return text ? text : "";
}

static const tmf_spec_t *load_spec(apr_pool_t *p)
{
    apr_array_header_t *faults = apr_array_make(p, 1, sizeof(tmf_fault_t));
    const tmf_spec_t *spec = tmf_spec_load(source(p, "definition.json"),
                                           source(p, "overlay.json"),
                                           faults, p);

    assert_non_null(spec);
    return spec;
}

static tmf_error_t *plan_list(const tmf_spec_t *spec, const char *query,
                              apr_pool_t *p, tmf_plan_t *plan)
{
    tmf_mount_t mount;
    tmf_request_t request;

    memset(&mount, 0, sizeof(mount));
    memset(&request, 0, sizeof(request));
    mount.spec = spec;
    mount.data_set = spec->data_set;
    mount.default_limit = 1000;
    mount.max_limit = 1000;
    request.method = "GET";
    request.path = "/item";
    request.query = query;
    request.base = "http://a.example";
    return tmf_plan_build(&request, &mount, p, plan);
}

/* --- statements --------------------------------------------------------- */

/* The end of a quoted part that begins at s, or of the text. */
static const char *skip_quoted(const char *s)
{
    const char *end = strchr(s + 1, *s);

    return end ? end : s + strlen(s);
}

/* Parentheses are in pairs, quotes end, and what is sent is ASCII but for
 * names of the definition, which here are ASCII. */
static int is_whole(const char *sql)
{
    int depth = 0;

    for (; *sql; sql++) {
        if (*sql == '\'' || *sql == '"') {
            sql = skip_quoted(sql);
        }
        depth += (*sql == '(') - (*sql == ')');
        if (!*sql || depth < 0 || !apr_isprint(*sql)) {
            return 0;
        }
    }
    return depth == 0;
}

/* True if the statement has every $n up to n, and none beyond. */
static int uses_values(const char *sql, int n)
{
    apr_uint64_t seen = 0;
    const char *c = sql;

    for (; (c = strchr(c, '$')) != NULL; c++) {
        if (apr_isdigit(c[1])) {
            int i = (int)strtol(c + 1, NULL, 10);

            if (i < 1 || i > n) {
                return 0;
            }
            seen |= i <= 64 ? APR_UINT64_C(1) << (i - 1) : 0;
        }
    }
    return n >= 64 || seen == (APR_UINT64_C(1) << n) - 1;
}

static const char *statement_fault(const tmf_sql_t *sql)
{
    if (!is_whole(sql->text)) {
        return "is not whole";
    }
    return uses_values(sql->text, sql->n_values)
        ? NULL : "does not fit its values";
}

/* The pages before and after a row that has all keys of the order (2), none
 * of them (0), or the first alone (1). */
static const char *pages_fault(const tmf_plan_t *plan, apr_pool_t *p)
{
    const char *fault = NULL;
    int i = 0;

    for (i = 0; !fault && i < 6; i++) {
        const char *keys[TMF_SORT_MAX] = { NULL };
        tmf_cursor_t cursor;
        int k = 0;

        memset(&cursor, 0, sizeof(cursor));
        for (k = 0; k < plan->query.n_sorts; k++) {
            keys[k] = i % 3 == 2 || (i % 3 == 1 && k == 0) ? "1" : NULL;
        }
        cursor.backward = i / 3;
        cursor.seq = "1";
        cursor.n_keys = plan->query.n_sorts;
        cursor.keys = keys;
        fault = statement_fault(tmf_sql_list(plan, &cursor, p));
    }
    return fault;
}

static const char *plan_fault(const tmf_plan_t *plan, apr_pool_t *p)
{
    const char *fault = statement_fault(tmf_sql_render(plan, p));

    fault = fault ? fault : statement_fault(tmf_sql_count(plan, p));
    return fault ? fault : pages_fault(plan, p);
}

/* --- rows --------------------------------------------------------------- */

static const char *error_fault(const json_t *row, const tmf_error_t *err,
                               apr_pool_t *p)
{
    const json_t *at = json_object_get(row, "at");
    const char *place = NULL;

    if (!err) {
        return "is not refused";
    }
    if (err->status != json_integer_value(json_object_get(row, "status"))
        || strcmp(err->code, text_of(row, "code")) != 0) {
        return apr_psprintf(p, "gets %d %s", err->status, err->code);
    }
    if (!err->message || !*err->message) {
        return "gets no message";
    }
    place = apr_psprintf(p, "character %d", (int)json_integer_value(at));
    if (at && (!strstr(err->message, place)
               || apr_isdigit(strstr(err->message, place)[strlen(place)]))) {
        return apr_psprintf(p, "gets \"%s\"", err->message);
    }
    return NULL;
}

static const char *row_fault(const tmf_spec_t *spec, const json_t *row,
                             apr_pool_t *p)
{
    tmf_plan_t plan;
    tmf_error_t *err = plan_list(spec, text_of(row, "query"), p, &plan);

    if (json_object_get(row, "status")) {
        return error_fault(row, err, p);
    }
    if (err) {
        return apr_psprintf(p, "is refused: %s",
                            err->message ? err->message : err->reason);
    }
    return plan_fault(&plan, p);
}

static int run_row(const tmf_spec_t *spec, const char *group,
                   const json_t *row)
{
    apr_pool_t *p = NULL;
    const char *fault = NULL;

    if (strcmp(text_of(row, "only"), "http") == 0) {
        return 1;
    }
    apr_pool_create(&p, root_pool);
    fault = row_fault(spec, row, p);
    if (fault) {
        print_error("%s: %s: %.*s %s\n", group, text_of(row, "rule"),
                    FAULT_BYTES, text_of(row, "query"), fault);
    }
    apr_pool_destroy(p);
    return fault == NULL;
}

/* --- files -------------------------------------------------------------- */

static int is_table(const char *name)
{
    const char *suffix = strrchr(name, '.');

    return suffix && strcmp(suffix, ".json") == 0
        && strcmp(name, "definition.json") != 0
        && strcmp(name, "documents.json") != 0
        && strcmp(name, "overlay.json") != 0;
}

static int run_table(const tmf_spec_t *spec, const char *name, int *n)
{
    json_error_t where;
    json_t *rows = json_load_file(source(root_pool, name), 0, &where);
    int failed = 0;
    size_t i = 0;

    assert_non_null(rows);
    for (i = 0; i < json_array_size(rows); i++) {
        failed += !run_row(spec, name, json_array_get(rows, i));
    }
    print_message("  %-20s %4d rows\n", name, (int)i);
    *n += (int)i;
    json_decref(rows);
    return failed;
}

static void every_row_becomes_what_it_should(void **state)
{
    const tmf_spec_t *spec = load_spec(root_pool);
    apr_dir_t *folder = NULL;
    apr_finfo_t entry;
    int failed = 0;
    int n = 0;

    (void)state;
    assert_int_equal(apr_dir_open(&folder, source(root_pool, ""), root_pool),
                     APR_SUCCESS);
    while (apr_dir_read(&entry, APR_FINFO_NAME, folder) == APR_SUCCESS) {
        failed += is_table(entry.name) ? run_table(spec, entry.name, &n) : 0;
    }
    apr_dir_close(folder);
    assert_int_equal(failed, 0);
    assert_true(n >= ROWS_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_becomes_what_it_should)
    };
    int failed = 0;

    apr_initialize();
    apr_pool_create(&root_pool, NULL);
    failed = cmocka_run_group_tests_name("cases", tests, NULL, NULL);
    apr_pool_destroy(root_pool);
    apr_terminate();
    return failed;
}
