/* The query string, attribute selection and hrefs: tables of what is read
 * and of what is refused, then the bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "api/tmf_href.h"
#include "api/tmf_query.h"
#include "base/tmf_text.h"
#include "base/tmf_uri.h"
#include "spec/tmf_load.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char definition[] =
    "{\"openapi\": \"3.0.1\", \"info\": {\"title\": \"Lamps\","
    " \"version\": \"4.0.0\"},"
    "\"paths\": {\"/lamp\": {\"get\": {\"responses\": {\"200\": {"
    " \"description\": \"lamps\", \"content\": {\"application/json\": {"
    "  \"schema\": {\"type\": \"array\", \"items\": {"
    "   \"$ref\": \"#/components/schemas/Lamp\"}}}}}}}}},"
    "\"components\": {\"schemas\": {"
    "\"Lamp\": {\"type\": \"object\", \"properties\": {"
    " \"id\": {\"type\": \"string\"},"
    " \"href\": {\"type\": \"string\"},"
    " \"maker\": {\"type\": \"string\"},"
    " \"colour\": {\"type\": \"string\", \"enum\": [\"red\", \"blue\"]},"
    " \"lit\": {\"type\": \"boolean\"},"
    " \"watts\": {\"type\": \"number\"},"
    " \"count\": {\"type\": \"integer\"},"
    " \"built\": {\"type\": \"string\", \"format\": \"date-time\"},"
    " \"day\": {\"type\": \"string\", \"format\": \"date\"},"
    " \"place\": {\"$ref\": \"#/components/schemas/Place\"},"
    " \"parts\": {\"type\": \"array\", \"items\": {"
    "  \"$ref\": \"#/components/schemas/Place\"}},"
    " \"tags\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}},"
    " \"serviced\": {\"type\": \"array\", \"items\": {"
    "  \"type\": \"string\", \"format\": \"date-time\"}},"
    " \"grid\": {\"type\": \"array\", \"items\": {\"type\": \"array\","
    "  \"items\": {\"type\": \"integer\"}}},"
    " \"nest\": {\"$ref\": \"#/components/schemas/Nest\"},"
    " \"bag\": {\"type\": \"array\", \"items\": {}},"
    " \"extra\": {},"
    " \"@type\": {\"type\": \"string\"}}},"
    "\"Place\": {\"type\": \"object\", \"properties\": {"
    " \"id\": {\"type\": \"string\"},"
    " \"room\": {\"type\": \"string\"},"
    " \"shelf\": {\"type\": \"integer\"},"
    " \"since\": {\"type\": \"string\", \"format\": \"date-time\"},"
    " \"gt\": {\"type\": \"string\"},"
    " \"inner\": {\"$ref\": \"#/components/schemas/Place\"}}},"
    "\"Nest\": {\"type\": \"array\", \"items\": {"
    " \"$ref\": \"#/components/schemas/Nest\"}}}}}";

static apr_pool_t *root_pool;
static const tmf_resource_t *lamp;

/* --- helpers ---------------------------------------------------------- */

static const char *const compares[] = {
    "ID", "NOTHING", "TEXT", "JSON", "TIME", "ANY"
};

static void put_criterion(tmf_text_t *text, const tmf_criterion_t *criterion)
{
    int i = 0;

    for (i = 0; i < criterion->n_names; i++) {
        tmf_text_puts(text, i ? "/" : " ");
        tmf_text_puts(text, criterion->names[i]);
    }
    tmf_text_printf(text, " %s%s [%s]", compares[criterion->compare],
                    criterion->many ? "*" : "", criterion->value);
    if (criterion->end) {
        tmf_text_printf(text, "[%s]", criterion->end);
    }
}

/* A query as text, each fact after a blank. */
static const char *show(const tmf_query_t *query, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 256, 0);
    int i = 0;

    if (query->fields) {
        tmf_text_printf(text, " fields=%s",
                        tmf_fields_json(query->fields, p));
    }
    if (query->limited) {
        tmf_text_printf(text, " limit=%" APR_INT64_T_FMT, query->limit);
    }
    if (query->paged) {
        tmf_text_printf(text, " offset=%" APR_INT64_T_FMT, query->offset);
    }
    for (i = 0; i < query->n_criteria; i++) {
        put_criterion(text, &query->criteria[i]);
    }
    return tmf_text_string(text);
}

