#include "httpd/tmf_secrets.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "event/tmf_signature.h"

#define LINE_MAX_BYTES 256

/* Without white space around it. */
static char *trim(char *line)
{
    apr_size_t length = 0;

    while (apr_isspace(*line)) {
        line++;
    }
    length = strlen(line);
    while (length > 0 && apr_isspace(line[length - 1])) {
        line[--length] = '\0';
    }
    return line;
}

static const char *add_line(const char *line, apr_pool_t *p, int *n,
                            const char **secrets)
{
    if (!*line || *line == '#') {
        return NULL;
    }
    if (!tmf_signature_is_secret(line, p)) {
        return "a line is not whsec_ and 24 to 64 bytes in base64";
    }
    if (++*n > TMF_SIGNATURE_SECRETS) {
        return "there are more than two secrets in it";
    }
    *secrets = *n > 1 ? apr_pstrcat(p, *secrets, " ", line, NULL)
                      : apr_pstrdup(p, line);
    return NULL;
}

static const char *read_lines(apr_file_t *file, apr_pool_t *p,
                              const char **secrets)
{
    char line[LINE_MAX_BYTES];
    const char *fault = NULL;
    int n = 0;

    while (!fault && apr_file_gets(line, sizeof(line), file)
           == APR_SUCCESS) {
        fault = add_line(trim(line), p, &n, secrets);
    }
    if (!fault && n == 0) {
        fault = "there is no secret in it";
    }
    return fault;
}

/* Whoever can read it could send events that look like ours. */
static const char *check_access(apr_file_t *file)
{
    apr_finfo_t info;

    if (apr_file_info_get(&info, APR_FINFO_PROT | APR_FINFO_TYPE, file)
        != APR_SUCCESS || info.filetype != APR_REG) {
        return "it is not a file";
    }
    return info.protection & (APR_FPROT_WREAD | APR_FPROT_WWRITE)
        ? "everybody can read or write it: chmod o-rw" : NULL;
}

const char *tmf_secrets_read(const char *file, apr_pool_t *p,
                             const char **secrets)
{
    apr_file_t *opened = NULL;
    const char *fault = NULL;
    apr_status_t rv = apr_file_open(&opened, file, APR_FOPEN_READ
                                    | APR_FOPEN_BUFFERED, 0, p);
    char why[128];

    if (rv != APR_SUCCESS) {
        return apr_pstrdup(p, apr_strerror(rv, why, sizeof(why)));
    }
    fault = check_access(opened);
    if (!fault) {
        fault = read_lines(opened, p, secrets);
    }
    apr_file_close(opened);
    return fault;
}
