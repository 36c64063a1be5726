/* The public base of a mount: what hrefs begin with. */
#ifndef TMF_PUBLIC_H
#define TMF_PUBLIC_H

#include <httpd.h>

#include "base/tmf_error.h"
#include "httpd/tmf_mounts.h"

/**
 * True if a text can be a public base: http or https URL with a host,
 * without query and fragment. "{mount}" is taken for a part of it.
 */
int tmf_public_valid(const char *text);

/**
 * The public base of a mount for a request.
 * @param base set to the URL without final slash.
 * @return TMF_INTERNAL if the operator's expression gives no such URL.
 */
tmf_error_t *tmf_public_base(request_rec *r, const tmf_mount_point_t *point,
                             const char **base);

#endif
