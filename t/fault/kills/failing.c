/* Preloaded into httpd: the n-th call of libpq that could fail does, or the
 * n-th allocation of libpq or jansson.
 *
 * FAULT_CALLS names the file that says which, shared by all processes; see
 * plan_t. Until it asks for something, everything is as ever. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libpq-fe.h>

enum {
    NOTHING,
    REFUSE,                   /* the call fails and does nothing */
    CUT_BEFORE,               /* the connection is cut, then the call made */
    CUT_AFTER,                /* the call is made, then the connection cut */
    MEMORY
};

typedef struct plan_t {
    volatile int kind;
    volatile int n;           /* the call that fails, from 1; 0: none */
    volatile int calls;       /* so far */
    volatile int failed;
} plan_t;

typedef struct range_t {
    uintptr_t from;
    uintptr_t to;
} range_t;

enum { RANGES = 2 };

static plan_t nothing;
static plan_t *plan = &nothing;
static range_t ranges[RANGES];
static int n_ranges;

/* --- which one ---------------------------------------------------------- */

static int is_turn(void)
{
    if (__sync_add_and_fetch(&plan->calls, 1) != plan->n) {
        return 0;
    }
    plan->failed = 1;
    return 1;
}

static int add_range(struct dl_phdr_info *info, size_t size, void *data)
{
    range_t *range = &ranges[n_ranges];
    int i = 0;

    (void)size;
    (void)data;
    if (n_ranges == RANGES || (!strstr(info->dlpi_name, "/libpq.so")
                               && !strstr(info->dlpi_name, "/libjansson."))) {
        return 0;
    }
    for (i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];

        if (header->p_type == PT_LOAD && (header->p_flags & PF_X)) {
            range->from = info->dlpi_addr + header->p_vaddr;
            range->to = range->from + header->p_memsz;
            n_ranges++;
        }
    }
    return 0;
}

/* Modules are loaded, and loaded again, after this library: a call of libpq
 * is the first moment at which all is where it will be. */
static void find_ranges(void)
{
    if (n_ranges < RANGES) {
        n_ranges = 0;
        dl_iterate_phdr(add_range, NULL);
    }
}

static void __attribute__((constructor)) begin(void)
{
    const char *path = getenv("FAULT_CALLS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *memory = MAP_FAILED;

    if (file >= 0) {
        memory = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED,
                      file, 0);
        close(file);
    }
    if (memory != MAP_FAILED) {
        plan = memory;
    }
}

/* --- libpq --------------------------------------------------------------- */

static void cut(const PGconn *conn)
{
    if (PQsocket(conn) >= 0) {
        shutdown(PQsocket(conn), SHUT_RDWR);
    }
}

