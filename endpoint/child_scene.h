/*
 * Processes whose memory tests look at: each does its work, says so, and waits to be
 * ended.
 */
#ifndef RAQUET_ENDPOINT_CHILD_SCENE_H
#define RAQUET_ENDPOINT_CHILD_SCENE_H

#include <stddef.h>
#include <sys/types.h>

enum { PAGE = 4096 };

/* Writes the word that the fake engine looks for, and that stands nowhere in the
 * program. */
void child_put_word(char *to);

/* New pages of the caller, who ends when there are none. */
char *child_map_pages(size_t n, int protection);

/* Returns when work has returned in the child, or raised SIGUSR1 here. */
pid_t child_start(void (*work)(void));
void child_stop(pid_t pid);

#endif
