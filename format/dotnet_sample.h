/*
 * For tests: a small .NET assembly with something in each table that we read, and where
 * its parts lie, so that a test can break one of them.
 */
#ifndef RAQUET_FORMAT_DOTNET_SAMPLE_H
#define RAQUET_FORMAT_DOTNET_SAMPLE_H

#include "bytes/buffer.h"

#include <stdlib.h>
#include <string.h>

struct dotnet_sample {
	struct buffer file;
	struct buffer strings, blobs;
	size_t cli, metadata, stream_headers, tables, rows; /* offsets in the file */
};

/* Overwrites n bytes, little-endian. */
static inline void net_set(struct dotnet_sample *s, size_t off, size_t n,
			   uint64_t value)
{
	if (off + n > s->file.size)
		abort();
	for (size_t i = 0; i < n; i++)
		s->file.data[off + i] = (uint8_t)(value >> 8 * i);
}

/* The index of a text in the heap, where it is put when it is new. */
static inline uint16_t net_text(struct dotnet_sample *s, const char *text)
{
	size_t n = strlen(text) + 1, at;

	for (at = 0; at + n <= s->strings.size; at++)
		if (memcmp(s->strings.data + at, text, n) == 0)
			return (uint16_t)at;
	buffer_put(&s->strings, text, n);
	return (uint16_t)(s->strings.size - n);
}

/* The index of a new blob of at most 127 bytes. */
static inline uint16_t net_blob(struct dotnet_sample *s, const char *data, size_t n)
{
	size_t at = s->blobs.size;

	buffer_u8(&s->blobs, (uint8_t)n);
	buffer_put(&s->blobs, data, n);
	return (uint16_t)at;
}

#define NET_BLOB(s, text) net_blob(s, text, sizeof(text) - 1)

static inline void net_put(struct dotnet_sample *s, const uint16_t *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buffer_u16le(&s->file, cells[i]);
}

/* One row of columns of two bytes. */
#define NET_ROW(s, ...)                                                                \
	net_put(s, (const uint16_t[]){__VA_ARGS__},                                    \
		sizeof((const uint16_t[]){__VA_ARGS__}) / 2)

/* Coded indices. */
enum { DEF = 0, REF = 1, SPEC = 2 };
#define NET_TYPE(kind, row) (uint16_t)((row) << 2 | (kind))

static inline void net_pe_headers(struct dotnet_sample *s)
{
	buffer_put(&s->file, "MZ", 2);
	buffer_zeros(&s->file, 0x3a);
	buffer_u32le(&s->file, 0x40);
	buffer_put(&s->file, "PE\0\0", 4);
	NET_ROW(s, 0x14c, 1, 0, 0, 0, 0, 0, 0, 0xe0, 0x102);
	buffer_u16le(&s->file, 0x10b);
	buffer_zeros(&s->file, 90);
	buffer_u32le(&s->file, 16);
	buffer_zeros(&s->file, 14 * 8);
	buffer_u32le(&s->file, 0x1000); /* the CLI header begins the section */
	buffer_u32le(&s->file, 72);
	buffer_zeros(&s->file, 8);
	buffer_put(&s->file, ".text\0\0\0", 8);
	buffer_u32le(&s->file, 0x2000);
	buffer_u32le(&s->file, 0x1000);
	buffer_u32le(&s->file, 0x2000);
	buffer_u32le(&s->file, 0x200);
	buffer_zeros(&s->file, 16);
	buffer_zeros(&s->file, 0x200 - s->file.size);
}

static inline void net_cli_header(struct dotnet_sample *s)
{
	s->cli = s->file.size;
	buffer_u32le(&s->file, 72);
	NET_ROW(s, 2, 5);
	buffer_u32le(&s->file, 0x1000 + 72 + 16); /* metadata, behind the resource */
	buffer_u32le(&s->file, 0x1000);
	buffer_u32le(&s->file, 1);
	buffer_u32le(&s->file, 0);
	buffer_u32le(&s->file, 0x1000 + 72); /* resources */
	buffer_u32le(&s->file, 16);
	buffer_zeros(&s->file, 40);
	buffer_u32le(&s->file, 5);
	buffer_put(&s->file, "bytes", 5);
	buffer_zeros(&s->file, 7);
}

