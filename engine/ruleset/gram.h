/*
 * Grams: four bytes as the filter sees them, and how often they occur.
 *
 * Folding sets bit 5 of each byte that has bit 6, so that a letter and its other case
 * are one and zeros, blanks and digits stay apart.  It loses nothing: what matches
 * still does, the verification looks at the bytes as they are.
 */
#ifndef RAQUET_ENGINE_RULESET_GRAM_H
#define RAQUET_ENGINE_RULESET_GRAM_H

#include <stdint.h>

static inline uint32_t gram_fold(uint32_t x)
{
	return x | ((x >> 1) & UINT32_C(0x20202020));
}

/* The gram of the four bytes at `at`, which count from the lowest on every machine. */
static inline uint32_t gram_load(const uint8_t *at)
{
	return gram_fold((uint32_t)at[0] | (uint32_t)at[1] << 8 |
			 (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24);
}

static inline uint8_t byte_fold(uint8_t x)
{
	return x | ((x >> 1) & 0x20);
}

/* Where a gram stands in the table of 65,536 places. */
static inline uint32_t gram_table_place(uint32_t folded)
{
	/* the middle of the product depends on all bits */
	return (uint32_t)((uint64_t)folded * UINT32_C(0x9e3779b1) >> 20) & 0xffff;
}

/*
 * Places a megabyte of ordinary files where the folded gram stands, by a table made
 * from programs and text (bench/gram_table.c); never less than the smallest that the
 * table can tell.
 */
double gram_hits_per_mb(uint32_t folded);

/* The same for two folded bytes. */
double pair_hits_per_mb(uint16_t folded);

#endif
