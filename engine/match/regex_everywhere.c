/*
 * From the last place of the data to the first: the match that starts with an
 * instruction at a place follows from those that start at the places behind, where it
 * consumes, and from those of the instructions it leads to, where it does not.  The
 * machine of regex_run.c follows all ways from one start in their order of preference;
 * here each way is known to succeed or not when it is reached, so that the first one
 * that does is the answer.
 */
#include "engine/match/regex_everywhere.h"

#include "bytes/alloc.h"
#include "engine/match/regex_parts.h"

#include <string.h>

#define NOWHERE SIZE_MAX /* greater than the end of any match */

/* ---- the order in which instructions are looked at ---- */

/*
 * Instructions that lead to each other without consuming anything, as in (a*)*, and
 * those that lead there: none of them can come first.
 */
struct order {
	uint32_t *plain; /* each behind those that it leads to */
	uint32_t *cyclic;
	bool *is_cyclic;
	size_t n_plain, n_cyclic;
};

/* Where an instruction leads without consuming anything. */
static unsigned ways_from(const struct regex_instr *instrs, uint32_t i,
			  uint32_t ways_out[2])
{
	const struct regex_instr *instr = &instrs[i];

	ways_out[0] = i + 1;
	switch (instr->op) {
	case OP_SPLIT:
		ways_out[0] = instr->x;
		ways_out[1] = instr->y;
		return 2;
	case OP_JUMP: ways_out[0] = instr->x; return 1;
	case OP_LOOP:
	case OP_LOOP_LAZY: return instr->x == 0;
	case OP_START:
	case OP_END:
	case OP_WORD_BOUNDARY:
	case OP_NOT_WORD_BOUNDARY: return 1;
	default: return 0;
	}
}

enum colour { UNSEEN, FIRST_WAY, SECOND_WAY, NO_WAY_LEFT, FINISHED };

/* Everything that is reached from root comes before it. */
static void put_in_order(const struct regex_instr *instrs, uint32_t root,
			 uint8_t *colours, uint32_t *stack, struct order *order)
{
	size_t n = 0;

	colours[root] = FIRST_WAY;
	stack[n++] = root;
	while (n > 0) {
		uint32_t i = stack[n - 1], ways[2], way;
		unsigned n_ways = ways_from(instrs, i, ways);

		if (colours[i] - FIRST_WAY < (int)n_ways) {
			way = ways[colours[i]++ - FIRST_WAY];
			if (colours[way] == UNSEEN) {
				colours[way] = FIRST_WAY;
				stack[n++] = way;
			} else if (colours[way] != FINISHED || order->is_cyclic[way]) {
				order->is_cyclic[i] = true;
			}
			continue;
		}
		colours[i] = FINISHED;
		if (order->is_cyclic[i])
			order->cyclic[order->n_cyclic++] = i;
		else
			order->plain[order->n_plain++] = i;
		if (--n > 0)
			order->is_cyclic[stack[n - 1]] |= order->is_cyclic[i];
	}
}

static void order_clear(struct order *order)
{
	alloc_free(order->plain);
	alloc_free(order->cyclic);
	alloc_free(order->is_cyclic);
}

static bool order_of(const struct regex_instr *instrs, size_t n, struct order *order)
{
	uint32_t *stack = alloc_array(n, sizeof *stack);
	uint8_t *colours = alloc_array(n, 1);
	bool ok;

	*order = (struct order){
	    .plain = alloc_array(n, sizeof *order->plain),
	    .cyclic = alloc_array(n, sizeof *order->cyclic),
	    .is_cyclic = alloc_array(n, sizeof *order->is_cyclic),
	};
	ok = stack != NULL && colours != NULL && order->plain != NULL &&
	     order->cyclic != NULL && order->is_cyclic != NULL;
	for (uint32_t i = 0; ok && i < n; i++) {
		if (colours[i] == UNSEEN)
			put_in_order(instrs, i, colours, stack, order);
	}
	alloc_free(stack);
	alloc_free(colours);
	return ok;
}

