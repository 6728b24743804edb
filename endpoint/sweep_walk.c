#include "endpoint/sweep_walk.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "endpoint/sweep_roots.h"

#include <stdlib.h>
#include <string.h>

/* Folders kept open on the way down; deeper ones close the oldest. */
enum { MAX_OPEN = 48 };

struct name {
	union {
		const char *text;
		size_t off; /* while the listing is read */
	} at;
	enum file_kind kind;
};

struct level {
	struct folder *folder; /* NULL: closed for the time being */
	struct file_identity identity;
	size_t path_n;    /* length of the folder's own path */
	bool is_followed; /* reached through a link */
	bool broke_off;   /* the listing is not whole */
	struct buffer text;
	struct name *names;
	size_t n_names, capacity, next;
};

struct walk {
	const struct sweep_options *options;
	bool only_count;
	struct mount_list *mounts;
	struct sweep_roots roots;
	size_t next_root;
	struct level *levels;
	size_t n_levels, capacity;
	struct buffer path;
	struct buffer real;  /* the root without links, for the table of mounts */
	size_t root_n;       /* length of the root in path */
	struct rq_diag diag; /* detail of the last gap */
	uint64_t n_links;
	/* where an earlier walk ended */
	bool is_skipping;
	uint32_t skip_root;
	struct buffer skip;
};

enum rq_err walk_new(const struct sweep_options *options, bool only_count,
		     struct walk **walk_out, struct rq_diag *diag)
{
	struct walk *walk = alloc_array(1, sizeof *walk);
	enum rq_err err;

	*walk_out = NULL;
	if (walk == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	walk->options = options;
	walk->only_count = only_count;
	err = mount_list_new(&walk->mounts, diag);
	if (err == RQ_OK)
		err = sweep_roots_init(&walk->roots, options, walk->mounts, diag);
	if (err != RQ_OK) {
		walk_free(walk);
		return err;
	}
	*walk_out = walk;
	return RQ_OK;
}

static void drop_level(struct walk *walk)
{
	struct level *level = &walk->levels[--walk->n_levels];

	folder_close(level->folder);
	buffer_free(&level->text);
	alloc_free(level->names);
}

void walk_free(struct walk *walk)
{
	if (walk == NULL)
		return;
	while (walk->n_levels > 0)
		drop_level(walk);
	alloc_free(walk->levels);
	sweep_roots_free(&walk->roots);
	mount_list_free(walk->mounts);
	buffer_free(&walk->path);
	buffer_free(&walk->real);
	buffer_free(&walk->skip);
	alloc_free(walk);
}

uint64_t walk_n_links(const struct walk *walk)
{
	return walk->n_links;
}

/* ---- the path at hand ---- */

static const char *path_text(const struct walk *walk)
{
	return (const char *)walk->path.data;
}

/* path becomes that of name inside the folder of length folder_n. */
static enum rq_err set_path(struct walk *walk, size_t folder_n, const char *name)
{
	struct buffer *path = &walk->path;

	path->size = folder_n;
	if (folder_n > 0 && !file_is_separator((char)path->data[folder_n - 1]))
		buffer_u8(path, (uint8_t)file_separator);
	buffer_text(path, name);
	buffer_u8(path, 0);
	if (!buffer_ok(path)) {
		buffer_clear(path);
		return RQ_ERR_MEMORY;
	}
	path->size--;
	return RQ_OK;
}

static enum rq_err tell_gap(struct walk *walk, enum gap_reason reason,
			    const char *detail, struct walk_entry *entry)
{
	entry->is_gap = true;
	entry->reason = reason;
	entry->detail = detail;
	entry->path = (struct bytes){walk->path.data, walk->path.size};
	return RQ_OK;
}

static enum gap_reason reason_of(enum rq_err err)
{
	switch (err) {
	case RQ_ERR_NOT_FOUND: return GAP_VANISHED;
	case RQ_ERR_ACCESS: return GAP_UNREADABLE;
	case RQ_ERR_LIMIT: return GAP_LOOP;
	case RQ_ERR_UNSUPPORTED: return GAP_NOT_A_FILE;
	case RQ_ERR_MEMORY: return GAP_OUT_OF_MEMORY;
	default: return GAP_IO_ERROR;
	}
}

static enum rq_err tell_error(struct walk *walk, enum rq_err err,
			      struct walk_entry *entry)
{
	return tell_gap(walk, reason_of(err), walk->diag.what, entry);
}

/* ---- skipping to where an earlier walk ended ---- */

enum rq_err walk_skip_to(struct walk *walk, uint32_t root, struct bytes path)
{
	struct bytes start;
	size_t n;

