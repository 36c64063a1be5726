/* tmfctl: the second host of the library, without httpd, and but for its
 * events without PostgreSQL. */
#include <stdio.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "api/tmf_plan.h"
#include "api/tmf_route.h"
#include "base/tmf_text.h"
#include "cli/tmf_events.h"
#include "spec/tmf_name.h"
#include "spec/tmf_spec.h"
#include "store/tmf_ddl.h"
#include "store/tmf_sql.h"

/* As in a mount that sets nothing. */
#define LIMIT 1000
#define BODY_LIMIT 1048576

static const char usage[] =
    "usage: tmfctl check DEFINITION [OVERLAY]\n"
    "       tmfctl ddl [--data-set NAME] DEFINITION [OVERLAY]\n"
    "       tmfctl plan [--data-set NAME] DEFINITION OVERLAY|- METHOD TARGET\n"
    "plan shows the SQL of a request below a mount; TARGET is as in\n"
    "/resource?limit=5, a body is read from the standard input.\n";

/* What the arguments ask for. */
typedef struct job_t {
    const char *data_set;     /* NULL: the definition's own */
    const char *definition;
    const char *overlay;
    const char *method;       /* of plan */
    const char *target;
} job_t;

static int fail_usage(void)
{
    fputs(usage, stderr);
    tmf_events_usage(1);
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

/* --- commands: what each does with the compiled definition ------------- */

static int print_summary(const job_t *job, const tmf_spec_t *spec,
                         apr_pool_t *p)
{
    (void)p;
    printf("%s: %s %s, %d resources, data set %s\n", job->definition,
           spec->title, spec->version, spec->n_resources, spec->data_set);
    return 0;
}

static int print_ddl(const job_t *job, const tmf_spec_t *spec, apr_pool_t *p)
{
    fputs(tmf_ddl_render(spec, job->data_set, p), stdout);
    return 0;
}

/* The body of a request, from the standard input. */
static tmf_error_t *read_input(void *data, const char **body,
                               apr_size_t *length, const char **encoding)
{
    apr_pool_t *p = data;
    char *text = apr_palloc(p, BODY_LIMIT + 1);

    *length = fread(text, 1, BODY_LIMIT + 1, stdin);
    if (*length > BODY_LIMIT) {
        return tmf_error(p, TMF_TOO_LARGE, NULL);
    }
    text[*length] = '\0';
    *body = text;
    *encoding = NULL;
    return NULL;
}

static void print_statement(const char *about, const tmf_sql_t *sql)
{
    int i = 0;

    printf("\n-- %s\n%s;\n", about, sql->text);
    for (i = 0; i < sql->n_values; i++) {
        printf("-- $%d = %s\n", i + 1,
               sql->values[i] ? sql->values[i] : "NULL");
    }
}

static int print_plan(const job_t *job, const tmf_spec_t *spec,
                      apr_pool_t *p)
{
    tmf_mount_t mount = { .spec = spec, .data_set = job->data_set,
                          .default_limit = LIMIT, .max_limit = LIMIT };
    tmf_request_t request = { .method = job->method, .base = "",
                              .read_body = read_input, .data = p };
    const char *query = strchr(job->target, '?');
    tmf_plan_t plan;
    const tmf_error_t *err = NULL;

    request.path = query ? apr_pstrmemdup(p, job->target,
                                          (apr_size_t)(query - job->target))
                         : job->target;
    request.query = query ? query + 1 : NULL;
    err = tmf_plan_build(&request, &mount, p, &plan);
    if (!err) {
        err = plan.refused;
    }
    if (err) {
        printf("%d %s\n", err->status, tmf_error_body(err, p));
        return 1;
    }
    if (plan.op == TMF_OP_HUB) {
        puts("-- hub");
        return 0;
    }
    printf("-- %s %s: %s%s%s\n", tmf_op_name(plan.op), plan.resource->name,
           plan.resource->type, plan.id ? " " : "", plan.id ? plan.id : "");
    print_statement("statement", tmf_sql_render(&plan, p));
    if (plan.op == TMF_OP_LIST) {
        print_statement("if there are more rows, or beyond the last",
                        tmf_sql_count(&plan, p));
    }
    if (plan.op == TMF_OP_PATCH || plan.op == TMF_OP_DELETE) {
        print_statement("if nothing was changed", tmf_sql_faults(&plan, p));
    }
    return 0;
}

typedef struct command_t {
    const char *name;
    int most;                 /* arguments after the definition */
    int least;
    int (*run)(const job_t *job, const tmf_spec_t *spec, apr_pool_t *p);
} command_t;

static const command_t commands[] = {
    { "check", 1, 0, print_summary },
    { "ddl", 1, 0, print_ddl },
    { "plan", 3, 3, print_plan }
};

static const command_t *find_command(const char *name)
{
    size_t i = 0;

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (!strcmp(commands[i].name, name)) {
            return &commands[i];
        }
    }
    return NULL;
}

static int run(const command_t *command, job_t *job, apr_pool_t *p)
{
    const tmf_spec_t *spec = NULL;
    int status = 0;

    if (job->data_set && !tmf_name_is_data_set(job->data_set)) {
        fputs("tmfctl: the name of a data set has " TMF_NAME_DATA_SET_RULE
              "\n", stderr);
        return 2;
    }
    spec = load(job, p);
    if (!spec) {
        return 1;
    }
    if (!job->data_set) {
        job->data_set = spec->data_set;
    }
    status = command->run(job, spec, p);
    return fflush(stdout) ? 1 : status;
}

/* The arguments after the command; 0 if they are not right. */
static int take_arguments(const command_t *command, int argc,
                          const char *const *argv, job_t *job)
{
    int i = 0;

    if (argc > 0 && !strcmp(argv[0], "--data-set")) {
        if (argc < 2) {
            return 0;
        }
        job->data_set = argv[1];
        i = 2;
    }
    argc -= i + 1;
    if (argc < command->least || argc > command->most) {
        return 0;
    }
    job->definition = argv[i];
    job->overlay = argc > 0 && strcmp(argv[i + 1], "-") ? argv[i + 1] : NULL;
    if (command->most > 1) {
        job->method = argv[i + 2];
        job->target = argv[i + 3];
    }
    return 1;
}

static int run_events(int argc, const char *const *argv)
{
    apr_pool_t *p = NULL;
    int status = 0;

    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return 1;
    }
    apr_pool_create(&p, NULL);
    status = tmf_events(argc - 2, argv + 2, p);
    apr_pool_destroy(p);
    apr_terminate();
    return status == 2 ? fail_usage() : status;
}

int main(int argc, const char *const *argv)
{
    job_t job = { NULL, NULL, NULL, NULL, NULL };
    const command_t *command = argc > 1 ? find_command(argv[1]) : NULL;
    apr_pool_t *p = NULL;
    int status = 0;

    if (argc == 2 && !strcmp(argv[1], "--help")) {
        fputs(usage, stdout);
        tmf_events_usage(0);
        return 0;
    }
    if (argc > 1 && !strcmp(argv[1], "events")) {
        return run_events(argc, argv);
    }
    if (!command || !take_arguments(command, argc - 2, argv + 2, &job)) {
        return fail_usage();
    }
    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return 1;
    }
    apr_pool_create(&p, NULL);
    status = run(command, &job, p);
    apr_pool_destroy(p);
    apr_terminate();
    return status;
}
