#include "os/file.h"
#include "os/file_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

const char file_separator = '/';

bool file_is_separator(char c)
{
	return c == '/';
}

size_t file_name_offset(struct bytes path)
{
	size_t n = path.n;

	while (n > 0 && path.at[n - 1] != '/')
		n--;
	return n;
}

static enum rq_err system_error(int number, const char *where, struct rq_diag *diag)
{
	enum rq_err err = RQ_ERR_SYSTEM;

	switch (number) {
	case ENOENT:
	case ENOTDIR:
	case ESTALE: err = RQ_ERR_NOT_FOUND; break;
	case EACCES:
	case EPERM: err = RQ_ERR_ACCESS; break;
	case ELOOP: err = RQ_ERR_LIMIT; break;
	case ENXIO:
	case ENODEV: err = RQ_ERR_UNSUPPORTED; break;
	case ENOMEM: err = RQ_ERR_MEMORY; break;
	case EDQUOT:
	case ENOSPC: err = RQ_ERR_FULL; break;
	}
	/* the number would mean little to a person, the text is the system's own */
	return rq_fail(diag, err, where, "%s", strerror(number));
}

static enum file_kind kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return FILE_REGULAR;
	case S_IFDIR: return FILE_FOLDER;
	case S_IFLNK: return FILE_LINK;
	case S_IFIFO: return FILE_PIPE;
	case S_IFSOCK: return FILE_SOCKET;
	}
	return FILE_DEVICE;
}

static struct file_info info_of(const struct stat *st)
{
	return (struct file_info){
	    .kind = kind_of(st->st_mode),
	    .identity = {st->st_dev, st->st_ino},
	    .size = (uint64_t)st->st_size,
	    .allocated = (uint64_t)st->st_blocks * 512,
	    .modified_ns =
		(int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
	    .owner = st->st_uid,
	    .n_links = st->st_nlink,
	};
}

/*
 * A path beyond PATH_MAX is opened in pieces, each relative to the one before.
 * *name_out is what is left of path, to be opened relative to the result.
 */
static int folder_of_long_path(const char *path, const char **name_out)
{
	int at = AT_FDCWD;
	char piece[PATH_MAX];

	while (strlen(path) >= PATH_MAX) {
		size_t n = PATH_MAX - 1;
		int next;

		while (n > 0 && path[n] != '/')
			n--;
		if (n == 0) {
			errno = ENAMETOOLONG;
			next = -1;
		} else {
			memcpy(piece, path, n);
			piece[n] = '\0';
			next = openat(at, piece, O_PATH | O_DIRECTORY | O_CLOEXEC);
		}
		if (at != AT_FDCWD)
			close(at);
		if (next < 0)
			return -1;
		at = next;
		path += n + 1;
	}
	*name_out = path;
	return at;
}

static int open_path(const char *path, int flags, mode_t mode)
{
	const char *name = path;
	int at = folder_of_long_path(path, &name);
	int fd = at == -1 ? -1 : openat(at, name, flags | O_CLOEXEC, mode);
	int number = errno;

	if (at >= 0)
		close(at);
	errno = number;
	return fd;
}

/*
 * Opening must neither block (a pipe without writer) nor take a terminal nor, where we
 * may, leave a trace in the access time.
 */
static int open_to_read(int at, const char *name, int flags)
{
	static bool no_atime_refused;
	int fd;

	flags |= O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	if (!no_atime_refused) {
		fd = openat(at, name, flags | O_NOATIME);
		if (fd >= 0 || errno != EPERM)
			return fd;
		/* not ours: ask for it no more, each refusal costs a call */
		no_atime_refused = geteuid() != 0;
	}
	return openat(at, name, flags);
}

static enum rq_err opened(int fd, const char *where, struct file *file_out,
			  struct file_info *info_out, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;
	struct stat st;

	*file_out = FILE_NONE;
	if (info_out != NULL)
		*info_out = (struct file_info){0};
	if (fd < 0)
		return system_error(errno, where, diag);
	if (info_out != NULL) {
		if (fstat(fd, &st) != 0) {
			err = system_error(errno, where, diag);
			close(fd);
			return err;
		}
		*info_out = info_of(&st);
	}
	file_out->handle = fd;
	return RQ_OK;
}

enum rq_err file_open(const char *path, struct file *file_out,
		      struct file_info *info_out, struct rq_diag *diag)
{
	const char *name = path;
	int at = folder_of_long_path(path, &name);
	enum rq_err err = opened(at == -1 ? -1 : open_to_read(at, name, 0), path,
				 file_out, info_out, diag);

