#include "os/place.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLAG_KERNEL_THREAD = 0x00200000, STAT_FIELDS_BEFORE_FLAGS = 6 };

enum rq_err place_variable(const char *name, struct buffer *to)
{
	const char *value = getenv(name);

	if (value == NULL || value[0] == 0)
		return RQ_ERR_NOT_FOUND;
	buffer_put(to, value, strlen(value) + 1);
	return buffer_ok(to) ? RQ_OK : RQ_ERR_MEMORY;
}

enum rq_err place_home(struct buffer *to)
{
	return place_variable("HOME", to);
}

static enum rq_err tell_own_home(const struct place_sink *sink)
{
	struct buffer home = {0};
	enum rq_err err = place_home(&home);

	if (err == RQ_OK)
		err = sink->found(sink->listener, (const char *)home.data);
	buffer_free(&home);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err place_homes(const struct place_sink *sink)
{
	enum rq_err err = tell_own_home(sink);
	DIR *homes = opendir("/home");
	struct dirent *entry;
	char path[sizeof entry->d_name + 8];

	while (err == RQ_OK && homes != NULL && (entry = readdir(homes)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/home/%s", entry->d_name);
		err = sink->found(sink->listener, path);
	}
	if (homes != NULL)
		closedir(homes);
	return err == RQ_OK ? sink->found(sink->listener, "/root") : err;
}

/* proc(5): the flags are the seventh field behind the name in its brackets. */
static bool is_of_the_kernel(const char *pid)
{
	char path[64], line[1024];
	const char *at;
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	n = fread(line, 1, sizeof line - 1, file);
	fclose(file);
	line[n] = 0;
	at = strrchr(line, ')');
	for (int i = 0; at != NULL && i <= STAT_FIELDS_BEFORE_FLAGS; i++)
		at = strchr(at + 1, ' ');
	return at != NULL && (strtoul(at, NULL, 10) & FLAG_KERNEL_THREAD) != 0;
}

static enum rq_err tell_program(const struct place_sink *sink, const char *pid)
{
	char link[64], path[4096];
	struct stat running, named;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/%.20s/exe", pid);
	n = readlink(link, path, sizeof path - 1);
	if (n < 0) {
		/* gone meanwhile, or without a file of its own */
		if (errno == ENOENT || errno == ESRCH || is_of_the_kernel(pid))
			return RQ_OK;
		return sink->unknown(sink->listener, link);
	}
	path[n] = 0;
	if (stat(link, &running) != 0)
		return sink->unknown(sink->listener, link);
	/* removed, replaced, or seen from inside a container */
	if (n == sizeof path - 1 || stat(path, &named) != 0 ||
	    named.st_dev != running.st_dev || named.st_ino != running.st_ino)
		return sink->found(sink->listener, link);
	return sink->found(sink->listener, path);
}

enum rq_err place_programs(const struct place_sink *sink)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	enum rq_err err = RQ_OK;

	if (processes == NULL)
		return sink->unknown(sink->listener, "/proc");
	while (err == RQ_OK && (entry = readdir(processes)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			err = tell_program(sink, entry->d_name);
	closedir(processes);
	return err;
}
