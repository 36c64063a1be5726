#include "cli/tmf_events.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "dbd/tmf_console.h"
#include "store/tmf_sql_operate.h"

#define MOST_ARGUMENTS 3
#define SECRET_BYTES 256

void tmf_events_usage(int on_error)
{
    FILE *out = on_error ? stderr : stdout;
    const tmf_operate_t *operate = tmf_operates;

    for (; operate->name; operate++) {
        fprintf(out, "       tmfctl events %s %s\n", operate->name,
                operate->arguments);
    }
    fputs("events connects as libpq's environment says (PGSERVICE, PGHOST,"
          " PGUSER ...),\nas tmf_owner.\n", out);
}

/* Tabs and line ends in a value would be taken for ours. */
static void print_value(const char *value)
{
    for (; value && *value; value++) {
        putchar((unsigned char)*value < ' ' ? ' ' : *value);
    }
}

static void print_rows(const tmf_answer_t *answer)
{
    int row = 0;
    int i = 0;

    for (i = 0; i < answer->n_columns; i++) {
        printf("%s%s", i > 0 ? "\t" : "", answer->names[i]);
    }
    putchar('\n');
    for (row = 0; row < answer->n_rows; row++) {
        for (i = 0; i < answer->n_columns; i++) {
            if (i > 0) {
                putchar('\t');
            }
            print_value(answer->values[row * answer->n_columns + i]);
        }
        putchar('\n');
    }
}

static int is_single(const tmf_answer_t *answer)
{
    return answer->n_rows == 1 && answer->n_columns == 1
        && answer->values[0];
}

/* "f": it wasn't there to be done. */
static int print_single(const tmf_answer_t *answer)
{
    int done = strcmp(answer->values[0], "f") != 0;

    printf("%s: %s\n", answer->names[0],
           strcmp(answer->values[0], "t") == 0 ? "yes"
           : done ? answer->values[0] : "no");
    return done ? 0 : 1;
}

/* The first line of a file, "-" for the standard input: a secret is no
 * argument, which others could see. */
static const char *read_secret(const char *name, apr_pool_t *p)
{
    char line[SECRET_BYTES] = "";
    int is_input = strcmp(name, "-") == 0;
    FILE *file = is_input ? stdin : fopen(name, "r");
    const char *result = NULL;

    if (!file) {
        fprintf(stderr, "tmfctl: cannot read %s\n", name);
        return NULL;
    }
    if (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\r\n")] = '\0';
        result = apr_pstrdup(p, line);
    }
    else {
        fprintf(stderr, "tmfctl: nothing in %s\n", name);
    }
    if (!is_input) {
        fclose(file);
    }
    return result;
}

static const tmf_answer_t *run(const tmf_operate_t *operate,
                               const char *const *values, apr_pool_t *p)
{
    const tmf_answer_t *answer
        = tmf_console_run(tmf_sql_operate(operate, values, p), p);

    if (answer->failure) {
        fprintf(stderr, "tmfctl: %s", answer->failure);
    }
    return answer;
}

/* In steps, each a transaction of its own. */
static int purge(const tmf_operate_t *operate, const char *const *values,
                 apr_pool_t *p)
{
    apr_int64_t part = 1;
    apr_int64_t total = 0;
    apr_pool_t *step = NULL;
    int failed = 0;

    apr_pool_create(&step, p);
    while (part > 0 && !failed) {
        const tmf_answer_t *answer = NULL;

        apr_pool_clear(step);
        answer = run(operate, values, step);
        failed = answer->failure != NULL || !is_single(answer);
        part = failed ? 0 : apr_atoi64(answer->values[0]);
        total += part;
    }
    printf("rows: %" APR_INT64_T_FMT "\n", total);
    return failed;
}

static int operate_on(const tmf_operate_t *operate,
                      const char *const *values, apr_pool_t *p)
{
    const tmf_answer_t *answer = NULL;

    if (strcmp(operate->name, "purge") == 0) {
        return purge(operate, values, p);
    }
    answer = run(operate, values, p);
    if (answer->failure) {
        return 1;
    }
    if (operate->least > 0 && is_single(answer)) {
        return print_single(answer);
    }
    print_rows(answer);
    return 0;
}

int tmf_events(int argc, const char *const *argv, apr_pool_t *p)
{
    const char *values[MOST_ARGUMENTS] = { NULL, NULL, NULL };
    const tmf_operate_t *operate = tmf_operates;
    int i = 0;

    while (argc > 0 && operate->name && strcmp(operate->name, argv[0])) {
        operate++;
    }
    if (argc < 1 || !operate->name || argc - 1 < operate->least
        || argc - 1 > operate->most) {
        return 2;
    }
    for (i = 1; i < argc; i++) {
        values[i - 1] = argv[i];
    }
    if (strcmp(operate->name, "secret") == 0 && values[1]) {
        values[1] = read_secret(values[1], p);
        if (!values[1]) {
            return 1;
        }
    }
    i = operate_on(operate, values, p);
    return fflush(stdout) ? 1 : i;
}
