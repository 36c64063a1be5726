#include "dbd/tmf_console.h"

#include <apr_strings.h>
#include <libpq-fe.h>

static void take(tmf_answer_t *answer, const PGresult *result,
                 apr_pool_t *p)
{
    const char **names = NULL;
    const char **values = NULL;
    int row = 0;
    int i = 0;

    answer->n_rows = PQntuples(result);
    answer->n_columns = PQnfields(result);
    names = apr_pcalloc(p, sizeof(*names) * (apr_size_t)answer->n_columns);
    values = apr_pcalloc(p, sizeof(*values) * (apr_size_t)answer->n_columns
                         * (apr_size_t)answer->n_rows);
    for (i = 0; i < answer->n_columns; i++) {
        names[i] = apr_pstrdup(p, PQfname(result, i));
    }
    for (row = 0; row < answer->n_rows; row++) {
        for (i = 0; i < answer->n_columns; i++) {
            if (!PQgetisnull(result, row, i)) {
                values[row * answer->n_columns + i]
                    = apr_pstrdup(p, PQgetvalue(result, row, i));
            }
        }
    }
    answer->names = names;
    answer->values = values;
}

/* Without details, which quote values; without a connection there are no
 * fields. */
static const char *why(const PGconn *connection, const PGresult *result,
                       apr_pool_t *p)
{
    const char *message = PQresultErrorField(result,
                                             PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);

    if (!message) {
        return apr_pstrdup(p, PQerrorMessage(connection));
    }
    return apr_pstrcat(p, message, hint ? " (" : "", hint ? hint : "",
                       hint ? ")\n" : "\n", NULL);
}

const tmf_answer_t *tmf_console_run(const tmf_sql_t *sql, apr_pool_t *p)
{
    tmf_answer_t *answer = apr_pcalloc(p, sizeof(*answer));
    PGconn *connection = PQconnectdb("fallback_application_name=tmfctl");
    PGresult *result = NULL;

    if (PQstatus(connection) != CONNECTION_OK) {
        answer->failure = apr_pstrdup(p, PQerrorMessage(connection));
        PQfinish(connection);
        return answer;
    }
    result = PQexecParams(connection, sql->text, sql->n_values, NULL,
                          sql->values, NULL, NULL, 0);
    if (PQresultStatus(result) == PGRES_TUPLES_OK) {
        take(answer, result, p);
    }
    else {
        answer->failure = why(connection, result, p);
    }
    PQclear(result);
    PQfinish(connection);
    return answer;
}
