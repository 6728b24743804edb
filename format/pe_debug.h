/* The debug directory (PE Format 6.1, .debug), of which only one thing is wanted. */
#ifndef RAQUET_FORMAT_PE_DEBUG_H
#define RAQUET_FORMAT_PE_DEBUG_H

#include "format/pe.h"

/* The path of the program database in the first CodeView entry that has one (6.1.2):
 * where the image was built.  at is NULL: none. */
struct bytes pe_pdb_path(const struct pe_image *image);

#endif
