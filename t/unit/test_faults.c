/* What waits, and how long: sockets, sessions of libpq, the gate, the
 * breaker; against a real PostgreSQL.
 *
 * Environment: as database.h has it. It makes a schema tmf_faults_<process id>
 * and drops it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "dbd/tmf_breaker.h"
#include "dbd/tmf_gate.h"
#include "dbd/tmf_pg.h"
#include "database.h"

#define SHORT 150             /* ms that a test waits in vain */
#define SLACK 400             /* ms that a busy machine may add */
#define LONG 60000

static PGconn *witness;       /* sees what is really there */

typedef struct fixture_t {
    apr_pool_t *p;
    tmf_session_t session;
} fixture_t;

/* --- helpers ------------------------------------------------------------ */

static void command(PGconn *conn, const char *text)
{
    PGresult *result = PQexec(conn, text);
    ExecStatusType status = PQresultStatus(result);

    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", text, PQerrorMessage(conn));
    }
}

static int number(PGconn *conn, const char *text)
{
    PGresult *result = PQexec(conn, text);
    int value = -1;

    if (PQntuples(result) == 1) {
        value = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
    }
    PQclear(result);
    return value;
}

static int becomes(const char *query, int expected)
{
    int i = 0;

    for (i = 0; i < 2000 && number(witness, query) != expected; i++) {
        usleep(5000);
    }
    return i < 2000;
}

static void give_time(fixture_t *fixture, int ms)
{
    tmf_wait_t wait = {tmf_wait_now() + ms, -1, 0};

    fixture->session.wait = wait;
}

static tmf_error_t *run(fixture_t *fixture, int writes, const char *text,
                        const char *value, tmf_rows_t **rows)
{
    const char *const values[] = {value};
    tmf_sql_t sql = {text, strstr(text, "$1") ? 1 : 0, values, writes};

    return tmf_pg_run(&fixture->session, &sql, fixture->p, rows);
}

static void runs(fixture_t *fixture, int writes, const char *text,
                 const char *expected)
{
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = run(fixture, writes, text, NULL, &rows);

    if (err) {
        print_error("%s: %s\n", err->code, err->cause);
    }
    assert_null(err);
    if (expected) {
        assert_string_equal(tmf_pg_value(rows, 0, 0, NULL), expected);
    }
}

static tmf_error_t *fails(fixture_t *fixture, tmf_kind_t kind, int writes,
                          const char *text)
{
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = run(fixture, writes, text, NULL, &rows);

    assert_non_null(err);
    assert_int_equal(err->kind, kind);
    return err;
}

/* --- time ---------------------------------------------------------------- */

static void test_clock(void **state)
{
    tmf_wait_t wait = {tmf_wait_now() + SHORT, -1, 0};
    apr_int64_t began = tmf_wait_now();

    (void)state;
    assert_in_range(tmf_wait_left(&wait), SHORT - 20, SHORT);
    assert_int_equal(tmf_wait_socket(&wait, -1, 0), 0);
    assert_in_range(tmf_wait_now() - began, SHORT - 20, SHORT + SLACK);
    assert_int_equal(tmf_wait_left(&wait), 0);
}

static void test_late(void **state)
{
    fixture_t *fixture = *state;
    apr_int64_t began = tmf_wait_now();
    tmf_error_t *err = NULL;

    give_time(fixture, SHORT);
    err = fails(fixture, TMF_UNAVAILABLE, 0, "SELECT pg_sleep(60)");
    assert_in_range(tmf_wait_now() - began, SHORT, SHORT + SLACK);
    assert_true(fixture->session.is_late);
    assert_true(err->is_slow);
    assert_false(err->is_quiet);
    assert_int_not_equal(PQstatus(fixture->session.conn), CONNECTION_OK);

    give_time(fixture, SHORT);
    fails(fixture, TMF_OUTCOME_UNKNOWN, 1,
          "INSERT INTO thing SELECT 'late' FROM pg_sleep(60)");
    fails(fixture, TMF_UNAVAILABLE, 1, "INSERT INTO thing VALUES ('none')");
    give_time(fixture, LONG);
    runs(fixture, 0, "SELECT 'in time'", "in time");
    assert_false(fixture->session.is_late);
}

