#include "spec/tmf_schema.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "spec/tmf_compile.h"

struct tmf_compiler_t {
    const tmf_doc_t *doc;
    apr_pool_t *p;
    apr_hash_t *names;        /* json_t * to name of a definition */
    apr_hash_t *schemas;      /* json_t * to task_t * */
    apr_hash_t *extenders;    /* json_t * to array of name_t * */
    apr_array_header_t *tasks;    /* of task_t *, in the order of making */
    int n_done;
};

/* A schema that was promised and is filled in later. */
typedef struct task_t {
    json_t *json;
    tmf_schema_t *schema;
} task_t;

typedef struct name_t {
    json_t *json;
    const char *name;
} name_t;

static const struct {
    const char *name;
    tmf_type_t type;
    json_type json;
} types[] = {
    {"string", TMF_TYPE_STRING, JSON_STRING},
    {"number", TMF_TYPE_NUMBER, JSON_REAL},
    {"integer", TMF_TYPE_INTEGER, JSON_INTEGER},
    {"boolean", TMF_TYPE_BOOLEAN, JSON_TRUE},
    {"object", TMF_TYPE_OBJECT, JSON_OBJECT},
    {"array", TMF_TYPE_ARRAY, JSON_ARRAY},
};

static const struct {
    const char *name;
    tmf_format_t format;
} formats[] = {
    {"date-time", TMF_FORMAT_DATE_TIME},
    {"date", TMF_FORMAT_DATE},
    {"uri", TMF_FORMAT_URI},
    {"byte", TMF_FORMAT_BYTE},
};

static const tmf_schema_t any_schema;

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int tmf_type_find(const char *name, tmf_type_t *type)
{
    apr_size_t i = 0;

    for (i = 0; i < COUNT(types); i++) {
        if (strcmp(types[i].name, name) == 0) {
            *type = types[i].type;
            return 1;
        }
    }
    return 0;
}

const char *tmf_type_name(tmf_type_t type)
{
    apr_size_t i = 0;

    for (i = 0; i < COUNT(types); i++) {
        if (types[i].type == type) {
            return types[i].name;
        }
    }
    return NULL;
}

int tmf_type_accepts(tmf_type_t type, const json_t *value)
{
    apr_size_t i = 0;

    if (type == TMF_TYPE_ANY) {
        return 1;
    }
    if (type == TMF_TYPE_NUMBER) {
        return json_is_number(value);
    }
    if (type == TMF_TYPE_BOOLEAN) {
        return json_is_boolean(value);
    }
    for (i = 0; types[i].type != type; i++) {
    }
    return json_typeof(value) == types[i].json;
}

static int compare_name(const char *name, apr_size_t len, const char *other)
{
    int difference = strncmp(name, other, len);

    return difference == 0 && other[len] ? -1 : difference;
}

