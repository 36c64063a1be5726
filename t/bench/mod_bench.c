/*
 * The HTTP reference of the bench: answers a file's bytes from memory.
 *
 *   <Location "/memory/one">
 *       BenchBody /path/to/file
 *   </Location>
 *
 * It does the least an httpd handler can do for a body of a known length,
 * and skips the walk through folders that no URL of it names.
 */
#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>
#include <apr_file_io.h>

#define MAX_BODY (64 * 1024 * 1024)

extern module AP_MODULE_DECLARE_DATA bench_module;

typedef struct bench_body_t {
    const char *bytes;        /* NULL: not a place of ours */
    apr_size_t length;
} bench_body_t;

static void *make_body(apr_pool_t *p, char *place)
{
    (void)place;
    return apr_pcalloc(p, sizeof(bench_body_t));
}

static const char *read_body(cmd_parms *cmd, void *config, const char *path)
{
    bench_body_t *body = config;
    apr_file_t *file = NULL;
    apr_finfo_t info = {0};
    char *bytes = NULL;
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ,
                                    APR_FPROT_OS_DEFAULT, cmd->temp_pool);

    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    }
    if (rv != APR_SUCCESS || info.size < 1 || info.size > MAX_BODY) {
        return "BenchBody: no such file, or not 1 byte to 64 MB";
    }
    body->length = (apr_size_t)info.size;
    bytes = apr_palloc(cmd->pool, body->length);
    rv = apr_file_read_full(file, bytes, body->length, NULL);
    if (rv != APR_SUCCESS) {
        return "BenchBody: cannot read the file";
    }
    body->bytes = bytes;
    return NULL;
}

static int skip_folders(request_rec *r)
{
    const bench_body_t *body = ap_get_module_config(r->per_dir_config,
                                                    &bench_module);

    return body->bytes != NULL ? OK : DECLINED;
}

static int answer(request_rec *r)
{
    const bench_body_t *body = ap_get_module_config(r->per_dir_config,
                                                    &bench_module);
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *out = NULL;

    if (body->bytes == NULL || r->method_number != M_GET) {
        return DECLINED;
    }
    ap_set_content_type(r, "application/json");
    ap_set_content_length(r, (apr_off_t)body->length);
    out = apr_brigade_create(r->pool, alloc);
    APR_BRIGADE_INSERT_TAIL(
        out, apr_bucket_immortal_create(body->bytes, body->length, alloc));
    APR_BRIGADE_INSERT_TAIL(out, apr_bucket_eos_create(alloc));
    return ap_pass_brigade(r->output_filters, out) == APR_SUCCESS
               ? OK : AP_FILTER_ERROR;
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_map_to_storage(skip_folders, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_handler(answer, NULL, NULL, APR_HOOK_FIRST);
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("BenchBody", read_body, NULL, ACCESS_CONF,
                  "file whose bytes every GET below the location answers"),
    {NULL}
};

AP_DECLARE_MODULE(bench) = {
    STANDARD20_MODULE_STUFF, make_body, NULL, NULL, NULL, directives,
    register_hooks, AP_MODULE_FLAG_NONE
};
