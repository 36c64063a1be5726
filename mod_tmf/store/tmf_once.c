#include "store/tmf_once.h"

#include <apr_strings.h>

#include "store/tmf_sql.h"

/* As often a resource may change between a change that has found nothing to
 * do and the question why. */
#define TRIES 3

/* Columns of both statements, and of the second alone. */
enum {
    COLUMN_ID,
    COLUMN_BODY,
    COLUMN_SEQ,
    COLUMN_VERSION,
    COLUMN_UPDATED,
    COLUMN_BASE,
    COLUMN_IS_SAME,
    COLUMN_IS_FREE
};

static const char *value(const tmf_once_t *once, const tmf_rows_t *rows,
                         int column)
{
    return once->db->value(rows, 0, column, NULL);
}

static int holds(const char *text)
{
    return text && *text == 't';
}

/* A deletion has an id and an empty body. */
static void take_row(const tmf_once_t *once, const tmf_rows_t *rows)
{
    tmf_row_t *row = apr_pcalloc(once->p, sizeof(*row));
    const char *updated = value(once, rows, COLUMN_UPDATED);

    row->id = value(once, rows, COLUMN_ID);
    row->body = once->db->value(rows, 0, COLUMN_BODY, &row->length);
    row->seq = value(once, rows, COLUMN_SEQ);
    row->version = value(once, rows, COLUMN_VERSION);
    row->updated = updated ? apr_atoi64(updated) : 0;
    once->result->n_rows = 1;
    once->result->rows = row;
}

/* Run the plan's statement, which answers one row or none. */
static tmf_error_t *write_row(const tmf_once_t *once, int *is_done)
{
    tmf_rows_t *rows = NULL;

    TMF_TRY(once->db->run(once->db, tmf_sql_once(once->plan, once->p),
                          once->p, &rows));
    *is_done = rows->n > 0;
    if (*is_done) {
        take_row(once, rows);
    }
    return NULL;
}

/* Look for what was answered before.
 * @param is_busy set if another request with the key is at work. */
static tmf_error_t *recall(const tmf_once_t *once, int *is_done,
                           int *is_busy)
{
    tmf_rows_t *rows = NULL;

    TMF_TRY(once->db->run(once->db, tmf_sql_recall(once->plan, once->p),
                          once->p, &rows));
    *is_busy = !holds(value(once, rows, COLUMN_IS_FREE));
    if (!value(once, rows, COLUMN_ID)) {
        return NULL;
    }
    if (!holds(value(once, rows, COLUMN_IS_SAME))) {
        return tmf_error(once->p, TMF_KEY_REUSED, NULL);
    }
    take_row(once, rows);
    once->result->base = value(once, rows, COLUMN_BASE);
    once->result->is_replay = 1;
    *is_done = 1;
    return NULL;
}

/* Write, and find out what keeps from it: all that the first request has
 * changed can look like a reason, so its key is looked for last.
 * @return NULL without is_done: another try will do. */
static tmf_error_t *attempt(const tmf_once_t *once, int *is_done)
{
    tmf_error_t *err = NULL;
    int is_busy = 0;

    *is_done = 0;
    if (!once->plan->refused) {
        err = write_row(once, is_done);
    }
    if (!err && !*is_done) {
        err = once->explain(once->data);
    }
    if (!err || (err->status >= 500 && !err->is_locked)) {
        return err;
    }
    TMF_TRY(recall(once, is_done, &is_busy));
    if (*is_done) {
        return NULL;
    }
    return err->is_locked && is_busy
        ? tmf_error(once->p, TMF_KEY_IN_USE, NULL) : err;
}

/* True if a later try may tell more. */
static int is_passing(const tmf_error_t *err)
{
    return !err || err->kind == TMF_UNAVAILABLE
        || err->kind == TMF_OUTCOME_UNKNOWN || err->kind == TMF_KEY_IN_USE;
}

/* Whether the change was made is not known. To try it again is safe, as only
 * one can keep the key; that it can't be made now tells nothing of the first
 * try, except that another request has the key. */
static tmf_error_t *settle(const tmf_once_t *once, tmf_error_t *unknown)
{
    tmf_error_t *err = unknown;
    int is_done = 0;

    while (!is_done && is_passing(err) && once->db->nap(once->db)) {
        err = attempt(once, &is_done);
    }
    once->result->is_replay = 0;
    if (is_done || (err && err->kind == TMF_KEY_REUSED)) {
        return err;
    }
    return unknown;
}

tmf_error_t *tmf_once_run(const tmf_once_t *once)
{
    tmf_error_t *err = NULL;
    int is_done = 0;
    int i = 0;

    for (i = 0; i < TRIES && !is_done && !err; i++) {
        err = attempt(once, &is_done);
    }
    if (err) {
        return err->kind == TMF_OUTCOME_UNKNOWN ? settle(once, err) : err;
    }
    return is_done ? NULL
        : tmf_error_internal(once->p, TMF_UNAVAILABLE,
                             "a resource changed at each of %d tries to"
                             " change it", TRIES);
}
