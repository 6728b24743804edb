/* The body: one zstd frame, or, in a build without libzstd, the lines as they are. */
#include "sealed/sealed_internal.h"

#include "bytes/alloc.h"

#ifdef RAQUET_ZSTD

#include <zstd.h>

enum rq_err body_pack(struct bytes plain, struct buffer *out, bool *is_compressed_out)
{
	size_t room = ZSTD_compressBound(plain.n), before = out->size, n;
	uint8_t *to = buffer_zeros(out, room);

	*is_compressed_out = true;
	if (to == NULL)
		return RQ_ERR_MEMORY;
	n = ZSTD_compress(to, room, plain.at, plain.n, ZSTD_CLEVEL_DEFAULT);
	if (ZSTD_isError(n)) {
		alloc_count_refusal();
		return RQ_ERR_MEMORY; /* the room is enough: nothing else can fail */
	}
	out->size = before + n;
	return RQ_OK;
}

static enum rq_err unzip(struct bytes stored, uint32_t plain_size, struct buffer *out,
			 enum sealed_refusal *refusal_out)
{
	ZSTD_DCtx *context;
	uint8_t *to;
	size_t n;

	/* one frame, of that size, and nothing behind it: the cap is kept before a
	 * byte is unpacked */
	if (ZSTD_getFrameContentSize(stored.at, stored.n) != plain_size ||
	    ZSTD_findFrameCompressedSize(stored.at, stored.n) != stored.n) {
		*refusal_out = SEALED_BODY;
		return RQ_OK;
	}
	to = buffer_zeros(out, plain_size);
	context = ZSTD_createDCtx();
	if (context == NULL || !buffer_ok(out)) {
		ZSTD_freeDCtx(context);
		alloc_count_refusal();
		return RQ_ERR_MEMORY;
	}
	n = ZSTD_decompressDCtx(context, to, plain_size, stored.at, stored.n);
	if (n != plain_size)
		*refusal_out = SEALED_BODY;
	ZSTD_freeDCtx(context);
	return RQ_OK;
}

#else

enum rq_err body_pack(struct bytes plain, struct buffer *out, bool *is_compressed_out)
{
	*is_compressed_out = false;
	buffer_put(out, plain.at, plain.n);
	return buffer_ok(out) ? RQ_OK : RQ_ERR_MEMORY;
}

static enum rq_err unzip(struct bytes stored, uint32_t plain_size, struct buffer *out,
			 enum sealed_refusal *refusal_out)
{
	(void)stored;
	(void)plain_size;
	(void)out;
	*refusal_out = SEALED_NO_ZSTD;
	return RQ_OK;
}

#endif

enum rq_err body_unpack(struct bytes stored, bool is_compressed, uint32_t plain_size,
			struct buffer *out, enum sealed_refusal *refusal_out)
{
	if (is_compressed)
		return unzip(stored, plain_size, out, refusal_out);
	if (stored.n != plain_size) {
		*refusal_out = SEALED_BODY;
		return RQ_OK;
	}
	buffer_put(out, stored.at, stored.n);
	return buffer_ok(out) ? RQ_OK : RQ_ERR_MEMORY;
}
