#include "store/tmf_sql_event.h"

#include <string.h>

#include <apr_strings.h>

#include "store/tmf_draft.h"
#include "store/tmf_quote.h"

/* --- subscriptions ------------------------------------------------------ */

static void put_mount(tmf_draft_t *draft, const tmf_subscription_t *which)
{
    tmf_draft_put(draft, " WHERE data_set = ");
    tmf_draft_value(draft, which->data_set, "");
    tmf_draft_put(draft, " AND mount = ");
    tmf_draft_value(draft, which->mount, "");
    if (which->id) {
        tmf_draft_put(draft, " AND id = ");
        tmf_draft_value(draft, which->id, "");
    }
}

const tmf_sql_t *tmf_sql_subscribe(const tmf_subscription_t *subscription,
                                   int most, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    tmf_draft_put(&draft, "INSERT INTO tmf.subscription"
                  " (data_set, mount, base, callback, query) SELECT ");
    tmf_draft_value(&draft, subscription->data_set, "::text, ");
    tmf_draft_value(&draft, subscription->mount, "::text, ");
    tmf_draft_value(&draft, subscription->base, "::text, ");
    tmf_draft_value(&draft, subscription->callback, "::text, ");
    tmf_draft_value(&draft, subscription->query, "::text");
    tmf_draft_put(&draft, " WHERE (SELECT count(*) FROM tmf.subscription"
                  " WHERE data_set = $1 AND state = 'active') < ");
    tmf_draft_value(&draft, apr_itoa(p, most), "::bigint");
    tmf_draft_put(&draft, " RETURNING id, callback, query");
    return tmf_draft_end(&draft, 1);
}

const tmf_sql_t *tmf_sql_subscriptions(const tmf_subscription_t *which,
                                       apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    tmf_draft_put(&draft, "SELECT id, callback, query"
                  " FROM tmf.subscription");
    put_mount(&draft, which);
    tmf_draft_put(&draft, " ORDER BY seq");
    return tmf_draft_end(&draft, 0);
}

const tmf_sql_t *tmf_sql_unsubscribe(const tmf_subscription_t *which,
                                     apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    tmf_draft_put(&draft, "DELETE FROM tmf.subscription");
    put_mount(&draft, which);
    tmf_draft_put(&draft, " RETURNING id");
    return tmf_draft_end(&draft, 1);
}

const tmf_sql_t *tmf_sql_await(const char *data_set, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    tmf_draft_put(&draft, "SELECT tmf.await_writers(");
    tmf_draft_value(&draft, data_set, "::text)");
    return tmf_draft_end(&draft, 0);
}

const tmf_sql_t *tmf_sql_disable(const char *id, const char *why,
                                 apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    tmf_draft_put(&draft, "SELECT tmf.disable(");
    tmf_draft_value(&draft, id, "::text, ");
    tmf_draft_value(&draft, why, "::text)");
    return tmf_draft_end(&draft, 1);
}

/* --- the relay ---------------------------------------------------------- */

const tmf_sql_t *tmf_sql_waiting(const apr_array_header_t *data_sets,
                                 apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    tmf_draft_put(&draft, "SELECT w.data_set, s.id, s.mount, s.base, s.query,"
                  " s.seq FROM unnest(");
    tmf_draft_value(&draft, tmf_quote_list(data_sets, p), "::text[]");
    tmf_draft_put(&draft, ") AS w(data_set) LEFT JOIN tmf.subscription AS s"
                  " ON s.data_set = w.data_set AND s.state = 'active'"
                  /* with a limit it isn't made a join, which would go
                   * through the whole table while it is small */
                  " WHERE (SELECT true FROM tmf.outbox AS o"
                  " WHERE o.data_set = w.data_set AND NOT o.relayed"
                  " LIMIT 1)"
                  " ORDER BY w.data_set, s.seq");
    return tmf_draft_end(&draft, 0);
}

const tmf_sql_t *tmf_sql_oldest(const char *data_set, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    tmf_draft_put(&draft, "SELECT o.seq FROM tmf.outbox AS o"
                  " WHERE o.data_set = ");
    tmf_draft_value(&draft, data_set, "::text AND NOT o.relayed"
                    " ORDER BY o.seq LIMIT 1");
    return tmf_draft_end(&draft, 0);
}

