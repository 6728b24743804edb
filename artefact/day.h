/* Days of the calendar, counted since 1970-01-01. */
#ifndef RAQUET_ARTEFACT_DAY_H
#define RAQUET_ARTEFACT_DAY_H

#include "bytes/reader.h"

/* text is exactly YYYY-MM-DD, a day that there is. */
bool day_read(struct bytes text, int64_t *day_out);

#endif
