#include "engine/object/object.h"

#include <string.h>

void object_of_bytes(const void *data, size_t size, struct block *block,
		     struct object *object)
{
	*block = (struct block){.base = 0, .data = data, .size = size};
	*object = (struct object){.blocks = block, .n_blocks = 1, .size = size};
}

struct bytes object_at(const struct object *object, uint64_t off, size_t n)
{
	for (size_t i = 0; i < object->n_blocks; i++) {
		const struct block *b = &object->blocks[i];

		if (off >= b->base && off - b->base <= b->size &&
		    n <= b->size - (off - b->base))
			return (struct bytes){b->data + (off - b->base), n};
	}
	return (struct bytes){NULL, 0};
}

struct bytes object_head(const struct object *object)
{
	if (object->n_blocks == 0)
		return (struct bytes){NULL, 0};
	return (struct bytes){object->blocks[0].data, object->blocks[0].size};
}

static enum object_class kind_of(struct bytes head)
{
	if (head.n >= 2 && memcmp(head.at, "MZ", 2) == 0)
		return CLASS_PE;
	if (head.n >= 4 && memcmp(head.at,
				  "\x7f"
				  "ELF",
				  4) == 0)
		return CLASS_ELF;
	return CLASS_OTHER;
}

enum object_class object_class_of(const struct object *object)
{
	enum object_class kind = kind_of(object_head(object));
	bool is_large =
	    object->n_blocks == 1 && !object->is_memory && object->size > CLASS_LARGE;

	return is_large ? (enum object_class)(kind + N_KINDS) : kind;
}
