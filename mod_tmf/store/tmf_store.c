#include "store/tmf_store.h"

#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

#include "store/tmf_sql.h"

/* A patch whose resource changes between its two statements is tried so
 * many times. */
#define PATCH_TRIES 3

/** One run of a plan. */
typedef struct run_t {
    const tmf_plan_t *plan;
    tmf_db_t *db;
    apr_pool_t *p;
    tmf_result_t *result;
} run_t;

/* Run the plan's statement; keeps at most so many rows, tells how many
 * there were. */
static tmf_error_t *fetch(const run_t *run, apr_int64_t most, int *found)
{
    tmf_rows_t *rows = NULL;
    tmf_row_t *list = NULL;
    int i = 0;

    TMF_TRY(run->db->run(run->db, tmf_sql_render(run->plan, run->p), run->p,
                         &rows));
    *found = rows->n;
    run->result->n_rows = rows->n < most ? rows->n : (int)most;
    list = apr_palloc(run->p, sizeof(*list) * (apr_size_t)(rows->n + 1));
    for (i = 0; i < run->result->n_rows; i++) {
        list[i].id = run->db->value(rows, i, 0, NULL);
        list[i].body = run->db->value(rows, i, 1, &list[i].length);
    }
    run->result->rows = list;
    return NULL;
}

static tmf_error_t *count(const run_t *run)
{
    tmf_rows_t *rows = NULL;

    TMF_TRY(run->db->run(run->db, tmf_sql_count(run->plan, run->p), run->p,
                         &rows));
    run->result->total = apr_atoi64(run->db->value(rows, 0, 0, NULL));
    return NULL;
}

/* The page has one row more than asked for if it isn't the last one; only
 * then, or beyond the end, the rows must be counted. */
static tmf_error_t *run_list(const run_t *run)
{
    apr_int64_t offset = run->plan->query.offset;
    apr_int64_t seen = 0;
    int found = 0;

    if (run->plan->limit == 0) {
        return count(run);
    }
    TMF_TRY(fetch(run, run->plan->limit, &found));
    seen = offset + found;
    if (found <= run->plan->limit && (found > 0 || offset == 0)) {
        run->result->total = seen;
        return NULL;
    }
    TMF_TRY(count(run));
    if (found > 0 && run->result->total < seen) {
        run->result->total = seen;      /* rows went in between */
    }
    return NULL;
}

static tmf_error_t *not_found(const run_t *run)
{
    return tmf_error(run->p, TMF_NOT_FOUND, NULL);
}

static tmf_error_t *run_one(const run_t *run)
{
    int found = 0;

    TMF_TRY(fetch(run, 1, &found));
    return found ? NULL : not_found(run);
}

/* Append the violations that tmf.patch_faults has found. */
static void add_faults(apr_array_header_t *list, const char *faults,
                       apr_pool_t *p)
{
    json_t *root = json_loads(faults, 0, NULL);
    size_t i = 0;

    for (i = 0; i < json_array_size(root); i++) {
        tmf_violation_t *violation = apr_array_push(list);
        const char *pointer = NULL;
        const char *rule = NULL;
        const char *message = NULL;

        json_unpack(json_array_get(root, i), "{s:s, s:s, s:s}", "pointer",
                    &pointer, "rule", &rule, "message", &message);
        violation->pointer = apr_pstrdup(p, pointer ? pointer : "");
        violation->rule = apr_pstrdup(p, rule ? rule : "");
        violation->message = apr_pstrdup(p, message ? message : "");
    }
    json_decref(root);
}

/* Why the patch can't be applied: what is wrong with it, and with what it
 * would lead to. NULL if nothing is, which can be because another writer
 * came in between. */
static tmf_error_t *find_faults(const run_t *run, tmf_error_t **refusal)
{
    const tmf_error_t *refused = run->plan->refused;
    apr_array_header_t *list = NULL;
    tmf_rows_t *rows = NULL;
    const char *faults = NULL;

    TMF_TRY(run->db->run(run->db, tmf_sql_faults(run->plan, run->p), run->p,
                         &rows));
    if (rows->n == 0) {
        return not_found(run);
    }
    list = refused ? apr_array_copy(run->p, refused->violations)
                   : apr_array_make(run->p, 4, sizeof(tmf_violation_t));
    faults = run->db->value(rows, 0, 0, NULL);
    if (faults) {
        add_faults(list, faults, run->p);
    }
    if (faults && list->nelts == 0) {
        return tmf_error_internal(run->p, TMF_INTERNAL,
                                  "tmf.patch_faults gave no JSON array");
    }
    *refusal = list->nelts > 0
        ? tmf_error_violations(run->p, TMF_INVALID_BODY, list) : NULL;
    return NULL;
}

static tmf_error_t *run_patch(const run_t *run)
{
    tmf_error_t *refusal = NULL;
    int found = 0;
    int i = 0;

    for (i = 0; i < PATCH_TRIES; i++) {
        if (!run->plan->refused) {
            TMF_TRY(fetch(run, 1, &found));
        }
        if (found) {
            return NULL;
        }
        TMF_TRY(find_faults(run, &refusal));
        if (refusal) {
            return refusal;
        }
    }
    return tmf_error_internal(run->p, TMF_UNAVAILABLE,
                              "a resource changed at each of %d tries to"
                              " patch it", PATCH_TRIES);
}

tmf_error_t *tmf_store_run(const tmf_plan_t *plan, tmf_db_t *db,
                           apr_pool_t *p, tmf_result_t *result)
{
    static tmf_error_t *(*const runs[TMF_OPS])(const run_t *) = {
        [TMF_OP_LIST] = run_list,
        [TMF_OP_GET] = run_one,
        [TMF_OP_CREATE] = run_one,
        [TMF_OP_PATCH] = run_patch,
        [TMF_OP_DELETE] = run_one
    };
    run_t run = { plan, db, p, result };

    memset(result, 0, sizeof(*result));
    return runs[plan->op](&run);
}
