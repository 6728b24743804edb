#include "centre/audit/audit.h"

#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "crypto/digest.h"

#include <string.h>

/* What these hashes are of, and of nothing else; with its zero. */
static const char purpose[] = "raquet audit 1";

/* ---- canonical bytes: encoder, decoder, docs/audit-format.md ---- */

static bool is_name(struct bytes name, const char *also)
{
	if (name.n == 0 || name.n > AUDIT_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' &&
		    (c == 0 || strchr(also, c) == NULL))
			return false;
	}
	return true;
}

static void put_name(struct buffer *to, struct bytes name)
{
	buffer_u8(to, (uint8_t)name.n);
	buffer_put(to, name.at, name.n);
}

static void put_field(struct buffer *to, const struct audit_field *field)
{
	put_name(to, field->name);
	buffer_u8(to, (uint8_t)field->value.kind);
	if (field->value.kind == STORE_NUMBER)
		buffer_u64le(to, (uint64_t)field->value.number);
	if (field->value.kind == STORE_TEXT || field->value.kind == STORE_BYTES) {
		buffer_u32le(to, (uint32_t)field->value.bytes.n);
		buffer_put(to, field->value.bytes.at, field->value.bytes.n);
	}
}

static bool text_is_sound(const struct store_value *value)
{
	return value->kind != STORE_TEXT || value->bytes.n == 0 ||
	       (memchr(value->bytes.at, 0, value->bytes.n) == NULL &&
		utf8_valid(value->bytes));
}

static enum rq_err put_fields(struct buffer *to, const struct audit_event *event,
			      struct rq_diag *diag)
{
	if (event->n_fields > AUDIT_FIELDS_MAX || !is_name(event->event, "."))
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "no event for the audit");
	to->max = CAP_AUDIT_FIELDS;
	buffer_u8(to, (uint8_t)event->n_fields);
	for (size_t i = 0; i < event->n_fields; i++) {
		if (!is_name(event->fields[i].name, "") ||
		    !text_is_sound(&event->fields[i].value))
			return rq_fail(diag, RQ_ERR_USAGE, NULL,
				       "field %zu cannot be in the audit", i + 1);
		put_field(to, &event->fields[i]);
	}
	return buffer_ok(to) ? RQ_OK
			     : rq_fail(diag, RQ_ERR_LIMIT, NULL,
				       "more than %u bytes for one entry of the audit",
				       CAP_AUDIT_FIELDS);
}

static void take_field(struct reader *r, struct audit_field *field)
{
	uint8_t raw_kind;

	field->name = reader_bytes(r, reader_u8(r));
	raw_kind = reader_u8(r);
	field->value = store_null();
	if (!is_name(field->name, "") || raw_kind > STORE_BYTES) {
		reader_fail(r);
		return;
	}
	field->value.kind = (enum store_kind)raw_kind;
	if (raw_kind == STORE_NUMBER)
		field->value.number = (int64_t)reader_u64le(r);
	if (raw_kind == STORE_TEXT || raw_kind == STORE_BYTES)
		field->value.bytes = reader_bytes(r, reader_u32le(r));
	if (!text_is_sound(&field->value))
		reader_fail(r);
}

enum rq_err audit_fields(struct bytes raw, struct audit_field *out, size_t *n_out)
{
	struct reader r = reader_over(raw.at, raw.n);
	uint8_t raw_n = reader_u8(&r);

	*n_out = 0;
	if (raw.n > CAP_AUDIT_FIELDS || raw_n > AUDIT_FIELDS_MAX)
		return RQ_ERR_FORMAT;
	for (size_t i = 0; i < raw_n; i++)
		take_field(&r, &out[i]);
	if (!reader_done(&r))
		return RQ_ERR_FORMAT;
	*n_out = raw_n;
	return RQ_OK;
}

/* ---- the chain ---- */

