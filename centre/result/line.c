#include "centre/result/line.h"

#include "bytes/encoding.h"
#include "crypto/digest.h"

#include <string.h>

bool line_is_text(struct bytes text)
{
	return text.n == 0 || (memchr(text.at, 0, text.n) == NULL && utf8_valid(text));
}

static enum rq_err copy(struct arena *arena, struct bytes from, struct bytes *to)
{
	char *at = arena_copy(arena, from.at, from.n);

	*to = (struct bytes){(const uint8_t *)at, from.n};
	return at == NULL ? RQ_ERR_MEMORY : RQ_OK;
}

static enum rq_err short_digest(const struct buffer *of, uint8_t *out, size_t n)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err = buffer_ok(of)
			      ? digest_of(DIGEST_SHA256, buffer_bytes(of), digest)
			      : RQ_ERR_MEMORY;

	if (err == RQ_OK)
		memcpy(out, digest, n);
	return err;
}

/* The same content is one thing wherever it lies; what has none is known by its rule and
 * place. */
static enum rq_err set_group(struct found *found)
{
	struct buffer of = {0};
	enum rq_err err;

	if (found->has_sha256) {
		buffer_text(&of, "content");
		buffer_put(&of, found->sha256, sizeof found->sha256);
	} else {
		buffer_text(&of, "place");
		buffer_u64le(&of, (uint64_t)found->kind);
		buffer_u64le(&of, found->name_space.n);
		buffer_put(&of, found->name_space.at, found->name_space.n);
		buffer_u64le(&of, found->rule.n);
		buffer_put(&of, found->rule.at, found->rule.n);
		buffer_put(&of, found->path.at, found->path.n);
	}
	err = short_digest(&of, found->group_key, FINDING_GROUP_KEY);
	buffer_free(&of);
	return err;
}

static enum rq_err set_line(struct found *found, struct bytes line)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err = digest_of(DIGEST_SHA256, line, digest);

	found->line = line;
	memcpy(found->digest, digest, FINDING_DIGEST);
	return err;
}

static enum rq_err unread(struct bytes line, struct found *found)
{
	enum rq_err err;

	*found = (struct found){.kind = FINDING_UNREAD,
				.class = FINDING_COUNTS,
				.severity = SEVERITY_MEDIUM};
	err = set_line(found, line);
	if (err == RQ_OK)
		memcpy(found->group_key, found->digest, FINDING_GROUP_KEY);
	return err;
}

enum rq_err found_from(const struct finding *finding, struct bytes line,
		       struct arena *arena, struct found *found)
{
	struct buffer path = {0};
	enum rq_err err;

	if (!line_is_text(finding->rule) || !line_is_text(finding->name_space))
		return unread(line, found);
	*found = (struct found){.kind = finding->kind,
				.class = finding_class(finding),
				.severity = finding_severity(finding),
				.has_sha256 = finding->has_sha256};
	memcpy(found->sha256, finding->sha256, sizeof found->sha256);
	finding_path_write(&path, finding->path, finding->chain, finding->n_chain);
	err = buffer_ok(&path) ? copy(arena, buffer_bytes(&path), &found->path)
			       : RQ_ERR_MEMORY;
	buffer_free(&path);
	if (err == RQ_OK)
		err = copy(arena, finding->rule, &found->rule);
	if (err == RQ_OK)
		err = copy(arena, finding->name_space, &found->name_space);
	if (err == RQ_OK)
		err = set_line(found, line);
	return err == RQ_OK ? set_group(found) : err;
}

enum rq_err found_read(const struct line_reader *reader, struct bytes line,
		       struct arena *scratch, struct arena *arena,
		       struct found *found_out)
{
	struct jsonl_line read;
	enum rq_err err;

	arena_reset(scratch);
	err = reader->read(reader->self, line, scratch, &read);
	if (err == RQ_OK && read.event == JSONL_MATCH)
		return found_from(&read.finding, line, arena, found_out);
	/* also one that took its reader down: it would again */
	return err == RQ_ERR_MEMORY ? err : unread(line, found_out);
}
