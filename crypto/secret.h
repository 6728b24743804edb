/* Secrets and what depends on them: made, compared and wiped, through libcrypto. */
#ifndef RAQUET_CRYPTO_SECRET_H
#define RAQUET_CRYPTO_SECRET_H

#include "bytes/error.h"

#include <stdbool.h>
#include <stddef.h>

/* n bytes that nobody can foretell. */
RQ_MUST_USE enum rq_err secret_fill(uint8_t *out, size_t n);

/* In a time that does not tell where they differ. */
bool secret_equal(const uint8_t *a, const uint8_t *b, size_t n);

/* Zeros that no compiler leaves out. */
void secret_wipe(void *at, size_t n);

#endif
