/* POSTs by libcurl to a receiver in a thread: what is sent, what answers
 * come to, and where nothing is ever sent. The receiver does as the path of
 * the URL says. Names are looked up here, see getaddrinfo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "net/tmf_curl.h"

enum { TIMEOUT = 400, LONG = 5000, SEEN = 16384 };

/* A connection of the receiver, in a thread of its own. */
typedef struct served_t {
    int fd;
    char request[SEEN];
} served_t;

static apr_pool_t *root_pool;
static int listening;
static int port;
static int n_connections;
static char seen[SEEN];       /* the last request */
static int n_lookups;

/* libcurl's own, while it runs here: what a name leads to is said by the
 * test. "flips" is a public address at first, and loopback from then on; at
 * documentation's address nobody answers. */
int getaddrinfo(const char *node, const char *service,
                const struct addrinfo *hints, struct addrinfo **result)
{
    const char *number = service ? service : "0";
    struct sockaddr_in *address = NULL;
    struct addrinfo *info = calloc(1, sizeof(*info) + sizeof(*address));

    (void)hints;
    if (!info || !node || strcmp(node, "unknown.example") == 0) {
        free(info);
        return EAI_NONAME;
    }
    address = (struct sockaddr_in *)(void *)(info + 1);
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)apr_atoi64(number));
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (strncmp(node, "flips", 5) == 0 && n_lookups == 0) {
        address->sin_addr.s_addr = htonl(0x08080808);
    }
    n_lookups += strncmp(node, "flips", 5) == 0;
    info->ai_family = AF_INET;
    info->ai_socktype = SOCK_STREAM;
    info->ai_addr = (struct sockaddr *)(void *)address;
    info->ai_addrlen = sizeof(*address);
    *result = info;
    return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
    free(info);
}

/* --- the receiver ------------------------------------------------------- */

static int say(int fd, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int say(int fd, const char *format, ...)
{
    char text[512];
    va_list values;

    va_start(values, format);
    apr_vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    return send(fd, text, strlen(text), MSG_NOSIGNAL) > 0;
}

/* A request whose body has Content-Length. @return 0 at the end. */
static int read_request(int fd, char *request)
{
    apr_size_t length = 0;
    const char *end = NULL;
    const char *field = NULL;

    for (;;) {
        ssize_t n = recv(fd, request + length, SEEN - 1 - length, 0);

        if (n <= 0) {
            return 0;
        }
        length += (apr_size_t)n;
        request[length] = '\0';
        end = strstr(request, "\r\n\r\n");
        field = end ? strstr(request, "Content-Length: ") : NULL;
        if (field && length >= (apr_size_t)(end + 4 - request)
            + (apr_size_t)strtoul(field + 16, NULL, 10)) {
            return 1;
        }
    }
}

static void repeat(int fd, const char *text, int n)
{
    while (n-- > 0 && say(fd, "%s", text)) {
        continue;
    }
}

static void drip(int fd)
{
    int i = 0;

    for (i = 0; i < 100 && say(fd, "x"); i++) {
        apr_sleep(20000);
    }
}

/* @return 0 if the connection ends with it. */
static int answer(int fd, const char *path)
{
    static const struct linger at_once = { 1, 0 };

    if (strncmp(path, "/status/", 8) == 0) {
        return say(fd, "HTTP/1.1 %.3s Fine\r\nContent-Length: 2\r\n\r\nok",
                   path + 8);
    }
    if (strncmp(path, "/after/", 7) == 0) {
        return say(fd, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n"
                   "Retry-After: %.3s\r\n\r\n", path + 7);
    }
    if (strncmp(path, "/early", 6) == 0) {
        return say(fd, "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
                   "HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n");
    }
    if (strncmp(path, "/redirect", 9) == 0) {
        return say(fd, "HTTP/1.1 307 There\r\nContent-Length: 0\r\n"
                   "Location: http://127.0.0.1:%d/status/200\r\n\r\n", port);
    }
    if (strncmp(path, "/hang", 5) == 0) {
        apr_sleep(apr_time_from_msec(2 * TIMEOUT));
    } else if (strncmp(path, "/reset", 6) == 0) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    } else if (strncmp(path, "/slow-header", 12) == 0) {
        say(fd, "HTTP/1.1 200 OK\r\nX-Slow: ");
        drip(fd);
    } else if (strncmp(path, "/slow-body", 10) == 0) {
        say(fd, "HTTP/1.1 200 OK\r\n\r\n");
        drip(fd);
    } else if (strncmp(path, "/huge", 5) == 0) {
        say(fd, "HTTP/1.1 500 No\r\nContent-Length: 128000000\r\n\r\n");
        repeat(fd, "0123456789abcdef0123456789abcdef", 4000000);
    } else if (strncmp(path, "/fields", 7) == 0) {
        say(fd, "HTTP/1.1 200 OK\r\n");
        repeat(fd, "X-Field: 0123456789abcdef\r\n", 1000000);
    } else if (strncmp(path, "/interims", 9) == 0) {
        repeat(fd, "HTTP/1.1 100 Continue\r\n\r\n", 1000000);
    } else if (strncmp(path, "/foreign", 8) == 0) {
        say(fd, "220 mail.example ESMTP\r\n");
    } else if (strncmp(path, "/half", 5) == 0) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-");
    }
    return 0;
}

