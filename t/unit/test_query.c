/* The query string: tables of what is read and of what is refused, then the
 * bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "api/tmf_query.h"
#include "base/tmf_text.h"
#include "base/tmf_uri.h"
#include "spec/tmf_load.h"
#include "pool.h"

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

static const tmf_resource_t *lamp;

/* --- helpers ---------------------------------------------------------- */

static const char *const compares[] = {
    "ID", "NOTHING", "TEXT", "JSON", "TIME", "ANY"
};

static const char *const comparators[] = {
    "", " ne", " gt", " gte", " lt", " lte", " regex"
};

static void put_operand(tmf_text_t *text, const tmf_operand_t *operand)
{
    int i = 0;

    for (i = 0; i < operand->n_names; i++) {
        tmf_text_puts(text, i ? "/" : "");
        tmf_text_puts(text, operand->names[i]);
    }
    tmf_text_printf(text, " %s%s", compares[operand->compare],
                    operand->many ? "*" : "");
}

static void put_criterion(tmf_text_t *text, const tmf_criterion_t *criterion)
{
    put_operand(text, &criterion->operand);
    tmf_text_printf(text, "%s [%s]", comparators[criterion->comparator],
                    criterion->value);
    if (criterion->end) {
        tmf_text_printf(text, "[%s]", criterion->end);
    }
}

static void put_paging(tmf_text_t *text, const tmf_query_t *query)
{
    if (query->limited) {
        tmf_text_printf(text, " limit=%" APR_INT64_T_FMT, query->limit);
    }
    if (query->paged) {
        tmf_text_printf(text, " offset=%" APR_INT64_T_FMT, query->offset);
    }
    if (query->cursor) {
        tmf_text_printf(text, " cursor=%s", query->cursor);
    }
}