const tmf_sql_t *tmf_sql_weigh(const char *seq,
                               const tmf_audience_t *audience, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);
    const char *id = APR_ARRAY_IDX(audience->ids, 0, const char *);

    tmf_draft_put(&draft, "WITH event AS (UPDATE tmf.outbox AS o"
                  " SET relayed = o.relayed WHERE o.seq = ");
    tmf_draft_value(&draft, seq, "::bigint AND NOT o.relayed"
                    " RETURNING o.resource || '/' || o.resource_id AS lane,"
                    " length(tmf.envelope(o, ");
    tmf_draft_value(&draft, audience->base, "::text, ");
    tmf_draft_value(&draft, audience->domain, "::text)::text) AS length),"
                    " lane AS (UPDATE tmf.lane AS l SET due = l.due"
                    " FROM event AS e WHERE l.lane = e.lane"
                    " AND l.subscription = ");
    tmf_draft_value(&draft, id, "::text),"
                    " delivery AS (INSERT INTO tmf.delivery (subscription,"
                    " seq, event_id, event_type, lane, body)"
                    " SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE false)"
                    " SELECT length FROM event");
    return tmf_draft_end(&draft, 1);
}

/* $1 is the data set, $2 the subscriptions. One server at a time relays a
 * data set; with two, the second would wait for the first one's rows. */
static void put_gate(tmf_draft_t *draft, const tmf_fanout_t *fanout)
{
    tmf_draft_put(draft, "WITH gate AS MATERIALIZED (SELECT"
                  " pg_try_advisory_xact_lock(hashtextextended("
                  "'tmf.relay.' || ");
    tmf_draft_value(draft, fanout->data_set, "::text, 0))");
    tmf_draft_put(draft, " AND ARRAY(SELECT s.id FROM tmf.subscription AS s"
                  " WHERE s.data_set = $1 AND s.state = 'active'"
                  " ORDER BY s.seq) = ");
    tmf_draft_value(draft, tmf_quote_list(fanout->ids, draft->p), "::text[]");
    tmf_draft_put(draft, " AS open)");
}

/* The lock on a row looks at it as it is by now: the statement may have
 * begun before the server that relayed it was done. As many as have room are
 * taken, and at least one: a statement has a time to be done in, too. */
static void put_batch(tmf_draft_t *draft, const tmf_fanout_t *fanout)
{
    apr_size_t n = (apr_size_t)(fanout->ids->nelts > 0 ? fanout->ids->nelts
                                                       : 1);

    tmf_draft_put(draft, ", oldest AS MATERIALIZED (SELECT o"
                  " FROM tmf.outbox AS o WHERE (SELECT open FROM gate)"
                  " AND o.data_set = $1 AND NOT o.relayed"
                  " ORDER BY o.seq LIMIT ");
    tmf_draft_value(draft, apr_itoa(draft->p, fanout->most), "::integer");
    tmf_draft_put(draft, " FOR UPDATE), batch AS MATERIALIZED (SELECT l.o"
                  " FROM (SELECT o, sum(pg_column_size((o).doc))"
                  " OVER (ORDER BY (o).seq) - pg_column_size((o).doc)"
                  " AS before FROM oldest) AS l WHERE l.before < ");
    tmf_draft_value(draft, apr_psprintf(draft->p, "%" APR_SIZE_T_FMT,
                                        fanout->bytes / n), "::bigint");
    if (fanout->seq) {
        tmf_draft_put(draft, " AND (l.o).seq = ");
        tmf_draft_value(draft, fanout->seq, "::bigint");
    }
    tmf_draft_put(draft, ")");
}

/* The envelopes of one base and definition: they are made once, however many
 * look at them. */
static void put_envelopes(tmf_draft_t *draft, const tmf_audience_t *audience,
                          int number)
{
    tmf_text_printf(draft->text, ", envelope_%d AS MATERIALIZED (SELECT"
                    " (b.o).seq AS seq, (b.o).event_id AS event_id,"
                    " (b.o).event_type AS event_type,"
                    " (b.o).resource || '/' || (b.o).resource_id AS lane,"
                    " (b.o).resource_id AS id, ", number);
    tmf_draft_put(draft, audience->is_v5
                  ? "made.doc - 'timeOcurred' || jsonb_build_object("
                    "'@type', made.doc -> 'eventType',"
                    " 'timeOccurred', made.doc -> 'timeOcurred') AS doc"
                  : "made.doc");
    tmf_draft_put(draft, " FROM batch AS b"
                  " CROSS JOIN LATERAL tmf.envelope(b.o, ");
    tmf_draft_value(draft, audience->base, "::text, ");
    tmf_draft_value(draft, audience->domain, "::text) AS made(doc)");
    if (audience->types) {
        tmf_draft_put(draft, " WHERE (b.o).event_type = ANY (");
        tmf_draft_value(draft, tmf_quote_list(audience->types, draft->p),
                        "::text[])");
    }
    tmf_draft_put(draft, ")");
}

