#include "event/tmf_apart.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

/* Times that it has to go wrong for one audience alone. */
#define PROOFS 3

/* One audience. */
typedef struct part_t {
    int has_it;
    int n_wrong;
} part_t;

struct tmf_apart_t {
    apr_pool_t *pool;         /* of what follows */
    const char *seq;
    const char *ids;
    apr_hash_t *parts;        /* first subscription -> part_t */
    int n_right;
};

static void clear(tmf_apart_t *apart)
{
    apr_pool_clear(apart->pool);
    apart->seq = NULL;
    apart->ids = NULL;
    apart->parts = apr_hash_make(apart->pool);
    apart->n_right = 0;
}

tmf_apart_t *tmf_apart_make(apr_pool_t *p)
{
    tmf_apart_t *apart = apr_pcalloc(p, sizeof(*apart));

    apr_pool_create(&apart->pool, p);
    clear(apart);
    return apart;
}

static void forget_right(tmf_apart_t *apart)
{
    apr_hash_index_t *i = apr_hash_first(apart->pool, apart->parts);

    for (; i; i = apr_hash_next(i)) {
        ((part_t *)apr_hash_this_val(i))->has_it = 0;
    }
    apart->n_right = 0;
}

void tmf_apart_begin(tmf_apart_t *apart, const char *seq, const char *ids)
{
    if (!seq || !apart->seq || strcmp(seq, apart->seq) != 0) {
        clear(apart);
        apart->seq = apr_pstrdup(apart->pool, seq);
    }
    if (!apart->ids || strcmp(ids, apart->ids) != 0) {
        forget_right(apart);
        apart->ids = apr_pstrdup(apart->pool, ids);
    }
}

const char *tmf_apart_seq(const tmf_apart_t *apart)
{
    return apart->seq;
}

static part_t *find_part(tmf_apart_t *apart, const char *first)
{
    part_t *part = apr_hash_get(apart->parts, first, APR_HASH_KEY_STRING);

    if (!part) {
        part = apr_pcalloc(apart->pool, sizeof(*part));
        apr_hash_set(apart->parts, apr_pstrdup(apart->pool, first),
                     APR_HASH_KEY_STRING, part);
    }
    return part;
}

int tmf_apart_count(const tmf_apart_t *apart, const char *first)
{
    const part_t *part = apr_hash_get(apart->parts, first,
                                      APR_HASH_KEY_STRING);

    return !part ? 0 : part->has_it ? -1 : part->n_wrong;
}

void tmf_apart_right(tmf_apart_t *apart, const char *first)
{
    find_part(apart, first)->has_it = 1;
    apart->n_right++;
}

int tmf_apart_wrong(tmf_apart_t *apart, const char *first)
{
    return ++find_part(apart, first)->n_wrong >= PROOFS
        && apart->n_right > 0;
}
