/*
 * What the centre may have this machine run.
 *
 * A policy is signed off the server: whoever owns the server can choose among what it
 * allows, and nothing else.  The first one is signed by the key that the machine was
 * installed with; each names the keys that may sign the next.  An expired policy stops
 * what is new, never the agent: kits that are here still run.  docs/policy-format.md has
 * the bytes.
 */
#ifndef RAQUET_ENDPOINT_AGENT_POLICY_H
#define RAQUET_ENDPOINT_AGENT_POLICY_H

#include "wire/agent.h"
#include "wire/kit.h"
#include "wire/signed.h"
#include "world/world.h"

enum policy_flag {
	POLICY_ANY_SCOPE = 1 << 0, /* scopes that are in no kit as well */
	POLICY_FLAGS = (1 << 1) - 1,
};

struct policy {
	uint64_t serial;                /* rises: an older one is refused */
	uint64_t issued_ms, expires_ms; /* UTC; expires 0: never */
	uint32_t flags, options;        /* bits of enum lease_option */
	uint64_t
	    least_kit_serial; /* an older kit is refused: content does not go back */
	struct lease_budget most; /* 0: no bound */
	uint8_t next[CAP_POLICY_SIGNERS]
		    [SIGN_PUBLIC_SIZE]; /* may sign the next policy */
	size_t n_next;
	uint8_t kit_signers[CAP_POLICY_SIGNERS][SIGN_PUBLIC_SIZE];
	size_t n_kit_signers;
	struct bytes roots[CAP_LEASE_PATHS]; /* what may be swept; "*": everything */
	size_t n_roots;
	uint8_t signer[SIGN_PUBLIC_SIZE]; /* of one that was read */
};

/* Appends a signed policy.  RQ_ERR_USAGE: a field that no reader would accept. */
RQ_MUST_USE enum rq_err policy_write(const struct policy *policy, const uint8_t *secret,
				     struct buffer *out);

/*
 * Reads a policy that was offered.  current: the one in force, whose next keys may sign
 * and whose serial must be lower; NULL: none yet, then installed (SIGN_PUBLIC_SIZE
 * bytes) is the only key.  Texts lie in file.
 */
RQ_MUST_USE enum rq_err policy_read(struct bytes file, const struct policy *current,
				    const uint8_t *installed, struct policy *policy_out,
				    enum signed_refusal *refusal_out);

/* Keeps a policy that was read; loads the one that is kept.  RQ_ERR_NOT_FOUND: none, or
 * it is damaged: the centre will offer it again. */
RQ_MUST_USE enum rq_err policy_keep(const struct disk *disk, struct bytes file);
RQ_MUST_USE enum rq_err policy_load(const struct disk *disk, struct buffer *room,
				    struct policy *policy_out);

/* Why a lease is not run; stable numbers: they are sent with JOB_POLICY. */
enum policy_refusal {
	POLICY_ALLOWS = 0,
	POLICY_NONE = 1,      /* there is no policy on this machine yet */
	POLICY_EXPIRED = 2,   /* and the kit is not here already */
	POLICY_OTHER_KIT = 3, /* the kit is not the one that the lease names */
	POLICY_SIGNER = 4,    /* no key that may sign kits */
	POLICY_OLD_KIT = 5,
	POLICY_OPTION = 6,
	POLICY_PATH = 7,
	POLICY_SCOPE = 8,
	POLICY_TIME = 9, /* these and the rest: the lease's budget is above the bound */
	POLICY_MEMORY = 10,
	POLICY_FILE_SIZE = 11,
	POLICY_RESULT_SIZE = 12,
	POLICY_CPU = 13,
	N_POLICY_REFUSALS,
};
const char *policy_refusal_name(enum policy_refusal refusal); /* stable, for logs */

/* What a lease is judged by. */
struct policy_case {
	const struct lease *lease;
	const struct kit *kit; /* as kit_read gave it */
	bool kit_is_here;      /* it was allowed before and lies on the disk */
	uint64_t now_ms;       /* the centre's time, 0: unknown; then nothing expires */
};

/* policy may be NULL. */
RQ_MUST_USE enum rq_err policy_judge(const struct policy *policy,
				     const struct policy_case *asked,
				     enum policy_refusal *refusal_out);

#endif
