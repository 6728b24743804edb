/*
 * The module "elf".  Values are read from the object when a rule asks for them; what
 * libyara refuses stays undefined here: the table of sections is taken whole or not at
 * all, and likewise the segments and each pair of symbol table and string table.
 */
#include "engine/module/elf_internal.h"

enum {
	MAX_SECTIONS = 0xff00, /* SHN_LORESERVE: from here on e_shnum lies elsewhere */
	MAX_SEGMENTS = 0xffff, /* PN_XNUM: likewise e_phnum */
};

struct elf_state {
	const struct module_context *context;
	struct elf elf;
	uint64_t base; /* of the block it lies in */
	bool is_elf, has_sections, has_segments;

	/* made when first asked for */
	bool has_tables, has_overlay, has_telfhash, has_import_md5;
	struct elf_symbols symtab, dynsym;
	struct elf_overlay overlay;
	struct value telfhash, import_md5;
};

/* ---- tables that are looked for once ---- */

static void find_tables(struct elf_state *state)
{
	const struct elf *elf = &state->elf;
	struct elf_section table, texts;

	state->has_tables = true;
	for (uint32_t i = 0; state->has_sections && i < elf->n_sections; i++) {
		struct elf_symbols *symbols;

		elf_section(elf, i, &table);
		if (table.type != ELF_SECTION_SYMTAB &&
		    table.type != ELF_SECTION_DYNSYM)
			continue;
		if (table.link >= elf->n_sections ||
		    !elf_section(elf, table.link, &texts) ||
		    texts.type != ELF_SECTION_STRTAB)
			continue;
		/* the last one counts, and then it has to lie in the file */
		symbols =
		    table.type == ELF_SECTION_SYMTAB ? &state->symtab : &state->dynsym;
		symbols->is_present =
		    reader_covers(&elf->file, table.offset, table.size) &&
		    reader_covers(&elf->file, texts.offset, texts.size);
		symbols->offset = table.offset;
		symbols->n = table.size / elf_symbol_size(elf);
		symbols->texts = texts.offset;
		symbols->texts_size = texts.size;
	}
}

static const struct elf_symbols *symbols_of(struct elf_state *state, bool is_dynsym)
{
	if (!state->has_tables)
		find_tables(state);
	return is_dynsym ? &state->dynsym : &state->symtab;
}

static const struct elf_overlay *overlay_of(struct elf_state *state)
{
	if (!state->has_overlay && state->has_segments)
		elf_overlay_make(&state->elf, state->context->arena, &state->overlay);
	state->has_overlay = true;
	return &state->overlay;
}

/* ---- values ---- */

static struct value unsigned_int(uint64_t i)
{
	return value_int((int64_t)i);
}

static struct value entry_point(const struct elf_state *state)
{
	uint64_t offset;

	if (state->elf.entry == 0)
		return value_undefined();
	if (state->context->object->is_memory)
		return unsigned_int(state->base + state->elf.entry);
	if (!elf_offset_of(&state->elf, state->elf.entry, &offset))
		return value_undefined();
	return unsigned_int(offset);
}

static struct value header_value(struct elf_state *state, enum elf_field id)
{
	const struct elf *elf = &state->elf;

	switch (id) {
	case ELF_TYPE: return value_int(elf->type);
	case ELF_MACHINE: return value_int(elf->machine);
	case ELF_ENTRY_POINT: return entry_point(state);
	case ELF_NUMBER_OF_SECTIONS: return value_int(elf->n_sections);
	case ELF_SH_OFFSET: return unsigned_int(elf->sections);
	case ELF_SH_ENTRY_SIZE: return value_int(elf->section_size);
	case ELF_NUMBER_OF_SEGMENTS: return value_int(elf->n_segments);
	case ELF_PH_OFFSET: return unsigned_int(elf->segments);
	case ELF_PH_ENTRY_SIZE: return value_int(elf->segment_size);
	default: return value_undefined();
	}
}

/* Names of sections are not held to the size of their table: the file is the limit. */
static struct value section_name(const struct elf_state *state, uint32_t name)
{
	const struct elf *elf = &state->elf;
	struct elf_section names;
	struct bytes text;

