/*
 * The machine: all ways through a program at once, in the order of preference, one
 * byte after the other.  A state is an instruction, in a run or a loop an instruction
 * with the count of bytes it has consumed; each state is entered at most once for each byte, so
 * that a run costs at most states times bytes.
 */
#include "engine/match/regex_run.h"

#include "bytes/alloc.h"
#include "engine/match/regex_parts.h"
#include "os/clock.h"

#include <string.h>

struct state {
	uint32_t instr;
	uint32_t count; /* in a run or a loop */
};

/* On the stack: a lazy loop that has been entered and comes behind its exit. */
#define WAITING 0x80000000u

enum { STEPS_PER_CLOCK = 1 << 16 };

struct regex_scratch {
	struct state *now, *next, *stack;
	uint32_t *seen; /* per slot: the round in which it was entered */
	size_t n_slots; /* room in each of the four */
	uint32_t round;
	size_t n_now, n_next;
	size_t *starts; /* of the last backward run */
	size_t n_starts, start_room;
	uint64_t steps_left, steps_to_clock, deadline_ns;
	struct regex_failure failure;
};

enum rq_err regex_scratch_new(struct regex_scratch **scratch_out)
{
	*scratch_out = alloc_array(1, sizeof **scratch_out);
	if (*scratch_out == NULL)
		return RQ_ERR_MEMORY;
	regex_scratch_begin(*scratch_out, UINT64_MAX, 0);
	return RQ_OK;
}

static void drop_states(struct regex_scratch *s)
{
	alloc_free(s->now);
	alloc_free(s->next);
	alloc_free(s->stack);
	alloc_free(s->seen);
	s->now = s->next = s->stack = NULL;
	s->seen = NULL;
	s->n_slots = 0;
}

void regex_scratch_free(struct regex_scratch *scratch)
{
	if (scratch == NULL)
		return;
	drop_states(scratch);
	alloc_free(scratch->starts);
	alloc_free(scratch);
}

void regex_scratch_begin(struct regex_scratch *scratch, uint64_t max_steps,
			 uint64_t deadline_ns)
{
	scratch->steps_left = max_steps;
	scratch->steps_to_clock = STEPS_PER_CLOCK;
	scratch->deadline_ns = deadline_ns;
	scratch->failure = (struct regex_failure){false, false, false};
}

struct regex_failure regex_scratch_failure(const struct regex_scratch *scratch)
{
	return scratch->failure;
}

uint64_t regex_steps_left(const struct regex_scratch *scratch)
{
	return scratch->steps_left;
}

void regex_out_of_memory(struct regex_scratch *s)
{
	s->failure.out_of_memory = true;
}

static bool failed(const struct regex_scratch *s)
{
	return s->failure.out_of_memory || s->failure.out_of_steps ||
	       s->failure.out_of_time;
}

static bool prepare(struct regex_scratch *s, const struct regex_program *program)
{
	size_t n = program->n_slots;

	if (n > s->n_slots) {
		drop_states(s);
		/* a state is on the stack at most twice: entered, and waiting */
		s->now = alloc_array(n, sizeof *s->now);
		s->next = alloc_array(n, sizeof *s->next);
		s->stack = alloc_array(2 * n + 2, sizeof *s->stack);
		s->seen = alloc_array(n, sizeof *s->seen);
		if (s->now == NULL || s->next == NULL || s->stack == NULL ||
		    s->seen == NULL) {
			drop_states(s);
			regex_out_of_memory(s);
			return false;
		}
		s->n_slots = n;
		s->round = 0;
	}
	return !failed(s);
}

static void next_round(struct regex_scratch *s)
{
	if (++s->round == 0) {
		memset(s->seen, 0, s->n_slots * sizeof *s->seen);
		s->round = 1;
	}
}

bool regex_spend(struct regex_scratch *s, size_t steps)
{
	if (failed(s))
		return false;
	if (steps > s->steps_left) {
		s->failure.out_of_steps = true;
		return false;
	}
	s->steps_left -= steps;
	if (steps < s->steps_to_clock) {
		s->steps_to_clock -= steps;
		return true;
	}
	s->steps_to_clock = STEPS_PER_CLOCK;
	if (s->deadline_ns != 0 && clock_monotonic_ns() >= s->deadline_ns)
		s->failure.out_of_time = true;
	return !s->failure.out_of_time;
}