/* The server notices within client_connection_check_interval. */
static void test_late_is_ended(void **state)
{
    fixture_t *fixture = *state;

    command(fixture->session.conn,
            "SET client_connection_check_interval = '100ms'");
    give_time(fixture, SHORT);
    fails(fixture, TMF_UNAVAILABLE, 0, "SELECT 'abandoned', pg_sleep(60)");
    assert_true(becomes("SELECT count(*) FROM pg_stat_activity "
                        "WHERE query LIKE 'SELECT ''abandoned''%'", 0));
}

static void test_client_gone(void **state)
{
    fixture_t *fixture = *state;
    apr_int64_t began = tmf_wait_now();
    int pair[2] = {-1, -1};
    tmf_error_t *err = NULL;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    give_time(fixture, LONG);
    fixture->session.wait.client = pair[0];
    runs(fixture, 0, "SELECT 'there'", "there");
    close(pair[1]);
    runs(fixture, 0, "SELECT 'quick', pg_sleep(0.05)", "quick");
    err = fails(fixture, TMF_UNAVAILABLE, 0, "SELECT pg_sleep(60)");
    close(pair[0]);
    assert_in_range(tmf_wait_now() - began, 0, 1000 + SLACK);
    assert_true(fixture->session.wait.is_gone);
    assert_true(err->is_quiet);
    assert_false(fixture->session.is_late);
}

/* A server that reads no more: the statement can't be sent as a whole. */
static void test_not_sent(void **state)
{
    fixture_t *fixture = *state;
    pid_t server = PQbackendPID(fixture->session.conn);
    char *large = apr_palloc(fixture->p, 8000001);
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = NULL;

    memset(large, 'x', 8000000);
    large[8000000] = '\0';
    give_time(fixture, LONG);
    runs(fixture, 1, "SELECT length($1::text)", NULL);
    if (kill(server, SIGSTOP) != 0) {
        skip();
    }
    give_time(fixture, SHORT);
    err = run(fixture, 1, "SELECT length($1::text)", large, &rows);
    kill(server, SIGCONT);
    assert_int_equal(err->kind, TMF_UNAVAILABLE);
    give_time(fixture, LONG);
    assert_null(run(fixture, 1, "SELECT length($1::text)", large, &rows));
    assert_string_equal(tmf_pg_value(rows, 0, 0, NULL), "8000000");
}

/* --- again ---------------------------------------------------------------- */

#define TRY "SELECT nextval('tries')"

static void test_again(void **state)
{
    fixture_t *fixture = *state;
    const char *const states[] = {"40001", "40P01"};
    int i = 0;

    give_time(fixture, LONG);
    for (i = 0; i < 2; i++) {
        command(witness, "ALTER SEQUENCE tries RESTART");
        runs(fixture, 1, apr_psprintf(fixture->p, "SELECT raise_until('%s', "
                                      "3)", states[i]), "3");
        command(witness, "ALTER SEQUENCE tries RESTART");
        fails(fixture, TMF_UNAVAILABLE, 1,
              apr_psprintf(fixture->p, "SELECT raise_until('%s', 4)",
                           states[i]));
        assert_int_equal(number(witness, TRY), 4);
    }
}

static void test_server_timeouts(void **state)
{
    fixture_t *fixture = *state;
    PGconn *conn = fixture->session.conn;
    tmf_error_t *err = NULL;

    give_time(fixture, LONG);
    command(conn, "SET lock_timeout = '50ms'");
    command(witness, "BEGIN; LOCK TABLE thing IN SHARE MODE");
    err = fails(fixture, TMF_UNAVAILABLE, 1,
                "INSERT INTO thing VALUES ('waits')");
    command(witness, "COMMIT");
    assert_non_null(strstr(err->cause, "55P03"));
    assert_true(err->is_locked);

    command(conn, "SET statement_timeout = '50ms'");
    err = fails(fixture, TMF_UNAVAILABLE, 0, "SELECT pg_sleep(60)");
    assert_non_null(strstr(err->cause, "57014"));
    assert_int_equal(PQtransactionStatus(conn), PQTRANS_IDLE);
    assert_false(fixture->session.is_late);
}