/* Writes a stream header and returns where its offset stands. */
static inline size_t net_stream(struct dotnet_sample *s, const char *name)
{
	size_t at = s->file.size;

	buffer_zeros(&s->file, 8);
	buffer_put(&s->file, name, strlen(name));
	buffer_zeros(&s->file, 4 - strlen(name) % 4);
	return at;
}

static inline void net_stream_is(struct dotnet_sample *s, size_t header, size_t from)
{
	buffer_align(&s->file, 4);
	net_set(s, header, 4, from - s->metadata);
	net_set(s, header + 4, 4, s->file.size - from);
}

static inline void net_types(struct dotnet_sample *s)
{
	uint16_t none = net_text(s, ""), acme = net_text(s, "Acme");

	/* Module; TypeRef: 1 Object, 2 GuidAttribute, 3 List`1 */
	NET_ROW(s, 0, net_text(s, "sample.exe"), 1, 0, 0);
	NET_ROW(s, 6, net_text(s, "Object"), net_text(s, "System"));
	NET_ROW(s, 6, net_text(s, "GuidAttribute"), net_text(s, "System"));
	NET_ROW(s, 6, net_text(s, "List`1"), net_text(s, "System.Collections"));
	/* TypeDef: flags of four bytes, name, namespace, extends, fields, methods */
	NET_ROW(s, 0, 0, net_text(s, "<Module>"), none, 0, 1, 1);
	NET_ROW(s, 0x81, 0, net_text(s, "Box`2"), acme, NET_TYPE(REF, 1), 1, 1);
	NET_ROW(s, 0x103, 0, net_text(s, "Lid"), none, NET_TYPE(SPEC, 1), 1, 7);
	NET_ROW(s, 0xa0, 0, net_text(s, "IOpen"), acme, 0, 1, 8);
	NET_ROW(s, 0x04, 0, net_text(s, "Pin"), none, NET_TYPE(DEF, 3), 1, 9);
}

static inline void net_methods(struct dotnet_sample *s)
{
	/* MethodDef: RVA and ImplFlags (6 bytes), flags, name, signature, parameters */
	NET_ROW(s, 0, 0, 0, 0x06, net_text(s, ".ctor"), NET_BLOB(s, "\x20\0\x01"), 1);
	NET_ROW(s, 0, 0, 0, 0x16, net_text(s, "Swap"),
		NET_BLOB(s, "\x10\x01\x02\x13\0\x1e\0\x10\x0e"), 1);
	NET_ROW(s, 0, 0, 0, 0x441, net_text(s, "Grid"),
		NET_BLOB(s, "\0\x01\x14\x08\x03\x02\x04\x06\x03\0\x02\x7f\x1d\x05"), 2);
	NET_ROW(s, 0, 0, 0, 0x64, net_text(s, "Call"),
		NET_BLOB(s, "\0\x01\x1b\0\x02\x01\x0e\x0f\x18\x1f\x05\x12\x08"), 3);
	NET_ROW(s, 0, 0, 0, 0x05, net_text(s, "All"),
		NET_BLOB(s, "\0\x01\x15\x12\x0d\x02\x11\x0c\x1c\x12\x06"), 9);
	NET_ROW(s, 0, 0, 0, 0x03, net_text(s, "Broken"), NET_BLOB(s, "\0\0\x45"), 1);
	NET_ROW(s, 0, 0, 0, 0x02, net_text(s, "Close"), NET_BLOB(s, "\0\0\x01"), 0);
	NET_ROW(s, 0, 0, 0, 0x06, net_text(s, "Open"), NET_BLOB(s, "\0\0\x02"), 1);
	/* Param: flags, sequence, name */
	NET_ROW(s, 0, 1, net_text(s, "first"));
	NET_ROW(s, 0, 2, net_text(s, "second"));
	NET_ROW(s, 0, 1, net_text(s, "third"));
	/* InterfaceImpl */
	NET_ROW(s, 2, NET_TYPE(DEF, 4));
	NET_ROW(s, 2, NET_TYPE(SPEC, 1));
	/* MemberRef: the constructor of GuidAttribute; Constant; CustomAttribute */
	NET_ROW(s, 2 << 3 | 1, net_text(s, ".ctor"), 0);
	NET_ROW(s, 0x0e, 1 << 2, NET_BLOB(s, "c\0o\0"));
	NET_ROW(s, 0x08, 1 << 2, NET_BLOB(s, "\1\0\0\0"));
	NET_ROW(s, 1 << 5 | 0x0e, 1 << 3 | 3, NET_BLOB(s, "\1\0\4abcd"));
}

