/* What the ways of running a program share.  For engine/match/regex_*.c only. */
#ifndef RAQUET_ENGINE_MATCH_REGEX_PARTS_H
#define RAQUET_ENGINE_MATCH_REGEX_PARTS_H

#include "engine/match/regex_code.h"
#include "engine/match/regex_run.h"

/* One run: a program over data; a place is a boundary between two bytes. */
struct run {
	struct regex_scratch *s;
	const struct regex_instr *instrs;
	const struct byte_set *sets;
	struct bytes data;
	size_t char_size;
};

struct run regex_run_of(struct regex_scratch *s, const struct regex_program *program,
			struct bytes data);

bool regex_at_word_boundary(const struct run *run, size_t pos);

/* Whether no character can be consumed at pos. */
static inline bool regex_is_stuck(const struct run *run, size_t pos, size_t end)
{
	return pos == end || (run->char_size == 2 && run->data.at[pos + 1] != 0);
}

/* Takes steps off what is left, and looks at the clock now and then.  False: the run
 * has to end. */
bool regex_spend(struct regex_scratch *s, size_t steps);

void regex_out_of_memory(struct regex_scratch *s);

#endif
