/*
 * A compiled table from outside, with its checksums set right: what the fields say must
 * not lead out of it.  Behind the table: nothing; questions are fixed.
 */
#include "bytes/alloc.h"
#include "bytes/buffer.h"
#include "indicator/layout.h"
#include "indicator/table.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_u64(struct buffer *to, size_t off, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		to->data[off + i] = (uint8_t)(value >> 8 * i);
}

/* The sums of blocks are left: a wrong one must be refused, a right one is in the
 * corpus. */
static void mend(struct buffer *image)
{
	struct reader r = reader_over(image->data, image->size), head;
	uint64_t head_size;

	reader_seek(&r, 16);
	head_size = reader_u64le(&r);
	if (image->size < LAYOUT_START || head_size < LAYOUT_START ||
	    head_size > image->size)
		return;
	head = reader_at(&r, LAYOUT_START, head_size - LAYOUT_START);
	put_u64(image, 32, layout_checksum((struct bytes){head.start, head.size}));
	put_u64(image, 40, layout_checksum((struct bytes){image->data, 40}));
}

static void ask(struct indicator_table *table)
{
	static const uint8_t digest[32] = {0xab, 0xcd};
	struct indicator_hits hits = {0};
	struct indicator_entry entry;
	struct arena *arena;

	for (int kind = 0; kind < N_INDICATOR_DIGESTS; kind++)
		(void)!indicator_digest(table, (enum indicator_kind)kind, digest,
					&hits);
	(void)!indicator_path(table, BYTES_LITERAL("/tmp/a.exe"), &hits);
	(void)!indicator_host(table, BYTES_LITERAL("a.example.org"), &hits);
	(void)!indicator_host(table, BYTES_LITERAL("192.0.2.7"), &hits);
	for (size_t i = 0; i < hits.n; i++)
		if (hits.at[i] >= indicator_table_size(table))
			__builtin_trap();
	if (arena_new(1 << 24, &arena) == RQ_OK) {
		for (uint32_t i = 0; i < indicator_table_size(table) && i < 100; i++)
			(void)!indicator_entry(table, i, arena, &entry);
		arena_free(arena);
	}
	alloc_free(hits.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct indicator_table *table = NULL;
	struct buffer image = {0};

	buffer_put(&image, data, size);
	if (buffer_ok(&image)) {
		mend(&image);
		if (indicator_table_open(buffer_bytes(&image), FILE_NONE, &table,
					 NULL) == RQ_OK)
			ask(table);
	}
	indicator_table_free(table);
	buffer_free(&image);
	return 0;
}
