/*
 * What a machine has to tell and the centre does not have yet, on the machine's disk.
 * docs/spool-format.md has the bytes.
 *
 * One lane for each class of records.  A detection or receipt is durable when spool_put
 * has returned RQ_OK; others when spool_flush has.  Where room ends, the oldest of the
 * lowest class goes first and is counted; a detection is never dropped: when nothing
 * below is left, spool_put refuses it (RQ_ERR_FULL) and the sweep waits with it.
 *
 * What was leased and not answered is sent again; the centre's filter
 * (wire/delivery.h) makes it count once.
 */
#ifndef RAQUET_ENDPOINT_AGENT_SPOOL_H
#define RAQUET_ENDPOINT_AGENT_SPOOL_H

#include "wire/delivery.h"
#include "world/world.h"

struct spool_options {
	uint64_t max_bytes;     /* of all files */
	uint64_t segment_bytes; /* of one: what is dropped at once */
	uint64_t batch_bytes;   /* of records in one delivery, at most */
};
void spool_options_default(struct spool_options *options_out);

struct spool;

/*
 * Opens the spool in disk, or makes it.  Torn ends are left out, files that no longer
 * count are removed.  disk and world must outlive it.  RQ_ERR_FORMAT never: a damaged
 * file costs what is in it, and is counted.
 */
RQ_MUST_USE enum rq_err spool_open(const struct disk *disk, const struct world *world,
				   const struct spool_options *options,
				   struct spool **spool_out);
/* What was not flushed is gone, as in a crash. */
void spool_close(struct spool *spool);

/* RQ_ERR_LIMIT: the body is above CAP_AGENT_RECORD.  After any error the record is not
 * kept, and the caller has it still; of inventory and telemetry it is counted. */
RQ_MUST_USE enum rq_err spool_put(struct spool *spool, enum agent_class class,
				  const struct record *record);
RQ_MUST_USE enum rq_err spool_flush(struct spool *spool);

/* ---- sending ---- */

/*
 * The next delivery, of at most take_bytes of records: highest class first, oldest
 * first.  It lives until the next call of any function of the spool but spool_put and
 * spool_flush.  RQ_ERR_NOT_FOUND: nothing to send, or not in so few bytes.
 */
RQ_MUST_USE enum rq_err spool_lease(struct spool *spool, uint64_t take_bytes,
				    struct agent_delivery *delivery_out);

/*
 * The answer to what was leased last.  *useful_out: it moved something on.  Where it
 * did not, or the answer says so, wait before the next lease.
 */
RQ_MUST_USE enum rq_err spool_answer(struct spool *spool,
				     const struct agent_delivery_answer *answer,
				     bool *useful_out);

/* What a check-in brought: sequences that the centre expects, streams to begin anew. */
RQ_MUST_USE enum rq_err spool_checked_in(struct spool *spool,
					 const struct agent_check_in_answer *answer);

/* ---- state ---- */

void spool_state(const struct spool *spool,
		 struct agent_spool_state state_out[N_AGENT_CLASSES]);
/* False while detections and receipts fill half of it: no new sweep then. */
bool spool_takes_sweeps(const struct spool *spool);
/* A single record is too large for the centre, which is the centre's fault. */
bool spool_is_stuck(const struct spool *spool);

/* Tells what is kept and not acknowledged, class by class, oldest first. */
RQ_MUST_USE enum rq_err spool_each(struct spool *spool, void *listener,
				   enum rq_err (*told)(void *listener,
						       enum agent_class class,
						       const struct record *record));

#endif