static void *serve(void *data)
{
    served_t *served = data;

    while (read_request(served->fd, served->request)) {
        memcpy(seen, served->request, SEEN);
        if (!answer(served->fd, strchr(served->request, '/'))) {
            break;
        }
    }
    close(served->fd);
    free(served);
    return NULL;
}

static void *receive(void *data)
{
    pthread_t thread;
    int fd = -1;

    (void)data;
    while ((fd = accept(listening, NULL, NULL)) >= 0) {
        served_t *served = calloc(1, sizeof(*served));

        n_connections++;
        served->fd = fd;
        pthread_create(&thread, NULL, serve, served);
        pthread_detach(thread);
    }
    return NULL;
}

static int open_receiver(void **state)
{
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    pthread_t thread;

    (void)state;
    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listening, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listening, 64), 0);
    getsockname(listening, (struct sockaddr *)&address, &length);
    port = ntohs(address.sin_port);
    return pthread_create(&thread, NULL, receive, NULL);
}

/* --- sending ------------------------------------------------------------ */

typedef struct fixture_t {
    apr_pool_t *p;
    tmf_curl_settings_t settings;
    tmf_network_t network;
    tmf_curl_t *curl;
} fixture_t;

static const tmf_watch_t nothing = { -1, 0 };

static int set_up(void **state)
{
    fixture_t *fixture = calloc(1, sizeof(*fixture));

    apr_pool_create(&fixture->p, root_pool);
    assert_true(tmf_network_read("127.0.0.0/8", &fixture->network));
    fixture->settings.timeout = TIMEOUT;
    fixture->settings.allows_http = 1;
    fixture->settings.agent = "test/1";
    fixture->settings.n_networks = 1;
    fixture->settings.networks = &fixture->network;
    fixture->curl = tmf_curl_make(&fixture->settings, fixture->p);
    assert_non_null(fixture->curl);
    n_lookups = 0;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_t *fixture = *state;

    apr_pool_destroy(fixture->p);
    free(fixture);
    return 0;
}

static tmf_post_t *begin(fixture_t *fixture, const char *url)
{
    static const char *const fields[] = {
        "Content-Type: application/json", "webhook-id: e-1", NULL
    };
    tmf_post_t *post = apr_pcalloc(fixture->p, sizeof(*post));
    tmf_poster_t *poster = tmf_curl_poster(fixture->curl);

    post->url = url;
    post->fields = fields;
    post->body = "{\"eventId\": \"e-1\"}";
    post->length = strlen(post->body);
    poster->start(poster, post);
    return post;
}

static tmf_post_t *finish(fixture_t *fixture)
{
    tmf_poster_t *poster = tmf_curl_poster(fixture->curl);
    apr_time_t end = apr_time_now() + apr_time_from_msec(LONG);
    tmf_post_t *post = poster->take(poster);

    while (!post && apr_time_now() < end) {
        tmf_curl_wait(fixture->curl, &nothing, 100);
        post = poster->take(poster);
    }
    assert_non_null(post);
    return post;
}

