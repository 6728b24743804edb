#include "finding/group.h"

#include <stdlib.h>

static int compare_meta(const struct finding *x, const struct finding *y,
			const char *key)
{
	const struct bytes none = {NULL, 0};
	const struct finding_meta *a = finding_meta(x, key), *b = finding_meta(y, key);

	return bytes_compare(a != NULL ? a->text : none, b != NULL ? b->text : none);
}

/* By all that is told once for the group, so that nothing differs inside one: an entry
 * of a list has the name of the list, and a description of its own. */
static int compare_told(const struct finding *x, const struct finding *y)
{
	static const char *const keys[] = {
	    "description", "description_vi", "description_en", "advice",
	    "advice_vi",   "advice_en",      "reference",
	};
	int order = bytes_compare(x->rule, y->rule);

	if (order == 0)
		order = bytes_compare(x->name_space, y->name_space);
	if (order == 0)
		order = (int)x->kind - (int)y->kind;
	for (size_t i = 0; order == 0 && i < sizeof keys / sizeof keys[0]; i++)
		order = compare_meta(x, y, keys[i]);
	return order;
}

static int compare_class(const struct finding *x, const struct finding *y)
{
	int order = (int)finding_class(x) - (int)finding_class(y);

	return order != 0 ? order : (int)finding_severity(y) - (int)finding_severity(x);
}

static int compare_group(const struct finding *x, const struct finding *y)
{
	int order = compare_class(x, y);

	return order != 0 ? order : compare_told(x, y);
}

static int by_group_and_path(const void *a, const void *b)
{
	const struct group_entry *x = a, *y = b;
	int order = compare_group(x->finding, y->finding);

	return order != 0 ? order : bytes_compare(x->path, y->path);
}

static size_t run_length(const struct group_entry *entries, size_t n)
{
	size_t length = 1;

	while (length < n &&
	       compare_group(entries[0].finding, entries[length].finding) == 0)
		length++;
	return length;
}

enum rq_err group_arrange(struct group_entry *entries, size_t n, struct arena *arena,
			  struct group **groups_out, size_t *n_groups_out)
{
	struct group *groups = arena_array(arena, n, sizeof *groups);
	size_t n_groups = 0;

	*groups_out = NULL;
	*n_groups_out = 0;
	if (n == 0)
		return RQ_OK;
	if (groups == NULL)
		return RQ_ERR_MEMORY;
	qsort(entries, n, sizeof *entries, by_group_and_path);
	for (size_t first = 0; first < n; n_groups++) {
		const struct finding *example = entries[first].finding;

		groups[n_groups] = (struct group){
		    .example = example,
		    .severity = finding_severity(example),
		    .class_ = finding_class(example),
		    .entries = &entries[first],
		    .n_entries = run_length(&entries[first], n - first),
		};
		first += groups[n_groups].n_entries;
	}
	*groups_out = groups;
	*n_groups_out = n_groups;
	return RQ_OK;
}
