/*
 * Two processes of this machine that exchange frames (a u32 length, little-endian, and
 * as many bytes): the agent and its courier over a named socket, the agent and its sweep
 * over a pair.  Neither end ever blocks but in link_wait.  Linux alone.
 */
#ifndef RAQUET_OS_LINK_H
#define RAQUET_OS_LINK_H

#include "bytes/buffer.h"
#include "bytes/error.h"

struct link;
struct link_listener;

/* Listens at path, over what a dead one left there; group may connect as well (0: the
 * owner alone). */
RQ_MUST_USE enum rq_err link_listen(const char *path, uint32_t group,
				    struct link_listener **listener_out,
				    struct rq_diag *diag);
void link_listener_free(struct link_listener *listener); /* and removes the name */

/* Who connected, as the kernel says; RQ_ERR_NOT_FOUND: nobody. */
RQ_MUST_USE enum rq_err link_accept(struct link_listener *listener,
				    struct link **link_out, uint32_t *user_out);
RQ_MUST_USE enum rq_err link_connect(const char *path, struct link **link_out,
				     struct rq_diag *diag);

/* Runs child(context, link) in a process of its own, which ends with its result, and
 * with ours whatever happens. */
RQ_MUST_USE enum rq_err link_fork(int (*child)(void *context, struct link *link),
				  void *context, struct link **link_out,
				  struct rq_diag *diag);
/* Of a link to a child: asks it to stop (SIGTERM). */
void link_stop(struct link *link);
/* Waits for the end of the child; 0: it left with 0. */
int link_end(struct link *link);
void link_free(struct link *link); /* kills a child that still runs */

RQ_MUST_USE enum rq_err link_send(struct link *link, struct bytes frame);
/* Writes all that waits, blocking. */
RQ_MUST_USE enum rq_err link_flush(struct link *link);
size_t link_waiting(const struct link *link); /* bytes not written yet */

/* The next whole frame; it lives until link_wait.  RQ_ERR_NOT_FOUND: none yet.
 * RQ_ERR_PEER: the other end is gone, or announced one above max. */
RQ_MUST_USE enum rq_err link_receive(struct link *link, size_t max,
				     struct bytes *frame_out);

/* Waits until something can be read or written, moves bytes; NULLs are left out. */
void link_wait(struct link *const *links, size_t n, struct link_listener *listener,
	       uint32_t timeout_ms);

/* For a loop of somebody else: what to poll, and what to do then. */
int link_descriptor(const struct link *link);
void link_move(struct link *link);

#endif
