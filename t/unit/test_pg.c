/* Statements on connections of libpq, against a real PostgreSQL.
 * They make a schema tmf_unit_<process id> and drop it.
 *
 * Environment: as database.h has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_thread_proc.h>

#include "dbd/tmf_pg.h"
#include "dbd/tmf_sqlstate.h"
#include "dbd/tmf_statement.h"
#include "database.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PATIENCE 2000         /* turns of 5 ms */
#define SECRET "jane.doe@example.com"
#define INSERT "INSERT INTO thing VALUES ($1)"

static PGconn *witness;       /* sees what is really there */

/* What each test gets: a pool and a connection of its own. */
typedef struct fixture_t {
    apr_pool_t *p;
    PGconn *conn;
} fixture_t;

/* --- helpers ---------------------------------------------------------- */

/* Run a command around what is tested. */
static void command(PGconn *conn, const char *text)
{
    PGresult *result = PQexec(conn, text);
    ExecStatusType status = PQresultStatus(result);

    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", text, PQerrorMessage(conn));
    }
}

/* The number that a query of one value gives. */
static int number(PGconn *conn, const char *text)
{
    PGresult *result = PQexec(conn, text);
    int value = -1;

    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1) {
        value = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
    } else {
        print_error("%s: %s", text, PQerrorMessage(conn));
    }
    PQclear(result);
    return value;
}

static int count_rows(apr_pool_t *p, const char *id)
{
    return number(witness, apr_psprintf(p, "SELECT count(*) FROM thing "
                                        "WHERE id = '%s'", id));
}

static int count_prepared(PGconn *conn)
{
    return number(conn, "SELECT count(*) FROM pg_prepared_statements "
                        "WHERE name LIKE 'tmf\\_%'");
}

static tmf_error_t *run_on(PGconn *conn, const tmf_sql_t *sql, apr_pool_t *p,
                           tmf_rows_t **rows)
{
    tmf_session_t session = {conn, {tmf_wait_now() + 60000, -1, 0}, 0, 0, 0};

    return tmf_pg_run(&session, sql, p, rows);
}

static tmf_error_t *run(fixture_t *fixture, int writes, const char *text,
                        const char *value, tmf_rows_t **rows)
{
    const char *const values[] = {value};
    tmf_sql_t sql = {text, strstr(text, "$1") ? 1 : 0, values, writes};

    return run_on(fixture->conn, &sql, fixture->p, rows);
}

static void print_fault(const tmf_error_t *err)
{
    print_error("%s: %s\n", err->code, err->cause ? err->cause : "-");
}

/* Run a read that must work, and compare its one value. */
static void reads(fixture_t *fixture, const char *text, const char *value,
                  const char *expected)
{
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = run(fixture, 0, text, value, &rows);

    if (err) {
        print_fault(err);
    }
    assert_null(err);
    assert_int_equal(rows->n, 1);
    assert_string_equal(tmf_pg_value(rows, 0, 0, NULL), expected);
}

static void writes(fixture_t *fixture, const char *text, const char *value)
{
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = run(fixture, 1, text, value, &rows);

    if (err) {
        print_fault(err);
    }
    assert_null(err);
}

/* Run a statement that must fail; what a client may see is checked. */
static tmf_error_t *fails(fixture_t *fixture, tmf_kind_t kind, int is_write,
                          const char *text, const char *value)
{
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = run(fixture, is_write, text, value, &rows);
    const char *body = NULL;

    assert_non_null(err);
    assert_null(rows);
    assert_int_equal(err->kind, kind);
    body = tmf_error_body(err, fixture->p);
    assert_null(strstr(body, "SQLSTATE"));
    assert_null(strstr(body, "thing"));
    assert_null(strstr(body, SECRET));
    assert_non_null(err->cause);
    assert_null(strstr(err->cause, SECRET));
    return err;
}

static int wait_until(const char *query, int expected)
{
    int i = 0;

    for (i = 0; i < PATIENCE; i++) {
        if (number(witness, query) == expected) {
            return 1;
        }
        usleep(5000);
    }
    return 0;
}

