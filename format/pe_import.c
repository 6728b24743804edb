#include "format/pe_import.h"

#include "bytes/buffer.h"
#include "bytes/cut.h"
#include "crypto/digest.h"
#include "format/pe_ordinal.h"

#include <string.h>

enum {
	DESCRIPTOR_SIZE = 20,
	MAX_LIBRARY_NAME = 256, /* libyara: longer ones cannot exist */
	MAX_ORDINAL = 0xffff,
};

/* The tables while they grow. */
struct collection {
	const struct pe_image *image;
	struct arena *arena;
	struct pe_imports *imports;
	size_t room_libraries, room_functions;
	unsigned steps; /* entries looked at, of CAP_PE_STEPS */
};

/* Lookup entries have the width of an address (6.4.2). */
static unsigned width(const struct pe_image *image)
{
	return image->is_64 ? 8 : 4;
}

static uint64_t ordinal_flag(const struct pe_image *image)
{
	return image->is_64 ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
}

static uint64_t read_entry(const struct pe_image *image, struct reader *r)
{
	return image->is_64 ? reader_u64le(r) : reader_u32le(r);
}

static bool is_library_char(uint8_t c)
{
	return c >= 0x20 && c <= 0x7e && memchr("\"*<>?|", c, 6) == NULL;
}

/* The name at rva when it ends within max bytes and could be that of a file. */
static bool library_name(const struct pe_image *image, uint32_t rva, size_t max,
			 struct bytes *name_out)
{
	struct reader r = pe_reader(image);
	size_t off;

	if (!pe_rva_to_offset(image, rva, &off))
		return false;
	reader_seek(&r, off);
	*name_out = reader_zero_ended(&r, max);
	for (size_t i = 0; i < name_out->n; i++)
		if (!is_library_char(name_out->at[i]))
			return false;
	return name_out->n > 0;
}

/* What linkers put into names of functions; the rest is rubbish or a trap. */
static bool is_function_name(struct bytes name)
{
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    (c == 0 || strchr("._?@$()<>", c) == NULL))
			return false;
	}
	return name.n > 0;
}

static enum rq_err name_ordinal(struct collection *c, struct bytes library,
				struct pe_function *f)
{
	const char *name = pe_ordinal_name(library, f->ordinal);

	if (name == NULL)
		name = arena_format(c->arena, "ord%u", (unsigned)f->ordinal);
	if (name == NULL)
		return RQ_ERR_MEMORY;
	f->name = bytes_of(name);
	return RQ_OK;
}

static enum rq_err add_function(struct collection *c, struct pe_library *library,
				const struct pe_function *f)
{
	struct pe_imports *imports = c->imports;

	if (!arena_grow(c->arena, (void **)&imports->functions, &c->room_functions,
			imports->n_functions + 1, sizeof *f))
		return RQ_ERR_MEMORY;
	imports->functions[imports->n_functions++] = *f;
	library->n_functions++;
	return RQ_OK;
}

static enum rq_err add_library(struct collection *c, const struct pe_library *library)
{
	struct pe_imports *imports = c->imports;

	if (!arena_grow(c->arena, (void **)&imports->libraries, &c->room_libraries,
			imports->n_libraries + 1, sizeof *library))
		return RQ_ERR_MEMORY;
	imports->libraries[imports->n_libraries++] = *library;
	return RQ_OK;
}

/* Offset of the directory's table; false: there is none. */
static bool find_table(const struct pe_image *image, enum pe_directory_index index,
		       struct reader *table_out)
{
	size_t off;

	if (image->directories[index].rva == 0 ||
	    !pe_rva_to_offset(image, image->directories[index].rva, &off))
		return false;
	*table_out = pe_reader(image);
	reader_seek(table_out, off);
	return true;
}

static bool within_steps(struct collection *c)
{
	return c->steps++ < CAP_PE_STEPS;
}

/* A table was left before its end. */
static void note_cut(const struct collection *c)
{
	cut_note(c->steps > CAP_PE_STEPS ? CUT_OURS : CUT_LIBYARA);
}

/* The hint/name entry (6.4.3); leaves the name empty when it is not in the file. */
static void name_by_hint(const struct pe_image *image, uint64_t rva, struct bytes *name)
{
	struct reader file = pe_reader(image);
	size_t off;

	if (pe_rva_to_offset(image, rva, &off) && reader_covers(&file, off, 3))
		*name = pe_text(image, off + 2, CAP_PE_NAME);
}

static enum rq_err read_function(struct collection *c, struct pe_library *library,
				 uint64_t entry, uint64_t slot_rva)
{
	uint64_t flag = ordinal_flag(c->image);
	struct pe_function f = {.rva = slot_rva};
	enum rq_err err;

	if (!(entry & flag)) {
		name_by_hint(c->image, entry, &f.name);
	} else if (entry <= flag + MAX_ORDINAL) {
		f.by_ordinal = true;
		f.ordinal = (uint16_t)entry;
		err = name_ordinal(c, library->name, &f);
		if (err != RQ_OK)
			return err;
	}
	if (!is_function_name(f.name))
		return RQ_OK;
	return add_function(c, library, &f);
}

