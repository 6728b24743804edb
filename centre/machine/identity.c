#include "centre/machine/identity.h"

#include "bytes/encoding.h"
#include "centre/audit/audit.h"
#include "centre/machine/neighbour.h"
#include "sealed/sealed.h"

#include <string.h>

#define COUNT(array)   (sizeof(array) / sizeof *(array))
#define KEY_VALUE(key) store_bytes((struct bytes){key, KEY_ID})

enum { DAY_MS = 86400000, DEFAULT_POLL_MS = 15 * 60000, VIETNAM_MS = 7 * 3600000 };

void machine_desk_default(struct machine_desk *desk)
{
	*desk =
	    (struct machine_desk){.local_ms = VIETNAM_MS, .poll_ms = DEFAULT_POLL_MS};
}

int64_t machine_desk_today(const struct machine_desk *desk)
{
	return ((int64_t)world_utc_ms(desk->world) + desk->local_ms) / DAY_MS;
}

/* ---- keys in the store ---- */

#define COLUMNS                                                                        \
	"key_hash, public_key, state, COALESCE(machine, 0), COALESCE(unit, 0),"        \
	" came_from, enrolled_ms, seen_ms, facts, program"
static const char find_key[] = "SELECT " COLUMNS " FROM identity WHERE key_hash = $1";

static void copy_fixed(struct bytes from, uint8_t *to, size_t n)
{
	memset(to, 0, n);
	if (from.n == n)
		memcpy(to, from.at, n);
}

static void take_row(const struct store_rows *rows, struct identity *identity_out)
{
	*identity_out =
	    (struct identity){.state = (enum identity_state)rows_number(rows, 2),
			      .machine = rows_number(rows, 3),
			      .unit = rows_number(rows, 4),
			      .has_came_from = !rows_is_null(rows, 5),
			      .enrolled_ms = rows_number(rows, 6),
			      .seen_ms = rows_number(rows, 7),
			      .facts = rows_bytes(rows, 8),
			      .program = rows_bytes(rows, 9)};
	copy_fixed(rows_bytes(rows, 0), identity_out->key, KEY_ID);
	copy_fixed(rows_bytes(rows, 1), identity_out->public_key, SIGN_PUBLIC_SIZE);
	copy_fixed(rows_bytes(rows, 5), identity_out->came_from, KEY_ID);
}

enum rq_err identity_find(struct store *store, const uint8_t *key, struct buffer *room,
			  struct identity *identity_out, struct rq_diag *diag)
{
	const struct store_value values[] = {KEY_VALUE(key)};
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(store, find_key, values, COUNT(values), &rows, diag);

	*identity_out = (struct identity){0};
	buffer_clear(room);
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK) {
		size_t n_facts;

		take_row(rows, identity_out);
		n_facts = identity_out->facts.n;
		buffer_put(room, identity_out->facts.at, n_facts);
		buffer_put(room, identity_out->program.at, identity_out->program.n);
		if (buffer_ok(room)) {
			identity_out->facts.at = room->data;
			identity_out->program.at =
			    room->size > 0 ? room->data + n_facts : NULL;
		} else {
			err = RQ_ERR_MEMORY;
		}
	}
	rows_free(rows);
	return err;
}

static const char add_key[] =
    "INSERT INTO identity (key_hash, public_key, machine, unit, state, came_from,"
    " enrolled_ms, counter, monotonic_ms, n_back, seen_ms, neighbours_ms, program,"
    " facts) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, $8, $9)";

static struct store_value id_or_null(int64_t id)
{
	return id == 0 ? store_null() : store_number(id);
}

enum rq_err identity_add(const struct machine_desk *desk,
			 const struct identity *identity, struct rq_diag *diag)
{
	struct buffer program = {0};
	enum rq_err err;

	encode_visible(&program, identity->program);
	if (!buffer_ok(&program)) {
		buffer_free(&program);
		return RQ_ERR_MEMORY;
	}
	{
		const struct store_value values[] = {
		    KEY_VALUE(identity->key),
		    store_bytes((struct bytes){identity->public_key, SIGN_PUBLIC_SIZE}),
		    store_null(),
		    id_or_null(identity->unit),
		    store_number(IDENTITY_WAITING),
		    identity->has_came_from ? KEY_VALUE(identity->came_from)
					    : store_null(),
		    store_number(identity->enrolled_ms),
		    store_text(buffer_bytes(&program)),
		    store_bytes(identity->facts)};

		err =
		    store_run(desk->store, add_key, values, COUNT(values), NULL, diag);
	}
	buffer_free(&program);
	if (err == RQ_OK)
		err = neighbour_note_own(desk, identity->key, identity->facts, diag);
	if (err == RQ_OK && identity->machine != 0)
		err = identity_bind(desk->store, identity->key, identity->machine,
				    identity->enrolled_ms, diag);
	return err;
}

