/*
 * Signing in.  A session is a random token that only the browser has; the store has its
 * hash.  It ends by itself: some time after it was last seen, and some time after it
 * began, however often it is seen.
 *
 * Guessing is slowed for each account: after SIGN_IN_FREE wrong passwords or codes in a
 * row it is locked, each time twice as long, up to SIGN_IN_LOCK_MAX_MS.  A certificate is
 * not guessed: it opens a locked account too.
 */
#ifndef RAQUET_CENTRE_PEOPLE_SESSION_H
#define RAQUET_CENTRE_PEOPLE_SESSION_H

#include "centre/people/person.h"
#include "centre/people/totp.h"

enum {
	SESSION_TOKEN = 32,
	SESSION_IDLE_MS = 30 * 60 * 1000,
	SESSION_MS = 12 * 60 * 60 * 1000,
	SESSION_SEEN_MS = 60 * 1000, /* seen is written no more often */
	SIGN_IN_FREE = 5,
	SIGN_IN_LOCK_MS = 30 * 1000,
	SIGN_IN_LOCK_MAX_MS = 60 * 60 * 1000,
};

/* What signing in works with. */
struct gate {
	struct store *store;
	const struct world *world;
	const uint8_t *key; /* TOTP_KEY bytes: the centre's local key */
	struct password_cost cost;
};

enum session_factor {
	FACTOR_PASSWORD = 1,
	FACTOR_CODE = 2, /* password and one-time code */
	FACTOR_CERTIFICATE = 3,
};

enum sign_in_answer {
	SIGN_IN_DONE,
	SIGN_IN_REFUSED,     /* login, password or code; which is not told */
	SIGN_IN_LOCKED,      /* until sign_in.until_ms */
	SIGN_IN_CODE_WANTED, /* the password is right, the account has a one-time code */
};

struct sign_in {
	enum sign_in_answer answer;
	int64_t until_ms;
	int64_t person;
	bool must_change; /* the password, before anything else */
	uint8_t token[SESSION_TOKEN];
};

/* Both make their own transactions; none is open.  An answer is no error. */
RQ_MUST_USE enum rq_err sign_in_password(const struct gate *gate, struct bytes login,
					 struct bytes password, struct bytes code,
					 struct sign_in *out, struct rq_diag *diag);
/* The certificate of a connection that proved its key; its path was checked. */
RQ_MUST_USE enum rq_err sign_in_certificate(const struct gate *gate,
					    const uint8_t *fingerprint,
					    struct sign_in *out, struct rq_diag *diag);

struct session {
	int64_t person;
	enum session_factor factor;
	bool must_change;
	int64_t begun_ms, ends_ms; /* the earlier of both ends */
	bool is_due;               /* session_seen is to be called */
};

/* Reads only.  RQ_ERR_NOT_FOUND: no such session, or it has ended. */
RQ_MUST_USE enum rq_err session_find(const struct gate *gate, const uint8_t *token,
				     struct session *session_out, struct rq_diag *diag);
/* Inside a change. */
RQ_MUST_USE enum rq_err session_seen(const struct gate *gate, const uint8_t *token,
				     struct rq_diag *diag);
/* Signing out, likewise; a token of nothing is fine. */
RQ_MUST_USE enum rq_err session_end(const struct gate *gate, const uint8_t *token,
				    struct rq_diag *diag);

/* ---- tokens of programs ---- */

enum token_scope {
	SCOPE_READ = 1,     /* questions */
	SCOPE_REGISTER = 2, /* units, machines, declared numbers */
	SCOPE_CAMPAIGN = 4,
	SCOPE_FINDING = 8, /* states of findings, comments */
	SCOPE_RESULT = 16, /* uploads */
	SCOPES_ALL = 31,
};

struct token {
	int64_t id, person;
	int64_t scopes; /* bits of enum token_scope; roles limit it further */
	struct bytes name;
	int64_t created_ms, ends_ms, used_ms;
};

/* For person itself, inside a change; token->id and secret_out[SESSION_TOKEN] are new,
 * and the secret is told once. */
RQ_MUST_USE enum rq_err token_give(const struct gate *gate, struct token *token,
				   uint8_t *secret_out, struct rq_diag *diag);
/* Whose it is, what it may: token_out->name stays empty.  RQ_ERR_NOT_FOUND: none, ended. */
RQ_MUST_USE enum rq_err token_find(const struct gate *gate, const uint8_t *secret,
				   struct token *token_out, struct rq_diag *diag);
/* Inside a change; not written more often than session_seen. */
RQ_MUST_USE enum rq_err token_seen(const struct gate *gate, int64_t id,
				   struct rq_diag *diag);
/* Inside a change; of that person. */
RQ_MUST_USE enum rq_err token_end(const struct gate *gate, int64_t person, int64_t id,
				  struct rq_diag *diag);
/* A person's own, by name. */
RQ_MUST_USE enum rq_err token_list(const struct gate *gate, int64_t person,
				   void *listener,
				   enum rq_err (*told)(void *listener,
						       const struct token *token),
				   struct rq_diag *diag);

/* How long an account is locked after that many failures in a row. */
int64_t sign_in_delay_ms(int64_t failures);

#endif
