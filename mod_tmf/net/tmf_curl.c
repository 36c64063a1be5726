#include "net/tmf_curl.h"

#include <string.h>

#include <curl/curl.h>

enum {
    CONNECT_MAX = 5000,       /* ms */
    HEADER_MAX = 65536,       /* bytes of an answer's header */
    BODY_MAX = 65536,         /* and of its body, which nobody reads */
    READ_BUFFER = 4096,
    WRITE_BUFFER = 16384,
    /* Connections that are kept, and the seconds that one may live: a name
     * may lead somewhere else by then. */
    KEPT_MAX = 256,
    LIFE = 300
};

/* A handle of libcurl with its post; used again and again. */
typedef struct transfer_t transfer_t;

struct transfer_t {
    transfer_t *next;         /* unused */
    transfer_t *next_made;
    tmf_curl_t *curl;
    CURL *easy;
    struct curl_slist *fields;
    tmf_post_t *post;         /* NULL: free */
    apr_size_t n_header;
    apr_size_t n_body;
    int has_header;           /* all of it, of a final answer */
    int is_refused;           /* an address of the name is not allowed */
};

struct tmf_curl_t {
    tmf_poster_t poster;      /* first, so that its address is ours */
    const tmf_curl_settings_t *settings;
    apr_pool_t *pool;
    CURLM *multi;
    transfer_t *made;         /* all there are */
    transfer_t *unused;
    tmf_post_t *ended;        /* that have not been taken, */
    tmf_post_t **last_ended;  /* in their order */
};

/* Failures in words of ours. */
static const struct {
    CURLcode code;
    const char *text;
} failures[] = {
    /* of an answer, too, if that isn't HTTP */
    { CURLE_UNSUPPORTED_PROTOCOL, "the protocol is not allowed" },
    { CURLE_URL_MALFORMAT, "the callback is no URL" },
    { CURLE_COULDNT_RESOLVE_HOST, "the callback's host is not known" },
    { CURLE_COULDNT_CONNECT, "no connection" },
    { CURLE_OPERATION_TIMEDOUT, "no answer in time" },
    { CURLE_GOT_NOTHING, "the connection was closed without an answer" },
    { CURLE_SEND_ERROR, "the connection was lost" },
    { CURLE_RECV_ERROR, "the connection was lost" },
    { CURLE_WRITE_ERROR, "the answer's header is too long" },
    { CURLE_WEIRD_SERVER_REPLY, "the answer is not HTTP" },
    { CURLE_SSL_CONNECT_ERROR, "TLS was refused" },
    { CURLE_PEER_FAILED_VERIFICATION, "the certificate is not trusted" },
    /* whoever starts httpd could read it */
    { CURLE_SSL_CACERT_BADFILE, "TMFEventCAFile can't be read" }
};

static const char *name_failure(CURLcode code)
{
    size_t i = 0;

    for (i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
        if (failures[i].code == code) {
            return failures[i].text;
        }
    }
    return "the attempt failed";
}

/* --- what libcurl calls ------------------------------------------------- */

/* Here, and not where the URL is read: whatever the host is written like,
 * and whatever its name leads to by now, this is what is connected to. */
static curl_socket_t open_socket(void *data, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    transfer_t *transfer = data;
    const tmf_curl_settings_t *settings = transfer->curl->settings;

    if (purpose != CURLSOCKTYPE_IPCXN
        || !tmf_address_is_allowed(&address->addr, settings->networks,
                                   settings->n_networks)) {
        transfer->is_refused = 1;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

static size_t take_header(char *bytes, size_t size, size_t n, void *data)
{
    transfer_t *transfer = data;
    long status = 0;

    n *= size;
    transfer->n_header += n;
    if (transfer->n_header > HEADER_MAX) {
        return 0;
    }
    if (n <= 2 && (*bytes == '\r' || *bytes == '\n')) {
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        transfer->has_header = status >= 200;
    }
    return n;
}

static size_t drop_body(char *bytes, size_t size, size_t n, void *data)
{
    transfer_t *transfer = data;

    (void)bytes;
    transfer->n_body += n * size;
    return transfer->n_body > BODY_MAX ? 0 : n * size;
}

/* --- transfers ---------------------------------------------------------- */

/* What is the same for all posts. */
static void set_up(transfer_t *transfer)
{
    const tmf_curl_settings_t *settings = transfer->curl->settings;
    CURL *easy = transfer->easy;
    long timeout = settings->timeout;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* not to wait for a name server when the process ends */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
                     settings->allows_http ? "https,http" : "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)READ_BUFFER);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)WRITE_BUFFER);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     timeout < CONNECT_MAX ? timeout : (long)CONNECT_MAX);
    curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)LIFE);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, settings->agent);
    if (settings->certificates) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, settings->certificates);
    }
}

/* NULL if libcurl has no memory for one. */
static transfer_t *make_transfer(tmf_curl_t *curl)
{
    transfer_t *transfer = NULL;
    CURL *easy = curl_easy_init();

    if (!easy) {
        return NULL;
    }
    transfer = apr_pcalloc(curl->pool, sizeof(*transfer));
    transfer->curl = curl;
    transfer->easy = easy;
    transfer->next_made = curl->made;
    curl->made = transfer;
    set_up(transfer);
    return transfer;
}

