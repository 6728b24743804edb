#include "artefact/pack.h"

#include "artefact/day.h"
#include "bytes/cap.h"
#include "bytes/encoding.h"

#include <stdio.h>
#include <string.h>

struct parser {
	struct arena *arena;
	struct reader r;
	struct artefact_set *set;
	struct artefact_fault *fault;
	struct bytes pack, date;
	size_t first_entry; /* of this pack */
	uint32_t line;      /* of text */
	struct bytes text;  /* the line at hand, without its end */
	bool has_kind;
	uint64_t seen; /* keys of the entry at hand, as bits */
};

static enum rq_err refuse_at(struct parser *p, size_t column, const char *expected)
{
	p->fault->line = p->line;
	p->fault->column = (uint32_t)column;
	p->fault->text = p->text;
	snprintf(p->fault->what, sizeof p->fault->what, "expected %s", expected);
	return RQ_ERR_RULE;
}

/* value lies in the line at hand, or is one that was joined. */
static enum rq_err refuse(struct parser *p, struct bytes value, size_t inside,
			  const char *expected)
{
	size_t column = 0;

	if (value.at != NULL && value.at >= p->text.at &&
	    value.at <= p->text.at + p->text.n)
		column = (size_t)(value.at - p->text.at) + inside;
	return refuse_at(p, column < p->text.n ? column : p->text.n, expected);
}

/* ---- lines ---- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct bytes part(struct bytes text, size_t from, size_t n)
{
	struct reader r = reader_over(text.at, text.n);

	reader_skip(&r, from);
	return reader_bytes(&r, n);
}

static struct bytes trim(struct bytes text)
{
	return bytes_trim(text, BYTES_LITERAL(" \t"));
}

static struct bytes take_line(struct reader *r)
{
	struct reader ahead = *r;
	size_t n = 0;
	struct bytes line;

	while (reader_left(&ahead) > 0 && reader_u8(&ahead) != '\n')
		n++;
	line = reader_bytes(r, n);
	if (reader_left(r) > 0)
		reader_skip(r, 1);
	if (line.n > 0 && line.at[line.n - 1] == '\r')
		line.n--;
	return line;
}

static bool next_line(struct parser *p)
{
	while (reader_left(&p->r) > 0) {
		p->text = take_line(&p->r);
		p->line++;
		if (trim(p->text).n > 0 && p->text.at[0] != '#')
			return true;
	}
	return false;
}

/* A line that begins with a blank goes on with the one before. */
static enum rq_err join(struct parser *p, struct bytes *value)
{
	for (;;) {
		struct reader ahead = p->r;
		struct bytes line = take_line(&ahead), more = trim(line);
		char *both;

		if (more.n == 0 || !is_blank(line.at[0]))
			return RQ_OK;
		both = arena_array(p->arena, value->n + more.n + 2, 1);
		if (both == NULL)
			return RQ_ERR_MEMORY;
		memcpy(both, value->at, value->n);
		both[value->n] = ' ';
		memcpy(both + value->n + 1, more.at, more.n);
		*value = (struct bytes){(uint8_t *)both, value->n + 1 + more.n};
		p->r = ahead;
		p->line++;
	}
}

/* ---- values ---- */

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decimal digits, K, M or G behind them; false: none, or too many. */
static bool read_size(struct reader *r, uint64_t *size_out)
{
	uint64_t n = 0;
	size_t n_digits = 0;

	while (reader_left(r) > 0 && n < UINT32_MAX) {
		struct reader ahead = *r;
		uint8_t c = reader_u8(&ahead);

		if (c == '.')
			break;
		*r = ahead;
		if (c >= '0' && c <= '9') {
			n = n * 10 + (unsigned)(c - '0');
			n_digits++;
			continue;
		}
		*size_out = n << (c == 'K' ? 10 : c == 'M' ? 20 : 30);
		return n_digits > 0 && (c == 'K' || c == 'M' || c == 'G');
	}
	*size_out = n;
	return n_digits > 0;
}

