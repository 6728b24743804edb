#include "endpoint/scope_place.h"

#include "os/file.h"
#include "os/place.h"

#include <string.h>

/* ---- this machine ---- */

struct list {
	struct arena *arena;
	const char **at;
	size_t n, capacity;
};

static enum rq_err add(struct list *list, const char *text)
{
	char *copy;

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i], text) == 0)
			return RQ_OK;
	if (list->n == CAP_SCOPE_PLACES)
		return RQ_ERR_LIMIT;
	copy = arena_copy(list->arena, text, strlen(text));
	if (copy == NULL || !arena_grow(list->arena, (void **)&list->at,
					&list->capacity, list->n + 1, sizeof *list->at))
		return RQ_ERR_MEMORY;
	list->at[list->n++] = copy;
	return RQ_OK;
}

struct programs {
	struct list known, unknown;
};

static enum rq_err add_home(void *listener, const char *path)
{
	return add(listener, path);
}

static enum rq_err add_program(void *listener, const char *path)
{
	struct programs *programs = listener;

	return add(&programs->known, path);
}

static enum rq_err add_unknown(void *listener, const char *name)
{
	struct programs *programs = listener;

	return add(&programs->unknown, name);
}

enum rq_err scope_machine_here(const struct scope *scope, struct arena *arena,
			       struct scope_machine *machine_out)
{
	struct list homes = {.arena = arena};
	struct programs programs = {{.arena = arena}, {.arena = arena}};
	const struct place_sink home_sink = {.listener = &homes, .found = add_home};
	const struct place_sink program_sink = {
	    .listener = &programs, .found = add_program, .unknown = add_unknown};
	struct buffer home = {0};
	enum rq_err err = place_homes(&home_sink);

	*machine_out = (struct scope_machine){.variable = place_variable};
	if (err == RQ_OK && scope->running_programs)
		err = place_programs(&program_sink);
	if (err == RQ_OK && place_home(&home) == RQ_OK) {
		machine_out->home = arena_copy(arena, home.data, home.size);
		err = machine_out->home != NULL ? RQ_OK : RQ_ERR_MEMORY;
	}
	buffer_free(&home);
	machine_out->homes = homes.at;
	machine_out->n_homes = homes.n;
	machine_out->programs = programs.known.at;
	machine_out->n_programs = programs.known.n;
	machine_out->unknown = programs.unknown.at;
	machine_out->n_unknown = programs.unknown.n;
	return err;
}

/* ---- places ---- */

struct search {
	const struct scope_machine *machine;
	struct arena *arena;
	struct list places;
	struct scope_hole *holes;
	size_t n_holes, hole_capacity;
};

static enum rq_err add_hole(struct search *search, enum gap_reason reason,
			    const char *path, const char *detail)
{
	const char *copy = arena_copy(search->arena, path, strlen(path));

	if (copy == NULL ||
	    !arena_grow(search->arena, (void **)&search->holes, &search->hole_capacity,
			search->n_holes + 1, sizeof *search->holes))
		return RQ_ERR_MEMORY;
	search->holes[search->n_holes++] = (struct scope_hole){reason, copy, detail};
	return RQ_OK;
}

static enum rq_err add_place(struct search *search, const char *path,
			     bool is_if_present)
{
	struct file_info info;

	/* only what is surely not there is absent: the walk tells of the rest */
	if (file_stat_path(path, true, &info, NULL) == RQ_ERR_NOT_FOUND)
		return is_if_present ? RQ_OK
				     : add_hole(search, GAP_ROOT_NOT_SWEPT, path,
						"it does not exist");
	return add(&search->places, path);
}

/* before, then what stands behind the first n bytes of root */
static enum rq_err add_joined(struct search *search, const char *before,
			      const char *behind, bool is_if_present)
{
	const char *path = arena_format(search->arena, "%s%s", before, behind);

	return path != NULL ? add_place(search, path, is_if_present) : RQ_ERR_MEMORY;
}

static enum rq_err add_of_each_home(struct search *search,
				    const struct scope_root *root)
{
	const struct scope_machine *machine = search->machine;
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < machine->n_homes && err == RQ_OK; i++) {
		struct folder *folder = NULL;
		struct file_info info;

		switch (folder_open(machine->homes[i], &folder, &info, NULL)) {
		case RQ_OK:
			folder_close(folder);
			err = add_joined(search, machine->homes[i], root->path + 1,
					 root->is_if_present);
			break;
		case RQ_ERR_NOT_FOUND: break;
		/* told once, by the walk, not for each root */
		default: err = add(&search->places, machine->homes[i]);
		}
	}
	return err;
}

/* %NAME% and what follows it */
static enum rq_err add_of_variable(struct search *search, const struct scope_root *root,
				   const char *end)
{
	const char *name =
	    arena_copy(search->arena, root->path + 1, (size_t)(end - root->path) - 1);
	struct buffer value = {0};
	enum rq_err err =
	    name != NULL ? search->machine->variable(name, &value) : RQ_ERR_MEMORY;

	if (err == RQ_OK)
		err = add_joined(search, (const char *)value.data, end + 1,
				 root->is_if_present);
	else if (err == RQ_ERR_NOT_FOUND)
		err = root->is_if_present
			  ? RQ_OK
			  : add_hole(search, GAP_ROOT_NOT_SWEPT, root->path,
				     "the variable is not set");
	buffer_free(&value);
	return err;
}

