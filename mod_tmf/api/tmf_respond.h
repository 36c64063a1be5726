/* One resource as a response. */
#ifndef TMF_RESPOND_H
#define TMF_RESPOND_H

#include "api/tmf_plan.h"
#include "api/tmf_request.h"
#include "api/tmf_result.h"
#include "base/tmf_text.h"

/** Room that id and href take beside a row's own text and the stem. */
#define TMF_RESPOND_ROW 256

/**
 * Render the response of a plan that was run, of anything but a list:
 * status, headers, and the resource with id and href in front (TMF630 part
 * 1, section 3.3).
 */
void tmf_respond(const tmf_request_t *request, const tmf_plan_t *plan,
                 const tmf_result_t *result, apr_pool_t *p,
                 tmf_response_t *response);

/** What every href of a plan's resource begins with, as text inside a JSON
 *  string. */
const char *tmf_respond_stem(const tmf_request_t *request,
                             const tmf_plan_t *plan, apr_pool_t *p);

/** Append one resource: id and href, then the members of its text.
 *  @param stem of tmf_respond_stem. */
void tmf_respond_row(tmf_text_t *out, const tmf_row_t *row,
                     const char *stem);

#endif
