/* The module record and its hooks. */
#include <httpd.h>

#include <http_config.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mpm_common.h>
#include <jansson.h>

#include "dbd/tmf_dbd.h"
#include "httpd/tmf_claim.h"
#include "httpd/tmf_config.h"
#include "httpd/tmf_databases.h"
#include "httpd/tmf_errors.h"
#include "httpd/tmf_handler.h"
#include "httpd/tmf_mounts.h"
#include "httpd/tmf_sender.h"

/* Later, when threads are about, seeding would be a race. */
static int seed_hashes(apr_pool_t *p, apr_pool_t *log, apr_pool_t *scratch)
{
    (void)p;
    (void)log;
    (void)scratch;
    json_object_seed(0);
    return OK;
}

/* Runs at configtest, too. */
static int check_config(apr_pool_t *p, apr_pool_t *log, apr_pool_t *scratch,
                        server_rec *s)
{
    (void)log;
    return tmf_mounts_resolve(s, p, scratch) ? HTTP_INTERNAL_SERVER_ERROR
                                             : OK;
}

static int add_version(apr_pool_t *p, apr_pool_t *log, apr_pool_t *scratch,
                       server_rec *s)
{
    (void)log;
    (void)scratch;
    (void)s;
    ap_add_version_component(p, "mod_tmf/" TMF_VERSION);
    return OK;
}

/* Not when httpd only tries its configuration, before it is loaded anew. */
static int register_sender(apr_pool_t *p, apr_pool_t *log,
                           apr_pool_t *scratch, server_rec *s)
{
    (void)log;
    (void)scratch;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    return tmf_sender_register(s, p) ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

/* Before the children are forked, who inherit it. */
static int make_databases(apr_pool_t *p, apr_pool_t *log,
                          apr_pool_t *scratch, server_rec *s)
{
    (void)log;
    (void)scratch;
    return tmf_databases_make(s, p) ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

/* Without mod_dbd check_config has refused all mounts. */
static void retrieve_functions(void)
{
    (void)tmf_dbd_retrieve();
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_pre_config(seed_hashes, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(add_version, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(make_databases, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(register_sender, NULL, NULL, APR_HOOK_MIDDLE);
    /* before mod_watchdog, which makes threads then */
    ap_hook_child_init(tmf_sender_prepare, NULL, NULL,
                       APR_HOOK_REALLY_FIRST);
    ap_hook_child_init(tmf_sender_begin, NULL, NULL, APR_HOOK_REALLY_LAST);
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 110)
    ap_hook_child_stopping(tmf_sender_stopping, NULL, NULL, APR_HOOK_MIDDLE);
#endif
    ap_hook_optional_fn_retrieve(retrieve_functions, NULL, NULL,
                                 APR_HOOK_MIDDLE);
    ap_hook_quick_handler(tmf_errors_document, NULL, NULL,
                          APR_HOOK_REALLY_FIRST);
    ap_hook_pre_translate_name(tmf_claim_encoded, NULL, NULL,
                               APR_HOOK_REALLY_FIRST);
    /* after what redirects, before the core, which would look for a file */
    ap_hook_translate_name(tmf_claim_translate, NULL, NULL, APR_HOOK_LAST);
    ap_hook_map_to_storage(tmf_claim_storage, NULL, NULL,
                           APR_HOOK_REALLY_FIRST);
    ap_hook_type_checker(tmf_claim_type, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(tmf_handler, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_insert_error_filter(tmf_errors_insert, NULL, NULL,
                                APR_HOOK_MIDDLE);
    tmf_errors_register();
}

AP_DECLARE_MODULE(tmf) = {
    STANDARD20_MODULE_STUFF,
    NULL,
    NULL,
    tmf_config_create,
    tmf_config_merge,
    tmf_commands,
    register_hooks
#ifdef AP_MODULE_FLAG_NONE
    , AP_MODULE_FLAG_NONE
#endif
};