static int has_ended(apr_pool_t *p, int pid)
{
    return wait_until(apr_psprintf(p, "SELECT count(*) FROM "
                                   "pg_stat_activity WHERE pid = %d", pid),
                      0);
}

/* End the server's side of a connection, and wait until it is gone.
 * @return 0 if it does not go. */
static int terminate(apr_pool_t *p, int pid)
{
    number(witness, apr_psprintf(p, "SELECT pg_terminate_backend(%d)::int",
                                 pid));
    return has_ended(p, pid);
}

/* --- prepared statements ------------------------------------------------ */

static void test_prepared_once(void **state)
{
    fixture_t *fixture = *state;
    int i = 0;

    for (i = 0; i < 5; i++) {
        reads(fixture, "SELECT 'text ' || $1::text", "a", "text a");
        reads(fixture, "SELECT 'more ' || $1::text", "b", "more b");
    }
    assert_int_equal(count_prepared(fixture->conn), 2);
    assert_int_equal(number(fixture->conn,
                            "SELECT sum(generic_plans + custom_plans) "
                            "FROM pg_prepared_statements"), 10);
}

static void test_bounded(void **state)
{
    fixture_t *fixture = *state;
    int i = 0;

    for (i = 0; i < 3 * TMF_STATEMENTS_MAX; i++) {
        const char *text = apr_psprintf(fixture->p,
                                        "SELECT %d + $1::int /* %*s */", i,
                                        i * 8, "");

        reads(fixture, "SELECT 'often used'", NULL, "often used");
        reads(fixture, text, "0", apr_itoa(fixture->p, i));
    }
    assert_int_equal(count_prepared(fixture->conn), TMF_STATEMENTS_MAX);
    /* the one used all the time has never been driven out */
    assert_int_equal(number(fixture->conn,
                            "SELECT generic_plans + custom_plans "
                            "FROM pg_prepared_statements "
                            "WHERE statement LIKE '%often used%'"),
                     3 * TMF_STATEMENTS_MAX);
}

static void test_long_text_has_no_name(void **state)
{
    fixture_t *fixture = *state;
    const char *text = apr_psprintf(fixture->p,
                                    "SELECT $1::text /* %*s */",
                                    TMF_STATEMENT_LENGTH_MAX, "");

    reads(fixture, text, "a", "a");
    reads(fixture, text, "b", "b");
    assert_int_equal(count_prepared(fixture->conn), 0);
}

static void test_prepared_anew(void **state)
{
    fixture_t *fixture = *state;

    reads(fixture, "SELECT $1::text", "a", "a");
    command(fixture->conn, "DEALLOCATE ALL");
    reads(fixture, "SELECT $1::text", "b", "b");
    writes(fixture, INSERT, "anew 1");
    command(fixture->conn, "DEALLOCATE ALL");
    writes(fixture, INSERT, "anew 2");
    assert_int_equal(count_rows(fixture->p, "anew 2"), 1);
    assert_int_equal(count_prepared(fixture->conn), 1);
}

static void test_changed_table(void **state)
{
    fixture_t *fixture = *state;

    command(witness, "CREATE TABLE shape (a text); "
                     "INSERT INTO shape VALUES ('x')");
    reads(fixture, "SELECT * FROM shape", NULL, "x");
    command(witness, "ALTER TABLE shape ADD COLUMN b text");
    reads(fixture, "SELECT * FROM shape", NULL, "x");
    assert_int_equal(count_prepared(fixture->conn), 1);
}

static void test_name_taken(void **state)
{
    fixture_t *fixture = *state;

    command(fixture->conn,
            apr_psprintf(fixture->p, "PREPARE tmf_%d_1 AS SELECT 'other'",
                         PQbackendPID(fixture->conn)));
    reads(fixture, "SELECT 'ours'", NULL, "ours");
}

/* --- lost connections ---------------------------------------------------- */

