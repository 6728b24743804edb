#include "endpoint/persistence.h"

#include "artefact/start.h"

#include <string.h>

struct places {
	struct arena *arena;
	const char **paths;
	size_t n, n_given, capacity;
};

static enum rq_err add(struct places *places, const char *path)
{
	if (!arena_grow(places->arena, (void **)&places->paths, &places->capacity,
			places->n + 1, sizeof *places->paths))
		return RQ_ERR_MEMORY;
	places->paths[places->n++] = path;
	return RQ_OK;
}

static bool is_below_given(const struct places *places, const char *path)
{
	for (size_t i = 0; i < places->n_given; i++) {
		const char *top = places->paths[i];
		size_t n = strlen(top);

		if (n > 0 && strncmp(path, top, n) == 0 &&
		    (path[n] == '\0' || path[n] == '/' || path[n - 1] == '/'))
			return true;
	}
	return false;
}

static enum rq_err add_when_there(struct places *places, const char *path)
{
	struct file_info info;

	if (path == NULL)
		return RQ_ERR_MEMORY;
	if (is_below_given(places, path) ||
	    file_stat_path(path, true, &info, NULL) == RQ_ERR_NOT_FOUND)
		return RQ_OK;
	return add(places, path);
}

/* place is "~/..." */
static enum rq_err add_in_homes(struct places *places, const char *place)
{
	struct folder_entry home;
	struct folder *homes = NULL;
	struct file_info info;
	enum rq_err err =
	    add_when_there(places, arena_format(places->arena, "/root%s", place + 1));

	if (err != RQ_OK || folder_open("/home", &homes, &info, NULL) != RQ_OK)
		return err;
	while (err == RQ_OK) {
		err = folder_next(homes, &home);
		if (err == RQ_OK && home.kind == FILE_FOLDER)
			err = add_when_there(places,
					     arena_format(places->arena, "/home/%s%s",
							  home.name, place + 1));
	}
	folder_close(homes);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* Homes that cannot be listed: the walk says so. */
static enum rq_err add_hidden_homes(struct places *places)
{
	struct folder *homes = NULL;
	struct file_info info;
	enum rq_err err = folder_open("/home", &homes, &info, NULL);

	folder_close(homes);
	return err == RQ_OK || err == RQ_ERR_NOT_FOUND ? RQ_OK : add(places, "/home");
}

enum rq_err persistence_extend(struct arena *arena, struct sweep_options *sweep)
{
	struct places places = {.arena = arena};
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < sweep->n_paths && err == RQ_OK; i++)
		err = add(&places, sweep->paths[i]);
	places.n_given = places.n;
	if (err == RQ_OK)
		err = add_hidden_homes(&places);
	for (size_t i = 0; start_places[i] != NULL && err == RQ_OK; i++)
		err = start_places[i][0] == '~'
			  ? add_in_homes(&places, start_places[i])
			  : add_when_there(&places, start_places[i]);
	sweep->paths = places.paths;
	sweep->n_paths = places.n;
	return err;
}

enum rq_err persistence_name(struct arena *arena, const char *const **words, size_t *n)
{
	const char **more = arena_array(arena, *n + 1, sizeof *more);

	if (more == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < *n; i++)
		more[i] = (*words)[i];
	more[(*n)++] = "--persistence";
	*words = more;
	return RQ_OK;
}
