#include "store/tmf_store.h"

#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

#include "store/tmf_once.h"
#include "store/tmf_sql.h"

/* A change whose resource changes between its two statements is tried so
 * many times. */
#define CHANGE_TRIES 3

/** One run of a plan. */
typedef struct run_t {
    const tmf_plan_t *plan;
    tmf_db_t *db;
    apr_pool_t *p;
    tmf_result_t *result;
} run_t;

/* Columns of one resource; a deletion has the first two alone. */
enum {
    COLUMN_ID,
    COLUMN_BODY,
    COLUMN_SEQ,
    COLUMN_VERSION,
    COLUMN_UPDATED
};

/* Run a statement of the plan, which answers one row or none. */
static tmf_error_t *fetch(const run_t *run, const tmf_sql_t *sql, int *found)
{
    tmf_rows_t *rows = NULL;
    tmf_row_t *row = apr_pcalloc(run->p, sizeof(*row));

    TMF_TRY(run->db->run(run->db, sql, run->p, &rows));
    *found = rows->n > 0;
    if (!*found) {
        return NULL;
    }
    row->id = run->db->value(rows, 0, COLUMN_ID, NULL);
    row->body = run->db->value(rows, 0, COLUMN_BODY, &row->length);
    if (run->plan->op != TMF_OP_DELETE) {
        row->seq = run->db->value(rows, 0, COLUMN_SEQ, NULL);
        row->version = run->db->value(rows, 0, COLUMN_VERSION, NULL);
        row->updated = apr_atoi64(run->db->value(rows, 0, COLUMN_UPDATED,
                                                 NULL));
    }
    run->result->n_rows = 1;
    run->result->rows = row;
    return NULL;
}

static tmf_error_t *not_found(const run_t *run)
{
    return tmf_error(run->p, TMF_NOT_FOUND, NULL);
}

static tmf_error_t *run_one(const run_t *run)
{
    int found = 0;

    TMF_TRY(fetch(run, tmf_sql_render(run->plan, run->p), &found));
    return found ? NULL : not_found(run);
}

static tmf_error_t *read_back(const run_t *run)
{
    int found = 0;

    TMF_TRY(fetch(run, tmf_sql_read_back(run->plan, run->p), &found));
    return found ? NULL : not_found(run);
}

/* Whether a row with an id of the server's own was stored is not known: so
 * it is stored again. That waits for a first try that is still under way,
 * and fails if it has succeeded. Any other failure tells nothing of it. A
 * first try that was cut off while it waited for a synchronous standby can be
 * seen before the standby has it: reading it back waits for that. */
static tmf_error_t *settle_create(const run_t *run, tmf_error_t *unknown)
{
    tmf_error_t *err = unknown;

    while (err && (err->kind == TMF_UNAVAILABLE
                   || err->kind == TMF_OUTCOME_UNKNOWN)) {
        if (!run->db->nap(run->db)) {
            return unknown;
        }
        err = run_one(run);
        if (err && err->kind == TMF_CONFLICT) {
            err = read_back(run);
        }
    }
    return err ? unknown : NULL;
}

static tmf_error_t *run_create(const run_t *run)
{
    tmf_error_t *err = run_one(run);

    return err && err->kind == TMF_OUTCOME_UNKNOWN && run->plan->is_new_id
        ? settle_create(run, err) : err;
}

/* A patch that would do at another state of the resource is in conflict
 * with this one; one with faults of its own isn't. */
static tmf_kind_t refusal_kind(const apr_array_header_t *violations)
{
    int i = 0;

    for (i = 0; i < violations->nelts; i++) {
        const char *rule
            = APR_ARRAY_IDX(violations, i, tmf_violation_t).rule;

        if (strcmp(rule, "test") != 0 && strcmp(rule, "transition") != 0) {
            return TMF_INVALID_BODY;
        }
    }
    return TMF_CONFLICT;
}

