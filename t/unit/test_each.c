/* Statements whose rows are taken one by one, and the key of cursors, on
 * connections of libpq to a real PostgreSQL.
 *
 * Environment: as database.h has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/tmf_cursor.h"
#include "dbd/tmf_pg.h"
#include "dbd/tmf_secret.h"
#include "store/tmf_sql.h"
#include "database.h"

#define SHORT 150             /* ms that a test waits in vain */
#define SLACK 400             /* ms that a busy machine may add */
#define LONG 60000

static int refusals;          /* of single-row mode, still to come */

/* The linker has libpq's calls come here (--wrap). */
int __real_PQsetSingleRowMode(PGconn *conn);
int __wrap_PQsetSingleRowMode(PGconn *conn);

int __wrap_PQsetSingleRowMode(PGconn *conn)
{
    if (refusals > 0) {
        refusals--;
        return 0;
    }
    return __real_PQsetSingleRowMode(conn);
}

/* What a taker has seen. */
typedef struct seen_t {
    apr_pool_t *p;
    int n;
    int most;                 /* at which it has had enough */
    const char *last;
} seen_t;

/* What each test gets: a pool and a connection of its own. */
typedef struct fixture_t {
    apr_pool_t *p;
    tmf_session_t session;
    seen_t seen;
    tmf_taker_t taker;
} fixture_t;

static void give_time(fixture_t *fixture, int ms)
{
    tmf_wait_t wait = {tmf_wait_now() + ms, -1, 0};

    fixture->session.wait = wait;
}

static tmf_error_t *take(void *data, const tmf_rows_t *row)
{
    seen_t *seen = data;

    assert_int_equal(row->n, 1);
    seen->last = apr_pstrdup(seen->p, tmf_pg_value(row, 0, 0, NULL));
    return ++seen->n < seen->most ? NULL
        : tmf_error(seen->p, TMF_STORAGE_FULL, "enough");
}

static tmf_error_t *each(fixture_t *fixture, const char *text,
                         const char *value)
{
    const char *const values[] = {value};
    tmf_sql_t sql = {text, strstr(text, "$1") ? 1 : 0, values, 0};

    return tmf_pg_each(&fixture->session, &sql, &fixture->taker, fixture->p);
}

/* With time again, the connection does what it is asked, and not what was
 * before. */
static void still_works(fixture_t *fixture)
{
    tmf_sql_t sql = {"SELECT 7", 0, NULL, 0};
    tmf_rows_t *rows = NULL;

    give_time(fixture, LONG);
    assert_null(tmf_pg_run(&fixture->session, &sql, fixture->p, &rows));
    assert_int_equal(rows->n, 1);
    assert_string_equal(tmf_pg_value(rows, 0, 0, NULL), "7");
    assert_int_equal(PQtransactionStatus(fixture->session.conn), PQTRANS_IDLE);
}

static void test_rows_come_in_order(void **state)
{
    fixture_t *fixture = *state;
    int i = 0;

    for (i = 1; i <= 3; i++) {
        assert_null(each(fixture, "SELECT n FROM generate_series(1, $1::int)"
                         " AS n ORDER BY n", "20000"));
        assert_int_equal(fixture->seen.n, 20000 * i);
        assert_string_equal(fixture->seen.last, "20000");
    }
    still_works(fixture);
}

static void test_no_rows(void **state)
{
    fixture_t *fixture = *state;

    assert_null(each(fixture, "SELECT 1 WHERE false", NULL));
    assert_int_equal(fixture->seen.n, 0);
    still_works(fixture);
}

static void test_error_before_rows(void **state)
{
    fixture_t *fixture = *state;
    tmf_error_t *err = each(fixture, "SELECT $1::int", "x");

    assert_int_equal(err->kind, TMF_BAD_REQUEST);
    err = each(fixture, "SELECT nothing", NULL);
    assert_int_equal(err->kind, TMF_INTERNAL);
    assert_int_equal(fixture->seen.n, 0);
    still_works(fixture);
}

