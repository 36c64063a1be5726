#include "spec/tmf_operation.h"

#include <string.h>

/* In this order; the first that has a schema counts. */
static const char *const success[] = {"200", "201", "202", "206", "2XX"};

/* In this order; else the first media type there is. A parameter such as
 * charset may follow. */
static const char *const media_types[] = {
    "application/json", "application/merge-patch+json"
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int is_media_type(const char *key, const char *name)
{
    apr_size_t len = strlen(name);

    return strncmp(key, name, len) == 0
        && (key[len] == '\0' || key[len] == ';' || key[len] == ' ');
}

static json_t *find_media_type(json_t *content, const char *name)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(content, key, value) {
        if (is_media_type(key, name)) {
            return value;
        }
    }
    return NULL;
}

static json_t *find_media(json_t *content)
{
    json_t *media = NULL;
    apr_size_t i = 0;

    for (i = 0; i < COUNT(media_types) && !media; i++) {
        media = find_media_type(content, media_types[i]);
    }
    return media ? media : json_object_iter_value(json_object_iter(content));
}

/* The schema of an OpenAPI 3.0 response or request body. */
static json_t *content_schema(json_t *holder)
{
    json_t *content = json_object_get(holder, "content");
    json_t *media = NULL;

    if (!content || !json_is_object(content)) {
        return content;
    }
    media = find_media(content);
    return !media || json_is_object(media) ? json_object_get(media, "schema")
                                           : media;
}

static json_t *response_schema(const tmf_doc_t *doc, json_t *response)
{
    json_t *resolved = tmf_doc_resolve(doc, response);

    if (!resolved) {
        return response;
    }
    return doc->is_swagger ? json_object_get(resolved, "schema")
                           : content_schema(resolved);
}

json_t *tmf_operation_answer(const tmf_doc_t *doc, json_t *operation)
{
    json_t *responses = json_object_get(operation, "responses");
    apr_size_t i = 0;

    if (!responses || !json_is_object(responses)) {
        return responses;
    }
    for (i = 0; i < COUNT(success); i++) {
        json_t *response = json_object_get(responses, success[i]);
        json_t *schema = response ? response_schema(doc, response) : NULL;

        if (schema) {
            return schema;
        }
    }
    return NULL;
}

/* Swagger 2.0: the parameter whose place is the body. */
static json_t *parameter_schema(const tmf_doc_t *doc, json_t *holder)
{
    json_t *parameters = json_object_get(holder, "parameters");
    json_t *broken = NULL;
    apr_size_t i = 0;
    json_t *value = NULL;

    if (!parameters || !json_is_array(parameters)) {
        return parameters;
    }
    json_array_foreach(parameters, i, value) {
        json_t *parameter = tmf_doc_resolve(doc, value);
        const char *place = json_string_value(json_object_get(parameter,
                                                              "in"));

        if (!parameter) {
            broken = value;
        } else if (place && strcmp(place, "body") == 0) {
            return json_object_get(parameter, "schema");
        }
    }
    return broken;
}

json_t *tmf_operation_body(const tmf_doc_t *doc, json_t *path,
                           json_t *operation)
{
    json_t *body = NULL;
    json_t *schema = NULL;

    if (doc->is_swagger) {
        schema = parameter_schema(doc, operation);
        return schema ? schema : parameter_schema(doc, path);
    }
    body = json_object_get(operation, "requestBody");
    if (!body || !tmf_doc_resolve(doc, body)) {
        return body;
    }
    return content_schema(tmf_doc_resolve(doc, body));
}
