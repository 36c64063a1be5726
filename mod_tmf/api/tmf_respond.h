/* Results as responses. */
#ifndef TMF_RESPOND_H
#define TMF_RESPOND_H

#include "api/tmf_plan.h"
#include "api/tmf_request.h"
#include "api/tmf_result.h"

/** A value of Link is left out rather than be longer (bytes). */
#define TMF_LINK_MAX 4096

/**
 * Render the response of a plan that was run: status, headers, and the
 * resources with id and href in front (TMF630 part 1, sections 3.3, 4.5).
 */
void tmf_respond(const tmf_request_t *request, const tmf_plan_t *plan,
                 const tmf_result_t *result, apr_pool_t *p,
                 tmf_response_t *response);

#endif
