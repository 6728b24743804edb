/*
 * Many timers, few of which ring: a heap, so that ten thousand held replies cost nothing
 * until one is due.  A timer lies in what it belongs to.
 */
#ifndef RAQUET_CENTRE_HTTP_TIMER_H
#define RAQUET_CENTRE_HTTP_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	uint64_t due_ms;
	size_t place; /* in the heap, from 1; 0: not set */
	void *self;
	void (*ring)(void *self);
};

struct timers {
	struct timer **heap;
	size_t n, capacity, n_reserved;
};

/* Room for one more timer that may be set at any time; false: no memory. */
bool timers_reserve(struct timers *timers);
void timers_release(struct timers *timers);
void timers_free(struct timers *timers);

/* Sets it, or sets it anew; room for it was reserved. */
void timer_set(struct timers *timers, struct timer *timer, uint64_t due_ms);
void timer_clear(struct timers *timers,
		 struct timer *timer); /* not set: does nothing */

/* When the next one is due; UINT64_MAX: none is set. */
uint64_t timers_next(const struct timers *timers);
/* Rings each that is due; a timer is cleared before it rings. */
void timers_ring(struct timers *timers, uint64_t now_ms);

#endif
