#include "artefact/module_list.h"

#include "artefact/start_lines.h"

#include <stdlib.h>
#include <string.h>

/* proc(5): name size users dependencies state address, and marks in brackets */
enum { WORDS_BEFORE_MARKS = 5 };

static bool holds(struct bytes text, uint8_t byte)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.at[i] == byte)
			return true;
	return false;
}

bool loaded_module_next(struct reader *text, struct loaded_module *module_out)
{
	struct bytes line;

	while (line_next(text, &line)) {
		*module_out = (struct loaded_module){.name = word_next(&line)};
		if (module_out->name.n == 0)
			continue;
		for (int i = 0; i < WORDS_BEFORE_MARKS; i++)
			(void)word_next(&line);
		module_out->is_unsigned = holds(line, 'E');
		return true;
	}
	return false;
}

/* "ext4" of "kernel/fs/ext4/ext4.ko.xz: kernel/lib/crc16.ko.xz" */
static struct bytes name_of(struct bytes line)
{
	struct bytes name = word_next(&line);

	if (name.n > 0 && name.at[name.n - 1] == ':')
		name.n--;
	name = path_name(name);
	for (size_t i = 0; i < name.n; i++)
		if (text_starts(text_from(name, i), ".ko"))
			name.n = i;
	return name;
}

enum rq_err module_names_add(struct module_names *names, struct bytes text,
			     struct arena *arena)
{
	struct reader r = reader_over(text.at, text.n);
	struct bytes line;

	while (line_next(&r, &line)) {
		struct bytes name = name_of(line);
		char *copy;

		if (name.n == 0)
			continue;
		copy = arena_copy(arena, name.at, name.n);
		if (copy == NULL ||
		    !arena_grow(arena, (void **)&names->items, &names->capacity,
				names->n + 1, sizeof *names->items))
			return RQ_ERR_MEMORY;
		for (size_t i = 0; i < name.n; i++)
			if (copy[i] == '-')
				copy[i] = '_';
		names->items[names->n++] =
		    (struct bytes){(const uint8_t *)copy, name.n};
	}
	return RQ_OK;
}

static int by_name(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;
	int order = memcmp(x->at, y->at, x->n < y->n ? x->n : y->n);

	if (order != 0)
		return order;
	return x->n < y->n ? -1 : x->n > y->n;
}

void module_names_sort(struct module_names *names)
{
	if (names->n > 0)
		qsort(names->items, names->n, sizeof *names->items, by_name);
}

bool module_names_have(const struct module_names *names, struct bytes name)
{
	return names->n > 0 &&
	       bsearch(&name, names->items, names->n, sizeof name, by_name) != NULL;
}
