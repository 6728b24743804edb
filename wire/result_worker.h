/* The confined process that reads sealed results; the other end is wire/result_reader.h. */
#ifndef RAQUET_WIRE_RESULT_WORKER_H
#define RAQUET_WIRE_RESULT_WORKER_H

#include "bytes/error.h"
#include "os/process.h"

/* Whether the first frame that a worker got asks it to read results. */
bool result_worker_is_asked(struct bytes frame);

/* Confines itself and serves until the parent is gone: ends this process. */
_Noreturn void result_worker_run(struct channel *channel);

#endif