/* An entry as it lies in its row. */
struct entry {
	int64_t number, time, actor, unit;
	struct bytes event, fields;
};

/* The hash of entry in the place behind before. */
static enum rq_err hash_of(const uint8_t before[AUDIT_HASH], const struct entry *entry,
			   uint8_t out[AUDIT_HASH], struct rq_diag *diag)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	struct buffer all = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	buffer_put(&all, purpose, sizeof purpose);
	buffer_put(&all, before, AUDIT_HASH);
	buffer_u64le(&all, (uint64_t)entry->number);
	buffer_u64le(&all, (uint64_t)entry->time);
	buffer_u64le(&all, (uint64_t)entry->actor);
	buffer_u64le(&all, (uint64_t)entry->unit);
	buffer_u32le(&all, (uint32_t)entry->event.n);
	buffer_put(&all, entry->event.at, entry->event.n);
	buffer_u32le(&all, (uint32_t)entry->fields.n);
	buffer_put(&all, entry->fields.at, entry->fields.n);
	if (buffer_ok(&all))
		err = digest_of(DIGEST_SHA256, buffer_bytes(&all), digest);
	buffer_free(&all);
	if (err != RQ_OK)
		return rq_fail(diag, err, NULL, "no hash");
	memcpy(out, digest, AUDIT_HASH);
	return RQ_OK;
}

enum rq_err audit_head(struct store *store, struct audit_head *head_out,
		       struct rq_diag *diag)
{
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(store, "SELECT number, hash FROM audit_head", NULL,
				    0, &rows, diag);

	*head_out = (struct audit_head){0};
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK) {
		head_out->number = rows_number(rows, 0);
		if (rows_bytes(rows, 1).n == AUDIT_HASH)
			memcpy(head_out->hash, rows_bytes(rows, 1).at, AUDIT_HASH);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND
		   ? rq_fail(diag, RQ_ERR_FORMAT, NULL, "the audit has lost its head")
		   : err;
}

static enum rq_err put_entry(struct store *store, const struct entry *entry,
			     const uint8_t hash[AUDIT_HASH], struct rq_diag *diag)
{
	const struct store_value values[] = {
	    store_number(entry->number),
	    store_number(entry->time),
	    store_number(entry->actor),
	    store_number(entry->unit),
	    store_text(entry->event),
	    store_bytes(entry->fields),
	    store_bytes((struct bytes){hash, AUDIT_HASH}),
	};
	const struct store_value head[] = {values[0], values[6]};
	enum rq_err err = store_run(
	    store,
	    "INSERT INTO audit_entry (number, time, actor, unit, event, fields, "
	    "hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
	    values, 7, NULL, diag);

	if (err == RQ_OK)
		err = store_run(store, "UPDATE audit_head SET number = $1, hash = $2",
				head, 2, NULL, diag);
	return err;
}

enum rq_err audit_append(struct store *store, const struct audit_event *event,
			 struct rq_diag *diag)
{
	struct buffer fields = {0};
	struct audit_head head;
	struct entry entry;
	enum rq_err err = put_fields(&fields, event, diag);

	if (err == RQ_OK)
		err = audit_head(store, &head, diag);
	if (err == RQ_OK) {
		entry = (struct entry){head.number + 1, event->time,
				       event->actor,    event->unit,
				       event->event,    buffer_bytes(&fields)};
		err = hash_of(head.hash, &entry, head.hash, diag);
	}
	if (err == RQ_OK)
		err = put_entry(store, &entry, head.hash, diag);
	buffer_free(&fields);
	return err;
}

/* ---- verify ---- */

enum { PAGE = 500 };

static const char page[] =
    "SELECT number, time, actor, unit, event, fields, hash "
    "FROM audit_entry WHERE number >= $1 ORDER BY number LIMIT 500";

struct walk {
	const struct audit_head *known;
	struct audit_head head; /* of the store */
	int64_t last;           /* read so far */
	uint8_t hash[AUDIT_HASH];
	struct audit_verdict *verdict;
};

