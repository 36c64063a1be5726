/* The query string of a request, compiled against a resource. */
#ifndef TMF_QUERY_H
#define TMF_QUERY_H

#include "api/tmf_fields.h"
#include "spec/tmf_resource.h"

#define TMF_QUERY_BYTES 8192  /* of the whole query string */
#define TMF_CRITERIA_MAX 64   /* comparisons, alternatives counted singly */
#define TMF_PATTERNS_MAX 16   /* regular expressions; a backend of PostgreSQL
                                 keeps 32, all it is given must be among
                                 them or each row would compile them anew */
#define TMF_FILTERS_MAX 8
#define TMF_SORT_MAX 8        /* keys of one order */
#define TMF_PATH_MAX 16       /* names in one attribute path */

/** How the values of an attribute compare. */
typedef enum tmf_compare_t {
    TMF_COMPARE_ID,           /* the resource's id, as text */
    TMF_COMPARE_NOTHING,      /* can't match: another resource's href ... */
    TMF_COMPARE_TEXT,         /* strings, by code point */
    TMF_COMPARE_JSON,         /* numbers as numeric, booleans */
    TMF_COMPARE_TIME,         /* date-times as instants */
    TMF_COMPARE_ANY           /* undeclared: as a string, or as what the
                                 value reads as in JSON */
} tmf_compare_t;

typedef enum tmf_comparator_t {
    TMF_EQ,
    TMF_NE,                   /* an absent attribute does not match */
    TMF_GT,
    TMF_GTE,
    TMF_LT,
    TMF_LTE,
    TMF_REGEX                 /* found anywhere in a string */
} tmf_comparator_t;

/** An attribute that a query names. */
typedef struct tmf_operand_t {
    int n_names;
    const char *const *names; /* path, outermost first, decoded */
    tmf_compare_t compare;
    int many;                 /* an array on the way or at the end, or not
                                 declared: any element may match */
    unsigned char arrays[TMF_PATH_MAX];   /* declared at each name, one
                                             inside the other */
} tmf_operand_t;

/** One comparison. */
typedef struct tmf_criterion_t {
    tmf_operand_t operand;
    tmf_comparator_t comparator;
    const char *value;        /* decoded text; JSON text for JSON; the first
                                 instant for TIME; a pattern of PostgreSQL,
                                 already checked, for REGEX */
    const char *end;          /* TIME: first instant after the period that
                                 the value means; NULL: value is exact */
} tmf_criterion_t;

/** Alternatives, of which one must match. */
typedef struct tmf_term_t {
    int n;
    const tmf_criterion_t *any;
} tmf_term_t;

/** A compiled JSONPath filter (TMF630 part 6). */
typedef struct tmf_filter_t {
    const char *path;         /* jsonpath of our own making */
    const char *variables;    /* JSON object of its variables */
    int n_patterns;           /* regular expressions in it */
    int has_id;               /* looks at the resource's own id, which the
                                 stored document has not */
} tmf_filter_t;

/** A key of the order. */
typedef struct tmf_sort_t {
    tmf_operand_t operand;
    int descending;
} tmf_sort_t;

typedef struct tmf_query_t {
    const tmf_fields_t *fields;   /* NULL: all attributes */
    int limited;              /* limit was given */
    int paged;                /* limit, offset or cursor was given */
    apr_int64_t limit;        /* as given, >= 0 */
    apr_int64_t offset;       /* >= 0, default 0 */
    const char *cursor;       /* decoded, not yet checked; or NULL */
    int n_terms;
    const tmf_term_t *terms;  /* all must match */
    int n_filters;
    const tmf_filter_t *filters;  /* if there are any, one must match */
    int n_sorts;
    const tmf_sort_t *sorts;  /* most important first */
    const char *scope;        /* canonical text of terms, filters and sorts:
                                 what a cursor is bound to; "" if none */
} tmf_query_t;

/**
 * Parse a query string (TMF630 part 1, sections 4.3 to 4.7; part 6).
 * @param raw percent-encoded text, NULL: none.
 * @param resource what attribute paths are typed by.
 * @param query filled in.
 * @return TMF_INVALID_QUERY naming the parameter; TMF_NOT_IMPLEMENTED for
 *         depth, expand and constructs of JSONPath that are valid but not
 *         supported.
 */
tmf_error_t *tmf_query_parse(const char *raw, const tmf_resource_t *resource,
                             apr_pool_t *p, tmf_query_t *query);

/** How values of a declared attribute compare; NULL: TMF_COMPARE_ANY. */
tmf_compare_t tmf_compare_of(const tmf_schema_t *schema);

#endif
