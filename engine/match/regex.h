/*
 * Regular expressions as the matcher runs them.
 *
 * A program is a run of bytes in the image.  It is compiled from the tree of
 * engine/rule/regex.h, once forwards and once backwards, so that a match can be found
 * from a place in its middle.  Running it costs at most program length times input
 * length; there is no backtracking.
 */
#ifndef RAQUET_ENGINE_MATCH_REGEX_H
#define RAQUET_ENGINE_MATCH_REGEX_H

#include "bytes/buffer.h"
#include "bytes/error.h"
#include "engine/rule/regex.h"

struct regex_program; /* opaque; points into the image */
struct regex_scratch; /* memory of the running machine, one per thread */

struct regex_compile_options {
	bool nocase;
	bool wide; /* each byte is followed by a zero byte */
	bool ascii;
};

/*
 * Appends the program of a regular expression used as a value (`matches`, arguments of
 * functions) to code and tells where it starts.  RQ_ERR_LIMIT: too large or complex.
 */
RQ_MUST_USE enum rq_err regex_compile(const struct regex *regex,
				      const struct regex_compile_options *options,
				      struct buffer *code, uint32_t *offset_out);

/* Checks the program at offset of size bytes of code; NULL when damaged. */
const struct regex_program *regex_program_open(const uint8_t *code, size_t size,
					       uint32_t offset);

RQ_MUST_USE enum rq_err regex_scratch_new(struct regex_scratch **scratch_out);
void regex_scratch_free(struct regex_scratch *scratch);

/*
 * Begins with a new object: at most max_steps states are looked at and no run goes on
 * behind deadline_ns (monotonic; 0: none).  Then, and when memory runs out, runs end
 * without a match, and regex_scratch_failure says so until the next begin.
 */
void regex_scratch_begin(struct regex_scratch *scratch, uint64_t max_steps,
			 uint64_t deadline_ns);

struct regex_failure {
	bool out_of_memory, out_of_steps, out_of_time;
};
struct regex_failure regex_scratch_failure(const struct regex_scratch *scratch);

/* Whether program matches somewhere in text (empty matches count: `x matches /a?/`). */
bool regex_search(struct regex_scratch *scratch, const struct regex_program *program,
		  struct bytes text);

#endif
