/* Building the trees of regex.h; shared by both of their readers. */
#ifndef RAQUET_ENGINE_RULE_REGEX_TREE_H
#define RAQUET_ENGINE_RULE_REGEX_TREE_H

#include "engine/rule/regex.h"

/* A node without kids; NULL: out of memory. */
struct re_node *re_node_new(struct arena *arena, enum re_op op);

/* kid, min to max times. */
struct re_node *re_node_repeat(struct arena *arena, struct re_node *kid, uint32_t min,
			       uint32_t max, bool lazy);

/* Nodes that are still being collected. */
struct re_list {
	struct arena *arena;
	struct re_node **nodes;
	size_t n, capacity;
};

/* False: out of memory, or node is NULL. */
bool re_list_add(struct re_list *list, struct re_node *node);

/* A CONCAT or ALTERNATIVE of the list; a single node stays itself. */
struct re_node *re_list_join(const struct re_list *list, enum re_op op);

static inline void byte_set_fill(struct byte_set *set)
{
	for (int i = 0; i < 4; i++)
		set->bits[i] = UINT64_MAX;
}

/* How many values are in it. */
unsigned byte_set_count(const struct byte_set *set);

/*
 * The place of the character at offset pos of an expression that starts behind the mark
 * at `at`.
 */
struct rule_place re_place(const struct rule_place *at, struct bytes source,
			   size_t pos);

#endif