static const char spend_others[] =
    "UPDATE identity SET state = 4, ended_ms = $3 WHERE machine = $2 AND state = 2"
    " AND key_hash <> $1";
static const char bind_key[] =
    "UPDATE identity SET machine = $2, state = 2 WHERE key_hash = $1 AND state = 1";

enum rq_err identity_bind(struct store *store, const uint8_t *key, int64_t machine,
			  int64_t now_ms, struct rq_diag *diag)
{
	const struct store_value values[] = {KEY_VALUE(key), store_number(machine),
					     store_number(now_ms)};
	uint64_t n_changed = 0;
	enum rq_err err = store_run(store, spend_others, values, 3, NULL, diag);

	if (err == RQ_OK)
		err = store_run(store, bind_key, values, 2, &n_changed, diag);
	if (err == RQ_OK && n_changed != 1)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL, "the key does not wait");
	return err;
}

static const char end_key[] =
    "UPDATE identity SET state = $2, ended_ms = $3 WHERE key_hash = $1";

enum rq_err identity_end(struct store *store, const uint8_t *key,
			 enum identity_state state, int64_t now_ms,
			 struct rq_diag *diag)
{
	const struct store_value values[] = {KEY_VALUE(key), store_number(state),
					     store_number(now_ms)};

	return store_run(store, end_key, values, COUNT(values), NULL, diag);
}

static const char key_of_machine[] =
    "SELECT key_hash FROM identity WHERE machine = $1 AND state = 2";

enum rq_err identity_of_machine(struct store *store, int64_t machine, uint8_t *key_out,
				struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(machine)};
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(store, key_of_machine, values, COUNT(values), &rows, diag);

	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK)
		copy_fixed(rows_bytes(rows, 0), key_out, KEY_ID);
	rows_free(rows);
	return err;
}

/* ---- who speaks ---- */

static const char top_unit[] =
    "SELECT unit FROM unit_version WHERE parent IS NULL AND first_day <= $1"
    " AND end_day > $1 ORDER BY kind, rank, unit LIMIT 1";

/* Signed by us and not in the store: it was let in after the backup was made. */
static enum rq_err adopt(const struct machine_desk *desk, const struct speaker *speaker,
			 const uint8_t *key, struct identity *identity,
			 struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(machine_desk_today(desk))};
	enum rq_err err = store_ask_number(desk->store, top_unit, values, COUNT(values),
					   &identity->unit, diag);

	if (err == RQ_ERR_NOT_FOUND)
		err = RQ_OK;
	memcpy(identity->key, key, KEY_ID);
	memcpy(identity->public_key, speaker->certificate.public_key, SIGN_PUBLIC_SIZE);
	identity->enrolled_ms = (int64_t)world_utc_ms(desk->world);
	identity->state = IDENTITY_WAITING;
	return err == RQ_OK ? identity_add(desk, identity, diag) : err;
}

static void judge_times(const struct machine_desk *desk,
			const struct certificate_facts *certificate,
			struct admission *admission)
{
	const uint64_t now = world_utc_ms(desk->world);
	const uint64_t left_ms =
	    (AUTHORITY_MACHINE_DAYS - AUTHORITY_RENEW_DAYS) * AUTHORITY_DAY_MS;
	const bool has_ended =
	    now < certificate->not_before_ms || now >= certificate->not_after_ms;

	admission->renew = has_ended || certificate->not_after_ms - now <= left_ms;
	if (has_ended && admission->state != ADMIT_REVOKED &&
	    admission->state != ADMIT_NEW_KEY)
		admission->state = ADMIT_RENEW_ONLY;
}

