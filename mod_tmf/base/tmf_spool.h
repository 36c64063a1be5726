/* A body being written: in memory, and beyond a bound in a temporary file. */
#ifndef TMF_SPOOL_H
#define TMF_SPOOL_H

#include <apr_file_io.h>

#include "base/tmf_error.h"
#include "base/tmf_text.h"

#define TMF_SPOOL_MEMORY 1048576  /* bytes that are kept in memory */

typedef struct tmf_spool_t tmf_spool_t;

/** What was written. */
typedef struct tmf_spooled_t {
    const char *text;         /* NULL: it is in the file */
    apr_file_t *file;         /* NULL: it is in memory. Nobody else can open
                                 it, and it is gone with its pool */
    apr_size_t length;
} tmf_spooled_t;

/**
 * Begin.
 * @param hint bytes that will probably be written.
 */
tmf_spool_t *tmf_spool_make(apr_pool_t *p, apr_size_t hint);

/** Where to append: the bytes that are still in memory. */
tmf_text_t *tmf_spool_text(tmf_spool_t *spool);

/**
 * Hold the memory to the bound: to be called after each piece.
 * @return TMF_UNAVAILABLE if the temporary file can't be written.
 */
tmf_error_t *tmf_spool_flow(tmf_spool_t *spool);

/**
 * End.
 * @param spooled filled in; lives as long as the pool.
 * @return as tmf_spool_flow does.
 */
tmf_error_t *tmf_spool_end(tmf_spool_t *spool, tmf_spooled_t *spooled);

#endif
