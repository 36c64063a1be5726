/* Events as subscribers see them: the envelope that queries are about. */
#ifndef TMF_ENVELOPE_H
#define TMF_ENVELOPE_H

#include "api/tmf_query.h"
#include "spec/tmf_spec.h"

/**
 * The envelope of a definition's events as if it were a resource: its schema
 * has the envelope's own attributes, and under "event" each resource that
 * has events by its name.
 */
const tmf_resource_t *tmf_envelope_make(const tmf_spec_t *spec,
                                        apr_pool_t *p);

/** True for the envelope of version 5: "@type", and timeOccurred where
 *  version 4 has timeOcurred. */
int tmf_envelope_is_v5(const tmf_spec_t *spec);

/** The types of a definition's events: an array of const char *. */
const apr_array_header_t *tmf_envelope_types(const tmf_spec_t *spec,
                                             apr_pool_t *p);

/**
 * Parse a subscription's query: that of a collection (TMF630 part 1, section
 * 10), with the envelope for its resource, so that nothing can be asked for
 * that no envelope has.
 * @param text percent-encoded, NULL or "": every event.
 * @param envelope of tmf_envelope_make.
 * @return TMF_INVALID_QUERY and TMF_NOT_IMPLEMENTED, with a message.
 */
tmf_error_t *tmf_envelope_query(const char *text,
                                const tmf_resource_t *envelope,
                                apr_pool_t *p, tmf_query_t *query);

/**
 * What a subscription's fields leave of an envelope, as the tree that
 * tmf.pick takes: always what tells events apart, and of which resource one
 * is.
 * @param fields NULL: all.
 * @return JSON text, or NULL: all.
 */
const char *tmf_envelope_tree(const tmf_fields_t *fields,
                              const tmf_resource_t *envelope, apr_pool_t *p);

#endif
