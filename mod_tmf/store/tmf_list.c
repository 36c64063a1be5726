#include "store/tmf_list.h"

#include <string.h>

#include <apr_strings.h>

#include "store/tmf_sql.h"

/* Columns of a list's statement. */
enum {
    COLUMN_ID,
    COLUMN_BODY,
    COLUMN_SEQ,
    COLUMN_KEYS
};

/* Where a row stands in the order. */
typedef struct place_t {
    const char *seq;
    const char **keys;
} place_t;

/* One run of a list. */
typedef struct run_t {
    const tmf_plan_t *plan;
    tmf_db_t *db;
    const tmf_sink_t *sink;
    apr_pool_t *p;
    tmf_result_t *result;
    const char *scope;        /* of cursors */
    const tmf_cursor_t *cursor;   /* the request's; NULL: none */
    apr_int64_t found;        /* rows, the one beyond the page among them */
    place_t first;            /* of the page's rows */
    place_t last;
    apr_pool_t *turn;         /* of the last row that a sink has taken */
} run_t;

/* --- cursors ------------------------------------------------------------ */

static tmf_error_t *open_cursor(run_t *run)
{
    const tmf_query_t *query = &run->plan->query;
    tmf_cursor_t *cursor = NULL;
    const unsigned char *key = NULL;

    run->scope = apr_pstrcat(run->p, run->plan->data_set, "/",
                             run->plan->resource->name, "?", query->scope,
                             NULL);
    run->result->skipped = query->offset;
    if (!query->cursor) {
        return NULL;
    }
    cursor = apr_pcalloc(run->p, sizeof(*cursor));
    TMF_TRY(run->db->secret(run->db, tmf_sql_secret(), run->p, &key));
    TMF_TRY(tmf_cursor_open(query->cursor, run->scope, key, run->p, cursor));
    if (cursor->n_keys != query->n_sorts) {
        return tmf_error(run->p, TMF_INVALID_QUERY,
                         "the cursor is one of another order");
    }
    run->cursor = cursor;
    run->result->skipped = cursor->skipped;
    return NULL;
}

/* The rows before a page that ends at a place: as far as known, so many
 * fewer as a page has. */
static apr_int64_t skipped_before(const run_t *run)
{
    apr_int64_t skipped = run->result->skipped - run->plan->limit;

    return skipped > 0 ? skipped : 0;
}

static tmf_error_t *seal(const run_t *run, const place_t *place,
                         int backward, const char **text)
{
    tmf_cursor_t cursor = { backward, 0, place->seq,
                            run->plan->query.n_sorts, place->keys };
    const unsigned char *key = NULL;

    cursor.skipped = backward ? skipped_before(run)
        : run->result->skipped + run->result->n_rows;
    TMF_TRY(run->db->secret(run->db, tmf_sql_secret(), run->p, &key));
    *text = tmf_cursor_seal(&cursor, run->scope, key, run->p);
    return NULL;
}

/* The row at a cursor is not on the page, and there most likely. */
static tmf_error_t *find_beside(const run_t *run)
{
    tmf_result_t *result = run->result;
    int goes_on = run->found > result->n_rows;
    int backward = run->cursor && run->cursor->backward;

    if (result->n_rows == 0) {
        return NULL;
    }
    result->next.is_there = backward || goes_on;
    result->prev.is_there = backward ? goes_on
        : run->cursor || result->skipped > 0;
    if (result->next.is_there) {
        TMF_TRY(seal(run, &run->last, 0, &result->next.cursor));
    }
    if (result->prev.is_there) {
        TMF_TRY(seal(run, &run->first, 1, &result->prev.cursor));
    }
    return NULL;
}

/* --- rows --------------------------------------------------------------- */

static tmf_row_t read_row(const run_t *run, const tmf_rows_t *rows, int i)
{
    tmf_row_t row = { NULL, NULL, 0, NULL, NULL, 0 };

    row.id = run->db->value(rows, i, COLUMN_ID, NULL);
    row.body = run->db->value(rows, i, COLUMN_BODY, &row.length);
    row.seq = run->db->value(rows, i, COLUMN_SEQ, NULL);
    return row;
}

static place_t read_place(const run_t *run, const tmf_rows_t *rows, int i,
                          apr_pool_t *p)
{
    int n = run->plan->query.n_sorts;
    place_t place = { NULL, NULL };
    int k = 0;

    place.seq = apr_pstrdup(p, run->db->value(rows, i, COLUMN_SEQ, NULL));
    place.keys = apr_pcalloc(p, sizeof(*place.keys) * (apr_size_t)(n + 1));
    for (k = 0; k < n; k++) {
        place.keys[k] = apr_pstrdup(p, run->db->value(rows, i,
                                                      COLUMN_KEYS + k,
                                                      NULL));
    }
    return place;
}

