#include "net/tmf_certificates.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

const char *tmf_certificates_check(const char *file)
{
    X509_STORE *store = X509_STORE_new();
    int is_right = store && X509_STORE_load_locations(store, file, NULL);

    X509_STORE_free(store);
    ERR_clear_error();        /* it is the thread's, and others look there */
    return is_right ? NULL : "it can't be read, or has no certificates in "
        "PEM";
}
