/* A schema of a definition, compiled: immutable after start-up. */
#ifndef TMF_SCHEMA_H
#define TMF_SCHEMA_H

#include <apr_pools.h>

typedef enum tmf_type_t {
    TMF_TYPE_ANY,             /* no type declared: every value is right */
    TMF_TYPE_STRING,
    TMF_TYPE_NUMBER,
    TMF_TYPE_INTEGER,
    TMF_TYPE_BOOLEAN,
    TMF_TYPE_OBJECT,
    TMF_TYPE_ARRAY
} tmf_type_t;

typedef enum tmf_format_t {
    TMF_FORMAT_NONE,
    TMF_FORMAT_DATE_TIME,
    TMF_FORMAT_DATE,
    TMF_FORMAT_URI,
    TMF_FORMAT_BYTE           /* base64 */
} tmf_format_t;

typedef struct tmf_schema_t tmf_schema_t;

typedef struct tmf_property_t {
    const char *name;
    const tmf_schema_t *schema;
} tmf_property_t;

struct tmf_schema_t {
    const char *name;             /* definition's name, NULL if anonymous */
    tmf_type_t type;
    tmf_format_t format;
    int n_enums;
    const char *const *enums;     /* allowed strings */
    int n_properties;
    const tmf_property_t *properties;   /* sorted by name (strcmp) */
    int n_required;
    const char *const *required;
    const tmf_schema_t *items;    /* of an array; NULL: any */
    int n_subtypes;
    const tmf_property_t *subtypes;   /* definitions that extend this one by
                                         allOf, or that its oneOf offers, by
                                         their names; sorted as above */
};

/**
 * Find a declared attribute by a name of given length.
 * @param schema may be NULL.
 * @return its schema, or NULL if not declared.
 */
const tmf_schema_t *tmf_schema_property(const tmf_schema_t *schema,
                                        const char *name, apr_size_t len);

/**
 * The schema that an object is to be held against.
 * @param type value of its @type, or NULL.
 * @return the subtype of that name, or the schema itself.
 */
const tmf_schema_t *tmf_schema_actual(const tmf_schema_t *schema,
                                      const char *type);

/** True if the schema's own required set has the name. */
int tmf_schema_requires(const tmf_schema_t *schema, const char *name);

/** The name of a type for messages: "string", "date-time" and so on. */
const char *tmf_schema_describe(const tmf_schema_t *schema);

#endif
