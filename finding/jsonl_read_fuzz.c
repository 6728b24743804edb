/*
 * Lines of a result from elsewhere.  What is read is written again, read again, and must
 * say the same: so nothing that is accepted is half understood.
 */
#include "finding/jsonl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct jsonl_line *line, struct buffer *out)
{
	switch (line->event) {
	case JSONL_MATCH:
		jsonl_match(out, &line->finding, JSONL_STRINGS | JSONL_MODIFIED);
		break;
	case JSONL_GAP: jsonl_gap(out, &line->gap); break;
	case JSONL_SUMMARY: jsonl_summary(out, &line->summary); break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer once = {0}, twice = {0};
	struct arena *arena = NULL;
	struct jsonl_line line;

	if (arena_new(16 << 20, &arena) != RQ_OK)
		return 0;
	if (jsonl_read((struct bytes){data, size}, arena, &line) != RQ_OK)
		goto out;
	write_again(&line, &once);
	if (!buffer_ok(&once))
		goto out;
	switch (jsonl_read((struct bytes){once.data, once.size - 1}, arena, &line)) {
	case RQ_OK: break;
	case RQ_ERR_MEMORY: goto out;
	default:
		/* escapes make a line longer than it was */
		if (once.size - 1 <= size)
			__builtin_trap();
		goto out;
	}
	write_again(&line, &twice);
	if (buffer_ok(&twice) &&
	    !bytes_equal(buffer_bytes(&once), buffer_bytes(&twice)))
		__builtin_trap();
out:
	buffer_free(&once);
	buffer_free(&twice);
	arena_free(arena);
	return 0;
}
