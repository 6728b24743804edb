/* Lists of digests: HEX, HEX;comment, HEX;score;comment, and what md5sum writes. */
#include "bytes/cap.h"
#include "indicator/lines.h"

enum { SCORE_OF_HASH = 100 };

bool digest_is_of_nothing(struct bytes hex)
{
	static const char *const starts[] = {
	    "d41d8cd98f00b204e980", "da39a3ee5e6b4b0d3255", "e3b0c44298fc1c149afb"};

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		size_t n = 0;

		while (starts[i][n] != '\0' &&
		       (hex.at[n] == (uint8_t)starts[i][n] ||
			(hex.at[n] | 0x20) == (uint8_t)starts[i][n]))
			n++;
		if (starts[i][n] == '\0')
			return true;
	}
	return false;
}

static enum rq_err read_line(struct indicator_list *list, const struct lines *lines)
{
	struct bytes rest = lines->line, field = text_field(&rest, ';'), hex;
	struct bytes behind = rest;
	enum indicator_kind kind;
	int32_t score = SCORE_OF_HASH;
	uint32_t detail;
	enum rq_err err;

	hex = text_word(&field);
	if (!indicator_is_digest(hex, &kind))
		return indicator_refuse(list, lines->number,
					"no MD5, SHA-1 or SHA-256 at its start",
					lines->line);
	if (digest_is_of_nothing(hex))
		return indicator_refuse(list, lines->number,
					"the digest of an empty file", lines->line);
	/* HEX;score;comment: a number alone is a comment */
	field = text_trim(field);
	if (rest.n == 0) {
		rest = field;
	} else if (text_score(text_field(&behind, ';'), &score) && behind.n > 0) {
		rest = behind;
	} else {
		score = SCORE_OF_HASH;
	}
	err = indicator_list_detail(list, score, text_trim(rest),
				    (struct bytes){NULL, 0}, &detail);
	return err == RQ_OK ? indicator_add_digest(list, kind, hex, 0, detail) : err;
}

enum rq_err read_hashes(struct indicator_list *list, struct bytes text)
{
	struct lines lines = lines_of(text);
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && lines_next(&lines))
		err = read_line(list, &lines);
	return err;
}
