/* Files of CA certificates. */
#ifndef TMF_CERTIFICATES_H
#define TMF_CERTIFICATES_H

/** Has a file certificates in PEM that receivers' can be checked against?
 *  @return NULL, or what is wrong with it. */
const char *tmf_certificates_check(const char *file);

#endif
