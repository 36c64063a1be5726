/* Lists on a database made here: a page that was found, and what becomes of
 * its total. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "api/tmf_cursor.h"
#include "store/tmf_list.h"
#include "pool.h"

/* What the database answers. */
typedef struct source_t {
    tmf_db_t db;              /* first: it is this */
    int n_rows;               /* of the page's statement */
    const char *total;        /* of the count; NULL: it fails */
    tmf_kind_t kind;          /* how */
} source_t;

static int is_count(const tmf_sql_t *sql)
{
    return strncmp(sql->text, "SELECT count(*)", 15) == 0;
}

static tmf_error_t *run(tmf_db_t *db, const tmf_sql_t *sql, apr_pool_t *p,
                        tmf_rows_t **rows)
{
    source_t *source = (source_t *)db;

    if (is_count(sql) && !source->total) {
        return tmf_error(p, source->kind, NULL);
    }
    *rows = apr_pcalloc(p, sizeof(**rows));
    (*rows)->n = is_count(sql) ? 1 : source->n_rows;
    (*rows)->data = is_count(sql) ? source : NULL;
    return NULL;
}

/* Of a count, its number and that it is exact; of a row, its place. */
static const char *value(const tmf_rows_t *rows, int row, int column,
                         apr_size_t *length)
{
    const source_t *source = rows->data;

    if (length) {
        *length = 2;
    }
    if (source) {
        return column ? "f" : source->total;
    }
    return column == 1 ? "{}" : apr_itoa(root_pool, row + 1);
}

static tmf_error_t *secret(tmf_db_t *db, const tmf_sql_t *sql, apr_pool_t *p,
                           const unsigned char **key)
{
    (void)db;
    (void)sql;
    *key = apr_pcalloc(p, TMF_CURSOR_KEY);
    return NULL;
}

static const struct {
    tmf_counting_t counting;
    int n_rows;
    apr_int64_t limit;
    const char *total;
    tmf_kind_t kind;
    int status;               /* 0: a page */
    apr_int64_t found;        /* the page's total */
    int is_estimated;
} cases[] = {
    { TMF_COUNT_AUTO, 3, 2, "7", 0, 0, 7, 0 },
    { TMF_COUNT_EXACT, 3, 2, "7", 0, 0, 7, 0 },
    { TMF_COUNT_AUTO, 3, 2, "1", 0, 0, 3, 0 },
    /* the count runs into the deadline */
    { TMF_COUNT_AUTO, 3, 2, NULL, TMF_UNAVAILABLE, 0, 3, 1 },
    { TMF_COUNT_EXACT, 3, 2, NULL, TMF_UNAVAILABLE, 503, 0, 0 },
    { TMF_COUNT_AUTO, 0, 0, NULL, TMF_UNAVAILABLE, 503, 0, 0 },
    { TMF_COUNT_AUTO, 3, 2, NULL, TMF_INTERNAL, 500, 0, 0 },
    /* there is no need to count */
    { TMF_COUNT_AUTO, 2, 2, NULL, TMF_UNAVAILABLE, 0, 2, 0 },
    { TMF_COUNT_EXACT, 0, 2, NULL, TMF_UNAVAILABLE, 0, 0, 0 },
    { TMF_COUNT_ESTIMATED, 3, 2, NULL, TMF_INTERNAL, 0, 3, 1 }
};

static void test_totals(void **state)
{
    static const char *const names[] = { "name" };
    const tmf_criterion_t criterion = {
        { .n_names = 1, .names = names, .compare = TMF_COMPARE_TEXT },
        TMF_EQ, "x", NULL
    };
    const tmf_term_t term = { 1, &criterion };
    const tmf_resource_t resource = { .name = "thing", .table = "thing" };
    size_t i = 0;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                            .data_set = "test", .limit = cases[i].limit,
                            .counting = cases[i].counting };
        source_t source = { .n_rows = cases[i].n_rows,
                            .total = cases[i].total, .kind = cases[i].kind };
        tmf_result_t result = { 0 };
        tmf_error_t *err = NULL;

        plan.query.n_terms = 1;
        plan.query.terms = &term;
        plan.query.scope = "";
        source.db.run = run;
        source.db.value = value;
        source.db.secret = secret;
        err = tmf_list_run(&plan, &source.db, NULL, *state, &result);
        assert_int_equal(err ? err->status : 0, cases[i].status);
        if (!err) {
            assert_int_equal(result.total, cases[i].found);
            assert_int_equal(result.is_estimated, cases[i].is_estimated);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_totals)
    };

    return cmocka_run_group_tests(tests, make_root, destroy_root);
}
