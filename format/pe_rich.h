/*
 * The "Rich" header: which tools of Visual Studio made the objects that were linked.
 * No specification has it.  It lies between the DOS program and the PE headers: "DanS",
 * three paddings and pairs of tool and count, all masked by a key that follows "Rich".
 */
#ifndef RAQUET_FORMAT_PE_RICH_H
#define RAQUET_FORMAT_PE_RICH_H

#include "bytes/arena.h"
#include "format/pe.h"

struct pe_tool {
	uint16_t id;
	uint16_t version;
	uint32_t count;
};

struct pe_rich {
	bool present;
	size_t off;
	uint32_t key;
	struct bytes raw;   /* from "DanS" to before "Rich", as in the file */
	struct bytes clear; /* without the mask */
	/* Both only when the four words before the pairs are there as well. */
	bool has_tools;
	struct bytes tool_words; /* id and version of every tool, without counts */
};

/* Lives in arena and in the file.  RQ_ERR_MEMORY is the only failure. */
RQ_MUST_USE enum rq_err pe_read_rich(const struct pe_image *image, struct arena *arena,
				     struct pe_rich *rich_out);

size_t pe_rich_n_tools(const struct pe_rich *rich);
struct pe_tool pe_rich_tool(const struct pe_rich *rich, size_t index);

#endif
