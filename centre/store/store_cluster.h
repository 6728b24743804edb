/*
 * A PostgreSQL of its own for a test program: in a folder below /tmp, on a unix socket, as
 * the user postgres where the test runs as root.  It ends with the program, however that
 * ends.
 */
#ifndef RAQUET_CENTRE_STORE_STORE_CLUSTER_H
#define RAQUET_CENTRE_STORE_STORE_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>

/* Starts it once; false: this machine has none (why is printed). */
bool cluster_start(void);
/* The address of database i in where, which is made when it is missing. */
void cluster_database(size_t i, char *where, size_t size);
/* All that stands in the databases is removed. */
void cluster_empty(void);
/* The server goes down as in a crash, comes up again. */
void cluster_crash(void);
/* Makes the server the owner of path. */
void cluster_own(const char *path);
/* Runs sql as psql does, in the database that is there first; the second does not wait. */
void cluster_command(const char *sql);
void cluster_command_beside(const char *sql);
void cluster_stop(void);

#endif
