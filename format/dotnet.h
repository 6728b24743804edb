/*
 * The metadata of .NET assemblies: ECMA-335 (6th edition), Partition II, clauses 22 to
 * 25.  Read as libyara reads it, because rules depend on what it finds in broken and
 * obfuscated files; where that differs from the standard, the code says so.
 *
 * Opening looks at the headers, the streams (at most 255) and the sizes of the tables;
 * rows are read when somebody asks.
 */
#ifndef RAQUET_FORMAT_DOTNET_H
#define RAQUET_FORMAT_DOTNET_H

#include "format/pe.h"

/* II.22: the numbers of the tables that we read. */
enum dotnet_table_id {
	DOTNET_MODULE = 0x00,
	DOTNET_TYPE_REF = 0x01,
	DOTNET_TYPE_DEF = 0x02,
	DOTNET_METHOD_DEF = 0x06,
	DOTNET_PARAM = 0x08,
	DOTNET_INTERFACE_IMPL = 0x09,
	DOTNET_MEMBER_REF = 0x0a,
	DOTNET_CONSTANT = 0x0b,
	DOTNET_CUSTOM_ATTRIBUTE = 0x0c,
	DOTNET_MODULE_REF = 0x1a,
	DOTNET_TYPE_SPEC = 0x1b,
	DOTNET_FIELD_RVA = 0x1d,
	DOTNET_ASSEMBLY = 0x20,
	DOTNET_ASSEMBLY_REF = 0x23,
	DOTNET_MANIFEST_RESOURCE = 0x28,
	DOTNET_NESTED_CLASS = 0x29,
	DOTNET_GENERIC_PARAM = 0x2a,
	N_DOTNET_TABLES = 0x2d,
};

/* Columns, counted from 0, of the tables where we name them. */
enum dotnet_column {
	MODULE_NAME = 1,
	TYPE_REF_NAME = 1,
	TYPE_REF_NAMESPACE = 2,
	TYPE_DEF_FLAGS = 0,
	TYPE_DEF_NAME = 1,
	TYPE_DEF_NAMESPACE = 2,
	TYPE_DEF_EXTENDS = 3,
	TYPE_DEF_METHODS = 5,
	METHOD_FLAGS = 2,
	METHOD_NAME = 3,
	METHOD_SIGNATURE = 4,
	METHOD_PARAMS = 5,
	PARAM_NAME = 2,
	INTERFACE_CLASS = 0,
	INTERFACE_INTERFACE = 1,
	CONSTANT_TYPE = 0,
	CONSTANT_VALUE = 2,
	ATTRIBUTE_PARENT = 0,
	ATTRIBUTE_TYPE = 1,
	ATTRIBUTE_VALUE = 2,
	MODULE_REF_NAME = 0,
	TYPE_SPEC_SIGNATURE = 0,
	FIELD_RVA_RVA = 0,
	ASSEMBLY_VERSION = 1, /* major, minor, build, revision follow each other */
	ASSEMBLY_NAME = 7,
	ASSEMBLY_CULTURE = 8,
	ASSEMBLY_REF_VERSION = 0,
	ASSEMBLY_REF_TOKEN = 5,
	ASSEMBLY_REF_NAME = 6,
	RESOURCE_OFFSET = 0,
	RESOURCE_NAME = 2,
	RESOURCE_IMPLEMENTATION = 3,
	NESTED_CLASS = 0,
	NESTED_ENCLOSING = 1,
	GENERIC_OWNER = 2,
	GENERIC_NAME = 3,
};

struct dotnet_stream {
	bool is_present;
	uint64_t offset; /* in the file */
	uint32_t size;
	struct bytes name;
};

struct dotnet_table {
	bool is_present;
	uint64_t offset; /* in the file */
	uint32_t n_rows, row_size;
};

struct dotnet {
	const struct pe_image *image;
	struct reader file;
	uint64_t metadata;    /* offset of the root in the file */
	struct bytes version; /* at == NULL: not ended by a 0 */

	bool has_streams;
	uint64_t stream_headers;
	uint32_t n_streams; /* whose headers are well-formed */
	struct dotnet_stream guids, tables, strings, blobs, user_strings;

	uint8_t width[128]; /* of a column, by the letter of its kind */
	uint32_t rows[64];  /* of every table, as the header says */
	struct dotnet_table table[N_DOTNET_TABLES];
	bool is_complete;  /* no table stopped the reading: types are known */
	int64_t resources; /* offset of the resources in the file; -1: nowhere */
};

/* Whether image has CLI and metadata headers; then fills *dotnet_out, which borrows
 * image. */
bool dotnet_open(const struct pe_image *image, struct dotnet *dotnet_out);

/* Stream i < n_streams. */
struct dotnet_stream dotnet_stream(const struct dotnet *dotnet, uint32_t i);

/* The offset of a row (from 1) in the file; false when the table has no such row. */
bool dotnet_row(const struct dotnet *dotnet, enum dotnet_table_id table, uint32_t row,
		uint64_t *offset_out);

/* A column of the row at offset; false unless the whole row lies in the file. */
bool dotnet_cell_at(const struct dotnet *dotnet, enum dotnet_table_id table,
		    uint64_t offset, unsigned column, uint32_t *value_out);

/* Both at once. */
bool dotnet_cell(const struct dotnet *dotnet, enum dotnet_table_id table, uint32_t row,
		 unsigned column, uint32_t *value_out);

/* The text at index of the heap of strings (II.24.2.3), at most 1,024 bytes. */
bool dotnet_text(const struct dotnet *dotnet, uint32_t index, struct bytes *text_out);

/* The text that a column of a row points to. */
bool dotnet_cell_text(const struct dotnet *dotnet, enum dotnet_table_id table,
		      uint32_t row, unsigned column, struct bytes *text_out);

/* The content of the blob whose length stands at offset of the file (II.24.2.4).  Gives
 * how many bytes the length takes; 0: no blob. */
size_t dotnet_blob(const struct dotnet *dotnet, uint64_t offset,
		   struct bytes *blob_out);

#endif
