#include "httpd/tmf_mounts.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <http_log.h>

#include "base/tmf_text.h"
#include "httpd/tmf_secrets.h"
#include "net/tmf_certificates.h"

APLOG_USE_MODULE(tmf);

typedef struct resolver_t {
    tmf_server_t *main_server;
    apr_hash_t *loaded;       /* files -> loaded_t */
    apr_hash_t *reported;     /* set of messages */
    int n_faults;
    apr_pool_t *p;
    apr_pool_t *scratch;
} resolver_t;

/* A definition that was read; NULL: it had faults, which are logged. */
typedef struct loaded_t {
    const tmf_spec_t *spec;
} loaded_t;

/* As httpd reports its own: before there is a log, on standard error. What
 * virtual servers inherit is looked at for each, but said once. */
static void report(resolver_t *resolver, const char *where,
                   const char *message)
{
    const char *line = apr_pstrcat(resolver->scratch, where, ": ", message,
                                   NULL);

    if (apr_hash_get(resolver->reported, line, APR_HASH_KEY_STRING)) {
        return;
    }
    apr_hash_set(resolver->reported, line, APR_HASH_KEY_STRING, line);
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, NULL,
                 "TMF00201: %s", line);
    resolver->n_faults++;
}

static const tmf_spec_t *load(resolver_t *resolver, const tmf_files_t *files,
                              const char *where)
{
    apr_array_header_t *faults = apr_array_make(resolver->p, 4,
                                                sizeof(tmf_fault_t));
    const tmf_spec_t *spec = tmf_spec_load(files->definition, files->overlay,
                                           faults, resolver->p);
    int i = 0;

    for (i = 0; i < faults->nelts; i++) {
        const tmf_fault_t *fault = &APR_ARRAY_IDX(faults, i, tmf_fault_t);

        report(resolver, where,
               apr_psprintf(resolver->scratch, "TMFDefinition: %s#%s: %s",
                            fault->file, fault->pointer, fault->message));
    }
    return spec;
}

/* A document with an overlay is read once, however often it is mounted. */
static const tmf_spec_t *load_once(resolver_t *resolver,
                                   const tmf_value_t *value)
{
    const tmf_files_t *files = value->object;
    const char *key = apr_pstrcat(resolver->scratch, files->definition, "\n",
                                  files->overlay, NULL);
    loaded_t *loaded = apr_hash_get(resolver->loaded, key,
                                    APR_HASH_KEY_STRING);

    if (!loaded) {
        loaded = apr_pcalloc(resolver->scratch, sizeof(*loaded));
        loaded->spec = load(resolver, files, value->where);
        apr_hash_set(resolver->loaded, key, APR_HASH_KEY_STRING, loaded);
    }
    return loaded->spec;
}

static int is_below(const char *path, const char *top, apr_size_t length)
{
    return !strncmp(path, top, length)
        && (!path[length] || path[length] == '/');
}

static int compare_sections(const tmf_section_t *one,
                            const tmf_section_t *other)
{
    apr_size_t length = strlen(one->path);
    apr_size_t other_length = strlen(other->path);

    return length == other_length
        ? strcmp(one->path, other->path)
        : (length > other_length) - (length < other_length);
}

/* The sections that hold in a server, shorter paths first. Of one path, the
 * main server's come before the virtual server's: insertion keeps that. */
static apr_array_header_t *list_sections(const resolver_t *resolver,
                                         const tmf_server_t *server)
{
    apr_array_header_t *list
        = apr_array_copy(resolver->scratch, resolver->main_server->sections);
    tmf_section_t **sections = NULL;
    int i = 0;
    int k = 0;

    if (server != resolver->main_server) {
        apr_array_cat(list, server->sections);
    }
    sections = (tmf_section_t **)list->elts;
    for (i = 1; i < list->nelts; i++) {
        tmf_section_t *section = sections[i];

        for (k = i;
             k > 0 && compare_sections(sections[k - 1], section) > 0; k--) {
            sections[k] = sections[k - 1];
        }
        sections[k] = section;
    }
    return list;
}

