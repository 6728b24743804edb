#include "centre/people/people_internal.h"
#include "centre/people/session_internal.h"

#include "crypto/secret.h"

#include <string.h>

int64_t sign_in_delay_ms(int64_t failures)
{
	int64_t delay = SIGN_IN_LOCK_MS;

	if (failures < SIGN_IN_FREE)
		return 0;
	for (int64_t i = SIGN_IN_FREE; i < failures && delay < SIGN_IN_LOCK_MAX_MS; i++)
		delay *= 2;
	return delay < SIGN_IN_LOCK_MAX_MS ? delay : SIGN_IN_LOCK_MAX_MS;
}

/* An account as it was read before anything was tried. */
struct account {
	int64_t id; /* 0: there is none of that login */
	bool has_password, has_totp, must_change;
	char password[PASSWORD_TEXT];
	uint8_t totp[TOTP_SEALED];
	int64_t step_used, locked_until_ms;
};

static enum rq_err read_account(const struct gate *gate, struct bytes login,
				struct account *account, struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT id, password, totp, totp_step, must_change, locked_until_ms"
	    " FROM person WHERE folded_login = $1 AND ended_ms IS NULL";
	char folded[LOGIN_MAX + 1];
	struct store_rows *rows = NULL;
	struct store_value value;
	struct bytes password, totp;
	enum rq_err err;

	*account = (struct account){0};
	if (!person_login(login, folded))
		return RQ_OK;
	value = store_text(bytes_of(folded));
	err = store_ask(gate->store, sql, &value, 1, &rows, diag);
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK) {
		account->id = rows_number(rows, 0);
		password = rows_bytes(rows, 1);
		totp = rows_bytes(rows, 2);
		account->step_used = rows_number(rows, 3);
		account->must_change = rows_number(rows, 4) != 0;
		account->locked_until_ms = rows_number(rows, 5);
		account->has_password = password.n > 0 && password.n < PASSWORD_TEXT;
		if (account->has_password)
			memcpy(account->password, password.at, password.n);
		account->has_totp = !rows_is_null(rows, 2);
		if (totp.n == sizeof account->totp)
			memcpy(account->totp, totp.at, totp.n);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* What was tried, and how it went. */
struct attempt {
	struct account account;
	struct bytes code;
	int64_t now_ms;
	int64_t step; /* of the code that was right */
	bool is_right;
};

static enum rq_err try_code(const struct gate *gate, struct attempt *attempt)
{
	uint8_t secret[TOTP_SECRET];
	const struct account *account = &attempt->account;
	enum rq_err err =
	    totp_open(gate->key, account->id,
		      (struct bytes){account->totp, sizeof account->totp}, secret);

	if (err == RQ_OK)
		err = totp_matches(secret, attempt->code, attempt->now_ms,
				   account->step_used, &attempt->step,
				   &attempt->is_right);
	secret_wipe(secret, sizeof secret);
	return err;
}

/* Another may have failed, or used the code, since the account was read. */
static enum rq_err take_success(const struct gate *gate, const struct attempt *attempt,
				bool *taken_out, struct rq_diag *diag)
{
	static const char sql[] =
	    "UPDATE person SET failures = 0, locked_until_ms = 0, totp_step = $3"
	    " WHERE id = $1 AND locked_until_ms <= $2 AND ended_ms IS NULL"
	    " AND (totp_step < $3 OR $4 = 0)";
	const struct account *account = &attempt->account;
	const struct store_value values[] = {
	    store_number(account->id), store_number(attempt->now_ms),
	    store_number(account->has_totp ? attempt->step : account->step_used),
	    store_number(account->has_totp)};
	uint64_t n = 0;
	enum rq_err err = store_run(gate->store, sql, values, 4, &n, diag);

	*taken_out = n == 1;
	return err;
}

static enum rq_err note_sign_in(const struct gate *gate, int64_t now_ms, int64_t person,
				const char *event, const char *name, int64_t number,
				struct rq_diag *diag)
{
	const struct audit_field fields[] = {{bytes_of(name), store_number(number)}};

	return people_note(gate->store, now_ms, person, event, fields, 1, diag);
}

static enum rq_err begin_session(const struct gate *gate, int64_t now_ms,
				 int64_t person, enum session_factor factor,
				 struct sign_in *out, struct rq_diag *diag)
{
	static const char sweep[] =
	    "DELETE FROM session WHERE ends_ms <= $1 OR seen_ms <= $2";
	static const char sql[] = "INSERT INTO session (token_hash, person, begun_ms, "
				  "seen_ms, ends_ms, factor)"
				  " VALUES ($1, $2, $3, $3, $4, $5)";
	const struct store_value ended[] = {store_number(now_ms),
					    store_number(now_ms - SESSION_IDLE_MS)};
	uint8_t hash[SESSION_HASH];
	enum rq_err err = store_run(gate->store, sweep, ended, 2, NULL, diag);

	if (err == RQ_OK)
		err = world_fill(gate->world, out->token, SESSION_TOKEN);
	if (err == RQ_OK)
		err = session_hash(out->token, hash);
	if (err == RQ_OK) {
		const struct store_value values[] = {
		    store_bytes((struct bytes){hash, sizeof hash}),
		    store_number(person), store_number(now_ms),
		    store_number(now_ms + SESSION_MS), store_number(factor)};

		err = store_run(gate->store, sql, values, 5, NULL, diag);
	}
	if (err == RQ_OK)
		err = note_sign_in(gate, now_ms, person, "session.begin", "factor",
				   factor, diag);
	out->answer = SIGN_IN_DONE;
	out->person = person;
	return err;
}

static enum rq_err take_failure(const struct gate *gate, const struct attempt *attempt,
				struct sign_in *out, struct rq_diag *diag)
{
	static const char find[] =
	    "SELECT failures FROM person WHERE id = $1 AND locked_until_ms <= $2";
	static const char sql[] =
	    "UPDATE person SET failures = $2, locked_until_ms = $3 WHERE id = $1";
	const struct store_value asked[] = {store_number(attempt->account.id),
					    store_number(attempt->now_ms)};
	int64_t failures = 0, delay;
	enum rq_err err =
	    store_ask_number(gate->store, find, asked, 2, &failures, diag);

	out->answer = SIGN_IN_REFUSED;
	if (err == RQ_ERR_NOT_FOUND)
		return RQ_OK; /* another locked it meanwhile */
	failures++;
	delay = sign_in_delay_ms(failures);
	out->until_ms = delay > 0 ? attempt->now_ms + delay : 0;
	if (err == RQ_OK) {
		const struct store_value values[] = {store_number(attempt->account.id),
						     store_number(failures),
						     store_number(out->until_ms)};

		err = store_run(gate->store, sql, values, 3, NULL, diag);
	}
	return err == RQ_OK ? note_sign_in(gate, attempt->now_ms, attempt->account.id,
					   "session.refuse", "failures", failures, diag)
			    : err;
}

/* Writes down how it went. */
static enum rq_err conclude(const struct gate *gate, const struct attempt *attempt,
			    struct sign_in *out, struct rq_diag *diag)
{
	const struct account *account = &attempt->account;
	bool taken = false;
	enum rq_err err = store_begin(gate->store, diag);

	if (err != RQ_OK)
		return err;
	if (attempt->is_right)
		err = take_success(gate, attempt, &taken, diag);
	if (err == RQ_OK && taken)
		err = begin_session(gate, attempt->now_ms, account->id,
				    account->has_totp ? FACTOR_CODE : FACTOR_PASSWORD,
				    out, diag);
	else if (err == RQ_OK)
		err = take_failure(gate, attempt, out, diag);
	if (err == RQ_OK)
		err = store_commit(gate->store, diag);
	if (err != RQ_OK)
		store_rollback(gate->store);
	out->must_change = account->must_change;
	return err;
}

static enum rq_err judge(const struct gate *gate, struct bytes password,
			 struct attempt *attempt, struct sign_in *out,
			 struct rq_diag *diag)
{
	const struct account *account = &attempt->account;
	enum rq_err err;

	if (account->locked_until_ms > attempt->now_ms) {
		out->answer = SIGN_IN_LOCKED;
		out->until_ms = account->locked_until_ms;
		return RQ_OK;
	}
	err =
	    password_matches(password, account->has_password ? account->password : NULL,
			     &gate->cost, &attempt->is_right);
	if (err != RQ_OK || account->id == 0)
		return err;
	if (attempt->is_right && account->has_totp) {
		if (attempt->code.n == 0) {
			out->answer = SIGN_IN_CODE_WANTED;
			return RQ_OK;
		}
		err = try_code(gate, attempt);
	}
	return err == RQ_OK ? conclude(gate, attempt, out, diag) : err;
}

enum rq_err sign_in_password(const struct gate *gate, struct bytes login,
			     struct bytes password, struct bytes code,
			     struct sign_in *out, struct rq_diag *diag)
{
	struct attempt attempt = {.code = code,
				  .now_ms = (int64_t)world_utc_ms(gate->world)};
	enum rq_err err = read_account(gate, login, &attempt.account, diag);

	*out = (struct sign_in){.answer = SIGN_IN_REFUSED};
	if (err == RQ_OK)
		err = judge(gate, password, &attempt, out, diag);
	secret_wipe(&attempt.account, sizeof attempt.account);
	if (err != RQ_OK)
		*out = (struct sign_in){.answer = SIGN_IN_REFUSED};
	return err;
}

enum rq_err sign_in_certificate(const struct gate *gate, const uint8_t *fingerprint,
				struct sign_in *out, struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT p.id FROM person_certificate AS c JOIN person AS p ON p.id = "
	    "c.person"
	    " WHERE c.fingerprint = $1 AND c.first_ms <= $2 AND c.end_ms > $2"
	    " AND p.ended_ms IS NULL";
	const int64_t now_ms = (int64_t)world_utc_ms(gate->world);
	const struct store_value values[] = {
	    store_bytes((struct bytes){fingerprint, FINGERPRINT}),
	    store_number(now_ms)};
	int64_t person = 0;
	enum rq_err err = store_begin(gate->store, diag);

	*out = (struct sign_in){.answer = SIGN_IN_REFUSED};
	if (err != RQ_OK)
		return err;
	err = store_ask_number(gate->store, sql, values, 2, &person, diag);
	if (err == RQ_OK)
		err =
		    begin_session(gate, now_ms, person, FACTOR_CERTIFICATE, out, diag);
	if (err == RQ_OK)
		err = store_commit(gate->store, diag);
	if (err != RQ_OK) {
		store_rollback(gate->store);
		*out = (struct sign_in){.answer = SIGN_IN_REFUSED};
	}
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}