static void test_unnamed(void **state)
{
    fixture_t *fixture = *state;

    give_time(fixture, LONG);
    fixture->session.unnamed = 1;
    runs(fixture, 0, "SELECT 'no name'", "no name");
    runs(fixture, 0, "SELECT 'no name'", "no name");
    assert_int_equal(number(fixture->session.conn, "SELECT count(*) FROM "
                            "pg_prepared_statements"), 0);
}

/* --- connecting ----------------------------------------------------------- */

/* A host that takes connections and says nothing. */
static int listen_silently(const char *folder, apr_pool_t *p)
{
    struct sockaddr_un address = {AF_UNIX, ""};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    apr_cpystrn(address.sun_path,
                apr_pstrcat(p, folder, "/.s.PGSQL.5432", NULL),
                sizeof(address.sun_path));
    assert_int_equal(bind(listener, (struct sockaddr *)&address,
                          sizeof(address)), 0);
    assert_int_equal(listen(listener, 5), 0);
    return listener;
}

static void test_probe(void **state)
{
    fixture_t *fixture = *state;
    char folder[] = "/tmp/tmf_faults.XXXXXX";
    const char *params = NULL;
    apr_int64_t began = 0;
    char why[100] = "";
    int listener = -1;

    give_time(fixture, LONG);
    assert_int_equal(tmf_session_probe(conninfo, &fixture->session.wait, why,
                                       sizeof(why)), 1);
    assert_non_null(mkdtemp(folder));
    params = apr_psprintf(fixture->p, "host=%s port=5432 dbname=tmf", folder);
    assert_int_equal(tmf_session_probe(params, &fixture->session.wait, why,
                                       sizeof(why)), 0);
    assert_true(*why && !strchr(why, '\n'));
    listener = listen_silently(folder, fixture->p);
    began = tmf_wait_now();
    give_time(fixture, SHORT);
    assert_int_equal(tmf_session_probe(params, &fixture->session.wait, why,
                                       sizeof(why)), 0);
    assert_in_range(tmf_wait_now() - began, SHORT, SHORT + SLACK);
    close(listener);
    unlink(apr_pstrcat(fixture->p, folder, "/.s.PGSQL.5432", NULL));
    rmdir(folder);
}

/* The connection is lost, and its host is silent from then on. */
static void test_silent_reset(void **state)
{
    fixture_t *fixture = *state;
    char folder[] = "/tmp/tmf_faults.XXXXXX";
    int listener = -1;
    apr_int64_t began = 0;

    assert_non_null(mkdtemp(folder));
    PQfinish(fixture->session.conn);
    fixture->session.conn = PQconnectdb(
        apr_psprintf(fixture->p, "host=%s port=5432 dbname=tmf", folder));
    listener = listen_silently(folder, fixture->p);
    began = tmf_wait_now();
    give_time(fixture, SHORT);
    fails(fixture, TMF_UNAVAILABLE, 1, "SELECT 1");
    assert_in_range(tmf_wait_now() - began, SHORT, SHORT + SLACK);
    assert_true(fixture->session.is_refused);
    close(listener);
    unlink(apr_pstrcat(fixture->p, folder, "/.s.PGSQL.5432", NULL));
    rmdir(folder);
    fails(fixture, TMF_UNAVAILABLE, 1, "SELECT 1");
    assert_true(fixture->session.is_refused);
}

