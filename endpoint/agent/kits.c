#include "endpoint/agent/kits.h"

#include "bytes/alloc.h"
#include "bytes/buffer.h"
#include "crypto/digest.h"

#include <string.h>

enum { PIECE = 64 * 1024, MAX_KEPT = 4096 };

/* A letter and the first 96 bits of the digest: enough to be found by, the digest itself
 * is compared. */
static void name_of(char letter, const uint8_t *digest, char name_out[KIT_NAME_ON_DISK])
{
	static const char digits[] = "0123456789abcdef";

	name_out[0] = letter;
	for (size_t i = 0; i < 12; i++) {
		name_out[1 + 2 * i] = digits[digest[i] >> 4];
		name_out[2 + 2 * i] = digits[digest[i] & 15];
	}
	name_out[KIT_NAME_ON_DISK - 1] = 0;
}

void kits_file_name(const uint8_t digest[AGENT_DIGEST], char name_out[KIT_NAME_ON_DISK])
{
	name_of('f', digest, name_out);
}

enum rq_err kits_load(const struct disk *disk, const uint8_t *digest,
		      struct buffer *room, struct kit *kit_out)
{
	char name[KIT_NAME_ON_DISK];
	enum signed_refusal refusal;
	enum rq_err err;

	*kit_out = (struct kit){0};
	name_of('m', digest, name);
	buffer_clear(room);
	room->max = CAP_SIGNED;
	err = disk_read_whole(disk, name, room);
	if (err == RQ_ERR_LIMIT)
		err = RQ_ERR_NOT_FOUND;
	if (err == RQ_OK)
		err = kit_read(buffer_bytes(room), kit_out, &refusal);
	if (err == RQ_OK && (refusal != SIGNED_GOOD ||
			     memcmp(kit_out->digest, digest, AGENT_DIGEST) != 0))
		err = RQ_ERR_NOT_FOUND; /* damaged: it is fetched again */
	return err;
}

enum rq_err kits_keep(const struct disk *disk, const uint8_t *digest,
		      struct bytes manifest)
{
	char name[KIT_NAME_ON_DISK];

	name_of('m', digest, name);
	return disk->replace(disk->self, name, manifest);
}

/* Whether the file called name has that size and digest. */
static enum rq_err fits(const struct disk *disk, const char *name,
			const struct kit_file *row, bool *fits_out)
{
	struct digest *digest = NULL;
	uint8_t piece[PIECE / 8], result[DIGEST_MAX_SIZE];
	uint64_t off = 0;
	size_t n = 1;
	enum rq_err err = digest_new(DIGEST_SHA256, &digest);

	*fits_out = false;
	while (err == RQ_OK && n > 0) {
		err = disk->read(disk->self, name, off, piece, sizeof piece, &n);
		off += n;
		if (err == RQ_OK && n > 0)
			err = digest_add(digest, (struct bytes){piece, n});
	}
	if (err == RQ_OK)
		err = digest_finish(digest, result);
	if (err == RQ_OK)
		*fits_out =
		    off == row->size && memcmp(result, row->sha256, AGENT_DIGEST) == 0;
	digest_free(digest);
	return err;
}

enum rq_err kits_missing(const struct disk *disk, const struct kit *kit,
			 struct agent_fetch *fetch_out, bool *missing_out)
{
	*fetch_out = (struct agent_fetch){.what = FETCH_FILE};
	*missing_out = false;
	for (size_t i = 0; i < kit->n_files && !*missing_out; i++) {
		const struct kit_file *row = &kit->files[i];
		char name[KIT_NAME_ON_DISK];
		uint64_t size = 0;
		enum rq_err err;

		/* the program of a kit is for an update, not for a sweep */
		if (row->kind == KIT_PROGRAM)
			continue;
		if (row->size > CAP_KIT_BYTES)
			return RQ_ERR_LIMIT;
		name_of('f', row->sha256, name);
		err = disk->size(disk->self, name, &size);
		if (err == RQ_OK && size == row->size)
			continue;
		name_of('p', row->sha256, name);
		err = disk->size(disk->self, name, &size);
		if (err != RQ_OK && err != RQ_ERR_NOT_FOUND)
			return err;
		memcpy(fetch_out->digest, row->sha256, AGENT_DIGEST);
		fetch_out->off = err == RQ_OK && size < row->size ? size : 0;
		*missing_out = true;
	}
	return RQ_OK;
}