static tmf_answer_t send_to(fixture_t *fixture, const char *url)
{
    tmf_post_t *post = begin(fixture, url);

    assert_ptr_equal(finish(fixture), post);
    return post->answer;
}

static tmf_answer_t send_path(fixture_t *fixture, const char *path)
{
    return send_to(fixture, apr_psprintf(fixture->p, "http://127.0.0.1:%d%s",
                                         port, path));
}

static void fails(fixture_t *fixture, const char *path, const char *why)
{
    tmf_answer_t answer = send_path(fixture, path);

    assert_int_equal(answer.status, 0);
    assert_string_equal(answer.failure, why);
}

static void test_what_is_sent(void **state)
{
    tmf_answer_t answer = send_path(*state, "/status/201?a=b");

    assert_int_equal(answer.status, 201);
    assert_null(answer.failure);
    assert_int_equal(strncmp(seen, "POST /status/201?a=b HTTP/1.1\r\n", 31),
                     0);
    assert_non_null(strstr(seen, "\r\nwebhook-id: e-1\r\n"));
    assert_non_null(strstr(seen, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(seen, "\r\nUser-Agent: test/1\r\n"));
    assert_non_null(strstr(seen, "\r\n\r\n{\"eventId\": \"e-1\"}"));
    assert_null(strstr(seen, "Expect"));
}

static void test_statuses(void **state)
{
    static const int statuses[] = { 200, 204, 299, 400, 404, 410, 500, 599 };
    size_t i = 0;

    for (i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        fixture_t *fixture = *state;
        const char *path = apr_psprintf(fixture->p, "/status/%d",
                                        statuses[i]);

        assert_int_equal(send_path(fixture, path).status, statuses[i]);
    }
    assert_int_equal(send_path(*state, "/early").status, 201);
    assert_int_equal(send_path(*state, "/after/120").retry_after, 120);
    assert_int_equal(send_path(*state, "/status/503").retry_after, 0);
}

/* Connections are kept. */
static void test_keep_alive(void **state)
{
    int before = n_connections;
    int i = 0;

    for (i = 0; i < 5; i++) {
        assert_int_equal(send_path(*state, "/status/200").status, 200);
    }
    assert_int_equal(n_connections, before + 1);
}

static void test_no_redirects(void **state)
{
    assert_int_equal(send_path(*state, "/redirect").status, 307);
    assert_non_null(strstr(seen, "POST /redirect "));
}

static void test_failures(void **state)
{
    fails(*state, "/hang", "no answer in time");
    fails(*state, "/slow-header", "no answer in time");
    fails(*state, "/reset", "the connection was lost");
    fails(*state, "/closed",
          "the connection was closed without an answer");
    fails(*state, "/fields", "the answer's header is too long");
    fails(*state, "/interims", "the answer's header is too long");
    fails(*state, "/foreign", "the protocol is not allowed");
    assert_string_equal(send_to(*state, "http://unknown.example/").failure,
                        "the callback's host is not known");
    assert_string_equal(send_to(*state, "http://127.0.0.1:1/").failure,
                        "no connection");
}

/* The status counts as soon as it is there. */
static void test_long_answers(void **state)
{
    apr_time_t began = apr_time_now();

    assert_int_equal(send_path(*state, "/huge").status, 500);
    assert_int_equal(send_path(*state, "/slow-body").status, 200);
    assert_true(apr_time_now() - began < apr_time_from_msec(4 * TIMEOUT));
}

/* One that hangs holds up nobody else. */
static void test_side_by_side(void **state)
{
    fixture_t *fixture = *state;
    const char *url = apr_psprintf(fixture->p, "http://127.0.0.1:%d/hang",
                                   port);
    tmf_post_t *slow = begin(fixture, url);
    apr_time_t began = apr_time_now();
    int i = 0;

    url = apr_psprintf(fixture->p, "http://127.0.0.1:%d/status/200", port);
    for (i = 0; i < 20; i++) {
        begin(fixture, url);
    }
    for (i = 0; i < 20; i++) {
        assert_int_equal(finish(fixture)->answer.status, 200);
    }
    assert_true(apr_time_now() - began < apr_time_from_msec(TIMEOUT));
    assert_ptr_equal(finish(fixture), slow);
    assert_int_equal(slow->answer.status, 0);
}

/* However an inner address is written, nothing gets there. */
static void test_forbidden_spellings(void **state)
{
    static const char *const hosts[] = {
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0x7f.1",
        "0177.0.0.1", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]",
        "169.254.169.254", "localhost.", "127.0.0.1.nip.example",
        "[64:ff9b::7f00:1]", "[fe80::1]", "%31%32%37.0.0.1"
    };
    fixture_t *fixture = *state;
    int before = n_connections;
    size_t i = 0;

    fixture->settings.n_networks = 0;
    for (i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        tmf_answer_t answer = send_to(fixture, apr_psprintf(
            fixture->p, "http://%s:%d/status/200", hosts[i], port));

        if (answer.status || strcmp(answer.failure,
                                    "the callback's address is not allowed")) {
            fail_msg("%s: %d %s", hosts[i], answer.status, answer.failure);
        }
    }
    assert_int_equal(n_connections, before);
}

