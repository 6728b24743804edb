#include "os/map.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum rq_err map_file(struct file file, uint64_t size, struct map *map_out)
{
	void *at;

	*map_out = (struct map){NULL, 0};
	if (size > SIZE_MAX)
		return RQ_ERR_LIMIT;
	if (size == 0)
		return RQ_OK;
	at = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, (int)file.handle, 0);
	if (at == MAP_FAILED)
		return errno == ENOMEM ? RQ_ERR_MEMORY : RQ_ERR_SYSTEM;
	/* read ahead twice as far, and let go of what was passed; only advice */
	(void)madvise(at, (size_t)size, MADV_SEQUENTIAL);
	*map_out = (struct map){at, (size_t)size};
	return RQ_OK;
}

void map_free(struct map *map)
{
	if (map->data != NULL)
		munmap((void *)map->data, map->size);
	*map = (struct map){NULL, 0};
}

static const struct map *volatile guarded;
static sigjmp_buf way_out;

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	const struct map *map = guarded;
	uintptr_t at = (uintptr_t)info->si_addr;

	(void)context;
	if (map != NULL && at >= (uintptr_t)map->data &&
	    at - (uintptr_t)map->data < map->size)
		siglongjmp(way_out, 1);
	/* a fault of our own: happens again, and then ends us */
	signal(number, SIG_DFL);
}

bool map_guarded(const struct map *map, void (*work)(void *argument), void *argument)
{
	static bool is_installed;
	/* the mask stays as it is: no call into the kernel for each object */
	struct sigaction action = {.sa_sigaction = on_sigbus,
				   .sa_flags = SA_SIGINFO | SA_NODEFER};

	if (!is_installed)
		is_installed = sigaction(SIGBUS, &action, NULL) == 0;
	guarded = map;
	if (sigsetjmp(way_out, 0) != 0) {
		guarded = NULL;
		return false;
	}
	work(argument);
	guarded = NULL;
	return true;
}

static int make_nameless(void)
{
	return memfd_create("raquet-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static enum rq_err seal(int fd, bool is_whole, struct file *sealed_out,
			struct rq_diag *diag)
{
	if (fd < 0 || !is_whole ||
	    fcntl(fd, F_ADD_SEALS,
		  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
		enum rq_err err = rq_fail(diag, RQ_ERR_SYSTEM, NULL,
					  "no sealed memory: %s", strerror(errno));

		if (fd >= 0)
			close(fd);
		return err;
	}
	sealed_out->handle = fd;
	return RQ_OK;
}

enum rq_err map_seal(struct bytes data, struct file *sealed_out, struct rq_diag *diag)
{
	int fd = make_nameless();
	size_t done = 0;

	*sealed_out = FILE_NONE;
	while (fd >= 0 && done < data.n) {
		ssize_t put = write(fd, data.at + done, data.n - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			break;
		done += (size_t)put;
	}
	return seal(fd, done == data.n, sealed_out, diag);
}

enum rq_err map_seal_file(struct file from, uint64_t off, size_t n,
			  struct file *sealed_out, struct rq_diag *diag)
{
	int fd = make_nameless();
	off_t at = (off_t)off;
	size_t left = n;

	*sealed_out = FILE_NONE;
	while (fd >= 0 && left > 0) {
		/* from page to page, without a copy of ours in between */
		ssize_t moved = sendfile(fd, (int)from.handle, &at, left);

		if (moved < 0 && errno == EINTR)
			continue;
		if (moved <= 0)
			break;
		left -= (size_t)moved;
	}
	return seal(fd, left == 0, sealed_out, diag);
}

enum rq_err map_sealed(struct file sealed, struct map *map_out)
{
	struct file_info info;
	enum rq_err err = file_stat(sealed, &info);

	*map_out = (struct map){NULL, 0};
	return err == RQ_OK ? map_file(sealed, info.size, map_out) : err;
}
