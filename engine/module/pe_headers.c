#include "engine/module/pe_state.h"

#include "format/pe_debug.h"

/* -1, not undefined, when the entry point is not in the file. */
static int64_t entry_point(const struct pe_state *s)
{
	uint32_t rva = s->image.headers.entry_point;
	size_t off;

	if (s->context->object->is_memory)
		return (int64_t)(s->base + rva);
	return pe_rva_to_offset(&s->image, rva, &off) ? (int64_t)off : -1;
}

static int64_t header(const struct pe_state *s, uint16_t id)
{
	const struct pe_headers *h = &s->image.headers;

	switch (id) {
	case PE_MACHINE: return h->machine;
	case PE_NUMBER_OF_SECTIONS: return h->number_of_sections;
	case PE_TIMESTAMP: return h->timestamp;
	case PE_POINTER_TO_SYMBOL_TABLE: return h->pointer_to_symbol_table;
	case PE_NUMBER_OF_SYMBOLS: return h->number_of_symbols;
	case PE_SIZE_OF_OPTIONAL_HEADER: return h->size_of_optional_header;
	case PE_CHARACTERISTICS: return h->characteristics;
	case PE_ENTRY_POINT: return entry_point(s);
	case PE_ENTRY_POINT_RAW: return h->entry_point;
	case PE_IMAGE_BASE: return (int64_t)h->image_base;
	case PE_NUMBER_OF_RVA_AND_SIZES: return h->number_of_directories;
	case PE_OPTHDR_MAGIC: return h->magic;
	case PE_SIZE_OF_CODE: return h->size_of_code;
	case PE_SIZE_OF_INITIALIZED_DATA: return h->size_of_initialized_data;
	case PE_SIZE_OF_UNINITIALIZED_DATA: return h->size_of_uninitialized_data;
	case PE_BASE_OF_CODE: return h->base_of_code;
	case PE_BASE_OF_DATA: return h->base_of_data;
	case PE_SECTION_ALIGNMENT: return h->section_alignment;
	case PE_FILE_ALIGNMENT: return h->file_alignment;
	case PE_LINKER_MAJOR: return h->linker_major;
	case PE_LINKER_MINOR: return h->linker_minor;
	case PE_OS_MAJOR: return h->os_major;
	case PE_OS_MINOR: return h->os_minor;
	case PE_IMAGE_MAJOR: return h->image_major;
	case PE_IMAGE_MINOR: return h->image_minor;
	case PE_SUBSYSTEM_MAJOR: return h->subsystem_major;
	case PE_SUBSYSTEM_MINOR: return h->subsystem_minor;
	case PE_WIN32_VERSION_VALUE: return h->win32_version;
	case PE_SIZE_OF_IMAGE: return h->size_of_image;
	case PE_SIZE_OF_HEADERS: return h->size_of_headers;
	case PE_CHECKSUM: return h->checksum;
	case PE_SUBSYSTEM: return h->subsystem;
	case PE_DLL_CHARACTERISTICS: return h->dll_characteristics;
	case PE_SIZE_OF_STACK_RESERVE: return (int64_t)h->stack_reserve;
	case PE_SIZE_OF_STACK_COMMIT: return (int64_t)h->stack_commit;
	case PE_SIZE_OF_HEAP_RESERVE: return (int64_t)h->heap_reserve;
	case PE_SIZE_OF_HEAP_COMMIT: return (int64_t)h->heap_commit;
	default: return h->loader_flags;
	}
}

void pe_get_header(struct pe_state *s, uint16_t id, struct value *out)
{
	if (id != PE_BASE_OF_DATA || !s->image.is_64)
		*out = value_int(header(s, id));
}

static void get_directory(const struct pe_state *s, uint16_t id,
			  const struct value *keys, struct value *out)
{
	if (!pe_index(&keys[0], (size_t)pe_count_section((struct pe_state *)s,
							 PE_DATA_DIRECTORIES)))
		return;

	struct pe_directory directory = s->image.directories[keys[0].integer];
	*out = value_int(id == PE_DIRECTORY_ADDRESS ? directory.rva : directory.size);
}

static int64_t section_number(const struct pe_section *section, uint16_t id)
{
	switch (id) {
	case PE_SECTION_CHARACTERISTICS: return section->characteristics;
	case PE_SECTION_VIRTUAL_ADDRESS: return section->virtual_address;
	case PE_SECTION_VIRTUAL_SIZE: return section->virtual_size;
	case PE_SECTION_RAW_DATA_OFFSET: return section->raw_offset;
	case PE_SECTION_RAW_DATA_SIZE: return section->raw_size;
	case PE_SECTION_POINTER_TO_RELOCATIONS: return section->relocations_offset;
	case PE_SECTION_POINTER_TO_LINE_NUMBERS: return section->line_numbers_offset;
	case PE_SECTION_NUMBER_OF_RELOCATIONS: return section->number_of_relocations;
	default: return section->number_of_line_numbers;
	}
}

static void get_one_section(const struct pe_state *s, uint16_t id,
			    const struct value *keys, struct value *out)
{
	struct bytes name;

	if (!pe_index(&keys[0], s->image.n_sections))
		return;

	struct pe_section section = pe_section(&s->image, (unsigned)keys[0].integer);
	if (id == PE_SECTION_NAME)
		*out = value_text(pe_section_name(&section));
	else if (id != PE_SECTION_FULL_NAME)
		*out = value_int(section_number(&section, id));
	else if (pe_section_full_name(&s->image, &section, &name))
		*out = value_text(name);
}

void pe_get_section(struct pe_state *s, uint16_t id, const struct value *keys,
		    struct value *out)
{
	struct bytes path;

	switch (id) {
	case PE_DIRECTORY_ADDRESS:
	case PE_DIRECTORY_SIZE: get_directory(s, id, keys, out); break;
	case PE_OVERLAY_OFFSET:
		*out = value_int((int64_t)pe_overlay(&s->image).off);
		break;
	case PE_OVERLAY_SIZE:
		*out = value_int((int64_t)pe_overlay(&s->image).size);
		break;
	case PE_PDB_PATH:
		path = pe_pdb_path(&s->image);
		if (path.at != NULL)
			*out = value_text(path);
		break;
	default: get_one_section(s, id, keys, out);
	}
}

int64_t pe_count_section(struct pe_state *s, uint16_t id)
{
	uint32_t n = s->image.headers.number_of_directories;

	if (id == PE_DATA_DIRECTORIES)
		return n < PE_DIRECTORIES ? n : PE_DIRECTORIES;
	return s->image.n_sections;
}

void pe_get_rich(struct pe_state *s, uint16_t id, struct value *out)
{
	const struct pe_rich *rich = pe_state_rich(s);

	if (rich == NULL || !rich->present)
		return;
	switch (id) {
	case PE_RICH_OFFSET: *out = value_int((int64_t)(s->base + rich->off)); break;
	case PE_RICH_LENGTH: *out = value_int((int64_t)rich->raw.n); break;
	case PE_RICH_KEY: *out = value_int(rich->key); break;
	case PE_RICH_RAW_DATA: *out = value_text(rich->raw); break;
	case PE_RICH_CLEAR_DATA: *out = value_text(rich->clear); break;
	default:
		if (rich->has_tools)
			*out = value_text(rich->tool_words);
	}
}
