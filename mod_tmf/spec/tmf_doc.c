#include "spec/tmf_doc.h"

#include <stdarg.h>
#include <string.h>

#include <apr_errno.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "spec/tmf_pointer.h"
#include "spec/tmf_spec.h"

#define DOCUMENT_MAX 16777216L    /* 16 MiB */
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

static void add_fault(const tmf_report_t *report, const char *file,
                      const char *pointer, const char *message)
{
    tmf_fault_t *fault = apr_array_push(report->faults);

    fault->file = apr_pstrdup(report->p, file);
    fault->pointer = apr_pstrdup(report->p, pointer);
    fault->message = message;
}

void tmf_doc_fault(const tmf_doc_t *doc, const char *pointer,
                   const char *format, ...)
{
    va_list args;
    const char *message = NULL;

    va_start(args, format);
    message = apr_pvsprintf(doc->report->p, format, args);
    va_end(args);
    add_fault(doc->report, doc->file, pointer, message);
}

static apr_status_t read_all(tmf_source_t *source, apr_pool_t *p)
{
    apr_file_t *file = NULL;
    apr_finfo_t info;
    char *text = NULL;
    apr_status_t rv = apr_file_open(&file, source->file,
                                    APR_FOPEN_READ | APR_FOPEN_BINARY,
                                    APR_OS_DEFAULT, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_TYPE, file);
    if (rv == APR_SUCCESS && info.filetype != APR_REG) {
        rv = APR_EGENERAL;
    }
    if (rv == APR_SUCCESS && info.size > DOCUMENT_MAX) {
        rv = APR_ENOSPC;
    }
    if (rv == APR_SUCCESS) {
        text = apr_palloc(p, (apr_size_t)info.size + 1);
        rv = apr_file_read_full(file, text, (apr_size_t)info.size,
                                &source->len);
    }
    apr_file_close(file);
    if (rv == APR_SUCCESS || rv == APR_EOF) {
        source->text = text;
        rv = text ? APR_SUCCESS : rv;
    }
    return rv;
}

tmf_source_t tmf_doc_read(const char *file, tmf_report_t *report)
{
    tmf_source_t source = {file, NULL, 0};
    apr_status_t rv = read_all(&source, report->scratch);
    char reason[120];

    if (rv == APR_EGENERAL) {
        add_fault(report, file, "", "is not a file");
    } else if (rv == APR_ENOSPC) {
        add_fault(report, file, "", "is larger than 16 MiB");
    } else if (rv != APR_SUCCESS) {
        apr_strerror(rv, reason, sizeof(reason));
        add_fault(report, file, "",
                  apr_psprintf(report->p, "cannot be read: %s", reason));
    }
    return source;
}

static apr_status_t release(void *json)
{
    json_decref(json);
    return APR_SUCCESS;
}

static json_t *parse(const tmf_doc_t *doc, const tmf_source_t *source)
{
    const apr_size_t mark = sizeof(BYTE_ORDER_MARK) - 1;
    const char *text = source->text;
    apr_size_t len = source->len;
    json_error_t error;
    json_t *root = NULL;

    if (len >= mark && memcmp(text, BYTE_ORDER_MARK, mark) == 0) {
        text += mark;
        len -= mark;
    }
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                      &error);
    if (!root) {
        tmf_doc_fault(doc, "", "is not JSON: line %d, column %d: %s",
                      error.line, error.column, error.text);
        return NULL;
    }
    apr_pool_cleanup_register(doc->report->scratch, root, release,
                              apr_pool_cleanup_null);
    if (!json_is_object(root)) {
        tmf_doc_fault(doc, "", "must be an object");
        return NULL;
    }
    return root;
}

tmf_doc_t *tmf_doc_parse(const tmf_source_t *source, tmf_report_t *report)
{
    apr_pool_t *p = report->scratch;
    tmf_doc_t *doc = apr_pcalloc(p, sizeof(*doc));

    doc->file = source->file;
    doc->report = report;
    doc->nodes = apr_hash_make(p);
    doc->broken = apr_hash_make(p);
    doc->order = apr_array_make(p, 256, sizeof(tmf_node_t *));
    if (source->text) {
        doc->root = parse(doc, source);
    }
    return doc;
}

void tmf_doc_place(tmf_doc_t *doc, json_t *json, tmf_place_t place,
                   const char *pointer)
{
    tmf_node_t *node = NULL;

    if (tmf_doc_node(doc, json)) {
        return;
    }
    node = apr_palloc(doc->report->scratch, sizeof(*node));
    node->json = json;
    node->place = place;
    node->pointer = pointer;
    apr_hash_set(doc->nodes, &node->json, sizeof(node->json), node);
    APR_ARRAY_PUSH(doc->order, tmf_node_t *) = node;
}

const tmf_node_t *tmf_doc_node(const tmf_doc_t *doc, const json_t *json)
{
    return apr_hash_get(doc->nodes, &json, sizeof(json));
}

const char *tmf_doc_where(const tmf_doc_t *doc, const json_t *json)
{
    const tmf_node_t *node = tmf_doc_node(doc, json);

    return node ? node->pointer : "";
}

void tmf_doc_break(tmf_doc_t *doc, json_t *json)
{
    json_t **key = apr_palloc(doc->report->scratch, sizeof(*key));

    *key = json;
    apr_hash_set(doc->broken, key, sizeof(*key), json);
}

json_t *tmf_doc_target(const tmf_doc_t *doc, const json_t *json)
{
    const char *ref = json_string_value(json_object_get(json, "$ref"));
    const char *pointer = NULL;

    if (!ref || *ref != '#') {
        return NULL;
    }
    pointer = tmf_pointer_decode(doc->report->scratch, ref + 1);
    return pointer
        ? tmf_pointer_find(doc->report->scratch, doc->root, pointer) : NULL;
}

json_t *tmf_doc_resolve(const tmf_doc_t *doc, json_t *json)
{
    int hops = 0;

    while (json_is_object(json) && json_object_get(json, "$ref")) {
        if (hops++ > doc->order->nelts
            || apr_hash_get(doc->broken, &json, sizeof(json))) {
            return NULL;
        }
        json = tmf_doc_target(doc, json);
    }
    return json_is_object(json) ? json : NULL;
}
