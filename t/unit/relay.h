/* The relay on a real PostgreSQL: a database, mounts, events, and statements
 * that are slow when a test wants that. Included after cmocka.h. */
#ifndef UNIT_RELAY_H
#define UNIT_RELAY_H

#include <jansson.h>

#include "dbd/tmf_pg.h"
#include "event/tmf_relay.h"
#include "store/tmf_sql_event.h"
#include "database.h"

#define DATA_SET "relay_test"
#define OTHER "relay_test_other"
#define V4 "/badges/v4"
#define V5 "/badges/v5"
#define BASE "https://api.example/v4"
#define LONG 60000            /* ms */
#define SLOW 4000             /* ms of the fixture's time */

/* The server's connection, with the rights it has, and the tests' own. */
typedef struct fixture_t {
    tmf_db_t db;
    apr_pool_t *p;
    tmf_session_t session;
    PGconn *owner;
    tmf_mount_t mounts[3];
    const tmf_mount_t *list[3];
    tmf_relay_t relay;
    tmf_relayer_t *relayer;
    tmf_relayed_t relayed;
    apr_int64_t now;          /* ms */
    int most;                 /* a statement for more events takes too long; */
    const char *costly;       /* so does one with this value, */
    const char *beside;       /* if this one is there, too; or NULL */
    int is_crowded;           /* and one for several of an audience; */
    const char *lost;         /* with this value the connection is lost, */
    int room;                 /* for more events there is no room */
    int is_late;              /* asking what there is to do is slow */
    int is_ill;               /* all statements about an event are slow */
    int is_untimed;           /* the server ends none of them */
    int ms;                   /* that others take of the fixture's time */
    int n_slow;
    int n_relays;             /* statements that relay */
    int n_uses;               /* of a connection; -1: none was taken */
    int n_connected;
    int n_released;
} fixture_t;

static inline const char *source(const char *name)
{
    const char *folder = getenv("srcdir");

    return apr_pstrcat(root_pool, folder ? folder : ".", "/t/cases/event/",
                       name, NULL);
}

static inline const char *text_of(const json_t *test, const char *name)
{
    return json_string_value(json_object_get(test, name));
}

static inline json_t *load(const char *name)
{
    json_t *list = json_load_file(source(name), 0, NULL);

    assert_true(json_array_size(list) > 0);
    return list;
}

/* --- the database ------------------------------------------------------- */

static inline int has_value(const tmf_sql_t *sql, const char *value)
{
    int i = 0;

    for (i = 0; value && i < sql->n_values; i++) {
        if (sql->values[i] && strstr(sql->values[i], value)) {
            return 1;
        }
    }
    return 0;
}

static inline int is_relay(const tmf_sql_t *sql)
{
    return strstr(sql->text, "tmf.relay.") != NULL;
}

static inline int is_slow(const fixture_t *fixture, const tmf_sql_t *sql)
{
    if (strstr(sql->text, "length(tmf.envelope(")) {
        return fixture->is_ill;
    }
    return is_relay(sql)
        && (fixture->is_ill || atoi(sql->values[2]) > fixture->most
            || (fixture->is_crowded
                && strchr(sql->values[sql->n_values - 1], ','))
            || (has_value(sql, fixture->costly)
                && (!fixture->beside || has_value(sql, fixture->beside))));
}

/* A statement that the test wants to be slow is ended by PostgreSQL itself, or
 * by the session, for the reason that they would have. */
static inline tmf_error_t *run_slow(fixture_t *fixture, apr_pool_t *p,
                                    tmf_rows_t **rows)
{
    static const tmf_sql_t slow = { "SELECT pg_sleep(10)", 0, NULL, 1 };
    tmf_session_t *session = &fixture->session;
    tmf_error_t *err = NULL;

    fixture->n_slow++;
    fixture->now += SLOW;
    if (fixture->is_untimed) {
        session->wait.end = tmf_wait_now() + 50;
        return tmf_pg_run(session, &slow, p, rows);
    }
    PQclear(PQexec(session->conn, "SET statement_timeout = '20ms'"));
    err = tmf_pg_run(session, &slow, p, rows);
    PQclear(PQexec(session->conn, "RESET statement_timeout"));
    return err;
}

/* A connection is for one statement: it has a time for all that is done with
 * it. */
