/*
 * Which process talks to whom: the connections that the system knows of.
 */
#ifndef RAQUET_OS_CONNECTION_H
#define RAQUET_OS_CONNECTION_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "bytes/reader.h"

struct connection {
	bool is_udp;
	struct bytes remote; /* the address alone: "192.0.2.7", "2001:db8::7" */
	struct bytes text;   /* "tcp 192.0.2.7:443"; a 0 follows, as behind remote */
};

/* What was asked of the system lately, since one table serves many processes. */
struct connection_table;

RQ_MUST_USE enum rq_err connection_table_new(struct connection_table **table_out);
void connection_table_free(struct connection_table *table);

/*
 * The connections of process id that have another end, in no order; lists and texts
 * lie in arena.  RQ_ERR_NOT_FOUND, RQ_ERR_ACCESS: of the process.
 * RQ_ERR_UNSUPPORTED: not on this system.
 */
RQ_MUST_USE enum rq_err connection_list(struct connection_table *table, uint64_t id,
					struct arena *arena,
					struct connection **list_out, size_t *n_out);

#endif
