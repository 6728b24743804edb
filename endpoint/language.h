/*
 * What the command line says to people: one table of sentences in both languages.
 * Results have their own words (finding/words.h).
 */
#ifndef RAQUET_ENDPOINT_LANGUAGE_H
#define RAQUET_ENDPOINT_LANGUAGE_H

#include "finding/words.h"

enum message {
	MESSAGE_USAGE,
	MESSAGE_COMMANDS,
	MESSAGE_COMMAND_SCAN,
	MESSAGE_COMMAND_RULES,
	MESSAGE_COMMAND_IOC,
	MESSAGE_COMMAND_YARA,
	MESSAGE_COMMAND_HELP,
	MESSAGE_COMMAND_VERSION,
	MESSAGE_OPTIONS,
	MESSAGE_MORE_HELP,
	MESSAGE_SCAN_SUMMARY,
	MESSAGE_SCAN_EXITS,
	MESSAGE_RULES_SUMMARY,
	MESSAGE_IOC_SUMMARY,
	MESSAGE_YARA_SUMMARY,
	MESSAGE_UNKNOWN_COMMAND,
	MESSAGE_UNKNOWN_OPTION,
	MESSAGE_TOO_MANY,
	MESSAGE_NEEDS_NUMBER,
	MESSAGE_NEEDS_TEXT,
	MESSAGE_NEEDS_NOTHING,
	MESSAGE_NO_PATH,
	MESSAGE_PATH_AND_ALL,
	MESSAGE_BAD_VALUE,
	MESSAGE_BAD_DEFINE,
	MESSAGE_NOT_IN_THIS_BUILD,
	MESSAGE_KERNEL_NOT_HERE,
	MESSAGE_CANNOT_READ_RULES,
	MESSAGE_CANNOT_READ_INDICATORS,
	MESSAGE_NO_LIST,
	MESSAGE_NO_RULES,
	MESSAGE_RULES_REFUSED,
	MESSAGE_WARNINGS,
	MESSAGE_RULES_GOOD,
	MESSAGE_CANNOT_WRITE,
	MESSAGE_REST_FOLLOWS,
	MESSAGE_OUT_OF_MEMORY,
	MESSAGE_WRITTEN_TO,
	MESSAGE_FAILED,
	MESSAGE_RESUME_REFUSED,
	MESSAGE_RESUME_BUSY,
	MESSAGE_NO_WORKERS,
	MESSAGE_LEFT,
	MESSAGE_PER_SECOND,
	MESSAGE_FOUND_SO_FAR,
	MESSAGE_GAPS_SO_FAR,
	N_MESSAGES,
};

const char *message(enum language language, enum message which);

/* text as --lang has it ("vi", "en"), NULL: what the system says; Vietnamese when that
 * is vi, else English.  False: text is neither. */
bool language_choose(const char *text, enum language *language_out);

/* "raquet: MESSAGE: DETAIL" on standard error; detail (may be NULL) is made visible. */
void complain(enum language language, enum message which, const char *detail);

#endif
