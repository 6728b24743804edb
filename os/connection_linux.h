/* Between connection_linux.c and connection_rows_linux.c. */
#ifndef RAQUET_OS_CONNECTION_LINUX_H
#define RAQUET_OS_CONNECTION_LINUX_H

#include "bytes/error.h"
#include "bytes/reader.h"

struct connection_row {
	uint64_t socket; /* its inode */
	uint8_t address[16];
	uint16_t port;
	bool is_ipv6, is_udp;
};

struct connection_rows {
	struct connection_row *at;
	size_t n, capacity;
};

/*
 * Appends what has another end of the text of /proc/PID/net/tcp, tcp6, udp or udp6,
 * up to CAP_CONNECTIONS.  RQ_ERR_FORMAT: not such a text.
 */
RQ_MUST_USE enum rq_err connection_rows_decode(struct bytes text, bool is_ipv6,
					       bool is_udp,
					       struct connection_rows *rows);

#endif
