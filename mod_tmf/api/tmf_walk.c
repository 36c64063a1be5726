#include "api/tmf_walk.h"

#include "base/tmf_text.h"
#include "spec/tmf_pointer.h"

const tmf_spot_t tmf_walk_top = { NULL, NULL, 0 };

/* Recurses as deep as the body. */
static const char *make_pointer(apr_pool_t *p, const tmf_spot_t *spot)
{
    const char *parent = spot->parent ? make_pointer(p, spot->parent) : "";

    if (!spot->parent) {
        return parent;
    }
    return spot->name ? tmf_pointer_member(p, parent, spot->name)
                      : tmf_pointer_element(p, parent, spot->element);
}

int tmf_walk_full(const tmf_walk_t *walk)
{
    return walk->violations
        && walk->violations->nelts == TMF_VIOLATIONS_MAX;
}

void tmf_walk_add(tmf_walk_t *walk, const tmf_spot_t *spot,
                  const char *rule, const char *message)
{
    tmf_violation_t *violation = NULL;

    if (tmf_walk_full(walk)) {
        walk->unlisted++;
        return;
    }
    if (!walk->violations) {
        walk->violations = apr_array_make(walk->p, 4,
                                          sizeof(tmf_violation_t));
    }
    violation = apr_array_push(walk->violations);
    violation->pointer = make_pointer(walk->p, spot);
    violation->rule = rule;
    violation->message = message;
}

tmf_error_t *tmf_walk_conclude(const tmf_walk_t *walk)
{
    return walk->violations
        ? tmf_error_violations(walk->p, TMF_INVALID_BODY, walk->violations,
                               walk->unlisted) : NULL;
}

const char *tmf_walk_list(apr_pool_t *p, const char *start,
                          const char *const *names, int n)
{
    tmf_text_t *text = tmf_text_make(p, 128, 0);
    int i = 0;

    tmf_text_puts(text, start);
    for (i = 0; i < n; i++) {
        tmf_text_puts(text, i > 0 ? ", " : " ");
        tmf_text_puts(text, names[i]);
    }
    return tmf_text_string(text);
}
