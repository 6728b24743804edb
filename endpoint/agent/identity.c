#include "endpoint/agent/identity.h"

#include "bytes/crc32c.h"
#include "wire/both.h"

static const uint8_t identity_magic[4] = {'R', 'Q', 'I', 1};
static const uint8_t counts_magic[4] = {'R', 'Q', 'N', 1};

static void walk_identity(struct both *both, struct identity *identity)
{
	both_fixed(both, identity->machine, sizeof identity->machine);
	both_fixed(both, identity->authority, sizeof identity->authority);
	both_fixed(both, identity->time_key, sizeof identity->time_key);
}

static void walk_counts(struct both *both, struct run_counts *counts)
{
	both_u64(both, &counts->counter);
	both_u32(both, &counts->n_starts);
	both_u32(both, &counts->n_deaths);
	both_bool(both, &counts->is_running);
}

/* Magic, fields, and a check over both. */
static enum rq_err keep(const struct disk *disk, const char *name, struct buffer *file)
{
	enum rq_err err = RQ_ERR_MEMORY;

	buffer_u32le(file, crc32c(0, buffer_bytes(file)));
	if (buffer_ok(file))
		err = disk->replace(disk->self, name, buffer_bytes(file));
	buffer_free(file);
	return err;
}

static bool load(const struct disk *disk, const char *name, const uint8_t magic[4],
		 struct buffer *file, struct reader *r_out)
{
	struct bytes head;
	struct reader check;

	file->max = 4096;
	if (disk_read_whole(disk, name, file) != RQ_OK || file->size < 8)
		return false;
	check = reader_over(file->data, file->size);
	reader_seek(&check, file->size - 4);
	*r_out = reader_over(file->data, file->size - 4);
	if (reader_u32le(&check) !=
	    crc32c(0, (struct bytes){file->data, file->size - 4}))
		return false;
	head = reader_bytes(r_out, 4);
	return bytes_equal(head, (struct bytes){magic, 4});
}

void identity_load(const struct disk *disk, struct identity *identity_out)
{
	struct buffer file = {0};
	struct reader r;

	*identity_out = (struct identity){0};
	if (load(disk, "identity", identity_magic, &file, &r)) {
		walk_identity(&(struct both){.from = &r}, identity_out);
		identity_out->is_known = reader_done(&r);
	}
	buffer_free(&file);
}

enum rq_err identity_keep(const struct disk *disk, const struct identity *identity)
{
	struct identity copy = *identity;
	struct buffer file = {0};

	buffer_put(&file, identity_magic, sizeof identity_magic);
	walk_identity(&(struct both){.to = &file}, &copy);
	return keep(disk, "identity", &file);
}

void run_counts_load(const struct disk *disk, struct run_counts *counts_out)
{
	struct buffer file = {0};
	struct reader r;

	*counts_out = (struct run_counts){0};
	if (load(disk, "counts", counts_magic, &file, &r)) {
		walk_counts(&(struct both){.from = &r}, counts_out);
		if (!reader_done(&r))
			*counts_out = (struct run_counts){0};
	}
	buffer_free(&file);
}

enum rq_err run_counts_keep(const struct disk *disk, const struct run_counts *counts)
{
	struct run_counts copy = *counts;
	struct buffer file = {0};

	buffer_put(&file, counts_magic, sizeof counts_magic);
	walk_counts(&(struct both){.to = &file}, &copy);
	return keep(disk, "counts", &file);
}
