/*
 * The courier: the machine's key, the centre's addresses, and nothing that a user owns.
 * It enrols and renews by itself, and takes messages from the agent to the centre.
 */
#ifndef RAQUET_ENDPOINT_COURIER_COURIER_H
#define RAQUET_ENDPOINT_COURIER_COURIER_H

#include "crypto/sign.h"
#include "endpoint/courier/post.h"
#include "world/world.h"

struct courier {
	const char *folder;
	struct world world;
	struct courier_settings settings;
	struct centre_time time;
	struct trust trust;
	struct post *post;
	char *login; /* of the proxy, or NULL */

	uint8_t secret[SIGN_SECRET_SIZE];
	bool has_secret;
	struct buffer enrolled_file; /* the message as it came */
	struct agent_enrolled enrolled;
	bool is_enrolled;
	uint64_t not_after_ms; /* of our certificate */
	uint32_t wants;        /* of the last check-in's answer */
};

/* Reads the folder.  RQ_ERR_NOT_FOUND: there are no settings. */
RQ_MUST_USE enum rq_err courier_open(struct courier *courier, const char *folder,
				     struct rq_diag *diag);
void courier_close(struct courier *courier);

/* ---- enrol.c ---- */

enum courier_enrolment {
	COURIER_ENROLMENT_DONE,
	COURIER_ENROLMENT_WAITS,
	COURIER_ENROLMENT_DENIED, /* *status_out says why */
	COURIER_ENROLMENT_NO_CENTRE,
	COURIER_ENROLMENT_NOT_GENUINE, /* something of the answer is not the centre's */
};

/* Asks once; a certificate that is given is kept and used from then on.  As ENROL with a
 * new key, or RENEW with the one that there is.  *come_back_ms_out: 0 where not said. */
RQ_MUST_USE enum rq_err courier_enrol(struct courier *courier, bool renew,
				      enum courier_enrolment *result_out,
				      uint8_t *status_out, uint64_t *come_back_ms_out);
/* Whether the certificate is to be renewed by now. */
bool courier_is_due(const struct courier *courier);

/* ---- carry.c ---- */

/* Takes one message and appends what is told about it.  POST_LEFT: the agent has another
 * one instead. */
enum post_result courier_carry(struct courier *courier, struct bytes message,
			       uint32_t wait_ms, const struct post_watch *watch,
			       struct buffer *answer);

#endif
