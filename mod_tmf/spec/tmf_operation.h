/* Where an operation of a definition keeps its schemas: the difference
 * between Swagger 2.0 and OpenAPI 3.0 ends here.
 *
 * A result that can't be resolved stands for a mistake that the checks of
 * the document have reported already. */
#ifndef TMF_OPERATION_H
#define TMF_OPERATION_H

#include "spec/tmf_doc.h"

/**
 * The schema of the body of a successful answer.
 * @return a borrowed reference, $ref not followed; NULL if there is none.
 */
json_t *tmf_operation_answer(const tmf_doc_t *doc, json_t *operation);

/**
 * The schema of the request's body.
 * @param path the path item that holds the operation.
 * @return a borrowed reference, $ref not followed; NULL if there is none.
 */
json_t *tmf_operation_body(const tmf_doc_t *doc, json_t *path,
                           json_t *operation);

#endif
