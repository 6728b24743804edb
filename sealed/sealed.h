/*
 * The sealed result: what a sweep says, for the way to the desk that counts it.
 *
 * docs/sealed-result-format.md has every byte, and what the seal proves: integrity since
 * it was written and which copy of the program wrote it, not that the machine was honest.
 */
#ifndef RAQUET_SEALED_SEALED_H
#define RAQUET_SEALED_SEALED_H

#include "bytes/buffer.h"
#include "bytes/cap.h"
#include "bytes/error.h"
#include "crypto/seal.h"
#include "crypto/sign.h"
#include "finding/words.h"

enum { SWEEP_ID_SIZE = 16, SEALED_TEXT_MAX = 255 };

/* What was swept with. */
struct sealed_content {
	struct bytes name, version;
	uint8_t sha256[32];
};

/* Each of them can be changed or cloned: together they help a person to tell. */
enum sealed_fact_kind {
	FACT_HOST_NAME = 1,
	FACT_MAKER,
	FACT_MODEL,
	FACT_SERIAL,
	FACT_BOARD_SERIAL,
	FACT_ADDRESS,
	FACT_INSTALLED,
	FACT_ASSET_TAG,   /* chosen from a list of machines */
	FACT_ASSET_TYPED, /* written by a person, and on no list */
	FACT_UNIT,        /* that the list names beside the tag */
	N_FACT_KINDS,     /* one more than the last */
};

struct sealed_fact {
	enum sealed_fact_kind kind;
	struct bytes text;
};

/* Texts are borrowed: from the caller when writing, from struct sealed when read. */
struct sealed_header {
	uint8_t sweep_id[SWEEP_ID_SIZE];
	uint8_t copy[SIGN_PUBLIC_SIZE];
	struct bytes program, kit, boot_id;
	uint64_t started_ms, ended_ms, sealed_ms; /* since 1970 UTC */
	uint64_t uptime_ms;
	struct sealed_content contents[CAP_SEALED_CONTENTS];
	size_t n_contents;
	struct sealed_fact facts[CAP_SEALED_FACTS]; /* kinds do not go down */
	size_t n_facts;
	enum verdict verdict;
	uint64_t n_seen, n_scanned, n_found, n_findings, n_gaps, bytes_scanned;
	bool is_compressed; /* the next two are filled by the writer */
	uint32_t body_size; /* in plain */
};

/* ---- writing ---- */

struct sealed_keys {
	const uint8_t *copy;   /* SIGN_SECRET_SIZE */
	struct bytes unit;     /* the unit's code; n 0: none */
	const uint8_t *centre; /* SEAL_PUBLIC_SIZE; NULL: not encrypted */
};

/*
 * Appends a sealed file over body (JSON Lines) to *out.  header is completed: copy, body.
 * Texts are made visible and cut to SEALED_TEXT_MAX bytes.  RQ_ERR_LIMIT: too large for
 * one file.  RQ_ERR_USAGE: a centre key of small order, or kinds of facts out of order.
 */
RQ_MUST_USE enum rq_err sealed_write(struct sealed_header *header, struct bytes body,
				     const struct sealed_keys *keys, struct buffer *out,
				     struct rq_diag *diag);

/* ---- reading ---- */

/* Why a file is not accepted.  SEALED_GOOD is the only answer that accepts one. */
enum sealed_refusal {
	SEALED_GOOD,
	SEALED_NO_SEAL,      /* some other file */
	SEALED_VERSION,      /* of a later program */
	SEALED_SIZE,         /* cut short, or something behind it */
	SEALED_FIELD,        /* a field is not as the format has it */
	SEALED_NEEDS_CENTRE, /* encrypted, and no private key was given */
	SEALED_OTHER_CENTRE, /* encrypted to another centre */
	SEALED_BOX,          /* changed since it was encrypted */
	SEALED_SIGNATURE,    /* not signed by the copy that it names */
	SEALED_OTHER_COPY,   /* of another copy than the one asked for */
	SEALED_NO_UNIT,      /* no code of the unit in it */
	SEALED_OTHER_UNIT,   /* sealed with another code */
	SEALED_BODY,         /* the body cannot be unpacked as the header says */
	SEALED_NO_ZSTD,      /* compressed, and this build cannot unpack it */
	SEALED_LINES,  /* its lines are no result, or another than the header says */
	SEALED_READER, /* its reader died, hung or spoke out of turn */
	N_SEALED_REFUSALS,
};

