/* CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds accidents, not attacks. */
#ifndef RAQUET_BYTES_CRC32C_H
#define RAQUET_BYTES_CRC32C_H

#include "bytes/reader.h"

/* Of data behind what gave crc; 0 to begin. */
uint32_t crc32c(uint32_t crc, struct bytes data);

#endif
