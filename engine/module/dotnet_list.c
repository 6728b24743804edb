#include "engine/module/dotnet_internal.h"

#include <inttypes.h>
#include <string.h>

static bool append(struct net_values *values, struct arena *arena, struct value value)
{
	if (!arena_grow(arena, (void **)&values->at, &values->capacity, values->n + 1,
			sizeof *values->at))
		return false;
	values->at[values->n++] = value;
	return true;
}

/* II.24.2.5; libyara stops after 16. */
static bool add_guids(const struct dotnet *d, struct arena *arena,
		      struct net_values *values)
{
	uint32_t n = d->guids.size < 256 ? d->guids.size / 16 : 16;
	struct reader r = reader_from(&d->file, d->guids.offset);

	values->is_defined = d->guids.is_present;
	for (uint32_t i = 0; i < n && reader_left(&r) >= 16; i++) {
		uint32_t a = reader_u32le(&r);
		unsigned b = reader_u16le(&r), c = reader_u16le(&r),
			 e = reader_u16be(&r);
		uint64_t f = (uint64_t)reader_u16be(&r) << 32;
		char *text;

		f |= reader_u32be(&r);
		text = arena_format(arena, "%08" PRIx32 "-%04x-%04x-%04x-%012" PRIx64,
				    a, b, c, e, f);
		if (text == NULL || !append(values, arena, value_text(bytes_of(text))))
			return false;
	}
	return true;
}

/* II.22.31 */
static bool add_modulerefs(const struct dotnet *d, struct arena *arena,
			   struct net_values *values)
{
	const struct dotnet_table *table = &d->table[DOTNET_MODULE_REF];
	struct bytes name;
	uint64_t offset;

	values->is_defined = table->is_present;
	for (uint32_t row = 1; dotnet_row(d, DOTNET_MODULE_REF, row, &offset); row++) {
		if (!reader_covers(&d->file, offset, 4)) /* however wide the index is */
			break;
		if (dotnet_cell_text(d, DOTNET_MODULE_REF, row, MODULE_REF_NAME,
				     &name) &&
		    !append(values, arena, value_text(name)))
			return false;
	}
	return true;
}

/* II.24.2.4.  The byte behind each string, which tells about its letters, is left to
 * be read as the length of another; libyara does so, and it comes out as nothing. */
static bool add_user_strings(const struct dotnet *d, struct arena *arena,
			     struct net_values *values)
{
	const struct dotnet_stream *us = &d->user_strings;
	uint64_t off = us->offset, end = us->offset + us->size;
	struct reader r = reader_from(&d->file, off);
	struct bytes blob;
	size_t size;

	if (!us->is_present || us->size == 0 ||
	    !reader_covers(&d->file, off, us->size) || reader_u8(&r) != 0)
		return true;
	values->is_defined = true;
	for (off++; off < end && (size = dotnet_blob(d, off, &blob)) > 0;) {
		off += size;
		if (blob.n <= 1)
			continue;
		blob.n--;
		off += blob.n;
		if (!append(values, arena, value_text(blob)))
			return false;
	}
	return true;
}

/* II.22.9: those of type string. */
static bool add_constants(const struct dotnet *d, struct arena *arena,
			  struct net_values *values)
{
	enum { ELEMENT_STRING = 0x0e };
	struct bytes blob;
	uint32_t type, value;
	uint64_t offset;

	values->is_defined = d->table[DOTNET_CONSTANT].is_present;
	for (uint32_t row = 1; dotnet_row(d, DOTNET_CONSTANT, row, &offset); row++) {
		size_t size;

		if (!dotnet_cell(d, DOTNET_CONSTANT, row, CONSTANT_TYPE, &type) ||
		    !dotnet_cell(d, DOTNET_CONSTANT, row, CONSTANT_VALUE, &value))
			break;
		if (type != ELEMENT_STRING)
			continue;
		offset = d->blobs.offset + value;
		size = dotnet_blob(d, offset, &blob);
		/* one that ends with the file does not count in libyara */
		if (size == 0 || offset + size + blob.n >= d->file.size)
			continue;
		if (!append(values, arena, value_text(blob)))
			return false;
	}
	return true;
}

/* II.22.18 */
static bool add_field_offsets(const struct dotnet *d, struct arena *arena,
			      struct net_values *values)
{
	struct reader r;
	uint64_t offset;
	size_t field;

	values->is_defined = d->table[DOTNET_FIELD_RVA].is_present;
	for (uint32_t row = 1; dotnet_row(d, DOTNET_FIELD_RVA, row, &offset); row++) {
		if (!reader_covers(&d->file, offset, 8)) /* however wide the index is */
			break;
		r = reader_from(&d->file, offset);
		if (pe_rva_to_offset(d->image, reader_u32le(&r), &field) &&
		    !append(values, arena, value_int((int64_t)field)))
			return false;
	}
	return true;
}

