/*
 * What the centre and the signer say to each other, one request and one answer at a time:
 *
 *     STATE  -> STATE_ANSWER     which authority it is
 *     ORDER  -> CERTIFICATE      for a machine, or for the centre's own listener
 *     TIME   -> TIME_ANSWER      the signer's own time, for a machine's nonce
 *
 * There is no other request: nothing that the centre says makes the signer give a key
 * away, sign bytes that it was sent, or take a time that is not its own.  docs/authority.md
 * has the bytes.  A message that is none of these ends the session.
 */
#ifndef RAQUET_CENTRE_SIGNER_SIGNER_MESSAGE_H
#define RAQUET_CENTRE_SIGNER_SIGNER_MESSAGE_H

#include "crypto/certificate.h"
#include "wire/agent.h"

enum signer_message {
	SIGNER_STATE = 1,
	SIGNER_STATE_ANSWER = 2,
	SIGNER_ORDER = 3,
	SIGNER_CERTIFICATE = 4,
	SIGNER_TIME = 5,
	SIGNER_TIME_ANSWER = 6,
};

struct signer_state_request {
	uint8_t version; /* of these messages: 1 */
};
void signer_state_request_encode(const struct signer_state_request *request,
				 struct buffer *to);
RQ_MUST_USE enum rq_err signer_state_request_decode(
    struct bytes message, struct signer_state_request *request_out);

struct signer_state {
	uint8_t fingerprint[AGENT_DIGEST]; /* SHA-256 of the root's certificate */
	uint8_t time_key[SIGN_PUBLIC_SIZE];
	uint64_t issuing_end_ms; /* then the root has to sign another one */
	uint64_t n_issued;
	struct bytes issuing, root; /* DER */
};
void signer_state_encode(const struct signer_state *state, struct buffer *to);
RQ_MUST_USE enum rq_err signer_state_decode(struct bytes message,
					    struct signer_state *state_out);

enum signer_kind { SIGNER_MACHINE, SIGNER_CENTRE, N_SIGNER_KINDS };

struct signer_order {
	uint8_t kind; /* enum signer_kind */
	uint8_t public_key[SIGN_PUBLIC_SIZE];
	struct bytes hosts[CERTIFICATE_HOSTS]; /* of SIGNER_CENTRE alone */
	size_t n_hosts;
};
void signer_order_encode(const struct signer_order *order, struct buffer *to);
RQ_MUST_USE enum rq_err signer_order_decode(struct bytes message,
					    struct signer_order *order_out);

enum signer_status {
	SIGNER_DONE,
	SIGNER_LATER,   /* more were ordered than it signs in that time */
	SIGNER_REFUSED, /* an order that has no certificate */
	N_SIGNER_STATUSES,
};

struct signer_certificate {
	uint8_t status; /* enum signer_status; what follows is empty but for DONE */
	uint64_t come_back_ms; /* of LATER */
	uint8_t serial[CERTIFICATE_SERIAL];
	uint64_t not_before_ms, not_after_ms;
	struct bytes der;
};
void signer_certificate_encode(const struct signer_certificate *certificate,
			       struct buffer *to);
RQ_MUST_USE enum rq_err signer_certificate_decode(
    struct bytes message, struct signer_certificate *certificate_out);

struct signer_time_request {
	uint8_t nonce[AGENT_NONCE];
};
void signer_time_request_encode(const struct signer_time_request *request,
				struct buffer *to);
RQ_MUST_USE enum rq_err signer_time_request_decode(
    struct bytes message, struct signer_time_request *request_out);

struct signer_time {
	struct agent_time time;
};
void signer_time_encode(const struct signer_time *time, struct buffer *to);
RQ_MUST_USE enum rq_err signer_time_decode(struct bytes message,
					   struct signer_time *time_out);

#endif
