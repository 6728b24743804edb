/*
 * Names of functions that are imported by ordinal.
 */
#ifndef RAQUET_FORMAT_PE_ORDINAL_H
#define RAQUET_FORMAT_PE_ORDINAL_H

#include "bytes/reader.h"

/* The name that every Windows gives this ordinal of ws2_32, wsock32 or oleaut32; NULL
 * for other libraries and ordinals.  Only the beginning of library is compared, as it
 * is when import hashes are computed.  Static storage. */
const char *pe_ordinal_name(struct bytes library, uint16_t ordinal);

/* Whether text starts with prefix (lower case) but for the case of ASCII letters. */
bool pe_name_starts_with(struct bytes text, const char *prefix);

#endif
