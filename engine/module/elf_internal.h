/*
 * The parts of the module "elf": the table of fields (elf_field.c), their values
 * (elf.c), the digests over names of symbols (elf_symbol.c) and the overlaid dynamic
 * sections (elf_overlay.c).
 */
#ifndef RAQUET_ENGINE_MODULE_ELF_INTERNAL_H
#define RAQUET_ENGINE_MODULE_ELF_INTERNAL_H

#include "engine/module/module.h"
#include "format/elf.h"

enum elf_field {
	ELF_TYPE,
	ELF_MACHINE,
	ELF_ENTRY_POINT,
	ELF_NUMBER_OF_SECTIONS,
	ELF_SH_OFFSET,
	ELF_SH_ENTRY_SIZE,
	ELF_NUMBER_OF_SEGMENTS,
	ELF_PH_OFFSET,
	ELF_PH_ENTRY_SIZE,

	ELF_SECTIONS,
	ELF_SECTION_TYPE,
	ELF_SECTION_FLAGS,
	ELF_SECTION_ADDRESS,
	ELF_SECTION_NAME,
	ELF_SECTION_SIZE,
	ELF_SECTION_OFFSET,

	ELF_SEGMENTS,
	ELF_SEGMENT_TYPE,
	ELF_SEGMENT_FLAGS,
	ELF_SEGMENT_OFFSET,
	ELF_SEGMENT_VIRTUAL_ADDRESS,
	ELF_SEGMENT_PHYSICAL_ADDRESS,
	ELF_SEGMENT_FILE_SIZE,
	ELF_SEGMENT_MEMORY_SIZE,
	ELF_SEGMENT_ALIGNMENT,

	ELF_DYNAMIC_ENTRIES,
	ELF_DYNAMIC,
	ELF_DYNAMIC_TYPE,
	ELF_DYNAMIC_VAL,

	/* in the same order for both tables */
	ELF_SYMTAB_ENTRIES,
	ELF_SYMTAB,
	ELF_SYMTAB_NAME,
	ELF_SYMTAB_VALUE,
	ELF_SYMTAB_SIZE,
	ELF_SYMTAB_TYPE,
	ELF_SYMTAB_BIND,
	ELF_SYMTAB_SHNDX,

	ELF_DYNSYM_ENTRIES,
	ELF_DYNSYM,
	ELF_DYNSYM_NAME,
	ELF_DYNSYM_VALUE,
	ELF_DYNSYM_SIZE,
	ELF_DYNSYM_TYPE,
	ELF_DYNSYM_BIND,
	ELF_DYNSYM_SHNDX,

	ELF_TELFHASH,
	ELF_IMPORT_MD5,
};

extern const struct module_field elf_fields[];

/* A symbol table and its string table; both lie in the file. */
struct elf_symbols {
	bool is_present;
	uint64_t offset, n;
	uint64_t texts, texts_size;
};

bool elf_symbols_name(const struct elf *elf, const struct elf_symbols *symbols,
		      const struct elf_symbol *symbol, struct bytes *name_out);

/* The digests, made anew by each call; undefined when no symbol counts. */
struct value elf_telfhash(const struct elf *elf, const struct elf_symbols *symbols,
			  struct arena *arena);
struct value elf_import_md5(const struct elf *elf, const struct elf_symbols *symbols,
			    struct arena *arena);

/*
 * The entries of all PT_DYNAMIC segments, laid one over the other: those of a later
 * segment hide as many of an earlier one.  An honest file has one.
 */
struct elf_overlay {
	struct elf_layer
	    *layers; /* by falling segment; each longer than those before */
	size_t n_layers;
	bool has_segment;
	uint64_t n_last; /* entries of the last segment */
};

void elf_overlay_make(const struct elf *elf, struct arena *arena,
		      struct elf_overlay *overlay_out);
uint64_t elf_overlay_count(const struct elf_overlay *overlay);
bool elf_overlay_entry(const struct elf *elf, const struct elf_overlay *overlay,
		       uint64_t i, struct elf_dynamic *dynamic_out);

#endif
