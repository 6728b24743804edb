#include "engine/match/evaluate_parts.h"

/*
 * `entrypoint` of the language, deprecated long ago and still in use.  It is what
 * libyara makes of the headers, which is not what the modules pe and elf say: no
 * machine but two, sections searched without their sizes, big-endian files misread.
 */

enum {
	DOS_HEADER = 64, /* PE Format 2 */
	PE_HEADERS = 4 + 20 + 224,
	PE_ENTRY = 4 + 20 + 16,
	PE_MAX_SECTIONS = 60,
	PE_SECTION = 40,
	MACHINE_I386 = 0x14c,
	MACHINE_AMD64 = 0x8664,
	FILE_IS_DLL = 0x2000,
	ELF_HEADER_32 = 52,
	ELF_HEADER_64 = 64,
	ELF_CLASS_32 = 1,
	ELF_CLASS_64 = 2,
	ELF_EXECUTABLE = 2,
	SECTION_NULL = 0,
	SECTION_NO_BITS = 8,
};

/* ---- PE ---- */

struct pe {
	uint64_t header_off; /* of "PE\0\0" */
	uint16_t n_sections, optional_size, characteristics;
	uint32_t entry;
};

static bool read_pe(const struct reader *file, struct pe *pe)
{
	struct reader r = reader_at(file, 0, DOS_HEADER);
	uint16_t machine;

	if (reader_u16le(&r) != 0x5A4D || !reader_ok(&r))
		return false;
	reader_seek(&r, 60);
	pe->header_off = reader_u32le(&r);
	if (pe->header_off > INT32_MAX || file->size <= pe->header_off + PE_HEADERS)
		return false;
	r = reader_from(file, pe->header_off);
	if (reader_u32le(&r) != 0x4550)
		return false;
	machine = reader_u16le(&r);
	pe->n_sections = reader_u16le(&r);
	reader_skip(&r, 12);
	pe->optional_size = reader_u16le(&r);
	pe->characteristics = reader_u16le(&r);
	reader_seek(&r, PE_ENTRY);
	pe->entry = reader_u32le(&r);
	return reader_ok(&r) && (machine == MACHINE_I386 || machine == MACHINE_AMD64);
}

/* The section with the highest address that is not beyond the entry. */
static uint64_t pe_offset(const struct reader *file, const struct pe *pe)
{
	struct reader r = reader_from(file, pe->header_off);
	uint64_t at = 4 + 20 + (uint64_t)pe->optional_size;
	uint32_t best_address = 0, best_offset = 0;

	for (unsigned i = 0; i < pe->n_sections && i < PE_MAX_SECTIONS; i++) {
		uint32_t address, off;

		if (at + PE_SECTION >= r.size)
			return 0;
		reader_seek(&r, at + 12);
		address = reader_u32le(&r);
		reader_skip(&r, 4);
		off = reader_u32le(&r);
		if (pe->entry >= address && best_address <= address) {
			best_address = address;
			best_offset = off;
		}
		at += PE_SECTION;
	}
	return (uint64_t)best_offset + (pe->entry - best_address);
}

/* ---- ELF ---- */

struct elf {
	bool is_64;
	uint16_t type, n_segments, n_sections;
	uint64_t entry, segments_off, sections_off;
};

static uint64_t word(struct reader *r, bool is_64)
{
	return is_64 ? reader_u64le(r) : reader_u32le(r);
}

static bool read_elf(const struct reader *file, struct elf *elf)
{
	struct reader r = *file;
	uint8_t class_;

	if (reader_u32be(&r) != 0x7F454C46)
		return false;
	class_ = reader_u8(&r);
	if (class_ != ELF_CLASS_32 && class_ != ELF_CLASS_64)
		return false;
	elf->is_64 = class_ == ELF_CLASS_64;
	r = reader_at(file, 0, elf->is_64 ? ELF_HEADER_64 : ELF_HEADER_32);
	reader_seek(&r, 16);
	elf->type = reader_u16le(&r);
	reader_skip(&r, 6);
	elf->entry = word(&r, elf->is_64);
	elf->segments_off = word(&r, elf->is_64);
	elf->sections_off = word(&r, elf->is_64);
	reader_skip(&r, 8);
	elf->n_segments = reader_u16le(&r);
	reader_skip(&r, 2);
	elf->n_sections = reader_u16le(&r);
	return reader_ok(&r);
}

