#include "world/real.h"

#include "bytes/alloc.h"
#include "bytes/buffer.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/host.h"

#include <string.h>

/* ---- clocks and chance ---- */

static uint64_t utc_ms(void *self)
{
	(void)self;
	return clock_utc_ms();
}

static uint64_t monotonic_ms(void *self)
{
	(void)self;
	return clock_monotonic_ns() / 1000000u;
}

/* The system's own name for this run, in whatever form, brought to one length. */
static void boot_id(void *self, uint8_t *out)
{
	uint8_t digest[DIGEST_MAX_SIZE] = {0};
	char text[128];

	(void)self;
	host_boot_id(text, sizeof text);
	if (digest_of(DIGEST_SHA256, bytes_of(text), digest) != RQ_OK)
		memset(digest, 0, sizeof digest);
	memcpy(out, digest, WORLD_BOOT_ID);
}

static enum rq_err fill(void *self, uint8_t *out, size_t n)
{
	(void)self;
	return secret_fill(out, n);
}

void world_real(struct world *world_out)
{
	*world_out = (struct world){NULL, utc_ms, monotonic_ms, boot_id, fill};
}

/* ---- disk ---- */

struct disk_real {
	struct buffer folder; /* its path with a separator */
	struct buffer path;   /* of the file asked for last */
	struct file open;     /* the one that is being appended to */
	char open_name[DISK_NAME_MAX + 1];
};

static const char *path_of(struct disk_real *real, const char *name)
{
	if (name[0] == '\0' || strlen(name) > DISK_NAME_MAX)
		return NULL;
	buffer_clear(&real->path);
	buffer_put(&real->path, real->folder.data, real->folder.size);
	buffer_text(&real->path, name);
	buffer_u8(&real->path, 0);
	return buffer_ok(&real->path) ? (const char *)real->path.data : NULL;
}

static void close_open(struct disk_real *real)
{
	file_close(&real->open);
	real->open_name[0] = '\0';
}

static enum rq_err open_named(struct disk_real *real, const char *name)
{
	const char *path = path_of(real, name);
	enum rq_err err;

	if (path == NULL)
		return RQ_ERR_MEMORY;
	if (strcmp(real->open_name, name) == 0)
		return RQ_OK;
	close_open(real);
	err = file_open_append(path, &real->open, NULL, NULL);
	if (err == RQ_OK)
		strcpy(real->open_name, name);
	return err;
}

static enum rq_err real_size(void *self, const char *name, uint64_t *size_out)
{
	const char *path = path_of(self, name);
	struct file_info info = {0};
	enum rq_err err =
	    path == NULL ? RQ_ERR_MEMORY : file_stat_path(path, false, &info, NULL);

	*size_out = info.size;
	return err;
}

static enum rq_err real_read(void *self, const char *name, uint64_t off, void *to,
			     size_t n, size_t *n_out)
{
	const char *path = path_of(self, name);
	struct file file = FILE_NONE;
	enum rq_err err;

	*n_out = 0;
	if (path == NULL)
		return RQ_ERR_MEMORY;
	err = file_open(path, &file, NULL, NULL);
	if (err == RQ_OK)
		err = file_read_at(file, off, to, n, n_out);
	file_close(&file);
	return err;
}

static enum rq_err real_append(void *self, const char *name, struct bytes data)
{
	struct disk_real *real = self;
	enum rq_err err = open_named(real, name);

	return err == RQ_OK ? file_append(real->open, data) : err;
}

static enum rq_err real_sync(void *self, const char *name)
{
	struct disk_real *real = self;
	enum rq_err err = open_named(real, name);

	return err == RQ_OK ? file_flush(real->open) : err;
}

static enum rq_err real_cut(void *self, const char *name, uint64_t size)
{
	struct disk_real *real = self;
	enum rq_err err = open_named(real, name);

	return err == RQ_OK ? file_truncate(real->open, size) : err;
}

static enum rq_err real_replace(void *self, const char *name, struct bytes data)
{
	struct disk_real *real = self;
	const char *path = path_of(real, name);

	if (path == NULL)
		return RQ_ERR_MEMORY;
	if (strcmp(real->open_name, name) == 0)
		close_open(real); /* what is open would be the old one */
	return file_write_atomic(path, data, NULL);
}

static enum rq_err real_remove(void *self, const char *name)
{
	struct disk_real *real = self;
	const char *path = path_of(real, name);

	if (path == NULL)
		return RQ_ERR_MEMORY;
	if (strcmp(real->open_name, name) == 0)
		close_open(real);
	return file_remove(path);
}

static enum rq_err real_room(void *self, uint64_t *bytes_out)
{
	struct disk_real *real = self;
	const char *path = path_of(real, ".");

	*bytes_out = 0;
	return path == NULL ? RQ_ERR_MEMORY : file_free_room(path, bytes_out);
}

static enum rq_err real_list(void *self, void *listener,
			     enum rq_err (*told)(void *listener, const char *name))
{
	struct folder *folder = NULL;
	struct folder_entry entry;
	const char *path = path_of(self, ".");
	enum rq_err err =
	    path == NULL ? RQ_ERR_MEMORY : folder_open(path, &folder, NULL, NULL);

	while (err == RQ_OK && (err = folder_next(folder, &entry)) == RQ_OK)
		if (strlen(entry.name) <= DISK_NAME_MAX)
			err = told(listener, entry.name);
	folder_close(folder);
	return err == RQ_ERR_NOT_FOUND && folder != NULL ? RQ_OK : err;
}

enum rq_err disk_real_new(const char *path, struct disk_real **real_out,
			  struct disk *disk_out, struct rq_diag *diag)
{
	struct disk_real *real = alloc_array(1, sizeof *real);
	struct file_info info;
	enum rq_err err;

	*real_out = NULL;
	if (real == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	real->open = FILE_NONE;
	buffer_text(&real->folder, path);
	buffer_u8(&real->folder, (uint8_t)file_separator);
	err = file_stat_path(path, false, &info, diag);
	if (err == RQ_OK && info.kind != FILE_FOLDER)
		err = rq_fail(diag, RQ_ERR_ACCESS, path, "not a folder of ours");
	if (err == RQ_OK && !buffer_ok(&real->folder))
		err = rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	if (err != RQ_OK) {
		disk_real_free(real);
		return err;
	}
	*disk_out =
	    (struct disk){real,     real_size,    real_read,   real_append, real_sync,
			  real_cut, real_replace, real_remove, real_room,   real_list};
	*real_out = real;
	return RQ_OK;
}

void disk_real_free(struct disk_real *real)
{
	if (real == NULL)
		return;
	close_open(real);
	buffer_free(&real->folder);
	buffer_free(&real->path);
	alloc_free(real);
}
