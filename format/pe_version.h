/*
 * The strings of the version information (VS_VERSIONINFO, StringFileInfo, StringTable
 * and String of the Windows documentation; the specification of PE leaves the content of
 * resources out).
 */
#ifndef RAQUET_FORMAT_PE_VERSION_H
#define RAQUET_FORMAT_PE_VERSION_H

#include "bytes/arena.h"
#include "format/pe_resource.h"

struct pe_version_string {
	/* The low bytes of the UTF-16 text, up to the first that is 0, cut to 63 and
	 * 255: so libyara has it, and so rules expect it. */
	struct bytes key, value;
};

struct pe_version {
	struct pe_version_string *strings; /* of all blocks, in order */
	size_t n_strings;
};

/* Lives in arena.  RQ_ERR_MEMORY is the only failure. */
RQ_MUST_USE enum rq_err pe_read_version(const struct pe_image *image,
					const struct pe_resources *resources,
					struct arena *arena,
					struct pe_version *version_out);

#endif
