#include "endpoint/scope_file.h"

#include "bytes/encoding.h"
#include "crypto/digest.h"
#include "finding/gap.h"

#include <string.h>

enum key {
	KEY_NAME,
	KEY_NAME_EN,
	KEY_DESCRIPTION,
	KEY_DESCRIPTION_EN,
	KEY_ROOT,
	KEY_ROOT_IF_PRESENT,
	KEY_TYPES,
	KEY_RUNNING,
	KEY_PROCESSES,
	KEY_PERSISTENCE,
	KEY_MAX_AGE,
	KEY_TOLERATE,
	N_KEYS,
};

static const struct {
	const char *name;
	bool repeats;
} keys[N_KEYS] = {
    [KEY_NAME] = {"name", false},
    [KEY_NAME_EN] = {"name-en", false},
    [KEY_DESCRIPTION] = {"description", false},
    [KEY_DESCRIPTION_EN] = {"description-en", false},
    [KEY_ROOT] = {"root", true},
    [KEY_ROOT_IF_PRESENT] = {"root-if-present", true},
    [KEY_RUNNING] = {"running-programs", false},
    [KEY_TYPES] = {"types", false},
    [KEY_PROCESSES] = {"processes", false},
    [KEY_PERSISTENCE] = {"persistence", false},
    [KEY_MAX_AGE] = {"max-age-of-content", false},
    [KEY_TOLERATE] = {"tolerate", true},
};

struct scope_file {
	struct arena *arena;
	struct scope *scope;
	struct scope_error *error;
	struct scope_root *roots;
	struct scope_tolerance *tolerances;
	bool seen[N_KEYS];
	bool refused, out_of_memory;
};

/* ---- pieces of a line ---- */

static struct bytes part(struct bytes text, size_t from, size_t to)
{
	struct reader r = reader_over(text.at, text.n);

	reader_seek(&r, from);
	return reader_bytes(&r, to - from);
}

static struct bytes without_blanks(struct bytes text)
{
	return bytes_trim(text, BYTES_LITERAL(" \t"));
}

/* The next word of *text, which then begins behind it. */
static struct bytes take_word(struct bytes *text, const char *ends)
{
	struct bytes word, whole = without_blanks(*text);
	size_t n = 0;

	while (n < whole.n && strchr(ends, whole.at[n]) == NULL)
		n++;
	word = part(whole, 0, n);
	*text = part(whole, n < whole.n ? n + 1 : n, whole.n);
	return without_blanks(word);
}

/* at lies in the line, or is where it ends. */
static void refuse(struct scope_file *file, enum scope_problem problem, struct bytes at)
{
	struct scope_error *error = file->error;
	size_t off = at.at != NULL && error->text.at != NULL
			 ? (size_t)(at.at - error->text.at)
			 : error->text.n;

	if (file->refused)
		return;
	file->refused = true;
	error->problem = problem;
	error->column = utf8_columns(part(error->text, 0, off)) + 1;
}

static const char *keep(struct scope_file *file, struct bytes text)
{
	const char *copy = arena_copy(file->arena, text.at, text.n);

	file->out_of_memory |= copy == NULL;
	return copy;
}

/* ---- values ---- */

static bool read_flag(struct scope_file *file, struct bytes value)
{
	bool is_yes = bytes_equal_text(value, "yes");

	if (!is_yes && !bytes_equal_text(value, "no"))
		refuse(file, SCOPE_NOT_YES_NO, value);
	return is_yes;
}

static uint32_t read_number(struct scope_file *file, struct bytes value, uint32_t least,
			    uint32_t most)
{
	uint64_t number = 0;

	for (size_t i = 0; i < value.n && number <= most; i++) {
		if (value.at[i] < '0' || value.at[i] > '9') {
			refuse(file, SCOPE_NOT_A_NUMBER, value);
			return 0;
		}
		number = number * 10 + (value.at[i] - '0');
	}
	if (value.n == 0 || number < least || number > most)
		refuse(file, SCOPE_NOT_A_NUMBER, value);
	return (uint32_t)number;
}

static uint32_t read_kinds(struct scope_file *file, struct bytes value)
{
	static const struct {
		const char *name;
		uint32_t bits;
	} kinds[] = {{"all", SCOPE_ALL_KINDS},
		     {"programs", SCOPE_PROGRAMS},
		     {"documents", SCOPE_DOCUMENTS},
		     {"scripts", SCOPE_SCRIPTS},
		     {"archives", SCOPE_ARCHIVES}};
	uint32_t bits = 0;

	do {
		struct bytes word = take_word(&value, ",");
		size_t i = 0;

		while (i < 5 && !bytes_equal_text(word, kinds[i].name))
			i++;
		if (i == 5) {
			refuse(file, SCOPE_NOT_A_KIND, word);
			return 0;
		}
		bits |= kinds[i].bits;
	} while (value.n > 0);
	return bits;
}

static enum gap_reason read_reason(struct scope_file *file, struct bytes word)
{
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		if (bytes_equal_text(word, gap_name((enum gap_reason)i))) {
			if (!scope_may_tolerate((enum gap_reason)i))
				refuse(file, SCOPE_NEVER_TOLERATED, word);
			return (enum gap_reason)i;
		}
	refuse(file, SCOPE_NOT_A_REASON, word);
	return GAP_UNREADABLE;
}

