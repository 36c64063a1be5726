#include "store/tmf_ddl.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "base/tmf_text.h"
#include "store/tmf_quote.h"

#define DDL_HINT 16384
#define DDL_MAXIMUM 16777216

/* PostgreSQL cuts identifiers to 63 bytes; "_" and 8 digits follow this */
#define INDEX_STEM 54

/** What each step of rendering needs. */
typedef struct ddl_t {
    tmf_text_t *out;
    const char *schema;       /* quoted */
    const char *table;        /* quoted, with the schema; NULL outside */
    apr_pool_t *p;
} ddl_t;

static json_t *names_json(int n, const char *const *names)
{
    json_t *result = json_array();
    int i = 0;

    for (i = 0; i < n; i++) {
        json_array_append_new(result, json_string(names[i]));
    }
    return result;
}

/* The member only if there is something in it; takes the value over. */
static void set_unless_empty(json_t *object, const char *name, json_t *value)
{
    if (json_array_size(value) + json_object_size(value) > 0) {
        json_object_set_new(object, name, value);
    }
    else {
        json_decref(value);
    }
}

static void set_defaults(json_t *rule, const tmf_resource_t *resource)
{
    json_t *values = json_object();
    json_t *now = json_array();
    int i = 0;

    for (i = 0; i < resource->n_defaults; i++) {
        const tmf_default_t *given = &resource->defaults[i];

        if (given->value) {
            json_object_set_new(values, given->attribute,
                                json_loads(given->value, JSON_DECODE_ANY,
                                           NULL));
        }
        else {
            json_array_append_new(now, json_string(given->attribute));
        }
    }
    set_unless_empty(rule, "defaults", values);
    set_unless_empty(rule, "now", now);
}

static const char *json_text(const json_t *value, apr_pool_t *p)
{
    /* 15 digits: a decimal of the overlay comes out as it was written */
    size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15);
    size_t size = json_dumpb(value, NULL, 0, flags);
    char *result = apr_pcalloc(p, size + 1);

    json_dumpb(value, result, size, flags);
    return result;
}

/* The argument of the row trigger, as tmf.keep() describes it. */
static const char *rule_text(const tmf_resource_t *resource, apr_pool_t *p)
{
    json_t *rule = json_object();
    const char *result = NULL;

    json_object_set_new(rule, "type", json_string(resource->type));
    set_defaults(rule, resource);
    set_unless_empty(rule, "touched",
                     names_json(resource->n_touched, resource->touched));
    result = json_text(rule, p);
    json_decref(rule);
    return result;
}

static void put_preamble(ddl_t *ddl, const tmf_spec_t *spec)
{
    const char *about = apr_pstrcat(ddl->p, spec->title, " ", spec->version,
                                    NULL);

    tmf_text_puts(ddl->out,
        "-- The tables of a data set, for psql; running it again is"
        " harmless.\n"
        "-- Made by tmfctl ddl: change the definition or its overlay, not"
        " this.\n"
        "\\set ON_ERROR_STOP on\n\n"
        "BEGIN;\n"
        "SET LOCAL client_min_messages = warning;\n"
        "SET LOCAL client_encoding = 'UTF8';\n"
        "SET LOCAL standard_conforming_strings = on;\n"
        "SET LOCAL search_path = pg_catalog;\n"
        "SET LOCAL ROLE tmf_owner;\n"
        "DO $lock$ BEGIN\n"
        "    PERFORM pg_advisory_xact_lock(hashtext('mod_tmf ddl'));\n"
        "END $lock$;\n\n");
    tmf_text_printf(ddl->out, "CREATE SCHEMA IF NOT EXISTS %s;\n",
                    ddl->schema);
    tmf_text_printf(ddl->out, "COMMENT ON SCHEMA %s IS\n    %s;\n",
                    ddl->schema, tmf_quote_literal(about, ddl->p));
}

