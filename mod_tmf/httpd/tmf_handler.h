/* The content handler: request_rec in, tmf_serve, brigade out. */
#ifndef TMF_HANDLER_H
#define TMF_HANDLER_H

#include <httpd.h>

/** Hook handler. Answers what belongs to a mount, errors included, so that
 *  no ErrorDocument takes the place of a body. */
int tmf_handler(request_rec *r);

#endif
