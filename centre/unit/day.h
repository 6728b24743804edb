/* Days as units, reasons and numbers have them: local, counted from 1970-01-01. */
#ifndef RAQUET_CENTRE_UNIT_DAY_H
#define RAQUET_CENTRE_UNIT_DAY_H

#include "bytes/reader.h"

#define DAY_FOREVER 2932897 /* 10000-01-01: no end is known */

/* The day on which that moment (UTC) falls in Vietnam: UTC+7 all the year. */
int64_t day_of_time(int64_t time_ms);

/* 20/12/2020 or 2020-12-20, from 1900 on; false: it is none. */
bool unit_day_read(struct bytes text, int64_t *day_out);

/* As 20/12/2020, to out[DAY_TEXT]; DAY_FOREVER and beyond are empty. */
enum { DAY_TEXT = 11 };
void day_write(int64_t day, char *out);

#endif
