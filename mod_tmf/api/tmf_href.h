/* Where a resource is: {base}/{resource}/{id}. */
#ifndef TMF_HREF_H
#define TMF_HREF_H

#include <apr_pools.h>

/**
 * The id that an href names.
 * @param href absolute or relative, percent-encoded; scheme, host and the
 *        path before the name are not looked at. One with a query or a
 *        fragment is no href of a resource.
 * @param name the resource's name: the last segment but one.
 * @return decoded id from p, or NULL if it is not an href of the resource.
 */
const char *tmf_href_id(const char *href, const char *name, apr_pool_t *p);

/** An absolute href; from p. */
const char *tmf_href_make(const char *base, const char *name, const char *id,
                          apr_pool_t *p);

#endif
