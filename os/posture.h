/*
 * How this machine fares, as far as it says so cheaply: what it runs, since when, whether
 * its disks are encrypted, what updates wait, and who answered on its network.  Nobody is
 * asked, nothing is started.  Linux alone.
 */
#ifndef RAQUET_OS_POSTURE_H
#define RAQUET_OS_POSTURE_H

#include <stddef.h>
#include <stdint.h>

enum { POSTURE_TEXT = 128 };

struct posture {
	char os[POSTURE_TEXT], os_version[POSTURE_TEXT]; /* "debian", "12" */
	uint64_t booted_ms;                              /* UTC, by its own calendar */
	enum {
		POSTURE_DISK_UNKNOWN,
		POSTURE_DISK_PLAIN,
		POSTURE_DISK_ENCRYPTED
	} root_disk;
	uint32_t n_updates; /* UINT32_MAX: not known */
};

void posture_read(struct posture *posture_out);

struct posture_neighbour {
	uint8_t address[4], link[6]; /* IPv4, Ethernet */
};

/* Of the system's own table, at most max; how many. */
size_t posture_neighbours(struct posture_neighbour *rows_out, size_t max);

/* Of this process: its largest resident size so far; processor time of it and of those
 * that it waited for. */
void posture_usage(uint64_t *peak_bytes_out, uint64_t *cpu_ms_out);

#endif
