/* What the answers of receivers mean, when the next attempt is, and what
 * signs events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "event/tmf_outcome.h"
#include "event/tmf_signature.h"
#include "net/tmf_hmac.h"
#include "pool.h"

/* --- what answers mean -------------------------------------------------- */

static void test_judge(void **state)
{
    static const apr_int64_t delays[] = { 1000, 60000 };
    static const tmf_schedule_t schedule = { 2, delays };
    static const struct {
        int status;
        apr_int64_t retry_after;
        int attempts;
        tmf_result_kind_t kind;
        apr_int64_t least;
        apr_int64_t most;
    } cases[] = {
        { 200, 0, 0, TMF_DELIVERED, 0, 0 },
        { 201, 0, 9, TMF_DELIVERED, 0, 0 },
        { 299, 9, 0, TMF_DELIVERED, 0, 0 },
        { 300, 0, 0, TMF_RETRY, 800, 1200 },
        { 307, 0, 0, TMF_RETRY, 800, 1200 },
        { 404, 0, 1, TMF_RETRY, 48000, 72000 },
        { 410, 0, 0, TMF_DISABLED, 0, 0 },
        { 410, 0, 9, TMF_DISABLED, 0, 0 },
        { 429, 0, 0, TMF_RETRY, 800, 1200 },
        { 429, 30, 0, TMF_RETRY, 30000, 31000 },
        { 503, 30, 0, TMF_RETRY, 30000, 31000 },
        { 503, 30, 1, TMF_RETRY, 48000, 72000 },
        { 500, 30, 0, TMF_RETRY, 800, 1200 },
        { 503, 99999999, 0, TMF_RETRY, 86400000, 86401000 },
        { 503, 30, 2, TMF_PARKED, 0, 0 },
        { 0, 0, 0, TMF_RETRY, 800, 1200 },
        { 0, 0, 2, TMF_PARKED, 0, 0 },
        { 100, 0, 0, TMF_RETRY, 800, 1200 },
        { 199, 0, 0, TMF_RETRY, 800, 1200 }
    };
    apr_uint32_t dice = 0;
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (dice = 0; dice < 4000000000u; dice += 99999989u) {
            tmf_answer_t answer = { cases[i].status, cases[i].retry_after,
                                    "why" };
            tmf_outcome_t outcome = tmf_outcome_judge(
                &answer, cases[i].attempts, &schedule, dice);

            assert_int_equal(outcome.kind, cases[i].kind);
            assert_in_range(outcome.delay, cases[i].least, cases[i].most);
        }
    }
}

static void test_schedules(void **state)
{
    static const char *const bad[] = {
        "", " ", "x", "1 x", "-1", "1.", ".5", "1.2345", "1,5", "1s",
        "12345678", "1  2\t3", "1e3"
    };
    tmf_schedule_t schedule = { 0, NULL };
    size_t i = 0;

    (void)state;
    assert_null(tmf_schedule_read("5 0.25  300 0 1.5 9999999.999", root_pool,
                                  &schedule));
    assert_int_equal(schedule.n, 6);
    assert_int_equal(schedule.delays[0], 5000);
    assert_int_equal(schedule.delays[1], 250);
    assert_int_equal(schedule.delays[2], 300000);
    assert_int_equal(schedule.delays[3], 0);
    assert_int_equal(schedule.delays[4], 1500);
    assert_int_equal(schedule.delays[5], 9999999999);
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (!tmf_schedule_read(bad[i], root_pool, &schedule)) {
            fail_msg("\"%s\" is accepted", bad[i]);
        }
    }
}

static void test_too_many_delays(void **state)
{
    char text[2 * (TMF_SCHEDULE_MAX + 1) + 1];
    tmf_schedule_t schedule = { 0, NULL };
    int i = 0;

    (void)state;
    for (i = 0; i <= TMF_SCHEDULE_MAX; i++) {
        memcpy(text + 2 * i, "1 ", 3);
    }
    assert_non_null(tmf_schedule_read(text, root_pool, &schedule));
    text[2 * TMF_SCHEDULE_MAX] = '\0';
    assert_null(tmf_schedule_read(text, root_pool, &schedule));
    assert_int_equal(schedule.n, TMF_SCHEDULE_MAX);
}

/* --- signatures --------------------------------------------------------- */

/* The example of the Standard Webhooks reference libraries. */
static void test_known_signature(void **state)
{
    static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    static const char known[]
        = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    static const char body[] = "{\"test\": 2432232314}";
    const tmf_signed_t what = { "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                "1614265330", body, sizeof(body) - 1 };

    (void)state;
    assert_string_equal(tmf_signature_make(tmf_hmac, secret, &what,
                                           root_pool), known);
    assert_string_equal(
        tmf_signature_make(tmf_hmac, apr_pstrcat(root_pool, secret, " ",
                                                 secret, NULL),
                           &what, root_pool),
        apr_pstrcat(root_pool, known, " ", known, NULL));
    assert_null(tmf_signature_make(tmf_hmac, "whsec_x", &what, root_pool));
}

static void test_secrets(void **state)
{
    static const struct {
        const char *text;
        int is_secret;
    } cases[] = {
        { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1 },
        { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 1 },
        { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", 0 },
        { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", 1 },
        { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0 },
        { "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 0 },
        { "whsec_", 0 },
        { "", 0 },
        { "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 0 },
        { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-", 0 },
        { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ", 0 }
    };
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (tmf_signature_is_secret(cases[i].text, root_pool)
            != cases[i].is_secret) {
            fail_msg("\"%s\": %d", cases[i].text, !cases[i].is_secret);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_schedules),
        cmocka_unit_test(test_too_many_delays),
        cmocka_unit_test(test_known_signature),
        cmocka_unit_test(test_secrets)
    };

    return cmocka_run_group_tests_name("outcome", tests, make_root,
                                       destroy_root);
}
