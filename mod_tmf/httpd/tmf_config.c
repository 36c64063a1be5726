#include "httpd/tmf_config.h"

#include <errno.h>
#include <string.h>

#include <apr_fnmatch.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_log.h>
/* needs http_log.h before it */
#include <ap_expr.h>

#include "event/tmf_callback.h"
#include "event/tmf_outcome.h"
#include "httpd/tmf_public.h"
#include "spec/tmf_name.h"

APLOG_USE_MODULE(tmf);

/* Choices of a directive at most. */
#define CHOICES_MAX 3

typedef struct row_t row_t;

/* How an argument becomes a value: NULL, or what is wrong with it. */
typedef const char *read_t(cmd_parms *cmd, const row_t *row,
                           const char *text, tmf_value_t *value);

struct row_t {
    tmf_setting_t setting;
    read_t *read;
    apr_int64_t initial;      /* number; index of a choice */
    apr_int64_t minimum;
    apr_int64_t maximum;
    const char *choices[CHOICES_MAX];     /* the rest of them NULL */
};

static const char *read_number(cmd_parms *cmd, const row_t *row,
                               const char *text, tmf_value_t *value)
{
    char *end = NULL;

    errno = 0;
    value->number = apr_strtoi64(text, &end, 10);
    if (!apr_isdigit(*text) || *end || errno
        || value->number < row->minimum || value->number > row->maximum) {
        return apr_psprintf(cmd->pool, "%s must be a number from %"
                            APR_INT64_T_FMT " to %" APR_INT64_T_FMT,
                            cmd->cmd->name, row->minimum, row->maximum);
    }
    return NULL;
}

static const char *read_choice(cmd_parms *cmd, const row_t *row,
                               const char *text, tmf_value_t *value)
{
    const char *list = "";
    int i = 0;

    for (i = 0; i < CHOICES_MAX && row->choices[i]; i++) {
        if (!strcasecmp(text, row->choices[i])) {
            value->number = i;
            return NULL;
        }
        list = apr_pstrcat(cmd->pool, list, i > 0 ? " or " : "",
                           row->choices[i], NULL);
    }
    return apr_psprintf(cmd->pool, "%s must be %s", cmd->cmd->name, list);
}

static const char *read_data_set(cmd_parms *cmd, const row_t *row,
                                 const char *text, tmf_value_t *value)
{
    (void)row;
    value->object = apr_pstrdup(cmd->pool, text);
    return tmf_name_is_data_set(text) ? NULL
        : apr_pstrcat(cmd->pool, cmd->cmd->name, " must be "
                      TMF_NAME_DATA_SET_RULE, NULL);
}

static const char *read_expression(cmd_parms *cmd, const row_t *row,
                                   const char *text, tmf_value_t *value)
{
    const char *fault = NULL;

    (void)row;
    value->object = ap_expr_parse_cmd(cmd, text, AP_EXPR_FLAG_STRING_RESULT,
                                      &fault, NULL);
    if (fault) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" is not an expression: "
                            "%s", cmd->cmd->name, text, fault);
    }
    if (!strstr(text, "%{") && !tmf_public_valid(text)) {
        return apr_psprintf(cmd->pool, "%s must give an absolute http or "
                            "https URL without query", cmd->cmd->name);
    }
    return NULL;
}

/* mod_dbd says what is wrong with it. */
static const char *read_foreign(cmd_parms *cmd, const row_t *row,
                                const char *text, tmf_value_t *value)
{
    (void)row;
    value->number = apr_atoi64(text);
    value->object = apr_pstrdup(cmd->pool, text);
    return NULL;
}

static const char *read_file(cmd_parms *cmd, const char *text,
                             const char **file)
{
    *file = ap_server_root_relative(cmd->pool, text);
    return *file ? NULL
                 : apr_psprintf(cmd->pool, "%s: \"%s\" is not a file name",
                                cmd->cmd->name, text);
}

static const char *read_event_file(cmd_parms *cmd, const row_t *row,
                                   const char *text, tmf_value_t *value)
{
    const char *file = NULL;
    const char *fault = read_file(cmd, text, &file);

    (void)row;
    value->object = file;
    return fault;
}

