#include "endpoint/result_files.h"

#include "bytes/alloc.h"
#include "crypto/digest.h"
#include "os/file.h"

#include <stdlib.h>
#include <string.h>

/* What one file is being read into. */
struct reading {
	struct result_files *files;
	struct result_reader *reader;
	const struct result_demands *demands;
	const char *name;
	size_t n_of_list;
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

/* Fills the entry from what its file says at its start. */
struct checking {
	const struct result_demands *demands;
	struct result_entry *entry;
	enum sealed_refusal refusal; /* by what was demanded */
};

/* The version of the rules: a text of one byte of length. */
static void keep_content(struct result_entry *entry, const struct sealed_header *header)
{
	for (size_t i = 0; i < header->n_contents; i++) {
		const struct sealed_content *content = &header->contents[i];

		if (bytes_equal_text(content->name, "rules") &&
		    content->version.n > 0 &&
		    content->version.n < sizeof entry->content)
			memcpy(entry->content, content->version.at, content->version.n);
	}
}

static enum rq_err check_head(void *listener, const struct result_head *head)
{
	struct checking *checking = listener;
	struct result_entry *entry = checking->entry;
	const struct result_demands *demands = checking->demands;
	enum rq_err err = RQ_OK;

	memcpy(entry->copy, head->header.copy, sizeof entry->copy);
	memcpy(entry->inside_sha256, head->inside_sha256, sizeof entry->inside_sha256);
	entry->verdict = head->header.verdict;
	keep_content(entry, &head->header);
	entry->was_encrypted = head->was_encrypted;
	entry->has_unit_code = head->unit.is_there;
	if (demands->copy != NULL &&
	    memcmp(demands->copy, entry->copy, sizeof entry->copy) != 0)
		checking->refusal = SEALED_OTHER_COPY;
	else if (demands->unit.n > 0)
		err = sealed_unit_check(&head->unit, demands->unit, &checking->refusal);
	return err == RQ_OK ? machine_of(&head->header, entry->machine_sha256) : err;
}

static enum rq_err check(struct reading *reading, const struct result_part *part,
			 struct result_entry *entry, struct rq_diag *diag)
{
	struct checking checking = {reading->demands, entry, SEALED_GOOD};
	const struct result_sink sink = {.listener = &checking, .head = check_head};
	struct result_answer answer;
	enum rq_err err =
	    result_reader_read(reading->reader, part, &sink, &answer, diag);

	entry->refusal = answer.refusal;
	memcpy(entry->sweep_id, answer.sweep_id, sizeof entry->sweep_id);
	memcpy(entry->file_sha256, answer.file_sha256, sizeof entry->file_sha256);
	if (entry->refusal == SEALED_GOOD)
		entry->refusal = checking.refusal;
	/* larger than any that was sealed */
	if (err == RQ_ERR_LIMIT) {
		entry->refusal = SEALED_SIZE;
		err = RQ_OK;
	}
	return err;
}

static enum rq_err add(struct reading *reading, const struct result_part *part,
		       bool is_listed)
{
	struct result_files *files = reading->files;

	if (!alloc_grow((void **)&files->entries, &files->capacity, files->n + 1,
			sizeof *files->entries))
		return RQ_ERR_MEMORY;
	files->entries[files->n] = (struct result_entry){
	    .name = reading->name,
	    .number = is_listed ? ++reading->n_of_list : 0,
	    .off = part->off,
	    .size = part->size,
	    .order = files->n,
	};
	files->n++;
	return RQ_OK;
}

static enum rq_err add_listed(void *listener, const struct result_part *part)
{
	return add(listener, part, true);
}

/* Whether its first bytes say that it is a list. */
static enum rq_err is_list(const struct result_part *part, bool *is_list_out)
{
	uint8_t start[8];
	size_t n;
	enum rq_err err = file_read_at(part->file, 0, start, sizeof start, &n);

	*is_list_out = err == RQ_OK && sealed_list_is((struct bytes){start, n});
	return err;
}

/* The entries of one open file, not yet looked at. */
static enum rq_err find(struct reading *reading, const struct result_part *part,
			struct rq_diag *diag)
{
	enum sealed_refusal refusal = SEALED_GOOD;
	size_t first = reading->files->n;
	bool is_listed;
	enum rq_err err = is_list(part, &is_listed);

