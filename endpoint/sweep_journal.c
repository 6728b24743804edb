#include "endpoint/sweep_journal.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "crypto/digest.h"
#include "os/file.h"
#include "wire/field.h"

#include <string.h>

/* docs/resume-format.md */
enum {
	VERSION = 3,
	HEADER = 80,
	SIGNED_HEADER = 48,
	CHECK = 8,
	OBJECT = 1,
	GAP = 2,
	MARK = 3,
	NAME = 4,
	MAX_RECORD = CAP_WIRE_ANSWER + (1 << 20),
	MAX_DETAIL = 512,
	N_COUNTERS = 10,
};

static const uint8_t magic[8] = "RQRESUM";

struct journal {
	struct file file;
	struct buffer old; /* what was there when it was opened */
	struct buffer pending, record;
	bool has_pending;
};

/* ---- identity ---- */

static void put_flag(struct buffer *to, bool flag)
{
	buffer_u8(to, flag);
}

enum rq_err journal_identity(const struct sweep_options *options,
			     uint8_t identity_out[32])
{
	const struct worker_config *worker = &options->worker;
	struct buffer scope = {0};
	enum rq_err err = RQ_ERR_MEMORY;
	bool is_relative = false;

	buffer_text(&scope, "raquet resume 3");
	buffer_u32le(&scope, (uint32_t)options->n_paths);
	for (size_t i = 0; i < options->n_paths; i++) {
		field_put_text(&scope, bytes_of(options->paths[i]));
		is_relative = is_relative || !file_is_absolute(options->paths[i]);
	}
	/* elsewhere, the same names are other files; in a removed folder there are none */
	if (is_relative)
		(void)!file_real_path(".", &scope);
	put_flag(&scope, options->all);
	put_flag(&scope, options->recursive);
	put_flag(&scope, options->follow_links);
	buffer_u64le(&scope, options->max_file_size);
	buffer_u64le(&scope, options->max_holes);
	put_flag(&scope, worker->want_strings);
	put_flag(&scope, worker->want_not_matching);
	put_flag(&scope, worker->libyara_limits);
	put_flag(&scope, worker->hash_all);
	buffer_u32le(&scope, worker->match_data);
	buffer_u32le(&scope, worker->max_matches);
	buffer_u64le(&scope, worker->timeout_ms);
	buffer_u64le(&scope, worker->max_memory);
	buffer_u32le(&scope, options->n_rules);
	buffer_put(&scope, options->content_sha256, 32);
	if (buffer_ok(&scope))
		err = digest_of(DIGEST_SHA256, buffer_bytes(&scope), identity_out);
	buffer_free(&scope);
	return err;
}

/* ---- records: encoder beside decoder ---- */

static void put_counts(struct buffer *to, const struct journal_counts *counts)
{
	const uint64_t values[N_COUNTERS] = {
	    counts->n_seen,     counts->n_scanned,  counts->n_found,
	    counts->n_findings, counts->bytes_seen, counts->bytes_scanned,
	    counts->n_same,     counts->n_links,    counts->n_deaths,
	    counts->elapsed_ms,
	};

	for (size_t i = 0; i < N_COUNTERS; i++)
		buffer_u64le(to, values[i]);
	buffer_u32le(to, N_GAP_REASONS);
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		buffer_u64le(to, counts->n_gaps[i]);
}

static void get_counts(struct reader *r, struct journal_counts *counts)
{
	uint64_t *const values[N_COUNTERS] = {
	    &counts->n_seen,     &counts->n_scanned,  &counts->n_found,
	    &counts->n_findings, &counts->bytes_seen, &counts->bytes_scanned,
	    &counts->n_same,     &counts->n_links,    &counts->n_deaths,
	    &counts->elapsed_ms,
	};

	for (size_t i = 0; i < N_COUNTERS; i++)
		*values[i] = reader_u64le(r);
	if (reader_u32le(r) != N_GAP_REASONS)
		reader_fail(r);
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		counts->n_gaps[i] = reader_u64le(r);
}

static void encode_mark(const struct journal_mark *mark, struct buffer *to)
{
	buffer_u8(to, MARK);
	put_flag(to, mark->is_end);
	put_flag(to, mark->has_place);
	buffer_u32le(to, mark->root);
	field_put_text(to, mark->path);
	put_counts(to, &mark->counts);
}