/* The first of two hosts is not there. */
static void test_two_hosts(void **state)
{
    fixture_t *fixture = *state;
    PGconn *conn = NULL;
    int pid = 0;

    PQfinish(fixture->session.conn);
    conn = PQconnectdb(apr_psprintf(
        fixture->p, "host=/nonexistent,%s port=5432,%s dbname=%s user=%s "
        "target_session_attrs=read-write", PQhost(witness), PQport(witness),
        PQdb(witness), PQuser(witness)));
    fixture->session.conn = conn;
    assert_int_equal(PQstatus(conn), CONNECTION_OK);
    pid = PQbackendPID(conn);
    give_time(fixture, LONG);
    runs(fixture, 0, "SELECT 'second'", "second");
    number(witness, apr_psprintf(fixture->p,
                                 "SELECT pg_terminate_backend(%d)::int",
                                 pid));
    runs(fixture, 0, "SELECT 'second again'", "second again");
    assert_int_not_equal(PQbackendPID(conn), pid);
}

/* --- gate ----------------------------------------------------------------- */

typedef struct visitor_t {
    tmf_gate_t *gate;
    int through_gate;
    int through_door;
} visitor_t;

static void *APR_THREAD_FUNC visit(apr_thread_t *thread, void *data)
{
    visitor_t *visitor = data;
    tmf_wait_t wait = {tmf_wait_now() + SHORT, -1, 0};

    visitor->through_gate = tmf_gate_enter(visitor->gate, &wait);
    if (visitor->through_gate) {
        visitor->through_door = tmf_gate_open(visitor->gate, &wait);
    }
    if (visitor->through_door) {
        tmf_gate_close(visitor->gate);
    }
    if (visitor->through_gate) {
        tmf_gate_leave(visitor->gate);
    }
    apr_thread_exit(thread, APR_SUCCESS);
    return NULL;
}

/* Another thread tries. */
static visitor_t visit_once(tmf_gate_t *gate, apr_pool_t *p)
{
    visitor_t visitor = {gate, 0, 0};
    apr_thread_t *thread = NULL;
    apr_status_t status = APR_SUCCESS;

    assert_int_equal(apr_thread_create(&thread, NULL, visit, &visitor, p),
                     APR_SUCCESS);
    apr_thread_join(&status, thread);
    return visitor;
}

static void test_gate(void **state)
{
    fixture_t *fixture = *state;
    tmf_gate_t *gate = tmf_gate_make(2, fixture->p);
    tmf_wait_t wait = {tmf_wait_now() + LONG, -1, 0};
    apr_int64_t began = 0;

    assert_non_null(gate);
    assert_int_equal(tmf_gate_enter(gate, &wait), 1);
    assert_int_equal(tmf_gate_open(gate, &wait), 1);
    began = tmf_wait_now();
    assert_int_equal(visit_once(gate, fixture->p).through_door, 0);
    assert_in_range(tmf_wait_now() - began, SHORT, SHORT + SLACK);
    tmf_gate_close(gate);
    assert_int_equal(visit_once(gate, fixture->p).through_door, 1);
    assert_int_equal(tmf_gate_enter(gate, &wait), 1);
    began = tmf_wait_now();
    assert_int_equal(visit_once(gate, fixture->p).through_gate, 0);
    assert_in_range(tmf_wait_now() - began, SHORT - 20, SHORT + SLACK);
    tmf_gate_leave(gate);
    assert_int_equal(visit_once(gate, fixture->p).through_gate, 1);
    tmf_gate_leave(gate);
}

/* --- breaker -------------------------------------------------------------- */

static void test_breaker(void **state)
{
    tmf_breaker_t breaker;

    (void)state;
    memset(&breaker, 0, sizeof(breaker));
    assert_int_equal(tmf_breaker_ask(&breaker), TMF_BREAKER_PASS);
    assert_int_equal(tmf_breaker_away(&breaker), 1);
    assert_int_equal(tmf_breaker_away(&breaker), 0);
    assert_int_equal(tmf_breaker_ask(&breaker), TMF_BREAKER_LOOK_FIRST);
    assert_int_equal(tmf_breaker_ask(&breaker), TMF_BREAKER_REFUSE);
    tmf_breaker_still(&breaker);
    assert_int_equal(tmf_breaker_ask(&breaker), TMF_BREAKER_REFUSE);
    usleep((TMF_BREAKER_PAUSE + 20) * 1000);
    assert_int_equal(tmf_breaker_ask(&breaker), TMF_BREAKER_LOOK_FIRST);
    assert_int_equal(tmf_breaker_ask(&breaker), TMF_BREAKER_REFUSE);
    assert_int_equal(tmf_breaker_back(&breaker), 1);
    assert_int_equal(tmf_breaker_back(&breaker), 0);
    assert_int_equal(tmf_breaker_ask(&breaker), TMF_BREAKER_PASS);
}

