/*
 * What the reader of rule text has to say: errors and warnings with their place.
 *
 * Code numbers are those of libyara 4.5 (ERROR_SYNTAX_ERROR = 11 ...), so that
 * results can be compared; RULE_WARNING marks a warning.
 */
#ifndef RAQUET_ENGINE_RULE_REPORT_H
#define RAQUET_ENGINE_RULE_REPORT_H

#include "bytes/arena.h"
#include "bytes/buffer.h"

enum rule_code {
	RULE_WARNING = 0,
	RULE_COULD_NOT_OPEN_FILE = 3,
	RULE_INVALID_REGEX = 9,
	RULE_INVALID_HEX_STRING = 10,
	RULE_SYNTAX_ERROR = 11,
	RULE_LOOP_NESTING_LIMIT = 12,
	RULE_DUPLICATED_LOOP_IDENTIFIER = 13,
	RULE_DUPLICATED_IDENTIFIER = 14,
	RULE_DUPLICATED_TAG = 15,
	RULE_DUPLICATED_META = 16,
	RULE_DUPLICATED_STRING = 17,
	RULE_UNREFERENCED_STRING = 18,
	RULE_UNDEFINED_STRING = 19,
	RULE_UNDEFINED_IDENTIFIER = 20,
	RULE_MISPLACED_ANONYMOUS_STRING = 21,
	RULE_CIRCULAR_INCLUDE = 22,
	RULE_INCLUDE_DEPTH = 23,
	RULE_WRONG_TYPE = 24,
	RULE_NESTED_FOR_OF = 32,
	RULE_INVALID_FIELD = 33,
	RULE_UNKNOWN_MODULE = 34,
	RULE_NOT_A_STRUCTURE = 35,
	RULE_NOT_INDEXABLE = 36,
	RULE_NOT_A_FUNCTION = 37,
	RULE_INVALID_FORMAT = 38,
	RULE_TOO_MANY_ARGUMENTS = 39,
	RULE_WRONG_ARGUMENTS = 40,
	RULE_WRONG_RETURN_TYPE = 41,
	RULE_EMPTY_STRING = 43,
	RULE_DIVISION_BY_ZERO = 44,
	RULE_REGEX_TOO_LARGE = 45,
	RULE_REGEX_TOO_COMPLEX = 49,
	RULE_INVALID_MODULE_NAME = 50,
	RULE_TOO_MANY_STRINGS = 51,
	RULE_INTEGER_OVERFLOW = 52,
	RULE_INVALID_OPERAND = 54,
	RULE_INVALID_MODIFIER = 59,
	RULE_DUPLICATED_MODIFIER = 60,
	RULE_INVALID_PERCENTAGE = 62,
	RULE_IDENTIFIER_MATCHES_WILDCARD = 63,
	RULE_INVALID_VALUE = 64,
	RULE_UNKNOWN_ESCAPE = 66,
	/* ours, above libyara's */
	RULE_UNSUPPORTED_MODULE =
	    1000, /* macho, dex, cuckoo: known, not in this build */
};

struct rule_place {
	const char *file;      /* as given; "" for text without a file */
	uint32_t line, column; /* from 1; the column counts characters, not bytes */
	struct bytes text;     /* the line itself without its end; may be empty */
	uint32_t
	    text_column; /* of the first character of text; not 1 when the line was cut */
};

struct rule_message {
	enum rule_code code;
	bool is_warning;
	struct rule_place place;
	const char *rule; /* name of the rule it stands in, or NULL */
	const char *text; /* as libyara says it, without place */
	const char *hint; /* what was expected or what to do; NULL when there is none */
};

/* Messages in the order they arose; strings live in the arena. */
struct rule_report {
	struct arena *arena;
	struct rule_message *messages;
	size_t n_messages, capacity;
	size_t n_errors, n_warnings;
	const char
	    *rule;   /* the one being read, for messages from inside of it; or NULL */
	bool failed; /* out of memory: messages are missing */
};

/* An empty report over an arena that the caller keeps; rule_report_clear frees the
 * list of messages (not the arena). */
void rule_report_init(struct rule_report *report, struct arena *arena);
void rule_report_clear(struct rule_report *report);

/* Appends a message, with copies of all its texts.  Returns RQ_ERR_RULE
 * for an error and RQ_OK for a warning, so that a refusal is one line. */
enum rq_err rule_report_add(struct rule_report *report, enum rule_code code,
			    bool is_warning, const struct rule_place *place,
			    const char *rule, const char *hint, const char *format, ...)
    RQ_PRINTF(7, 8);

/*
 * One message as a person reads it, with file, line, column, the line itself and a
 * caret (a tab stays a tab under the caret), and the hint:
 *
 *     rules/a.yar:12:9: error: undefined string "$b"
 *        12 |         $a or $b
 *           |               ^
 *           | hint
 *
 * Bytes of the line that a terminal must not see are escaped.
 */
void rule_message_write(const struct rule_message *message, struct buffer *out);

#endif