/* By bisection. */
static const tmf_schema_t *find_named(const tmf_property_t *list, int n,
                                      const char *name, apr_size_t len)
{
    int low = 0;
    int high = n;

    while (low < high) {
        int middle = low + (high - low) / 2;
        const tmf_property_t *property = &list[middle];
        int difference = compare_name(name, len, property->name);

        if (difference == 0) {
            return property->schema;
        }
        if (difference < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const tmf_schema_t *tmf_schema_property(const tmf_schema_t *schema,
                                        const char *name, apr_size_t len)
{
    return schema ? find_named(schema->properties, schema->n_properties,
                               name, len) : NULL;
}

const tmf_schema_t *tmf_schema_actual(const tmf_schema_t *schema,
                                      const char *type)
{
    const tmf_schema_t *subtype = type
        ? find_named(schema->subtypes, schema->n_subtypes, type,
                     strlen(type)) : NULL;

    return subtype ? subtype : schema;
}

int tmf_schema_requires(const tmf_schema_t *schema, const char *name)
{
    int i = 0;

    for (i = 0; schema && i < schema->n_required; i++) {
        if (strcmp(schema->required[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

const char *tmf_schema_describe(const tmf_schema_t *schema)
{
    const char *name = schema ? tmf_type_name(schema->type) : NULL;

    if (schema && schema->format != TMF_FORMAT_NONE) {
        return formats[schema->format - TMF_FORMAT_DATE_TIME].name;
    }
    return name ? name : "any";
}

static void remember_names(tmf_compiler_t *compiler, json_t *schemas)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(schemas, key, value) {
        name_t *name = apr_palloc(compiler->doc->report->scratch,
                                  sizeof(*name));

        name->json = value;
        name->name = apr_pstrdup(compiler->p, key);
        apr_hash_set(compiler->names, &name->json, sizeof(name->json),
                     name);
    }
}

static void remember_extender(tmf_compiler_t *compiler, json_t *base,
                              const name_t *name)
{
    apr_pool_t *scratch = compiler->doc->report->scratch;
    apr_array_header_t *list = apr_hash_get(compiler->extenders, &base,
                                            sizeof(base));
    json_t **key = NULL;

    if (!list) {
        key = apr_palloc(scratch, sizeof(*key));
        *key = base;
        list = apr_array_make(scratch, 2, sizeof(name_t *));
        apr_hash_set(compiler->extenders, key, sizeof(*key), list);
    }
    APR_ARRAY_PUSH(list, const name_t *) = name;
}

/* Which definitions extend which, at any distance. */
static void remember_extenders(tmf_compiler_t *compiler)
{
    apr_hash_index_t *index = apr_hash_first(compiler->doc->report->scratch,
                                             compiler->names);

    for (; index; index = apr_hash_next(index)) {
        const name_t *name = apr_hash_this_val(index);
        const apr_array_header_t *parts = NULL;
        int i = 0;

        if (!json_object_get(name->json, "allOf")) {
            continue;
        }
        parts = tmf_compile_parts(compiler->doc, name->json);
        for (i = 1; i < parts->nelts; i++) {
            remember_extender(compiler, APR_ARRAY_IDX(parts, i, json_t *),
                              name);
        }
    }
}

tmf_compiler_t *tmf_compiler_make(const tmf_doc_t *doc, apr_pool_t *p)
{
    apr_pool_t *scratch = doc->report->scratch;
    tmf_compiler_t *compiler = apr_pcalloc(scratch, sizeof(*compiler));

    compiler->doc = doc;
    compiler->p = p;
    compiler->names = apr_hash_make(scratch);
    compiler->schemas = apr_hash_make(scratch);
    compiler->tasks = apr_array_make(scratch, 64, sizeof(task_t *));
    remember_names(compiler, json_object_get(doc->root, "definitions"));
    remember_names(compiler,
                   json_object_get(json_object_get(doc->root, "components"),
                                   "schemas"));
    compiler->extenders = apr_hash_make(scratch);
    remember_extenders(compiler);
    return compiler;
}

/* Promise a schema: recursion through $ref ends here, and the depth of
 * the stack doesn't depend on the document. */
static const tmf_schema_t *promise(tmf_compiler_t *compiler, json_t *json)
{
    json_t *target = tmf_doc_resolve(compiler->doc, json);
    const name_t *name = NULL;
    task_t *task = NULL;

    if (!target) {
        return NULL;
    }
    task = apr_hash_get(compiler->schemas, &target, sizeof(target));
    if (task) {
        return task->schema;
    }
    name = apr_hash_get(compiler->names, &target, sizeof(target));
    task = apr_palloc(compiler->doc->report->scratch, sizeof(*task));
    task->json = target;
    task->schema = apr_pcalloc(compiler->p, sizeof(*task->schema));
    task->schema->name = name ? name->name : NULL;
    apr_hash_set(compiler->schemas, &task->json, sizeof(task->json), task);
    APR_ARRAY_PUSH(compiler->tasks, task_t *) = task;
    return task->schema;
}

static void push_part(const tmf_doc_t *doc, json_t *element,
                      apr_array_header_t *parts, apr_hash_t *seen)
{
    json_t *part = tmf_doc_resolve(doc, element);
    json_t **slot = NULL;

    if (!part || apr_hash_get(seen, &part, sizeof(part))) {
        return;
    }
    slot = apr_palloc(doc->report->scratch, sizeof(*slot));
    *slot = part;
    apr_hash_set(seen, slot, sizeof(*slot), part);
    APR_ARRAY_PUSH(parts, json_t *) = part;
}

apr_array_header_t *tmf_compile_parts(const tmf_doc_t *doc, json_t *json)
{
    apr_pool_t *scratch = doc->report->scratch;
    apr_array_header_t *parts = apr_array_make(scratch, 4,
                                               sizeof(json_t *));
    apr_hash_t *seen = apr_hash_make(scratch);
    int i = 0;

    push_part(doc, json, parts, seen);
    for (i = 0; i < parts->nelts; i++) {
        const json_t *all = json_object_get(
            APR_ARRAY_IDX(parts, i, json_t *), "allOf");
        apr_size_t left = json_array_size(all);

        /* a later element refines an earlier one */
        while (left-- > 0) {
            push_part(doc, json_array_get(all, left), parts, seen);
        }
    }
    return parts;
}

static void merge_type(tmf_schema_t *schema, const json_t *part)
{
    const char *name = json_string_value(json_object_get(part, "type"));

    if (schema->type == TMF_TYPE_ANY && name) {
        tmf_type_find(name, &schema->type);
    }
}

static void merge_format(tmf_schema_t *schema, const json_t *part)
{
    const char *name = json_string_value(json_object_get(part, "format"));
    apr_size_t i = 0;

    for (i = 0; name && schema->format == TMF_FORMAT_NONE
                && i < COUNT(formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            schema->format = formats[i].format;
        }
    }
}

/* Append the strings of a JSON array that the list hasn't yet. */
static void add_strings(apr_array_header_t *list, const json_t *array)
{
    apr_size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(array, i, value) {
        const char *text = json_string_value(value);
        int known = 0;

        while (text && known < list->nelts
               && strcmp(APR_ARRAY_IDX(list, known, char *), text) != 0) {
            known++;
        }
        if (text && known == list->nelts) {
            APR_ARRAY_PUSH(list, char *) = apr_pstrdup(list->pool, text);
        }
    }
}

static void merge_properties(tmf_compiler_t *compiler,
                             apr_array_header_t *list, apr_hash_t *seen,
                             const json_t *part)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(json_object_get(part, "properties"), key, value) {
        const tmf_schema_t *schema = NULL;
        tmf_property_t *property = NULL;

        if (apr_hash_get(seen, key, APR_HASH_KEY_STRING)) {
            continue;
        }
        schema = promise(compiler, value);
        property = apr_array_push(list);
        property->name = apr_pstrdup(list->pool, key);
        property->schema = schema ? schema : &any_schema;
        apr_hash_set(seen, key, APR_HASH_KEY_STRING, key);
    }
}

static int by_name(const void *left, const void *right)
{
    const tmf_property_t *first = left;
    const tmf_property_t *second = right;

    return strcmp(first->name, second->name);
}

static void fill_properties(tmf_compiler_t *compiler, tmf_schema_t *schema,
                            const apr_array_header_t *parts)
{
    apr_array_header_t *list = apr_array_make(compiler->p, 8,
                                              sizeof(tmf_property_t));
    apr_hash_t *seen = apr_hash_make(compiler->doc->report->scratch);
    int i = 0;

    for (i = 0; i < parts->nelts; i++) {
        merge_properties(compiler, list, seen,
                         APR_ARRAY_IDX(parts, i, json_t *));
    }
    qsort(list->elts, (size_t)list->nelts, sizeof(tmf_property_t), by_name);
    schema->properties = (const tmf_property_t *)list->elts;
    schema->n_properties = list->nelts;
    if (schema->type == TMF_TYPE_ANY && list->nelts > 0) {
        schema->type = TMF_TYPE_OBJECT;
    }
}

static void fill_items(tmf_compiler_t *compiler, tmf_schema_t *schema,
                       const apr_array_header_t *parts)
{
    int i = 0;

    for (i = 0; i < parts->nelts && !schema->items; i++) {
        schema->items = promise(
            compiler, json_object_get(APR_ARRAY_IDX(parts, i, json_t *),
                                      "items"));
    }
    if (schema->type == TMF_TYPE_ANY && schema->items) {
        schema->type = TMF_TYPE_ARRAY;
    }
}

/* Only enums of strings constrain; the first part that has one counts. */
static void fill_strings(tmf_schema_t *schema, apr_pool_t *p,
                         const apr_array_header_t *parts)
{
    apr_array_header_t *enums = apr_array_make(p, 4, sizeof(char *));
    apr_array_header_t *required = apr_array_make(p, 4, sizeof(char *));
    int i = 0;

    for (i = 0; i < parts->nelts; i++) {
        const json_t *part = APR_ARRAY_IDX(parts, i, json_t *);

        if (enums->nelts == 0) {
            add_strings(enums, json_object_get(part, "enum"));
        }
        add_strings(required, json_object_get(part, "required"));
    }
    schema->enums = (const char *const *)enums->elts;
    schema->n_enums = enums->nelts;
    schema->required = (const char *const *)required->elts;
    schema->n_required = required->nelts;
    if (schema->type == TMF_TYPE_ANY && enums->nelts > 0) {
        schema->type = TMF_TYPE_STRING;
    }
}

static void push_subtype(tmf_compiler_t *compiler, apr_array_header_t *list,
                         const name_t *name)
{
    const tmf_schema_t *schema = promise(compiler, name->json);
    tmf_property_t *subtype = NULL;
    int i = 0;

    for (i = 0; i < list->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(list, i, tmf_property_t).name,
                   name->name) == 0) {
            return;
        }
    }
    if (schema) {
        subtype = apr_array_push(list);
        subtype->name = name->name;
        subtype->schema = schema;
    }
}

static void fill_subtypes(tmf_compiler_t *compiler, tmf_schema_t *schema,
                          json_t *json)
{
    const apr_array_header_t *extenders = apr_hash_get(
        compiler->extenders, &json, sizeof(json));
    apr_array_header_t *list = apr_array_make(compiler->p, 1,
                                              sizeof(tmf_property_t));
    apr_size_t i = 0;
    int k = 0;
    json_t *element = NULL;

    for (k = 0; extenders && k < extenders->nelts; k++) {
        push_subtype(compiler, list,
                     APR_ARRAY_IDX(extenders, k, const name_t *));
    }
    json_array_foreach(json_object_get(json, "oneOf"), i, element) {
        json_t *target = tmf_doc_resolve(compiler->doc, element);
        const name_t *name = apr_hash_get(compiler->names, &target,
                                          sizeof(target));

        if (target && name) {
            push_subtype(compiler, list, name);
        }
    }
    qsort(list->elts, (size_t)list->nelts, sizeof(tmf_property_t), by_name);
    schema->subtypes = (const tmf_property_t *)list->elts;
    schema->n_subtypes = list->nelts;
}

static void fill(tmf_compiler_t *compiler, const task_t *task)
{
    apr_array_header_t *parts = tmf_compile_parts(compiler->doc, task->json);
    tmf_schema_t *schema = task->schema;
    int i = 0;

    for (i = 0; i < parts->nelts; i++) {
        const json_t *part = APR_ARRAY_IDX(parts, i, json_t *);

        merge_type(schema, part);
        merge_format(schema, part);
    }
    fill_properties(compiler, schema, parts);
    fill_items(compiler, schema, parts);
    fill_strings(schema, compiler->p, parts);
    fill_subtypes(compiler, schema, task->json);
    if (schema->type != TMF_TYPE_STRING) {
        schema->format = TMF_FORMAT_NONE;
    }
}

const tmf_schema_t *tmf_compile(tmf_compiler_t *compiler, json_t *json)
{
    const tmf_schema_t *schema = promise(compiler, json);

    while (compiler->n_done < compiler->tasks->nelts) {
        fill(compiler, APR_ARRAY_IDX(compiler->tasks, compiler->n_done++,
                                     task_t *));
    }
    return schema;
}
