#include "api/tmf_media.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#define BLANKS " \t"

/* Ranges that JSON is in, the most specific one last. */
static const char *const ranges[] = { "*/*", "application/*",
                                      "application/json" };

#define RANGES ((int)(sizeof(ranges) / sizeof(ranges[0])))

/* Which of the ranges a text is; -1: none. */
static int range_of(const char *text)
{
    int i = RANGES - 1;

    while (i >= 0 && strcasecmp(text, ranges[i])) {
        i--;
    }
    return i;
}

/* True if the parameters that follow have no weight of 0. */
static int has_weight(char **state)
{
    const char *part = NULL;
    int has = 1;

    while ((part = apr_strtok(NULL, ";", state)) != NULL) {
        part += strspn(part, BLANKS);
        if ((*part == 'q' || *part == 'Q') && part[1] == '=') {
            has = strspn(part + 2, "0.") < strcspn(part + 2, BLANKS);
        }
    }
    return has;
}

/* Take in one element of Accept.
 * @param takes of each range whether JSON is taken, -1: nothing is said. */
static void read_range(char *text, int *takes)
{
    char *state = NULL;
    char *name = apr_strtok(text, ";", &state);
    int range = -1;

    if (name) {
        name[strcspn(name, BLANKS)] = '\0';
        range = range_of(name);
    }
    if (range >= 0 && takes[range] < 1) {
        takes[range] = has_weight(&state);
    }
}

tmf_error_t *tmf_media_accepts(const char *accept, apr_pool_t *p)
{
    int takes[RANGES] = { -1, -1, -1 };
    char *state = NULL;
    char *text = NULL;
    int i = RANGES - 1;

    if (!accept || !accept[strspn(accept, BLANKS ",")]) {
        return NULL;
    }
    for (text = apr_strtok(apr_pstrdup(p, accept), ",", &state); text;
         text = apr_strtok(NULL, ",", &state)) {
        read_range(text + strspn(text, BLANKS), takes);
    }
    while (i > 0 && takes[i] < 0) {
        i--;
    }
    return takes[i] > 0 ? NULL : tmf_error(p, TMF_NOT_ACCEPTABLE, NULL);
}

/* JSON is UTF-8 (RFC 8259, 8.1); ASCII is part of it. */
static int charset_fits(const char *parameters)
{
    static const char *const names[] = {
        "utf-8", "utf8", "us-ascii", "ascii"
    };
    const char *value = NULL;
    apr_size_t length = 0;
    apr_size_t i = 0;

    while (*(parameters += strspn(parameters, BLANKS ";")) && !value) {
        if (!strncasecmp(parameters, "charset=", 8)) {
            value = parameters + 8;
        }
        parameters += strcspn(parameters, ";");
    }
    if (!value) {
        return 1;
    }
    value += strspn(value, "\"");
    length = strcspn(value, BLANKS "\";");
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (length == strlen(names[i])
            && !strncasecmp(value, names[i], length)) {
            return 1;
        }
    }
    return 0;
}

/* What bodies are, by their types; the first is a POST's only one. */
static const struct {
    const char *name;
    tmf_patch_t kind;
} types[] = {
    { "application/json", TMF_PATCH_MERGE },
    { "application/merge-patch+json", TMF_PATCH_MERGE },
    { "application/json-patch+json", TMF_PATCH_JSON },
    { "application/json-patch-query+json", TMF_PATCH_QUERY }
};

/* Its number in the table of types, or n if it is none of the first n. */
static apr_size_t find_type(const char *type, apr_size_t n)
{
    apr_size_t length = strcspn(type, BLANKS ";");
    apr_size_t i = 0;

    while (i < n && (length != strlen(types[i].name)
                     || strncasecmp(type, types[i].name, length))) {
        i++;
    }
    return charset_fits(type + length) ? i : n;
}

static tmf_error_t *refuse_type(const char *allowed, apr_pool_t *p)
{
    return tmf_error(p, TMF_UNSUPPORTED_TYPE,
                     "the Content-Type must be %s, in UTF-8", allowed);
}

tmf_error_t *tmf_media_takes(const char *type, apr_pool_t *p)
{
    return !type || find_type(type, 1) < 1
        ? NULL : refuse_type(types[0].name, p);
}

tmf_error_t *tmf_media_patches(const char *type, apr_pool_t *p,
                               tmf_patch_t *kind)
{
    const apr_size_t n = sizeof(types) / sizeof(types[0]);
    apr_size_t i = type ? find_type(type, n) : 0;
    tmf_error_t *err = NULL;

    if (i == n) {
        err = refuse_type(TMF_ACCEPT_PATCH, p);
        err->accept_patch = TMF_ACCEPT_PATCH;
        return err;
    }
    *kind = types[i].kind;
    return NULL;
}

tmf_error_t *tmf_media_decoded(const char *encoding, apr_pool_t *p)
{
    return encoding && *encoding && strcasecmp(encoding, "identity")
        ? tmf_error(p, TMF_UNSUPPORTED_TYPE,
                    "a body with a Content-Encoding is not taken") : NULL;
}
