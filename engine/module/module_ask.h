/* For fuzz targets: asks a module for everything that it knows of hostile bytes. */
#ifndef RAQUET_ENGINE_MODULE_MODULE_ASK_H
#define RAQUET_ENGINE_MODULE_MODULE_ASK_H

#include "bytes/reader.h"

/* Every value and every function, of data as a file and as memory. */
void module_ask(const char *name, struct bytes data);

#endif
