/*
 * ELF images as they are found in the wild: both classes, both byte orders, any field
 * a lie.  (System V ABI, "Object Files"; names of fields in comments are those of the
 * specification.)
 *
 * Nothing is copied and nothing is checked before it is asked for: an image opens in
 * constant time.  Tables are read with the entry size of the class, whatever
 * e_shentsize and e_phentsize say.
 */
#ifndef RAQUET_FORMAT_ELF_H
#define RAQUET_FORMAT_ELF_H

#include "bytes/reader.h"

enum elf_constant {
	ELF_TYPE_EXECUTABLE = 2, /* ET_EXEC */
	ELF_SECTION_NULL = 0,
	ELF_SECTION_SYMTAB = 2,
	ELF_SECTION_STRTAB = 3,
	ELF_SECTION_NOBITS = 8,
	ELF_SECTION_DYNSYM = 11,
	ELF_SEGMENT_DYNAMIC = 2,
};

struct elf {
	struct reader file;
	bool is_64, is_big;
	uint16_t type, machine;
	uint64_t entry;              /* e_entry, an address */
	uint64_t segments, sections; /* e_phoff, e_shoff */
	uint16_t segment_size, n_segments, section_size, n_sections;
	uint16_t names; /* e_shstrndx: the section with the names of sections */
};

struct elf_section {
	uint32_t name, type, link;
	uint64_t flags, address, offset, size;
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, virtual_address, physical_address, file_size, memory_size;
	uint64_t alignment;
};

struct elf_symbol {
	uint32_t name;
	uint8_t bind, type, visibility; /* st_info and st_other taken apart */
	uint16_t section;               /* st_shndx */
	uint64_t value, size;
};

struct elf_dynamic {
	uint64_t tag, value;
};

/* Whether data begins with an ELF header of a known class and byte order, with at least
 * one byte behind it; fills *elf_out, which borrows data. */
bool elf_open(struct bytes data, struct elf *elf_out);

/* Entry i of a table; false when it does not lie in the file. */
bool elf_section(const struct elf *elf, uint32_t i, struct elf_section *section_out);
bool elf_segment(const struct elf *elf, uint32_t i, struct elf_segment *segment_out);

/* Whether e_shnum or e_phnum entries lie in the file. */
bool elf_has_all_sections(const struct elf *elf);
bool elf_has_all_segments(const struct elf *elf);

/* Entry i of the symbol table, or of the dynamic table, that begins at offset. */
bool elf_symbol(const struct elf *elf, uint64_t offset, uint64_t i,
		struct elf_symbol *symbol_out);
bool elf_dynamic(const struct elf *elf, uint64_t offset, uint64_t i,
		 struct elf_dynamic *dynamic_out);

size_t elf_symbol_size(const struct elf *elf);
size_t elf_dynamic_size(const struct elf *elf);

/*
 * The text at index of a string table of size bytes at offset, without its final 0.
 * False when the table does not begin with a 0 (as it must), or index or the final 0
 * do not lie in it.
 */
bool elf_text(const struct elf *elf, uint64_t offset, uint64_t size, uint32_t index,
	      struct bytes *text_out);

/*
 * The offset in the file that is loaded at address: by segments for an executable, by
 * sections otherwise.  False when none holds it.
 */
bool elf_offset_of(const struct elf *elf, uint64_t address, uint64_t *offset_out);

/*
 * What the keyword `entrypoint` is for a file: false when data is no ELF image; 0 when
 * the address lies nowhere.  As in libyara, the byte order is taken for little.
 */
bool elf_entry_offset(struct bytes data, uint64_t *offset_out);

/* Likewise for a block of memory at base: false unless it is an executable. */
bool elf_entry_address(struct bytes data, uint64_t base, uint64_t *address_out);

#endif
