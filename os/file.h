/*
 * Files and folders, opened without surprises.
 *
 * A path is what the system calls it: any bytes but 0 on Linux, UTF-8 on Windows (a
 * lone surrogate as its three bytes).  Names inside a folder are opened relative to
 * the open folder, so that a renamed parent cannot lead elsewhere, no length limit of
 * the system is met, and links are never followed unless asked.
 */
#ifndef RAQUET_OS_FILE_H
#define RAQUET_OS_FILE_H

#include "bytes/buffer.h"
#include "bytes/error.h"
#include "bytes/reader.h"

enum file_kind {
	FILE_REGULAR,
	FILE_FOLDER,
	FILE_LINK, /* symbolic link; on Windows any reparse point that redirects */
	FILE_PIPE,
	FILE_SOCKET,
	FILE_DEVICE,
	FILE_UNKNOWN, /* the listing did not say; ask file_info_at */
};

/* English, for what is no file: "pipe". */
const char *file_kind_text(enum file_kind kind);

/* The same object has the same identity, whatever its name: device and inode, on
 * Windows the volume's serial number and the file's index. */
struct file_identity {
	uint64_t device, number;
};

struct file_info {
	enum file_kind kind;
	struct file_identity identity;
	uint64_t size;
	uint64_t allocated;  /* bytes on disk: less than size when there are holes */
	int64_t modified_ns; /* since 1970 UTC */
	uint64_t owner;      /* for file_owner_name; 0 on Windows */
	uint64_t n_links;
};

/* An open file: a descriptor or a handle; plain value, closed by file_close. */
struct file {
	intptr_t handle;
};
#define FILE_NONE ((struct file){-1})

/* The separator of paths on this system, and whether c is one ('/' too on Windows). */
extern const char file_separator;
bool file_is_separator(char c);
/* Where the last component of path starts (behind the last separator). */
size_t file_name_offset(struct bytes path);

/*
 * Opens a file for reading; a link at the end is followed (somebody named it).
 * Never blocks on a pipe.  info_out may be NULL.  RQ_ERR_NOT_FOUND, RQ_ERR_ACCESS,
 * RQ_ERR_LIMIT (a loop of links), RQ_ERR_SYSTEM.
 */
RQ_MUST_USE enum rq_err file_open(const char *path, struct file *file_out,
				  struct file_info *info_out, struct rq_diag *diag);
void file_close(struct file *file); /* sets FILE_NONE; FILE_NONE is fine */

RQ_MUST_USE enum rq_err file_stat(struct file file, struct file_info *info_out);
/* Of what path names (follow) or of the link itself. */
RQ_MUST_USE enum rq_err file_stat_path(const char *path, bool follow,
				       struct file_info *info_out,
				       struct rq_diag *diag);

/* Whether the file still has the size and the time of info. */
bool file_unchanged(struct file file, const struct file_info *info);

/* Bytes of holes: places never written, which read as zeros. */
uint64_t file_holes(struct file file, const struct file_info *info);

/* Up to n bytes at off; *n_out is smaller only at the end of the file. */
RQ_MUST_USE enum rq_err file_read_at(struct file file, uint64_t off, void *to, size_t n,
				     size_t *n_out);

/* Appends a whole file to *to (its max is honoured: RQ_ERR_LIMIT). */
RQ_MUST_USE enum rq_err file_read_whole(const char *path, struct buffer *to,
					struct rq_diag *diag);

/* The owner's name in *name_out ("root", "DOMAIN\\user"), empty when unknown. */
void file_owner_name(struct file file, const struct file_info *info, char *name_out,
		     size_t size);

/* false: what it names depends on the folder in which the program was started. */
bool file_is_absolute(const char *path);
/* The same place without links and "..", absolute; appended with a 0 behind it. */
RQ_MUST_USE enum rq_err file_real_path(const char *path, struct buffer *to);

/* ---- folders ---- */

struct folder;

struct folder_entry {
	const char *name; /* lives until the next folder_next or folder_close */
	enum file_kind kind;
};

RQ_MUST_USE enum rq_err folder_open(const char *path, struct folder **folder_out,
				    struct file_info *info_out, struct rq_diag *diag);
/* The folder name inside parent; a link is followed only with follow. */
RQ_MUST_USE enum rq_err folder_open_in(struct folder *parent, const char *name,
				       bool follow, struct folder **folder_out,
				       struct file_info *info_out,
				       struct rq_diag *diag);
void folder_close(struct folder *folder);

/* The next entry in the order of the disk, without "." and "..".
 * RQ_ERR_NOT_FOUND: no more.  RQ_ERR_SYSTEM: the listing broke off. */
RQ_MUST_USE enum rq_err folder_next(struct folder *folder,
				    struct folder_entry *entry_out);

RQ_MUST_USE enum rq_err file_open_in(struct folder *folder, const char *name,
				     bool follow, struct file *file_out,
				     struct file_info *info_out, struct rq_diag *diag);
RQ_MUST_USE enum rq_err file_stat_in(struct folder *folder, const char *name,
				     bool follow, struct file_info *info_out);

/* ---- writing ---- */

/*
 * Replaces path by data as one step: a temporary name beside it, flushed to the disk,
 * renamed.  Readers see the old or the new, never half; after a power cut likewise.
 * A device or pipe is written into; a link, or anything else that is no file, stays.
 */
RQ_MUST_USE enum rq_err file_write_atomic(const char *path, struct bytes data,
					  struct rq_diag *diag);

/* Opens a file of our own for reading and appending, created for the owner alone when
 * it is missing.  A link in its place is refused. */
RQ_MUST_USE enum rq_err file_open_append(const char *path, struct file *file_out,
					 struct file_info *info_out,
					 struct rq_diag *diag);
/* Takes the file for this process until it is closed.  RQ_ERR_ACCESS: somebody has it,
 * also a second later, when a holder that was killed must have let go of it. */
RQ_MUST_USE enum rq_err file_lock(struct file file);
/* RQ_ERR_FULL: no room; a part of data may be there. */
RQ_MUST_USE enum rq_err file_append(struct file file, struct bytes data);
RQ_MUST_USE enum rq_err file_truncate(struct file file, uint64_t size);
/* Returns when everything written is on the disk. */
RQ_MUST_USE enum rq_err file_flush(struct file file);
RQ_MUST_USE enum rq_err file_remove(const char *path);
/* Bytes that this user may still write where the folder path is. */
RQ_MUST_USE enum rq_err file_free_room(const char *path, uint64_t *bytes_out);
/* As one step, over what may be there; flushed to the disk where the file system can. */
RQ_MUST_USE enum rq_err file_rename(const char *from, const char *to,
				    struct rq_diag *diag);

/* A lock file: created, locked, and removed by file_lock_release; a crash frees it. */
RQ_MUST_USE enum rq_err file_lock_take(const char *path, struct file *lock_out,
				       struct rq_diag *diag);
void file_lock_release(struct file *lock, const char *path);

/*
 * The folder for caches of this program in *path_out, made when missing: owned by the
 * effective user, 0700, no link in its last two components.  RQ_ERR_ACCESS when
 * something else stands there; then work without a cache.
 */
RQ_MUST_USE enum rq_err file_cache_folder(struct buffer *path_out,
					  struct rq_diag *diag);
/* Likewise, for what must outlive a cleaning of caches. */
RQ_MUST_USE enum rq_err file_keep_folder(struct buffer *path_out, struct rq_diag *diag);

#endif
