#include "centre/people/people_internal.h"

#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "centre/audit/audit.h"
#include "centre/people/totp.h"
#include "centre/unit/name.h"

#include <string.h>

bool person_login(struct bytes login, char *out)
{
	out[0] = 0;
	if (login.n == 0 || login.n > LOGIN_MAX)
		return false;
	for (size_t i = 0; i < login.n; i++) {
		char c = (char)login.at[i];

		c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (c == 0 || strchr(".-_@", c) == NULL))
			return false;
		out[i] = c;
	}
	out[login.n] = 0;
	return true;
}

enum rq_err people_note(struct store *store, int64_t time_ms, int64_t actor,
			const char *event, const struct audit_field *fields,
			size_t n_fields, struct rq_diag *diag)
{
	const struct audit_event entry = {
	    .time = time_ms,
	    .actor = actor,
	    .event = bytes_of(event),
	    .fields = fields,
	    .n_fields = n_fields,
	};

	return audit_append(store, &entry, diag);
}

/* event with the account that it is about and one field more (name NULL: none). */
static enum rq_err note(struct store *store, const struct unit_act *act,
			const char *event, int64_t person, const char *name,
			struct store_value value, struct rq_diag *diag)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("person"), store_number(person)},
	    {bytes_of(name != NULL ? name : ""), value}};

	return people_note(store, act->time_ms, act->by != NULL ? act->by->person : 0,
			   event, fields, name != NULL ? 2 : 1, diag);
}

static enum rq_err no_account(struct rq_diag *diag)
{
	return rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "there is no such account");
}

/* The unit of an account may have ended: then its last day counts, if that was before. */
#define LAST_DAY                                                                       \
	"(SELECT max(l.end_day) - 1 FROM unit_version AS l WHERE l.unit = p.unit)"
#define COVERS_PERSON                                                                  \
	REACH_COVERS_ON("p.unit",                                                      \
			"CASE WHEN " LAST_DAY " < $4 THEN " LAST_DAY " ELSE $4 END")

/* The account is there and has not ended. */
static enum rq_err must_be_there(struct store *store, int64_t person,
				 struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT id FROM person WHERE id = $1 AND ended_ms IS NULL";
	const struct store_value value = store_number(person);
	int64_t id;
	enum rq_err err = store_ask_number(store, sql, &value, 1, &id, diag);

	return err == RQ_ERR_NOT_FOUND ? no_account(diag) : err;
}

/* And act covers it. */
static enum rq_err must_cover(struct store *store, const struct unit_act *act,
			      int64_t person, struct rq_diag *diag)
{
	static const char sql[] = "SELECT p.id FROM person AS p WHERE p.id = $5"
				  " AND p.ended_ms IS NULL AND " COVERS_PERSON;
	struct store_value values[REACH_VALUES + 1];
	int64_t id;
	enum rq_err err;

	if (act->by == NULL)
		return must_be_there(store, person, diag);
	reach_values(act->by, values);
	values[REACH_VALUES] = store_number(person);
	err = store_ask_number(store, sql, values, REACH_VALUES + 1, &id, diag);
	return err == RQ_ERR_NOT_FOUND ? no_account(diag) : err;
}

/* Or it is of whoever asks. */
static enum rq_err must_be_own(struct store *store, const struct unit_act *act,
			       int64_t person, struct rq_diag *diag)
{
	return act->by != NULL && act->by->person == person
		   ? must_be_there(store, person, diag)
		   : must_cover(store, act, person, diag);
}

/* The unit is there, and act covers it. */
static enum rq_err must_cover_unit(struct store *store, const struct unit_act *act,
				   int64_t unit, struct rq_diag *diag)
{
	bool covers = true;
	enum rq_err err = RQ_OK;

	if (act->by != NULL)
		err = reach_covers(store, act->by, unit, &covers, diag);
	return err == RQ_OK && !covers
		   ? rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "there is no such unit")
		   : err;
}

/* ---- accounts ---- */

