/* Results as responses: bodies, paging headers and statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "api/tmf_respond.h"

#define BASE "https://a.example/b"

static apr_pool_t *pool;
static const tmf_resource_t resource = { .name = "thing" };

static const tmf_row_t rows[] = {
    { "1", "{\"a\": 12.30}", 12 },
    { "x/\"y", "{}", 2 }
};

static tmf_response_t make_response(void)
{
    tmf_response_t response = { 0, NULL, NULL, 0, NULL };

    response.headers = apr_table_make(pool, 4);
    return response;
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
    tmf_result_t result = { 2, rows, 2 };
    tmf_response_t response = make_response();

    (void)state;
    tmf_respond(&request, &plan, &result, pool, &response);
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
    tmf_result_t result = { 1, &rows[1], 0 };
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
    tmf_result_t result = { 1, rows, 0 };
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
    int status;
    const char *links;        /* "rel offset" each; NULL: no header */
} page_case_t;

static const page_case_t pages[] = {
    /* not asked for: 200 whatever is left out */
    { NULL, 0, 100, 0, 2, 2, 200, "self 0, first 0, last 0" },
    { NULL, 0, 2, 0, 2, 9, 200, "self 0, first 0, next 2, last 8" },
    { NULL, 0, 2, 0, 0, 0, 200, "self 0, first 0, last 0" },
    /* all returned: 200 */
    { "limit=2", 1, 2, 0, 2, 2, 200, "self 0, first 0, last 0" },
    /* a part: 206 */
    { "limit=2", 1, 2, 0, 2, 5, 206, "self 0, first 0, next 2, last 4" },
    { "limit=2", 1, 2, 2, 2, 5, 206,
      "self 2, first 0, prev 0, next 4, last 4" },
    { "limit=2", 1, 2, 4, 1, 5, 206, "self 4, first 0, prev 2, last 4" },
    { "limit=2", 1, 2, 4, 2, 6, 206, "self 4, first 0, prev 2, last 4" },
    /* between the pages of the grid from 0 */
    { "limit=2", 1, 2, 3, 2, 6, 206,
      "self 3, first 0, prev 1, next 5, last 5" },
    { "limit=4", 1, 4, 1, 2, 3, 206, "self 1, first 0, prev 0, last 1" },
    /* beyond the end */
    { "offset=9", 1, 2, 9, 0, 5, 206, "self 9, first 0, prev 3, last 3" },
    { "offset=9", 1, 2, 9, 0, 0, 200, "self 9, first 0, prev 0, last 0" },
    /* only the count */
    { "limit=0", 1, 0, 0, 0, 5, 200, "self 0" }
};

/* What a Link value should be. */
static const char *link_text(const page_case_t *page)
{
    char *state = NULL;
    char *rel = apr_strtok(apr_pstrdup(pool, page->links), ", ", &state);
    const char *text = "";

    while (rel) {
        const char *offset = apr_strtok(NULL, ", ", &state);

        text = apr_psprintf(pool, "%s%s<" BASE "/thing?offset=%s&limit=%"
                            APR_INT64_T_FMT ">; rel=\"%s\"", text,
                            *text ? ", " : "", offset, page->limit, rel);
        rel = apr_strtok(NULL, ", ", &state);
    }
    return text;
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
        tmf_result_t result = { page->rows, rows, page->total };
        tmf_response_t response = make_response();

        print_message("  page %d\n", (int)i);
        plan.query.paged = page->paged;
        plan.query.offset = page->offset;
        tmf_respond(&request, &plan, &result, pool, &response);
        assert_int_equal(response.status, page->status);
        assert_string_equal(header(&response, "Link"), link_text(page));
    }
}

static void links_keep_the_other_parameters(void **state)
{
    tmf_request_t request = { .base = BASE,
        .query = "name=a%20b&limit=1&&offset=3&fields=x>\"y" };
    tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                        .limit = 1 };
    tmf_result_t result = { 1, rows, 1 };
    tmf_response_t response = make_response();

    (void)state;
    tmf_respond(&request, &plan, &result, pool, &response);
    assert_memory_equal(header(&response, "Link"),
        "<" BASE "/thing?name=a%20b&fields=x%3E%22y&offset=0&limit=1>", 60);
}

static void links_that_grow_too_long_are_left_out(void **state)
{
    char *query = apr_pcalloc(pool, TMF_LINK_MAX);
    tmf_request_t request = { .base = BASE, .query = query };
    tmf_plan_t plan = { .op = TMF_OP_LIST, .resource = &resource,
                        .limit = 1 };
    tmf_result_t result = { 1, rows, 1 };
    tmf_response_t response = make_response();

    (void)state;
    memset(query, 'a', TMF_LINK_MAX / 2);
    tmf_respond(&request, &plan, &result, pool, &response);
    assert_null(header(&response, "Link"));
    assert_string_equal(header(&response, "X-Total-Count"), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_id_and_href_first),
        cmocka_unit_test(a_creation_names_its_location),
        cmocka_unit_test(a_deletion_answers_nothing),
        cmocka_unit_test(pages_have_status_and_links),
        cmocka_unit_test(links_keep_the_other_parameters),
        cmocka_unit_test(links_that_grow_too_long_are_left_out)
    };
    int failed = 0;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    failed = cmocka_run_group_tests_name("respond", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
