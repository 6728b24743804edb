/* The lines of jsonl.c, read again. */
#include "finding/jsonl.h"

#include "bytes/cap.h"
#include "bytes/json.h"
#include "finding/gap.h"

#include <string.h>

/* A line on its way.  What a line must have is seen at its end, by the bits of keys. */
struct reading {
	struct json json;
	uint64_t keys;
};

static void refuse(struct reading *reading)
{
	reader_fail(&reading->json.in);
}

/* An object has its first n keys, or it is none of ours. */
static void need(struct reading *reading, unsigned n)
{
	if ((reading->keys & ((1u << n) - 1)) != (1u << n) - 1)
		refuse(reading);
}

/* Which of keys it is; n for one that this program does not know.  None comes twice. */
static size_t which(struct reading *reading, const char *const *keys, size_t n,
		    struct bytes key)
{
	for (size_t i = 0; i < n; i++) {
		if (!bytes_equal_text(key, keys[i]))
			continue;
		if (reading->keys >> i & 1)
			refuse(reading);
		reading->keys |= (uint64_t)1 << i;
		return i;
	}
	return n;
}

/* ---- values ---- */

/* Room for one more; NULL: refused, and told. */
static void *add(struct reading *reading, void **array, size_t *capacity, size_t n,
		 size_t size)
{
	if (n >= CAP_JSONL_ITEMS) {
		refuse(reading);
		return NULL;
	}
	if (!arena_grow(reading->json.arena, array, capacity, n + 1, size)) {
		reading->json.has_memory = false;
		refuse(reading);
		return NULL;
	}
	return (uint8_t *)*array + n * size;
}

static const char *read_name(struct reading *reading)
{
	return (const char *)json_text(&reading->json).at;
}

