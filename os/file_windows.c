#include "os/file.h"

#include "bytes/alloc.h"
#include "os/wide_windows.h"

#include <aclapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char file_separator = '\\';

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

bool file_is_separator(char c)
{
	return c == '\\' || c == '/';
}

size_t file_name_offset(struct bytes path)
{
	size_t n = path.n;

	while (n > 0 && !file_is_separator((char)path.at[n - 1]) &&
	       path.at[n - 1] != ':')
		n--;
	return n;
}

static HANDLE handle_of(struct file file)
{
	return (HANDLE)file.handle;
}

static uint64_t join(DWORD high, DWORD low)
{
	return (uint64_t)high << 32 | low;
}

/* A FILETIME counts 100 ns from 1601. */
static int64_t nanoseconds(FILETIME t)
{
	return ((int64_t)join(t.dwHighDateTime, t.dwLowDateTime) -
		INT64_C(116444736000000000)) *
	       100;
}

/* Only links and junctions lead elsewhere; other reparse points are files. */
static bool leads_elsewhere(HANDLE handle)
{
	FILE_ATTRIBUTE_TAG_INFO tag;

	return GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag,
					    sizeof tag) &&
	       (tag.ReparseTag == IO_REPARSE_TAG_SYMLINK ||
		tag.ReparseTag == IO_REPARSE_TAG_MOUNT_POINT);
}

static bool fill_info(HANDLE handle, struct file_info *info_out)
{
	BY_HANDLE_FILE_INFORMATION found;
	FILE_STANDARD_INFO sizes;
	DWORD type = GetFileType(handle);

	*info_out = (struct file_info){.kind = FILE_UNKNOWN};
	if (type != FILE_TYPE_DISK) {
		info_out->kind = type == FILE_TYPE_PIPE ? FILE_PIPE : FILE_DEVICE;
		return true;
	}
	if (!GetFileInformationByHandle(handle, &found))
		return false;
	info_out->kind = found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY
			     ? FILE_FOLDER
			     : FILE_REGULAR;
	if (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT &&
	    leads_elsewhere(handle))
		info_out->kind = FILE_LINK;
	info_out->identity =
	    (struct file_identity){found.dwVolumeSerialNumber,
				   join(found.nFileIndexHigh, found.nFileIndexLow)};
	info_out->size = join(found.nFileSizeHigh, found.nFileSizeLow);
	info_out->allocated = info_out->size;
	if (found.dwFileAttributes & FILE_ATTRIBUTE_SPARSE_FILE &&
	    GetFileInformationByHandleEx(handle, FileStandardInfo, &sizes,
					 sizeof sizes))
		info_out->allocated = (uint64_t)sizes.AllocationSize.QuadPart;
	info_out->modified_ns = nanoseconds(found.ftLastWriteTime);
	info_out->n_links = found.nNumberOfLinks;
	return true;
}

static enum rq_err open_path(const char *path, DWORD access, bool follow,
			     struct file *file_out, struct file_info *info_out,
			     struct rq_diag *diag)
{
	wchar_t *wide = wide_path(path);
	DWORD flags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_SEQUENTIAL_SCAN;
	struct file_info info;
	HANDLE handle;

	*file_out = FILE_NONE;
	if (info_out != NULL)
		*info_out = (struct file_info){0};
	if (wide == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	handle =
	    CreateFileW(wide, access, SHARE_ALL, NULL, OPEN_EXISTING,
			follow ? flags : flags | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	/* a deduplicated file, or a cloud file whose content is not here
	 * (FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS), has its bytes only behind the point */
	if (!follow && handle != INVALID_HANDLE_VALUE && fill_info(handle, &info) &&
	    info.kind == FILE_REGULAR && access != 0) {
		FILE_ATTRIBUTE_TAG_INFO tag;

		if (GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag,
						 sizeof tag) &&
		    tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) {
			CloseHandle(handle);
			handle = CreateFileW(wide, access, SHARE_ALL, NULL,
					     OPEN_EXISTING, flags, NULL);
		}
	}
	alloc_free(wide);
	if (handle == INVALID_HANDLE_VALUE)
		return wide_error(GetLastError(), path, diag);
	if (info_out != NULL && !fill_info(handle, info_out)) {
		enum rq_err err = wide_error(GetLastError(), path, diag);

		CloseHandle(handle);
		return err;
	}
	file_out->handle = (intptr_t)handle;
	return RQ_OK;
}

enum rq_err file_open(const char *path, struct file *file_out,
		      struct file_info *info_out, struct rq_diag *diag)
{
	return open_path(path, GENERIC_READ, true, file_out, info_out, diag);
}

void file_close(struct file *file)
{
	if (file->handle != FILE_NONE.handle)
		CloseHandle(handle_of(*file));
	*file = FILE_NONE;
}

enum rq_err file_stat(struct file file, struct file_info *info_out)
{
	return fill_info(handle_of(file), info_out)
		   ? RQ_OK
		   : wide_error(GetLastError(), NULL, NULL);
}

enum rq_err file_stat_path(const char *path, bool follow, struct file_info *info_out,
			   struct rq_diag *diag)
{
	struct file file;
	enum rq_err err = open_path(path, 0, follow, &file, info_out, diag);