	if (at >= 0)
		close(at);
	return err;
}

enum rq_err file_open_at(int folder, const char *name, bool follow,
			 struct file *file_out, struct file_info *info_out,
			 struct rq_diag *diag)
{
	return opened(open_to_read(folder, name, follow ? 0 : O_NOFOLLOW), name,
		      file_out, info_out, diag);
}

void file_close(struct file *file)
{
	if (file->handle >= 0)
		close((int)file->handle);
	*file = FILE_NONE;
}

/* fstat(2) itself: the C library's would look up a path, which a worker may not. */
static bool stat_of_open(struct file file, struct stat *st)
{
#ifdef SYS_fstat
	return syscall(SYS_fstat, (int)file.handle, st) == 0;
#else
	return fstat((int)file.handle, st) == 0;
#endif
}

enum rq_err file_stat(struct file file, struct file_info *info_out)
{
	struct stat st;

	*info_out = (struct file_info){.kind = FILE_UNKNOWN};
	if (!stat_of_open(file, &st))
		return system_error(errno, NULL, NULL);
	*info_out = info_of(&st);
	return RQ_OK;
}

enum rq_err file_stat_at(int folder, const char *name, bool follow,
			 struct file_info *info_out, struct rq_diag *diag)
{
	struct stat st;

	*info_out = (struct file_info){.kind = FILE_UNKNOWN};
	if (fstatat(folder, name, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
		return system_error(errno, name, diag);
	*info_out = info_of(&st);
	return RQ_OK;
}

enum rq_err file_stat_path(const char *path, bool follow, struct file_info *info_out,
			   struct rq_diag *diag)
{
	const char *name = path;
	int at = folder_of_long_path(path, &name);
	enum rq_err err;

	*info_out = (struct file_info){.kind = FILE_UNKNOWN};
	if (at == -1)
		return system_error(errno, path, diag);
	err = file_stat_at(at, name, follow, info_out, diag);
	if (at >= 0)
		close(at);
	return err;
}

bool file_unchanged(struct file file, const struct file_info *info)
{
	struct stat st;

	return stat_of_open(file, &st) && (uint64_t)st.st_size == info->size &&
	       info_of(&st).modified_ns == info->modified_ns;
}

uint64_t file_holes(struct file file, const struct file_info *info)
{
	uint64_t holes = 0;
	off_t at = 0, end = (off_t)info->size;

	/* compression makes files small as well: only the map of extents knows */
	if (info->allocated >= info->size)
		return 0;
	while (at < end) {
		off_t data = lseek((int)file.handle, at, SEEK_DATA);

		if (data < 0 || data > end)
			data = errno == ENXIO || data > end ? end : at;
		holes += (uint64_t)(data - at);
		at = data < end ? lseek((int)file.handle, data, SEEK_HOLE) : end;
		if (at < 0)
			break;
	}
	return holes;
}

enum rq_err file_read_at(struct file file, uint64_t off, void *to, size_t n,
			 size_t *n_out)
{
	size_t done = 0;

	*n_out = 0;
	while (done < n) {
		ssize_t got = pread((int)file.handle, (char *)to + done, n - done,
				    (off_t)(off + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return system_error(errno, NULL, NULL);
		if (got == 0)
			break;
		done += (size_t)got;
	}
	*n_out = done;
	return RQ_OK;
}

enum rq_err file_read_whole(const char *path, struct buffer *to, struct rq_diag *diag)
{
	struct file file;
	enum rq_err err = file_open(path, &file, NULL, diag);
	uint8_t chunk[64 * 1024];

	while (err == RQ_OK) {
		ssize_t got = read((int)file.handle, chunk, sizeof chunk);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN) {
			/* a pipe whose writer takes its time */
			poll(&(struct pollfd){(int)file.handle, POLLIN, 0}, 1, -1);
			continue;
		}
		if (got < 0)
			err = system_error(errno, path, diag);
		if (got <= 0)
			break;
		if (to->max != 0 && (size_t)got > to->max - to->size)
			err = rq_fail(diag, RQ_ERR_LIMIT, path, "more than %zu bytes",
				      to->max);
		else
			buffer_put(to, chunk, (size_t)got);
		if (err == RQ_OK && !buffer_ok(to))
			err = rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	}
	file_close(&file);
	return err;
}

void file_owner_name(struct file file, const struct file_info *info, char *name_out,
		     size_t size)
{
	/* one user owns most of a disk: the last answer serves nearly always */
	static uint64_t cached = UINT64_MAX;
	static char cached_name[256];
	struct passwd user, *found = NULL;
	char room[4096];

	(void)file;
	if (info->owner != cached) {
		cached_name[0] = '\0';
		if (getpwuid_r((uid_t)info->owner, &user, room, sizeof room, &found) ==
			0 &&
		    found != NULL)
			snprintf(cached_name, sizeof cached_name, "%s", user.pw_name);
		cached = info->owner;
	}
	snprintf(name_out, size, "%s", cached_name);
}

bool file_is_absolute(const char *path)
{
	return path[0] == '/';
}

enum rq_err file_real_path(const char *path, struct buffer *to)
{
	char real[PATH_MAX];

	if (realpath(path, real) == NULL)
		return system_error(errno, path, NULL);
	buffer_text(to, real);
	buffer_u8(to, 0);
	return buffer_ok(to) ? RQ_OK : RQ_ERR_MEMORY;
}

/* ---- writing ---- */

static enum rq_err write_all(int fd, struct bytes data)
{
	size_t done = 0;

	while (done < data.n) {
		ssize_t put = write(fd, data.at + done, data.n - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return RQ_ERR_SYSTEM;
		done += (size_t)put;
	}
	return RQ_OK;
}

static int flush_folder_of(const char *path)
{
	size_t n = file_name_offset(bytes_of(path));
	char folder[PATH_MAX];
	int fd, result;

	if (n >= sizeof folder)
		return -1;
	memcpy(folder, path, n);
	memcpy(folder + n, ".", 2);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = fsync(fd);
	close(fd);
	return result;
}

/* Writes into a device or pipe: a new file in its place would take it from everybody. */
static enum rq_err write_into(const char *path, struct bytes data, struct rq_diag *diag)
{
	/* without waiting for a reader of the pipe, who may never come */
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	enum rq_err err = RQ_OK;

	if (fd < 0)
		return system_error(errno, path, diag);
	if (fcntl(fd, F_SETFL, 0) != 0 || write_all(fd, data) != RQ_OK)
		err = system_error(errno, path, diag);
	if (close(fd) != 0 && err == RQ_OK)
		err = system_error(errno, path, diag);
	return err;
}

enum rq_err file_write_atomic(const char *path, struct bytes data, struct rq_diag *diag)
{
	char name[PATH_MAX];
	enum rq_err err = RQ_OK;
	struct stat old;
	int fd;

	if (lstat(path, &old) == 0) {
		if (S_ISCHR(old.st_mode) || S_ISFIFO(old.st_mode))
			return write_into(path, data, diag);
		if (S_ISLNK(old.st_mode))
			return system_error(ELOOP, path, diag);
		if (!S_ISREG(old.st_mode))
			return system_error(EEXIST, path, diag);
	}
	if (snprintf(name, sizeof name, "%s.%ld.new", path, (long)getpid()) >=
	    (int)sizeof name)
		return rq_fail(diag, RQ_ERR_LIMIT, path, "the path is too long");
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST && unlink(name) == 0) /* left by a crash */
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			  0666);
	if (fd < 0)
		return system_error(errno, name, diag);
	if (write_all(fd, data) != RQ_OK || fsync(fd) != 0)
		err = system_error(errno, name, diag);
	if (close(fd) != 0 && err == RQ_OK)
		err = system_error(errno, name, diag);
	if (err == RQ_OK)
		err = file_rename(name, path, diag);
	if (err != RQ_OK)
		unlink(name);
	return err;
}

enum rq_err file_open_append(const char *path, struct file *file_out,
			     struct file_info *info_out, struct rq_diag *diag)
{
	int fd =
	    open_path(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY, 0600);
	enum rq_err err = opened(fd, path, file_out, info_out, diag);

	if (err == RQ_OK)
		(void)flush_folder_of(path);
	return err;
}

enum { LOCK_TRIES = 50, LOCK_WAIT_MS = 20 };

enum rq_err file_lock(struct file file)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	/* belongs to the open file, not to the process: a second open is refused.  A
	 * holder that was killed while it started a process has it until that process
	 * runs its own program. */
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (fcntl((int)file.handle, F_OFD_SETLK, &whole) == 0)
			return RQ_OK;
		if (errno != EAGAIN && errno != EACCES)
			return RQ_ERR_SYSTEM;
		poll(NULL, 0, LOCK_WAIT_MS);
	}
	return RQ_ERR_ACCESS;
}

enum rq_err file_append(struct file file, struct bytes data)
{
	enum rq_err err = write_all((int)file.handle, data);