	if (err != RQ_OK)
		return err;
	if (!is_listed)
		return add(reading, part, false);
	err = result_reader_list(reading->reader, part, reading, add_listed, &refusal,
				 diag);
	if (err == RQ_ERR_LIMIT) {
		refusal = SEALED_SIZE;
		err = RQ_OK;
	}
	if (err == RQ_OK && refusal != SEALED_GOOD) {
		/* the list itself is the one that is refused, and no part of it counts */
		reading->files->n = first;
		err = add(reading, part, false);
		if (err == RQ_OK)
			reading->files->entries[first].refusal = refusal;
	}
	return err;
}

static enum rq_err read_one(struct reading *reading, struct rq_diag *diag)
{
	struct result_files *files = reading->files;
	struct result_part part;
	struct file_info info;
	size_t first = files->n;
	enum rq_err err = file_open(reading->name, &part.file, &info, diag);

	if (err != RQ_OK)
		return err;
	if (info.kind != FILE_REGULAR)
		err = rq_fail(diag, RQ_ERR_ACCESS, reading->name, "it is no file");
	part.off = 0;
	part.size = info.size;
	if (err == RQ_OK)
		err = find(reading, &part, diag);
	for (size_t i = first; err == RQ_OK && i < files->n; i++) {
		struct result_entry *entry = &files->entries[i];

		part.off = entry->off;
		part.size = entry->size;
		if (entry->refusal == SEALED_GOOD)
			err = check(reading, &part, entry, diag);
	}
	file_close(&part.file);
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
	if (memcmp(a->file_sha256, b->file_sha256, sizeof a->file_sha256) == 0)
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
			      struct result_reader *reader,
			      const struct result_demands *demands,
			      struct result_files *files, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	*files = (struct result_files){0};
	for (size_t i = 0; err == RQ_OK && i < n; i++) {
		struct reading reading = {.files = files,
					  .reader = reader,
					  .demands = demands,
					  .name = paths[i]};

		err = read_one(&reading, diag);
	}
	return err == RQ_OK ? compare(files) : err;
}

void result_files_free(struct result_files *files)
{
	alloc_free(files->entries);
	*files = (struct result_files){0};
}

enum rq_err result_files_tell(const struct result_entry *entry,
			      struct result_reader *reader,
			      const struct result_sink *sink, bool *is_good_out,
			      struct rq_diag *diag)
{
	struct result_part part = {.off = entry->off, .size = entry->size};
	struct result_answer answer;
	enum rq_err err = file_open(entry->name, &part.file, NULL, diag);

	*is_good_out = false;
	if (err != RQ_OK)
		return err;
	err = result_reader_read(reader, &part, sink, &answer, diag);
	*is_good_out = err == RQ_OK && answer.refusal == SEALED_GOOD &&
		       memcmp(answer.file_sha256, entry->file_sha256,
			      sizeof answer.file_sha256) == 0;
	file_close(&part.file);
	return err;
}

enum rq_err result_files_copy(const struct result_entry *entry, struct buffer *to,
			      struct rq_diag *diag)
{
	uint8_t digest[32];
	size_t before = to->size, n = 0;
	struct file file;
	uint8_t *room;
	enum rq_err err = file_open(entry->name, &file, NULL, diag);

	if (err != RQ_OK)
		return err;
	room = buffer_zeros(to, (size_t)entry->size);
	err = room != NULL
		  ? file_read_at(file, entry->off, room, (size_t)entry->size, &n)
		  : RQ_ERR_MEMORY;
	file_close(&file);
	to->size = before + n;
	if (err == RQ_OK)
		err = digest_of(DIGEST_SHA256, (struct bytes){room, n}, digest);
	if (err == RQ_OK && memcmp(digest, entry->file_sha256, sizeof digest) != 0)
		err = rq_fail(diag, RQ_ERR_FORMAT, entry->name,
			      "it changed while it was read");
	return err;
}
