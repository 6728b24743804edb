/* Matches, gaps and the summary of a result between two processes: writer and reader of
 * each side by side. */
#include "wire/result_message.h"

#include "bytes/cap.h"
#include "wire/field.h"

#include <string.h>

/* Fewest bytes of one element: what is left of the frame bounds every count. */
enum { MIN_TEXT = 4, MIN_META = 13, MIN_STRING = 21, MIN_TOLERANCE = 18 };

/* A frame being read. */
struct in {
	struct reader r;
	struct arena *arena;
	bool has_memory;
};

static void *room(struct in *in, size_t n, size_t size)
{
	void *at = NULL;

	if (n > 0) {
		at = arena_array(in->arena, n, size);
		if (at == NULL) {
			in->has_memory = false;
			reader_fail(&in->r);
		}
	}
	return at;
}

static struct bytes get_text(struct in *in)
{
	return field_text(&in->r, CAP_WIRE_FRAME);
}

/* A text that may be missing. */
static void put_name(struct buffer *to, const char *name)
{
	buffer_u8(to, name != NULL);
	if (name != NULL)
		field_put_text(to, bytes_of(name));
}

static const char *get_name(struct in *in)
{
	struct bytes text;
	const char *name;

	if (!field_bool(&in->r))
		return NULL;
	text = get_text(in);
	name = arena_copy(in->arena, text.at, text.n);
	if (name == NULL) {
		in->has_memory = false;
		reader_fail(&in->r);
	}
	return name;
}

