/*
 * CHECK_IN: who is there, and whether it is one machine.
 *
 * A clone is seen by its life, not by its looks: two machines with one key have two boots
 * that are both alive.  A machine whose disk was set back (software that freezes shared
 * PCs, a snapshot) has one life that begins again: its counter goes back, and it gets new
 * streams, no alarm.  docs/machines.md has the table.
 */
#ifndef RAQUET_CENTRE_MACHINE_CHECK_IN_H
#define RAQUET_CENTRE_MACHINE_CHECK_IN_H

#include "centre/machine/identity.h"

/*
 * Fills what this folder knows of the answer: time, when it is due, wants, whether it is
 * revoked.  The caller adds the rest when the machine is ADMITTED, and nothing otherwise.
 * revoked points into *admission_out.  Inside an open change.  RQ_ERR_RETRY: the signer
 * does not answer.
 */
RQ_MUST_USE enum rq_err desk_check_in(const struct machine_desk *desk,
				      const struct speaker *speaker,
				      const struct agent_check_in *check_in,
				      struct agent_check_in_answer *answer,
				      struct admission *admission_out,
				      struct rq_diag *diag);

/* ---- the rule ---- */

/* One boot as it was last heard of. */
struct boot_track {
	uint8_t boot_id[AGENT_BOOT_ID];
	uint64_t monotonic_ms;
};

struct key_track {
	bool was_heard;
	struct boot_track now;
	uint64_t counter;
	uint32_t n_back; /* in this boot */
	struct boot_track earlier[CAP_KEY_BOOTS];
	size_t n_earlier;
};

enum check_in_step {
	STEP_ON,
	STEP_REPEAT, /* the same message again */
	STEP_BACK,   /* set back: new streams */
	STEP_TWO,    /* two machines speak with this key */
};

/* Moves *track on; of STEP_TWO it says nothing more. */
enum check_in_step check_in_judge(struct key_track *track,
				  const struct agent_clocks *clocks, uint64_t counter);

#endif