static void test_server_gone_before(void **state)
{
    fixture_t *fixture = *state;

    reads(fixture, "SELECT $1::text", "a", "a");
    assert_true(terminate(fixture->p, PQbackendPID(fixture->conn)));
    reads(fixture, "SELECT $1::text", "b", "b");
    assert_int_equal(count_prepared(fixture->conn), 1);

    writes(fixture, INSERT, "prepared before");
    assert_true(terminate(fixture->p, PQbackendPID(fixture->conn)));
    writes(fixture, INSERT, "gone before");
    assert_int_equal(count_rows(fixture->p, "gone before"), 1);
}

/* The statement ends its own server process, the first one only. */
#define DIES "pg_backend_pid() = $1::int AND pg_terminate_backend($1::int)"

static void test_read_lost_once(void **state)
{
    fixture_t *fixture = *state;

    reads(fixture, "SELECT coalesce((" DIES ")::text, '')",
          apr_itoa(fixture->p, PQbackendPID(fixture->conn)), "false");
}

static void test_read_lost_each_time(void **state)
{
    fixture_t *fixture = *state;

    fails(fixture, TMF_UNAVAILABLE, 0,
          "SELECT pg_terminate_backend(pg_backend_pid())", NULL);
    assert_int_not_equal(PQstatus(fixture->conn), CONNECTION_OK);
    reads(fixture, "SELECT $1::text", "again", "again");
}

static void test_write_lost(void **state)
{
    fixture_t *fixture = *state;

    fails(fixture, TMF_OUTCOME_UNKNOWN, 1,
          "INSERT INTO thing SELECT 'lost' WHERE ((" DIES ") IS NOT NULL)",
          apr_itoa(fixture->p, PQbackendPID(fixture->conn)));
    assert_int_equal(count_rows(fixture->p, "lost"), 0);
    writes(fixture, INSERT, "after lost");
    assert_int_equal(count_rows(fixture->p, "after lost"), 1);
}

/* The server says it is about to commit: the answer will not arrive. */
static void hang_up(void *conn, const PGresult *notice)
{
    (void)notice;
    shutdown(PQsocket(conn), SHUT_RDWR);
    PQclear(PQexec(witness, "SELECT pg_advisory_unlock(1)"));
}

static void test_commit_not_answered(void **state)
{
    fixture_t *fixture = *state;
    int pid = PQbackendPID(fixture->conn);

    PQsetNoticeReceiver(fixture->conn, hang_up, fixture->conn);
    command(witness, "SELECT pg_advisory_lock(1)");
    fails(fixture, TMF_OUTCOME_UNKNOWN, 1, "INSERT INTO thing SELECT $1 "
          "FROM (SELECT notice_and_wait(1)) AS w", "unanswered");
    assert_true(has_ended(fixture->p, pid));
    assert_int_equal(count_rows(fixture->p, "unanswered"), 1);
}

typedef struct victim_t {
    apr_pool_t *p;
    int pid;
    int was_waiting;
} victim_t;

/* Ends the process that waits for the witness's lock, then gives way. */
static void *APR_THREAD_FUNC end_waiting(apr_thread_t *thread, void *data)
{
    victim_t *victim = data;

    victim->was_waiting = wait_until(
        apr_psprintf(victim->p, "SELECT count(*) FROM pg_stat_activity "
                     "WHERE wait_event_type = 'Lock' AND pid = %d",
                     victim->pid), 1);
    terminate(victim->p, victim->pid);
    PQclear(PQexec(witness, "COMMIT"));
    apr_thread_exit(thread, APR_SUCCESS);
    return NULL;
}

/* The lock is already in the way of parsing. */
static void test_write_lost_while_preparing(void **state)
{
    fixture_t *fixture = *state;
    victim_t victim = {NULL, PQbackendPID(fixture->conn), 0};
    apr_thread_t *thread = NULL;
    apr_status_t status = APR_SUCCESS;

    apr_pool_create(&victim.p, fixture->p);
    command(witness, "CREATE TABLE locked (id text)");
    command(witness, "BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE");
    assert_int_equal(apr_thread_create(&thread, NULL, end_waiting, &victim,
                                       fixture->p), APR_SUCCESS);
    writes(fixture, "INSERT INTO locked VALUES ($1)", "prepared late");
    apr_thread_join(&status, thread);
    assert_true(victim.was_waiting);
    assert_int_equal(number(witness, "SELECT count(*) FROM locked"), 1);
}

