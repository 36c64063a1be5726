/* Writes with a key on a database made here: what is asked of it, in which
 * order, and what is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/tmf_sql.h"
#include "store/tmf_store.h"
#include "pool.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define COLUMNS 8

/* A script has two characters for each thing that is asked: W, the write; R,
 * whether the key is known; E, why there was nothing to change; N, whether
 * there is time. And the answer: */
enum {
    ROW = '1',                /* W: written; N: there is time */
    NONE = '0',               /* W: nothing to change; R: not known */
    BUSY = 'b',               /* R: not known, but somebody is at work */
    SAME = 's',               /* R: the same request */
    OTHER = 'o',              /* R: another one */
    CONFLICT = 'c',
    LOCKED = 'l',
    AWAY = 'a',               /* nothing was done */
    LOST = '?',               /* something may have been done */
    REFUSED = 'r',            /* 400 */
    FULL = 'f',               /* 507 */
    BROKEN = 'i',             /* 500 */
    FAILS = 'm',              /* E: the condition doesn't hold */
    HOLDS = 'h'               /* E: it holds, and there are no faults */
};

typedef struct script_t {
    tmf_db_t db;              /* first: it is this */
    const char *next;
} script_t;

static const char *const written[COLUMNS] = {
    "id", "{}", "7", "1", "1000", NULL, NULL, NULL
};
static const char *const known[COLUMNS] = {
    "first", "{\"a\": 1}", "6", "2", "2000", "http://b.example", "t", "t"
};
static const char *const other[COLUMNS] = {
    "first", "{\"a\": 1}", "6", "2", "2000", "http://b.example", "f", "t"
};
static const char *const unknown[COLUMNS] = { [7] = "t" };
static const char *const busy[COLUMNS] = { [7] = "f" };
static const char *const fails[COLUMNS] = { "f", NULL };
static const char *const holds[COLUMNS] = { "t", NULL };

static char kind_of(const tmf_sql_t *sql)
{
    if (strstr(sql->text, "INSERT INTO tmf.idempotency")) {
        assert_true(sql->writes);
        return 'W';
    }
    assert_false(sql->writes);
    return strstr(sql->text, "LEFT JOIN tmf.idempotency") ? 'R' : 'E';
}

static tmf_error_t *failure(char answer, apr_pool_t *p)
{
    static const struct {
        char answer;
        tmf_kind_t kind;
    } kinds[] = {
        { CONFLICT, TMF_CONFLICT }, { LOCKED, TMF_UNAVAILABLE },
        { AWAY, TMF_UNAVAILABLE }, { LOST, TMF_OUTCOME_UNKNOWN },
        { REFUSED, TMF_BAD_REQUEST }, { FULL, TMF_STORAGE_FULL },
        { BROKEN, TMF_INTERNAL }
    };
    tmf_error_t *err = NULL;
    size_t i = 0;

    for (i = 0; i < COUNT(kinds); i++) {
        if (kinds[i].answer == answer) {
            err = tmf_error(p, kinds[i].kind, NULL);
            err->is_locked = answer == LOCKED;
        }
    }
    return err;
}

static char play(script_t *script, char asked)
{
    char answer = 0;

    print_message("%c", asked);
    assert_int_equal(asked, script->next[0]);
    answer = script->next[1];
    script->next += script->next[2] == ' ' ? 3 : 2;
    return answer;
}

static const char *const *row_of(char asked, char answer)
{
    switch (answer) {
    case ROW:
        return written;
    case SAME:
        return known;
    case OTHER:
        return other;
    case BUSY:
        return busy;
    case FAILS:
        return fails;
    case HOLDS:
        return holds;
    default:
        return asked == 'R' ? unknown : NULL;
    }
}

static tmf_error_t *run(tmf_db_t *db, const tmf_sql_t *sql, apr_pool_t *p,
                        tmf_rows_t **rows)
{
    char asked = kind_of(sql);
    char answer = play((script_t *)db, asked);
    const char *const *row = row_of(asked, answer);
    tmf_error_t *err = failure(answer, p);

    if (err) {
        return err;
    }
    *rows = apr_pcalloc(p, sizeof(**rows));
    (*rows)->n = row != NULL;
    (*rows)->data = (void *)row;
    return NULL;
}

static const char *value(const tmf_rows_t *rows, int row, int column,
                         apr_size_t *length)
{
    const char *const *values = rows->data;

    assert_int_equal(row, 0);
    assert_true(column < COLUMNS);
    if (length) {
        *length = values[column] ? strlen(values[column]) : 0;
    }
    return values[column];
}

static int nap(tmf_db_t *db)
{
    return play((script_t *)db, 'N') == ROW;
}