static void test_strikes(void **state)
{
    tmf_breaker_t breaker;
    int i = 0;

    (void)state;
    memset(&breaker, 0, sizeof(breaker));
    for (i = 0; i < 10; i++) {
        tmf_breaker_strike(&breaker);
        tmf_breaker_strike(&breaker);
        tmf_breaker_back(&breaker);
    }
    assert_int_equal(tmf_breaker_is_open(&breaker), 0);
    for (i = 1; i <= TMF_BREAKER_STRIKES; i++) {
        assert_int_equal(tmf_breaker_is_open(&breaker), 0);
        assert_int_equal(tmf_breaker_strike(&breaker), 1);
    }
    assert_int_equal(tmf_breaker_is_open(&breaker), 1);
    assert_int_equal(tmf_breaker_strike(&breaker), 0);
}

static void test_lines(void **state)
{
    tmf_lines_t lines = {0, 0};
    apr_uint32_t n = 0;
    int due = 0;
    int i = 0;

    (void)state;
    lines.next = (apr_uint32_t)tmf_wait_now();
    for (i = 0; i < 1000; i++) {
        due += tmf_breaker_count(&lines, 50, &n);
    }
    assert_true(due >= 1 && due <= 3);
    usleep(60000);
    assert_int_equal(tmf_breaker_count(&lines, 50, &n), 1);
    assert_true(n > 1);
}

/* --- frame ---------------------------------------------------------------- */

static int make_schema(void **state)
{
    const char *schema = NULL;

    if (find_database(state)) {
        return -1;
    }
    conninfo = apr_pstrcat(root_pool, conninfo,
                           " application_name=test_faults", NULL);
    witness = connect_with("");
    if (!witness) {
        return -1;
    }
    schema = apr_psprintf(root_pool, "tmf_faults_%d", (int)getpid());
    command(witness, apr_psprintf(root_pool, "CREATE SCHEMA %s; "
                                  "SET search_path = %s", schema, schema));
    command(witness,
        "CREATE TABLE thing (id text PRIMARY KEY);"
        "CREATE SEQUENCE tries;"
        "CREATE FUNCTION raise_until(state text, last int) RETURNS int"
        " LANGUAGE plpgsql AS $$BEGIN IF nextval('tries') < last THEN"
        " RAISE EXCEPTION 'raised' USING ERRCODE = state; END IF;"
        " RETURN last; END$$");
    return 0;
}

static int drop_schema(void **state)
{
    command(witness, "SET client_min_messages = warning");
    command(witness, apr_psprintf(root_pool, "DROP SCHEMA tmf_faults_%d "
                                  "CASCADE", (int)getpid()));
    PQfinish(witness);
    return destroy_root(state);
}

static int set_up(void **state)
{
    fixture_t *fixture = NULL;
    apr_pool_t *p = NULL;

    apr_pool_create(&p, root_pool);
    fixture = apr_pcalloc(p, sizeof(*fixture));
    fixture->p = p;
    fixture->session.conn = connect_with(
        apr_psprintf(p, " options='-c search_path=tmf_faults_%d'",
                     (int)getpid()));
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
        CASE(test_clock), CASE(test_late), CASE(test_late_is_ended),
        CASE(test_client_gone), CASE(test_not_sent), CASE(test_again),
        CASE(test_server_timeouts), CASE(test_unnamed), CASE(test_probe),
        CASE(test_silent_reset), CASE(test_two_hosts), CASE(test_gate),
        CASE(test_breaker), CASE(test_strikes), CASE(test_lines),
    };

    return cmocka_run_group_tests_name("faults", tests, make_schema,
                                       drop_schema);
}