/* REASON LIMIT [PATH-PATTERN] */
static void read_tolerance(struct scope_file *file, struct bytes value)
{
	struct scope *scope = file->scope;
	struct scope_tolerance line = {.reason =
					   read_reason(file, take_word(&value, " \t"))};

	line.limit = read_number(file, take_word(&value, " \t"), 1, CAP_SCOPE_LIMIT);
	value = without_blanks(value);
	if (value.n > 0)
		line.pattern = keep(file, value);
	if (scope->n_tolerances == CAP_SCOPE_TOLERANCES)
		refuse(file, SCOPE_TOO_MANY, file->error->text);
	else
		file->tolerances[scope->n_tolerances++] = line;
}

static void read_root(struct scope_file *file, struct bytes value, bool is_if_present)
{
	struct scope *scope = file->scope;

	if (scope->n_roots == CAP_SCOPE_ROOTS) {
		refuse(file, SCOPE_TOO_MANY, file->error->text);
		return;
	}
	file->roots[scope->n_roots++] =
	    (struct scope_root){keep(file, value), is_if_present};
}

static void read_value(struct scope_file *file, enum key key, struct bytes value)
{
	struct scope *scope = file->scope;

	switch (key) {
	case KEY_NAME: scope->name[LANGUAGE_VI] = keep(file, value); break;
	case KEY_NAME_EN: scope->name[LANGUAGE_EN] = keep(file, value); break;
	case KEY_DESCRIPTION:
		scope->description[LANGUAGE_VI] = keep(file, value);
		break;
	case KEY_DESCRIPTION_EN:
		scope->description[LANGUAGE_EN] = keep(file, value);
		break;
	case KEY_ROOT:
	case KEY_ROOT_IF_PRESENT:
		read_root(file, value, key == KEY_ROOT_IF_PRESENT);
		break;
	case KEY_RUNNING: scope->running_programs = read_flag(file, value); break;
	case KEY_TYPES: scope->kinds = read_kinds(file, value); break;
	case KEY_PROCESSES: scope->processes = read_flag(file, value); break;
	case KEY_PERSISTENCE: scope->persistence = read_flag(file, value); break;
	case KEY_MAX_AGE:
		scope->max_content_age = read_number(file, value, 1, CAP_SCOPE_AGE);
		break;
	case KEY_TOLERATE: read_tolerance(file, value); break;
	case N_KEYS: break;
	}
}

/* ---- lines ---- */

static bool has_hidden(struct bytes text)
{
	struct reader r = reader_over(text.at, text.n);

	while (reader_left(&r) > 0) {
		struct bytes rest = part(text, r.pos, text.n);
		uint32_t code_point;
		size_t n = utf8_sequence(rest, &code_point);

		if (n == 0 || (code_point != '\t' && code_point_is_hidden(code_point)))
			return true;
		reader_skip(&r, n);
	}
	return false;
}

static void read_line(struct scope_file *file, struct bytes line)
{
	struct bytes value = line, name = take_word(&value, ":");
	size_t key = 0;

	if (name.n > 0 && name.at[0] == '#')
		return;
	if (name.n == 0 && without_blanks(line).n == 0)
		return;
	if (memchr(line.at, ':', line.n) == NULL) {
		refuse(file, SCOPE_NO_COLON, (struct bytes){NULL, 0});
		return;
	}
	while (key < N_KEYS && !bytes_equal_text(name, keys[key].name))
		key++;
	if (key == N_KEYS) {
		refuse(file, SCOPE_UNKNOWN_KEY, name);
		return;
	}
	if (file->seen[key] && !keys[key].repeats)
		refuse(file, SCOPE_REPEATED, name);
	file->seen[key] = true;
	value = without_blanks(value);
	if (value.n == 0)
		refuse(file, SCOPE_NO_VALUE, (struct bytes){NULL, 0});
	else if (!file->refused)
		read_value(file, (enum key)key, value);
}

static void read_lines(struct scope_file *file, struct bytes text)
{
	struct scope_error *error = file->error;
	struct reader r = reader_over(text.at, text.n);
	static const struct bytes mark = BYTES_LITERAL("\xef\xbb\xbf");

	/* editors on Windows put it in front of UTF-8 */
	if (text.n >= mark.n && bytes_equal(part(text, 0, mark.n), mark))
		reader_skip(&r, mark.n);
	while (reader_left(&r) > 0 && !file->refused && !file->out_of_memory) {
		size_t start = r.pos, end;

		while (reader_left(&r) > 0 && text.at[r.pos] != '\n')
			reader_skip(&r, 1);
		end = r.pos;
		reader_skip(&r, reader_left(&r) > 0);
		if (end > start && text.at[end - 1] == '\r')
			end--;
		error->line++;
		error->text = part(text, start, end);
		if (error->text.n > CAP_SCOPE_LINE)
			refuse(file, SCOPE_TOO_LONG, error->text);
		else if (has_hidden(error->text))
			refuse(file, SCOPE_NOT_TEXT, error->text);
		else
			read_line(file, error->text);
	}
}