	if (!elf_section(elf, elf->names, &names) || names.offset == 0 ||
	    names.offset >= elf->file.size ||
	    !elf_text(elf, names.offset, elf->file.size - names.offset, name, &text))
		return value_undefined();
	return value_text(text);
}

static struct value section_value(struct elf_state *state, enum elf_field id, int64_t i)
{
	struct elf_section section;

	if (!state->has_sections || i < 0 || i >= state->elf.n_sections ||
	    !elf_section(&state->elf, (uint32_t)i, &section))
		return value_undefined();
	switch (id) {
	case ELF_SECTION_TYPE: return value_int(section.type);
	case ELF_SECTION_FLAGS: return unsigned_int(section.flags);
	case ELF_SECTION_ADDRESS: return unsigned_int(section.address);
	case ELF_SECTION_NAME: return section_name(state, section.name);
	case ELF_SECTION_SIZE: return unsigned_int(section.size);
	case ELF_SECTION_OFFSET: return unsigned_int(section.offset);
	default: return value_undefined();
	}
}

static struct value segment_value(struct elf_state *state, enum elf_field id, int64_t i)
{
	struct elf_segment segment;

	if (!state->has_segments || i < 0 || i >= state->elf.n_segments ||
	    !elf_segment(&state->elf, (uint32_t)i, &segment))
		return value_undefined();
	switch (id) {
	case ELF_SEGMENT_TYPE: return value_int(segment.type);
	case ELF_SEGMENT_FLAGS: return value_int(segment.flags);
	case ELF_SEGMENT_OFFSET: return unsigned_int(segment.offset);
	case ELF_SEGMENT_VIRTUAL_ADDRESS: return unsigned_int(segment.virtual_address);
	case ELF_SEGMENT_PHYSICAL_ADDRESS:
		return unsigned_int(segment.physical_address);
	case ELF_SEGMENT_FILE_SIZE: return unsigned_int(segment.file_size);
	case ELF_SEGMENT_MEMORY_SIZE: return unsigned_int(segment.memory_size);
	case ELF_SEGMENT_ALIGNMENT: return unsigned_int(segment.alignment);
	default: return value_undefined();
	}
}

static struct value dynamic_value(struct elf_state *state, enum elf_field id, int64_t i)
{
	const struct elf_overlay *overlay = overlay_of(state);
	struct elf_dynamic entry;

	if (id == ELF_DYNAMIC_ENTRIES)
		return overlay->has_segment ? unsigned_int(overlay->n_last)
					    : value_undefined();
	if (i < 0 || !elf_overlay_entry(&state->elf, overlay, (uint64_t)i, &entry))
		return value_undefined();
	return unsigned_int(id == ELF_DYNAMIC_TYPE ? entry.tag : entry.value);
}

static struct value symbol_value(struct elf_state *state, enum elf_field id, int64_t i)
{
	bool is_dynsym = id >= ELF_DYNSYM_ENTRIES;
	const struct elf_symbols *symbols = symbols_of(state, is_dynsym);
	struct elf_symbol symbol;
	struct bytes name;

	if (is_dynsym)
		id += ELF_SYMTAB_ENTRIES - ELF_DYNSYM_ENTRIES;
	if (!symbols->is_present)
		return value_undefined();
	if (id == ELF_SYMTAB_ENTRIES)
		return unsigned_int(symbols->n);
	if (i < 0 || (uint64_t)i >= symbols->n ||
	    !elf_symbol(&state->elf, symbols->offset, (uint64_t)i, &symbol))
		return value_undefined();
	switch (id) {
	case ELF_SYMTAB_NAME:
		return elf_symbols_name(&state->elf, symbols, &symbol, &name)
			   ? value_text(name)
			   : value_undefined();
	case ELF_SYMTAB_VALUE: return unsigned_int(symbol.value);
	case ELF_SYMTAB_SIZE: return unsigned_int(symbol.size);
	case ELF_SYMTAB_TYPE: return value_int(symbol.type);
	case ELF_SYMTAB_BIND: return value_int(symbol.bind);
	case ELF_SYMTAB_SHNDX: return value_int(symbol.section);
	default: return value_undefined();
	}
}

/* ---- the module ---- */

static void elf_get(void *opaque, uint16_t raw_id, const struct value *keys,
		    struct value *value_out)
{
	struct elf_state *state = opaque;
	enum elf_field id = (enum elf_field)raw_id;

