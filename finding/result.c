#include "finding/result.h"

#include "bytes/alloc.h"
#include "bytes/arena.h"
#include "bytes/cap.h"

#include <stdlib.h>
#include <string.h>

struct kept_finding {
	struct finding finding;
	struct bytes path; /* outer!inner */
	size_t order;
};

struct kept_gaps {
	struct gap *items;
	size_t n, capacity;
};

struct result {
	struct arena *arena;
	struct kept_finding *findings;
	size_t n_findings, capacity;
	struct kept_gaps gaps[N_GAP_REASONS];
	struct result_object *objects;
	size_t n_objects;
	struct group *groups;
	size_t n_groups;
};

enum rq_err result_new(struct result **result_out)
{
	struct result *result = alloc_array(1, sizeof *result);
	enum rq_err err;

	*result_out = NULL;
	if (result == NULL)
		return RQ_ERR_MEMORY;
	err = arena_new(CAP_RESULT, &result->arena);
	if (err != RQ_OK) {
		alloc_free(result);
		return err;
	}
	*result_out = result; /* transferred */
	return RQ_OK;
}

void result_free(struct result *result)
{
	if (result == NULL)
		return;
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		alloc_free(result->gaps[i].items);
	alloc_free(result->findings);
	arena_free(result->arena);
	alloc_free(result);
}

/* Copies into the arena that note their failure, so that a record is copied straight
 * through and asked once. */
struct copy {
	struct arena *arena;
	bool failed;
};

static void *items(struct copy *copy, size_t n, size_t size)
{
	void *at = NULL;

	if (n > 0) {
		at = arena_array(copy->arena, n, size);
		copy->failed |= at == NULL;
	}
	return at;
}

static struct bytes text(struct copy *copy, struct bytes from)
{
	char *at = arena_copy(copy->arena, from.at, from.n);

	copy->failed |= at == NULL;
	return (struct bytes){(const uint8_t *)at, at != NULL ? from.n : 0};
}

static const struct bytes *texts(struct copy *copy, const struct bytes *from, size_t n)
{
	struct bytes *to = items(copy, n, sizeof *to);

	for (size_t i = 0; to != NULL && i < n; i++)
		to[i] = text(copy, from[i]);
	return to;
}

static const struct finding_meta *metas(struct copy *copy, const struct finding *from)
{
	struct finding_meta *to = items(copy, from->n_metas, sizeof *to);

	for (size_t i = 0; to != NULL && i < from->n_metas; i++) {
		to[i] = from->metas[i];
		to[i].key = text(copy, from->metas[i].key);
		to[i].text = text(copy, from->metas[i].text);
	}
	return to;
}

static const struct finding_string *strings(struct copy *copy,
					    const struct finding *from)
{
	struct finding_string *to = items(copy, from->n_strings, sizeof *to);

	for (size_t i = 0; to != NULL && i < from->n_strings; i++) {
		to[i] = from->strings[i];
		to[i].identifier = text(copy, from->strings[i].identifier);
	}
	return to;
}

static struct bytes joined_path(struct copy *copy, const struct finding *from)
{
	struct buffer path = {0};
	struct bytes kept;

	finding_path_write(&path, from->path, from->chain, from->n_chain);
	copy->failed |= !buffer_ok(&path);
	kept = text(copy, buffer_bytes(&path));
	buffer_free(&path);
	return kept;
}

enum rq_err result_add_finding(struct result *result, const struct finding *from)
{
	struct copy copy = {.arena = result->arena};
	struct kept_finding kept = {.finding = *from, .order = result->n_findings};
	struct finding *to = &kept.finding;

	to->path = text(&copy, from->path);
	to->chain = texts(&copy, from->chain, from->n_chain);
	to->rule = text(&copy, from->rule);
	to->name_space = text(&copy, from->name_space);
	to->tags = texts(&copy, from->tags, from->n_tags);
	to->metas = metas(&copy, from);
	to->strings = strings(&copy, from);
	kept.path = joined_path(&copy, from);
	if (copy.failed ||
	    !alloc_grow((void **)&result->findings, &result->capacity,
			result->n_findings + 1, sizeof *result->findings))
		return RQ_ERR_MEMORY;
	result->findings[result->n_findings++] = kept;
	return RQ_OK;
}

