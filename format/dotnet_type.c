#include "format/dotnet_type.h"

#include "bytes/cut.h"

#include <string.h>

/* Limits of libyara: beyond, a type has no name. */
enum {
	MAX_DEPTH = 16,
	MAX_ENCLOSING = 10,
	MAX_RANK = 50,
	MAX_GENERICS = 1000,
	MAX_PARAMETERS = 2000,
};

/* II.23.1.16 */
enum element {
	ELEMENT_PTR = 0x0f,
	ELEMENT_BYREF = 0x10,
	ELEMENT_VALUETYPE = 0x11,
	ELEMENT_CLASS = 0x12,
	ELEMENT_VAR = 0x13,
	ELEMENT_ARRAY = 0x14,
	ELEMENT_GENERICINST = 0x15,
	ELEMENT_FNPTR = 0x1b,
	ELEMENT_SZARRAY = 0x1d,
	ELEMENT_MVAR = 0x1e,
	ELEMENT_CMOD_REQD = 0x1f,
	ELEMENT_CMOD_OPT = 0x20,
};

static const char *const primitive[] = {
    [0x01] = "void",    [0x02] = "bool",   [0x03] = "char",           [0x04] = "sbyte",
    [0x05] = "byte",    [0x06] = "short",  [0x07] = "ushort",         [0x08] = "int",
    [0x09] = "uint",    [0x0a] = "long",   [0x0b] = "ulong",          [0x0c] = "float",
    [0x0d] = "double",  [0x0e] = "string", [0x16] = "TypedReference", [0x18] = "IntPtr",
    [0x19] = "UIntPtr", [0x1c] = "object",
};

/* ---- numbers ---- */

/* How many bytes a number takes whose first byte is first; 0: no number. */
static size_t number_size(uint8_t first)
{
	if ((first & 0x80) == 0)
		return 1;
	if ((first & 0xc0) == 0x80)
		return 2;
	return (first & 0xe0) == 0xc0 ? 4 : 0;
}

static size_t take_number(struct reader *r, uint32_t *raw_out)
{
	struct reader ahead = *r;
	size_t n = reader_left(r) > 0 ? number_size(reader_u8(&ahead)) : 0;

	*raw_out = 0;
	if (n > reader_left(r))
		return 0;
	for (size_t i = 0; i < n; i++)
		*raw_out = *raw_out << 8 | reader_u8(r);
	return n;
}

uint32_t dotnet_unsigned(struct reader *r)
{
	uint32_t raw;
	size_t n = take_number(r, &raw);

	return n == 4 ? raw & 0x1fffffff : n == 2 ? raw & 0x3fff : raw;
}

int32_t dotnet_signed(struct reader *r)
{
	uint32_t raw;
	size_t n = take_number(r, &raw);
	unsigned bits = n == 4 ? 29 : n == 2 ? 14 : 7;
	int32_t half = (int32_t)((raw & ((1u << bits) - 1)) >> 1);

	/* the sign was rotated into the lowest bit */
	return raw & 1 ? half - (1 << (bits - 1)) : half;
}

/* ---- names of rows ---- */

bool dotnet_is_nested(uint32_t flags)
{
	return (flags & 7) >= 2;
}

bool dotnet_full_name(struct buffer *out, size_t start, bool has_namespace,
		      struct bytes name)
{
	if (name.n == 0)
		return has_namespace;
	if (out->size > start)
		buffer_u8(out, '.');
	buffer_put(out, name.at, name.n);
	if (buffer_ok(out)) {
		const uint8_t *end = memchr(out->data + start, '`', out->size - start);

		if (end != NULL)
			out->size = (size_t)(end - out->data);
	}
	return true;
}

bool dotnet_enclosing(const struct dotnet_types *types, uint32_t type, unsigned depth,
		      struct buffer *out)
{
	const struct dotnet *d = types->dotnet;
	size_t start = out->size;
	uint32_t row, outer, flags;
	struct bytes name, space;
	bool has_name;

