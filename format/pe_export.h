/*
 * What an image exports: the export directory (PE Format 6.3, .edata).
 */
#ifndef RAQUET_FORMAT_PE_EXPORT_H
#define RAQUET_FORMAT_PE_EXPORT_H

#include "bytes/arena.h"
#include "format/pe.h"

struct pe_export {
	struct bytes name;    /* at is NULL without a name */
	struct bytes forward; /* "library.function"; at is NULL: its own code */
	uint32_t ordinal;
	uint32_t rva;
	bool has_off; /* no forwarder, and in the file */
	size_t off;
};

struct pe_exports {
	bool present; /* the directory itself could be read */
	uint32_t timestamp;
	struct bytes library; /* the name the image gives itself; at is NULL: none */
	struct pe_export *exports;
	size_t n_exports; /* 0 also when the tables behind the directory are damaged */
};

/* Lives in arena and in the file.  RQ_ERR_MEMORY is the only failure. */
RQ_MUST_USE enum rq_err pe_read_exports(const struct pe_image *image,
					struct arena *arena,
					struct pe_exports *exports_out);

#endif
