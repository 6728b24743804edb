#include "os/mount.h"

#include "bytes/alloc.h"
#include "bytes/arena.h"
#include "os/file.h"
#include "os/mount_linux.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TABLE = 16 << 20 };

/* One line of /proc/self/mountinfo, proc(5). */
struct row {
	struct mount mount;
	uint64_t id, parent;
	const char *device; /* "8:1" */
	const char *root;   /* which folder of the file system hangs there */
	bool is_hidden;     /* something else lies over the place */
};

struct mount_list {
	struct arena *arena;
	struct row *rows;
	size_t n_rows, capacity;
};

static const char *const pseudo[] = {
    "proc",        "sysfs",     "cgroup",      "cgroup2",    "devpts",
    "securityfs",  "debugfs",   "tracefs",     "pstore",     "bpf",
    "mqueue",      "hugetlbfs", "configfs",    "fusectl",    "autofs",
    "binfmt_misc", "efivarfs",  "rpc_pipefs",  "selinuxfs",  "nsfs",
    "resctrl",     "smackfs",   "fuse.portal", "fuse.lxcfs", "fuse.gvfsd-fuse",
    NULL,
};

static const char *const network[] = {
    "nfs",   "nfs4",      "cifs",     "smb3",   "smbfs", "ncpfs", "afs",
    "9p",    "ceph",      "lustre",   "coda",   "gfs2",  "ocfs2", "beegfs",
    "davfs", "glusterfs", "virtiofs", "vboxsf", NULL,
};

static bool is_listed(const char *const *list, const char *name)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static enum mount_kind kind_of(const char *type)
{
	if (is_listed(pseudo, type))
		return MOUNT_PSEUDO;
	/* a program answers: sshfs and rclone look like any other */
	if (is_listed(network, type) || strncmp(type, "fuse.", 5) == 0)
		return MOUNT_NETWORK;
	return MOUNT_LOCAL;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* "\040" stands for a space, likewise tab, newline and backslash. */
static char *unescape(struct arena *arena, struct bytes text)
{
	char *to = arena_copy(arena, text.at, text.n);
	size_t n = 0;

	for (size_t i = 0; to != NULL && i < text.n; i++) {
		char c = to[i];

		if (c == '\\' && text.n - i > 3 && is_octal(to[i + 1]) &&
		    is_octal(to[i + 2]) && is_octal(to[i + 3])) {
			c = (char)((to[i + 1] - '0') << 6 | (to[i + 2] - '0') << 3 |
				   (to[i + 3] - '0'));
			i += 3;
		}
		to[n++] = c;
	}
	if (to != NULL)
		to[n] = '\0';
	return to;
}

static struct bytes next_field(struct bytes *line)
{
	struct bytes field = {line->at, 0};
	size_t n = 0;

	while (n < line->n && line->at[n] != ' ')
		n++;
	field.n = n;
	n += n < line->n;
	*line = (struct bytes){line->at + n, line->n - n};
	return field;
}

static uint64_t number(struct bytes text)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.n && text.at[i] >= '0' && text.at[i] <= '9'; i++)
		n = 10 * n + (uint64_t)(text.at[i] - '0');
	return n;
}

static enum rq_err add_line(struct mount_list *list, struct bytes line)
{
	struct bytes device, root, path, field;
	struct row row = {0};

	row.id = number(next_field(&line));
	row.parent = number(next_field(&line));
	device = next_field(&line);
	root = next_field(&line);
	path = next_field(&line);
	do /* options, optional fields, a lone dash */
		field = next_field(&line);
	while (line.n > 0 && !bytes_equal_text(field, "-"));
	field = next_field(&line);
	row.device = arena_copy(list->arena, device.at, device.n);
	row.root = unescape(list->arena, root);
	row.mount.path = unescape(list->arena, path);
	row.mount.type = arena_copy(list->arena, field.at, field.n);
	if (row.device == NULL || row.root == NULL || row.mount.path == NULL ||
	    row.mount.type == NULL ||
	    !alloc_grow((void **)&list->rows, &list->capacity, list->n_rows + 1,
			sizeof *list->rows))
		return RQ_ERR_MEMORY;
	row.mount.kind = kind_of(row.mount.type);
	list->rows[list->n_rows++] = row;
	return RQ_OK;
}

