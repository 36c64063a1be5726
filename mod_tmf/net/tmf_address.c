#include "net/tmf_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define TEXT_MAX 64

/* What isn't the public Internet (IANA's registries of special purpose
 * addresses), or is a cloud's own service at a public address. */
static const tmf_network_t closed[] = {
    { AF_INET, { 0 }, 8 },
    { AF_INET, { 10 }, 8 },
    { AF_INET, { 100, 64 }, 10 },
    { AF_INET, { 127 }, 8 },
    { AF_INET, { 168, 63, 129, 16 }, 32 },
    { AF_INET, { 169, 254 }, 16 },
    { AF_INET, { 172, 16 }, 12 },
    { AF_INET, { 192, 0, 0 }, 24 },
    { AF_INET, { 192, 0, 2 }, 24 },
    { AF_INET, { 192, 88, 99 }, 24 },
    { AF_INET, { 192, 168 }, 16 },
    { AF_INET, { 198, 18 }, 15 },
    { AF_INET, { 198, 51, 100 }, 24 },
    { AF_INET, { 203, 0, 113 }, 24 },
    { AF_INET, { 224 }, 3 },
    /* protocol assignments, with Teredo; documentation; 6to4, which has an
     * IPv4 address in it; documentation */
    { AF_INET6, { 0x20, 0x01 }, 23 },
    { AF_INET6, { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
    { AF_INET6, { 0x20, 0x02 }, 16 },
    { AF_INET6, { 0x3f, 0xff }, 20 }
};

/* All global unicast addresses of IPv6; the rest of it is closed: loopback,
 * local, multicast, NAT64, and whatever will be thought of. */
static const tmf_network_t global = { AF_INET6, { 0x20 }, 3 };

static const unsigned char mapped[12] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};

/* An address as a network of its own; IPv4 within IPv6 is IPv4. */
static int read_bytes(int family, const void *bytes, tmf_network_t *network)
{
    memset(network, 0, sizeof(*network));
    if (family == AF_INET6 && !memcmp(bytes, mapped, sizeof(mapped))) {
        bytes = (const unsigned char *)bytes + sizeof(mapped);
        family = AF_INET;
    }
    network->family = family;
    network->n_bits = family == AF_INET ? 32 : 128;
    memcpy(network->bytes, bytes, (size_t)network->n_bits / 8);
    return 1;
}

static int read_number(const char *text, int most, int *number)
{
    *number = 0;
    if (!*text || strlen(text) > 3) {
        return 0;
    }
    for (; *text; text++) {
        if (*text < '0' || *text > '9') {
            return 0;
        }
        *number = *number * 10 + (*text - '0');
    }
    return *number <= most;
}

static int has_tail(const tmf_network_t *network)
{
    int i = 0;

    for (i = network->n_bits; i < 128; i++) {
        if (network->bytes[i / 8] & (0x80 >> i % 8)) {
            return 1;
        }
    }
    return 0;
}

int tmf_network_read(const char *text, tmf_network_t *network)
{
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : strlen(text);
    unsigned char bytes[16];
    char address[TEXT_MAX];
    int family = memchr(text, ':', length) ? AF_INET6 : AF_INET;

    if (length >= sizeof(address)) {
        return 0;
    }
    memcpy(address, text, length);
    address[length] = '\0';
    if (inet_pton(family, address, bytes) != 1) {
        return 0;
    }
    read_bytes(family, bytes, network);
    if (slash && network->family != family) {
        return 0;
    }
    return !slash || (read_number(slash + 1, network->n_bits,
                                  &network->n_bits)
                      && !has_tail(network));
}

static int is_within(const tmf_network_t *address,
                     const tmf_network_t *network)
{
    int whole = network->n_bits / 8;
    int rest = network->n_bits % 8;
    unsigned int mask = 0xff00u >> rest & 0xff;

    return address->family == network->family
        && !memcmp(address->bytes, network->bytes, (size_t)whole)
        && (!rest || ((address->bytes[whole] ^ network->bytes[whole])
                      & mask) == 0);
}

static int is_among(const tmf_network_t *address,
                    const tmf_network_t *networks, int n)
{
    int i = 0;

    for (i = 0; i < n; i++) {
        if (is_within(address, &networks[i])) {
            return 1;
        }
    }
    return 0;
}

static int read_address(const struct sockaddr *address, tmf_network_t *read)
{
    switch (address->sa_family) {
    case AF_INET:
        return read_bytes(AF_INET, &((const struct sockaddr_in *)
                                     (const void *)address)->sin_addr, read);
    case AF_INET6:
        return read_bytes(AF_INET6, &((const struct sockaddr_in6 *)
                                      (const void *)address)->sin6_addr,
                          read);
    default:
        return 0;
    }
}

int tmf_address_is_allowed(const struct sockaddr *address,
                           const tmf_network_t *networks, int n_networks)
{
    tmf_network_t read;

    if (!read_address(address, &read)) {
        return 0;
    }
    if (is_among(&read, networks, n_networks)) {
        return 1;
    }
    return (read.family == AF_INET || is_within(&read, &global))
        && !is_among(&read, closed, sizeof(closed) / sizeof(*closed));
}
