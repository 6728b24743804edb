/*
 * Start points: files that say what a machine runs by itself, and the few others that
 * hold facts for packs (names in the hosts file, packages with their dates).
 *
 * Which reader a file belongs to follows from its path alone, below any folder: the
 * disk of another machine, mounted somewhere, is read like our own.  Each reader goes
 * over the bytes once and tells facts; a line that it does not understand is passed
 * over, since a system does the same.
 */
#ifndef RAQUET_ARTEFACT_START_H
#define RAQUET_ARTEFACT_START_H

#include "artefact/match.h"

enum start_reader {
	START_NONE,
	START_CRONTAB,    /* lines with five times, a user, a command */
	START_ANACRONTAB, /* lines with a period, a delay, a name, a command */
	START_CRON_USER,  /* the same without the user */
	START_UNIT,       /* service of systemd */
	START_TIMER,      /* timer of systemd */
	START_DESKTOP,    /* XDG autostart */
	START_SCRIPT,     /* rc.local, init.d, profiles: each line is a command */
	START_MODULES,    /* a module of the kernel on each line */
	START_PRELOAD,    /* ld.so.preload: a library on each line */
	START_KEYS,       /* authorized_keys */
	START_HOSTS,      /* names of the hosts file */
	START_PACKAGES,   /* /var/log/dpkg.log: installed, when */
	N_START_READERS,
};

const char *start_reader_name(enum start_reader reader); /* "crontab" */

/* START_NONE: it holds no facts. */
enum start_reader start_reader_of(struct bytes path);

struct start_sink {
	void *listener;
	/* fact lives for the call; anything but RQ_OK ends the reading and is returned */
	enum rq_err (*fact)(void *listener, const struct artefact_fact *fact);
};

/* RQ_ERR_LIMIT: told as far as the caps allow. */
RQ_MUST_USE enum rq_err start_read(enum start_reader reader, struct bytes path,
				   struct bytes data, const struct start_sink *sink);

/* Where --persistence looks on this system, folders and files; ends with NULL.  "~" is
 * each home. */
extern const char *const start_places[];

#endif
