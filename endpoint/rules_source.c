#include "endpoint/rules_source.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "content/shipped.h"
#include "os/file.h"

#include <stdlib.h>
#include <string.h>

void rules_list_free(struct rules_list *list)
{
	alloc_free(list->items);
	*list = (struct rules_list){0};
}

static enum rq_err add_source(struct rules_list *list,
			      const struct rules_source *source)
{
	if (!alloc_grow((void **)&list->items, &list->capacity, list->n + 1,
			sizeof *list->items))
		return RQ_ERR_MEMORY;
	list->items[list->n++] = *source;
	return RQ_OK;
}

/* A pipe and its like have no size to go by. */
static enum rq_err read_stream(struct arena *arena, const char *path,
			       struct bytes *text_out, struct rq_diag *diag)
{
	struct buffer text = {.max = CAP_RULE_SOURCE};
	enum rq_err err = file_read_whole(path, &text, diag);
	char *kept = NULL;

	if (err == RQ_OK) {
		kept = arena_copy(arena, text.data, text.size);
		if (kept == NULL)
			err = RQ_ERR_MEMORY;
	}
	*text_out = (struct bytes){(const uint8_t *)kept, kept != NULL ? text.size : 0};
	buffer_free(&text);
	return err;
}

enum rq_err rules_read_text(struct arena *arena, const char *path,
			    struct bytes *text_out, struct rq_diag *diag)
{
	struct file file;
	struct file_info info;
	enum rq_err err = file_open(path, &file, &info, diag);
	uint8_t *room = NULL;
	size_t n = 0;

	*text_out = (struct bytes){0};
	if (err != RQ_OK)
		return err;
	if (info.kind == FILE_REGULAR && info.size > 0 && info.size < CAP_RULE_SOURCE) {
		room = arena_array(arena, (size_t)info.size + 1, 1);
		err = room != NULL
			  ? file_read_at(file, 0, room, (size_t)info.size + 1, &n)
			  : RQ_ERR_MEMORY;
	}
	file_close(&file);
	if (err != RQ_OK)
		return rq_fail(diag, err, path, "%s", rq_err_text(err));
	/* another size than it said: read to the end, wherever that is */
	if (room == NULL || n != info.size)
		return read_stream(arena, path, text_out, diag);
	*text_out = (struct bytes){room, n};
	return RQ_OK;
}

enum rq_err rules_source_open(struct arena *arena, struct rules_source *source,
			      struct rq_diag *diag)
{
	struct file_info info;
	enum rq_err err = file_stat_path(source->file, true, &info, diag);

	/* what is no file may tell its bytes only once */
	if (err == RQ_OK && info.kind != FILE_REGULAR)
		err = rules_read_text(arena, source->file, &source->text, diag);
	return err;
}

static enum rq_err gather_file(struct arena *arena, const char *path,
			       const char *name_space, enum file_kind kind,
			       struct rules_list *list, struct rq_diag *diag)
{
	struct rules_source source = {.name_space = name_space,
				      .file = arena_copy(arena, path, strlen(path))};
	enum rq_err err = source.file != NULL ? RQ_OK : RQ_ERR_MEMORY;

	if (err == RQ_OK && kind != FILE_REGULAR)
		err = rules_source_open(arena, &source, diag);
	return err == RQ_OK ? add_source(list, &source) : err;
}

static bool is_rule_file(const char *name)
{
	static const char *const endings[] = {".yar", ".yara", ".rule", ".rules"};
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; ending != NULL && i < 4; i++)
		if (strcmp(ending, endings[i]) == 0)
			return true;
	return false;
}

/* Names below a folder, so that they can be sorted before anything is read. */
struct name {
	const char *text; /* relative, with '/' on every system */
	enum file_kind kind;
};

struct names {
	struct name *items;
	size_t n, capacity;
};

/* folder/name; name alone where folder is "".  NULL: out of memory. */
static char *join(struct arena *arena, const char *folder, const char *name)
{
	size_t n_folder = strlen(folder), n_name = strlen(name);
	size_t n_slash = n_folder > 0;
	char *path = arena_array(arena, n_folder + n_slash + n_name + 1, 1);

	if (path == NULL)
		return NULL;
	memcpy(path, folder, n_folder);
	if (n_slash > 0)
		path[n_folder] = '/';
	memcpy(path + n_folder + n_slash, name, n_name);
	return path;
}

static enum rq_err list_folder(struct arena *arena, const char *top, const char *inner,
			       unsigned depth, struct names *names,
			       struct rq_diag *diag);

