/*
 * The references of the bench inside httpd: the least a handler can do to
 * answer a file's bytes from memory, and the rows of one statement.
 *
 *   <Location "/memory/one">
 *       BenchBody /path/to/file
 *   </Location>
 *
 *   DBDPrepareSQL "SELECT id, body FROM ..." label
 *   <Location "/copy/list">
 *       BenchRows label http://host/path/of/the/resource
 *   </Location>
 *
 * The statement's rows are ids, and objects as text. They are answered as an
 * array of those objects with id and href in front. BenchRow answers the one
 * row there is, as an object; the statement has the URL's last segment as its
 * parameter. Nothing is looked for in folders that no URL of ours names.
 */
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <apr_dbd.h>
#include <apr_file_io.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <mod_dbd.h>

#define MAX_BODY (64 * 1024 * 1024)

extern module AP_MODULE_DECLARE_DATA bench_module;

typedef struct bench_place_t {
    const char *bytes;        /* answered from memory; or NULL */
    apr_size_t length;
    const char *label;        /* of a prepared statement; or NULL */
    int one;                  /* it answers one row, not an array */
    const char *href;         /* text between an id and its href's end */
    apr_size_t href_length;
} bench_place_t;

/* A statement's result while it is copied. */
typedef struct copy_t {
    const apr_dbd_driver_t *driver;
    apr_pool_t *pool;
    apr_dbd_results_t *results;
    int n_rows;               /* one more asked for would end the result */
} copy_t;

static APR_OPTIONAL_FN_TYPE(ap_dbd_open) *open_handle;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) *close_handle;

/* --- configuration ------------------------------------------------------ */

static void *make_place(apr_pool_t *p, char *path)
{
    (void)path;
    return apr_pcalloc(p, sizeof(bench_place_t));
}

static const char *set_body(cmd_parms *cmd, void *config, const char *path)
{
    bench_place_t *place = config;
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
    place->length = (apr_size_t)info.size;
    bytes = apr_palloc(cmd->pool, place->length);
    rv = apr_file_read_full(file, bytes, place->length, NULL);
    if (rv != APR_SUCCESS) {
        return "BenchBody: cannot read the file";
    }
    place->bytes = bytes;
    return NULL;
}

static const char *set_rows(cmd_parms *cmd, void *config, const char *label,
                            const char *base)
{
    bench_place_t *place = config;

    place->label = label;
    place->href = apr_pstrcat(cmd->pool, "\",\"href\":\"", base, "/", NULL);
    place->href_length = strlen(place->href);
    return NULL;
}

static const char *set_row(cmd_parms *cmd, void *config, const char *label,
                           const char *base)
{
    bench_place_t *place = config;

    place->one = 1;
    return set_rows(cmd, config, label, base);
}

/* --- answers ------------------------------------------------------------ */

static int send_bytes(request_rec *r, const char *bytes, apr_size_t length)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *out = apr_brigade_create(r->pool, alloc);

    ap_set_content_type(r, "application/json");
    ap_set_content_length(r, (apr_off_t)length);
    APR_BRIGADE_INSERT_TAIL(out,
                            apr_bucket_immortal_create(bytes, length, alloc));
    APR_BRIGADE_INSERT_TAIL(out, apr_bucket_eos_create(alloc));
    return ap_pass_brigade(r->output_filters, out) == APR_SUCCESS
               ? OK : AP_FILTER_ERROR;
}

static char *put(char *at, const char *bytes, apr_size_t length)
{
    memcpy(at, bytes, length);
    return at + length;
}

/* The id and the object of row i, counted from 1. */
static void read_row(const copy_t *copy, int i, const char **id,
                     const char **object)
{
    apr_dbd_row_t *row = NULL;

    apr_dbd_get_row(copy->driver, copy->pool, copy->results, &row, i);
    *id = apr_dbd_get_entry(copy->driver, row, 0);
    *object = apr_dbd_get_entry(copy->driver, row, 1);
}