enum rq_err result_add_gap(struct result *result, const struct gap *from)
{
	struct copy copy = {.arena = result->arena};
	struct kept_gaps *gaps = &result->gaps[from->reason];
	struct gap kept = *from;

	if (gaps->n >= CAP_RESULT_GAPS)
		return RQ_OK;
	kept.path = text(&copy, from->path);
	kept.chain = texts(&copy, from->chain, from->n_chain);
	if (from->detail != NULL)
		kept.detail = (const char *)text(&copy, bytes_of(from->detail)).at;
	if (copy.failed || !alloc_grow((void **)&gaps->items, &gaps->capacity,
				       gaps->n + 1, sizeof *gaps->items))
		return RQ_ERR_MEMORY;
	gaps->items[gaps->n++] = kept;
	return RQ_OK;
}

static int by_path(const void *a, const void *b)
{
	const struct kept_finding *x = a, *y = b;
	int order = bytes_compare(x->path, y->path);

	if (order != 0)
		return order;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int gap_by_path(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;

	return bytes_compare(x->path, y->path);
}

static int worst_first(const void *a, const void *b)
{
	const struct result_object *x = a, *y = b;

	if (x->worst != y->worst)
		return x->worst > y->worst ? -1 : 1;
	return bytes_compare(x->path, y->path);
}

/* Gathers the run of findings of one path that begins at first. */
static enum rq_err gather(struct result *result, size_t first, size_t n,
			  struct result_object *object)
{
	object->path = result->findings[first].path;
	object->findings = arena_array(result->arena, n, sizeof(struct finding *));
	if (object->findings == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n; i++) {
		const struct finding *finding = &result->findings[first + i].finding;
		enum severity severity = finding_severity(finding);

		object->findings[i] = finding;
		if (severity > object->worst)
			object->worst = severity;
	}
	object->n_findings = n;
	return RQ_OK;
}

static size_t run_length(const struct result *result, size_t first)
{
	size_t n = 1;

	while (
	    first + n < result->n_findings &&
	    bytes_equal(result->findings[first].path, result->findings[first + n].path))
		n++;
	return n;
}

static enum rq_err arrange_groups(struct result *result)
{
	struct group_entry *entries =
	    arena_array(result->arena, result->n_findings, sizeof *entries);

	if (entries == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < result->n_findings; i++)
		entries[i] = (struct group_entry){result->findings[i].path,
						  &result->findings[i].finding};
	return group_arrange(entries, result->n_findings, result->arena,
			     &result->groups, &result->n_groups);
}

enum rq_err result_arrange(struct result *result)
{
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		if (result->gaps[i].n > 0)
			qsort(result->gaps[i].items, result->gaps[i].n,
			      sizeof(struct gap), gap_by_path);
	if (result->n_findings == 0)
		return RQ_OK;
	qsort(result->findings, result->n_findings, sizeof *result->findings, by_path);
	result->objects =
	    arena_array(result->arena, result->n_findings, sizeof *result->objects);
	if (result->objects == NULL)
		return RQ_ERR_MEMORY;
	for (size_t first = 0, n; first < result->n_findings; first += n) {
		n = run_length(result, first);
		if (gather(result, first, n, &result->objects[result->n_objects]) !=
		    RQ_OK)
			return RQ_ERR_MEMORY;
		result->n_objects++;
	}
	qsort(result->objects, result->n_objects, sizeof *result->objects, worst_first);
	return arrange_groups(result);
}

size_t result_n_objects(const struct result *result)
{
	return result->n_objects;
}

const struct result_object *result_object(const struct result *result, size_t i)
{
	return &result->objects[i];
}

size_t result_n_groups(const struct result *result)
{
	return result->n_groups;
}

const struct group *result_group(const struct result *result, size_t i)
{
	return &result->groups[i];
}

const struct gap *result_gaps(const struct result *result, enum gap_reason reason,
			      size_t *n_out)
{
	*n_out = result->gaps[reason].n;
	return result->gaps[reason].items;
}
