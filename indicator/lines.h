/* Lists of lines, for their readers. */
#ifndef RAQUET_INDICATOR_LINES_H
#define RAQUET_INDICATOR_LINES_H

#include "indicator/read.h"

/* The lines of a text; # begins a comment, which describes what follows. */
struct lines {
	struct reader rest;
	uint64_t number;      /* of the line at hand, from 1 */
	struct bytes line;    /* without space around it */
	struct bytes comment; /* the last comment, without its # */
};

struct lines lines_of(struct bytes text);
/* The next line that is neither empty nor a comment. */
bool lines_next(struct lines *lines);

struct bytes text_trim(struct bytes text);
/* What stands before the first c of *text, which moves behind it; all when there is
 * none. */
struct bytes text_field(struct bytes *text, char c);
/* What stands before the first blank or tab of *text, which moves behind it. */
struct bytes text_word(struct bytes *text);
/* A whole number of a score: -1000 to 1000. */
bool text_score(struct bytes text, int32_t *score_out);

/* Whether text is that word, in lower case, whatever its own case is. */
bool text_equals_word(struct bytes text, const char *word);
/* The size of a file: digits alone. */
bool text_size(struct bytes text, uint64_t *size_out);

/* Digests of nothing: every empty file would be found. */
bool digest_is_of_nothing(struct bytes hex);

/* A host, an address or a range as indicator; *is_one_out: text is one of them. */
RQ_MUST_USE enum rq_err indicator_add_place(struct indicator_list *list,
					    struct bytes text, uint32_t detail,
					    bool *is_one_out);

RQ_MUST_USE enum rq_err read_hashes(struct indicator_list *list, struct bytes text);
RQ_MUST_USE enum rq_err read_csv(struct indicator_list *list, struct bytes text);
RQ_MUST_USE enum rq_err read_names(struct indicator_list *list, struct bytes text,
				   bool slashes);
RQ_MUST_USE enum rq_err read_hosts(struct indicator_list *list, struct bytes text);

#endif
