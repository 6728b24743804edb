/*
 * A value of the rule language.  Truth is the integer 0 or 1 of type VALUE_BOOL;
 * modules return VALUE_INT for their flags, as libyara's do.
 */
#ifndef RAQUET_ENGINE_MODULE_VALUE_H
#define RAQUET_ENGINE_MODULE_VALUE_H

#include "bytes/reader.h"

struct regex_program; /* engine/match/regex.h */

enum value_type {
	VALUE_UNDEFINED, /* every operator on it gives undefined, but: defined, and, or */
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_TEXT,
	VALUE_REGEX, /* only as an argument */
};

struct value {
	enum value_type type;
	union {
		int64_t integer; /* BOOL and INT */
		double real;
		struct bytes text; /* borrowed: from the object, the image or an arena */
		const struct regex_program *regex;
	};
};

static inline struct value value_undefined(void)
{
	return (struct value){.type = VALUE_UNDEFINED};
}

static inline struct value value_bool(bool truth)
{
	return (struct value){.type = VALUE_BOOL, .integer = truth};
}

static inline struct value value_int(int64_t integer)
{
	return (struct value){.type = VALUE_INT, .integer = integer};
}

static inline struct value value_float(double real)
{
	return (struct value){.type = VALUE_FLOAT, .real = real};
}

static inline struct value value_text(struct bytes text)
{
	return (struct value){.type = VALUE_TEXT, .text = text};
}

#endif
