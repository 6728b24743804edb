/*
 * Where a sweep starts.  Paths may overlap, plainly or through links and mounts: what
 * one start shows of another is swept once.
 */
#ifndef RAQUET_ENDPOINT_SWEEP_ROOTS_H
#define RAQUET_ENDPOINT_SWEEP_ROOTS_H

#include "endpoint/sweep.h"
#include "os/mount.h"

struct sweep_root {
	const char *path; /* as it was given */
	char *real;       /* without links; NULL: not there, or not to be told */
	const struct mount *mount; /* that real lies in, or NULL */
	bool is_folder;
	bool is_own;  /* found by us, for a sweep of everything */
	bool is_link; /* one of options->links: told by this name whatever is swept */
	bool is_covered; /* another start comes by all of it */
};

/* A start that has a real path. */
struct sweep_root_name {
	const char *real;
	size_t i; /* of the start */
};

struct sweep_roots {
	const struct sweep_options *options;
	const struct mount_list *mounts;
	struct sweep_root *items;      /* in the order of the walk */
	struct sweep_root_name *names; /* sorted */
	size_t n, n_names;
};

/* options and mounts stay the caller's and must stay; also after a failure to be
 * freed. */
RQ_MUST_USE enum rq_err sweep_roots_init(struct sweep_roots *roots,
					 const struct sweep_options *options,
					 const struct mount_list *mounts,
					 struct rq_diag *diag);
void sweep_roots_free(struct sweep_roots *roots);

/* Whether the walk from some start comes by all that real (a path without links)
 * shows, under another path. */
bool sweep_roots_show(const struct sweep_roots *roots, const char *real);

#endif
