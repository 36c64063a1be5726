/* The database as the store sees it; dbd/ is behind it. */
#ifndef TMF_DB_H
#define TMF_DB_H

#include "base/tmf_error.h"

/** A statement: its text and the values of $1 to $n. */
typedef struct tmf_sql_t {
    const char *text;
    int n_values;
    const char *const *values;    /* text form; NULL: SQL's null */
    int writes;               /* changes data: never run twice */
} tmf_sql_t;

/** Rows of a statement; they outlive the connection, not their pool. */
typedef struct tmf_rows_t {
    int n;
    void *data;
} tmf_rows_t;

/** Takes the rows of a statement one by one. */
typedef struct tmf_taker_t {
    /** @param row one row, gone when this returns. */
    tmf_error_t *(*take)(void *data, const tmf_rows_t *row);
    void *data;
} tmf_taker_t;

/** A source of connections for one request. */
typedef struct tmf_db_t tmf_db_t;

struct tmf_db_t {
    /**
     * Run one statement as a transaction of its own. The first call takes
     * a connection.
     * @param rows set to what came back; lives as long as p.
     * @return TMF_UNAVAILABLE, TMF_OUTCOME_UNKNOWN (writes), TMF_CONFLICT,
     *         TMF_BAD_REQUEST, TMF_STORAGE_FULL, TMF_INTERNAL.
     */
    tmf_error_t *(*run)(tmf_db_t *db, const tmf_sql_t *sql, apr_pool_t *p,
                        tmf_rows_t **rows);

    /**
     * Run one statement that only reads, as run does, but never hold more
     * than one of its rows.
     * @param taker an error of its own ends the statement, and is returned.
     */
    tmf_error_t *(*each)(tmf_db_t *db, const tmf_sql_t *sql,
                         const tmf_taker_t *taker, apr_pool_t *p);

    /**
     * The key of cursors, which the database has and a connection keeps.
     * @param sql answers it in hexadecimal digits; run at most once on a
     *        connection.
     * @param key set to TMF_CURSOR_KEY bytes that live as long as p.
     */
    tmf_error_t *(*secret)(tmf_db_t *db, const tmf_sql_t *sql, apr_pool_t *p,
                           const unsigned char **key);

    /**
     * A value of a row.
     * @param column from 0.
     * @param length set to the bytes of the text, or NULL.
     * @return NUL-terminated text, NULL for SQL's null.
     */
    const char *(*value)(const tmf_rows_t *rows, int row, int column,
                         apr_size_t *length);

    /**
     * Wait a moment before another try.
     * @return 0 if the time of the request is up: there is no use in one.
     */
    int (*nap)(tmf_db_t *db);

    /** Give the connection back; harmless without one. */
    void (*release)(tmf_db_t *db);
};

#endif
