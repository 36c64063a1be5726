/* Which addresses events may be sent to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "net/tmf_address.h"

static int allowed(const char *text, const char *const *networks)
{
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    tmf_network_t read[4];
    int n = 0;

    memset(&six, 0, sizeof(six));
    memset(&four, 0, sizeof(four));
    for (; networks && *networks; networks++) {
        assert_true(tmf_network_read(*networks, &read[n++]));
    }
    if (strchr(text, ':')) {
        six.sin6_family = AF_INET6;
        assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
        return tmf_address_is_allowed((struct sockaddr *)&six, read, n);
    }
    four.sin_family = AF_INET;
    assert_int_equal(inet_pton(AF_INET, text, &four.sin_addr), 1);
    return tmf_address_is_allowed((struct sockaddr *)&four, read, n);
}

static void test_public(void **state)
{
    static const char *const addresses[] = {
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
        "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
        "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
        "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
        "168.63.129.15", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888",
        "2003::1", "::ffff:1.1.1.1", "3ffe:ffff::1"
    };
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
        if (!allowed(addresses[i], NULL)) {
            fail_msg("%s is refused", addresses[i]);
        }
    }
}

static void test_closed(void **state)
{
    static const char *const addresses[] = {
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.0",
        "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.0.0",
        "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.192",
        "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255",
        "198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.7",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "168.63.129.16", "::", "::1", "::7f00:1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "100::1", "1fff::1", "2001::1", "2001:1ff::1",
        "2001:db8::1", "2002:7f00:1::", "3fff::1", "4000::1", "fc00::1",
        "fd00:ec2::254", "fdff::1", "fe80::1", "febf::1", "fec0::1",
        "ff02::1"
    };
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
        if (allowed(addresses[i], NULL)) {
            fail_msg("%s is allowed", addresses[i]);
        }
    }
}

static void test_networks_of_the_operator(void **state)
{
    static const char *const networks[] = {
        "10.1.0.0/16", "127.0.0.1", "fd12::/15", NULL
    };

    (void)state;
    assert_true(allowed("10.1.2.3", networks));
    assert_false(allowed("10.2.0.0", networks));
    assert_true(allowed("127.0.0.1", networks));
    assert_true(allowed("::ffff:127.0.0.1", networks));
    assert_false(allowed("127.0.0.2", networks));
    assert_true(allowed("fd13:ffff::1", networks));
    assert_false(allowed("fd14::1", networks));
    assert_false(allowed("::1", networks));
    assert_true(allowed("1.1.1.1", networks));
}

static void test_other_families(void **state)
{
    struct sockaddr other;

    (void)state;
    memset(&other, 0, sizeof(other));
    other.sa_family = AF_UNIX;
    assert_false(tmf_address_is_allowed(&other, NULL, 0));
}

static void test_what_is_a_network(void **state)
{
    static const char *const good[] = {
        "0.0.0.0/0", "10.0.0.0/8", "1.2.3.4", "1.2.3.4/32", "::/0", "::1",
        "fd00::/8", "2001:db8::/127", "::ffff:1.2.3.4"
    };
    static const char *const bad[] = {
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
        "10.0.0.0/8x", "10.0.0.0/0008", "10.0.0.1/8", "10.0.0/8", "10/8",
        "0x7f.1", "localhost", "::1/129", "fd00::1/8", "::ffff:1.2.3.4/120",
        "1.2.3.4 ", "fe80::1%lo",
        "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111"
    };
    tmf_network_t network;
    size_t i = 0;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
        if (!tmf_network_read(good[i], &network)) {
            fail_msg("%s is refused", good[i]);
        }
    }
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (tmf_network_read(bad[i], &network)) {
            fail_msg("%s is accepted", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_networks_of_the_operator),
        cmocka_unit_test(test_other_families),
        cmocka_unit_test(test_what_is_a_network)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