static enum rq_err read_functions(struct collection *c, uint32_t lookup_rva,
				  uint32_t address_rva, struct pe_library *library)
{
	const struct pe_image *image = c->image;
	struct reader r = pe_reader(image);
	size_t off;

	/* Old linkers (6.4.1) leave the lookup table out: the address table has the
	 * same content until it is bound. */
	if ((!pe_rva_to_offset(image, lookup_rva, &off) || off == 0) &&
	    !pe_rva_to_offset(image, address_rva, &off))
		return RQ_OK;
	reader_seek(&r, off);
	for (unsigned i = 0; i < CAP_PE_IMPORTS && within_steps(c) &&
			     c->imports->n_functions < CAP_PE_IMPORTS;
	     i++) {
		uint64_t entry = read_entry(image, &r);
		uint64_t slot_rva = (uint64_t)address_rva + (uint64_t)i * width(image);
		enum rq_err err;

		if (entry == 0)
			return RQ_OK;
		err = read_function(c, library, entry,
				    image->is_64 ? slot_rva : (uint32_t)slot_rva);
		if (err != RQ_OK)
			return err;
	}
	if (read_entry(image, &r) != 0)
		note_cut(c);
	return RQ_OK;
}

static enum rq_err read_descriptor(struct collection *c, struct reader *r,
				   bool *last_out)
{
	uint32_t lookup_rva = reader_u32le(r);
	reader_skip(r, 8); /* TimeDateStamp, ForwarderChain */
	uint32_t name_rva = reader_u32le(r);
	uint32_t address_rva = reader_u32le(r);
	struct pe_library library = {.first = c->imports->n_functions};
	enum rq_err err;

	*last_out = !reader_ok(r) || name_rva == 0;
	if (*last_out ||
	    !library_name(c->image, name_rva, MAX_LIBRARY_NAME, &library.name))
		return RQ_OK;
	err = read_functions(c, lookup_rva, address_rva, &library);
	if (err != RQ_OK || library.n_functions == 0)
		return err;
	return add_library(c, &library);
}

enum rq_err pe_read_imports(const struct pe_image *image, struct arena *arena,
			    struct pe_imports *imports_out)
{
	struct collection c = {.image = image, .arena = arena, .imports = imports_out};
	struct reader r;
	bool last = false;

	*imports_out = (struct pe_imports){0};
	if (!find_table(image, PE_DIRECTORY_IMPORT, &r))
		return RQ_OK;
	for (int i = 0; i < CAP_PE_IMPORTS && within_steps(&c); i++) {
		enum rq_err err = read_descriptor(&c, &r, &last);

		if (err != RQ_OK || last)
			return err;
	}
	note_cut(&c);
	return RQ_OK;
}

/* 5.8.1: one row of the delay-load directory. */
struct delay_descriptor {
	uint32_t attributes;
	uint32_t name;
	uint32_t handle;
	uint32_t addresses;
	uint32_t names;
	uint32_t bound;
	uint32_t unload;
	uint32_t timestamp;
};

static struct delay_descriptor read_delay_descriptor(struct reader *r)
{
	struct delay_descriptor d;

	d.attributes = reader_u32le(r);
	d.name = reader_u32le(r);
	d.handle = reader_u32le(r);
	d.addresses = reader_u32le(r);
	d.names = reader_u32le(r);
	d.bound = reader_u32le(r);
	d.unload = reader_u32le(r);
	d.timestamp = reader_u32le(r);
	return d;
}

static bool is_terminator(const struct delay_descriptor *d)
{
	return (d->attributes | d->name | d->handle | d->addresses | d->names |
		d->bound | d->unload | d->timestamp) == 0;
}

/* Visual C++ 6 wrote addresses where newer linkers write RVAs, and then left the
 * attributes 0; some files mix both. */
static uint64_t from_address(const struct pe_image *image, uint64_t value)
{
	return value > image->headers.image_base ? value - image->headers.image_base
						 : value;
}

static bool is_plausible(const struct pe_image *image, const struct delay_descriptor *d)
{
	enum { DOS_HEADER_SIZE = 64 };
	uint32_t size = image->headers.size_of_image;

	return d->names < size && d->addresses < size && d->name >= DOS_HEADER_SIZE &&
	       d->names >= DOS_HEADER_SIZE;
}

/* The entry at rva; 0, which ends the table, when it is not in the file. */
static uint64_t entry_at(const struct pe_image *image, uint64_t rva)
{
	const uint64_t libyara_undefined = 0xfffabadafabadaff;
	struct reader r = pe_reader(image);
	size_t off;

	if (!pe_rva_to_offset(image, rva, &off))
		return 0;
	reader_seek(&r, off);

	uint64_t entry = read_entry(image, &r);
	return entry == libyara_undefined ? 0 : entry;
}

