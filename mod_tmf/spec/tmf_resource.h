/* A resource of a definition with what its overlay says: immutable. */
#ifndef TMF_RESOURCE_H
#define TMF_RESOURCE_H

#include "spec/tmf_schema.h"

/** Operations; TMF_OP_* are also bit numbers in tmf_resource_t.operations. */
typedef enum tmf_op_t {
    TMF_OP_LIST,
    TMF_OP_GET,
    TMF_OP_CREATE,
    TMF_OP_PATCH,
    TMF_OP_DELETE,
    TMF_OP_HUB,               /* any request to /hub or /hub/{id} */
    TMF_OPS
} tmf_op_t;

/** Events; also bit numbers in tmf_resource_t.events (TMF630 section 12). */
typedef enum tmf_event_kind_t {
    TMF_EVENT_CREATE,         /* <Type>CreateEvent */
    TMF_EVENT_ATTRIBUTE,      /* <Type>AttributeValueChangeEvent */
    TMF_EVENT_STATE,          /* <Type>StateChangeEvent */
    TMF_EVENT_DELETE,         /* <Type>DeleteEvent */
    TMF_EVENT_KINDS
} tmf_event_kind_t;

/** A value the server gives an attribute that the writer left out. */
typedef struct tmf_default_t {
    const char *attribute;
    const char *value;        /* JSON text, NULL: the time of writing */
} tmf_default_t;

/** "At least one of these attributes." */
typedef struct tmf_one_of_t {
    int n_attributes;
    const char *const *attributes;
} tmf_one_of_t;

/** Values that may follow a value of the state attribute. */
typedef struct tmf_transition_t {
    const char *from;
    int n_to;
    const char *const *to;    /* none: nothing may follow */
} tmf_transition_t;

/** A filter index: an attribute's dotted path. */
typedef struct tmf_index_t {
    const char *path;         /* "holder.id" */
} tmf_index_t;

typedef struct tmf_resource_t {
    const char *name;         /* path segment: "officeBadge" */
    const char *type;         /* value of @type: "OfficeBadge" */
    const char *table;        /* SQL name: "office_badge" */
    const char *description;  /* one sentence for the table's comment */
    unsigned int operations;  /* bits 1 << TMF_OP_* */
    unsigned int events;      /* bits 1 << TMF_EVENT_* */
    const tmf_schema_t *schema;   /* what is read; never NULL */
    const tmf_schema_t *create;   /* body of POST, or NULL */
    const tmf_schema_t *update;   /* body of PATCH, or NULL */
    /* declared attributes that a POST may not set: ignored. id and href
     * are always among them. */
    int n_create_ignored;
    const char *const *create_ignored;
    /* declared attributes that a PATCH may not change: refused. Without
     * id and href. */
    int n_update_fixed;
    const char *const *update_fixed;
    /* attributes that the stored resource must have: union of what the
     * read, create and update schemas require, without id, href, @type */
    int n_required;
    const char *const *required;
    int n_one_of;
    const tmf_one_of_t *one_of;
    int n_defaults;
    const tmf_default_t *defaults;    /* set at insert if absent */
    int n_touched;
    const char *const *touched;   /* set to now by each change */
    /* as schema and create, but with all that the overlay says to be
     * mandatory among what is required: the profile "strict" */
    const tmf_schema_t *full;
    const tmf_schema_t *full_create;  /* NULL if create is */
    const char *shapes;       /* full as JSON: tmf_shape.h */
    const char *state;        /* state attribute, or NULL */
    int n_transitions;
    const tmf_transition_t *transitions;  /* NULL: every change of the state
                                             is right */
    int n_indexes;
    const tmf_index_t *indexes;
    int loader;               /* the billing writer may write the table */
} tmf_resource_t;

#endif