static void test_error_between_rows(void **state)
{
    fixture_t *fixture = *state;
    tmf_error_t *err = each(fixture, "SELECT 1 / (1000 - n) FROM"
                            " generate_series(1, 2000) AS n", NULL);

    assert_int_equal(err->kind, TMF_BAD_REQUEST);
    assert_in_range(fixture->seen.n, 1, 999);
    still_works(fixture);
}

/* The deadline of a statement: the client learns that it took too long. */
static void test_too_slow(void **state)
{
    fixture_t *fixture = *state;
    tmf_error_t *err = NULL;

    PQclear(PQexec(fixture->session.conn, "SET statement_timeout = '50ms'"));
    err = each(fixture, "SELECT pg_sleep(0.02) FROM generate_series(1, 100)",
               NULL);
    assert_int_equal(err->kind, TMF_UNAVAILABLE);
    assert_non_null(strstr(err->message, "took too long"));
    assert_non_null(strstr(err->cause, "57014"));
    still_works(fixture);
}

/* Its error is the answer; what the server sends further reaches nobody. */
static void test_taker_has_enough(void **state)
{
    fixture_t *fixture = *state;
    tmf_error_t *err = NULL;

    fixture->seen.most = 10;
    err = each(fixture, "SELECT repeat('x', 10000) FROM"
               " generate_series(1, 100000)", NULL);
    assert_int_equal(err->kind, TMF_STORAGE_FULL);
    assert_int_equal(fixture->seen.n, 10);
    assert_false(fixture->session.is_late);
    assert_false(fixture->session.is_refused);
    still_works(fixture);
}

/* The first server process ends before a row: another one is asked. */
static void test_lost_before_rows(void **state)
{
    fixture_t *fixture = *state;

    assert_null(each(fixture, "SELECT coalesce((pg_backend_pid() = $1::int"
                     " AND pg_terminate_backend($1::int)"
                     " AND pg_sleep(60) IS NULL)::text, '')",
                     apr_itoa(fixture->p,
                              PQbackendPID(fixture->session.conn))));
    assert_int_equal(fixture->seen.n, 1);
    assert_string_equal(fixture->seen.last, "false");
}

/* After a row it is too late: it would come twice. */
static void test_lost_between_rows(void **state)
{
    fixture_t *fixture = *state;
    tmf_error_t *err = each(fixture, "SELECT repeat('x', 100000) || CASE"
                            " WHEN n = 50 THEN pg_terminate_backend("
                            "pg_backend_pid())::text END"
                            " FROM generate_series(1, 100) AS n", NULL);

    assert_int_equal(err->kind, TMF_UNAVAILABLE);
    assert_in_range(fixture->seen.n, 1, 50);
    still_works(fixture);
}

/* The time of the request ends, before or between rows. */
static void test_late(void **state)
{
    static const char *const texts[] = {
        "SELECT pg_sleep(60)",
        "SELECT repeat('x', 100000), pg_sleep(0.02)"
        " FROM generate_series(1, 1000)"
    };
    fixture_t *fixture = *state;
    tmf_error_t *err = NULL;
    apr_int64_t began = 0;
    int i = 0;

    for (i = 0; i < 2; i++) {
        began = tmf_wait_now();
        give_time(fixture, SHORT);
        err = each(fixture, texts[i], NULL);
        assert_int_equal(err->kind, TMF_UNAVAILABLE);
        assert_false(err->is_quiet);
        assert_in_range(tmf_wait_now() - began, SHORT, SHORT + SLACK);
        assert_true(fixture->session.is_late);
        assert_int_not_equal(PQstatus(fixture->session.conn),
                             CONNECTION_OK);
        assert_int_equal(fixture->seen.n > 0, i);
        still_works(fixture);
    }
}

/* The connection is given up, and a new one asked. */
static void test_not_row_by_row(void **state)
{
    fixture_t *fixture = *state;
    int pid = PQbackendPID(fixture->session.conn);
    tmf_error_t *err = NULL;

    refusals = 1;
    assert_null(each(fixture, "SELECT generate_series(1, 5)", NULL));
    assert_int_equal(fixture->seen.n, 5);
    assert_int_not_equal(PQbackendPID(fixture->session.conn), pid);

    refusals = 2;
    err = each(fixture, "SELECT generate_series(1, 5)", NULL);
    assert_int_equal(refusals, 0);
    assert_int_equal(err->kind, TMF_UNAVAILABLE);
    assert_int_equal(fixture->seen.n, 5);
    still_works(fixture);
}

