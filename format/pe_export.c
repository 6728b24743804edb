#include "format/pe_export.h"

#include "bytes/cut.h"

/* 6.3.1: the export directory table, and the three tables that it leads to. */
struct tables {
	uint32_t n_functions;
	uint32_t n_names;
	uint32_t ordinal_base;
	struct reader addresses; /* 6.3.2 */
	struct reader names;     /* 6.3.3 */
	struct reader ordinals;  /* 6.3.4 */
	/* Addresses between these offsets are names of forwarders (6.3.2). */
	size_t directory_start;
	uint64_t directory_end;
};

enum { NO_NAME = UINT32_MAX };

/* n entries of size bytes at rva. */
static bool find_table(const struct pe_image *image, uint32_t rva, uint64_t n,
		       unsigned size, struct reader *table_out)
{
	struct reader file = pe_reader(image);
	size_t off;

	if (!pe_rva_to_offset(image, rva, &off))
		return false;
	*table_out = reader_at(&file, off, n * size);
	return reader_ok(table_out);
}

static bool read_directory(const struct pe_image *image, struct pe_exports *exports,
			   struct tables *t)
{
	const struct pe_directory *directory = &image->directories[PE_DIRECTORY_EXPORT];
	struct reader r;
	size_t name_off;

	if (directory->rva == 0 || !find_table(image, directory->rva, 1, 40, &r))
		return false;
	pe_rva_to_offset(image, directory->rva, &t->directory_start);
	t->directory_end = (uint64_t)t->directory_start + directory->size;

	reader_skip(&r, 4); /* ExportFlags */
	exports->present = true;
	exports->timestamp = reader_u32le(&r);
	reader_skip(&r, 4); /* version */
	uint32_t name = reader_u32le(&r);
	t->ordinal_base = reader_u32le(&r);
	uint32_t raw_n_functions = t->n_functions = reader_u32le(&r);
	t->n_names = reader_u32le(&r);
	uint32_t addresses = reader_u32le(&r);
	uint32_t names = reader_u32le(&r);
	uint32_t ordinals = reader_u32le(&r);

	if (raw_n_functions > CAP_PE_EXPORTS)
		t->n_functions = CAP_PE_EXPORTS;
	if (pe_rva_to_offset(image, name, &name_off) && name_off > 0)
		exports->library = pe_text(image, name_off, SIZE_MAX);
	/* libyara wants room for the addresses behind the name, of all places. */
	if ((uint64_t)t->n_functions * 4 > image->file.n - name_off)
		return false;
	if (t->n_names > 0 && !find_table(image, names, t->n_names, 4, &t->names))
		return false;
	if (!find_table(image, ordinals, t->n_functions, 2, &t->ordinals) ||
	    !find_table(image, addresses, t->n_functions, 4, &t->addresses))
		return false;
	if (t->n_functions < raw_n_functions)
		cut_note(CUT_LIBYARA);
	return true;
}

/*
 * name_of[i] = index in the name table of the i-th function, or NO_NAME.  The first
 * row of the ordinal table that gives i counts.  Rows beyond the names count for
 * nothing, but stand for i all the same when no name precedes them.
 */
static enum rq_err map_names(struct tables *t, struct arena *arena,
			     uint32_t **name_of_out)
{
	uint32_t *name_of = arena_array(arena, t->n_functions, sizeof *name_of);

	if (name_of == NULL)
		return RQ_ERR_MEMORY;
	for (uint32_t i = 0; i < t->n_functions; i++)
		name_of[i] = NO_NAME;
	for (uint32_t j = 0; j < t->n_functions && j < t->n_names; j++) {
		uint16_t i = reader_u16le(&t->ordinals);

		if (i < t->n_functions && name_of[i] == NO_NAME)
			name_of[i] = j;
	}
	*name_of_out = name_of;
	return RQ_OK;
}

static struct bytes read_name(const struct pe_image *image, const struct tables *t,
			      uint32_t index)
{
	struct reader r = t->names;
	size_t off;

	reader_seek(&r, (uint64_t)index * 4);
	if (!pe_rva_to_offset(image, reader_u32le(&r), &off) || off == 0)
		return (struct bytes){0};
	return pe_text(image, off, CAP_PE_NAME);
}

static struct pe_export read_export(const struct pe_image *image, struct tables *t,
				    uint32_t index)
{
	struct pe_export e = {.ordinal = t->ordinal_base + index,
			      .rva = reader_u32le(&t->addresses)};

	e.has_off = pe_rva_to_offset(image, e.rva, &e.off);
	if (e.has_off && e.off > t->directory_start && e.off < t->directory_end) {
		e.has_off = false;
		e.forward = pe_text(image, e.off, CAP_PE_NAME);
	}
	return e;
}

enum rq_err pe_read_exports(const struct pe_image *image, struct arena *arena,
			    struct pe_exports *exports_out)
{
	struct tables t = {0};
	uint32_t *name_of;
	enum rq_err err;

	*exports_out = (struct pe_exports){0};
	if (!read_directory(image, exports_out, &t) || t.n_functions == 0)
		return RQ_OK;
	err = map_names(&t, arena, &name_of);
	if (err != RQ_OK)
		return err;
	exports_out->exports =
	    arena_array(arena, t.n_functions, sizeof(struct pe_export));
	if (exports_out->exports == NULL)
		return RQ_ERR_MEMORY;
	for (uint32_t i = 0; i < t.n_functions; i++) {
		struct pe_export *e = &exports_out->exports[i];

		*e = read_export(image, &t, i);
		if (name_of[i] != NO_NAME)
			e->name = read_name(image, &t, name_of[i]);
	}
	exports_out->n_exports = t.n_functions;
	return RQ_OK;
}
