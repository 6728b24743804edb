/*
 * What a courier is told by raquet enrol: where the centre is, by which fingerprint it is
 * known, with which code to ask.  A text of lines NAME = VALUE in the courier's folder,
 * open to it alone; docs/agent.md has them.
 */
#ifndef RAQUET_ENDPOINT_COURIER_SETTINGS_H
#define RAQUET_ENDPOINT_COURIER_SETTINGS_H

#include "bytes/buffer.h"
#include "bytes/error.h"
#include "wire/agent.h"
#include "wire/paper_code.h"

enum { COURIER_CENTRES = 8, COURIER_ADDRESS = 255 };

struct courier_settings {
	char centres[COURIER_CENTRES][COURIER_ADDRESS + 1]; /* https://NAME[:PORT] */
	size_t n_centres;
	struct paper_code code; /* names the authority */
	char unit_code[AGENT_CODE + 1], machine_code[AGENT_CODE + 1];
	char proxy[COURIER_ADDRESS + 1]; /* "system", "none" or its address */
};

/* The unit's code as it is printed, and the one of this machine alone.  False: it is
 * none. */
bool settings_code(const char *text, struct courier_settings *settings);
bool settings_machine_code(const char *text, struct courier_settings *settings);
/* Adds "NAME", "NAME:PORT" or an https address.  False: it is none, or too many. */
bool settings_centre(const char *text, struct courier_settings *settings);
/* "system", "none", http://, socks5h://.  False: anything else; a PAC address is one, and
 * told apart by the caller. */
bool settings_proxy(const char *text, struct courier_settings *settings);

void settings_write(const struct courier_settings *settings, struct buffer *to);
/* RQ_ERR_FORMAT: a line that is none, an unknown name, or something is missing. */
RQ_MUST_USE enum rq_err settings_read(struct bytes text,
				      struct courier_settings *settings_out);

#endif