static enum rq_err check_person(const struct person *wanted, char *folded,
				struct buffer *name, struct rq_diag *diag)
{
	enum rq_err err;

	if (!person_login(wanted->login, folded))
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a login has 1 to %d letters a to z, digits, '.', '-', "
			       "'_' or '@'",
			       LOGIN_MAX);
	if (wanted->phone.n > PHONE_MAX || !utf8_valid(wanted->phone))
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a telephone number has at most %d bytes", PHONE_MAX);
	err = name_tidy(wanted->name, name);
	if (err == RQ_ERR_FORMAT || err == RQ_ERR_LIMIT ||
	    (err == RQ_OK && name->size == 0))
		err = rq_fail(diag, RQ_ERR_USAGE, NULL,
			      "a name has no hidden characters and at most %d bytes",
			      CAP_UNIT_NAME);
	return err;
}

static enum rq_err login_is_free(struct store *store, const char *folded,
				 struct rq_diag *diag)
{
	static const char sql[] = "SELECT count(*) FROM person WHERE folded_login = $1";
	const struct store_value value = store_text(bytes_of(folded));
	int64_t n = 0;
	enum rq_err err = store_ask_number(store, sql, &value, 1, &n, diag);

	return err == RQ_OK && n > 0
		   ? rq_fail(diag, RQ_ERR_CONFLICT, NULL, "that login is taken")
		   : err;
}

enum rq_err person_add(struct store *store, const struct unit_act *act,
		       const struct person *wanted, const char *password,
		       int64_t *id_out, struct rq_diag *diag)
{
	static const char sql[] =
	    "INSERT INTO person (id, login, folded_login, name, phone, unit, password,"
	    " must_change, totp_step, created_ms, failures, locked_until_ms)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, $8, 0, 0)";
	char folded[LOGIN_MAX + 1];
	struct buffer name = {0};
	enum rq_err err = check_person(wanted, folded, &name, diag);

	*id_out = 0;
	if (err == RQ_OK)
		err = must_cover_unit(store, act, wanted->unit, diag);
	if (err == RQ_OK)
		err = login_is_free(store, folded, diag);
	if (err == RQ_OK)
		err = store_id(store, id_out, diag);
	if (err == RQ_OK) {
		const struct store_value values[] = {
		    store_number(*id_out),
		    store_text(wanted->login),
		    store_text(bytes_of(folded)),
		    store_text(buffer_bytes(&name)),
		    store_text(wanted->phone),
		    store_number(wanted->unit),
		    password != NULL ? store_text(bytes_of(password)) : store_null(),
		    store_number(act->time_ms)};

		err = store_run(store, sql, values, 8, NULL, diag);
	}
	buffer_free(&name);
	return err == RQ_OK ? note(store, act, "person.add", *id_out, "login",
				   store_text(wanted->login), diag)
			    : err;
}

/* What a person had before no longer opens anything. */
static enum rq_err end_sessions(struct store *store, int64_t person,
				struct rq_diag *diag)
{
	static const char sql[] = "DELETE FROM session WHERE person = $1";
	const struct store_value value = store_number(person);

	return store_run(store, sql, &value, 1, NULL, diag);
}

enum rq_err person_end(struct store *store, const struct unit_act *act, int64_t person,
		       struct rq_diag *diag)
{
	static const char end[] = "UPDATE person SET ended_ms = $2, password = NULL,"
				  " totp = NULL WHERE id = $1";
	static const char tokens[] =
	    "UPDATE api_token SET ends_ms = $2 WHERE person = $1 AND ends_ms > $2";
	const struct store_value values[] = {store_number(person),
					     store_number(act->time_ms)};
	enum rq_err err = must_cover(store, act, person, diag);

	if (err == RQ_OK)
		err = store_run(store, end, values, 2, NULL, diag);
	if (err == RQ_OK)
		err = store_run(store, tokens, values, 2, NULL, diag);
	if (err == RQ_OK)
		err = end_sessions(store, person, diag);
	return err == RQ_OK
		   ? note(store, act, "person.end", person, NULL, store_null(), diag)
		   : err;
}

