/* Which mount a request belongs to, and the path below it. */
#ifndef TMF_CLAIM_H
#define TMF_CLAIM_H

#include <httpd.h>

#include "httpd/tmf_mounts.h"

/** The mount that answers a request, NULL: not ours. */
const tmf_mount_point_t *tmf_claim_point(request_rec *r);

/**
 * The path below a request's mount, percent-encoded: "" or "/..." .
 * @param r a request that tmf_claim_point knows a mount for.
 */
const char *tmf_claim_path(request_rec *r);

/** Hook pre_translate_name: keep the path while it is still encoded. */
int tmf_claim_encoded(request_rec *r);

/** Hook translate_name: below a mount there are no files. */
int tmf_claim_translate(request_rec *r);

/** Hook map_to_storage: find the mount, skip the walk through folders. */
int tmf_claim_storage(request_rec *r);

/** Hook type_checker: what an id ends with is no file's extension. */
int tmf_claim_type(request_rec *r);

#endif
