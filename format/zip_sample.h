/* ZIP archives for tests, written byte by byte: no library writes broken ones. */
#ifndef RAQUET_FORMAT_ZIP_SAMPLE_H
#define RAQUET_FORMAT_ZIP_SAMPLE_H

#include "bytes/buffer.h"

#include <string.h>

struct zip_sample_member {
	const char *name, *data;
	uint16_t local_flags, flags, method;
	uint32_t at;
};

static inline void zip_sample_member(struct buffer *out, struct zip_sample_member *m)
{
	m->at = (uint32_t)out->size;
	buffer_u32le(out, 0x04034b50);
	buffer_u16le(out, 20);
	buffer_u16le(out, m->local_flags);
	buffer_u16le(out, m->method);
	buffer_zeros(out, 8); /* time, CRC-32 */
	buffer_u32le(out, (uint32_t)strlen(m->data));
	buffer_u32le(out, (uint32_t)strlen(m->data));
	buffer_u16le(out, (uint16_t)strlen(m->name));
	buffer_u16le(out, 0);
	buffer_text(out, m->name);
	buffer_text(out, m->data);
}

static inline void zip_sample_entry(struct buffer *out,
				    const struct zip_sample_member *m, uint32_t at)
{
	buffer_u32le(out, 0x02014b50);
	buffer_u16le(out, 20);
	buffer_u16le(out, 20);
	buffer_u16le(out, m->flags);
	buffer_u16le(out, m->method);
	buffer_zeros(out, 8);
	buffer_u32le(out, (uint32_t)strlen(m->data));
	buffer_u32le(out, (uint32_t)strlen(m->data));
	buffer_u16le(out, (uint16_t)strlen(m->name));
	buffer_zeros(out, 12); /* extra, comment, disk, attributes */
	buffer_u32le(out, at);
	buffer_text(out, m->name);
}

static inline void zip_sample_end(struct buffer *out, uint16_t n, uint32_t size,
				  uint32_t offset, const char *comment)
{
	buffer_u32le(out, 0x06054b50);
	buffer_u32le(out, 0);
	buffer_u16le(out, n);
	buffer_u16le(out, n);
	buffer_u32le(out, size);
	buffer_u32le(out, offset);
	buffer_u16le(out, (uint16_t)strlen(comment));
	buffer_text(out, comment);
}

/* The whole archive behind what out holds. */
static inline void zip_sample(struct buffer *out, struct zip_sample_member *members,
			      size_t n, const char *comment)
{
	uint32_t before = (uint32_t)out->size, start;

	for (size_t i = 0; i < n; i++)
		zip_sample_member(out, &members[i]);
	start = (uint32_t)out->size;
	for (size_t i = 0; i < n; i++)
		zip_sample_entry(out, &members[i], members[i].at - before);
	zip_sample_end(out, (uint16_t)n, (uint32_t)out->size - start, start - before,
		       comment);
}

#endif
