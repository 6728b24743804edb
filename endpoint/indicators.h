/* Lists of indicators as commands load them, and as findings tell of them. */
#ifndef RAQUET_ENDPOINT_INDICATORS_H
#define RAQUET_ENDPOINT_INDICATORS_H

#include "finding/finding.h"
#include "indicator/table.h"
#include "os/map.h"
#include "wire/worker.h"

struct indicators {
	struct indicator_list *list; /* for what was refused; NULL: came compiled */
	struct indicator_table *table;
	struct file sealed; /* the image or its head, for workers */
	struct file body;   /* FILE_NONE: the image has it */
	struct map image;
	uint8_t sha256[32]; /* of the head, which vouches for the body */
	const char *unread; /* the first file that could not be read */
};

void indicators_init(struct indicators *indicators);
void indicators_free(struct indicators *indicators);

/*
 * Reads the lists at paths, each in its own form, into indicators->list.  With
 * indicators->unread any error.
 */
RQ_MUST_USE enum rq_err indicators_read(struct indicators *indicators,
					const char *const *paths, size_t n,
					struct rq_diag *diag);

/* Makes lists a table, or opens the one file that is a compiled one. */
RQ_MUST_USE enum rq_err indicators_load(struct indicators *indicators,
					const char *const *paths, size_t n,
					struct rq_diag *diag);

/* The finder of a sweep's find_names (endpoint/sweep.h). */
RQ_MUST_USE enum rq_err indicators_find_names(void *finder, struct bytes path,
					      struct arena *arena,
					      struct worker_hit **hits_out,
					      size_t *n_out);

/* How many there are, and what digests were looked up of. */
void indicators_summarise(const struct indicators *indicators, bool all,
			  struct summary *summary);

/* Fills what a hit says of its indicator: kind, rule, namespace, metas, in arena. */
RQ_MUST_USE enum rq_err indicators_tell(const struct indicators *indicators,
					const struct worker_hit *hit,
					struct arena *arena, struct finding *finding);

#endif