/* Steps for one place: of those in a cycle each may lead to all. */
static uint64_t steps_per_place(const struct order *order)
{
	return order->n_plain + (uint64_t)order->n_cyclic * order->n_cyclic + 1;
}

uint64_t regex_everywhere_cost(const struct regex_program *program, size_t n)
{
	/* the bytes of a run are never in a cycle */
	uint64_t cost = UINT64_MAX, per_place,
		 unpacked = program->n_unpacked - program->n_instrs;
	struct order order;

	if (order_of(program_instrs(program), program->n_instrs, &order)) {
		per_place = steps_per_place(&order) + unpacked;
		if (per_place < UINT64_MAX / (n + 1))
			cost = per_place * (n + 1);
	}
	order_clear(&order);
	return cost;
}

/* ---- a byte at a time ---- */

/* Where an instruction will stand: behind those of all before it. */
static bool find_places(const struct regex_program *program, uint32_t **places_out)
{
	uint32_t *places = alloc_array(program->n_instrs, sizeof *places);
	uint32_t n = 0;

	*places_out = places;
	for (uint32_t i = 0; places != NULL && i < program->n_instrs; i++) {
		places[i] = n;
		n += instr_unpacked(&program_instrs(program)[i]);
	}
	return places != NULL;
}

/* The program with an instruction for each byte: what is known of a place follows from
 * the next one alone. */
static struct regex_instr *unpack(const struct regex_program *program)
{
	struct regex_instr *unpacked =
	    alloc_array(program->n_unpacked, sizeof *unpacked);
	uint32_t *places = NULL;
	size_t n = 0;

	if (unpacked == NULL || !find_places(program, &places)) {
		alloc_free(unpacked);
		return NULL;
	}
	for (uint32_t i = 0; i < program->n_instrs; i++) {
		struct regex_instr instr = program_instrs(program)[i];

		if (instr.op == OP_SPLIT)
			instr.y = places[instr.y];
		if (instr.op == OP_SPLIT || instr.op == OP_JUMP)
			instr.x = places[instr.x];
		if (instr.op != OP_BYTES)
			unpacked[n++] = instr;
		else
			for (uint32_t k = 0; k < instr.n_bytes; k++)
				unpacked[n++] =
				    (struct regex_instr){.op = OP_BYTES,
							 .n_bytes = 1,
							 .bytes = {instr.bytes[k]}};
	}
	alloc_free(places);
	return unpacked;
}

/* ---- loops ---- */

struct exit {
	size_t at, end; /* where a loop may be left, and the end of the match then */
};

/*
 * A loop that begins at a place can be left at any place from `least` bytes behind it
 * on, as far as its bytes go and its maximum allows.  Both limits fall with the place,
 * so that exits come in at one side and go out at the other: kept are those that may
 * be the answer at this or an earlier place, the last one in the data first.
 */
struct loop {
	uint32_t instr;
	bool is_cyclic;
	size_t run_end; /* from here to there all bytes are of its set */
	size_t best;    /* the answer: end of the match when it consumes something */
	size_t *late;   /* ends of the exits at the last `least` places, by turns */
	size_t least, turn;
	struct exit *exits; /* a ring */
	size_t room, first, n;
};

struct every {
	struct run run;
	enum regex_end where;
	bool shortest;
	size_t n_instrs;
	struct order order;
	struct loop *loops;
	size_t n_loops;
	uint32_t *loop_of;      /* by instruction */
	size_t *here, *next;    /* by instruction: end of its match at a place */
	uint32_t *seen, *stack; /* of a search in the cycles */
	uint32_t round;
	void *memory; /* of late and exits */
};

static bool is_loop(const struct regex_instr *instr)
{
	return instr->op == OP_LOOP || instr->op == OP_LOOP_LAZY;
}

/* Of two ways the one that counts, a being the preferred one. */
static size_t better(const struct every *e, size_t a, size_t b)
{
	if (e->shortest)
		return a < b ? a : b;
	return a != NOWHERE ? a : b;
}