static void test_read_only(void **state)
{
    fixture_t *fixture = *state;
    tmf_error_t *err = NULL;

    /* a new connection may reach another host, here one without the SET */
    command(fixture->conn, "SET default_transaction_read_only = on");
    writes(fixture, INSERT, "fail-over");
    assert_int_equal(count_rows(fixture->p, "fail-over"), 1);

    PQfinish(fixture->conn);
    fixture->conn = connect_with(" options='-c "
                                 "default_transaction_read_only=on'");
    err = fails(fixture, TMF_UNAVAILABLE, 1,
                "CREATE TABLE public.never (id text)", NULL);
    assert_non_null(strstr(err->cause, "25006"));
}

/* --- transactions and sessions ------------------------------------------ */

static void test_left_open_at_hand_back(void **state)
{
    fixture_t *fixture = *state;

    command(fixture->conn, "BEGIN");
    writes(fixture, INSERT, "own transaction");
    assert_int_equal(count_rows(fixture->p, "own transaction"), 1);

    command(fixture->conn, "BEGIN; INSERT INTO thing VALUES ('left open')");
    tmf_pg_hand_back(fixture->conn);
    assert_int_equal(PQtransactionStatus(fixture->conn), PQTRANS_IDLE);
    assert_int_equal(count_rows(fixture->p, "left open"), 0);
    reads(fixture, "SELECT count(*) FROM thing WHERE id = $1", "left open",
          "0");
}

static void test_failed_transaction_at_hand_back(void **state)
{
    fixture_t *fixture = *state;

    command(fixture->conn, "BEGIN; INSERT INTO thing VALUES ('failed')");
    PQclear(PQexec(fixture->conn, "SELECT 1/0"));
    assert_int_equal(PQtransactionStatus(fixture->conn), PQTRANS_INERROR);
    tmf_pg_hand_back(fixture->conn);
    assert_int_equal(PQtransactionStatus(fixture->conn), PQTRANS_IDLE);
    assert_int_equal(count_rows(fixture->p, "failed"), 0);
}

static void test_busy_at_hand_back(void **state)
{
    fixture_t *fixture = *state;

    reads(fixture, "SELECT $1::text", "a", "a");
    assert_int_equal(PQsendQuery(fixture->conn, "SELECT repeat('x', 999), "
                                 "pg_sleep(60)"), 1);
    assert_int_equal(PQtransactionStatus(fixture->conn), PQTRANS_ACTIVE);
    tmf_pg_hand_back(fixture->conn);
    assert_int_not_equal(PQstatus(fixture->conn), CONNECTION_OK);
    reads(fixture, "SELECT $1::text", "b", "b");
    tmf_pg_hand_back(fixture->conn);
    assert_int_equal(PQstatus(fixture->conn), CONNECTION_OK);
}

static void test_hand_back_of_a_dead_one(void **state)
{
    fixture_t *fixture = *state;

    command(fixture->conn, "BEGIN");
    assert_true(terminate(fixture->p, PQbackendPID(fixture->conn)));
    tmf_pg_hand_back(fixture->conn);
    assert_int_not_equal(PQstatus(fixture->conn), CONNECTION_OK);
}

static void test_encoding(void **state)
{
    fixture_t *fixture = *state;

    PQfinish(fixture->conn);
    fixture->conn = connect_with(" client_encoding=LATIN1");
    reads(fixture, "SELECT $1::text || chr(233)", "\xC3\xA9\xE2\x82\xAC",
          "\xC3\xA9\xE2\x82\xAC\xC3\xA9");
    assert_true(terminate(fixture->p, PQbackendPID(fixture->conn)));
    reads(fixture, "SELECT length($1::text)", "\xC3\xA9\xE2\x82\xAC", "2");
    fails(fixture, TMF_BAD_REQUEST, 0, "SELECT $1::text", "\xE9");
}

/* --- values --------------------------------------------------------------- */

