/*
 * An engine for the tests of worker and sweep: words in an object make it do what no
 * real engine should.
 *
 *     EVIL     rule 0, one match of $word for each
 *     CRASH    ends by a wild write
 *     HANG     never comes back
 *     SLOW     takes a tenth of a second of the processor
 *     LIE      answers with a rule that does not exist
 *     ESCAPE   tries what a worker must not be able to do; one console line for each
 *              thing that it could
 */
#ifndef RAQUET_ENDPOINT_FAKE_ENGINE_H
#define RAQUET_ENDPOINT_FAKE_ENGINE_H

#include "endpoint/worker.h"

enum { FAKE_N_RULES = 3 };

extern const struct worker_engine fake_engine;

#endif
