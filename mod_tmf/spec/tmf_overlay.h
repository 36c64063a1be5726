/* The overlay of a definition: what OpenAPI can't say. */
#ifndef TMF_OVERLAY_H
#define TMF_OVERLAY_H

#include "spec/tmf_draft.h"

/**
 * Check the overlay and add what it says to the drafts.
 *
 * Names of resources and attributes are checked as far as the definition
 * could be read.
 * @param loader its overlay is neither NULL nor without a root.
 */
void tmf_overlay_apply(tmf_loader_t *loader);

#endif
