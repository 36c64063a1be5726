/* The mounts of all servers: made from the directives at configtest. */
#ifndef TMF_MOUNTS_H
#define TMF_MOUNTS_H

#include <httpd.h>

#include <ap_expr.h>

#include "api/tmf_request.h"
#include "httpd/tmf_config.h"

/** A mount of a server; immutable after configtest. */
struct tmf_mount_point_t {
    tmf_mount_t mount;
    const char *path;         /* decoded: "/a/b"; "" is the root */
    apr_size_t length;        /* of path */
    const char *encoded_path; /* percent-encoded */
    apr_size_t body_limit;
    const ap_expr_info_t *public_base;    /* NULL: from ServerName */
    const char *event_secrets;    /* a blank between; NULL: none */
    const char *secrets_where;    /* file and line of it; or NULL */
};

/**
 * Make the mounts of all servers and load their definitions. Every mistake
 * is logged, with the directive's file and line.
 * @param main_server its list of servers is gone through.
 * @param p pool of the configuration.
 * @param scratch pool of this call.
 * @return number of mistakes.
 */
int tmf_mounts_resolve(server_rec *main_server, apr_pool_t *p,
                       apr_pool_t *scratch);

/**
 * Find the mount that a path is in: the longest that is the path itself or
 * ends where one of its segments ends.
 * @param uri decoded and normalised path, or NULL.
 * @return NULL if there is none.
 */
const tmf_mount_point_t *tmf_mounts_find(const server_rec *s,
                                         const char *uri);

#endif
