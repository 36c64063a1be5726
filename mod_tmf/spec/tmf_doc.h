/* A JSON document while it is being loaded: where it came from, what is
 * in it, what is wrong with it. Nothing here outlives the loading. */
#ifndef TMF_DOC_H
#define TMF_DOC_H

#include <apr_hash.h>
#include <apr_tables.h>
#include <jansson.h>

/** The texts to load. */
typedef struct tmf_source_t {
    const char *file;         /* name for messages */
    const char *text;         /* NULL: could not be read */
    apr_size_t len;
} tmf_source_t;

/** Where mistakes go. */
typedef struct tmf_report_t {
    apr_array_header_t *faults;   /* of tmf_fault_t */
    apr_pool_t *p;            /* of their texts */
    apr_pool_t *scratch;      /* destroyed when loading ends */
    int n_before;             /* faults of others in the array */
} tmf_report_t;

/** What a value of a definition is, by its place in the document. */
typedef enum tmf_place_t {
    TMF_PLACE_DOCUMENT,
    TMF_PLACE_INFO,
    TMF_PLACE_PATHS,
    TMF_PLACE_PATH_ITEM,
    TMF_PLACE_OPERATION,
    TMF_PLACE_PARAMETERS,
    TMF_PLACE_PARAMETER,
    TMF_PLACE_BODY,
    TMF_PLACE_RESPONSES,
    TMF_PLACE_RESPONSE,
    TMF_PLACE_HEADERS,
    TMF_PLACE_HEADER,
    TMF_PLACE_CONTENT,
    TMF_PLACE_MEDIA,
    TMF_PLACE_COMPONENTS,
    TMF_PLACE_PARAMETER_MAP,
    TMF_PLACE_BODY_MAP,
    TMF_PLACE_RESPONSE_MAP,
    TMF_PLACE_SCHEMAS,
    TMF_PLACE_SCHEMA_LIST,
    TMF_PLACE_SCHEMA,
    TMF_PLACE_TEXT,
    TMF_PLACES
} tmf_place_t;

/** An object or array whose place is known. */
typedef struct tmf_node_t {
    json_t *json;
    tmf_place_t place;
    const char *pointer;
} tmf_node_t;

typedef struct tmf_doc_t {
    const char *file;
    json_t *root;             /* NULL: not read, or not an object */
    int is_swagger;           /* Swagger 2.0, else OpenAPI 3.0 */
    tmf_report_t *report;
    apr_hash_t *nodes;        /* json_t * to tmf_node_t * */
    apr_array_header_t *order;    /* the same tmf_node_t *, as found */
    apr_hash_t *broken;       /* objects whose $ref is at fault */
} tmf_doc_t;

/**
 * Read a file into memory. A file that can't be read is a fault.
 * @return the source; its text is NULL after a fault.
 */
tmf_source_t tmf_doc_read(const char *file, tmf_report_t *report);

/**
 * Parse a text: JSON with an object at the top, no key twice in an
 * object, a byte order mark allowed. Anything else is a fault.
 * @return the document, never NULL; its root is NULL after a fault.
 */
tmf_doc_t *tmf_doc_parse(const tmf_source_t *source, tmf_report_t *report);

/** Report a mistake in a document. */
void tmf_doc_fault(const tmf_doc_t *doc, const char *pointer,
                   const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Remember an object or array; the first place wins. */
void tmf_doc_place(tmf_doc_t *doc, json_t *json, tmf_place_t place,
                   const char *pointer);

/** What is known of an object or array; NULL: nothing. */
const tmf_node_t *tmf_doc_node(const tmf_doc_t *doc, const json_t *json);

/** The pointer of a value placed before; "" if it never was. */
const char *tmf_doc_where(const tmf_doc_t *doc, const json_t *json);

/** Note that the $ref of an object leads nowhere. */
void tmf_doc_break(tmf_doc_t *doc, json_t *json);

/** One step: what the $ref of an object names, or NULL. */
json_t *tmf_doc_target(const tmf_doc_t *doc, const json_t *json);

/**
 * Follow $ref until there is none.
 * @param json may be NULL.
 * @return a borrowed reference to an object without $ref; NULL if json is
 *     no object or a $ref on the way is broken.
 */
json_t *tmf_doc_resolve(const tmf_doc_t *doc, json_t *json);

#endif
