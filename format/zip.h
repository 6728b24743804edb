/*
 * The directory of a ZIP archive (PKWARE APPNOTE 6.3.10): which members it names, and
 * which of them need a password.  The members themselves are not read here.
 *
 * Strict: the directory has as many entries as it says, ends where the record behind it
 * begins, and each entry lies in it whole.  Bytes before the archive are allowed (a
 * program that unpacks itself; then without a comment), bytes behind it are not.
 */
#ifndef RAQUET_FORMAT_ZIP_H
#define RAQUET_FORMAT_ZIP_H

#include "bytes/error.h"
#include "bytes/reader.h"

struct zip {
	struct reader file;
	struct reader entries; /* what is left of the directory */
	uint64_t base;         /* where offsets of the archive count from */
	uint64_t n_members, n_left;
};

struct zip_member {
	struct bytes name; /* as written: any bytes */
	uint16_t flags, method;
	uint64_t offset;            /* of its own header, in the file */
	uint32_t packed_size, size; /* 0xffffffff: in a ZIP64 field, not read here */
	bool is_encrypted;          /* by the directory or by its own header */
};

/* Whether file ends in a directory that can be read. */
bool zip_open(struct bytes file, struct zip *zip_out);

/* RQ_ERR_NOT_FOUND: no more, and nothing was left over.  RQ_ERR_FORMAT: the directory
 * is damaged. */
RQ_MUST_USE enum rq_err zip_next(struct zip *zip, struct zip_member *member_out);

/* Whether file is an archive of which a member needs a password; with a damaged or
 * missing directory, whether the first member does.  Costs a look at each entry. */
bool zip_is_encrypted(struct bytes file);

#endif