/* What is to become of this call. */
static int fate(const PGconn *conn)
{
    int kind = plan->kind;

    find_ranges();
    if (kind == NOTHING || kind == MEMORY || !is_turn()) {
        return NOTHING;
    }
    if (kind == CUT_BEFORE) {
        cut(conn);
        return NOTHING;
    }
    return kind;
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static int after(int how, const PGconn *conn, int result)
{
    if (how == CUT_AFTER) {
        cut(conn);
    }
    return result;
}

int PQsendQuery(PGconn *conn, const char *query)
{
    int (*call)(PGconn *, const char *) = real("PQsendQuery");
    int how = fate(conn);

    return how == REFUSE ? 0 : after(how, conn, call(conn, query));
}

int PQsendQueryParams(PGconn *conn, const char *command, int n,
                      const Oid *types, const char *const *values,
                      const int *lengths, const int *formats, int format)
{
    int (*call)(PGconn *, const char *, int, const Oid *, const char *const *,
                const int *, const int *, int) = real("PQsendQueryParams");
    int how = fate(conn);

    return how == REFUSE ? 0
        : after(how, conn, call(conn, command, n, types, values, lengths,
                                formats, format));
}

int PQsendPrepare(PGconn *conn, const char *name, const char *query, int n,
                  const Oid *types)
{
    int (*call)(PGconn *, const char *, const char *, int, const Oid *)
        = real("PQsendPrepare");
    int how = fate(conn);

    return how == REFUSE ? 0
                         : after(how, conn, call(conn, name, query, n, types));
}

int PQsendQueryPrepared(PGconn *conn, const char *name, int n,
                        const char *const *values, const int *lengths,
                        const int *formats, int format)
{
    int (*call)(PGconn *, const char *, int, const char *const *, const int *,
                const int *, int) = real("PQsendQueryPrepared");
    int how = fate(conn);

    return how == REFUSE ? 0
        : after(how, conn, call(conn, name, n, values, lengths, formats,
                                format));
}

int PQsetSingleRowMode(PGconn *conn)
{
    int (*call)(PGconn *) = real("PQsetSingleRowMode");
    int how = fate(conn);

    return how == REFUSE ? 0 : after(how, conn, call(conn));
}

int PQenterPipelineMode(PGconn *conn)
{
    int (*call)(PGconn *) = real("PQenterPipelineMode");
    int how = fate(conn);

    return how == REFUSE ? 0 : after(how, conn, call(conn));
}

int PQexitPipelineMode(PGconn *conn)
{
    int (*call)(PGconn *) = real("PQexitPipelineMode");
    int how = fate(conn);

    return how == REFUSE ? 0 : after(how, conn, call(conn));
}

int PQpipelineSync(PGconn *conn)
{
    int (*call)(PGconn *) = real("PQpipelineSync");
    int how = fate(conn);

    return how == REFUSE ? 0 : after(how, conn, call(conn));
}

int PQsendFlushRequest(PGconn *conn)
{
    int (*call)(PGconn *) = real("PQsendFlushRequest");
    int how = fate(conn);

    return how == REFUSE ? 0 : after(how, conn, call(conn));
}

int PQflush(PGconn *conn)
{
    int (*call)(PGconn *) = real("PQflush");
    int how = fate(conn);

    return how == REFUSE ? -1 : after(how, conn, call(conn));
}

int PQconsumeInput(PGconn *conn)
{
    int (*call)(PGconn *) = real("PQconsumeInput");
    int how = fate(conn);

    return how == REFUSE ? 0 : after(how, conn, call(conn));
}

/* As libpq itself answers when it has no memory for a result. */
PGresult *PQgetResult(PGconn *conn)
{
    PGresult *(*call)(PGconn *) = real("PQgetResult");
    int how = fate(conn);
    PGresult *result = NULL;

    if (how == REFUSE) {
        return PQmakeEmptyPGresult(conn, PGRES_FATAL_ERROR);
    }
    result = call(conn);
    after(how, conn, 0);
    return result;
}

PGresult *PQexec(PGconn *conn, const char *query)
{
    PGresult *(*call)(PGconn *, const char *) = real("PQexec");
    int how = fate(conn);
    PGresult *result = NULL;

    if (how == REFUSE) {
        return NULL;
    }
    result = call(conn, query);
    after(how, conn, 0);
    return result;
}

int PQresetStart(PGconn *conn)
{
    int (*call)(PGconn *) = real("PQresetStart");
    int how = fate(conn);

    return how == REFUSE ? 0 : after(how, conn, call(conn));
}

PostgresPollingStatusType PQresetPoll(PGconn *conn)
{
    PostgresPollingStatusType (*call)(PGconn *) = real("PQresetPoll");
    int how = fate(conn);

    return how == REFUSE ? PGRES_POLLING_FAILED
                         : after(how, conn, call(conn));
}

PostgresPollingStatusType PQconnectPoll(PGconn *conn)
{
    PostgresPollingStatusType (*call)(PGconn *) = real("PQconnectPoll");
    int how = fate(conn);

    return how == REFUSE ? PGRES_POLLING_FAILED
                         : after(how, conn, call(conn));
}

PGconn *PQconnectStartParams(const char *const *names,
                             const char *const *values, int expand)
{
    PGconn *(*call)(const char *const *, const char *const *, int)
        = real("PQconnectStartParams");
    int how = fate(NULL);
    PGconn *conn = how == REFUSE ? NULL : call(names, values, expand);

    after(how, conn, 0);
    return conn;
}

/* mod_dbd's driver has no use for NULL either: the address is wrong. */
PGconn *PQconnectdb(const char *info)
{
    PGconn *(*call)(const char *) = real("PQconnectdb");
    int how = fate(NULL);
    PGconn *conn = call(how == REFUSE ? "host=127.0.0.1 port=1" : info);

    after(how, conn, 0);
    return conn;
}

PQconninfoOption *PQconninfo(PGconn *conn)
{
    PQconninfoOption *(*call)(PGconn *) = real("PQconninfo");

    return fate(conn) == REFUSE ? NULL : call(conn);
}

/* --- memory --------------------------------------------------------------- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static int is_out(const void *caller)
{
    uintptr_t at = (uintptr_t)caller;
    int i = 0;

    if (plan->kind != MEMORY) {
        return 0;
    }
    for (i = 0; i < n_ranges; i++) {
        if (at >= ranges[i].from && at < ranges[i].to && is_turn()) {
            errno = ENOMEM;
            return 1;
        }
    }
    return 0;
}

void *malloc(size_t size)
{
    return is_out(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return is_out(__builtin_return_address(0)) ? NULL
                                               : __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
    return is_out(__builtin_return_address(0))
        ? NULL : __libc_realloc(memory, size);
}

char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = is_out(__builtin_return_address(0)) ? NULL
                                                     : __libc_malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}
