/*
 * What is scanned: one or more runs of bytes in memory.
 *
 * A file is one block with base 0.  Memory of a process, and input that arrives in
 * pieces, are several blocks; strings never match across two of them.  The bytes
 * belong to the caller and must stay as long as the scan; a mapped file may shrink
 * under us, so that reading raises SIGBUS: the worker turns that into the gap
 * "changed", nobody below cares.
 */
#ifndef RAQUET_ENGINE_OBJECT_OBJECT_H
#define RAQUET_ENGINE_OBJECT_OBJECT_H

#include "bytes/reader.h"

struct block {
	uint64_t base; /* offset of its first byte in the object */
	const uint8_t *data;
	size_t size;
};

struct object {
	const struct block *blocks; /* by rising base, not overlapping for a file */
	size_t n_blocks;
	uint64_t size;  /* filesize */
	bool is_memory; /* filesize is undefined, offsets are addresses */
};

/* A file held whole: fills *block and *object over data.  Both borrow. */
void object_of_bytes(const void *data, size_t size, struct block *block,
		     struct object *object);

/*
 * The n bytes at off when one block holds them all, else {NULL, 0}.  This is what
 * uint32(off) and the like read.
 */
struct bytes object_at(const struct object *object, uint64_t off, size_t n);

/* The block that starts the object, where file formats are looked for; {NULL, 0} when
 * there is none. */
struct bytes object_head(const struct object *object);

/* Coarse kinds of object, told by the first bytes; triggers of rules that can only be
 * true for some of them are searched only there. */
enum object_class {
	CLASS_PE,     /* MZ */
	CLASS_ELF,    /* 7F E L F */
	CLASS_OTHER,
	N_CLASSES,
};
#define CLASS_BIT(class_) (1u << (class_))
#define CLASS_ALL         ((1u << N_CLASSES) - 1)

/* The class of object, by the block that starts it. */
enum object_class object_class_of(const struct object *object);

#endif
