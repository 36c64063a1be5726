#include "api/tmf_media.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#define BLANKS " \t"

/* True if the range of Accept, with its parameters, takes JSON. */
static int takes_json(char *range)
{
    static const char *const ranges[] = {
        "application/json", "application/*", "*/*"
    };
    char *state = NULL;
    char *part = apr_strtok(range, ";", &state);
    apr_size_t i = 0;
    int takes = 0;

    if (!part) {
        return 0;
    }
    part[strcspn(part, BLANKS)] = '\0';
    for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        takes = takes || !strcasecmp(part, ranges[i]);
    }
    while (takes && (part = apr_strtok(NULL, ";", &state)) != NULL) {
        part += strspn(part, BLANKS);
        if ((*part == 'q' || *part == 'Q') && part[1] == '=') {
            takes = strspn(part + 2, "0.") < strcspn(part + 2, BLANKS);
        }
    }
    return takes;
}

tmf_error_t *tmf_media_accepts(const char *accept, apr_pool_t *p)
{
    char *copy = NULL;
    char *state = NULL;
    char *range = NULL;

    if (!accept || !accept[strspn(accept, BLANKS ",")]) {
        return NULL;
    }
    copy = apr_pstrdup(p, accept);
    for (range = apr_strtok(copy, ",", &state); range;
         range = apr_strtok(NULL, ",", &state)) {
        if (takes_json(range + strspn(range, BLANKS))) {
            return NULL;
        }
    }
    return tmf_error(p, TMF_NOT_ACCEPTABLE, NULL);
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

static int type_fits(const char *type, int patch)
{
    apr_size_t length = strcspn(type, BLANKS ";");
    const char *name = "application/json";

    if (length == strlen(name) && !strncasecmp(type, name, length)) {
        return charset_fits(type + length);
    }
    name = "application/merge-patch+json";
    return patch && length == strlen(name)
        && !strncasecmp(type, name, length) && charset_fits(type + length);
}

tmf_error_t *tmf_media_takes(const char *type, const char *encoding,
                             int patch, apr_pool_t *p)
{
    tmf_error_t *err = NULL;

    if (encoding && *encoding && strcasecmp(encoding, "identity")) {
        err = tmf_error(p, TMF_UNSUPPORTED_TYPE,
                        "a body with a Content-Encoding is not taken");
    }
    else if (type && !type_fits(type, patch)) {
        err = tmf_error(p, TMF_UNSUPPORTED_TYPE,
                        "the Content-Type must be %s, in UTF-8",
                        patch ? TMF_ACCEPT_PATCH : "application/json");
    }
    if (err && patch) {
        err->accept_patch = TMF_ACCEPT_PATCH;
    }
    return err;
}