enum rq_err person_move(struct store *store, const struct unit_act *act, int64_t person,
			int64_t unit, struct rq_diag *diag)
{
	static const char sql[] = "UPDATE person SET unit = $2 WHERE id = $1";
	const struct store_value values[] = {store_number(person), store_number(unit)};
	enum rq_err err = must_cover(store, act, person, diag);

	if (err == RQ_OK)
		err = must_cover_unit(store, act, unit, diag);
	if (err == RQ_OK)
		err = store_run(store, sql, values, 2, NULL, diag);
	return err == RQ_OK ? note(store, act, "person.move", person, "unit",
				   store_number(unit), diag)
			    : err;
}

enum rq_err person_set_password(struct store *store, const struct unit_act *act,
				int64_t person, const char *password, bool must_change,
				struct rq_diag *diag)
{
	static const char sql[] = "UPDATE person SET password = $2, must_change = $3,"
				  " failures = 0, locked_until_ms = 0 WHERE id = $1";
	const struct store_value values[] = {store_number(person),
					     store_text(bytes_of(password)),
					     store_number(must_change)};
	enum rq_err err = must_be_own(store, act, person, diag);

	if (err == RQ_OK)
		err = store_run(store, sql, values, 3, NULL, diag);
	if (err == RQ_OK)
		err = end_sessions(store, person, diag);
	return err == RQ_OK ? note(store, act, "person.set_password", person,
				   "must_change", store_number(must_change), diag)
			    : err;
}

enum rq_err person_set_totp(struct store *store, const struct unit_act *act,
			    int64_t person, struct bytes sealed, struct rq_diag *diag)
{
	static const char sql[] = "UPDATE person SET totp = $2 WHERE id = $1";
	const struct store_value values[] = {
	    store_number(person), sealed.n > 0 ? store_bytes(sealed) : store_null()};
	enum rq_err err = must_be_own(store, act, person, diag);

	if (err == RQ_OK && sealed.n != 0 && sealed.n != TOTP_SEALED)
		err = rq_fail(diag, RQ_ERR_USAGE, NULL, "that is no sealed secret");
	if (err == RQ_OK)
		err = store_run(store, sql, values, 2, NULL, diag);
	return err == RQ_OK ? note(store, act, "person.set_totp", person, "is_set",
				   store_number(sealed.n > 0), diag)
			    : err;
}

/* ---- certificates ---- */

enum rq_err person_add_certificate(struct store *store, const struct unit_act *act,
				   int64_t person, const uint8_t *fingerprint,
				   int64_t first_ms, int64_t end_ms,
				   struct rq_diag *diag)
{
	static const char taken[] =
	    "SELECT count(*) FROM person_certificate WHERE fingerprint = $1";
	static const char sql[] =
	    "INSERT INTO person_certificate (fingerprint, person, first_ms, end_ms)"
	    " VALUES ($1, $2, $3, $4)";
	const struct store_value values[] = {
	    store_bytes((struct bytes){fingerprint, FINGERPRINT}), store_number(person),
	    store_number(first_ms), store_number(end_ms)};
	int64_t n = 0;
	enum rq_err err = must_cover(store, act, person, diag);

	if (err == RQ_OK && first_ms >= end_ms)
		err = rq_fail(diag, RQ_ERR_USAGE, NULL, "it ends before it begins");
	if (err == RQ_OK)
		err = store_ask_number(store, taken, values, 1, &n, diag);
	if (err == RQ_OK && n > 0)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			      "that certificate is bound already");
	if (err == RQ_OK)
		err = store_run(store, sql, values, 4, NULL, diag);
	return err == RQ_OK ? note(store, act, "person.add_certificate", person,
				   "fingerprint", values[0], diag)
			    : err;
}

