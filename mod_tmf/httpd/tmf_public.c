#include "httpd/tmf_public.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>
#include <http_protocol.h>

#include "base/tmf_text.h"

/* What the result of the operator's expression has for the mount's path. */
#define MOUNT "{mount}"

int tmf_public_valid(const char *text)
{
    const char *host = NULL;

    if (!strncmp(text, "http://", 7)) {
        host = text + 7;
    } else if (!strncmp(text, "https://", 8)) {
        host = text + 8;
    }
    if (!host || !(apr_isalnum(*host) || *host == '[')) {
        return 0;
    }
    for (; *host; host++) {
        int is_plain = apr_isalnum(*host)
            || strchr("-._~%!$&'()*+,;=:@/[]", *host) != NULL;

        if (!is_plain && !strncmp(host, MOUNT, sizeof(MOUNT) - 1)) {
            host += sizeof(MOUNT) - 2;
        } else if (!is_plain) {
            return 0;
        }
    }
    return 1;
}

/* Never from the Host header or from a proxy's: whoever sends these would
 * choose what others read as href. */
static const char *default_base(request_rec *r,
                                const tmf_mount_point_t *point)
{
    const char *scheme = ap_http_scheme(r);
    const char *host = r->server->server_hostname;
    apr_port_t port = r->server->port;
    int is_bare_v6 = host[0] != '[' && strchr(host, ':') != NULL;
    tmf_text_t *text = tmf_text_make(r->pool, 128, 0);

    tmf_text_printf(text, is_bare_v6 ? "%s://[%s]" : "%s://%s", scheme,
                    host);
    if (port && port != apr_uri_port_of_scheme(scheme)) {
        tmf_text_printf(text, ":%u", (unsigned int)port);
    }
    tmf_text_puts(text, point->encoded_path);
    return tmf_text_string(text);
}

static const char *replace_mount(const char *value, const char *path,
                                 apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 128, 0);
    const char *found = NULL;

    while ((found = strstr(value, MOUNT)) != NULL) {
        tmf_text_putn(text, value, (apr_size_t)(found - value));
        tmf_text_puts(text, path);
        value = found + sizeof(MOUNT) - 1;
    }
    tmf_text_puts(text, value);
    return tmf_text_string(text);
}

static const char *trim_slashes(const char *base, apr_pool_t *p)
{
    apr_size_t length = strlen(base);

    while (length > 0 && base[length - 1] == '/') {
        length--;
    }
    return apr_pstrmemdup(p, base, length);
}

tmf_error_t *tmf_public_base(request_rec *r, const tmf_mount_point_t *point,
                             const char **base)
{
    const char *fault = NULL;
    const char *value = NULL;

    if (!point->public_base) {
        *base = default_base(r, point);
        return NULL;
    }
    value = ap_expr_str_exec(r, point->public_base, &fault);
    if (!value || fault) {
        return tmf_error_internal(r->pool, TMF_INTERNAL,
                                  "TMFPublicBase can't be evaluated: %s",
                                  fault ? fault : "no value");
    }
    if (!tmf_public_valid(value)) {
        return tmf_error_internal(r->pool, TMF_INTERNAL, "TMFPublicBase "
                                  "gives no http or https URL: \"%s\"",
                                  value);
    }
    *base = trim_slashes(replace_mount(value, point->encoded_path, r->pool),
                         r->pool);
    return NULL;
}