/* A name may lead elsewhere at each look: what counts is where it leads to
 * now. The first time nobody answers, but it was tried. */
static void test_name_that_flips(void **state)
{
    fixture_t *fixture = *state;
    int before = n_connections;
    tmf_answer_t answer;

    fixture->settings.n_networks = 0;
    answer = send_to(fixture, apr_psprintf(
        fixture->p, "http://flips.example:%d/status/200", port));
    assert_string_not_equal(answer.failure,
                            "the callback's address is not allowed");
    assert_int_equal(n_lookups, 1);
    /* another port: what libcurl remembers is not asked */
    answer = send_to(fixture, apr_psprintf(
        fixture->p, "http://flips-too.example:%d/status/200", port));
    assert_int_equal(n_lookups, 2);
    assert_string_equal(answer.failure,
                        "the callback's address is not allowed");
    assert_int_equal(n_connections, before);
}

static void test_schemes(void **state)
{
    static const char *const urls[] = {
        "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/",
        "telnet://127.0.0.1/", "dict://127.0.0.1/", "smtp://127.0.0.1/"
    };
    fixture_t *fixture = *state;
    int before = n_connections;
    size_t i = 0;

    for (i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        assert_string_equal(send_to(fixture, urls[i]).failure,
                            "the protocol is not allowed");
    }
    fixture->settings.allows_http = 0;
    fixture->curl = tmf_curl_make(&fixture->settings, fixture->p);
    assert_string_equal(send_path(fixture, "/status/200").failure,
                        "the protocol is not allowed");
    assert_int_equal(n_connections, before);
}

/* What the environment says of proxies is of no matter. */
static void test_no_proxy(void **state)
{
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    assert_int_equal(send_path(*state, "/status/200").status, 200);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void test_wake(void **state)
{
    fixture_t *fixture = *state;
    apr_time_t began = apr_time_now();
    int ends[2];
    tmf_watch_t watch = { -1, 0 };

    tmf_curl_wake(fixture->curl);
    tmf_curl_wait(fixture->curl, &nothing, LONG);
    assert_true(apr_time_now() - began < apr_time_from_msec(LONG));
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    watch.fd = ends[0];
    tmf_curl_wait(fixture->curl, &watch, LONG);
    assert_true(apr_time_now() - began < apr_time_from_msec(LONG));
    close(ends[0]);
    close(ends[1]);
}

/* What is under way when the pool goes just ends. */
static void test_cut(void **state)
{
    fixture_t *fixture = *state;
    const char *url = apr_psprintf(fixture->p, "http://127.0.0.1:%d/hang",
                                   port);

    begin(fixture, url);
    begin(fixture, url);
    tmf_curl_wait(fixture->curl, &nothing, 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_sent),
        TEST(test_statuses),
        TEST(test_keep_alive),
        TEST(test_no_redirects),
        TEST(test_failures),
        TEST(test_long_answers),
        TEST(test_side_by_side),
        TEST(test_forbidden_spellings),
        TEST(test_name_that_flips),
        TEST(test_schemes),
        TEST(test_no_proxy),
        TEST(test_wake),
        TEST(test_cut)
    };

    if (apr_initialize() || apr_pool_create(&root_pool, NULL)
        || !tmf_curl_start()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, open_receiver, NULL);
}
