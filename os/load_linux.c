#include "os/load.h"

#include "bytes/alloc.h"
#include "os/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_DEVICES = 32, TEXT = 65536 };

static const char input_folder[] = "/dev/input";

struct load_sensor {
	/* Keyboards, mice, touch pads.  What they say is never read: a device with
	 * something to say is opened anew, which forgets it. */
	struct pollfd devices[MAX_DEVICES];
	char names[MAX_DEVICES][32];
	nfds_t n_devices;
	uint64_t last_input_ns; /* from devices; 0: none since we began */
	uint64_t began_ns;
	char text[TEXT];
};

static int open_device(const char *name)
{
	char path[sizeof input_folder + 34];

	snprintf(path, sizeof path, "%s/%s", input_folder, name);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static void find_devices(struct load_sensor *sensor)
{
	DIR *folder = opendir(input_folder);
	const struct dirent *entry;

	if (folder == NULL)
		return;
	while (sensor->n_devices < MAX_DEVICES && (entry = readdir(folder)) != NULL) {
		nfds_t i = sensor->n_devices;

		if (strncmp(entry->d_name, "event", 5) != 0 ||
		    strlen(entry->d_name) >= sizeof sensor->names[i])
			continue;
		sensor->devices[i].fd = open_device(entry->d_name);
		sensor->devices[i].events = POLLIN;
		if (sensor->devices[i].fd < 0)
			continue;
		memcpy(sensor->names[i], entry->d_name, strlen(entry->d_name) + 1);
		sensor->n_devices++;
	}
	closedir(folder);
}

enum rq_err load_sensor_new(struct load_sensor **sensor_out)
{
	struct load_sensor *sensor = alloc_array(1, sizeof *sensor);

	*sensor_out = sensor;
	if (sensor == NULL)
		return RQ_ERR_MEMORY;
	sensor->began_ns = clock_monotonic_ns();
	find_devices(sensor);
	return RQ_OK;
}

void load_sensor_free(struct load_sensor *sensor)
{
	if (sensor == NULL)
		return;
	for (nfds_t i = 0; i < sensor->n_devices; i++)
		if (sensor->devices[i].fd >= 0)
			close(sensor->devices[i].fd);
	alloc_free(sensor);
}

/* ---- input ---- */

static void note_idle(struct load *load, uint64_t idle_ms)
{
	if (!load->knows_input || idle_ms < load->input_idle_ms)
		load->input_idle_ms = idle_ms;
	load->knows_input = true;
}

static void ask_devices(struct load_sensor *sensor, struct load *load)
{
	uint64_t now = clock_monotonic_ns();

	if (sensor->n_devices == 0)
		return;
	if (poll(sensor->devices, sensor->n_devices, 0) > 0)
		for (nfds_t i = 0; i < sensor->n_devices; i++) {
			if (sensor->devices[i].revents == 0)
				continue;
			if ((sensor->devices[i].revents & POLLIN) != 0)
				sensor->last_input_ns = now;
			close(sensor->devices[i].fd);
			/* unplugged: poll passes over -1 */
			sensor->devices[i].fd = open_device(sensor->names[i]);
		}
	note_idle(load, (now - (sensor->last_input_ns != 0 ? sensor->last_input_ns
							   : sensor->began_ns)) /
			    1000000);
}

/* A terminal is read when somebody typed. */
static void ask_terminals(const char *folder_name, struct load *load)
{
	DIR *folder = opendir(folder_name);
	const struct dirent *entry;
	struct timespec now;
	struct stat info;

	if (folder == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	while ((entry = readdir(folder)) != NULL) {
		bool is_terminal = strspn(entry->d_name, "0123456789") > 0 ||
				   (strncmp(entry->d_name, "tty", 3) == 0 &&
				    strspn(entry->d_name + 3, "0123456789") > 0);

		if (!is_terminal || fstatat(dirfd(folder), entry->d_name, &info,
					    AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISCHR(info.st_mode) && info.st_atim.tv_sec <= now.tv_sec)
			note_idle(load,
				  (uint64_t)(now.tv_sec - info.st_atim.tv_sec) * 1000);
	}
	closedir(folder);
}

/* The content of a small file of the system, as text; "" when there is none. */
static const char *text_at(struct load_sensor *sensor, int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, sensor->text, TEXT - 1);

	if (fd >= 0)
		close(fd);
	sensor->text[n > 0 ? n : 0] = '\0';
	return sensor->text;
}

/* The number behind key; 0 when it is not there. */
static uint64_t number_at(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at != NULL ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* What the desktop told the login service, where it writes it down. */
static void ask_sessions(struct load_sensor *sensor, struct load *load)
{
	DIR *folder = opendir("/run/systemd/sessions");
	const struct dirent *entry;
	uint64_t now_us = clock_utc_ms() * 1000, since_us;

	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL) {
		const char *text;

		if (strchr(entry->d_name, '.') != NULL)
			continue;
		text = text_at(sensor, dirfd(folder), entry->d_name);
		if (strstr(text, "IDLE_HINT=") == NULL ||
		    strstr(text, "ACTIVE=1") == NULL)
			continue;
		since_us = number_at(text, "IDLE_SINCE_HINT=");
		if (number_at(text, "IDLE_HINT=") == 0)
			note_idle(load, 0);
		else if (since_us > 0 && since_us < now_us)
			note_idle(load, (now_us - since_us) / 1000);
	}
	closedir(folder);
}

/* ---- disks ---- */

/* Milliseconds with something in flight, of disks that are devices. */
static uint64_t disk_ms(const char *text)
{
	uint64_t sum = 0;

	while (*text != '\0') {
		char name[32] = "";
		unsigned long long ms = 0;

		/* the kernel's own count fits: NOLINTNEXTLINE(cert-err34-c) */
		if (sscanf(text,
			   "%*u %*u %31s %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu",
			   name, &ms) == 2 &&
		    strncmp(name, "loop", 4) != 0 && strncmp(name, "ram", 3) != 0 &&
		    strncmp(name, "dm-", 3) != 0)
			sum += ms;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return sum;
}

static void ask_disks(struct load_sensor *sensor, struct load *load)
{
	const char *text = text_at(sensor, AT_FDCWD, "/proc/pressure/io");

	load->disk_busy_us = number_at(text, " total=");
	load->knows_disk = strncmp(text, "some ", 5) == 0;
	if (load->knows_disk)
		return;
	text = text_at(sensor, AT_FDCWD, "/proc/diskstats");
	load->knows_disk = *text != '\0';
	load->disk_busy_us = disk_ms(text) * 1000;
}

void load_read(struct load_sensor *sensor, struct load *load_out)
{
	*load_out = (struct load){0};
	ask_devices(sensor, load_out);
	ask_terminals("/dev", load_out);
	ask_terminals("/dev/pts", load_out);
	ask_sessions(sensor, load_out);
	ask_disks(sensor, load_out);
}
