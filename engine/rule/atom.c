#include "engine/rule/atom.h"

#include "bytes/cap.h"
#include "engine/rule/regex_tree.h"

#include <string.h>

enum { ATOM_MAX = 4, QUALITY_BEST = 22 * ATOM_MAX };

struct atom {
	uint8_t bytes[ATOM_MAX], masks[ATOM_MAX];
	unsigned n;
};

/* ---- quality (libyara's numbers) ---- */

static bool is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static int quality_of_byte(uint8_t c)
{
	if (c == 0x00 || c == 0x20 || c == 0xCC || c == 0xFF)
		return 12;
	return is_letter(c) ? 18 : 20;
}

static bool is_common(uint8_t c)
{
	return c == 0x00 || c == 0x20 || c == 0x90 || c == 0xCC || c == 0xFF;
}

static int quality_of(const struct atom *atom)
{
	struct byte_set seen = {0};
	int quality = 0;
	bool common = false;
	unsigned n_distinct;

	for (unsigned i = 0; i < atom->n; i++) {
		if (atom->masks[i] == 0x00) {
			quality -= 10;
		} else if (atom->masks[i] != 0xFF) {
			quality += 4;
		} else {
			quality += quality_of_byte(atom->bytes[i]);
			byte_set_add(&seen, atom->bytes[i]);
			common = is_common(atom->bytes[i]);
		}
	}
	n_distinct = byte_set_count(&seen);
	if (n_distinct == 1 && common)
		return quality - 10 * (int)atom->n;
	return quality + 2 * (int)n_distinct;
}

/* Without unknown bytes at its ends; one byte when too few in the middle are known. */
static struct atom trim(struct atom atom)
{
	unsigned from = 0, known = 0, unknown = 0;

	while (from < atom.n && atom.masks[from] == 0)
		from++;
	while (atom.n > from && atom.masks[atom.n - 1] == 0)
		atom.n--;
	atom.n -= from;
	memmove(atom.bytes, &atom.bytes[from], atom.n);
	memmove(atom.masks, &atom.masks[from], atom.n);
	for (unsigned i = 0; i < atom.n; i++) {
		known += atom.masks[i] == 0xFF;
		unknown += atom.masks[i] == 0x00;
	}
	if (atom.n > 0 && unknown >= known)
		atom.n = 1;
	return atom;
}

/* ---- modifiers ---- */

static struct atom widen(const struct atom *atom)
{
	struct atom wide = {.n = atom->n * 2 < ATOM_MAX ? atom->n * 2 : ATOM_MAX};

	memset(wide.masks, 0xFF, sizeof wide.masks);
	for (unsigned i = 0; 2 * i < wide.n; i++) {
		wide.bytes[2 * i] = atom->bytes[i];
		wide.masks[2 * i] = atom->masks[i];
	}
	return wide;
}

/* How many atoms without masks it stands for, in every case when nocase. */
static uint64_t expansions(const struct atom *atom, bool nocase)
{
	enum { LETTERS = 52 };
	uint64_t n = 1;

	for (unsigned i = 0; i < atom->n; i++) {
		if (atom->masks[i] == 0x00)
			n *= nocase ? 256 + LETTERS : 256;
		else if (atom->masks[i] != 0xFF)
			n *= 16;
		else if (nocase && is_letter(atom->bytes[i]))
			n *= 2;
	}
	return n;
}

static void lower(int *quality, int other)
{
	if (other < *quality)
		*quality = other;
}

/* A literal's best window, then whatever its modifiers make of it. */
static void add_variant(struct atoms *atoms, const struct atom *atom,
			const struct rule_string *s)
{
	unsigned first = 0, last = 0;

	if (s->flags & STRING_XOR) {
		first = s->xor_min;
		last = s->xor_max;
	}
	for (unsigned key = first; key <= last; key++) {
		struct atom variant = *atom;

		for (unsigned i = 0; i < variant.n; i++)
			variant.bytes[i] ^= (uint8_t)key;
		lower(&atoms->quality, quality_of(&variant));
		atoms->n += expansions(&variant, s->flags & STRING_NOCASE);
	}
}

