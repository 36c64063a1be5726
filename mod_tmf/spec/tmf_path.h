/* The paths of a definition: which resources there are. */
#ifndef TMF_PATH_H
#define TMF_PATH_H

#include "spec/tmf_draft.h"

/**
 * Make a draft of each resource and of the hub, and list the events that
 * the /listener/ paths name. Those are the client's side, never routed.
 */
void tmf_paths_read(tmf_loader_t *loader);

#endif
