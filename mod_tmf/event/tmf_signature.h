/* Signatures of events: Standard Webhooks 1.0, symmetric. */
#ifndef TMF_SIGNATURE_H
#define TMF_SIGNATURE_H

#include <apr_pools.h>

/** Secrets that sign at a time: two while one takes the other's place. */
#define TMF_SIGNATURE_SECRETS 2

/** Bytes of HMAC-SHA256. */
#define TMF_SIGNATURE_BYTES 32

/** Bytes to be signed, or to sign with. */
typedef struct tmf_bytes_t {
    const void *data;
    apr_size_t length;
} tmf_bytes_t;

/** HMAC-SHA256; net/ has it. @return 0 if that failed. */
typedef int tmf_hmac_t(const tmf_bytes_t *key, const tmf_bytes_t *message,
                       unsigned char *mac);

/** What is signed. */
typedef struct tmf_signed_t {
    const char *id;           /* webhook-id */
    const char *timestamp;    /* webhook-timestamp: seconds since 1970 */
    const char *body;
    apr_size_t length;
} tmf_signed_t;

/** True if a text is a secret: "whsec_" and 24 to 64 bytes in base64. */
int tmf_signature_is_secret(const char *text, apr_pool_t *p);

/**
 * The value of webhook-signature.
 * @param secrets with a blank between them.
 * @return NULL if one of them is no secret, or HMAC failed.
 */
const char *tmf_signature_make(tmf_hmac_t *hmac, const char *secrets,
                               const tmf_signed_t *what, apr_pool_t *p);

#endif