enum rq_err person_end_certificate(struct store *store, const struct unit_act *act,
				   const uint8_t *fingerprint, struct rq_diag *diag)
{
	static const char find[] = "SELECT person FROM person_certificate"
				   " WHERE fingerprint = $1 AND end_ms > $2";
	static const char end[] = "UPDATE person_certificate SET end_ms = $2"
				  " WHERE fingerprint = $1 AND first_ms < $2";
	static const char drop[] = "DELETE FROM person_certificate"
				   " WHERE fingerprint = $1 AND first_ms >= $2";
	const struct store_value values[] = {
	    store_bytes((struct bytes){fingerprint, FINGERPRINT}),
	    store_number(act->time_ms)};
	int64_t person = 0;
	enum rq_err err = store_ask_number(store, find, values, 2, &person, diag);

	if (err == RQ_ERR_NOT_FOUND)
		return rq_fail(diag, err, NULL, "there is no such certificate");
	if (err == RQ_OK)
		err = must_cover(store, act, person, diag);
	if (err == RQ_OK)
		err = store_run(store, drop, values, 2, NULL, diag);
	if (err == RQ_OK)
		err = store_run(store, end, values, 2, NULL, diag);
	return err == RQ_OK ? note(store, act, "person.end_certificate", person,
				   "fingerprint", values[0], diag)
			    : err;
}

/* ---- questions ---- */

enum rq_err person_list(struct store *store, const struct reach *reach, int64_t person,
			void *listener,
			enum rq_err (*told)(void *listener,
					    const struct person *person),
			struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT p.id, p.unit, p.login, p.name, p.phone, p.must_change,"
	    " CASE WHEN p.password IS NULL THEN 0 ELSE 1 END,"
	    " CASE WHEN p.totp IS NULL THEN 0 ELSE 1 END,"
	    " p.created_ms, p.ended_ms, p.locked_until_ms FROM person AS p"
	    " WHERE ($5 = 0 OR p.id = $5) AND " COVERS_PERSON
	    " ORDER BY p.folded_login";
	struct store_value values[REACH_VALUES + 1];
	struct store_rows *rows = NULL;
	enum rq_err err;

	reach_values(reach, values);
	values[REACH_VALUES] = store_number(person);
	err = store_ask(store, sql, values, REACH_VALUES + 1, &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		const struct person one = {
		    .id = rows_number(rows, 0),
		    .unit = rows_number(rows, 1),
		    .login = rows_bytes(rows, 2),
		    .name = rows_bytes(rows, 3),
		    .phone = rows_bytes(rows, 4),
		    .must_change = rows_number(rows, 5) != 0,
		    .has_password = rows_number(rows, 6) != 0,
		    .has_totp = rows_number(rows, 7) != 0,
		    .created_ms = rows_number(rows, 8),
		    .ended_ms = rows_number(rows, 9),
		    .locked_until_ms = rows_number(rows, 10),
		};

		err = told(listener, &one);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err person_certificates(
    struct store *store, const struct reach *reach, int64_t person, void *listener,
    enum rq_err (*told)(void *listener, const struct person_certificate *certificate),
    struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT c.fingerprint, c.person, c.first_ms, c.end_ms"
	    " FROM person_certificate AS c JOIN person AS p ON p.id = c.person"
	    " WHERE ($5 = 0 OR p.id = $5) AND " COVERS_PERSON
	    " ORDER BY c.first_ms, c.fingerprint";
	struct store_value values[REACH_VALUES + 1];
	struct store_rows *rows = NULL;
	enum rq_err err;

	reach_values(reach, values);
	values[REACH_VALUES] = store_number(person);
	err = store_ask(store, sql, values, REACH_VALUES + 1, &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		struct person_certificate one = {.person = rows_number(rows, 1),
						 .first_ms = rows_number(rows, 2),
						 .end_ms = rows_number(rows, 3)};
		struct bytes fingerprint = rows_bytes(rows, 0);

		if (fingerprint.n == FINGERPRINT)
			memcpy(one.fingerprint, fingerprint.at, FINGERPRINT);
		err = told(listener, &one);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}