static int is_listed(const apr_array_header_t *list,
                     const tmf_violation_t *violation)
{
    int i = 0;

    for (i = 0; i < list->nelts; i++) {
        const tmf_violation_t *other
            = &APR_ARRAY_IDX(list, i, tmf_violation_t);

        if (!strcmp(other->pointer, violation->pointer)
            && !strcmp(other->rule, violation->rule)) {
            return 1;
        }
    }
    return 0;
}

/* A value that breaks a rule does so in the patch and in its result. */
static void add_fault(apr_array_header_t *list, json_t *fault, apr_pool_t *p)
{
    tmf_violation_t violation = { "", "", "" };

    json_unpack(fault, "{s:s, s:s, s:s}", "pointer", &violation.pointer,
                "rule", &violation.rule, "message", &violation.message);
    if (!is_listed(list, &violation)) {
        violation.pointer = apr_pstrdup(p, violation.pointer);
        violation.rule = apr_pstrdup(p, violation.rule);
        violation.message = apr_pstrdup(p, violation.message);
        APR_ARRAY_PUSH(list, tmf_violation_t) = violation;
    }
}

/* Append the violations that tmf.patch_faults has found. */
static void add_faults(apr_array_header_t *list, const char *faults,
                       apr_pool_t *p)
{
    json_t *root = json_loads(faults, 0, NULL);
    size_t i = 0;

    for (i = 0; i < json_array_size(root) && list->nelts < TMF_VIOLATIONS_MAX;
         i++) {
        add_fault(list, json_array_get(root, i), p);
    }
    json_decref(root);
}

/* What is wrong with a patch, and with what it would lead to. */
static tmf_error_t *refuse_patch(const run_t *run, const char *faults)
{
    const tmf_error_t *refused = run->plan->refused;
    apr_array_header_t *list = refused
        ? apr_array_copy(run->p, refused->violations)
        : apr_array_make(run->p, 4, sizeof(tmf_violation_t));

    if (faults) {
        add_faults(list, faults, run->p);
    }
    return list->nelts > 0
        ? tmf_error_violations(run->p, refusal_kind(list), list,
                               refused ? refused->unlisted : 0) : NULL;
}

/* Why a patch or a deletion has found no row to change; NULL: by now there
 * is one. That the state isn't the one meant comes before what is wrong with
 * a patch of it. */
static tmf_error_t *explain(const run_t *run)
{
    tmf_rows_t *rows = NULL;
    const char *holds = NULL;

    TMF_TRY(run->db->run(run->db, tmf_sql_faults(run->plan, run->p), run->p,
                         &rows));
    if (rows->n == 0) {
        return not_found(run);
    }
    holds = run->db->value(rows, 0, 0, NULL);
    if (!holds || *holds != 't') {
        return tmf_error(run->p, TMF_PRECONDITION_FAILED, NULL);
    }
    return refuse_patch(run, run->db->value(rows, 0, 1, NULL));
}

static tmf_error_t *run_change(const run_t *run)
{
    int found = 0;
    int i = 0;

    for (i = 0; i < CHANGE_TRIES; i++) {
        if (!run->plan->refused) {
            TMF_TRY(fetch(run, tmf_sql_render(run->plan, run->p), &found));
        }
        if (found) {
            return NULL;
        }
        TMF_TRY(explain(run));
    }
    return tmf_error_internal(run->p, TMF_UNAVAILABLE,
                              "a resource changed at each of %d tries to"
                              " change it", CHANGE_TRIES);
}

static tmf_error_t *explain_once(const void *data)
{
    return explain(data);
}

tmf_error_t *tmf_store_run(const tmf_plan_t *plan, tmf_db_t *db,
                           apr_pool_t *p, tmf_result_t *result)
{
    static tmf_error_t *(*const runs[TMF_OPS])(const run_t *) = {
        [TMF_OP_GET] = run_one,
        [TMF_OP_CREATE] = run_create,
        [TMF_OP_PATCH] = run_change,
        [TMF_OP_DELETE] = run_change
    };
    run_t run = { plan, db, p, result };
    const tmf_once_t once = { plan, db, p, result, explain_once, &run };

    memset(result, 0, sizeof(*result));
    if (plan->key.text) {
        return tmf_once_run(&once);
    }
    return runs[plan->op](&run);
}
