#include "format/pe_resource.h"

#include "bytes/cut.h"

enum {
	LEVELS = 3,
	DIRECTORY_SIZE = 16,
	ENTRY_SIZE = 8,
	DATA_ENTRY_SIZE = 16,
	MAX_ENTRIES = 32768,   /* libyara; of either kind in one directory */
	MAX_NAME = 1000,       /* libyara; characters */
	MAX_SIZE = 0x3fffffff, /* libyara; of a resource: more is a damaged entry */
};

#define HIGH_BIT UINT32_C(0x80000000)

struct tree {
	const struct pe_image *image;
	struct arena *arena;
	struct reader root; /* of the tree to the end of the file */
	struct pe_resources *found;
	size_t room;
	unsigned steps;

	/*
	 * Of the entries above the current one.  Numbers stay when a branch is left,
	 * texts do not: a resource that hangs directly below its type has the
	 * number of the name and language before it.  That is libyara's doing, and
	 * rules were written by what it printed.
	 */
	struct pe_resource_name names[LEVELS];
};

/* 6.9.3: a count and as many characters. */
static struct bytes read_text(const struct tree *t, uint32_t raw_name)
{
	struct reader r = reader_from(&t->root, raw_name & ~HIGH_BIT);
	uint16_t n = reader_u16le(&r);

	if (!(raw_name & HIGH_BIT) || n > MAX_NAME)
		return (struct bytes){0};
	return reader_bytes(&r, (uint64_t)n * 2);
}

static enum rq_err add_resource(struct tree *t, uint32_t raw_off)
{
	struct reader r = reader_at(&t->root, raw_off, DATA_ENTRY_SIZE);
	struct pe_resource resource = {
	    .type = t->names[0], .name = t->names[1], .language = t->names[2]};
	struct pe_resources *found = t->found;

	resource.rva = reader_u32le(&r);
	resource.size = reader_u32le(&r);
	if (!reader_ok(&r) || resource.size == 0 || resource.size > MAX_SIZE)
		return RQ_OK;
	if (found->n_resources == CAP_PE_RESOURCES) {
		t->steps = CAP_PE_STEPS;
		cut_note(CUT_LIBYARA);
		return RQ_OK;
	}
	if (!arena_grow(t->arena, (void **)&found->resources, &t->room,
			found->n_resources + 1, sizeof resource))
		return RQ_ERR_MEMORY;
	found->resources[found->n_resources++] = resource;
	return RQ_OK;
}

static bool is_directory(const struct tree *t, uint32_t off)
{
	return reader_covers(&t->root, off, DIRECTORY_SIZE);
}

/* The directory at off (6.9.1) lies in the file.  Depth is bounded by LEVELS, and
 * breadth by CAP_PE_STEPS: a directory may be its own grandchild. */
static enum rq_err read_directory(struct tree *t, uint32_t off, unsigned level)
{
	struct reader r = reader_from(&t->root, off);
	uint32_t characteristics = reader_u32le(&r);
	reader_skip(&r, 8); /* time and version */
	uint16_t n_named = reader_u16le(&r);
	uint16_t n_numbered = reader_u16le(&r);
	uint32_t n = (uint32_t)n_named + n_numbered;
	enum rq_err err = RQ_OK;

	if (characteristics != 0 || reader_left(&r) / ENTRY_SIZE < n)
		return RQ_OK;
	if (n_named > MAX_ENTRIES || n_numbered > MAX_ENTRIES) {
		cut_note(CUT_LIBYARA);
		return RQ_OK;
	}
	for (uint32_t i = 0; i < n && err == RQ_OK; i++) {
		uint32_t raw_name = reader_u32le(&r);
		uint32_t raw_target = reader_u32le(&r);
		uint32_t target = raw_target & ~HIGH_BIT;

		if (raw_target == 0)
			break;
		if (t->steps++ >= CAP_PE_STEPS) {
			cut_note(t->found->n_resources == CAP_PE_RESOURCES ? CUT_LIBYARA
									   : CUT_OURS);
			break;
		}
		t->names[level].number = (int32_t)raw_name;
		t->names[level].text = read_text(t, raw_name);
		if (!(raw_target & HIGH_BIT) || level == LEVELS - 1)
			err = add_resource(t, target);
		else if (target != off && is_directory(t, target))
			err = read_directory(t, target, level + 1);
	}
	t->names[level].text = (struct bytes){0};
	return err;
}

enum rq_err pe_read_resources(const struct pe_image *image, struct arena *arena,
			      struct pe_resources *resources_out)
{
	struct tree t = {.image = image, .arena = arena, .found = resources_out};
	struct reader file = pe_reader(image);
	uint32_t rva = image->directories[PE_DIRECTORY_RESOURCE].rva;
	size_t off;

	*resources_out = (struct pe_resources){0};
	if (rva == 0 || !pe_rva_to_offset(image, rva, &off))
		return RQ_OK;
	t.root = reader_from(&file, off);
	if (!is_directory(&t, 0))
		return RQ_OK;
	for (int i = 0; i < LEVELS; i++)
		t.names[i].number = PE_NO_NUMBER;

	struct reader head = t.root;
	reader_skip(&head, 4);
	resources_out->present = true;
	resources_out->timestamp = reader_u32le(&head);
	resources_out->major = reader_u16le(&head);
	resources_out->minor = reader_u16le(&head);
	return read_directory(&t, 0, 0);
}
