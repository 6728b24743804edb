/*
 * The manifest of a kit: which files a sweep runs with, by name, size and digest, signed
 * with an offline key.  Nothing of a kit is opened before its manifest was verified and
 * the bytes fit to it.  docs/kit-format.md has the bytes.
 */
#ifndef RAQUET_WIRE_KIT_H
#define RAQUET_WIRE_KIT_H

#include "bytes/cap.h"
#include "wire/agent.h"
#include "wire/signed.h"

enum { KIT_FILE_NAME = 64 };

enum kit_file_kind {
	KIT_RULES = 1,
	KIT_INDICATORS,
	KIT_ARTEFACTS,
	KIT_SCOPE,
	KIT_PROGRAM,
	N_KIT_FILE_KINDS,
};

struct kit_file {
	uint8_t kind; /* enum kit_file_kind */
	/* 1 to KIT_FILE_NAME small letters, digits, '-', '_' and '.', the first no '.':
	 * the same file on every system, and never a path */
	struct bytes name;
	uint64_t size;
	uint8_t sha256[AGENT_DIGEST];
};

struct kit {
	struct bytes name, version; /* for people; version is the date of the content */
	uint64_t serial;            /* rises with each kit of the same name */
	uint64_t made_ms;           /* UTC */
	struct kit_file files[CAP_KIT_FILES];
	size_t n_files;
	/* of one that was read */
	uint8_t signer[SIGN_PUBLIC_SIZE];
	uint8_t digest
	    [AGENT_DIGEST]; /* SHA-256 of the whole manifest: how leases name it */
};

/* Appends a signed manifest.  RQ_ERR_USAGE: a field that no reader would accept. */
RQ_MUST_USE enum rq_err kit_write(const struct kit *kit, const uint8_t *secret,
				  struct buffer *out);

/* Texts lie in file.  Whether signer may sign kits is the policy's question. */
RQ_MUST_USE enum rq_err kit_read(struct bytes file, struct kit *kit_out,
				 enum signed_refusal *refusal_out);

/* The file of that name, NULL: none. */
const struct kit_file *kit_find(const struct kit *kit, struct bytes name);

/* Whether data are the bytes of file. */
RQ_MUST_USE enum rq_err kit_fits(const struct kit_file *file, struct bytes data,
				 bool *fits_out);

/* Whether one of the files of that kind has these bytes. */
RQ_MUST_USE enum rq_err kit_has(const struct kit *kit, enum kit_file_kind kind,
				struct bytes data, bool *has_out);

#endif
