#include "engine/rule/names.h"

#include "bytes/alloc.h"

enum { FIRST_CAPACITY = 64 };

void names_free(struct names *names)
{
	alloc_free(names->entries);
	*names = (struct names){0};
}

/* FNV-1a; names are short, and a hostile set of them is bounded by its own size. */
static size_t hash(uint32_t scope, struct bytes name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ scope;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ name.at[i]) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 29);
}

/* The entry of the name, or the free one where it belongs. */
static struct name_entry *slot(const struct names *names, uint32_t scope,
			       struct bytes name)
{
	for (size_t i = hash(scope, name);; i++) {
		struct name_entry *e = &names->entries[i & (names->capacity - 1)];

		if (e->name.at == NULL ||
		    (e->scope == scope && bytes_equal(e->name, name)))
			return e;
	}
}

uint32_t names_find(const struct names *names, uint32_t scope, struct bytes name)
{
	const struct name_entry *e;

	if (names->n == 0)
		return NAME_ABSENT;
	e = slot(names, scope, name);
	return e->name.at == NULL ? NAME_ABSENT : e->value;
}

static enum rq_err grow(struct names *names)
{
	struct names larger = {.capacity = names->capacity == 0 ? FIRST_CAPACITY
								: names->capacity * 2};

	larger.entries = alloc_array(larger.capacity, sizeof *larger.entries);
	if (larger.entries == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < names->capacity; i++) {
		const struct name_entry *e = &names->entries[i];

		if (e->name.at == NULL || e->value == NAME_ABSENT)
			continue;
		*slot(&larger, e->scope, e->name) = *e;
		larger.n++;
	}
	names_free(names);
	*names = larger;
	return RQ_OK;
}

enum rq_err names_set(struct names *names, uint32_t scope, struct bytes name,
		      uint32_t value)
{
	struct name_entry *e;

	if (names->n * 2 >= names->capacity && grow(names) != RQ_OK)
		return RQ_ERR_MEMORY;
	e = slot(names, scope, name);
	if (e->name.at == NULL)
		names->n++;
	*e = (struct name_entry){.name = name, .scope = scope, .value = value};
	return RQ_OK;
}
