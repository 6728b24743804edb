#include "centre/configuration.h"

#include "bytes/cap.h"
#include "bytes/encoding.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum kind {
	KIND_TEXT,
	KIND_ADDRESS,
	KIND_LOG,
	KIND_NUMBER,
};

static const struct key {
	const char *name;
	enum kind kind;
	size_t off;
	int64_t least, most; /* of a number */
} keys[] = {
#define TEXT(name, kind)                                                               \
	{                                                                              \
#name, kind, offsetof(struct configuration, name), 0, 0                \
	}
#define NUMBER(name, least, most)                                                      \
	{                                                                              \
#name, KIND_NUMBER, offsetof(struct configuration, name), least, most  \
	}
    TEXT(folder, KIND_TEXT),
    TEXT(store, KIND_TEXT),
    TEXT(people, KIND_ADDRESS),
    TEXT(people_certificate, KIND_TEXT),
    TEXT(people_key, KIND_TEXT),
    TEXT(people_authority, KIND_TEXT),
    NUMBER(people_connections, 1, 100000),
    NUMBER(people_handshakes, 1, 100000),
    TEXT(agents, KIND_ADDRESS),
    TEXT(agents_certificate, KIND_TEXT),
    TEXT(agents_key, KIND_TEXT),
    TEXT(agents_authority, KIND_TEXT),
    NUMBER(agents_connections, 1, 1000000),
    NUMBER(agents_handshakes, 1, 100000),
    TEXT(local, KIND_ADDRESS),
    TEXT(log, KIND_LOG),
    NUMBER(room_mib, 0, 1 << 20),
#undef TEXT
#undef NUMBER
};
enum { N_KEYS = sizeof keys / sizeof keys[0] };

const char *configuration_key(size_t i)
{
	return i < N_KEYS ? keys[i].name : NULL;
}

void configuration_default(struct configuration *configuration)
{
	*configuration = (struct configuration){
	    .folder = "/var/lib/raquet-centre",
	    .people = "0.0.0.0:8443",
	    .agents = "0.0.0.0:8444",
	    .local = "127.0.0.1:8446",
	    .log = "text",
	    .agents_connections = 20000,
	    .people_connections = 1000,
	    .agents_handshakes = 300,
	    .people_handshakes = 100,
	    .room_mib = 256,
	};
}

bool address_read(const char *text, char host_out[ADDRESS_HOST], uint16_t *port_out)
{
	const char *colon = strrchr(text, ':');
	const char *from = text, *to = colon;
	uint32_t port = 0;

	if (colon == NULL || colon[1] == 0 || strlen(colon + 1) > 5)
		return false;
	for (const char *at = colon + 1; *at != 0; at++) {
		if (*at < '0' || *at > '9')
			return false;
		port = port * 10 + (uint32_t)(*at - '0');
	}
	if (*from == '[') {
		from++;
		if (to == from || *--to != ']')
			return false;
	}
	if (to <= from || to - from >= ADDRESS_HOST || port > 65535)
		return false;
	snprintf(host_out, ADDRESS_HOST, "%.*s", (int)(to - from), from);
	*port_out = (uint16_t)port;
	return true;
}

static const struct key *find(struct bytes name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (bytes_equal_text(name, keys[i].name))
			return &keys[i];
	return NULL;
}

static bool read_number(struct bytes text, const struct key *key, int64_t *number_out)
{
	int64_t number = 0;

	if (text.n == 0 || text.n > 9)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		number = number * 10 + (text.at[i] - '0');
	}
	*number_out = number;
	return number >= key->least && number <= key->most;
}

static enum rq_err set(struct configuration *configuration, const struct key *key,
		       struct bytes value, struct arena *arena, struct rq_diag *diag)
{
	void *to = (uint8_t *)configuration + key->off;
	char host[ADDRESS_HOST];
	uint16_t port;
	char *text;

	if (key->kind == KIND_NUMBER)
		return read_number(value, key, to)
			   ? RQ_OK
			   : rq_fail(diag, RQ_ERR_USAGE, key->name,
				     "not a number from %lld to %lld",
				     (long long)key->least, (long long)key->most);
	text = arena_array(arena, value.n + 1, 1);
	if (text == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, key->name, "no memory");
	memcpy(text, value.at, value.n);
	if (value.n == 0 || !utf8_valid(value) || memchr(text, 0, value.n) != NULL)
		return rq_fail(diag, RQ_ERR_USAGE, key->name, "no value");
	if (key->kind == KIND_ADDRESS && !address_read(text, host, &port))
		return rq_fail(diag, RQ_ERR_USAGE, key->name,
			       "not an address as 127.0.0.1:8443 or [::]:8443");
	if (key->kind == KIND_LOG && strcmp(text, "text") != 0 &&
	    strcmp(text, "json") != 0)
		return rq_fail(diag, RQ_ERR_USAGE, key->name, "neither text nor json");
	*(const char **)to = text;
	return RQ_OK;
}

