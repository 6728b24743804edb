#include "format/elf.h"

enum {
	IDENT_BYTES = 16,
	CLASS_32 = 1, /* EI_CLASS */
	CLASS_64 = 2,
	ORDER_LITTLE = 1, /* EI_DATA */
	ORDER_BIG = 2,
};

static const struct {
	size_t header, section, segment, symbol, dynamic;
} sizes[2] = {{52, 40, 32, 16, 8}, {64, 64, 56, 24, 16}};

static uint16_t u16(const struct elf *elf, struct reader *r)
{
	return elf->is_big ? reader_u16be(r) : reader_u16le(r);
}

static uint32_t u32(const struct elf *elf, struct reader *r)
{
	return elf->is_big ? reader_u32be(r) : reader_u32le(r);
}

static uint64_t u64(const struct elf *elf, struct reader *r)
{
	return elf->is_big ? reader_u64be(r) : reader_u64le(r);
}

/* Addresses, offsets and most sizes are as wide as the class. */
static uint64_t word(const struct elf *elf, struct reader *r)
{
	return elf->is_64 ? u64(elf, r) : u32(elf, r);
}

/* e_ident; the rest of the header follows r. */
static bool read_ident(struct reader *r, uint8_t *width_out, uint8_t *order_out)
{
	bool has_magic = bytes_equal(reader_bytes(r, 4), BYTES_LITERAL("\177ELF"));

	*width_out = reader_u8(r);
	*order_out = reader_u8(r);
	reader_skip(r, IDENT_BYTES - 6);
	return reader_ok(r) && has_magic &&
	       (*width_out == CLASS_32 || *width_out == CLASS_64);
}

static bool read_header(struct elf *elf, struct reader *r)
{
	elf->type = u16(elf, r);
	elf->machine = u16(elf, r);
	reader_skip(r, 4); /* e_version */
	elf->entry = word(elf, r);
	elf->segments = word(elf, r);
	elf->sections = word(elf, r);
	reader_skip(r, 4 + 2); /* e_flags, e_ehsize */
	elf->segment_size = u16(elf, r);
	elf->n_segments = u16(elf, r);
	elf->section_size = u16(elf, r);
	elf->n_sections = u16(elf, r);
	elf->names = u16(elf, r);
	return reader_ok(r);
}

bool elf_open(struct bytes data, struct elf *elf_out)
{
	struct reader r = reader_over(data.at, data.n);
	uint8_t width, order;

	*elf_out = (struct elf){.file = r};
	if (!read_ident(&r, &width, &order) ||
	    (order != ORDER_LITTLE && order != ORDER_BIG))
		return false;
	elf_out->is_64 = width == CLASS_64;
	elf_out->is_big = order == ORDER_BIG;
	return read_header(elf_out, &r) && reader_left(&r) > 0;
}

/* ---- tables ---- */

/* Entry i of size bytes of a table at offset; an empty, failed reader when outside. */
static struct reader entry(const struct elf *elf, uint64_t offset, uint64_t i,
			   size_t size)
{
	struct reader none = {.failed = true};

	if (i > elf->file.size / size || offset > elf->file.size)
		return none;
	return reader_at(&elf->file, offset + i * size, size);
}

bool elf_section(const struct elf *elf, uint32_t i, struct elf_section *section_out)
{
	struct reader r = entry(elf, elf->sections, i, sizes[elf->is_64].section);

	section_out->name = u32(elf, &r);
	section_out->type = u32(elf, &r);
	section_out->flags = word(elf, &r);
	section_out->address = word(elf, &r);
	section_out->offset = word(elf, &r);
	section_out->size = word(elf, &r);
	section_out->link = u32(elf, &r);
	return reader_ok(&r);
}

bool elf_segment(const struct elf *elf, uint32_t i, struct elf_segment *segment_out)
{
	struct reader r = entry(elf, elf->segments, i, sizes[elf->is_64].segment);

	segment_out->type = u32(elf, &r);
	if (elf->is_64)
		segment_out->flags = u32(elf, &r);
	segment_out->offset = word(elf, &r);
	segment_out->virtual_address = word(elf, &r);
	segment_out->physical_address = word(elf, &r);
	segment_out->file_size = word(elf, &r);
	segment_out->memory_size = word(elf, &r);
	if (!elf->is_64)
		segment_out->flags = u32(elf, &r);
	segment_out->alignment = word(elf, &r);
	return reader_ok(&r);
}

bool elf_has_all_sections(const struct elf *elf)
{
	return reader_covers(&elf->file, elf->sections,
			     elf->n_sections * sizes[elf->is_64].section);
}

