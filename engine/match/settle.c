#include "engine/match/settle.h"

#include "bytes/alloc.h"
#include "engine/match/regex_code.h"
#include "engine/match/regex_everywhere.h"

#include <string.h>

/* The pass has shorter steps than the machine: of these, so many for one of its. */
enum { STEPS_OF_PASS = 4 };

enum rq_err efforts_init(struct efforts *efforts, size_t n_patterns)
{
	*efforts =
	    (struct efforts){alloc_array(n_patterns + 1, sizeof *efforts->of), 0};
	return efforts->of == NULL ? RQ_ERR_MEMORY : RQ_OK;
}

void efforts_clear(struct efforts *efforts)
{
	alloc_free(efforts->of);
	efforts->of = NULL;
}

void efforts_next_block(struct efforts *efforts, size_t n_patterns)
{
	if (++efforts->round == 0) {
		memset(efforts->of, 0, n_patterns * sizeof *efforts->of);
		efforts->round = 1;
	}
}

/* ---- the pass ---- */

/* Matches as they come: by falling offset. */
struct fall {
	struct match *at;
	size_t n, room;
};

/* Those of one variant; of a wide one, those at odd places come by themselves. */
struct catch
{
	const struct settler *settler;
	const struct variant_record *variant;
	struct fall falls[2];
	bool is_wide, failed;
	/* where the reach is shorter than the data */
	uint8_t *near; /* a bit per start: something matches within reach from there */
	struct regex_trail *trail;
};

static bool add_to(struct fall *fall, const struct match *match, size_t most)
{
	/* of too many the first ones in the data are kept, those that come last */
	if (fall->n / 2 > most) {
		memmove(fall->at, fall->at + fall->n - most, most * sizeof *fall->at);
		fall->n = most;
	}
	if (!alloc_grow((void **)&fall->at, &fall->room, fall->n + 1, sizeof *fall->at))
		return false;
	fall->at[fall->n++] = *match;
	return true;
}

static void note(void *context, size_t start, size_t end)
{
	struct catch *catch = context;
	const struct settler *s = catch->settler;
	const struct found_span span = {s->data, start, end, catch->trail};
	bool odd = catch->is_wide && start % 2 == 1;
	struct match match;

	if (catch->near != NULL && !(catch->near[start / 8] & 1 << start % 8))
		return;
	if (!verify_found(s->verifier, catch->variant, &span, &match))
		return;
	match.offset = s->base + start;
	/* one more than there may be, so that there are too many */
	if (!add_to(&catch->falls[odd], &match, (size_t)s->matches->max_per_list + 1))
		catch->failed = s->matches->gaps.out_of_memory = true;
}

static void note_near(void *context, size_t start, size_t end)
{
	struct catch *catch = context;

	if (end - start <= catch->settler->verifier->reach)
		catch->near[start / 8] |= (uint8_t)(1 << start % 8);
}

static bool catch_all(struct catch *catch)
{
	const struct verifier *verifier = catch->settler->verifier;
	struct regex_everywhere task = {
	    .program = program_at(verifier->view, catch->variant->program),
	    .data = catch->settler->data,
	    .where = verify_end_of(verifier, catch->variant),
	    .context = catch,
	};

	catch->is_wide = task.program->flags & PROGRAM_WIDE;
	if (verifier->reach < task.data.n) {
		/* where the match that is preferred goes too far there may be another:
		 * who is to look for it should know that there is one */
		catch->near = alloc_array(task.data.n / 8 + 1, 1);
		if (catch->near == NULL ||
		    regex_trail_new(verifier->reach, &catch->trail) != RQ_OK) {
			catch->settler->matches->gaps.out_of_memory = true;
			return false;
		}
		task.shortest = true;
		task.found = note_near;
		if (!regex_run_everywhere(verifier->scratch, &task))
			return false;
	}
	task.shortest = false;
	task.found = note;
	return regex_run_everywhere(verifier->scratch, &task) && !catch->failed;
}

static void hand_over(struct catch *catch)
{
	for (int odd = 0; odd < 2; odd++) {
		struct fall *fall = &catch->falls[odd];

		while (fall->n > 0)
			matches_add(catch->settler->matches, catch->variant->pattern,
				    &fall->at[--fall->n]);
		alloc_free(fall->at);
	}
	alloc_free(catch->near);
	regex_trail_free(catch->trail);
}

static void settle(const struct settler *s, uint32_t pattern)
{
	const struct pattern_record *record = &s->verifier->view->patterns[pattern];
	size_t n = record->n_variants;
	struct catch *catches = alloc_array(n + 1, sizeof *catches);
	bool all = true;

	if (catches == NULL) {
		s->matches->gaps.out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		catches[i].settler = s;
		catches[i].variant =
		    &s->verifier->view->variants[record->first_variant + i];
		all = all && catch_all(&catches[i]);
	}
	/* what is there has been found again; but when the pass was cut short it may
	 * be more, and the failure of the scratch says that there is a gap */
	if (all)
		matches_drop(s->matches, pattern, s->base, s->data.n);
	for (size_t i = 0; i < n; i++) /* where two match the first one counts */
		hand_over(&catches[i]);
	alloc_free(catches);
}

/* ---- when ---- */

static uint64_t cost_of(const struct settler *s, uint32_t pattern)
{
	const struct pattern_view *view = s->verifier->view;
	const struct pattern_record *record = &view->patterns[pattern];
	uint64_t cost = 0;

	for (uint32_t i = 0; i < record->n_variants; i++) {
		const struct variant_record *v =
		    &view->variants[record->first_variant + i];
		uint64_t one =
		    regex_everywhere_cost(program_at(view, v->program), s->data.n);

		cost = one > UINT64_MAX - cost ? UINT64_MAX : cost + one;
	}
	return cost;
}

/* A first guess, without a look at how the instructions hang together. */
static uint64_t least_cost_of(const struct settler *s, uint32_t pattern)
{
	const struct pattern_view *view = s->verifier->view;
	const struct pattern_record *record = &view->patterns[pattern];
	uint64_t n_instrs = 0;

	for (uint32_t i = 0; i < record->n_variants; i++)
		n_instrs +=
		    program_at(view, view->variants[record->first_variant + i].program)
			->n_unpacked;
	return n_instrs * (s->data.n + 1);
}

static struct effort *effort_of(const struct settler *s, uint32_t pattern)
{
	struct effort *effort = &s->efforts->of[pattern];

	if (effort->round != s->efforts->round)
		*effort = (struct effort){.round = s->efforts->round,
					  .enough = least_cost_of(s, pattern) /
						    STEPS_OF_PASS};
	return effort;
}

bool settler_is_done(const struct settler *settler, uint32_t pattern)
{
	return effort_of(settler, pattern)->is_settled ||
	       matches_of(settler->matches, pattern)->is_cut;
}

void settler_charge(const struct settler *settler, uint32_t pattern, uint64_t steps)
{
	struct effort *effort = effort_of(settler, pattern);

	effort->spent += steps;
	if (effort->is_settled || effort->spent < effort->enough)
		return;
	effort->enough = cost_of(settler, pattern) / STEPS_OF_PASS;
	if (effort->spent < effort->enough)
		return;
	effort->is_settled = true;
	settle(settler, pattern);
}