static bool next_line(struct reader *r, struct bytes *line_out)
{
	const uint8_t *from = r->start + r->pos, *end;

	if (reader_left(r) == 0)
		return false;
	end = memchr(from, '\n', reader_left(r));
	*line_out =
	    reader_bytes(r, end != NULL ? (size_t)(end - from) : reader_left(r));
	reader_skip(r, end != NULL);
	return true;
}

static enum rq_err read_line(struct configuration *configuration, struct bytes line,
			     bool *seen, struct arena *arena, struct rq_diag *diag)
{
	const struct bytes blanks = BYTES_LITERAL(" \t\r");
	const uint8_t *mark = memchr(line.at, '=', line.n);
	struct reader r = reader_over(line.at, line.n);
	const struct key *key;
	struct bytes name;

	if (mark == NULL)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "not as \"key = value\"");
	name = bytes_trim(reader_bytes(&r, (size_t)(mark - line.at)), blanks);
	reader_skip(&r, 1);
	key = find(name);
	if (key == NULL)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "there is no key \"%.*s\"",
			       name.n < 60 ? (int)name.n : 60, (const char *)name.at);
	if (seen[key - keys])
		return rq_fail(diag, RQ_ERR_USAGE, key->name, "given twice");
	seen[key - keys] = true;
	return set(configuration, key,
		   bytes_trim(reader_bytes(&r, reader_left(&r)), blanks), arena, diag);
}

enum rq_err configuration_read(struct configuration *configuration, struct bytes text,
			       struct arena *arena, struct rq_diag *diag)
{
	struct reader r = reader_over(text.at, text.n);
	bool seen[N_KEYS] = {false};
	enum rq_err err = RQ_OK;
	struct bytes line;

	for (uint64_t n = 1; err == RQ_OK && next_line(&r, &line); n++) {
		line = bytes_trim(line, BYTES_LITERAL(" \t\r"));
		if (line.n == 0 || line.at[0] == '#')
			continue;
		err = read_line(configuration, line, seen, arena, diag);
		if (err != RQ_OK && diag != NULL)
			diag->offset = n;
	}
	return err;
}

enum rq_err configuration_override(struct configuration *configuration,
				   const char *const *environment, struct arena *arena,
				   struct rq_diag *diag)
{
	static const char prefix[] = "RAQUET_CENTRE_";

	for (; *environment != NULL; environment++) {
		const char *name = *environment + sizeof prefix - 1;
		const char *mark;
		char lower[40];
		size_t n;
		const struct key *key;
		enum rq_err err;

		if (strncmp(*environment, prefix, sizeof prefix - 1) != 0)
			continue;
		mark = strchr(name, '=');
		n = mark != NULL ? (size_t)(mark - name) : 0;
		if (n == 0 || n >= sizeof lower)
			continue;
		for (size_t i = 0; i < n; i++)
			lower[i] = name[i] >= 'A' && name[i] <= 'Z'
				       ? (char)(name[i] + ('a' - 'A'))
				       : name[i];
		key = find((struct bytes){(const uint8_t *)lower, n});
		if (key == NULL)
			return rq_fail(diag, RQ_ERR_USAGE, *environment,
				       "there is no such key");
		err = set(configuration, key, bytes_of(mark + 1), arena, diag);
		if (err != RQ_OK)
			return err;
	}
	return RQ_OK;
}

static bool beside(const struct configuration *configuration, const char *name,
		   struct arena *arena, const char **path)
{
	size_t n = strlen(configuration->folder) + strlen(name) + 2;
	char *text;

	if (*path != NULL)
		return true;
	text = arena_array(arena, n, 1);
	if (text != NULL)
		snprintf(text, n, "%s/%s", configuration->folder, name);
	*path = text;
	return text != NULL;
}

enum rq_err configuration_complete(struct configuration *c, struct arena *arena,
				   struct rq_diag *diag)
{
	if (beside(c, "centre.db", arena, &c->store) &&
	    beside(c, "people.pem", arena, &c->people_certificate) &&
	    beside(c, "people.key", arena, &c->people_key) &&
	    beside(c, "agents.pem", arena, &c->agents_certificate) &&
	    beside(c, "agents.key", arena, &c->agents_key) &&
	    beside(c, "authority.pem", arena, &c->agents_authority))
		return RQ_OK;
	return rq_fail(diag, RQ_ERR_MEMORY, NULL, "no memory");
}
