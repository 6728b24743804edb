#include "os/memory_linux.h"

#include "bytes/alloc.h"

#include <string.h>
#include <sys/sysmacros.h>

enum { FLAG_KERNEL_THREAD = 0x00200000 }; /* PF_KTHREAD, proc(5) field 9 */

static uint8_t peek(const struct reader *r)
{
	struct reader copy = *r;

	return reader_left(r) > 0 ? reader_u8(&copy) : 0;
}

static void expect(struct reader *r, uint8_t byte)
{
	if (reader_u8(r) != byte)
		reader_fail(r);
}

static void skip_blanks(struct reader *r)
{
	while (peek(r) == ' ')
		reader_skip(r, 1);
}

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static uint64_t number(struct reader *r, int base)
{
	uint64_t value = 0;

	if (digit_of(peek(r)) >= base)
		reader_fail(r);
	while (reader_ok(r) && digit_of(peek(r)) < base)
		value = value * (uint64_t)base + (uint64_t)digit_of(reader_u8(r));
	return value;
}

/* The rest of the line without its end. */
static struct bytes rest_of_line(struct reader *r)
{
	struct reader copy = *r;
	struct bytes line;
	size_t n = 0;

	while (reader_left(&copy) > 0 && reader_u8(&copy) != '\n')
		n++;
	line = reader_bytes(r, n);
	if (reader_left(r) > 0)
		reader_skip(r, 1);
	return line;
}

static bool starts(struct bytes text, const char *with)
{
	size_t n = strlen(with);

	return text.n >= n && memcmp(text.at, with, n) == 0;
}

static bool ends(struct bytes text, const char *with)
{
	size_t n = strlen(with);

	return text.n >= n && memcmp(text.at + text.n - n, with, n) == 0;
}

static uint8_t protection_of(struct reader *r, bool *is_shared)
{
	uint8_t protection = 0;

	protection |= reader_u8(r) == 'r' ? MEMORY_READ : 0;
	protection |= reader_u8(r) == 'w' ? MEMORY_WRITE : 0;
	protection |= reader_u8(r) == 'x' ? MEMORY_EXECUTE : 0;
	*is_shared = reader_u8(r) == 's';
	return protection;
}

static const char deleted[] = " (deleted)";

/* path without that mark */
static void name_region(struct memory_region *region, struct bytes path)
{
	region->kind = MEMORY_FILE;
	if (path.n == 0 || starts(path, "[anon"))
		region->kind = MEMORY_ANONYMOUS;
	else if (starts(path, "[heap"))
		region->kind = MEMORY_HEAP;
	else if (starts(path, "[stack"))
		region->kind = MEMORY_STACK;
	else if (region->is_deleted && starts(path, "/memfd:"))
		region->kind = MEMORY_NAMELESS;
	else if (region->is_deleted &&
		 (bytes_equal_text(path, "/dev/zero") || starts(path, "/SYSV")))
		region->kind = MEMORY_ANONYMOUS;
	if (region->kind == MEMORY_FILE || region->kind == MEMORY_NAMELESS)
		region->path = path;
}

/* A newline in a path is written as \012; nothing else is changed.  A 0 follows. */
static struct bytes unescape(struct arena *arena, struct bytes text, enum rq_err *err)
{
	char *to = arena_copy(arena, text.at, text.n);
	size_t n = 0;

	if (to == NULL) {
		*err = RQ_ERR_MEMORY;
		return (struct bytes){NULL, 0};
	}
	for (size_t i = 0; i < text.n; i++)
		if (text.n - i > 3 && memcmp(&to[i], "\\012", 4) == 0) {
			to[n++] = '\n';
			i += 3;
		} else {
			to[n++] = to[i];
		}
	to[n] = '\0';
	return (struct bytes){(const uint8_t *)to, n};
}

/* Memory that the system shows to every process: its clock. */
static bool is_of_system(struct bytes path)
{
	return starts(path, "[vvar") || starts(path, "[vsyscall");
}

enum rq_err memory_maps_decode(struct bytes text, struct arena *arena,
			       struct memory_region **regions_out, size_t *n_out)
{
	struct reader r = reader_over(text.at, text.n);
	struct memory_region *regions = NULL;
	size_t n = 0, capacity = 0;
	enum rq_err err = RQ_OK;

	*regions_out = NULL;
	*n_out = 0;
	while (reader_left(&r) > 0) {
		struct memory_region region = {.address = number(&r, 16)};
		uint64_t end, major;
		struct bytes path;

		expect(&r, '-');
		end = number(&r, 16);
		expect(&r, ' ');
		region.protection = protection_of(&r, &region.is_shared);
		expect(&r, ' ');
		region.offset = number(&r, 16);
		expect(&r, ' ');
		major = number(&r, 16);
		expect(&r, ':');
		region.identity.device = makedev(major, number(&r, 16));
		expect(&r, ' ');
		region.identity.number = number(&r, 10);
		skip_blanks(&r);
		path = rest_of_line(&r);
		if (!reader_ok(&r) || end <= region.address ||
		    (n > 0 &&
		     region.address < regions[n - 1].address + regions[n - 1].size))
			return RQ_ERR_FORMAT;
		region.size = end - region.address;
		if (is_of_system(path))
			continue;
		if (!arena_grow(arena, (void **)&regions, &capacity, n + 1,
				sizeof *regions))
			return RQ_ERR_MEMORY;
		region.is_deleted = ends(path, deleted);
		if (region.is_deleted)
			path.n -= sizeof deleted - 1;
		name_region(&region, unescape(arena, path, &err));
		if (err != RQ_OK)
			return err;
		regions[n++] = region;
	}
	*regions_out = regions;
	*n_out = n;
	return RQ_OK;
}

enum rq_err memory_stat_decode(struct bytes text, struct arena *arena,
			       struct memory_process *process)
{
	struct reader r = reader_over(text.at, text.n);
	size_t open = 0, close = text.n;
	uint64_t flags = 0;
	uint8_t state;
	char *name;

	/* the name may hold anything: it ends at the last bracket */
	while (open < text.n && text.at[open] != '(')
		open++;
	while (close > open && text.at[close - 1] != ')')
		close--;
	if (close <= open + 1)
		return RQ_ERR_FORMAT;
	reader_seek(&r, open + 1);
	name = arena_copy(arena, text.at + open + 1, close - open - 2);
	if (name == NULL)
		return RQ_ERR_MEMORY;
	process->name = (struct bytes){(const uint8_t *)name, close - open - 2};
	reader_seek(&r, close);
	expect(&r, ' ');
	state = reader_u8(&r);
	expect(&r, ' ');
	process->parent = number(&r, 10);
	for (int field = 5; field <= 22; field++) {
		uint64_t value;

		expect(&r, ' ');
		if (peek(&r) == '-')
			reader_skip(&r, 1);
		value = number(&r, 10);
		if (field == 9)
			flags = value;
		if (field == 22)
			process->started = value;
	}
	process->has_memory =
	    (flags & FLAG_KERNEL_THREAD) == 0 && state != 'Z' && state != 'X';
	return reader_ok(&r) ? RQ_OK : RQ_ERR_FORMAT;
}
