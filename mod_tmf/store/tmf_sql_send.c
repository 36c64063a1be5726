#include "store/tmf_sql_send.h"

#include <apr_strings.h>

#include "store/tmf_draft.h"
#include "store/tmf_quote.h"

static const char *number(apr_int64_t n, apr_pool_t *p)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT, n);
}

static const char *interval(apr_int64_t n, const char *unit, apr_pool_t *p)
{
    return apr_pstrcat(p, number(n, p), unit, NULL);
}

static const char *counts(const tmf_claim_t *claim, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 64, 0);
    int i = 0;

    for (i = 0; i < claim->n_held; i++) {
        tmf_text_printf(text, "%s%d", i > 0 ? "," : "{",
                        claim->held_counts[i]);
    }
    tmf_text_puts(text, i > 0 ? "}" : "{}");
    return tmf_text_string(text);
}

const tmf_sql_t *tmf_sql_claim(const tmf_claim_t *claim, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    tmf_draft_put(&draft, "SELECT subscription, lane, fence, event_id, body,"
                  " callback, mount, data_set, attempts,"
                  " array_to_string(secrets, ' ') FROM tmf.claim(");
    tmf_draft_value(&draft, interval(claim->lease, " ms", p),
                    "::interval, ");
    tmf_draft_value(&draft, number(claim->most, p), "::integer, ");
    tmf_draft_value(&draft, tmf_quote_array(claim->n_held, claim->held, p),
                    "::text[], ");
    tmf_draft_value(&draft, counts(claim, p), "::integer[], ");
    tmf_draft_value(&draft, number(claim->per_subscription, p),
                    "::integer, ");
    tmf_draft_value(&draft, tmf_quote_list(claim->data_sets, p), "::text[], ");
    tmf_draft_value(&draft, tmf_quote_list(claim->mounts, p), "::text[])");
    return tmf_draft_end(&draft, 1);
}

/* A column of what is settled, as an array; numbers need no quotes, but take
 * them. */
static const char *column(const apr_array_header_t *settled,
                          const char *(*get)(const tmf_settled_t *one,
                                             apr_pool_t *p), apr_pool_t *p)
{
    const char **texts = apr_pcalloc(p, (apr_size_t)settled->nelts
                                     * sizeof(*texts));
    int i = 0;

    for (i = 0; i < settled->nelts; i++) {
        texts[i] = get(&APR_ARRAY_IDX(settled, i, const tmf_settled_t), p);
    }
    return tmf_quote_array(settled->nelts, texts, p);
}

static const char *get_subscription(const tmf_settled_t *one, apr_pool_t *p)
{
    (void)p;
    return one->subscription;
}

static const char *get_lane(const tmf_settled_t *one, apr_pool_t *p)
{
    (void)p;
    return one->lane;
}

static const char *get_fence(const tmf_settled_t *one, apr_pool_t *p)
{
    (void)p;
    return one->fence;
}

static const char *get_outcome(const tmf_settled_t *one, apr_pool_t *p)
{
    (void)p;
    return one->outcome;
}

static const char *get_delay(const tmf_settled_t *one, apr_pool_t *p)
{
    return number(one->delay, p);
}

static const char *get_status(const tmf_settled_t *one, apr_pool_t *p)
{
    return number(one->status, p);
}

static const char *get_failure(const tmf_settled_t *one, apr_pool_t *p)
{
    (void)p;
    return one->failure ? one->failure : "";
}

const tmf_sql_t *tmf_sql_settle(const apr_array_header_t *settled,
                                apr_pool_t *p)
{
    static const struct {
        const char *(*get)(const tmf_settled_t *one, apr_pool_t *p);
        const char *cast;
    } columns[] = {
        { get_subscription, "::text[], " },
        { get_lane, "::text[], " },
        { get_fence, "::bigint[], " },
        { get_outcome, "::text[], " },
        { get_delay, "::bigint[], " },
        { get_status, "::integer[], " },
        { get_failure, "::text[])" }
    };
    tmf_draft_t draft = tmf_draft_make(p);
    size_t i = 0;

    /* no status and no failure are nulls in the table, not here */
    tmf_draft_put(&draft, "SELECT tmf.settle(array_agg(g.a), array_agg(g.b),"
                  " array_agg(g.c), array_agg(g.d), array_agg(g.e),"
                  " array_agg(nullif(g.f, 0)), array_agg(nullif(g.g, '')))"
                  " FROM unnest(");
    for (i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
        tmf_draft_value(&draft, column(settled, columns[i].get, p),
                        columns[i].cast);
    }
    tmf_draft_put(&draft, " AS g(a, b, c, d, e, f, g)");
    return tmf_draft_end(&draft, 1);
}

const tmf_sql_t *tmf_sql_purge(apr_int64_t seconds, int most, apr_pool_t *p)
{
    tmf_draft_t draft = tmf_draft_make(p);

    tmf_draft_put(&draft, "SELECT tmf.purge(");
    tmf_draft_value(&draft, interval(seconds, " s", p), "::interval, ");
    tmf_draft_value(&draft, number(most, p), "::integer)");
    return tmf_draft_end(&draft, 1);
}