static const tmf_error_t *parse(const char *raw, apr_pool_t *p)
{
    tmf_query_t query;

    return tmf_query_parse(raw, lamp, p, &query);
}

/* unit, n times over, with a text before it. */
static char *repeat(apr_pool_t *p, const char *before, const char *unit,
                    int n)
{
    tmf_text_t *text = tmf_text_make(p, 256, 0);

    tmf_text_puts(text, before);
    for (; n > 0; n--) {
        tmf_text_puts(text, unit);
    }
    return apr_pstrdup(p, tmf_text_string(text));
}

/* --- what is read ------------------------------------------------------ */

static const struct {
    const char *raw;
    const char *shown;
} accepted[] = {
    /* no criteria */
    { "", "" },
    { "&", "" },
    { "&&", "" },
    { "&maker=a&&lit=true&", " maker TEXT [a] lit JSON [true]" },
    /* decoding */
    { "maker=a+b%20c%2Bd", " maker TEXT [a b c+d]" },
    { "m%61ker=%C3%A9", " maker TEXT [\xC3\xA9]" },
    { "maker=\xC3\xA9", " maker TEXT [\xC3\xA9]" },
    { "a+b=1", " a+b ANY* [1]" },
    { "maker=a%26b%3Dc", " maker TEXT [a&b=c]" },
    { "maker=Zm9v=", " maker TEXT [Zm9v=]" },
    { "maker=a%2Cb%3Bc%2cd", " maker TEXT [a,b;c,d]" },
    { "maker=%7Ea", " maker TEXT [~a]" },
    { "maker=%3Da", " maker TEXT [=a]" },
    { "maker=a~*!<>", " maker TEXT [a~*!<>]" },
    { "maker=", " maker TEXT []" },
    { "maker=?a", " maker TEXT [?a]" },
    /* types */
    { "maker=12", " maker TEXT [12]" },
    { "colour=green", " colour TEXT [green]" },
    { "%40type=Lamp", " @type TEXT [Lamp]" },
    { "@type=Lamp", " @type TEXT [Lamp]" },
    { "day=2026-01-31", " day TEXT [2026-01-31]" },
    { "lit=true", " lit JSON [true]" },
    { "lit=false", " lit JSON [false]" },
    { "watts=12.30", " watts JSON [12.30]" },
    { "watts=-1e3", " watts JSON [-1e3]" },
    { "count=7", " count JSON [7]" },
    { "count=7.0", " count JSON [7.0]" },
    { "extra=7", " extra ANY* [7]" },
    { "extra=", " extra ANY* []" },
    { "unknown=x", " unknown ANY* [x]" },
    { "page=2", " page ANY* [2]" },
    { "Limit=2", " Limit ANY* [2]" },
    { "place=x", " place NOTHING [x]" },
    /* times */
    { "built=2026-01-31",
      " built TIME [2026-01-31T00:00:00Z][2026-02-01T00:00:00Z]" },
    { "built=2026", " built TIME [2026-01-01T00:00:00Z]"
      "[2027-01-01T00:00:00Z]" },
    { "built=2026-01-31T10:11:12.5Z", " built TIME "
      "[2026-01-31T10:11:12.5Z]" },
    { "built=2026-01-31T10:11:12%2B02:00",
      " built TIME [2026-01-31T10:11:12+02:00]" },
    { "built=2026-01-31+10:11",
      " built TIME [2026-01-31T10:11:00Z][2026-01-31T10:12:00Z]" },
    /* paths */
    { "place.room=a", " place/room TEXT [a]" },
    { "place%2Eroom=a", " place/room TEXT [a]" },
    { "place.inner.inner.shelf=3", " place/inner/inner/shelf JSON [3]" },
    { "place.inner=3", " place/inner NOTHING [3]" },
    { "place.unknown=3", " place/unknown ANY* [3]" },
    { "maker.name=3", " maker/name ANY* [3]" },
    { "extra.a.b=3", " extra/a/b ANY* [3]" },
    { "place.id=3", " place/id TEXT [3]" },
    { "id.x=3", " id/x ANY* [3]" },
    { "place.limit=3", " place/limit ANY* [3]" },
    /* arrays */
    { "tags=a", " tags TEXT* [a]" },
    { "serviced=2026-01",
      " serviced TIME* [2026-01-01T00:00:00Z][2026-02-01T00:00:00Z]" },
    { "grid=5", " grid JSON* [5]" },
    { "nest=5", " nest ANY* [5]" },
    { "nest.a=5", " nest/a ANY* [5]" },
    { "bag=5", " bag ANY* [5]" },
    { "parts=5", " parts NOTHING* [5]" },
    { "parts.room=5", " parts/room TEXT* [5]" },
    { "parts.inner.shelf=5", " parts/inner/shelf JSON* [5]" },
    { "parts.id=a&id=b", " parts/id TEXT* [a] id ID [b]" },
    /* id and href */
    { "id=a%2Fb", " id ID [a/b]" },
    { "id=", " id ID []" },
    { "href=https://h/api/lamp/42", " href ID [42]" },
    { "href=https%3A%2F%2Fh%2Fapi%2Flamp%2Fa%252Fb", " href ID [a/b]" },
    { "href=/api/lamp/a%2520b", " href ID [a b]" },
    { "href=lamp/42", " href ID [42]" },
    { "href=/api/shade/42", " href NOTHING [/api/shade/42]" },
    { "href=", " href NOTHING []" },
    { "href=42", " href NOTHING [42]" },
    /* names like operators that are none */
    { "place.gt=5", " place/gt TEXT [5]" },
    { "parts.inner.gt=5", " parts/inner/gt TEXT* [5]" },
    { "gt=5", " gt ANY* [5]" },
    { "maker.GT=5", " maker/GT ANY* [5]" },
    { "maker.gt.x=5", " maker/gt/x ANY* [5]" },
    { "a~b=5", " a~b ANY* [5]" },
    { "!a=5", " !a ANY* [5]" },
    { "a,b=5", " a,b ANY* [5]" },
    { "a%3Bb=5", " a;b ANY* [5]" },
    /* paging */
    { "limit=5", " limit=5 offset=0" },
    { "limit=0", " limit=0 offset=0" },
    { "offset=7", " offset=7" },
    { "limit=007&offset=1%30", " limit=7 offset=10" },
    { "limit=9007199254740992", " limit=9007199254740992 offset=0" },
    { "limit=9007199254740993", " limit=9007199254740992 offset=0" },
    { "limit=99999999999999999999999", " limit=9007199254740992 offset=0" },
    { "maker=a&offset=0&lit=true",
      " offset=0 maker TEXT [a] lit JSON [true]" },
    /* selection */
    { "fields=", "" },
    { "fields=,", "" },
    { "fields=none", " fields={}" },
    { "fields=id,href", " fields={}" },
    { "fields=maker,lit", " fields={\"maker\":{},\"lit\":{}}" },
    { "fields=maker%2Clit&limit=1",
      " fields={\"maker\":{},\"lit\":{}} limit=1 offset=0" }
};

