/*
 * Whom the courier believes to be the centre.
 *
 * The chain must lead to the one certificate whose fingerprint is known, whatever other
 * authorities this system trusts.  Its dates are not compared with this machine's
 * calendar, which may say 2009 or 2040, but with the time that the centre signs:
 *
 *     known already     in the handshake
 *     not known yet     behind it: trust_holds, before anything but the check-in that
 *                       brought the time counts
 *
 * So the key of a centre's certificate that has ended is of no use to a thief without the
 * key of the time, which never leaves the signer.
 */
#ifndef RAQUET_ENDPOINT_COURIER_TRUST_H
#define RAQUET_ENDPOINT_COURIER_TRUST_H

#include "endpoint/agent/centre_time.h"
#include "wire/agent.h"
#include "wire/paper_code.h"

#include <openssl/x509_vfy.h>

struct trust {
	const struct paper_code *code; /* names the authority */
	const struct agent_enrolled
	    *enrolled; /* its chain may have what is not shown */
	const struct centre_time *time;
	/* of who was believed last */
	bool is_seen;
	uint64_t not_before_ms, not_after_ms; /* while all of the chain is good */
	uint8_t authority[AGENT_DIGEST];
};

/* For SSL_CTX_set_cert_verify_callback; trust is a struct trust. */
int trust_verify(X509_STORE_CTX *store, void *trust);

/* Whether who was believed last is good at utc_ms. */
bool trust_holds(const struct trust *trust, uint64_t utc_ms);

#endif
