/* Attributes an overlay names: are they declared, do they suit? */
#ifndef TMF_ATTRIBUTE_H
#define TMF_ATTRIBUTE_H

#include "spec/tmf_draft.h"

/** The entry of the overlay that is being read. */
typedef struct tmf_entry_t {
    tmf_loader_t *loader;
    const tmf_doc_t *doc;     /* the overlay */
    apr_pool_t *p;
    apr_pool_t *scratch;
    tmf_draft_t *draft;       /* without a schema: its names are not known */
} tmf_entry_t;

/** A string of the overlay and its place. */
typedef struct tmf_named_t {
    const char *name;
    const char *pointer;
} tmf_named_t;

/** The schema of a top-level attribute; NULL if it isn't known. */
const tmf_schema_t *tmf_attribute_find(const tmf_entry_t *entry,
                                       const char *name);

/** Report an attribute that isn't declared, or is the server's own. */
void tmf_attribute_check(const tmf_entry_t *entry, const char *name,
                         const char *pointer);

/** The name of an attribute; NULL after a fault. */
const char *tmf_attribute_name(const tmf_entry_t *entry,
                               const json_t *value, const char *pointer);

/** A list of different strings: array of tmf_named_t, never NULL. What is
 * wrong with it is reported. */
apr_array_header_t *tmf_attribute_strings(const tmf_entry_t *entry,
                                          const json_t *value,
                                          const char *pointer);

/**
 * A list of different attributes: array of char *, never NULL.
 * @param check a further check of each, or NULL.
 */
apr_array_header_t *tmf_attribute_names(
    tmf_entry_t *entry, const json_t *value, const char *pointer,
    void (*check)(tmf_entry_t *, const char *, const char *));

/** True if an earlier element of an array is equal to element i. */
int tmf_attribute_given_twice(const json_t *array, apr_size_t i);

/** True if the text of a time of writing is a right value. */
int tmf_attribute_takes_instant(const tmf_schema_t *schema);

/** Report a dotted path that can't have a filter index. */
void tmf_attribute_check_path(const tmf_entry_t *entry, const char *path,
                              const char *pointer);

/** Report what in a value is not as its schema says. */
void tmf_attribute_check_value(const tmf_entry_t *entry,
                               const tmf_schema_t *schema,
                               const json_t *value, const char *pointer);

/** The JSON text of a value. */
const char *tmf_attribute_text(apr_pool_t *p, const json_t *value);

#endif
