/* Files with the secrets that sign events. */
#ifndef TMF_SECRETS_H
#define TMF_SECRETS_H

#include <apr_pools.h>

/**
 * Read a file with one or two secrets, each on a line of its own; blank
 * lines and those that begin with # are left out.
 * @param secrets set to them, a blank between.
 * @return NULL, or what is wrong with the file.
 */
const char *tmf_secrets_read(const char *file, apr_pool_t *p,
                             const char **secrets);

#endif
