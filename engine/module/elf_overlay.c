#include "engine/module/elf_internal.h"

#include <stdlib.h>

struct elf_layer {
	uint64_t offset, n; /* entries, with the DT_NULL that ends them */
	uint32_t segment;
};

/* The chain of entries that was counted last, of those with the same offset modulo the
 * size of an entry: it begins at start and every later place in it ends where it ends. */
struct chain {
	uint64_t start, end;
	bool is_known;
};

enum { MAX_ENTRY = 16 };

/*
 * Where the entries that begin at offset end: behind a DT_NULL, or with the file.
 * Offsets must come falling: then each byte of the file is looked at no more than once
 * for each place modulo an entry, even when thousands of segments overlap.
 */
static uint64_t find_end(const struct elf *elf, uint64_t offset, struct chain *chains)
{
	size_t size = elf_dynamic_size(elf);
	struct chain *chain = &chains[offset % size];
	uint64_t end = offset;
	struct elf_dynamic entry;

	while (elf_dynamic(elf, end, 0, &entry)) {
		if (chain->is_known && end == chain->start) {
			end = chain->end;
			break;
		}
		end += size;
		if (entry.tag == 0)
			break;
	}
	*chain = (struct chain){.start = offset, .end = end, .is_known = true};
	return end;
}

static int by_falling_offset(const void *a, const void *b)
{
	const struct elf_layer *x = a, *y = b;

	return (x->offset < y->offset) - (x->offset > y->offset);
}

static int by_falling_segment(const void *a, const void *b)
{
	const struct elf_layer *x = a, *y = b;

	return (x->segment < y->segment) - (x->segment > y->segment);
}

static size_t count_dynamic(const struct elf *elf)
{
	struct elf_segment segment;
	size_t n = 0;

	for (uint32_t i = 0; i < elf->n_segments; i++)
		n += elf_segment(elf, i, &segment) &&
		     segment.type == ELF_SEGMENT_DYNAMIC;
	return n;
}

static void collect(const struct elf *elf, struct elf_overlay *o)
{
	struct elf_segment segment;

	for (uint32_t i = 0; i < elf->n_segments; i++)
		if (elf_segment(elf, i, &segment) &&
		    segment.type == ELF_SEGMENT_DYNAMIC)
			o->layers[o->n_layers++] =
			    (struct elf_layer){.offset = segment.offset, .segment = i};
}

static void count_entries(const struct elf *elf, struct elf_overlay *o)
{
	struct chain chains[MAX_ENTRY] = {{0}};

	qsort(o->layers, o->n_layers, sizeof *o->layers, by_falling_offset);
	for (size_t i = 0; i < o->n_layers; i++) {
		uint64_t offset = o->layers[i].offset;

		if (offset < elf->file.size)
			o->layers[i].n = (find_end(elf, offset, chains) - offset) /
					 elf_dynamic_size(elf);
	}
}

/* Drops what is hidden wholly. */
static void drop_hidden(struct elf_overlay *o)
{
	size_t n_kept = 0;

	qsort(o->layers, o->n_layers, sizeof *o->layers, by_falling_segment);
	o->n_last = o->layers[0].n;
	for (size_t i = 0; i < o->n_layers; i++)
		if (n_kept == 0 || o->layers[i].n > o->layers[n_kept - 1].n)
			o->layers[n_kept++] = o->layers[i];
	o->n_layers = n_kept;
}

void elf_overlay_make(const struct elf *elf, struct arena *arena,
		      struct elf_overlay *overlay_out)
{
	size_t n = count_dynamic(elf);

	*overlay_out = (struct elf_overlay){0};
	if (n == 0)
		return;
	overlay_out->layers = arena_array(arena, n, sizeof *overlay_out->layers);
	if (overlay_out->layers == NULL)
		return;
	overlay_out->has_segment = true;
	collect(elf, overlay_out);
	count_entries(elf, overlay_out);
	drop_hidden(overlay_out);
}

uint64_t elf_overlay_count(const struct elf_overlay *overlay)
{
	return overlay->n_layers > 0 ? overlay->layers[overlay->n_layers - 1].n : 0;
}

bool elf_overlay_entry(const struct elf *elf, const struct elf_overlay *overlay,
		       uint64_t i, struct elf_dynamic *dynamic_out)
{
	size_t low = 0, high = overlay->n_layers;

	/* the first layer that is long enough */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (overlay->layers[middle].n > i)
			high = middle;
		else
			low = middle + 1;
	}
	return low < overlay->n_layers &&
	       elf_dynamic(elf, overlay->layers[low].offset, i, dynamic_out);
}