static bool skip_dots(struct reader *r)
{
	return bytes_equal_text(reader_bytes(r, 2), "..");
}

static enum rq_err read_sizes(struct parser *p, struct artefact_entry *entry,
			      struct bytes value)
{
	struct reader r = reader_over(value.at, value.n);

	entry->has_size = true;
	entry->most = UINT64_MAX;
	if (!read_size(&r, &entry->least) || !skip_dots(&r) ||
	    (reader_left(&r) > 0 && !read_size(&r, &entry->most)) || !reader_done(&r) ||
	    entry->least > entry->most)
		return refuse(p, value, 0, "sizes such as 90K..2M or 90K..");
	return RQ_OK;
}

static enum rq_err read_days(struct parser *p, struct artefact_entry *entry,
			     struct bytes value)
{
	struct reader r = reader_over(value.at, value.n);

	entry->has_days = true;
	if (!day_read(reader_bytes(&r, 10), &entry->first_day) || !skip_dots(&r) ||
	    !day_read(reader_bytes(&r, 10), &entry->last_day) || !reader_done(&r) ||
	    entry->first_day > entry->last_day)
		return refuse(p, value, 0, "days such as 2020-07-23..2020-08-31");
	return RQ_OK;
}

static enum rq_err read_digest(struct parser *p, enum digest_kind kind,
			       struct artefact_digests *list, struct bytes value)
{
	static const char *const expected[] = {
	    [DIGEST_MD5] = "32 hexadecimal digits (MD5)",
	    [DIGEST_SHA1] = "40 hexadecimal digits (SHA-1)",
	    [DIGEST_SHA256] = "64 hexadecimal digits (SHA-256)",
	};
	struct reader r = reader_over(value.at, value.n);
	struct artefact_digest digest = {.kind = kind};
	size_t n = digest_size(kind);

	for (size_t i = 0; i < n; i++) {
		int high = digit_of(reader_u8(&r)), low = digit_of(reader_u8(&r));

		if (high < 0 || low < 0)
			return refuse(p, value, 2 * i, expected[kind]);
		digest.bytes[i] = (uint8_t)(high << 4 | low);
	}
	if (!reader_done(&r))
		return refuse(p, value, 2 * n, expected[kind]);
	if (list->n == CAP_ARTEFACT_HASHES)
		return refuse(p, value, 0, "fewer hashes in one entry");
	if (!arena_grow(p->arena, (void **)&list->items, &list->capacity, list->n + 1,
			sizeof *list->items))
		return RQ_ERR_MEMORY;
	list->items[list->n++] = digest;
	list->kinds |= 1u << kind;
	return RQ_OK;
}

/* "MZ", or hexadecimal digits in braces: {4d 5a}. */
static enum rq_err read_starts(struct parser *p, struct artefact_entry *entry,
			       struct bytes value)
{
	static const char expected[] = "text, or bytes such as {4d 5a}, at most 64";
	struct reader r = reader_over(value.at, value.n);
	uint8_t *room = arena_array(p->arena, 64, 1);
	size_t n = 0;
	int high = -1;

	if (room == NULL)
		return RQ_ERR_MEMORY;
	if (entry->n_starts == 4)
		return refuse(p, value, 0, "at most four of them");
	if (value.at[0] != '{') {
		if (value.n > 64)
			return refuse(p, value, 64, expected);
		entry->starts[entry->n_starts++] = value;
		return RQ_OK;
	}
	reader_skip(&r, 1);
	while (reader_left(&r) > 1) {
		uint8_t c = reader_u8(&r);
		int digit = digit_of(c);

		if (is_blank(c) && high < 0)
			continue;
		if (digit < 0 || n == 64)
			return refuse(p, value, r.pos - 1, expected);
		if (high >= 0)
			room[n++] = (uint8_t)(high << 4 | digit);
		high = high >= 0 ? -1 : digit;
	}
	if (reader_u8(&r) != '}' || high >= 0 || n == 0)
		return refuse(p, value, value.n - 1, expected);
	entry->starts[entry->n_starts++] = (struct bytes){room, n};
	return RQ_OK;
}