static transfer_t *pick_transfer(tmf_curl_t *curl)
{
    transfer_t *transfer = curl->unused;

    if (!transfer) {
        return make_transfer(curl);
    }
    curl->unused = transfer->next;
    transfer->next = NULL;
    transfer->n_header = 0;
    transfer->n_body = 0;
    transfer->has_header = 0;
    transfer->is_refused = 0;
    return transfer;
}

/* "Expect:" takes out what libcurl would put in for a large body. */
static int set_fields(transfer_t *transfer, const char *const *fields)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    struct curl_slist *longer = list;

    for (; longer && *fields; fields++) {
        longer = curl_slist_append(list, *fields);
        list = longer ? longer : list;
    }
    transfer->fields = list;
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, list);
    return longer != NULL;
}

static void end(tmf_curl_t *curl, tmf_post_t *post)
{
    post->next = NULL;
    *curl->last_ended = post;
    curl->last_ended = &post->next;
}

/* Its post has ended: it may have another one. */
static void free_transfer(transfer_t *transfer)
{
    tmf_curl_t *curl = transfer->curl;

    end(curl, transfer->post);
    transfer->post = NULL;
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(transfer->fields);
    transfer->fields = NULL;
    transfer->next = curl->unused;
    curl->unused = transfer;
}

static void start(tmf_poster_t *poster, tmf_post_t *post)
{
    tmf_curl_t *curl = (tmf_curl_t *)poster;
    transfer_t *transfer = pick_transfer(curl);

    memset(&post->answer, 0, sizeof(post->answer));
    if (!transfer) {
        post->answer.failure = name_failure(CURLE_OUT_OF_MEMORY);
        end(curl, post);
        return;
    }
    transfer->post = post;
    if (!set_fields(transfer, post->fields)
        || curl_easy_setopt(transfer->easy, CURLOPT_URL, post->url)
        || curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, post->body)
        || curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                            (curl_off_t)post->length)
        || curl_multi_add_handle(curl->multi, transfer->easy)) {
        post->answer.failure = name_failure(CURLE_OUT_OF_MEMORY);
        free_transfer(transfer);
    }
}

/* A receiver that has said 2xx has the event, however its answer goes on. */
static void read_answer(transfer_t *transfer, CURLcode code)
{
    tmf_answer_t *answer = &transfer->post->answer;
    curl_off_t seconds = 0;
    long status = 0;

    if (!transfer->has_header) {
        answer->failure = transfer->is_refused
            && code == CURLE_COULDNT_CONNECT
            ? "the callback's address is not allowed" : name_failure(code);
        return;
    }
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &seconds);
    answer->status = (int)status;
    answer->retry_after = seconds;
}

static void collect(tmf_curl_t *curl)
{
    CURLMsg *message = NULL;
    int n_left = 0;

    while ((message = curl_multi_info_read(curl->multi, &n_left)) != NULL) {
        transfer_t *transfer = NULL;

        if (message->msg == CURLMSG_DONE) {
            CURLcode code = message->data.result;

            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
                              &transfer);
            read_answer(transfer, code);
            curl_multi_remove_handle(curl->multi, transfer->easy);
            free_transfer(transfer);
        }
    }
}

static tmf_post_t *take(tmf_poster_t *poster)
{
    tmf_curl_t *curl = (tmf_curl_t *)poster;
    tmf_post_t *post = curl->ended;

    if (post) {
        curl->ended = post->next;
        if (!curl->ended) {
            curl->last_ended = &curl->ended;
        }
    }
    return post;
}

/* --- all of it ---------------------------------------------------------- */

static apr_status_t clean_up(void *data)
{
    tmf_curl_t *curl = data;
    transfer_t *transfer = curl->made;

    for (; transfer; transfer = transfer->next_made) {
        curl_multi_remove_handle(curl->multi, transfer->easy);
        curl_easy_cleanup(transfer->easy);
        curl_slist_free_all(transfer->fields);
    }
    curl_multi_cleanup(curl->multi);
    return APR_SUCCESS;
}

int tmf_curl_start(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

tmf_curl_t *tmf_curl_make(const tmf_curl_settings_t *settings,
                          apr_pool_t *p)
{
    tmf_curl_t *curl = apr_pcalloc(p, sizeof(*curl));

    curl->multi = curl_multi_init();
    if (!curl->multi) {
        return NULL;
    }
    apr_pool_cleanup_register(p, curl, clean_up, apr_pool_cleanup_null);
    curl_multi_setopt(curl->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_MAX);
    curl->poster.start = start;
    curl->poster.take = take;
    curl->settings = settings;
    curl->pool = p;
    curl->last_ended = &curl->ended;
    return curl;
}

tmf_poster_t *tmf_curl_poster(tmf_curl_t *curl)
{
    return &curl->poster;
}

void tmf_curl_wait(tmf_curl_t *curl, const tmf_watch_t *watch, int ms)
{
    struct curl_waitfd extra = { CURL_SOCKET_BAD, CURL_WAIT_POLLIN, 0 };
    int n_running = 0;

    curl_multi_perform(curl->multi, &n_running);
    collect(curl);
    if (!curl->ended && ms > 0) {
        extra.fd = watch->fd;
        extra.events = watch->writes ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN;
        curl_multi_poll(curl->multi, &extra, watch->fd < 0 ? 0 : 1, ms,
                        NULL);
        curl_multi_perform(curl->multi, &n_running);
        collect(curl);
    }
}

void tmf_curl_wake(tmf_curl_t *curl)
{
    curl_multi_wakeup(curl->multi);
}
