/* Results as responses: bodies, paging headers and statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "api/tmf_page.h"
#include "api/tmf_respond.h"
#include "base/tmf_spool.h"

#define BASE "https://a.example/b"

static apr_pool_t *pool;
static const tmf_resource_t resource = { .name = "thing" };

static const tmf_row_t rows[] = {
    { "1", "{\"a\": 12.30}", 12, NULL, NULL, 0 },
    { "x/\"y", "{}", 2, NULL, NULL, 0 }
};

static tmf_response_t make_response(void)
{
    tmf_response_t response = { 0 };

    response.headers = apr_table_make(pool, 4);
    return response;
}

static void respond_list(const tmf_request_t *request,
                         const tmf_plan_t *plan, const tmf_result_t *result,
                         tmf_response_t *response)
{
    assert_null(tmf_page_respond(tmf_page_make(request, plan, pool), result,
                                 response));
}

static const char *header(const tmf_response_t *response, const char *name)
{
    return apr_table_get(response->headers, name);
}

static void a_list_has_id_and_href_first(void **state)
{
    tmf_request_t request = { .method = "GET", .base = BASE };
    tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                        .limit = 100 };
    tmf_result_t result = { .n_rows = 2, .rows = rows, .total = 2 };
    tmf_response_t response = make_response();

    (void)state;
    respond_list(&request, &plan, &result, &response);
    assert_int_equal(response.status, 200);
    assert_string_equal(response.body,
        "[{\"id\":\"1\",\"href\":\"" BASE "/thing/1\",\"a\": 12.30},"
        "{\"id\":\"x/\\\"y\",\"href\":\"" BASE "/thing/x%2F%22y\"}]");
    assert_int_equal(response.length, strlen(response.body));
    assert_string_equal(header(&response, "X-Total-Count"), "2");
    assert_string_equal(header(&response, "X-Result-Count"), "2");
}

static void a_creation_names_its_location(void **state)
{
    tmf_request_t request = { .method = "POST", .base = BASE };
    tmf_plan_t plan = { .op = TMF_OP_CREATE, .resource = &resource };
    tmf_result_t result = { .n_rows = 1, .rows = &rows[1] };
    tmf_response_t response = make_response();

    (void)state;
    tmf_respond(&request, &plan, &result, pool, &response);
    assert_int_equal(response.status, 201);
    assert_string_equal(header(&response, "Location"),
                        BASE "/thing/x%2F%22y");
    assert_non_null(strstr(response.body, header(&response, "Location")));
}

static void a_deletion_answers_nothing(void **state)
{
    tmf_request_t request = { .method = "DELETE", .base = BASE };
    tmf_plan_t plan = { .op = TMF_OP_DELETE, .resource = &resource };
    tmf_result_t result = { .n_rows = 1, .rows = rows };
    tmf_response_t response = make_response();

    (void)state;
    tmf_respond(&request, &plan, &result, pool, &response);
    assert_int_equal(response.status, 204);
    assert_null(response.body);
}

typedef struct page_case_t {
    const char *query;
    int paged;
    apr_int64_t limit;
    apr_int64_t offset;
    int rows;
    apr_int64_t total;
    int estimated;
    int status;
    const char *links;        /* "rel place" each: an offset, or of letters
                                 a cursor */
} page_case_t;

static const page_case_t pages[] = {
    /* not asked for: 200 whatever is left out */
    { NULL, 0, 100, 0, 2, 2, 0, 200, "last 0, first 0, self 0" },
    { NULL, 0, 2, 0, 2, 9, 0, 200, "next N, last 8, first 0, self 0" },
    { NULL, 0, 2, 0, 0, 0, 0, 200, "last 0, first 0, self 0" },
    /* all returned: 200 */
    { "limit=2", 1, 2, 0, 2, 2, 0, 200, "last 0, first 0, self 0" },
    /* a part: 206 */
    { "limit=2", 1, 2, 0, 2, 5, 0, 206, "next N, last 4, first 0, self 0" },
    { "limit=2", 1, 2, 2, 2, 5, 0, 206,
      "next N, prev P, last 4, first 0, self 2" },
    { "limit=2", 1, 2, 4, 1, 5, 0, 206, "prev P, last 4, first 0, self 4" },
    { "limit=2", 1, 2, 4, 2, 6, 0, 206, "prev P, last 4, first 0, self 4" },
    /* between the pages of the grid from 0 */
    { "limit=2", 1, 2, 3, 2, 6, 0, 206,
      "next N, prev P, last 5, first 0, self 3" },
    { "limit=4", 1, 4, 1, 2, 3, 0, 206, "prev P, last 1, first 0, self 1" },
    /* beyond the end */
    { "offset=9", 1, 2, 9, 0, 5, 0, 206, "prev 3, last 3, first 0, self 9" },
    { "offset=9", 1, 2, 9, 0, 0, 0, 200, "prev 0, last 0, first 0, self 9" },
    /* a total that may be wrong */
    { NULL, 0, 2, 0, 2, 9, 1, 200, "next N, first 0, self 0" },
    { "limit=2", 1, 2, 2, 2, 9, 1, 206, "next N, prev P, first 0, self 2" },
    { "offset=9", 1, 2, 9, 0, 5, 1, 206, "first 0, self 9" },
    /* places that are too long for a cursor */
    { "long", 1, 2, 3, 2, 9, 0, 206,
      "next 5, prev 1, last 7, first 0, self 3" },
    { "long", 1, 2, 1, 2, 9, 0, 206,
      "next 3, prev 0, last 7, first 0, self 1" },
    /* only the count */
    { "limit=0", 1, 0, 0, 0, 5, 0, 200, "self 0" }
};