static void put_schema_grants(ddl_t *ddl, const tmf_spec_t *spec)
{
    int loader = 0;
    int i = 0;

    for (i = 0; i < spec->n_resources; i++) {
        loader = loader || spec->resources[i].loader;
    }
    tmf_text_printf(ddl->out,
                    "REVOKE ALL ON SCHEMA %s\n"
                    "    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;\n",
                    ddl->schema);
    tmf_text_printf(ddl->out, "GRANT USAGE ON SCHEMA %s TO tmf_app,%s"
                    " tmf_readonly;\n", ddl->schema,
                    loader ? " tmf_billing," : "");
}

/* A row holds its document twice, and each attribute that a query looks at
 * would decompress it: up to half a page it is left as it is. */
static void put_table(ddl_t *ddl)
{
    tmf_text_printf(ddl->out, "\nCREATE TABLE IF NOT EXISTS %s (\n",
                    ddl->table);
    tmf_text_puts(ddl->out,
        "    id text COLLATE \"C\" PRIMARY KEY\n"
        "        CHECK (char_length(id) BETWEEN 1 AND 255),\n"
        "    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,\n"
        "    version bigint NOT NULL DEFAULT 1,\n"
        "    created timestamptz NOT NULL DEFAULT clock_timestamp(),\n"
        "    updated timestamptz NOT NULL DEFAULT clock_timestamp(),\n"
        "    doc jsonb COMPRESSION lz4 NOT NULL\n"
        "        CHECK (jsonb_typeof(doc) = 'object'),\n"
        "    body text COMPRESSION lz4\n"
        "        GENERATED ALWAYS AS (doc::text) STORED\n"
        ") WITH (toast_tuple_target = 4080);\n");
}

static void put_comments(ddl_t *ddl, const tmf_resource_t *resource)
{
    static const struct {
        const char *column;
        const char *text;
    } columns[] = {
        {"id", "Identifier: the writer''s, or a UUID version 7"},
        {"seq", "Order of creation"},
        {"version", "1 at first, one more with each change"},
        {"created", "When the row was inserted"},
        {"updated", "When the row was changed last"},
        {"doc", "The resource without id and href: what writers set"},
        {"body", "doc as text: what is served; follows doc by itself"},
    };
    const char *about = resource->description ? resource->description
                                              : resource->type;
    apr_size_t i = 0;

    tmf_text_printf(ddl->out, "COMMENT ON TABLE %s IS\n    %s;\n",
                    ddl->table, tmf_quote_literal(about, ddl->p));
    for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        tmf_text_printf(ddl->out, "COMMENT ON COLUMN %s.%s IS\n    '%s';\n",
                        ddl->table, columns[i].column, columns[i].text);
    }
}

static json_t *events_json(const tmf_resource_t *resource)
{
    static const char *const names[TMF_EVENT_KINDS] = {
        [TMF_EVENT_CREATE] = "create",
        [TMF_EVENT_ATTRIBUTE] = "attribute",
        [TMF_EVENT_STATE] = "state",
        [TMF_EVENT_DELETE] = "delete"
    };
    json_t *result = json_array();
    int i = 0;

    for (i = 0; i < TMF_EVENT_KINDS; i++) {
        if (resource->events & (1U << i)) {
            json_array_append_new(result, json_string(names[i]));
        }
    }
    return result;
}

/* The argument of the event trigger, as tmf.record_event() describes it. */
static const char *event_rule_text(const tmf_resource_t *resource,
                                   apr_pool_t *p)
{
    json_t *rule = json_object();
    const char *result = NULL;

    json_object_set_new(rule, "resource", json_string(resource->name));
    json_object_set_new(rule, "type", json_string(resource->type));
    if (resource->state) {
        json_object_set_new(rule, "state", json_string(resource->state));
    }
    set_unless_empty(rule, "touched",
                     names_json(resource->n_touched, resource->touched));
    json_object_set_new(rule, "events", events_json(resource));
    result = json_text(rule, p);
    json_decref(rule);
    return result;
}

/* Made of what is declared, and only where something is. */
static void put_event_trigger(ddl_t *ddl, const tmf_resource_t *resource)
{
    if (!resource->events) {
        tmf_text_printf(ddl->out, "DROP TRIGGER IF EXISTS tmf_event ON %s;\n",
                        ddl->table);
        return;
    }
    tmf_text_printf(ddl->out,
                    "CREATE OR REPLACE TRIGGER tmf_event\n"
                    "    AFTER INSERT OR UPDATE OR DELETE ON %s\n"
                    "    FOR EACH ROW WHEN (pg_sequence_last_value(\n"
                    "        'tmf.subscribed_seq') IS NOT NULL)\n"
                    "    EXECUTE FUNCTION tmf.record_event(\n"
                    "        %s);\n", ddl->table,
                    tmf_quote_literal(event_rule_text(resource, ddl->p),
                                      ddl->p));
}

