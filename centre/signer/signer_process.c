#include "centre/signer/signer.h"

#include "os/confine.h"
#include "os/file.h"
#include "world/real.h"

#include <string.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 4 };
enum { MEMORY = 64 << 20 };

static const struct {
	const char *name;
	size_t off; /* in struct authority_files */
} names[] = {
    {"issuing.crt", offsetof(struct authority_files, issuing)},
    {"issuing.key", offsetof(struct authority_files, issuing_key)},
    {"root.crt", offsetof(struct authority_files, root)},
    {"time.key", offsetof(struct authority_files, time_key)},
};
enum { N_NAMES = sizeof names / sizeof *names };

static struct buffer *file_of(const struct authority_files *files, size_t i)
{
	return (struct buffer *)((char *)files + names[i].off);
}

static enum rq_err path_of(const char *folder, const char *name, struct buffer *path)
{
	buffer_clear(path);
	buffer_format(path, "%s/%s", folder, name);
	buffer_u8(path, 0);
	return buffer_ok(path) ? RQ_OK : RQ_ERR_MEMORY;
}

/* ---- files ---- */

static enum rq_err refuse_existing(const char *path, struct rq_diag *diag)
{
	struct file_info info;
	enum rq_err err = file_stat_path(path, false, &info, NULL);

	if (err == RQ_OK)
		return rq_fail(diag, RQ_ERR_CONFLICT, path,
			       "it is there already: an authority is never replaced");
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* For the owner alone, and on the disk. */
static enum rq_err write_new(const char *path, const struct buffer *data,
			     struct rq_diag *diag)
{
	struct file file = FILE_NONE;
	enum rq_err err = refuse_existing(path, diag);

	if (err == RQ_OK)
		err = file_open_append(path, &file, NULL, diag);
	if (err == RQ_OK)
		err = file_append(file, buffer_bytes(data));
	if (err == RQ_OK)
		err = file_flush(file);
	file_close(&file);
	return err;
}

enum rq_err signer_files_write(const struct authority_files *files, const char *folder,
			       const char *root_key, struct rq_diag *diag)
{
	struct buffer path = {0};
	enum rq_err err = refuse_existing(root_key, diag);

	for (size_t i = 0; i < N_NAMES && err == RQ_OK; i++) {
		err = path_of(folder, names[i].name, &path);
		if (err == RQ_OK)
			err = refuse_existing((char *)path.data, diag);
	}
	/* the one that cannot be made again comes first */
	if (err == RQ_OK)
		err = write_new(root_key, &files->root_key, diag);
	for (size_t i = 0; i < N_NAMES && err == RQ_OK; i++) {
		err = path_of(folder, names[i].name, &path);
		if (err == RQ_OK)
			err = write_new((char *)path.data, file_of(files, i), diag);
	}
	buffer_free(&path);
	return err;
}

static enum rq_err read_files(const char *folder, struct authority_files *files,
			      struct rq_diag *diag)
{
	struct buffer path = {0};
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < N_NAMES && err == RQ_OK; i++) {
		struct buffer *file = file_of(files, i);

		file->max = CAP_AGENT_CERTIFICATE;
		err = path_of(folder, names[i].name, &path);
		if (err == RQ_OK)
			err = file_read_whole((char *)path.data, file, diag);
	}
	buffer_free(&path);
	return err;
}

/* ---- the log ---- */

/* Opens it for this process alone, and finds its end; what was cut off is dropped. */
static enum rq_err open_log(const char *folder, struct file *log_out,
			    struct issue_log *state_out, struct rq_diag *diag)
{
	struct buffer path = {0}, text = {0};
	uint64_t n_whole = 0;
	enum rq_err err = path_of(folder, "issued.log", &path);

	*log_out = FILE_NONE;
	if (err == RQ_OK)
		err = file_open_append((char *)path.data, log_out, NULL, diag);
	if (err == RQ_OK)
		err = file_lock(*log_out);
	if (err == RQ_OK)
		err = file_read_whole((char *)path.data, &text, diag);
	if (err == RQ_OK)
		err = issue_log_read(buffer_bytes(&text), state_out, &n_whole, diag);
	if (err == RQ_OK && n_whole < text.size)
		err = file_truncate(*log_out, n_whole);
	buffer_free(&text);
	buffer_free(&path);
	return err;
}

static enum rq_err keep(void *keeper, struct bytes line)
{
	const struct file *log = keeper;
	enum rq_err err = file_append(*log, line);

	return err == RQ_OK ? file_flush(*log) : err;
}

/* ---- the process ---- */

/* What libcrypto reads on first use, while it may. */
static enum rq_err warm_up(const struct world *world)
{
	struct authority_files files;
	enum rq_err err = authority_make(world, BYTES_LITERAL("x"), &files, NULL);

	authority_files_free(&files);
	return err;
}

static enum rq_err serve(struct authority *authority, struct channel *channel)
{
	struct buffer answer = {0};
	enum rq_err err = RQ_OK;
	struct bytes frame;

	while (err == RQ_OK) {
		err = channel_receive(channel, CAP_SIGNER_MESSAGE, &frame);
		buffer_clear(&answer);
		if (err == RQ_OK)
			err = authority_answer(authority, frame, &answer);
		if (err == RQ_OK)
			err = channel_send(channel, buffer_bytes(&answer));
		if (err == RQ_OK)
			err = channel_flush(channel);
	}
	buffer_free(&answer);
	return err;
}

_Noreturn void signer_run(struct channel *channel, const char *folder)
{
	struct confine_options limits = {.max_memory = MEMORY};
	struct authority_files files = {0};
	struct authority_options options;
	struct authority *authority = NULL;
	struct file log = FILE_NONE;
	struct world world;
	char confinement[64];
	enum rq_err err;

	world_real(&world);
	authority_options_default(&options);
	options.keeper = &log;
	options.keep = keep;
	err = warm_up(&world);
	if (err == RQ_OK)
		err = read_files(folder, &files, NULL);
	if (err == RQ_OK)
		err = open_log(folder, &log, &options.log, NULL);
	if (err == RQ_OK)
		err = authority_new(&files, &world, &options, &authority, NULL);
	authority_files_free(&files);
	limits.log = &log;
	if (err == RQ_OK)
		err = confine_self(&limits, confinement, sizeof confinement, NULL);
	if (err == RQ_OK)
		err = serve(authority, channel);
	/* the other end is gone: our work is done */
	process_leave(err == RQ_ERR_PEER ? EXIT_DONE : EXIT_FAILED);
}