enum rq_err scope_read(struct bytes text, struct arena *arena, struct scope *scope_out,
		       struct scope_error *error_out)
{
	struct scope_file file = {
	    .arena = arena, .scope = scope_out, .error = error_out};

	*scope_out = (struct scope){.kinds = SCOPE_ALL_KINDS,
				    .max_content_age = CONTENT_AGE_DAYS};
	*error_out = (struct scope_error){0};
	file.roots = arena_array(arena, CAP_SCOPE_ROOTS, sizeof *file.roots);
	file.tolerances =
	    arena_array(arena, CAP_SCOPE_TOLERANCES, sizeof *file.tolerances);
	if (file.roots == NULL || file.tolerances == NULL)
		return RQ_ERR_MEMORY;
	scope_out->roots = file.roots;
	scope_out->tolerances = file.tolerances;
	if (text.n > CAP_SCOPE_FILE)
		refuse(&file, SCOPE_TOO_LONG, error_out->text);
	else
		read_lines(&file, text);
	if (!file.refused && !file.seen[KEY_NAME]) {
		error_out->line++;
		error_out->text = (struct bytes){NULL, 0};
		refuse(&file, SCOPE_NO_NAME, error_out->text);
	}
	if (file.out_of_memory)
		return RQ_ERR_MEMORY;
	if (file.refused)
		return RQ_ERR_FORMAT;
	for (size_t i = 0; i < N_LANGUAGES; i++) {
		if (scope_out->name[i] == NULL)
			scope_out->name[i] = scope_out->name[LANGUAGE_VI];
		if (scope_out->description[i] == NULL)
			scope_out->description[i] = scope_out->description[LANGUAGE_VI];
	}
	return digest_of(DIGEST_SHA256, text, scope_out->sha256);
}

/* ---- what was wrong ---- */

static const char *const problems[N_SCOPE_PROBLEMS][N_LANGUAGES] = {
    [SCOPE_NO_COLON] = {"cần dấu hai chấm: KHÓA: GIÁ TRỊ",
			"a colon is expected: KEY: VALUE"},
    [SCOPE_UNKNOWN_KEY] = {"không có khóa này; các khóa là", "no such key; there are"},
    [SCOPE_REPEATED] = {"khóa này chỉ được ghi một lần",
			"this key may stand only once"},
    [SCOPE_NO_VALUE] = {"cần một giá trị sau dấu hai chấm",
			"a value is expected behind the colon"},
    [SCOPE_NOT_TEXT] = {"dòng có ký tự ẩn hoặc không phải UTF-8",
			"the line has hidden characters or is not UTF-8"},
    [SCOPE_NOT_YES_NO] = {"cần yes hoặc no", "yes or no is expected"},
    [SCOPE_NOT_A_NUMBER] = {"cần một số nguyên trong giới hạn",
			    "a whole number within its limits is expected"},
    [SCOPE_NOT_A_KIND] = {"cần all, programs, documents, scripts hoặc archives",
			  "all, programs, documents, scripts or archives is expected"},
    [SCOPE_NOT_A_REASON] = {"không có lý do này; các lý do là",
			    "no such reason; there are"},
    [SCOPE_NEVER_TOLERATED] = {"lý do này không bao giờ được cho phép",
			       "this reason is never tolerated"},
    [SCOPE_TOO_LONG] = {"quá dài", "too long"},
    [SCOPE_TOO_MANY] = {"quá nhiều dòng loại này", "too many lines of this kind"},
    [SCOPE_NO_NAME] = {"thiếu dòng name: tên của phạm vi",
		       "the line name: is missing, the name of the scope"},
};

static void write_choice(struct buffer *out, enum scope_problem problem)
{
	for (size_t i = 0; problem == SCOPE_UNKNOWN_KEY && i < N_KEYS; i++)
		buffer_format(out, " %s", keys[i].name);
	for (size_t i = 0; problem == SCOPE_NOT_A_REASON && i < N_GAP_REASONS; i++)
		if (scope_may_tolerate((enum gap_reason)i))
			buffer_format(out, " %s", gap_name((enum gap_reason)i));
}

void scope_error_write(struct buffer *out, const char *name,
		       const struct scope_error *error, enum language language)
{
	encode_visible(out, bytes_of(name));
	buffer_format(out, ":%zu:%zu: %s", error->line, error->column,
		      problems[error->problem][language]);
	write_choice(out, error->problem);
	buffer_u8(out, '\n');
	/* a long line, or one with hidden characters, has no place for a caret */
	if (error->text.n == 0 || error->problem == SCOPE_TOO_LONG ||
	    error->problem == SCOPE_NOT_TEXT)
		return;
	buffer_text(out, "  ");
	for (size_t i = 0; i < error->text.n; i++)
		buffer_u8(out, error->text.at[i] == '\t' ? ' ' : error->text.at[i]);
	buffer_text(out, "\n  ");
	for (size_t i = 1; i < error->column; i++)
		buffer_u8(out, ' ');
	buffer_text(out, "^\n");
}