static struct exit *exit_at(const struct loop *loop, size_t i)
{
	size_t at = loop->first + i;

	return &loop->exits[at < loop->room ? at : at - loop->room];
}

/* The exit comes into reach; what it makes needless for all places to come goes. */
static void admit(const struct every *e, struct loop *loop, struct exit exit)
{
	const struct regex_instr *instr = &e->run.instrs[loop->instr];
	bool endless = instr->y == RE_UNBOUNDED;

	if (exit.end == NOWHERE)
		return;
	if (endless && loop->n > 0) { /* they will all go out at once */
		if (e->shortest ? loop->exits[loop->first].end <= exit.end
				: instr->op == OP_LOOP)
			return;
		loop->n = 0;
	}
	if (!e->shortest && instr->op == OP_LOOP_LAZY)
		loop->n = 0;
	while (e->shortest && loop->n > 0 &&
	       exit_at(loop, loop->n - 1)->end >= exit.end)
		loop->n--;
	*exit_at(loop, loop->n++) = exit;
}

static void look_at_loop(const struct every *e, struct loop *loop, size_t at,
			 bool stuck)
{
	const struct regex_instr *instr = &e->run.instrs[loop->instr];
	size_t least = loop->least * e->run.char_size, last;
	uint64_t most = (uint64_t)instr->y * e->run.char_size;

	loop->best = NOWHERE;
	if (stuck || !byte_set_has(&e->run.sets[instr->set], e->run.data.at[at])) {
		loop->run_end = at;
		loop->n = 0;
		return;
	}
	last = loop->run_end - at < most ? loop->run_end : at + (size_t)most;
	while (loop->n > 0 && loop->exits[loop->first].at > last) {
		loop->first = loop->first + 1 == loop->room ? 0 : loop->first + 1;
		loop->n--;
	}
	if (last - at >= least)
		admit(e, loop, (struct exit){at + least, loop->late[loop->turn]});
	if (loop->n > 0)
		loop->best = loop->exits[loop->first].end;
}

/* ---- instructions at a place ---- */

/* What is a condition of a place, and no way to others. */
static bool holds(const struct every *e, const struct regex_instr *instr, size_t at)
{
	switch (instr->op) {
	case OP_START: return at == 0;
	case OP_END: return at == e->run.data.n;
	case OP_WORD_BOUNDARY: return regex_at_word_boundary(&e->run, at);
	case OP_NOT_WORD_BOUNDARY: return !regex_at_word_boundary(&e->run, at);
	default: return true;
	}
}

/* The end of the match that starts here with instruction i. */
static size_t end_from(const struct every *e, uint32_t i, size_t at, bool stuck)
{
	const struct regex_instr *instr = &e->run.instrs[i];
	size_t best, leave;

	switch (instr->op) {
	case OP_MATCH: return regex_may_end(e->where, e->run.data, at) ? at : NOWHERE;
	case OP_BYTES: /* one: they are unpacked */
		return !stuck && e->run.data.at[at] == instr->bytes[0] ? e->next[i + 1]
								       : NOWHERE;
	case OP_ANY: return stuck ? NOWHERE : e->next[i + 1];
	case OP_SET:
		return !stuck && byte_set_has(&e->run.sets[instr->set],
					      e->run.data.at[at])
			   ? e->next[i + 1]
			   : NOWHERE;
	case OP_SPLIT: return better(e, e->here[instr->x], e->here[instr->y]);
	case OP_JUMP: return e->here[instr->x];
	case OP_LOOP:
	case OP_LOOP_LAZY:
		best = e->loops[e->loop_of[i]].best;
		leave = instr->x == 0 ? e->here[i + 1] : NOWHERE;
		return instr->op == OP_LOOP ? better(e, best, leave)
					    : better(e, leave, best);
	default: return holds(e, instr, at) ? e->here[i + 1] : NOWHERE;
	}
}

