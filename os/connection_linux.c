#include "os/connection.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "os/clock.h"
#include "os/connection_linux.h"
#include "os/memory_linux.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRESH_NS = 1000 * 1000 * 1000, MAX_TEXT = 64 << 20 };

/* Of the network that was asked about last: most processes share one. */
struct connection_table {
	uint64_t network, read_ns;
	struct connection_rows rows; /* by rising socket */
};

enum rq_err connection_table_new(struct connection_table **table_out)
{
	*table_out = alloc_array(1, sizeof **table_out);
	return *table_out == NULL ? RQ_ERR_MEMORY : RQ_OK;
}

void connection_table_free(struct connection_table *table)
{
	if (table == NULL)
		return;
	alloc_free(table->rows.at);
	alloc_free(table);
}

static int by_socket(const void *a, const void *b)
{
	const struct connection_row *x = a, *y = b;

	return x->socket < y->socket ? -1 : x->socket > y->socket;
}

static enum rq_err read_table(struct connection_table *table, int folder)
{
	static const struct {
		const char *name;
		bool is_ipv6, is_udp;
	} files[] = {
	    {"net/tcp", false, false},
	    {"net/tcp6", true, false},
	    {"net/udp", false, true},
	    {"net/udp6", true, true},
	};
	struct buffer text = {0};
	enum rq_err err = RQ_OK;

	table->rows.n = 0;
	for (size_t i = 0; i < sizeof files / sizeof *files && err == RQ_OK; i++) {
		buffer_clear(&text);
		err = memory_read_text(folder, files[i].name, MAX_TEXT, &text);
		if (err == RQ_OK)
			err = connection_rows_decode(buffer_bytes(&text),
						     files[i].is_ipv6, files[i].is_udp,
						     &table->rows);
		else if (err == RQ_ERR_NOT_FOUND)
			err = RQ_OK; /* a kernel without that family */
	}
	buffer_free(&text);
	if (table->rows.n > 0)
		qsort(table->rows.at, table->rows.n, sizeof *table->rows.at, by_socket);
	return err;
}

/* Makes the table that of the network of the process. */
static enum rq_err refresh(struct connection_table *table, int folder)
{
	uint64_t now = clock_monotonic_ns();
	struct stat st;
	enum rq_err err;

	if (fstatat(folder, "ns/net", &st, 0) != 0)
		return memory_error(errno);
	if (table->network == st.st_ino && now - table->read_ns < FRESH_NS)
		return RQ_OK;
	err = read_table(table, folder);
	table->network = err == RQ_OK ? st.st_ino : 0;
	table->read_ns = now;
	return err;
}

static const struct connection_row *find(const struct connection_table *table,
					 uint64_t socket)
{
	const struct connection_row key = {.socket = socket};

	return table->rows.n == 0 ? NULL
				  : bsearch(&key, table->rows.at, table->rows.n,
					    sizeof key, by_socket);
}

static enum rq_err fill(const struct connection_row *row, struct arena *arena,
			struct connection *connection)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	bool is_mapped =
	    row->is_ipv6 && memcmp(row->address, mapped, sizeof mapped) == 0;
	bool is_ipv6 = row->is_ipv6 && !is_mapped;
	char address[INET6_ADDRSTRLEN];
	const char *remote, *text;

	if (inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, &row->address[is_mapped ? 12 : 0],
		      address, sizeof address) == NULL)
		return RQ_ERR_SYSTEM;
	remote = arena_format(arena, "%s", address);
	text = arena_format(arena, is_ipv6 ? "%s [%s]:%u" : "%s %s:%u",
			    row->is_udp ? "udp" : "tcp", address, row->port);
	if (remote == NULL || text == NULL)
		return RQ_ERR_MEMORY;
	*connection = (struct connection){
	    .is_udp = row->is_udp, .remote = bytes_of(remote), .text = bytes_of(text)};
	return RQ_OK;
}

/* The number in "socket:[1060]", or 0. */
static uint64_t socket_of(int folder, const char *name)
{
	static const char start[] = "socket:[";
	char target[64];
	ssize_t n = readlinkat(folder, name, target, sizeof target - 1);

	if (n <= 0)
		return 0;
	target[n] = '\0';
	return strncmp(target, start, sizeof start - 1) == 0
		   ? strtoull(&target[sizeof start - 1], NULL, 10)
		   : 0;
}

static enum rq_err collect(const struct connection_table *table, DIR *files,
			   struct arena *arena, struct connection **list_out,
			   size_t *n_out)
{
	struct connection *list = NULL;
	size_t n = 0, capacity = 0;
	enum rq_err err = RQ_OK;

	for (struct dirent *entry; err == RQ_OK && (entry = readdir(files)) != NULL;) {
		uint64_t socket = socket_of(dirfd(files), entry->d_name);
		const struct connection_row *row =
		    socket != 0 ? find(table, socket) : NULL;

		if (row == NULL)
			continue;
		if (!arena_grow(arena, (void **)&list, &capacity, n + 1, sizeof *list))
			err = RQ_ERR_MEMORY;
		else
			err = fill(row, arena, &list[n++]);
	}
	if (err == RQ_OK) {
		*list_out = list;
		*n_out = n;
	}
	return err;
}

enum rq_err connection_list(struct connection_table *table, uint64_t id,
			    struct arena *arena, struct connection **list_out,
			    size_t *n_out)
{
	char path[40];
	int folder, files;
	DIR *listing = NULL;
	enum rq_err err;

	*list_out = NULL;
	*n_out = 0;
	snprintf(path, sizeof path, "/proc/%llu", (unsigned long long)id);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return memory_error(errno);
	err = refresh(table, folder);
	files = err == RQ_OK ? openat(folder, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			     : -1;
	if (err == RQ_OK && files < 0)
		err = memory_error(errno);
	if (err == RQ_OK) {
		listing = fdopendir(files);
		if (listing == NULL) {
			close(files);
			err = RQ_ERR_MEMORY;
		}
	}
	if (err == RQ_OK)
		err = collect(table, listing, arena, list_out, n_out);
	if (listing != NULL)
		closedir(listing);
	close(folder);
	return err;
}