	if (root >= walk->roots.n)
		return RQ_ERR_FORMAT;
	start = bytes_of(walk->roots.items[root].path);
	n = start.n;
	if (path.n < n || !bytes_equal((struct bytes){path.at, n}, start))
		return RQ_ERR_FORMAT;
	while (n < path.n && file_is_separator((char)path.at[n]))
		n++;
	buffer_put(&walk->skip, path.at + n, path.n - n);
	buffer_u8(&walk->skip, 0);
	if (!buffer_ok(&walk->skip))
		return RQ_ERR_MEMORY;
	walk->is_skipping = true;
	walk->skip_root = root;
	walk->next_root = root;
	return RQ_OK;
}

/* Component depth of the skipped-to path, as a text; NULL when it has no more. */
static const char *skip_component(struct walk *walk, size_t depth, bool *is_last_out)
{
	char *text = (char *)walk->skip.data;
	size_t n = walk->skip.size - 1, at = 0;

	while (depth > 0) {
		while (at < n && text[at] != '\0' && !file_is_separator(text[at]))
			at++;
		if (at >= n)
			return NULL;
		at++;
		depth--;
	}
	for (size_t end = at; end < n; end++)
		if (file_is_separator(text[end])) {
			text[end] = '\0'; /* never asked for as a whole again */
			break;
		}
	*is_last_out = at + strlen(text + at) >= n;
	return text + at;
}

/* The newest level begins behind, or at, its component of the skipped-to path. */
static void skip_names(struct walk *walk, struct level *level)
{
	bool is_last = false;
	const char *to = skip_component(walk, walk->n_levels - 1, &is_last);
	int order = 1;

	while (to != NULL && level->next < level->n_names) {
		order = strcmp(level->names[level->next].at.text, to);
		if (order >= 0)
			break;
		level->next++;
	}
	if (order == 0 && is_last)
		level->next++;
	/* the way down is over when the path ends here or is gone */
	walk->is_skipping = order == 0 && !is_last;
}

/* What should have led further down did not. */
static void end_skipping(struct walk *walk, size_t n_levels_before)
{
	if (walk->n_levels <= n_levels_before)
		walk->is_skipping = false;
}

/* ---- folders ---- */

static int compare_names(const void *a, const void *b)
{
	const struct name *left = a, *right = b;

	return strcmp(left->at.text, right->at.text);
}

static enum rq_err read_names(struct level *level)
{
	struct folder_entry entry;
	enum rq_err err;

	while ((err = folder_next(level->folder, &entry)) == RQ_OK) {
		if (!alloc_grow((void **)&level->names, &level->capacity,
				level->n_names + 1, sizeof *level->names))
			return RQ_ERR_MEMORY;
		level->names[level->n_names].at.off = level->text.size;
		level->names[level->n_names++].kind = entry.kind;
		buffer_put(&level->text, entry.name, strlen(entry.name) + 1);
		if (!buffer_ok(&level->text))
			return RQ_ERR_MEMORY;
	}
	level->broke_off = err != RQ_ERR_NOT_FOUND;
	for (size_t i = 0; i < level->n_names; i++)
		level->names[i].at.text =
		    (const char *)level->text.data + level->names[i].at.off;
	if (level->n_names > 0)
		qsort(level->names, level->n_names, sizeof *level->names,
		      compare_names);
	return RQ_OK;
}

/* Takes folder, whose path is the path at hand. */
static enum rq_err push_level(struct walk *walk, struct folder **folder,
			      const struct file_info *info, bool is_followed)
{
	struct level *level;
	enum rq_err err;

	if (!alloc_grow((void **)&walk->levels, &walk->capacity, walk->n_levels + 1,
			sizeof *walk->levels)) {
		folder_close(*folder);
		return RQ_ERR_MEMORY;
	}
	level = &walk->levels[walk->n_levels++];
	*level = (struct level){.folder = *folder,
				.identity = info->identity,
				.path_n = walk->path.size,
				.is_followed = is_followed};
	*folder = NULL; /* transferred */
	err = read_names(level);
	if (err != RQ_OK) {
		drop_level(walk);
		return err;
	}
	if (walk->n_levels > MAX_OPEN) {
		struct level *old = &walk->levels[walk->n_levels - MAX_OPEN - 1];

		folder_close(old->folder);
		old->folder = NULL;
	}
	if (walk->is_skipping)
		skip_names(walk, level);
	return RQ_OK;
}

/* Opens levels[i] again, relative to the one above or, for the first, by its path. */
static enum rq_err reopen_level(struct walk *walk, size_t i)
{
	struct level *level = &walk->levels[i];
	struct file_info info;
	char after = (char)walk->path.data[level->path_n];
	enum rq_err err;