/* On the stack: a lazy loop that comes behind its exit, as in the machine. */
#define WAITING 0x80000000u

static void next_round(struct every *e)
{
	if (++e->round == 0) {
		memset(e->seen, 0, e->n_instrs * sizeof *e->seen);
		e->round = 1;
	}
}

/*
 * The same where instructions lead in circles: all ways are followed by preference, as
 * the machine does it, each instruction once.  `without` counts as followed already.
 */
static size_t end_by_search(struct every *e, uint32_t from, uint32_t without, size_t at)
{
	size_t n = 0, end = NOWHERE;

	next_round(e);
	if (without != UINT32_MAX)
		e->seen[without] = e->round;
	e->stack[n++] = from;
	while (n > 0) {
		uint32_t i = e->stack[--n] & ~WAITING, ways[2];
		bool waiting = e->stack[n] & WAITING;
		const struct regex_instr *instr = &e->run.instrs[i];
		unsigned n_ways;

		if (!waiting && e->order.is_cyclic[i] && e->seen[i] == e->round)
			continue;
		if (!e->order.is_cyclic[i])
			end = better(e, end, e->here[i]);
		else if (waiting || instr->op == OP_LOOP)
			end = better(e, end, e->loops[e->loop_of[i]].best);
		if (end != NOWHERE && !e->shortest)
			return end;
		if (waiting || !e->order.is_cyclic[i])
			continue;
		e->seen[i] = e->round;
		if (instr->op == OP_LOOP_LAZY)
			e->stack[n++] = i | WAITING;
		n_ways = holds(e, instr, at) ? ways_from(e->run.instrs, i, ways) : 0;
		while (n_ways > 0) /* the preferred one is to be on top */
			e->stack[n++] = ways[--n_ways];
	}
	return end;
}

/* Notes what the match ends with when the loop is left here. */
static void note_exit(struct every *e, struct loop *loop, size_t at)
{
	const struct regex_instr *instr = &e->run.instrs[loop->instr];
	bool has_state = instr->x == 0 && instr->y == RE_UNBOUNDED;

	/* who leaves has been in the loop, and does not enter it again at this place */
	loop->late[loop->turn] =
	    loop->is_cyclic && has_state
		? end_by_search(e, loop->instr + 1, loop->instr, at)
		: e->here[loop->instr + 1];
	loop->turn = loop->turn + 1 == loop->least ? 0 : loop->turn + 1;
}

static void look_at_place(struct every *e, size_t at, size_t end)
{
	bool stuck = regex_is_stuck(&e->run, at, end);

	for (size_t i = 0; i < e->n_loops; i++)
		look_at_loop(e, &e->loops[i], at, stuck);
	for (size_t i = 0; i < e->order.n_plain; i++) {
		uint32_t instr = e->order.plain[i];

		e->here[instr] = end_from(e, instr, at, stuck);
	}
	for (size_t i = 0; i < e->order.n_cyclic; i++) {
		uint32_t instr = e->order.cyclic[i];

		e->here[instr] = end_by_search(e, instr, UINT32_MAX, at);
	}
	for (size_t i = 0; i < e->n_loops; i++)
		note_exit(e, &e->loops[i], at);
}

/* ---- the pass ---- */

