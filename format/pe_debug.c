#include "format/pe_debug.h"

enum {
	ENTRY_SIZE = 28,
	TYPE_CODEVIEW = 2,
	MAX_PATH_SIZE = 4096, /* libyara YR_MAX_PATH; a longer path is none */
};

/* How far into a CodeView record the path starts, by its signature. */
static uint32_t path_off(uint32_t signature)
{
	switch (signature) {
	case 0x3031424e: return 16; /* NB10 */
	case 0x53445352: return 24; /* RSDS */
	case 0x434f544d: return 20; /* MTOC */
	default: return 0;
	}
}

/* 6.1.1: AddressOfRawData when it leads into the file, else PointerToRawData. */
static bool record_offset(const struct pe_image *image, uint32_t rva, uint32_t raw_off,
			  uint64_t *off_out)
{
	size_t off = 0;

	if (rva != 0)
		pe_rva_to_offset(image, rva, &off);
	*off_out = off != 0 ? off : raw_off;
	return *off_out != 0;
}

static struct bytes path_in_record(const struct pe_image *image, uint64_t record_off)
{
	struct reader file = pe_reader(image);
	struct reader r = reader_at(&file, record_off, 8);
	uint32_t off = path_off(reader_u32le(&r));
	struct bytes path = {0};

	if (reader_ok(&r) && off != 0 && reader_covers(&file, record_off, off + 1))
		path = pe_text(image, (size_t)record_off + off, MAX_PATH_SIZE);
	return path.n < MAX_PATH_SIZE ? path : (struct bytes){0};
}

struct bytes pe_pdb_path(const struct pe_image *image)
{
	const struct pe_directory *directory = &image->directories[PE_DIRECTORY_DEBUG];
	struct reader r = pe_reader(image);
	uint64_t record_off;
	size_t off;

	if (directory->rva == 0 || !pe_rva_to_offset(image, directory->rva, &off))
		return (struct bytes){0};
	reader_seek(&r, off);
	for (uint32_t i = 0; i < directory->size / ENTRY_SIZE; i++) {
		struct bytes path;

		reader_skip(&r, 12);
		uint32_t type = reader_u32le(&r);
		reader_skip(&r, 4); /* SizeOfData */
		uint32_t rva = reader_u32le(&r);
		uint32_t raw_off = reader_u32le(&r);
		if (!reader_ok(&r))
			break;
		if (type != TYPE_CODEVIEW ||
		    !record_offset(image, rva, raw_off, &record_off))
			continue;
		path = path_in_record(image, record_off);
		if (path.at != NULL)
			return path;
	}
	return (struct bytes){0};
}
