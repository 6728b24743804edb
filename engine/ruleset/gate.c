#include "engine/ruleset/need.h"

#include "engine/ruleset/absence.h"
#include "engine/ruleset/operator.h"

#include <string.h>

/*
 * Gates only ever shut out objects for which the condition cannot hold: what is not
 * understood stays open.
 */

static const struct image_gate open_gate = {.max_size = UINT64_MAX,
					    .classes = CLASS_ALL};

static struct image_gate both(struct image_gate a, struct image_gate b)
{
	return (struct image_gate){
	    .min_size = a.min_size > b.min_size ? a.min_size : b.min_size,
	    .max_size = a.max_size < b.max_size ? a.max_size : b.max_size,
	    .classes = a.classes & b.classes,
	};
}

struct image_gate need_gate_union(struct image_gate a, struct image_gate b)
{
	/* a gate that nothing passes adds nothing */
	if (a.classes == 0)
		return b;
	if (b.classes == 0)
		return a;
	return (struct image_gate){
	    .min_size = a.min_size < b.min_size ? a.min_size : b.min_size,
	    .max_size = a.max_size > b.max_size ? a.max_size : b.max_size,
	    .classes = a.classes | b.classes,
	};
}

/* ---- the first bytes ---- */

static bool agree(const uint8_t *a, size_t n_a, const char *b, size_t n_b)
{
	return memcmp(a, b, n_a < n_b ? n_a : n_b) == 0;
}

/* Classes of objects that start with these bytes. */
static uint32_t classes_of(const uint8_t *head, size_t n)
{
	static const char elf[] = "\x7f"
				  "ELF";
	bool can_be_pe = agree(head, n, "MZ", 2), can_be_elf = agree(head, n, elf, 4);

	if (can_be_pe && n >= 2)
		return CLASS_KIND(CLASS_PE);
	if (can_be_elf && n >= 4)
		return CLASS_KIND(CLASS_ELF);
	return CLASS_KIND(CLASS_OTHER) | (can_be_pe ? CLASS_KIND(CLASS_PE) : 0) |
	       (can_be_elf ? CLASS_KIND(CLASS_ELF) : 0);
}

/* uint16(0) == value, in whatever width and order. */
static struct image_gate of_head(const struct expr *read, int64_t value)
{
	struct image_gate gate = open_gate;
	unsigned width = read->read.width;
	uint8_t head[4] = {0};

	for (unsigned i = 0; i < width && i < sizeof head; i++) {
		unsigned at = read->read.big_endian ? width - 1 - i : i;

		head[at] = (uint8_t)((uint64_t)value >> (8 * i));
	}
	gate.classes = classes_of(head, width);
	return gate;
}

/* ---- comparisons ---- */

static enum expr_op mirrored(enum expr_op op)
{
	switch (op) {
	case EXPR_LT: return EXPR_GT;
	case EXPR_LE: return EXPR_GE;
	case EXPR_GT: return EXPR_LT;
	case EXPR_GE: return EXPR_LE;
	default: return op;
	}
}

/* filesize op value */
static struct image_gate of_size(enum expr_op op, int64_t value)
{
	struct image_gate gate = open_gate, shut = {0};
	uint64_t size = (uint64_t)value;

	switch (op) {
	case EXPR_EQ:
		if (value < 0)
			return shut;
		gate.min_size = gate.max_size = size;
		break;
	case EXPR_LT:
		if (value <= 0)
			return shut;
		gate.max_size = size - 1;
		break;
	case EXPR_LE:
		if (value < 0)
			return shut;
		gate.max_size = size;
		break;
	case EXPR_GT:
		if (value >= 0)
			gate.min_size = size + 1;
		break;
	case EXPR_GE:
		if (value >= 0)
			gate.min_size = size;
		break;
	default: break;
	}
	return gate;
}

static struct image_gate of_comparison(const struct expr *e)
{
	const struct expr *a = e->kids[0], *b = e->kids[1], *swap;
	enum expr_op op = e->op;

	if (a->op == EXPR_CONSTANT) {
		swap = a;
		a = b;
		b = swap;
		op = mirrored(op);
	}
	if (b->op != EXPR_CONSTANT || b->value.type != VALUE_INT)
		return open_gate;
	if (a->op == EXPR_FILESIZE)
		return of_size(op, b->value.integer);
	if (op == EXPR_EQ && a->op == EXPR_READ && a->kids[0]->op == EXPR_CONSTANT &&
	    a->kids[0]->value.type == VALUE_INT && a->kids[0]->value.integer == 0)
		return of_head(a, b->value.integer);
	return open_gate;
}

/* ---- strings at the start ---- */