static void test_read(void **state)
{
    apr_pool_t *p = *state;
    size_t failed = 0;
    size_t i = 0;

    for (i = 0; i < COUNT(accepted); i++) {
        tmf_query_t query;
        tmf_error_t *err = tmf_query_parse(accepted[i].raw, lamp, p, &query);
        const char *shown = err ? err->message : show(&query, p);

        if (err || strcmp(shown, accepted[i].shown) != 0) {
            print_error("\"%s\" gave \"%s\"\n", accepted[i].raw, shown);
            failed++;
        }
    }
    print_message("%zu queries read\n", COUNT(accepted));
    assert_int_equal(failed, 0);
}

static void test_absent(void **state)
{
    tmf_query_t query;

    memset(&query, 1, sizeof(query));
    assert_null(tmf_query_parse(NULL, lamp, *state, &query));
    assert_string_equal(show(&query, *state), "");
}

/* --- what is refused --------------------------------------------------- */

#define INVALID TMF_INVALID_QUERY
#define MISSING TMF_NOT_IMPLEMENTED

static const struct {
    const char *raw;
    tmf_kind_t kind;
    const char *part;         /* of the message */
} refused[] = {
    /* decoding */
    { "maker=%", INVALID, "\"maker\" is not valid percent-encoded" },
    { "maker=%4", INVALID, "\"maker\" is not valid percent-encoded" },
    { "maker=%4g", INVALID, "\"maker\" is not valid percent-encoded" },
    { "maker=%00", INVALID, "\"maker\" is not valid percent-encoded" },
    { "maker=%C3", INVALID, "\"maker\" is not valid percent-encoded" },
    { "maker=\xC3", INVALID, "\"maker\" is not valid percent-encoded" },
    { "lit=true&ma%xxker=1", INVALID, "\"ma%xxker\" is not valid" },
    { "lit=true&ma%00ker=1", INVALID, "\"ma%00ker\" is not valid" },
    { "lit=true&&ma\xFFker=1", INVALID, "parameter 2 is not valid" },
    { "ma%FFker=1", INVALID, "\"ma%FFker\" is not valid" },
    { "limit=%", INVALID, "\"limit\" is not valid percent-encoded" },
    { "fields=%", INVALID, "\"fields\" is not valid percent-encoded" },
    { "id=%", INVALID, "\"id\" is not valid percent-encoded" },
    { "href=%", INVALID, "\"href\" is not valid percent-encoded" },
    /* names */
    { "=5", INVALID, "parameter 1 has no name" },
    { "=", INVALID, "parameter 1 has no name" },
    { "%3E5", INVALID, "has no name" },
    { ">=5", INVALID, "has no name" },
    { "*=5", INVALID, "has no name" },
    { "maker", INVALID, "\"maker\" has no value" },
    { "maker~x", INVALID, "\"maker~x\" has no value" },
    { "id", INVALID, "\"id\" has no value" },
    { "limit", INVALID, "\"limit\" has no value" },
    { "fields", INVALID, "\"fields\" has no value" },
    { ".=5", INVALID, "\".\" has an empty name" },
    { ".maker=5", INVALID, "\".maker\" has an empty name" },
    { "maker.=5", INVALID, "\"maker.\" has an empty name" },
    { "a..b=5", INVALID, "\"a..b\" has an empty name" },
    { ".gt=5", INVALID, "\".gt\" has an empty name" },
    /* typed values */
    { "lit=", INVALID, "\"lit\" must be true or false" },
    { "lit=TRUE", INVALID, "\"lit\" must be true or false" },
    { "lit=1", INVALID, "\"lit\" must be true or false" },
    { "lit=true+", INVALID, "\"lit\" must be true or false" },
    { "watts=", INVALID, "\"watts\" must be a number" },
    { "watts=+5", INVALID, "\"watts\" must be a number" },
    { "watts=%2B5", INVALID, "\"watts\" must be a number" },
    { "watts=05", INVALID, "\"watts\" must be a number" },
    { "watts=5.", INVALID, "\"watts\" must be a number" },
    { "watts=NaN", INVALID, "\"watts\" must be a number" },
    { "watts=1e999", INVALID, "\"watts\" must be a number" },
    { "watts=\"5\"", INVALID, "\"watts\" must be a number" },
    { "count=x", INVALID, "\"count\" must be a number" },
    { "grid=x", INVALID, "\"grid\" must be a number" },
    { "parts.shelf=x", INVALID, "\"parts.shelf\" must be a number" },
    { "built=", INVALID, "\"built\" must be a date-time" },
    { "built=today", INVALID, "\"built\" must be a date-time" },
    { "built=2026-13-01", INVALID, "\"built\" must be a date-time" },
    { "built=2026-02-30", INVALID, "\"built\" must be a date-time" },
    { "built='2026-02-03'", INVALID, "\"built\" must be a date-time" },
    { "built=2026-01-31T10:11:12+02:00", INVALID, "must be written %2B" },
    { "place.since=x", INVALID, "\"place.since\" must be a date-time" },
    /* paging and selection */
    { "limit=", INVALID, "\"limit\" must be a whole number" },
    { "limit=-1", INVALID, "\"limit\" must be a whole number" },
    { "limit=+5", INVALID, "\"limit\" must be a whole number" },
    { "limit=%2B5", INVALID, "\"limit\" must be a whole number" },
    { "limit=+", INVALID, "\"limit\" must be a whole number" },
    { "limit=5+", INVALID, "\"limit\" must be a whole number" },
    { "limit=1e3", INVALID, "\"limit\" must be a whole number" },
    { "limit=1.0", INVALID, "\"limit\" must be a whole number" },
    { "limit=0x10", INVALID, "\"limit\" must be a whole number" },
    { "limit=1,2", INVALID, "\"limit\" must be a whole number" },
    { "limit==5", INVALID, "\"limit\" must be a whole number" },
    { "offset=-1", INVALID, "\"offset\" must be a whole number" },
    { "offset=a", INVALID, "\"offset\" must be a whole number" },
    { "limit=1&limit=1", INVALID, "\"limit\" is given more than once" },
    { "offset=1&offset=2", INVALID, "\"offset\" is given more than" },
    { "fields=a&fields=b", INVALID, "\"fields\" is given more than" },
    { "fields=a..b", INVALID, "\"fields\" has an empty name" },
    { "fields=a,.b", INVALID, "\"fields\" has an empty name" },
    { "fields=a.", INVALID, "\"fields\" has an empty name" },
    { "fields=.", INVALID, "\"fields\" has an empty name" },
    { "fields=a,a..b", INVALID, "\"fields\" has an empty name" },
    { "fields=id..b", INVALID, "\"fields\" has an empty name" },
    /* not implemented: reserved names */
    { "sort=-maker", MISSING, "\"sort\" is not implemented" },
    { "sort", MISSING, "\"sort\" is not implemented" },
    { "s%6Frt=", MISSING, "\"sort\" is not implemented" },
    { "filter=$[?(@.a=='b')]", MISSING, "\"filter\" is not implemented" },
    { "depth=1", MISSING, "\"depth\" is not implemented" },
    { "expand=place", MISSING, "\"expand\" is not implemented" },
    { "maker=a&sort=", MISSING, "\"sort\" is not implemented" },
    /* not implemented: operators */
    { "maker.eq=5", MISSING, "\"maker.eq\" has an operator" },
    { "maker.ne=5", MISSING, "\"maker.ne\" has an operator" },
    { "watts.gt=5", MISSING, "\"watts.gt\" has an operator" },
    { "watts.gte=5", MISSING, "\"watts.gte\" has an operator" },
    { "watts.lt=5", MISSING, "\"watts.lt\" has an operator" },
    { "watts.lte=5", MISSING, "\"watts.lte\" has an operator" },
    { "maker.regex=5", MISSING, "\"maker.regex\" has an operator" },
    { "watts%2Egt=5", MISSING, "\"watts.gt\" has an operator" },
    { "unknown.gt=5", MISSING, "\"unknown.gt\" has an operator" },
    { "place.lt=5", MISSING, "\"place.lt\" has an operator" },
    { "place.gt.lt=5", MISSING, "\"place.gt.lt\" has an operator" },
    { "id.ne=5", MISSING, "\"id.ne\" has an operator" },
    { "limit.gt=5", MISSING, "\"limit.gt\" has an operator" },
    { "watts%3E5", MISSING, "\"watts>5\" has an operator" },
    { "watts%3E%3D5", MISSING, "\"watts>=5\" has an operator" },
    { "watts%3C5", MISSING, "\"watts<5\" has an operator" },
    { "watts%3c%3d5", MISSING, "\"watts<=5\" has an operator" },
    { "watts%3D%3D5", MISSING, "\"watts==5\" has an operator" },
    { "watts%3D5", MISSING, "\"watts=5\" has an operator" },
    { "maker%3D~x", MISSING, "\"maker=~x\" has an operator" },
    { "maker%3D%7Ex", MISSING, "\"maker=~x\" has an operator" },
    { "maker%2A=x", MISSING, "\"maker*\" has an operator" },
    { "watts%3E=5", MISSING, "\"watts>\" has an operator" },
    { "watts%3C5;watts%3E7", MISSING, "has an operator" },
    { "watts>5", MISSING, "\"watts>5\" has an operator" },
    { "watts<5", MISSING, "\"watts<5\" has an operator" },
    { "watts>=5", MISSING, "\"watts>\" has an operator" },
    { "watts<=5", MISSING, "\"watts<\" has an operator" },
    { "maker*=x", MISSING, "\"maker*\" has an operator" },
    { "maker!=x", MISSING, "\"maker!\" has an operator" },
    { "maker~=x", MISSING, "\"maker~\" has an operator" },
    { "maker=~x", MISSING, "\"maker\" has an operator" },
    { "maker==x", MISSING, "\"maker\" has an operator" },
    { "limit%3E5", MISSING, "\"limit>5\" has an operator" },
    /* not implemented: alternatives */
    { "maker=a,b", MISSING, "\"maker\" has alternatives" },
    { "maker=a;b", MISSING, "\"maker\" has alternatives" },
    { "maker=a;maker=b", MISSING, "\"maker\" has alternatives" },
    { "maker=,", MISSING, "\"maker\" has alternatives" },
    { "maker;lit=true", MISSING, "\"maker;lit\" has alternatives" },
    { "watts=1,2", MISSING, "\"watts\" has alternatives" },
    { "id=a,b", MISSING, "\"id\" has alternatives" },
    { "unknown=a,b", MISSING, "\"unknown\" has alternatives" },
    { "maker=a&maker=b", MISSING, "\"maker\" is given more than once" },
    { "maker=a&m%61ker=a", MISSING, "\"maker\" is given more than once" },
    { "id=a&lit=true&id=b", MISSING, "\"id\" is given more than once" },
    { "unknown=a&unknown=b", MISSING, "\"unknown\" is given more than" }
};

