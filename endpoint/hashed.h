/*
 * Which objects lists of digests are asked about, unless every one is wanted: what
 * malware comes as, as Loki and THOR choose.
 */
#ifndef RAQUET_ENDPOINT_HASHED_H
#define RAQUET_ENDPOINT_HASHED_H

#include "bytes/reader.h"

/* Programs, scripts, documents and archives, told by their first bytes or the ending
 * of their name, up to 64 MB. */
bool hashed_by_kind(struct bytes data, struct bytes path);

#endif
