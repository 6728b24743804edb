/*
 * Caps that cut an answer short.  Code that reads untrusted structures has values to
 * give, not reasons: where a cap of it leaves something out it says so here, and
 * whoever answers for the whole compares before and after, as with alloc_refusals.
 */
#ifndef RAQUET_BYTES_CUT_H
#define RAQUET_BYTES_CUT_H

#include <stdint.h>

enum cut {
	CUT_OURS,    /* libyara would have read on */
	CUT_LIBYARA, /* it stops there as well */
	N_CUTS,
};

/* Something that is there was left out. */
void cut_note(enum cut cut);

/* How often that happened on this thread. */
uint64_t cut_count(enum cut cut);

#endif