static void put_texts(struct buffer *to, const struct bytes *texts, size_t n)
{
	buffer_u32le(to, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		field_put_text(to, texts[i]);
}

static const struct bytes *get_texts(struct in *in, size_t *n_out)
{
	uint32_t n = field_count(&in->r, CAP_JSONL_ITEMS, MIN_TEXT);
	struct bytes *texts = room(in, n, sizeof *texts);

	*n_out = texts != NULL ? n : 0;
	for (size_t i = 0; i < *n_out; i++)
		texts[i] = get_text(in);
	return texts;
}

static void put_digest(struct buffer *to, bool has_digest, const uint8_t *digest)
{
	buffer_u8(to, has_digest);
	if (has_digest)
		buffer_put(to, digest, 32);
}

static bool get_digest(struct in *in, uint8_t *digest)
{
	bool has_digest = field_bool(&in->r);
	struct bytes from = reader_bytes(&in->r, has_digest ? 32 : 0);

	if (from.n > 0)
		memcpy(digest, from.at, from.n);
	return has_digest;
}

static enum gap_reason get_reason(struct in *in)
{
	uint8_t raw_reason = reader_u8(&in->r);

	if (raw_reason >= N_GAP_REASONS)
		reader_fail(&in->r);
	return reader_ok(&in->r) ? (enum gap_reason)raw_reason : GAP_UNREADABLE;
}

/* ---- match ---- */

static void put_match(struct buffer *to, const struct finding *finding)
{
	buffer_u8(to, (uint8_t)finding->kind);
	field_put_text(to, finding->path);
	put_texts(to, finding->chain, finding->n_chain);
	field_put_text(to, finding->rule);
	field_put_text(to, finding->name_space);
	put_texts(to, finding->tags, finding->n_tags);
	buffer_u32le(to, (uint32_t)finding->n_metas);
	for (size_t i = 0; i < finding->n_metas; i++) {
		const struct finding_meta *meta = &finding->metas[i];

		field_put_text(to, meta->key);
		buffer_u8(to, (uint8_t)meta->kind);
		field_put_text(to, meta->text);
		buffer_u64le(to, (uint64_t)meta->integer);
	}
	buffer_u32le(to, (uint32_t)finding->n_strings);
	for (size_t i = 0; i < finding->n_strings; i++) {
		field_put_text(to, finding->strings[i].identifier);
		buffer_u64le(to, finding->strings[i].offset);
		buffer_u64le(to, finding->strings[i].length);
		buffer_u8(to, finding->strings[i].xor_key);
	}
	buffer_u64le(to, finding->size);
	buffer_u64le(to, finding->modified_ms);
	put_digest(to, finding->has_sha256, finding->sha256);
}

static void get_metas(struct in *in, struct finding *finding)
{
	uint32_t n = field_count(&in->r, CAP_JSONL_ITEMS, MIN_META);
	struct finding_meta *metas = room(in, n, sizeof *metas);

	finding->metas = metas;
	finding->n_metas = metas != NULL ? n : 0;
	for (size_t i = 0; i < finding->n_metas; i++) {
		uint8_t raw_kind;

		metas[i].key = get_text(in);
		raw_kind = reader_u8(&in->r);
		metas[i].kind = raw_kind == FINDING_META_TEXT  ? FINDING_META_TEXT
				: raw_kind == FINDING_META_INT ? FINDING_META_INT
							       : FINDING_META_BOOL;
		if (raw_kind > FINDING_META_BOOL)
			reader_fail(&in->r);
		metas[i].text = get_text(in);
		metas[i].integer = (int64_t)reader_u64le(&in->r);
	}
}

static void get_strings(struct in *in, struct finding *finding)
{
	uint32_t n = field_count(&in->r, CAP_JSONL_ITEMS, MIN_STRING);
	struct finding_string *strings = room(in, n, sizeof *strings);

	finding->strings = strings;
	finding->n_strings = strings != NULL ? n : 0;
	for (size_t i = 0; i < finding->n_strings; i++) {
		strings[i].identifier = get_text(in);
		strings[i].offset = reader_u64le(&in->r);
		strings[i].length = reader_u64le(&in->r);
		strings[i].xor_key = reader_u8(&in->r);
	}
}

static void get_match(struct in *in, struct finding *finding)
{
	uint8_t raw_kind = reader_u8(&in->r);

	if (raw_kind > FINDING_CLAMAV)
		reader_fail(&in->r);
	finding->kind = reader_ok(&in->r) ? (enum finding_kind)raw_kind : FINDING_RULE;
	finding->path = get_text(in);
	finding->chain = get_texts(in, &finding->n_chain);
	finding->rule = get_text(in);
	finding->name_space = get_text(in);
	finding->tags = get_texts(in, &finding->n_tags);
	get_metas(in, finding);
	get_strings(in, finding);
	finding->size = reader_u64le(&in->r);
	finding->modified_ms = reader_u64le(&in->r);
	finding->has_sha256 = get_digest(in, finding->sha256);
}

/* ---- gap ---- */

static void put_gap(struct buffer *to, const struct gap *gap)
{
	field_put_text(to, gap->path);
	put_texts(to, gap->chain, gap->n_chain);
	buffer_u8(to, (uint8_t)gap->reason);
	put_name(to, gap->detail);
	put_digest(to, gap->has_sha256, gap->sha256);
	buffer_u8(to, gap->is_tolerated);
}

static void get_gap(struct in *in, struct gap *gap)
{
	gap->path = get_text(in);
	gap->chain = get_texts(in, &gap->n_chain);
	gap->reason = get_reason(in);
	gap->detail = get_name(in);
	gap->has_sha256 = get_digest(in, gap->sha256);
	gap->is_tolerated = field_bool(&in->r);
}

/* ---- summary ---- */

/* The numbers of a summary, for both directions. */
enum { N_NUMBERS = 17 };
static void numbers_of(struct summary *summary, uint64_t *numbers[N_NUMBERS])
{
	uint64_t *const all[N_NUMBERS] = {
	    &summary->n_seen,
	    &summary->n_scanned,
	    &summary->n_found,
	    &summary->n_findings,
	    &summary->n_look,
	    &summary->n_only_look,
	    &summary->bytes_seen,
	    &summary->bytes_scanned,
	    &summary->n_processes_seen,
	    &summary->n_processes_scanned,
	    &summary->process_bytes,
	    &summary->n_rules,
	    &summary->n_rules_refused,
	    &summary->n_indicators,
	    &summary->started_ms,
	    &summary->ended_ms,
	    NULL,
	};

	memcpy(numbers, all, sizeof all);
}

static void put_number(struct buffer *to, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	buffer_u64le(to, bits);
}

/* Seconds: neither below 0 nor beyond what jsonl.c writes. */
static double get_number(struct in *in)
{
	uint64_t bits = reader_u64le(&in->r);
	double value;

	memcpy(&value, &bits, sizeof value);
	if (!(value >= 0 && value <= 9007199254740992.0)) {
		reader_fail(&in->r);
		return 0;
	}
	return value;
}

static void put_summary(struct buffer *to, const struct summary *from)
{
	struct summary summary = *from;
	uint64_t *numbers[N_NUMBERS];

	numbers_of(&summary, numbers);
	for (size_t i = 0; numbers[i] != NULL; i++)
		buffer_u64le(to, *numbers[i]);
	for (size_t i = 0; i < N_GAP_REASONS; i++) {
		buffer_u64le(to, from->n_gaps[i]);
		buffer_u64le(to, from->n_tolerated[i]);
	}
	buffer_u8(to, from->has_processes);
	buffer_u8(to, (uint8_t)from->hashed);
	buffer_u8(to, from->resumed);
	buffer_u8(to, from->stopped);
	put_number(to, from->seconds);
	put_number(to, from->seconds_yielded);
	put_name(to, from->program_version);
	put_name(to, from->content_name);
	put_name(to, from->content_date);
	put_name(to, from->host_name);
	put_name(to, from->sweep_id);
	put_name(to, from->unit);
	put_name(to, from->required_name);
	put_name(to, from->required_title);
	put_name(to, from->required_description);
	put_name(to, from->confinement);
	put_digest(to, true, from->content_sha256);
	put_digest(to, true, from->required_sha256);
	buffer_u32le(to, from->max_content_age);
	buffer_u32le(to, from->n_workers);
	buffer_u32le(to, (uint32_t)from->n_scope);
	for (size_t i = 0; i < from->n_scope; i++)
		field_put_text(to, bytes_of(from->scope[i]));
	buffer_u32le(to, (uint32_t)from->n_tolerances);
	for (size_t i = 0; i < from->n_tolerances; i++) {
		buffer_u8(to, (uint8_t)from->tolerances[i].reason);
		buffer_u64le(to, from->tolerances[i].limit);
		buffer_u64le(to, from->tolerances[i].n_used);
		put_name(to, from->tolerances[i].pattern);
	}
}

static void get_scope(struct in *in, struct summary *summary)
{
	uint32_t n = field_count(&in->r, CAP_JSONL_ITEMS, MIN_TEXT);
	const char **scope = room(in, n, sizeof *scope);

	summary->scope = scope;
	summary->n_scope = scope != NULL ? n : 0;
	for (size_t i = 0; i < summary->n_scope; i++) {
		struct bytes text = get_text(in);

		scope[i] = arena_copy(in->arena, text.at, text.n);
		if (scope[i] == NULL) {
			in->has_memory = false;
			reader_fail(&in->r);
		}
	}
}

static void get_tolerances(struct in *in, struct summary *summary)
{
	uint32_t n = field_count(&in->r, CAP_JSONL_ITEMS, MIN_TOLERANCE);
	struct summary_tolerance *tolerances = room(in, n, sizeof *tolerances);

	summary->tolerances = tolerances;
	summary->n_tolerances = tolerances != NULL ? n : 0;
	for (size_t i = 0; i < summary->n_tolerances; i++) {
		tolerances[i].reason = get_reason(in);
		tolerances[i].limit = reader_u64le(&in->r);
		tolerances[i].n_used = reader_u64le(&in->r);
		tolerances[i].pattern = get_name(in);
	}
}

static void get_summary(struct in *in, struct summary *summary)
{
	uint64_t *numbers[N_NUMBERS];
	uint8_t raw_hashed;

	numbers_of(summary, numbers);
	for (size_t i = 0; numbers[i] != NULL; i++)
		*numbers[i] = reader_u64le(&in->r);
	for (size_t i = 0; i < N_GAP_REASONS; i++) {
		summary->n_gaps[i] = reader_u64le(&in->r);
		summary->n_tolerated[i] = reader_u64le(&in->r);
		/* so that no sum of them wraps */
		if ((summary->n_gaps[i] | summary->n_tolerated[i]) > UINT64_MAX / 64)
			reader_fail(&in->r);
	}
	summary->has_processes = field_bool(&in->r);
	raw_hashed = reader_u8(&in->r);
	if (raw_hashed > HASHED_ALL)
		reader_fail(&in->r);
	summary->hashed = raw_hashed == HASHED_ALL       ? HASHED_ALL
			  : raw_hashed == HASHED_BY_KIND ? HASHED_BY_KIND
							 : HASHED_NONE;
	summary->resumed = field_bool(&in->r);
	summary->stopped = field_bool(&in->r);
	summary->seconds = get_number(in);
	summary->seconds_yielded = get_number(in);
	summary->program_version = get_name(in);
	summary->content_name = get_name(in);
	summary->content_date = get_name(in);
	summary->host_name = get_name(in);
	summary->sweep_id = get_name(in);
	summary->unit = get_name(in);
	summary->required_name = get_name(in);
	summary->required_title = get_name(in);
	summary->required_description = get_name(in);
	summary->confinement = get_name(in);
	(void)get_digest(in, summary->content_sha256);
	(void)get_digest(in, summary->required_sha256);
	summary->max_content_age = reader_u32le(&in->r);
	summary->n_workers = reader_u32le(&in->r);
	get_scope(in, summary);
	get_tolerances(in, summary);
	if (summary->program_version == NULL ||
	    (summary->required_name == NULL) != (summary->required_title == NULL))
		reader_fail(&in->r);
}

/* ---- any of them ---- */

void result_record_encode(const struct jsonl_line *line, struct buffer *to)
{
	buffer_u8(to, RESULT_RECORD);
	buffer_u8(to, (uint8_t)line->event);
	switch (line->event) {
	case JSONL_MATCH: put_match(to, &line->finding); break;
	case JSONL_GAP: put_gap(to, &line->gap); break;
	case JSONL_SUMMARY: put_summary(to, &line->summary); break;
	}
}

enum rq_err result_record_decode(struct bytes frame, struct arena *arena,
				 struct jsonl_line *line)
{
	struct in in = {reader_over(frame.at, frame.n), arena, true};

	*line = (struct jsonl_line){0};
	if (reader_u8(&in.r) != RESULT_RECORD)
		reader_fail(&in.r);
	switch (reader_u8(&in.r)) {
	case JSONL_MATCH:
		line->event = JSONL_MATCH;
		get_match(&in, &line->finding);
		break;
	case JSONL_GAP:
		line->event = JSONL_GAP;
		get_gap(&in, &line->gap);
		break;
	case JSONL_SUMMARY:
		line->event = JSONL_SUMMARY;
		get_summary(&in, &line->summary);
		break;
	default: reader_fail(&in.r);
	}
	if (reader_done(&in.r))
		return RQ_OK;
	*line = (struct jsonl_line){0};
	return in.has_memory ? RQ_ERR_FORMAT : RQ_ERR_MEMORY;
}