struct run regex_run_of(struct regex_scratch *s, const struct regex_program *program,
			struct bytes data)
{
	return (struct run){.s = s,
			    .instrs = program_instrs(program),
			    .sets = program_sets(program),
			    .data = data,
			    .char_size = program->flags & PROGRAM_WIDE ? 2 : 1};
}

static bool is_word_char(const struct run *run, size_t pos)
{
	uint8_t c = run->data.at[pos];

	if (run->char_size == 2 && run->data.at[pos + 1] != 0)
		return false;
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       c == '_';
}

bool regex_at_word_boundary(const struct run *run, size_t pos)
{
	size_t n = run->char_size;
	bool before = pos >= n && is_word_char(run, pos - n);
	bool behind = run->data.n - pos >= n && is_word_char(run, pos);

	return before != behind;
}

/* The count of a loop after one more byte. */
static uint32_t loop_count(const struct regex_instr *loop, uint32_t count)
{
	/* behind the minimum of an endless loop the count makes no difference */
	return loop->y == RE_UNBOUNDED && count == loop->x ? count : count + 1;
}

static void append(struct regex_scratch *s, struct state state)
{
	s->next[s->n_next++] = state;
}

/* Enters state and everything that is reached from it without a byte, at pos. */
static void enter(const struct run *run, struct state state, size_t pos)
{
	struct regex_scratch *s = run->s;
	size_t n = 0;

	s->stack[n++] = state;
	while (n > 0) {
		struct state at = s->stack[--n];
		const struct regex_instr *instr;
		uint32_t slot;
		bool may_stay, may_leave;

		if (at.instr & WAITING) {
			at.instr &= ~WAITING;
			append(s, at);
			continue;
		}
		instr = &run->instrs[at.instr];
		slot = instr->slot + at.count;
		if (s->seen[slot] == s->round)
			continue;
		s->seen[slot] = s->round;
		switch (instr->op) {
		case OP_SPLIT:
			s->stack[n++] = (struct state){instr->y, 0};
			s->stack[n++] = (struct state){instr->x, 0};
			break;
		case OP_JUMP: s->stack[n++] = (struct state){instr->x, 0}; break;
		case OP_START:
			if (pos == 0)
				s->stack[n++] = (struct state){at.instr + 1, 0};
			break;
		case OP_END:
			if (pos == run->data.n)
				s->stack[n++] = (struct state){at.instr + 1, 0};
			break;
		case OP_WORD_BOUNDARY:
		case OP_NOT_WORD_BOUNDARY:
			if (regex_at_word_boundary(run, pos) ==
			    (instr->op == OP_WORD_BOUNDARY))
				s->stack[n++] = (struct state){at.instr + 1, 0};
			break;
		case OP_LOOP:
		case OP_LOOP_LAZY:
			may_stay = instr->y == RE_UNBOUNDED || at.count < instr->y;
			may_leave = at.count >= instr->x;
			if (may_stay && instr->op == OP_LOOP)
				append(s, at);
			if (may_stay && instr->op == OP_LOOP_LAZY)
				s->stack[n++] =
				    (struct state){at.instr | WAITING, at.count};
			if (may_leave)
				s->stack[n++] = (struct state){at.instr + 1, 0};
			break;
		default: append(s, at); break;
		}
	}
}

/* Whether the byte at pos takes state further, and then enters where it leads. */
static void consume(const struct run *run, struct state state, uint8_t byte,
		    size_t next_pos)
{
	const struct regex_instr *instr = &run->instrs[state.instr];

	switch (instr->op) {
	case OP_BYTES:
		if (byte != instr->bytes[state.count])
			break;
		state.count++;
		enter(run,
		      state.count < instr->n_bytes ? state
						   : (struct state){state.instr + 1, 0},
		      next_pos);
		break;
	case OP_ANY: enter(run, (struct state){state.instr + 1, 0}, next_pos); break;
	case OP_SET:
		if (byte_set_has(&run->sets[instr->set], byte))
			enter(run, (struct state){state.instr + 1, 0}, next_pos);
		break;
	default: /* a loop */
		if (byte_set_has(&run->sets[instr->set], byte)) {
			state.count = loop_count(instr, state.count);
			enter(run, state, next_pos);
		}
		break;
	}
}

