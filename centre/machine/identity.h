/*
 * Keys: who a machine is.
 *
 * A key is bound to one row of the register, once: by that row's own code, or by an
 * officer who confirms it.  From then on the key alone says which machine speaks, never
 * a name, an address or a serial number: those are facts, shown to the officer beside the
 * rows that they could mean.  A key that was spent stays known.
 *
 * No function here speaks HTTP or tells the time.  Changes run inside a transaction of
 * the caller; acts of people are entries of the audit log.
 */
#ifndef RAQUET_CENTRE_MACHINE_IDENTITY_H
#define RAQUET_CENTRE_MACHINE_IDENTITY_H

#include "centre/machine/machine.h"
#include "centre/signer/signer.h"
#include "wire/agent.h"
#include "world/world.h"

enum { KEY_ID = AGENT_MACHINE_ID }; /* authority_key_id */

enum identity_state {
	IDENTITY_WAITING = 1, /* for an officer */
	IDENTITY_BOUND,
	IDENTITY_REVOKED,
	IDENTITY_SPENT, /* another took its place, or two machines spoke with it */
};

/* What the functions of this folder stand on; the caller keeps it all. */
struct machine_desk {
	struct store *store;
	const struct world *world;
	const struct signer *signer;
	int64_t local_ms; /* that local time is ahead of UTC: 7 hours */
	uint64_t poll_ms; /* between two check-ins, on average */
	uint8_t address_secret
	    [32]; /* of this centre: hashes of addresses are made with it */
};
void machine_desk_default(struct machine_desk *desk);
int64_t machine_desk_today(const struct machine_desk *desk);

/* ---- who speaks ---- */

/* What the connection's certificate says, whose chain was seen to lead to our root; its
 * times were not looked at. */
struct speaker {
	bool is_known; /* there was one */
	struct certificate_facts certificate;
};

enum admission_state {
	ADMITTED,         /* a machine of the register: takes leases, delivers */
	ADMIT_WAITING,    /* known by its certificate, not to the register */
	ADMIT_RENEW_ONLY, /* its certificate has ended, or is not yet good by our clock */
	ADMIT_NEW_KEY,    /* spent: RENEW with another key is all that it may do */
	ADMIT_REVOKED,
	ADMIT_NOBODY, /* no certificate: ENROL is all that it may do */
};
struct admission {
	enum admission_state state;
	uint8_t key[KEY_ID];
	int64_t machine,
	    unit;   /* of the register, today; 0: none (unit: it has ended) */
	bool renew; /* two thirds of its certificate's time are over */
};
/*
 * Asked before each message.  A certificate of ours whose key the store does not know (it
 * was restored from a backup that is older) becomes a key that waits, at the top unit:
 * inside an open change.
 */
RQ_MUST_USE enum rq_err identity_admit(const struct machine_desk *desk,
				       const struct speaker *speaker,
				       struct admission *admission_out,
				       struct rq_diag *diag);

/* ---- keys in the store ---- */

struct identity {
	uint8_t key[KEY_ID], public_key[SIGN_PUBLIC_SIZE];
	enum identity_state state;
	int64_t machine, unit; /* 0: none; unit: where its code was from */
	bool has_came_from;
	uint8_t came_from[KEY_ID]; /* the spent key with which it was let in */
	int64_t enrolled_ms, seen_ms;
	struct bytes facts; /* identity_facts_read */
	struct bytes program;
};

/* Texts lie in *room.  RQ_ERR_NOT_FOUND. */
RQ_MUST_USE enum rq_err identity_find(struct store *store, const uint8_t *key,
				      struct buffer *room,
				      struct identity *identity_out,
				      struct rq_diag *diag);
/* A new one, waiting unless machine is set; of identity: key, public_key, machine, unit,
 * came_from, enrolled_ms, facts, program. */
RQ_MUST_USE enum rq_err identity_add(const struct machine_desk *desk,
				     const struct identity *identity,
				     struct rq_diag *diag);
/* Binds a waiting key; the key that the machine had is spent. */
RQ_MUST_USE enum rq_err identity_bind(struct store *store, const uint8_t *key,
				      int64_t machine, int64_t now_ms,
				      struct rq_diag *diag);
RQ_MUST_USE enum rq_err identity_end(struct store *store, const uint8_t *key,
				     enum identity_state state, int64_t now_ms,
				     struct rq_diag *diag);
/* Of the bound key of machine; RQ_ERR_NOT_FOUND: it has none. */
RQ_MUST_USE enum rq_err identity_of_machine(struct store *store, int64_t machine,
					    uint8_t *key_out, struct rq_diag *diag);

/* ---- facts ---- */

void identity_facts_write(const struct agent_fact *facts, size_t n, struct buffer *to);
/* Into facts_out[CAP_SEALED_FACTS]. */
RQ_MUST_USE enum rq_err identity_facts_read(struct bytes raw,
					    struct agent_fact *facts_out,
					    size_t *n_out);

/* A row of the register that a waiting key could mean, and why. */
struct candidate {
	int64_t machine;
	bool tag_fits, serial_fits, name_fits;
	bool has_key; /* bound to another key: a machine that was set up again? */
};
enum { CANDIDATES = 16 };
/* Rows of unit's subtree on day, the best first; what many machines have in common (an
 * empty serial number, "To be filled by O.E.M.") says nothing. */
RQ_MUST_USE enum rq_err identity_candidates(struct store *store, int64_t unit,
					    int64_t day, struct bytes facts,
					    struct candidate *out, size_t *n_out,
					    struct rq_diag *diag);

/* ---- acts of people ---- */

/* Keys that wait in units that reach covers, oldest first. */
RQ_MUST_USE enum rq_err identity_waiting(
    struct store *store, const struct reach *reach, uint32_t max, void *listener,
    enum rq_err (*told)(void *listener, const struct identity *identity),
    struct rq_diag *diag);

/* RQ_ERR_CONFLICT: it does not wait. */
RQ_MUST_USE enum rq_err identity_confirm(struct store *store,
					 const struct unit_act *act, const uint8_t *key,
					 int64_t machine, struct rq_diag *diag);
/* It is no machine of ours: never again. */
RQ_MUST_USE enum rq_err identity_refuse(struct store *store, const struct unit_act *act,
					const uint8_t *key, struct rq_diag *diag);
/* The key that machine speaks with, at once. */
RQ_MUST_USE enum rq_err identity_revoke(struct store *store, const struct unit_act *act,
					int64_t machine, struct rq_diag *diag);
/* On each day: keys that wait and codes of a unit that has ended are its successor's
 * from then on, or nobody would see them. */
RQ_MUST_USE enum rq_err identity_follow_units(struct store *store, int64_t day,
					      struct rq_diag *diag);
/* Ids of all keys that are revoked and whose certificate has not ended by now_ms, KEY_ID
 * bytes each. */
RQ_MUST_USE enum rq_err identity_revoked(struct store *store, int64_t now_ms,
					 struct buffer *to, struct rq_diag *diag);

#endif
