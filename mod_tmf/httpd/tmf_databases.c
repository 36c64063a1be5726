#include "httpd/tmf_databases.h"

#include <http_log.h>

#include "httpd/tmf_config.h"

APLOG_USE_MODULE(tmf);

/* Of a deadline: ms kept for what comes after the database. */
#define RESERVE 100

static int in_range(apr_int64_t number, int least, int most)
{
    return number < least ? least : number > most ? most : (int)number;
}

static tmf_database_t *make(const tmf_server_t *server, apr_pool_t *p)
{
    tmf_database_t *database = apr_pcalloc(p, sizeof(*database));
    tmf_settings_t settings = tmf_settings_default();
    const tmf_value_t *values = settings.values;

    tmf_settings_merge(&settings, &server->settings);
    database->params = values[TMF_SET_DBD_PARAMS].object;
    database->connections = in_range(values[TMF_SET_DBD_MAX].number, 1,
                                     100000);
    database->deadline = (int)values[TMF_SET_DEADLINE].number * 1000
        - RESERVE;
    database->gate_wait = (int)values[TMF_SET_GATE_WAIT].number * 1000;
    database->unnamed = values[TMF_SET_PREPARED].number == 1;
    return database;
}

/* Virtual servers that set nothing have the main server's configuration. */
int tmf_databases_make(server_rec *main_server, apr_pool_t *p)
{
    apr_array_header_t *databases = apr_array_make(p, 4,
                                                   sizeof(tmf_database_t *));
    server_rec *s = NULL;

    for (s = main_server; s; s = s->next) {
        tmf_server_t *server = tmf_config_of(s);

        if (!server->database) {
            tmf_database_t *database = make(server, p);

            server->database = database;
            APR_ARRAY_PUSH(databases, tmf_database_t *) = database;
        }
    }
    if (tmf_database_share((tmf_database_t *const *)databases->elts,
                           databases->nelts, p)) {
        return 1;
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, NULL,
                 "TMF00202: no shared memory or semaphores for what "
                 "processes know of the databases");
    return 0;
}

const tmf_database_t *tmf_databases_of(const server_rec *s)
{
    return tmf_config_of(s)->database;
}
