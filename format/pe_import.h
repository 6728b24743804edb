/*
 * What an image imports: the import directory (PE Format 6.4, .idata) and the delay-load
 * directory (5.8).
 */
#ifndef RAQUET_FORMAT_PE_IMPORT_H
#define RAQUET_FORMAT_PE_IMPORT_H

#include "bytes/arena.h"
#include "format/pe.h"

enum { PE_IMPHASH_SIZE = 16 };

struct pe_function {
	struct bytes name; /* "ord7" for an ordinal without a known name */
	uint64_t rva;      /* of its slot in the address table; 0: none */
	uint16_t ordinal;
	bool by_ordinal;
};

struct pe_library {
	struct bytes name; /* as it stands in the file */
	size_t first;      /* index of its first function */
	size_t n_functions;
};

struct pe_imports {
	struct pe_library *libraries;
	size_t n_libraries;
	struct pe_function *functions; /* of all libraries, in order */
	size_t n_functions;
};

/*
 * Both read what libyara reads: libraries and functions with impossible names are left
 * out, tables end where the file ends, and CAP_PE_IMPORTS holds.  What imports holds
 * lives in arena and in the file.  RQ_ERR_MEMORY is the only failure.
 */
RQ_MUST_USE enum rq_err pe_read_imports(const struct pe_image *image,
					struct arena *arena,
					struct pe_imports *imports_out);
RQ_MUST_USE enum rq_err pe_read_delayed_imports(const struct pe_image *image,
						struct arena *arena,
						struct pe_imports *imports_out);

/* The MD5 of "library.function,..." in lower case, without .dll, .ocx and .sys.  Fails
 * for want of memory or when libcrypto has no MD5. */
RQ_MUST_USE enum rq_err pe_imphash(const struct pe_imports *imports,
				   uint8_t md5_out[PE_IMPHASH_SIZE]);

#endif
