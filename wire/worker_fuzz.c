/* Both directions: what a worker says to its parent, and what a parent says to it. */
#include "wire/worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes frame = {data, size};
	struct worker_limits limits = {.n_rules = 100,
				       .object_size = 1 << 20,
				       .n_indicators = 10,
				       .n_artefacts = 10};
	struct worker_object object;
	struct worker_config config;
	struct worker_answer answer;
	struct worker_hello hello;
	struct worker_piece piece;
	struct worker_batch batch;
	uint64_t handle;
	struct arena *arena;
	enum rq_err err;

	if (worker_rules_decode(frame, &handle) == RQ_OK ||
	    worker_config_decode(frame, &config) == RQ_OK ||
	    worker_hello_decode(frame, &hello) == RQ_OK)
		return 0;
	if (worker_piece_decode(frame, &piece) == RQ_OK)
		frame = piece.data;
	err = worker_batch_decode(frame, &batch);
	while (err == RQ_OK)
		err = worker_batch_next(&batch, &object);
	if (arena_new(1 << 24, &arena) != RQ_OK)
		return 0;
	if (worker_answer_decode(frame, &limits, arena, &answer) != RQ_OK) {
		/* refused: nothing of it may be seen */
		if (answer.n_rules != 0 || answer.n_console != 0 ||
		    answer.n_module_data != 0 || answer.n_cuts != 0 ||
		    answer.n_hits != 0)
			__builtin_trap();
	}
	arena_free(arena);
	return 0;
}
