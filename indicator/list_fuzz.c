/*
 * Lists from outside: a byte that chooses the form, then the text.  What was read must
 * become a table that opens, and every digest and host of the list must be found in it.
 */
#include "bytes/alloc.h"
#include "indicator/encoding.h"
#include "indicator/read.h"
#include "indicator/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_NAMES = 20 }; /* compiling rules is no subject here, and slow */

static void find_digests(const struct indicator_list *list,
			 struct indicator_table *table)
{
	struct indicator_hits hits = {0};

	for (int kind = 0; kind < N_INDICATOR_DIGESTS; kind++) {
		const struct indicator_digests *digests = &list->digests[kind];
		size_t row = indicator_digest_size((enum indicator_kind)kind) + 4;

		for (size_t i = 0; i < digests->n; i++) {
			hits.n = 0;
			if (indicator_digest(table, (enum indicator_kind)kind,
					     &digests->rows[i * row], &hits) == RQ_OK &&
			    hits.n == 0)
				__builtin_trap();
		}
	}
	for (size_t i = 0; i < list->n_hosts; i++) {
		hits.n = 0;
		if (indicator_host(table, list->hosts[i].name, &hits) == RQ_OK &&
		    hits.n == 0)
			__builtin_trap();
	}
	alloc_free(hits.at);
}

static void tell_all(struct indicator_table *table)
{
	struct indicator_entry entry;
	struct arena *arena;

	if (arena_new(1 << 24, &arena) != RQ_OK)
		return;
	for (uint32_t i = 0; i < indicator_table_size(table) && i < 1000; i++)
		if (indicator_entry(table, i, arena, &entry) == RQ_ERR_FORMAT)
			__builtin_trap();
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_over(data, size);
	uint8_t choice = reader_u8(&r);
	struct bytes given = reader_bytes(&r, reader_left(&r)), text;
	struct indicator_read_options options = {.slashes = choice & 0x80};
	struct indicator_table *table = NULL;
	struct indicator_list *list = NULL;
	struct buffer image = {0}, plain = {0};

	buffer_put(&plain, given.at, given.n);
	if (!buffer_ok(&plain) || indicator_to_utf8(&plain) != RQ_OK) {
		buffer_free(&plain);
		return 0;
	}
	text = buffer_bytes(&plain);
	options.format = indicator_format_of(BYTES_LITERAL("x"), text);
	if ((choice & 0x7f) < N_INDICATOR_FORMATS)
		options.format = (enum indicator_format)(choice & 0x7f);
	if (indicator_list_new(&list) == RQ_OK &&
	    indicator_read(list, BYTES_LITERAL("x"), text, &options) == RQ_OK &&
	    list->n_names <= MAX_NAMES && indicator_build(list, &image) == RQ_OK &&
	    indicator_table_open(buffer_bytes(&image), FILE_NONE, &table, NULL) ==
		RQ_OK) {
		find_digests(list, table);
		tell_all(table);
	}
	indicator_table_free(table);
	buffer_free(&image);
	buffer_free(&plain);
	indicator_list_free(list);
	return 0;
}
