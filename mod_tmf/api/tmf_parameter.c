#include "api/tmf_parameter.h"

#include <string.h>

#include <apr_strings.h>

#include "base/tmf_uri.h"

#define SHOWN_BYTES 64        /* of a parameter's name in a message */

/* The parameter's name as text that is safe to show, or its number. */
static const char *describe(const tmf_parameter_t *parameter, apr_pool_t *p)
{
    const char *name = tmf_uri_decode(p, parameter->name,
                                      parameter->name_length,
                                      TMF_PLUS_LITERAL);
    apr_size_t n = 0;

    if (!name && tmf_utf8_valid(parameter->name, parameter->name_length)) {
        name = apr_pstrmemdup(p, parameter->name, parameter->name_length);
    }
    if (!name || !*name) {
        return apr_psprintf(p, "parameter %d", parameter->number);
    }
    n = strlen(name);
    if (n <= SHOWN_BYTES) {
        return apr_psprintf(p, "parameter \"%s\"", name);
    }
    n = SHOWN_BYTES;
    while (((unsigned char)name[n] & 0xC0) == 0x80) {
        n--;
    }
    return apr_pstrcat(p, "parameter \"", apr_pstrmemdup(p, name, n),
                       "...\"", NULL);
}

tmf_error_t *tmf_parameter_error(const tmf_parameter_t *parameter,
                                 tmf_kind_t kind, const char *rule,
                                 apr_pool_t *p)
{
    return tmf_error(p, kind, "%s %s", describe(parameter, p), rule);
}

tmf_error_t *tmf_parameter_refuse(const tmf_parameter_t *parameter,
                                  const char *rule, apr_pool_t *p)
{
    return tmf_parameter_error(parameter, TMF_INVALID_QUERY, rule, p);
}