static const char *read_schedule(cmd_parms *cmd, const row_t *row,
                                 const char *text, tmf_value_t *value)
{
    tmf_schedule_t *schedule = apr_pcalloc(cmd->pool, sizeof(*schedule));
    const char *fault = tmf_schedule_read(text, cmd->pool, schedule);

    (void)row;
    value->object = schedule;
    return fault ? apr_pstrcat(cmd->pool, cmd->cmd->name, " ", fault, NULL)
                 : NULL;
}

static int is_plain_location(const ap_directive_t *section)
{
    return !strcasecmp(section->directive, "<Location")
        && (!section->args || section->args[0] != '~');
}

/* Mounts are known before there is a request. So what decides of them must
 * not depend on one: no patterns, no conditions, no files. */
static const char *check_place(cmd_parms *cmd)
{
    const ap_directive_t *section = cmd->directive->parent;

    for (; section; section = section->parent) {
        if (!is_plain_location(section)
            && strcasecmp(section->directive, "<VirtualHost") != 0) {
            return apr_psprintf(cmd->pool, "%s can't be in %s>: a mount is "
                                "a <Location> with a plain path",
                                cmd->cmd->name, section->directive);
        }
    }
    if (cmd->path && apr_fnmatch_test(cmd->path)) {
        return apr_psprintf(cmd->pool, "%s can't be in <Location \"%s\">: "
                            "a mount's path has no wildcards",
                            cmd->cmd->name, cmd->path);
    }
    return NULL;
}

/* The path of <Location> as httpd compares it with requests: decoded and
 * normalised. What can never match is a mistake. */
static const char *read_path(cmd_parms *cmd, const char **path)
{
    apr_size_t length = strlen(cmd->path);
    const char *text = NULL;

    while (length > 0 && cmd->path[length - 1] == '/') {
        length--;
    }
    *path = apr_pstrmemdup(cmd->pool, cmd->path, length);
    text = apr_pstrcat(cmd->pool, *path, "/", NULL);
    if (text[0] != '/' || strstr(text, "//") || strstr(text, "/./")
        || strstr(text, "/../") || strchr(text, '%')) {
        return apr_psprintf(cmd->pool, "%s can't be in <Location \"%s\">: "
                            "a mount's path is absolute, not "
                            "percent-encoded, and without empty, . and .. "
                            "segments", cmd->cmd->name, cmd->path);
    }
    return NULL;
}

static tmf_section_t *find_section(tmf_server_t *server, const char *path,
                                   apr_pool_t *p)
{
    tmf_section_t *section = NULL;
    int i = 0;

    for (i = 0; i < server->sections->nelts; i++) {
        section = APR_ARRAY_IDX(server->sections, i, tmf_section_t *);
        if (!strcmp(section->path, path)) {
            return section;
        }
    }
    section = apr_pcalloc(p, sizeof(*section));
    section->path = path;
    APR_ARRAY_PUSH(server->sections, tmf_section_t *) = section;
    return section;
}

/* Where the value of a directive goes. */
static const char *find_value(cmd_parms *cmd, tmf_value_t **value)
{
    const row_t *row = cmd->info;
    tmf_server_t *server = tmf_config_of(cmd->server);
    tmf_settings_t *settings = &server->settings;
    const char *fault = check_place(cmd);
    const char *path = NULL;

    if (!fault && cmd->path) {
        fault = read_path(cmd, &path);
    }
    if (!fault && cmd->path) {
        settings = &find_section(server, path, cmd->pool)->settings;
    }
    *value = &settings->values[row->setting];
    return fault;
}

static const char *name_place(cmd_parms *cmd)
{
    return apr_psprintf(cmd->pool, "%s:%d", cmd->directive->filename,
                        cmd->directive->line_num);
}

static const char *set_value(cmd_parms *cmd, void *unused, const char *text)
{
    const row_t *row = cmd->info;
    tmf_value_t *value = NULL;
    const char *fault = find_value(cmd, &value);

    (void)unused;
    if (!fault) {
        fault = row->read(cmd, row, text, value);
    }
    if (!fault) {
        value->where = name_place(cmd);
    }
    return fault;
}

