/*
 * Names of .NET types: of rows, and of signatures (ECMA-335 II.23.2), in the words of
 * C#.
 */
#ifndef RAQUET_FORMAT_DOTNET_TYPE_H
#define RAQUET_FORMAT_DOTNET_TYPE_H

#include "bytes/buffer.h"
#include "format/dotnet.h"

/* The generic parameters of a class or method, by number. */
struct dotnet_generics {
	const struct bytes *names;
	uint32_t n;
};

struct dotnet_types {
	const struct dotnet *dotnet;

	/* The row of NESTED_CLASS that encloses a class (a row of TYPE_DEF), 0: none.
	 * Asked for each nested class: shall not walk the table. */
	uint32_t (*enclosing)(void *context, uint32_t type);
	void *context;
};

/* Where the reading of one signature is. */
struct dotnet_signature {
	const struct dotnet_types *types;
	struct reader r;
	const struct dotnet_generics *of_class, *of_method; /* NULL: none */
	unsigned depth;
	unsigned *steps_left;
};

/* II.23.2: a compressed number; 0, and nothing consumed, when there is none. */
uint32_t dotnet_unsigned(struct reader *r);
int32_t dotnet_signed(struct reader *r);

/* All these append to out and return true, or leave it as it was. */

/* II.23.2.12: the type that comes next. */
bool dotnet_type(struct dotnet_signature *signature, struct buffer *out);

/* A TypeDefOrRef index (II.23.2.8); signature gives the generics. */
bool dotnet_type_index(struct dotnet_signature *signature, uint32_t index,
		       struct buffer *out);

/* The name of what encloses a nested class; of at most ten levels. */
bool dotnet_enclosing(const struct dotnet_types *types, uint32_t type, unsigned depth,
		      struct buffer *out);

/*
 * Puts name behind the namespace that out holds from start on (has_namespace), and cuts
 * the number of generic parameters from `Name`2`.  False when there is neither.
 */
bool dotnet_full_name(struct buffer *out, size_t start, bool has_namespace,
		      struct bytes name);

/* II.23.1.15: whether the visibility says that a class is nested. */
bool dotnet_is_nested(uint32_t flags);

#endif
