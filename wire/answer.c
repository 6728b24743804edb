#include "wire/worker.h"

#include "bytes/cap.h"
#include "finding/finding.h"
#include "wire/field.h"

/* Fewest bytes of one element: what is left of the answer bounds every count. */
enum {
	MIN_RULE = 8,
	MIN_STRING = 10,
	MIN_MATCH = 15,
	MIN_LINE = 4,
	MIN_CUT = 8,
	MIN_HIT = 9
};

static const uint32_t gaps_of_workers =
    1u << GAP_IO_ERROR | 1u << GAP_CHANGED | 1u << GAP_TIMEOUT |
    1u << GAP_TOO_MANY_MATCHES | 1u << GAP_TOO_COMPLEX | 1u << GAP_OUT_OF_MEMORY |
    1u << GAP_RULE_OUTPUT | 1u << GAP_MODULE_LIMIT | 1u << GAP_ENCRYPTED |
    1u << GAP_INDICATORS;

/*
 *     u64 bytes examined, u32 gaps, u8 has digest [32 bytes]
 *     u32 rules:   u32 index (rising), u32 strings:
 *                    u32 n, identifier, u8 private, u8 hex, u32 matches:
 *                      u64 offset, u32 length, u8 key, u16 n, data
 *     u32 lines of console.log:  u32 n, text
 *     u32 lines of module data:  u32 n, text
 *     u32 cut strings:           u32 rule, u32 n, identifier
 *     u32 hits:                  u8 kind, u32 index, u32 n, where
 */
static void put_string(const struct worker_string *string, struct buffer *to)
{
	field_put_text(to, string->identifier);
	buffer_u8(to, string->is_private);
	buffer_u8(to, string->is_hex);
	buffer_u32le(to, (uint32_t)string->n_matches);
	for (size_t i = 0; i < string->n_matches; i++) {
		const struct worker_match *match = &string->matches[i];

		buffer_u64le(to, match->offset);
		buffer_u32le(to, match->length);
		buffer_u8(to, match->xor_key);
		buffer_u16le(to, (uint16_t)match->data.n);
		buffer_put(to, match->data.at, match->data.n);
	}
}

