/* Dotted attribute paths: "a.b.c". */
#ifndef TMF_DOTTED_H
#define TMF_DOTTED_H

#include "api/tmf_query.h"

/**
 * Cut a path into names.
 * @param path decoded text.
 * @param operand n_names and names are set.
 * @return NULL, or the rule that the path breaks: "has an empty name".
 */
const char *tmf_dotted_split(const char *path, apr_pool_t *p,
                             tmf_operand_t *operand);

/**
 * Find the attribute that the names lead to.
 * @param operand arrays is set for the names before the last.
 * @return its schema, which may be an array's; NULL if not declared.
 */
const tmf_schema_t *tmf_dotted_find(tmf_operand_t *operand,
                                    const tmf_resource_t *resource);

/**
 * Set how the values that the names lead to compare, and through which
 * arrays. href compares as TMF_COMPARE_TEXT.
 * @return their schema, what an array holds in the end; NULL if not declared.
 */
const tmf_schema_t *tmf_dotted_type(tmf_operand_t *operand,
                                    const tmf_resource_t *resource);

/** True if the path is this one name. */
int tmf_dotted_is(const tmf_operand_t *operand, const char *name);

/** True if both are the same path. */
int tmf_dotted_same(const tmf_operand_t *a, const tmf_operand_t *b);

#endif