/* Every place before end that is an even number of characters away from it. */
static bool pass(struct every *e, const struct regex_everywhere *task, size_t end)
{
	uint64_t steps = steps_per_place(&e->order);
	size_t at = end;

	for (size_t i = 0; i < e->n_loops; i++) {
		struct loop *loop = &e->loops[i];

		loop->n = loop->turn = 0;
		for (size_t k = 0; k < loop->least; k++)
			loop->late[k] = NOWHERE;
	}
	for (;;) {
		size_t *swap = e->next;

		e->next = e->here;
		e->here = swap;
		if (!regex_spend(e->run.s, steps < SIZE_MAX ? (size_t)steps : SIZE_MAX))
			return false;
		look_at_place(e, at, end);
		if (at < e->run.data.n && e->here[0] != NOWHERE)
			task->found(task->context, at, e->here[0]);
		if (at < e->run.char_size) /* who was told may have failed as well */
			return regex_spend(e->run.s, 0);
		at -= e->run.char_size;
	}
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void shape_loop(const struct every *e, uint32_t instr, struct loop *loop)
{
	const struct regex_instr *at = &e->run.instrs[instr];
	size_t n_places = e->run.data.n / e->run.char_size + 2;

	loop->instr = instr;
	loop->is_cyclic = e->order.is_cyclic[instr];
	loop->least = least(at->x > 0 ? at->x : 1, n_places);
	/* a lazy loop wants the nearest, an endless one the first or the best of all */
	loop->room = at->y == RE_UNBOUNDED || (at->op == OP_LOOP_LAZY && !e->shortest)
			 ? 1
			 : least((size_t)at->y - (at->x > 0 ? at->x : 1) + 1, n_places);
}

static bool make_loops(struct every *e)
{
	size_t n_late = 0, n_exits = 0;
	struct exit *exits;
	size_t *late;

	for (uint32_t i = 0; i < e->n_instrs; i++)
		e->n_loops += is_loop(&e->run.instrs[i]);
	e->loops = alloc_array(e->n_loops + 1, sizeof *e->loops);
	e->loop_of = alloc_array(e->n_instrs, sizeof *e->loop_of);
	if (e->loops == NULL || e->loop_of == NULL)
		return false;
	e->n_loops = 0;
	for (uint32_t i = 0; i < e->n_instrs; i++) {
		struct loop *loop = &e->loops[e->n_loops];

		if (!is_loop(&e->run.instrs[i]))
			continue;
		e->loop_of[i] = (uint32_t)e->n_loops++;
		shape_loop(e, i, loop);
		n_late += loop->least;
		n_exits += loop->room;
	}
	exits = e->memory = alloc_array(2 * n_exits + n_late + 1, sizeof(size_t));
	if (exits == NULL)
		return false;
	late = (size_t *)(void *)(exits + n_exits);
	for (size_t i = 0; i < e->n_loops; i++) {
		e->loops[i].exits = exits;
		exits += e->loops[i].room;
		e->loops[i].late = late;
		late += e->loops[i].least;
	}
	return true;
}

static bool every_open(struct every *e)
{
	size_t n = e->n_instrs;

	e->here = alloc_array(n, sizeof *e->here);
	e->next = alloc_array(n, sizeof *e->next);
	e->seen = alloc_array(n, sizeof *e->seen);
	e->stack = alloc_array(2 * n + 2, sizeof *e->stack);
	return e->here != NULL && e->next != NULL && e->seen != NULL &&
	       e->stack != NULL && make_loops(e);
}

bool regex_run_everywhere(struct regex_scratch *scratch,
			  const struct regex_everywhere *task)
{
	const struct regex_program *program = task->program;
	struct every e = {
	    .run = regex_run_of(scratch, program, task->data),
	    .where = task->where,
	    .n_instrs = program->n_unpacked,
	    .shortest = task->shortest || (program->flags & PROGRAM_SHORTEST),
	};
	struct regex_instr *instrs = unpack(program);
	size_t n = task->data.n, size = e.run.char_size;
	bool ok;

	e.run.instrs = instrs;
	ok = instrs != NULL && order_of(instrs, e.n_instrs, &e.order) && every_open(&e);
	if (!ok)
		regex_out_of_memory(scratch);
	/* wide ones once for the even places and once for the odd ones */
	for (size_t odd = 0; ok && odd < size && odd <= n; odd++)
		ok = pass(&e, task, n - (n - odd) % size);
	order_clear(&e.order);
	alloc_free(e.loops);
	alloc_free(e.loop_of);
	alloc_free(e.here);
	alloc_free(e.next);
	alloc_free(e.seen);
	alloc_free(e.stack);
	alloc_free(e.memory);
	alloc_free(instrs);
	return ok;
}
