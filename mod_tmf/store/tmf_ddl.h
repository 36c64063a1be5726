/* The tables of a definition as SQL text for psql. */
#ifndef TMF_DDL_H
#define TMF_DDL_H

#include "spec/tmf_spec.h"

/**
 * Render the DDL of a data set: schema, tables, comments, triggers, filter
 * indexes and grants. It stands on sql/0001_base.sql, is one transaction,
 * and may be applied again: what is missing then is added, and grants
 * become what the definition says.
 * @param data_set name of the schema, valid as an identifier; NULL: the
 *        definition's own.
 * @return NUL-terminated text from p; the same for the same definition.
 */
const char *tmf_ddl_render(const tmf_spec_t *spec, const char *data_set,
                           apr_pool_t *p);

#endif
