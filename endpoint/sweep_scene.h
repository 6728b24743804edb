/*
 * The scene of the sweep's tests: a folder to sweep, and a listener that writes down
 * what is told, one line each, paths relative to the folder.
 */
#ifndef RAQUET_ENDPOINT_SWEEP_SCENE_H
#define RAQUET_ENDPOINT_SWEEP_SCENE_H

#include "endpoint/sweep.h"

extern char scene_top[64];
extern const char *scene_paths[8]; /* what scene_options sweeps; [0]: scene_top */

int scene_make(void **state); /* set-up and tear-down of a test */
int scene_remove(void **state);

const char *scene_path(const char *name); /* until the next call */
void scene_folder(const char *name);
void scene_put(const char *name, const char *text);
void scene_put_bytes(const char *name, const char *data, size_t n);

struct scene_told {
	struct buffer text; /* with a 0 behind it after scene_run */
	size_t n_objects, n_gaps;
};

void scene_hear_object(void *listener, const struct sweep_object *object);
void scene_hear_gap(void *listener, const struct sweep_gap *gap);

struct sweep_options scene_options(void); /* the fake engine, two workers */

/* Fails the test when the sweep fails. */
struct sweep_outcome scene_run(const struct sweep_options *options,
			       struct scene_told *told);
/* And when anything but text is told. */
struct sweep_outcome scene_expect(const struct sweep_options *options,
				  const char *text);

#endif