	return err == RQ_OK ? RQ_OK : system_error(errno, NULL, NULL);
}

enum rq_err file_truncate(struct file file, uint64_t size)
{
	return ftruncate((int)file.handle, (off_t)size) == 0 ? RQ_OK : RQ_ERR_SYSTEM;
}

enum rq_err file_flush(struct file file)
{
	return fdatasync((int)file.handle) == 0 ? RQ_OK : RQ_ERR_SYSTEM;
}

enum rq_err file_free_room(const char *path, uint64_t *bytes_out)
{
	struct statvfs room;

	*bytes_out = 0;
	if (statvfs(path, &room) != 0)
		return system_error(errno, path, NULL);
	*bytes_out = (uint64_t)room.f_bavail * room.f_frsize;
	return RQ_OK;
}

enum rq_err file_remove(const char *path)
{
	return unlink(path) == 0 ? RQ_OK : system_error(errno, path, NULL);
}

enum rq_err file_rename(const char *from, const char *to, struct rq_diag *diag)
{
	if (rename(from, to) != 0)
		return system_error(errno, to, diag);
	(void)flush_folder_of(to);
	return RQ_OK;
}

enum rq_err file_lock_take(const char *path, struct file *lock_out,
			   struct rq_diag *diag)
{
	struct file_info ours, there;
	enum rq_err err;

	for (int i = 0; i < 16; i++) {
		err = file_open_append(path, lock_out, &ours, diag);
		if (err != RQ_OK)
			return err;
		err = file_lock(*lock_out);
		if (err != RQ_OK)
			break;
		/* the holder before us may have removed the name between our two steps */
		if (file_stat_path(path, false, &there, NULL) == RQ_OK &&
		    there.identity.number == ours.identity.number &&
		    there.identity.device == ours.identity.device)
			return RQ_OK;
		file_close(lock_out);
		err = RQ_ERR_ACCESS;
	}
	file_close(lock_out);
	return rq_fail(diag, err, path, "another process holds the lock");
}

void file_lock_release(struct file *lock, const char *path)
{
	if (lock->handle >= 0)
		unlink(path);
	file_close(lock);
}
