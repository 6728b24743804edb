/*
 * What a machine and the centre say to each other: the courier sends each message as the
 * body of one request and gets one as the answer.
 *
 *     ENROL           -> ENROLLED          with a unit's code, without a certificate
 *     RENEW           -> ENROLLED          the only one for which an expired one is good
 *     CHECK_IN        -> CHECK_IN_ANSWER   may be held until there is news
 *     OFFER           -> OFFER_ANSWER      before a delivery that is not small
 *     DELIVERY        -> DELIVERY_ANSWER   wire/delivery.h
 *     POSTURE, NEIGHBOURS -> DELIVERY_ANSWER
 *     FETCH           -> PART              wire/fetch.h
 *
 * Who speaks is what the certificate of the connection says, never what a body says.
 * docs/agent-protocol.md has the bytes.  Encoders fail the buffer (buffer_ok) where a
 * value is above its cap; decoders give RQ_ERR_FORMAT, and texts then point nowhere
 * useful: use nothing.  Texts that were read lie in the message.
 */
#ifndef RAQUET_WIRE_AGENT_H
#define RAQUET_WIRE_AGENT_H

#include "bytes/buffer.h"
#include "bytes/cap.h"
#include "bytes/error.h"
#include "bytes/reader.h"

#define AGENT_TIME_DOMAIN "raquet time 1: signature\n"

enum agent_message {
	AGENT_ENROL = 1,
	AGENT_ENROLLED = 2,
	AGENT_RENEW = 3,
	AGENT_CHECK_IN = 4,
	AGENT_CHECK_IN_ANSWER = 5,
	AGENT_OFFER = 6,
	AGENT_OFFER_ANSWER = 7,
	AGENT_DELIVERY = 8,
	AGENT_DELIVERY_ANSWER = 9,
	AGENT_POSTURE = 10,
	AGENT_NEIGHBOURS = 11,
	AGENT_LEASE = 12, /* never sent alone: how an agent keeps one */
	AGENT_FETCH = 13, /* wire/fetch.h */
	AGENT_PART = 14,
};

enum {
	AGENT_MACHINE_ID = 16,
	AGENT_NONCE = 16,
	AGENT_BOOT_ID = 16,
	AGENT_DIGEST = 32,
	AGENT_SIGNATURE = 64,
	AGENT_TEXT = 255, /* bytes of names and versions */
	AGENT_CODE = 64,  /* bytes of a code on paper */
};

/* In the order in which they are sent; a full spool drops the last first, and never the
 * first. */
enum agent_class {
	CLASS_DETECTION,
	CLASS_RECEIPT, /* of a treatment */
	CLASS_RESULT,  /* of a campaign */
	CLASS_INVENTORY,
	CLASS_TELEMETRY,
	N_AGENT_CLASSES,
};

/* The type of a message; 0 when it is empty. */
uint8_t agent_message_type(struct bytes message);

/* ---- clocks ---- */

/* Every machine's clock may be wrong: the centre keeps the difference. */
struct agent_clocks {
	uint8_t boot_id[AGENT_BOOT_ID];
	uint64_t monotonic_ms, utc_ms;
};

/* The centre's time, signed (Ed25519) over AGENT_TIME_DOMAIN, nonce and time: the nonce
 * is the one of the request, so that an old answer cannot be played again. */
struct agent_time {
	uint64_t utc_ms;
	uint8_t nonce[AGENT_NONCE];
	uint8_t signature[AGENT_SIGNATURE];
};

/* Signs *time (utc_ms and nonce are set) with a seed of SIGN_SECRET_SIZE bytes. */
RQ_MUST_USE enum rq_err agent_time_sign(struct agent_time *time, const uint8_t *secret);
/* Whether it answers nonce and is signed by the owner of public_key. */
RQ_MUST_USE enum rq_err agent_time_verify(const struct agent_time *time,
					  const uint8_t *nonce,
					  const uint8_t *public_key, bool *genuine_out);

/* ---- ENROL, RENEW, ENROLLED ---- */

struct agent_fact {
	uint8_t kind; /* enum sealed_fact_kind of sealed/sealed.h */
	struct bytes text;
};

struct agent_enrol {
	struct agent_clocks clocks;
	uint8_t nonce[AGENT_NONCE];
	struct bytes unit_code;
	struct bytes machine_code; /* for one row of the register; may be empty */
	struct bytes request;      /* PKCS #10, DER: the key and proof of having it */
	struct bytes program;      /* version */
	struct agent_fact facts[CAP_SEALED_FACTS]; /* weak: hints for people */
	size_t n_facts;
};
void agent_enrol_encode(const struct agent_enrol *enrol, struct buffer *to);
RQ_MUST_USE enum rq_err agent_enrol_decode(struct bytes message,
					   struct agent_enrol *enrol_out);

