/* Directives: what the operator can set, and where. */
#ifndef TMF_CONFIG_H
#define TMF_CONFIG_H

#include <httpd.h>

#include <http_config.h>

#include "net/tmf_address.h"

extern module AP_MODULE_DECLARE_DATA tmf_module;

/** The settings; each is one row of the table of directives. */
typedef enum tmf_setting_t {
    TMF_SET_DEFINITION,
    TMF_SET_DATA_SET,
    TMF_SET_PUBLIC_BASE,
    TMF_SET_DEFAULT_LIMIT,
    TMF_SET_MAX_LIMIT,
    TMF_SET_TOTAL_COUNT,
    TMF_SET_UNINDEXED_FILTERS,
    TMF_SET_BODY_LIMIT,
    TMF_SET_ID_POLICY,
    TMF_SET_PROFILE,
    TMF_SET_REQUIRE_IF_MATCH,
    TMF_SET_REQUIRE_KEY,
    TMF_SET_HUB_LIST,
    TMF_SET_HUB_SCHEMES,
    TMF_SET_HUB_HOSTS,
    TMF_SET_HUB_LIMIT,
    TMF_SET_ERRORS,
    TMF_SET_HUB_NETWORKS,
    TMF_SET_EVENTS,
    TMF_SET_EVENT_TIMEOUT,
    TMF_SET_EVENT_LEASE,
    TMF_SET_EVENT_RETRY,
    TMF_SET_EVENT_IN_FLIGHT,
    TMF_SET_EVENT_RETENTION,
    TMF_SET_EVENT_SECRET_FILE,
    TMF_SET_EVENT_CA_FILE,
    TMF_SET_DEADLINE,
    TMF_SET_GATE_WAIT,
    TMF_SET_PREPARED,
    TMF_SET_DBD_PARAMS,       /* mod_dbd's directives, which it keeps to */
    TMF_SET_DBD_MAX,          /* itself */
    TMF_SETTINGS
} tmf_setting_t;

/** What TMF_SET_DEFINITION points to. */
typedef struct tmf_files_t {
    const char *definition;   /* absolute path */
    const char *overlay;      /* absolute path, or NULL */
} tmf_files_t;

/** What TMF_SET_HUB_HOSTS points to. */
typedef struct tmf_hosts_t {
    int n;
    const char *const *patterns;
} tmf_hosts_t;

/** What TMF_SET_HUB_NETWORKS points to. */
typedef struct tmf_networks_t {
    int n;
    const tmf_network_t *networks;
} tmf_networks_t;

/** Seconds between attempts where TMF_SET_EVENT_RETRY is not set: three days
 *  and a half in all, as Standard Webhooks recommends it. */
#define TMF_EVENT_RETRY "5 300 1800 7200 18000 36000 50400 72000 86400"

/** The value of a setting. */
typedef struct tmf_value_t {
    const char *where;        /* "file:line", NULL: not set by anybody */
    apr_int64_t number;       /* of a number; of a choice: its index */
    const void *object;       /* of the other types: text, tmf_files_t,
                                 tmf_hosts_t, tmf_networks_t,
                                 tmf_schedule_t, ap_expr_info_t; or NULL */
} tmf_value_t;

typedef struct tmf_settings_t {
    tmf_value_t values[TMF_SETTINGS];
} tmf_settings_t;

/** All <Location> sections of one path in one server. */
typedef struct tmf_section_t {
    const char *path;         /* "/a/b"; "" is the root */
    tmf_settings_t settings;
} tmf_section_t;

typedef struct tmf_mount_point_t tmf_mount_point_t;

/** The configuration of a (virtual) server. */
typedef struct tmf_server_t {
    tmf_settings_t settings;  /* set outside of any <Location> */
    apr_array_header_t *sections;     /* of tmf_section_t *: its own */
    int is_resolved;          /* what follows is filled in */
    int all_errors;           /* TMFErrors on */
    const struct tmf_database_t *database;
    int n_points;
    const tmf_mount_point_t *const *points;   /* longest path first */
} tmf_server_t;

/** The directives, for the module record. */
extern const command_rec tmf_commands[];

/** Make a server's configuration: nothing set. For the module record. */
void *tmf_config_create(apr_pool_t *p, server_rec *s);

/** A virtual server's configuration: what it doesn't set is the main
 *  server's; sections are not merged here. For the module record. */
void *tmf_config_merge(apr_pool_t *p, void *base, void *own);

/** A server's configuration. */
tmf_server_t *tmf_config_of(const server_rec *s);

/** The defaults. */
tmf_settings_t tmf_settings_default(void);

/** Take over what is set in another. */
void tmf_settings_merge(tmf_settings_t *settings,
                        const tmf_settings_t *other);

#endif
