/*
 * The program of a regular expression as it lies in the image: a header, the byte
 * sets, the instructions.  Shared by the compiler, the validator and the machine.
 *
 * Each instruction leads to the next one, except where it says otherwise.  Of two ways
 * the preferred one comes first: the machine follows all of them at once and keeps
 * their order, so that the match of the most preferred way wins, as libyara's does.
 */
#ifndef RAQUET_ENGINE_MATCH_REGEX_CODE_H
#define RAQUET_ENGINE_MATCH_REGEX_CODE_H

#include "engine/match/regex.h"

enum regex_op {
	OP_MATCH,
	OP_BYTES,     /* consumes all of bytes, one after the other */
	OP_ANY,       /* consumes any byte */
	OP_SET,       /* consumes a byte of set */
	OP_SPLIT,     /* goes to x, and with less preference to y */
	OP_JUMP,      /* goes to x */
	OP_LOOP,      /* consumes x to y bytes of set, rather more */
	OP_LOOP_LAZY, /* rather fewer */
	OP_START,
	OP_END,
	OP_WORD_BOUNDARY,
	OP_NOT_WORD_BOUNDARY,
	N_REGEX_OPS
};

enum { REGEX_RUN = 8 }; /* most bytes of one instruction */

struct regex_instr {
	uint8_t op;
	uint8_t n_bytes;
	uint16_t set;
	union {
		struct {
			uint32_t x, y;
		};
		uint8_t bytes[REGEX_RUN]; /* OP_BYTES: n_bytes of them */
	};
	uint32_t slot; /* first of its states: one for each byte or count */
};

enum regex_program_flag {
	PROGRAM_WIDE = 1 << 0,     /* a zero follows each byte */
	PROGRAM_BACKWARD = 1 << 1, /* consumes the bytes before a place, last first */
	PROGRAM_NULLABLE = 1 << 2, /* may match without consuming anything */
	PROGRAM_SHORTEST = 1 << 3, /* the shortest match, whatever is preferred */
};

struct regex_program {
	uint32_t n_instrs;
	uint32_t n_sets;
	uint32_t n_slots;
	uint32_t flags;
	uint32_t n_unpacked; /* instructions, if each had one byte */
	uint32_t reserved;
	/* then: struct byte_set sets[n_sets]; struct regex_instr instrs[n_instrs] */
};

enum {
	PROGRAM_FIRST_SET =
	    0, /* sets[0]: bytes a match can start with; all if nullable */
	PROGRAM_MAX_SETS = UINT16_MAX,
};

static inline const struct byte_set *program_sets(const struct regex_program *program)
{
	return (const struct byte_set *)(program + 1);
}

static inline const struct regex_instr *program_instrs(
    const struct regex_program *program)
{
	return (const struct regex_instr *)(program_sets(program) + program->n_sets);
}

/* States of a loop: one for each count that makes a difference. */
static inline uint32_t loop_slots(uint32_t min, uint32_t max)
{
	return max == RE_UNBOUNDED ? min + 1 : max + 1;
}

/* As many states as an instruction has. */
static inline uint32_t instr_slots(const struct regex_instr *instr)
{
	switch (instr->op) {
	case OP_BYTES: return instr->n_bytes;
	case OP_LOOP:
	case OP_LOOP_LAZY: return loop_slots(instr->x, instr->y);
	default: return 1;
	}
}

/* As many instructions as stand for it when each has one byte. */
static inline uint32_t instr_unpacked(const struct regex_instr *instr)
{
	return instr->op == OP_BYTES ? instr->n_bytes : 1;
}

#endif
