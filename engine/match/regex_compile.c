#include "engine/match/regex_compile.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "engine/match/regex_code.h"

#include <string.h>

struct compiler {
	struct regex_code_options options;
	struct regex_instr *instrs;
	size_t n_instrs, instr_room;
	size_t n_unpacked;  /* instructions, if each had one byte */
	size_t last_target; /* nothing before this instruction may grow any more */
	struct byte_set *sets;
	size_t n_sets, set_room;
	enum rq_err err;
};

static const struct byte_set all_bytes = {
    {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

static bool is_letter(unsigned byte)
{
	return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

struct byte_set regex_set_of(const struct re_node *node, bool nocase)
{
	struct byte_set set = node->set;

	for (unsigned i = 0; nocase && i < 256; i++) {
		if (is_letter(i) && byte_set_has(&node->set, (uint8_t)i))
			byte_set_add(&set, (uint8_t)(i ^ 0x20));
	}
	for (size_t i = 0; node->negated && i < 4; i++)
		set.bits[i] = ~set.bits[i];
	return set;
}

bool regex_first_bytes(const struct re_node *node, bool nocase, struct byte_set *first)
{
	bool empty = false;

	switch (node->op) {
	case RE_SET: {
		struct byte_set set = regex_set_of(node, nocase);

		for (size_t i = 0; i < 4; i++)
			first->bits[i] |= set.bits[i];
		return false;
	}
	case RE_CONCAT:
		for (size_t i = 0; i < node->n_kids; i++) {
			if (!regex_first_bytes(node->kids[i], nocase, first))
				return false;
		}
		return true;
	case RE_ALTERNATIVE:
		for (size_t i = 0; i < node->n_kids; i++)
			empty |= regex_first_bytes(node->kids[i], nocase, first);
		return empty;
	case RE_REPEAT:
		if (node->max == 0)
			return true;
		empty = regex_first_bytes(node->kids[0], nocase, first);
		return empty || node->min == 0;
	default: return true;
	}
}

/* ---- emitting ---- */

/* Whether one instruction more, of one byte, is not too much.  A run counts as many:
 * what is refused does not depend on how well it can be packed. */
static bool has_room(struct compiler *c)
{
	if (c->err == RQ_OK && (c->n_unpacked + 1) * sizeof *c->instrs >
				   CAP_REGEX_CODE - sizeof(struct byte_set) * 64)
		c->err = RQ_ERR_LIMIT;
	c->n_unpacked += c->err == RQ_OK;
	return c->err == RQ_OK;
}

static uint32_t emit(struct compiler *c, struct regex_instr instr)
{
	if (has_room(c) && !alloc_grow((void **)&c->instrs, &c->instr_room,
				       c->n_instrs + 1, sizeof instr))
		c->err = RQ_ERR_MEMORY;
	if (c->err != RQ_OK)
		return 0;
	c->instrs[c->n_instrs] = instr;
	return (uint32_t)c->n_instrs++;
}

/* Where the next instruction will stand, for others to lead to. */
static uint32_t here(struct compiler *c)
{
	c->last_target = c->n_instrs;
	return (uint32_t)c->n_instrs;
}

/* Into the instruction before, when that is a run with room and nobody leads behind
 * it. */
static void emit_byte(struct compiler *c, uint8_t byte)
{
	struct regex_instr *last =
	    c->n_instrs > c->last_target ? &c->instrs[c->n_instrs - 1] : NULL;

	if (last == NULL || last->op != OP_BYTES || last->n_bytes == REGEX_RUN)
		emit(c, (struct regex_instr){
			    .op = OP_BYTES, .n_bytes = 1, .bytes = {byte}});
	else if (has_room(c))
		last->bytes[last->n_bytes++] = byte;
}

static uint16_t add_set(struct compiler *c, const struct byte_set *set)
{
	for (size_t i = 0; i < c->n_sets; i++) {
		if (memcmp(&c->sets[i], set, sizeof *set) == 0)
			return (uint16_t)i;
	}
	if (c->err == RQ_OK && c->n_sets == PROGRAM_MAX_SETS)
		c->err = RQ_ERR_LIMIT;
	if (c->err == RQ_OK &&
	    !alloc_grow((void **)&c->sets, &c->set_room, c->n_sets + 1, sizeof *set))
		c->err = RQ_ERR_MEMORY;
	if (c->err != RQ_OK)
		return 0;
	c->sets[c->n_sets] = *set;
	return (uint16_t)c->n_sets++;
}

static void emit_set(struct compiler *c, const struct re_node *node)
{
	struct byte_set set = regex_set_of(node, c->options.nocase);
	unsigned n = 0, last = 0;

	for (unsigned i = 0; i < 256; i++) {
		if (byte_set_has(&set, (uint8_t)i)) {
			n++;
			last = i;
		}
	}
	if (n == 1)
		emit_byte(c, (uint8_t)last);
	else if (n == 256)
		emit(c, (struct regex_instr){.op = OP_ANY});
	else
		emit(c, (struct regex_instr){.op = OP_SET, .set = add_set(c, &set)});
}

static void emit_tree(struct compiler *c, const struct re_node *node);

/* A split whose two ways are filled in later. */
static uint32_t emit_split(struct compiler *c)
{
	return emit(c, (struct regex_instr){.op = OP_SPLIT});
}

static void set_split(struct compiler *c, uint32_t at, bool lazy, uint32_t into,
		      uint32_t past)
{
	if (c->err != RQ_OK)
		return;
	c->instrs[at].x = lazy ? past : into;
	c->instrs[at].y = lazy ? into : past;
}

static void emit_alternative(struct compiler *c, const struct re_node *node)
{
	size_t n_jumps = node->n_kids;
	uint32_t *jumps = alloc_array(n_jumps, sizeof *jumps);

	if (jumps == NULL && c->err == RQ_OK)
		c->err = RQ_ERR_MEMORY;
	for (size_t i = 0; c->err == RQ_OK && i < node->n_kids; i++) {
		bool last = i + 1 == node->n_kids;
		uint32_t split = last ? 0 : emit_split(c);
		uint32_t branch = here(c);

		emit_tree(c, node->kids[i]);
		if (last)
			break;
		jumps[i] = emit(c, (struct regex_instr){.op = OP_JUMP});
		set_split(c, split, false, branch, here(c));
	}
	for (size_t i = 0; c->err == RQ_OK && i + 1 < node->n_kids; i++)
		c->instrs[jumps[i]].x = here(c);
	alloc_free(jumps);
}

static const struct re_node *unwrapped(const struct re_node *node)
{
	while ((node->op == RE_CONCAT || node->op == RE_ALTERNATIVE) &&
	       node->n_kids == 1)
		node = node->kids[0];
	return node;
}

/* At most max - min copies, each of which may be the last. */
static void emit_optional_copies(struct compiler *c, const struct re_node *kid,
				 uint32_t n, bool lazy)
{
	uint32_t first = here(c), end;

	for (uint32_t i = 0; i < n && c->err == RQ_OK; i++) {
		uint32_t split = emit_split(c);

		emit_tree(c, kid);
		set_split(c, split, lazy, split + 1, UINT32_MAX);
	}
	end = here(c);
	for (uint32_t i = first; c->err == RQ_OK && i < end; i++) {
		struct regex_instr *instr = &c->instrs[i];

		if (instr->op == OP_SPLIT && instr->x == UINT32_MAX)
			instr->x = end;
		if (instr->op == OP_SPLIT && instr->y == UINT32_MAX)
			instr->y = end;
	}
}

static void emit_repeat(struct compiler *c, const struct re_node *node)
{
	const struct re_node *kid = unwrapped(node->kids[0]);
	bool lazy = node->lazy || c->options.lazy;
	/* a group that may come 32,767 times is as good as endless, and far smaller */
	uint32_t max = node->max >= CAP_REGEX_REPEAT ? RE_UNBOUNDED : node->max;
	uint32_t start, split;

	if (node->max == 0)
		return;
	if (kid->op == RE_SET && !(node->min == 1 && node->max == 1)) {
		struct byte_set set = regex_set_of(kid, c->options.nocase);

		emit(c, (struct regex_instr){.op = lazy ? OP_LOOP_LAZY : OP_LOOP,
					     .set = add_set(c, &set),
					     .x = node->min,
					     .y = node->max});
		return;
	}
	for (uint32_t i = 1; i < node->min && c->err == RQ_OK; i++) {
		uint32_t before = here(c);

		emit_tree(c, kid);
		if (here(c) == before)
			return; /* nothing, however often: (a{0}){30000}, nested */
	}
	if (max != RE_UNBOUNDED) {
		if (node->min > 0)
			emit_tree(c, kid);
		emit_optional_copies(c, kid, max - node->min, lazy);
		return;
	}
	start = here(c);
	if (node->min > 0) { /* the last of the needed copies is the one that repeats */
		emit_tree(c, kid);
		split = emit_split(c);
		set_split(c, split, lazy, start, here(c));
		return;
	}
	split = emit_split(c);
	emit_tree(c, kid);
	emit(c, (struct regex_instr){.op = OP_JUMP, .x = start});
	set_split(c, split, lazy, split + 1, here(c));
}

static void emit_tree(struct compiler *c, const struct re_node *node)
{
	switch (node->op) {
	case RE_EMPTY: break;
	case RE_SET: emit_set(c, node); break;
	case RE_CONCAT:
		for (size_t i = 0; i < node->n_kids; i++)
			emit_tree(
			    c,
			    node->kids[c->options.backward ? node->n_kids - 1 - i : i]);
		break;
	case RE_ALTERNATIVE: emit_alternative(c, node); break;
	case RE_REPEAT: emit_repeat(c, node); break;
	case RE_START: emit(c, (struct regex_instr){.op = OP_START}); break;
	case RE_END: emit(c, (struct regex_instr){.op = OP_END}); break;
	case RE_WORD_BOUNDARY:
		emit(c, (struct regex_instr){.op = OP_WORD_BOUNDARY});
		break;
	case RE_NOT_WORD_BOUNDARY:
		emit(c, (struct regex_instr){.op = OP_NOT_WORD_BOUNDARY});
		break;
	}
}

/* Numbers the states; what is too much for the memory of the machine is refused. */
static uint32_t number_slots(struct compiler *c)
{
	uint64_t n = 0;

	for (size_t i = 0; c->err == RQ_OK && i < c->n_instrs; i++) {
		struct regex_instr *instr = &c->instrs[i];

		instr->slot = (uint32_t)n;
		n += instr_slots(instr);
		if (n > CAP_REGEX_STATES)
			c->err = RQ_ERR_LIMIT;
	}
	return (uint32_t)n;
}

enum rq_err regex_compile_tree(const struct re_node *root,
			       const struct regex_code_options *options,
			       struct buffer *code, uint32_t *offset_out)
{
	struct compiler c = {.options = *options};
	struct byte_set first = {{0}};
	struct regex_program header = {0};

	*offset_out = 0;
	if (options->backward || regex_first_bytes(root, options->nocase, &first)) {
		first = all_bytes;
		header.flags |= options->backward ? 0 : PROGRAM_NULLABLE;
	}
	add_set(&c, &first);
	emit_tree(&c, root);
	emit(&c, (struct regex_instr){.op = OP_MATCH});
	header.n_slots = number_slots(&c);
	header.n_unpacked = (uint32_t)c.n_unpacked;
	header.n_instrs = (uint32_t)c.n_instrs;
	header.n_sets = (uint32_t)c.n_sets;
	header.flags |= (options->wide ? PROGRAM_WIDE : 0) |
			(options->backward ? PROGRAM_BACKWARD : 0) |
			(options->shortest ? PROGRAM_SHORTEST : 0);
	if (c.err == RQ_OK) {
		buffer_align(code, 8);
		if (code->size > UINT32_MAX)
			c.err = RQ_ERR_LIMIT;
		*offset_out = (uint32_t)code->size;
		buffer_put(code, &header, sizeof header);
		buffer_put(code, c.sets, c.n_sets * sizeof *c.sets);
		buffer_put(code, c.instrs, c.n_instrs * sizeof *c.instrs);
		if (c.err == RQ_OK && !buffer_ok(code))
			c.err = RQ_ERR_MEMORY;
	}
	alloc_free(c.sets);
	alloc_free(c.instrs);
	return c.err;
}

enum rq_err regex_compile(const struct regex *regex,
			  const struct regex_compile_options *options,
			  struct buffer *code, uint32_t *offset_out)
{
	struct regex_code_options code_options = {
	    .nocase = options->nocase || regex->nocase,
	    .wide = options->wide,
	    .lazy = regex->is_hex,
	};

	return regex_compile_tree(regex->root, &code_options, code, offset_out);
}
