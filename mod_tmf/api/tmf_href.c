#include "api/tmf_href.h"

#include <string.h>

#include <apr_lib.h>

#include "base/tmf_text.h"
#include "base/tmf_uri.h"

/* The scheme's length with its colon, 0 if there is none (RFC 3986, 3.1). */
static apr_size_t scheme_length(const char *href)
{
    const char *c = href;

    while (apr_isalnum(*c) || *c == '+' || *c == '-' || *c == '.') {
        c++;
    }
    return *c == ':' && apr_isalpha(*href) ? (apr_size_t)(c - href) + 1 : 0;
}

/* Past scheme and authority: a host named like a resource is none. NULL if
 * there is a scheme and no host after it. */
static const char *find_path(const char *href)
{
    apr_size_t scheme = scheme_length(href);

    href += scheme;
    if (strncmp(href, "//", 2) == 0) {
        return href + 2 + strcspn(href + 2, "/");
    }
    return scheme ? NULL : href;
}

const char *tmf_href_id(const char *href, const char *name, apr_pool_t *p)
{
    apr_size_t length = strlen(name);
    const char *path = find_path(href);
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *segment = NULL;

    if (!slash || !slash[1] || strpbrk(path, "?#")) {
        return NULL;
    }
    if ((apr_size_t)(slash - path) < length) {
        return NULL;
    }
    segment = slash - length;
    if (memcmp(segment, name, length) != 0
        || (segment > path && segment[-1] != '/')) {
        return NULL;
    }
    return tmf_uri_decode(p, slash + 1, strlen(slash + 1),
                          TMF_PLUS_LITERAL);
}

const char *tmf_href_make(const char *base, const char *name, const char *id,
                          apr_pool_t *p)
{
    apr_size_t length = strlen(id);
    tmf_text_t *text = tmf_text_make(
        p, strlen(base) + strlen(name) + length + 2, 0);

    tmf_text_puts(text, base);
    tmf_text_puts(text, "/");
    tmf_text_puts(text, name);
    tmf_text_puts(text, "/");
    tmf_text_uri(text, id, length);
    return tmf_text_string(text);
}