static bool decode_mark(struct reader *r, struct journal_mark *mark)
{
	mark->is_end = field_bool(r);
	mark->has_place = field_bool(r);
	mark->root = reader_u32le(r);
	mark->path = field_text(r, CAP_PATH);
	get_counts(r, &mark->counts);
	return reader_done(r);
}

static void encode_gap(const struct sweep_gap *gap, struct bytes answer,
		       struct buffer *to)
{
	buffer_u8(to, GAP);
	buffer_u8(to, (uint8_t)gap->reason);
	buffer_u64le(to, gap->size);
	field_put_text(to, gap->path);
	/* with its 0, so that it can be told again from where it lies */
	buffer_u32le(to, gap->detail != NULL ? (uint32_t)strlen(gap->detail) + 1 : 0);
	if (gap->detail != NULL)
		buffer_put(to, gap->detail, strlen(gap->detail) + 1);
	buffer_put(to, answer.at, answer.n);
}

static bool decode_gap(struct reader *r, struct sweep_gap *gap, struct bytes *answer)
{
	uint8_t raw_reason = reader_u8(r);
	struct bytes detail;

	*gap = (struct sweep_gap){0};
	if (raw_reason >= N_GAP_REASONS)
		reader_fail(r);
	gap->reason = (enum gap_reason)raw_reason;
	gap->size = reader_u64le(r);
	gap->path = field_text(r, CAP_PATH);
	detail = field_text(r, MAX_DETAIL);
	if (detail.n > 0 && memchr(detail.at, 0, detail.n) != detail.at + detail.n - 1)
		reader_fail(r);
	if (detail.n > 0)
		gap->detail = (const char *)detail.at;
	*answer = reader_bytes(r, reader_left(r));
	return reader_done(r);
}

static bool decode_object(struct reader *r, struct journal_result *result)
{
	*result = (struct journal_result){0};
	result->size = reader_u64le(r);
	result->path = field_text(r, CAP_PATH);
	result->answer = reader_bytes(r, reader_left(r));
	return reader_ok(r);
}

static void encode_name(const struct file_info *info, bool has_result,
			struct buffer *to)
{
	buffer_u8(to, NAME);
	buffer_u64le(to, info->identity.device);
	buffer_u64le(to, info->identity.number);
	buffer_u64le(to, info->size);
	buffer_u64le(to, (uint64_t)info->modified_ns);
	put_flag(to, has_result);
}

/* last: the result before it, NULL when there is none. */
static bool decode_name(struct reader *r, const struct journal_result *last,
			struct journal_name *name)
{
	*name = (struct journal_name){.identity.device = reader_u64le(r)};
	name->identity.number = reader_u64le(r);
	name->size = reader_u64le(r);
	name->modified_ns = (int64_t)reader_u64le(r);
	if (field_bool(r))
		name->result = last;
	else
		last = NULL;
	return reader_done(r) && name->result == last;
}

/* ---- reading ---- */

static bool check_fits(struct bytes data, struct bytes check)
{
	uint8_t digest[DIGEST_MAX_SIZE];

	return digest_of(DIGEST_SHA256, data, digest) == RQ_OK &&
	       bytes_equal((struct bytes){digest, CHECK}, check);
}

/* The next whole record as a reader over type and payload. */
static bool next_record(struct reader *r, struct reader *record_out)
{
	uint32_t raw_size = reader_u32le(r);
	struct bytes data, check;

	if (raw_size == 0 || raw_size > (uint32_t)MAX_RECORD)
		reader_fail(r);
	data = reader_bytes(r, raw_size);
	check = reader_bytes(r, CHECK);
	*record_out = reader_over(data.at, data.n);
	return reader_ok(r) && check_fits(data, check);
}

/* Passes over the records; with reader NULL only looks for the last mark. */
static enum rq_err read_records(struct bytes data, size_t end,
				const struct journal_reader *reader,
				struct journal_mark *mark_out, size_t *valid_out)
{
	struct reader whole = reader_over(data.at, end), record;
	struct journal_result result, *last = NULL;
	enum rq_err err = RQ_OK;
	struct sweep_gap gap;
	bool is_valid = true;

