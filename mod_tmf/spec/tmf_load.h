/* Loading from memory: what tmf_spec_load does once it has read the
 * files; for tests. */
#ifndef TMF_LOAD_H
#define TMF_LOAD_H

#include "spec/tmf_doc.h"
#include "spec/tmf_spec.h"

/**
 * Compile a definition from texts.
 * @param overlay NULL: there is none. A source whose text is NULL could
 *     not be read; the caller has reported that to faults.
 * @return as tmf_spec_load.
 */
const tmf_spec_t *tmf_load_texts(const tmf_source_t *definition,
                                 const tmf_source_t *overlay,
                                 apr_array_header_t *faults, apr_pool_t *p);

#endif
