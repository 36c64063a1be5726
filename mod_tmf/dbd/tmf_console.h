/* One statement on a connection of libpq's own environment, for tmfctl. */
#ifndef TMF_CONSOLE_H
#define TMF_CONSOLE_H

#include "store/tmf_db.h"

/** What came back. */
typedef struct tmf_answer_t {
    const char *failure;      /* why nothing did, or NULL */
    int n_rows;
    int n_columns;
    const char *const *names;     /* of the columns */
    const char *const *values;    /* row by row; NULL: SQL's null */
} tmf_answer_t;

/** Connect, run it as a transaction of its own, disconnect. */
const tmf_answer_t *tmf_console_run(const tmf_sql_t *sql, apr_pool_t *p);

#endif