static void test_refused(void **state)
{
    apr_pool_t *p = *state;
    size_t failed = 0;
    size_t i = 0;

    for (i = 0; i < COUNT(refused); i++) {
        tmf_query_t query;
        tmf_error_t *err = tmf_query_parse(refused[i].raw, lamp, p, &query);

        if (!err || err->kind != refused[i].kind
            || !strstr(err->message, refused[i].part)) {
            print_error("\"%s\" gave \"%s\"\n", refused[i].raw,
                        err ? err->message : show(&query, p));
            failed++;
        }
    }
    print_message("%zu queries refused\n", COUNT(refused));
    assert_int_equal(failed, 0);
}

/* --- bounds ------------------------------------------------------------ */

static void assert_bound(const char *kept, const char *beyond,
                         const char *part, apr_pool_t *p)
{
    const tmf_error_t *err = parse(kept, p);

    if (err) {
        fail_msg("refused within the bound: %s", err->message);
    }
    err = parse(beyond, p);
    assert_non_null(err);
    assert_int_equal(err->kind, TMF_INVALID_QUERY);
    if (!strstr(err->message, part)) {
        fail_msg("unexpected: %s", err->message);
    }
}

static void test_length(void **state)
{
    apr_pool_t *p = *state;

    assert_bound(repeat(p, "maker=", "a", TMF_QUERY_BYTES - 6),
                 repeat(p, "maker=", "a", TMF_QUERY_BYTES - 5),
                 "longer than 8192 bytes", p);
}