static struct atoms atoms_of_literal(const uint8_t *text, size_t n,
				     const struct rule_string *s)
{
	struct atom best = {.n = n < ATOM_MAX ? (unsigned)n : ATOM_MAX}, atom, wide;
	struct atoms atoms;

	memset(best.masks, 0xFF, sizeof best.masks);
	memcpy(best.bytes, text, best.n);
	atoms = (struct atoms){.quality = quality_of(&best)};
	atom = best;
	for (size_t i = 1; i + ATOM_MAX <= n && atoms.quality < QUALITY_BEST; i++) {
		memcpy(atom.bytes, &text[i], ATOM_MAX);
		if (quality_of(&atom) > atoms.quality) {
			best = atom;
			atoms.quality = quality_of(&atom);
		}
	}
	wide = widen(&best);
	if (s->flags & STRING_ASCII || !(s->flags & STRING_WIDE))
		add_variant(&atoms, &best, s);
	if (s->flags & STRING_WIDE)
		add_variant(&atoms, &wide, s);
	return atoms;
}

/* ---- expressions ---- */

/*
 * One run of alternatives to choose from.  Leaves come as windows of four nodes slide
 * over what is rigid; everything else closes the window.
 */
struct choice {
	struct atoms best; /* of all leaves so far; n 0: none yet */
	struct atom window;
	struct atom best_atom; /* of the open run */
	int best_quality;      /* -1: none */
	bool nocase, wide, ascii;
};

static void offer(struct choice *c, struct atoms atoms)
{
	if (atoms.quality > c->best.quality || (c->best.n == 0 && c->best.quality == 0))
		c->best = atoms;
}

static struct atoms leaf(const struct choice *c, const struct atom *raw)
{
	struct atom atom = trim(*raw), wide = widen(&atom);
	struct atoms atoms = {0};

	if (atom.n == 0)
		return atoms;
	atoms.quality = quality_of(&atom);
	if (c->ascii)
		atoms.n += expansions(&atom, c->nocase);
	if (c->wide)
		atoms.n += expansions(&wide, c->nocase);
	return atoms;
}

static void close_run(struct choice *c)
{
	struct atom last = trim(c->window);
	int quality = quality_of(&last);

	if (c->window.n > 0)
		offer(c, leaf(c, quality > c->best_quality ? &last : &c->best_atom));
	c->window.n = 0;
	c->best_quality = -1;
}

static void slide(struct choice *c, uint8_t value, uint8_t mask)
{
	struct atom *w = &c->window;
	struct atom trimmed;

	if (w->n == ATOM_MAX) {
		if (c->best_quality >= QUALITY_BEST)
			return;
		trimmed = trim(*w);
		if (quality_of(&trimmed) > c->best_quality) {
			c->best_atom = trimmed;
			c->best_quality = quality_of(&trimmed);
		}
		memmove(w->bytes, &w->bytes[1], ATOM_MAX - 1);
		memmove(w->masks, &w->masks[1], ATOM_MAX - 1);
		w->n--;
	}
	w->bytes[w->n] = value;
	w->masks[w->n++] = mask;
}

static uint8_t first_of(const struct byte_set *set)
{
	int i = 0;

	while (set->bits[i] == 0 && i < 3)
		i++;
	return (uint8_t)(64 * i +
			 (set->bits[i] != 0 ? __builtin_ctzll(set->bits[i]) : 0));
}

/* 16 values: a nibble is known.  Which, the distance of the first two tells. */
static uint8_t mask_of(const struct byte_set *set)
{
	switch (byte_set_count(set)) {
	case 1: return 0xFF;
	case 16: return byte_set_has(set, first_of(set) ^ 1) ? 0xF0 : 0x0F;
	default: return 0x00;
	}
}

static void choose(struct choice *c, const struct re_node *node);

static void choose_alternative(struct choice *c, const struct re_node *node)
{
	struct atoms all = {.quality = QUALITY_BEST, .in_alternative = true};

	for (size_t i = 0; i < node->n_kids; i++) {
		struct choice kid = {.best_quality = -1,
				     .nocase = c->nocase,
				     .wide = c->wide,
				     .ascii = c->ascii};

		choose(&kid, node->kids[i]);
		close_run(&kid);
		lower(&all.quality, kid.best.quality);
		all.n += kid.best.n;
	}
	offer(c, all); /* before the run in front of it: of equals the first is taken */
	close_run(c);
}

static bool is_any(const struct re_node *node)
{
	return node->op == RE_SET && !node->is_class && !node->negated &&
	       byte_set_count(&node->set) >= 255;
}

