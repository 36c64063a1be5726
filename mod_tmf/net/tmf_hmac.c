#include "net/tmf_hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

int tmf_hmac(const tmf_bytes_t *key, const tmf_bytes_t *message,
             unsigned char *mac)
{
    unsigned int length = 0;

    return HMAC(EVP_sha256(), key->data, (int)key->length, message->data,
                message->length, mac, &length)
        && length == TMF_SIGNATURE_BYTES;
}
