/* The checks that let the machine run a program without looking back. */
#include "engine/match/regex_code.h"

#include "bytes/cap.h"

static bool instr_valid(const struct regex_program *program, uint32_t at,
			uint64_t *slot)
{
	const struct regex_instr *instr = &program_instrs(program)[at];
	bool loop = instr->op == OP_LOOP || instr->op == OP_LOOP_LAZY;
	bool last = at + 1 == program->n_instrs;

	if (instr->op >= N_REGEX_OPS || instr->slot != *slot)
		return false;
	if (loop && (instr->y == 0 || instr->x > instr->y || instr->x == UINT32_MAX))
		return false;
	if (instr->op == OP_BYTES &&
	    (instr->n_bytes == 0 || instr->n_bytes > REGEX_RUN))
		return false;
	*slot += instr_slots(instr);
	if ((instr->op == OP_SET || loop) && instr->set >= program->n_sets)
		return false;
	if (instr->op == OP_SPLIT || instr->op == OP_JUMP) {
		if (instr->x >= program->n_instrs)
			return false;
	}
	if (instr->op == OP_SPLIT && instr->y >= program->n_instrs)
		return false;
	/* whatever goes on to the next instruction must have one */
	return !last || instr->op == OP_MATCH || instr->op == OP_JUMP ||
	       instr->op == OP_SPLIT;
}

const struct regex_program *regex_program_open(const uint8_t *code, size_t size,
					       uint32_t offset)
{
	struct reader r = reader_over(code, size);
	const struct regex_program *program;
	struct bytes header;
	uint64_t slot = 0, n_unpacked = 0;

	reader_seek(&r, offset);
	header = reader_bytes(&r, sizeof *program);
	if (!reader_ok(&r) || (uintptr_t)header.at % 8 != 0)
		return NULL;
	program = (const struct regex_program *)(const void *)header.at;
	reader_bytes(&r, (uint64_t)program->n_sets * sizeof(struct byte_set));
	reader_bytes(&r, (uint64_t)program->n_instrs * sizeof(struct regex_instr));
	if (!reader_ok(&r) || program->n_sets == 0 || program->n_instrs == 0)
		return NULL;
	for (uint32_t i = 0; i < program->n_instrs; i++) {
		if (!instr_valid(program, i, &slot) || slot > CAP_REGEX_STATES)
			return NULL;
		n_unpacked += instr_unpacked(&program_instrs(program)[i]);
	}
	return slot == program->n_slots && n_unpacked == program->n_unpacked ? program
									     : NULL;
}