static const struct {
    const char *script;
    const char *code;         /* NULL: it is told as done */
    int is_replay;
} cases[] = {
    { "W1", NULL, 0 },
    /* it was done before; all that it has changed can be in the way */
    { "Wc Rs", NULL, 1 },
    { "W0 E0 Rs", NULL, 1 },
    { "W0 Em Rs", NULL, 1 },
    { "Wr Rs", NULL, 1 },
    { "Wl Rs", NULL, 1 },
    { "W0 Eh Wc Rs", NULL, 1 },
    { "Wc Ro", "idempotencyKeyReused", 0 },
    { "W0 E0 Ro", "idempotencyKeyReused", 0 },
    { "Wl Ro", "idempotencyKeyReused", 0 },
    /* it wasn't */
    { "Wc R0", "conflict", 0 },
    { "W0 E0 R0", "notFound", 0 },
    { "W0 Em R0", "preconditionFailed", 0 },
    { "Wr R0", "badRequest", 0 },
    { "W0 Eh W1", NULL, 0 },
    { "W0 Eh W0 Eh W0 Eh", "unavailable", 0 },
    /* it is being done; or others hold what it needs */
    { "Wl Rb", "idempotencyKeyInUse", 0 },
    { "Wl R0", "unavailable", 0 },
    { "W0 Em Rb", "preconditionFailed", 0 },
    /* the database fails before or after */
    { "Wa", "unavailable", 0 },
    { "Wf", "insufficientStorage", 0 },
    { "Wi", "internalError", 0 },
    { "Wc Ra", "unavailable", 0 },
    { "W0 Ea", "unavailable", 0 },
    /* lost while writing: the same again, until it is known */
    { "W? N1 W1", NULL, 0 },
    { "W? N1 Wc Rs", NULL, 0 },
    { "W? N1 W0 E0 Rs", NULL, 0 },
    { "W? N1 W0 Em Rs", NULL, 0 },
    { "W? N1 Wa N1 W? N1 W1", NULL, 0 },
    { "W? N1 Wc Ra N1 Wc Rs", NULL, 0 },
    { "W? N1 Wl Rb N1 Wl Rs", NULL, 0 },
    { "W? N1 Wl R0 N1 W1", NULL, 0 },
    { "W? N1 W0 Eh N1 W1", NULL, 0 },
    { "W0 Eh W? N1 W1", NULL, 0 },
    { "W? N1 Wc Ro", "idempotencyKeyReused", 0 },
    /* what it can't do now, it may have done, or may yet do */
    { "W? N0", "outcomeUnknown", 0 },
    { "W? N1 Wa N0", "outcomeUnknown", 0 },
    { "W? N1 W0 E0 R0", "outcomeUnknown", 0 },
    { "W? N1 W0 Em R0", "outcomeUnknown", 0 },
    { "W? N1 Wc R0", "outcomeUnknown", 0 },
    { "W? N1 Wr R0", "outcomeUnknown", 0 },
    { "W? N1 Wf", "outcomeUnknown", 0 },
    { "W? N1 Wi", "outcomeUnknown", 0 },
    { "W? N1 Wl Rb N0", "outcomeUnknown", 0 }
};

static const tmf_resource_t resource = { .name = "thing", .table = "thing" };

static tmf_plan_t make_plan(tmf_op_t op)
{
    tmf_plan_t plan = { .op = op, .resource = &resource,
                        .data_set = "test", .id = "id", .body = "{}",
                        .key = { "k", "=u", "request",
                                 "http://a.example" } };

    plan.condition.none_match.any = 0;
    return plan;
}

static void expect_result(const tmf_result_t *result, int is_replay,
                          const char *base)
{
    assert_int_equal(result->n_rows, 1);
    assert_int_equal(result->is_replay, is_replay);
    if (!base) {
        assert_null(result->base);
        assert_string_equal(result->rows->id, "id");
        assert_int_equal(result->rows->updated, 1000);
        return;
    }
    assert_string_equal(result->base, base);
    assert_string_equal(result->rows->id, "first");
    assert_string_equal(result->rows->version, "2");
    assert_int_equal(result->rows->length, 8);
}

static void test_scripts(void **state)
{
    size_t i = 0;

    for (i = 0; i < COUNT(cases); i++) {
        const tmf_plan_t plan = make_plan(TMF_OP_PATCH);
        script_t script = { .next = cases[i].script };
        tmf_result_t result;
        const tmf_error_t *err = NULL;

        script.db.run = run;
        script.db.value = value;
        script.db.nap = nap;
        print_message("  %s: ", cases[i].script);
        err = tmf_store_run(&plan, &script.db, *state, &result);
        print_message(" %s\n", err ? err->code : "done");
        assert_int_equal(*script.next, 0);
        if (cases[i].code) {
            assert_non_null(err);
            assert_string_equal(err->code, cases[i].code);
        }
        else {
            assert_null(err);
            expect_result(&result, cases[i].is_replay,
                          strstr(cases[i].script, "Rs")
                              ? "http://b.example" : NULL);
        }
    }
}

