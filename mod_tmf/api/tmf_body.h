/* The body of a request. */
#ifndef TMF_BODY_H
#define TMF_BODY_H

#include <jansson.h>

#include "base/tmf_error.h"

#define TMF_MEMBERS_MAX 10000     /* of all objects in a body */

/**
 * Parse a body for validation: numbers and nesting are held against the
 * bounds of base/tmf_number.h first, then it must be one JSON value
 * (RFC 8259) without duplicate names and too many members. What is stored
 * is the text, never this value: numbers in it are doubles.
 * @param text n bytes.
 * @param body set to the value; lives as long as p.
 * @return TMF_INVALID_BODY; its violation tells where in the text, never
 *         what is written there.
 */
tmf_error_t *tmf_body_read(const char *text, apr_size_t n, apr_pool_t *p,
                           const json_t **body);

/** The same of a body that must be an object. */
tmf_error_t *tmf_body_parse(const char *text, apr_size_t n, apr_pool_t *p,
                            const json_t **body);

#endif