	file_close(&file);
	return err;
}

bool file_unchanged(struct file file, const struct file_info *info)
{
	struct file_info now;

	return fill_info(handle_of(file), &now) && now.size == info->size &&
	       now.modified_ns == info->modified_ns;
}

uint64_t file_holes(struct file file, const struct file_info *info)
{
	(void)file;
	return info->allocated < info->size ? info->size - info->allocated : 0;
}

enum rq_err file_read_at(struct file file, uint64_t off, void *to, size_t n,
			 size_t *n_out)
{
	size_t done = 0;

	*n_out = 0;
	while (done < n) {
		OVERLAPPED at = {.Offset = (DWORD)(off + done),
				 .OffsetHigh = (DWORD)((off + done) >> 32)};
		DWORD part = n - done > 1 << 30 ? 1 << 30 : (DWORD)(n - done), got = 0;

		if (!ReadFile(handle_of(file), (char *)to + done, part, &got, &at) &&
		    GetLastError() != ERROR_HANDLE_EOF)
			return wide_error(GetLastError(), NULL, NULL);
		if (got == 0)
			break;
		done += got;
	}
	*n_out = done;
	return RQ_OK;
}

enum rq_err file_read_whole(const char *path, struct buffer *to, struct rq_diag *diag)
{
	struct file file;
	enum rq_err err = file_open(path, &file, NULL, diag);
	uint8_t chunk[64 * 1024];
	DWORD got = 1;

	while (err == RQ_OK && got > 0) {
		if (!ReadFile(handle_of(file), chunk, sizeof chunk, &got, NULL) &&
		    GetLastError() != ERROR_BROKEN_PIPE)
			err = wide_error(GetLastError(), path, diag);
		else if (to->max != 0 && got > to->max - to->size)
			err = rq_fail(diag, RQ_ERR_LIMIT, path, "more than %zu bytes",
				      to->max);
		else
			buffer_put(to, chunk, got);
		if (err == RQ_OK && !buffer_ok(to))
			err = rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	}
	file_close(&file);
	return err;
}

void file_owner_name(struct file file, const struct file_info *info, char *name_out,
		     size_t size)
{
	wchar_t name[128], domain[128];
	DWORD n_name = 128, n_domain = 128;
	PSECURITY_DESCRIPTOR descriptor = NULL;
	struct buffer text = {0};
	SID_NAME_USE use;
	PSID owner;

	(void)info;
	name_out[0] = '\0';
	if (GetSecurityInfo(handle_of(file), SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION,
			    &owner, NULL, NULL, NULL, &descriptor) != ERROR_SUCCESS)
		return;
	if (LookupAccountSidW(NULL, owner, name, &n_name, domain, &n_domain, &use)) {
		wide_append(&text, domain);
		buffer_u8(&text, '\\');
		wide_append(&text, name);
		if (buffer_ok(&text))
			snprintf(name_out, size, "%s", (const char *)text.data);
	}
	buffer_free(&text);
	LocalFree(descriptor);
}

bool file_is_absolute(const char *path)
{
	const char *rest = path[0] != 0 && path[1] == ':' ? path + 2 : path + 1;

	/* "C:name" and "\\name" depend on the folder or the drive; a share does not */
	return (path[0] == '\\' || path[0] == '/' || rest == path + 2) &&
	       (*rest == '\\' || *rest == '/');
}

enum rq_err file_real_path(const char *path, struct buffer *to)
{
	wchar_t *wide = wide_path(path);

