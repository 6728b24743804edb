#include "os/map.h"

#include "os/wide_windows.h"

#include <string.h>

/* A sealed section starts with its size, since nothing else tells it. */
enum { SEALED_HEAD = 64 };

enum rq_err map_file(struct file file, uint64_t size, struct map *map_out)
{
	HANDLE section;
	void *at;

	*map_out = (struct map){NULL, 0};
	if (size > SIZE_MAX)
		return RQ_ERR_LIMIT;
	if (size == 0)
		return RQ_OK;
	section = CreateFileMappingW((HANDLE)file.handle, NULL, PAGE_READONLY,
				     (DWORD)(size >> 32), (DWORD)size, NULL);
	if (section == NULL)
		return wide_error(GetLastError(), NULL, NULL);
	at = MapViewOfFile(section, FILE_MAP_READ, 0, 0, (SIZE_T)size);
	CloseHandle(section);
	if (at == NULL)
		return wide_error(GetLastError(), NULL, NULL);
	*map_out = (struct map){at, (size_t)size};
	return RQ_OK;
}

void map_free(struct map *map)
{
	if (map->data != NULL)
		UnmapViewOfFile((void *)map->data);
	*map = (struct map){NULL, 0};
}

/*
 * Windows lets nobody shorten a file that is mapped; what remains is a disk that
 * fails, which ends the worker and is told as such.
 */
bool map_guarded(const struct map *map, void (*work)(void *argument), void *argument)
{
	(void)map;
	work(argument);
	return true;
}

/* Room for n bytes behind the head, to be written; *at_out is its view. */
static HANDLE make_nameless(uint64_t n, uint8_t **at_out)
{
	uint64_t whole = n + SEALED_HEAD;
	HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE,
					    (DWORD)(whole >> 32), (DWORD)whole, NULL);

	*at_out =
	    section != NULL ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0) : NULL;
	if (*at_out != NULL)
		memcpy(*at_out, &n, sizeof n);
	return section;
}

/* Takes section and view; whoever gets the handle can only read. */
static enum rq_err seal(HANDLE section, uint8_t *at, struct file *sealed_out,
			struct rq_diag *diag)
{
	HANDLE sealed = NULL;
	DWORD problem;

	if (at != NULL) {
		UnmapViewOfFile(at);
		DuplicateHandle(GetCurrentProcess(), section, GetCurrentProcess(),
				&sealed, FILE_MAP_READ, FALSE, 0);
	}
	problem = GetLastError();
	if (section != NULL)
		CloseHandle(section);
	if (sealed == NULL)
		return wide_error(problem, NULL, diag);
	sealed_out->handle = (intptr_t)sealed;
	return RQ_OK;
}

enum rq_err map_seal(struct bytes data, struct file *sealed_out, struct rq_diag *diag)
{
	uint8_t *at;
	HANDLE section = make_nameless(data.n, &at);

	*sealed_out = FILE_NONE;
	if (at != NULL)
		memcpy(at + SEALED_HEAD, data.at, data.n);
	return seal(section, at, sealed_out, diag);
}

/* Into memory that nobody else has yet. */
static enum rq_err copy(struct file from, uint64_t off, uint8_t *to, size_t n,
			const struct map_reader *reader)
{
	enum rq_err err = RQ_OK;

	for (size_t done = 0; err == RQ_OK && done < n; done += MAP_PIECE) {
		size_t want = n - done < MAP_PIECE ? n - done : MAP_PIECE, got = 0;

		err = file_read_at(from, off + done, to + done, want, &got);
		if (err == RQ_OK && got < want)
			err = RQ_ERR_FORMAT;
		if (err == RQ_OK && reader != NULL)
			err = reader->read(reader->reader, to + done, want);
	}
	return err;
}

enum rq_err map_seal_file(struct file from, uint64_t off, size_t n,
			  const struct map_reader *reader, struct file *sealed_out,
			  struct rq_diag *diag)
{
	uint8_t *at;
	HANDLE section = make_nameless(n, &at);

	*sealed_out = FILE_NONE;
	if (at != NULL && copy(from, off, at + SEALED_HEAD, n, reader) != RQ_OK) {
		UnmapViewOfFile(at);
		CloseHandle(section);
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "a file cannot be copied");
	}
	return seal(section, at, sealed_out, diag);
}

enum rq_err map_sealed(struct file sealed, struct map *map_out)
{
	const uint8_t *at =
	    MapViewOfFile((HANDLE)sealed.handle, FILE_MAP_READ, 0, 0, 0);
	MEMORY_BASIC_INFORMATION view;
	uint64_t size;

	*map_out = (struct map){NULL, 0};
	if (at == NULL)
		return wide_error(GetLastError(), NULL, NULL);
	memcpy(&size, at, sizeof size);
	if (VirtualQuery(at, &view, sizeof view) == 0 ||
	    view.RegionSize < SEALED_HEAD || size > view.RegionSize - SEALED_HEAD)
		return RQ_ERR_FORMAT;
	*map_out = (struct map){at + SEALED_HEAD, (size_t)size};
	return RQ_OK;
}