static void test_criteria(void **state)
{
    apr_pool_t *p = *state;
    tmf_text_t *text = tmf_text_make(p, 256, 0);
    tmf_query_t query;
    int i = 0;

    for (i = 0; i < TMF_CRITERIA_MAX; i++) {
        tmf_text_printf(text, "a%d=x&", i);
    }
    assert_null(tmf_query_parse(
        apr_pstrcat(p, tmf_text_string(text), "fields=a&limit=1", NULL),
        lamp, p, &query));
    assert_int_equal(query.n_criteria, TMF_CRITERIA_MAX);
    assert_bound(tmf_text_string(text),
                 apr_pstrcat(p, tmf_text_string(text), "id=x", NULL),
                 "more than 64 criteria", p);
}

static void test_paths(void **state)
{
    apr_pool_t *p = *state;
    const char *deep = repeat(p, "a", ".a", TMF_PATH_MAX - 1);
    const char *name = repeat(p, "", "a", 255);

    assert_bound(apr_pstrcat(p, deep, "=x", NULL),
                 apr_pstrcat(p, deep, ".a=x", NULL), "more than 16 names",
                 p);
    assert_bound(apr_pstrcat(p, "fields=", deep, NULL),
                 apr_pstrcat(p, "fields=", deep, ".a", NULL),
                 "more than 16 names", p);
    assert_bound(apr_pstrcat(p, "b.", name, "=x", NULL),
                 apr_pstrcat(p, "b.", name, "a=x", NULL),
                 "longer than 255 bytes", p);
    assert_bound(apr_pstrcat(p, "fields=b.", name, NULL),
                 apr_pstrcat(p, "fields=b.", name, "a", NULL),
                 "longer than 255 bytes", p);
}

