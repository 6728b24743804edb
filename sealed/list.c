/* Several results in one file, each with the bytes that were signed. */
#include "sealed/sealed_internal.h"

#define MAGIC "RQLIST\r\n"

bool sealed_list_is(struct bytes file)
{
	struct reader r = reader_over(file.at, file.n);

	return bytes_equal_text(reader_bytes(&r, 8), MAGIC);
}

enum rq_err sealed_list_write(const struct bytes *files, size_t n, struct buffer *out)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += files[i].n + 4;
	if (n > CAP_SEALED_LIST || total > CAP_SEALED_LIST_BYTES)
		return RQ_ERR_LIMIT;
	buffer_text(out, MAGIC);
	buffer_u16le(out, FORMAT_VERSION);
	buffer_u16le(out, 0);
	buffer_u32le(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		buffer_u32le(out, (uint32_t)files[i].n);
		buffer_put(out, files[i].at, files[i].n);
	}
	return buffer_ok(out) ? RQ_OK : RQ_ERR_MEMORY;
}

/* Where the results start, and how many there are. */
static enum sealed_refusal read_head(struct bytes file, struct reader *r, uint32_t *n)
{
	uint16_t version, zero;

	*r = reader_over(file.at, file.n);
	if (!bytes_equal_text(reader_bytes(r, 8), MAGIC))
		return SEALED_NO_SEAL;
	version = reader_u16le(r);
	zero = reader_u16le(r);
	*n = reader_u32le(r);
	if (!reader_ok(r))
		return SEALED_SIZE;
	if (version != FORMAT_VERSION)
		return SEALED_VERSION;
	return zero != 0 || *n > CAP_SEALED_LIST ? SEALED_FIELD : SEALED_GOOD;
}

enum rq_err sealed_list_read(struct bytes file, void *listener,
			     enum rq_err (*result)(void *listener, struct bytes file,
						   uint64_t off),
			     enum sealed_refusal *refusal)
{
	struct reader r, again;
	enum rq_err err = RQ_OK;
	uint32_t n;

	*refusal = read_head(file, &r, &n);
	if (*refusal != SEALED_GOOD)
		return RQ_OK;
	again = r;
	for (uint32_t i = 0; reader_ok(&r) && i < n; i++)
		(void)reader_bytes(&r, reader_u32le(&r));
	if (!reader_done(&r)) {
		*refusal = SEALED_SIZE;
		return RQ_OK;
	}
	for (uint32_t i = 0; err == RQ_OK && i < n; i++) {
		uint32_t size = reader_u32le(&again);
		uint64_t off = again.pos;

		err = result(listener, reader_bytes(&again, size), off);
	}
	return err;
}