	*value_out = value_undefined();
	if (!state->is_elf)
		return;
	if (id < ELF_SECTIONS)
		*value_out = header_value(state, id);
	else if (id < ELF_SEGMENTS)
		*value_out = section_value(state, id, keys[0].integer);
	else if (id < ELF_DYNAMIC_ENTRIES)
		*value_out = segment_value(state, id, keys[0].integer);
	else if (id == ELF_DYNAMIC_ENTRIES)
		*value_out = dynamic_value(state, id, 0);
	else if (id < ELF_SYMTAB_ENTRIES)
		*value_out = dynamic_value(state, id, keys[0].integer);
	else if (id == ELF_SYMTAB_ENTRIES || id == ELF_DYNSYM_ENTRIES)
		*value_out = symbol_value(state, id, 0);
	else
		*value_out = symbol_value(state, id, keys[0].integer);
}

static int64_t elf_count(void *opaque, uint16_t id, const struct value *keys)
{
	struct elf_state *state = opaque;
	const struct elf_symbols *symbols;

	(void)keys;
	switch ((enum elf_field)id) {
	case ELF_SECTIONS: return state->has_sections ? state->elf.n_sections : 0;
	case ELF_SEGMENTS: return state->has_segments ? state->elf.n_segments : 0;
	case ELF_DYNAMIC: return (int64_t)elf_overlay_count(overlay_of(state));
	case ELF_SYMTAB:
	case ELF_DYNSYM:
		symbols = symbols_of(state, id == ELF_DYNSYM);
		return symbols->is_present ? (int64_t)symbols->n : 0;
	default: return 0;
	}
}

/* The dynamic symbols, when there are any tables of them; else all symbols. */
static const struct elf_symbols *symbols_to_digest(struct elf_state *state)
{
	const struct elf_symbols *dynsym = symbols_of(state, true);

	return dynsym->is_present ? dynsym : symbols_of(state, false);
}

static void elf_call(void *opaque, uint16_t id, const struct value *args,
		     struct value *value_out)
{
	struct elf_state *state = opaque;
	const struct elf_symbols *symbols = symbols_to_digest(state);
	struct arena *arena = state->context->arena;

	(void)args;
	*value_out = value_undefined();
	if (!symbols->is_present)
		return;
	if (id == ELF_TELFHASH && !state->has_telfhash)
		state->telfhash = elf_telfhash(&state->elf, symbols, arena);
	if (id == ELF_IMPORT_MD5 && !state->has_import_md5)
		state->import_md5 = elf_import_md5(&state->elf, symbols, arena);
	state->has_telfhash |= id == ELF_TELFHASH;
	state->has_import_md5 |= id == ELF_IMPORT_MD5;
	*value_out = id == ELF_TELFHASH ? state->telfhash : state->import_md5;
}

/* The first block that begins with an image; in memory only executables count, since
 * the headers of libraries are mapped as well. */
static void find_image(struct elf_state *state)
{
	const struct object *object = state->context->object;
	const struct elf *elf = &state->elf;

	for (size_t i = 0; i < object->n_blocks && !state->is_elf; i++) {
		const struct block *block = &object->blocks[i];

		state->is_elf =
		    elf_open((struct bytes){block->data, block->size}, &state->elf) &&
		    (!object->is_memory || elf->type == ELF_TYPE_EXECUTABLE);
		state->base = block->base;
	}
	state->has_sections = state->is_elf && elf->n_sections < MAX_SECTIONS &&
			      elf->names < elf->n_sections && elf_has_all_sections(elf);
	state->has_segments = state->is_elf && elf->n_segments > 0 &&
			      elf->n_segments < MAX_SEGMENTS &&
			      elf_has_all_segments(elf);
}

static enum rq_err elf_module_open(const struct module_context *context,
				   void **state_out)
{
	struct elf_state *state = arena_make(context->arena, struct elf_state);

	*state_out = state;
	if (state == NULL)
		return RQ_ERR_MEMORY;
	state->context = context;
	find_image(state);
	return RQ_OK;
}

const struct module module_elf = {
    .name = "elf",
    .fields = elf_fields,
    .open = elf_module_open,
    .get = elf_get,
    .count = elf_count,
    .call = elf_call,
};