static void test_unnamed(void **state)
{
    fixture_t *fixture = *state;

    fixture->session.unnamed = 1;
    assert_null(each(fixture, "SELECT count(*) FROM pg_prepared_statements",
                     NULL));
    assert_string_equal(fixture->seen.last, "0");
}

/* --- the key of cursors ----------------------------------------------- */

static int is_same(const unsigned char *key, const unsigned char *other)
{
    return memcmp(key, other, TMF_CURSOR_KEY) == 0;
}

static tmf_error_t *read_key(fixture_t *fixture, const unsigned char **key)
{
    return tmf_pg_secret(&fixture->session, tmf_sql_secret(), fixture->p, key);
}

static void test_secret_is_kept(void **state)
{
    fixture_t *fixture = *state;
    unsigned char kept[TMF_CURSOR_KEY];
    const unsigned char none[TMF_CURSOR_KEY] = {0};
    const unsigned char *key = NULL;
    const unsigned char *again = NULL;

    assert_false(tmf_secret_recall(fixture->session.conn, kept));
    assert_null(read_key(fixture, &key));
    assert_false(is_same(key, none));
    assert_true(tmf_secret_recall(fixture->session.conn, kept));
    assert_true(is_same(key, kept));
    /* without a right to read it again: it isn't asked for */
    PQclear(PQexec(fixture->session.conn, "SET ROLE tmf_readonly"));
    assert_null(read_key(fixture, &again));
    assert_true(is_same(key, again));
}

static void test_secret_goes_with_a_reset(void **state)
{
    fixture_t *fixture = *state;
    unsigned char kept[TMF_CURSOR_KEY];
    const unsigned char *key = NULL;
    const unsigned char *again = NULL;

    assert_null(read_key(fixture, &key));
    PQreset(fixture->session.conn);
    assert_false(tmf_secret_recall(fixture->session.conn, kept));
    assert_null(read_key(fixture, &again));
    assert_true(is_same(key, again));
}

static void test_secret_is_the_servers(void **state)
{
    static const char *const others[] = {"tmf_billing", "tmf_readonly"};
    fixture_t *fixture = *state;
    const unsigned char *key = NULL;
    size_t i = 0;

    for (i = 0; i < 2; i++) {
        PQclear(PQexec(fixture->session.conn,
                       apr_pstrcat(fixture->p, "SET ROLE ", others[i],
                                   NULL)));
        assert_int_equal(read_key(fixture, &key)->kind,
                         TMF_INTERNAL);
    }
    PQclear(PQexec(fixture->session.conn, "SET ROLE tmf_app"));
    assert_null(read_key(fixture, &key));
}

static int set_up(void **state)
{
    fixture_t *fixture = NULL;
    apr_pool_t *p = NULL;

    apr_pool_create(&p, root_pool);
    fixture = apr_pcalloc(p, sizeof(*fixture));
    fixture->p = p;
    fixture->seen.p = p;
    fixture->seen.most = 1000000;
    fixture->taker.take = take;
    fixture->taker.data = &fixture->seen;
    fixture->session.conn = connect_with("");
    give_time(fixture, LONG);
    *state = fixture;
    return fixture->session.conn ? 0 : -1;
}

static int tear_down(void **state)
{
    fixture_t *fixture = *state;

    PQfinish(fixture->session.conn);
    apr_pool_destroy(fixture->p);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_rows_come_in_order), CASE(test_no_rows),
        CASE(test_error_before_rows), CASE(test_error_between_rows),
        CASE(test_too_slow), CASE(test_taker_has_enough),
        CASE(test_lost_before_rows), CASE(test_lost_between_rows),
        CASE(test_late), CASE(test_not_row_by_row), CASE(test_unnamed),
        CASE(test_secret_is_kept), CASE(test_secret_goes_with_a_reset),
        CASE(test_secret_is_the_servers),
    };

    return cmocka_run_group_tests_name("each", tests, find_database,
                                       destroy_root);
}

