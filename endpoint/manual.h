/*
 * The manual page, raquet(1): what the tables of the commands say, and beside it what
 * stands in no table (files, signals, what is protected from what).
 */
#ifndef RAQUET_ENDPOINT_MANUAL_H
#define RAQUET_ENDPOINT_MANUAL_H

#include "bytes/buffer.h"
#include "endpoint/command.h"

/* Appends the page in groff with man macros. */
void manual_write(struct buffer *out, const struct command *const *commands, size_t n,
		  enum language language);

#endif
