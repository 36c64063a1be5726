/* tmfctl: the second host of the library, without httpd and PostgreSQL. */
#include <stdio.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "base/tmf_text.h"
#include "spec/tmf_spec.h"
#include "store/tmf_ddl.h"

static const char usage[] =
    "usage: tmfctl check DEFINITION [OVERLAY]\n"
    "       tmfctl ddl [--data-set NAME] DEFINITION [OVERLAY]\n";

/* What the arguments ask for. */
typedef struct job_t {
    const char *command;
    const char *data_set;     /* NULL: the definition's own */
    const char *definition;
    const char *overlay;
} job_t;

static int fail_usage(void)
{
    fputs(usage, stderr);
    return 2;
}

static const tmf_spec_t *load(const job_t *job, apr_pool_t *p)
{
    apr_array_header_t *faults = apr_array_make(p, 4, sizeof(tmf_fault_t));
    const tmf_spec_t *spec
        = tmf_spec_load(job->definition, job->overlay, faults, p);
    int i = 0;

    for (i = 0; i < faults->nelts; i++) {
        const tmf_fault_t *fault = &APR_ARRAY_IDX(faults, i, tmf_fault_t);

        fprintf(stderr, "%s#%s: %s\n", fault->file, fault->pointer,
                fault->message);
    }
    return spec;
}

static int name_is_valid(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz_";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz_0123456789";

    return *name && strlen(name) <= 63 && strspn(name, first)
        && strspn(name, rest) == strlen(name);
}

/* One command: what it does with the compiled definition. */
static void print_summary(const job_t *job, const tmf_spec_t *spec,
                          apr_pool_t *p)
{
    (void)p;
    printf("%s: %s %s, %d resources, data set %s\n", job->definition,
           spec->title, spec->version, spec->n_resources, spec->data_set);
}

static void print_ddl(const job_t *job, const tmf_spec_t *spec,
                      apr_pool_t *p)
{
    const char *data_set = job->data_set ? job->data_set : spec->data_set;

    fputs(tmf_ddl_render(spec, data_set, p), stdout);
}

typedef struct command_t {
    const char *name;
    void (*run)(const job_t *job, const tmf_spec_t *spec, apr_pool_t *p);
} command_t;

static const command_t commands[] = {
    { "check", print_summary },
    { "ddl", print_ddl }
};

static int run(const job_t *job, apr_pool_t *p)
{
    const command_t *command = NULL;
    const tmf_spec_t *spec = NULL;
    size_t i = 0;

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (!strcmp(commands[i].name, job->command)) {
            command = &commands[i];
        }
    }
    if (!command) {
        return fail_usage();
    }
    if (job->data_set && !name_is_valid(job->data_set)) {
        fprintf(stderr, "tmfctl: the name of a data set has a-z, 0-9 and _, "
                "and at most 63 characters\n");
        return 2;
    }
    spec = load(job, p);
    if (!spec) {
        return 1;
    }
    command->run(job, spec, p);
    return fflush(stdout) ? 1 : 0;
}

int main(int argc, const char *const *argv)
{
    job_t job = { NULL, NULL, NULL, NULL };
    apr_pool_t *p = NULL;
    int i = 2;
    int status = 0;

    if (argc < 3) {
        return fail_usage();
    }
    job.command = argv[1];
    if (!strcmp(argv[i], "--data-set") && i + 1 < argc) {
        job.data_set = argv[i + 1];
        i += 2;
    }
    if (i >= argc || argc > i + 2) {
        return fail_usage();
    }
    job.definition = argv[i];
    job.overlay = i + 1 < argc ? argv[i + 1] : NULL;
    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return 1;
    }
    apr_pool_create(&p, NULL);
    status = run(&job, p);
    apr_pool_destroy(p);
    apr_terminate();
    return status;
}
