#include "artefact/pattern.h"

#include "bytes/cap.h"

#include <string.h>

/* Steps beside plain bytes; text that holds such bytes is refused, so none is one. */
enum step {
	STEP_RUN = 1,  /* any run without a separator */
	STEP_ANY = 2,  /* any run */
	STEP_ONE = 3,  /* one character but a separator */
	STEP_DEEP = 4, /* nothing, or what STEP_DOWN does */
	STEP_DOWN = 5, /* any run that ends with a separator */
};

/* Each %NAME% may be several folders; "" is the top of a disk. */
static const struct {
	const char *name;
	const char *meanings[4];
} places[] = {
    {"%SystemRoot%", {"Windows", "WINNT"}},
    {"%SystemDrive%", {""}},
    {"%ProgramFiles%", {"Program Files", "Program Files (x86)"}},
    {"%ProgramData%",
     {"ProgramData", "Documents and Settings\\All Users\\Application Data"}},
    {"%USERPROFILE%", {"Users\\*", "Documents and Settings\\*"}},
    {"%APPDATA%",
     {"Users\\*\\AppData\\Roaming", "Documents and Settings\\*\\Application Data"}},
    {"%LOCALAPPDATA%",
     {"Users\\*\\AppData\\Local",
      "Documents and Settings\\*\\Local Settings\\Application Data"}},
    {"%TEMP%",
     {"Users\\*\\AppData\\Local\\Temp",
      "Documents and Settings\\*\\Local Settings\\Temp", "Windows\\Temp"}},
    {"%PUBLIC%", {"Users\\Public"}},
    {"~", {"/home/*", "/root"}},
};
enum { N_PLACES = sizeof places / sizeof places[0] };

