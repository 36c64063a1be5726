#include "api/tmf_sort.h"

#include <string.h>

#include <apr_strings.h>

#include "api/tmf_dotted.h"
#include "api/tmf_parameter.h"
#include "base/tmf_uri.h"

static int is_there(const apr_array_header_t *sorts, const tmf_sort_t *sort)
{
    int i = 0;

    for (i = 0; i < sorts->nelts; i++) {
        if (tmf_dotted_same(&APR_ARRAY_IDX(sorts, i, tmf_sort_t).operand,
                            &sort->operand)) {
            return 1;
        }
    }
    return 0;
}

/* hrefs differ by their ids alone. An object has no order that its declared
 * type tells: it is ordered as if it were not declared. */
static void type_key(tmf_sort_t *sort, const tmf_resource_t *resource)
{
    static const char *const id[] = { "id" };
    tmf_operand_t *operand = &sort->operand;

    if (tmf_dotted_is(operand, "href")) {
        operand->names = id;
    }
    tmf_dotted_type(operand, resource);
    if (operand->compare == TMF_COMPARE_NOTHING) {
        operand->compare = TMF_COMPARE_ANY;
        operand->many = 1;
    }
}

static const char *add_key(apr_array_header_t *sorts, const char *key,
                           const tmf_resource_t *resource)
{
    tmf_sort_t sort;
    const char *rule = NULL;

    memset(&sort, 0, sizeof(sort));
    if (!*key) {
        return NULL;
    }
    sort.descending = *key == '-';
    key += strchr("+- ", *key) != NULL;
    rule = tmf_dotted_split(key, sorts->pool, &sort.operand);
    if (rule) {
        return rule;
    }
    type_key(&sort, resource);
    if (is_there(sorts, &sort)) {
        return NULL;
    }
    if (sorts->nelts == TMF_SORT_MAX) {
        return "has more than " APR_STRINGIFY(TMF_SORT_MAX) " keys";
    }
    APR_ARRAY_PUSH(sorts, tmf_sort_t) = sort;
    return NULL;
}

const char *tmf_sort_parse(const char *raw, apr_size_t n,
                           const tmf_resource_t *resource,
                           apr_array_header_t *sorts)
{
    const char *text = tmf_uri_decode(sorts->pool, raw, n, TMF_PLUS_BLANK);
    const char *rule = NULL;

    if (!text) {
        return TMF_ENCODING_RULE;
    }
    while (!rule && *text) {
        apr_size_t length = strcspn(text, ",");

        rule = add_key(sorts, apr_pstrmemdup(sorts->pool, text, length),
                       resource);
        text += length + (text[length] == ',');
    }
    return rule;
}
