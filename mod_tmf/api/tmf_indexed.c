#include "api/tmf_indexed.h"

#include <string.h>

#include <apr_strings.h>

static const char *dotted(const tmf_operand_t *operand, apr_pool_t *p)
{
    const char *path = operand->names[0];
    int i = 0;

    for (i = 1; i < operand->n_names; i++) {
        path = apr_pstrcat(p, path, ".", operand->names[i], NULL);
    }
    return path;
}

/* A comparison with nothing is decided without a row. */
static int has_index(const tmf_operand_t *operand,
                     const tmf_resource_t *resource, apr_pool_t *p)
{
    const char *path = NULL;
    int i = 0;

    if (operand->compare == TMF_COMPARE_ID
        || operand->compare == TMF_COMPARE_NOTHING) {
        return 1;
    }
    path = operand->many ? NULL : dotted(operand, p);
    for (i = 0; path && i < resource->n_indexes; i++) {
        if (!strcmp(resource->indexes[i].path, path)) {
            return 1;
        }
    }
    return 0;
}

/* An index finds what is equal, or in a range; all else is nearly all. */
int tmf_indexed_term(const tmf_term_t *term, const tmf_resource_t *resource,
                     apr_pool_t *p)
{
    int i = 0;

    for (i = 0; i < term->n; i++) {
        const tmf_criterion_t *criterion = &term->any[i];

        if (criterion->comparator == TMF_NE
            || criterion->comparator == TMF_REGEX
            || !has_index(&criterion->operand, resource, p)) {
            return 0;
        }
    }
    return 1;
}

static tmf_error_t *refuse(const char *what, const char *attribute,
                           apr_pool_t *p)
{
    return tmf_error(p, TMF_INVALID_QUERY, "%s \"%s\" is not allowed here: "
                     "no index serves it", what, attribute);
}

static tmf_error_t *check_filters(const tmf_query_t *query,
                                  const tmf_resource_t *resource,
                                  apr_pool_t *p)
{
    int i = 0;

    for (i = 0; i < query->n_terms; i++) {
        if (tmf_indexed_term(&query->terms[i], resource, p)) {
            return NULL;
        }
    }
    if (query->n_terms > 0) {
        return refuse("a filter of",
                      dotted(&query->terms[0].any[0].operand, p), p);
    }
    return query->n_filters > 0 ? refuse("the parameter", "filter", p)
                                : NULL;
}

tmf_error_t *tmf_indexed_check(const tmf_query_t *query,
                               const tmf_resource_t *resource,
                               apr_pool_t *p)
{
    TMF_TRY(check_filters(query, resource, p));
    if (query->n_sorts > 0
        && !has_index(&query->sorts[0].operand, resource, p)) {
        return refuse("to sort by", dotted(&query->sorts[0].operand, p), p);
    }
    return NULL;
}