static const char *set_definition(cmd_parms *cmd, void *unused,
                                  const char *definition,
                                  const char *overlay)
{
    tmf_files_t *files = apr_pcalloc(cmd->pool, sizeof(*files));
    tmf_value_t *value = NULL;
    const char *fault = find_value(cmd, &value);

    (void)unused;
    if (!fault && value->where) {
        fault = apr_psprintf(cmd->pool, "%s: <Location \"%s\"> already has "
                             "one, at %s", cmd->cmd->name, cmd->path,
                             value->where);
    }
    if (!fault) {
        fault = read_file(cmd, definition, &files->definition);
    }
    if (!fault && overlay) {
        fault = read_file(cmd, overlay, &files->overlay);
    }
    if (!fault) {
        value->object = files;
        value->where = name_place(cmd);
    }
    return fault;
}

static const char *set_hosts(cmd_parms *cmd, void *unused, int n,
                             char *const texts[])
{
    tmf_hosts_t *hosts = apr_pcalloc(cmd->pool, sizeof(*hosts));
    tmf_value_t *value = NULL;
    const char *fault = find_value(cmd, &value);
    int i = 0;

    (void)unused;
    for (i = 0; i < n && !fault; i++) {
        if (!tmf_callback_is_pattern(texts[i])) {
            fault = apr_psprintf(cmd->pool, "%s: \"%s\" is neither a host "
                                 "nor a pattern of hosts", cmd->cmd->name,
                                 texts[i]);
        }
    }
    if (!fault && n == 0) {
        fault = apr_pstrcat(cmd->pool, cmd->cmd->name, " needs an argument",
                            NULL);
    }
    if (!fault) {
        hosts->n = n;
        hosts->patterns = apr_pmemdup(cmd->pool, texts,
                                      sizeof(*texts) * (apr_size_t)n);
        value->object = hosts;
        value->where = name_place(cmd);
    }
    return fault;
}

static const char *set_networks(cmd_parms *cmd, void *unused, int n,
                                char *const texts[])
{
    tmf_networks_t *networks = apr_pcalloc(cmd->pool, sizeof(*networks));
    tmf_network_t *list = apr_pcalloc(cmd->pool, sizeof(*list)
                                      * (apr_size_t)(n + 1));
    tmf_value_t *value = NULL;
    const char *fault = find_value(cmd, &value);
    int i = 0;

    (void)unused;
    for (i = 0; i < n && !fault; i++) {
        if (!tmf_network_read(texts[i], &list[i])) {
            fault = apr_psprintf(cmd->pool, "%s: \"%s\" is not a network",
                                 cmd->cmd->name, texts[i]);
        }
    }
    if (!fault && n == 0) {
        fault = apr_pstrcat(cmd->pool, cmd->cmd->name, " needs an argument",
                            NULL);
    }
    if (!fault) {
        networks->n = n;
        networks->networks = list;
        value->object = networks;
        value->where = name_place(cmd);
    }
    return fault;
}

#define ROW(...) ((void *)&(const row_t){ __VA_ARGS__ })
#define ANYWHERE (RSRC_CONF | ACCESS_CONF)
#define DBD_DIRECTIVE(name, ...)                                        \
    AP_INIT_TAKE1(name, set_value, ROW(.read = read_foreign, __VA_ARGS__), \
        RSRC_CONF, "mod_dbd's; looked at by mod_tmf, too")

/* conf/tmf.conf is the reference of this table: t/check/conf.sh compares
 * names, defaults (initial; of choices the first) and places. */