/* What a section says of its own path or of one below. The definition is
 * that of the path itself: it is not handed down. */
static void apply_section(tmf_settings_t *settings,
                          const tmf_section_t *section, const char *path)
{
    apr_size_t length = strlen(section->path);
    const tmf_value_t none = { NULL, 0, NULL };

    if (is_below(path, section->path, length)) {
        tmf_settings_merge(settings, &section->settings);
        if (path[length]) {
            settings->values[TMF_SET_DEFINITION] = none;
        }
    }
}

static tmf_settings_t effective(const tmf_server_t *server,
                                const apr_array_header_t *sections,
                                const char *path)
{
    tmf_settings_t settings = tmf_settings_default();
    int i = 0;

    tmf_settings_merge(&settings, &server->settings);
    for (i = 0; i < sections->nelts; i++) {
        apply_section(&settings,
                      APR_ARRAY_IDX(sections, i, tmf_section_t *), path);
    }
    return settings;
}

static const char *encode_path(const char *path, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 64, 0);

    while (*path) {
        apr_size_t length = strcspn(++path, "/");

        tmf_text_puts(text, "/");
        tmf_text_uri(text, path, length);
        path += length;
    }
    return tmf_text_string(text);
}

/* A default limit above the maximum is a mistake only if both were set: of
 * one that nobody set, the other decides. */
static void set_limits(resolver_t *resolver, const tmf_settings_t *settings,
                       tmf_mount_t *mount)
{
    const tmf_value_t *usual = &settings->values[TMF_SET_DEFAULT_LIMIT];
    const tmf_value_t *most = &settings->values[TMF_SET_MAX_LIMIT];

    mount->max_limit = most->number;
    mount->default_limit = usual->number;
    if (usual->number <= most->number) {
        return;
    }
    mount->default_limit = most->number;
    if (usual->where && most->where) {
        report(resolver, usual->where,
               apr_psprintf(resolver->scratch, "TMFDefaultLimit is above "
                            "TMFMaxLimit, which is %" APR_INT64_T_FMT
                            " (%s)", most->number, most->where));
    }
}

static tmf_hub_rules_t hub_rules(const tmf_value_t *values)
{
    const tmf_hosts_t *hosts = values[TMF_SET_HUB_HOSTS].object;
    tmf_hub_rules_t rules = { 0 };

    rules.is_listed = values[TMF_SET_HUB_LIST].number == 1;
    rules.takes_http = values[TMF_SET_HUB_SCHEMES].number == 1;
    rules.most = (int)values[TMF_SET_HUB_LIMIT].number;
    rules.n_hosts = hosts ? hosts->n : 0;
    rules.hosts = hosts ? hosts->patterns : NULL;
    return rules;
}

/* What is wrong with it is reported without a word of what is in it. */
static const char *read_secrets(resolver_t *resolver,
                                const tmf_value_t *value)
{
    const char *secrets = NULL;
    const char *fault = NULL;

    if (value->object) {
        fault = tmf_secrets_read(value->object, resolver->p, &secrets);
    }
    if (fault) {
        report(resolver, value->where,
               apr_psprintf(resolver->scratch, "TMFEventSecretFile: %s: %s",
                            (const char *)value->object, fault));
    }
    return secrets;
}

