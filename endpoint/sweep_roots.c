#include "endpoint/sweep_roots.h"

#include "bytes/alloc.h"

#include <stdlib.h>
#include <string.h>

static void add(struct sweep_roots *roots, const char *path, bool is_own)
{
	struct sweep_root *root = &roots->items[roots->n++];
	struct buffer real = {0};
	struct file_info info;

	*root = (struct sweep_root){.path = path, .is_own = is_own};
	if (file_stat_path(path, true, &info, NULL) == RQ_OK &&
	    file_real_path(path, &real) == RQ_OK) {
		root->real = (char *)real.data; /* transferred */
		root->is_folder = info.kind == FILE_FOLDER;
		root->mount = mount_list_holding(roots->mounts, root->real);
		roots->names[roots->n_names++] =
		    (struct sweep_root_name){root->real, roots->n - 1};
		return;
	}
	buffer_free(&real);
}

static enum rq_err add_own(struct sweep_roots *roots, struct rq_diag *diag)
{
	for (size_t i = 0; i < mount_list_count(roots->mounts); i++) {
		const struct mount *mount = mount_list_at(roots->mounts, i);

		/* "/" may be listed twice, one hiding the other */
		if (mount_is_start(mount) &&
		    (roots->n == 0 ||
		     strcmp(roots->items[roots->n - 1].path, mount->path) != 0))
			add(roots, mount->path, true);
	}
	/* nothing looked at is not nothing found */
	return roots->n > 0
		   ? RQ_OK
		   : rq_fail(diag, RQ_ERR_SYSTEM, NULL, "no file system is listed");
}

/* ---- looking up ---- */

static int order_of(const char *real, const char *path, size_t n)
{
	int order = strncmp(real, path, n);

	return order != 0 ? order : real[n] != '\0';
}

