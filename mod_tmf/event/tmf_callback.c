#include "event/tmf_callback.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_fnmatch.h>
#include <apr_lib.h>
#include <apr_strings.h>

#define HOST_BYTES 253        /* RFC 1035, without the root's dot */
#define LABEL_BYTES 63
#define ADDRESS_BYTES 45      /* an IPv6 address with an IPv4 one in it */
#define PORT_DIGITS 5
#define PORT_MAX 65535
#define UNENCODED "has a character that a URL must have percent-encoded"

/* The parts of "scheme://authority...". */
typedef struct parts_t {
    const char *host;         /* with brackets */
    apr_size_t host_length;
    const char *port;         /* after the colon; NULL: none */
    apr_size_t port_length;
} parts_t;

static const tmf_violation_t *refuse(apr_pool_t *p, const char *rule,
                                     const char *message)
{
    tmf_violation_t *violation = apr_palloc(p, sizeof(*violation));

    violation->pointer = "/callback";
    violation->rule = rule;
    violation->message = message;
    return violation;
}

/* A character that a URL may have as it is, but for '%' and '#'. */
static int is_plain(char c)
{
    return apr_isalnum(c) || (c && strchr("-._~:/?[]@!$&'()*+,;=", c));
}

static const char *check_characters(const char *text)
{
    for (; *text; text++) {
        if (*text == '#') {
            return "must not have a fragment";
        }
        if (*text == '%' && !(apr_isxdigit(text[1])
                              && apr_isxdigit(text[2]))) {
            return "has a % that two hexadecimal digits don't follow";
        }
        if (*text != '%' && !is_plain(*text)) {
            return UNENCODED;
        }
    }
    return NULL;
}

/* What comes after "//", or NULL. */
static const char *read_scheme(const char *text, tmf_callback_t *callback)
{
    if (apr_cstr_casecmpn(text, "https://", 8) == 0) {
        callback->is_https = 1;
        callback->port = 443;
        return text + 8;
    }
    if (apr_cstr_casecmpn(text, "http://", 7) == 0) {
        callback->is_https = 0;
        callback->port = 80;
        return text + 7;
    }
    return NULL;
}

/* A colon in brackets is an address's. */
static parts_t cut(const char *authority, apr_size_t n)
{
    parts_t parts = { authority, n, NULL, 0 };
    const char *end = authority + n;
    const char *from = authority;
    const char *colon = NULL;

    if (n > 0 && *authority == '[') {
        const char *bracket = memchr(authority, ']', n);

        from = bracket ? bracket : end;
    }
    colon = memchr(from, ':', (apr_size_t)(end - from));
    if (colon) {
        parts.host_length = (apr_size_t)(colon - authority);
        parts.port = colon + 1;
        parts.port_length = (apr_size_t)(end - colon) - 1;
    }
    return parts;
}

/* --- hosts -------------------------------------------------------------- */

static int is_address(const char *host)
{
    apr_size_t length = strlen(host);
    int colons = 0;

    if (length > ADDRESS_BYTES) {
        return 0;
    }
    for (; *host; host++) {
        colons += *host == ':';
        if (!apr_isxdigit(*host) && *host != ':' && *host != '.') {
            return 0;
        }
    }
    return colons >= 2;
}

/* 0 to 255 without a leading zero, which some read as octal. */
static int is_octet(const char *s, apr_size_t n)
{
    int value = 0;
    apr_size_t i = 0;

    if (n < 1 || n > 3 || (n > 1 && *s == '0')) {
        return 0;
    }
    for (i = 0; i < n; i++) {
        if (!apr_isdigit(s[i])) {
            return 0;
        }
        value = value * 10 + (s[i] - '0');
    }
    return value <= 255;
}

static int is_quad(const char *host)
{
    int n = 0;

    for (;;) {
        apr_size_t length = strcspn(host, ".");

        if (!is_octet(host, length) || ++n > 4) {
            return 0;
        }
        host += length;
        if (!*host) {
            return n == 4;
        }
        host++;
    }
}

/* A name whose last label is a number is read as an address by much
 * software: 127.1, 0x7f.1, 2130706433. No such domain exists. */