static void put_lines(const struct bytes *lines, size_t n, struct buffer *to)
{
	buffer_u32le(to, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		field_put_text(to, lines[i]);
}

void worker_answer_encode(const struct worker_answer *answer, struct buffer *to)
{
	buffer_u64le(to, answer->n_read);
	buffer_u32le(to, answer->gaps);
	buffer_u8(to, answer->has_sha256);
	if (answer->has_sha256)
		buffer_put(to, answer->sha256, sizeof answer->sha256);
	buffer_u32le(to, (uint32_t)answer->n_rules);
	for (size_t i = 0; i < answer->n_rules; i++) {
		buffer_u32le(to, answer->rules[i].rule);
		buffer_u32le(to, (uint32_t)answer->rules[i].n_strings);
		for (size_t k = 0; k < answer->rules[i].n_strings; k++)
			put_string(&answer->rules[i].strings[k], to);
	}
	put_lines(answer->console, answer->n_console, to);
	put_lines(answer->module_data, answer->n_module_data, to);
	buffer_u32le(to, (uint32_t)answer->n_cuts);
	for (size_t i = 0; i < answer->n_cuts; i++) {
		buffer_u32le(to, answer->cuts[i].rule);
		field_put_text(to, answer->cuts[i].identifier);
	}
	buffer_u32le(to, (uint32_t)answer->n_hits);
	for (size_t i = 0; i < answer->n_hits; i++) {
		buffer_u8(to, answer->hits[i].kind);
		buffer_u32le(to, answer->hits[i].index);
		field_put_text(to, answer->hits[i].where);
	}
}

static enum rq_err get_matches(struct reader *r, const struct worker_limits *limits,
			       struct arena *arena, struct worker_string *string)
{
	uint32_t n = field_count(r, CAP_MATCHES, MIN_MATCH);
	struct worker_match *matches = arena_array(arena, n, sizeof *matches);
	uint64_t last = 0;

	if (matches == NULL)
		return RQ_ERR_MEMORY;
	for (uint32_t i = 0; i < n && reader_ok(r); i++) {
		struct worker_match *match = &matches[i];
		uint16_t raw_n;

		match->offset = reader_u64le(r);
		match->length = reader_u32le(r);
		match->xor_key = reader_u8(r);
		raw_n = reader_u16le(r);
		if (raw_n > CAP_MATCH_DATA || raw_n > match->length)
			reader_fail(r);
		match->data = reader_bytes(r, raw_n);
		if (match->offset < last || match->offset > limits->object_size ||
		    match->length > limits->object_size - match->offset)
			reader_fail(r);
		last = match->offset;
	}
	string->matches = matches;
	string->n_matches = n;
	return RQ_OK;
}

static enum rq_err get_rule(struct reader *r, const struct worker_limits *limits,
			    struct arena *arena, struct worker_rule *rule)
{
	struct worker_string *strings;
	enum rq_err err = RQ_OK;
	uint32_t n;

	rule->rule = reader_u32le(r);
	n = field_count(r, CAP_WIRE_STRINGS, MIN_STRING);
	strings = arena_array(arena, n, sizeof *strings);
	if (strings == NULL)
		return RQ_ERR_MEMORY;
	for (uint32_t i = 0; i < n && err == RQ_OK && reader_ok(r); i++) {
		strings[i].identifier = field_text(r, CAP_RULE_IDENTIFIER + 1);
		strings[i].is_private = field_bool(r);
		strings[i].is_hex = field_bool(r);
		err = get_matches(r, limits, arena, &strings[i]);
	}
	rule->strings = strings;
	rule->n_strings = n;
	return err;
}

static enum rq_err get_rules(struct reader *r, const struct worker_limits *limits,
			     struct arena *arena, struct worker_answer *answer)
{
	uint32_t n = field_count(r, limits->n_rules, MIN_RULE);
	struct worker_rule *rules = arena_array(arena, n, sizeof *rules);
	enum rq_err err = RQ_OK;

	if (rules == NULL)
		return RQ_ERR_MEMORY;
	for (uint32_t i = 0; i < n && err == RQ_OK && reader_ok(r); i++) {
		err = get_rule(r, limits, arena, &rules[i]);
		/* each rule once, each one that exists */
		if (rules[i].rule >= limits->n_rules ||
		    (i > 0 && rules[i].rule <= rules[i - 1].rule))
			reader_fail(r);
	}
	answer->rules = rules;
	answer->n_rules = n;
	return err;
}

static enum rq_err get_console(struct reader *r, struct arena *arena,
			       struct worker_answer *answer)
{
	uint32_t n = field_count(r, CAP_CONSOLE_LINES, MIN_LINE);
	struct bytes *lines = arena_array(arena, n, sizeof *lines);

	if (lines == NULL)
		return RQ_ERR_MEMORY;
	for (uint32_t i = 0; i < n && reader_ok(r); i++)
		lines[i] = field_text(r, CAP_CONSOLE_LINE);
	answer->console = lines;
	answer->n_console = n;
	return RQ_OK;
}

static enum rq_err get_module_data(struct reader *r, struct arena *arena,
				   struct worker_answer *answer)
{
	uint32_t n = field_count(r, CAP_MODULE_LINES, MIN_LINE);
	struct bytes *lines = arena_array(arena, n, sizeof *lines);
	uint32_t left = CAP_MODULE_DATA;

	if (lines == NULL)
		return RQ_ERR_MEMORY;
	for (uint32_t i = 0; i < n && reader_ok(r); i++) {
		lines[i] = field_text(r, left);
		left -= (uint32_t)lines[i].n;
	}
	answer->module_data = lines;
	answer->n_module_data = n;
	return RQ_OK;
}

static enum rq_err get_cuts(struct reader *r, const struct worker_limits *limits,
			    struct arena *arena, struct worker_answer *answer)
{
	uint32_t n = field_count(r, CAP_CUT_STRINGS, MIN_CUT);
	struct worker_cut *cuts = arena_array(arena, n, sizeof *cuts);

	if (cuts == NULL)
		return RQ_ERR_MEMORY;
	for (uint32_t i = 0; i < n && reader_ok(r); i++) {
		cuts[i].rule = reader_u32le(r);
		cuts[i].identifier = field_text(r, CAP_RULE_IDENTIFIER + 1);
		if (cuts[i].rule >= limits->n_rules)
			reader_fail(r);
	}
	answer->cuts = cuts;
	answer->n_cuts = n;
	return RQ_OK;
}

/* How many there are of what a hit of that kind may name; 0: no such hits. */
static uint32_t known_of(const struct worker_limits *limits, uint8_t kind)
{
	switch (kind) {
	case FINDING_HASH:
	case FINDING_NAME:
	case FINDING_HOST: return limits->n_indicators;
	case FINDING_ARTEFACT: return limits->n_artefacts;
	default: return 0;
	}
}

static enum rq_err get_hits(struct reader *r, const struct worker_limits *limits,
			    struct arena *arena, struct worker_answer *answer)
{
	uint32_t n = field_count(r, CAP_HITS, MIN_HIT);
	struct worker_hit *hits = arena_array(arena, n, sizeof *hits);

	if (hits == NULL)
		return RQ_ERR_MEMORY;
	for (uint32_t i = 0; i < n && reader_ok(r); i++) {
		hits[i].kind = reader_u8(r);
		hits[i].index = reader_u32le(r);
		hits[i].where = field_text(r, CAP_HIT_TEXT);
		if (hits[i].index >= known_of(limits, hits[i].kind))
			reader_fail(r);
	}
	answer->hits = hits;
	answer->n_hits = n;
	return RQ_OK;
}

enum rq_err worker_answer_decode(struct bytes data, const struct worker_limits *limits,
				 struct arena *arena, struct worker_answer *answer_out)
{
	struct reader r = reader_over(data.at, data.n);
	struct worker_answer answer = {0};
	enum rq_err err;

	*answer_out = answer;
	answer.n_read = reader_u64le(&r);
	answer.gaps = reader_u32le(&r);
	if (answer.gaps & ~gaps_of_workers || answer.n_read > limits->object_size)
		reader_fail(&r);
	answer.has_sha256 = field_bool(&r);
	if (answer.has_sha256)
		for (size_t i = 0; i < sizeof answer.sha256; i++)
			answer.sha256[i] = reader_u8(&r);
	err = get_rules(&r, limits, arena, &answer);
	if (err == RQ_OK)
		err = get_console(&r, arena, &answer);
	if (err == RQ_OK)
		err = get_module_data(&r, arena, &answer);
	if (err == RQ_OK)
		err = get_cuts(&r, limits, arena, &answer);
	if (err == RQ_OK)
		err = get_hits(&r, limits, arena, &answer);
	if (err != RQ_OK)
		return err;
	if (!reader_done(&r))
		return RQ_ERR_FORMAT;
	*answer_out = answer;
	return RQ_OK;
}
