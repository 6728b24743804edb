#include "bytes/cut.h"

static _Thread_local uint64_t n_cuts[N_CUTS];

void cut_note(enum cut cut)
{
	n_cuts[cut]++;
}

uint64_t cut_count(enum cut cut)
{
	return n_cuts[cut];
}
