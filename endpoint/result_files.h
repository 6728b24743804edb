/*
 * The sealed results that a command was given: each file or each result of a list,
 * read by a confined process, and those of one sweep told.
 */
#ifndef RAQUET_ENDPOINT_RESULT_FILES_H
#define RAQUET_ENDPOINT_RESULT_FILES_H

#include "wire/result_reader.h"

struct result_entry {
	const char *name; /* of the file, as given */
	size_t number;    /* in its list, from 1; 0: the file is the result */
	uint64_t off, size;
	size_t order;
	enum sealed_refusal refusal;
	uint8_t sweep_id[SWEEP_ID_SIZE]; /* as its first bytes have it */
	uint8_t file_sha256[32];         /* of what was read */
	/* of what was accepted */
	uint8_t copy[SIGN_PUBLIC_SIZE];
	uint8_t inside_sha256[32];  /* of the open file */
	uint8_t machine_sha256[32]; /* of the weak facts: clones may have one */
	enum verdict verdict;
	char content[256]; /* name and date of its rules; "": they have none */
	bool was_encrypted, has_unit_code;
	/* an earlier one of the same sweep, or NULL, and whether it is the same result */
	const struct result_entry *earlier;
	bool is_same;
};

/* What a result is compared with beside its own seal; all may be left out. */
struct result_demands {
	struct bytes unit;   /* a code of the unit, this one */
	const uint8_t *copy; /* SIGN_PUBLIC_SIZE: this copy */
};

struct result_files {
	struct result_entry *entries; /* in the order given */
	size_t n, capacity;
};

/* Reads and checks the files at paths; on failure diag names the one.
 * result_files_free in any case. */
RQ_MUST_USE enum rq_err result_files_read(const char *const *paths, size_t n,
					  struct result_reader *reader,
					  const struct result_demands *demands,
					  struct result_files *files_out,
					  struct rq_diag *diag);
void result_files_free(struct result_files *files);

/* Tells an entry of files once more.  *is_good_out is false when it is not what it was
 * when it was checked: then nothing that was told counts. */
RQ_MUST_USE enum rq_err result_files_tell(const struct result_entry *entry,
					  struct result_reader *reader,
					  const struct result_sink *sink,
					  bool *is_good_out, struct rq_diag *diag);

/* Appends its bytes, as they were when it was checked.  RQ_ERR_FORMAT: they changed. */
RQ_MUST_USE enum rq_err result_files_copy(const struct result_entry *entry,
					  struct buffer *to, struct rq_diag *diag);

#endif
