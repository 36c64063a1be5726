/* Runs a fuzz target on files instead of a fuzzer: replay FILE|FOLDER...
 * prints how many inputs were run; none is a failure. */
#include <stdint.h>
#include <stdio.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#define INPUT_MAX 16777216L   /* 16 MiB */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path, apr_pool_t *parent);

/* The number of inputs run, or -1 if the file can't be read. */
static int replay_file(const char *path, const apr_finfo_t *info,
                       apr_pool_t *p)
{
    apr_file_t *file = NULL;
    apr_size_t size = (apr_size_t)info->size;
    uint8_t *data = NULL;

    if (info->size > INPUT_MAX
        || apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY,
                         APR_OS_DEFAULT, p) != APR_SUCCESS) {
        return -1;
    }
    data = apr_palloc(p, size + 1);
    if (size > 0
        && apr_file_read_full(file, data, size, NULL) != APR_SUCCESS) {
        return -1;
    }
    LLVMFuzzerTestOneInput(data, size);
    return 1;
}

static int replay_folder(const char *path, apr_pool_t *p)
{
    apr_dir_t *dir = NULL;
    apr_finfo_t info;
    int n = 0;

    if (apr_dir_open(&dir, path, p) != APR_SUCCESS) {
        return -1;
    }
    while (n >= 0
           && apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        int more = 0;

        if (info.name[0] == '.') {
            continue;
        }
        more = replay(apr_pstrcat(p, path, "/", info.name, NULL), p);
        n = more < 0 ? -1 : n + more;
    }
    apr_dir_close(dir);
    return n;
}

static int replay(const char *path, apr_pool_t *parent)
{
    apr_pool_t *p = NULL;
    apr_finfo_t info;
    int n = -1;

    apr_pool_create(&p, parent);
    if (apr_stat(&info, path, APR_FINFO_TYPE | APR_FINFO_SIZE, p)
        == APR_SUCCESS) {
        n = info.filetype == APR_DIR ? replay_folder(path, p)
                                     : replay_file(path, &info, p);
    }
    if (n < 0) {
        fprintf(stderr, "%s: cannot be read\n", path);
    }
    apr_pool_destroy(p);
    return n;
}

int main(int argc, char **argv)
{
    apr_pool_t *p = NULL;
    int n = 0;
    int failed = 0;
    int i = 0;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 1; i < argc; i++) {
        int more = replay(argv[i], p);

        failed |= more < 0;
        n += more < 0 ? 0 : more;
    }
    printf("%s: %d inputs\n", argv[0], n);
    apr_pool_destroy(p);
    return failed || n == 0;
}
