/* A walk through a body: where it is, and the faults met on the way. */
#ifndef TMF_WALK_H
#define TMF_WALK_H

#include "base/tmf_error.h"

#define TMF_VIOLATIONS_MAX 100    /* the rest is counted, not listed */

/** A chain that ends at the body. It becomes a pointer only when there is
 *  something to tell. */
typedef struct tmf_spot_t {
    const struct tmf_spot_t *parent;  /* NULL: the body itself */
    const char *name;         /* of a member, NULL: an element */
    apr_size_t element;
} tmf_spot_t;

typedef struct tmf_walk_t {
    apr_pool_t *p;
    int complete;             /* objects have all that is required */
    int closed;               /* objects have only what is declared */
    int merged;               /* objects are merged with what is there */
    apr_array_header_t *violations;   /* NULL: none yet */
    int unlisted;             /* violations beyond the maximum */
} tmf_walk_t;

/** The body itself. */
extern const tmf_spot_t tmf_walk_top;

/** True if no more violations will be listed. */
int tmf_walk_full(const tmf_walk_t *walk);

/** Note a violation; rule and message are kept, not copied. */
void tmf_walk_add(tmf_walk_t *walk, const tmf_spot_t *spot,
                  const char *rule, const char *message);

/** What the walk comes to: NULL, or TMF_INVALID_BODY with violations. */
tmf_error_t *tmf_walk_conclude(const tmf_walk_t *walk);

/** A message: "must be one of: a, b". */
const char *tmf_walk_list(apr_pool_t *p, const char *start,
                          const char *const *names, int n);

#endif