void net_list_make(const struct dotnet *dotnet, enum net_list list, struct arena *arena,
		   struct net_values *values_out)
{
	static bool (*const add[])(const struct dotnet *, struct arena *,
				   struct net_values *) = {
	    [NET_LIST_GUIDS] = add_guids,
	    [NET_LIST_MODULEREFS] = add_modulerefs,
	    [NET_LIST_USER_STRINGS] = add_user_strings,
	    [NET_LIST_CONSTANTS] = add_constants,
	    [NET_LIST_FIELD_OFFSETS] = add_field_offsets,
	};

	*values_out = (struct net_values){0};
	if (!add[list](dotnet, arena, values_out)) /* half a list is none */
		*values_out = (struct net_values){0};
	values_out->is_made = true;
}

/* ---- the type library ---- */

/*
 * Whether a row of CustomAttribute says that the assembly has a GuidAttribute:
 * II.22.10, then II.22.25, then II.22.38.  *is_over_out: libyara looks at no row behind.
 */
static bool is_guid_attribute(const struct dotnet *d, uint64_t offset,
			      bool *is_over_out)
{
	enum { ASSEMBLY = 0x0e, MEMBER_REF = 3, TYPE_REF = 1 };
	const struct dotnet_table *members = &d->table[DOTNET_MEMBER_REF];
	const struct dotnet_table *types = &d->table[DOTNET_TYPE_REF];
	uint32_t parent, type, class, name_index;
	struct reader r;
	struct bytes name;

	*is_over_out =
	    !dotnet_cell_at(d, DOTNET_CUSTOM_ATTRIBUTE, offset, ATTRIBUTE_PARENT,
			    &parent) ||
	    !dotnet_cell_at(d, DOTNET_CUSTOM_ATTRIBUTE, offset, ATTRIBUTE_TYPE, &type);
	if (*is_over_out || (parent & 0x1f) != ASSEMBLY || (type & 7) != MEMBER_REF)
		return false;
	type = type >> 3 > 0 ? (type >> 3) - 1 : 0;
	r = reader_at(&d->file, members->offset + (uint32_t)(members->row_size * type),
		      members->row_size);
	/* two bytes, even where the index has four */
	class = reader_u16le(&r);
	*is_over_out = !reader_ok(&r);
	if (*is_over_out || (class & 7) != TYPE_REF)
		return false;
	class = class >> 3 > 0 ? (class >> 3) - 1 : 0;
	*is_over_out = !dotnet_cell_at(
	    d, DOTNET_TYPE_REF, types->offset + (uint64_t)types->row_size * class,
	    TYPE_REF_NAME, &name_index);
	if (*is_over_out)
		return false;
	/* a name that cannot be read is taken for the right one */
	return !dotnet_text(d, name_index, &name) ||
	       (name.n >= 13 && memcmp(name.at, "GuidAttribute", 13) == 0);
}

/* II.23.3: a prolog, then a string with its length before it.  Undefined: none. */
static struct value attribute_text(const struct dotnet *d, uint64_t offset)
{
	struct bytes blob, text;
	struct reader r;
	uint32_t value;
	size_t size;
	uint8_t first, n;

	if (!dotnet_cell_at(d, DOTNET_CUSTOM_ATTRIBUTE, offset, ATTRIBUTE_VALUE,
			    &value) ||
	    value == 0)
		return value_undefined();
	offset = d->blobs.offset + value;
	size = dotnet_blob(d, offset, &blob);
	if (size == 0 || blob.n < 3 || offset + size + blob.n >= d->file.size)
		return value_undefined();
	r = reader_from(&d->file, offset + size);
	if (reader_u16le(&r) != 1)
		return value_undefined();
	n = reader_u8(&r); /* libyara lets it reach beyond the blob */
	if (n > reader_left(&r))
		return value_undefined();
	text = reader_bytes(&r, n);
	first = n > 0 ? text.at[0] : 0;
	if (first == 0 || first == 0xff)
		return value_text(BYTES_LITERAL(""));
	r = reader_over(text.at, text.n);
	text = reader_zero_ended(&r, text.n);
	return value_text(reader_ok(&r) ? text : (struct bytes){r.start, r.size});
}

struct value net_typelib(const struct dotnet *dotnet)
{
	struct value typelib = value_undefined();
	uint64_t offset;
	bool is_over = false;

	if (!dotnet->table[DOTNET_TYPE_REF].is_present ||
	    !dotnet->table[DOTNET_MEMBER_REF].is_present)
		return typelib;
	for (uint32_t row = 1;
	     !is_over && dotnet_row(dotnet, DOTNET_CUSTOM_ATTRIBUTE, row, &offset);
	     row++) {
		if (is_guid_attribute(dotnet, offset, &is_over)) {
			struct value text = attribute_text(dotnet, offset);

			if (text.type == VALUE_TEXT)
				typelib = text; /* the last one counts */
		}
	}
	return typelib;
}