static inline tmf_error_t *run(tmf_db_t *db, const tmf_sql_t *sql,
                               apr_pool_t *p, tmf_rows_t **rows)
{
    fixture_t *fixture = (fixture_t *)db;
    tmf_session_t *session = &fixture->session;

    assert_true(fixture->n_uses < 0 || ++fixture->n_uses == 1);
    fixture->n_relays += is_relay(sql);
    session->wait.end = tmf_wait_now() + LONG;
    if (is_relay(sql) && has_value(sql, fixture->lost)) {
        return tmf_error_internal(p, TMF_OUTCOME_UNKNOWN, "it is lost");
    }
    if (is_relay(sql) && atoi(sql->values[2]) > fixture->room) {
        return tmf_error_internal(p, TMF_STORAGE_FULL, "it has no room");
    }
    fixture->now += strstr(sql->text, "unnest(") && fixture->is_late
        ? 600 : 0;
    if (is_slow(fixture, sql)) {
        return run_slow(fixture, p, rows);
    }
    fixture->now += is_relay(sql) ? fixture->ms : 0;
    return tmf_pg_run(session, sql, p, rows);
}

static inline tmf_db_t *connect_fixture(void *data, apr_pool_t *p)
{
    fixture_t *fixture = data;

    (void)p;
    fixture->n_connected++;
    fixture->n_uses = 0;
    return &fixture->db;
}

static inline void release(tmf_db_t *db)
{
    ((fixture_t *)db)->n_released++;
    ((fixture_t *)db)->n_uses = -1;
}

static inline apr_int64_t now(void *data)
{
    return ((fixture_t *)data)->now;
}

/* One value of a statement of the owner's, "" for null, "-" without a row. */
static inline const char *ask(const fixture_t *fixture, const char *text,
                              const char *one, const char *two)
{
    const char *const values[] = { one, two };
    int n = strstr(text, "$2") ? 2 : strstr(text, "$1") ? 1 : 0;
    PGresult *result = PQexecParams(fixture->owner, text, n, NULL, values,
                                    NULL, NULL, 0);
    const char *answer = "-";

    if (PQresultStatus(result) != PGRES_TUPLES_OK
        && PQresultStatus(result) != PGRES_COMMAND_OK) {
        print_error("%s: %s", text, PQerrorMessage(fixture->owner));
        assert_true(0);
    }
    if (PQntuples(result) > 0) {
        answer = apr_pstrdup(fixture->p, PQgetvalue(result, 0, 0));
    }
    PQclear(result);
    return answer;
}

static inline void clean(const fixture_t *fixture)
{
    static const char *const statements[] = {
        "DELETE FROM tmf.lane WHERE subscription IN (SELECT id FROM"
        " tmf.subscription WHERE data_set LIKE '" DATA_SET "%')",
        "DELETE FROM tmf.delivery WHERE subscription IN (SELECT id FROM"
        " tmf.subscription WHERE data_set LIKE '" DATA_SET "%')",
        "DELETE FROM tmf.subscription WHERE data_set LIKE '" DATA_SET "%'",
        "DELETE FROM tmf.outbox WHERE data_set LIKE '" DATA_SET "%'"
    };
    size_t i = 0;

    for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        (void)ask(fixture, statements[i], NULL, NULL);
    }
}

/* A subscription as the hub makes it. */
static inline const char *subscribe(fixture_t *fixture, const char *mount,
                                    const char *query)
{
    const tmf_subscription_t subscription = {
        NULL, DATA_SET, mount, BASE, "https://hooks.example/", query
    };
    tmf_rows_t *rows = NULL;

    assert_null(run(&fixture->db, tmf_sql_subscribe(&subscription, 1000,
                                                    fixture->p),
                    fixture->p, &rows));
    assert_int_equal(rows->n, 1);
    return tmf_pg_value(rows, 0, TMF_SUBSCRIPTION_ID, NULL);
}

static inline void add_event(const fixture_t *fixture, const char *data_set,
                             json_t *event)
{
    char *text = json_dumps(event, 0);

    (void)ask(fixture, "INSERT INTO tmf.outbox (data_set, event_id, resource,"
              " resource_id, event_type, kind, field_path, correlation,"
              " occurred, doc) SELECT $2, e ->> 'name', e ->> 'resource',"
              " e ->> 'id', e ->> 'type', e ->> 'kind', e ->> 'fieldPath',"
              " e ->> 'correlation', (e ->> 'occurred')::timestamptz,"
              " e -> 'doc' FROM (SELECT $1::jsonb) AS t(e)", text, data_set);
    free(text);
}

