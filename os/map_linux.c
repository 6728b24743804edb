#include "os/map.h"

#include "bytes/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Read, looked at and written while it is in the cache of the core. */

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

static bool write_whole(int fd, struct bytes data)
{
	size_t done = 0;

	while (fd >= 0 && done < data.n) {
		ssize_t put = write(fd, data.at + done, data.n - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		done += (size_t)put;
	}
	return fd >= 0;
}

enum rq_err map_seal(struct bytes data, struct file *sealed_out, struct rq_diag *diag)
{
	int fd = make_nameless();

	*sealed_out = FILE_NONE;
	return seal(fd, write_whole(fd, data), sealed_out, diag);
}

/* One piece from file to copy by way of room, which nobody else can write to. */
static enum rq_err copy_piece(struct file from, uint64_t off, uint8_t *room, size_t n,
			      const struct map_reader *reader, int to)
{
	size_t n_read = 0;
	enum rq_err err = file_read_at(from, off, room, n, &n_read);

	if (err == RQ_OK && n_read < n)
		err = RQ_ERR_FORMAT;
	if (err == RQ_OK && reader != NULL)
		err = reader->read(reader->reader, room, n);
	if (err == RQ_OK && !write_whole(to, (struct bytes){room, n}))
		err = RQ_ERR_SYSTEM;
	return err;
}

enum rq_err map_seal_file(struct file from, uint64_t off, size_t n,
			  const struct map_reader *reader, struct file *sealed_out,
			  struct rq_diag *diag)
{
	uint8_t *room = alloc_array(MAP_PIECE, 1);
	int fd = make_nameless();
	enum rq_err err = room != NULL ? RQ_OK : RQ_ERR_MEMORY;

	*sealed_out = FILE_NONE;
	for (size_t done = 0; err == RQ_OK && done < n; done += MAP_PIECE)
		err =
		    copy_piece(from, off + done, room,
			       n - done < MAP_PIECE ? n - done : MAP_PIECE, reader, fd);
	alloc_free(room);
	return seal(fd, err == RQ_OK, sealed_out, diag);
}

enum rq_err map_sealed(struct file sealed, struct map *map_out)
{
	struct file_info info;
	enum rq_err err = file_stat(sealed, &info);

	*map_out = (struct map){NULL, 0};
	return err == RQ_OK ? map_file(sealed, info.size, map_out) : err;
}
