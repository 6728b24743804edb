#include "os/machine.h"

#include "os/host.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The first line of a small file below folder, without blanks at its ends. */
static void read_line(const char *folder, const char *name, char *line_out, size_t size)
{
	char path[512];
	int fd;
	ssize_t n = 0;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0) {
		n = read(fd, line_out, size - 1);
		close(fd);
	}
	line_out[n > 0 ? n : 0] = '\0';
	line_out[strcspn(line_out, "\n")] = '\0';
	n = (ssize_t)strlen(line_out);
	while (n > 0 && line_out[n - 1] == ' ')
		line_out[--n] = '\0';
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Cards come first: bridges and tunnels have addresses that somebody made up. */
static void add_addresses(struct machine *machine, bool cards)
{
	DIR *folder = opendir("/sys/class/net");
	struct dirent *entry;

	while (folder != NULL && machine->n_addresses < MACHINE_ADDRESSES &&
	       (entry = readdir(folder)) != NULL) {
		char *address = machine->addresses[machine->n_addresses];
		char path[300];

		snprintf(path, sizeof path, "%s/device", entry->d_name);
		if (entry->d_name[0] == '.' ||
		    (faccessat(dirfd(folder), path, F_OK, 0) == 0) != cards)
			continue;
		snprintf(path, sizeof path, "/sys/class/net/%.255s", entry->d_name);
		read_line(path, "address", address, sizeof *machine->addresses);
		if (strlen(address) == 17 && strcmp(address, "00:00:00:00:00:00") != 0)
			machine->n_addresses++;
	}
	if (folder != NULL)
		closedir(folder);
}

static void read_installed(struct machine *machine)
{
	struct statx root = {0};
	struct tm day;
	time_t seconds;

	/* a new file system is made for a new system, and every reader may ask; musl has
	 * no function of that name */
	if (syscall(SYS_statx, AT_FDCWD, "/", 0, STATX_BTIME, &root) != 0 ||
	    (root.stx_mask & STATX_BTIME) == 0)
		return;
	seconds = (time_t)root.stx_btime.tv_sec;
	/* some file systems say zero when they do not know */
	if (seconds > 86400 && gmtime_r(&seconds, &day) != NULL)
		strftime(machine->installed, sizeof machine->installed, "%Y-%m-%d",
			 &day);
}

void machine_read(struct machine *machine)
{
	static const char dmi[] = "/sys/class/dmi/id";

	memset(machine, 0, sizeof *machine);
	host_name(machine->name, sizeof machine->name);
	read_line(dmi, "sys_vendor", machine->maker, MACHINE_TEXT);
	read_line(dmi, "product_name", machine->model, MACHINE_TEXT);
	read_line(dmi, "product_serial", machine->serial, MACHINE_TEXT);
	read_line(dmi, "board_serial", machine->board_serial, MACHINE_TEXT);
	add_addresses(machine, true);
	if (machine->n_addresses == 0)
		add_addresses(machine, false);
	qsort(machine->addresses, machine->n_addresses, sizeof *machine->addresses,
	      by_text);
	read_installed(machine);
}