static bool is_whole_part(char behind)
{
	return behind == 0 || file_is_separator(behind);
}

static enum rq_err add_root(struct search *search, const struct scope_root *root)
{
	const char *end;

	if (root->path[0] == '*' && is_whole_part(root->path[1]))
		return add_of_each_home(search, root);
	if (root->path[0] == '~' && is_whole_part(root->path[1])) {
		if (search->machine->home == NULL)
			return add_hole(search, GAP_ROOT_NOT_SWEPT, root->path,
					"there is no home folder");
		return add_joined(search, search->machine->home, root->path + 1,
				  root->is_if_present);
	}
	end = root->path[0] == '%' ? strchr(root->path + 1, '%') : NULL;
	if (end != NULL)
		return add_of_variable(search, root, end);
	return add_place(search, root->path, root->is_if_present);
}

/* ---- one inside of another ---- */

static const char *real_path(struct arena *arena, const char *path)
{
	struct buffer real = {0};
	const char *copy = path;

	if (file_real_path(path, &real) == RQ_OK)
		copy = arena_copy(arena, real.data, strlen((const char *)real.data));
	buffer_free(&real);
	return copy;
}

static enum rq_err drop_inner(struct arena *arena, const char **paths, size_t *n)
{
	const char **real = arena_array(arena, *n, sizeof *real);
	const enum scope_names names = scope_names_here();
	size_t n_kept = 0;

	for (size_t i = 0; real != NULL && i < *n; i++)
		if ((real[i] = real_path(arena, paths[i])) == NULL)
			return RQ_ERR_MEMORY;
	if (real == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < *n; i++) {
		bool is_inner = false;

		for (size_t k = 0; k < *n && !is_inner; k++)
			is_inner = k != i && scope_lies_in(real[i], real[k], names) &&
				   (k < i || !scope_lies_in(real[k], real[i], names));
		if (!is_inner)
			paths[n_kept++] = paths[i];
	}
	*n = n_kept;
	return RQ_OK;
}

enum rq_err scope_places_find(const struct scope *scope,
			      const struct scope_machine *machine, struct arena *arena,
			      struct scope_places *places_out)
{
	struct search search = {
	    .machine = machine, .arena = arena, .places = {.arena = arena}};
	enum rq_err err = RQ_OK;

	*places_out = (struct scope_places){0};
	for (size_t i = 0; i < machine->n_unknown && err == RQ_OK; i++)
		err = add_hole(&search, GAP_PROGRAM_UNKNOWN, machine->unknown[i], NULL);
	for (size_t i = 0; i < machine->n_programs && err == RQ_OK; i++)
		err = add(&search.places, machine->programs[i]);
	for (size_t i = 0; i < scope->n_roots && err == RQ_OK; i++)
		err = add_root(&search, &scope->roots[i]);
	if (err == RQ_OK)
		err = drop_inner(arena, search.places.at, &search.places.n);
	places_out->paths = search.places.at;
	places_out->n = search.places.n;
	places_out->holes = search.holes;
	places_out->n_holes = search.n_holes;
	return err;
}

static enum rq_err compare_paths(struct search *search, const struct scope_swept *swept,
				 const struct scope_places *places)
{
	const char **real = arena_array(search->arena, swept->n_paths, sizeof *real);
	enum rq_err err = RQ_OK;

	if (real == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < swept->n_paths; i++)
		if ((real[i] = real_path(search->arena, swept->paths[i])) == NULL)
			return RQ_ERR_MEMORY;
	for (size_t i = 0; i < places->n && err == RQ_OK; i++) {
		const char *place = real_path(search->arena, places->paths[i]);
		bool is_in = false;

		if (place == NULL)
			return RQ_ERR_MEMORY;
		for (size_t k = 0; k < swept->n_paths && !is_in; k++)
			is_in = scope_lies_in(place, real[k], scope_names_here());
		if (!is_in)
			err = add_hole(search, GAP_ROOT_NOT_SWEPT, places->paths[i],
				       "not part of this sweep");
	}
	return err;
}

enum rq_err scope_places_compare(const struct scope *scope,
				 const struct scope_swept *swept, struct arena *arena,
				 struct scope_places *places)
{
	struct search search = {.arena = arena,
				.holes = places->holes,
				.n_holes = places->n_holes,
				.hole_capacity = places->n_holes};
	enum rq_err err = RQ_OK;

	if (!swept->all)
		err = compare_paths(&search, swept, places);
	if (err == RQ_OK && scope->processes && !swept->processes)
		err = add_hole(&search, GAP_PROCESSES_NOT_SWEPT, "", NULL);
	if (err == RQ_OK && scope->persistence && !swept->persistence)
		err = add_hole(&search, GAP_PERSISTENCE_NOT_READ, "", NULL);
	places->holes = search.holes;
	places->n_holes = search.n_holes;
	return err;
}
