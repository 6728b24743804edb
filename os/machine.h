/*
 * What tells one machine from another for a person who looks for it.  Each of these can
 * be changed, and cloned machines share most of them: none is a proof of anything.
 */
#ifndef RAQUET_OS_MACHINE_H
#define RAQUET_OS_MACHINE_H

#include <stddef.h>

enum { MACHINE_TEXT = 128, MACHINE_ADDRESSES = 8 };

/* As the system says, any bytes; empty when it does not say, or not to this user. */
struct machine {
	char name[256];
	char maker[MACHINE_TEXT], model[MACHINE_TEXT];
	char serial[MACHINE_TEXT], board_serial[MACHINE_TEXT];
	char addresses[MACHINE_ADDRESSES][18]; /* "02:00:5e:10:00:01", sorted */
	size_t n_addresses;
	char installed[11]; /* the day on which the system was: "2020-12-20" */
};

void machine_read(struct machine *machine_out);

#endif
