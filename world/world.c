#include "world/world.h"

#include "bytes/buffer.h"

uint64_t world_below(const struct world *world, uint64_t n)
{
	/* the largest multiple of n: what lies above it would favour small numbers */
	uint64_t end = n == 0 ? 0 : UINT64_MAX - UINT64_MAX % n;
	uint64_t value;

	if (n == 0)
		return 0;
	do {
		if (world_fill(world, (uint8_t *)&value, sizeof value) != RQ_OK)
			return world_monotonic_ms(world) * 0x9E3779B97F4A7C15u % n;
	} while (value >= end);
	return value % n;
}

enum rq_err disk_read_whole(const struct disk *disk, const char *name,
			    struct buffer *to)
{
	uint64_t size = 0;
	size_t n = 0, at = to->size;
	enum rq_err err = disk->size(disk->self, name, &size);
	uint8_t *room;

	if (err != RQ_OK)
		return err;
	if (size > SIZE_MAX / 2 || (to->max > 0 && size > to->max - to->size))
		return RQ_ERR_LIMIT;
	room = buffer_zeros(to, (size_t)size);
	if (room == NULL)
		return size == 0 && buffer_ok(to) ? RQ_OK : RQ_ERR_MEMORY;
	err = disk->read(disk->self, name, 0, room, (size_t)size, &n);
	to->size = at + n;
	return err;
}
