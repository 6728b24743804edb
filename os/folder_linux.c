#include "bytes/alloc.h"
#include "os/file.h"
#include "os/file_linux.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

struct folder {
	DIR *listing;
};

static enum rq_err folder_over(struct file *file, struct folder **folder_out,
			       struct rq_diag *diag)
{
	struct folder *folder = alloc_array(1, sizeof *folder);

	*folder_out = NULL;
	if (folder != NULL)
		folder->listing = fdopendir((int)file->handle);
	if (folder == NULL || folder->listing == NULL) {
		alloc_free(folder);
		file_close(file);
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	}
	*file = FILE_NONE; /* transferred */
	*folder_out = folder;
	return RQ_OK;
}

enum rq_err folder_open(const char *path, struct folder **folder_out,
			struct file_info *info_out, struct rq_diag *diag)
{
	struct file_info info;
	struct file file;
	enum rq_err err = file_open(path, &file, &info, diag);

	*folder_out = NULL;
	if (err != RQ_OK)
		return err;
	if (info.kind != FILE_FOLDER) {
		file_close(&file);
		return rq_fail(diag, RQ_ERR_NOT_FOUND, path, "not a folder");
	}
	if (info_out != NULL)
		*info_out = info;
	return folder_over(&file, folder_out, diag);
}

enum rq_err folder_open_in(struct folder *parent, const char *name, bool follow,
			   struct folder **folder_out, struct file_info *info_out,
			   struct rq_diag *diag)
{
	struct file_info info;
	struct file file;
	enum rq_err err = file_open_in(parent, name, follow, &file, &info, diag);

	*folder_out = NULL;
	if (err != RQ_OK)
		return err;
	if (info.kind != FILE_FOLDER) {
		file_close(&file);
		return rq_fail(diag, RQ_ERR_NOT_FOUND, name, "not a folder");
	}
	if (info_out != NULL)
		*info_out = info;
	return folder_over(&file, folder_out, diag);
}

void folder_close(struct folder *folder)
{
	if (folder == NULL)
		return;
	closedir(folder->listing);
	alloc_free(folder);
}

static enum file_kind kind_of_entry(const struct dirent *entry)
{
	switch (entry->d_type) {
	case DT_REG: return FILE_REGULAR;
	case DT_DIR: return FILE_FOLDER;
	case DT_LNK: return FILE_LINK;
	case DT_FIFO: return FILE_PIPE;
	case DT_SOCK: return FILE_SOCKET;
	case DT_BLK:
	case DT_CHR: return FILE_DEVICE;
	}
	return FILE_UNKNOWN;
}

enum rq_err folder_next(struct folder *folder, struct folder_entry *entry_out)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(folder->listing);
		if (entry == NULL)
			return errno == 0 ? RQ_ERR_NOT_FOUND : RQ_ERR_SYSTEM;
	} while (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
	*entry_out = (struct folder_entry){entry->d_name, kind_of_entry(entry)};
	return RQ_OK;
}

enum rq_err file_open_in(struct folder *folder, const char *name, bool follow,
			 struct file *file_out, struct file_info *info_out,
			 struct rq_diag *diag)
{
	return file_open_at(dirfd(folder->listing), name, follow, file_out, info_out,
			    diag);
}

enum rq_err file_stat_in(struct folder *folder, const char *name, bool follow,
			 struct file_info *info_out)
{
	return file_stat_at(dirfd(folder->listing), name, follow, info_out, NULL);
}
