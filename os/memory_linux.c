#include "os/memory.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "os/memory_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum {
	PAGES_AT_ONCE = 4096, /* entries of pagemap */
	RUNS_AT_ONCE = 256,
	/* above this, of what is shared only what was written or touched: reading the
	 * holes of a large one would fill them */
	WHOLE_SHARED = 64 << 20,
};

/* PAGEMAP_SCAN of Linux 6.7, which is newer than the headers of Debian 12. */
struct scan_argument {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
struct scan_range {
	uint64_t start, end, categories;
};
#define SCAN_REQUEST _IOWR('f', 16, struct scan_argument)
enum { PAGE_FILE = 1 << 2, PAGE_PRESENT = 1 << 3, PAGE_SWAPPED = 1 << 4 };

/* Bits of one entry of pagemap, the same for kernels before. */
#define ENTRY_FILE  (UINT64_C(1) << 61)
#define ENTRY_THERE (UINT64_C(3) << 62) /* present, swapped */

struct memory {
	int folder, pagemap, bytes; /* of /proc/PID, opened while it was this process */
	uint64_t page_size;
	bool has_scan;
	/* the last answer about a region, from which memory_next is served */
	uint64_t known_from, known_to;
	struct memory_run runs[RUNS_AT_ONCE];
	size_t n_runs;
	uint64_t entries[PAGES_AT_ONCE];
	uint8_t room[MEMORY_READ_SIZE];
};

enum rq_err memory_open(uint64_t id, struct memory **memory_out, struct rq_diag *diag)
{
	struct memory *memory = alloc_array(1, sizeof *memory);
	char path[40];

	*memory_out = NULL;
	if (memory == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	snprintf(path, sizeof path, "/proc/%llu", (unsigned long long)id);
	memory->pagemap = memory->bytes = -1;
	memory->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	memory->has_scan = true;
	memory->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (memory->folder >= 0)
		memory->pagemap =
		    openat(memory->folder, "pagemap", O_RDONLY | O_CLOEXEC);
	if (memory->pagemap >= 0)
		memory->bytes = openat(memory->folder, "mem", O_RDONLY | O_CLOEXEC);
	if (memory->bytes < 0) {
		int number = errno;

		memory_free(memory);
		return rq_fail(diag, memory_error(number), path, "%s",
			       strerror(number));
	}
	*memory_out = memory;
	return RQ_OK;
}

void memory_free(struct memory *memory)
{
	if (memory == NULL)
		return;
	if (memory->folder >= 0)
		close(memory->folder);
	if (memory->pagemap >= 0)
		close(memory->pagemap);
	if (memory->bytes >= 0)
		close(memory->bytes);
	/* other people's memory shall not stay in ours */
	alloc_free_secret(memory, sizeof *memory);
}

/* ---- regions ---- */

/* Where the device of a file is not the one that its mapping names. */
static bool has_devices_of_its_own(const char *path)
{
	enum { OVERLAY = 0x794c7630 };
	const uint32_t btrfs = 0x9123683e;
	struct statfs fs;

	return statfs(path, &fs) == 0 &&
	       ((uint32_t)fs.f_type == OVERLAY || (uint32_t)fs.f_type == btrfs);
}

static bool is_file_there(const struct memory_region *region, bool *is_device)
{
	const char *path = (const char *)region->path.at;
	struct stat st;

	*is_device = false;
	if (region->path.n == 0 || path[0] != '/' || stat(path, &st) != 0)
		return false;
	*is_device = S_ISCHR(st.st_mode) && st.st_ino == region->identity.number;
	return S_ISREG(st.st_mode) && st.st_ino == region->identity.number &&
	       (st.st_dev == region->identity.device || has_devices_of_its_own(path));
}

/* " (deleted)" may be part of a name. */
static enum rq_err undo_deleted(struct memory_region *region, struct arena *arena)
{
	struct memory_region whole = *region;
	bool is_device;
	char *path = arena_format(arena, "%s (deleted)", (const char *)region->path.at);