static int same_envelopes(const tmf_audience_t *one,
                          const tmf_audience_t *other)
{
    return other && one->types == other->types
        && one->is_v5 == other->is_v5 && !strcmp(one->base, other->base);
}

static const tmf_audience_t *audience_at(const tmf_fanout_t *fanout, int i)
{
    return i < 0 ? NULL : APR_ARRAY_IDX(fanout->audiences, i,
                                        const tmf_audience_t *);
}

static void put_all_envelopes(tmf_draft_t *draft, const tmf_fanout_t *fanout)
{
    int number = 0;
    int i = 0;

    for (i = 0; i < fanout->audiences->nelts; i++) {
        const tmf_audience_t *audience = audience_at(fanout, i);

        if (!same_envelopes(audience, audience_at(fanout, i - 1))) {
            put_envelopes(draft, audience, ++number);
        }
    }
}

/* A subscription has the events after it. Others aren't even looked at by its
 * query, which OFFSET keeps behind that: they would be in vain. */
static void put_audience(tmf_draft_t *draft, const tmf_audience_t *audience,
                         int number)
{
    tmf_draft_put(draft, "SELECT s.id AS subscription, e.seq, e.event_id,"
                  " e.event_type, e.lane, ");
    if (audience->tree) {
        tmf_draft_put(draft, "tmf.pick(e.doc, ");
        tmf_draft_value(draft, audience->tree, "::jsonb)::text AS body");
    }
    else {
        tmf_draft_put(draft, "e.doc::text AS body");
    }
    tmf_text_printf(draft->text, " FROM (SELECT * FROM (SELECT * FROM"
                    " envelope_%d WHERE seq > ", number);
    tmf_draft_value(draft, audience->after, "::bigint OFFSET 0) AS o");
    tmf_draft_criteria(draft, " WHERE ", audience->query);
    tmf_draft_put(draft, ") AS e JOIN tmf.subscription AS s"
                  " ON s.seq < e.seq WHERE s.id = ANY (");
    tmf_draft_value(draft, tmf_quote_list(audience->ids, draft->p),
                    "::text[])");
}

static void put_picked(tmf_draft_t *draft, const tmf_fanout_t *fanout)
{
    int number = 0;
    int i = 0;

    tmf_draft_put(draft, ", picked AS (");
    for (i = 0; i < fanout->audiences->nelts; i++) {
        const tmf_audience_t *audience = audience_at(fanout, i);

        number += !same_envelopes(audience, audience_at(fanout, i - 1));
        tmf_draft_put(draft, i > 0 ? " UNION ALL " : "");
        put_audience(draft, audience, number);
    }
    tmf_draft_put(draft, ")");
}

/* A lane's row is locked even where it is there already: who deletes it
 * because nothing is left must see what is added here, or wait. */
static void put_deliveries(tmf_draft_t *draft)
{
    tmf_draft_put(draft, ", delivery AS (INSERT INTO tmf.delivery AS d"
                  " (subscription, seq, event_id, event_type, lane, body)"
                  " SELECT subscription, seq, event_id, event_type, lane,"
                  " body FROM picked ORDER BY subscription, seq"
                  " ON CONFLICT (subscription, seq) DO NOTHING"
                  " RETURNING d.subscription, d.lane)"
                  ", lane AS (INSERT INTO tmf.lane AS l"
                  " (subscription, lane) SELECT DISTINCT subscription, lane"
                  " FROM delivery ORDER BY subscription, lane"
                  " ON CONFLICT (subscription, lane)"
                  " DO UPDATE SET due = l.due)");
}

const tmf_sql_t *tmf_sql_relay(const tmf_fanout_t *fanout, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);
    int has_audience = fanout->audiences->nelts > 0;

    put_gate(&draft, fanout);
    put_batch(&draft, fanout);
    if (has_audience) {
        put_all_envelopes(&draft, fanout);
        put_picked(&draft, fanout);
        put_deliveries(&draft);
    }
    tmf_draft_put(&draft, fanout->is_part
                  ? ", gone AS (SELECT 1 FROM batch)"
                  : ", gone AS (UPDATE tmf.outbox AS o"
                    " SET relayed = true FROM batch AS b"
                    " WHERE o.seq = (b.o).seq RETURNING 1)");
    tmf_draft_put(&draft, " SELECT (SELECT open FROM gate),"
                  " (SELECT count(*) FROM gone), ");
    tmf_draft_put(&draft, has_audience ? "(SELECT count(*) FROM delivery)"
                                       : "0");
    tmf_draft_put(&draft, ", (SELECT count(*) FROM oldest) = $3"
                  " OR (SELECT count(*) FROM oldest)"
                  " > (SELECT count(*) FROM gone)");
    return tmf_draft_end(&draft, 1);
}