static int looks_numeric(const char *host)
{
    const char *dot = strrchr(host, '.');
    const char *c = dot ? dot + 1 : host;
    int is_hex = c[0] == '0' && c[1] == 'x';

    for (c += is_hex ? 2 : 0; *c; c++) {
        if (is_hex ? !apr_isxdigit(*c) : !apr_isdigit(*c)) {
            return 0;
        }
    }
    return 1;
}

static int is_name(const char *host)
{
    apr_size_t label = 0;

    if (strlen(host) > HOST_BYTES) {
        return 0;
    }
    for (; *host; host++) {
        if (*host == '.' && label == 0) {
            return 0;
        }
        if (*host != '.' && !apr_isalnum(*host) && *host != '-'
            && *host != '_') {
            return 0;
        }
        label = *host == '.' ? 0 : label + 1;
        if (label > LABEL_BYTES) {
            return 0;
        }
    }
    return label > 0;
}

static const char *small(apr_pool_t *p, const char *s, apr_size_t n)
{
    char *text = apr_pstrmemdup(p, s, n);
    char *c = text;

    for (; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    return text;
}

static const char *read_host(const parts_t *parts, apr_pool_t *p,
                             tmf_callback_t *callback)
{
    const char *host = parts->host;
    apr_size_t n = parts->host_length;
    const char *fault = "must have the name or the address of a host";

    if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
        callback->host = small(p, host + 1, n - 2);
        return is_address(callback->host) ? NULL : fault;
    }
    callback->host = small(p, host, n);
    if (!is_name(callback->host)) {
        return fault;
    }
    return looks_numeric(callback->host) && !is_quad(callback->host)
        ? "has an address that isn't four decimal numbers" : NULL;
}

static const char *read_port(const parts_t *parts, tmf_callback_t *callback)
{
    int port = 0;
    apr_size_t i = 0;

    for (i = 0; i < parts->port_length && i < PORT_DIGITS; i++) {
        if (!apr_isdigit(parts->port[i])) {
            break;
        }
        port = port * 10 + (parts->port[i] - '0');
    }
    if (i < parts->port_length || port < 1 || port > PORT_MAX) {
        return "must have a port from 1 to " APR_STRINGIFY(PORT_MAX);
    }
    callback->port = port;
    return NULL;
}

static const char *read_authority(const char *authority, apr_pool_t *p,
                                  tmf_callback_t *callback)
{
    apr_size_t n = strcspn(authority, "/?");
    parts_t parts = cut(authority, n);
    const char *fault = NULL;

    if (memchr(authority, '@', n)) {
        return "must not have a user or a password";
    }
    if (strpbrk(authority + n, "[]")) {
        return UNENCODED;
    }
    fault = read_host(&parts, p, callback);
    return !fault && parts.port ? read_port(&parts, callback) : fault;
}

/* --- rules -------------------------------------------------------------- */

static int is_allowed(const char *host, const tmf_hub_rules_t *rules)
{
    int i = 0;

    for (i = 0; i < rules->n_hosts; i++) {
        if (apr_fnmatch(rules->hosts[i], host, APR_FNM_CASE_BLIND)
            == APR_SUCCESS) {
            return 1;
        }
    }
    return rules->n_hosts == 0;
}

const tmf_violation_t *tmf_callback_check(const char *text,
                                          const tmf_hub_rules_t *rules,
                                          apr_pool_t *p,
                                          tmf_callback_t *callback)
{
    const char *authority = NULL;
    const char *fault = NULL;

    if (strlen(text) > TMF_CALLBACK_BYTES) {
        return refuse(p, "size", "is longer than "
                      APR_STRINGIFY(TMF_CALLBACK_BYTES) " bytes");
    }
    authority = read_scheme(text, callback);
    if (!authority || (!callback->is_https && !rules->takes_http)) {
        return refuse(p, "scheme", rules->takes_http
                      ? "must be an absolute https or http URL"
                      : "must be an absolute https URL");
    }
    fault = check_characters(authority);
    if (!fault) {
        fault = read_authority(authority, p, callback);
    }
    if (fault) {
        return refuse(p, "format", fault);
    }
    return is_allowed(callback->host, rules)
        ? NULL : refuse(p, "host", "has a host that is not allowed here");
}

int tmf_callback_is_pattern(const char *text)
{
    const char *c = text;

    while (apr_isalnum(*c) || (*c && strchr("-_.:*", *c))) {
        c++;
    }
    return c > text && !*c;
}