	if (path == NULL)
		return RQ_ERR_MEMORY;
	whole.path = bytes_of(path);
	if (is_file_there(&whole, &is_device)) {
		*region = whole;
		region->is_deleted = false;
		region->is_on_disk = true;
	}
	return RQ_OK;
}

enum rq_err memory_regions(struct memory *memory, struct arena *arena,
			   struct memory_region **regions_out, size_t *n_out)
{
	struct buffer text = {0};
	struct memory_region *regions;
	size_t n = 0, n_all = 0;
	enum rq_err err =
	    memory_read_text(memory->folder, "maps", CAP_MEMORY_TABLE, &text);

	*regions_out = NULL;
	*n_out = 0;
	if (err == RQ_OK && text.size >= CAP_MEMORY_TABLE)
		err = RQ_ERR_LIMIT;
	if (err == RQ_OK)
		err = memory_maps_decode(buffer_bytes(&text), arena, &regions, &n_all);
	buffer_free(&text);
	for (size_t i = 0; i < n_all && err == RQ_OK; i++) {
		struct memory_region *region = &regions[i];
		bool is_device = false;

		if (region->kind == MEMORY_FILE && !region->is_deleted)
			region->is_on_disk = is_file_there(region, &is_device);
		else if (region->kind == MEMORY_FILE)
			err = undo_deleted(region, arena);
		/* reading a device's memory can have effects on the device */
		if (!is_device)
			regions[n++] = *region;
	}
	if (err != RQ_OK)
		return err;
	*regions_out = regions;
	*n_out = n;
	return RQ_OK;
}

/* ---- pages ---- */

/* Whether it may hold what its process has not touched, and no file on the disk has. */
static bool has_more(const struct memory_region *region)
{
	bool is_file = region->kind == MEMORY_NAMELESS || region->kind == MEMORY_FILE;

	return !region->is_on_disk && (is_file || region->is_shared);
}

static bool is_whole(const struct memory_region *region)
{
	return has_more(region) && region->size <= WHOLE_SHARED;
}

/* The file behind a region, which may have no name, as another name in the folder of
 * the process; only root may follow it. */
static void name_contents(const struct memory_region *region, char name[64])
{
	snprintf(name, 64, "map_files/%llx-%llx", (unsigned long long)region->address,
		 (unsigned long long)(region->address + region->size));
}

/* -1: it may not be asked, or is no file; opening a device can have effects. */
static int open_contents(const struct memory *memory,
			 const struct memory_region *region)
{
	char name[64];
	struct stat st;

	name_contents(region, name);
	if (fstatat(memory->folder, name, &st, 0) != 0 || !S_ISREG(st.st_mode))
		return -1;
	return openat(memory->folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

bool memory_sees_all(const struct memory *memory, const struct memory_region *region)
{
	char name[64];
	struct stat st;

	if (!has_more(region) || is_whole(region))
		return true;
	name_contents(region, name);
	/* what is not mapped any more has nothing to see */
	return fstatat(memory->folder, name, &st, 0) == 0 || errno == ENOENT ||
	       errno == ESRCH;
}

/* The run of a file in which something was written, as far as it was asked for. */
struct extent {
	int contents; /* -1: nothing is known to be written */
	uint64_t from, to;
};

/* Offsets are asked for in rising order. */
static bool is_written(struct extent *extent, uint64_t offset, uint64_t size)
{
	if (extent->contents < 0)
		return false;
	if (offset >= extent->to) {
		off_t from = lseek(extent->contents, (off_t)offset, SEEK_DATA);
		off_t to = from < 0 ? -1 : lseek(extent->contents, from, SEEK_HOLE);

		extent->from = from < 0 ? UINT64_MAX : (uint64_t)from;
		extent->to = to < 0 ? UINT64_MAX : (uint64_t)to;
	}
	return offset + size > extent->from;
}

/* False: this kernel cannot. */
static bool ask_scan(struct memory *memory, const struct memory_region *region,
		     uint64_t from, enum rq_err *err)
{
	uint64_t end = region->address + region->size;
	uint64_t excluded = region->is_on_disk ? PAGE_FILE : 0;
	struct scan_range ranges[RUNS_AT_ONCE];
	struct scan_argument argument = {
	    .size = sizeof argument,
	    .start = from,
	    .end = end,
	    .vec = (uint64_t)(uintptr_t)ranges,
	    .vec_len = RUNS_AT_ONCE,
	    .category_inverted = excluded,
	    .category_mask = excluded,
	    .category_anyof_mask = PAGE_PRESENT | PAGE_SWAPPED,
	    .return_mask = PAGE_PRESENT,
	};
	int n = ioctl(memory->pagemap, SCAN_REQUEST, &argument);

	if (n < 0) {
		*err = errno == ESRCH ? RQ_ERR_NOT_FOUND : RQ_OK;
		return errno == ESRCH;
	}
	memory->n_runs = 0;
	for (int i = 0; i < n; i++) {
		struct memory_run run = {ranges[i].start,
					 ranges[i].end - ranges[i].start};
		struct memory_run *last =
		    memory->n_runs > 0 ? &memory->runs[memory->n_runs - 1] : NULL;

		/* pages that are swapped come apart from those that are not */
		if (last != NULL && last->address + last->size == run.address)
			last->size += run.size;
		else
			memory->runs[memory->n_runs++] = run;
	}
	memory->known_from = from;
	memory->known_to = n < RUNS_AT_ONCE ? end : ranges[n - 1].end;
	return true;
}

static enum rq_err ask_entries(struct memory *memory,
			       const struct memory_region *region, uint64_t from,
			       int contents)
{
	struct extent extent = {.contents = contents};
	uint64_t end = region->address + region->size, n_pages;
	ssize_t got;

	n_pages = (end - from) / memory->page_size;
	if (n_pages > PAGES_AT_ONCE)
		n_pages = PAGES_AT_ONCE;
	got = pread(memory->pagemap, memory->entries,
		    (size_t)n_pages * sizeof *memory->entries,
		    (off_t)(from / memory->page_size * sizeof *memory->entries));
	if (got <= 0)
		return got < 0 ? memory_error(errno) : RQ_ERR_NOT_FOUND;
	n_pages = (uint64_t)got / sizeof *memory->entries;
	memory->n_runs = 0;
	memory->known_from = memory->known_to = from;
	for (uint64_t i = 0; i < n_pages; i++) {
		uint64_t at = from + i * memory->page_size;
		struct memory_run *last =
		    memory->n_runs > 0 ? &memory->runs[memory->n_runs - 1] : NULL;
		bool wanted =
		    (memory->entries[i] & ENTRY_THERE) != 0 &&
		    !(region->is_on_disk && (memory->entries[i] & ENTRY_FILE) != 0);

		wanted = wanted ||
			 is_written(&extent, region->offset + (at - region->address),
				    memory->page_size);

		if (wanted && last != NULL && last->address + last->size == at)
			last->size += memory->page_size;
		else if (wanted && memory->n_runs == RUNS_AT_ONCE)
			break;
		else if (wanted)
			memory->runs[memory->n_runs++] =
			    (struct memory_run){at, memory->page_size};
		memory->known_to = at + memory->page_size;
	}
	return RQ_OK;
}

static enum rq_err ask(struct memory *memory, const struct memory_region *region,
		       uint64_t from)
{
	enum rq_err err = RQ_OK;

	if (is_whole(region)) {
		memory->n_runs = 1;
		memory->runs[0] =
		    (struct memory_run){from, region->address + region->size - from};
		memory->known_from = from;
		memory->known_to = region->address + region->size;
		return RQ_OK;
	}
	if (has_more(region)) {
		int contents = open_contents(memory, region);

		err = ask_entries(memory, region, from, contents);
		if (contents >= 0)
			close(contents);
		return err;
	}
	if (memory->has_scan) {
		memory->has_scan = ask_scan(memory, region, from, &err);
		if (memory->has_scan)
			return err;
	}
	return ask_entries(memory, region, from, -1);
}

enum rq_err memory_next(struct memory *memory, const struct memory_region *region,
			uint64_t from, struct memory_run *run_out)
{
	uint64_t end = region->address + region->size;

	*run_out = (struct memory_run){0, 0};
	if (from < region->address)
		from = region->address;
	while (from < end) {
		if (from < memory->known_from || from >= memory->known_to) {
			enum rq_err err = ask(memory, region, from);

			if (err != RQ_OK)
				return err;
		}
		for (size_t i = 0; i < memory->n_runs; i++) {
			const struct memory_run *run = &memory->runs[i];

			if (run->address + run->size <= from)
				continue;
			run_out->address = run->address > from ? run->address : from;
			run_out->size = run->address + run->size - run_out->address;
			return RQ_OK;
		}
		from = memory->known_to;
	}
	memory->known_to = 0;
	return RQ_ERR_NOT_FOUND;
}

/* ---- bytes ---- */

enum rq_err memory_read(struct memory *memory, uint64_t address, size_t n,
			struct file file, uint64_t off, size_t *n_out)
{
	size_t done = 0;

	*n_out = 0;
	while (done < n) {
		size_t want = n - done < MEMORY_READ_SIZE ? n - done : MEMORY_READ_SIZE;
		/* process_vm_readv(2) pins pages, for which the system first gives
		 * each process its own copy of what it shares since a fork: a sweep
		 * would multiply the memory of servers.  This does not, and also
		 * reads what the process itself may not. */
		ssize_t got =
		    pread(memory->bytes, memory->room, want, (off_t)(address + done));
		enum rq_err err;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno != EFAULT && errno != EIO)
			return memory_error(errno);
		if (got <= 0) {
			/* what memory_next knows is no longer so */
			memory->known_from = memory->known_to = 0;
			break;
		}
		err = memory_file_write(file, off + done,
					(struct bytes){memory->room, (size_t)got});
		if (err != RQ_OK)
			return err;
		done += (size_t)got;
	}
	*n_out = done;
	return RQ_OK;
}

static bool is_before_end_of_file(const struct memory *memory,
				  const struct memory_region *region, uint64_t address)
{
	char name[64];
	struct stat st;

	name_contents(region, name);
	if (fstatat(memory->folder, name, &st, 0) != 0)
		return errno != ENOENT && errno != ESRCH;
	return region->offset + (address - region->address) < (uint64_t)st.st_size;
}

bool memory_holds(struct memory *memory, const struct memory_region *region,
		  uint64_t address)
{
	uint64_t entry;
	ssize_t n = pread(memory->pagemap, &entry, sizeof entry,
			  (off_t)(address / memory->page_size * sizeof entry));

	if (n != (ssize_t)sizeof entry)
		return n < 0 && errno != ESRCH;
	if ((entry & ENTRY_THERE) != 0)
		return !(region->is_on_disk && (entry & ENTRY_FILE) != 0);
	return is_whole(region) && region->path.n > 0 &&
	       is_before_end_of_file(memory, region, address);
}

bool memory_is_there(const struct memory *memory)
{
	return faccessat(memory->folder, "stat", F_OK, 0) == 0;
}

enum rq_err memory_file_new(struct file *file_out, struct rq_diag *diag)
{
	int fd = memfd_create("raquet-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	*file_out = FILE_NONE;
	if (fd < 0)
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "no sealed memory: %s",
			       strerror(errno));
	file_out->handle = fd;
	return RQ_OK;
}

enum rq_err memory_file_write(struct file file, uint64_t off, struct bytes data)
{
	size_t done = 0;

	while (done < data.n) {
		ssize_t put = pwrite((int)file.handle, data.at + done, data.n - done,
				     (off_t)(off + done));

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno == ENOSPC ? RQ_ERR_MEMORY : memory_error(errno);
		done += (size_t)put;
	}
	return RQ_OK;
}

enum rq_err memory_file_seal(struct file file)
{
	return fcntl((int)file.handle, F_ADD_SEALS,
		     F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0
		   ? RQ_OK
		   : RQ_ERR_SYSTEM;
}
