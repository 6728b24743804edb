#include "finding/jsonl.h"

#include "bytes/encoding.h"
#include "finding/gap.h"
#include "finding/words.h"

#include <inttypes.h>

/* ,"name": */
static void name(struct buffer *out, const char *key)
{
	buffer_format(out, ",\"%s\":", key);
}

static void text(struct buffer *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	name(out, key);
	encode_json(out, bytes_of(value));
}

static void number(struct buffer *out, const char *key, uint64_t value)
{
	name(out, key);
	buffer_format(out, "%" PRIu64, value);
}

static void list(struct buffer *out, const char *key, const struct bytes *items,
		 size_t n)
{
	name(out, key);
	buffer_u8(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buffer_u8(out, ',');
		encode_json(out, items[i]);
	}
	buffer_u8(out, ']');
}

static void digest(struct buffer *out, const char *key, const uint8_t *sha256)
{
	name(out, key);
	buffer_u8(out, '"');
	encode_hex(out, (struct bytes){sha256, 32});
	buffer_u8(out, '"');
}

static void when(struct buffer *out, const char *key, uint64_t utc_ms)
{
	name(out, key);
	buffer_u8(out, '"');
	write_time_iso(out, utc_ms);
	buffer_u8(out, '"');
}

/* path, and path_b64 when the text lost something */
static void path(struct buffer *out, struct bytes outer, const struct bytes *chain,
		 size_t n_chain)
{
	struct buffer whole = {0};

	finding_path_write(&whole, outer, chain, n_chain);
	name(out, "path");
	if (!encode_json(out, buffer_bytes(&whole))) {
		name(out, "path_b64");
		buffer_u8(out, '"');
		encode_base64(out, buffer_bytes(&whole));
		buffer_u8(out, '"');
	}
	/* a line with half a path must not look whole */
	out->failed |= !buffer_ok(&whole);
	buffer_free(&whole);
}

static void metas(struct buffer *out, const struct finding *finding)
{
	name(out, "meta");
	buffer_u8(out, '[');
	for (size_t i = 0; i < finding->n_metas; i++) {
		const struct finding_meta *meta = &finding->metas[i];

		buffer_text(out, i > 0 ? ",[" : "[");
		encode_json(out, meta->key);
		buffer_u8(out, ',');
		switch (meta->kind) {
		case FINDING_META_TEXT: encode_json(out, meta->text); break;
		case FINDING_META_INT:
			buffer_format(out, "%" PRId64, meta->integer);
			break;
		case FINDING_META_BOOL:
			buffer_text(out, meta->integer != 0 ? "true" : "false");
			break;
		}
		buffer_u8(out, ']');
	}
	buffer_u8(out, ']');
}

static void strings_of(struct buffer *out, const struct finding *finding)
{
	name(out, "strings");
	buffer_u8(out, '[');
	for (size_t i = 0; i < finding->n_strings; i++) {
		const struct finding_string *string = &finding->strings[i];

		buffer_text(out, i > 0 ? ",{\"id\":" : "{\"id\":");
		encode_json(out, string->identifier);
		number(out, "offset", string->offset);
		number(out, "length", string->length);
		if (string->xor_key != 0)
			number(out, "xor", string->xor_key);
		buffer_u8(out, '}');
	}
	buffer_u8(out, ']');
}

void jsonl_match(struct buffer *out, const struct finding *finding, unsigned parts)
{
	buffer_text(out, "{\"event\":\"match\"");
	text(out, "kind", finding_kind_name(finding->kind));
	path(out, finding->path, finding->chain, finding->n_chain);
	list(out, "chain", finding->chain, finding->n_chain);
	name(out, "rule");
	encode_json(out, finding->rule);
	name(out, "namespace");
	encode_json(out, finding->name_space);
	list(out, "tags", finding->tags, finding->n_tags);
	metas(out, finding);
	if (parts & JSONL_STRINGS)
		strings_of(out, finding);
	number(out, "size", finding->size);
	if (parts & JSONL_MODIFIED && finding->modified_ms != 0)
		when(out, "modified", finding->modified_ms);
	if (finding->has_sha256)
		digest(out, "sha256", finding->sha256);
	if (finding_class(finding) == FINDING_LOOK)
		buffer_text(out, ",\"worth_a_look\":true");
	buffer_text(out, "}\n");
}

void jsonl_gap(struct buffer *out, const struct gap *gap)
{
	buffer_text(out, "{\"event\":\"gap\"");
	path(out, gap->path, gap->chain, gap->n_chain);
	if (gap->n_chain > 0)
		list(out, "chain", gap->chain, gap->n_chain);
	text(out, "reason", gap_name(gap->reason));
	text(out, "detail", gap->detail);
	if (gap->is_tolerated)
		buffer_text(out, ",\"tolerated\":true");
	if (gap->has_sha256)
		digest(out, "sha256", gap->sha256);
	buffer_text(out, "}\n");
}

