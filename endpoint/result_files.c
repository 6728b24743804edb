#include "endpoint/result_files.h"

#include "bytes/alloc.h"
#include "crypto/digest.h"
#include "os/file.h"

#include <stdlib.h>
#include <string.h>

/* What one file is being read into. */
struct reading {
	struct result_files *files;
	const struct sealed_openers *openers;
	const char *name;
	size_t n_of_list;
	bool is_list;
};

/* Of all facts in their order: two that differ are of different machines, or of one that
 * was changed; two that do not may still be clones. */
static enum rq_err machine_of(const struct sealed_header *header, uint8_t *out)
{
	struct buffer facts = {0};
	enum rq_err err;

	for (size_t i = 0; i < header->n_facts; i++) {
		buffer_u8(&facts, (uint8_t)header->facts[i].kind);
		buffer_u32le(&facts, (uint32_t)header->facts[i].text.n);
		buffer_put(&facts, header->facts[i].text.at, header->facts[i].text.n);
	}
	err = buffer_ok(&facts) ? digest_of(DIGEST_SHA256, buffer_bytes(&facts), out)
				: RQ_ERR_MEMORY;
	buffer_free(&facts);
	return err;
}

static enum rq_err check(struct result_entry *entry,
			 const struct sealed_openers *openers)
{
	struct sealed sealed;
	bool is_encrypted;
	enum rq_err err = sealed_read(entry->bytes, openers, &sealed, &entry->refusal);

	entry->has_id = sealed_peek(entry->bytes, entry->sweep_id, &is_encrypted);
	if (err == RQ_OK && entry->refusal == SEALED_GOOD) {
		memcpy(entry->copy, sealed.header.copy, sizeof entry->copy);
		entry->verdict = sealed.header.verdict;
		entry->was_encrypted = sealed.was_encrypted;
		entry->has_unit_code = sealed.has_unit_code;
		err = digest_of(DIGEST_SHA256, sealed.open_file, entry->inside_sha256);
		if (err == RQ_OK)
			err = machine_of(&sealed.header, entry->machine_sha256);
	}
	sealed_free(&sealed);
	return err;
}

static enum rq_err add(void *listener, struct bytes bytes)
{
	struct reading *reading = listener;
	struct result_files *files = reading->files;
	struct result_entry *entry;

	if (!alloc_grow((void **)&files->entries, &files->capacity, files->n + 1,
			sizeof *files->entries))
		return RQ_ERR_MEMORY;
	entry = &files->entries[files->n];
	*entry = (struct result_entry){
	    .name = reading->name,
	    .number = reading->is_list ? ++reading->n_of_list : 0,
	    .bytes = bytes,
	    .order = files->n,
	};
	files->n++;
	return check(entry, reading->openers);
}

static enum rq_err read_one(struct reading *reading, struct buffer *file,
			    struct rq_diag *diag)
{
	enum sealed_refusal refusal = SEALED_GOOD;
	struct bytes bytes;
	enum rq_err err;

	*file = (struct buffer){.max = CAP_SEALED_LIST_BYTES};
	err = file_read_whole(reading->name, file, diag);
	if (err != RQ_OK)
		return err;
	bytes = buffer_bytes(file);
	reading->is_list = sealed_list_is(bytes);
	if (!reading->is_list)
		return add(reading, bytes);
	err = sealed_list_read(bytes, reading, add, &refusal);
	if (err == RQ_OK && refusal != SEALED_GOOD) {
		/* the list itself is the one that is refused */
		reading->is_list = false;
		err = add(reading, bytes);
		if (err == RQ_OK)
			reading->files->entries[reading->files->n - 1].refusal =
			    refusal;
	}
	return err;
}

static int by_sweep(const void *a, const void *b)
{
	const struct result_entry *x = *(const struct result_entry *const *)a;
	const struct result_entry *y = *(const struct result_entry *const *)b;
	int order = memcmp(x->sweep_id, y->sweep_id, SWEEP_ID_SIZE);

	/* what was checked stands before what nobody here can open */
	if (order == 0)
		order = (x->refusal != SEALED_GOOD) - (y->refusal != SEALED_GOOD);
	return order != 0 ? order : x->order < y->order ? -1 : 1;
}

static bool is_same(const struct result_entry *a, const struct result_entry *b)
{
	if (bytes_equal(a->bytes, b->bytes))
		return true;
	return a->refusal == SEALED_GOOD && b->refusal == SEALED_GOOD &&
	       memcmp(a->inside_sha256, b->inside_sha256, 32) == 0;
}

/* Only what is good, or is good for all one can tell, has an earlier one: a forgery must
 * not push out the result whose sweep it names. */
static bool counts(const struct result_entry *entry)
{
	return entry->refusal == SEALED_GOOD || entry->refusal == SEALED_NEEDS_CENTRE;
}

static enum rq_err compare(struct result_files *files)
{
	struct result_entry **sorted = alloc_array(files->n + 1, sizeof *sorted);
	size_t n = 0;

	if (sorted == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < files->n; i++)
		if (counts(&files->entries[i]))
			sorted[n++] = &files->entries[i];
	qsort(sorted, n, sizeof *sorted, by_sweep);
	for (size_t i = 1; i < n; i++) {
		const struct result_entry *before = sorted[i - 1];

		if (memcmp(before->sweep_id, sorted[i]->sweep_id, SWEEP_ID_SIZE) != 0)
			continue;
		sorted[i]->earlier = before->earlier != NULL ? before->earlier : before;
		sorted[i]->is_same = is_same(sorted[i], sorted[i]->earlier);
	}
	alloc_free(sorted);
	return RQ_OK;
}

enum rq_err result_files_read(const char *const *paths, size_t n,
			      const struct sealed_openers *openers,
			      struct result_files *files, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	*files = (struct result_files){0};
	files->files = alloc_array(n + 1, sizeof *files->files);
	if (files->files == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; err == RQ_OK && i < n; i++) {
		struct reading reading = {
		    .files = files, .openers = openers, .name = paths[i]};

		files->n_files = i + 1;
		err = read_one(&reading, &files->files[i], diag);
	}
	return err == RQ_OK ? compare(files) : err;
}

void result_files_free(struct result_files *files)
{
	for (size_t i = 0; i < files->n_files; i++)
		buffer_free(&files->files[i]);
	alloc_free(files->files);
	alloc_free(files->entries);
	*files = (struct result_files){0};
}
