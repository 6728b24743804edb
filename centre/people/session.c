#include "centre/people/people_internal.h"
#include "centre/people/session_internal.h"

#include "bytes/cap.h"
#include "centre/unit/name.h"

static int64_t now_of(const struct gate *gate)
{
	return (int64_t)world_utc_ms(gate->world);
}

static struct store_value hash_value(const uint8_t *hash)
{
	return store_bytes((struct bytes){hash, SESSION_HASH});
}

enum rq_err session_find(const struct gate *gate, const uint8_t *token,
			 struct session *session, struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT s.person, s.factor, p.must_change, s.begun_ms, s.ends_ms, s.seen_ms"
	    " FROM session AS s JOIN person AS p ON p.id = s.person"
	    " WHERE s.token_hash = $1 AND s.ends_ms > $2 AND s.seen_ms > $3"
	    " AND p.ended_ms IS NULL";
	const int64_t now_ms = now_of(gate);
	uint8_t hash[SESSION_HASH];
	struct store_rows *rows = NULL;
	enum rq_err err = session_hash(token, hash);

	*session = (struct session){0};
	if (err == RQ_OK) {
		const struct store_value values[] = {
		    hash_value(hash), store_number(now_ms),
		    store_number(now_ms - SESSION_IDLE_MS)};

		err = store_ask(gate->store, sql, values, 3, &rows, diag);
	}
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK) {
		const int64_t idle_ms = rows_number(rows, 5) + SESSION_IDLE_MS;

		*session = (struct session){
		    .person = rows_number(rows, 0),
		    .factor = (enum session_factor)rows_number(rows, 1),
		    .must_change = rows_number(rows, 2) != 0 &&
				   rows_number(rows, 1) != FACTOR_CERTIFICATE,
		    .begun_ms = rows_number(rows, 3),
		    .ends_ms =
			rows_number(rows, 4) < idle_ms ? rows_number(rows, 4) : idle_ms,
		    .is_due = rows_number(rows, 5) + SESSION_SEEN_MS <= now_ms,
		};
	}
	rows_free(rows);
	return err;
}

enum rq_err session_seen(const struct gate *gate, const uint8_t *token,
			 struct rq_diag *diag)
{
	static const char sql[] =
	    "UPDATE session SET seen_ms = $2"
	    " WHERE token_hash = $1 AND seen_ms > $3 AND seen_ms < $2";
	const int64_t now_ms = now_of(gate);
	uint8_t hash[SESSION_HASH];
	enum rq_err err = session_hash(token, hash);
	const struct store_value values[] = {hash_value(hash), store_number(now_ms),
					     store_number(now_ms - SESSION_IDLE_MS)};

	return err == RQ_OK ? store_run(gate->store, sql, values, 3, NULL, diag) : err;
}

enum rq_err session_end(const struct gate *gate, const uint8_t *token,
			struct rq_diag *diag)
{
	static const char find[] = "SELECT person FROM session WHERE token_hash = $1";
	static const char sql[] = "DELETE FROM session WHERE token_hash = $1";
	uint8_t hash[SESSION_HASH];
	const struct store_value value = hash_value(hash);
	int64_t person = 0;
	enum rq_err err = session_hash(token, hash);

	if (err == RQ_OK)
		err = store_ask_number(gate->store, find, &value, 1, &person, diag);
	if (err == RQ_OK)
		err = store_run(gate->store, sql, &value, 1, NULL, diag);
	if (err == RQ_OK)
		err = people_note(gate->store, now_of(gate), person, "session.end",
				  NULL, 0, diag);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* ---- tokens of programs ---- */

static enum rq_err insert_token(const struct gate *gate, const struct token *token,
				struct bytes name, const uint8_t *hash,
				struct rq_diag *diag)
{
	static const char sql[] = "INSERT INTO api_token (id, hash, person, scopes, "
				  "name, created_ms, ends_ms,"
				  " used_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)";
	const struct store_value values[] = {store_number(token->id),
					     hash_value(hash),
					     store_number(token->person),
					     store_number(token->scopes),
					     store_text(name),
					     store_number(token->created_ms),
					     store_number(token->ends_ms)};
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("token"), store_number(token->id)},
	    {BYTES_LITERAL("scopes"), store_number(token->scopes)},
	    {BYTES_LITERAL("name"), store_text(name)},
	    {BYTES_LITERAL("ends_ms"), store_number(token->ends_ms)}};
	enum rq_err err = store_run(gate->store, sql, values, 7, NULL, diag);

	return err == RQ_OK ? people_note(gate->store, token->created_ms, token->person,
					  "token.give", fields, 4, diag)
			    : err;
}

