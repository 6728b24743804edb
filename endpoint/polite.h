/*
 * A polite sweep: the governor on the clock and the sensors of this machine.
 */
#ifndef RAQUET_ENDPOINT_POLITE_H
#define RAQUET_ENDPOINT_POLITE_H

#include "endpoint/sweep.h"
#include "os/load.h"

struct polite {
	struct load_sensor *sensor;
	struct governor governor;
};

/* Makes sweep yield.  polite stays where it is until the sweep is over, and is closed
 * with polite_close, which takes one that was never opened ({0}) as well. */
RQ_MUST_USE enum rq_err polite_open(struct polite *polite, struct sweep_options *sweep);
void polite_close(struct polite *polite);

#endif