	walk->path.data[level->path_n] = 0;
	if (i == 0) {
		err = folder_open(path_text(walk), &level->folder, &info, &walk->diag);
	} else {
		size_t at = walk->levels[i - 1].path_n;

		at += file_is_separator(path_text(walk)[at]);
		err = folder_open_in(walk->levels[i - 1].folder, path_text(walk) + at,
				     level->is_followed, &level->folder, &info,
				     &walk->diag);
	}
	walk->path.data[level->path_n] = (uint8_t)after;
	if (err == RQ_OK && (info.identity.device != level->identity.device ||
			     info.identity.number != level->identity.number)) {
		folder_close(level->folder);
		level->folder = NULL;
		err = rq_fail(&walk->diag, RQ_ERR_NOT_FOUND, NULL,
			      "another folder stands in its place");
	}
	return err;
}

/* Makes sure that the newest level is open. */
static enum rq_err open_newest(struct walk *walk)
{
	size_t first = walk->n_levels - 1, last = walk->n_levels - 1;
	enum rq_err err = RQ_OK;

	while (first > 0 && walk->levels[first].folder == NULL)
		first--;
	if (walk->levels[first].folder != NULL)
		first++;
	for (size_t i = first; i <= last && err == RQ_OK; i++) {
		err = reopen_level(walk, i);
		if (err == RQ_OK && i >= MAX_OPEN) {
			folder_close(walk->levels[i - MAX_OPEN].folder);
			walk->levels[i - MAX_OPEN].folder = NULL;
		}
	}
	return err;
}

static bool leads_back(const struct walk *walk, const struct file_info *info)
{
	for (size_t i = 0; i < walk->n_levels; i++)
		if (walk->levels[i].identity.device == info->identity.device &&
		    walk->levels[i].identity.number == info->identity.number)
			return true;
	return false;
}

/* What hangs at the path at hand, below the root. */
static const struct mount *mount_here(struct walk *walk)
{
	struct buffer *real = &walk->real;
	size_t n = real->size;
	const struct mount *mount;

	if (n == 0)
		return NULL;
	if (n == 1 && real->data[0] == '/')
		real->size = 0;
	if (walk->path.size > walk->root_n &&
	    !file_is_separator(path_text(walk)[walk->root_n]))
		buffer_u8(real, (uint8_t)file_separator);
	buffer_put(real, walk->path.data + walk->root_n,
		   walk->path.size - walk->root_n);
	buffer_u8(real, 0);
	mount = buffer_ok(real)
		    ? mount_list_find(walk->mounts, (const char *)real->data)
		    : NULL;
	if (n == 1)
		real->data[0] = '/';
	real->size = n;
	real->failed = false;
	return mount;
}

static const char kernel_tables[] = "pseudo file system: tables of the kernel";

/*
 * Whether the walk stays out of what hangs here; then *told says whether there is a
 * gap to tell.
 */
static bool stays_out(struct walk *walk, struct walk_entry *entry, bool *told)
{
	const struct mount *mount = mount_here(walk);

	*told = false;
	if (mount == NULL)
		return false;
	if (mount->kind == MOUNT_PSEUDO) {
		/* part of no disk: only who named a path is told */
		*told = !walk->options->all;
		if (*told)
			(void)tell_gap(walk, GAP_NOT_A_FILE, kernel_tables, entry);
		return true;
	}
	if (!walk->options->all)
		return !walk->options->literal &&
		       sweep_roots_show(&walk->roots, mount->path);
	if (mount->kind == MOUNT_NETWORK) {
		*told = true;
		(void)tell_gap(walk, GAP_NETWORK, mount->type, entry);
		return true;
	}
	return mount->is_duplicate;
}

/* RQ_ERR_NOT_FOUND: nothing to tell, go on. */
static enum rq_err enter_folder(struct walk *walk, const char *name, bool follow,
				struct walk_entry *entry)
{
	struct folder *folder = NULL;
	struct file_info info;
	bool told;
	enum rq_err err;