static void test_values(void **state)
{
    fixture_t *fixture = *state;
    tmf_rows_t *rows = NULL;
    apr_size_t length = 99;

    assert_null(run(fixture, 0, "SELECT NULL, '', repeat('0123456789', "
                    "200000), $1::text IS NULL FROM generate_series(1, 3)",
                    NULL, &rows));
    assert_int_equal(rows->n, 3);
    assert_null(tmf_pg_value(rows, 2, 0, &length));
    assert_int_equal(length, 0);
    assert_null(tmf_pg_value(rows, 2, 0, NULL));
    assert_string_equal(tmf_pg_value(rows, 2, 1, &length), "");
    assert_int_equal(length, 0);
    assert_int_equal(strlen(tmf_pg_value(rows, 2, 2, &length)), 2000000);
    assert_int_equal(length, 2000000);
    assert_string_equal(tmf_pg_value(rows, 0, 3, NULL), "t");
}

static void test_no_rows(void **state)
{
    fixture_t *fixture = *state;
    tmf_rows_t *rows = NULL;

    assert_null(run(fixture, 0, "SELECT 1 WHERE false", NULL, &rows));
    assert_int_equal(rows->n, 0);
    assert_null(run(fixture, 1, "DELETE FROM thing WHERE id = $1", "none",
                    &rows));
    assert_int_equal(rows->n, 0);
}

static void test_rows_outlive_connection(void **state)
{
    fixture_t *fixture = *state;
    tmf_rows_t *rows = NULL;

    assert_null(run(fixture, 0, "SELECT $1::text", "still here", &rows));
    PQfinish(fixture->conn);
    fixture->conn = NULL;
    assert_string_equal(tmf_pg_value(rows, 0, 0, NULL), "still here");
}

/* --- errors --------------------------------------------------------------- */

static void test_duplicate(void **state)
{
    fixture_t *fixture = *state;
    tmf_error_t *err = NULL;

    writes(fixture, INSERT, SECRET);
    err = fails(fixture, TMF_CONFLICT, 1, INSERT, SECRET);
    assert_string_equal(err->message,
                        "a resource with this id exists already");
    assert_string_equal(err->cause,
                        "SQLSTATE 23505, constraint thing_pkey");
}

static void test_bad_values(void **state)
{
    fixture_t *fixture = *state;
    tmf_error_t *err = fails(fixture, TMF_BAD_REQUEST, 0,
                             "SELECT $1::int", SECRET);

    assert_string_equal(err->cause, "SQLSTATE 22P02");
    fails(fixture, TMF_BAD_REQUEST, 0, "SELECT $1::jsonb",
          "{\"" SECRET "\":");
    err = fails(fixture, TMF_BAD_REQUEST, 0, "SELECT $1::jsonb", "\"\\u0000\"");
    assert_non_null(strstr(err->message, "U+0000"));
    err = fails(fixture, TMF_BAD_REQUEST, 1, INSERT, "");
    assert_string_equal(err->cause,
                        "SQLSTATE 23514, constraint thing_id_check");
    fails(fixture, TMF_BAD_REQUEST, 1, INSERT, NULL);
}

static void test_hints(void **state)
{
    fixture_t *fixture = *state;
    tmf_error_t *err = fails(fixture, TMF_INTERNAL, 0,
                             "SELECT * FROM nothing", NULL);

    assert_non_null(strstr(err->cause, "42P01: relation \"nothing\""));
    assert_non_null(strstr(err->cause, "tmfctl ddl"));
    err = fails(fixture, TMF_INTERNAL, 0, "SELECT nothing()", NULL);
    assert_non_null(strstr(err->cause, "sql/0001_base.sql"));
    command(fixture->conn, "SET ROLE tmf_readonly");
    err = fails(fixture, TMF_INTERNAL, 1, "DELETE FROM thing", NULL);
    assert_non_null(strstr(err->cause, "42501"));
    assert_non_null(strstr(err->cause, "lacks a right"));
    fails(fixture, TMF_INTERNAL, 0, "SELECT syntax error", NULL);
}

