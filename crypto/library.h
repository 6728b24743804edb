/*
 * The one libcrypto context of this process: the built-in provider and nothing else.
 * Neither openssl.cnf nor the environment can switch an algorithm off or load a module,
 * so that the same object gives the same result everywhere, and no file is opened
 * after confinement.  Only crypto/ includes this.
 */
#ifndef RAQUET_CRYPTO_LIBRARY_H
#define RAQUET_CRYPTO_LIBRARY_H

#include <openssl/types.h>

/* Made on first use and kept; NULL when libcrypto could not start.  Any thread. */
OSSL_LIB_CTX *crypto_library(void);

#endif
