#include "event/tmf_signature.h"

#include <string.h>

#include <apr_encode.h>
#include <apr_strings.h>

#define PREFIX "whsec_"
#define PREFIX_LENGTH (sizeof(PREFIX) - 1)

enum { KEY_LEAST = 24, KEY_MOST = 64 };

/* @return 0 if the text is none. */
static int read_secret(const char *text, tmf_bytes_t *key, apr_pool_t *p)
{
    apr_size_t length = 0;
    const void *data = NULL;

    if (strncmp(text, PREFIX, PREFIX_LENGTH) != 0) {
        return 0;
    }
    text += PREFIX_LENGTH;
    if (text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    "abcdefghijklmnopqrstuvwxyz0123456789+/=")]) {
        return 0;
    }
    data = apr_pdecode_base64_binary(p, text, APR_ENCODE_STRING,
                                     APR_ENCODE_NONE, &length);
    if (!data || length < KEY_LEAST || length > KEY_MOST) {
        return 0;
    }
    key->data = data;
    key->length = length;
    return 1;
}

int tmf_signature_is_secret(const char *text, apr_pool_t *p)
{
    tmf_bytes_t key = { NULL, 0 };

    return read_secret(text, &key, p);
}

static tmf_bytes_t make_message(const tmf_signed_t *what, apr_pool_t *p)
{
    tmf_bytes_t message = { NULL, 0 };
    apr_size_t head = strlen(what->id) + strlen(what->timestamp) + 2;
    char *data = apr_palloc(p, head + what->length + 1);

    apr_snprintf(data, head + 1, "%s.%s.", what->id, what->timestamp);
    memcpy(data + head, what->body, what->length);
    message.data = data;
    message.length = head + what->length;
    return message;
}

const char *tmf_signature_make(tmf_hmac_t *hmac, const char *secrets,
                               const tmf_signed_t *what, apr_pool_t *p)
{
    tmf_bytes_t message = make_message(what, p);
    const char *signature = NULL;
    char *rest = apr_pstrdup(p, secrets);
    char *place = NULL;
    char *secret = apr_strtok(rest, " ", &place);

    for (; secret; secret = apr_strtok(NULL, " ", &place)) {
        unsigned char mac[TMF_SIGNATURE_BYTES];
        tmf_bytes_t key = { NULL, 0 };

        if (!read_secret(secret, &key, p) || !hmac(&key, &message, mac)) {
            return NULL;
        }
        signature = apr_pstrcat(p, signature ? signature : "",
                                signature ? " v1," : "v1,",
                                apr_pencode_base64_binary(
                                    p, mac, sizeof(mac), APR_ENCODE_NONE,
                                    NULL), NULL);
    }
    return signature;
}
