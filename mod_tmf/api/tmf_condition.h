/* Conditional requests (RFC 9110, section 13). */
#ifndef TMF_CONDITION_H
#define TMF_CONDITION_H

#include "api/tmf_fields.h"
#include "api/tmf_request.h"
#include "api/tmf_result.h"

#define TMF_TAGS_MAX 128      /* entity tags in one header */

/** An entity tag that can be one of ours. */
typedef struct tmf_tag_t {
    const char *text;         /* as tmf_condition_tag makes it */
    const char *version;      /* "<seq>-<version>-<updated>": the state it
                                 stands for, whatever is shown of it */
    const char *sent;         /* with what filters have appended to it */
} tmf_tag_t;

/** The value of If-Match or If-None-Match. */
typedef struct tmf_tags_t {
    int given;                /* the header is there */
    int any;                  /* it is "*" */
    int n;
    const tmf_tag_t *list;    /* those that can match: in If-Match no weak
                                 ones, in both none that isn't ours */
} tmf_tags_t;

/** The value of If-Modified-Since or If-Unmodified-Since. */
typedef struct tmf_since_t {
    int given;                /* it is there, and to be looked at */
    apr_int64_t seconds;      /* since 1970 */
} tmf_since_t;

typedef struct tmf_condition_t {
    tmf_tags_t match;
    tmf_tags_t none_match;
    tmf_since_t modified_since;
    tmf_since_t unmodified_since;
} tmf_condition_t;

/**
 * Read the four headers. Dates count where their rules say so: if they are
 * dates, and there is no header with tags beside them.
 * @param condition filled in; all zero if there are no headers.
 * @return TMF_BAD_REQUEST for a list of tags that is none.
 */
tmf_error_t *tmf_condition_read(const tmf_request_t *request, apr_pool_t *p,
                                tmf_condition_t *condition);

/**
 * The entity tag of a resource, without quotes: "<seq>-<version>-<updated>",
 * and "-<hash>" of what its text depends on besides. It never comes again for
 * another text: seq is never given twice, version grows with each change, and
 * where a restored database counts anew, the time is another.
 * @param base the public base, for the href is part of the text.
 * @param fields the selection, NULL: everything.
 */
const char *tmf_condition_tag(const tmf_row_t *row, const char *base,
                              const tmf_fields_t *fields, apr_pool_t *p);

/**
 * Hold a resource that was read against a condition, in the order of RFC
 * 9110, section 13.2.2.
 * @param tag of the row.
 * @param known set to the tag that a 304 has: the one that the client named,
 *        so that it knows what is still good; NULL: the answer is no 304.
 * @return TMF_PRECONDITION_FAILED.
 */
tmf_error_t *tmf_condition_check(const tmf_condition_t *condition,
                                 const tmf_row_t *row, const char *tag,
                                 apr_pool_t *p, const char **known);

/**
 * Set ETag, Last-Modified unless the change is too new for a date to tell it
 * from the next one, and Cache-Control: without it, a cache may take what has
 * a date to be fresh for a while.
 * @param came when the request came, before the row was read.
 */
void tmf_condition_headers(const tmf_row_t *row, const char *tag,
                           apr_time_t came, apr_pool_t *p,
                           apr_table_t *headers);

#endif
