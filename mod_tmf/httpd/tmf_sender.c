#include "httpd/tmf_sender.h"

#include <string.h>

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_time.h>
#include <http_log.h>
#include <mod_watchdog.h>
#include <sys/resource.h>

#include "dbd/tmf_dbd.h"
#include "dbd/tmf_listener.h"
#include "event/tmf_round.h"
#include "httpd/tmf_databases.h"
#include "httpd/tmf_mounts.h"
#include "net/tmf_curl.h"
#include "net/tmf_hmac.h"

APLOG_USE_MODULE(tmf);

enum {
    /* When the child ends, what has been sent is given so long to be
     * answered, then others send it again. So it is if it ends gracefully,
     * and so long it takes to say so. ms */
    LINGER = 500,
    LINGER_GRACEFUL = 2000,
    LINGER_WORK = 1000,
    /* bytes that a pool keeps for itself when it is cleared */
    KEPT = 1024 * 1024,
    HELD_LEAST = 16,          /* deliveries at a time */
    HELD_MOST = 1024
};

/* What sends a database's events: one thread of each child. */
typedef struct station_t {
    server_rec *server;       /* the first one with this database */
    const tmf_value_t *values;
    tmf_curl_settings_t net;
    tmf_round_settings_t settings;
    int has_events;           /* one of its mounts has */
    apr_array_header_t *mounts;       /* const tmf_mount_t * */
    apr_array_header_t *secrets;      /* tmf_mount_secrets_t */
    apr_thread_mutex_t *lock;         /* of what follows */
    apr_thread_cond_t *is_done;
    int is_at_work;
    tmf_curl_t *curl;         /* to be woken; or NULL */
    volatile apr_uint32_t is_ending;
} station_t;

/* Of this process; made before it is forked. */
static apr_array_header_t *stations;

/* The threads are there before mod_dbd has made its connections, and it
 * doesn't bear to be asked for one then. */
static volatile apr_uint32_t is_begun;

/* ms; set before threads are told to end. */
static volatile apr_uint32_t linger = LINGER;

/* --- what a round needs ------------------------------------------------- */

static apr_int64_t now(void *data)
{
    struct timespec time;

    (void)data;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (apr_int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static tmf_db_t *connect_database(void *data, apr_pool_t *p)
{
    server_rec *s = ((const station_t *)data)->server;

    return tmf_dbd_make(s, tmf_databases_of(s), TMF_DBD_NOBODY, p);
}

static void tell(void *data, tmf_news_t news, const char *line)
{
    static const int levels[] = {
        [TMF_NEWS_GOOD] = APLOG_NOTICE,
        [TMF_NEWS_WARNING] = APLOG_WARNING,
        [TMF_NEWS_BAD] = APLOG_ERR
    };

    ap_log_error(APLOG_MARK, levels[news], 0,
                 ((const station_t *)data)->server, "%s", line);
}

/* --- the thread --------------------------------------------------------- */

/* Memory of its own: the thread shares it with nobody, and gives it back. */
static apr_pool_t *make_pool(void)
{
    apr_allocator_t *allocator = NULL;
    apr_pool_t *p = NULL;

    if (apr_allocator_create(&allocator) != APR_SUCCESS) {
        return NULL;
    }
    apr_allocator_max_free_set(allocator, KEPT);
    if (apr_pool_create_ex(&p, NULL, NULL, allocator) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return NULL;
    }
    apr_allocator_owner_set(allocator, p);
    apr_pool_tag(p, "tmf_sender");
    return p;
}

static int is_stopping(const station_t *station)
{
    int state = AP_MPMQ_RUNNING;

    return apr_atomic_read32((volatile apr_uint32_t *)&station->is_ending)
        || ap_mpm_query(AP_MPMQ_MPM_STATE, &state) != APR_SUCCESS
        || state == AP_MPMQ_STOPPING;
}

static void set_curl(station_t *station, tmf_curl_t *curl)
{
    apr_thread_mutex_lock(station->lock);
    station->curl = curl;
    apr_thread_mutex_unlock(station->lock);
}

static void wait_for_news(tmf_curl_t *curl, const tmf_listener_t *listener,
                          int ms)
{
    tmf_watch_t watch = { -1, 0 };

    watch.fd = tmf_listener_socket(listener, &watch.writes);
    tmf_curl_wait(curl, &watch, ms);
}

/* Each may need a socket: a quarter of those that the process may have. */
static int find_most(void)
{
    struct rlimit limit;
    int n = HELD_MOST;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0
        && limit.rlim_cur / 4 < HELD_MOST) {
        n = (int)(limit.rlim_cur / 4);
    }
    return n < HELD_LEAST ? HELD_LEAST : n;
}

/* Until the child stops. */
static void deliver(station_t *station, tmf_curl_t *curl, apr_pool_t *p)
{
    tmf_round_host_t host = { now, connect_database, tell, station,
                              tmf_curl_poster(curl) };
    tmf_round_t *round = tmf_round_make(&station->settings, &host, p);
    tmf_listener_t *listener = tmf_listener_make(station->server, p);
    apr_int64_t end = 0;

    while (!is_stopping(station)) {
        int is_woken = tmf_listener_turn(listener);

        wait_for_news(curl, listener, tmf_round_turn(round, is_woken));
    }
    tmf_round_stop(round);
    end = now(NULL) + apr_atomic_read32(&linger);
    while (tmf_round_turn(round, 0) >= 0 && tmf_round_held(round) > 0
           && now(NULL) < end) {
        wait_for_news(curl, listener, 10);
    }
    tmf_round_release(round);
}

static void serve(station_t *station)
{
    apr_pool_t *p = make_pool();
    tmf_curl_t *curl = p ? tmf_curl_make(&station->net, p) : NULL;

    if (curl) {
        set_curl(station, curl);
        deliver(station, curl, p);
        set_curl(station, NULL);
    } else {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, station->server,
                     "TMF00411: there is no memory to send events with");
    }
    if (p) {
        apr_pool_destroy(p);
    }
}

