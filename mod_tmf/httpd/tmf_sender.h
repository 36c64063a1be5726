/* Sending events from every child: a thread of mod_watchdog for each
 * database. */
#ifndef TMF_SENDER_H
#define TMF_SENDER_H

#include <httpd.h>

/**
 * Register what sends. For post_config.
 * @param main_server its list of servers is gone through.
 * @param p pool of the configuration.
 * @return 0 if that failed, which is logged.
 */
int tmf_sender_register(server_rec *main_server, apr_pool_t *p);

/** Prepare a child, before its threads are made. The first of child_init. */
void tmf_sender_prepare(apr_pool_t *p, server_rec *main_server);

/** All modules are ready: senders may begin. The last of child_init. */
void tmf_sender_begin(apr_pool_t *p, server_rec *main_server);

/** The child is about to stop. For child_stopping. */
void tmf_sender_stopping(apr_pool_t *p, int graceful);

#endif
