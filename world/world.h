/*
 * What the logic of agent and centre takes from outside: clocks, chance and a disk.
 *
 * Below this there is no time(), no thread and no socket, so that a whole fleet runs in
 * one process under virtual time and a failing seed replays exactly.  world/real.h has
 * those of this machine, world/virtual.h those of a test.
 */
#ifndef RAQUET_WORLD_WORLD_H
#define RAQUET_WORLD_WORLD_H

#include "bytes/error.h"
#include "bytes/reader.h"

enum { WORLD_BOOT_ID = 16 };

struct world {
	void *self;
	/* Milliseconds since 1970 UTC as the machine believes: any value, it may jump. */
	uint64_t (*utc_ms)(void *self);
	/* Milliseconds on a clock that only goes forward; its start is arbitrary. */
	uint64_t (*monotonic_ms)(void *self);
	/* Names one run of the system, WORLD_BOOT_ID bytes. */
	void (*boot_id)(void *self, uint8_t *out);
	/* n bytes that nobody can foretell (of a test: its seed's). */
	enum rq_err (*fill)(void *self, uint8_t *out, size_t n);
};

static inline uint64_t world_utc_ms(const struct world *world)
{
	return world->utc_ms(world->self);
}

static inline uint64_t world_monotonic_ms(const struct world *world)
{
	return world->monotonic_ms(world->self);
}

static inline void world_boot_id(const struct world *world, uint8_t *out)
{
	world->boot_id(world->self, out);
}

RQ_MUST_USE static inline enum rq_err world_fill(const struct world *world,
						 uint8_t *out, size_t n)
{
	return world->fill(world->self, out, n);
}

/* A number below n (0 for n 0), each as likely: for spreading out, not for keys.  Never
 * fails: where chance does, the clock stands in. */
uint64_t world_below(const struct world *world, uint64_t n);

/*
 * One folder with named files.  A name is 1 to DISK_NAME_MAX letters, digits, '.' and
 * '-'.  What counts as done when the power goes:
 *
 *     append    only what a later sync covered; before it any beginning may be there,
 *               and behind that any bytes
 *     replace   once it has returned; before, the old or the new, never a mixture
 *     cut       as append: the old end may come back
 *     remove    only when a later replace, of any file, has returned
 *
 * After a sync that failed nothing is known of what was appended since the one before:
 * a second sync proves nothing.
 *
 * RQ_ERR_NOT_FOUND: no such file.  RQ_ERR_FULL: no room; of an append a part may be
 * there.  RQ_ERR_SYSTEM, RQ_ERR_ACCESS: the system refused.  RQ_ERR_STOPPED: a test
 * pulled the plug.
 */
enum { DISK_NAME_MAX = 32 };

struct disk {
	void *self;
	enum rq_err (*size)(void *self, const char *name, uint64_t *size_out);
	/* Up to n bytes at off; *n_out is smaller only at the end. */
	enum rq_err (*read)(void *self, const char *name, uint64_t off, void *to,
			    size_t n, size_t *n_out);
	/* Makes the file when it is missing. */
	enum rq_err (*append)(void *self, const char *name, struct bytes data);
	enum rq_err (*sync)(void *self, const char *name);
	enum rq_err (*cut)(void *self, const char *name, uint64_t size);
	enum rq_err (*replace)(void *self, const char *name, struct bytes data);
	enum rq_err (*remove)(void *self, const char *name);
	/* Bytes that may still be written. */
	enum rq_err (*room)(void *self, uint64_t *bytes_out);
	/* Tells each name, in no order; files must not be made or removed meanwhile. */
	enum rq_err (*list)(void *self, void *listener,
			    enum rq_err (*told)(void *listener, const char *name));
};

/* Appends all of the file to *to, whose max is honoured (RQ_ERR_LIMIT). */
struct buffer;
RQ_MUST_USE enum rq_err disk_read_whole(const struct disk *disk, const char *name,
					struct buffer *to);

#endif
