#include "format/pe_version.h"

#include "bytes/cut.h"

/*
 * Every block is wLength, wValueLength, wType, a key in UTF-16 and its content, which
 * starts at a multiple of 4 from the start of the block, as does the next block.
 * libyara checks little more than that it stays in the file, so that blocks may overlap
 * the end of their parent; a value does not end with its block, but at its zero.
 */
enum {
	HEADER_SIZE = 6,
	MAX_KEY = 63,
	MAX_VALUE = 255,
	/* of VS_VERSIONINFO: header, key, padding and VS_FIXEDFILEINFO */
	VERSION_SIZE = 92,
	/* of StringFileInfo: header, key */
	STRING_FILE_INFO_SIZE = 36,
};

struct parser {
	struct reader file;
	struct arena *arena;
	struct pe_version *version;
	size_t room;
	uint64_t steps; /* characters looked at */
};

static size_t aligned(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static uint16_t u16_at(const struct parser *p, size_t off)
{
	struct reader r = reader_at(&p->file, off, 2);

	return reader_u16le(&r);
}

/* Characters of the text at off; false when no zero ends it within the file. */
static bool wide_length(struct parser *p, size_t off, size_t *n_out)
{
	struct reader r = reader_from(&p->file, off);
	size_t n = 0;

	while (reader_u16le(&r) != 0)
		n++;
	p->steps += n;
	*n_out = n;
	return reader_ok(&r);
}

static bool has_key(const struct parser *p, size_t off, const char *key)
{
	struct reader r = reader_from(&p->file, off + HEADER_SIZE);
	bool equal = true;

	for (size_t i = 0; equal && key[i] != 0; i++)
		equal = reader_u16le(&r) == (uint8_t)key[i];
	return equal && reader_u16le(&r) == 0 && reader_ok(&r);
}

/* Asked last, where another block would be read. */
static bool within_steps(const struct parser *p)
{
	if (p->steps < CAP_PE_STEPS && p->version->n_strings < CAP_PE_VERSION)
		return true;
	cut_note(CUT_OURS);
	return false;
}

/* The low bytes of at most max characters at off, which end in the file. */
static bool copy_low_bytes(struct parser *p, size_t off, size_t max,
			   struct bytes *text_out)
{
	struct reader r = reader_from(&p->file, off);
	uint8_t text[MAX_VALUE];
	size_t n = 0;

	while (n < max) {
		uint8_t low = (uint8_t)reader_u16le(&r);

		if (low == 0)
			break;
		text[n++] = low;
	}
	*text_out = (struct bytes){(const uint8_t *)arena_copy(p->arena, text, n), n};
	return text_out->at != NULL;
}

static enum rq_err read_string(struct parser *p, size_t off, size_t key_length)
{
	struct pe_version *v = p->version;
	size_t value_off = off + aligned(HEADER_SIZE + 2 * (key_length + 1));
	bool has_value = u16_at(p, off + 2) != 0;
	struct pe_version_string string;
	size_t value_length;

	if (!wide_length(p, value_off, &value_length))
		return RQ_OK;
	if (!copy_low_bytes(p, off + HEADER_SIZE, MAX_KEY, &string.key) ||
	    !copy_low_bytes(p, value_off, has_value ? MAX_VALUE : 0, &string.value) ||
	    !arena_grow(p->arena, (void **)&v->strings, &p->room, v->n_strings + 1,
			sizeof string))
		return RQ_ERR_MEMORY;
	v->strings[v->n_strings++] = string;
	return RQ_OK;
}

/* The header of a block whose key ends in the file. */
static bool read_block(struct parser *p, size_t off, size_t *size_out,
		       size_t *key_length_out)
{
	p->steps++;
	*size_out = aligned(u16_at(p, off));
	return reader_covers(&p->file, off, HEADER_SIZE) && *size_out != 0 &&
	       wide_length(p, off + HEADER_SIZE, key_length_out);
}

static enum rq_err read_table(struct parser *p, size_t off, size_t end)
{
	size_t size, key_length;

	while (off < end && read_block(p, off, &size, &key_length) && within_steps(p)) {
		enum rq_err err = read_string(p, off, key_length);

		if (err != RQ_OK)
			return err;
		off += size;
	}
	return RQ_OK;
}

static enum rq_err read_string_file_info(struct parser *p, size_t off, size_t end)
{
	size_t size, key_length;

	while (off < end && read_block(p, off, &size, &key_length) && within_steps(p)) {
		size_t strings = off + aligned(HEADER_SIZE + 2 * (key_length + 1));
		enum rq_err err = read_table(p, strings, off + size);

		if (err != RQ_OK)
			return err;
		off += size;
	}
	return RQ_OK;
}

static enum rq_err read_version(struct parser *p, size_t off)
{
	if (!has_key(p, off, "VS_VERSION_INFO"))
		return RQ_OK;
	off += VERSION_SIZE;
	while (has_key(p, off, "VarFileInfo") && u16_at(p, off) != 0)
		off += aligned(u16_at(p, off));
	while (has_key(p, off, "StringFileInfo") && u16_at(p, off) != 0 &&
	       within_steps(p)) {
		size_t end = off + aligned(u16_at(p, off));
		enum rq_err err =
		    read_string_file_info(p, off + STRING_FILE_INFO_SIZE, end);

		if (err != RQ_OK)
			return err;
		off = end;
	}
	return RQ_OK;
}

enum rq_err pe_read_version(const struct pe_image *image,
			    const struct pe_resources *resources, struct arena *arena,
			    struct pe_version *version_out)
{
	struct parser p = {
	    .file = pe_reader(image), .arena = arena, .version = version_out};
	enum rq_err err = RQ_OK;
	size_t off;

	*version_out = (struct pe_version){0};
	for (size_t i = 0; i < resources->n_resources && err == RQ_OK; i++) {
		const struct pe_resource *resource = &resources->resources[i];

		if (resource->type.number == PE_RESOURCE_VERSION &&
		    pe_rva_to_offset(image, resource->rva, &off))
			err = read_version(&p, off);
	}
	return err;
}