static inline void add_events(const fixture_t *fixture, const char *data_set)
{
    json_t *events = load("events.json");
    size_t i = 0;

    for (i = 0; i < json_array_size(events); i++) {
        add_event(fixture, data_set, json_array_get(events, i));
    }
    json_decref(events);
}

static inline void relay(fixture_t *fixture)
{
    const tmf_relay_source_t source = { connect_fixture, now, fixture };
    tmf_error_t *err = tmf_relayer_run(fixture->relayer, &source,
                                       fixture->p, &fixture->relayed);
    int i = 0;

    for (i = 0; i < fixture->relayed.faults->nelts; i++) {
        print_message("  fault: %s\n", APR_ARRAY_IDX(
            fixture->relayed.faults, i, const char *));
    }
    if (err) {
        print_error("%s: %s\n", err->code, err->cause ? err->cause : "-");
    }
    assert_null(err);
    assert_int_equal(fixture->n_released, fixture->n_connected);
}

/* The names of the events that a subscription has, in their order. */
static inline const char *delivered(const fixture_t *fixture, const char *id)
{
    return ask(fixture, "SELECT string_agg(event_id, ' ' ORDER BY seq) FROM"
               " tmf.delivery WHERE subscription = $1 AND state = 'pending'",
               id, NULL);
}

static inline const char *body_of(const fixture_t *fixture, const char *id,
                                  const char *event)
{
    return ask(fixture, "SELECT body FROM tmf.delivery WHERE subscription ="
               " $1 AND event_id = $2", id, event);
}

static inline const char *state_of(const fixture_t *fixture, const char *id)
{
    return ask(fixture, "SELECT state FROM tmf.subscription WHERE id = $1",
               id, NULL);
}

static inline const char *waiting(const fixture_t *fixture,
                                  const char *data_set)
{
    return ask(fixture, "SELECT count(*) FROM tmf.outbox WHERE data_set = $1"
               " AND NOT relayed", data_set, NULL);
}

static inline int says(const fixture_t *fixture, int i, const char *what)
{
    return fixture->relayed.faults->nelts > i
        && strstr(APR_ARRAY_IDX(fixture->relayed.faults, i, const char *),
                  what) != NULL;
}

/* --- set-up ------------------------------------------------------------- */

static inline tmf_mount_t make_mount(const char *path, const char *data_set,
                                     const char *definition)
{
    apr_array_header_t *faults = apr_array_make(root_pool, 1,
                                                sizeof(tmf_fault_t));
    tmf_mount_t mount = { .spec = tmf_spec_load(source(definition), NULL,
                                                faults, root_pool),
                          .path = path, .data_set = data_set };

    assert_non_null(mount.spec);
    return mount;
}

static inline PGconn *connect_as(const char *role)
{
    PGconn *conn = connect_with("");

    if (conn && role) {
        PQclear(PQexec(conn, apr_pstrcat(root_pool, "SET ROLE ", role,
                                         NULL)));
    }
    return conn;
}

static inline int set_up(void **state)
{
    fixture_t *fixture = NULL;
    apr_pool_t *p = NULL;
    int i = 0;

    apr_pool_create(&p, root_pool);
    fixture = apr_pcalloc(p, sizeof(*fixture));
    fixture->p = p;
    fixture->db.run = run;
    fixture->db.value = tmf_pg_value;
    fixture->db.release = release;
    fixture->most = 1000;
    fixture->room = 1000;
    fixture->n_uses = -1;
    fixture->now = 1000000;
    fixture->session.conn = connect_as("tmf_app");
    fixture->session.wait.client = -1;
    fixture->owner = connect_as(NULL);
    fixture->mounts[0] = make_mount(V4, DATA_SET, "definition_v4.json");
    fixture->mounts[1] = make_mount(V5, DATA_SET, "definition_v5.json");
    fixture->mounts[2] = make_mount(V4, OTHER, "definition_v4.json");
    for (i = 0; i < 3; i++) {
        fixture->list[i] = &fixture->mounts[i];
    }
    fixture->relay.n_mounts = 3;
    fixture->relay.mounts = fixture->list;
    fixture->relayer = tmf_relayer_make(&fixture->relay, p);
    *state = fixture;
    clean(fixture);
    return fixture->session.conn ? 0 : -1;
}

static inline int tear_down(void **state)
{
    fixture_t *fixture = *state;

    clean(fixture);
    PQfinish(fixture->session.conn);
    PQfinish(fixture->owner);
    apr_pool_destroy(fixture->p);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
