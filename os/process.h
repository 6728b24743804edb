/*
 * Worker processes as the parent sees them: the same program, started with the word
 * "worker", holding one end of a channel and nothing else.
 *
 * A channel carries frames: a u32 length (little-endian, of what follows) and so many
 * bytes.  Parent to worker, open files travel with a frame.  The parent's side never
 * blocks: what cannot be written now is written during process_wait.
 */
#ifndef RAQUET_OS_PROCESS_H
#define RAQUET_OS_PROCESS_H

#include "bytes/buffer.h"
#include "bytes/error.h"
#include "os/file.h"

struct process;

enum { PROCESS_MAX_FILES = 64 }; /* with one frame */

/*
 * Starts a worker with an empty environment, standard streams on the null device.
 * Dies with its parent.
 */
RQ_MUST_USE enum rq_err process_start_worker(struct process **process_out,
					     struct rq_diag *diag);
/* Kills it when it still runs, waits for its end, frees all. */
void process_free(struct process *process);

void process_kill(struct process *process);
/* Stops and continues its running, to keep to a share of the processor. */
void process_pause(struct process *process);
void process_resume(struct process *process);
bool process_ended(struct process *process); /* without waiting */
/* How it ended, for a person: "killed by signal 11", "exit code 3". */
const char *process_end_text(struct process *process);
/* Processor time so far, 0 when it cannot be told. */
uint64_t process_cpu_ns(struct process *process);
uint64_t process_id(const struct process *process);

/*
 * Queues one frame, a prefix of 4 bytes for the length included.  files travel along;
 * they may be closed as soon as process_sent.  handles_out (n_files numbers) says what
 * the worker has to know to find each.  Only when process_sent.
 *
 * Call process_pass first: the numbers belong into the frame.
 */
RQ_MUST_USE enum rq_err process_pass(struct process *process, const struct file *files,
				     size_t n_files, uint64_t *handles_out);
RQ_MUST_USE enum rq_err process_send(struct process *process, struct bytes frame);
bool process_sent(const struct process *process); /* nothing waits to be written */

/*
 * Waits until one of them can be read, written or has ended, or timeout_ms are over
 * (or a signal came), and moves bytes.
 */
void process_wait(struct process *const *processes, size_t n, uint32_t timeout_ms);

/*
 * The next complete frame (without its length) that arrived; lives until the next
 * call for this process.  RQ_ERR_NOT_FOUND: none yet.  RQ_ERR_PEER: it ended, or
 * announced a frame above max_frame.
 */
RQ_MUST_USE enum rq_err process_receive(struct process *process, size_t max_frame,
					struct bytes *frame_out);

/* ---- the worker's side; blocks ---- */

struct channel;

/* What the parent left for us, found from the arguments.  RQ_ERR_USAGE: we were not
 * started by it. */
RQ_MUST_USE enum rq_err channel_inherit(int argc, char **argv,
					struct channel **channel_out);
void channel_free(struct channel *channel);
/* Queues a frame; channel_flush writes all that is queued.  RQ_ERR_PEER: the parent is
 * gone. */
RQ_MUST_USE enum rq_err channel_send(struct channel *channel, struct bytes frame);
RQ_MUST_USE enum rq_err channel_flush(struct channel *channel);
size_t channel_queued(const struct channel *channel); /* bytes */
RQ_MUST_USE enum rq_err channel_receive(struct channel *channel, size_t max_frame,
					struct bytes *frame_out);
/* The file that the parent passed under this number; each only once, in order. */
RQ_MUST_USE enum rq_err channel_take_file(struct channel *channel, uint64_t handle,
					  struct file *file_out);

/* ---- this process ---- */

uint64_t process_self(void); /* as process_id would say it */

/* Raises the number of files that may be open towards n; returns what it is now. */
size_t process_allow_files(size_t n);
/* Last in the queue for processor and disk; workers started later inherit it. */
void process_be_idle(void);
/* Ends at once, without exit handlers: a worker's way out. */
_Noreturn void process_leave(int code);

#endif