	row = types->enclosing(types->context, type);
	if (row != 0 && depth > MAX_ENCLOSING) {
		cut_note(CUT_LIBYARA);
		row = 0;
	}
	if (row == 0 ||
	    !dotnet_cell(d, DOTNET_NESTED_CLASS, row, NESTED_ENCLOSING, &outer) ||
	    !dotnet_cell(d, DOTNET_TYPE_DEF, outer, TYPE_DEF_FLAGS, &flags))
		return false;
	dotnet_cell_text(d, DOTNET_TYPE_DEF, outer, TYPE_DEF_NAME, &name);
	if (bytes_equal_text(name, "<Module>"))
		return false;
	has_name =
	    dotnet_cell_text(d, DOTNET_TYPE_DEF, outer, TYPE_DEF_NAMESPACE, &space);
	if (dotnet_is_nested(flags) && outer != type) {
		has_name = dotnet_enclosing(types, outer, depth + 1, out);
		has_name = dotnet_full_name(out, start, has_name, space);
	} else {
		buffer_put(out, space.at, space.n);
	}
	return dotnet_full_name(out, start, has_name, name);
}

static bool type_def(const struct dotnet_types *types, uint32_t row, struct buffer *out)
{
	const struct dotnet *d = types->dotnet;
	struct bytes name, space;
	size_t start = out->size;
	uint32_t flags;
	bool has_space;

	if (!dotnet_cell(d, DOTNET_TYPE_DEF, row, TYPE_DEF_FLAGS, &flags))
		return false;
	dotnet_cell_text(d, DOTNET_TYPE_DEF, row, TYPE_DEF_NAME, &name);
	has_space =
	    dotnet_cell_text(d, DOTNET_TYPE_DEF, row, TYPE_DEF_NAMESPACE, &space);
	if (dotnet_is_nested(flags)) {
		has_space = dotnet_enclosing(types, row, 1, out);
		has_space = dotnet_full_name(out, start, has_space, space);
	} else {
		buffer_put(out, space.at, space.n);
	}
	return dotnet_full_name(out, start, has_space, name);
}

static bool type_ref(const struct dotnet *d, uint32_t row, struct buffer *out)
{
	struct bytes name, space;
	size_t start = out->size;
	uint32_t index;
	bool has_space;

	if (!dotnet_cell(d, DOTNET_TYPE_REF, row, TYPE_REF_NAME, &index))
		return false;
	dotnet_text(d, index, &name);
	has_space =
	    dotnet_cell_text(d, DOTNET_TYPE_REF, row, TYPE_REF_NAMESPACE, &space);
	buffer_put(out, space.at, space.n);
	return dotnet_full_name(out, start, has_space, name);
}

/* Whether the list of n that follows is one that libyara reads; each element takes a
 * byte at least, and a list that is not there is no list. */
static bool is_list(const struct dotnet_signature *s, uint32_t n, uint32_t max)
{
	if (n > max && n <= reader_left(&s->r))
		cut_note(CUT_LIBYARA);
	return n <= max;
}

/* The type of a row of TypeSpec, which has a signature of its own. */
static bool type_spec(struct dotnet_signature *s, uint32_t row, struct buffer *out)
{
	const struct dotnet *d = s->types->dotnet;
	struct dotnet_signature spec = *s;
	struct bytes blob;
	uint32_t index;

	if (!dotnet_cell(d, DOTNET_TYPE_SPEC, row, TYPE_SPEC_SIGNATURE, &index) ||
	    index >= d->blobs.size || !dotnet_blob(d, d->blobs.offset + index, &blob))
		return false;
	spec.r = reader_over(blob.at, blob.n);
	spec.of_method = NULL;
	return dotnet_type(&spec, out);
}

bool dotnet_type_index(struct dotnet_signature *signature, uint32_t index,
		       struct buffer *out)
{
	size_t start = out->size;
	bool is_known = false;

	switch (index & 3) {
	case 0: is_known = type_def(signature->types, index >> 2, out); break;
	case 1: is_known = type_ref(signature->types->dotnet, index >> 2, out); break;
	case 2: is_known = type_spec(signature, index >> 2, out); break;
	}
	if (!is_known && buffer_ok(out))
		out->size = start;
	return is_known;
}

/* ---- signatures ---- */

static bool generic(struct dotnet_signature *s, bool is_of_class, struct buffer *out)
{
	const struct dotnet_generics *generics =
	    is_of_class ? s->of_class : s->of_method;
	uint32_t i = dotnet_unsigned(&s->r);

	if (generics == NULL || i >= generics->n)
		return false;
	buffer_put(out, generics->names[i].at, generics->names[i].n);
	return true;
}

/* n types; a comma before each but the first, as long as it has a name. */
static void list(struct dotnet_signature *s, uint32_t n, const char *comma,
		 struct buffer *out)
{
	for (uint32_t i = 0; i < n && reader_left(&s->r) > 0; i++) {
		size_t start = out->size;

		if (i > 0)
			buffer_text(out, comma);
		if (!dotnet_type(s, out) && buffer_ok(out))
			out->size = start;
	}
}

