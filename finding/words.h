/*
 * Words, numbers and dates for people, in Vietnamese and English.  The words are those
 * of the glossary (docs/glossary.md): one word for one thing.
 */
#ifndef RAQUET_FINDING_WORDS_H
#define RAQUET_FINDING_WORDS_H

#include "bytes/buffer.h"
#include "finding/finding.h"

enum language { LANGUAGE_VI, LANGUAGE_EN, N_LANGUAGES };

enum word {
	WORD_FOUND,
	WORD_CLEAN,
	WORD_UNKNOWN,
	WORD_OBJECT_COUNT,
	WORD_CLEAN_WITHIN,
	WORD_CONTENT_OF,
	WORD_CONTENT_GIVEN,
	WORD_UNKNOWN_BECAUSE,
	WORD_FOUND_AND_GAPS,
	WORD_STOPPED,
	WORD_REPORT,
	WORD_SCOPE,
	WORD_MACHINE,
	WORD_CONTENT,
	WORD_CONTENT_DIGEST,
	WORD_RULES,
	WORD_RULES_REFUSED,
	WORD_INDICATORS,
	WORD_HASHED_BY_KIND,
	WORD_HASHED_ALL,
	WORD_TIME,
	WORD_RESUMED,
	WORD_YIELDED,
	WORD_PROGRAM,
	WORD_CONFINEMENT,
	WORD_WORKERS,
	WORD_FINDINGS,
	WORD_NO_FINDINGS,
	WORD_GAPS,
	WORD_NO_GAPS,
	WORD_AND_MORE,
	WORD_ALL_IN_JSONL,
	WORD_COVERAGE,
	WORD_SEEN,
	WORD_SCANNED,
	WORD_SCANNED_OF,
	WORD_FILES,
	WORD_BYTES,
	WORD_AT,
	WORD_LENGTH,
	WORD_REFERENCE,
	WORD_AUTHOR,
	WORD_NOT_EXAMINED,
	WORD_NOT_EXAMINED_ELSEWHERE,
	WORD_NOT_EXAMINED_MEMORY,
	WORD_NOT_EXAMINED_EVER,
	WORD_MEMORY,
	WORD_SEEN_SMALL,
	WORD_PROCESSES,
	WORD_COMMAND_LINE,
	WORD_PARENT,
	WORD_CONNECTION,
	WORD_DO_SEVERE,
	WORD_DO_MEDIUM,
	WORD_DO_LOW,
	WORD_DO_UNWANTED,
	WORD_DO_UNKNOWN,
	WORD_DO_STOPPED,
	WORD_DO_CLEAN,
	WORD_DO_LOOK,
	WORD_DO_AGAIN,
	WORD_WHAT_TO_DO,
	WORD_CALL,
	WORD_CALL_LINE,
	WORD_WHERE,
	WORD_USER_FOLDERS,
	WORD_HOW_BAD,
	WORD_WORST_FIRST,
	WORD_MORE_FILES,
	WORD_MORE_GROUPS,
	WORD_UNWANTED,
	WORD_LOOK,
	WORD_LOOK_ONE,
	WORD_LOOK_MANY,
	WORD_LOOK_NOTE,
	WORD_EXPOSURE,
	WORD_TO_DO,
	WORD_DETAILS,
	WORD_DETAILS_FOLLOW,
	WORD_QR,
	WORD_QR_NONE,
	WORD_SHEET,
	WORD_SHEET_TAG,
	WORD_SHEET_VERDICT,
	WORD_SHEET_MODIFIED,
	WORD_SHEET_MORE,
	WORD_SHEET_KEEP,
	WORD_SHEET_KEEP_FILES,
	WORD_SHEET_KEEP_MEMORY,
	WORD_SHEET_KEEP_LOGS,
	WORD_SHEET_KEEP_REPORT,
	WORD_SHEET_DONE,
	WORD_SHEET_PHOTOGRAPHED,
	WORD_SHEET_DISCONNECTED,
	WORD_SHEET_COPIED,
	WORD_SHEET_TREATED,
	WORD_SHEET_AGAIN,
	WORD_SHEET_CALL,
	WORD_SHEET_CALLED,
	WORD_SHEET_CALLED_AT,
	WORD_SHEET_NUMBER,
	WORD_SHEET_SAY,
	WORD_SHEET_SIGNED,
	WORD_SHEET_HANDED,
	WORD_SHEET_TAKEN,
	WORD_SHEET_LEADER,
	WORD_ADVICE_UNKNOWN,
	WORD_REASON,
	WORD_COUNT,
	WORD_REQUIRED_SCOPE,
	WORD_TOLERATED,
	WORD_TOLERATED_GAPS,
	WORD_TOLERATED_BESIDES,
	WORD_ADVICE_TOLERATED,
	WORD_CONTENT_OLD_BEFORE,
	WORD_CONTENT_OLD_BEHIND,
	WORD_CLOCK_WRONG,
	N_WORDS,
};

const char *word(enum language language, enum word which);
const char *word_severity(enum language language, enum severity severity);
const char *word_verdict(enum language language, enum verdict verdict);

/* 1.234.567 or 1,234,567 */
void write_count(struct buffer *out, enum language language, uint64_t n);

/* 1.234,5 or 1,234.5; value is not negative */
void write_decimal(struct buffer *out, enum language language, double value,
		   unsigned decimals);

/* 1,5 GB or 1.5 GB; powers of 1,024 */
void write_size(struct buffer *out, enum language language, uint64_t n_bytes);

/* part of whole as 99,9 %; never rounded up to 100 nor down to 0 */
void write_percent(struct buffer *out, enum language language, uint64_t part,
		   uint64_t whole);

/* 2 giờ 03 phút, 3 phút 12 giây, 0,8 giây; or 2 h 03 min ... */
void write_duration(struct buffer *out, enum language language, double seconds);

/* 20/12/2020 14:05 in the zone that is utc_offset_minutes east of Greenwich */
void write_time(struct buffer *out, uint64_t utc_ms, int utc_offset_minutes);

/* 2020-12-20T14:05:09Z, for machines */
void write_time_iso(struct buffer *out, uint64_t utc_ms);

/* An ISO date as 20/12/2020; anything else as it is, made visible. */
void write_iso_date(struct buffer *out, const char *iso);

#endif