/* What a Link value should be. */
static const char *link_text(const page_case_t *page, const char *more)
{
    char *state = NULL;
    char *rel = apr_strtok(apr_pstrdup(pool, page->links), ", ", &state);
    const char *text = "";

    while (rel) {
        const char *place = apr_strtok(NULL, ", ", &state);

        text = apr_psprintf(pool, "%s%s<" BASE "/thing?%s%s=%s&limit=%"
                            APR_INT64_T_FMT ">; rel=\"%s\"", text,
                            *text ? ", " : "", more,
                            *place > '9' ? "cursor" : "offset", place,
                            page->limit, rel);
        rel = apr_strtok(NULL, ", ", &state);
    }
    return text;
}

static tmf_result_t make_result(const page_case_t *page)
{
    int is_long = page->query && !strcmp(page->query, "long");
    tmf_result_t result = { .n_rows = page->rows, .rows = rows,
                            .total = page->total,
                            .is_estimated = page->estimated,
                            .skipped = page->offset };

    result.prev.is_there = page->rows > 0 && page->offset > 0;
    result.prev.cursor = result.prev.is_there && !is_long ? "P" : NULL;
    result.next.is_there = page->rows > 0
        && page->offset + page->rows < page->total;
    result.next.cursor = result.next.is_there && !is_long ? "N" : NULL;
    return result;
}

static void pages_have_status_and_links(void **state)
{
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        const page_case_t *page = &pages[i];
        tmf_request_t request = { .base = BASE, .query = page->query };
        tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                            .limit = page->limit };
        tmf_result_t result = make_result(page);
        tmf_response_t response = make_response();
        const char *precision = NULL;

        print_message("  page %d\n", (int)i);
        plan.query.paged = page->paged;
        plan.query.offset = page->offset;
        respond_list(&request, &plan, &result, &response);
        precision = header(&response, "X-Total-Count-Precision");
        assert_int_equal(response.status, page->status);
        assert_string_equal(header(&response, "Link"),
            link_text(page, page->query && !strcmp(page->query, "long")
                                ? "long&" : ""));
        assert_string_equal(precision ? precision : "",
                            page->estimated ? "estimated" : "");
    }
}

static void a_page_by_cursor_names_itself(void **state)
{
    tmf_request_t request = { .base = BASE,
                              .query = "curso%72=C&limit=2&a=1&limit" };
    tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                        .limit = 2 };
    tmf_result_t result = { .n_rows = 2, .rows = rows, .total = 9,
                            .skipped = 4 };
    tmf_response_t response = make_response();
    const page_case_t page = { .limit = 2,
        .links = "next N, prev P, last 8, first 0, self C" };

    (void)state;
    plan.query.paged = 1;
    plan.query.cursor = "C";
    result.prev.is_there = 1;
    result.prev.cursor = "P";
    result.next.is_there = 1;
    result.next.cursor = "N";
    respond_list(&request, &plan, &result, &response);
    assert_int_equal(response.status, 206);
    assert_string_equal(header(&response, "Link"), link_text(&page, "a=1&"));
}

/* The rows of a large page come one by one, and go to a file. */
static void a_large_page_is_in_a_file(void **state)
{
    const int n = TMF_SPOOL_MEMORY / 1000;
    char body[1200];
    tmf_row_t row = { "i", body, sizeof(body), NULL, NULL, 0 };
    tmf_request_t request = { .base = BASE };
    tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                        .limit = n };
    tmf_result_t result = { .n_rows = n, .total = n };
    tmf_response_t response = make_response();
    tmf_page_t *page = tmf_page_make(&request, &plan, pool);
    apr_off_t start = 0;
    apr_size_t each = strlen("{'id':'i','href':'" BASE "/thing/i',")
        + sizeof(body) - 1;
    char *text = NULL;
    int i = 0;

    (void)state;
    memset(body, ' ', sizeof(body));
    body[0] = '{';
    body[sizeof(body) - 1] = '}';
    for (i = 0; i < n; i++) {
        assert_null(tmf_page_take(page, &row));
    }
    assert_null(tmf_page_respond(page, &result, &response));
    assert_null(response.body);
    assert_non_null(response.file);
    assert_int_equal(response.length, 2 + (apr_size_t)n * (each + 1) - 1);
    text = apr_pcalloc(pool, response.length + 1);
    assert_int_equal(apr_file_seek(response.file, APR_SET, &start),
                     APR_SUCCESS);
    assert_int_equal(apr_file_read_full(response.file, text, response.length,
                                        NULL), APR_SUCCESS);
    assert_memory_equal(text, "[{\"id\":\"i\",", 11);
    assert_memory_equal(text + each, "},{", 3);
    assert_string_equal(text + response.length - 3, " }]");
    assert_string_equal(header(&response, "X-Result-Count"),
                        apr_itoa(pool, n));
}