static void swap_rounds(struct regex_scratch *s)
{
	struct state *now = s->now;

	s->now = s->next;
	s->n_now = s->n_next;
	s->next = now;
	s->n_next = 0;
	next_round(s);
}

static void begin(const struct run *run, uint32_t instr, size_t at)
{
	struct regex_scratch *s = run->s;

	s->n_next = 0;
	next_round(s);
	enter(run, (struct state){instr, 0}, at);
}

/* Whether all bytes of an instruction stand at *pos, which moves behind them. */
static bool run_bytes(const struct run *run, const struct regex_instr *instr,
		      size_t *pos, size_t end)
{
	for (uint32_t i = 0; i < instr->n_bytes; i++) {
		if (regex_is_stuck(run, *pos, end) ||
		    run->data.at[*pos] != instr->bytes[i])
			return false;
		*pos += run->char_size;
	}
	return true;
}

enum straight { STRAIGHT_MISMATCH, STRAIGHT_MATCH, STRAIGHT_CHOICE };

/*
 * Follows the program as long as there is one way only, from the first instruction and
 * *pos; at a choice the machine goes on from *instr_out and *pos.
 */
static enum straight run_straight(const struct run *run, size_t *pos, size_t end,
				  uint32_t *instr_out)
{
	for (uint32_t i = 0;; i++) {
		const struct regex_instr *instr = &run->instrs[i];

		*instr_out = i;
		if (instr->op == OP_BYTES) {
			if (!run_bytes(run, instr, pos, end))
				return STRAIGHT_MISMATCH;
			continue;
		}
		if (instr->op == OP_MATCH)
			return STRAIGHT_MATCH;
		if (instr->op != OP_ANY && instr->op != OP_SET)
			return STRAIGHT_CHOICE;
		if (regex_is_stuck(run, *pos, end))
			return STRAIGHT_MISMATCH;
		if (instr->op == OP_SET &&
		    !byte_set_has(&run->sets[instr->set], run->data.at[*pos]))
			return STRAIGHT_MISMATCH;
		*pos += run->char_size;
	}
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool regex_may_end(enum regex_end end, struct bytes data, size_t at)
{
	switch (end) {
	case END_OF_WORD: return !(at < data.n && is_alnum(data.at[at]));
	case END_OF_WIDE_WORD:
		return !(at + 1 < data.n && data.at[at + 1] == 0 &&
			 is_alnum(data.at[at]));
	default: return true;
	}
}

/* Whether one of the states at pos is a match; those behind it go, since they are less
 * preferred.  The others consume. */
static bool take_round(const struct run *run, size_t pos, size_t end,
		       enum regex_end where)
{
	struct regex_scratch *s = run->s;
	bool stuck = regex_is_stuck(run, pos, end);

	for (size_t i = 0; i < s->n_now; i++) {
		struct state state = s->now[i];

		if (run->instrs[state.instr].op != OP_MATCH) {
			if (!stuck)
				consume(run, state, run->data.at[pos],
					pos + run->char_size);
		} else if (regex_may_end(where, run->data, pos)) {
			return true;
		}
	}
	return false;
}

int64_t regex_run_at(struct regex_scratch *scratch, const struct regex_program *program,
		     struct bytes data, size_t at, size_t reach, enum regex_end where)
{
	struct run run = regex_run_of(scratch, program, data);
	int64_t length = -1;
	size_t pos = at, end;
	enum straight straight;
	uint32_t instr;

	reach = reach < data.n - at ? reach : data.n - at;
	end = at + reach - reach % run.char_size;
	straight = run_straight(&run, &pos, end, &instr);
	if (!regex_spend(scratch, pos - at + 1) || straight == STRAIGHT_MISMATCH)
		return -1;
	if (straight == STRAIGHT_MATCH)
		return failed(scratch) || !regex_may_end(where, data, pos)
			   ? -1
			   : (int64_t)(pos - at);
	if (!prepare(scratch, program))
		return -1;
	begin(&run, instr, pos);
	for (;; pos += run.char_size) {
		swap_rounds(scratch);
		if (!regex_spend(scratch, scratch->n_now + 1))
			return -1;
		if (take_round(&run, pos, end, where)) {
			length = (int64_t)(pos - at);
			if (program->flags & PROGRAM_SHORTEST)
				return length;
		}
		if (scratch->n_next == 0)
			return length;
	}
}

/* ---- runs that follow each other ---- */

enum {
	TRAIL_MARKS = 5,
	TRAIL_STATES = 128, /* of a mark; more are not compared */
	TRAIL_FOLLOWERS =
	    64, /* characters before its start from which a run is followed */
};

/* How many characters behind the start of a run its states are kept. */
static const size_t marks[TRAIL_MARKS] = {1, 4, 16, 64, 256};

struct trail {
	size_t start;
	size_t *ends; /* by characters: the last match up to there, or NO_END */
	uint32_t n[TRAIL_MARKS];
	struct state states[TRAIL_MARKS][TRAIL_STATES];
};

#define NO_END SIZE_MAX

struct regex_trail {
	size_t reach;
	struct trail trails[2];
	unsigned leader; /* index of the run to follow */
	bool has_leader;
};

enum rq_err regex_trail_new(size_t reach, struct regex_trail **trail_out)
{
	struct regex_trail *trail = alloc_array(1, sizeof *trail);

	*trail_out = trail;
	if (trail == NULL)
		return RQ_ERR_MEMORY;
	trail->reach = reach;
	for (int i = 0; i < 2; i++) {
		trail->trails[i].ends = alloc_array(reach + 1, sizeof(size_t));
		if (trail->trails[i].ends == NULL) {
			regex_trail_free(trail);
			*trail_out = NULL;
			return RQ_ERR_MEMORY;
		}
	}
	return RQ_OK;
}

void regex_trail_free(struct regex_trail *trail)
{
	if (trail == NULL)
		return;
	alloc_free(trail->trails[0].ends);
	alloc_free(trail->trails[1].ends);
	alloc_free(trail);
}

static bool is_followed(const struct regex_trail *trail, const struct run *run,
			size_t at)
{
	size_t start = trail->trails[trail->leader].start;

	return trail->has_leader && at < start &&
	       start - at <= TRAIL_FOLLOWERS * run->char_size &&
	       (start - at) % run->char_size == 0;
}

/* Which mark lies n characters behind the start; TRAIL_MARKS: none. */
static size_t mark_at(size_t n)
{
	size_t i = 0;

	while (i < TRAIL_MARKS && marks[i] != n)
		i++;
	return i;
}

/* Whether the states at pos are those that the trail had there. */
static bool meets(const struct run *run, const struct trail *trail, size_t pos)
{
	const struct regex_scratch *s = run->s;
	size_t i = pos > trail->start ? mark_at((pos - trail->start) / run->char_size)
				      : TRAIL_MARKS;

	return i < TRAIL_MARKS && trail->n[i] > 0 && trail->n[i] == s->n_now &&
	       memcmp(trail->states[i], s->now, s->n_now * sizeof *s->now) == 0;
}

static void leave_mark(const struct run *run, struct trail *trail, size_t n)
{
	const struct regex_scratch *s = run->s;
	size_t i = mark_at(n);

	if (i == TRAIL_MARKS || s->n_now > TRAIL_STATES)
		return;
	memcpy(trail->states[i], s->now, s->n_now * sizeof *s->now);
	trail->n[i] = (uint32_t)s->n_now;
}

int64_t regex_run_along(struct regex_scratch *scratch, struct regex_trail *trail,
			const struct regex_program *program, struct bytes data,
			size_t at, enum regex_end where)
{
	struct run run = regex_run_of(scratch, program, data);
	size_t size = run.char_size, n = 0, last = NO_END, pos = at, end;
	size_t reach = trail->reach < data.n - at ? trail->reach : data.n - at;
	const struct trail *old = &trail->trails[trail->leader];
	struct trail *new = &trail->trails[!trail->leader];
	bool follows = is_followed(trail, &run, at);

	end = at + reach - reach % size;
	if (!prepare(scratch, program))
		return -1;
	new->start = at;
	memset(new->n, 0, sizeof new->n);
	begin(&run, 0, at);
	for (;; pos += size, n++) {
		swap_rounds(scratch);
		if (!regex_spend(scratch, scratch->n_now + 1))
			return -1;
		if (follows && meets(&run, old, pos)) {
			size_t there = old->ends[(end - old->start) / size];

			/* its matches before pos are not those of this run */
			last = there != NO_END && there >= pos ? there : last;
			return last == NO_END ? -1 : (int64_t)(last - at);
		}
		leave_mark(&run, new, n);
		if (take_round(&run, pos, end, where))
			last = pos;
		new->ends[n] = last;
		if (scratch->n_next == 0)
			break;
	}
	for (n++; n <= trail->reach; n++)
		new->ends[n] = last;
	trail->leader = !trail->leader;
	trail->has_leader = true;
	return last == NO_END ? -1 : (int64_t)(last - at);
}

static bool add_start(struct regex_scratch *s, size_t start)
{
	if (!alloc_grow((void **)&s->starts, &s->start_room, s->n_starts + 1,
			sizeof *s->starts)) {
		regex_out_of_memory(s);
		return false;
	}
	s->starts[s->n_starts++] = start;
	return true;
}

const size_t *regex_run_back(struct regex_scratch *scratch,
			     const struct regex_program *program, struct bytes data,
			     size_t at, size_t reach, size_t *n_out)
{
	struct run run = regex_run_of(scratch, program, data);
	size_t pos = at, end;

	*n_out = scratch->n_starts = 0;
	if (!prepare(scratch, program))
		return NULL;
	reach = reach < at ? reach : at;
	end = at - reach + reach % run.char_size;
	begin(&run, 0, at);
	for (;;) {
		bool stuck, matched = false;

		swap_rounds(scratch);
		if (!regex_spend(scratch, scratch->n_now + 1))
			return NULL;
		stuck = pos == end || (run.char_size == 2 && data.at[pos - 1] != 0);
		for (size_t i = 0; i < scratch->n_now; i++) {
			struct state state = scratch->now[i];

			if (run.instrs[state.instr].op == OP_MATCH)
				matched = true;
			else if (!stuck)
				consume(&run, state, data.at[pos - run.char_size],
					pos - run.char_size);
		}
		if (matched && !add_start(scratch, pos))
			return NULL;
		if (scratch->n_next == 0)
			break;
		pos -= run.char_size;
	}
	*n_out = scratch->n_starts;
	return scratch->starts;
}

bool regex_can_start(const struct regex_program *program, uint8_t byte)
{
	return byte_set_has(&program_sets(program)[PROGRAM_FIRST_SET], byte);
}

/* ---- expressions as values ---- */

bool regex_search(struct regex_scratch *scratch, const struct regex_program *program,
		  struct bytes text)
{
	struct run run = regex_run_of(scratch, program, text);

	if (!prepare(scratch, program))
		return false;
	begin(&run, 0, 0);
	for (size_t pos = 0;; pos++) {
		swap_rounds(scratch);
		if (!regex_spend(scratch, scratch->n_now + 1))
			return false;
		for (size_t i = 0; i < scratch->n_now; i++) {
			struct state state = scratch->now[i];

			if (run.instrs[state.instr].op == OP_MATCH)
				return true;
			if (pos < text.n)
				consume(&run, state, text.at[pos], pos + 1);
		}
		if (pos >= text.n)
			return false;
		if (pos + 1 < text.n) /* libyara starts none behind the last byte */
			enter(&run, (struct state){0, 0}, pos + 1);
	}
}
