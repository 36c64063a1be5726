/* Fuzz target: callbacks of subscriptions. The first byte chooses the rules.
 * What is taken is a URL whose host and port another parser finds, too. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_uri.h>

#include "event/tmf_callback.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static apr_pool_t *root_pool(void)
{
    static apr_pool_t *p;

    if (!p) {
        apr_initialize();
        apr_pool_create(&p, NULL);
    }
    return p;
}

static int is_pattern_of(const char *host)
{
    size_t n = strlen(host);

    return !strcmp(host, "a.example")
        || (n > 10 && !strcmp(host + n - 10, ".b.example"))
        || !strcmp(host, "::1");
}

/* What a sender, or a person reading a log, takes it for. */
static void check_taken(const char *text, const tmf_hub_rules_t *rules,
                        const tmf_callback_t *callback, apr_pool_t *p)
{
    apr_uri_t uri;
    const char *host = NULL;
    char *c = NULL;

    require(strlen(text) <= TMF_CALLBACK_BYTES);
    require(!strpbrk(text, "#\\\r\n\t \"<>"));
    require(apr_uri_parse(p, text, &uri) == APR_SUCCESS);
    require(uri.hostname && !uri.user && !uri.password && !uri.fragment);
    for (c = uri.hostname; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    host = uri.hostname;
    require(!strcmp(host, callback->host));
    require(callback->port >= 1 && callback->port <= 65535);
    require((uri.port_str ? uri.port : callback->is_https ? 443 : 80)
            == callback->port);
    require(callback->is_https || rules->takes_http);
    require(!strcasecmp(uri.scheme, callback->is_https ? "https" : "http"));
    require(rules->n_hosts == 0 || is_pattern_of(host));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const hosts[] = { "a.example", "*.b.example", "::1" };
    tmf_hub_rules_t rules = { .hosts = hosts };
    const tmf_violation_t *violation = NULL;
    tmf_callback_t callback;
    apr_pool_t *p = NULL;
    const char *text = NULL;

    if (size == 0) {
        return 0;
    }
    apr_pool_create(&p, root_pool());
    rules.takes_http = data[0] & 1;
    rules.n_hosts = data[0] & 2 ? 3 : 0;
    text = apr_pstrmemdup(p, (const char *)data + 1, size - 1);
    violation = tmf_callback_check(text, &rules, p, &callback);
    if (violation) {
        require(violation->rule && violation->message);
        require(!strcmp(violation->pointer, "/callback"));
    }
    else {
        check_taken(text, &rules, &callback, p);
    }
    apr_pool_destroy(p);
    return 0;
}