static void a_small_page_taken_is_in_memory(void **state)
{
    tmf_request_t request = { .base = BASE };
    tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                        .limit = 2000 };
    tmf_result_t result = { .n_rows = 2, .total = 2 };
    tmf_response_t response = make_response();
    tmf_page_t *page = tmf_page_make(&request, &plan, pool);

    (void)state;
    assert_null(tmf_page_take(page, &rows[0]));
    assert_null(tmf_page_take(page, &rows[1]));
    assert_null(tmf_page_respond(page, &result, &response));
    assert_null(response.file);
    assert_string_equal(response.body,
        "[{\"id\":\"1\",\"href\":\"" BASE "/thing/1\",\"a\": 12.30},"
        "{\"id\":\"x/\\\"y\",\"href\":\"" BASE "/thing/x%2F%22y\"}]");
    result.n_rows = 0;
    response = make_response();
    respond_list(&request, &plan, &result, &response);
    assert_string_equal(response.body, "[]");
}

static void links_keep_the_other_parameters(void **state)
{
    tmf_request_t request = { .base = BASE,
        .query = "name=a%20b&limit=1&&offset=3&fields=x>\"y&%6Cimit=2"
                 "&%6f%66fset=4&curso%72=c" };
    tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                        .limit = 1 };
    tmf_result_t result = { .n_rows = 1, .rows = rows, .total = 1 };
    tmf_response_t response = make_response();

    (void)state;
    respond_list(&request, &plan, &result, &response);
    assert_memory_equal(header(&response, "Link"),
        "<" BASE "/thing?name=a%20b&fields=x%3E%22y&offset=0&limit=1>", 60);
}

/* The names of the links of a page in the middle, where the query has so many
 * bytes. */
static const char *long_links(apr_size_t n)
{
    char *query = apr_pcalloc(pool, n + 1);
    tmf_request_t request = { .base = BASE, .query = query };
    tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                        .limit = 2 };
    const page_case_t middle = { .rows = 2, .offset = 4, .total = 9 };
    tmf_result_t result = make_result(&middle);
    tmf_response_t response = make_response();
    const char *link = NULL;
    const char *names = "";

    memset(query, 'a', n);
    plan.query.paged = 1;
    plan.query.offset = 4;
    respond_list(&request, &plan, &result, &response);
    link = header(&response, "Link");
    assert_true(strlen(link) <= TMF_LINK_MAX || !strchr(link, ','));
    while ((link = strstr(link, "rel=\"")) != NULL) {
        link += strlen("rel=\"");
        names = apr_psprintf(pool, "%s %.*s", names,
                             (int)strcspn(link, "\""), link);
    }
    return names;
}

static void links_are_kept_in_order_of_worth(void **state)
{
    (void)state;
    assert_string_equal(long_links(10), " next prev last first self");
    assert_string_equal(long_links(700), " next prev last first self");
    assert_string_equal(long_links(900), " next prev last first");
    assert_string_equal(long_links(1000), " next prev last");
    assert_string_equal(long_links(1800), " next prev");
    assert_string_equal(long_links(2500), " next");
    assert_string_equal(long_links(8192), " next");
}

/* A link that is too long leaves room for those that are shorter. */
static void the_last_page_has_what_fits(void **state)
{
    char *query = apr_pcalloc(pool, 3900);
    char *cursor = apr_pcalloc(pool, 400);
    tmf_request_t request = { .base = BASE, .query = query };
    tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                        .limit = 2 };
    tmf_result_t result = { .n_rows = 1, .rows = rows, .total = 5,
                            .skipped = 4 };
    tmf_response_t response = make_response();

    (void)state;
    memset(query, 'a', 3899);
    memset(cursor, 'P', 399);
    plan.query.offset = 4;
    result.prev.is_there = 1;
    result.prev.cursor = cursor;
    respond_list(&request, &plan, &result, &response);
    assert_non_null(strstr(header(&response, "Link"), "rel=\"last\""));
    assert_null(strstr(header(&response, "Link"), "rel=\"prev\""));
    memset(query, 'a', 3899);
    request.query = apr_pstrcat(pool, query, cursor, NULL);
    response = make_response();
    respond_list(&request, &plan, &result, &response);
    assert_null(header(&response, "Link"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_id_and_href_first),
        cmocka_unit_test(a_creation_names_its_location),
        cmocka_unit_test(a_deletion_answers_nothing),
        cmocka_unit_test(pages_have_status_and_links),
        cmocka_unit_test(a_page_by_cursor_names_itself),
        cmocka_unit_test(a_large_page_is_in_a_file),
        cmocka_unit_test(a_small_page_taken_is_in_memory),
        cmocka_unit_test(links_keep_the_other_parameters),
        cmocka_unit_test(links_are_kept_in_order_of_worth),
        cmocka_unit_test(the_last_page_has_what_fits)
    };
    int failed = 0;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    failed = cmocka_run_group_tests_name("respond", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
