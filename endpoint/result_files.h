/*
 * The sealed results that a command was given: each file or each result of a list,
 * checked, and those of one sweep told.
 */
#ifndef RAQUET_ENDPOINT_RESULT_FILES_H
#define RAQUET_ENDPOINT_RESULT_FILES_H

#include "sealed/sealed.h"

struct result_entry {
	const char *name;   /* of the file, as given */
	size_t number;      /* in its list, from 1; 0: the file is the result */
	struct bytes bytes; /* as sealed */
	size_t order;
	enum sealed_refusal refusal;
	bool has_id; /* the outer header could be read */
	uint8_t sweep_id[SWEEP_ID_SIZE];
	/* of what was accepted */
	uint8_t copy[SIGN_PUBLIC_SIZE];
	uint8_t inside_sha256[32];  /* of the open file */
	uint8_t machine_sha256[32]; /* of the weak facts: clones may have one */
	enum verdict verdict;
	bool was_encrypted, has_unit_code;
	/* an earlier one of the same sweep, or NULL, and whether it is the same result */
	const struct result_entry *earlier;
	bool is_same;
};

struct result_files {
	struct buffer *files;
	size_t n_files;
	struct result_entry *entries; /* in the order given */
	size_t n, capacity;
};

/* Reads and checks the files at paths; on failure diag names the one.  The openers are
 * used during the call only.  result_files_free in any case. */
RQ_MUST_USE enum rq_err result_files_read(const char *const *paths, size_t n,
					  const struct sealed_openers *openers,
					  struct result_files *files_out,
					  struct rq_diag *diag);
void result_files_free(struct result_files *files);

#endif
