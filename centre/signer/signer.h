/*
 * The signer: the authority as a process of its own, without network and store, and how
 * the centre asks it.  The same questions can be put to an authority in this process, so
 * that a test, and a whole fleet under virtual time, needs none.
 */
#ifndef RAQUET_CENTRE_SIGNER_SIGNER_H
#define RAQUET_CENTRE_SIGNER_SIGNER_H

#include "centre/signer/authority.h"
#include "os/process.h"

/* ---- asking ---- */

struct signer {
	void *self;
	/* Appends the answer to request.  RQ_ERR_PEER: the signer is gone. */
	enum rq_err (*ask)(void *self, struct bytes request, struct buffer *answer);
};

/* authority must live as long as *signer_out. */
void signer_of_authority(struct authority *authority, struct signer *signer_out);

/* Texts of *state_out lie in *room, likewise below. */
RQ_MUST_USE enum rq_err signer_state(const struct signer *signer, struct buffer *room,
				     struct signer_state *state_out);
RQ_MUST_USE enum rq_err signer_order(const struct signer *signer,
				     const struct signer_order *order,
				     struct buffer *room,
				     struct signer_certificate *certificate_out);
/* The signer's time for nonce (AGENT_NONCE bytes). */
RQ_MUST_USE enum rq_err signer_time(const struct signer *signer, const uint8_t *nonce,
				    struct agent_time *time_out);

/* ---- the process ---- */

/* The signer at the other end of process, which the caller keeps; a request that is not
 * answered within ten seconds is RQ_ERR_PEER. */
void signer_of_process(struct process *process, struct signer *signer_out);

/*
 * Reads the authority's files in folder (docs/authority.md), gives up every power but its
 * log and the channel, and answers until the other end is gone: ends this process.
 */
_Noreturn void signer_run(struct channel *channel, const char *folder);

/* Writes what authority_make made: everything but the root's key into folder, which
 * exists, and that key to root_key.  RQ_ERR_CONFLICT: there is an authority already. */
RQ_MUST_USE enum rq_err signer_files_write(const struct authority_files *files,
					   const char *folder, const char *root_key,
					   struct rq_diag *diag);

#endif
