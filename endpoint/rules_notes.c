#include "endpoint/rules_notes.h"

#include "bytes/cap.h"
#include "crypto/digest.h"

#include <string.h>

#define NO_TEXT UINT32_MAX

/* ---- writing ---- */

static void put(struct buffer *to, struct bytes text)
{
	buffer_u32le(to, (uint32_t)text.n);
	buffer_put(to, text.at, text.n);
}

static void put_text(struct buffer *to, const char *text)
{
	if (text == NULL)
		buffer_u32le(to, NO_TEXT);
	else
		put(to, bytes_of(text));
}

static void write_message(const struct rule_message *message, struct buffer *to)
{
	buffer_u32le(to, (uint32_t)message->code);
	buffer_u8(to, message->is_warning);
	put_text(to, message->place.file);
	buffer_u32le(to, message->place.line);
	buffer_u32le(to, message->place.column);
	put(to, message->place.text);
	buffer_u32le(to, message->place.text_column);
	put_text(to, message->rule);
	put_text(to, message->text);
	put_text(to, message->hint);
}

void rules_notes_write(const struct rules *rules, struct buffer *to)
{
	buffer_put(to, rules->source_sha256, 32);
	buffer_put(to, rules->image_sha256, 32);
	buffer_u32le(to, (uint32_t)rules->n_refused);
	buffer_u8(to, rules->wants_owner);
	buffer_u32le(to, (uint32_t)rules->includes.n);
	for (size_t i = 0; i < rules->includes.n; i++) {
		const struct rules_include *include = &rules->includes.items[i];

		put_text(to, include->path);
		buffer_u8(to, include->is_there);
		buffer_put(to, include->sha256, 32);
	}
	buffer_u32le(to, (uint32_t)rules->report.n_messages);
	for (size_t i = 0; i < rules->report.n_messages; i++)
		write_message(&rules->report.messages[i], to);
}

/* ---- reading ---- */

static void take_digest(struct reader *r, uint8_t *out)
{
	for (size_t i = 0; i < 32; i++)
		out[i] = reader_u8(r);
}

/* With a 0 behind it; NULL for no text and once failed. */
static const char *take_text(struct reader *r, struct arena *arena)
{
	uint32_t raw_n = reader_u32le(r);
	struct bytes text;
	const char *copy;

	if (raw_n == NO_TEXT)
		return NULL;
	text = reader_bytes(r, raw_n);
	if (!reader_ok(r))
		return NULL;
	copy = arena_copy(arena, text.at, text.n);
	if (copy == NULL)
		reader_fail(r);
	return copy;
}

static enum rq_err read_message(struct reader *r, struct rules *rules)
{
	struct rule_place place = {0};
	const char *rule, *text, *hint;
	bool is_warning;
	uint32_t code = reader_u32le(r);

	is_warning = reader_u8(r) != 0;
	place.file = take_text(r, rules->arena);
	place.line = reader_u32le(r);
	place.column = reader_u32le(r);
	place.text = reader_bytes(r, reader_u32le(r));
	place.text_column = reader_u32le(r);
	rule = take_text(r, rules->arena);
	text = take_text(r, rules->arena);
	hint = take_text(r, rules->arena);
	if (!reader_ok(r) || text == NULL)
		return RQ_ERR_FORMAT;
	(void)rule_report_add(&rules->report, (enum rule_code)code, is_warning, &place,
			      rule, hint, "%s", text);
	return rules->report.failed ? RQ_ERR_MEMORY : RQ_OK;
}

static enum rq_err read_includes(struct reader *r, struct rules *rules)
{
	uint32_t raw_n = reader_u32le(r);

	for (uint32_t i = 0; i < raw_n && reader_ok(r); i++) {
		const char *path = take_text(r, rules->arena);
		bool was_there = reader_u8(r) != 0;
		uint8_t sha256[32];
		struct bytes text;
		const struct rules_include *now;

		take_digest(r, sha256);
		if (!reader_ok(r) || path == NULL)
			return RQ_ERR_FORMAT;
		if (rules_include_read(rules, path, rules->arena, &text) ==
		    RQ_ERR_MEMORY)
			return RQ_ERR_MEMORY;
		now = &rules->includes.items[rules->includes.n - 1];
		if (now->is_there != was_there ||
		    memcmp(now->sha256, sha256, sizeof sha256) != 0)
			return RQ_ERR_NOT_FOUND;
	}
	return reader_ok(r) ? RQ_OK : RQ_ERR_FORMAT;
}

enum rq_err rules_notes_read(struct bytes notes, struct rules *rules)
{
	struct reader r = reader_over(notes.at, notes.n);
	uint32_t raw_n_messages;
	enum rq_err err;

	take_digest(&r, rules->source_sha256);
	take_digest(&r, rules->image_sha256);
	rules->n_refused = reader_u32le(&r);
	rules->wants_owner = reader_u8(&r) != 0;
	rules->n_rules = ruleset_n_rules(rules->ruleset);
	err = read_includes(&r, rules);
	raw_n_messages = reader_u32le(&r);
	for (uint32_t i = 0; err == RQ_OK && i < raw_n_messages; i++)
		err = read_message(&r, rules);
	return err == RQ_OK && !reader_done(&r) ? RQ_ERR_FORMAT : err;
}
