/* For tests of results: machines that tell of sweeps. */
#ifndef RAQUET_CENTRE_RESULT_RESULT_SCENE_H
#define RAQUET_CENTRE_RESULT_RESULT_SCENE_H

#include "centre/campaign/campaign_scene.h"
#include "centre/result/turn.h"
#include "wire/sweep.h"

/* One stream of one machine. */
struct teller {
	int64_t machine;
	uint8_t class;
	uint64_t stream, next;
	uint32_t chain;
	uint64_t job, ordinal; /* of the records to come */
	struct buffer records; /* not delivered yet */
	size_t n_records;
};
struct teller teller_of(int64_t machine, uint8_t class, int64_t job);
void teller_free(struct teller *teller);

void tell(struct teller *teller, uint8_t kind, struct bytes body);
void tell_begin(struct teller *teller, int64_t campaign, const char *content);
/* content: which file it is, 0: none is known. */
void tell_finding(struct teller *teller, uint8_t content, const char *path,
		  const char *rule);
void tell_gaps(struct teller *teller, enum gap_reason reason, uint64_t n);
void tell_end(struct teller *teller, const struct sweep_end *end);
void tell_refused(struct teller *teller, uint8_t reason);

/* The message of all that was told since the last one. */
void teller_deliver(struct teller *teller, struct buffer *message);

extern const struct line_reader plain_reader;

/* One message in a turn of its own. */
enum delivery_status take(struct fleet *fleet, int64_t machine,
			  const struct buffer *message);
/* Delivers and frees. */
enum delivery_status deliver(struct fleet *fleet, struct teller *teller);

/* A whole sweep of machine: contents ends with 0.  Takes a lease for it. */
struct scene_sweep {
	enum verdict verdict;
	const uint8_t *contents;
	uint64_t n_gaps;
	enum gap_reason reason;
	uint64_t cpu_ms;
};
int64_t sweep_whole(struct fleet *fleet, int64_t machine, int64_t campaign,
		    const struct scene_sweep *sweep);
/* The group of such a file. */
void content_key(uint8_t content, uint8_t *key);

#endif