/* A patch with faults of its own is not tried; one that was done before such
 * faults were, is. */
static void test_refused(void **state)
{
    static const tmf_violation_t violation = { "/a", "type", "is none" };
    apr_array_header_t *list = apr_array_make(*state, 1, sizeof(violation));
    const char *const scripts[] = { "Eh R0", "Eh Rs" };
    size_t i = 0;

    APR_ARRAY_PUSH(list, tmf_violation_t) = violation;
    for (i = 0; i < COUNT(scripts); i++) {
        tmf_plan_t plan = make_plan(TMF_OP_PATCH);
        script_t script = { .next = scripts[i] };
        tmf_result_t result;
        const tmf_error_t *err = NULL;

        plan.refused = tmf_error_violations(*state, TMF_INVALID_BODY, list,
                                            0);
        script.db.run = run;
        script.db.value = value;
        err = tmf_store_run(&plan, &script.db, *state, &result);
        assert_int_equal(*script.next, 0);
        assert_int_equal(err ? err->status : 0, i == 0 ? 400 : 0);
    }
}

/* --- the statements ------------------------------------------------------ */

#define KEPT(data_set, user, key) "kept AS (INSERT INTO tmf.idempotency" \
    " (data_set, client, key, fingerprint, base, id, body, seq, version," \
    " updated) SELECT " data_set "::text, sha256(convert_to(" user \
    "::text, 'UTF8')), " key "::text, "
#define LOCK(data_set, user, key) "pg_try_advisory_xact_lock(" \
    "hashtextextended(" data_set "::text || ' ' || " user \
    "::text || ' ' || " key "::text, 0)) AS at_work) "

static void expect_sql(const tmf_sql_t *sql, const char *text, int n,
                       const char *const *values)
{
    int i = 0;

    assert_string_equal(sql->text, text);
    assert_int_equal(sql->n_values, n);
    for (i = 0; i < n; i++) {
        assert_string_equal(sql->values[i], values[i]);
    }
}

static void test_create(void **state)
{
    static const char *const values[] = { "id", "{}", "{}", "test", "=u", "k",
                                          "request", "http://a.example" };
    const tmf_plan_t plan = make_plan(TMF_OP_CREATE);

    expect_sql(tmf_sql_once(&plan, *state),
               "WITH made (id, body, seq, version, updated) AS (INSERT INTO"
               " \"test\".\"thing\" (id, doc) VALUES ($1, $2::jsonb -"
               " $3::text[]) RETURNING id, body, seq, version,"
               " (EXTRACT(epoch FROM updated) * 1000000)::bigint), "
               KEPT("$4", "$5", "$6")
               "sha256(convert_to($7::text, 'UTF8')), $8::text, id, body,"
               " seq, version, updated FROM made, " LOCK("$4", "$5", "$6")
               "SELECT id, body, seq, version, updated FROM made",
               COUNT(values), values);
}

static void test_delete(void **state)
{
    static const char *const values[] = { "id", "test", "=u", "k", "request",
                                          "http://a.example" };
    const tmf_plan_t plan = make_plan(TMF_OP_DELETE);

    expect_sql(tmf_sql_once(&plan, *state),
               "WITH made (id, body) AS (DELETE FROM \"test\".\"thing\""
               " WHERE id = $1 RETURNING id, '{}'), " KEPT("$2", "$3", "$4")
               "sha256(convert_to($5::text, 'UTF8')), $6::text, id, body,"
               " NULL::bigint, NULL::bigint, NULL::bigint FROM made, "
               LOCK("$2", "$3", "$4")
               "SELECT id, body, NULL::bigint, NULL::bigint, NULL::bigint"
               " FROM made", COUNT(values), values);
}

static void test_recall(void **state)
{
    static const char *const values[] = { "test", "=u", "k", "request" };
    const tmf_plan_t plan = make_plan(TMF_OP_DELETE);

    expect_sql(tmf_sql_recall(&plan, *state),
               "SELECT id, body, seq, version, updated, base, fingerprint ="
               " sha256(convert_to($4::text, 'UTF8')), is_free,"
               " CASE WHEN key IS NOT NULL THEN"
               " pg_logical_emit_message(true, 'mod_tmf', '') END FROM"
               " pg_try_advisory_xact_lock_shared(hashtextextended($1::text"
               " || ' ' || $2::text || ' ' || $3::text, 0)) AS is_free"
               " LEFT JOIN tmf.idempotency ON data_set = $1::text AND"
               " client = sha256(convert_to($2::text, 'UTF8'))"
               " AND key = $3::text",
               COUNT(values), values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scripts),
        TEST(test_refused),
        TEST(test_create),
        TEST(test_delete),
        TEST(test_recall)
    };

    return cmocka_run_group_tests(tests, make_root, destroy_root);
}