	if (stays_out(walk, entry, &told))
		return told ? RQ_OK : RQ_ERR_NOT_FOUND;
	if (walk->path.size > CAP_PATH - 1024)
		return tell_gap(walk, GAP_LISTING, "too deep", entry);
	err = folder_open_in(walk->levels[walk->n_levels - 1].folder, name, follow,
			     &folder, &info, &walk->diag);
	if (err == RQ_OK && leads_back(walk, &info)) {
		folder_close(folder);
		return tell_gap(walk, GAP_LOOP, "a folder that contains this one",
				entry);
	}
	if (err == RQ_OK)
		err = push_level(walk, &folder, &info, follow);
	if (err == RQ_ERR_MEMORY)
		return err;
	if (err == RQ_ERR_NOT_FOUND)
		return tell_error(walk, err, entry);
	if (err != RQ_OK)
		return tell_gap(walk, GAP_LISTING, walk->diag.what, entry);
	return RQ_ERR_NOT_FOUND;
}

/* ---- files ---- */

static enum rq_err tell_file(struct walk *walk, struct file *file,
			     const struct file_info *info, struct walk_entry *entry)
{
	entry->path = (struct bytes){walk->path.data, walk->path.size};
	entry->info = *info;
	entry->file = *file;
	*file = FILE_NONE; /* transferred */
	return RQ_OK;
}

static enum rq_err take_file(struct walk *walk, const char *name, bool follow,
			     struct walk_entry *entry)
{
	struct folder *folder = walk->levels[walk->n_levels - 1].folder;
	struct file file = FILE_NONE;
	struct file_info info;
	enum rq_err err;

	if (walk->only_count)
		err = file_stat_in(folder, name, follow, &info);
	else
		err = file_open_in(folder, name, follow, &file, &info, &walk->diag);
	if (err != RQ_OK)
		return tell_error(walk, err, entry);
	if (info.kind != FILE_REGULAR) {
		file_close(&file);
		return tell_gap(walk, GAP_CHANGED, "became another kind of thing",
				entry);
	}
	return tell_file(walk, &file, &info, entry);
}

static enum rq_err visit(struct walk *walk, const char *name, enum file_kind kind,
			 struct walk_entry *entry)
{
	struct folder *folder = walk->levels[walk->n_levels - 1].folder;
	struct file_info info = {.kind = kind};
	bool follow = false;

	if (kind == FILE_UNKNOWN) {
		enum rq_err err = file_stat_in(folder, name, false, &info);

		if (err != RQ_OK)
			return tell_error(walk, err, entry);
	}
	if (info.kind == FILE_LINK) {
		if (!walk->options->follow_links) {
			walk->n_links++;
			return RQ_ERR_NOT_FOUND;
		}
		follow = true;
		enum rq_err err = file_stat_in(folder, name, true, &info);

		if (err == RQ_ERR_NOT_FOUND) { /* nothing that could be examined */
			walk->n_links++;
			return err;
		}
		if (err != RQ_OK)
			return tell_error(walk, err, entry);
	}
	switch (info.kind) {
	case FILE_REGULAR: return take_file(walk, name, follow, entry);
	case FILE_FOLDER:
		return walk->options->recursive
			   ? enter_folder(walk, name, follow, entry)
			   : RQ_ERR_NOT_FOUND;
	default:
		return tell_gap(walk, GAP_NOT_A_FILE, file_kind_text(info.kind), entry);
	}
}

/* ---- roots ---- */

static enum rq_err enter_root(struct walk *walk, const struct sweep_root *root,
			      struct walk_entry *entry)
{
	struct folder *folder = NULL;
	struct file file = FILE_NONE;
	struct file_info info;
	bool is_told = walk->is_skipping && walk->skip.size == 1;
	enum rq_err err = set_path(walk, 0, root->path);

