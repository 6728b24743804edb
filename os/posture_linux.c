#include "os/posture.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

/* NAME=value or NAME="value" of os-release(5). */
static void take_value(const char *line, const char *name, char *to)
{
	size_t n = strlen(name);

	if (strncmp(line, name, n) != 0 || line[n] != '=')
		return;
	line += n + 1;
	line += *line == '"';
	n = strcspn(line, "\"\n");
	if (n >= POSTURE_TEXT)
		n = POSTURE_TEXT - 1;
	memcpy(to, line, n);
	to[n] = 0;
}

static void read_name(struct posture *posture)
{
	char line[512];
	FILE *file = fopen("/etc/os-release", "re");

	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		take_value(line, "ID", posture->os);
		take_value(line, "VERSION_ID", posture->os_version);
	}
	if (file != NULL)
		fclose(file);
}

static uint64_t booted_ms(void)
{
	struct timespec now, up;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) != 0 || up.tv_sec > now.tv_sec)
		return 0;
	return (uint64_t)(now.tv_sec - up.tv_sec) * 1000;
}

/* The device-mapper's own name of the root's device begins with CRYPT- when LUKS made it. */
static void read_disk(struct posture *posture)
{
	struct stat root;
	char path[96], uuid[16] = "";
	FILE *file;

	if (stat("/", &root) != 0 || major(root.st_dev) == 0)
		return; /* no block device: an image, a network */
	posture->root_disk = POSTURE_DISK_PLAIN;
	snprintf(path, sizeof path, "/sys/dev/block/%u:%u/dm/uuid", major(root.st_dev),
		 minor(root.st_dev));
	file = fopen(path, "re");
	if (file != NULL) {
		if (fgets(uuid, sizeof uuid, file) != NULL &&
		    strncmp(uuid, "CRYPT-", 6) == 0)
			posture->root_disk = POSTURE_DISK_ENCRYPTED;
		else
			posture->root_disk = POSTURE_DISK_UNKNOWN; /* LVM: on what? */
		fclose(file);
	}
}

/* What the system's own timer wrote down: "12 updates can be applied". */
static uint32_t n_updates(void)
{
	FILE *file = fopen("/var/lib/update-notifier/updates-available", "re");
	char line[256];
	unsigned n = UINT32_MAX;

	while (file != NULL && n == UINT32_MAX &&
	       fgets(line, sizeof line, file) != NULL)
		if (line[0] >= '0' && line[0] <= '9' && strlen(line) < 100 &&
		    sscanf(line, "%9u", &n) != 1)
			n = UINT32_MAX;
	if (file != NULL)
		fclose(file);
	return n;
}

void posture_read(struct posture *posture_out)
{
	*posture_out = (struct posture){0};
	read_name(posture_out);
	posture_out->booted_ms = booted_ms();
	read_disk(posture_out);
	posture_out->n_updates = n_updates();
}

static int row_of(const char *line, struct posture_neighbour *row)
{
	unsigned a[4], l[6], type, flags;

	if (sscanf(line, "%3u.%3u.%3u.%3u %x %x %2x:%2x:%2x:%2x:%2x:%2x", &a[0], &a[1],
		   &a[2], &a[3], &type, &flags, &l[0], &l[1], &l[2], &l[3], &l[4],
		   &l[5]) != 12 ||
	    type != 1 || (flags & 2) == 0) /* Ethernet, and it answered */
		return 0;
	for (size_t i = 0; i < 4; i++)
		row->address[i] = (uint8_t)a[i];
	for (size_t i = 0; i < 6; i++)
		row->link[i] = (uint8_t)l[i];
	return 1;
}

size_t posture_neighbours(struct posture_neighbour *rows_out, size_t max)
{
	FILE *file = fopen("/proc/net/arp", "re");
	char line[256];
	size_t n = 0;

	while (file != NULL && n < max && fgets(line, sizeof line, file) != NULL)
		n += (size_t)row_of(line, &rows_out[n]);
	if (file != NULL)
		fclose(file);
	return n;
}

static uint64_t ms_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000 + (uint64_t)time->tv_usec / 1000;
}

void posture_usage(uint64_t *peak_bytes_out, uint64_t *cpu_ms_out)
{
	struct rusage own = {0}, children = {0};

	(void)getrusage(RUSAGE_SELF, &own);
	(void)getrusage(RUSAGE_CHILDREN, &children);
	*peak_bytes_out = (uint64_t)own.ru_maxrss * 1024;
	*cpu_ms_out = ms_of(&own.ru_utime) + ms_of(&own.ru_stime) +
		      ms_of(&children.ru_utime) + ms_of(&children.ru_stime);
}
