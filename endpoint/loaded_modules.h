/*
 * Modules of the kernel as start points: those that packs name, and those that no
 * installer put there.
 */
#ifndef RAQUET_ENDPOINT_LOADED_MODULES_H
#define RAQUET_ENDPOINT_LOADED_MODULES_H

#include "artefact/match.h"
#include "endpoint/sweep.h"
#include "finding/words.h"

struct module_sink {
	void *listener;
	/* A module of which there is something to tell: entries of packs that fit, and
	 * a finding of ours, or NULL.  All borrowed for the call. */
	void (*module)(void *listener, struct bytes path,
		       const struct artefact_hits *hits, struct finding *own);
	void (*gap)(void *listener, const struct sweep_gap *gap);
};

/*
 * root: "" for this system.  A module is told as "module:NAME".  For packs it is a
 * start point `modules` with the command NAME and the schedule `loaded`.  What cannot
 * be asked is a gap; a kernel without modules has nothing to tell.
 */
RQ_MUST_USE enum rq_err loaded_modules_look(const char *root,
					    const struct artefact_set *set,
					    enum language language,
					    const struct module_sink *sink);

#endif
