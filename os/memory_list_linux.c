#include "os/memory_linux.h"

#include "bytes/cap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum rq_err memory_error(int number)
{
	switch (number) {
	case ENOENT:
	case ESRCH: return RQ_ERR_NOT_FOUND;
	case EACCES:
	case EPERM: return RQ_ERR_ACCESS;
	case ENOMEM: return RQ_ERR_MEMORY;
	}
	return RQ_ERR_SYSTEM;
}

enum rq_err memory_read_text(int folder, const char *name, size_t max,
			     struct buffer *to)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	char chunk[16 * 1024];
	enum rq_err err = RQ_OK;
	ssize_t got = 1;

	if (fd < 0)
		return memory_error(errno);
	while (got > 0 && to->size < max) {
		size_t want =
		    max - to->size < sizeof chunk ? max - to->size : sizeof chunk;

		got = read(fd, chunk, want);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			err = memory_error(errno);
		else
			buffer_put(to, chunk, (size_t)got);
	}
	close(fd);
	return err == RQ_OK && !buffer_ok(to) ? RQ_ERR_MEMORY : err;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

enum rq_err memory_list(struct arena *arena, uint64_t **ids_out, size_t *n_out,
			struct rq_diag *diag)
{
	DIR *folder = opendir("/proc");
	uint64_t *ids = NULL;
	size_t n = 0, capacity = 0;
	enum rq_err err = RQ_OK;

	*ids_out = NULL;
	*n_out = 0;
	if (folder == NULL)
		return rq_fail(diag, RQ_ERR_SYSTEM, "/proc", "%s", strerror(errno));
	for (struct dirent *entry; err == RQ_OK && (entry = readdir(folder)) != NULL;) {
		char *end;
		uint64_t id = strtoull(entry->d_name, &end, 10);

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || *end != '\0')
			continue;
		if (!arena_grow(arena, (void **)&ids, &capacity, n + 1, sizeof *ids))
			err = rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
		else
			ids[n++] = id;
	}
	closedir(folder);
	if (err != RQ_OK)
		return err;
	if (n == 0)
		return rq_fail(diag, RQ_ERR_SYSTEM, "/proc", "shows no process");
	qsort(ids, n, sizeof *ids, by_number);
	*ids_out = ids;
	*n_out = n;
	return RQ_OK;
}

/* Words end with a 0 each; a program may also have written something else there. */
static enum rq_err describe_command(int folder, struct arena *arena,
				    struct memory_process *process)
{
	struct buffer text = {0};
	enum rq_err err = memory_read_text(folder, "cmdline", CAP_COMMAND_LINE, &text);
	size_t n = text.size;
	char *copy = NULL;

	while (n > 0 && text.data[n - 1] == 0)
		n--;
	if (err == RQ_OK)
		copy = arena_copy(arena, text.data, n);
	buffer_free(&text);
	if (err != RQ_OK)
		return err;
	if (copy == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		if (copy[i] == '\0')
			copy[i] = ' ';
	process->command = (struct bytes){(const uint8_t *)copy, n};
	return RQ_OK;
}

static enum rq_err describe_program(int folder, struct arena *arena,
				    struct memory_process *process)
{
	static const char deleted[] = " (deleted)";
	char target[4096 + sizeof deleted];
	ssize_t got = readlinkat(folder, "exe", target, sizeof target);
	size_t n = got > 0 ? (size_t)got : 0;
	char *copy;

	if (n > sizeof deleted - 1 &&
	    memcmp(&target[n - sizeof deleted + 1], deleted, sizeof deleted - 1) == 0) {
		struct stat named, running;

		/* a file may be called so */
		process->program_is_deleted =
		    fstatat(folder, "exe", &running, 0) != 0 || n == sizeof target ||
		    (target[n] = '\0', stat(target, &named)) != 0 ||
		    named.st_ino != running.st_ino;
		if (process->program_is_deleted)
			n -= sizeof deleted - 1;
	}
	copy = arena_copy(arena, target, n);
	if (copy == NULL)
		return RQ_ERR_MEMORY;
	process->program = (struct bytes){(const uint8_t *)copy, n};
	return RQ_OK;
}

enum rq_err memory_describe(uint64_t id, struct arena *arena,
			    struct memory_process *process_out)
{
	struct memory_process process = {.id = id};
	struct buffer text = {0};
	struct stat st;
	char path[40];
	int folder;
	enum rq_err err;

	*process_out = process;
	snprintf(path, sizeof path, "/proc/%llu", (unsigned long long)id);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return memory_error(errno);
	err = memory_read_text(folder, "stat", 4096, &text);
	if (err == RQ_OK)
		err = memory_stat_decode(buffer_bytes(&text), arena, &process);
	if (err == RQ_OK && fstat(folder, &st) == 0)
		process.owner = st.st_uid;
	if (err == RQ_OK)
		err = describe_command(folder, arena, &process);
	if (err == RQ_OK)
		err = describe_program(folder, arena, &process);
	close(folder);
	buffer_free(&text);
	if (err == RQ_OK)
		*process_out = process;
	return err;
}