const command_rec tmf_commands[] = {
    AP_INIT_TAKE12("TMFDefinition", set_definition,
        ROW(.setting = TMF_SET_DEFINITION), ACCESS_CONF,
        "OpenAPI document, and optionally its overlay, that the location "
        "serves"),
    AP_INIT_TAKE1("TMFDataSet", set_value,
        ROW(.setting = TMF_SET_DATA_SET, .read = read_data_set),
        ACCESS_CONF,
        "PostgreSQL schema of the data; default: the definition's"),
    AP_INIT_TAKE1("TMFPublicBase", set_value,
        ROW(.setting = TMF_SET_PUBLIC_BASE, .read = read_expression),
        ANYWHERE,
        "expression for the base URL of hrefs, {mount} in it stands for the "
        "location's path; default: from ServerName"),
    AP_INIT_TAKE1("TMFDefaultLimit", set_value,
        ROW(.setting = TMF_SET_DEFAULT_LIMIT, .read = read_number,
            .initial = 1000, .minimum = 1, .maximum = 100000),
        ANYWHERE,
        "resources in a list for which the client gives no limit"),
    AP_INIT_TAKE1("TMFMaxLimit", set_value,
        ROW(.setting = TMF_SET_MAX_LIMIT, .read = read_number,
            .initial = 1000, .minimum = 1, .maximum = 100000),
        ANYWHERE,
        "resources in a list at most, whatever the client's limit"),
    AP_INIT_TAKE1("TMFTotalCount", set_value,
        ROW(.setting = TMF_SET_TOTAL_COUNT, .read = read_choice,
            .choices = { "auto", "exact", "estimated" }),
        ANYWHERE,
        "how X-Total-Count is found: exact while cheap, always, or never by "
        "counting"),
    AP_INIT_TAKE1("TMFUnindexedFilters", set_value,
        ROW(.setting = TMF_SET_UNINDEXED_FILTERS, .read = read_choice,
            .choices = { "on", "off" }),
        ANYWHERE,
        "whether lists may be filtered and sorted by what has no index"),
    AP_INIT_TAKE1("TMFBodyLimit", set_value,
        ROW(.setting = TMF_SET_BODY_LIMIT, .read = read_number,
            .initial = 1048576, .minimum = 1, .maximum = 1073741824),
        ANYWHERE,
        "bytes of a request's body at most"),
    AP_INIT_TAKE1("TMFIdPolicy", set_value,
        ROW(.setting = TMF_SET_ID_POLICY, .read = read_choice,
            .choices = { "server", "client" }),
        ANYWHERE,
        "who makes ids: the server alone, or the client if it sends one"),
    AP_INIT_TAKE1("TMFProfile", set_value,
        ROW(.setting = TMF_SET_PROFILE, .read = read_choice,
            .choices = { "kit", "strict" }),
        ANYWHERE,
        "how much of the definition is demanded of bodies"),
    AP_INIT_TAKE1("TMFRequireIfMatch", set_value,
        ROW(.setting = TMF_SET_REQUIRE_IF_MATCH, .read = read_choice,
            .choices = { "off", "on" }),
        ANYWHERE,
        "who patches or deletes must say by If-Match which state he means"),
    AP_INIT_TAKE1("TMFRequireIdempotencyKey", set_value,
        ROW(.setting = TMF_SET_REQUIRE_KEY, .read = read_choice,
            .choices = { "off", "on" }),
        ANYWHERE,
        "who posts must say by Idempotency-Key which request it is"),
    AP_INIT_TAKE1("TMFHubList", set_value,
        ROW(.setting = TMF_SET_HUB_LIST, .read = read_choice,
            .choices = { "off", "on" }),
        ANYWHERE,
        "whether GET shows the subscriptions made at a mount"),
    AP_INIT_TAKE1("TMFHubSchemes", set_value,
        ROW(.setting = TMF_SET_HUB_SCHEMES, .read = read_choice,
            .choices = { "https", "https http" }),
        ANYWHERE,
        "schemes that callbacks of subscriptions may have"),
    AP_INIT_TAKE_ARGV("TMFHubHosts", set_hosts,
        ROW(.setting = TMF_SET_HUB_HOSTS),
        ANYWHERE,
        "hosts that callbacks may have, * stands for any characters"),
    AP_INIT_TAKE1("TMFHubLimit", set_value,
        ROW(.setting = TMF_SET_HUB_LIMIT, .read = read_number,
            .initial = 100, .minimum = 1, .maximum = 256),
        ANYWHERE,
        "active subscriptions of a data set at most"),
    AP_INIT_TAKE1("TMFErrors", set_value,
        ROW(.setting = TMF_SET_ERRORS, .read = read_choice,
            .choices = { "off", "on" }),
        RSRC_CONF,
        "TM Forum Error bodies for errors outside of all mounts, too"),
    AP_INIT_TAKE_ARGV("TMFHubNetworks", set_networks,
        ROW(.setting = TMF_SET_HUB_NETWORKS),
        RSRC_CONF,
        "networks that are not public, and yet may be sent to"),
    AP_INIT_TAKE1("TMFEvents", set_value,
        ROW(.setting = TMF_SET_EVENTS, .read = read_choice,
            .choices = { "on", "off" }),
        RSRC_CONF,
        "whether this server sends events"),
    AP_INIT_TAKE1("TMFEventTimeout", set_value,
        ROW(.setting = TMF_SET_EVENT_TIMEOUT, .read = read_number,
            .initial = 10, .minimum = 1, .maximum = 300),
        RSRC_CONF,
        "seconds that an attempt to deliver may take"),
    AP_INIT_TAKE1("TMFEventLease", set_value,
        ROW(.setting = TMF_SET_EVENT_LEASE, .read = read_number,
            .initial = 60, .minimum = 2, .maximum = 3600),
        RSRC_CONF,
        "seconds after which others send what a server has taken"),
    AP_INIT_TAKE1("TMFEventRetry", set_value,
        ROW(.setting = TMF_SET_EVENT_RETRY, .read = read_schedule),
        RSRC_CONF,
        "seconds between attempts, one after the other"),
    AP_INIT_TAKE1("TMFEventInFlight", set_value,
        ROW(.setting = TMF_SET_EVENT_IN_FLIGHT, .read = read_number,
            .initial = 16, .minimum = 1, .maximum = 256),
        RSRC_CONF,
        "attempts at a time that a process makes for one subscription"),
    AP_INIT_TAKE1("TMFEventRetention", set_value,
        ROW(.setting = TMF_SET_EVENT_RETENTION, .read = read_number,
            .initial = 7, .minimum = 0, .maximum = 3650),
        RSRC_CONF,
        "days that events are kept after they were delivered"),
    AP_INIT_TAKE1("TMFEventSecretFile", set_value,
        ROW(.setting = TMF_SET_EVENT_SECRET_FILE, .read = read_event_file),
        ANYWHERE,
        "file with the secrets that sign the events of the mount"),
    AP_INIT_TAKE1("TMFEventCAFile", set_value,
        ROW(.setting = TMF_SET_EVENT_CA_FILE, .read = read_event_file),
        RSRC_CONF,
        "file of CA certificates that receivers' are checked against"),
    AP_INIT_TAKE1("TMFDeadline", set_value,
        ROW(.setting = TMF_SET_DEADLINE, .read = read_number,
            .initial = 5, .minimum = 1, .maximum = 3600),
        RSRC_CONF,
        "seconds that a request may take in the database, all in all"),
    AP_INIT_TAKE1("TMFGateWait", set_value,
        ROW(.setting = TMF_SET_GATE_WAIT, .read = read_number,
            .initial = 1, .minimum = 0, .maximum = 3600),
        RSRC_CONF,
        "seconds that a request waits for a connection"),
    AP_INIT_TAKE1("TMFPrepared", set_value,
        ROW(.setting = TMF_SET_PREPARED, .read = read_choice,
            .choices = { "on", "off" }),
        RSRC_CONF,
        "prepared statements; off for poolers that share connections"),
    /* httpd calls every module that has a directive. */
    DBD_DIRECTIVE("DBDParams", .setting = TMF_SET_DBD_PARAMS),
    DBD_DIRECTIVE("DBDMax", .setting = TMF_SET_DBD_MAX, .initial = 10),
    { NULL, { NULL }, NULL, 0, RAW_ARGS, NULL }
};

