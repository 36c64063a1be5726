/* HMAC-SHA256 by libcrypto. */
#ifndef TMF_HMAC_H
#define TMF_HMAC_H

#include "event/tmf_signature.h"

/** As tmf_hmac_t has it. */
int tmf_hmac(const tmf_bytes_t *key, const tmf_bytes_t *message,
             unsigned char *mac);

#endif
