/*
 * The resources of an image: a tree of three levels (type, name, language), PE Format
 * 6.9 (.rsrc).
 */
#ifndef RAQUET_FORMAT_PE_RESOURCE_H
#define RAQUET_FORMAT_PE_RESOURCE_H

#include "bytes/arena.h"
#include "format/pe.h"

enum { PE_RESOURCE_VERSION = 16 }; /* the type of version information */

/* What names an entry on one level: a number or a text in UTF-16LE. */
struct pe_resource_name {
	int64_t number;    /* PE_NO_NUMBER when a resource hangs above that level */
	struct bytes text; /* at is NULL: the number counts */
};

enum { PE_NO_NUMBER = -1 };

struct pe_resource {
	struct pe_resource_name type, name, language;
	uint32_t rva;
	uint32_t size;
};

struct pe_resources {
	bool present; /* the root of the tree could be read */
	uint32_t timestamp;
	uint16_t major, minor;
	struct pe_resource *resources;
	size_t n_resources;
};

/* Lives in arena and in the file.  RQ_ERR_MEMORY is the only failure. */
RQ_MUST_USE enum rq_err pe_read_resources(const struct pe_image *image,
					  struct arena *arena,
					  struct pe_resources *resources_out);

#endif