static const struct kit_file *row_of(const struct kit *kit, const uint8_t *digest)
{
	for (size_t i = 0; i < kit->n_files; i++)
		if (memcmp(kit->files[i].sha256, digest, AGENT_DIGEST) == 0)
			return &kit->files[i];
	return NULL;
}

/* All bytes are there: under its own name when they are the right ones. */
static enum rq_err finish(const struct disk *disk, const struct kit_file *row,
			  const char *part_name, bool *bad_out)
{
	char name[KIT_NAME_ON_DISK];
	struct buffer whole = {.max = CAP_KIT_BYTES};
	bool is_good = false;
	enum rq_err err = fits(disk, part_name, row, &is_good);

	*bad_out = err == RQ_OK && !is_good;
	if (err == RQ_OK && is_good) {
		err = disk_read_whole(disk, part_name, &whole);
		name_of('f', row->sha256, name);
		if (err == RQ_OK)
			err = disk->replace(disk->self, name, buffer_bytes(&whole));
	}
	buffer_free(&whole);
	return err == RQ_OK ? disk->remove(disk->self, part_name) : err;
}

enum rq_err kits_add(const struct disk *disk, const struct kit *kit,
		     const struct agent_fetch *fetch, const struct agent_part *part,
		     bool *bad_out)
{
	const struct kit_file *row = row_of(kit, fetch->digest);
	char name[KIT_NAME_ON_DISK];
	enum rq_err err = RQ_OK;

	*bad_out = false;
	if (row == NULL)
		return RQ_ERR_USAGE;
	if (part->size != row->size || part->off != fetch->off ||
	    (part->data.n == 0 && row->size > 0)) {
		*bad_out = true;
		return RQ_OK;
	}
	name_of('p', fetch->digest, name);
	if (fetch->off == 0) {
		err = disk->replace(disk->self, name, part->data);
	} else {
		err = disk->append(disk->self, name, part->data);
		if (err == RQ_OK)
			err = disk->sync(disk->self, name);
	}
	if (err == RQ_OK && fetch->off + part->data.n == row->size)
		err = finish(disk, row, name, bad_out);
	return err;
}

/* ---- what is not needed any more ---- */

struct kept {
	char names[MAX_KEPT][KIT_NAME_ON_DISK];
	size_t n;
	char gone[64][DISK_NAME_MAX + 1];
	size_t n_gone;
};

static void keep_name(struct kept *kept, char letter, const uint8_t *digest)
{
	if (kept->n < MAX_KEPT)
		name_of(letter, digest, kept->names[kept->n++]);
}

static enum rq_err judge_name(void *listener, const char *name)
{
	struct kept *kept = listener;

	if (strlen(name) != KIT_NAME_ON_DISK - 1 || strchr("fpm", name[0]) == NULL)
		return RQ_OK;
	for (size_t i = 0; i < kept->n; i++)
		if (strcmp(kept->names[i], name) == 0)
			return RQ_OK;
	if (kept->n_gone < sizeof kept->gone / sizeof *kept->gone)
		strcpy(kept->gone[kept->n_gone++], name);
	return RQ_OK;
}

enum rq_err kits_tidy(const struct disk *disk, const uint8_t (*keep)[AGENT_DIGEST],
		      size_t n)
{
	struct kept *kept = alloc_array(1, sizeof *kept);
	struct kit *kit = alloc_array(1, sizeof *kit);
	struct buffer room = {0};
	enum rq_err err = kept != NULL && kit != NULL ? RQ_OK : RQ_ERR_MEMORY;

	for (size_t i = 0; i < n && err == RQ_OK; i++) {
		keep_name(kept, 'm', keep[i]);
		if (kits_load(disk, keep[i], &room, kit) != RQ_OK)
			continue;
		for (size_t k = 0; k < kit->n_files; k++) {
			keep_name(kept, 'f', kit->files[k].sha256);
			keep_name(kept, 'p', kit->files[k].sha256);
		}
	}
	if (err == RQ_OK)
		err = disk->list(disk->self, kept, judge_name);
	for (size_t i = 0; err == RQ_OK && i < kept->n_gone; i++)
		err = disk->remove(disk->self, kept->gone[i]);
	buffer_free(&room);
	alloc_free(kit);
	alloc_free(kept);
	return err;
}
