#include "os/connection_linux.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"

#include <string.h>

/* proc(5): sl local_address rem_address st queues timer retrnsmt uid timeout inode */
enum { FIELD_REMOTE = 2, FIELD_SOCKET = 9 };

static struct bytes next_line(struct reader *r)
{
	struct reader copy = *r;
	struct bytes line;
	size_t n = 0;

	while (reader_left(&copy) > 0 && reader_u8(&copy) != '\n')
		n++;
	line = reader_bytes(r, n);
	if (reader_left(r) > 0)
		reader_skip(r, 1);
	return line;
}

/* The field with that number, or an empty one. */
static struct bytes field_of(struct bytes line, int number)
{
	size_t at = 0;

	for (int i = 0;; i++) {
		size_t start;

		while (at < line.n && line.at[at] == ' ')
			at++;
		start = at;
		while (at < line.n && line.at[at] != ' ')
			at++;
		if (i == number || start == at)
			return (struct bytes){line.at + start, at - start};
	}
}

static uint32_t hex(struct reader *r, int n_digits)
{
	uint32_t value = 0;

	for (int i = 0; i < n_digits; i++) {
		uint8_t c = reader_u8(r);

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if (c >= 'A' && c <= 'F')
			value = value << 4 | (uint32_t)(c - 'A' + 10);
		else
			reader_fail(r);
	}
	return value;
}

/* Words of 32 bits as this processor has them in memory, written as numbers. */
static bool read_remote(struct bytes text, bool is_ipv6, struct connection_row *row)
{
	struct reader r = reader_over(text.at, text.n);

	for (size_t i = 0; i < (is_ipv6 ? 4 : 1); i++) {
		uint32_t word = hex(&r, 8);

		memcpy(&row->address[4 * i], &word, sizeof word);
	}
	if (reader_u8(&r) != ':')
		reader_fail(&r);
	row->port = (uint16_t)hex(&r, 4);
	return reader_done(&r);
}

static bool read_socket(struct bytes text, uint64_t *socket_out)
{
	*socket_out = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		*socket_out = *socket_out * 10 + (uint64_t)(text.at[i] - '0');
	}
	return text.n > 0;
}

enum rq_err connection_rows_decode(struct bytes text, bool is_ipv6, bool is_udp,
				   struct connection_rows *rows)
{
	struct reader r = reader_over(text.at, text.n);

	(void)next_line(&r); /* the titles */
	while (reader_left(&r) > 0 && rows->n < CAP_CONNECTIONS) {
		struct connection_row row = {.is_ipv6 = is_ipv6, .is_udp = is_udp};
		struct bytes line = next_line(&r);

		if (!read_remote(field_of(line, FIELD_REMOTE), is_ipv6, &row) ||
		    !read_socket(field_of(line, FIELD_SOCKET), &row.socket))
			return RQ_ERR_FORMAT;
		/* it listens, or is closed already and nobody's */
		if (row.port == 0 || row.socket == 0)
			continue;
		if (!alloc_grow((void **)&rows->at, &rows->capacity, rows->n + 1,
				sizeof *rows->at))
			return RQ_ERR_MEMORY;
		rows->at[rows->n++] = row;
	}
	return RQ_OK;
}
