/* The machine that runs programs, as the search drives it. */
#ifndef RAQUET_ENGINE_MATCH_REGEX_RUN_H
#define RAQUET_ENGINE_MATCH_REGEX_RUN_H

#include "engine/match/regex.h"

/* Where a match may end: before a letter or digit only if it need not be a full word. */
enum regex_end { END_ANYWHERE, END_OF_WORD, END_OF_WIDE_WORD };

bool regex_may_end(enum regex_end end, struct bytes data, size_t at);

/*
 * Length of the most preferred match that starts at `at` of data and may end where it
 * does, -1 when there is none.  What lies before and behind counts for ^ $ \b.  No more
 * than reach bytes are consumed.
 */
int64_t regex_run_at(struct regex_scratch *scratch, const struct regex_program *program,
		     struct bytes data, size_t at, size_t reach, enum regex_end end);

/*
 * The same for many starts, told by falling offset: a run that comes to the same states
 * as one before it has the same matches from there on.  A trail is for one program,
 * one block of data, one reach and one `end`.
 */
struct regex_trail;
RQ_MUST_USE enum rq_err regex_trail_new(size_t reach, struct regex_trail **trail_out);
void regex_trail_free(struct regex_trail *trail);
int64_t regex_run_along(struct regex_scratch *scratch, struct regex_trail *trail,
			const struct regex_program *program, struct bytes data,
			size_t at, enum regex_end end);

/*
 * A backward program: all starts from which its expression matches up to `at`, by
 * falling offset, in memory of scratch that lasts until the next run.
 */
const size_t *regex_run_back(struct regex_scratch *scratch,
			     const struct regex_program *program, struct bytes data,
			     size_t at, size_t reach, size_t *n_out);

/* What is left of the steps given at the begin. */
uint64_t regex_steps_left(const struct regex_scratch *scratch);

/* Whether a match can start with this byte. */
bool regex_can_start(const struct regex_program *program, uint8_t byte);

#endif