static uint8_t fold(uint8_t c)
{
	if (c == '\\')
		return '/';
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool is_separator(uint8_t c, bool folds)
{
	return c == '/' || (folds && c == '\\');
}

/* ---- from text to steps ---- */

/* The steps of text behind what out holds. */
static void put_steps(struct reader *text, const struct artefact_pattern *pattern,
		      uint8_t *out, size_t *n)
{
	while (reader_left(text) > 0) {
		uint8_t c = reader_u8(text);
		struct reader ahead = *text;

		if (c == '?') {
			out[(*n)++] = STEP_ONE;
		} else if (c != '*') {
			out[(*n)++] = pattern->folds ? fold(c) : c;
		} else if (pattern->kind != PATTERN_PATH) {
			out[(*n)++] = STEP_ANY;
		} else if (reader_u8(&ahead) != '*') {
			out[(*n)++] = STEP_RUN;
		} else if (*text = ahead,
			   is_separator(reader_u8(&ahead), pattern->folds)) {
			*text = ahead;
			out[(*n)++] = STEP_DEEP;
			out[(*n)++] = STEP_DOWN;
		} else {
			out[(*n)++] = STEP_ANY;
		}
	}
}

static enum rq_err compile(struct arena *arena, struct artefact_pattern *pattern,
			   struct bytes before, struct bytes after,
			   struct artefact_patterns *list)
{
	uint8_t *code = arena_array(arena, before.n + after.n + 3, 1);
	struct reader parts[] = {reader_over(before.at, before.n),
				 reader_over(after.at, after.n)};
	size_t n = 0;

	if (code == NULL || !arena_grow(arena, (void **)&list->items, &list->capacity,
					list->n + 1, sizeof *list->items))
		return RQ_ERR_MEMORY;
	if (pattern->kind == PATTERN_HOST ||
	    (pattern->kind == PATTERN_PATH && pattern->folds)) {
		code[n++] = STEP_DEEP;
		code[n++] = STEP_DOWN;
	}
	put_steps(&parts[0], pattern, code, &n);
	put_steps(&parts[1], pattern, code, &n);
	pattern->code = (struct bytes){code, n};
	while (pattern->n_tail < n && code[n - 1 - pattern->n_tail] > STEP_DOWN)
		pattern->n_tail++;
	list->items[list->n++] = *pattern;
	return RQ_OK;
}

static enum rq_err refuse(size_t column, const char *why, size_t *column_out,
			  const char **why_out)
{
	*column_out = column;
	*why_out = why;
	return RQ_ERR_RULE;
}

/* Length of the place that text begins with, and which; 0: none. */
static size_t find_place(struct bytes text, size_t *which_out)
{
	for (size_t i = 0; i < N_PLACES; i++) {
		struct bytes name = bytes_of(places[i].name);
		size_t k = 0;

		while (k < name.n && k < text.n && fold(text.at[k]) == fold(name.at[k]))
			k++;
		*which_out = i;
		if (k == name.n)
			return k;
	}
	return 0;
}

static bool holds(struct bytes text, uint8_t c)
{
	return text.n > 0 && memchr(text.at, c, text.n) != NULL;
}

static enum rq_err add_path(struct arena *arena, struct bytes text,
			    struct artefact_patterns *list, size_t *column_out,
			    const char **why_out)
{
	struct artefact_pattern pattern = {.kind = PATTERN_PATH};
	size_t which = 0, n_place = find_place(text, &which);
	enum rq_err err = RQ_OK;
	struct reader r = reader_over(text.at, text.n);

	pattern.folds = text.at[0] == '%' || holds(text, '\\');
	if (text.at[0] == '%' && n_place == 0)
		return refuse(0,
			      "%SystemRoot%, %SystemDrive%, %ProgramFiles%, "
			      "%ProgramData%, %USERPROFILE%, %APPDATA%, "
			      "%LOCALAPPDATA%, %TEMP% or %PUBLIC%",
			      column_out, why_out);
	if (text.n > 1 && text.at[1] == ':')
		return refuse(0, "%SystemDrive% in place of the letter of a drive",
			      column_out, why_out);
	if (n_place == 0 && !pattern.folds && text.at[0] != '/' && text.at[0] != '*')
		return refuse(0, "a path that begins with %NAME%, /, ~ or **",
			      column_out, why_out);
	if (n_place == 0)
		return compile(arena, &pattern, (struct bytes){0}, text, list);
	reader_skip(&r, n_place);
	if (reader_left(&r) == 0 || !is_separator(text.at[n_place], true))
		return refuse(n_place, "a separator and a name behind the place",
			      column_out, why_out);
	for (size_t i = 0; i < 4 && places[which].meanings[i] != NULL; i++) {
		struct bytes before = bytes_of(places[which].meanings[i]);
		struct reader rest = r;
		struct artefact_pattern one = pattern;

		if (before.n == 0)
			reader_skip(&rest, 1);
		if (err == RQ_OK)
			err = compile(arena, &one, before,
				      reader_bytes(&rest, reader_left(&rest)), list);
	}
	return err;
}

/* "a.b" becomes the path "b" below "a" read from behind: labels are separated by dots,
 * and names below have more in front. */
static enum rq_err add_host(struct arena *arena, struct bytes text,
			    struct artefact_patterns *list, size_t *column_out,
			    const char **why_out)
{
	struct artefact_pattern pattern = {.kind = PATTERN_HOST, .folds = true};

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = fold(text.at[i]);

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' &&
		    c != '_' && c != '.' && c != ':')
			return refuse(i, "a name such as example.com, or an address",
				      column_out, why_out);
	}
	if (text.at[text.n - 1] == '.')
		text.n--;
	return text.n > 0 ? compile(arena, &pattern, (struct bytes){0}, text, list)
			  : refuse(0, "a name", column_out, why_out);
}

