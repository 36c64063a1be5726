/* What a request asks for, decided without a database. */
#ifndef TMF_PLAN_H
#define TMF_PLAN_H

#include "api/tmf_condition.h"
#include "api/tmf_key.h"
#include "api/tmf_media.h"
#include "api/tmf_query.h"
#include "api/tmf_request.h"

typedef struct tmf_plan_t {
    tmf_op_t op;
    const tmf_resource_t *resource;   /* NULL for the hub */
    const char *data_set;     /* PostgreSQL schema */
    const char *id;           /* of GET, PATCH, DELETE; of CREATE: the
                                 client's own, or NULL */
    int is_new_id;            /* the server has made the id: nobody else
                                 can have stored something under it */
    const char *body;         /* JSON text of CREATE and PATCH */
    tmf_patch_t patch;        /* what the body of PATCH is */
    tmf_profile_t profile;    /* of validation */
    const char *href;         /* of PATCH: the resource's, as it is served */
    apr_int64_t size_limit;   /* bytes of a patched resource, > 0 */
    const tmf_error_t *refused;   /* PATCH: violations of a merge patch
                                 itself, to be told with its result's */
    const char *correlation;  /* what events of a write are told to belong
                                 to, or NULL */
    tmf_query_t query;
    tmf_condition_t condition;    /* of GET, PATCH, DELETE */
    tmf_key_t key;            /* of CREATE, PATCH, DELETE */
    apr_int64_t limit;        /* of LIST: rows at most, 0 is possible */
    tmf_counting_t counting;  /* of LIST */
} tmf_plan_t;

/**
 * Decide what a request asks for. Reads the body where the operation has
 * one. Of one to the hub no more is decided than that.
 * @param plan filled in.
 * @return every error a client can make but those that depend on data.
 */
tmf_error_t *tmf_plan_build(const tmf_request_t *request,
                            const tmf_mount_t *mount, apr_pool_t *p,
                            tmf_plan_t *plan);

#endif
