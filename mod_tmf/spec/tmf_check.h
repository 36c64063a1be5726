/* The checks of a definition that need no resource: every part has the
 * right JSON type, every $ref leads to a part of its kind, every schema
 * is well-formed. Afterwards the rest of the loader may take them for
 * granted and stay silent about them. */
#ifndef TMF_CHECK_H
#define TMF_CHECK_H

#include "spec/tmf_doc.h"

/**
 * Check a whole document and place its parts.
 * @param doc its root is not NULL.
 */
void tmf_check_document(tmf_doc_t *doc);

/** Check the keywords of one schema, without the schemas in it. */
void tmf_check_schema(tmf_doc_t *doc, const tmf_node_t *node);

/** Check that the allOf of a schema doesn't lead back to it. */
void tmf_check_all_of(tmf_doc_t *doc, const tmf_node_t *node);

#endif