/* The first start whose real path is the first n bytes of path, or NULL. */
static const struct sweep_root *find(const struct sweep_roots *roots, const char *path,
				     size_t n)
{
	size_t low = 0, high = roots->n_names;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (order_of(roots->names[middle].real, path, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == roots->n_names || order_of(roots->names[low].real, path, n) != 0)
		return NULL;
	return &roots->items[roots->names[low].i];
}

/* The length of the path of the folder that the first n bytes lie in; 0: none. */
static size_t parent_of(const char *path, size_t n)
{
	size_t at = n;

	while (at > 0 && !file_is_separator(path[at - 1]))
		at--;
	/* the top keeps its separator: "/", "C:\" */
	return at > 1 && path[at - 2] != ':' ? at - 1 : at < n ? at : 0;
}

/* The first n bytes of path as a text, in to; NULL: out of memory. */
static const char *first_of(struct buffer *to, const char *path, size_t n)
{
	buffer_clear(to);
	buffer_put(to, path, n);
	buffer_u8(to, 0);
	return buffer_ok(to) ? (const char *)to->data : NULL;
}

static bool can_list(const char *path)
{
	struct folder *folder = NULL;
	bool is_open = path != NULL && folder_open(path, &folder, NULL, NULL) == RQ_OK;

	folder_close(folder);
	return is_open;
}

/* Whether every folder on the way down from the first n_top bytes of path to what path
 * names can be listed: one may know a name inside a closed folder. */
static bool is_listed(const char *path, size_t n_top)
{
	struct buffer folder = {0};
	bool is_open = true;

	for (size_t n = parent_of(path, strlen(path)); is_open && n >= n_top && n > 0;
	     n = parent_of(path, n))
		is_open = can_list(first_of(&folder, path, n));
	buffer_free(&folder);
	return is_open;
}

/* Whether a walk goes into what hangs at path, if something does. */
static bool is_entered(const struct sweep_roots *roots, const char *path,
		       bool is_folder)
{
	const struct sweep_options *options = roots->options;
	const struct mount *mount =
	    path != NULL ? mount_list_find(roots->mounts, path) : NULL;

	if (path == NULL)
		return false; /* swept twice is better than not at all */
	if (mount == NULL)
		return true;
	if (mount->kind == MOUNT_PSEUDO) /* one gap stands for all of it */
		return is_folder && !options->all;
	return !options->all || (mount->kind != MOUNT_NETWORK && !mount->is_duplicate);
}

/* Whether root tells of what lies in it. */
static bool tells(const struct sweep_root *root, bool is_folder)
{
	if (!root->is_folder)
		return false;
	if (root->mount == NULL)
		return true;
	if (root->mount->kind == MOUNT_PSEUDO) /* by one gap */
		return is_folder;
	return !root->is_own || root->mount->kind != MOUNT_NETWORK;
}

/* Whether a walk from another start comes by all of root under this name. */
static bool is_below_another(const struct sweep_roots *roots,
			     const struct sweep_root *root)
{
	size_t whole = root->real != NULL ? strlen(root->real) : 0;
	struct buffer place = {0};
	bool is_met = false, goes_on = true;

	for (size_t n = whole; n > 0 && goes_on && !is_met;
	     n = parent_of(root->real, n)) {
		const struct sweep_root *other = find(roots, root->real, n);

		if (other != NULL && other != root && !other->is_link)
			is_met = n == whole || (tells(other, root->is_folder) &&
						is_listed(root->real, n));
		goes_on =
		    is_entered(roots, first_of(&place, root->real, n), root->is_folder);
	}
	buffer_free(&place);
	return is_met;
}

static bool shows(const struct sweep_roots *roots, const struct sweep_root *root,
		  const char *real)
{
	struct buffer shown = {0};
	bool is_shown = !root->is_covered && !root->is_link && root->is_folder &&
			mount_list_shows(roots->mounts, root->real, real, &shown) &&
			is_listed((const char *)shown.data, strlen(root->real));

	buffer_free(&shown);
	return is_shown;
}

bool sweep_roots_show(const struct sweep_roots *roots, const char *real)
{
	for (size_t i = 0; i < roots->n; i++)
		if (shows(roots, &roots->items[i], real))
			return true;
	return false;
}

/* ---- the whole ---- */

static void mark_covered(struct sweep_roots *roots)
{
	for (size_t i = 0; i < roots->n; i++)
		roots->items[i].is_covered = !roots->items[i].is_link &&
					     is_below_another(roots, &roots->items[i]);
	for (size_t i = roots->n; i-- > 0;) { /* of equal ones the first stays */
		struct sweep_root *root = &roots->items[i];

		for (size_t k = 0; k < roots->n && !root->is_covered; k++) {
			const struct sweep_root *other = &roots->items[k];

			/* in one mount a place has one path only */
			if (k != i && !root->is_link && root->real != NULL &&
			    other->mount != root->mount)
				root->is_covered = shows(roots, other, root->real);
		}
	}
}

static int by_name(const void *a, const void *b)
{
	const struct sweep_root_name *x = a, *y = b;
	int order = strcmp(x->real, y->real);

	return order != 0 ? order : x->i < y->i ? -1 : 1;
}

enum rq_err sweep_roots_init(struct sweep_roots *roots,
			     const struct sweep_options *options,
			     const struct mount_list *mounts, struct rq_diag *diag)
{
	size_t n_most = options->n_paths + options->n_links +
			(options->all ? mount_list_count(mounts) : 0);
	enum rq_err err = RQ_OK;

	*roots = (struct sweep_roots){.options = options, .mounts = mounts};
	roots->items = alloc_array(n_most, sizeof *roots->items);
	roots->names = alloc_array(n_most, sizeof *roots->names);
	if (roots->items == NULL || roots->names == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	if (options->all)
		err = add_own(roots, diag);
	for (size_t i = 0; err == RQ_OK && i < options->n_paths; i++)
		add(roots, options->paths[i], false);
	for (size_t i = 0; err == RQ_OK && i < options->n_links; i++) {
		add(roots, options->links[i], false);
		roots->items[roots->n - 1].is_link = true;
	}
	if (err == RQ_OK && roots->n_names > 0)
		qsort(roots->names, roots->n_names, sizeof *roots->names, by_name);
	if (err == RQ_OK && options->recursive && !options->literal)
		mark_covered(roots);
	return err;
}

void sweep_roots_free(struct sweep_roots *roots)
{
	for (size_t i = 0; i < roots->n; i++)
		alloc_free(roots->items[i].real);
	alloc_free(roots->items);
	alloc_free(roots->names);
}
