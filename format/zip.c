#include "format/zip.h"

enum {
	LOCAL_SIGNATURE = 0x04034b50,   /* 4.3.7 */
	ENTRY_SIGNATURE = 0x02014b50,   /* 4.3.12 */
	END_SIGNATURE = 0x06054b50,     /* 4.3.16 */
	END64_SIGNATURE = 0x06064b50,   /* 4.3.14 */
	LOCATOR_SIGNATURE = 0x07064b50, /* 4.3.15 */
	END_SIZE = 22,
	LOCATOR_SIZE = 20,
	FLAG_ENCRYPTED = 1, /* 4.4.4, bit 0 */
	METHOD_AES = 99,    /* APPNOTE, appendix E of WinZip's AE-2 */
};

/* What an end record says. */
struct end {
	uint64_t at; /* where the directory must end */
	uint64_t n_members, size, offset;
};

static bool read_end64(const struct reader *file, uint64_t locator_at, struct end *end)
{
	struct reader r = reader_at(file, locator_at, LOCATOR_SIZE);
	uint32_t signature = reader_u32le(&r), disk = reader_u32le(&r), first_disk;
	uint64_t size, at;

	if (signature != LOCATOR_SIGNATURE || disk != 0)
		return false;
	at = reader_u64le(&r);
	if (reader_u32le(&r) != 1 || !reader_done(&r) || at > locator_at)
		return false;
	r = reader_at(file, at, locator_at - at);
	if (reader_u32le(&r) != END64_SIGNATURE)
		return false;
	size = reader_u64le(&r);
	if (size != reader_left(&r))
		return false;
	reader_skip(&r, 4);
	disk = reader_u32le(&r);
	first_disk = reader_u32le(&r);
	if (disk != 0 || first_disk != 0)
		return false; /* one of several */
	end->n_members = reader_u64le(&r);
	if (reader_u64le(&r) != end->n_members)
		return false;
	end->size = reader_u64le(&r);
	end->offset = reader_u64le(&r);
	end->at = at;
	return reader_ok(&r);
}

/* The record at that place, when its comment ends exactly where the file does. */
static bool read_end(const struct reader *file, uint64_t at, struct end *end)
{
	struct reader r = reader_from(file, at);
	uint32_t signature = reader_u32le(&r), disks = reader_u32le(&r);
	bool is_64;

	if (signature != END_SIGNATURE || disks != 0)
		return false;
	end->n_members = reader_u16le(&r);
	if (reader_u16le(&r) != end->n_members)
		return false;
	end->size = reader_u32le(&r);
	end->offset = reader_u32le(&r);
	if (reader_u16le(&r) != reader_left(&r) || !reader_ok(&r))
		return false;
	end->at = at;
	is_64 = end->n_members == 0xffff || end->size == 0xffffffff ||
		end->offset == 0xffffffff;
	if (is_64 && at >= LOCATOR_SIZE && read_end64(file, at - LOCATOR_SIZE, end))
		return true;
	return end->size != 0xffffffff && end->offset != 0xffffffff;
}

/* The directory lies right before the end record; what its offset is short of is what
 * stands before the archive. */
static bool find_entries(const struct end *end, struct zip *zip)
{
	uint64_t start;

	if (end->size > end->at)
		return false;
	start = end->at - end->size;
	if (end->offset > start)
		return false;
	zip->base = start - end->offset;
	zip->entries = reader_at(&zip->file, start, end->size);
	zip->n_members = zip->n_left = end->n_members;
	return reader_ok(&zip->entries);
}

static bool is_archive_alone(const struct reader *file)
{
	struct reader r = reader_at(file, 0, 2);

	return reader_u16le(&r) == 0x4b50; /* all its records begin with PK */
}

bool zip_open(struct bytes file, struct zip *zip_out)
{
	struct zip zip = {.file = reader_over(file.at, file.n)};
	/* every file comes here: only in front of what begins as an archive is a
	 * comment looked for */
	size_t n_comment = is_archive_alone(&zip.file) ? 0xffff : 0;

	*zip_out = zip;
	for (size_t n = END_SIZE; n <= file.n && n <= END_SIZE + n_comment; n++) {
		struct end end;

		if (read_end(&zip.file, file.n - n, &end) && find_entries(&end, &zip)) {
			*zip_out = zip;
			return true;
		}
	}
	return false;
}

/* The header in front of a member has its own flags, and readers believe either. */
static bool is_encrypted_at(const struct reader *file, uint64_t at)
{
	struct reader r = reader_from(file, at);
	uint16_t flags, method;

	if (reader_u32le(&r) != LOCAL_SIGNATURE)
		return false;
	reader_skip(&r, 2);
	flags = reader_u16le(&r);
	method = reader_u16le(&r);
	return reader_ok(&r) && ((flags & FLAG_ENCRYPTED) != 0 || method == METHOD_AES);
}

enum rq_err zip_next(struct zip *zip, struct zip_member *member_out)
{
	struct reader *r = &zip->entries;
	struct zip_member member = {0};
	uint16_t n_name, n_extra, n_comment;

	*member_out = member;
	if (zip->n_left == 0)
		return reader_done(r) ? RQ_ERR_NOT_FOUND : RQ_ERR_FORMAT;
	if (reader_u32le(r) != ENTRY_SIGNATURE)
		reader_fail(r);
	reader_skip(r, 4);
	member.flags = reader_u16le(r);
	member.method = reader_u16le(r);
	reader_skip(r, 8);
	member.packed_size = reader_u32le(r);
	member.size = reader_u32le(r);
	n_name = reader_u16le(r);
	n_extra = reader_u16le(r);
	n_comment = reader_u16le(r);
	reader_skip(r, 8);
	member.offset = zip->base + reader_u32le(r);
	member.name = reader_bytes(r, n_name);
	reader_skip(r, n_extra);
	reader_skip(r, n_comment);
	if (!reader_ok(r))
		return RQ_ERR_FORMAT;
	zip->n_left--;
	member.is_encrypted = (member.flags & FLAG_ENCRYPTED) != 0 ||
			      member.method == METHOD_AES ||
			      is_encrypted_at(&zip->file, member.offset);
	*member_out = member;
	return RQ_OK;
}

bool zip_is_encrypted(struct bytes file)
{
	struct zip_member member;
	struct zip zip;

	/* no cap on the members: an entry is 46 bytes of the file at least */
	if (zip_open(file, &zip))
		while (zip_next(&zip, &member) == RQ_OK)
			if (member.is_encrypted)
				return true;
	/* damaged, or a directory that keeps silent about its first member */
	return is_encrypted_at(&zip.file, 0);
}