static const struct bytes *read_texts(struct reading *reading, size_t *n_out)
{
	struct bytes *texts = NULL, *text;
	size_t capacity = 0;

	*n_out = 0;
	json_open(&reading->json, '[');
	while (json_element(&reading->json)) {
		text = add(reading, (void **)&texts, &capacity, *n_out, sizeof *texts);
		if (text == NULL)
			return NULL;
		*text = json_text(&reading->json);
		++*n_out;
	}
	return texts;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void read_digest(struct reading *reading, uint8_t *out)
{
	struct bytes text = json_text(&reading->json);
	struct reader r = reader_over(text.at, text.n);

	for (size_t i = 0; i < 32; i++) {
		int high = hex_digit(reader_u8(&r)), low = hex_digit(reader_u8(&r));

		if (high < 0 || low < 0)
			refuse(reading);
		out[i] = (uint8_t)((high < 0 ? 0 : high) * 16 + (low < 0 ? 0 : low));
	}
	if (!reader_done(&r))
		refuse(reading);
}

static int base64_digit(uint8_t c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != 0 ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* RFC 4648 section 4, with its padding and no bits behind the last byte. */
static struct bytes read_base64(struct reading *reading)
{
	struct bytes text = json_text(&reading->json);
	uint8_t *to = arena_array(reading->json.arena, text.n + 1, 1);
	uint32_t bits = 0;
	size_t n = 0, n_bits = 0, n_digits = text.n;
	struct reader r;

	if (to == NULL) {
		reading->json.has_memory = false;
		refuse(reading);
		return (struct bytes){NULL, 0};
	}
	while (n_digits > 0 && text.n - n_digits < 2 && text.at[n_digits - 1] == '=')
		n_digits--;
	r = reader_over(text.at, n_digits);
	while (reader_left(&r) > 0) {
		int digit = base64_digit(reader_u8(&r));

		if (digit < 0)
			refuse(reading);
		bits = (bits << 6 | (uint32_t)(digit & 63)) & 0xfff;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			to[n++] = (uint8_t)(bits >> n_bits);
		}
	}
	if (text.n % 4 != 0 || (bits & ((1u << n_bits) - 1)) != 0)
		refuse(reading);
	return (struct bytes){to, n};
}

static unsigned two_digits(struct reader *r)
{
	uint8_t high = reader_u8(r), low = reader_u8(r);

	if (high < '0' || high > '9' || low < '0' || low > '9')
		reader_fail(r);
	return reader_ok(r) ? (high - '0') * 10u + (low - '0') : 0;
}

/* "2020-12-20T14:05:09Z" */
static uint64_t read_time(struct reading *reading)
{
	static const char between[] = "--T::Z";
	struct bytes text = json_text(&reading->json);
	struct reader r = reader_over(text.at, text.n);
	unsigned parts[6];
	uint64_t year = two_digits(&r) * 100u;
	int64_t days;

	for (size_t i = 0; i < 6; i++) {
		parts[i] = two_digits(&r);
		if (reader_u8(&r) != (uint8_t)between[i])
			reader_fail(&r);
	}
	year += parts[0];
	if (!reader_done(&r) || year < 1970 || parts[1] < 1 || parts[1] > 12 ||
	    parts[2] < 1 || parts[2] > 31 || parts[3] > 23 || parts[4] > 59 ||
	    parts[5] > 60) {
		refuse(reading);
		return 0;
	}
	days = days_of_date((int)year, (int)parts[1], (int)parts[2]);
	return ((uint64_t)days * 86400 + parts[3] * 3600u + parts[4] * 60u + parts[5]) *
	       1000;
}

static enum gap_reason reason_of(struct reading *reading, struct bytes name)
{
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		if (bytes_equal_text(name, gap_name((enum gap_reason)i)))
			return (enum gap_reason)i;
	refuse(reading);
	return GAP_UNREADABLE;
}

/* ---- where: path, path_b64, chain ---- */

struct place {
	struct bytes path, exact;
	const struct bytes *chain;
	size_t n_chain;
	bool has_exact;
};

/* The path of the file: what is written has the steps of chain behind it.  Where they do
 * not fit (a name that is no UTF-8) the joined path stands for all. */
static void take_apart(struct place *place)
{
	struct bytes path = place->has_exact ? place->exact : place->path;
	size_t n = path.n;

	for (size_t i = place->n_chain; i-- > 0;) {
		struct bytes step = place->chain[i];
		struct bytes end;

		if (n < step.n + 1)
			break;
		end = (struct bytes){path.at + n - step.n, step.n};
		if (!bytes_equal(end, step) || path.at[n - step.n - 1] != '!')
			break;
		n -= step.n + 1;
		if (i == 0) {
			place->path = (struct bytes){path.at, n};
			return;
		}
	}
	place->path = path;
	place->n_chain = 0;
}

/* ---- match ---- */

static const struct finding_meta *read_metas(struct reading *reading, size_t *n_out)
{
	struct json *json = &reading->json;
	struct finding_meta *metas = NULL, *meta;
	size_t capacity = 0;

	*n_out = 0;
	json_open(json, '[');
	while (json_element(json)) {
		meta = add(reading, (void **)&metas, &capacity, *n_out, sizeof *metas);
		if (meta == NULL)
			return NULL;
		json_open(json, '[');
		meta->key = json_element(json) ? json_text(json) : meta->key;
		if (!json_element(json))
			refuse(reading);
		switch (json_kind(json)) {
		case '"':
			meta->kind = FINDING_META_TEXT;
			meta->text = json_text(json);
			break;
		case '0':
			meta->kind = FINDING_META_INT;
			meta->integer = json_i64(json);
			break;
		default:
			meta->kind = FINDING_META_BOOL;
			meta->integer = json_bool(json);
		}
		if (json_element(json))
			refuse(reading);
		++*n_out;
	}
	return metas;
}

static const struct finding_string *read_strings(struct reading *reading, size_t *n_out)
{
	struct json *json = &reading->json;
	struct finding_string *strings = NULL, *string;
	size_t capacity = 0;
	struct bytes key;

	*n_out = 0;
	json_open(json, '[');
	while (json_element(json)) {
		string =
		    add(reading, (void **)&strings, &capacity, *n_out, sizeof *strings);
		if (string == NULL)
			return NULL;
		json_open(json, '{');
		while (json_member(json, &key)) {
			if (bytes_equal_text(key, "id"))
				string->identifier = json_text(json);
			else if (bytes_equal_text(key, "offset"))
				string->offset = json_u64(json);
			else if (bytes_equal_text(key, "length"))
				string->length = json_u64(json);
			else if (bytes_equal_text(key, "xor"))
				string->xor_key = (uint8_t)json_u64(json);
			else
				json_skip(json);
		}
		++*n_out;
	}
	return strings;
}

static enum finding_kind read_kind(struct reading *reading)
{
	struct bytes name = json_text(&reading->json);

	for (int i = FINDING_RULE; i <= FINDING_CLAMAV; i++)
		if (bytes_equal_text(name, finding_kind_name((enum finding_kind)i)))
			return (enum finding_kind)i;
	refuse(reading);
	return FINDING_RULE;
}

static void read_match(struct reading *reading, struct finding *finding)
{
	enum {
		KIND,
		PATH,
		CHAIN,
		RULE,
		NAMESPACE,
		TAGS,
		META,
		SIZE,
		N_NEEDED,
		PATH_B64 = N_NEEDED,
		STRINGS,
		MODIFIED,
		SHA256,
		N
	};
	static const char *const keys[N] = {
	    [KIND] = "kind",       [PATH] = "path",           [CHAIN] = "chain",
	    [RULE] = "rule",       [NAMESPACE] = "namespace", [TAGS] = "tags",
	    [META] = "meta",       [SIZE] = "size",           [PATH_B64] = "path_b64",
	    [STRINGS] = "strings", [MODIFIED] = "modified",   [SHA256] = "sha256"};
	struct json *json = &reading->json;
	struct place place = {0};
	struct bytes key;

	while (json_member(json, &key)) {
		switch (which(reading, keys, N, key)) {
		case KIND: finding->kind = read_kind(reading); break;
		case PATH: place.path = json_text(json); break;
		case PATH_B64:
			place.exact = read_base64(reading);
			place.has_exact = true;
			break;
		case CHAIN: place.chain = read_texts(reading, &place.n_chain); break;
		case RULE: finding->rule = json_text(json); break;
		case NAMESPACE: finding->name_space = json_text(json); break;
		case TAGS: finding->tags = read_texts(reading, &finding->n_tags); break;
		case META:
			finding->metas = read_metas(reading, &finding->n_metas);
			break;
		case STRINGS:
			finding->strings = read_strings(reading, &finding->n_strings);
			break;
		case SIZE: finding->size = json_u64(json); break;
		case MODIFIED: finding->modified_ms = read_time(reading); break;
		case SHA256:
			read_digest(reading, finding->sha256);
			finding->has_sha256 = true;
			break;
		default: json_skip(json);
		}
	}
	need(reading, N_NEEDED);
	take_apart(&place);
	finding->path = place.path;
	finding->chain = place.chain;
	finding->n_chain = place.n_chain;
}

/* ---- gap ---- */

static void read_gap(struct reading *reading, struct gap *gap)
{
	enum {
		PATH,
		REASON,
		N_NEEDED,
		PATH_B64 = N_NEEDED,
		CHAIN,
		DETAIL,
		TOLERATED,
		SHA256,
		N
	};
	static const char *const keys[N] = {
	    [PATH] = "path",    [REASON] = "reason", [PATH_B64] = "path_b64",
	    [CHAIN] = "chain",  [DETAIL] = "detail", [TOLERATED] = "tolerated",
	    [SHA256] = "sha256"};
	struct json *json = &reading->json;
	struct place place = {0};
	struct bytes key;

	while (json_member(json, &key)) {
		switch (which(reading, keys, N, key)) {
		case PATH: place.path = json_text(json); break;
		case PATH_B64:
			place.exact = read_base64(reading);
			place.has_exact = true;
			break;
		case CHAIN: place.chain = read_texts(reading, &place.n_chain); break;
		case REASON: gap->reason = reason_of(reading, json_text(json)); break;
		case DETAIL: gap->detail = read_name(reading); break;
		case TOLERATED: gap->is_tolerated = json_bool(json); break;
		case SHA256:
			read_digest(reading, gap->sha256);
			gap->has_sha256 = true;
			break;
		default: json_skip(json);
		}
	}
	need(reading, N_NEEDED);
	take_apart(&place);
	gap->path = place.path;
	gap->chain = place.chain;
	gap->n_chain = place.n_chain;
}

/* ---- summary ---- */

static void read_content(struct reading *reading, struct summary *summary)
{
	enum {
		RULES,
		SHA256,
		N_NEEDED,
		REFUSED = N_NEEDED,
		INDICATORS,
		HASHED,
		NAME,
		DATE,
		MAX_AGE,
		N
	};
	static const char *const keys[N] = {
	    [RULES] = "rules", [SHA256] = "sha256",         [REFUSED] = "rules_refused",
	    [NAME] = "name",   [INDICATORS] = "indicators", [HASHED] = "hashed",
	    [DATE] = "date",   [MAX_AGE] = "max_age_days"};
	struct json *json = &reading->json;
	uint64_t outside = reading->keys;
	struct bytes key, text;

	reading->keys = 0;
	json_open(json, '{');
	while (json_member(json, &key)) {
		switch (which(reading, keys, N, key)) {
		case RULES: summary->n_rules = json_u64(json); break;
		case REFUSED: summary->n_rules_refused = json_u64(json); break;
		case INDICATORS: summary->n_indicators = json_u64(json); break;
		case HASHED:
			text = json_text(json);
			summary->hashed = HASHED_BY_KIND;
			if (bytes_equal_text(text, "all"))
				summary->hashed = HASHED_ALL;
			else if (!bytes_equal_text(text, "by-kind"))
				refuse(reading);
			break;
		case NAME: summary->content_name = read_name(reading); break;
		case DATE: summary->content_date = read_name(reading); break;
		case SHA256: read_digest(reading, summary->content_sha256); break;
		case MAX_AGE:
			summary->max_content_age = (uint32_t)json_u64(json);
			break;
		default: json_skip(json);
		}
	}
	need(reading, N_NEEDED);
	reading->keys = outside;
}

static void read_by_reason(struct reading *reading, uint64_t counts[N_GAP_REASONS])
{
	struct bytes key;

	json_open(&reading->json, '{');
	while (json_member(&reading->json, &key)) {
		enum gap_reason reason = reason_of(reading, key);

		if (counts[reason] != 0)
			refuse(reading);
		counts[reason] = json_u64(&reading->json);
		/* so that no sum of them wraps */
		if (counts[reason] > UINT64_MAX / 64)
			refuse(reading);
	}
}

static void read_scope(struct reading *reading, struct summary *summary)
{
	size_t capacity = 0;
	const char **scope = NULL, **at;

	json_open(&reading->json, '[');
	while (json_element(&reading->json)) {
		at = add(reading, (void **)&scope, &capacity, summary->n_scope,
			 sizeof *scope);
		if (at == NULL)
			return;
		*at = read_name(reading);
		summary->scope = scope;
		summary->n_scope++;
	}
}

static void read_tolerances(struct reading *reading, struct summary *summary)
{
	struct summary_tolerance *all = NULL, *at;
	struct json *json = &reading->json;
	size_t capacity = 0;
	struct bytes key;

	json_open(json, '[');
	while (json_element(json)) {
		at = add(reading, (void **)&all, &capacity, summary->n_tolerances,
			 sizeof *all);
		if (at == NULL)
			return;
		json_open(json, '{');
		while (json_member(json, &key)) {
			if (bytes_equal_text(key, "reason"))
				at->reason = reason_of(reading, json_text(json));
			else if (bytes_equal_text(key, "paths"))
				at->pattern = read_name(reading);
			else if (bytes_equal_text(key, "limit"))
				at->limit = json_u64(json);
			else if (bytes_equal_text(key, "used"))
				at->n_used = json_u64(json);
			else
				json_skip(json);
		}
		summary->tolerances = all;
		summary->n_tolerances++;
	}
}

static enum verdict read_verdict(struct reading *reading)
{
	struct bytes text = json_text(&reading->json);

	for (int i = VERDICT_FOUND; i <= VERDICT_UNKNOWN; i++)
		if (bytes_equal_text(text, verdict_name((enum verdict)i)))
			return (enum verdict)i;
	refuse(reading);
	return VERDICT_UNKNOWN;
}

static void read_summary(struct reading *reading, struct summary *summary)
{
	enum {
		VERDICT,
		VERSION,
		CONTENT,
		SCOPE,
		SEEN,
		SCANNED,
		FOUND,
		FINDINGS,
		ALL_BYTES,
		BYTES,
		GAPS,
		SKIPPED,
		STARTED,
		ENDED,
		SECONDS,
		N_NEEDED,
		SWEEP_ID = N_NEEDED,
		HOST,
		PROCESSES_SEEN,
		PROCESSES_SCANNED,
		PROCESS_BYTES,
		TOLERATED,
		REQUIRED,
		REQUIRED_SHA256,
		TOLERANCES,
		YIELDED,
		RESUMED,
		STOPPED,
		CONFINEMENT,
		WORKERS,
		LOOK,
		ONLY_LOOK,
		TITLE,
		DESCRIPTION,
		UNIT,
		N
	};
	static const char *const keys[N] = {
	    [VERDICT] = "verdict",
	    [VERSION] = "version",
	    [CONTENT] = "content",
	    [SCOPE] = "scope",
	    [SEEN] = "files_seen",
	    [SCANNED] = "files_scanned",
	    [FOUND] = "files_found",
	    [FINDINGS] = "findings",
	    [ALL_BYTES] = "bytes_seen",
	    [BYTES] = "bytes_scanned",
	    [GAPS] = "gaps",
	    [SKIPPED] = "skipped",
	    [STARTED] = "started",
	    [ENDED] = "ended",
	    [SECONDS] = "seconds",
	    [SWEEP_ID] = "sweep_id",
	    [HOST] = "host",
	    [PROCESSES_SEEN] = "processes_seen",
	    [PROCESSES_SCANNED] = "processes_scanned",
	    [PROCESS_BYTES] = "process_bytes",
	    [TOLERATED] = "tolerated",
	    [REQUIRED] = "required_scope",
	    [REQUIRED_SHA256] = "required_scope_sha256",
	    [TOLERANCES] = "tolerances",
	    [YIELDED] = "seconds_yielded",
	    [RESUMED] = "resumed",
	    [STOPPED] = "stopped",
	    [CONFINEMENT] = "confinement",
	    [WORKERS] = "workers",
	    [LOOK] = "worth_a_look",
	    [ONLY_LOOK] = "files_worth_a_look",
	    [TITLE] = "required_scope_title",
	    [DESCRIPTION] = "required_scope_description",
	    [UNIT] = "unit",
	};
	uint64_t *const counts[N] = {
	    [SEEN] = &summary->n_seen,
	    [SCANNED] = &summary->n_scanned,
	    [FOUND] = &summary->n_found,
	    [FINDINGS] = &summary->n_findings,
	    [ALL_BYTES] = &summary->bytes_seen,
	    [BYTES] = &summary->bytes_scanned,
	    [PROCESSES_SEEN] = &summary->n_processes_seen,
	    [PROCESSES_SCANNED] = &summary->n_processes_scanned,
	    [PROCESS_BYTES] = &summary->process_bytes,
	    [LOOK] = &summary->n_look,
	    [ONLY_LOOK] = &summary->n_only_look,
	};
	struct json *json = &reading->json;
	enum verdict verdict = VERDICT_UNKNOWN;
	uint64_t n_gaps = 0;
	struct bytes key;
	size_t i;

	while (json_member(json, &key)) {
		i = which(reading, keys, N, key);
		if (i < N && counts[i] != NULL) {
			*counts[i] = json_u64(json);
			summary->has_processes |= i == PROCESSES_SEEN;
			continue;
		}
		switch (i) {
		case VERDICT: verdict = read_verdict(reading); break;
		case VERSION: summary->program_version = read_name(reading); break;
		case CONTENT: read_content(reading, summary); break;
		case SCOPE: read_scope(reading, summary); break;
		case GAPS: n_gaps = json_u64(json); break;
		case SKIPPED: read_by_reason(reading, summary->n_gaps); break;
		case STARTED: summary->started_ms = read_time(reading); break;
		case ENDED: summary->ended_ms = read_time(reading); break;
		case SECONDS: summary->seconds = json_number(json); break;
		case SWEEP_ID: summary->sweep_id = read_name(reading); break;
		case HOST: summary->host_name = read_name(reading); break;
		case TOLERATED: read_by_reason(reading, summary->n_tolerated); break;
		case REQUIRED: summary->required_name = read_name(reading); break;
		case REQUIRED_SHA256:
			read_digest(reading, summary->required_sha256);
			break;
		case UNIT: summary->unit = read_name(reading); break;
		case TITLE: summary->required_title = read_name(reading); break;
		case DESCRIPTION:
			summary->required_description = read_name(reading);
			break;
		case TOLERANCES: read_tolerances(reading, summary); break;
		case YIELDED: summary->seconds_yielded = json_number(json); break;
		case RESUMED: summary->resumed = json_bool(json); break;
		case STOPPED: summary->stopped = json_bool(json); break;
		case CONFINEMENT: summary->confinement = read_name(reading); break;
		case WORKERS: summary->n_workers = (uint32_t)json_u64(json); break;
		default: json_skip(json);
		}
	}
	/* it is told with its title or not at all */
	if ((summary->required_name == NULL) != (summary->required_title == NULL))
		refuse(reading);
	if ((reading->keys & ((1u << N_NEEDED) - 1)) != (1u << N_NEEDED) - 1 ||
	    n_gaps != summary_gaps(summary) || verdict != summary_verdict(summary))
		refuse(reading);
}

enum rq_err jsonl_read(struct bytes line, struct arena *arena,
		       struct jsonl_line *line_out)
{
	struct reading reading = {.json = json_over(line, arena)};
	struct json *json = &reading.json;
	struct bytes key, event;

	*line_out = (struct jsonl_line){0};
	if (line.n > CAP_JSONL_LINE)
		return RQ_ERR_FORMAT;
	json_open(json, '{');
	/* which line it is says its first member */
	if (!json_member(json, &key) || !bytes_equal_text(key, "event"))
		refuse(&reading);
	event = json_text(json);
	if (bytes_equal_text(event, "match")) {
		line_out->event = JSONL_MATCH;
		read_match(&reading, &line_out->finding);
	} else if (bytes_equal_text(event, "gap")) {
		line_out->event = JSONL_GAP;
		read_gap(&reading, &line_out->gap);
	} else if (bytes_equal_text(event, "summary")) {
		line_out->event = JSONL_SUMMARY;
		read_summary(&reading, &line_out->summary);
	} else {
		refuse(&reading);
	}
	if (!json_done(json)) {
		*line_out = (struct jsonl_line){0};
		return json->has_memory ? RQ_ERR_FORMAT : RQ_ERR_MEMORY;
	}
	return RQ_OK;
}
