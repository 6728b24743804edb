#include "endpoint/persistence.h"

#include "artefact/start.h"
#include "os/place.h"

#include <string.h>

struct places {
	struct arena *arena;
	const char *const *given;
	size_t n_given;
	const char **added;
	size_t n_added, capacity;
	const char **links;
	size_t n_links, links_capacity;
	/* start points that are there, added or below what is given */
	const char **tops;
	size_t n_tops, tops_capacity;
};

static bool is_below(const char *path, const char *const *tops, size_t n_tops)
{
	for (size_t i = 0; i < n_tops; i++) {
		size_t n = strlen(tops[i]);

		if (n > 0 && strncmp(path, tops[i], n) == 0 &&
		    (path[n] == '\0' || path[n] == '/' || path[n - 1] == '/'))
			return true;
	}
	return false;
}

static enum rq_err add(struct places *places, const char *path)
{
	if (path == NULL ||
	    !arena_grow(places->arena, (void **)&places->tops, &places->tops_capacity,
			places->n_tops + 1, sizeof *places->tops))
		return RQ_ERR_MEMORY;
	places->tops[places->n_tops++] = path;
	if (is_below(path, places->given, places->n_given) ||
	    is_below(path, places->added, places->n_added))
		return RQ_OK;
	if (!arena_grow(places->arena, (void **)&places->added, &places->capacity,
			places->n_added + 1, sizeof *places->added))
		return RQ_ERR_MEMORY;
	places->added[places->n_added++] = path;
	return RQ_OK;
}

static enum rq_err add_when_there(struct places *places, const char *path)
{
	struct file_info info;

	if (path != NULL && file_stat_path(path, true, &info, NULL) == RQ_ERR_NOT_FOUND)
		return RQ_OK;
	return add(places, path);
}

/* ---- links: what starts by one lies somewhere else ---- */

enum { LINK_DEPTH = 4, LINK_MAX = 65536 }; /* folders, links of one place */

/* "a.target.wants" and its like, which systemd reads also where they are links. */
static bool is_folder_of_units(const char *name)
{
	static const char *const ends[] = {".wants", ".requires", ".upholds", ".d"};
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t k = strlen(ends[i]);

		if (n > k && strcmp(name + n - k, ends[i]) == 0)
			return true;
	}
	return false;
}

static enum rq_err follow(struct places *places, const char *path)
{
	if (!arena_grow(places->arena, (void **)&places->links, &places->links_capacity,
			places->n_links + 1, sizeof *places->links))
		return RQ_ERR_MEMORY;
	places->links[places->n_links++] = path;
	return RQ_OK;
}

/* A link that leads to what is not read as a start point otherwise: named itself, it
 * is followed, and read as what it is called. */
static enum rq_err add_link(struct places *places, const char *path, const char *name)
{
	struct buffer real = {0};
	struct file_info info;
	enum rq_err err = file_stat_path(path, true, &info, NULL);
	bool is_wanted =
	    err == RQ_OK && (info.kind == FILE_REGULAR ||
			     (info.kind == FILE_FOLDER && is_folder_of_units(name)));

	/* one that leads nowhere, or to /dev/null, starts nothing */
	if (!is_wanted)
		return err == RQ_ERR_ACCESS ? follow(places, path) : RQ_OK;
	err = file_real_path(path, &real);
	if (err == RQ_OK &&
	    !is_below((const char *)real.data, places->tops, places->n_tops))
		err = follow(places, path);
	buffer_free(&real);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err add_links_in(struct places *places, const char *path, int depth,
				size_t *n_links)
{
	struct folder *folder = NULL;
	struct folder_entry entry;
	struct file_info info;
	/* what cannot be listed is told by the walk */
	enum rq_err err = folder_open(path, &folder, &info, NULL);

	if (err != RQ_OK)
		return RQ_OK;
	while (err == RQ_OK && folder_next(folder, &entry) == RQ_OK) {
		const char *inside;

		if (entry.kind != FILE_LINK && entry.kind != FILE_FOLDER)
			continue;
		inside = arena_format(places->arena, "%s/%s", path, entry.name);
		if (inside == NULL)
			err = RQ_ERR_MEMORY;
		else if (entry.kind == FILE_FOLDER && depth < LINK_DEPTH)
			err = add_links_in(places, inside, depth + 1, n_links);
		else if (entry.kind == FILE_LINK && ++*n_links > LINK_MAX)
			err = RQ_ERR_LIMIT;
		else if (entry.kind == FILE_LINK)
			err = add_link(places, inside, entry.name);
	}
	folder_close(folder);
	return err;
}

static enum rq_err add_links(struct places *places)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; err == RQ_OK && i < places->n_tops; i++) {
		size_t n_links = 0;

		err = add_links_in(places, places->tops[i], 0, &n_links);
	}
	return err;
}

/* A home that cannot be entered is told once, by the walk, not for each place. */
static enum rq_err add_home(void *listener, const char *home)
{
	struct places *places = listener;
	struct folder *folder = NULL;
	struct file_info info;
	enum rq_err err = folder_open(home, &folder, &info, NULL);

	folder_close(folder);
	if (err == RQ_ERR_NOT_FOUND)
		return RQ_OK;
	if (err != RQ_OK)
		return add(places, arena_copy(places->arena, home, strlen(home)));
	for (size_t i = 0; start_places[i] != NULL && err == RQ_OK; i++)
		if (start_places[i][0] == '~')
			err = add_when_there(places,
					     arena_format(places->arena, "%s%s", home,
							  start_places[i] + 1));
	return err;
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

static enum rq_err join(const struct places *places, struct sweep_options *sweep)
{
	size_t n = places->n_added + places->n_given;
	const char **paths = arena_array(places->arena, n, sizeof *paths);

	if (paths == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		paths[i] = i < places->n_added ? places->added[i]
					       : places->given[i - places->n_added];
	/* a sweep of everything comes by all places, but not by what links make of it */
	if (!sweep->all) {
		sweep->paths = paths;
		sweep->n_paths = n;
	}
	sweep->links = places->links;
	sweep->n_links = places->n_links;
	return RQ_OK;
}

enum rq_err persistence_extend(struct arena *arena, struct sweep_options *sweep)
{
	struct places places = {
	    .arena = arena, .given = sweep->paths, .n_given = sweep->n_paths};
	const struct place_sink homes = {.listener = &places, .found = add_home};
	enum rq_err err = add_hidden_homes(&places);

	for (size_t i = 0; start_places[i] != NULL && err == RQ_OK; i++)
		if (start_places[i][0] != '~')
			err = add_when_there(&places, start_places[i]);
	if (err == RQ_OK)
		err = place_homes(&homes);
	if (err == RQ_OK)
		err = add_links(&places);
	return err == RQ_OK ? join(&places, sweep) : err;
}

bool persistence_is_read_here(void)
{
	return start_places[0] != NULL && start_places[0][0] == file_separator;
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