const char *sealed_refusal_sentence(enum language language,
				    enum sealed_refusal refusal);

/*
 * The key to one encrypted file and to nothing else.  Who keeps the private key of the
 * centre finds it from the first bytes of the file, all of fixed size, and hands it to
 * the process that reads the rest: what takes that process over gets no other file.
 */
struct sealed_key {
	bool is_found;
	uint8_t key[SEAL_KEY_SIZE], nonce[SEAL_NONCE_SIZE];
};

enum { SEALED_START = 32 + 2 * SEAL_PUBLIC_SIZE };

/*
 * start: the first SEALED_START bytes of a file, or all when it has fewer.  An open file,
 * or what is none, needs no key and is SEALED_GOOD so far: sealed_read says the rest.
 * centre_secret is SEAL_SECRET_SIZE bytes, or NULL.
 */
RQ_MUST_USE enum rq_err sealed_key_find(struct bytes start,
					const uint8_t *centre_secret,
					struct sealed_key *key_out,
					enum sealed_refusal *refusal_out);

/* What shows that the writer knew the code of a unit; made from the file alone. */
enum { SEALED_UNIT_SIZE = 32 };
struct sealed_unit {
	bool is_there;
	uint8_t code[SEALED_UNIT_SIZE];   /* as the file has it */
	uint8_t digest[SEALED_UNIT_SIZE]; /* of what it stands for */
};

/* SEALED_GOOD, SEALED_NO_UNIT or SEALED_OTHER_UNIT: the code stays with the caller. */
RQ_MUST_USE enum rq_err sealed_unit_check(const struct sealed_unit *unit,
					  struct bytes code,
					  enum sealed_refusal *refusal_out);

struct sealed {
	struct sealed_header header;
	struct bytes open_file; /* the open file: the file itself or what was inside */
	bool was_encrypted;
	struct sealed_unit unit;
	struct buffer body; /* JSON Lines */
	struct buffer room; /* what was decrypted */
};

/*
 * Reads file, which must live as long as *sealed_out.  The refusal is the answer; an
 * error says that we failed.  sealed_free in any case.  After another answer than
 * SEALED_GOOD nothing in *sealed_out may be used.  For a confined process: others ask
 * wire/result_reader.h.
 */
RQ_MUST_USE enum rq_err sealed_read(struct bytes file, const struct sealed_key *key,
				    struct sealed *sealed_out,
				    enum sealed_refusal *refusal_out);
void sealed_free(struct sealed *sealed);

/* The sweep id of file, which is checked by sealed_read alone, and whether file is
 * encrypted; false when file is none of ours or has another size than it says. */
bool sealed_peek(struct bytes file, uint8_t *sweep_id_out, bool *is_encrypted_out);

/* The header as the file has it, for the way between processes. */
void sealed_header_write(struct buffer *out, const struct sealed_header *header);
/* Whether bytes are one, to the last; texts lie in bytes. */
bool sealed_header_read(struct bytes bytes, struct sealed_header *header_out);

/* ---- lists ---- */

/* Whether file calls itself a list. */
bool sealed_list_is(struct bytes file);

/*
 * Tells each result of a list in its order, and where in the file it starts.  Refuses
 * before it tells any, so that a broken list has no part that counts; an error of result
 * ends it.
 */
RQ_MUST_USE enum rq_err sealed_list_read(struct bytes file, void *listener,
					 enum rq_err (*result)(void *listener,
							       struct bytes file,
							       uint64_t off),
					 enum sealed_refusal *refusal_out);

RQ_MUST_USE enum rq_err sealed_list_write(const struct bytes *files, size_t n,
					  struct buffer *out);

#endif
