/*
 * The first byte chooses what the rest is read as: a sealed file, a list, or, since no
 * fuzzer makes signatures, a header or a body that somebody has signed.
 */
#include "sealed/sealed_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t secret[SEAL_SECRET_SIZE] = {7, 8, 9};

static enum rq_err read_one(void *listener, struct bytes file, uint64_t off)
{
	struct bytes start = {file.at, file.n < SEALED_START ? file.n : SEALED_START};
	enum sealed_refusal refusal;
	struct sealed_key key;
	struct sealed sealed;
	enum rq_err err = sealed_key_find(start, secret, &key, &refusal);

	(void)listener;
	(void)off;
	if (err != RQ_OK || refusal != SEALED_GOOD)
		return err;
	err = sealed_read(file, &key, &sealed, &refusal);
	if (err == RQ_OK && refusal == SEALED_GOOD &&
	    sealed.body.size != sealed.header.body_size)
		__builtin_trap();
	sealed_free(&sealed);
	return err;
}

/* What is read as a header is written again as the same bytes. */
static void read_header(struct bytes bytes)
{
	struct sealed_header header = {0};
	struct buffer again = {0};

	if (!sealed_header_read(bytes, &header))
		return;
	sealed_header_write(&again, &header);
	if (buffer_ok(&again) && !bytes_equal(buffer_bytes(&again), bytes))
		__builtin_trap();
	buffer_free(&again);
}

static void read_body(struct bytes bytes)
{
	struct reader r = reader_over(bytes.at, bytes.n);
	uint32_t plain_size = reader_u16le(&r);
	enum sealed_refusal refusal = SEALED_GOOD;
	struct buffer out = {0};

	if (body_unpack(reader_bytes(&r, reader_left(&r)), true, plain_size, &out,
			&refusal) == RQ_OK &&
	    refusal == SEALED_GOOD && out.size != plain_size)
		__builtin_trap();
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_over(data, size);
	uint8_t choice = reader_u8(&r);
	struct bytes rest = reader_bytes(&r, reader_left(&r));
	enum sealed_refusal refusal;

	switch (choice) {
	case 'l':
		if (sealed_list_read(rest, NULL, read_one, &refusal) != RQ_OK)
			return 0;
		break;
	case 'h': read_header(rest); break;
	case 'b': read_body(rest); break;
	default: (void)read_one(NULL, rest, 0) /* memory may run out */; break;
	}
	return 0;
}