static void put_triggers(ddl_t *ddl, const tmf_resource_t *resource)
{
    tmf_text_printf(ddl->out,
                    "CREATE OR REPLACE TRIGGER tmf_keep\n"
                    "    BEFORE INSERT OR UPDATE ON %s\n"
                    "    FOR EACH ROW EXECUTE FUNCTION tmf.keep(\n"
                    "        %s);\n", ddl->table,
                    tmf_quote_literal(rule_text(resource, ddl->p), ddl->p));
    tmf_text_printf(ddl->out,
                    "CREATE OR REPLACE TRIGGER tmf_refuse_truncate\n"
                    "    BEFORE TRUNCATE ON %s\n"
                    "    FOR EACH STATEMENT"
                    " EXECUTE FUNCTION tmf.refuse_truncate();\n",
                    ddl->table);
}

/* The operand of -> or #> for a dotted path. */
static const char *path_operand(const char *path, apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, 4, sizeof(char *));
    char *state = NULL;
    char *name = apr_strtok(apr_pstrdup(p, path), ".", &state);

    for (; name; name = apr_strtok(NULL, ".", &state)) {
        APR_ARRAY_PUSH(names, const char *) = name;
    }
    return tmf_quote_path(names->nelts, (const char *const *)names->elts, p);
}

/* The declared attribute at a dotted path, or NULL. */
static const tmf_schema_t *schema_at(const tmf_schema_t *schema,
                                     const char *path)
{
    const char *end = strchr(path, '.');

    while (schema && end) {
        schema = tmf_schema_property(schema, path, (apr_size_t)(end - path));
        path = end + 1;
        end = strchr(path, '.');
    }
    return tmf_schema_property(schema, path, strlen(path));
}

/* The same expressions as filters use, or the planner won't match them. */
static const char *index_expression(const tmf_schema_t *schema,
                                    const char *path, apr_pool_t *p)
{
    const tmf_schema_t *attribute = schema_at(schema, path);
    const char *operand = path_operand(path, p);
    const char *arrow = strchr(path, '.') ? "#>" : "->";
    tmf_type_t type = attribute ? attribute->type : TMF_TYPE_ANY;

    if (type == TMF_TYPE_NUMBER || type == TMF_TYPE_INTEGER
        || type == TMF_TYPE_BOOLEAN) {
        return apr_psprintf(p, "(doc %s %s)", arrow, operand);
    }
    if (attribute && attribute->format == TMF_FORMAT_DATE_TIME) {
        return apr_psprintf(p, "(tmf.instant(doc %s> %s))", arrow, operand);
    }
    return apr_psprintf(p, "(left(doc %s> %s, %d) COLLATE \"C\")", arrow,
                        operand, TMF_QUOTE_PREFIX);
}

/* 32 bits of FNV-1a. */
static uint32_t hash_more(uint32_t hash, const char *s)
{
    for (; *s; s++) {
        hash = (hash ^ (unsigned char)*s) * UINT32_C(16777619);
    }
    return hash;
}

static const char *snake_case(const char *s, apr_pool_t *p)
{
    char *result = apr_palloc(p, 2 * strlen(s) + 1);
    char *end = result;
    char before = '_';

    for (; *s; s++) {
        if (apr_isupper(*s) && before != '_' && !apr_isupper(before)) {
            *end++ = '_';
        }
        *end = '_';
        if (apr_isalnum(*s)) {
            *end = (char)apr_tolower(*s);
        }
        end++;
        before = apr_isalnum(*s) ? *s : '_';
    }
    *end = '\0';
    return result;
}

/*
 * Readable stem and a hash of table and expression. The hash keeps two
 * paths apart that look alike, and gives an index a new name when the
 * definition changes its expression: IF NOT EXISTS looks at names only.
 */
