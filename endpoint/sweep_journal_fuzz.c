#include "endpoint/sweep_journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rq_err hear(void *listener, const struct journal_result *result)
{
	size_t *n_bytes = listener;

	*n_bytes += result->path.n + result->answer.n;
	return RQ_OK;
}

static enum rq_err hear_name(void *listener, const struct journal_name *name)
{
	size_t *n_bytes = listener;

	/* what it refers to is still there */
	if (name->result != NULL && name->result->path.n > 0)
		*n_bytes += name->result->path.at[0] == 0;
	return RQ_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t identity[32];
	size_t n_bytes = 0, valid;
	struct journal_reader reader = {
	    .listener = &n_bytes, .result = hear, .name = hear_name};
	struct journal_mark mark;

	if (journal_decode((struct bytes){data, size}, identity, &reader, &mark, &valid,
			   NULL) == RQ_OK &&
	    (valid > size || n_bytes > size || mark.path.n > size))
		__builtin_trap();
	return 0;
}
