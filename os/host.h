/*
 * This machine and this process: names, arguments, language, interruption.
 */
#ifndef RAQUET_OS_HOST_H
#define RAQUET_OS_HOST_H

#include "bytes/buffer.h"
#include "bytes/error.h"

unsigned host_n_cpus(void); /* that we may run on; at least 1 */
/* "localhost" when it has none. */
void host_name(char *name_out, size_t size);
/* Two small letters of the language the user asked for: "vi", "en". */
void host_language(char language_out[3]);
/* Path of the running program. */
RQ_MUST_USE enum rq_err host_program_path(struct buffer *path_out);
/* The arguments as UTF-8 on Windows; on Linux the same pointers.  The result lives as
 * long as the process.  Also sets standard streams to binary. */
char **host_arguments(int argc, char **argv, int *argc_out);
/* Identifies one run of the system, "" when unknown. */
void host_boot_id(char *id_out, size_t size);

/* Keeps the numbers of standard streams that are closed from going to other files:
 * what is written there still fails. */
void host_keep_streams(void);
/* A limit on the size of files is from now on an error of the write, not our end. */
void host_survive_limits(void);

/*
 * Ctrl-C, closing the console and SIGTERM raise a flag instead of ending us; the third
 * ends us after all.
 */
void host_catch_interrupt(void);
/* Raises the flag ourselves. */
void host_interrupt(void);
bool host_interrupted(void);

#endif
