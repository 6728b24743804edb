/* Usual abbreviations of Vietnamese administration, folded. */
#ifndef RAQUET_CENTRE_UNIT_NAME_TABLE_H
#define RAQUET_CENTRE_UNIT_NAME_TABLE_H

#include "centre/unit/name.h"

#include <stdbool.h>

struct name_short {
	/* Words may also be written together: "gd dt" is GD&DT, GD-DT and GDDT. */
	const char *text;
	/* Of each reading; the last one that is there stands for those that are not. */
	const char *meanings[NAME_READINGS];
	bool is_dotted;     /* short only with a dot: P. but not P */
	bool is_department; /* an s before it is "so": STTTT */
};

extern const struct name_short name_shorts[];
extern const size_t n_name_shorts;

#endif