static enum rq_err read_score(struct parser *p, struct artefact_entry *entry,
			      struct bytes value)
{
	int64_t score = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.at[i] < '0' || value.at[i] > '9' || i == 3)
			return refuse(p, value, i, "a number from 0 to 100");
		score = score * 10 + (value.at[i] - '0');
	}
	if (score > 100)
		return refuse(p, value, 0, "a number from 0 to 100");
	entry->score = score;
	return RQ_OK;
}

static bool is_one_of(struct bytes value, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes_equal_text(value, words[i]))
			return true;
	return false;
}

static enum rq_err add_pattern(struct parser *p, enum artefact_pattern_kind kind,
			       struct bytes value, struct artefact_patterns *list)
{
	const char *why = "";
	size_t column = 0;
	enum rq_err err =
	    artefact_pattern_add(p->arena, kind, value, list, &column, &why);

	if (err == RQ_ERR_RULE)
		return refuse(p, value, column, why);
	if (err == RQ_OK && list->n > CAP_ARTEFACT_PATTERNS)
		return refuse(p, value, 0, "fewer patterns in one entry");
	return err;
}

/* ---- keys ---- */

static const char *const kind_names[N_ARTEFACT_KINDS] = {
    [ARTEFACT_FILE] = "file",         [ARTEFACT_SERVICE] = "service",
    [ARTEFACT_TASK] = "task",         [ARTEFACT_PERSISTENCE] = "persistence",
    [ARTEFACT_DNS] = "dns",           [ARTEFACT_INSTALLED] = "installed",
    [ARTEFACT_REGISTRY] = "registry", [ARTEFACT_MUTEX] = "mutex",
};

const char *artefact_kind_name(enum artefact_kind kind)
{
	return kind_names[kind];
}

enum key {
	KEY_COMMAND,
	KEY_SCHEDULE,
	KEY_STARTS,
	KEY_MD5,
	KEY_SHA1,
	KEY_SHA256,
	KEY_NOT_SHA256,
	N_REPEATABLE,
	KEY_SIZE = N_REPEATABLE,
	KEY_DAYS,
	KEY_SEVERITY,
	KEY_SCORE,
	KEY_CONFIDENCE,
	KEY_DESCRIPTION_VI,
	KEY_DESCRIPTION_EN,
	KEY_ADVICE_VI,
	KEY_ADVICE_EN,
	KEY_REFERENCE,
	KEY_TAG,
	N_KEYS,
};

enum {
	ON_FILES = 1u << ARTEFACT_FILE,
	ON_STARTS =
	    1u << ARTEFACT_SERVICE | 1u << ARTEFACT_TASK | 1u << ARTEFACT_PERSISTENCE,
	ON_PACKAGES = 1u << ARTEFACT_INSTALLED,
	ON_ALL = (1u << N_ARTEFACT_KINDS) - 1,
};

static const struct {
	const char *name;
	unsigned kinds; /* that it may stand with */
} keys[N_KEYS] = {
    [KEY_COMMAND] = {"command", ON_STARTS},
    [KEY_SCHEDULE] = {"schedule", ON_STARTS},
    [KEY_STARTS] = {"starts-with", ON_FILES},
    [KEY_MD5] = {"md5", ON_FILES},
    [KEY_SHA1] = {"sha1", ON_FILES},
    [KEY_SHA256] = {"sha256", ON_FILES},
    [KEY_NOT_SHA256] = {"not-sha256", ON_FILES},
    [KEY_SIZE] = {"size", ON_FILES},
    [KEY_DAYS] = {"days", ON_PACKAGES},
    [KEY_SEVERITY] = {"severity", ON_ALL},
    [KEY_SCORE] = {"score", ON_ALL},
    [KEY_CONFIDENCE] = {"confidence", ON_ALL},
    [KEY_DESCRIPTION_VI] = {"description.vi", ON_ALL},
    [KEY_DESCRIPTION_EN] = {"description.en", ON_ALL},
    [KEY_ADVICE_VI] = {"advice.vi", ON_ALL},
    [KEY_ADVICE_EN] = {"advice.en", ON_ALL},
    [KEY_REFERENCE] = {"reference", ON_ALL},
    [KEY_TAG] = {"tag", ON_ALL},
};

