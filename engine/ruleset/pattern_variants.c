#include "engine/ruleset/pattern_variants.h"

#include <string.h>

struct bytes wide_text(struct arena *arena, struct bytes text)
{
	uint8_t *wide = arena_array(arena, text.n, 2);

	if (wide == NULL)
		return (struct bytes){NULL, 0};
	for (size_t i = 0; i < text.n; i++)
		wide[2 * i] = text.at[i];
	return (struct bytes){wide, 2 * text.n};
}

struct bytes base64_text(struct arena *arena, struct bytes text, unsigned shift,
			 const char alphabet[64])
{
	size_t n_bits = 8 * (shift + text.n);
	/* whole characters between the first and the last bit of text alone */
	size_t first = (8 * (size_t)shift + 5) / 6, end = n_bits / 6;
	uint8_t *encoded = arena_array(arena, end - first + 1, 1);

	if (encoded == NULL)
		return (struct bytes){NULL, 0};
	for (size_t i = first; i < end; i++) {
		unsigned value = 0;

		for (size_t bit = 6 * i; bit < 6 * i + 6; bit++) {
			uint8_t byte = text.at[bit / 8 - shift];

			value = value << 1 | (byte >> (7 - bit % 8) & 1);
		}
		encoded[i - first] = (uint8_t)alphabet[value];
	}
	return (struct bytes){encoded, end - first};
}

static bool single_byte(const struct re_node *node, uint8_t *byte_out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 256; i++) {
		if (byte_set_has(&node->set, (uint8_t)i)) {
			*byte_out = (uint8_t)i;
			n++;
		}
	}
	return n == 1 && !node->negated;
}

static size_t count_leaves(const struct re_node *node)
{
	size_t n = 0;

	if (node->op != RE_CONCAT)
		return 1;
	for (size_t i = 0; i < node->n_kids; i++)
		n += count_leaves(node->kids[i]);
	return n;
}

static bool take_bytes(const struct re_node *node, uint8_t *text, size_t *n)
{
	if (node->op == RE_CONCAT) {
		for (size_t i = 0; i < node->n_kids; i++) {
			if (!take_bytes(node->kids[i], text, n))
				return false;
		}
		return true;
	}
	return node->op == RE_SET && single_byte(node, &text[(*n)++]);
}

bool regex_is_text(const struct re_node *root, struct arena *arena,
		   struct bytes *text_out)
{
	uint8_t *text = arena_array(arena, count_leaves(root) + 1, 1);
	size_t n = 0;

	if (text == NULL || !take_bytes(root, text, &n) || n == 0)
		return false;
	*text_out = (struct bytes){text, n};
	return true;
}
