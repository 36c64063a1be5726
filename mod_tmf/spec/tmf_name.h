/* Names made from names: SQL identifiers, types, events. */
#ifndef TMF_NAME_H
#define TMF_NAME_H

#include <apr_tables.h>

#include "spec/tmf_resource.h"

/** True if the text is an SQL identifier that needs no quotes:
 * ^[a-z_][a-z0-9_]{0,62}$ */
int tmf_name_is_identifier(const char *text);

/** True if the text may name a data set: an identifier that isn't the name
 * of a schema of PostgreSQL's or of ours. */
int tmf_name_is_data_set(const char *text);

/** What tmf_name_is_data_set wants, for messages. */
#define TMF_NAME_DATA_SET_RULE \
    "at most 63 small letters, digits and underscores, not a digit first, " \
    "and not tmf, public, information_schema or pg_..."

/** Snake case of a path segment: "fooBarId" is "foo_bar_id". */
const char *tmf_name_table(apr_pool_t *p, const char *segment);

/** The default data set of a file: its base name up to the first '-' or
 * '.', made an identifier that may name a data set. */
const char *tmf_name_data_set(apr_pool_t *p, const char *file);

/** The text with its first letter in upper or lower case. */
const char *tmf_name_capital(apr_pool_t *p, const char *text);
const char *tmf_name_small(apr_pool_t *p, const char *text);

/**
 * Find the kind of an event.
 * @param prefix what comes before the kind: a type's name.
 * @return the bit 1 << TMF_EVENT_*, or 0 if it is no event of the type.
 */
unsigned int tmf_name_event(const char *prefix, const char *event);

/** The type of an event: a resource's type and the kind's suffix. */
const char *tmf_name_of_event(apr_pool_t *p, const char *type,
                              tmf_event_kind_t kind);

/** Text on one line, blanks made single; NULL becomes "". */
const char *tmf_name_line(apr_pool_t *p, const char *text);

/** Append a text to an array of char * that hasn't got it: false if it
 * has. */
int tmf_name_add(apr_array_header_t *names, const char *name);

/** True if an array of char * has the name. */
int tmf_name_in(const apr_array_header_t *names, const char *name);

#endif
