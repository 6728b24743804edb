#include "endpoint/whole_path.h"

#include "os/file.h"

/* Of a drive or a root; "C:x" and "\x" depend on more than the folder. */
static bool has_root(struct bytes path)
{
	return path.n > 0 &&
	       (file_is_separator((char)path.at[0]) ||
		(file_separator == '\\' && path.n > 1 && path.at[1] == ':'));
}

/* The next component, without separators. */
static struct bytes next_part(struct reader *r)
{
	struct reader start;
	size_t n = 0;

	while (reader_left(r) > 0 && file_is_separator((char)r->start[r->pos]))
		reader_skip(r, 1);
	start = *r;
	for (; reader_left(r) > 0 && !file_is_separator((char)r->start[r->pos]); n++)
		reader_skip(r, 1);
	return reader_bytes(&start, n);
}

/* Never above the root. */
static void drop_part(struct buffer *path)
{
	size_t n = path->size;

	while (n > 0 && !file_is_separator((char)path->data[n - 1]))
		n--;
	path->size = n > 1 ? n - 1 : n;
}

enum rq_err whole_path(struct bytes folder, struct bytes path, struct buffer *room,
		       struct bytes *whole_out)
{
	struct reader r = reader_over(path.at, path.n);

	*whole_out = path;
	if (folder.n == 0 || has_root(path))
		return RQ_OK;
	buffer_clear(room);
	buffer_put(room, folder.at, folder.n);
	for (struct bytes part = next_part(&r); part.n > 0; part = next_part(&r)) {
		if (bytes_equal_text(part, "."))
			continue;
		if (bytes_equal_text(part, "..")) {
			drop_part(room);
			continue;
		}
		if (buffer_ok(room) &&
		    !file_is_separator((char)room->data[room->size - 1]))
			buffer_u8(room, (uint8_t)file_separator);
		buffer_put(room, part.at, part.n);
	}
	if (!buffer_ok(room))
		return RQ_ERR_MEMORY;
	*whole_out = buffer_bytes(room);
	return RQ_OK;
}
