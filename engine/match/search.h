/*
 * Finding patterns in an object.
 *
 * The same matches as libyara: for every offset at which a pattern can start, one
 * match; of several lengths the one that the expression prefers (its first alternative,
 * the longest for a greedy repeat, the shortest for a lazy one or a hex string);
 * overlapping matches are all reported, and empty ones too, where an expression asks
 * for no byte at all.
 *
 * Two ways of searching, with the same answer: in every object all triggers (pass 1),
 * and on demand any other patterns of one object (pass 2), whose bytes are then warm.
 */
#ifndef RAQUET_ENGINE_MATCH_SEARCH_H
#define RAQUET_ENGINE_MATCH_SEARCH_H

#include "bytes/arena.h"
#include "engine/object/object.h"
#include "engine/ruleset/image.h"

struct match {
	uint64_t offset;
	uint32_t length;
	uint8_t xor_key; /* 0 for all but xor strings */
};

struct search_options {
	bool search_all; /* no filter: every pattern is tried the plain way */
	bool
	    libyara_limits; /* expressions reach 4,096 bytes from a segment, or a start */
	uint32_t
	    max_matches_per_pattern; /* then the pattern is cut, and the result says so */
	uint64_t
	    max_steps; /* of all expressions in one object; not with libyara_limits */
	const char *kernel; /* NULL: the quickest here; "portable", "avx2" ... */
};

struct search; /* one per thread; refers to an image that must stay */

void search_options_default(struct search_options *options);

/* Opens and validates the pattern sections of image.  RQ_ERR_FORMAT: damaged. */
RQ_MUST_USE enum rq_err search_new(const struct image *image,
				   const struct search_options *options,
				   struct search **search_out);
void search_free(struct search *search);

/* Number of patterns of the image.  The indexes that rules hold must be less: whoever
 * opens the sections of the rules checks that. */
size_t search_n_patterns(const struct search *search);

/*
 * Begins with a new object: forgets all matches (cost: what was touched), borrows
 * object and arena until the next call.  deadline_ns is on the monotonic clock of
 * os/clock.h; 0: none.
 */
void search_begin(struct search *search, const struct object *object,
		  struct arena *arena, uint64_t deadline_ns);

/*
 * Pass 1.  *patterns_out lists the triggers that matched (each once, borrowed until the
 * next begin); their matches are complete.  RQ_ERR_TIMEOUT: stopped half-way; what was
 * found so far is there.
 */
RQ_MUST_USE enum rq_err search_triggers(struct search *search,
					const uint32_t **patterns_out, size_t *n_out);

/* Pass 2: makes the matches of these patterns complete.  Those that are complete
 * already cost nothing. */
RQ_MUST_USE enum rq_err search_patterns(struct search *search, const uint32_t *patterns,
					size_t n);

/* Whether the matches of pattern are complete for this object. */
bool search_is_complete(const struct search *search, uint32_t pattern);

/* The matches of a complete pattern by rising offset; borrowed until the next begin. */
const struct match *search_matches(struct search *search, uint32_t pattern,
				   size_t *n_out);

/* Whether pattern matches exactly at offset, without searching anything else. */
bool search_matches_at(struct search *search, uint32_t pattern, uint64_t offset);

/* Whether pattern has matches beyond max_matches_per_pattern. */
bool search_is_cut(const struct search *search, uint32_t pattern);

/* What made the answer of this object incomplete, if anything did. */
struct search_gaps {
	bool too_many_matches; /* some pattern reached max_matches_per_pattern */
	bool too_complex;      /* an expression ran out of steps */
	bool out_of_memory;
	bool timed_out; /* also where no return value could say so */
};
struct search_gaps search_gaps(const struct search *search);

/* Names of the kernels that this processor can run, ended by NULL. */
const char *const *search_kernels(void);

/* Whether a kernel has that name, on this processor or another. */
bool search_knows_kernel(const char *name);

#endif