bool elf_has_all_segments(const struct elf *elf)
{
	return reader_covers(&elf->file, elf->segments,
			     elf->n_segments * sizes[elf->is_64].segment);
}

size_t elf_symbol_size(const struct elf *elf)
{
	return sizes[elf->is_64].symbol;
}

size_t elf_dynamic_size(const struct elf *elf)
{
	return sizes[elf->is_64].dynamic;
}

bool elf_symbol(const struct elf *elf, uint64_t offset, uint64_t i,
		struct elf_symbol *symbol_out)
{
	struct reader r = entry(elf, offset, i, elf_symbol_size(elf));
	uint8_t info;

	symbol_out->name = u32(elf, &r);
	if (!elf->is_64) {
		symbol_out->value = u32(elf, &r);
		symbol_out->size = u32(elf, &r);
	}
	info = reader_u8(&r);
	symbol_out->bind = info >> 4;
	symbol_out->type = info & 0xf;
	symbol_out->visibility = reader_u8(&r) & 0x3;
	symbol_out->section = u16(elf, &r);
	if (elf->is_64) {
		symbol_out->value = u64(elf, &r);
		symbol_out->size = u64(elf, &r);
	}
	return reader_ok(&r);
}

bool elf_dynamic(const struct elf *elf, uint64_t offset, uint64_t i,
		 struct elf_dynamic *dynamic_out)
{
	struct reader r = entry(elf, offset, i, elf_dynamic_size(elf));

	dynamic_out->tag = word(elf, &r);
	dynamic_out->value = word(elf, &r);
	return reader_ok(&r);
}

bool elf_text(const struct elf *elf, uint64_t offset, uint64_t size, uint32_t index,
	      struct bytes *text_out)
{
	struct reader table = reader_at(&elf->file, offset, size);

	*text_out = (struct bytes){NULL, 0};
	if (size == 0 || reader_u8(&table) != 0 || !reader_ok(&table))
		return false;
	reader_seek(&table, index);
	*text_out = reader_zero_ended(&table, SIZE_MAX);
	return reader_ok(&table);
}

/* ---- where an address lies in the file ---- */

/* What the sum of an address and a size is in the class. */
static uint64_t end_of(const struct elf *elf, uint64_t address, uint64_t size)
{
	return elf->is_64 ? address + size : (uint32_t)(address + size);
}

static bool offset_in_segments(const struct elf *elf, uint64_t address,
			       uint64_t *offset_out)
{
	struct elf_segment s;

	if (elf->segments == 0 || !elf_has_all_segments(elf))
		return false;
	for (uint32_t i = 0; i < elf->n_segments; i++) {
		elf_segment(elf, i, &s);
		if (address >= s.virtual_address &&
		    address < end_of(elf, s.virtual_address, s.memory_size)) {
			*offset_out = s.offset + (address - s.virtual_address);
			return true;
		}
	}
	return false;
}

static bool offset_in_sections(const struct elf *elf, uint64_t address,
			       uint64_t *offset_out)
{
	struct elf_section s;

	if (elf->sections == 0 || !elf_has_all_sections(elf))
		return false;
	for (uint32_t i = 0; i < elf->n_sections; i++) {
		elf_section(elf, i, &s);
		if (s.type != ELF_SECTION_NULL && s.type != ELF_SECTION_NOBITS &&
		    address >= s.address && address < end_of(elf, s.address, s.size)) {
			*offset_out = s.offset + (address - s.address);
			return true;
		}
	}
	return false;
}

bool elf_offset_of(const struct elf *elf, uint64_t address, uint64_t *offset_out)
{
	*offset_out = 0;
	if (elf->type == ELF_TYPE_EXECUTABLE)
		return offset_in_segments(elf, address, offset_out);
	return offset_in_sections(elf, address, offset_out);
}

/* ---- the keyword ---- */

static bool open_as_little(struct bytes data, struct elf *elf_out)
{
	struct reader r = reader_over(data.at, data.n);
	uint8_t width, order;

	*elf_out = (struct elf){.file = r};
	if (!read_ident(&r, &width, &order))
		return false;
	elf_out->is_64 = width == CLASS_64;
	return read_header(elf_out, &r);
}

bool elf_entry_offset(struct bytes data, uint64_t *offset_out)
{
	struct elf elf;

	*offset_out = 0;
	if (!open_as_little(data, &elf))
		return false;
	elf_offset_of(&elf, elf.entry, offset_out);
	return true;
}

bool elf_entry_address(struct bytes data, uint64_t base, uint64_t *address_out)
{
	struct elf elf;

	*address_out = 0;
	if (!open_as_little(data, &elf) || elf.type != ELF_TYPE_EXECUTABLE)
		return false;
	*address_out = base + elf.entry;
	return true;
}
