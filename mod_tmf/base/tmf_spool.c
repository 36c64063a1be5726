#include "base/tmf_spool.h"

#include <apr_strings.h>

/* Bytes that are written to a file at once. */
#define PIECE 131072

struct tmf_spool_t {
    apr_pool_t *pool;
    tmf_text_t *text;
    apr_file_t *file;
    apr_size_t written;       /* bytes in the file */
};

tmf_spool_t *tmf_spool_make(apr_pool_t *p, apr_size_t hint)
{
    tmf_spool_t *spool = apr_pcalloc(p, sizeof(*spool));

    spool->pool = p;
    spool->text = tmf_text_make(p, hint < TMF_SPOOL_MEMORY
                                       ? hint : TMF_SPOOL_MEMORY, 0);
    return spool;
}

tmf_text_t *tmf_spool_text(tmf_spool_t *spool)
{
    return spool->text;
}

static tmf_error_t *refuse(const tmf_spool_t *spool, apr_status_t rv)
{
    char reason[120];

    return tmf_error_internal(spool->pool, TMF_UNAVAILABLE,
                              "cannot write a temporary file: %s",
                              apr_strerror(rv, reason, sizeof(reason)));
}

/* The name goes at once: the bytes must not stay behind when the process
 * is killed, nor be found by others meanwhile. */
static apr_status_t open_file(tmf_spool_t *spool)
{
    const char *folder = NULL;
    char *name = NULL;
    apr_status_t rv = apr_temp_dir_get(&folder, spool->pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    name = apr_pstrcat(spool->pool, folder, "/tmf.XXXXXX", NULL);
    rv = apr_file_mktemp(&spool->file, name,
                         APR_FOPEN_CREATE | APR_FOPEN_EXCL | APR_FOPEN_READ
                         | APR_FOPEN_WRITE | APR_FOPEN_BINARY, spool->pool);
    return rv == APR_SUCCESS ? apr_file_remove(name, spool->pool) : rv;
}

static tmf_error_t *write_out(tmf_spool_t *spool)
{
    apr_size_t n = tmf_text_length(spool->text);
    apr_status_t rv = spool->file ? APR_SUCCESS : open_file(spool);

    if (rv == APR_SUCCESS) {
        rv = apr_file_write_full(spool->file, tmf_text_string(spool->text),
                                 n, NULL);
    }
    if (rv != APR_SUCCESS) {
        return refuse(spool, rv);
    }
    spool->written += n;
    tmf_text_clear(spool->text);
    return NULL;
}

tmf_error_t *tmf_spool_flow(tmf_spool_t *spool)
{
    apr_size_t most = spool->file ? PIECE : TMF_SPOOL_MEMORY;

    return tmf_text_length(spool->text) > most ? write_out(spool) : NULL;
}

tmf_error_t *tmf_spool_end(tmf_spool_t *spool, tmf_spooled_t *spooled)
{
    spooled->text = NULL;
    spooled->file = NULL;
    if (!spool->file) {
        spooled->text = tmf_text_string(spool->text);
        spooled->length = tmf_text_length(spool->text);
        return NULL;
    }
    TMF_TRY(write_out(spool));
    spooled->file = spool->file;
    spooled->length = spool->written;
    return NULL;
}
