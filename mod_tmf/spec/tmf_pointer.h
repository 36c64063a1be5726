/* RFC 6901 pointers: made for messages, followed for $ref. */
#ifndef TMF_POINTER_H
#define TMF_POINTER_H

#include <apr_pools.h>
#include <jansson.h>

/** The pointer of a member: pointer, '/' and the escaped key. */
const char *tmf_pointer_member(apr_pool_t *p, const char *pointer,
                               const char *key);

/** The pointer of an element of an array. */
const char *tmf_pointer_element(apr_pool_t *p, const char *pointer,
                                apr_size_t i);

/**
 * Follow a pointer.
 * @param pointer unescaped text: "" is the root itself.
 * @return a borrowed reference, or NULL if there is no such value or the
 *     pointer is malformed.
 */
json_t *tmf_pointer_find(apr_pool_t *p, json_t *root, const char *pointer);

/** The last segment of a pointer, unescaped. */
const char *tmf_pointer_last(apr_pool_t *p, const char *pointer);

/**
 * Decode the percent-encoding of a URI fragment.
 * @return the decoded text, or NULL if it is malformed or holds a NUL.
 */
const char *tmf_pointer_decode(apr_pool_t *p, const char *fragment);

#endif
