/*
 * Accounts of people.  One belongs to a unit, and is seen by those who reach that unit
 * (centre/unit/reach.h), also when the unit has ended: on its last day.
 *
 * Changes run inside a transaction of the caller and are entries of the audit log.
 * RQ_ERR_NOT_FOUND: no such account, or act->by does not reach it.
 */
#ifndef RAQUET_CENTRE_PEOPLE_PERSON_H
#define RAQUET_CENTRE_PEOPLE_PERSON_H

#include "centre/people/password.h"
#include "centre/unit/unit.h"
#include "world/world.h"

enum {
	LOGIN_MAX = 64, /* bytes: a to z, 0 to 9, '.', '-', '_', '@' */
	PHONE_MAX = 40,
	FINGERPRINT = 32, /* SHA-256 of a certificate */
};

struct person {
	int64_t id;
	int64_t unit;
	struct bytes login, name, phone;
	bool must_change, has_password, has_totp;
	int64_t created_ms, ended_ms; /* 0: has not ended */
	int64_t locked_until_ms;
};

/* login, name, phone and unit of wanted.  password (may be NULL: certificates only) is
 * what password_hash gave, to be changed at the first sign-in.  RQ_ERR_CONFLICT: the login
 * is or was somebody's. */
RQ_MUST_USE enum rq_err person_add(struct store *store, const struct unit_act *act,
				   const struct person *wanted, const char *password,
				   int64_t *id_out, struct rq_diag *diag);
/* Sessions and tokens end as well; the row stays, for the audit. */
RQ_MUST_USE enum rq_err person_end(struct store *store, const struct unit_act *act,
				   int64_t person, struct rq_diag *diag);
RQ_MUST_USE enum rq_err person_move(struct store *store, const struct unit_act *act,
				    int64_t person, int64_t unit, struct rq_diag *diag);

/* must_change: somebody else knows it.  Ends all sessions and the lock. */
RQ_MUST_USE enum rq_err person_set_password(struct store *store,
					    const struct unit_act *act, int64_t person,
					    const char *password, bool must_change,
					    struct rq_diag *diag);
/* sealed: TOTP_SEALED bytes, or empty for none; the caller has seen a code of it. */
RQ_MUST_USE enum rq_err person_set_totp(struct store *store, const struct unit_act *act,
					int64_t person, struct bytes sealed,
					struct rq_diag *diag);

/* RQ_ERR_CONFLICT: that certificate is or was somebody's. */
RQ_MUST_USE enum rq_err person_add_certificate(
    struct store *store, const struct unit_act *act, int64_t person,
    const uint8_t *fingerprint, int64_t first_ms, int64_t end_ms, struct rq_diag *diag);
RQ_MUST_USE enum rq_err person_end_certificate(struct store *store,
					       const struct unit_act *act,
					       const uint8_t *fingerprint,
					       struct rq_diag *diag);

/* Accounts of units that reach covers, by login; person 0: all. */
RQ_MUST_USE enum rq_err person_list(struct store *store, const struct reach *reach,
				    int64_t person, void *listener,
				    enum rq_err (*told)(void *listener,
							const struct person *person),
				    struct rq_diag *diag);

struct person_certificate {
	uint8_t fingerprint[FINGERPRINT];
	int64_t person, first_ms, end_ms;
};
RQ_MUST_USE enum rq_err person_certificates(
    struct store *store, const struct reach *reach, int64_t person, void *listener,
    enum rq_err (*told)(void *listener, const struct person_certificate *certificate),
    struct rq_diag *diag);

/* login in lower case to out[LOGIN_MAX + 1]; false: it is none. */
bool person_login(struct bytes login, char *out);

#endif
