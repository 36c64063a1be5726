/* Compiling schemas: JSON in, immutable structs out. */
#ifndef TMF_COMPILE_H
#define TMF_COMPILE_H

#include "spec/tmf_doc.h"
#include "spec/tmf_schema.h"

typedef struct tmf_compiler_t tmf_compiler_t;

/**
 * Make a compiler for a checked document.
 * @param p pool of the schemas.
 */
tmf_compiler_t *tmf_compiler_make(const tmf_doc_t *doc, apr_pool_t *p);

/**
 * Compile a schema with all it refers to. A schema is compiled once: the
 * same place gives the same pointer, which is what ends recursive types.
 * @return the schema, or NULL if its $ref is broken (reported before).
 */
const tmf_schema_t *tmf_compile(tmf_compiler_t *compiler, json_t *json);

/**
 * All schemas that allOf brings together, the schema itself first, then
 * by falling precedence.
 * @param json resolved.
 * @return array of json_t *, each one resolved, none twice.
 */
apr_array_header_t *tmf_compile_parts(const tmf_doc_t *doc, json_t *json);

/** Find the type of a name; false if there is no such type. */
int tmf_type_find(const char *name, tmf_type_t *type);

/** The name of a type, NULL of TMF_TYPE_ANY. */
const char *tmf_type_name(tmf_type_t type);

/** True if a JSON value is one of the type. */
int tmf_type_accepts(tmf_type_t type, const json_t *value);

#endif