static void content(struct buffer *out, const struct summary *summary)
{
	int64_t days;

	name(out, "content");
	buffer_format(out, "{\"rules\":%" PRIu64, summary->n_rules);
	number(out, "rules_refused", summary->n_rules_refused);
	if (summary->n_indicators > 0)
		number(out, "indicators", summary->n_indicators);
	if (summary->hashed != HASHED_NONE)
		text(out, "hashed", summary->hashed == HASHED_ALL ? "all" : "by-kind");
	text(out, "name", summary->content_name);
	text(out, "date", summary->content_date);
	if (summary_content_age(summary, &days)) {
		name(out, "content_age_days");
		buffer_format(out, "%" PRId64, days);
		name(out, "old");
		buffer_text(out, summary_content_is_old(summary) ? "true" : "false");
	}
	if (summary->max_content_age != 0)
		number(out, "max_age_days", summary->max_content_age);
	digest(out, "sha256", summary->content_sha256);
	buffer_u8(out, '}');
}

static void by_reason(struct buffer *out, const char *key,
		      const uint64_t counts[N_GAP_REASONS])
{
	const char *between = "";

	name(out, key);
	buffer_u8(out, '{');
	for (size_t i = 0; i < N_GAP_REASONS; i++) {
		if (counts[i] == 0)
			continue;
		buffer_format(out, "%s\"%s\":%" PRIu64, between,
			      gap_name((enum gap_reason)i), counts[i]);
		between = ",";
	}
	buffer_u8(out, '}');
}

static void scope(struct buffer *out, const struct summary *summary)
{
	name(out, "scope");
	buffer_u8(out, '[');
	for (size_t i = 0; i < summary->n_scope; i++) {
		if (i > 0)
			buffer_u8(out, ',');
		encode_json(out, bytes_of(summary->scope[i]));
	}
	buffer_u8(out, ']');
}

static void tolerances(struct buffer *out, const struct summary *summary)
{
	name(out, "tolerances");
	buffer_u8(out, '[');
	for (size_t i = 0; i < summary->n_tolerances; i++) {
		const struct summary_tolerance *tolerance = &summary->tolerances[i];

		buffer_format(out, "%s{\"reason\":\"%s\"", i > 0 ? "," : "",
			      gap_name(tolerance->reason));
		text(out, "paths", tolerance->pattern);
		number(out, "limit", tolerance->limit);
		number(out, "used", tolerance->n_used);
		buffer_u8(out, '}');
	}
	buffer_u8(out, ']');
}

void jsonl_summary(struct buffer *out, const struct summary *summary)
{
	buffer_text(out, "{\"event\":\"summary\"");
	text(out, "verdict", verdict_name(summary_verdict(summary)));
	text(out, "sweep_id", summary->sweep_id);
	text(out, "version", summary->program_version);
	content(out, summary);
	scope(out, summary);
	text(out, "host", summary->host_name);
	text(out, "unit", summary->unit);
	number(out, "files_seen", summary->n_seen);
	number(out, "files_scanned", summary->n_scanned);
	number(out, "files_found", summary->n_found);
	number(out, "findings", summary->n_findings);
	number(out, "worth_a_look", summary->n_look);
	number(out, "files_worth_a_look", summary->n_only_look);
	number(out, "bytes_seen", summary->bytes_seen);
	number(out, "bytes_scanned", summary->bytes_scanned);
	if (summary->has_processes) {
		number(out, "processes_seen", summary->n_processes_seen);
		number(out, "processes_scanned", summary->n_processes_scanned);
		number(out, "process_bytes", summary->process_bytes);
	}
	number(out, "gaps", summary_gaps(summary));
	by_reason(out, "skipped", summary->n_gaps);
	by_reason(out, "tolerated", summary->n_tolerated);
	if (summary->required_name != NULL) {
		text(out, "required_scope", summary->required_name);
		text(out, "required_scope_title", summary->required_title);
		text(out, "required_scope_description", summary->required_description);
		digest(out, "required_scope_sha256", summary->required_sha256);
		tolerances(out, summary);
	}
	when(out, "started", summary->started_ms);
	when(out, "ended", summary->ended_ms);
	name(out, "seconds");
	buffer_format(out, "%.3f", summary->seconds);
	name(out, "seconds_yielded");
	buffer_format(out, "%.3f", summary->seconds_yielded);
	name(out, "resumed");
	buffer_text(out, summary->resumed ? "true" : "false");
	name(out, "stopped");
	buffer_text(out, summary->stopped ? "true" : "false");
	text(out, "confinement", summary->confinement);
	number(out, "workers", summary->n_workers);
	buffer_text(out, "}\n");
}