static tmf_mount_point_t *make_point(resolver_t *resolver,
                                     const tmf_settings_t *settings,
                                     const char *path)
{
    const tmf_value_t *values = settings->values;
    tmf_mount_point_t *point = apr_pcalloc(resolver->p, sizeof(*point));
    tmf_mount_t *mount = &point->mount;

    point->path = path;
    point->length = strlen(path);
    point->encoded_path = encode_path(path, resolver->p);
    point->body_limit = (apr_size_t)values[TMF_SET_BODY_LIMIT].number;
    point->public_base = values[TMF_SET_PUBLIC_BASE].object;
    point->event_secrets
        = read_secrets(resolver, &values[TMF_SET_EVENT_SECRET_FILE]);
    point->secrets_where = values[TMF_SET_EVENT_SECRET_FILE].where;
    mount->client_ids = values[TMF_SET_ID_POLICY].number == 1;
    mount->profile = values[TMF_SET_PROFILE].number == 1
        ? TMF_PROFILE_STRICT : TMF_PROFILE_KIT;
    mount->size_limit = values[TMF_SET_BODY_LIMIT].number;
    mount->counting = (tmf_counting_t)values[TMF_SET_TOTAL_COUNT].number;
    mount->indexed_only = values[TMF_SET_UNINDEXED_FILTERS].number == 1;
    mount->requires_match = values[TMF_SET_REQUIRE_IF_MATCH].number == 1;
    mount->requires_key = values[TMF_SET_REQUIRE_KEY].number == 1;
    mount->path = path;
    mount->hub = hub_rules(values);
    set_limits(resolver, settings, mount);
    mount->spec = load_once(resolver, &values[TMF_SET_DEFINITION]);
    mount->data_set = values[TMF_SET_DATA_SET].object;
    if (!mount->data_set && mount->spec) {
        mount->data_set = mount->spec->data_set;
    }
    return point;
}

/* From the longest path to the shortest; of sections of one path, one. */
static void make_points(resolver_t *resolver, tmf_server_t *server)
{
    const apr_array_header_t *sections = list_sections(resolver, server);
    apr_array_header_t *points = apr_array_make(resolver->p, 4,
                                                sizeof(tmf_mount_point_t *));
    const char *last = NULL;
    int i = 0;

    for (i = sections->nelts - 1; i >= 0; i--) {
        const char *path = APR_ARRAY_IDX(sections, i, tmf_section_t *)->path;
        tmf_settings_t settings = effective(server, sections, path);

        if (settings.values[TMF_SET_DEFINITION].where
            && (!last || strcmp(last, path) != 0)) {
            APR_ARRAY_PUSH(points, tmf_mount_point_t *)
                = make_point(resolver, &settings, path);
            last = path;
        }
    }
    server->n_points = points->nelts;
    server->points = (const tmf_mount_point_t *const *)points->elts;
}

/* An answer must have come before the lease ends. */
static void check_lease(resolver_t *resolver, const tmf_value_t *values)
{
    const tmf_value_t *lease = &values[TMF_SET_EVENT_LEASE];
    const tmf_value_t *timeout = &values[TMF_SET_EVENT_TIMEOUT];

    if (lease->number <= timeout->number) {
        report(resolver, lease->where ? lease->where : timeout->where,
               apr_psprintf(resolver->scratch, "TMFEventLease, %"
                            APR_INT64_T_FMT ", must be above "
                            "TMFEventTimeout, %" APR_INT64_T_FMT,
                            lease->number, timeout->number));
    }
}

static void check_certificates(resolver_t *resolver,
                               const tmf_value_t *value)
{
    const char *fault = value->object
        ? tmf_certificates_check(value->object) : NULL;

    if (fault) {
        report(resolver, value->where,
               apr_psprintf(resolver->scratch, "TMFEventCAFile: %s: %s",
                            (const char *)value->object, fault));
    }
}

static void resolve_server(resolver_t *resolver, tmf_server_t *server)
{
    tmf_settings_t settings = tmf_settings_default();

    tmf_settings_merge(&settings, &server->settings);
    check_lease(resolver, settings.values);
    check_certificates(resolver, &settings.values[TMF_SET_EVENT_CA_FILE]);
    server->all_errors = settings.values[TMF_SET_ERRORS].number == 1;
    server->is_resolved = 1;
    make_points(resolver, server);
}

/* --- secrets ------------------------------------------------------------ */

static int same_text(const char *one, const char *other)
{
    return !strcmp(one ? one : "", other ? other : "");
}