/* Whether path lies at or below folder; *rest_out is what follows. */
static bool is_below(const char *path, const char *folder, const char **rest_out)
{
	size_t n = strlen(folder);

	if (n > 0 && folder[n - 1] == '/')
		n--; /* only "/" */
	if (strncmp(path, folder, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return false;
	/* "/" in "/" is nothing more, as everywhere else */
	*rest_out = path + n + (strcmp(path + n, "/") == 0 && n == 0);
	return true;
}

/* What row hangs in, or NULL: "/", and what hangs outside of it. */
static const struct row *parent_of(const struct mount_list *list, const struct row *row)
{
	for (size_t i = 0; i < list->n_rows; i++)
		if (&list->rows[i] != row && list->rows[i].id == row->parent)
			return &list->rows[i];
	return NULL;
}

/* Whether row hangs in `above`, or in something that does. */
static bool hangs_in(const struct mount_list *list, const struct row *row,
		     const struct row *above)
{
	for (size_t n = 0; row != NULL && n < list->n_rows; n++) {
		row = parent_of(list, row);
		if (row == above)
			return true;
	}
	return false;
}

/* Whether something that it does not hang in lies over the place of row. */
static bool is_hidden(const struct mount_list *list, const struct row *row)
{
	const char *rest;

	for (size_t i = 0; i < list->n_rows; i++)
		if (&list->rows[i] != row &&
		    is_below(row->mount.path, list->rows[i].mount.path, &rest) &&
		    !hangs_in(list, row, &list->rows[i]))
			return true;
	return false;
}

/*
 * Whether everything below row can also be reached through other: it shows the same
 * file system from a folder at or above, and nothing hangs over the place.
 */
static bool is_reached_through(const struct mount_list *list, size_t i, size_t other)
{
	const struct row *row = &list->rows[i], *from = &list->rows[other];
	const char *rest, *ignored;
	size_t n = strlen(from->mount.path);
	bool hidden = false;
	char *place;

	if (i == other || strcmp(row->device, from->device) != 0 ||
	    !is_below(row->root, from->root, &rest))
		return false;
	if (*rest == '\0' && other > i)
		return false; /* twice the same: the first one counts */
	if (n > 0 && from->mount.path[n - 1] == '/')
		n--;
	place = alloc_array(n + strlen(rest) + 1, 1);
	if (place == NULL)
		return false; /* seen twice is better than not at all */
	memcpy(place, from->mount.path, n);
	memcpy(place + n, rest, strlen(rest) + 1);
	for (size_t k = 0; k < list->n_rows; k++)
		hidden =
		    hidden || (k != other && strlen(list->rows[k].mount.path) > n &&
			       is_below(place, list->rows[k].mount.path, &ignored));
	alloc_free(place);
	return !hidden && !from->is_hidden;
}

/* Disks also hang in folders of other machines, in those that are filled on demand, and
 * in a second view of a file system. */
static bool is_start(const struct mount_list *list, const struct row *row)
{
	const struct row *parent = parent_of(list, row);

	if (strcmp(row->mount.path, "/") == 0)
		return true;
	return parent != NULL && row->mount.kind == MOUNT_LOCAL &&
	       !row->mount.is_duplicate && !row->is_hidden &&
	       (parent->mount.is_duplicate || parent->mount.kind == MOUNT_NETWORK ||
		strcmp(parent->mount.type, "autofs") == 0);
}

/* In a changed root nothing need be mounted at "/": it is there all the same, and what
 * seems to hang nowhere hangs in it. */
static enum rq_err add_root(struct mount_list *list)
{
	static const char line[] = "0 0 - / / - changed-root";

	if (mount_list_find(list, "/") != NULL)
		return RQ_OK;
	for (size_t i = 0; i < list->n_rows; i++)
		if (parent_of(list, &list->rows[i]) == NULL)
			list->rows[i].parent = 0;
	return add_line(list, (struct bytes){(const uint8_t *)line, sizeof line - 1});
}

enum rq_err mount_list_parse(struct bytes table, struct mount_list **list_out)
{
	struct mount_list *list = alloc_array(1, sizeof *list);
	struct bytes rest = table;
	enum rq_err err;

	*list_out = NULL;
	if (list == NULL)
		return RQ_ERR_MEMORY;
	err = arena_new(MAX_TABLE, &list->arena);
	while (err == RQ_OK && rest.n > 0) {
		const uint8_t *end = memchr(rest.at, '\n', rest.n);
		size_t n = end == NULL ? rest.n : (size_t)(end - rest.at);

		err = add_line(list, (struct bytes){rest.at, n});
		n += end != NULL;
		rest = (struct bytes){rest.at + n, rest.n - n};
	}
	if (err == RQ_OK)
		err = add_root(list);
	for (size_t i = 0; err == RQ_OK && i < list->n_rows; i++)
		list->rows[i].is_hidden = is_hidden(list, &list->rows[i]);
	for (size_t i = 0; err == RQ_OK && i < list->n_rows; i++)
		for (size_t k = 0; k < list->n_rows; k++)
			if (is_reached_through(list, i, k))
				list->rows[i].mount.is_duplicate = true;
	for (size_t i = 0; err == RQ_OK && i < list->n_rows; i++)
		list->rows[i].mount.is_start = is_start(list, &list->rows[i]);
	if (err != RQ_OK) {
		mount_list_free(list);
		return err;
	}
	*list_out = list;
	return RQ_OK;
}

enum rq_err mount_list_new(struct mount_list **list_out, struct rq_diag *diag)
{
	struct buffer table = {.max = MAX_TABLE};
	enum rq_err err = file_read_whole("/proc/self/mountinfo", &table, diag);

	*list_out = NULL;
	if (err == RQ_OK) {
		err = mount_list_parse(buffer_bytes(&table), list_out);
		if (err != RQ_OK)
			err = rq_fail(diag, err, NULL, "out of memory");
	}
	buffer_free(&table);
	return err;
}

void mount_list_free(struct mount_list *list)
{
	if (list == NULL)
		return;
	arena_free(list->arena);
	alloc_free(list->rows);
	alloc_free(list);
}

size_t mount_list_count(const struct mount_list *list)
{
	return list->n_rows;
}

const struct mount *mount_list_at(const struct mount_list *list, size_t i)
{
	return &list->rows[i].mount;
}

const struct mount *mount_list_find(const struct mount_list *list, const char *path)
{
	/* the last one mounted there hides the others */
	for (size_t i = list->n_rows; i-- > 0;)
		if (strcmp(list->rows[i].mount.path, path) == 0)
			return &list->rows[i].mount;
	return NULL;
}

/* The last one mounted at the longest path counts. */
static const struct row *row_holding(const struct mount_list *list, const char *path)
{
	const struct row *found = NULL;
	size_t n_found = 0;
	const char *rest;

	for (size_t i = 0; i < list->n_rows; i++) {
		const struct row *row = &list->rows[i];
		size_t n = strlen(row->mount.path);

		if (n >= n_found && !row->is_hidden &&
		    is_below(path, row->mount.path, &rest)) {
			found = row;
			n_found = n;
		}
	}
	return found;
}

const struct mount *mount_list_holding(const struct mount_list *list, const char *path)
{
	const struct row *row = row_holding(list, path);

	return row != NULL ? &row->mount : NULL;
}

/* Appends base and rest with one separator between, and a 0. */
static bool join(struct buffer *to, const char *base, const char *rest)
{
	size_t n = strlen(base);

	buffer_put(to, base, n > 0 && base[n - 1] == '/' ? n - 1 : n);
	buffer_text(to, rest);
	if (to->size == 0)
		buffer_u8(to, '/');
	buffer_u8(to, 0);
	return buffer_ok(to);
}

/* Where path lies in the file system of row, whatever hangs where. */
static bool put_place(struct buffer *to, const struct row *row, const char *path)
{
	const char *rest = "";

	(void)is_below(path, row->mount.path, &rest);
	return join(to, row->root, rest);
}

/* Whether something hangs below folder on the way to place, at it or below it. */
static bool is_interrupted(const struct mount_list *list, const char *folder,
			   const char *place)
{
	const char *rest;

	for (size_t i = 0; i < list->n_rows; i++) {
		const char *path = list->rows[i].mount.path;

		if (is_below(path, folder, &rest) && *rest != '\0' &&
		    (is_below(place, path, &rest) || is_below(path, place, &rest)))
			return true;
	}
	return false;
}

bool mount_list_shows(const struct mount_list *list, const char *folder,
		      const char *path, struct buffer *shown_out)
{
	const struct row *from = row_holding(list, folder),
			 *to = row_holding(list, path);
	struct buffer from_place = {0}, to_place = {0};
	const char *rest, *shown;
	bool is_shown = false;

	/* in one mount a place has one path only */
	if (from == NULL || to == NULL || from == to ||
	    strcmp(from->device, to->device) != 0)
		return false;
	if (put_place(&from_place, from, folder) && put_place(&to_place, to, path) &&
	    is_below((const char *)to_place.data, (const char *)from_place.data,
		     &rest) &&
	    join(shown_out, folder, rest)) {
		shown = (const char *)shown_out->data;
		is_shown = !is_interrupted(list, folder, shown) &&
			   !is_interrupted(list, path, path);
	}
	buffer_free(&from_place);
	buffer_free(&to_place);
	return is_shown;
}

bool mount_is_start(const struct mount *mount)
{
	return mount->is_start;
}