static enum rq_err read_word(struct parser *p, enum key key, struct bytes value,
			     struct artefact_entry *entry)
{
	static const char *const severities[] = {"low", "medium", "high", "critical"};

	switch (key) {
	case KEY_SEVERITY:
		entry->severity = value;
		return is_one_of(value, severities, 4)
			   ? RQ_OK
			   : refuse(p, value, 0, "low, medium, high or critical");
	case KEY_CONFIDENCE:
		entry->confidence = value;
		return is_one_of(value, severities, 3)
			   ? RQ_OK
			   : refuse(p, value, 0, "low, medium or high");
	case KEY_DESCRIPTION_VI: entry->description[ARTEFACT_VI] = value; break;
	case KEY_DESCRIPTION_EN: entry->description[ARTEFACT_EN] = value; break;
	case KEY_ADVICE_VI: entry->advice[ARTEFACT_VI] = value; break;
	case KEY_ADVICE_EN: entry->advice[ARTEFACT_EN] = value; break;
	case KEY_REFERENCE: entry->reference = value; break;
	default: entry->tag = value; break;
	}
	return RQ_OK;
}

static enum rq_err read_key(struct parser *p, enum key key, struct bytes value,
			    struct artefact_entry *entry)
{
	switch (key) {
	case KEY_COMMAND: return add_pattern(p, PATTERN_TEXT, value, &entry->command);
	case KEY_SCHEDULE: return add_pattern(p, PATTERN_TEXT, value, &entry->schedule);
	case KEY_STARTS: return read_starts(p, entry, value);
	case KEY_MD5: return read_digest(p, DIGEST_MD5, &entry->digests, value);
	case KEY_SHA1: return read_digest(p, DIGEST_SHA1, &entry->digests, value);
	case KEY_SHA256: return read_digest(p, DIGEST_SHA256, &entry->digests, value);
	case KEY_NOT_SHA256:
		return read_digest(p, DIGEST_SHA256, &entry->not_digests, value);
	case KEY_SIZE: return read_sizes(p, entry, value);
	case KEY_DAYS: return read_days(p, entry, value);
	case KEY_SCORE: return read_score(p, entry, value);
	default: return read_word(p, key, value, entry);
	}
}

static enum rq_err read_where(struct parser *p, enum artefact_kind kind,
			      struct bytes name, struct bytes value,
			      struct artefact_entry *entry)
{
	enum artefact_pattern_kind as = kind == ARTEFACT_FILE  ? PATTERN_PATH
					: kind == ARTEFACT_DNS ? PATTERN_HOST
							       : PATTERN_TEXT;

	if (p->has_kind && entry->kind != kind)
		return refuse(p, name, 0, "one kind of thing in an entry");
	p->has_kind = true;
	entry->kind = kind;
	return add_pattern(p, as, value, &entry->where);
}