/* @return 0 if there is no more work. */
static int begin_work(station_t *station)
{
    apr_thread_mutex_lock(station->lock);
    station->is_at_work = !apr_atomic_read32(&station->is_ending);
    apr_thread_mutex_unlock(station->lock);
    return station->is_at_work;
}

static void end_work(station_t *station)
{
    apr_thread_mutex_lock(station->lock);
    station->is_at_work = 0;
    apr_thread_cond_signal(station->is_done);
    apr_thread_mutex_unlock(station->lock);
}

static void end(station_t *station)
{
    apr_thread_mutex_lock(station->lock);
    apr_atomic_set32(&station->is_ending, 1);
    if (station->curl) {
        tmf_curl_wake(station->curl);
    }
    apr_thread_mutex_unlock(station->lock);
}

/* Anything but APR_SUCCESS, and it would never be called again. */
static apr_status_t run(int state, void *data, apr_pool_t *p)
{
    station_t *station = data;

    (void)p;
    if (state == AP_WATCHDOG_STATE_RUNNING && apr_atomic_read32(&is_begun)
        && !is_stopping(station) && begin_work(station)) {
        serve(station);
        end_work(station);
    }
    return APR_SUCCESS;
}

/* --- the child ---------------------------------------------------------- */

static void end_all(void)
{
    int i = 0;

    for (i = 0; stations && i < stations->nelts; i++) {
        end(APR_ARRAY_IDX(stations, i, station_t *));
    }
}

void tmf_sender_stopping(apr_pool_t *p, int graceful)
{
    (void)p;
    apr_atomic_set32(&linger, graceful ? LINGER_GRACEFUL : LINGER);
    end_all();
}

/* mod_watchdog ends none of its threads with the child: they are cut off
 * when the process ends, or use what has gone before that. */
static apr_status_t wait_for_all(void *unused)
{
    apr_interval_time_t left
        = apr_time_from_msec(apr_atomic_read32(&linger) + LINGER_WORK);
    apr_time_t end_of_wait = apr_time_now() + left;
    int i = 0;

    (void)unused;
    end_all();
    for (i = 0; i < stations->nelts; i++) {
        station_t *station = APR_ARRAY_IDX(stations, i, station_t *);

        apr_thread_mutex_lock(station->lock);
        while (station->is_at_work && left > 0) {
            apr_thread_cond_timedwait(station->is_done, station->lock, left);
            left = end_of_wait - apr_time_now();
        }
        apr_thread_mutex_unlock(station->lock);
    }
    return APR_SUCCESS;
}

void tmf_sender_prepare(apr_pool_t *p, server_rec *main_server)
{
    int i = 0;

    if (!stations || stations->nelts == 0) {
        return;
    }
    for (i = 0; i < stations->nelts; i++) {
        station_t *station = APR_ARRAY_IDX(stations, i, station_t *);

        apr_thread_mutex_create(&station->lock, APR_THREAD_MUTEX_DEFAULT, p);
        apr_thread_cond_create(&station->is_done, p);
    }
    if (!tmf_curl_start()) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server,
                     "TMF00411: there is no memory to send events with");
    }
    apr_pool_pre_cleanup_register(p, NULL, wait_for_all);
}

void tmf_sender_begin(apr_pool_t *p, server_rec *main_server)
{
    (void)p;
    (void)main_server;
    apr_atomic_set32(&is_begun, 1);
}

/* --- the configuration -------------------------------------------------- */