static bool wrong(struct walk *walk, enum audit_state state, int64_t number)
{
	*walk->verdict = (struct audit_verdict){state, number};
	return true;
}

static bool same_hash(struct bytes hash, const uint8_t wanted[AUDIT_HASH])
{
	return bytes_equal(hash, (struct bytes){wanted, AUDIT_HASH});
}

/* The row behind the last; *wrong_out: the verdict is found. */
static enum rq_err look_at(struct walk *walk, struct store_rows *rows, bool *wrong_out,
			   struct rq_diag *diag)
{
	const struct entry entry = {rows_number(rows, 0), rows_number(rows, 1),
				    rows_number(rows, 2), rows_number(rows, 3),
				    rows_bytes(rows, 4),  rows_bytes(rows, 5)};
	enum rq_err err;

	*wrong_out = true;
	if (entry.number <= 0 || entry.number > walk->head.number) {
		wrong(walk, AUDIT_ADDED, entry.number);
		return RQ_OK;
	}
	if (entry.number != walk->last + 1) {
		wrong(walk, AUDIT_MISSING, walk->last + 1);
		return RQ_OK;
	}
	err = hash_of(walk->hash, &entry, walk->hash, diag);
	if (err != RQ_OK)
		return err;
	walk->last = entry.number;
	if (!same_hash(rows_bytes(rows, 6), walk->hash))
		wrong(walk, AUDIT_CHANGED, entry.number);
	else if (walk->known != NULL && walk->known->number == entry.number &&
		 memcmp(walk->known->hash, walk->hash, AUDIT_HASH) != 0)
		wrong(walk, AUDIT_NOT_KNOWN, entry.number);
	else
		*wrong_out = false;
	return RQ_OK;
}

/* A page of rows; *more_out: there may be another. */
static enum rq_err look_at_page(struct walk *walk, struct store *store, bool *more_out,
				bool *wrong_out, struct rq_diag *diag)
{
	/* from the first possible number: one that is not ours may stand before ours */
	const struct store_value from =
	    store_number(walk->last == 0 ? INT64_MIN : walk->last + 1);
	struct store_rows *rows = NULL;
	size_t n = 0;
	enum rq_err err = store_ask(store, page, &from, 1, &rows, diag);

	while (err == RQ_OK && !*wrong_out && (err = rows_next(rows, diag)) == RQ_OK) {
		n++;
		err = look_at(walk, rows, wrong_out, diag);
	}
	rows_free(rows);
	*more_out = n == PAGE;
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static void judge_end(struct walk *walk)
{
	if (walk->last < walk->head.number)
		wrong(walk, AUDIT_MISSING, walk->last + 1);
	else if (memcmp(walk->hash, walk->head.hash, AUDIT_HASH) != 0)
		wrong(walk, AUDIT_CHANGED, walk->last);
	else if (walk->known != NULL && walk->known->number > walk->last)
		wrong(walk, AUDIT_MISSING, walk->last + 1);
	else
		wrong(walk, AUDIT_WHOLE, walk->last);
}

enum rq_err audit_verify(struct store *store, const struct audit_head *known,
			 struct audit_verdict *verdict_out, struct rq_diag *diag)
{
	struct walk walk = {.known = known, .verdict = verdict_out};
	bool more = true, found = false;
	enum rq_err err = store_begin_reading(store, diag);

	*verdict_out = (struct audit_verdict){AUDIT_CHANGED, 0};
	if (err == RQ_OK)
		err = audit_head(store, &walk.head, diag);
	if (err == RQ_ERR_FORMAT) { /* no head */
		store_rollback(store);
		return RQ_OK;
	}
	while (err == RQ_OK && more && !found)
		err = look_at_page(&walk, store, &more, &found, diag);
	if (err == RQ_OK && !found)
		judge_end(&walk);
	store_rollback(store);
	return err;
}