struct agent_renew {
	struct agent_clocks clocks;
	uint8_t nonce[AGENT_NONCE];
	struct bytes request;
	struct bytes program;
};
void agent_renew_encode(const struct agent_renew *renew, struct buffer *to);
RQ_MUST_USE enum rq_err agent_renew_decode(struct bytes message,
					   struct agent_renew *renew_out);

enum agent_enrolment {
	ENROLMENT_DONE,
	ENROLMENT_WAITS,        /* for an officer who confirms it: ask again */
	ENROLMENT_CODE_UNKNOWN, /* the refusals */
	ENROLMENT_CODE_EXPIRED,
	ENROLMENT_CODE_USED_UP,
	ENROLMENT_ROW_TAKEN, /* the register has bound that machine to another key */
	ENROLMENT_REQUEST_BAD,
	ENROLMENT_REVOKED,
	N_ENROLMENTS,
};

struct agent_enrolled {
	uint8_t
	    status; /* enum agent_enrolment; what follows time is empty but for DONE */
	uint64_t come_back_ms;
	struct agent_time time;
	uint8_t machine[AGENT_MACHINE_ID];
	uint8_t
	    authority[AGENT_DIGEST]; /* SHA-256 of its certificate, as in the code */
	uint8_t time_key[32];        /* Ed25519 */
	struct bytes chain[CAP_AGENT_CHAIN]; /* DER, the machine's own first */
	size_t n_chain;
};
void agent_enrolled_encode(const struct agent_enrolled *enrolled, struct buffer *to);
RQ_MUST_USE enum rq_err agent_enrolled_decode(struct bytes message,
					      struct agent_enrolled *enrolled_out);

/* ---- LEASE: a job, as a part of CHECK_IN_ANSWER ---- */

/* Bits; one that the agent's policy does not name is refused by it. */
enum lease_option {
	LEASE_ALL = 1 << 0,       /* whole disks */
	LEASE_PROCESSES = 1 << 1, /* memory of processes */
	LEASE_START = 1 << 2,     /* start points of the system */
	LEASE_HASH_ALL = 1 << 3,
	LEASE_GAP_PATHS =
	    1 << 4,             /* names of what could not be read leave the machine */
	LEASE_STRINGS = 1 << 5, /* bytes of matches leave the machine */
};

/* 0: no bound of this kind. */
struct lease_budget {
	uint64_t time_ms;
	uint64_t memory_bytes;
	uint64_t file_bytes;   /* of one file */
	uint64_t result_bytes; /* of all records */
	uint32_t cpu_percent;  /* of one core */
};

struct lease {
	uint64_t campaign, job;
	uint64_t lease_ms;    /* how long it is this machine's, from the answer on */
	uint64_t deadline_ms; /* of the campaign, UTC */
	uint8_t kit[AGENT_DIGEST]; /* SHA-256 of the kit's manifest */
	uint32_t options;
	struct lease_budget budget;
	struct bytes scope; /* docs/scope-format.md, or empty: then paths */
	struct bytes paths[CAP_LEASE_PATHS];
	size_t n_paths;
};
void lease_encode(const struct lease *lease, struct buffer *to);
RQ_MUST_USE enum rq_err lease_decode(struct bytes message, struct lease *lease_out);

/* ---- CHECK_IN ---- */

struct agent_spool_state {
	uint64_t bytes, n_records;         /* kept */
	uint64_t n_dropped, bytes_dropped; /* since the spool was made */
};

enum check_in_flag {
	CHECK_IN_NO_SWEEPS = 1 << 0, /* detections fill the spool: gives no lease */
	CHECK_IN_STUCK = 1 << 1,     /* one record alone is too large for the centre */
	CHECK_IN_NOT_DURABLE = 1 << 2, /* its disk keeps nothing: identity in memory */
	CHECK_IN_TIME_UNSURE = 1 << 3,
	CHECK_IN_FLAGS = (1 << 4) - 1,
};

struct agent_job_state {
	uint64_t job;
	uint8_t state; /* enum job_state of endpoint/agent/jobs.h, for people */
	uint16_t done_permille;
};

struct agent_check_in {
	struct agent_clocks clocks;
	uint8_t nonce[AGENT_NONCE];
	uint64_t
	    counter; /* one more each time, kept on disk: it never goes back but in a
			     clone or a machine set back to a snapshot */
	uint64_t campaign_epoch;
	uint32_t flags;
	struct agent_spool_state spool[N_AGENT_CLASSES];
	uint8_t posture[AGENT_DIGEST]; /* SHA-256 of the last POSTURE */
	struct bytes program, content; /* versions */
	uint64_t policy_serial;
	/* how the program itself fares */
	uint32_t n_starts, n_deaths;
	uint64_t peak_memory_bytes;
	struct agent_job_state jobs[CAP_AGENT_JOBS];
	size_t n_jobs;
};
void agent_check_in_encode(const struct agent_check_in *check_in, struct buffer *to);
RQ_MUST_USE enum rq_err agent_check_in_decode(struct bytes message,
					      struct agent_check_in *check_in_out);