enum rq_err artefact_pattern_add(struct arena *arena, enum artefact_pattern_kind kind,
				 struct bytes text, struct artefact_patterns *list,
				 size_t *column_out, const char **why_out)
{
	struct artefact_pattern pattern = {.kind = kind, .folds = true};

	if (text.n == 0)
		return refuse(0, "a pattern", column_out, why_out);
	if (text.n > CAP_ARTEFACT_PATTERN)
		return refuse(CAP_ARTEFACT_PATTERN, "a shorter pattern", column_out,
			      why_out);
	for (size_t i = 0; i < text.n; i++)
		if (text.at[i] < ' ')
			return refuse(i, "no control characters", column_out, why_out);
	if (kind == PATTERN_PATH)
		return add_path(arena, text, list, column_out, why_out);
	if (kind == PATTERN_HOST)
		return add_host(arena, text, list, column_out, why_out);
	return compile(arena, &pattern, (struct bytes){0}, text, list);
}

/* ---- fitting ---- */

/* Labels of a host are what components are to a path. */
static bool separates(const struct artefact_pattern *pattern, uint8_t c)
{
	return pattern->kind == PATTERN_HOST ? c == '.'
					     : is_separator(c, pattern->folds);
}

static bool has_tail(const struct artefact_pattern *pattern, struct bytes text)
{
	size_t n = pattern->n_tail;
	struct reader tail = reader_over(pattern->code.at, pattern->code.n);
	struct reader end = reader_over(text.at, text.n);

	if (n > text.n)
		return false;
	reader_skip(&tail, pattern->code.n - n);
	reader_skip(&end, text.n - n);
	while (n-- > 0) {
		uint8_t c = reader_u8(&end);

		if (reader_u8(&tail) != (pattern->folds ? fold(c) : c))
			return false;
	}
	return true;
}

/* What can be gone over without reading anything. */
static void close_states(const uint8_t *code, size_t n, bool *at)
{
	for (size_t i = 0; i < n; i++) {
		if (!at[i])
			continue;
		if (code[i] == STEP_RUN || code[i] == STEP_ANY)
			at[i + 1] = true;
		if (code[i] == STEP_DEEP)
			at[i + 1] = at[i + 2] = true;
	}
}

/* One byte of text; false when no way is left. */
static bool advance(const struct artefact_pattern *pattern, uint8_t c, const bool *at,
		    bool *to)
{
	const uint8_t *code = pattern->code.at;
	bool separator = separates(pattern, c), any = false;

	for (size_t i = 0; i < pattern->code.n; i++) {
		uint8_t step = code[i];

		if (!at[i])
			continue;
		if (step == STEP_ANY || step == STEP_DOWN ||
		    (step == STEP_RUN && !separator))
			any = to[i] = true;
		if ((step == STEP_DOWN && separator) ||
		    (step == STEP_ONE && !separator) ||
		    (step > STEP_DOWN && step == (pattern->folds ? fold(c) : c)))
			any = to[i + 1] = true;
	}
	return any;
}

bool artefact_pattern_fits(const struct artefact_pattern *pattern, struct bytes text)
{
	enum { N_STATES = 2 * CAP_ARTEFACT_PATTERN + 8 };
	bool states[2][N_STATES];
	size_t n = pattern->code.n;
	struct reader r;

	if (pattern->kind == PATTERN_HOST && text.n > 0 && text.at[text.n - 1] == '.')
		text.n--;
	if (!has_tail(pattern, text) || n + 2 > N_STATES)
		return false;
	r = reader_over(text.at, text.n);
	memset(states, 0, sizeof states);
	states[0][0] = true;
	close_states(pattern->code.at, n, states[0]);
	for (unsigned turn = 0; reader_left(&r) > 0; turn ^= 1) {
		memset(states[turn ^ 1], 0, n + 2);
		if (!advance(pattern, reader_u8(&r), states[turn], states[turn ^ 1]))
			return false;
		close_states(pattern->code.at, n, states[turn ^ 1]);
	}
	return states[text.n & 1][n];
}

bool artefact_patterns_fit(const struct artefact_patterns *list, struct bytes text)
{
	for (size_t i = 0; i < list->n; i++)
		if (artefact_pattern_fits(&list->items[i], text))
			return true;
	return false;
}
