/* The query string of a request, compiled against a resource. */
#ifndef TMF_QUERY_H
#define TMF_QUERY_H

#include "api/tmf_fields.h"
#include "spec/tmf_resource.h"

#define TMF_QUERY_BYTES 8192  /* of the whole query string */
#define TMF_CRITERIA_MAX 64
#define TMF_PATH_MAX 16       /* names in one attribute path */

/** How a criterion compares. */
typedef enum tmf_compare_t {
    TMF_COMPARE_ID,           /* the resource's id is value */
    TMF_COMPARE_NOTHING,      /* can't match: another resource's href ... */
    TMF_COMPARE_TEXT,         /* a string is value */
    TMF_COMPARE_JSON,         /* a number or boolean is value, JSON text */
    TMF_COMPARE_TIME,         /* an instant is in [value, end) */
    TMF_COMPARE_ANY           /* undeclared: a string is value, or a JSON
                                 scalar is what value reads as */
} tmf_compare_t;

/** One equality criterion. */
typedef struct tmf_criterion_t {
    int n_names;
    const char *const *names; /* attribute path, outermost first, decoded */
    tmf_compare_t compare;
    int many;                 /* an array on the way or at the end, or not
                                 declared: any element may match */
    const char *value;        /* decoded text */
    const char *end;          /* TIME: NULL: exactly the instant value */
} tmf_criterion_t;

typedef struct tmf_query_t {
    const tmf_fields_t *fields;   /* NULL: all attributes */
    int limited;              /* limit was given */
    int paged;                /* limit or offset was given */
    apr_int64_t limit;        /* as given, >= 0 */
    apr_int64_t offset;       /* >= 0, default 0 */
    int n_criteria;
    const tmf_criterion_t *criteria;  /* all must match */
} tmf_query_t;

/**
 * Parse a query string (TMF630 part 1, sections 4.3 to 4.5). Separators
 * ('&', the first '=', ',' and ';') are those of the raw text: encoded ones
 * belong to the name or value. '+' is a blank in values, itself in names.
 * @param raw percent-encoded text, NULL: none.
 * @param resource what attribute paths are typed by.
 * @param query filled in.
 * @return TMF_INVALID_QUERY naming the parameter; TMF_NOT_IMPLEMENTED for
 *         operators, lists of values, sort, filter, depth and expand.
 */
tmf_error_t *tmf_query_parse(const char *raw, const tmf_resource_t *resource,
                             apr_pool_t *p, tmf_query_t *query);

#endif