static void choose_repeat(struct choice *c, const struct re_node *node)
{
	uint32_t n = node->min < ATOM_MAX ? node->min : ATOM_MAX;

	if (node->max == RE_UNBOUNDED && n > 1 && node->min == 1)
		n = 1;
	if (!is_any(node->kids[0]))
		for (uint32_t i = 0; i < n; i++)
			choose(c, node->kids[0]);
	close_run(c);
}

static void choose(struct choice *c, const struct re_node *node)
{
	switch (node->op) {
	case RE_SET:
		if (node->is_class || node->negated)
			close_run(c);
		else
			slide(c, first_of(&node->set), mask_of(&node->set));
		break;
	case RE_CONCAT:
		for (size_t i = 0; i < node->n_kids; i++)
			choose(c, node->kids[i]);
		break;
	case RE_ALTERNATIVE: choose_alternative(c, node); break;
	case RE_REPEAT: choose_repeat(c, node); break;
	default: close_run(c); break;
	}
}

static bool is_literal(const struct re_node *node)
{
	return node->op == RE_SET && !node->is_class && !node->negated &&
	       byte_set_count(&node->set) == 1;
}

/* A part that is all literal is searched for as a text. */
static bool literal_part(const struct rule_string *s, struct re_node *const *nodes,
			 size_t n, struct atoms *atoms_out)
{
	uint8_t text[CAP_RULE_LITERAL];

	if (n > sizeof text)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_literal(nodes[i]))
			return false;
		text[i] = first_of(&nodes[i]->set);
	}
	*atoms_out = atoms_of_literal(text, n, s);
	return true;
}

static struct atoms atoms_of_part(const struct rule_string *s,
				  struct re_node *const *nodes, size_t n)
{
	struct choice c = {.best_quality = -1,
			   .nocase = s->flags & STRING_NOCASE,
			   .wide = s->flags & STRING_WIDE,
			   .ascii = s->flags & STRING_ASCII};
	struct atoms atoms;

	if (literal_part(s, nodes, n, &atoms))
		return atoms;
	for (size_t i = 0; i < n; i++)
		choose(&c, nodes[i]);
	close_run(&c);
	return c.best;
}

/*
 * libyara takes strings apart at long jumps, and searches for each part; but .*? and
 * .+? are no jumps to it.
 */
static bool is_long_jump(const struct regex *regex, const struct re_node *node)
{
	if (node->op != RE_REPEAT || !node->lazy || node->in_group ||
	    !(regex->is_hex || node->kids[0]->is_dot))
		return false;
	if (node->max == RE_UNBOUNDED)
		return regex->is_hex || node->min > 1;
	return node->max > CAP_HEX_CHAIN;
}

static struct atoms atoms_of_chain(const struct rule_string *s,
				   const struct re_node *root)
{
	struct atoms all = {.quality = QUALITY_BEST}, part;
	size_t from = 0;

	for (size_t i = 1; i <= root->n_kids; i++) {
		if (i < root->n_kids && (i == from || i + 1 == root->n_kids ||
					 !is_long_jump(s->regex, root->kids[i])))
			continue;
		part = atoms_of_part(s, &root->kids[from], i - from);
		lower(&all.quality, part.quality);
		all.n += part.n;
		from = i + 1;
	}
	return all;
}

struct atoms atoms_of_tree(const struct rule_string *s, const struct re_node *root)
{
	if (root->op == RE_CONCAT)
		return atoms_of_part(s, root->kids, root->n_kids);
	return atoms_of_part(s, (struct re_node *const *)&root, 1);
}

struct atoms atoms_of(const struct rule_string *s)
{
	if (s->kind == STRING_TEXT)
		return atoms_of_literal(s->text.at, s->text.n, s);
	return s->regex->root->op == RE_CONCAT ? atoms_of_chain(s, s->regex->root)
					       : atoms_of_part(s, &s->regex->root, 1);
}

/* ---- .* ---- */

static bool has_unbounded_dot(const struct re_node *node)
{
	if (node->op == RE_REPEAT)
		return node->max >= CAP_REGEX_REPEAT && node->kids[0]->is_dot;
	for (size_t i = 0; node->op == RE_CONCAT && i < node->n_kids; i++)
		if (has_unbounded_dot(node->kids[i]))
			return true;
	return false;
}

bool regex_has_unbounded_dot(const struct regex *regex)
{
	return !regex->is_hex && has_unbounded_dot(regex->root);
}