	reader_seek(&whole, HEADER);
	*valid_out = HEADER;
	while (err == RQ_OK && is_valid && reader_left(&whole) > 0 &&
	       next_record(&whole, &record)) {
		struct journal_mark mark;
		struct journal_name name;

		switch (reader_u8(&record)) {
		case OBJECT: is_valid = decode_object(&record, &result); break;
		case NAME:
			is_valid = decode_name(&record, last, &name);
			if (is_valid && reader != NULL)
				err = reader->name(reader->listener, &name);
			continue;
		case GAP:
			result = (struct journal_result){.gap = &gap};
			is_valid = decode_gap(&record, &gap, &result.answer);
			result.path = gap.path;
			break;
		case MARK:
			is_valid = decode_mark(&record, &mark);
			if (is_valid) {
				*mark_out = mark;
				*valid_out = whole.pos;
			}
			continue;
		default: is_valid = false;
		}
		last = &result;
		if (is_valid && reader != NULL)
			err = reader->result(reader->listener, &result);
	}
	return err;
}

/* Whether less than a header can be what a power cut left of one: its beginning, or zeros
 * where the size reached the disk and the data did not.  Anything else is not ours. */
static bool is_cut_header(struct bytes data)
{
	size_t n = data.n < sizeof magic ? data.n : sizeof magic;
	size_t n_zeros = 0;

	while (n_zeros < data.n && data.at[n_zeros] == 0)
		n_zeros++;
	return n_zeros == data.n || memcmp(data.at, magic, n) == 0;
}

enum rq_err journal_decode(struct bytes data, const uint8_t identity[32],
			   const struct journal_reader *reader,
			   struct journal_mark *mark_out, size_t *valid_out,
			   struct rq_diag *diag)
{
	struct reader r = reader_over(data.at, data.n);
	uint8_t digest[DIGEST_MAX_SIZE];
	struct journal_mark ignored;
	struct bytes head, theirs, check;
	enum rq_err err;

	*mark_out = (struct journal_mark){0};
	*valid_out = 0;
	if (data.n < HEADER && is_cut_header(data))
		return RQ_OK;
	head = reader_bytes(&r, sizeof magic);
	if (!bytes_equal(head, (struct bytes){magic, sizeof magic}) ||
	    reader_u32le(&r) != VERSION || reader_u32le(&r) != 0)
		return rq_fail(diag, RQ_ERR_FORMAT, NULL, "not a resume file");
	theirs = reader_bytes(&r, 32);
	check = reader_bytes(&r, 32);
	err = digest_of(DIGEST_SHA256, (struct bytes){data.at, SIGNED_HEADER}, digest);
	if (err != RQ_OK)
		return err;
	if (!bytes_equal(check, (struct bytes){digest, 32}))
		return rq_fail(diag, RQ_ERR_FORMAT, NULL, "the resume file is damaged");
	if (!bytes_equal(theirs, (struct bytes){identity, 32}))
		return rq_fail(
		    diag, RQ_ERR_FORMAT, NULL,
		    "the resume file belongs to another sweep or other rules");
	err = read_records(data, data.n, NULL, mark_out, valid_out);
	if (err == RQ_OK && reader != NULL) {
		size_t end = *valid_out;

		err = read_records(data, end, reader, &ignored, &end);
	}
	return err;
}

/* ---- writing ---- */

static enum rq_err write_header(struct journal *journal, const uint8_t identity[32])
{
	uint8_t digest[DIGEST_MAX_SIZE];
	struct buffer *to = &journal->pending;
	enum rq_err err;

	buffer_put(to, magic, sizeof magic);
	buffer_u32le(to, VERSION);
	buffer_u32le(to, 0);
	buffer_put(to, identity, 32);
	err = buffer_ok(to) ? digest_of(DIGEST_SHA256, buffer_bytes(to), digest)
			    : RQ_ERR_MEMORY;
	if (err != RQ_OK)
		return err;
	buffer_put(to, digest, 32);
	err = buffer_ok(to) ? file_append(journal->file, buffer_bytes(to))
			    : RQ_ERR_MEMORY;
	buffer_clear(to);
	return err == RQ_OK ? file_flush(journal->file) : err;
}

static enum rq_err load(struct journal *journal, uint64_t size)
{
	uint8_t *to;
	size_t n = 0;
	enum rq_err err;

	if (size > SIZE_MAX / 2)
		return RQ_ERR_LIMIT;
	to = buffer_zeros(&journal->old, (size_t)size);
	if (size > 0 && to == NULL)
		return RQ_ERR_MEMORY;
	err = file_read_at(journal->file, 0, to, (size_t)size, &n);
	journal->old.size = n;
	return err;
}

