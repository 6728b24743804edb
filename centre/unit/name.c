#include "centre/unit/name.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "centre/unit/name_table.h"

#include <string.h>
#include <utf8proc.h>

enum {
	WORDS_MAX = CAP_UNIT_NAME, /* a letter each */
	DECOMPOSED_MAX = 32,       /* code points of one: 18 is the longest (UAX 15) */
	ENCODED_MAX = 4,
};

struct word {
	size_t at, n; /* in text of words */
	bool is_dotted;
};

struct words {
	struct buffer text;
	struct word *items; /* WORDS_MAX */
	size_t n;
};

static struct bytes word_text(const struct words *words, size_t i)
{
	return buffer_part(&words->text, words->items[i].at, words->items[i].n);
}

/* ---- cutting a name into words ---- */

static bool is_tone(utf8proc_int32_t c)
{
	/* grave, acute, tilde, hook above, dot below */
	return c == 0x300 || c == 0x301 || c == 0x303 || c == 0x309 || c == 0x323;
}

static bool is_mark(utf8proc_int32_t c)
{
	utf8proc_category_t kind = utf8proc_category(c);

	return kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_MC ||
	       kind == UTF8PROC_CATEGORY_ME;
}

static bool is_of_word(utf8proc_int32_t c)
{
	utf8proc_category_t kind = utf8proc_category(c);

	return (kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO) ||
	       (kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO);
}

static void put_code_point(struct buffer *to, utf8proc_int32_t c)
{
	utf8proc_uint8_t bytes[ENCODED_MAX];
	utf8proc_ssize_t n = utf8proc_encode_char(c, bytes);

	buffer_put(to, bytes, (size_t)n);
}

/* What is known while a name is read. */
struct cutting {
	struct words *words;
	bool with_marks;
	bool in_word;
	utf8proc_int32_t tones[4]; /* of the open word */
	size_t n_tones;
};

static void end_word(struct cutting *cutting, utf8proc_int32_t by)
{
	struct words *words = cutting->words;
	struct word *word = &words->items[words->n];

	if (!cutting->in_word)
		return;
	for (size_t i = 0; i < cutting->n_tones; i++)
		put_code_point(&words->text, cutting->tones[i]);
	word->n = words->text.size - word->at;
	word->is_dotted = by == '.';
	/* "and" is written, or &, or nothing */
	if (cutting->with_marks || !bytes_equal_text(word_text(words, words->n), "va"))
		words->n++;
	cutting->in_word = false;
	cutting->n_tones = 0;
}

static void take_mark(struct cutting *cutting, utf8proc_int32_t c)
{
	if (!cutting->with_marks || !cutting->in_word)
		return;
	if (!is_tone(c))
		put_code_point(&cutting->words->text, c);
	else if (cutting->n_tones < sizeof cutting->tones / sizeof cutting->tones[0])
		cutting->tones[cutting->n_tones++] = c;
}

static void take(struct cutting *cutting, utf8proc_int32_t c)
{
	struct words *words = cutting->words;

	if (is_mark(c)) {
		take_mark(cutting, c);
		return;
	}
	if (!is_of_word(c)) {
		end_word(cutting, c);
		return;
	}
	if (!cutting->in_word) {
		words->items[words->n] = (struct word){.at = words->text.size};
		cutting->in_word = true;
	}
	/* d with a stroke is a letter of its own and does not decompose */
	put_code_point(&words->text, c == 0x111 && !cutting->with_marks ? 'd' : c);
}

static enum rq_err cut(struct bytes text, bool with_marks, struct words *words)
{
	struct cutting cutting = {.words = words, .with_marks = with_marks};
	utf8proc_int32_t parts[DECOMPOSED_MAX];

