/*
 * A tiny writer of PE images for tests: headers, one section, and whatever the test
 * puts at which address.  The section ".data" lies at 0x1000 in memory and at 0x400 in
 * the file.
 */
#ifndef RAQUET_FORMAT_TESTDATA_PE_DRAFT_H
#define RAQUET_FORMAT_TESTDATA_PE_DRAFT_H

#include "bytes/buffer.h"
#include "format/pe.h"

enum {
	DRAFT_NT_OFF = 0x100,
	DRAFT_RVA = 0x1000,
	DRAFT_OFF = 0x400,
	DRAFT_SIZE = 0xc00, /* of the section */
	DRAFT_FILE_SIZE = DRAFT_OFF + DRAFT_SIZE,
};

struct pe_draft {
	uint8_t file[DRAFT_FILE_SIZE + 64]; /* the rest is for an overlay */
	size_t size;
	bool is_64;
};

/* A valid image of one section; the entry point is its start. */
void draft_start(struct pe_draft *draft, bool is_64);

/* By offset in the file.  Where a field of the optional header lies is given as its
 * offset from the start of that header (PE Format 3.3). */
void draft_u8(struct pe_draft *draft, size_t off, uint8_t value);
void draft_u16(struct pe_draft *draft, size_t off, uint16_t value);
void draft_u32(struct pe_draft *draft, size_t off, uint32_t value);
size_t draft_file_header(size_t field);
size_t draft_optional_header(size_t field);
size_t draft_section(size_t field);
void draft_directory(struct pe_draft *draft, enum pe_directory_index index,
		     uint32_t rva, uint32_t size);

/* By address in the section.  The numbers are 32 bits wide each and follow each other;
 * address has the width of the image. */
size_t draft_at(uint32_t rva);
void draft_put(struct pe_draft *draft, uint32_t rva, const void *bytes, size_t n);
void draft_numbers(struct pe_draft *draft, uint32_t rva, size_t n,
		   const uint32_t *numbers);
void draft_addresses(struct pe_draft *draft, uint32_t rva, size_t n,
		     const uint64_t *addresses);
void draft_text(struct pe_draft *draft, uint32_t rva, const char *text);
/* In UTF-16LE with its zero; returns the address behind. */
uint32_t draft_wide(struct pe_draft *draft, uint32_t rva, const char *text);

#define DRAFT_NUMBERS(draft, rva, ...)                                                 \
	draft_numbers((draft), (rva),                                                  \
		      sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),            \
		      (uint32_t[]){__VA_ARGS__})
#define DRAFT_ADDRESSES(draft, rva, ...)                                               \
	draft_addresses((draft), (rva),                                                \
			sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t),          \
			(uint64_t[]){__VA_ARGS__})

struct bytes draft_bytes(const struct pe_draft *draft);

/*
 * The parts that tests of several files want.  Imports: kernel32.dll by name (Sleep,
 * Beep) and WS2_32.dll by ordinal (23, a known one, and 7777); their names and tables
 * from 0x1100 on.  Exports: lib.dll with base 5: "run" (index 0), a forwarder "go"
 * to "other.entry" (index 1), one without name (index 2); from 0x1300 on.
 */
void draft_imports(struct pe_draft *draft);
void draft_exports(struct pe_draft *draft);

/* One resource of version information from 0x1500 on: language 1066, keys CompanyName
 * "Raquet" and FileVersion "1". */
void draft_version(struct pe_draft *draft);

/* A header "Rich" of two tools: id 0x93 version 30729 used 4 times, id 1 version 0 used
 * 2 times; the key is 0x11223344.  It starts at 0x80. */
void draft_rich(struct pe_draft *draft);

#endif