/* "key: value" of an entry */
static enum rq_err read_pair(struct parser *p, struct bytes name, struct bytes value,
			     struct artefact_entry *entry)
{
	for (unsigned kind = 0; kind < N_ARTEFACT_KINDS; kind++)
		if (bytes_equal_text(name, kind_names[kind]))
			return read_where(p, (enum artefact_kind)kind, name, value,
					  entry);
	for (unsigned key = 0; key < N_KEYS; key++) {
		if (!bytes_equal_text(name, keys[key].name))
			continue;
		if (!p->has_kind)
			return refuse(p, name, 0,
				      "file, service, task, persistence, dns, "
				      "installed, registry or mutex first");
		if ((keys[key].kinds >> entry->kind & 1) == 0)
			return refuse(p, name, 0, "a key that goes with this kind");
		if (key >= N_REPEATABLE && (p->seen >> key & 1) != 0)
			return refuse(p, name, 0, "this key once in an entry");
		p->seen |= UINT64_C(1) << key;
		return read_key(p, (enum key)key, value, entry);
	}
	return refuse(p, name, 0,
		      "file, service, task, persistence, dns, installed, registry, "
		      "mutex, command, schedule, starts-with, md5, sha1, sha256, "
		      "not-sha256, size, "
		      "days, severity, score, confidence, description.vi, "
		      "description.en, advice.vi, advice.en, reference or tag");
}

static enum rq_err split_pair(struct parser *p, struct bytes *name, struct bytes *value)
{
	const uint8_t *colon = memchr(p->text.at, ':', p->text.n);
	size_t n;

	if (colon == NULL)
		return refuse_at(p, p->text.n, "\"key: value\" or \"[id]\"");
	n = (size_t)(colon - p->text.at);
	*name = trim(part(p->text, 0, n));
	*value = trim(part(p->text, n + 1, p->text.n - n - 1));
	if (value->n == 0)
		return refuse_at(p, p->text.n, "a value");
	return join(p, value);
}

/* ---- entries ---- */

static enum rq_err finish_entry(struct parser *p)
{
	static const enum key needed[] = {KEY_SEVERITY, KEY_DESCRIPTION_VI,
					  KEY_DESCRIPTION_EN, KEY_ADVICE_VI,
					  KEY_ADVICE_EN};
	struct artefact_set *set = p->set;
	char expected[80];

	if (set->n == p->first_entry)
		return RQ_OK;
	if (!p->has_kind)
		return refuse_at(p, 0, "what the entry above looks for, such as file:");
	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		if ((p->seen >> needed[i] & 1) != 0)
			continue;
		snprintf(expected, sizeof expected, "%s in the entry above",
			 keys[needed[i]].name);
		return refuse_at(p, 0, expected);
	}
	return RQ_OK;
}

static bool is_id(struct bytes id)
{
	for (size_t i = 0; i < id.n; i++) {
		uint8_t c = id.at[i];

		if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') &&
		    (c < 'a' || c > 'z') && c != '_' && c != '-')
			return false;
	}
	return id.n > 0 && id.n <= 64;
}

static enum rq_err begin_entry(struct parser *p)
{
	struct artefact_set *set = p->set;
	struct bytes line = trim(p->text);
	struct bytes id;
	enum rq_err err = finish_entry(p);

	if (err != RQ_OK)
		return err;
	if (line.n < 3 || line.at[line.n - 1] != ']')
		return refuse_at(p, p->text.n, "]");
	id = part(line, 1, line.n - 2);
	if (!is_id(id))
		return refuse(p, id, 0, "an id of letters, digits, _ and -");
	for (size_t i = p->first_entry; i < set->n; i++)
		if (bytes_equal(set->entries[i].id, id))
			return refuse(p, id, 0, "an id that is not used above");
	if (set->n == CAP_ARTEFACT_ENTRIES)
		return refuse_at(p, 0, "fewer entries");
	if (!arena_grow(p->arena, (void **)&set->entries, &set->capacity, set->n + 1,
			sizeof *set->entries))
		return RQ_ERR_MEMORY;
	set->entries[set->n++] = (struct artefact_entry){
	    .pack = p->pack, .id = id, .line = p->line, .score = 60};
	p->has_kind = false;
	p->seen = 0;
	return RQ_OK;
}

/* ---- the whole ---- */

