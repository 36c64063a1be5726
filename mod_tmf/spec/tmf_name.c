#include "spec/tmf_name.h"

#include <string.h>

#include <apr_strings.h>

#define IDENTIFIER_MAX 63

static const struct {
    const char *suffix;
    tmf_event_kind_t kind;
} events[] = {
    {"CreateEvent", TMF_EVENT_CREATE},
    {"AttributeValueChangeEvent", TMF_EVENT_ATTRIBUTE},
    {"StateChangeEvent", TMF_EVENT_STATE},
    {"DeleteEvent", TMF_EVENT_DELETE},
};

/* Not the functions of <ctype.h>: an identifier doesn't depend on the
 * locale. */
static int is_small(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static char to_small(char c)
{
    return is_capital(c) ? (char)(c + ('a' - 'A')) : c;
}

int tmf_name_is_identifier(const char *text)
{
    apr_size_t i = 0;

    if (!is_small(text[0])) {
        return 0;
    }
    for (i = 1; text[i]; i++) {
        if (i == IDENTIFIER_MAX || !(is_small(text[i])
                                     || is_digit(text[i]))) {
            return 0;
        }
    }
    return 1;
}

static int is_taken(const char *text)
{
    static const char *const taken[] = {
        "tmf", "public", "information_schema"
    };
    apr_size_t i = 0;

    for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        if (!strcmp(taken[i], text)) {
            return 1;
        }
    }
    return !strncmp(text, "pg_", 3);
}

int tmf_name_is_data_set(const char *text)
{
    return tmf_name_is_identifier(text) && !is_taken(text);
}

/* A word starts at a capital after another letter, and at the last
 * capital of several: "fooID" is foo_id, "XMLFile" is xml_file. */
static int starts_word(const char *text, apr_size_t i)
{
    return i > 0 && is_capital(text[i])
        && (is_digit(text[i - 1])
            || (is_small(text[i - 1]) && text[i - 1] != '_')
            || (is_capital(text[i - 1]) && text[i + 1] != '_'
                && is_small(text[i + 1])));
}

const char *tmf_name_table(apr_pool_t *p, const char *segment)
{
    char *result = apr_palloc(p, 2 * strlen(segment) + 1);
    char *out = result;
    apr_size_t i = 0;

    for (i = 0; segment[i]; i++) {
        char c = segment[i];

        if (starts_word(segment, i)) {
            *out++ = '_';
        }
        *out++ = c == '-' || c == '.' ? '_' : to_small(c);
    }
    *out = '\0';
    return result;
}

const char *tmf_name_data_set(apr_pool_t *p, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash ? slash + 1 : file;
    apr_size_t len = strcspn(base, "-.");
    int prefix = len == 0 || is_digit(base[0]);
    char *result = apr_palloc(p, len + 2);
    apr_size_t i = 0;

    result[0] = '_';
    for (i = 0; i < len; i++) {
        char c = to_small(base[i]);

        result[prefix + i] = is_small(c) || is_digit(c) ? c : '_';
    }
    len += (apr_size_t)prefix;
    result[len > IDENTIFIER_MAX ? IDENTIFIER_MAX : len] = '\0';
    return is_taken(result) ? apr_pstrcat(p, "_", result, NULL) : result;
}

const char *tmf_name_capital(apr_pool_t *p, const char *text)
{
    char *result = apr_pstrdup(p, text);

    if (result[0] >= 'a' && result[0] <= 'z') {
        result[0] = (char)(result[0] - ('a' - 'A'));
    }
    return result;
}

const char *tmf_name_small(apr_pool_t *p, const char *text)
{
    char *result = apr_pstrdup(p, text);

    result[0] = to_small(result[0]);
    return result;
}

unsigned int tmf_name_event(const char *prefix, const char *event)
{
    apr_size_t len = strlen(prefix);
    apr_size_t i = 0;

    if (strncmp(event, prefix, len) != 0) {
        return 0;
    }
    for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (strcmp(event + len, events[i].suffix) == 0) {
            return 1U << events[i].kind;
        }
    }
    return 0;
}

const char *tmf_name_of_event(apr_pool_t *p, const char *type,
                              tmf_event_kind_t kind)
{
    apr_size_t i = 0;

    while (events[i].kind != kind) {
        i++;
    }
    return apr_pstrcat(p, type, events[i].suffix, NULL);
}

const char *tmf_name_line(apr_pool_t *p, const char *text)
{
    char *result = apr_pstrdup(p, text ? text : "");
    char *out = result;
    const char *in = result;

    for (; *in; in++) {
        int blank = (unsigned char)*in <= ' ' || *in == '\x7F';

        if (!blank) {
            *out++ = *in;
        } else if (out > result && out[-1] != ' ') {
            *out++ = ' ';
        }
    }
    if (out > result && out[-1] == ' ') {
        out--;
    }
    *out = '\0';
    return result;
}

int tmf_name_in(const apr_array_header_t *names, const char *name)
{
    int i = 0;

    for (i = 0; i < names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(names, i, const char *), name) == 0) {
            return 1;
        }
    }
    return 0;
}

int tmf_name_add(apr_array_header_t *names, const char *name)
{
    if (tmf_name_in(names, name)) {
        return 0;
    }
    APR_ARRAY_PUSH(names, const char *) = name;
    return 1;
}
