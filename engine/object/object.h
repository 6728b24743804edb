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

/*
 * Coarse classes of object: a kind, told by the first bytes, and whether a file of it
 * is large.  Triggers of rules that can only be true for some classes are searched only
 * there; most rules that bound filesize stop short of a megabyte, and most bytes are in
 * files above it.
 */
enum object_class {
	CLASS_PE,  /* MZ */
	CLASS_ELF, /* 7F E L F */
	CLASS_OTHER,
	N_KINDS,
	CLASS_LARGE_PE = N_KINDS, /* the same, each of more than CLASS_LARGE bytes */
	CLASS_LARGE_ELF,
	CLASS_LARGE_OTHER,
	N_CLASSES,
};
#define CLASS_LARGE       (UINT64_C(1) << 20)
#define CLASS_BIT(class_) (1u << (class_))
#define CLASS_ALL         ((1u << N_CLASSES) - 1)
#define CLASS_ALL_SMALL   ((1u << N_KINDS) - 1)
/* The kind of a small class, whatever the size. */
#define CLASS_KIND(class_) (CLASS_BIT(class_) | CLASS_BIT((class_) + N_KINDS))

/*
 * The class of object, by the block that starts it.  Large is only what is held whole
 * in one block and has a filesize: for memory, and for what comes in pieces, everything
 * is searched that a small object is searched for.
 */
enum object_class object_class_of(const struct object *object);

#endif