enum rq_err journal_open(const struct sweep_options *options,
			 const struct journal_reader *reader,
			 struct journal **journal_out, struct journal_mark *mark_out,
			 struct rq_diag *diag)
{
	struct journal *journal = alloc_array(1, sizeof *journal);
	const char *path = options->resume_path;
	uint8_t identity[32];
	struct file_info info;
	size_t valid = 0;
	enum rq_err err;

	*journal_out = NULL;
	*mark_out = (struct journal_mark){0};
	if (journal == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	journal->file = FILE_NONE;
	err = journal_identity(options, identity);
	if (err == RQ_OK)
		err = file_open_append(path, &journal->file, &info, diag);
	if (err == RQ_OK && file_lock(journal->file) != RQ_OK)
		err = rq_fail(diag, RQ_ERR_ACCESS, path, "another sweep uses it");
	if (err == RQ_OK)
		err = file_stat(journal->file, &info); /* now that it stands still */
	if (err == RQ_OK)
		err = load(journal, info.size);
	if (err == RQ_OK)
		err = journal_decode(buffer_bytes(&journal->old), identity, reader,
				     mark_out, &valid, diag);
	if (err == RQ_OK && valid < info.size)
		err = file_truncate(journal->file, valid);
	if (err == RQ_OK && valid == 0 && write_header(journal, identity) != RQ_OK)
		err = rq_fail(diag, RQ_ERR_SYSTEM, path, "it cannot be written");
	if (err != RQ_OK) {
		journal_free(journal);
		return diag != NULL && diag->what[0] == '\0'
			   ? rq_fail(diag, err, path, "%s", rq_err_text(err))
			   : err;
	}
	*journal_out = journal;
	return RQ_OK;
}

void journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	file_close(&journal->file);
	buffer_free(&journal->old);
	buffer_free(&journal->pending);
	buffer_free(&journal->record);
	alloc_free(journal);
}

/* What stands in record, framed; failure shows at commit. */
static void add_record(struct journal *journal)
{
	uint8_t digest[DIGEST_MAX_SIZE];

	if (!buffer_ok(&journal->record) ||
	    digest_of(DIGEST_SHA256, buffer_bytes(&journal->record), digest) != RQ_OK) {
		journal->pending.failed = true;
		return;
	}
	buffer_u32le(&journal->pending, (uint32_t)journal->record.size);
	buffer_put(&journal->pending, journal->record.data, journal->record.size);
	buffer_put(&journal->pending, digest, CHECK);
}

void journal_add_object(struct journal *journal, struct bytes path, uint64_t size,
			struct bytes answer)
{
	struct buffer *record = &journal->record;

	buffer_clear(record);
	buffer_u8(record, OBJECT);
	buffer_u64le(record, size);
	field_put_text(record, path);
	buffer_put(record, answer.at, answer.n);
	add_record(journal);
	journal->has_pending = true;
}

void journal_add_gap(struct journal *journal, const struct sweep_gap *gap,
		     struct bytes answer)
{
	buffer_clear(&journal->record);
	encode_gap(gap, answer, &journal->record);
	add_record(journal);
	journal->has_pending = true;
}

/* Nobody waits for it: it is written with the next result or the next flush. */
void journal_add_name(struct journal *journal, const struct file_info *info,
		      bool has_result)
{
	buffer_clear(&journal->record);
	encode_name(info, has_result, &journal->record);
	add_record(journal);
}

bool journal_has_pending(const struct journal *journal)
{
	return journal->has_pending;
}

enum rq_err journal_commit(struct journal *journal, const struct journal_mark *mark,
			   bool flush, struct rq_diag *diag)
{
	enum rq_err err = RQ_ERR_MEMORY;

	/* a mark that nobody waits for is written with the next flush */
	if (!flush)
		return RQ_OK;
	buffer_clear(&journal->record);
	encode_mark(mark, &journal->record);
	add_record(journal);
	if (buffer_ok(&journal->pending))
		err = file_append(journal->file, buffer_bytes(&journal->pending));
	if (err == RQ_OK)
		err = file_flush(journal->file);
	buffer_clear(&journal->pending);
	journal->has_pending = false;
	if (err != RQ_OK)
		return rq_fail(diag, err, NULL, "the resume file cannot be written");
	return RQ_OK;
}
