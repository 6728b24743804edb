#include "engine/rule/regex_tree.h"

#include "engine/rule/report.h"

#include <string.h>

struct re_node *re_node_new(struct arena *arena, enum re_op op)
{
	struct re_node *node = arena_make(arena, struct re_node);

	if (node != NULL)
		node->op = op;
	return node;
}

struct re_node *re_node_repeat(struct arena *arena, struct re_node *kid, uint32_t min,
			       uint32_t max, bool lazy)
{
	struct re_node *node = kid == NULL ? NULL : re_node_new(arena, RE_REPEAT);

	if (node == NULL)
		return NULL;
	node->kids = arena_array(arena, 1, sizeof *node->kids);
	if (node->kids == NULL)
		return NULL;
	node->kids[0] = kid;
	node->n_kids = 1;
	node->min = min;
	node->max = max;
	node->lazy = lazy;
	return node;
}

bool re_list_add(struct re_list *list, struct re_node *node)
{
	if (node == NULL)
		return false;
	if (list->n == list->capacity) {
		size_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
		struct re_node **nodes =
		    arena_array(list->arena, capacity, sizeof *nodes);

		if (nodes == NULL)
			return false;
		if (list->n > 0)
			memcpy(nodes, list->nodes, list->n * sizeof *nodes);
		list->nodes = nodes;
		list->capacity = capacity;
	}
	list->nodes[list->n++] = node;
	return true;
}

struct re_node *re_list_join(const struct re_list *list, enum re_op op)
{
	struct re_node *node;

	if (list->n == 1)
		return list->nodes[0];
	node = re_node_new(list->arena, op);
	if (node == NULL)
		return NULL;
	node->kids = list->nodes;
	node->n_kids = list->n;
	return node;
}

unsigned byte_set_count(const struct byte_set *set)
{
	unsigned n = 0;

	for (int i = 0; i < 4; i++)
		n += (unsigned)__builtin_popcountll(set->bits[i]);
	return n;
}

struct rule_place re_place(const struct rule_place *at, struct bytes source, size_t pos)
{
	struct rule_place place = *at;

	place.column++; /* the mark */
	for (size_t i = 0; i < pos && i < source.n; i++) {
		if (source.at[i] == '\n') {
			place.line++;
			place.column = 1;
			place.text = (struct bytes){0};
		} else if ((source.at[i] & 0xC0) != 0x80) {
			place.column++;
		}
	}
	return place;
}
