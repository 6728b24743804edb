#include "format/testdata/pe_draft.h"

#include <assert.h>
#include <string.h>

enum { FILE_HEADER = DRAFT_NT_OFF + 4, OPTIONAL_HEADER = FILE_HEADER + 20 };

static void put(struct pe_draft *draft, size_t off, uint64_t value, size_t n)
{
	assert(off + n <= sizeof draft->file);
	for (size_t i = 0; i < n; i++)
		draft->file[off + i] = (uint8_t)(value >> 8 * i);
}

void draft_u8(struct pe_draft *draft, size_t off, uint8_t value)
{
	put(draft, off, value, 1);
}

void draft_u16(struct pe_draft *draft, size_t off, uint16_t value)
{
	put(draft, off, value, 2);
}

void draft_u32(struct pe_draft *draft, size_t off, uint32_t value)
{
	put(draft, off, value, 4);
}

size_t draft_file_header(size_t field)
{
	return FILE_HEADER + field;
}

size_t draft_optional_header(size_t field)
{
	return OPTIONAL_HEADER + field;
}

size_t draft_section(size_t field)
{
	/* SizeOfOptionalHeader is that of 64-bit images in both kinds */
	return OPTIONAL_HEADER + 240 + field;
}

void draft_start(struct pe_draft *draft, bool is_64)
{
	*draft = (struct pe_draft){.size = DRAFT_FILE_SIZE, .is_64 = is_64};
	draft_u16(draft, 0, 0x5a4d);
	draft_u32(draft, 0x3c, DRAFT_NT_OFF);
	draft_u32(draft, DRAFT_NT_OFF, 0x4550);

	draft_u16(draft, draft_file_header(0), is_64 ? 0x8664 : 0x14c);
	draft_u16(draft, draft_file_header(2), 1);
	draft_u32(draft, draft_file_header(4), 0x5f000000);
	draft_u16(draft, draft_file_header(16), 240);
	draft_u16(draft, draft_file_header(18), is_64 ? 0x22 : 0x102);

	draft_u16(draft, draft_optional_header(0), is_64 ? 0x20b : 0x10b);
	draft_u32(draft, draft_optional_header(16), DRAFT_RVA);
	draft_u32(draft, draft_optional_header(is_64 ? 24 : 28), 0x400000);
	draft_u32(draft, draft_optional_header(32), 0x1000); /* SectionAlignment */
	draft_u32(draft, draft_optional_header(36), 0x200);  /* FileAlignment */
	draft_u32(draft, draft_optional_header(56), 0x2000); /* SizeOfImage */
	draft_u32(draft, draft_optional_header(is_64 ? 108 : 92), PE_DIRECTORIES);

	memcpy(draft->file + draft_section(0), ".data", 5);
	draft_u32(draft, draft_section(8), DRAFT_SIZE);
	draft_u32(draft, draft_section(12), DRAFT_RVA);
	draft_u32(draft, draft_section(16), DRAFT_SIZE);
	draft_u32(draft, draft_section(20), DRAFT_OFF);
}

void draft_directory(struct pe_draft *draft, enum pe_directory_index index,
		     uint32_t rva, uint32_t size)
{
	size_t off =
	    draft_optional_header((draft->is_64 ? 112 : 96) + 8 * (size_t)index);

	draft_u32(draft, off, rva);
	draft_u32(draft, off + 4, size);
}

size_t draft_at(uint32_t rva)
{
	return rva - DRAFT_RVA + DRAFT_OFF;
}

void draft_put(struct pe_draft *draft, uint32_t rva, const void *bytes, size_t n)
{
	assert(draft_at(rva) + n <= DRAFT_FILE_SIZE);
	memcpy(draft->file + draft_at(rva), bytes, n);
}

void draft_numbers(struct pe_draft *draft, uint32_t rva, size_t n,
		   const uint32_t *numbers)
{
	for (size_t i = 0; i < n; i++)
		draft_u32(draft, draft_at(rva) + 4 * i, numbers[i]);
}

void draft_addresses(struct pe_draft *draft, uint32_t rva, size_t n,
		     const uint64_t *addresses)
{
	size_t width = draft->is_64 ? 8 : 4;

	for (size_t i = 0; i < n; i++)
		put(draft, draft_at(rva) + width * i, addresses[i], width);
}

void draft_text(struct pe_draft *draft, uint32_t rva, const char *text)
{
	draft_put(draft, rva, text, strlen(text) + 1);
}

uint32_t draft_wide(struct pe_draft *draft, uint32_t rva, const char *text)
{
	size_t n = strlen(text) + 1;

	for (size_t i = 0; i < n; i++)
		draft_u16(draft, draft_at(rva) + 2 * i, (uint8_t)text[i]);
	return rva + 2 * (uint32_t)n;
}

