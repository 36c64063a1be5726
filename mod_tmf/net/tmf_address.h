/* Which addresses of the network events may be sent to. */
#ifndef TMF_ADDRESS_H
#define TMF_ADDRESS_H

#include <sys/socket.h>

/** A network: "10.0.0.0/8", "fd00::/8", or one address. */
typedef struct tmf_network_t {
    int family;               /* AF_INET or AF_INET6 */
    unsigned char bytes[16];
    int n_bits;
} tmf_network_t;

/** Read a network. @return 0 if the text is none. */
int tmf_network_read(const char *text, tmf_network_t *network);

/**
 * Whether an address may be connected to: one of the public Internet, or of
 * the networks that the operator allows.
 */
int tmf_address_is_allowed(const struct sockaddr *address,
                           const tmf_network_t *networks, int n_networks);

#endif
