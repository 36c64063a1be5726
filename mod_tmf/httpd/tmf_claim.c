/*
 * httpd decodes r->uri in place, so that "a%2Fb" and "a%252Fb" can become
 * the same. An id may have any character. Hence this rule:
 *
 * - The mount is found in r->uri, decoded and normalised: by the very text
 *   that httpd compares <Location> paths with. Access control and mount can
 *   never see different paths.
 * - The path below the mount is taken from a copy made before decoding, when
 *   httpd has already merged slashes, resolved dot segments (also encoded
 *   dots) and decoded unreserved characters. Each segment of the copy is one
 *   of r->uri, so it begins after as many segments as the mount's path has.
 *   The core decodes each segment, once.
 * - If r->uri isn't what the copy decodes to, another module has rewritten
 *   it, or AllowEncodedSlashes On has made separators of encoded slashes.
 *   Then r->uri counts and is encoded again; a "%2F" in it stays: it is what
 *   AllowEncodedSlashes NoDecode leaves.
 */
#include "httpd/tmf_claim.h"

#include <string.h>

#include <apr_strings.h>

#include "base/tmf_text.h"

/* r->handler of requests below a mount: it keeps FallbackResource away. */
#define NAME "tmf"

/* r->filename of theirs: modules expect one, and name it in the log. */
#define NO_FILE "tmf:"

typedef struct claim_t {
    const char *encoded;      /* path before decoding, or NULL */
    const tmf_mount_point_t *point;   /* NULL: not ours, or not yet known */
} claim_t;

static claim_t *find_claim(request_rec *r)
{
    return ap_get_module_config(r->request_config, &tmf_module);
}

static claim_t *make_claim(request_rec *r)
{
    claim_t *claim = find_claim(r);

    if (!claim) {
        claim = apr_pcalloc(r->pool, sizeof(*claim));
        ap_set_module_config(r->request_config, &tmf_module, claim);
    }
    return claim;
}

const tmf_mount_point_t *tmf_claim_point(request_rec *r)
{
    const claim_t *claim = find_claim(r);

    return claim ? claim->point : NULL;
}

int tmf_claim_encoded(request_rec *r)
{
    if (tmf_config_of(r->server)->n_points > 0 && r->uri) {
        make_claim(r)->encoded = apr_pstrdup(r->pool, r->uri);
    }
    return DECLINED;
}

int tmf_claim_translate(request_rec *r)
{
    if (r->proxyreq == PROXYREQ_PROXY || !tmf_mounts_find(r->server, r->uri)) {
        return DECLINED;
    }
    r->filename = apr_pstrcat(r->pool, NO_FILE, r->uri, NULL);
    return OK;
}

int tmf_claim_storage(request_rec *r)
{
    const tmf_mount_point_t *point = r->proxyreq == PROXYREQ_PROXY
        ? NULL : tmf_mounts_find(r->server, r->uri);

    if (!point) {
        return DECLINED;
    }
    make_claim(r)->point = point;
    r->filename = apr_pstrcat(r->pool, NO_FILE, r->uri, NULL);
    return OK;
}

int tmf_claim_type(request_rec *r)
{
    if (!tmf_claim_point(r)) {
        return DECLINED;
    }
    r->handler = NAME;
    return OK;
}

/* True if the copy's segments are those of r->uri. */
static int still_holds(request_rec *r, const char *encoded)
{
    char *decoded = NULL;

    if (!strchr(encoded, '%')) {
        return !strcmp(encoded, r->uri);
    }
    decoded = apr_pstrdup(r->pool, encoded);
    return ap_unescape_url_keep2f(decoded, 0) == OK
        && !strcmp(decoded, r->uri);
}

static const char *skip_segments(const char *path, const char *mount)
{
    for (; *mount; mount++) {
        if (*mount == '/') {
            path += 1 + strcspn(path + 1, "/");
        }
    }
    return path;
}

static const char *encode_again(const char *path, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 3 * strlen(path) + 1, 0);

    while (*path) {
        apr_size_t length = strcspn(path, "/%");

        tmf_text_uri(text, path, length);
        path += length;
        if (*path == '/') {
            tmf_text_puts(text, "/");
            path++;
        } else if (!strncasecmp(path, "%2F", 3)) {
            tmf_text_puts(text, "%2F");
            path += 3;
        } else if (*path) {
            tmf_text_puts(text, "%25");
            path++;
        }
    }
    return tmf_text_string(text);
}

const char *tmf_claim_path(request_rec *r)
{
    const claim_t *claim = find_claim(r);

    if (claim->encoded && still_holds(r, claim->encoded)) {
        return skip_segments(claim->encoded, claim->point->path);
    }
    return encode_again(r->uri + claim->point->length, r->pool);
}