static const char *database_of(const tmf_server_t *server)
{
    return server->settings.values[TMF_SET_DBD_PARAMS].object;
}

static const char *place_of(const tmf_mount_point_t *point)
{
    return point->secrets_where ? point->secrets_where : "none";
}

/* One of the two says so: without, they would have the same. */
static void compare_points(resolver_t *resolver,
                           const tmf_mount_point_t *one,
                           const tmf_mount_point_t *other)
{
    if (strcmp(one->path, other->path) != 0
        || !same_text(one->mount.data_set, other->mount.data_set)
        || same_text(one->event_secrets, other->event_secrets)) {
        return;
    }
    report(resolver, other->secrets_where ? other->secrets_where
                                          : one->secrets_where,
           apr_psprintf(resolver->scratch, "TMFEventSecretFile: \"%s\" has "
                        "other secrets in another virtual host with the same"
                        " data set and DBDParams: %s, %s", one->path,
                        place_of(one), place_of(other)));
}

static void compare_servers(resolver_t *resolver, const tmf_server_t *one,
                            const tmf_server_t *other)
{
    int i = 0;
    int k = 0;

    if (one == other || !same_text(database_of(one), database_of(other))) {
        return;
    }
    for (i = 0; i < one->n_points; i++) {
        for (k = 0; k < other->n_points; k++) {
            compare_points(resolver, one->points[i], other->points[k]);
        }
    }
}

/* Events are sent for all virtual hosts that have the database, and a
 * subscription is known by mount and data set: where it was made must not
 * make a difference. */
static void check_secrets(resolver_t *resolver, const server_rec *servers)
{
    const server_rec *s = NULL;
    const server_rec *before = NULL;

    for (s = servers; s; s = s->next) {
        for (before = servers; before != s; before = before->next) {
            compare_servers(resolver, tmf_config_of(before),
                            tmf_config_of(s));
        }
    }
}

/* --- all of them -------------------------------------------------------- */

/* In the order of the directives, in which mistakes are then reported. */
static void load_definitions(resolver_t *resolver,
                             const tmf_server_t *server)
{
    int i = 0;

    for (i = 0; i < server->sections->nelts; i++) {
        const tmf_section_t *section = APR_ARRAY_IDX(server->sections, i,
                                                     tmf_section_t *);
        const tmf_value_t *value
            = &section->settings.values[TMF_SET_DEFINITION];

        if (value->where && !ap_find_linked_module("mod_dbd.c")) {
            report(resolver, value->where, "TMFDefinition needs mod_dbd: "
                   "load it, and name the database by DBDriver and "
                   "DBDParams");
        }
        if (value->where) {
            load_once(resolver, value);
        }
    }
}

int tmf_mounts_resolve(server_rec *main_server, apr_pool_t *p,
                       apr_pool_t *scratch)
{
    resolver_t resolver = { NULL, NULL, NULL, 0, p, scratch };
    server_rec *s = NULL;

    resolver.main_server = tmf_config_of(main_server);
    resolver.loaded = apr_hash_make(scratch);
    resolver.reported = apr_hash_make(scratch);
    for (s = main_server; s; s = s->next) {
        load_definitions(&resolver, tmf_config_of(s));
    }
    for (s = main_server; s; s = s->next) {
        /* virtual servers that set nothing share the main server's */
        if (!tmf_config_of(s)->is_resolved) {
            resolve_server(&resolver, tmf_config_of(s));
        }
    }
    check_secrets(&resolver, main_server);
    return resolver.n_faults;
}

const tmf_mount_point_t *tmf_mounts_find(const server_rec *s,
                                         const char *uri)
{
    const tmf_server_t *server = tmf_config_of(s);
    int i = 0;

    if (!uri || uri[0] != '/') {
        return NULL;
    }
    for (i = 0; i < server->n_points; i++) {
        const tmf_mount_point_t *point = server->points[i];

        if (is_below(uri, point->path, point->length)) {
            return point;
        }
    }
    return NULL;
}