/* All rows of a page at once. */
static tmf_error_t *hold_rows(run_t *run, const tmf_sql_t *sql)
{
    tmf_result_t *result = run->result;
    tmf_rows_t *rows = NULL;
    tmf_row_t *list = NULL;
    int i = 0;

    TMF_TRY(run->db->run(run->db, sql, run->p, &rows));
    run->found = rows->n;
    result->n_rows = (int)(rows->n < run->plan->limit ? rows->n
                                                      : run->plan->limit);
    list = apr_palloc(run->p, sizeof(*list)
                                  * (apr_size_t)(result->n_rows + 1));
    for (i = 0; i < result->n_rows; i++) {
        list[i] = read_row(run, rows, i);
    }
    result->rows = list;
    if (result->n_rows > 0) {
        run->first = read_place(run, rows, 0, run->p);
        run->last = read_place(run, rows, result->n_rows - 1, run->p);
    }
    return NULL;
}

/* tmf_taker_t.take */
static tmf_error_t *take_row(void *data, const tmf_rows_t *rows)
{
    run_t *run = data;
    tmf_row_t row = read_row(run, rows, 0);

    if (run->found++ == run->plan->limit) {
        return NULL;
    }
    if (run->found == 1) {
        run->first = read_place(run, rows, 0, run->p);
    }
    apr_pool_clear(run->turn);
    run->last = read_place(run, rows, 0, run->turn);
    run->result->n_rows++;
    return run->sink->take(run->sink->data, &row);
}

static tmf_error_t *hand_on_rows(run_t *run, const tmf_sql_t *sql)
{
    tmf_taker_t taker = { take_row, run };

    apr_pool_create(&run->turn, run->p);
    return run->db->each(run->db, sql, &taker, run->p);
}

static tmf_error_t *fetch(run_t *run)
{
    const tmf_sql_t *sql = tmf_sql_list(run->plan, run->cursor, run->p);

    if (run->plan->limit == 0) {
        return NULL;
    }
    TMF_TRY(run->plan->limit > TMF_LIST_HELD ? hand_on_rows(run, sql)
                                             : hold_rows(run, sql));
    /* backwards, no row beyond the page: it is the first one */
    if (run->cursor && run->cursor->backward
        && run->found == run->result->n_rows) {
        run->result->skipped = 0;
    }
    return NULL;
}

/* --- the total ---------------------------------------------------------- */

/* A page that was found is worth more than its total, unless that has to be
 * exact: a count that runs into the deadline leaves what is known. */
static int can_do_without(const run_t *run, const tmf_error_t *err)
{
    return err->kind == TMF_UNAVAILABLE && run->found > 0
        && run->plan->counting != TMF_COUNT_EXACT;
}

static tmf_error_t *count(const run_t *run)
{
    tmf_rows_t *rows = NULL;
    tmf_error_t *err = run->db->run(run->db,
                                    tmf_sql_count(run->plan, run->p), run->p,
                                    &rows);

    if (err && can_do_without(run, err)) {
        run->result->is_estimated = 1;
        return NULL;
    }
    TMF_TRY(err);
    run->result->total = apr_atoi64(run->db->value(rows, 0, 0, NULL));
    run->result->is_estimated
        = *run->db->value(rows, 0, 1, NULL) == 't';
    return NULL;
}

/* What is known to be there is enough: nothing is to be counted for an
 * estimate, and a count that ends too early would tell less. */
static int is_known_enough(const run_t *run, apr_int64_t known)
{
    const tmf_plan_t *plan = run->plan;
    int filtered = plan->query.n_terms || plan->query.n_filters;

    if (!filtered || run->found == 0) {
        return 0;
    }
    return plan->counting == TMF_COUNT_ESTIMATED
        || (plan->counting == TMF_COUNT_AUTO && known > TMF_COUNT_MAX);
}

/* Rows that are there as far as known, the one beyond the page among them;
 * backwards, that one is among the skipped. */
static apr_int64_t rows_known(const run_t *run)
{
    if (run->found == 0) {
        return 0;
    }
    return run->result->skipped
        + (run->cursor && run->cursor->backward ? run->result->n_rows
                                                : run->found);
}

/* A page that shows the end tells the total; all rows before a cursor are
 * not sure to be there still. */
static tmf_error_t *find_total(const run_t *run)
{
    tmf_result_t *result = run->result;
    apr_int64_t known = rows_known(run);
    int at_end = run->found <= run->plan->limit && run->plan->limit > 0;

    if (at_end && !run->cursor
        && (run->found > 0 || result->skipped == 0)) {
        result->total = known;
        return NULL;
    }
    if (is_known_enough(run, known)) {
        result->is_estimated = 1;
    }
    else {
        TMF_TRY(count(run));
    }
    /* rows went in between, or the estimate is an old one, or there is none */
    if ((!run->cursor || result->is_estimated) && result->total < known) {
        result->total = known;
    }
    if (result->total < result->n_rows) {
        result->total = result->n_rows;
    }
    return NULL;
}

tmf_error_t *tmf_list_run(const tmf_plan_t *plan, tmf_db_t *db,
                          const tmf_sink_t *sink, apr_pool_t *p,
                          tmf_result_t *result)
{
    run_t run = { 0 };

    run.plan = plan;
    run.db = db;
    run.sink = sink;
    run.p = p;
    run.result = result;
    TMF_TRY(open_cursor(&run));
    TMF_TRY(fetch(&run));
    TMF_TRY(find_total(&run));
    return find_beside(&run);
}
