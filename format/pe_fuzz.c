/* Headers, sections and every table of an image; addresses come from the input. */
#include "format/pe_debug.h"
#include "format/pe_export.h"
#include "format/pe_import.h"
#include "format/pe_resource.h"
#include "format/pe_rich.h"
#include "format/pe_version.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was found must lie in the file: a pointer just outside would go unseen until
 * somebody reads there. */
static void check(struct bytes file, struct bytes found)
{
	volatile uint8_t sink = 0;

	if (found.n > file.n)
		abort();
	if (found.n > 0)
		sink = (uint8_t)(found.at[0] ^ found.at[found.n - 1]);
	(void)sink;
}

static void read_sections(const struct pe_image *image)
{
	for (unsigned i = 0; i < image->n_sections; i++) {
		struct pe_section section = pe_section(image, i);
		struct bytes name;
		size_t off;

		if (pe_section_full_name(image, &section, &name))
			check(image->file, name);
		if (pe_rva_to_offset(image, section.virtual_address, &off) &&
		    off >= image->file.n)
			abort();
	}
	check(image->file, pe_pdb_path(image));
	pe_overlay(image);
	pe_checksum(image);
}

static void read_tables(const struct pe_image *image, struct arena *arena)
{
	uint8_t md5[PE_IMPHASH_SIZE];
	struct pe_imports imports;
	struct pe_exports exports;
	struct pe_resources resources;
	struct pe_version version;
	struct pe_rich rich;

	if (pe_read_imports(image, arena, &imports) == RQ_OK &&
	    pe_imphash(&imports, md5) == RQ_OK && imports.n_functions > CAP_PE_IMPORTS)
		abort();
	if (pe_read_delayed_imports(image, arena, &imports) == RQ_OK)
		for (size_t i = 0; i < imports.n_libraries; i++)
			check(image->file, imports.libraries[i].name);
	if (pe_read_exports(image, arena, &exports) == RQ_OK)
		for (size_t i = 0; i < exports.n_exports; i++)
			check(image->file, exports.exports[i].name);
	if (pe_read_resources(image, arena, &resources) == RQ_OK &&
	    pe_read_version(image, &resources, arena, &version) == RQ_OK)
		for (size_t i = 0; i < version.n_strings; i++)
			check((struct bytes){NULL, 255}, version.strings[i].value);
	if (pe_read_rich(image, arena, &rich) == RQ_OK)
		for (size_t i = 0; i < pe_rich_n_tools(&rich); i++)
			pe_rich_tool(&rich, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pe_image image;
	struct arena *arena = NULL;

	if (!pe_open((struct bytes){data, size}, &image))
		return 0;
	read_sections(&image);
	if (arena_new(64 << 20, &arena) != RQ_OK)
		return 0;
	read_tables(&image, arena);
	arena_free(arena);
	return 0;
}
