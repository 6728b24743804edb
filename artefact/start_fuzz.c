/* The first byte chooses the reader, the rest is the file. */
#include "artefact/start.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rq_err look(void *listener, const struct artefact_fact *fact)
{
	struct reader *text = listener;
	struct bytes parts[] = {fact->name, fact->command, fact->schedule};

	/* every byte told is one that can be read */
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < parts[i].n; k++)
			text->pos ^= parts[i].at[k];
	return RQ_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader text = reader_over(data, size), seen = {0};
	const struct start_sink sink = {&seen, look};
	enum start_reader reader = reader_u8(&text) % N_START_READERS;
	struct bytes rest = reader_bytes(&text, reader_left(&text));

	(void)start_reader_of(rest);
	if (start_read(reader, BYTES_LITERAL("/a/b.c"), rest, &sink) == RQ_ERR_MEMORY)
		__builtin_trap();
	return 0;
}
