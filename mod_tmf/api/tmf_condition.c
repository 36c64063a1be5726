#include "api/tmf_condition.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "base/tmf_http_date.h"

#define BLANKS " \t"
#define HASH_DIGITS 16
#define VERSION_NUMBERS 3

/* --- tags --------------------------------------------------------------- */

/* FNV-1a: equal texts, equal hashes; nothing hangs on more than that. */
static apr_uint64_t hash(const char *text)
{
    apr_uint64_t sum = APR_UINT64_C(14695981039346656037);

    for (; *text; text++) {
        sum = (sum ^ (unsigned char)*text) * APR_UINT64_C(1099511628211);
    }
    return sum;
}

const char *tmf_condition_tag(const tmf_row_t *row, const char *base,
                              const tmf_fields_t *fields, apr_pool_t *p)
{
    /* a base has no "?" */
    const char *shown = apr_pstrcat(p, base, "?",
                                    fields ? tmf_fields_json(fields, p)
                                           : NULL, NULL);

    return apr_psprintf(p, "%s-%s-%" APR_INT64_T_FMT
                        "-%016" APR_UINT64_T_HEX_FMT, row->seq,
                        row->version, row->updated, hash(shown));
}

/* Bytes of the numbers, with "-" between them, at the start; 0: it doesn't
 * start so. */
static apr_size_t version_length(const char *text)
{
    apr_size_t length = 0;
    int i = 0;

    for (i = 0; i < VERSION_NUMBERS; i++) {
        apr_size_t digits = 0;

        if (i > 0 && text[length++] != '-') {
            return 0;
        }
        digits = strspn(text + length, "0123456789");
        if (digits == 0) {
            return 0;
        }
        length += digits;
    }
    return length;
}

/* Bytes of "-<hash>" at the start, or 0. */
static apr_size_t hash_length(const char *text)
{
    return *text == '-'
        && strspn(text + 1, "0123456789abcdef") == HASH_DIGITS
        ? 1 + HASH_DIGITS : 0;
}

/* True if a text is nothing but what filters that compress have appended to
 * a tag of ours: those of mod_deflate and mod_brotli, and of others. */
static int is_suffix(const char *text)
{
    static const char *const suffixes[] = {
        "--gzip", "-gzip", ";gzip", "-br", "-zstd", "-deflate"
    };
    apr_size_t i = 0;

    while (*text && i < sizeof(suffixes) / sizeof(suffixes[0])) {
        apr_size_t length = strlen(suffixes[i]);

        if (strncmp(text, suffixes[i], length) != 0) {
            i++;
        }
        else {
            text += length;
            i = 0;
        }
    }
    return !*text;
}

/* Take over the text between the quotes, unless it can't be a tag of ours. */
static void add_tag(apr_array_header_t *list, const char *text,
                    apr_pool_t *p)
{
    apr_size_t version = version_length(text);
    apr_size_t whole = version + hash_length(text + version);
    tmf_tag_t *tag = NULL;

    if (version > 0 && is_suffix(text + whole)) {
        tag = apr_array_push(list);
        tag->text = apr_pstrmemdup(p, text, whole);
        tag->version = apr_pstrmemdup(p, text, version);
        tag->sent = text;
    }
}

/* Bytes up to the quote that ends an entity tag; 0 if there is none. */
static apr_size_t opaque_length(const char *text)
{
    apr_size_t i = 0;

    for (i = 0; text[i] != '"'; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c <= ' ' || c == 0x7f) {
            return 0;
        }
    }
    return i + 1;
}

typedef struct reader_t {
    const char *name;         /* of the header */
    int takes_weak;
    apr_pool_t *p;
} reader_t;

static tmf_error_t *malformed(const reader_t *reader)
{
    return tmf_error(reader->p, TMF_BAD_REQUEST,
                     "%s must be * or a list of at most %d entity tags,"
                     " each in double quotes", reader->name, TMF_TAGS_MAX);
}

/* One tag of a list; moves on to what follows it. */
static tmf_error_t *read_tag(const reader_t *reader, const char **next,
                             apr_array_header_t *list)
{
    int is_weak = !strncmp(*next, "W/", 2);
    const char *text = *next + (is_weak ? 2 : 0);
    apr_size_t length = *text == '"' ? opaque_length(text + 1) : 0;

    if (length == 0) {
        return malformed(reader);
    }
    if (!is_weak || reader->takes_weak) {
        add_tag(list, apr_pstrmemdup(reader->p, text + 1, length - 1),
                reader->p);
    }
    *next = text + 1 + length;
    *next += strspn(*next, BLANKS);
    return **next && **next != ',' ? malformed(reader) : NULL;
}