	if (wide == NULL)
		return RQ_ERR_MEMORY;
	wide_append(to, wcsncmp(wide, L"\\\\?\\", 4) == 0 ? wide + 4 : wide);
	alloc_free(wide);
	buffer_u8(to, 0);
	return buffer_ok(to) ? RQ_OK : RQ_ERR_MEMORY;
}

/* ---- writing ---- */

static enum rq_err write_all(HANDLE handle, struct bytes data, bool append)
{
	size_t done = 0;

	while (done < data.n) {
		OVERLAPPED end = {.Offset = 0xFFFFFFFF, .OffsetHigh = 0xFFFFFFFF};
		DWORD part = data.n - done > 1 << 30 ? 1 << 30 : (DWORD)(data.n - done);
		DWORD put = 0;

		if (!WriteFile(handle, data.at + done, part, &put,
			       append ? &end : NULL))
			return RQ_ERR_SYSTEM;
		done += put;
	}
	return RQ_OK;
}

enum rq_err file_write_atomic(const char *path, struct bytes data, struct rq_diag *diag)
{
	struct buffer name = {0};
	wchar_t *from = NULL, *to = wide_path(path);
	HANDLE handle = INVALID_HANDLE_VALUE;
	enum rq_err err = RQ_ERR_MEMORY;

