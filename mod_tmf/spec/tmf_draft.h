/* A resource and a definition while they are being compiled. */
#ifndef TMF_DRAFT_H
#define TMF_DRAFT_H

#include "spec/tmf_compile.h"
#include "spec/tmf_resource.h"

/** The two paths of a resource. */
typedef enum tmf_side_t {
    TMF_SIDE_COLLECTION,      /* /name */
    TMF_SIDE_ITEM,            /* /name/{id} */
    TMF_SIDES
} tmf_side_t;

typedef struct tmf_draft_t {
    tmf_resource_t resource;  /* its schema is NULL if it is at fault */
    int is_hub;
    int is_broken;            /* a mistake in its paths was reported */
    const char *pointer;      /* of its first path */
    const char *pointers[TMF_SIDES];  /* of its paths, or NULL */
    json_t *paths[TMF_SIDES]; /* resolved, or NULL */
    json_t *answers[TMF_OPS]; /* schema of the resource an operation gives */
    const char *table_pointer;    /* into the overlay, if it names one */
    apr_array_header_t *mandatory;    /* dotted paths of the overlay, of char *;
                                         NULL: none */
    apr_array_header_t *create_ignored;   /* of char *, as the next two */
    apr_array_header_t *update_fixed;
    apr_array_header_t *required;
} tmf_draft_t;

typedef struct tmf_loader_t {
    tmf_doc_t *doc;
    tmf_doc_t *overlay;       /* NULL: none was asked for */
    tmf_compiler_t *compiler;
    apr_pool_t *p;            /* of the result */
    apr_pool_t *scratch;
    int knows_paths;          /* the drafts are all resources there are */
    apr_array_header_t *drafts;   /* of tmf_draft_t *, in document order */
    apr_array_header_t *listeners;    /* of char *: names of events */
    const char *data_set;     /* from the overlay, or NULL */
} tmf_loader_t;

/** Find the draft of a resource by its path segment, or NULL. */
tmf_draft_t *tmf_draft_find(const tmf_loader_t *loader, const char *name);

/** Compile what the definition says about a resource. */
void tmf_draft_compile(const tmf_loader_t *loader, tmf_draft_t *draft);

/** Fill in what neither definition nor overlay said. */
void tmf_draft_finish(const tmf_loader_t *loader, tmf_draft_t *draft);

#endif
