#include "os/place.h"

#include "bytes/alloc.h"
#include "os/wide_windows.h"

#include <tlhelp32.h>

#include <string.h>

enum { PATH_UNITS = 32768, SYSTEM_PROCESSES = 4 }; /* 0: idle, 4: the kernel */

enum rq_err place_variable(const char *name, struct buffer *to)
{
	wchar_t *wide = wide_of(name);
	wchar_t *value = alloc_array(PATH_UNITS, sizeof *value);
	enum rq_err err = RQ_ERR_MEMORY;
	DWORD n;

	if (wide != NULL && value != NULL) {
		n = GetEnvironmentVariableW(wide, value, PATH_UNITS);
		err = n == 0 || n >= PATH_UNITS ? RQ_ERR_NOT_FOUND : RQ_OK;
	}
	if (err == RQ_OK) {
		wide_append(to, value);
		buffer_u8(to, 0);
		err = buffer_ok(to) ? RQ_OK : RQ_ERR_MEMORY;
	}
	alloc_free(wide);
	alloc_free(value);
	return err;
}

enum rq_err place_home(struct buffer *to)
{
	return place_variable("USERPROFILE", to);
}

/* The folder of profiles is the one that holds the public one. */
static enum rq_err tell_profiles(const struct place_sink *sink, struct buffer *folder)
{
	WIN32_FIND_DATAW entry;
	HANDLE listing;
	wchar_t *wide;
	enum rq_err err = RQ_OK;
	char *last = strrchr((char *)folder->data, '\\');

	if (last == NULL)
		return RQ_OK;
	folder->size = (size_t)(last + 1 - (char *)folder->data);
	buffer_put(folder, "*", 2);
	if (!buffer_ok(folder) || (wide = wide_of((char *)folder->data)) == NULL)
		return RQ_ERR_MEMORY;
	folder->size -= 2;
	listing = FindFirstFileW(wide, &entry);
	alloc_free(wide);
	if (listing == INVALID_HANDLE_VALUE)
		return RQ_OK;
	do {
		size_t n = folder->size;

		/* the old names of the folders are links to others of them */
		if (!(entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ||
		    (entry.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) ||
		    entry.cFileName[0] == L'.')
			continue;
		wide_append(folder, entry.cFileName);
		buffer_u8(folder, 0);
		err = buffer_ok(folder)
			  ? sink->found(sink->listener, (char *)folder->data)
			  : RQ_ERR_MEMORY;
		folder->size = n;
	} while (err == RQ_OK && FindNextFileW(listing, &entry));
	FindClose(listing);
	return err;
}

enum rq_err place_homes(const struct place_sink *sink)
{
	struct buffer folder = {0};
	enum rq_err err = place_home(&folder);

	if (err == RQ_OK)
		err = sink->found(sink->listener, (char *)folder.data);
	if (err == RQ_OK || err == RQ_ERR_NOT_FOUND) {
		buffer_clear(&folder);
		err = place_variable("PUBLIC", &folder);
	}
	if (err == RQ_OK)
		err = tell_profiles(sink, &folder);
	buffer_free(&folder);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err tell_program(const struct place_sink *sink,
				const PROCESSENTRY32W *entry, wchar_t *path)
{
	HANDLE process =
	    OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, entry->th32ProcessID);
	DWORD n = PATH_UNITS;
	bool is_known =
	    process != NULL && QueryFullProcessImageNameW(process, 0, path, &n) != 0;
	struct buffer text = {0};
	enum rq_err err;

	if (process != NULL)
		CloseHandle(process);
	wide_append(&text, is_known ? path : entry->szExeFile);
	buffer_u8(&text, 0);
	if (!buffer_ok(&text))
		err = RQ_ERR_MEMORY;
	else
		err = (is_known ? sink->found : sink->unknown)(sink->listener,
							       (char *)text.data);
	buffer_free(&text);
	return err;
}

enum rq_err place_programs(const struct place_sink *sink)
{
	HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
	wchar_t *path = alloc_array(PATH_UNITS, sizeof *path);
	PROCESSENTRY32W entry = {.dwSize = sizeof entry};
	enum rq_err err = path != NULL ? RQ_OK : RQ_ERR_MEMORY;

	if (err == RQ_OK &&
	    (list == INVALID_HANDLE_VALUE || !Process32FirstW(list, &entry)))
		err = sink->unknown(sink->listener, "processes");
	else if (err == RQ_OK)
		do {
			if (entry.th32ProcessID > SYSTEM_PROCESSES)
				err = tell_program(sink, &entry, path);
		} while (err == RQ_OK && Process32NextW(list, &entry));
	if (list != INVALID_HANDLE_VALUE)
		CloseHandle(list);
	alloc_free(path);
	return err;
}