/* Elements may be empty (RFC 9110, section 5.6.1), all of them even. */
static tmf_error_t *read_list(const reader_t *reader, const char *value,
                              tmf_tags_t *tags)
{
    apr_array_header_t *list = apr_array_make(reader->p, 1,
                                              sizeof(tmf_tag_t));
    int n = 0;

    for (value += strspn(value, BLANKS ","); *value;
         value += strspn(value, BLANKS ",")) {
        if (++n > TMF_TAGS_MAX) {
            return malformed(reader);
        }
        TMF_TRY(read_tag(reader, &value, list));
    }
    tags->n = list->nelts;
    tags->list = (const tmf_tag_t *)list->elts;
    return NULL;
}

static tmf_error_t *read_tags(const reader_t *reader, const char *value,
                              tmf_tags_t *tags)
{
    const char *start = NULL;

    if (!value) {
        return NULL;
    }
    tags->given = 1;
    start = value + strspn(value, BLANKS);
    tags->any = *start == '*' && !start[1 + strspn(start + 1, BLANKS)];
    return tags->any ? NULL : read_list(reader, start, tags);
}

/* --- the condition ------------------------------------------------------ */

static void read_since(const char *value, tmf_since_t *since)
{
    since->given = value && tmf_http_date_read(value, &since->seconds);
}

tmf_error_t *tmf_condition_read(const tmf_request_t *request, apr_pool_t *p,
                                tmf_condition_t *condition)
{
    const reader_t match = { "If-Match", 0, p };
    const reader_t none_match = { "If-None-Match", 1, p };

    memset(condition, 0, sizeof(*condition));
    TMF_TRY(read_tags(&match, request->if_match, &condition->match));
    TMF_TRY(read_tags(&none_match, request->if_none_match,
                      &condition->none_match));
    if (!condition->match.given) {
        read_since(request->if_unmodified_since,
                   &condition->unmodified_since);
    }
    if (!condition->none_match.given) {
        read_since(request->if_modified_since, &condition->modified_since);
    }
    return NULL;
}

/* The same state is enough for If-Match: who has read a part of a resource
 * may change it. */
static int names_version(const tmf_tags_t *tags, const char *tag)
{
    apr_size_t length = version_length(tag);
    int i = 0;

    for (i = 0; i < tags->n; i++) {
        const char *version = tags->list[i].version;

        if (strlen(version) == length && !strncmp(version, tag, length)) {
            return 1;
        }
    }
    return tags->any;
}

/* The tag among those that the client has, as he has it. */
static const char *find_sent(const tmf_tags_t *tags, const char *tag)
{
    int i = 0;

    for (i = 0; i < tags->n; i++) {
        if (!strcmp(tags->list[i].text, tag)) {
            return tags->list[i].sent;
        }
    }
    return tags->any ? tag : NULL;
}

/* The date of a row is the end of the second in which it was changed: what
 * was there before the change has a date before that, whoever takes it. */
static apr_int64_t date_of(const tmf_row_t *row)
{
    return (row->updated + APR_USEC_PER_SEC - 1) / APR_USEC_PER_SEC;
}

tmf_error_t *tmf_condition_check(const tmf_condition_t *condition,
                                 const tmf_row_t *row, const char *tag,
                                 apr_pool_t *p, const char **known)
{
    apr_int64_t updated = date_of(row);
    const tmf_since_t *unmodified = &condition->unmodified_since;
    const tmf_since_t *modified = &condition->modified_since;

    *known = NULL;
    if ((condition->match.given && !names_version(&condition->match, tag))
        || (unmodified->given && updated > unmodified->seconds)) {
        return tmf_error(p, TMF_PRECONDITION_FAILED, NULL);
    }
    *known = find_sent(&condition->none_match, tag);
    if (modified->given && updated <= modified->seconds) {
        *known = tag;
    }
    return NULL;
}

/* Dates are strong validators when nothing can be changed any more at the
 * same date (RFC 9110, section 8.8.2.2): until then a row has none. A second
 * more is for the database's clock, which may be slower. */
static int is_settled(const tmf_row_t *row, apr_time_t came)
{
    return date_of(row) < apr_time_sec(came);
}

void tmf_condition_headers(const tmf_row_t *row, const char *tag,
                           apr_time_t came, apr_pool_t *p,
                           apr_table_t *headers)
{
    apr_table_setn(headers, "ETag", apr_pstrcat(p, "\"", tag, "\"", NULL));
    if (is_settled(row, came)) {
        apr_table_setn(headers, "Last-Modified",
                       tmf_http_date_make(date_of(row), p));
    }
    apr_table_setn(headers, "Cache-Control", "no-cache");
}
