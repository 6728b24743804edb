#include "os/mount.h"

#include "bytes/alloc.h"

#include <windows.h>

#include <string.h>

enum { N_LETTERS = 26 };

struct mount_list {
	struct mount mounts[N_LETTERS];
	char paths[N_LETTERS][4];
	size_t n;
};

/* Drives by letter.  What hangs in a folder is a junction and is not entered. */
enum rq_err mount_list_new(struct mount_list **list_out, struct rq_diag *diag)
{
	struct mount_list *list = alloc_array(1, sizeof *list);
	DWORD letters = GetLogicalDrives();

	*list_out = NULL;
	if (list == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	for (int i = 0; i < N_LETTERS; i++) {
		wchar_t root[] = {(wchar_t)(L'A' + i), L':', L'\\', 0};
		struct mount *mount = &list->mounts[list->n];
		char *path = list->paths[list->n];

		if (!(letters >> i & 1))
			continue;
		memcpy(path, (char[]){(char)('A' + i), ':', '\\', 0}, 4);
		*mount = (struct mount){.path = path, .type = "drive"};
		switch (GetDriveTypeW(root)) {
		case DRIVE_REMOTE:
			mount->kind = MOUNT_NETWORK;
			mount->type = "network drive";
			break;
		case DRIVE_NO_ROOT_DIR: continue;
		default: mount->kind = MOUNT_LOCAL;
		}
		list->n++;
	}
	*list_out = list;
	return RQ_OK;
}

void mount_list_free(struct mount_list *list)
{
	alloc_free(list);
}

size_t mount_list_count(const struct mount_list *list)
{
	return list->n;
}

const struct mount *mount_list_at(const struct mount_list *list, size_t i)
{
	return &list->mounts[i];
}

const struct mount *mount_list_find(const struct mount_list *list, const char *path)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->mounts[i].path, path) == 0)
			return &list->mounts[i];
	return NULL;
}

const struct mount *mount_list_holding(const struct mount_list *list, const char *path)
{
	for (size_t i = 0; i < list->n; i++)
		if (strncmp(list->mounts[i].path, path, 3) == 0)
			return &list->mounts[i];
	return NULL;
}

/* What hangs in a folder is a junction: its real path tells. */
bool mount_list_shows(const struct mount_list *list, const char *folder,
		      const char *path, struct buffer *shown_out)
{
	(void)list;
	(void)folder;
	(void)path;
	(void)shown_out;
	return false;
}

bool mount_is_start(const struct mount *mount)
{
	(void)mount;
	return true;
}