static void test_names(void **state)
{
    apr_pool_t *p = *state;

    assert_bound(repeat(p, "fields=a", ",,a", TMF_FIELDS_MAX - 1),
                 repeat(p, "fields=a", ",,a", TMF_FIELDS_MAX),
                 "more than 128 names", p);
}

/* A message shows 64 bytes of a name, but no part of a character. */
static void test_shown_name(void **state)
{
    apr_pool_t *p = *state;
    const char *ascii = repeat(p, "", "a", 64);
    const char *wide = repeat(p, "a", "\xE2\x82\xAC", 30);
    const tmf_error_t *err = parse(ascii, p);

    assert_string_equal(err->message,
                        apr_pstrcat(p, "parameter \"", ascii,
                                    "\" has no value", NULL));
    err = parse(apr_pstrcat(p, ascii, "b", NULL), p);
    assert_string_equal(err->message,
                        apr_pstrcat(p, "parameter \"", ascii,
                                    "...\" has no value", NULL));
    err = parse(wide, p);
    assert_true(tmf_utf8_valid(err->message, strlen(err->message)));
    assert_string_equal(err->message,
                        apr_pstrcat(p, "parameter \"",
                                    repeat(p, "a", "\xE2\x82\xAC", 21),
                                    "...\" has no value", NULL));
}