enum check_in_want {
	WANT_POSTURE = 1 << 0,
	WANT_NEIGHBOURS = 1 << 1,
	WANT_RENEW = 1 << 2,
	WANT_NEW_KEY = 1 << 3,     /* two machines speak with this one: RENEW with
				      another */
	WANT_NEW_STREAMS = 1 << 4, /* the counter went back: spool_renew */
	WANT_POLICY = 1 << 5,
	WANTS = (1 << 6) - 1,
};

struct agent_expected {
	uint8_t class;
	uint64_t stream;
	uint64_t sequence; /* the next that the centre does not have */
	uint32_t chain;    /* wire/delivery.h */
};

struct agent_check_in_answer {
	struct agent_time time;
	uint64_t campaign_epoch;
	uint64_t due_ms;     /* from now */
	uint32_t hold_ms;    /* how long the next check-in may be held for news */
	uint64_t take_bytes; /* that may be delivered until then; 0: nothing now */
	uint32_t wants;
	uint64_t policy_serial; /* the newest that there is */
	struct bytes revoked;   /* machine ids, AGENT_MACHINE_ID bytes each */
	struct agent_expected expected[CAP_AGENT_STREAMS];
	size_t n_expected;
	bool has_lease;
	struct lease lease;
};
void agent_check_in_answer_encode(const struct agent_check_in_answer *answer,
				  struct buffer *to);
RQ_MUST_USE enum rq_err agent_check_in_answer_decode(
    struct bytes message, struct agent_check_in_answer *answer_out);
/* Whether machine (AGENT_MACHINE_ID bytes) is on the list. */
bool agent_is_revoked(const struct agent_check_in_answer *answer,
		      const uint8_t *machine);

/* ---- OFFER: a full centre says so before it is sent the bytes ---- */

struct agent_offer {
	uint8_t class;
	uint64_t bytes, n_records;
};
void agent_offer_encode(const struct agent_offer *offer, struct buffer *to);
RQ_MUST_USE enum rq_err agent_offer_decode(struct bytes message,
					   struct agent_offer *offer_out);

struct agent_offer_answer {
	uint64_t take_bytes; /* 0: none, come back */
	uint64_t come_back_ms;
};
void agent_offer_answer_encode(const struct agent_offer_answer *answer,
			       struct buffer *to);
RQ_MUST_USE enum rq_err agent_offer_answer_decode(
    struct bytes message, struct agent_offer_answer *answer_out);

/* ---- POSTURE ---- */

enum posture_encryption {
	ENCRYPTION_UNKNOWN,
	ENCRYPTION_NONE,
	ENCRYPTION_PART,
	ENCRYPTION_ALL,
	N_ENCRYPTIONS,
};

enum antivirus_state {
	ANTIVIRUS_UNKNOWN,
	ANTIVIRUS_OFF,
	ANTIVIRUS_ON,
	ANTIVIRUS_OUT_OF_DATE,
	N_ANTIVIRUS_STATES,
};

struct posture_antivirus {
	struct bytes product, version;
	uint8_t state;           /* enum antivirus_state */
	uint64_t definitions_ms; /* UTC; 0: unknown, as below */
	uint64_t last_full_scan_ms;
};

#define POSTURE_UPDATES_UNKNOWN UINT32_MAX

struct agent_posture {
	struct bytes os, os_version, program, content;
	uint64_t policy_serial;
	uint64_t booted_ms; /* UTC, by the machine's clock */
	uint8_t encryption; /* enum posture_encryption */
	uint32_t n_updates; /* that wait, or POSTURE_UPDATES_UNKNOWN */
	struct posture_antivirus antivirus[CAP_POSTURE_ANTIVIRUS];
	size_t n_antivirus;
};
void agent_posture_encode(const struct agent_posture *posture, struct buffer *to);
RQ_MUST_USE enum rq_err agent_posture_decode(struct bytes message,
					     struct agent_posture *posture_out);

/* ---- NEIGHBOURS: what the machine's own table of addresses holds ---- */

struct agent_neighbour {
	uint8_t family;      /* 4 or 6 */
	uint8_t address[16]; /* of IPv4 the first four, zeros behind */
	uint8_t link[6];
};

struct agent_neighbours {
	struct agent_neighbour rows[CAP_NEIGHBOURS];
	size_t n_rows;
};
void agent_neighbours_encode(const struct agent_neighbours *neighbours,
			     struct buffer *to);
RQ_MUST_USE enum rq_err agent_neighbours_decode(
    struct bytes message, struct agent_neighbours *neighbours_out);

#endif