/* What the rows take as text: all but the outermost brackets. */
static apr_size_t measure_rows(const copy_t *copy, const bench_place_t *place)
{
    const char *id = NULL;
    const char *object = NULL;
    apr_size_t length = 0;
    int i = 0;

    for (i = 1; i <= copy->n_rows; i++) {
        read_row(copy, i, &id, &object);
        length += 2 * strlen(id) + strlen(object) + place->href_length
            + sizeof(",{\"id\":\"\",");
    }
    return length;
}

static const char *write_rows(const copy_t *copy, const bench_place_t *place,
                              apr_size_t *length)
{
    char *bytes = apr_palloc(copy->pool, measure_rows(copy, place) + 2);
    char *at = put(bytes, "[", !place->one);
    const char *id = NULL;
    const char *object = NULL;
    int i = 0;

    for (i = 1; i <= copy->n_rows; i++) {
        apr_size_t id_length = 0;

        read_row(copy, i, &id, &object);
        id_length = strlen(id);
        at = put(at, ",", i > 1);
        at = put(at, "{\"id\":\"", 7);
        at = put(at, id, id_length);
        at = put(at, place->href, place->href_length);
        at = put(at, id, id_length);
        at = put(at, "\",", 2);
        at = put(at, object + 1, strlen(object) - 1);
    }
    at = put(at, "]", !place->one);
    *length = (apr_size_t)(at - bytes);
    return bytes;
}

static int answer_rows(request_rec *r, const bench_place_t *place)
{
    ap_dbd_t *dbd = open_handle ? open_handle(r->pool, r->server) : NULL;
    apr_dbd_prepared_t *statement = NULL;
    copy_t copy = {NULL, r->pool, NULL, 0};
    const char *bytes = NULL;
    apr_size_t length = 0;

    if (!dbd) {
        return HTTP_SERVICE_UNAVAILABLE;
    }
    copy.driver = dbd->driver;
    statement = apr_hash_get(dbd->prepared, place->label,
                             APR_HASH_KEY_STRING);
    if (statement
        && apr_dbd_pvselect(dbd->driver, r->pool, dbd->handle, &copy.results,
                            statement, 1, strrchr(r->uri, '/') + 1, NULL)
            == 0) {
        copy.n_rows = apr_dbd_num_tuples(dbd->driver, copy.results);
        bytes = write_rows(&copy, place, &length);
    }
    close_handle(r->server, dbd);
    if (!bytes) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "statement %s failed",
                      place->label);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return send_bytes(r, bytes, length);
}

/* --- hooks -------------------------------------------------------------- */

/* What was claimed is remembered: between this hook and the handler httpd
 * looks at folders, without the locations' configuration. */
static int claim(request_rec *r)
{
    bench_place_t *place = ap_get_module_config(r->per_dir_config,
                                                &bench_module);

    if (!place->bytes && !place->label) {
        return DECLINED;
    }
    ap_set_module_config(r->request_config, &bench_module, place);
    return OK;
}

static const bench_place_t *claimed(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &bench_module);
}

static int skip_folders(request_rec *r)
{
    return claimed(r) ? OK : DECLINED;
}

static int answer(request_rec *r)
{
    const bench_place_t *place = claimed(r);

    if (!place || r->method_number != M_GET) {
        return DECLINED;
    }
    return place->bytes ? send_bytes(r, place->bytes, place->length)
                        : answer_rows(r, place);
}

static void retrieve(void)
{
    open_handle = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    close_handle = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_translate_name(claim, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_map_to_storage(skip_folders, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_handler(answer, NULL, NULL, APR_HOOK_FIRST);
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("BenchBody", set_body, NULL, ACCESS_CONF,
                  "file whose bytes every GET below the location answers"),
    AP_INIT_TAKE2("BenchRows", set_rows, NULL, ACCESS_CONF,
                  "label of a prepared statement whose rows every GET below "
                  "the location answers, and what is before an id in href"),
    AP_INIT_TAKE2("BenchRow", set_row, NULL, ACCESS_CONF,
                  "as BenchRows, for the one row that the URL names"),
    {NULL}
};

AP_DECLARE_MODULE(bench) = {
    STANDARD20_MODULE_STUFF, make_place, NULL, NULL, NULL, directives,
    register_hooks, AP_MODULE_FLAG_NONE
};