/* --- selection --------------------------------------------------------- */

static const struct {
    const char *raw;
    const char *json;         /* NULL: all */
} selections[] = {
    { "", NULL },
    { ",,", NULL },
    { "none", "{}" },
    { ",none,", "{}" },
    { "none,a", "{\"a\":{}}" },
    { "a,none", "{\"a\":{}}" },
    { "None", "{\"None\":{}}" },
    { "none.a", "{\"none\":{\"a\":{}}}" },
    { "a.none", "{\"a\":{\"none\":{}}}" },
    { "id", "{}" },
    { "id,href,id.x,href.y.z", "{}" },
    { "a,id", "{\"a\":{}}" },
    { "a.id,a.href", "{\"a\":{\"id\":{},\"href\":{}}}" },
    { "idle,hrefs", "{\"idle\":{},\"hrefs\":{}}" },
    { "b,a", "{\"b\":{},\"a\":{}}" },
    { "a,,b", "{\"a\":{},\"b\":{}}" },
    { "a%2Cb%2cc", "{\"a\":{},\"b\":{},\"c\":{}}" },
    { "a,b,a", "{\"a\":{},\"b\":{}}" },
    { "a.b,c,a.d", "{\"a\":{\"b\":{},\"d\":{}},\"c\":{}}" },
    { "a,a.b", "{\"a\":{}}" },
    { "a.b,a", "{\"a\":{}}" },
    { "a.b.c,a.b,a.b.d", "{\"a\":{\"b\":{}}}" },
    { "a.b.c,a.b.d,a.e", "{\"a\":{\"b\":{\"c\":{},\"d\":{}},\"e\":{}}}" },
    { "ab,a,abc", "{\"ab\":{},\"a\":{},\"abc\":{}}" },
    { "@type", "{\"@type\":{}}" },
    { "+a,b%20", "{\" a\":{},\"b \":{}}" },
    { "a;b", "{\"a;b\":{}}" },
    { "a%22%5C%0A", "{\"a\\\"\\\\\\n\":{}}" },
    { "%C3%A9", "{\"\xC3\xA9\":{}}" }
};

static void test_selections(void **state)
{
    apr_pool_t *p = *state;
    size_t i = 0;

    for (i = 0; i < COUNT(selections); i++) {
        const char *raw = selections[i].raw;
        const tmf_fields_t *fields = NULL;

        assert_null(tmf_fields_parse(raw, strlen(raw), p, &fields));
        if (!selections[i].json) {
            assert_null(fields);
            continue;
        }
        assert_non_null(fields);
        assert_string_equal(tmf_fields_json(fields, p),
                            selections[i].json);
    }
    assert_string_equal(tmf_fields_json(NULL, p), "{}");
}

/* The value need not end where its text does. */
static void test_selection_length(void **state)
{
    const tmf_fields_t *fields = NULL;

    assert_null(tmf_fields_parse("ab,c&d", 4, *state, &fields));
    assert_string_equal(tmf_fields_json(fields, *state),
                        "{\"ab\":{},\"c\":{}}");
}

/* --- hrefs ------------------------------------------------------------- */