static void test_too_many_values(void **state)
{
    fixture_t *fixture = *state;
    const char *const values[2] = {"1", "2"};
    tmf_sql_t sql = {"SELECT $1::text", 2, values, 0};
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = run_on(fixture->conn, &sql, fixture->p, &rows);

    assert_non_null(err);
    assert_int_equal(err->kind, TMF_INTERNAL);
    sql.n_values = 70000;     /* libpq itself refuses to send them */
    err = run_on(fixture->conn, &sql, fixture->p, &rows);
    assert_int_equal(err->kind, TMF_UNAVAILABLE);
    reads(fixture, "SELECT $1::text", "fine", "fine");
}

typedef struct meaning_t {
    const char *state;
    tmf_kind_t kind;
    tmf_remedy_t remedy;
} meaning_t;

static const meaning_t meanings[] = {
    {"08006", TMF_UNAVAILABLE, TMF_REMEDY_NONE},
    {"08007", TMF_UNAVAILABLE, TMF_REMEDY_LOST},
    {"08P01", TMF_INTERNAL, TMF_REMEDY_NONE},
    {"0A000", TMF_INTERNAL, TMF_REMEDY_PREPARE},
    {"22003", TMF_BAD_REQUEST, TMF_REMEDY_NONE},
    {"22P05", TMF_BAD_REQUEST, TMF_REMEDY_NONE},
    {"23502", TMF_BAD_REQUEST, TMF_REMEDY_NONE},
    {"23503", TMF_INTERNAL, TMF_REMEDY_NONE},
    {"23505", TMF_CONFLICT, TMF_REMEDY_NONE},
    {"23514", TMF_BAD_REQUEST, TMF_REMEDY_NONE},
    {"25006", TMF_UNAVAILABLE, TMF_REMEDY_RECONNECT},
    {"26000", TMF_INTERNAL, TMF_REMEDY_PREPARE},
    {"3F000", TMF_INTERNAL, TMF_REMEDY_NONE},
    {"40001", TMF_UNAVAILABLE, TMF_REMEDY_AGAIN},
    {"40003", TMF_UNAVAILABLE, TMF_REMEDY_LOST},
    {"40P01", TMF_UNAVAILABLE, TMF_REMEDY_AGAIN},
    {"42501", TMF_INTERNAL, TMF_REMEDY_NONE},
    {"42601", TMF_INTERNAL, TMF_REMEDY_NONE},
    {"42883", TMF_INTERNAL, TMF_REMEDY_NONE},
    {"42P01", TMF_INTERNAL, TMF_REMEDY_NONE},
    {"42P05", TMF_INTERNAL, TMF_REMEDY_PREPARE},
    {"53100", TMF_STORAGE_FULL, TMF_REMEDY_NONE},
    {"53200", TMF_UNAVAILABLE, TMF_REMEDY_NONE},
    {"53300", TMF_UNAVAILABLE, TMF_REMEDY_NONE},
    {"54000", TMF_BAD_REQUEST, TMF_REMEDY_NONE},
    {"54001", TMF_BAD_REQUEST, TMF_REMEDY_NONE},
    {"55P03", TMF_UNAVAILABLE, TMF_REMEDY_NONE},
    {"57014", TMF_UNAVAILABLE, TMF_REMEDY_NONE},
    {"57P01", TMF_UNAVAILABLE, TMF_REMEDY_LOST},
    {"57P02", TMF_UNAVAILABLE, TMF_REMEDY_LOST},
    {"57P03", TMF_UNAVAILABLE, TMF_REMEDY_LOST},
    {"58030", TMF_INTERNAL, TMF_REMEDY_NONE},
    {"P0001", TMF_INTERNAL, TMF_REMEDY_NONE},
    {"XX000", TMF_INTERNAL, TMF_REMEDY_NONE},
};

static tmf_remedy_t remedy_of(PGconn *conn, apr_pool_t *p, const char *state)
{
    PGresult *result = PQexec(conn, apr_psprintf(p, "SELECT raise('%s')",
                                                 state));
    tmf_remedy_t remedy = tmf_sqlstate_remedy(result);

    PQclear(result);
    return remedy;
}

