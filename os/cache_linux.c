#include "os/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Owned by us (or, above it, by root), closed to others, and itself no link. */
static bool is_ours(const char *path, bool exactly)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool fine;

	if (fd < 0)
		return false;
	fine = fstat(fd, &st) == 0;
	if (exactly)
		fine = fine && st.st_uid == geteuid() && (st.st_mode & 0777) == 0700;
	else
		fine = fine && (st.st_uid == geteuid() || st.st_uid == 0) &&
		       (st.st_mode & 0022) == 0;
	close(fd);
	return fine;
}

/* Makes what is missing of path below its first skip bytes; whoever looks afterwards
 * sees whether that went well. */
static void make_folders(char *path, size_t skip)
{
	for (char *c = path + skip; *c != 0; c++)
		if (*c == '/' && c > path) {
			*c = 0;
			mkdir(path, 0700);
			*c = '/';
		}
	mkdir(path, 0700);
}

/* The folder raquet in variable's folder, or below the home folder; or, for root, whose
 * environment may be the one of the user who became root, in a fixed place. */
static enum rq_err own_folder(const char *for_root, const char *variable,
			      const char *below_home, struct buffer *path_out,
			      struct rq_diag *diag)
{
	const char *base = getenv(variable);
	const char *home = getenv("HOME");
	enum rq_err err = RQ_OK;
	size_t parent, given = 0;

	if (geteuid() == 0) {
		buffer_text(path_out, for_root);
	} else if (base != NULL && base[0] == '/') {
		buffer_text(path_out, base);
	} else if (home != NULL && home[0] == '/') {
		buffer_text(path_out, home);
		given = path_out->size;
		buffer_text(path_out, below_home);
	} else {
		return rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "no home folder");
	}
	parent = path_out->size;
	buffer_u8(path_out, 0);
	if (!buffer_ok(path_out))
		return RQ_ERR_MEMORY;
	make_folders((char *)path_out->data, given > 0 ? given + 1 : parent);
	if (!is_ours((char *)path_out->data, false))
		err = RQ_ERR_ACCESS;
	path_out->size = parent;
	buffer_text(path_out, "/raquet");
	buffer_u8(path_out, 0);
	if (!buffer_ok(path_out))
		return RQ_ERR_MEMORY;
	if (err == RQ_OK) {
		mkdir((char *)path_out->data, 0700);
		if (!is_ours((char *)path_out->data, true))
			err = RQ_ERR_ACCESS;
	}
	if (err != RQ_OK)
		return rq_fail(diag, err, (char *)path_out->data,
			       "not a folder of this user alone");
	return RQ_OK;
}

enum rq_err file_cache_folder(struct buffer *path_out, struct rq_diag *diag)
{
	return own_folder("/var/cache", "XDG_CACHE_HOME", "/.cache", path_out, diag);
}

enum rq_err file_keep_folder(struct buffer *path_out, struct rq_diag *diag)
{
	return own_folder("/var/lib", "XDG_DATA_HOME", "/.local/share", path_out, diag);
}
