/*
 * Where things are on this machine: variables, home folders, files of running programs.
 */
#ifndef RAQUET_OS_PLACE_H
#define RAQUET_OS_PLACE_H

#include "bytes/buffer.h"
#include "bytes/error.h"

/* Appends the value of an environment variable and a 0.  RQ_ERR_NOT_FOUND: not set or
 * empty. */
RQ_MUST_USE enum rq_err place_variable(const char *name, struct buffer *to);

/* The user's own home folder, likewise. */
RQ_MUST_USE enum rq_err place_home(struct buffer *to);

struct place_sink {
	void *listener;
	/* path lives until the call returns; anything but RQ_OK ends the listing. */
	enum rq_err (*found)(void *listener, const char *path);
	/* A program of which the system does not tell the file. */
	enum rq_err (*unknown)(void *listener, const char *name);
};

/* The home folder of each user, this one's first; some may be told twice. */
RQ_MUST_USE enum rq_err place_homes(const struct place_sink *sink);

/* The file of each running program; most are told many times.  A file that was removed
 * or replaced under its program is told by a name through which it can be read. */
RQ_MUST_USE enum rq_err place_programs(const struct place_sink *sink);

#endif