static enum rq_err list_entry(struct arena *arena, const char *top, const char *inner,
			      const struct folder_entry *entry, unsigned depth,
			      struct names *names, struct rq_diag *diag)
{
	char *name = join(arena, inner, entry->name), *path = NULL;
	struct file_info info = {.kind = entry->kind};
	/* of a file and a folder no more is asked */
	bool is_plain = info.kind == FILE_REGULAR || info.kind == FILE_FOLDER;
	enum rq_err err = RQ_OK;

	if (name != NULL && !is_plain)
		path = join(arena, top, name);
	if (name == NULL || (path == NULL && !is_plain))
		return RQ_ERR_MEMORY;
	if (info.kind == FILE_UNKNOWN)
		err = file_stat_path(path, false, &info, diag);
	if (err != RQ_OK)
		return err == RQ_ERR_NOT_FOUND ? RQ_OK : err; /* gone meanwhile */
	if (info.kind == FILE_FOLDER)
		return list_folder(arena, top, name, depth + 1, names, diag);
	if (!is_rule_file(name))
		return RQ_OK;
	/* who names a pipe waits for it; one that lies around is waited for by nobody */
	if (info.kind == FILE_LINK && file_stat_path(path, true, &info, NULL) != RQ_OK)
		info.kind = FILE_LINK; /* who reads it will say */
	if (info.kind == FILE_PIPE || info.kind == FILE_SOCKET ||
	    info.kind == FILE_DEVICE)
		return rq_fail(diag, RQ_ERR_UNSUPPORTED, path, "%s",
			       file_kind_text(info.kind));
	if (!alloc_grow((void **)&names->items, &names->capacity, names->n + 1,
			sizeof *names->items))
		return RQ_ERR_MEMORY;
	names->items[names->n++] = (struct name){name, info.kind};
	return RQ_OK;
}

static enum rq_err list_folder(struct arena *arena, const char *top, const char *inner,
			       unsigned depth, struct names *names,
			       struct rq_diag *diag)
{
	const char *path = join(arena, top, inner);
	struct folder *folder = NULL;
	struct folder_entry entry;
	bool is_over = false;
	enum rq_err err;

	if (path == NULL)
		return RQ_ERR_MEMORY;
	if (depth > CAP_RULE_FOLDERS)
		return rq_fail(diag, RQ_ERR_LIMIT, path, "folders nest too deep");
	err = folder_open(*inner != 0 ? path : top, &folder, NULL, diag);
	while (err == RQ_OK && !is_over) {
		err = folder_next(folder, &entry);
		is_over = err == RQ_ERR_NOT_FOUND;
		if (is_over)
			err = RQ_OK;
		else if (err == RQ_OK)
			err = list_entry(arena, top, inner, &entry, depth, names, diag);
	}
	folder_close(folder);
	return err;
}

static int by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static enum rq_err gather_folder(struct arena *arena, const char *top,
				 struct rules_list *list, struct rq_diag *diag)
{
	struct names names = {0};
	enum rq_err err = list_folder(arena, top, "", 0, &names, diag);

	if (err == RQ_OK && names.n > 0)
		qsort(names.items, names.n, sizeof *names.items, by_name);
	for (size_t i = 0; err == RQ_OK && i < names.n; i++) {
		const struct name *name = &names.items[i];
		const char *path = join(arena, top, name->text);

		err = path != NULL
			  ? gather_file(arena, path, name->text, name->kind, list, diag)
			  : RQ_ERR_MEMORY;
	}
	alloc_free(names.items);
	return err;
}

enum rq_err rules_gather(struct arena *arena, const char *path, struct rules_list *list,
			 struct rq_diag *diag)
{
	struct file_info info;
	enum rq_err err = file_stat_path(path, true, &info, diag);

	if (err != RQ_OK)
		return err;
	if (info.kind == FILE_FOLDER)
		return gather_folder(arena, path, list, diag);
	return gather_file(arena, path, "default", info.kind, list, diag);
}

enum rq_err rules_gather_shipped(struct arena *arena, struct rules_list *list)
{
	for (size_t i = 0; i < shipped_n_files(); i++) {
		struct rules_source source = {.name_space = shipped_name(i),
					      .file = shipped_name(i)};
		enum rq_err err = shipped_text(i, arena, &source.text);

		if (err == RQ_OK)
			err = add_source(list, &source);
		if (err != RQ_OK)
			return err;
	}
	return RQ_OK;
}
