#include "world/virtual.h"

#include "bytes/alloc.h"
#include "bytes/buffer.h"

#include <stdio.h>
#include <string.h>

/* ---- chance and clocks ---- */

uint64_t dice_next(struct dice *dice)
{
	uint64_t z = dice->state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

uint64_t dice_below(struct dice *dice, uint64_t n)
{
	return n == 0 ? 0 : dice_next(dice) % n;
}

bool dice_one_in(struct dice *dice, uint64_t n)
{
	return n != 0 && dice_below(dice, n) == 0;
}

static void dice_fill(struct dice *dice, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(dice_next(dice) >> 32);
}

static uint64_t utc_ms(void *self)
{
	return ((struct world_virtual *)self)->utc_ms;
}

static uint64_t monotonic_ms(void *self)
{
	return ((struct world_virtual *)self)->monotonic_ms;
}

static void boot_id(void *self, uint8_t *out)
{
	memcpy(out, ((struct world_virtual *)self)->boot_id, WORLD_BOOT_ID);
}

static enum rq_err fill(void *self, uint8_t *out, size_t n)
{
	dice_fill(&((struct world_virtual *)self)->dice, out, n);
	return RQ_OK;
}

void world_virtual(struct world_virtual *virtual, uint64_t seed, uint64_t utc,
		   struct world *world_out)
{
	*virtual = (struct world_virtual){.dice = {seed}, .utc_ms = utc};
	world_virtual_reboot(virtual);
	*world_out = (struct world){virtual, utc_ms, monotonic_ms, boot_id, fill};
}

void world_virtual_pass(struct world_virtual *virtual, uint64_t ms)
{
	virtual->utc_ms += ms;
	virtual->monotonic_ms += ms;
}

void world_virtual_reboot(struct world_virtual *virtual)
{
	dice_fill(&virtual->dice, virtual->boot_id, WORLD_BOOT_ID);
	virtual->monotonic_ms = dice_below(&virtual->dice, 60000);
}

/* ---- disk ---- */

struct virtual_file {
	struct virtual_file *next;
	char name[DISK_NAME_MAX + 1];
	bool exists, exists_on_disk; /* now; after a power cut */
	struct buffer data;          /* now */
	struct buffer on_disk;       /* what surely remains */
	size_t doubtful;             /* of data, from here a sync failed; SIZE_MAX */
};

struct disk_virtual {
	struct virtual_file *files;
	struct disk_faults faults;
	struct dice dice;
	uint64_t n_operations;
	bool is_killed;
};

static struct virtual_file *find(struct disk_virtual *virtual, const char *name)
{
	struct virtual_file *file = virtual->files;

	while (file != NULL && strcmp(file->name, name) != 0)
		file = file->next;
	return file;
}

static struct virtual_file *find_existing(struct disk_virtual *virtual,
					  const char *name)
{
	struct virtual_file *file = find(virtual, name);

	return file != NULL && file->exists ? file : NULL;
}

static struct virtual_file *find_or_make(struct disk_virtual *virtual, const char *name)
{
	struct virtual_file *file = find(virtual, name);

	if (file == NULL && strlen(name) <= DISK_NAME_MAX) {
		file = alloc_array(1, sizeof *file);
		if (file == NULL)
			return NULL;
		snprintf(file->name, sizeof file->name, "%s", name);
		file->doubtful = SIZE_MAX;
		file->next = virtual->files;
		virtual->files = file;
	}
	if (file != NULL && !file->exists) {
		buffer_clear(&file->data);
		file->doubtful = SIZE_MAX; /* another file of the same name */
		file->exists = true;
	}
	return file;
}

uint64_t disk_virtual_used(const struct disk_virtual *virtual)
{
	uint64_t used = 0;

	for (const struct virtual_file *f = virtual->files; f != NULL; f = f->next)
		used += f->exists ? f->data.size : 0;
	return used;
}

static uint64_t room_of(const struct disk_virtual *virtual)
{
	uint64_t used = disk_virtual_used(virtual);

	if (virtual->faults.capacity == 0)
		return UINT64_MAX;
	return used > virtual->faults.capacity ? 0 : virtual->faults.capacity - used;
}

/* Counts an operation; *is_last_out: the plug is pulled in the middle of it. */
static bool begin(struct disk_virtual *virtual, bool *is_last_out)
{
	*is_last_out = false;
	if (virtual->is_killed)
		return false;
	virtual->n_operations++;
	*is_last_out = virtual->n_operations == virtual->faults.kill_at;
	virtual->is_killed = *is_last_out;
	return true;
}

static void copy(struct buffer *to, const struct buffer *from)
{
	/* most often only the end is new */
	if (to->size > from->size ||
	    (to->size > 0 && memcmp(to->data, from->data, to->size) != 0))
		buffer_clear(to);
	if (from->size > to->size)
		buffer_put(to, from->data + to->size, from->size - to->size);
}

static enum rq_err virtual_size(void *self, const char *name, uint64_t *size_out)
{
	struct disk_virtual *virtual = self;
	struct virtual_file *file = find_existing(virtual, name);

	*size_out = 0;
	if (virtual->is_killed)
		return RQ_ERR_STOPPED;
	if (file == NULL)
		return RQ_ERR_NOT_FOUND;
	*size_out = file->data.size;
	return RQ_OK;
}

static enum rq_err virtual_read(void *self, const char *name, uint64_t off, void *to,
				size_t n, size_t *n_out)
{
	struct disk_virtual *virtual = self;
	struct virtual_file *file = find_existing(virtual, name);
	struct reader r;
	struct bytes part;

	*n_out = 0;
	if (virtual->is_killed)
		return RQ_ERR_STOPPED;
	if (file == NULL)
		return RQ_ERR_NOT_FOUND;
	r = reader_over(file->data.data, file->data.size);
	reader_seek(&r, off < file->data.size ? off : file->data.size);
	part = reader_bytes(&r, n < reader_left(&r) ? n : reader_left(&r));
	if (part.n > 0)
		memcpy(to, part.at, part.n);
	*n_out = part.n;
	return RQ_OK;
}

static enum rq_err virtual_append(void *self, const char *name, struct bytes data)
{
	struct disk_virtual *virtual = self;
	struct virtual_file *file;
	enum rq_err err = RQ_OK;
	bool is_last;

	if (!begin(virtual, &is_last))
		return RQ_ERR_STOPPED;
	if (room_of(virtual) < data.n) {
		data.n = (size_t)room_of(virtual);
		err = RQ_ERR_FULL;
	}
	if (is_last ||
	    dice_one_in(&virtual->dice, virtual->faults.append_fails_one_in)) {
		data.n = (size_t)dice_below(&virtual->dice, data.n + 1);
		err = is_last ? RQ_ERR_STOPPED : RQ_ERR_SYSTEM;
	}
	file = find_or_make(virtual, name);
	if (file == NULL)
		return RQ_ERR_MEMORY;
	buffer_put(&file->data, data.at, data.n);
	return buffer_ok(&file->data) ? err : RQ_ERR_MEMORY;
}

/* An operation on a file that must be there. */
static enum rq_err begin_on(struct disk_virtual *virtual, const char *name,
			    struct virtual_file **file_out, bool *is_last_out)
{
	*file_out = NULL;
	if (!begin(virtual, is_last_out))
		return RQ_ERR_STOPPED;
	*file_out = find_existing(virtual, name);
	return *file_out != NULL ? RQ_OK : RQ_ERR_NOT_FOUND;
}

static enum rq_err virtual_sync(void *self, const char *name)
{
	struct disk_virtual *virtual = self;
	struct virtual_file *file;
	enum rq_err err;
	bool is_last;

	err = begin_on(virtual, name, &file, &is_last);
	if (err != RQ_OK)
		return err;
	if (is_last && dice_one_in(&virtual->dice, 2))
		return RQ_ERR_STOPPED;
	if (dice_one_in(&virtual->dice, virtual->faults.sync_fails_one_in)) {
		/* as Linux does it: the pages are clean now, and on no disk */
		if (file->doubtful > file->on_disk.size)
			file->doubtful = file->on_disk.size;
		return RQ_ERR_SYSTEM;
	}
	copy(&file->on_disk, &file->data);
	file->exists_on_disk = true;
	if (!buffer_ok(&file->on_disk))
		return RQ_ERR_MEMORY;
	return is_last ? RQ_ERR_STOPPED : RQ_OK;
}

static enum rq_err virtual_cut(void *self, const char *name, uint64_t size)
{
	struct disk_virtual *virtual = self;
	struct virtual_file *file;
	enum rq_err err;
	bool is_last;

	err = begin_on(virtual, name, &file, &is_last);
	if (err != RQ_OK)
		return err;
	if (size < file->data.size && !(is_last && dice_one_in(&virtual->dice, 2)))
		file->data.size = (size_t)size;
	return is_last ? RQ_ERR_STOPPED : RQ_OK;
}

static enum rq_err virtual_replace(void *self, const char *name, struct bytes data)
{
	struct disk_virtual *virtual = self;
	struct virtual_file *file;
	bool is_last;

	if (!begin(virtual, &is_last))
		return RQ_ERR_STOPPED;
	if (is_last && dice_one_in(&virtual->dice, 2))
		return RQ_ERR_STOPPED;
	if (room_of(virtual) < data.n) /* the old one is still there meanwhile */
		return RQ_ERR_FULL;
	if (dice_one_in(&virtual->dice, virtual->faults.sync_fails_one_in))
		return RQ_ERR_SYSTEM;
	file = find_or_make(virtual, name);
	if (file == NULL)
		return RQ_ERR_MEMORY;
	buffer_clear(&file->data);
	buffer_clear(&file->on_disk);
	buffer_put(&file->data, data.at, data.n);
	buffer_put(&file->on_disk, data.at, data.n);
	file->doubtful = SIZE_MAX;
	/* the folder went to the disk, and with it what was removed */
	for (struct virtual_file *f = virtual->files; f != NULL; f = f->next)
		if (!f->exists)
			f->exists_on_disk = false;
	file->exists_on_disk = true;
	if (!buffer_ok(&file->data) || !buffer_ok(&file->on_disk))
		return RQ_ERR_MEMORY;
	return is_last ? RQ_ERR_STOPPED : RQ_OK;
}

static enum rq_err virtual_remove(void *self, const char *name)
{
	struct disk_virtual *virtual = self;
	struct virtual_file *file;
	enum rq_err err;
	bool is_last;

	err = begin_on(virtual, name, &file, &is_last);
	if (err != RQ_OK)
		return err;
	if (!(is_last && dice_one_in(&virtual->dice, 2)))
		file->exists = false;
	return is_last ? RQ_ERR_STOPPED : RQ_OK;
}

static enum rq_err virtual_room(void *self, uint64_t *bytes_out)
{
	struct disk_virtual *virtual = self;

	*bytes_out = room_of(virtual);
	return virtual->is_killed ? RQ_ERR_STOPPED : RQ_OK;
}

static enum rq_err virtual_list(void *self, void *listener,
				enum rq_err (*told)(void *listener, const char *name))
{
	struct disk_virtual *virtual = self;
	enum rq_err err = virtual->is_killed ? RQ_ERR_STOPPED : RQ_OK;

	for (struct virtual_file *f = virtual->files; f != NULL && err == RQ_OK;
	     f = f->next)
		if (f->exists)
			err = told(listener, f->name);
	return err;
}

enum rq_err disk_virtual_new(uint64_t seed, struct disk_virtual **virtual_out,
			     struct disk *disk_out)
{
	struct disk_virtual *virtual = alloc_array(1, sizeof *virtual);

	*virtual_out = virtual;
	if (virtual == NULL)
		return RQ_ERR_MEMORY;
	virtual->dice.state = seed;
	*disk_out = (struct disk){
	    virtual,     virtual_size,    virtual_read,   virtual_append, virtual_sync,
	    virtual_cut, virtual_replace, virtual_remove, virtual_room,   virtual_list};
	return RQ_OK;
}

void disk_virtual_free(struct disk_virtual *virtual)
{
	if (virtual == NULL)
		return;
	while (virtual->files != NULL) {
		struct virtual_file *file = virtual->files;

		virtual->files = file->next;
		buffer_free(&file->data);
		buffer_free(&file->on_disk);
		alloc_free(file);
	}
	alloc_free(virtual);
}

void disk_virtual_faults(struct disk_virtual *virtual, const struct disk_faults *faults)
{
	virtual->faults = *faults;
	virtual->n_operations = 0;
}

uint64_t disk_virtual_operations(const struct disk_virtual *virtual)
{
	return virtual->n_operations;
}

/* What a power cut leaves of a file: the part that is sure, a beginning of what was
 * appended since, and sometimes bytes that nobody wrote. */
static void lose(struct disk_virtual *virtual, struct virtual_file *file)
{
	struct dice *dice = &virtual->dice;
	size_t keep = file->on_disk.size;
	size_t n_new = file->data.size > keep ? file->data.size - keep : 0;

	if (file->exists && n_new > 0 &&
	    (keep == 0 || memcmp(file->data.data, file->on_disk.data, keep) == 0)) {
		size_t n = (size_t)dice_below(dice, n_new + 1);

		buffer_put(&file->on_disk, file->data.data + keep, n);
		for (size_t i = keep; i < keep + n && dice_one_in(dice, 3); i++)
			file->on_disk.data[keep + n - 1 - (i - keep)] ^= 0x5A;
	}
	for (size_t i = file->doubtful; i < file->on_disk.size; i++)
		file->on_disk.data[i] = 0;
	file->exists =
	    file->exists != file->exists_on_disk ? dice_one_in(dice, 2) : file->exists;
	buffer_clear(&file->data);
	buffer_put(&file->data, file->on_disk.data, file->on_disk.size);
}

void disk_virtual_restart(struct disk_virtual *virtual, bool power_cut)
{
	virtual->is_killed = false;
	virtual->faults = (struct disk_faults){.capacity = virtual->faults.capacity};
	for (struct virtual_file *f = virtual->files; f != NULL && power_cut;
	     f = f->next) {
		lose(virtual, f);
		f->exists_on_disk = f->exists;
		f->doubtful = SIZE_MAX;
	}
}
