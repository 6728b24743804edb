/*
 * The kind of a file as its first bytes tell, by the names that rules written for Loki
 * and THOR expect of the external variable `filetype`.
 */
#ifndef RAQUET_ENDPOINT_FILE_TYPE_H
#define RAQUET_ENDPOINT_FILE_TYPE_H

#include "bytes/reader.h"

/* "EXE", "PDF", "Registry Hive"; "UNKNOWN" when no start fits.  Of several the longest
 * decides.  Static storage. */
const char *file_type_name(struct bytes head);

#endif