	if (text.n > CAP_UNIT_NAME)
		return RQ_ERR_LIMIT;
	words->items = alloc_array(WORDS_MAX, sizeof *words->items);
	if (words->items == NULL)
		return RQ_ERR_MEMORY;
	while (text.n > 0) {
		uint32_t c;
		size_t n = utf8_sequence(text, &c);
		int boundary = 0;
		utf8proc_ssize_t n_parts;

		if (n == 0)
			return RQ_ERR_FORMAT;
		n_parts =
		    utf8proc_decompose_char((utf8proc_int32_t)c, parts, DECOMPOSED_MAX,
					    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
						UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
					    &boundary);
		if (n_parts < 0 || n_parts > DECOMPOSED_MAX)
			return RQ_ERR_FORMAT;
		for (utf8proc_ssize_t i = 0; i < n_parts; i++)
			if (words->n < WORDS_MAX)
				take(&cutting, parts[i]);
		text = (struct bytes){text.at + n, text.n - n};
	}
	end_word(&cutting, 0);
	return buffer_ok(&words->text) ? RQ_OK : RQ_ERR_MEMORY;
}

static void words_free(struct words *words)
{
	buffer_free(&words->text);
	alloc_free(words->items);
}

/* ---- writing out what is short ---- */

/* How many words from i on are what entry stands for; 0: they are not.  A word may go
 * over a blank of the entry, but not end inside of its parts. */
static size_t spelled(const struct words *words, size_t i, const char *text)
{
	size_t first = i, at = 0;

	for (; *text != 0; text++) {
		struct bytes word;

		if (i >= words->n)
			return 0;
		word = word_text(words, i);
		if (*text == ' ') {
			if (at == word.n) {
				i++;
				at = 0;
			}
			continue;
		}
		if (at >= word.n || word.at[at] != (uint8_t)*text)
			return 0;
		at++;
	}
	return i < words->n && at == word_text(words, i).n ? i - first + 1 : 0;
}

/* As spelled, with an s in front of the first word. */
static size_t spelled_department(const struct words *words, size_t i, const char *text)
{
	char joined[32] = "s";

	strncat(joined, text, sizeof joined - 2);
	return spelled(words, i, joined);
}

struct expansion {
	const struct name_short *entry;
	size_t n_words; /* 0: none */
	bool is_department;
};

/* The longest that begins at word i. */
static struct expansion find_expansion(const struct words *words, size_t i)
{
	struct expansion best = {0};

	for (size_t k = 0; k < n_name_shorts; k++) {
		const struct name_short *entry = &name_shorts[k];
		size_t n = spelled(words, i, entry->text);

		if (n > best.n_words &&
		    (!entry->is_dotted || words->items[i].is_dotted))
			best = (struct expansion){entry, n, false};
		n = entry->is_department ? spelled_department(words, i, entry->text)
					 : 0;
		if (n > best.n_words)
			best = (struct expansion){entry, n, true};
	}
	return best;
}

static const char *meaning(const struct name_short *entry, unsigned reading)
{
	while (reading > 0 && entry->meanings[reading] == NULL)
		reading--;
	return entry->meanings[reading];
}

static void put_word(struct buffer *out, size_t start, struct bytes word)
{
	if (out->size > start)
		buffer_u8(out, ' ');
	buffer_put(out, word.at, word.n);
}

/* Without zeros in front: ward 01 is ward 1. */
static struct bytes number_of(struct bytes word)
{
	struct bytes rest = word;

	while (rest.n > 1 && rest.at[0] == '0')
		rest = (struct bytes){rest.at + 1, rest.n - 1};
	for (size_t i = 0; i < rest.n; i++)
		if (rest.at[i] < '0' || rest.at[i] > '9')
			return word;
	return rest;
}

static void put_folded(const struct words *words, unsigned reading, struct buffer *out)
{
	size_t start = out->size;

	for (size_t i = 0; i < words->n;) {
		struct expansion found = find_expansion(words, i);

		if (found.is_department)
			put_word(out, start, BYTES_LITERAL("so"));
		if (found.n_words > 0) {
			put_word(out, start, bytes_of(meaning(found.entry, reading)));
			i += found.n_words;
			continue;
		}
		put_word(out, start, number_of(word_text(words, i)));
		i++;
	}
}

