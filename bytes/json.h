/*
 * JSON (RFC 8259) read straight through: no tree, and a failure that sticks, as in
 * struct reader.  A member or element is asked for, then its value is read by exactly one
 * of the calls for values.
 *
 *     json_open(j, '{');
 *     while (json_member(j, &key))
 *             if (bytes_equal_text(key, "size")) size = json_u64(j);
 *             else json_skip(j);
 */
#ifndef RAQUET_BYTES_JSON_H
#define RAQUET_BYTES_JSON_H

#include "bytes/arena.h"
#include "bytes/reader.h"

struct json {
	struct reader in;
	struct arena *arena; /* texts lie here */
	unsigned depth;      /* of what is open */
	bool is_first;       /* nothing was read of what was opened last */
	bool has_memory;     /* false: it failed for want of memory */
};

struct json json_over(struct bytes text, struct arena *arena);
bool json_ok(const struct json *json);
/* Nothing failed, all that was opened is closed, and only blanks are left. */
bool json_done(struct json *json);

/* What the next value starts with: '{' '[' '"' 't' 'f' 'n', '0' for a number; 0: none. */
char json_kind(struct json *json);

/* kind: '{' or '['. */
void json_open(struct json *json, char kind);
/* The next member of an object; false: it was closed, or failed. */
bool json_member(struct json *json, struct bytes *key_out);
/* Likewise of an array. */
bool json_element(struct json *json);

/* A text, with a 0 behind it that is not counted.  Escapes of surrogates must be pairs;
 * the 0 character is refused. */
struct bytes json_text(struct json *json);
uint64_t json_u64(struct json *json); /* without a sign, fraction or exponent */
int64_t json_i64(struct json *json);
double json_number(struct json *json); /* 0 to 2^53, without an exponent */
bool json_bool(struct json *json);
void json_skip(struct json *json); /* any value */

#endif