	buffer_format(&name, "%s.%lu.new", path, GetCurrentProcessId());
	buffer_u8(&name, 0);
	if (buffer_ok(&name))
		from = wide_path((const char *)name.data);
	if (from == NULL || to == NULL)
		goto out;
	handle = CreateFileW(from, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
	if (handle == INVALID_HANDLE_VALUE) {
		err = wide_error(GetLastError(), path, diag);
		goto out;
	}
	err = RQ_OK;
	if (write_all(handle, data, false) != RQ_OK || !FlushFileBuffers(handle))
		err = wide_error(GetLastError(), path, diag);
	CloseHandle(handle);
	if (err == RQ_OK &&
	    !MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
		err = wide_error(GetLastError(), path, diag);
	if (err != RQ_OK)
		DeleteFileW(from);
out:
	alloc_free(from);
	alloc_free(to);
	buffer_free(&name);
	return err;
}

enum rq_err file_open_append(const char *path, struct file *file_out,
			     struct file_info *info_out, struct rq_diag *diag)
{
	wchar_t *wide = wide_path(path);
	struct file_info info;
	HANDLE handle;

	*file_out = FILE_NONE;
	if (wide == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	handle = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL,
			     OPEN_ALWAYS, FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	alloc_free(wide);
	if (handle == INVALID_HANDLE_VALUE)
		return wide_error(GetLastError(), path, diag);
	if (!fill_info(handle, &info) || info.kind != FILE_REGULAR) {
		CloseHandle(handle);
		return rq_fail(diag, RQ_ERR_ACCESS, path, "not a plain file");
	}
	if (info_out != NULL)
		*info_out = info;
	file_out->handle = (intptr_t)handle;
	return RQ_OK;
}

enum rq_err file_lock(struct file file)
{
	/* locks bind readers and writers here: a byte that no file reaches */
	OVERLAPPED place = {.Offset = 0xFFFFFFFE, .OffsetHigh = 0x7FFFFFFF};

	return LockFileEx(handle_of(file),
			  LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
			  &place)
		   ? RQ_OK
		   : RQ_ERR_ACCESS;
}

enum rq_err file_append(struct file file, struct bytes data)
{
	enum rq_err err = write_all(handle_of(file), data, true);

	return err == RQ_OK ? RQ_OK : wide_error(GetLastError(), NULL, NULL);
}

enum rq_err file_truncate(struct file file, uint64_t size)
{
	FILE_END_OF_FILE_INFO end = {.EndOfFile.QuadPart = (LONGLONG)size};

	return SetFileInformationByHandle(handle_of(file), FileEndOfFileInfo, &end,
					  sizeof end)
		   ? RQ_OK
		   : RQ_ERR_SYSTEM;
}

enum rq_err file_flush(struct file file)
{
	return FlushFileBuffers(handle_of(file)) ? RQ_OK : RQ_ERR_SYSTEM;
}

enum rq_err file_free_room(const char *path, uint64_t *bytes_out)
{
	ULARGE_INTEGER free_bytes = {0};
	wchar_t *wide = wide_path(path);
	enum rq_err err = RQ_ERR_MEMORY;

	*bytes_out = 0;
	if (wide != NULL)
		err = GetDiskFreeSpaceExW(wide, &free_bytes, NULL, NULL)
			  ? RQ_OK
			  : wide_error(GetLastError(), path, NULL);
	*bytes_out = free_bytes.QuadPart;
	alloc_free(wide);
	return err;
}

enum rq_err file_remove(const char *path)
{
	wchar_t *wide = wide_path(path);
	enum rq_err err = RQ_ERR_MEMORY;

	if (wide != NULL)
		err =
		    DeleteFileW(wide) ? RQ_OK : wide_error(GetLastError(), path, NULL);
	alloc_free(wide);
	return err;
}

enum rq_err file_rename(const char *from, const char *to, struct rq_diag *diag)
{
	const DWORD how = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
	wchar_t *wide_from = wide_path(from), *wide_to = wide_path(to);
	enum rq_err err = RQ_ERR_MEMORY;

	if (wide_from != NULL && wide_to != NULL)
		err = MoveFileExW(wide_from, wide_to, how)
			  ? RQ_OK
			  : wide_error(GetLastError(), to, diag);
	alloc_free(wide_from);
	alloc_free(wide_to);
	return err;
}

enum rq_err file_lock_take(const char *path, struct file *lock_out,
			   struct rq_diag *diag)
{
	enum rq_err err = file_open_append(path, lock_out, NULL, diag);

	if (err == RQ_OK)
		err = file_lock(*lock_out);
	if (err != RQ_OK) {
		file_close(lock_out);
		return rq_fail(diag, err, path, "another process holds the lock");
	}
	return RQ_OK;
}

void file_lock_release(struct file *lock, const char *path)
{
	wchar_t *wide = lock->handle != FILE_NONE.handle ? wide_path(path) : NULL;

	file_close(lock);
	/* may fail: the next holder has it already */
	if (wide != NULL)
		DeleteFileW(wide);
	alloc_free(wide);
}

enum rq_err file_cache_folder(struct buffer *path_out, struct rq_diag *diag)
{
	const wchar_t *base = _wgetenv(L"LOCALAPPDATA");
	struct file_info info;
	wchar_t *wide;

	if (base == NULL)
		return rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "no local folder");
	wide_append(path_out, base);
	buffer_text(path_out, "\\raquet");
	buffer_u8(path_out, 0);
	wide = buffer_ok(path_out) ? wide_path((const char *)path_out->data) : NULL;
	if (wide == NULL)
		return RQ_ERR_MEMORY;
	/* inherits the access list of the user's own folder */
	CreateDirectoryW(wide, NULL);
	alloc_free(wide);
	if (file_stat_path((const char *)path_out->data, false, &info, diag) != RQ_OK ||
	    info.kind != FILE_FOLDER)
		return rq_fail(diag, RQ_ERR_ACCESS, (const char *)path_out->data,
			       "not a folder");
	return RQ_OK;
}

enum rq_err file_keep_folder(struct buffer *path_out, struct rq_diag *diag)
{
	/* nothing cleans it unasked here */
	return file_cache_folder(path_out, diag);
}

/* ---- folders ---- */

struct folder {
	struct buffer path; /* with a 0 behind it */
	HANDLE search;
	WIN32_FIND_DATAW found;
	bool has_found, is_over;
	struct buffer name;
	struct buffer inner; /* path of an entry */
};

static enum rq_err open_folder(const char *path, bool follow,
			       struct folder **folder_out, struct file_info *info_out,
			       struct rq_diag *diag)
{
	struct folder *folder;
	struct file_info info;
	wchar_t *wide = NULL;
	enum rq_err err = file_stat_path(path, follow, &info, diag);

	*folder_out = NULL;
	if (err != RQ_OK)
		return err;
	if (info.kind != FILE_FOLDER)
		return rq_fail(diag, RQ_ERR_NOT_FOUND, path, "not a folder");
	folder = alloc_array(1, sizeof *folder);
	if (folder == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	buffer_text(&folder->path, path);
	buffer_text(&folder->path, "\\*");
	buffer_u8(&folder->path, 0);
	if (buffer_ok(&folder->path))
		wide = wide_path((const char *)folder->path.data);
	if (wide == NULL) {
		buffer_free(&folder->path);
		alloc_free(folder);
		return rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	}
	folder->search =
	    FindFirstFileExW(wide, FindExInfoBasic, &folder->found,
			     FindExSearchNameMatch, NULL, FIND_FIRST_EX_LARGE_FETCH);
	folder->has_found = folder->search != INVALID_HANDLE_VALUE;
	if (!folder->has_found && GetLastError() != ERROR_FILE_NOT_FOUND)
		err = wide_error(GetLastError(), path, diag);
	folder->is_over = !folder->has_found;
	alloc_free(wide);
	folder->path.size -= 3; /* without the star */
	folder->path.data[folder->path.size] = 0;
	if (err != RQ_OK) {
		folder_close(folder);
		return err;
	}
	if (info_out != NULL)
		*info_out = info;
	*folder_out = folder;
	return RQ_OK;
}

static const char *inner_path(struct folder *folder, const char *name)
{
	buffer_clear(&folder->inner);
	buffer_put(&folder->inner, folder->path.data, folder->path.size);
	buffer_u8(&folder->inner, '\\');
	buffer_text(&folder->inner, name);
	buffer_u8(&folder->inner, 0);
	return buffer_ok(&folder->inner) ? (const char *)folder->inner.data : NULL;
}

enum rq_err folder_open(const char *path, struct folder **folder_out,
			struct file_info *info_out, struct rq_diag *diag)
{
	return open_folder(path, true, folder_out, info_out, diag);
}

enum rq_err folder_open_in(struct folder *parent, const char *name, bool follow,
			   struct folder **folder_out, struct file_info *info_out,
			   struct rq_diag *diag)
{
	const char *path = inner_path(parent, name);

	*folder_out = NULL;
	return path == NULL ? RQ_ERR_MEMORY
			    : open_folder(path, follow, folder_out, info_out, diag);
}

void folder_close(struct folder *folder)
{
	if (folder == NULL)
		return;
	if (folder->search != INVALID_HANDLE_VALUE)
		FindClose(folder->search);
	buffer_free(&folder->path);
	buffer_free(&folder->name);
	buffer_free(&folder->inner);
	alloc_free(folder);
}

static enum file_kind kind_of_entry(const WIN32_FIND_DATAW *found)
{
	if (found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT &&
	    (found->dwReserved0 == IO_REPARSE_TAG_SYMLINK ||
	     found->dwReserved0 == IO_REPARSE_TAG_MOUNT_POINT))
		return FILE_LINK;
	if (found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
		return FILE_FOLDER;
	return found->dwFileAttributes & FILE_ATTRIBUTE_DEVICE ? FILE_DEVICE
							       : FILE_REGULAR;
}

enum rq_err folder_next(struct folder *folder, struct folder_entry *entry_out)
{
	do {
		if (folder->is_over)
			return RQ_ERR_NOT_FOUND;
		if (!folder->has_found &&
		    !FindNextFileW(folder->search, &folder->found)) {
			folder->is_over = true;
			return GetLastError() == ERROR_NO_MORE_FILES ? RQ_ERR_NOT_FOUND
								     : RQ_ERR_SYSTEM;
		}
		folder->has_found = false;
	} while (wcscmp(folder->found.cFileName, L".") == 0 ||
		 wcscmp(folder->found.cFileName, L"..") == 0);
	buffer_clear(&folder->name);
	wide_append(&folder->name, folder->found.cFileName);
	if (!buffer_ok(&folder->name))
		return RQ_ERR_MEMORY;
	*entry_out = (struct folder_entry){(const char *)folder->name.data,
					   kind_of_entry(&folder->found)};
	return RQ_OK;
}

enum rq_err file_open_in(struct folder *folder, const char *name, bool follow,
			 struct file *file_out, struct file_info *info_out,
			 struct rq_diag *diag)
{
	const char *path = inner_path(folder, name);

	*file_out = FILE_NONE;
	return path == NULL
		   ? RQ_ERR_MEMORY
		   : open_path(path, GENERIC_READ, follow, file_out, info_out, diag);
}

enum rq_err file_stat_in(struct folder *folder, const char *name, bool follow,
			 struct file_info *info_out)
{
	const char *path = inner_path(folder, name);

	return path == NULL ? RQ_ERR_MEMORY
			    : file_stat_path(path, follow, info_out, NULL);
}