static inline void net_rest(struct dotnet_sample *s)
{
	/* ModuleRef, TypeSpec, FieldRVA */
	NET_ROW(s, net_text(s, "kernel32.dll"));
	NET_ROW(s, NET_BLOB(s, "\x15\x12\x0d\x01\x13\x01"));
	NET_ROW(s, 0x1010, 0, 1);
	NET_ROW(s, 0, 0x7000, 1);
	/* Assembly, AssemblyRef */
	NET_ROW(s, 0x8004, 0, 1, 2, 3, 4, 0, 0, 0, net_text(s, "sample"),
		net_text(s, "vi"));
	NET_ROW(s, 4, 5, 6, 7, 0, 0, NET_BLOB(s, "\xb7\x7a\x5c\x56"),
		net_text(s, "mscorlib"), 0, 0);
	/* ManifestResource: offset, flags, name, implementation */
	NET_ROW(s, 0, 0, 1, 0, net_text(s, "inside"), 0);
	NET_ROW(s, 0, 0, 1, 0, net_text(s, "outside"), 1 << 2 | 1);
	/* NestedClass, GenericParam */
	NET_ROW(s, 3, 2);
	NET_ROW(s, 5, 3);
	NET_ROW(s, 0, 0, 2 << 1, net_text(s, "TKey"));
	NET_ROW(s, 1, 0, 2 << 1, net_text(s, "TValue"));
	NET_ROW(s, 0, 0, 2 << 1 | 1, net_text(s, "TSwap"));
}

static inline void net_tables(struct dotnet_sample *s)
{
	/* bit, rows */
	static const uint8_t sizes[][2] = {
	    {0x00, 1}, {0x01, 3}, {0x02, 5}, {0x06, 8}, {0x08, 3}, {0x09, 2},
	    {0x0a, 1}, {0x0b, 2}, {0x0c, 1}, {0x1a, 1}, {0x1b, 1}, {0x1d, 2},
	    {0x20, 1}, {0x23, 1}, {0x28, 2}, {0x29, 2}, {0x2a, 3},
	};
	uint64_t valid = 0;

	s->tables = s->file.size;
	buffer_u32le(&s->file, 0);
	NET_ROW(s, 2, 0x0100);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		valid |= 1ull << sizes[i][0];
	buffer_u64le(&s->file, valid);
	buffer_u64le(&s->file, 0);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		buffer_u32le(&s->file, sizes[i][1]);
	s->rows = s->file.size;
	net_types(s);
	net_methods(s);
	net_rest(s);
}

/* Free s with net_free. */
static inline void net_make(struct dotnet_sample *s)
{
	size_t header[5], at;

	memset(s, 0, sizeof *s);
	buffer_u8(&s->strings, 0);
	buffer_u8(&s->blobs, 0);
	net_pe_headers(s);
	net_cli_header(s);
	s->metadata = s->file.size;
	buffer_put(&s->file, "BSJB\1\0\1\0\0\0\0\0\x0c\0\0\0v4.0.30319\0\0\0\0\5\0",
		   32);
	s->stream_headers = s->file.size;
	header[0] = net_stream(s, "#~");
	header[1] = net_stream(s, "#Strings");
	header[2] = net_stream(s, "#US");
	header[3] = net_stream(s, "#GUID");
	header[4] = net_stream(s, "#Blob");
	at = s->file.size;
	net_tables(s);
	net_stream_is(s, header[0], at);
	at = s->file.size;
	buffer_put(&s->file, s->strings.data, s->strings.size);
	net_stream_is(s, header[1], at);
	at = s->file.size;
	buffer_put(&s->file, "\0\7u\0s\0r\0\0\3!\0\1", 13);
	net_stream_is(s, header[2], at);
	at = s->file.size;
	for (uint8_t i = 1; i <= 16; i++)
		buffer_u8(&s->file, i * 0x11 & 0xff);
	net_stream_is(s, header[3], at);
	at = s->file.size;
	buffer_put(&s->file, s->blobs.data, s->blobs.size);
	net_stream_is(s, header[4], at);
	buffer_zeros(&s->file, 8);
	if (!buffer_ok(&s->file))
		abort();
}

static inline void net_free(struct dotnet_sample *s)
{
	buffer_free(&s->file);
	buffer_free(&s->strings);
	buffer_free(&s->blobs);
}

#endif