enum rq_err identity_admit(const struct machine_desk *desk,
			   const struct speaker *speaker,
			   struct admission *admission_out, struct rq_diag *diag)
{
	static const enum admission_state states[] = {
	    [IDENTITY_WAITING] = ADMIT_WAITING,
	    [IDENTITY_BOUND] = ADMITTED,
	    [IDENTITY_REVOKED] = ADMIT_REVOKED,
	    [IDENTITY_SPENT] = ADMIT_NEW_KEY,
	};
	struct buffer room = {0};
	struct identity identity;
	enum rq_err err;

	*admission_out = (struct admission){.state = ADMIT_NOBODY};
	if (!speaker->is_known)
		return RQ_OK;
	err = authority_key_id(speaker->certificate.public_key, admission_out->key);
	if (err == RQ_OK)
		err = identity_find(desk->store, admission_out->key, &room, &identity,
				    diag);
	if (err == RQ_ERR_NOT_FOUND)
		err = adopt(desk, speaker, admission_out->key, &identity, diag);
	if (err == RQ_OK) {
		admission_out->state = states[identity.state];
		admission_out->machine = identity.machine;
		judge_times(desk, &speaker->certificate, admission_out);
		if (identity.machine != 0)
			err = machine_place(desk->store, identity.machine,
					    machine_desk_today(desk),
					    &admission_out->unit, diag);
	}
	buffer_free(&room);
	return err;
}

/* ---- facts: u8 kind, u8 n, n bytes each ---- */

void identity_facts_write(const struct agent_fact *facts, size_t n, struct buffer *to)
{
	for (size_t i = 0; i < n; i++) {
		buffer_u8(to, facts[i].kind);
		buffer_u8(to, (uint8_t)facts[i].text.n); /* AGENT_TEXT */
		buffer_put(to, facts[i].text.at, facts[i].text.n & 0xFF);
	}
}

enum rq_err identity_facts_read(struct bytes raw, struct agent_fact *facts_out,
				size_t *n_out)
{
	struct reader r = reader_over(raw.at, raw.n);

	*n_out = 0;
	while (reader_left(&r) > 0 && reader_ok(&r) && *n_out < CAP_SEALED_FACTS) {
		struct agent_fact *fact = &facts_out[*n_out];

		fact->kind = reader_u8(&r);
		fact->text = reader_bytes(&r, reader_u8(&r));
		*n_out += reader_ok(&r);
	}
	return reader_done(&r) ? RQ_OK : RQ_ERR_FORMAT;
}

/* ---- acts of people ---- */

static const char waiting_sql[] =
    "SELECT " COLUMNS " FROM identity AS i WHERE i.state = 1"
    " AND " REACH_COVERS("i.unit") " ORDER BY i.enrolled_ms, i.key_hash LIMIT $5";

enum rq_err identity_waiting(struct store *store, const struct reach *reach,
			     uint32_t max, void *listener,
			     enum rq_err (*told)(void *listener,
						 const struct identity *identity),
			     struct rq_diag *diag)
{
	struct store_value values[REACH_VALUES + 1];
	struct store_rows *rows = NULL;
	enum rq_err err;

	reach_values(reach, values);
	values[REACH_VALUES] = store_number(max);
	err = store_ask(store, waiting_sql, values, COUNT(values), &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		struct identity identity;

		take_row(rows, &identity);
		err = told(listener, &identity);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err note(struct store *store, const struct unit_act *act,
			const char *event, int64_t unit, const uint8_t *key,
			int64_t machine, struct rq_diag *diag)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("key"), KEY_VALUE(key)},
	    {BYTES_LITERAL("machine"), store_number(machine)}};
	const struct audit_event entry = {.time = act->time_ms,
					  .actor =
					      act->by == NULL ? 0 : act->by->person,
					  .unit = unit,
					  .event = bytes_of(event),
					  .fields = fields,
					  .n_fields = COUNT(fields)};

	return audit_append(store, &entry, diag);
}

/* A key that waits where act->by reaches. */
static enum rq_err find_waiting(struct store *store, const struct unit_act *act,
				const uint8_t *key, struct identity *identity_out,
				struct rq_diag *diag)
{
	struct buffer room = {0};
	enum rq_err err = identity_find(store, key, &room, identity_out, diag);

	buffer_free(&room);
	identity_out->facts = identity_out->program = (struct bytes){NULL, 0};
	if (err == RQ_OK)
		err = machine_reach_unit(store, act->by, identity_out->unit, diag);
	if (err == RQ_ERR_NOT_FOUND)
		return rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "there is no such key");
	if (err == RQ_OK && identity_out->state != IDENTITY_WAITING)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL, "the key does not wait");
	return err;
}