	if (err != RQ_OK)
		return err;
	walk->root_n = walk->path.size;
	buffer_clear(&walk->real);
	if (root->real != NULL)
		buffer_text(&walk->real, root->real);
	if (is_told) {
		walk->is_skipping = false;
		return RQ_ERR_NOT_FOUND;
	}
	if (root->is_covered)
		return RQ_ERR_NOT_FOUND;
	if (root->is_own && root->mount != NULL && root->mount->kind == MOUNT_NETWORK)
		return tell_gap(walk, GAP_NETWORK, root->mount->type, entry);
	err = file_stat_path(root->path, true, &info, &walk->diag);
	if (err != RQ_OK)
		return tell_error(walk, err, entry);
	if (info.kind != FILE_REGULAR && info.kind != FILE_FOLDER)
		return tell_gap(walk, GAP_NOT_A_FILE, file_kind_text(info.kind), entry);
	if (info.kind == FILE_FOLDER) {
		if (root->mount != NULL && root->mount->kind == MOUNT_PSEUDO &&
		    !walk->options->literal)
			return tell_gap(walk, GAP_NOT_A_FILE, kernel_tables, entry);
		err = folder_open(root->path, &folder, &info, &walk->diag);
		if (err == RQ_OK)
			err = push_level(walk, &folder, &info, true);
		if (err == RQ_ERR_MEMORY)
			return err;
		return err == RQ_OK
			   ? RQ_ERR_NOT_FOUND
			   : tell_gap(walk, GAP_LISTING, walk->diag.what, entry);
	}
	walk->is_skipping = false;
	if (!walk->only_count)
		err = file_open(root->path, &file, &info, &walk->diag);
	if (err != RQ_OK)
		return tell_error(walk, err, entry);
	if (info.kind != FILE_REGULAR) {
		file_close(&file);
		return tell_gap(walk, GAP_CHANGED, "became another kind of thing",
				entry);
	}
	return tell_file(walk, &file, &info, entry);
}

/* The rest of the newest folder cannot be reached any more. */
static enum rq_err abandon_level(struct walk *walk, struct walk_entry *entry,
				 const char *detail)
{
	walk->path.size = walk->levels[walk->n_levels - 1].path_n;
	walk->path.data[walk->path.size] = 0;
	drop_level(walk);
	return tell_gap(walk, GAP_LISTING, detail, entry);
}

enum rq_err walk_next(struct walk *walk, struct walk_entry *entry_out)
{
	enum rq_err err = RQ_ERR_NOT_FOUND;

	while (err == RQ_ERR_NOT_FOUND) {
		size_t n_levels = walk->n_levels;
		struct level *level;

		*entry_out = (struct walk_entry){.file = FILE_NONE};
		if (walk->n_levels == 0) {
			if (walk->next_root == walk->roots.n)
				return RQ_ERR_NOT_FOUND;
			err = enter_root(walk, &walk->roots.items[walk->next_root++],
					 entry_out);
			continue;
		}
		level = &walk->levels[walk->n_levels - 1];
		if (level->next == level->n_names) {
			if (level->broke_off)
				err = abandon_level(walk, entry_out,
						    "the listing broke off");
			else
				drop_level(walk);
			continue;
		}
		if (level->folder == NULL && open_newest(walk) != RQ_OK) {
			err = abandon_level(walk, entry_out, walk->diag.what);
			continue;
		}
		const struct name *name = &level->names[level->next++];
		err = set_path(walk, level->path_n, name->at.text);
		if (err == RQ_OK)
			err = visit(walk, name->at.text, name->kind, entry_out);
		end_skipping(walk, n_levels);
	}
	entry_out->root = (uint32_t)(walk->next_root - 1);
	return err;
}
