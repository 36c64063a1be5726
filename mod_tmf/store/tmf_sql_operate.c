#include "store/tmf_sql_operate.h"

#include <apr_general.h>

const tmf_operate_t tmf_operates[] = {
    { "list", "", 0, 0,
      "SELECT id, data_set, mount, callback, query, state, why,"
      " date_trunc('second', created) AS created,"
      " (SELECT count(*) FROM tmf.subscription_secret AS c"
      " WHERE c.subscription = s.id) AS secrets"
      " FROM tmf.subscription AS s ORDER BY seq" },
    { "status", "", 0, 0,
      "SELECT * FROM tmf.event_status ORDER BY subscription" },
    { "parked", "[SUBSCRIPTION]", 0, 1,
      "SELECT * FROM tmf.event_parked"
      " WHERE $1::text IS NULL OR subscription = $1"
      " ORDER BY subscription, seq" },
    { "resume", "SUBSCRIPTION [LANE]", 1, 2,
      "SELECT tmf.resume($1::text, $2::text) AS lanes" },
    { "skip", "SUBSCRIPTION SEQ", 2, 2,
      "SELECT tmf.skip($1::text, $2::bigint) AS skipped" },
    { "replay", "SUBSCRIPTION SEQ [LAST_SEQ]", 2, 3,
      "SELECT tmf.replay($1::text, $2::bigint, $3::bigint) AS deliveries" },
    { "disable", "SUBSCRIPTION [WHY]", 1, 2,
      "SELECT tmf.disable($1::text,"
      " coalesce($2::text, 'by an operator')) AS disabled" },
    { "enable", "SUBSCRIPTION", 1, 1,
      "SELECT tmf.enable($1::text) AS enabled" },
    { "secret", "SUBSCRIPTION [FILE]", 1, 2,
      "SELECT CASE WHEN $2::text IS NULL THEN tmf.attach_secret($1::text)"
      " ELSE left(tmf.attach_secret($1, $2), 0) || 'attached' END"
      " AS secret" },
    { "retire", "SUBSCRIPTION", 1, 1,
      "SELECT tmf.detach_secret($1::text) AS secrets_left" },
    { "purge", "DAYS", 1, 1,
      "SELECT tmf.purge($1::numeric * interval '1 day', "
      APR_STRINGIFY(TMF_PURGE_STEP) ") AS rows" },
    { NULL, NULL, 0, 0, NULL }
};

const tmf_sql_t *tmf_sql_operate(const tmf_operate_t *operate,
                                 const char *const *values, apr_pool_t *p)
{
    tmf_sql_t *result = apr_pcalloc(p, sizeof(*result));

    result->text = operate->text;
    result->n_values = operate->most;
    result->values = values;
    result->writes = 1;
    return result;
}
