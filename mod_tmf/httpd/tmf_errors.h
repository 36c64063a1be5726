/* TM Forum Error bodies for what httpd itself refuses. */
#ifndef TMF_ERRORS_H
#define TMF_ERRORS_H

#include <httpd.h>

/** Register the output filter. */
void tmf_errors_register(void);

/** Hook insert_error_filter: the body is replaced below a mount, and
 *  everywhere with TMFErrors on. */
void tmf_errors_insert(request_rec *r);

/** Hook quick_handler: an ErrorDocument is not even looked for. */
int tmf_errors_document(request_rec *r, int lookup);

#endif