/* Sums of a 32-bit file wrap at 32 bits. */
static bool lies_in(const struct elf *elf, uint64_t start, uint64_t size)
{
	uint64_t end = elf->is_64 ? start + size : (uint32_t)(start + size);

	return elf->entry >= start && elf->entry < end;
}

static uint64_t elf_offset_by_segment(const struct reader *file, const struct elf *elf)
{
	unsigned size = elf->is_64 ? 56 : 32;
	struct reader table =
	    reader_at(file, elf->segments_off, (uint64_t)size * elf->n_segments);

	for (unsigned i = 0; elf->segments_off != 0 && i < elf->n_segments; i++) {
		struct reader r = reader_sub(&table, size);
		uint64_t off, address, n;

		reader_skip(&r, elf->is_64 ? 8 : 4);
		off = word(&r, elf->is_64);
		address = word(&r, elf->is_64);
		reader_skip(&r, elf->is_64 ? 16 : 8);
		n = word(&r, elf->is_64);
		if (!reader_ok(&r))
			return 0;
		if (lies_in(elf, address, n))
			return off + (elf->entry - address);
	}
	return 0;
}

static uint64_t elf_offset_by_section(const struct reader *file, const struct elf *elf)
{
	unsigned size = elf->is_64 ? 64 : 40;
	struct reader table =
	    reader_at(file, elf->sections_off, (uint64_t)size * elf->n_sections);

	for (unsigned i = 0; elf->sections_off != 0 && i < elf->n_sections; i++) {
		struct reader r = reader_sub(&table, size);
		uint64_t address, off, n;
		uint32_t type;

		reader_skip(&r, 4);
		type = reader_u32le(&r);
		reader_skip(&r, elf->is_64 ? 8 : 4);
		address = word(&r, elf->is_64);
		off = word(&r, elf->is_64);
		n = word(&r, elf->is_64);
		if (!reader_ok(&r))
			return 0;
		if (type != SECTION_NULL && type != SECTION_NO_BITS &&
		    lies_in(elf, address, n))
			return off + (elf->entry - address);
	}
	return 0;
}

/* ---- both ---- */

static struct value in_file(const struct reader *file)
{
	struct pe pe;
	struct elf elf;

	if (read_pe(file, &pe))
		return value_int((int64_t)pe_offset(file, &pe));
	if (!read_elf(file, &elf))
		return value_undefined();
	if (elf.type == ELF_EXECUTABLE)
		return value_int((int64_t)elf_offset_by_segment(file, &elf));
	return value_int((int64_t)elf_offset_by_section(file, &elf));
}

static struct value in_memory(const struct reader *file, uint64_t base)
{
	struct pe pe;
	struct elf elf;

	if (read_pe(file, &pe) && (pe.characteristics & FILE_IS_DLL) == 0)
		return value_int((int64_t)(base + pe.entry));
	if (read_elf(file, &elf) && elf.type == ELF_EXECUTABLE)
		return value_int((int64_t)(base + elf.entry));
	return value_undefined();
}

/* The first block that looks like a program decides. */
struct value entry_point_of(const struct object *object)
{
	struct value entry = value_undefined();

	for (size_t i = 0; i < object->n_blocks && entry.type == VALUE_UNDEFINED; i++) {
		const struct block *b = &object->blocks[i];
		struct reader file = reader_over(b->data, b->size);

		entry = object->is_memory ? in_memory(&file, b->base) : in_file(&file);
	}
	return entry;
}
