/*
 * A world that a test makes: clocks that it moves, chance of a seed, a disk in memory
 * that fails as its seed says.  The same seed and the same calls give the same run.
 */
#ifndef RAQUET_WORLD_VIRTUAL_H
#define RAQUET_WORLD_VIRTUAL_H

#include "world/world.h"

/* A generator of numbers, for tests alone (splitmix64). */
struct dice {
	uint64_t state;
};
uint64_t dice_next(struct dice *dice);
/* Below n; 0 for n 0. */
uint64_t dice_below(struct dice *dice, uint64_t n);
/* True once in n throws; never for n 0. */
bool dice_one_in(struct dice *dice, uint64_t n);

struct world_virtual {
	struct dice dice;
	uint64_t utc_ms, monotonic_ms; /* a test may set them: the first may jump */
	uint8_t boot_id[WORLD_BOOT_ID];
};

/* *world_out works as long as *virtual. */
void world_virtual(struct world_virtual *virtual, uint64_t seed, uint64_t utc_ms,
		   struct world *world_out);
void world_virtual_pass(struct world_virtual *virtual, uint64_t ms);
/* Another boot id; the clock that only goes forward starts again. */
void world_virtual_reboot(struct world_virtual *virtual);

/* ---- disk ---- */

struct disk_faults {
	uint64_t kill_at;  /* the operation that is cut off, counted from 1; 0: none */
	uint64_t capacity; /* bytes of all files; 0: no end */
	uint64_t sync_fails_one_in, append_fails_one_in; /* 0: never */
};

struct disk_virtual;

RQ_MUST_USE enum rq_err disk_virtual_new(uint64_t seed,
					 struct disk_virtual **virtual_out,
					 struct disk *disk_out);
void disk_virtual_free(struct disk_virtual *virtual);
/* From now on; what was counted starts at 0. */
void disk_virtual_faults(struct disk_virtual *virtual,
			 const struct disk_faults *faults);
/* Operations that change something, since the faults were set. */
uint64_t disk_virtual_operations(const struct disk_virtual *virtual);
/* After kill_at was reached nothing works (RQ_ERR_STOPPED) until this.  power_cut: what
 * was not durable is gone, in part or whole. */
void disk_virtual_restart(struct disk_virtual *virtual, bool power_cut);
/* Bytes of all files. */
uint64_t disk_virtual_used(const struct disk_virtual *virtual);

#endif