/* A query as text, each fact after a blank. */
static const char *show(const tmf_query_t *query, apr_pool_t *p)
{
    tmf_text_t *text = tmf_text_make(p, 256, 0);
    int i = 0;
    int k = 0;

    if (query->fields) {
        tmf_text_printf(text, " fields=%s",
                        tmf_fields_json(query->fields, p));
    }
    put_paging(text, query);
    for (i = 0; i < query->n_terms; i++) {
        for (k = 0; k < query->terms[i].n; k++) {
            tmf_text_puts(text, k ? " | " : " ");
            put_criterion(text, &query->terms[i].any[k]);
        }
    }
    for (i = 0; i < query->n_filters; i++) {
        tmf_text_printf(text, " filter=%s", query->filters[i].path);
    }
    for (i = 0; i < query->n_sorts; i++) {
        tmf_text_puts(text, query->sorts[i].descending ? " -" : " +");
        put_operand(text, &query->sorts[i].operand);
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
    { "limit.x=5", " limit/x ANY* [5]" },
    { "a*b=5", " a*b ANY* [5]" },
    { "a%3Fb=5", " a?b ANY* [5]" },
    /* operators by suffix */
    { "maker.eq=5", " maker TEXT [5]" },
    { "maker.ne=5", " maker TEXT ne [5]" },
    { "watts.gt=5", " watts JSON gt [5]" },
    { "watts.gte=5", " watts JSON gte [5]" },
    { "watts.lt=5", " watts JSON lt [5]" },
    { "watts.lte=5", " watts JSON lte [5]" },
    { "maker.regex=5", " maker TEXT regex [5]" },
    { "watts%2Egt=5", " watts JSON gt [5]" },
    { "unknown.gt=5", " unknown ANY* gt [5]" },
    { "place.lt=5", " place NOTHING lt [5]" },
    { "place.gt.lt=5", " place/gt TEXT lt [5]" },
    { "place.room.lt=5", " place/room TEXT lt [5]" },
    { "tags.gte=5", " tags TEXT* gte [5]" },
    { "id.ne=5", " id ID ne [5]" },
    { "id.gt=5", " id ID gt [5]" },
    { "id.regex=%5E5", " id ID regex [^5]" },
    { "lit.ne=true", " lit JSON ne [true]" },
    { "extra.regex=5", " extra ANY* regex [5]" },
    { "built.gt=2026-01-31", " built TIME gt "
      "[2026-01-31T00:00:00Z][2026-02-01T00:00:00Z]" },
    { "a.gt.lt=5", " a/gt ANY* lt [5]" },
    /* operators by sign */
    { "watts%3E5", " watts JSON gt [5]" },
    { "watts%3E%3D5", " watts JSON gte [5]" },
    { "watts%3C5", " watts JSON lt [5]" },
    { "watts%3c%3d5", " watts JSON lte [5]" },
    { "watts%3D%3D5", " watts JSON [5]" },
    { "watts%3D5", " watts JSON [5]" },
    { "maker%3D~x", " maker TEXT regex [x]" },
    { "maker%3D%7Ex", " maker TEXT regex [x]" },
    { "maker%2A=x", " maker TEXT regex [x]" },
    { "maker*%3Dx", " maker TEXT regex [x]" },
    { "watts%3E=5", " watts JSON gte [5]" },
    { "watts>%3D5", " watts JSON gte [5]" },
    { "watts>5", " watts JSON gt [5]" },
    { "watts<5", " watts JSON lt [5]" },
    { "watts>=5", " watts JSON gte [5]" },
    { "watts<=5", " watts JSON lte [5]" },
    { "maker*=x", " maker TEXT regex [x]" },
    { "maker!=x", " maker TEXT ne [x]" },
    { "maker%21%3Dx", " maker TEXT ne [x]" },
    { "maker%21=x", " maker TEXT ne [x]" },
    { "maker=~x", " maker TEXT regex [x]" },
    { "maker==x", " maker TEXT [x]" },
    { "maker==", " maker TEXT []" },
    { "maker>", " maker TEXT gt []" },
    { "maker<>x", " maker TEXT lt [>x]" },
    { "maker>a=b", " maker TEXT gt [a=b]" },
    { "maker!==x", " maker TEXT ne [=x]" },
    { "place.gt>5", " place/gt TEXT gt [5]" },
    { "maker>a%3Eb", " maker TEXT gt [a>b]" },
    { "watts.eq=5", " watts JSON [5]" },
    { "maker.eq=%3D5", " maker TEXT [=5]" },
    { "maker.gt=%3E5", " maker TEXT gt [>5]" },
    /* patterns are written anew */
    { "maker=~a%2Bb", " maker TEXT regex [a+b]" },
    { "maker=~a+b", " maker TEXT regex [a b]" },
    { "maker=~(a|%5Cd)%3F", " maker TEXT regex [(?:a|[0-9])?]" },
    { "maker=~a{2%2C3}", " maker TEXT regex [a{2,3}]" },
    /* alternatives */
    { "maker=a,b", " maker TEXT [a] | maker TEXT [b]" },
    { "maker=a;b", " maker TEXT [a] | maker TEXT [b]" },
    { "maker=a;b,c", " maker TEXT [a] | maker TEXT [b] | maker TEXT [c]" },
    { "maker=a;maker=b", " maker TEXT [a] | maker TEXT [b]" },
    { "maker=,", " maker TEXT [] | maker TEXT []" },
    { "maker=a;", " maker TEXT [a] | maker TEXT []" },
    { "maker=a%2Cb,c%3Bd", " maker TEXT [a,b] | maker TEXT [c;d]" },
    { "watts=1,2", " watts JSON [1] | watts JSON [2]" },
    { "watts.ne=1,2", " watts JSON ne [1] | watts JSON ne [2]" },
    { "id=a,b", " id ID [a] | id ID [b]" },
    { "href=lamp/1,x", " href ID [1] | href NOTHING [x]" },
    { "unknown=a,b", " unknown ANY* [a] | unknown ANY* [b]" },
    { "maker=a&maker=b", " maker TEXT [a] | maker TEXT [b]" },
    { "maker=a&m%61ker=a", " maker TEXT [a] | maker TEXT [a]" },
    { "maker=a&maker.eq=b,c",
      " maker TEXT [a] | maker TEXT [b] | maker TEXT [c]" },
    { "id=a&lit=true&id=b", " id ID [a] | id ID [b] lit JSON [true]" },
    { "watts.gt=1&watts.lt=5", " watts JSON gt [1] watts JSON lt [5]" },
    { "watts>1&watts.gt=2", " watts JSON gt [1] | watts JSON gt [2]" },
    { "watts%3C5;watts%3E7", " watts JSON lt [5] | watts JSON gt [7]" },
    { "watts%3C5;watts%3E7&watts%3C2",
      " watts JSON lt [5] | watts JSON gt [7] watts JSON lt [2]" },
    { "watts%3C2&watts%3C5;watts%3E7",
      " watts JSON lt [2] watts JSON lt [5] | watts JSON gt [7]" },
    { "maker=a;lit=true&maker=b",
      " maker TEXT [a] | lit JSON [true] maker TEXT [b]" },
    { "maker=a;lit=true;false",
      " maker TEXT [a] | lit JSON [true] | lit JSON [false]" },
    { "maker=a;x.gt=1", " maker TEXT [a] | x ANY* gt [1]" },
    { "maker=a,b=c", " maker TEXT [a] | maker TEXT [b=c]" },
    { "maker=a,b%3Ec", " maker TEXT [a] | maker TEXT [b>c]" },
    /* order */
    { "sort=maker", " +maker TEXT" },
    { "sort=-maker,%2Bwatts,+lit, count",
      " -maker TEXT +watts JSON +lit JSON +count JSON" },
    { "sort=-maker%2Cwatts", " -maker TEXT +watts JSON" },
    { "sort=place.room,-tags", " +place/room TEXT -tags TEXT*" },
    { "sort=id", " +id ID" },
    { "sort=-href,id", " -id ID" },
    { "sort=built,unknown", " +built TIME +unknown ANY*" },
    { "sort=place", " +place ANY*" },
    { "sort=parts", " +parts ANY*" },
    { "sort=maker,-maker,lit", " +maker TEXT +lit JSON" },
    { "sort=,maker,", " +maker TEXT" },
    { "sort=", "" },
    { "sort=limit", " +limit ANY*" },
    { "s%6Frt=maker", " +maker TEXT" },
    { "sort=--a", " --a ANY*" },
    /* filters: what is in them is in test_filter.c */
    { "filter=$[?(@.a=='b')]",
      " filter=$ ? ((exists(@.\"a\" ? (@ == $v0))))" },
    { "filter=parts&filter=tags%5B%2A%5D",
      " filter=$.\"parts\" filter=$.\"tags\"[*]" },
    { "filter=parts,tags;day", " filter=$.\"parts\" filter=$.\"tags\""
      " filter=$.\"day\"" },
    /* cursors */
    { "cursor=a%2Bb", " offset=0 cursor=a+b" },
    { "cursor=", " offset=0 cursor=" },
    { "limit=2&cursor=x", " limit=2 offset=0 cursor=x" },
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
    { "lit=true+", INVALID, "\"lit\" must be true or false" },
    { "watts=", INVALID, "\"watts\" must be a number" },
    { "watts=+5", INVALID, "\"watts\" must be a number" },
    { "watts=%2B5", INVALID, "\"watts\" must be a number" },
    { "watts=5.", INVALID, "\"watts\" must be a number" },
    { "watts=1e999", INVALID, "\"watts\" must be a number" },
    { "watts=\"5\"", INVALID, "\"watts\" must be a number" },
    { "built=", INVALID, "\"built\" must be a date-time" },
    { "built=today", INVALID, "\"built\" must be a date-time" },
    { "built=2026-13-01", INVALID, "\"built\" must be a date-time" },
    { "built='2026-02-03'", INVALID, "\"built\" must be a date-time" },
    { "built=2026-01-31T10:11:12+02:00", INVALID, "must be written %2B" },
    /* paging and selection */
    { "limit=", INVALID, "\"limit\" must be a whole number" },
    { "limit=-1", INVALID, "\"limit\" must be a whole number" },
    { "limit=+5", INVALID, "\"limit\" must be a whole number" },
    { "limit=%2B5", INVALID, "\"limit\" must be a whole number" },
    { "limit=5+", INVALID, "\"limit\" must be a whole number" },
    { "limit=1.0", INVALID, "\"limit\" must be a whole number" },
    { "limit=1,2", INVALID, "\"limit\" must be a whole number" },
    { "limit==5", INVALID, "\"limit\" must be a whole number" },
    { "offset=-1", INVALID, "\"offset\" must be a whole number" },
    { "limit=1&limit=1", INVALID, "\"limit\" is given more than once" },
    { "offset=1&offset=2", INVALID, "\"offset\" is given more than" },
    { "fields=a&fields=b", INVALID, "\"fields\" is given more than" },
    { "fields=a..b", INVALID, "\"fields\" has an empty name" },
    { "fields=a,.b", INVALID, "\"fields\" has an empty name" },
    { "fields=a.", INVALID, "\"fields\" has an empty name" },
    { "fields=a,a..b", INVALID, "\"fields\" has an empty name" },
    { "fields=id..b", INVALID, "\"fields\" has an empty name" },
    { "cursor=a&cursor=b", INVALID, "\"cursor\" is given more than once" },
    { "cursor", INVALID, "\"cursor\" has no value" },
    { "cursor=%", INVALID, "\"cursor\" is not valid percent-encoded" },
    { "sort=a&sort=b", INVALID, "\"sort\" is given more than once" },
    { "sort", INVALID, "\"sort\" has no value" },
    { "sort=%", INVALID, "\"sort\" is not valid percent-encoded" },
    { "sort=-", INVALID, "\"sort\" has an empty name" },
    { "sort=a,-,b", INVALID, "\"sort\" has an empty name" },
    { "sort=a..b", INVALID, "\"sort\" has an empty name" },
    { "sort=a,b,c,d,e,f,g,h,i", INVALID, "\"sort\" has more than 8 keys" },
    { "filter", INVALID, "\"filter\" has no value" },
    { "filter=%", INVALID, "\"filter\" is not valid percent-encoded" },
    { "filter=", INVALID, "\"filter\" is empty, at character 1" },
    { "filter=$[?(@.a=='b'&&@.c==1)]", INVALID, "must be written %26" },
    { "filter=$..a", MISSING, "\"filter\" has a descent (..) at char" },
    { "filter=a&filter=a&filter=a&filter=a&filter=a&filter=a&filter=a"
      "&filter=a&filter=a", INVALID, "has more than 8 filters" },
    /* reserved names */
    { "depth=1", MISSING, "\"depth\" is not implemented" },
    { "depth", MISSING, "\"depth\" is not implemented" },
    { "expand=place", MISSING, "\"expand\" is not implemented" },
    { "limit.gt=5", INVALID, "\"limit.gt\" compares a reserved name" },
    { "limit%3E5", INVALID, "\"limit>5\" compares a reserved name" },
    { "limit>=5", INVALID, "compares a reserved name" },
    { "sort!=a", INVALID, "compares a reserved name" },
    { "maker=a;limit=5", INVALID, "compares a reserved name" },
    { "depth.eq=1", INVALID, "compares a reserved name" },
    /* operators */
    { "maker.gt>5", INVALID, "\"maker.gt\" has two operators" },
    { "maker.eq==5", INVALID, "\"maker.eq\" has two operators" },
    { "maker.regex=~5", INVALID, "\"maker.regex\" has two operators" },
    { "maker.gt!=5", INVALID, "\"maker.gt\" has two operators" },
    { "maker~=x", INVALID, "is followed by ~=, which is no operator" },
    { "maker.gt", INVALID, "\"maker.gt\" has no value" },
    { "maker=a;=b", INVALID, "has no name" },
    { "maker=a;%3Eb", INVALID, "has no name" },
    { "!=b", INVALID, "has no name" },
    { "maker;lit=true", INVALID, "\"maker\" has no value" },
    { ";maker=a", INVALID, "parameter 1 has no value" },
    { "maker=a;%ff=b", INVALID, "\"%ff\" is not valid percent-encoded" },
    { "maker=a,%ff", INVALID, "\"maker\" is not valid percent-encoded" },
    { "watts=1,x", INVALID, "\"watts\" must be a number" },
    { "watts=1;x", INVALID, "\"watts\" must be a number" },
    { "watts=1,", INVALID, "\"watts\" must be a number" },
    { "watts.gt=x", INVALID, "\"watts.gt\" must be a number" },
    { "watts>", INVALID, "\"watts\" must be a number" },
    { "lit.gt=true", INVALID, "is a boolean, which has no order" },
    { "lit<=true", INVALID, "is a boolean, which has no order" },
    { "lit.ne=x", INVALID, "\"lit.ne\" must be true or false" },
    { "built.lt=x", INVALID, "\"built.lt\" must be a date-time" },
    { "watts.regex=5", INVALID, "is no text, which a pattern needs" },
    { "built.regex=5", INVALID, "is no text, which a pattern needs" },
    { "lit=~t", INVALID, "is no text, which a pattern needs" },
    { "place*=t", INVALID, "is no text, which a pattern needs" },
    { "href.regex=5", INVALID, "can be compared for equality alone" },
    { "href.gt=5", INVALID, "can be compared for equality alone" },
    { "maker=~", INVALID, "has a pattern that is empty, at character 1" },
    { "maker=~a(b", INVALID, "has a group without its ), at character 2" },
    { "maker=~%C3%A9%5C1", INVALID, "a back-reference, at character 2" },
    { "maker=~a,b,(", INVALID, "has a pattern that has an empty alt" }
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

/* Alternatives count singly. */
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
    assert_int_equal(query.n_terms, TMF_CRITERIA_MAX);
    assert_bound(tmf_text_string(text),
                 apr_pstrcat(p, tmf_text_string(text), "id=x", NULL),
                 "more than 64 criteria", p);
    assert_bound(repeat(p, "maker=a", ",a", TMF_CRITERIA_MAX - 1),
                 repeat(p, "maker=a", ",a", TMF_CRITERIA_MAX),
                 "more than 64 criteria", p);
    assert_bound(repeat(p, "maker=a", "&maker=a", TMF_CRITERIA_MAX - 1),
                 repeat(p, "maker=a", ";maker=a", TMF_CRITERIA_MAX),
                 "more than 64 criteria", p);
    assert_bound(repeat(p, "maker=~a", ",a", TMF_PATTERNS_MAX - 1),
                 repeat(p, "maker=~a", ",a", TMF_PATTERNS_MAX),
                 "more than 16 patterns", p);
    assert_bound(repeat(p, "filter=[?(@.a=~/a/)]", "&maker=~a",
                        TMF_PATTERNS_MAX - 1),
                 repeat(p, "filter=[?(@.a=~/a/)]", "&maker=~a",
                        TMF_PATTERNS_MAX), "more than 16 patterns", p);
}

/* --- what a cursor is bound to ----------------------------------------- */

static const char *scope(const char *raw, apr_pool_t *p)
{
    tmf_query_t query;

    assert_null(tmf_query_parse(raw, lamp, p, &query));
    return query.scope;
}

/* Paging and selection leave the list and its order as they are. */
static void test_scope(void **state)
{
    static const char *const same[][2] = {
        { "", "limit=1&offset=2&fields=a&cursor=x" },
        { "maker=a&sort=-lit", "sort=-lit&limit=2&m%61ker=a&fields=none" },
        { "maker=a&maker=b", "maker=a,b" },
        { "watts>5", "watts.gt=5" }
    };
    static const char *const different[] = {
        "", "maker=a", "maker=b", "maker.ne=a", "maker=a,b", "maker=a&lit=true",
        "maker=a%22", "unknown=a", "sort=maker", "sort=-maker", "sort=lit",
        "sort=maker,lit", "filter=a", "filter=a&filter=b", "filter=b",
        "filter=[?(@.a==1)]", "filter=[?(@.a==2)]", "built=2026",
        "built=2026-01-01T00:00:00Z", "maker=a;lit=true", "id=a"
    };
    apr_pool_t *p = *state;
    size_t i = 0;
    size_t k = 0;

    for (i = 0; i < COUNT(same); i++) {
        assert_string_equal(scope(same[i][0], p), scope(same[i][1], p));
    }
    for (i = 0; i < COUNT(different); i++) {
        for (k = 0; k < i; k++) {
            assert_string_not_equal(scope(different[i], p),
                                    scope(different[k], p));
        }
    }
    assert_string_equal(scope(NULL, p), "");
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

/* --- runner ------------------------------------------------------------ */

static int load(void **state)
{
    tmf_source_t source = { "definition.json", definition,
                            sizeof(definition) - 1 };
    apr_array_header_t *faults = NULL;
    const tmf_spec_t *spec = NULL;

    make_root(state);
    faults = apr_array_make(root_pool, 1, sizeof(tmf_fault_t));
    spec = tmf_load_texts(&source, NULL, faults, root_pool);
    if (!spec) {
        print_error("%s\n", APR_ARRAY_IDX(faults, 0, tmf_fault_t).message);
        return -1;
    }
    lamp = &spec->resources[0];
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_read),
        TEST(test_absent),
        TEST(test_refused),
        TEST(test_length),
        TEST(test_criteria),
        TEST(test_scope),
        TEST(test_paths),
        TEST(test_names),
        TEST(test_shown_name)
    };

    return cmocka_run_group_tests(tests, load, destroy_root);
}