void *tmf_config_create(apr_pool_t *p, server_rec *s)
{
    tmf_server_t *server = apr_pcalloc(p, sizeof(*server));

    (void)s;
    server->sections = apr_array_make(p, 4, sizeof(tmf_section_t *));
    return server;
}

void *tmf_config_merge(apr_pool_t *p, void *base, void *own)
{
    tmf_server_t *server = apr_pmemdup(p, own, sizeof(*server));

    server->settings = ((const tmf_server_t *)base)->settings;
    tmf_settings_merge(&server->settings,
                       &((const tmf_server_t *)own)->settings);
    return server;
}

tmf_server_t *tmf_config_of(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &tmf_module);
}

tmf_settings_t tmf_settings_default(void)
{
    tmf_settings_t settings;
    const command_rec *command = tmf_commands;

    memset(&settings, 0, sizeof(settings));
    for (; command->name; command++) {
        const row_t *row = command->cmd_data;

        settings.values[row->setting].number = row->initial;
    }
    return settings;
}

void tmf_settings_merge(tmf_settings_t *settings,
                        const tmf_settings_t *other)
{
    int i = 0;

    for (i = 0; i < TMF_SETTINGS; i++) {
        if (other->values[i].where) {
            settings->values[i] = other->values[i];
        }
    }
}