static const char *index_name(const char *table, const char *path,
                              const char *expression, apr_pool_t *p)
{
    uint32_t hash = UINT32_C(2166136261);
    const char *stem = apr_pstrcat(p, table, "_", snake_case(path, p), NULL);

    hash = hash_more(hash, table);
    hash = hash_more(hash, " ");
    hash = hash_more(hash, expression);
    return apr_psprintf(p, "%.*s_%08x", INDEX_STEM, stem, hash);
}

static void put_indexes(ddl_t *ddl, const tmf_resource_t *resource)
{
    int i = 0;

    for (i = 0; i < resource->n_indexes; i++) {
        const char *path = resource->indexes[i].path;
        const char *expression = index_expression(resource->schema, path,
                                                  ddl->p);
        const char *name = index_name(resource->table, path, expression,
                                      ddl->p);

        tmf_text_printf(ddl->out,
                        "CREATE INDEX IF NOT EXISTS %s\n"
                        "    ON %s (%s, seq);\n",
                        tmf_quote_identifier(name, ddl->p), ddl->table,
                        expression);
    }
}

static void put_grant(ddl_t *ddl, const char *right, const char *roles)
{
    tmf_text_printf(ddl->out, "GRANT %s ON TABLE %s\n    TO %s;\n", right,
                    ddl->table, roles);
}

/* Everything is revoked first, so that what the definition no longer
 * allows goes away. */
static void put_grants(ddl_t *ddl, const tmf_resource_t *resource)
{
    static const struct {
        tmf_op_t op;
        const char *right;
    } rights[] = {
        {TMF_OP_CREATE, "INSERT (id, doc)"},
        {TMF_OP_PATCH, "UPDATE (doc)"},
        {TMF_OP_DELETE, "DELETE"},
    };
    apr_size_t i = 0;

    tmf_text_printf(ddl->out,
                    "REVOKE ALL ON TABLE %s\n"
                    "    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;\n",
                    ddl->table);
    put_grant(ddl, "SELECT", "tmf_app, tmf_readonly");
    for (i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        if (resource->operations & (1U << rights[i].op)) {
            put_grant(ddl, rights[i].right, "tmf_app");
        }
    }
    if (resource->loader) {
        put_grant(ddl, "SELECT, INSERT (id, doc), UPDATE (doc), DELETE",
                  "tmf_billing");
    }
}

static void put_registration(ddl_t *ddl, const tmf_spec_t *spec,
                             const char *data_set)
{
    tmf_text_printf(ddl->out,
                    "\nINSERT INTO tmf.data_set (name, title, version)\n"
                    "    VALUES (%s, %s, %s)\n"
                    "    ON CONFLICT (name) DO UPDATE\n"
                    "    SET title = EXCLUDED.title,"
                    " version = EXCLUDED.version;\n\nCOMMIT;\n",
                    tmf_quote_literal(data_set, ddl->p),
                    tmf_quote_literal(spec->title, ddl->p),
                    tmf_quote_literal(spec->version, ddl->p));
}

const char *tmf_ddl_render(const tmf_spec_t *spec, const char *data_set,
                           apr_pool_t *p)
{
    ddl_t ddl = {NULL, NULL, NULL, p};
    int i = 0;

    if (!data_set) {
        data_set = spec->data_set;
    }
    ddl.out = tmf_text_make(p, DDL_HINT, DDL_MAXIMUM);
    ddl.schema = tmf_quote_identifier(data_set, p);
    put_preamble(&ddl, spec);
    put_schema_grants(&ddl, spec);
    for (i = 0; i < spec->n_resources; i++) {
        const tmf_resource_t *resource = &spec->resources[i];

        ddl.table = apr_pstrcat(p, ddl.schema, ".",
                                tmf_quote_identifier(resource->table, p), NULL);
        put_table(&ddl);
        put_comments(&ddl, resource);
        put_triggers(&ddl, resource);
        put_event_trigger(&ddl, resource);
        put_indexes(&ddl, resource);
        put_grants(&ddl, resource);
    }
    put_registration(&ddl, spec, data_set);
    return tmf_text_string(ddl.out);
}