enum rq_err token_give(const struct gate *gate, struct token *token,
		       uint8_t *secret_out, struct rq_diag *diag)
{
	uint8_t hash[SESSION_HASH];
	struct buffer name = {0};
	enum rq_err err = name_tidy(token->name, &name);

	token->created_ms = now_of(gate);
	if (err == RQ_ERR_FORMAT || err == RQ_ERR_LIMIT || token->scopes <= 0 ||
	    token->scopes > SCOPES_ALL || token->ends_ms <= token->created_ms)
		err = rq_fail(diag, RQ_ERR_USAGE, NULL,
			      "a token has a name, scopes and an end to come");
	if (err == RQ_OK)
		err = store_id(gate->store, &token->id, diag);
	if (err == RQ_OK)
		err = world_fill(gate->world, secret_out, SESSION_TOKEN);
	if (err == RQ_OK)
		err = session_hash(secret_out, hash);
	if (err == RQ_OK)
		err = insert_token(gate, token, buffer_bytes(&name), hash, diag);
	buffer_free(&name);
	return err;
}

static struct token token_of(const struct store_rows *rows)
{
	return (struct token){
	    .id = rows_number(rows, 0),
	    .person = rows_number(rows, 1),
	    .scopes = rows_number(rows, 2),
	    .created_ms = rows_number(rows, 3),
	    .ends_ms = rows_number(rows, 4),
	    .used_ms = rows_number(rows, 5),
	};
}

enum rq_err token_find(const struct gate *gate, const uint8_t *secret,
		       struct token *token, struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT t.id, t.person, t.scopes, t.created_ms, t.ends_ms, t.used_ms"
	    " FROM api_token AS t JOIN person AS p ON p.id = t.person"
	    " WHERE t.hash = $1 AND t.ends_ms > $2 AND p.ended_ms IS NULL";
	uint8_t hash[SESSION_HASH];
	const struct store_value values[] = {hash_value(hash),
					     store_number(now_of(gate))};
	struct store_rows *rows = NULL;
	enum rq_err err = session_hash(secret, hash);

	*token = (struct token){0};
	if (err == RQ_OK)
		err = store_ask(gate->store, sql, values, 2, &rows, diag);
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK)
		*token = token_of(rows);
	rows_free(rows);
	return err;
}

enum rq_err token_seen(const struct gate *gate, int64_t id, struct rq_diag *diag)
{
	static const char sql[] =
	    "UPDATE api_token SET used_ms = $2 WHERE id = $1 AND used_ms <= $3";
	const int64_t now_ms = now_of(gate);
	const struct store_value values[] = {store_number(id), store_number(now_ms),
					     store_number(now_ms - SESSION_SEEN_MS)};

	return store_run(gate->store, sql, values, 3, NULL, diag);
}

enum rq_err token_end(const struct gate *gate, int64_t person, int64_t id,
		      struct rq_diag *diag)
{
	static const char sql[] = "UPDATE api_token SET ends_ms = $3"
				  " WHERE id = $1 AND person = $2 AND ends_ms > $3";
	const struct store_value values[] = {store_number(id), store_number(person),
					     store_number(now_of(gate))};
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("token"), store_number(id)}};
	uint64_t n = 0;
	enum rq_err err = store_run(gate->store, sql, values, 3, &n, diag);

	if (err == RQ_OK && n == 0)
		return rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "there is no such token");
	return err == RQ_OK ? people_note(gate->store, now_of(gate), person,
					  "token.end", fields, 1, diag)
			    : err;
}

enum rq_err token_list(const struct gate *gate, int64_t person, void *listener,
		       enum rq_err (*told)(void *listener, const struct token *token),
		       struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT id, person, scopes, created_ms, ends_ms, used_ms, name"
	    " FROM api_token WHERE person = $1 AND ends_ms > $2 ORDER BY name, id";
	const struct store_value values[] = {store_number(person),
					     store_number(now_of(gate))};
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(gate->store, sql, values, 2, &rows, diag);

	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		struct token token = token_of(rows);

		token.name = rows_bytes(rows, 6);
		err = told(listener, &token);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}