/* ---- forms ---- */

enum rq_err name_fold_reading(struct bytes text, unsigned reading, struct buffer *out)
{
	struct words words = {0};
	enum rq_err err = cut(text, false, &words);

	if (err == RQ_OK)
		put_folded(&words, reading < NAME_READINGS ? reading : 0, out);
	words_free(&words);
	return err != RQ_OK || buffer_ok(out) ? err : RQ_ERR_MEMORY;
}

enum rq_err name_fold(struct bytes text, struct buffer *out)
{
	return name_fold_reading(text, 0, out);
}

enum rq_err name_marked(struct bytes text, struct buffer *out)
{
	struct words words = {0};
	size_t start = out->size;
	enum rq_err err = cut(text, true, &words);

	for (size_t i = 0; err == RQ_OK && i < words.n; i++)
		put_word(out, start, word_text(&words, i));
	words_free(&words);
	return err != RQ_OK || buffer_ok(out) ? err : RQ_ERR_MEMORY;
}

static bool is_blank(uint32_t c)
{
	return c == '\t' ||
	       utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_ZS;
}

/* Code points of text, blanks made one; RQ_ERR_FORMAT for what is not to be seen. */
static enum rq_err visible(struct bytes text, utf8proc_int32_t *points, size_t *n_out)
{
	bool is_open = false;
	size_t n_points = 0;

	while (text.n > 0) {
		uint32_t c;
		size_t n = utf8_sequence(text, &c);

		if (n == 0)
			return RQ_ERR_FORMAT;
		if (is_blank(c)) {
			is_open = n_points > 0;
		} else if (code_point_is_hidden(c)) {
			return RQ_ERR_FORMAT;
		} else {
			if (is_open)
				points[n_points++] = ' ';
			points[n_points++] = (utf8proc_int32_t)c;
			is_open = false;
		}
		text = (struct bytes){text.at + n, text.n - n};
	}
	*n_out = n_points;
	return RQ_OK;
}

/* Decomposes, which also orders marks, and composes again, all in points. */
static enum rq_err compose(utf8proc_int32_t *points, size_t room, size_t *n)
{
	struct buffer plain = {0};
	utf8proc_ssize_t n_points = -1;

	for (size_t i = 0; i < *n; i++)
		put_code_point(&plain, points[i]);
	if (buffer_ok(&plain))
		n_points = utf8proc_decompose(plain.data, (utf8proc_ssize_t)plain.size,
					      points, (utf8proc_ssize_t)room,
					      UTF8PROC_DECOMPOSE | UTF8PROC_STABLE);
	buffer_free(&plain);
	if (n_points < 0 || (size_t)n_points > room)
		return RQ_ERR_MEMORY;
	n_points = utf8proc_normalize_utf32(points, n_points,
					    UTF8PROC_COMPOSE | UTF8PROC_STABLE);
	*n = n_points < 0 ? 0 : (size_t)n_points;
	return RQ_OK;
}

enum rq_err name_tidy(struct bytes text, struct buffer *out)
{
	/* canonical forms are at most three times as long, or four code points for one */
	const size_t room = 4 * CAP_UNIT_NAME;
	utf8proc_int32_t *points;
	size_t n = 0;
	enum rq_err err;

	if (text.n > CAP_UNIT_NAME)
		return RQ_ERR_LIMIT;
	points = alloc_array(room, sizeof *points);
	if (points == NULL)
		return RQ_ERR_MEMORY;
	err = visible(text, points, &n);
	if (err == RQ_OK && n > 0)
		err = compose(points, room, &n);
	for (size_t i = 0; err == RQ_OK && i < n; i++)
		put_code_point(out, points[i]);
	alloc_free(points);
	return err != RQ_OK || buffer_ok(out) ? err : RQ_ERR_MEMORY;
}
