/*
 * Certificates (RFC 5280) of an authority of our own, through libcrypto: Ed25519 alone
 * (RFC 8410).  Each kind has its fixed extensions; whoever orders one chooses a key, a
 * name and an end, and nothing else.
 */
#ifndef RAQUET_CRYPTO_CERTIFICATE_H
#define RAQUET_CRYPTO_CERTIFICATE_H

#include "bytes/buffer.h"
#include "crypto/sign.h"

enum certificate_kind {
	CERTIFICATE_ROOT,    /* signs issuing certificates */
	CERTIFICATE_ISSUING, /* signs the two below: path length 0 */
	CERTIFICATE_MACHINE, /* a client's */
	CERTIFICATE_CENTRE,  /* the server's that machines speak with */
};

enum {
	CERTIFICATE_SERIAL = 16,
	CERTIFICATE_NAME = 64,  /* bytes: RFC 5280 A.1, ub-common-name */
	CERTIFICATE_HOSTS = 16, /* names and addresses of one centre */
	CERTIFICATE_HOST = 253, /* bytes of one */
};

#define CERTIFICATE_NO_END UINT64_MAX /* RFC 5280 4.1.2.5: 99991231235959Z */

struct certificate_order {
	enum certificate_kind kind;
	const uint8_t *public_key; /* SIGN_PUBLIC_SIZE */
	const uint8_t *serial;     /* CERTIFICATE_SERIAL; the first is 0x01 to 0x7F */
	struct bytes name;         /* letters, digits, space, '.', '-' */
	uint64_t not_before_ms, not_after_ms; /* of whole seconds */
	const struct bytes *hosts; /* of CENTRE: names of DNS, or addresses in digits */
	size_t n_hosts;
};

/*
 * Appends the certificate as DER, signed with secret, whose own certificate issuer is (of
 * ROOT: empty).  RQ_ERR_USAGE: a name, serial or host that none may have.
 */
RQ_MUST_USE enum rq_err certificate_issue(const struct certificate_order *order,
					  const uint8_t *secret, struct bytes issuer,
					  struct buffer *to);

struct certificate_facts {
	uint8_t public_key[SIGN_PUBLIC_SIZE];
	uint8_t serial[CERTIFICATE_SERIAL];
	uint64_t not_before_ms, not_after_ms;
};

/* What a certificate of our own says; whether it is our own was seen before.
 * RQ_ERR_FORMAT: it is none of ours. */
RQ_MUST_USE enum rq_err certificate_facts_read(struct bytes der,
					       struct certificate_facts *facts_out);

/* Whether the key of issuer signed der; both are ours. */
RQ_MUST_USE enum rq_err certificate_is_below(struct bytes der, struct bytes issuer,
					     bool *is_below_out);

#endif
