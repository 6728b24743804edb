/*
 * A small centre for tests: TLS with client certificates, the messages of wire/agent.h,
 * the filters of wire/delivery.h, and every way to misbehave.  One connection at a time,
 * in a thread of the test, which looks at its state between calls under lock.
 */
#ifndef RAQUET_ENDPOINT_COURIER_STAND_IN_CENTRE_H
#define RAQUET_ENDPOINT_COURIER_STAND_IN_CENTRE_H

#include "crypto/sign.h"
#include "wire/fetch.h"
#include "wire/kit.h"
#include "wire/sweep.h"

#include <pthread.h>
#include <stdatomic.h>

enum stand_in_mode {
	STAND_IN_HONEST,
	STAND_IN_OVERSIZED,  /* answers without an end */
	STAND_IN_HEADERS,    /* likewise, of its headers */
	STAND_IN_MALFORMED,  /* noise in the place of a message */
	STAND_IN_OTHER_TYPE, /* a message that answers something else */
	STAND_IN_SLOW,       /* a byte at a time */
	STAND_IN_OLD_TIME,   /* the time of another nonce */
	STAND_IN_AWAY,       /* hangs up */
};

enum { STAND_IN_STREAMS = 64, STAND_IN_FINDINGS = 4096, STAND_IN_FILES = 8 };

struct stand_in {
	/* made by stand_in_start; change only under lock */
	pthread_mutex_t lock;
	enum stand_in_mode mode;
	uint64_t now_ms;        /* what it signs; 0: this machine's */
	uint64_t server_end_ms; /* of its certificate */
	uint8_t enrolment;      /* enum agent_enrolment to answer with */
	uint32_t due_ms, hold_ms;
	uint64_t take_bytes;
	struct bytes policy;
	uint64_t policy_serial;
	struct bytes kit;
	struct bytes files[STAND_IN_FILES];
	size_t n_files;
	bool has_lease;
	struct lease lease;

	/* what it saw */
	unsigned n_enrolled, n_renewed, n_check_ins, n_deliveries, n_handshakes;
	unsigned n_postures, n_bad; /* bad: what no honest machine sends */
	struct agent_check_in last; /* without its texts */
	struct stand_in_stream {
		uint64_t stream;
		struct stream_mark mark;
	} streams[STAND_IN_STREAMS];
	size_t n_streams;
	struct {
		uint64_t job, ordinal;
		uint8_t sha256[32];
	} findings[STAND_IN_FINDINGS];
	size_t n_findings; /* after both filters */
	bool has_end, is_refused;
	struct sweep_end end; /* without its texts */
	struct job_refused refused;
	uint64_t n_missing, bytes_in, bytes_out; /* TCP payload */

	/* its own */
	uint8_t root_secret[SIGN_SECRET_SIZE], server_secret[SIGN_SECRET_SIZE],
	    time_secret[SIGN_SECRET_SIZE], time_key[SIGN_PUBLIC_SIZE];
	struct buffer root, server;
	char code[64]; /* as it is printed */
	char address[64];
	uint8_t machine_key[SIGN_PUBLIC_SIZE]; /* enrolled last */
	atomic_bool stops;
	int socket;
	uint16_t port;
	pthread_t thread;
};

/* Where the fields that a test sets stay as they are, or get a value when they are 0. */
void stand_in_start(struct stand_in *centre);
void stand_in_stop(struct stand_in *centre);

/* Makes its certificates anew, for another time; the next connection sees them. */
void stand_in_certify(struct stand_in *centre);

#endif