static const struct {
    const char *href;
    const char *id;           /* NULL: not an href of a lamp */
} hrefs[] = {
    { "http://h/lamp/1", "1" },
    { "https://h:8443/tmf-api/v4/lamp/1", "1" },
    { "https://user@h/x/lamp/1", "1" },
    { "HTTP://h/lamp/1", "1" },
    { "//h/lamp/1", "1" },
    { "/lamp/1", "1" },
    { "/a/b/lamp/1", "1" },
    { "lamp/1", "1" },
    { "v4/lamp/1", "1" },
    { "../lamp/1", "1" },
    { "/lamp/a%2Fb%3F%23", "a/b?#" },
    { "/lamp/a+b%2B", "a+b+" },
    { "/lamp/a:b", "a:b" },
    { "/lamp/%C3%A9", "\xC3\xA9" },
    { "/lamp/lamp", "lamp" },
    { "/lamp/lamp/1", "1" },
    { "", NULL },
    { "/", NULL },
    { "1", NULL },
    { "/1", NULL },
    { "lamp", NULL },
    { "/lamp", NULL },
    { "/lamp/", NULL },
    { "/lamp/1/", NULL },
    { "/lamp/1?a", NULL },
    { "/lamp/1#a", NULL },
    { "/x?/lamp/1", NULL },
    { "/x#/lamp/1", NULL },
    { "/lamps/1", NULL },
    { "/lam/1", NULL },
    { "/xlamp/1", NULL },
    { "xlamp/1", NULL },
    { "/Lamp/1", NULL },
    { "/lamp/1/2", NULL },
    { "http://lamp/1", NULL },
    { "//lamp/1", NULL },
    { "http://h", NULL },
    { "http:lamp/1", NULL },
    { "urn:x:lamp/1", NULL },
    { "/lamp/%", NULL },
    { "/lamp/%4", NULL },
    { "/lamp/a%00", NULL },
    { "/lamp/%FF", NULL }
};

static void test_hrefs(void **state)
{
    apr_pool_t *p = *state;
    size_t failed = 0;
    size_t i = 0;

    for (i = 0; i < COUNT(hrefs); i++) {
        const char *expected = hrefs[i].id ? hrefs[i].id : "(none)";
        const char *id = tmf_href_id(hrefs[i].href, "lamp", p);

        if (strcmp(id ? id : "(none)", expected) != 0) {
            print_error("\"%s\" gave \"%s\"\n", hrefs[i].href,
                        id ? id : "(none)");
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void test_href_made(void **state)
{
    static const char *const ids[] = {
        "1", "a/b", "a b+c", "?#%&=", "\xC3\xA9", "..", "lamp"
    };
    apr_pool_t *p = *state;
    size_t i = 0;

    assert_string_equal(tmf_href_make("https://h/v4", "lamp", "a/b+\xC3\xA9",
                                      p),
                        "https://h/v4/lamp/a%2Fb%2B%C3%A9");
    for (i = 0; i < COUNT(ids); i++) {
        const char *href = tmf_href_make("https://h/v4", "lamp", ids[i], p);

        assert_string_equal(tmf_href_id(href, "lamp", p), ids[i]);
    }
}

/* --- runner ------------------------------------------------------------ */

static int make_pool(void **state)
{
    apr_pool_t *p = NULL;

    apr_pool_create(&p, root_pool);
    *state = p;
    return 0;
}

static int destroy_pool(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}

static int load(void **state)
{
    tmf_source_t source = { "definition.json", definition,
                            sizeof(definition) - 1 };
    apr_array_header_t *faults = NULL;
    const tmf_spec_t *spec = NULL;

    (void)state;
    apr_initialize();
    apr_pool_create(&root_pool, NULL);
    faults = apr_array_make(root_pool, 1, sizeof(tmf_fault_t));
    spec = tmf_load_texts(&source, NULL, faults, root_pool);
    if (!spec) {
        print_error("%s\n", APR_ARRAY_IDX(faults, 0, tmf_fault_t).message);
        return -1;
    }
    lamp = &spec->resources[0];
    return 0;
}

static int unload(void **state)
{
    (void)state;
    apr_pool_destroy(root_pool);
    apr_terminate();
    return 0;
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, make_pool, destroy_pool)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_read),
        TEST(test_absent),
        TEST(test_refused),
        TEST(test_length),
        TEST(test_criteria),
        TEST(test_paths),
        TEST(test_names),
        TEST(test_shown_name),
        TEST(test_selections),
        TEST(test_selection_length),
        TEST(test_hrefs),
        TEST(test_href_made)
    };

    return cmocka_run_group_tests(tests, load, unload);
}
