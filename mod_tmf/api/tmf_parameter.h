/* A parameter of a query string, and what is said about it. */
#ifndef TMF_PARAMETER_H
#define TMF_PARAMETER_H

#include <apr_pools.h>

#include "base/tmf_error.h"

#define TMF_ENCODING_RULE "is not valid percent-encoded UTF-8"

/** A part of the raw text, so that separators can be told from encoded
 * ones, which are part of a name or a value. */
typedef struct tmf_parameter_t {
    int number;               /* from 1 */
    const char *name;         /* raw */
    apr_size_t name_length;
    const char *value;        /* raw, after the first '='; NULL: none */
    apr_size_t value_length;
} tmf_parameter_t;

/**
 * Make an error about a parameter. Its name is shown as far as it is safe to
 * show, else its number.
 * @param rule what the parameter breaks: "must be a number".
 */
tmf_error_t *tmf_parameter_error(const tmf_parameter_t *parameter,
                                 tmf_kind_t kind, const char *rule,
                                 apr_pool_t *p);

/** TMF_INVALID_QUERY about a parameter. */
tmf_error_t *tmf_parameter_refuse(const tmf_parameter_t *parameter,
                                  const char *rule, apr_pool_t *p);

#endif
