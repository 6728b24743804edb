/*
 * Whether somebody else needs this machine now: when a person last used it, and for how
 * long its disks have been busy.
 */
#ifndef RAQUET_OS_LOAD_H
#define RAQUET_OS_LOAD_H

#include "bytes/error.h"

#include <stdbool.h>
#include <stdint.h>

struct load {
	bool knows_input;
	uint64_t input_idle_ms; /* since the last key, move or touch */
	bool knows_disk;
	uint64_t
	    disk_busy_us; /* ever growing: somebody waited for a disk, or one ran */
};

struct load_sensor;

/* Finds what this machine can tell; nothing at all is no error. */
RQ_MUST_USE enum rq_err load_sensor_new(struct load_sensor **sensor_out);
void load_sensor_free(struct load_sensor *sensor);
void load_read(struct load_sensor *sensor, struct load *load_out);

#endif