static size_t head_of_regex(const struct re_node *node, uint8_t *head, size_t room)
{
	size_t n = 0;

	if (node->op == RE_CONCAT) {
		for (size_t i = 0; i < node->n_kids && n < room; i++) {
			size_t more = head_of_regex(node->kids[i], head + n, room - n);

			n += more;
			if (more == 0 || node->kids[i]->op != RE_SET)
				break;
		}
		return n;
	}
	if (node->op != RE_SET || node->negated)
		return 0;
	for (unsigned v = 0; v < 256; v++)
		if (byte_set_has(&node->set, (uint8_t)v)) {
			if (n > 0)
				return 0;
			head[0] = (uint8_t)v;
			n = 1;
		}
	return n;
}

/* `$a at 0`, where $a can start in one way only. */
static struct image_gate of_string_at(struct need_context *c, const struct expr *e)
{
	const struct expr *at = e->kids[0];
	const struct rule_string *s;
	struct image_gate gate = open_gate;
	uint8_t head[4];
	size_t n = 0;

	if (e->index == STRING_CURRENT || at->op != EXPR_CONSTANT ||
	    at->value.type != VALUE_INT || at->value.integer != 0)
		return gate;
	s = &c->strings[e->index];
	if ((s->flags & ~(uint32_t)(STRING_ASCII | STRING_FULLWORD | STRING_PRIVATE)) !=
	    0)
		return gate;
	if (s->kind == STRING_TEXT) {
		n = s->text.n < sizeof head ? s->text.n : sizeof head;
		memcpy(head, s->text.at, n);
	} else if (s->kind == STRING_HEX && s->regex != NULL) {
		n = head_of_regex(s->regex->root, head, sizeof head);
	}
	if (n > 0)
		gate.classes = classes_of(head, n);
	return gate;
}

/* ---- conditions ---- */

static bool wants_one(const struct expr *e)
{
	const struct expr *number = e->n_kids > 0 ? e->kids[0] : NULL;

	switch (e->quantifier) {
	case QUANTIFIER_ALL:
	case QUANTIFIER_ANY: return true;
	case QUANTIFIER_NONE: return false;
	case QUANTIFIER_NUMBER:
	case QUANTIFIER_PERCENT: break;
	}
	return number != NULL && number->op == EXPR_CONSTANT &&
	       number->value.type == VALUE_INT && number->value.integer > 0;
}

static struct image_gate of_any(struct need_context *c, const struct expr *e)
{
	struct image_gate gate = {0};

	for (size_t i = 0; i < e->n_kids; i++)
		gate = need_gate_union(gate, need_gate(c, e->kids[i]));
	return gate;
}

static struct image_gate of_all(struct need_context *c, const struct expr *e)
{
	struct image_gate gate = open_gate;

	for (size_t i = 0; i < e->n_kids; i++)
		gate = both(gate, need_gate(c, e->kids[i]));
	return gate;
}

static struct image_gate of_rules(struct need_context *c, const struct expr *e)
{
	struct image_gate gate = {0};

	if (!e->set_is_rules || !wants_one(e))
		return open_gate;
	for (size_t i = 0; i < e->n_set; i++)
		gate = need_gate_union(gate, c->rule_gates[e->set[i]]);
	return gate;
}

static struct image_gate gate_of(struct need_context *c, const struct expr *e)
{
	switch (e->op) {
	case EXPR_AND: return of_all(c, e);
	case EXPR_OR: return of_any(c, e);
	case EXPR_TRUTH: return need_gate(c, e->kids[0]);
	case EXPR_RULE: return c->rule_gates[e->index];
	case EXPR_OF: return of_rules(c, e);
	case EXPR_MATCH_AT: return of_string_at(c, e);
	case EXPR_EQ:
	case EXPR_LT:
	case EXPR_LE:
	case EXPR_GT:
	case EXPR_GE: return of_comparison(e);
	case EXPR_FOR_OF:
	case EXPR_FOR_RANGE:
	case EXPR_FOR_LIST:
	case EXPR_FOR_ARRAY:
	case EXPR_FOR_DICT:
		return wants_one(e) ? need_gate(c, e->kids[e->n_kids - 1]) : open_gate;
	default: return open_gate;
	}
}

struct image_gate need_gate(struct need_context *c, const struct expr *e)
{
	struct image_gate gate = gate_of(c, e);

	if (c->modules_gate && absence_is_false(e, STRING_CURRENT, ABSENCE_PE))
		gate.classes &= CLASS_KIND(CLASS_PE);
	/* in an object of a large class filesize is defined, and above this bound */
	if (gate.max_size <= CLASS_LARGE)
		gate.classes &= CLASS_ALL_SMALL;
	return gate;
}
