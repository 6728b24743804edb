/* The reasons for gaps: stable names for machines, sentences for people. */
#ifndef RAQUET_FINDING_GAP_H
#define RAQUET_FINDING_GAP_H

#include "finding/words.h"

/* "worker-died"; stable for ever once released. */
const char *gap_name(enum gap_reason reason);

/* One sentence without a final stop. */
const char *gap_sentence(enum language language, enum gap_reason reason);

#endif
