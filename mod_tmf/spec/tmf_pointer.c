#include "spec/tmf_pointer.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

const char *tmf_pointer_member(apr_pool_t *p, const char *pointer,
                               const char *key)
{
    apr_size_t len = strlen(pointer);
    char *result = apr_palloc(p, len + 1 + 2 * strlen(key) + 1);
    char *out = result + len;

    memcpy(result, pointer, len);
    *out++ = '/';
    for (; *key; key++) {
        if (*key == '~' || *key == '/') {
            *out++ = '~';
            *out++ = *key == '~' ? '0' : '1';
        } else {
            *out++ = *key;
        }
    }
    *out = '\0';
    return result;
}

const char *tmf_pointer_element(apr_pool_t *p, const char *pointer,
                                apr_size_t i)
{
    return apr_psprintf(p, "%s/%" APR_SIZE_T_FMT, pointer, i);
}

/* Unescape ~0 and ~1 in place; false if another character follows a '~'. */
static int unescape(char *segment)
{
    char *out = segment;

    for (; *segment; segment++) {
        if (*segment != '~') {
            *out++ = *segment;
            continue;
        }
        segment++;
        if (*segment != '0' && *segment != '1') {
            return 0;
        }
        *out++ = *segment == '0' ? '~' : '/';
    }
    *out = '\0';
    return 1;
}

/* An element by the text of its index: digits without a leading zero. */
static json_t *find_element(json_t *array, const char *segment)
{
    apr_size_t i = 0;
    const char *digit = segment;

    if (!*segment || (segment[0] == '0' && segment[1])) {
        return NULL;
    }
    for (; *digit; digit++) {
        if (!apr_isdigit(*digit) || i >= json_array_size(array)) {
            return NULL;
        }
        i = i * 10 + (apr_size_t)(*digit - '0');
    }
    return json_array_get(array, i);
}

static json_t *find_child(json_t *value, char *segment)
{
    if (!unescape(segment)) {
        return NULL;
    }
    return json_is_array(value) ? find_element(value, segment)
                                : json_object_get(value, segment);
}

json_t *tmf_pointer_find(apr_pool_t *p, json_t *root, const char *pointer)
{
    json_t *value = root;
    char *rest = NULL;

    if (!*pointer) {
        return root;
    }
    if (*pointer != '/') {
        return NULL;
    }
    rest = apr_pstrdup(p, pointer + 1);
    while (value && rest) {
        char *segment = rest;

        rest = strchr(segment, '/');
        if (rest) {
            *rest++ = '\0';
        }
        value = find_child(value, segment);
    }
    return value;
}

const char *tmf_pointer_last(apr_pool_t *p, const char *pointer)
{
    const char *slash = strrchr(pointer, '/');
    char *segment = apr_pstrdup(p, slash ? slash + 1 : pointer);

    return unescape(segment) ? segment : pointer;
}

static int hex_digit(char c)
{
    if (apr_isdigit(c)) {
        return c - '0';
    }
    return apr_isxdigit(c) ? apr_tolower(c) - 'a' + 10 : -1;
}

const char *tmf_pointer_decode(apr_pool_t *p, const char *fragment)
{
    char *result = apr_pstrdup(p, fragment);
    char *out = result;

    for (; *fragment; fragment++) {
        int high = 0;
        int low = 0;

        if (*fragment != '%') {
            *out++ = *fragment;
            continue;
        }
        high = hex_digit(fragment[1]);
        low = high < 0 ? -1 : hex_digit(fragment[2]);
        if (low < 0 || (high == 0 && low == 0)) {
            return NULL;
        }
        *out++ = (char)(high * 16 + low);
        fragment += 2;
    }
    *out = '\0';
    return result;
}