static enum rq_err read_head(struct parser *p)
{
	struct bytes name, value;
	int64_t day;
	enum rq_err err;

	if (!next_line(p))
		return refuse_at(p, 0, "\"pack: NAME\"");
	err = split_pair(p, &name, &value);
	if (err != RQ_OK)
		return err;
	if (!bytes_equal_text(name, "pack"))
		return refuse(p, name, 0, "\"pack: NAME\" first");
	if (!is_id(value))
		return refuse(p, value, 0, "a name of letters, digits, _ and -");
	p->pack = value;
	if (!next_line(p))
		return refuse_at(p, 0, "\"date: YYYY-MM-DD\"");
	err = split_pair(p, &name, &value);
	if (err != RQ_OK)
		return err;
	if (!bytes_equal_text(name, "date"))
		return refuse(p, name, 0, "\"date: YYYY-MM-DD\" next");
	if (!day_read(value, &day))
		return refuse(p, value, 0, "a day such as 2020-12-31");
	p->date = value;
	return RQ_OK;
}

static enum rq_err find_bad_utf8(struct parser *p)
{
	while (next_line(p)) {
		struct bytes rest = p->text;

		while (rest.n > 0) {
			size_t n = utf8_sequence(rest, NULL);

			if (n == 0)
				return refuse(p, rest, 0, "UTF-8");
			rest = part(rest, n, rest.n - n);
		}
	}
	return RQ_OK;
}

enum rq_err artefact_pack_read(struct arena *arena, struct bytes text,
			       struct artefact_set *set, struct artefact_fault *fault)
{
	struct parser p = {.arena = arena,
			   .r = reader_over(text.at, text.n),
			   .set = set,
			   .fault = fault,
			   .first_entry = set->n};
	struct bytes name, value;
	enum rq_err err;

	*fault = (struct artefact_fault){0};
	if (text.n > CAP_ARTEFACT_SOURCE)
		return refuse_at(&p, 0, "a smaller pack");
	if (set->n_packs == CAP_ARTEFACT_PACKS)
		return refuse_at(&p, 0, "fewer packs");
	if (!utf8_valid(text))
		return find_bad_utf8(&p);
	err = read_head(&p);
	while (err == RQ_OK && next_line(&p)) {
		if (p.text.at[0] == '[') {
			err = begin_entry(&p);
			continue;
		}
		if (is_blank(p.text.at[0]))
			return refuse_at(&p, 0, "a key at the start of the line");
		if (set->n == p.first_entry)
			return refuse_at(&p, 0, "\"[id]\", the first entry");
		err = split_pair(&p, &name, &value);
		if (err == RQ_OK)
			err = read_pair(&p, name, value, &set->entries[set->n - 1]);
	}
	if (err == RQ_OK)
		err = finish_entry(&p);
	if (err != RQ_OK)
		return err;
	if (set->n == p.first_entry)
		return refuse_at(&p, 0, "at least one entry");
	if (bytes_compare(p.date, set->newest) > 0)
		set->newest = p.date;
	set->n_packs++;
	return RQ_OK;
}

/* ---- the image: writer and reader ---- */

void artefact_image_add(struct buffer *image, struct bytes text)
{
	buffer_u32le(image, (uint32_t)text.n);
	buffer_put(image, text.at, text.n);
}

enum rq_err artefact_image_read(struct arena *arena, struct bytes image,
				struct artefact_set *set)
{
	struct reader r = reader_over(image.at, image.n);
	struct artefact_fault fault;

	*set = (struct artefact_set){0};
	while (!reader_done(&r)) {
		struct bytes text = reader_bytes(&r, reader_u32le(&r));
		enum rq_err err;

		if (!reader_ok(&r))
			return RQ_ERR_FORMAT;
		err = artefact_pack_read(arena, text, set, &fault);
		if (err != RQ_OK)
			return err == RQ_ERR_RULE ? RQ_ERR_FORMAT : err;
	}
	return RQ_OK;
}