static station_t *make_station(server_rec *s, apr_pool_t *p)
{
    station_t *station = apr_pcalloc(p, sizeof(*station));
    tmf_settings_t *settings = apr_palloc(p, sizeof(*settings));
    const tmf_value_t *values = settings->values;
    const tmf_networks_t *networks = NULL;
    const tmf_schedule_t *schedule = NULL;

    *settings = tmf_settings_default();
    tmf_settings_merge(settings, &tmf_config_of(s)->settings);
    networks = values[TMF_SET_HUB_NETWORKS].object;
    schedule = values[TMF_SET_EVENT_RETRY].object;
    station->server = s;
    station->values = values;
    station->mounts = apr_array_make(p, 8, sizeof(const tmf_mount_t *));
    station->secrets = apr_array_make(p, 8, sizeof(tmf_mount_secrets_t));
    station->net.timeout = (int)values[TMF_SET_EVENT_TIMEOUT].number * 1000;
    station->net.agent = "mod_tmf/" TMF_VERSION;
    station->net.certificates = values[TMF_SET_EVENT_CA_FILE].object;
    station->net.n_networks = networks ? networks->n : 0;
    station->net.networks = networks ? networks->networks : NULL;
    station->settings.lease = values[TMF_SET_EVENT_LEASE].number * 1000;
    station->settings.timeout = station->net.timeout;
    station->settings.in_flight
        = (int)values[TMF_SET_EVENT_IN_FLIGHT].number;
    station->settings.retention
        = values[TMF_SET_EVENT_RETENTION].number * 24 * 60 * 60;
    if (schedule) {
        station->settings.schedule = *schedule;
    } else {
        tmf_schedule_read(TMF_EVENT_RETRY, p, &station->settings.schedule);
    }
    return station;
}

static const char *database_of(const tmf_value_t *values)
{
    const char *params = values[TMF_SET_DBD_PARAMS].object;

    return params ? params : "";
}

/* Servers with the same database share what sends: its settings are those
 * of the first. */
static station_t *find_station(server_rec *s, apr_pool_t *p)
{
    station_t *made = make_station(s, p);
    int i = 0;

    for (i = 0; i < stations->nelts; i++) {
        station_t *station = APR_ARRAY_IDX(stations, i, station_t *);

        if (!strcmp(database_of(station->values),
                    database_of(made->values))) {
            return station;
        }
    }
    APR_ARRAY_PUSH(stations, station_t *) = made;
    return made;
}

/* A subscription that was made at a mount needs that mount to be relayed to,
 * whether its definition names events or not. */
static int has_hub(const tmf_mount_t *mount)
{
    const tmf_route_t *hub = tmf_spec_route(mount->spec, "hub");

    return hub && hub->collection_methods;
}

static int has_events(const tmf_mount_t *mount)
{
    int i = 0;

    for (i = 0; i < mount->spec->n_resources; i++) {
        if (mount->spec->resources[i].events) {
            return 1;
        }
    }
    return 0;
}

static void add_mounts(server_rec *s, apr_pool_t *p)
{
    const tmf_server_t *server = tmf_config_of(s);
    int i = 0;

    for (i = 0; i < server->n_points; i++) {
        const tmf_mount_point_t *point = server->points[i];
        tmf_mount_secrets_t secrets = { point->mount.path,
                                        point->mount.data_set,
                                        point->event_secrets };
        station_t *station = NULL;

        if (has_events(&point->mount) || has_hub(&point->mount)) {
            station = find_station(s, p);
            station->has_events |= has_events(&point->mount);
            APR_ARRAY_PUSH(station->mounts, const tmf_mount_t *)
                = &point->mount;
            station->net.allows_http |= point->mount.hub.takes_http;
        }
        if (station && point->event_secrets) {
            APR_ARRAY_PUSH(station->secrets, tmf_mount_secrets_t) = secrets;
        }
    }
}

static void complete(station_t *station)
{
    tmf_round_settings_t *settings = &station->settings;

    settings->relay.n_mounts = station->mounts->nelts;
    settings->relay.mounts = (const tmf_mount_t *const *)
        station->mounts->elts;
    settings->most = find_most();
    settings->signer.hmac = tmf_hmac;
    settings->signer.n_mounts = station->secrets->nelts;
    settings->signer.mounts = (const tmf_mount_secrets_t *)
        station->secrets->elts;
}

/* @return 0 if mod_watchdog is missing, or doesn't take it. */
static int register_station(station_t *station, int number, apr_pool_t *p)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get_instance
        = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *register_callback
        = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    ap_watchdog_t *watchdog = NULL;
    const char *name = apr_psprintf(p, "tmf-events-%d", number);

    return get_instance && register_callback
        && get_instance(&watchdog, name, 0, 0, p) == APR_SUCCESS
        && register_callback(watchdog, AP_WD_TM_SLICE, station, run)
        == APR_SUCCESS;
}

/* Where nothing makes events, it is others who may want to be told. */
static void refuse_station(const station_t *station)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP
                 | (station->has_events ? APLOG_CRIT : APLOG_WARNING), 0,
                 station->server, "TMF00412: events can't be sent without "
                 "mod_watchdog: load it, or say \"TMFEvents off\" where others"
                 " send them");
}

int tmf_sender_register(server_rec *main_server, apr_pool_t *p)
{
    server_rec *s = NULL;
    int is_whole = 1;
    int i = 0;

    stations = apr_array_make(p, 2, sizeof(station_t *));
    for (s = main_server; s; s = s->next) {
        add_mounts(s, p);
    }
    for (i = 0; i < stations->nelts; i++) {
        station_t *station = APR_ARRAY_IDX(stations, i, station_t *);
        int is_off = station->values[TMF_SET_EVENTS].number == 1;

        complete(station);
        if (!is_off && !register_station(station, i, p)) {
            refuse_station(station);
            is_whole &= !station->has_events;
        }
    }
    return is_whole;
}
