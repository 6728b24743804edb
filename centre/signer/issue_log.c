#include "centre/signer/issue_log.h"

#include "bytes/encoding.h"
#include "crypto/digest.h"

#include <string.h>

/* " " and the hash in hex */
enum { TAIL = 1 + 2 * ISSUE_LOG_HASH };

/* Over the hash before it and the line without its own. */
static enum rq_err advance(struct issue_log *log, struct bytes line)
{
	struct digest *digest = NULL;
	enum rq_err err = digest_new(DIGEST_SHA256, &digest);

	if (err == RQ_OK)
		err = digest_add(digest, (struct bytes){log->head, ISSUE_LOG_HASH});
	if (err == RQ_OK)
		err = digest_add(digest, line);
	if (err == RQ_OK)
		err = digest_finish(digest, log->head);
	digest_free(digest);
	log->n++;
	return err;
}

static void put_head(const struct issue_log *log, struct buffer *to)
{
	buffer_u8(to, ' ');
	encode_hex(to, (struct bytes){log->head, ISSUE_LOG_HASH});
}

enum rq_err issue_log_line(struct issue_log *log, uint64_t at_ms,
			   const struct signer_order *order,
			   const struct signer_certificate *certificate,
			   struct buffer *to)
{
	size_t begin = to->size;
	enum rq_err err;

	buffer_format(to, "%llu %llu %s ", (unsigned long long)log->n + 1,
		      (unsigned long long)at_ms,
		      order->kind == SIGNER_MACHINE ? "machine" : "centre");
	encode_hex(to, (struct bytes){certificate->serial, CERTIFICATE_SERIAL});
	buffer_u8(to, ' ');
	encode_hex(to, (struct bytes){order->public_key, SIGN_PUBLIC_SIZE});
	buffer_format(to, " %llu", (unsigned long long)certificate->not_after_ms);
	for (size_t i = 0; i < order->n_hosts; i++) {
		buffer_u8(to, ' ');
		buffer_put(to, order->hosts[i].at, order->hosts[i].n);
	}
	if (!buffer_ok(to))
		return RQ_ERR_MEMORY;
	err = advance(log, buffer_part(to, begin, to->size - begin));
	put_head(log, to);
	buffer_u8(to, '\n');
	return err != RQ_OK ? err : buffer_ok(to) ? RQ_OK : RQ_ERR_MEMORY;
}

enum rq_err issue_log_read(struct bytes text, struct issue_log *log_out,
			   uint64_t *n_whole_out, struct rq_diag *diag)
{
	struct reader r = reader_over(text.at, text.n);
	struct buffer tail = {0};
	enum rq_err err = RQ_OK;

	*log_out = (struct issue_log){0};
	*n_whole_out = 0;
	while (err == RQ_OK && reader_left(&r) > 0) {
		struct reader ahead = r;
		struct bytes rest = reader_bytes(&ahead, reader_left(&ahead)), line;
		const uint8_t *end = memchr(rest.at, '\n', rest.n);

		if (end == NULL)
			break;
		line = reader_bytes(&r, (uint64_t)(end - rest.at));
		reader_skip(&r, 1);
		if (line.n > TAIL) {
			err = advance(log_out, (struct bytes){line.at, line.n - TAIL});
			buffer_clear(&tail);
			put_head(log_out, &tail);
		}
		if (err == RQ_OK && !buffer_ok(&tail))
			err = RQ_ERR_MEMORY;
		if (err == RQ_OK && (line.n <= TAIL || memcmp(line.at + line.n - TAIL,
							      tail.data, TAIL) != 0))
			err = rq_fail(diag, RQ_ERR_FORMAT, "issued.log",
				      "line %llu is not what was written",
				      (unsigned long long)log_out->n);
		*n_whole_out = r.pos;
	}
	buffer_free(&tail);
	return err;
}
