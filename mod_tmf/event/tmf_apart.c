#include "event/tmf_apart.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

/* Times that it has to go wrong for one subscription alone, and ms from the
 * first to the last: what is over by then was the database's own trouble. If
 * it goes right for nobody, that is likely enough to wait longer. */
#define PROOFS 3
#define PROOFS_TIME 60000
#define PROOFS_TIME_LONG 600000

/* One audience. */
typedef struct part_t {
    const char *ids;          /* who has it; NULL: nobody */
    int n_wrong;
    int n_costly;             /* of them */
    apr_int64_t since;        /* ms: the first of those */
    int is_divided;
} part_t;

struct tmf_apart_t {
    apr_pool_t *pool;         /* of what follows */
    const char *seq;
    apr_hash_t *parts;        /* an audience's name -> part_t */
};

static void clear(tmf_apart_t *apart)
{
    apr_pool_clear(apart->pool);
    apart->seq = NULL;
    apart->parts = apr_hash_make(apart->pool);
}

tmf_apart_t *tmf_apart_make(apr_pool_t *p)
{
    tmf_apart_t *apart = apr_pcalloc(p, sizeof(*apart));

    apr_pool_create(&apart->pool, p);
    clear(apart);
    return apart;
}

void tmf_apart_begin(tmf_apart_t *apart, const char *seq)
{
    if (!seq || !apart->seq || strcmp(seq, apart->seq) != 0) {
        clear(apart);
        apart->seq = apr_pstrdup(apart->pool, seq);
    }
}

const char *tmf_apart_seq(const tmf_apart_t *apart)
{
    return apart->seq;
}

static part_t *find_part(tmf_apart_t *apart, const tmf_audience_t *audience)
{
    part_t *part = apr_hash_get(apart->parts, audience->name,
                                APR_HASH_KEY_STRING);

    if (!part) {
        part = apr_pcalloc(apart->pool, sizeof(*part));
        apr_hash_set(apart->parts, apr_pstrdup(apart->pool, audience->name),
                     APR_HASH_KEY_STRING, part);
    }
    return part;
}

/* @param had with blanks between them. */
static int are_same(const char *had, const apr_array_header_t *ids)
{
    int i = 0;

    for (i = 0; had && i < ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(ids, i, const char *);
        apr_size_t length = strlen(id);

        if (strncmp(had, id, length) != 0) {
            return 0;
        }
        had += length;
        had += *had == ' ';
    }
    return had && !*had;
}

int tmf_apart_count(const tmf_apart_t *apart, const tmf_audience_t *audience)
{
    const part_t *part = apr_hash_get(apart->parts, audience->name,
                                      APR_HASH_KEY_STRING);

    return !part ? 0 : are_same(part->ids, audience->ids) ? -1
                                                          : part->n_wrong;
}

void tmf_apart_right(tmf_apart_t *apart, const tmf_audience_t *audience)
{
    find_part(apart, audience)->ids = apr_array_pstrcat(apart->pool,
                                                        audience->ids, ' ');
}

int tmf_apart_is_divided(const tmf_apart_t *apart, const char *name)
{
    const part_t *part = apr_hash_get(apart->parts, name,
                                      APR_HASH_KEY_STRING);

    return part && part->is_divided;
}

/* It goes right for another one, if there is any. */
static int is_special(const tmf_apart_t *apart,
                      const apr_array_header_t *all)
{
    int i = 0;

    for (i = 0; i < all->nelts; i++) {
        if (tmf_apart_count(apart, APR_ARRAY_IDX(
                all, i, const tmf_audience_t *)) < 0) {
            return 1;
        }
    }
    return all->nelts == 1;
}

int tmf_apart_wrong(tmf_apart_t *apart, const tmf_audience_t *audience,
                    const apr_array_header_t *all, int is_costly,
                    apr_int64_t now)
{
    part_t *part = find_part(apart, audience);

    part->n_wrong++;
    part->is_divided = audience->ids->nelts > 1;
    if (is_costly && part->n_costly++ == 0) {
        part->since = now;
    }
    return !part->is_divided && part->n_costly >= PROOFS
        && now - part->since >= (is_special(apart, all) ? PROOFS_TIME
                                                        : PROOFS_TIME_LONG);
}
