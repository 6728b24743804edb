/* What a worker that reads sealed results says, and what it is asked. */
#include "wire/result_message.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A record that is read is written again as the same bytes. */
static void read_record(struct bytes frame)
{
	struct buffer again = {0};
	struct arena *arena = NULL;
	struct jsonl_line line;

	if (arena_new(16 << 20, &arena) != RQ_OK)
		return;
	if (result_record_decode(frame, arena, &line) == RQ_OK) {
		/* as it is told to people */
		if (line.event == JSONL_MATCH)
			jsonl_match(&again, &line.finding, JSONL_MODIFIED);
		else if (line.event == JSONL_GAP)
			jsonl_gap(&again, &line.gap);
		else
			jsonl_summary(&again, &line.summary);
	}
	buffer_free(&again);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes frame = {data, size}, line;
	struct result_range *ranges = alloc_array(CAP_SEALED_ENTRIES, sizeof *ranges);
	struct result_request request;
	struct result_answer answer;
	struct result_head head;
	size_t n;

	if (result_request_decode(frame, &request) == RQ_OK &&
	    request.size > CAP_SEALED_LIST_BYTES)
		__builtin_trap();
	if (result_head_decode(frame, &head) == RQ_OK) {
		struct buffer again = {0};

		result_head_encode(&head, &again);
		if (buffer_ok(&again) && !bytes_equal(buffer_bytes(&again), frame))
			__builtin_trap();
		buffer_free(&again);
	}
	if (result_answer_decode(frame, &answer) == RQ_OK &&
	    answer.refusal >= N_SEALED_REFUSALS)
		__builtin_trap();
	if (result_line_decode(frame, &line) == RQ_OK && line.n > CAP_JSONL_LINE)
		__builtin_trap();
	if (ranges != NULL && result_entries_decode(frame, ranges, &n) == RQ_OK &&
	    n > CAP_SEALED_ENTRIES)
		__builtin_trap();
	read_record(frame);
	alloc_free(ranges);
	return 0;
}