enum rq_err identity_confirm(struct store *store, const struct unit_act *act,
			     const uint8_t *key, int64_t machine, struct rq_diag *diag)
{
	struct identity identity;
	int64_t unit = 0;
	enum rq_err err = find_waiting(store, act, key, &identity, diag);

	if (err == RQ_OK)
		err = machine_reach(store, act->by, machine, act->today, &unit, diag);
	if (err == RQ_OK)
		err = identity_bind(store, key, machine, act->time_ms, diag);
	return err == RQ_OK
		   ? note(store, act, "identity.confirm", unit, key, machine, diag)
		   : err;
}

enum rq_err identity_refuse(struct store *store, const struct unit_act *act,
			    const uint8_t *key, struct rq_diag *diag)
{
	struct identity identity;
	enum rq_err err = find_waiting(store, act, key, &identity, diag);

	if (err == RQ_OK)
		err = identity_end(store, key, IDENTITY_REVOKED, act->time_ms, diag);
	return err == RQ_OK
		   ? note(store, act, "identity.refuse", identity.unit, key, 0, diag)
		   : err;
}

enum rq_err identity_revoke(struct store *store, const struct unit_act *act,
			    int64_t machine, struct rq_diag *diag)
{
	uint8_t key[KEY_ID];
	int64_t unit = 0;
	enum rq_err err =
	    machine_reach(store, act->by, machine, act->today, &unit, diag);

	if (err == RQ_OK)
		err = identity_of_machine(store, machine, key, diag);
	if (err == RQ_OK)
		err = identity_end(store, key, IDENTITY_REVOKED, act->time_ms, diag);
	return err == RQ_OK
		   ? note(store, act, "identity.revoke", unit, key, machine, diag)
		   : err;
}

/* Whose unit is not there on day, and has a successor by then. */
#define ENDED_BY_DAY(table)                                                            \
	" NOT EXISTS (SELECT 1 FROM unit_within AS w WHERE w.unit = " table ".unit"    \
	" AND w.first_day <= $1 AND w.end_day > $1) AND EXISTS (SELECT 1"              \
	" FROM unit_successor AS s WHERE s.unit = " table ".unit AND s.day <= $1)"
#define NEXT_BY_DAY(table)                                                             \
	"(SELECT s.successor FROM unit_successor AS s WHERE s.unit = " table ".unit"   \
	" AND s.day <= $1 ORDER BY s.day DESC, s.successor LIMIT 1)"
static const char follow_keys[] = "UPDATE identity SET unit = " NEXT_BY_DAY(
    "identity") " WHERE state = 1"
		" AND" ENDED_BY_DAY("identity");
static const char follow_codes[] = "UPDATE enrol_code SET unit = " NEXT_BY_DAY(
    "enrol_code") " WHERE" ENDED_BY_DAY("enrol_code");

enum rq_err identity_follow_units(struct store *store, int64_t day,
				  struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(day)};
	uint64_t n_keys = 1, n_codes = 1;
	enum rq_err err = RQ_OK;

	/* a successor may have ended as well; a ring of them is cut off by the depth */
	for (int i = 0; i < CAP_UNIT_DEPTH && err == RQ_OK && n_keys + n_codes > 0;
	     i++) {
		err = store_run(store, follow_keys, values, 1, &n_keys, diag);
		if (err == RQ_OK)
			err = store_run(store, follow_codes, values, 1, &n_codes, diag);
	}
	return err;
}

static const char revoked_sql[] =
    "SELECT i.key_hash FROM identity AS i WHERE i.state = 3 AND EXISTS (SELECT 1"
    " FROM certificate AS c WHERE c.key_hash = i.key_hash AND c.not_after_ms > $1)"
    " ORDER BY i.key_hash";

enum rq_err identity_revoked(struct store *store, int64_t now_ms, struct buffer *to,
			     struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(now_ms)};
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(store, revoked_sql, values, COUNT(values), &rows, diag);

	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		struct bytes key = rows_bytes(rows, 0);

		buffer_put(to, key.at, key.n);
	}
	rows_free(rows);
	if (err == RQ_ERR_NOT_FOUND)
		err = buffer_ok(to) ? RQ_OK : RQ_ERR_MEMORY;
	return err;
}
