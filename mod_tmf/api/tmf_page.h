/* A page of a list as a response. */
#ifndef TMF_PAGE_H
#define TMF_PAGE_H

#include "api/tmf_plan.h"
#include "api/tmf_request.h"
#include "api/tmf_result.h"

/** Links that would make Link longer are left out, but for next (bytes). */
#define TMF_LINK_MAX 4096

typedef struct tmf_page_t tmf_page_t;

/** Begin the response of a list's plan; request and plan must stay. */
tmf_page_t *tmf_page_make(const tmf_request_t *request,
                          const tmf_plan_t *plan, apr_pool_t *p);

/**
 * Add a row: tmf_sink_t.take.
 * @param data the tmf_page_t.
 * @return TMF_UNAVAILABLE if there is no room for a large page.
 */
tmf_error_t *tmf_page_take(void *data, const tmf_row_t *row);

/**
 * End the response: the rows that the result holds, status and headers
 * (TMF630 part 1, section 4.5).
 * @param response filled in but for its table of headers, which is added
 *        to.
 * @return as tmf_page_take does.
 */
tmf_error_t *tmf_page_respond(tmf_page_t *page, const tmf_result_t *result,
                              tmf_response_t *response);

#endif