static enum rq_err read_delayed_function(struct collection *c,
					 struct pe_library *library, uint64_t entry,
					 uint64_t slot_rva, bool has_addresses)
{
	const struct pe_image *image = c->image;
	struct pe_function f = {.rva = slot_rva};
	enum rq_err err;
	size_t off;

	if (entry & ordinal_flag(image)) {
		f.by_ordinal = true;
		f.ordinal = (uint16_t)entry;
		err = name_ordinal(c, library->name, &f);
		if (err != RQ_OK)
			return err;
	} else {
		if (has_addresses)
			entry = from_address(image, entry);
		if (!pe_rva_to_offset(image, entry + 2, &off))
			return RQ_OK;
		f.name = pe_text(image, off, CAP_PE_NAME);
	}
	return add_function(c, library, &f);
}

static enum rq_err read_delayed_functions(struct collection *c,
					  const struct delay_descriptor *d,
					  struct pe_library *library)
{
	uint64_t name_rva = d->names, slot_rva = d->addresses;

	while (c->imports->n_functions < CAP_PE_IMPORTS && within_steps(c)) {
		uint64_t entry = entry_at(c->image, name_rva);
		enum rq_err err;

		if (entry == 0 || entry_at(c->image, slot_rva) == 0)
			return RQ_OK;
		err = read_delayed_function(c, library, entry, slot_rva,
					    d->attributes == 0);
		if (err != RQ_OK)
			return err;
		name_rva += width(c->image);
		slot_rva += width(c->image);
	}
	if (entry_at(c->image, name_rva) != 0 && entry_at(c->image, slot_rva) != 0)
		note_cut(c);
	return RQ_OK;
}

static enum rq_err read_delayed_library(struct collection *c,
					const struct delay_descriptor *d)
{
	struct pe_library library = {.first = c->imports->n_functions};
	enum rq_err err;

	if (!library_name(c->image, d->name, c->image->file.n, &library.name))
		return RQ_OK;
	err = read_delayed_functions(c, d, &library);
	return err == RQ_OK ? add_library(c, &library) : err;
}

enum rq_err pe_read_delayed_imports(const struct pe_image *image, struct arena *arena,
				    struct pe_imports *imports_out)
{
	struct collection c = {.image = image, .arena = arena, .imports = imports_out};
	struct reader r;

	*imports_out = (struct pe_imports){0};
	if (!find_table(image, PE_DIRECTORY_DELAY_IMPORT, &r))
		return RQ_OK;
	while (imports_out->n_libraries < CAP_PE_IMPORTS && within_steps(&c)) {
		struct delay_descriptor d = read_delay_descriptor(&r);
		enum rq_err err;

		if (!reader_ok(&r) || is_terminator(&d) || d.attributes > 1)
			return RQ_OK;
		if (!image->is_64 && d.attributes == 0) {
			d.name = (uint32_t)from_address(image, d.name);
			d.addresses = (uint32_t)from_address(image, d.addresses);
			d.names = (uint32_t)from_address(image, d.names);
		}
		if (!is_plausible(image, &d))
			return RQ_OK;
		err = read_delayed_library(&c, &d);
		if (err != RQ_OK)
			return err;
	}
	note_cut(&c);
	return RQ_OK;
}

static void put_lower(struct buffer *out, struct bytes text)
{
	uint8_t *to = buffer_zeros(out, text.n);

	if (to == NULL)
		return;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.at[i];

		to[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
	}
}

/* The name up to the last dot, when .dll, .ocx or .sys begins there. */
static struct bytes stem(struct bytes name)
{
	size_t dot = name.n;

	while (dot > 0 && name.at[dot - 1] != '.')
		dot--;
	if (dot == 0)
		return name;
	struct bytes extension = {name.at + dot, name.n - dot};
	if (pe_name_starts_with(extension, "dll") ||
	    pe_name_starts_with(extension, "ocx") ||
	    pe_name_starts_with(extension, "sys"))
		name.n = dot - 1;
	return name;
}

enum rq_err pe_imphash(const struct pe_imports *imports,
		       uint8_t md5_out[PE_IMPHASH_SIZE])
{
	struct buffer text = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	for (size_t i = 0; i < imports->n_libraries; i++) {
		const struct pe_library *library = &imports->libraries[i];
		struct bytes name = stem(library->name);

		for (size_t j = 0; j < library->n_functions; j++) {
			if (text.size > 0)
				buffer_u8(&text, ',');
			put_lower(&text, name);
			buffer_u8(&text, '.');
			put_lower(&text, imports->functions[library->first + j].name);
		}
	}
	if (buffer_ok(&text))
		err = digest_of(DIGEST_MD5, buffer_bytes(&text), md5_out);
	buffer_free(&text);
	return err;
}
