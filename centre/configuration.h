/*
 * What a centre is told: a file with one key a line, and the environment over it
 * (docs/centre-configuration.md).  Secrets are never in it, only the names of files.
 */
#ifndef RAQUET_CENTRE_CONFIGURATION_H
#define RAQUET_CENTRE_CONFIGURATION_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "bytes/reader.h"

struct configuration {
	const char *folder; /* what the centre keeps beside its store */
	const char *store;  /* store.h; without it FOLDER/centre.db */
	const char *people, *people_certificate, *people_key;
	const char
	    *people_authority; /* of government cards; NULL: none are asked for */
	const char *agents, *agents_certificate, *agents_key, *agents_authority;
	const char *local; /* loopback alone */
	const char *log;   /* "text", "json" */
	int64_t agents_connections, people_connections;
	int64_t agents_handshakes, people_handshakes; /* new ones in a second */
	int64_t room_mib; /* that stay free on the store's disk */
};

/* Texts lie in arena. */
void configuration_default(struct configuration *configuration);

/*
 * Reads text: lines "key = value", "# comment" and empty ones.  A key that is unknown or
 * given twice, and a value that does not fit it, is RQ_ERR_USAGE with the line in *diag.
 */
RQ_MUST_USE enum rq_err configuration_read(struct configuration *configuration,
					   struct bytes text, struct arena *arena,
					   struct rq_diag *diag);

/* Each RAQUET_CENTRE_KEY of environment ("NAME=VALUE", ended by NULL) takes the place of
 * key. */
RQ_MUST_USE enum rq_err configuration_override(struct configuration *configuration,
					       const char *const *environment,
					       struct arena *arena,
					       struct rq_diag *diag);

/* Fills what follows from the folder. */
RQ_MUST_USE enum rq_err configuration_complete(struct configuration *configuration,
					       struct arena *arena,
					       struct rq_diag *diag);

/* "127.0.0.1:8443", "[::]:8443", taken apart; false: it is none. */
enum { ADDRESS_HOST = 46 };
bool address_read(const char *text, char host_out[ADDRESS_HOST], uint16_t *port_out);

/* The i-th key, in the order of the manual; NULL behind the last. */
const char *configuration_key(size_t i);

#endif
