#include "os/memory_linux.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 64 << 10 };

/* The text of a file of the system, which the caller frees; NULL: it is not there. */
static const char *read_whole(const char *path, struct buffer *text)
{
	enum rq_err err;

	buffer_clear(text);
	err = memory_read_text(AT_FDCWD, path, MAX_TEXT, text);
	buffer_u8(text, 0);
	return err == RQ_OK && buffer_ok(text) ? (const char *)text->data : NULL;
}

/* "max" is no number, and no limit. */
static uint64_t read_number(const char *path, struct buffer *text)
{
	const char *number = read_whole(path, text);

	if (number == NULL || number[0] < '0' || number[0] > '9')
		return UINT64_MAX;
	return strtoull(number, NULL, 10);
}

static uint64_t room_of_machine(struct buffer *text)
{
	static const char key[] = "\nMemAvailable:";
	const char *all = read_whole("/proc/meminfo", text);
	const char *at = all != NULL ? strstr(all, key) : NULL;

	return at == NULL ? 0 : strtoull(at + sizeof key - 1, NULL, 10) * 1024;
}

/* Of the group at path and those that it is in; path is cut on the way. */
static uint64_t room_of_groups(const char *top, char *path, const char *limit_name,
			       const char *used_name, struct buffer *text)
{
	uint64_t room = UINT64_MAX;
	char name[4096 + 128];

	for (;;) {
		char *end = strrchr(path, '/');
		uint64_t limit, used;

		snprintf(name, sizeof name, "%s%s/%s", top, path, limit_name);
		limit = read_number(name, text);
		snprintf(name, sizeof name, "%s%s/%s", top, path, used_name);
		used = limit == UINT64_MAX ? 0 : read_number(name, text);
		if (limit != UINT64_MAX && used != UINT64_MAX) {
			uint64_t left = limit > used ? limit - used : 0;

			room = left < room ? left : room;
		}
		if (end == NULL)
			return room;
		*end = '\0';
	}
}

/* The path in a line of cgroups(7) that begins with start: "4:memory:/a/b". */
static bool find_group(const char *groups, const char *start, char *path, size_t size)
{
	for (const char *line = groups; line != NULL && *line != '\0';) {
		const char *end = strchr(line, '\n');
		const char *at = strstr(line, start);

		if (at != NULL && (end == NULL || at < end)) {
			at += strlen(start);
			snprintf(path, size, "%.*s", (int)strcspn(at, "\n"), at);
			if (strcmp(path, "/") == 0)
				path[0] = '\0';
			return true;
		}
		line = end != NULL ? end + 1 : NULL;
	}
	return false;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t memory_room(void)
{
	struct buffer text = {0}, groups = {0};
	uint64_t room = room_of_machine(&text);
	const char *all = read_whole("/proc/self/cgroup", &groups);
	char path[4096];

	if (find_group(all, ":memory:", path, sizeof path))
		room = least(room, room_of_groups("/sys/fs/cgroup/memory", path,
						  "memory.limit_in_bytes",
						  "memory.usage_in_bytes", &text));
	if (find_group(all, "0::", path, sizeof path))
		room = least(room, room_of_groups("/sys/fs/cgroup", path, "memory.max",
						  "memory.current", &text));
	buffer_free(&groups);
	buffer_free(&text);
	return room;
}