/* II.23.2.13: the type, its rank, sizes and lower bounds. */
static bool array(struct dotnet_signature *s, struct buffer *out)
{
	uint32_t size[MAX_RANK] = {0}, rank, n_sizes, n_bounds;
	int32_t bound[MAX_RANK] = {0};

	if (!dotnet_type(s, out))
		return false;
	rank = dotnet_unsigned(&s->r);
	if (rank == 0 || rank > MAX_RANK)
		return false;
	n_sizes = dotnet_unsigned(&s->r);
	if (n_sizes > rank)
		return false;
	for (uint32_t i = 0; i < n_sizes; i++)
		size[i] = dotnet_unsigned(&s->r);
	n_bounds = dotnet_unsigned(&s->r);
	if (n_bounds > rank)
		return false;
	for (uint32_t i = 0; i < n_bounds; i++) {
		bound[i] = dotnet_signed(&s->r);
		if (bound[i] != 0) /* now the upper bound */
			size[i] += (uint32_t)bound[i] - 1;
	}
	for (uint32_t i = 0; i < rank; i++) {
		buffer_text(out, i == 0 ? "[" : ",");
		if (bound[i] != 0)
			buffer_format(out, "%d...", (int)bound[i]);
		if (i < n_sizes)
			buffer_format(out, "%d", (int)(int32_t)size[i]);
	}
	buffer_text(out, "]");
	return true;
}

static bool generic_instance(struct dotnet_signature *s, struct buffer *out)
{
	uint32_t n;

	if (!dotnet_type(s, out))
		return false;
	n = dotnet_unsigned(&s->r);
	if (!is_list(s, n, MAX_GENERICS))
		return false;
	buffer_text(out, "<");
	list(s, n, ",", out);
	buffer_text(out, ">");
	return true;
}

static bool function_pointer(struct dotnet_signature *s, struct buffer *out)
{
	uint32_t n;

	if (reader_left(&s->r) == 0)
		return false;
	reader_skip(&s->r, 1); /* flags */
	n = dotnet_unsigned(&s->r);
	if (!is_list(s, n, MAX_PARAMETERS))
		return false;
	buffer_text(out, "FnPtr<");
	if (!dotnet_type(s, out))
		return false;
	buffer_text(out, "(");
	list(s, n, ", ", out);
	buffer_text(out, ")>");
	return true;
}

static bool wrapped(struct dotnet_signature *s, const char *before, const char *after,
		    struct buffer *out)
{
	buffer_text(out, before);
	if (!dotnet_type(s, out))
		return false;
	buffer_text(out, after);
	return true;
}

static bool element(struct dotnet_signature *s, uint8_t type, struct buffer *out)
{
	switch (type) {
	case ELEMENT_PTR: return wrapped(s, "Ptr<", ">", out);
	case ELEMENT_BYREF: return wrapped(s, "ref ", "", out);
	case ELEMENT_SZARRAY: return wrapped(s, "", "[]", out);
	case ELEMENT_VALUETYPE:
	case ELEMENT_CLASS: return dotnet_type_index(s, dotnet_unsigned(&s->r), out);
	case ELEMENT_VAR: return generic(s, true, out);
	case ELEMENT_MVAR: return generic(s, false, out);
	case ELEMENT_ARRAY: return array(s, out);
	case ELEMENT_GENERICINST: return generic_instance(s, out);
	case ELEMENT_FNPTR: return function_pointer(s, out);
	case ELEMENT_CMOD_REQD:
	case ELEMENT_CMOD_OPT:
		dotnet_unsigned(&s->r); /* which modifier does not matter */
		return dotnet_type(s, out);
	default: break;
	}
	if (type >= sizeof primitive / sizeof *primitive || primitive[type] == NULL)
		return false;
	buffer_text(out, primitive[type]);
	return true;
}

bool dotnet_type(struct dotnet_signature *signature, struct buffer *out)
{
	size_t start = out->size;
	bool is_known;

	if (reader_left(&signature->r) == 0)
		return false;
	if (signature->depth > MAX_DEPTH || *signature->steps_left == 0) {
		cut_note(*signature->steps_left == 0 ? CUT_OURS : CUT_LIBYARA);
		return false;
	}
	--*signature->steps_left;
	signature->depth++;
	is_known = element(signature, reader_u8(&signature->r), out);
	signature->depth--;
	if (!is_known && buffer_ok(out))
		out->size = start;
	return is_known && buffer_ok(out);
}
