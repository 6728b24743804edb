/*
 * Codes on paper: with one a machine asks to be let in, and knows whom it asked.
 *
 *     7K2MQ-XE8AV-90HTB-C1D4F-RSW3N-J6YZP-G5K2M
 *
 * 35 symbols (Crockford's base 32: no I, L, O, U) in groups of five: 12 of chance, 20 of
 * the authority's fingerprint, 3 that check the others.  They notice any one wrong symbol
 * and any two neighbours that changed places.  Typed in any case, with or without hyphens
 * and blanks; O is read as 0, I and L as 1.
 *
 * The store has a hash of the chance alone.  A code is bound to a unit, counted, and ends;
 * a machine's code names its row of the register as well and is good once.
 */
#ifndef RAQUET_CENTRE_MACHINE_ENROL_CODE_H
#define RAQUET_CENTRE_MACHINE_ENROL_CODE_H

#include "centre/machine/machine.h"
#include "centre/signer/signer.h"
#include "wire/agent.h"
#include "world/world.h"

enum {
	CODE_CHANCE = 12, /* symbols: 60 bits */
	CODE_PRINT = 20,  /* 100 bits */
	CODE_CHECK = 3,
	CODE_SYMBOLS = CODE_CHANCE + CODE_PRINT + CODE_CHECK,
	CODE_TEXT = CODE_SYMBOLS + CODE_SYMBOLS / 5, /* with hyphens and a 0 */
	CODE_HASH = 16,
};

/* ---- the paper ---- */

/* chance: CODE_CHANCE bytes, of which the low five bits count. */
void code_write(const uint8_t *chance, const uint8_t *fingerprint, char *text_out);

enum code_refusal {
	CODE_GOOD,
	CODE_MISTYPED, /* not a code: a symbol or the check is wrong */
	CODE_OTHER,    /* of another authority */
};
/* *hash_out names the code in the store. */
RQ_MUST_USE enum rq_err code_read(struct bytes text, const uint8_t *fingerprint,
				  uint8_t *hash_out, enum code_refusal *refusal_out);

/* ---- the store ---- */

struct code_order {
	int64_t unit;
	int64_t machine; /* 0: for any machine of the unit */
	int64_t n_uses;  /* 1 for a machine's */
	int64_t ends_ms;
};
/* Writes the code to text_out[CODE_TEXT]; it is nowhere else. */
RQ_MUST_USE enum rq_err code_make(struct store *store, const struct unit_act *act,
				  const struct world *world, const uint8_t *fingerprint,
				  const struct code_order *order, char *text_out,
				  struct rq_diag *diag);

struct code_row {
	int64_t unit, machine, uses_left, ends_ms;
};
/* RQ_ERR_NOT_FOUND. */
RQ_MUST_USE enum rq_err code_find(struct store *store, const uint8_t *hash,
				  struct code_row *row_out, struct rq_diag *diag);
/* One use less. */
RQ_MUST_USE enum rq_err code_use(struct store *store, const uint8_t *hash,
				 struct rq_diag *diag);
/* Every code of a unit ends now: a slip was lost. */
RQ_MUST_USE enum rq_err code_end_all(struct store *store, const struct unit_act *act,
				     int64_t unit, struct rq_diag *diag);

#endif
