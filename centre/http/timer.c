#include "centre/http/timer.h"

#include "bytes/alloc.h"

bool timers_reserve(struct timers *timers)
{
	if (!alloc_grow((void **)&timers->heap, &timers->capacity,
			timers->n_reserved + 2, sizeof *timers->heap))
		return false;
	timers->n_reserved++;
	return true;
}

void timers_release(struct timers *timers)
{
	timers->n_reserved--;
}

void timers_free(struct timers *timers)
{
	alloc_free(timers->heap);
	*timers = (struct timers){0};
}

static void put(struct timers *timers, size_t place, struct timer *timer)
{
	timers->heap[place] = timer;
	timer->place = place;
}

static void rise(struct timers *timers, size_t place, struct timer *timer)
{
	while (place > 1 && timers->heap[place / 2]->due_ms > timer->due_ms) {
		put(timers, place, timers->heap[place / 2]);
		place /= 2;
	}
	put(timers, place, timer);
}

static void sink(struct timers *timers, size_t place, struct timer *timer)
{
	for (size_t child = 2 * place; child <= timers->n; child = 2 * place) {
		if (child < timers->n &&
		    timers->heap[child + 1]->due_ms < timers->heap[child]->due_ms)
			child++;
		if (timers->heap[child]->due_ms >= timer->due_ms)
			break;
		put(timers, place, timers->heap[child]);
		place = child;
	}
	put(timers, place, timer);
}

void timer_clear(struct timers *timers, struct timer *timer)
{
	size_t place = timer->place;
	struct timer *last;

	if (place == 0)
		return;
	timer->place = 0;
	last = timers->heap[timers->n--];
	if (last == timer)
		return;
	if (place > 1 && timers->heap[place / 2]->due_ms > last->due_ms)
		rise(timers, place, last);
	else
		sink(timers, place, last);
}

void timer_set(struct timers *timers, struct timer *timer, uint64_t due_ms)
{
	timer_clear(timers, timer);
	timer->due_ms = due_ms;
	rise(timers, ++timers->n, timer);
}

uint64_t timers_next(const struct timers *timers)
{
	return timers->n > 0 ? timers->heap[1]->due_ms : UINT64_MAX;
}

void timers_ring(struct timers *timers, uint64_t now_ms)
{
	while (timers->n > 0 && timers->heap[1]->due_ms <= now_ms) {
		struct timer *timer = timers->heap[1];

		timer_clear(timers, timer);
		timer->ring(timer->self);
	}
}