static void test_meanings(void **state)
{
    fixture_t *fixture = *state;
    size_t i = 0;

    for (i = 0; i < COUNT(meanings); i++) {
        const meaning_t *row = &meanings[i];
        int is_lost = row->remedy == TMF_REMEDY_LOST;

        print_message("SQLSTATE %s\n", row->state);
        fails(fixture, row->kind, 0, "SELECT raise($1)", row->state);
        fails(fixture, is_lost ? TMF_OUTCOME_UNKNOWN : row->kind, 1,
              "SELECT raise($1)", row->state);
        assert_int_equal(remedy_of(witness, fixture->p, row->state),
                         row->remedy);
    }
    assert_int_equal(tmf_sqlstate_remedy(NULL), TMF_REMEDY_LOST);
}

static void test_server_away(void **state)
{
    fixture_t *fixture = *state;
    PGconn *nowhere = PQconnectdb("host=/nonexistent dbname=tmf");
    tmf_sql_t sql = {"SELECT 1", 0, NULL, 1};
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = run_on(nowhere, &sql, fixture->p, &rows);

    PQfinish(nowhere);
    assert_non_null(err);
    assert_int_equal(err->kind, TMF_UNAVAILABLE);
    assert_null(strchr(err->cause, '\n'));
}

/* --- frame ---------------------------------------------------------------- */

/* The schema comes first in the search path of all connections made with
 * conninfo; its name is made of digits and letters. */
static int make_schema(void **state)
{
    const char *schema = NULL;

    if (find_database(state)) {
        return -1;
    }
    schema = apr_psprintf(root_pool, "tmf_unit_%d", (int)getpid());
    conninfo = apr_pstrcat(root_pool, conninfo, " application_name=test_pg",
                           NULL);
    witness = connect_with("");
    if (!witness) {
        return -1;
    }
    command(witness, apr_psprintf(root_pool, "CREATE SCHEMA %s; "
                                  "GRANT USAGE ON SCHEMA %s TO tmf_readonly;"
                                  "SET search_path = %s;"
                                  "SET client_min_messages = warning",
                                  schema, schema, schema));
    command(witness,
        "CREATE TABLE thing (id text PRIMARY KEY CHECK (id <> ''));"
        "CREATE FUNCTION raise(state text) RETURNS text LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'raised' USING ERRCODE = state,"
        " DETAIL = '" SECRET "'; END$$;"
        "CREATE FUNCTION notice_and_wait(key bigint) RETURNS void"
        " LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE 'almost';"
        " PERFORM pg_advisory_xact_lock(key); END$$");
    return 0;
}

static int drop_schema(void **state)
{
    command(witness, apr_psprintf(root_pool, "DROP SCHEMA tmf_unit_%d "
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
    fixture->conn = connect_with(apr_psprintf(p, " options='-c "
                                              "search_path=tmf_unit_%d'",
                                              (int)getpid()));
    *state = fixture;
    return fixture->conn ? 0 : -1;
}

static int tear_down(void **state)
{
    fixture_t *fixture = *state;

    PQfinish(fixture->conn);
    apr_pool_destroy(fixture->p);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_prepared_once), CASE(test_bounded),
        CASE(test_long_text_has_no_name), CASE(test_prepared_anew),
        CASE(test_changed_table), CASE(test_name_taken),
        CASE(test_server_gone_before), CASE(test_read_lost_once),
        CASE(test_read_lost_each_time), CASE(test_write_lost),
        CASE(test_commit_not_answered),
        CASE(test_write_lost_while_preparing), CASE(test_read_only),
        CASE(test_left_open_at_hand_back),
        CASE(test_failed_transaction_at_hand_back),
        CASE(test_busy_at_hand_back), CASE(test_hand_back_of_a_dead_one),
        CASE(test_encoding), CASE(test_values), CASE(test_no_rows),
        CASE(test_rows_outlive_connection), CASE(test_duplicate),
        CASE(test_bad_values), CASE(test_hints),
        CASE(test_too_many_values), CASE(test_meanings),
        CASE(test_server_away),
    };

    return cmocka_run_group_tests_name("pg", tests, make_schema,
                                       drop_schema);
}