struct bytes draft_bytes(const struct pe_draft *draft)
{
	return (struct bytes){draft->file, draft->size};
}

void draft_imports(struct pe_draft *draft)
{
	uint64_t ordinal = draft->is_64 ? UINT64_C(1) << 63 : UINT64_C(1) << 31;

	draft_directory(draft, PE_DIRECTORY_IMPORT, 0x1100, 60);
	/* lookup table, time, forwarders, name, address table */
	DRAFT_NUMBERS(draft, 0x1100, 0x1180, 0, 0, 0x1140, 0x11a0);
	DRAFT_NUMBERS(draft, 0x1114, 0x11c0, 0, 0, 0x1150, 0x11e0);
	draft_text(draft, 0x1140, "kernel32.dll");
	draft_text(draft, 0x1150, "WS2_32.dll");
	draft_text(draft, 0x1162, "Sleep");
	draft_text(draft, 0x1172, "Beep");
	DRAFT_ADDRESSES(draft, 0x1180, 0x1160, 0x1170, 0);
	DRAFT_ADDRESSES(draft, 0x11a0, 0x1160, 0x1170, 0);
	DRAFT_ADDRESSES(draft, 0x11c0, ordinal + 23, ordinal + 7777, 0);
}

void draft_exports(struct pe_draft *draft)
{
	draft_directory(draft, PE_DIRECTORY_EXPORT, 0x1300, 0x80);
	/* flags, time, version, name, base, functions, names, three tables */
	DRAFT_NUMBERS(draft, 0x1300, 0, 0x5f000001, 0, 0x1380, 5, 3, 2, 0x13a0, 0x13b0,
		      0x13c0);
	draft_text(draft, 0x1340, "other.entry");
	draft_text(draft, 0x1380, "lib.dll");
	draft_text(draft, 0x1390, "run");
	draft_text(draft, 0x1398, "go");
	DRAFT_NUMBERS(draft, 0x13a0, 0x1010, 0x1340, 0x1020);
	DRAFT_NUMBERS(draft, 0x13b0, 0x1398, 0x1390); /* sorted by name */
	draft_u16(draft, draft_at(0x13c0), 1);
	draft_u16(draft, draft_at(0x13c2), 0);
	/* libyara wants as many rows as there are functions */
	draft_u16(draft, draft_at(0x13c4), 2);
}

/* Writes a block of version information at rva; returns where its content goes. */
static uint32_t version_block(struct pe_draft *draft, uint32_t rva, uint16_t size,
			      uint16_t value_size, const char *key)
{
	draft_u16(draft, draft_at(rva), size);
	draft_u16(draft, draft_at(rva) + 2, value_size);
	draft_u16(draft, draft_at(rva) + 4, 1);
	return (draft_wide(draft, rva + 6, key) + 3) & ~UINT32_C(3);
}

void draft_version(struct pe_draft *draft)
{
	draft_directory(draft, PE_DIRECTORY_RESOURCE, 0x1500, 0x300);
	/* three directories of one entry each: flags, time, version, counts, entry */
	DRAFT_NUMBERS(draft, 0x1500, 0, 77, 0x00020001, 0x00010000, PE_DIRECTORIES,
		      0x80000018);
	DRAFT_NUMBERS(draft, 0x1518, 0, 0, 0, 0x00010000, 1, 0x80000030);
	DRAFT_NUMBERS(draft, 0x1530, 0, 0, 0, 0x00010000, 1066, 0x48);
	DRAFT_NUMBERS(draft, 0x1548, 0x1560, 0x200, 0, 0);

	version_block(draft, 0x1560, 0x180, 52, "VS_VERSION_INFO");
	uint32_t at = version_block(draft, 0x15bc, 0xa0, 0, "StringFileInfo");
	at = version_block(draft, at, 0x70, 0, "042A04B0");
	uint32_t second = at + 0x30;
	at = version_block(draft, at, 0x30, 7, "CompanyName");
	draft_wide(draft, at, "Raquet");
	at = version_block(draft, second, 0x28, 2, "FileVersion");
	draft_wide(draft, at, "1");
}

void draft_rich(struct pe_draft *draft)
{
	const uint32_t key = 0x11223344;
	const uint32_t words[] = {0x536e6144, 0, 0, 0, 0x00937809, 4, 0x00010000, 2};
	size_t n = sizeof words / sizeof *words;

	for (size_t i = 0; i < n; i++)
		draft_u32(draft, 0x80 + 4 * i, words[i] ^ key);
	draft_u32(draft, 0x80 + 4 * n, 0x68636952);
	draft_u32(draft, 0x80 + 4 * n + 4, key);
}
