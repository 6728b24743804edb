#include "engine/rule/lexer.h"

#include "bytes/cap.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[TOKEN_CHARACTER_0] = {
    [TOKEN_END] = "end of file",
    [TOKEN_DOT_DOT] = "..",
    [TOKEN_RULE] = "<rule>",
    [TOKEN_PRIVATE] = "<private>",
    [TOKEN_GLOBAL] = "<global>",
    [TOKEN_META] = "<meta>",
    [TOKEN_STRINGS] = "<strings>",
    [TOKEN_CONDITION] = "<condition>",
    [TOKEN_IDENTIFIER] = "identifier",
    [TOKEN_STRING] = "string identifier",
    [TOKEN_STRING_COUNT] = "string count",
    [TOKEN_STRING_OFFSET] = "string offset",
    [TOKEN_STRING_LENGTH] = "string length",
    [TOKEN_STRING_WILDCARD] = "string identifier with wildcard",
    [TOKEN_NUMBER] = "integer number",
    [TOKEN_FLOAT] = "floating point number",
    [TOKEN_INTEGER_FUNCTION] = "integer function",
    [TOKEN_TEXT] = "text string",
    [TOKEN_HEX] = "hex string",
    [TOKEN_REGEX] = "regular expression",
    [TOKEN_ASCII] = "<ascii>",
    [TOKEN_WIDE] = "<wide>",
    [TOKEN_XOR] = "<xor>",
    [TOKEN_BASE64] = "<base64>",
    [TOKEN_BASE64_WIDE] = "<base64wide>",
    [TOKEN_NOCASE] = "<nocase>",
    [TOKEN_FULLWORD] = "<fullword>",
    [TOKEN_AT] = "<at>",
    [TOKEN_FILESIZE] = "<filesize>",
    [TOKEN_ENTRYPOINT] = "<entrypoint>",
    [TOKEN_ALL] = "<all>",
    [TOKEN_ANY] = "<any>",
    [TOKEN_NONE] = "<none>",
    [TOKEN_IN] = "<in>",
    [TOKEN_OF] = "<of>",
    [TOKEN_FOR] = "<for>",
    [TOKEN_THEM] = "<them>",
    [TOKEN_MATCHES] = "<matches>",
    [TOKEN_CONTAINS] = "<contains>",
    [TOKEN_STARTSWITH] = "<startswith>",
    [TOKEN_ENDSWITH] = "<endswith>",
    [TOKEN_ICONTAINS] = "<icontains>",
    [TOKEN_ISTARTSWITH] = "<istartswith>",
    [TOKEN_IENDSWITH] = "<iendswith>",
    [TOKEN_IEQUALS] = "<iequals>",
    [TOKEN_IMPORT] = "<import>",
    [TOKEN_TRUE] = "<true>",
    [TOKEN_FALSE] = "<false>",
    [TOKEN_OR] = "<or>",
    [TOKEN_AND] = "<and>",
    [TOKEN_NOT] = "<not>",
    [TOKEN_DEFINED] = "<defined>",
    [TOKEN_EQ] = "==",
    [TOKEN_NE] = "!=",
    [TOKEN_LT] = "<",
    [TOKEN_LE] = "<=",
    [TOKEN_GT] = ">",
    [TOKEN_GE] = ">=",
    [TOKEN_SHIFT_LEFT] = "<<",
    [TOKEN_SHIFT_RIGHT] = ">>",
    [TOKEN_INCLUDE] = "include",
    [TOKEN_BAD] = "bad token",
};

const char *token_name(enum token_kind kind, char name[5])
{
	size_t n = 0;
	if (kind < TOKEN_CHARACTER_0)
		return names[kind];
	if (strchr("{}:=()-.,[]*%+\\^&|~", (int)(kind - TOKEN_CHARACTER_0)) == NULL)
		return "invalid token";
	name[n++] = '\'';
	if (kind == TOKEN_OF_CHARACTER('\\'))
		name[n++] = '\\';
	name[n++] = (char)(kind - TOKEN_CHARACTER_0);
	name[n++] = '\'';
	name[n] = '\0';
	return name;
}

/* Sorted, for bsearch. */
static const struct keyword {
	const char *name;
	enum token_kind kind;
} keywords[] = {
    {"all", TOKEN_ALL},
    {"and", TOKEN_AND},
    {"any", TOKEN_ANY},
    {"ascii", TOKEN_ASCII},
    {"at", TOKEN_AT},
    {"base64", TOKEN_BASE64},
    {"base64wide", TOKEN_BASE64_WIDE},
    {"condition", TOKEN_CONDITION},
    {"contains", TOKEN_CONTAINS},
    {"defined", TOKEN_DEFINED},
    {"endswith", TOKEN_ENDSWITH},
    {"entrypoint", TOKEN_ENTRYPOINT},
    {"false", TOKEN_FALSE},
    {"filesize", TOKEN_FILESIZE},
    {"for", TOKEN_FOR},
    {"fullword", TOKEN_FULLWORD},
    {"global", TOKEN_GLOBAL},
    {"icontains", TOKEN_ICONTAINS},
    {"iendswith", TOKEN_IENDSWITH},
    {"iequals", TOKEN_IEQUALS},
    {"import", TOKEN_IMPORT},
    {"in", TOKEN_IN},
    {"istartswith", TOKEN_ISTARTSWITH},
    {"matches", TOKEN_MATCHES},
    {"meta", TOKEN_META},
    {"nocase", TOKEN_NOCASE},
    {"none", TOKEN_NONE},
    {"not", TOKEN_NOT},
    {"of", TOKEN_OF},
    {"or", TOKEN_OR},
    {"private", TOKEN_PRIVATE},
    {"rule", TOKEN_RULE},
    {"startswith", TOKEN_STARTSWITH},
    {"strings", TOKEN_STRINGS},
    {"them", TOKEN_THEM},
    {"true", TOKEN_TRUE},
    {"wide", TOKEN_WIDE},
    {"xor", TOKEN_XOR},
};

enum { N_KEYWORDS = sizeof keywords / sizeof *keywords, LONGEST_KEYWORD = 11 };

/* ---- looking at the source ---- */

/* The byte at pos, or -1 behind the end: the only place where the source is indexed. */
static inline int byte_at(const struct lexer *lexer, size_t pos)
{
	return pos < lexer->source.n ? lexer->source.at[pos] : -1;
}

static struct bytes slice(const struct lexer *lexer, size_t from, size_t to)
{
	return (struct bytes){&lexer->source.at[from], to - from};
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex_digit(int c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_word(int c)
{
	return is_letter(c) || is_digit(c);
}

static unsigned hex_value(int c)
{
	return is_digit(c) ? (unsigned)c - '0' : ((unsigned)c | 0x20) - 'a' + 10;
}

static size_t end_of_word(const struct lexer *lexer, size_t pos)
{
	while (is_word(byte_at(lexer, pos)))
		pos++;
	return pos;
}

static size_t end_of_line(const struct lexer *lexer, size_t pos)
{
	const void *end;

	if (pos >= lexer->source.n)
		return lexer->source.n;
	end = memchr(&lexer->source.at[pos], '\n', lexer->source.n - pos);
	return end == NULL ? lexer->source.n
			   : (size_t)((const uint8_t *)end - lexer->source.at);
}

/* Behind the end of the comment that starts at pos; SIZE_MAX when it has none. */
static size_t end_of_comment(const struct lexer *lexer, size_t pos)
{
	for (pos += 2; pos < lexer->source.n; pos++)
		if (byte_at(lexer, pos) == '*' && byte_at(lexer, pos + 1) == '/')
			return pos + 2;
	return SIZE_MAX;
}

/* Moves on to pos, counting lines. */
static void advance(struct lexer *lexer, size_t pos)
{
	/* not end_of_line: it would look beyond pos, again and again in a long line */
	for (; lexer->pos < pos; lexer->pos++)
		if (byte_at(lexer, lexer->pos) == '\n') {
			lexer->line++;
			lexer->line_start = lexer->pos + 1;
		}
}

static uint32_t column_of(struct lexer *lexer, size_t pos)
{
	if (lexer->column_pos < lexer->line_start) {
		lexer->column_pos = lexer->line_start;
		lexer->column = 1;
	}
	for (; lexer->column_pos < pos; lexer->column_pos++)
		/* the bytes of UTF-8 that continue a character do not count */
		lexer->column += (byte_at(lexer, lexer->column_pos) & 0xC0) != 0x80;
	return lexer->column;
}

struct lexer lexer_over(struct arena *arena, const char *file, struct bytes source)
{
	if (source.n == 0)
		source = BYTES_LITERAL("");
	return (struct lexer){
	    .arena = arena, .file = file, .source = source, .line = 1, .column = 1};
}

void lexer_skip_line(struct lexer *lexer)
{
	advance(lexer, end_of_line(lexer, lexer->pos));
}

struct rule_place lexer_place(const struct lexer *lexer, const struct token *token)
{
	struct rule_place place = {.file = lexer->file,
				   .line = token->line,
				   .column = token->column,
				   .text_column = 1};
	size_t from = token->start, to = token->start;

	while (from > 0 && token->start - from < CAP_RULE_EXCERPT &&
	       byte_at(lexer, from - 1) != '\n')
		from--;
	while (to < lexer->source.n && to - token->start < CAP_RULE_EXCERPT &&
	       byte_at(lexer, to) != '\n' && byte_at(lexer, to) != '\r')
		to++;
	if (from > 0 && byte_at(lexer, from - 1) != '\n') {
		while (from < token->start && (byte_at(lexer, from) & 0xC0) == 0x80)
			from++;
		place.text_column = token->column;
		for (size_t pos = from; pos < token->start; pos++)
			place.text_column -= (byte_at(lexer, pos) & 0xC0) != 0x80;
	}
	if (to > from)
		place.text = slice(lexer, from, to);
	return place;
}

/* ---- literals ---- */

static void bad(struct token *token, enum rule_code code, const char *problem)
{
	token->kind = TOKEN_BAD;
	token->code = code;
	token->problem = problem;
}

static void cut_off(struct lexer *lexer, struct token *token)
{
	advance(lexer, lexer->source.n);
	token->kind = TOKEN_END;
	token->unterminated = true;
}

/* Room for a decoded literal that ends where its closing mark, or the line, does. */
static uint8_t *literal_room(struct lexer *lexer, size_t from, int mark,
			     size_t *end_out)
{
	uint8_t *room;
	size_t pos = from;

	for (int c; (c = byte_at(lexer, pos)) >= 0 && c != mark && c != '\n'; pos++)
		if (c == '\\')
			pos++;
	*end_out = pos < lexer->source.n ? pos : lexer->source.n;
	room = arena_array(lexer->arena, *end_out - from + 1, 1);
	lexer->out_of_memory |= room == NULL;
	return room;
}

/* The byte that the escape at pos stands for; its length, or 0 when there is none. */
static size_t text_escape(const struct lexer *lexer, size_t pos, uint8_t *value_out)
{
	int c = byte_at(lexer, pos + 1);

	switch (c) {
	case 't': *value_out = '\t'; return 2;
	case 'r': *value_out = '\r'; return 2;
	case 'n': *value_out = '\n'; return 2;
	case '"':
	case '\\': *value_out = (uint8_t)c; return 2;
	case 'x':
		if (!is_hex_digit(byte_at(lexer, pos + 2)) ||
		    !is_hex_digit(byte_at(lexer, pos + 3)))
			return 0;
		*value_out = (uint8_t)(hex_value(byte_at(lexer, pos + 2)) << 4 |
				       hex_value(byte_at(lexer, pos + 3)));
		return 4;
	default: return 0;
	}
}

static void read_text(struct lexer *lexer, struct token *token)
{
	size_t pos = token->start + 1, end, n = 0, length;
	uint8_t *value = literal_room(lexer, pos, '"', &end);
	int c;

	while (value != NULL && (c = byte_at(lexer, pos)) >= 0) {
		if (c == '"') {
			advance(lexer, pos + 1);
			token->kind = TOKEN_TEXT;
			token->value = (struct bytes){value, n};
			if (n > CAP_RULE_LITERAL)
				bad(token, RULE_SYNTAX_ERROR,
				    "out of space in lex_buf");
			return;
		}
		if (c == '\n' || c == '\\') {
			length = c == '\n' ? 0 : text_escape(lexer, pos, &value[n++]);
			if (length == 0) {
				advance(lexer, pos);
				bad(token, RULE_SYNTAX_ERROR,
				    c == '\n' ? "unterminated string"
					      : "illegal escape sequence");
				return;
			}
			pos += length;
			continue;
		}
		value[n++] = (uint8_t)c;
		pos++;
	}
	cut_off(lexer, token);
}

static void regex_flags(struct lexer *lexer, struct token *token, size_t pos)
{
	if (byte_at(lexer, pos) == 'i') {
		token->regex_nocase = true;
		pos++;
	}
	if (byte_at(lexer, pos) == 's') {
		token->regex_dotall = true;
		pos++;
	}
	advance(lexer, pos);
}

/* All escapes stay for the reader of regular expressions, but \/ is a slash. */
static void read_regex(struct lexer *lexer, struct token *token)
{
	size_t pos = token->start + 1, end, n = 0;
	uint8_t *value = literal_room(lexer, pos, '/', &end);
	int c;

	for (; value != NULL && (c = byte_at(lexer, pos)) >= 0; pos++) {
		if (c == '/') {
			regex_flags(lexer, token, pos + 1);
			token->kind = TOKEN_REGEX;
			token->value = (struct bytes){value, n};
			if (n == 0)
				bad(token, RULE_SYNTAX_ERROR,
				    "empty regular expression");
			else if (n > CAP_RULE_LITERAL)
				bad(token, RULE_SYNTAX_ERROR,
				    "out of space in lex_buf");
			return;
		}
		if (c == '\\' && byte_at(lexer, pos + 1) == '/') {
			c = '/';
			pos++;
		} else if (c == '\\' && byte_at(lexer, pos + 1) >= 0 &&
			   byte_at(lexer, pos + 1) != '\n') {
			value[n++] = '\\';
			c = byte_at(lexer, ++pos);
		}
		if (c == '\n' || c == 0) {
			advance(lexer, pos);
			bad(token, RULE_SYNTAX_ERROR,
			    c == '\n' ? "unterminated regular expression"
				      : "malformed regular expression");
			return;
		}
		value[n++] = (uint8_t)c;
	}
	cut_off(lexer, token);
}

/*
 * A brace opens a hex string only when everything up to the closing one can stand in a
 * hex string; the brace of a rule never does.
 */
static bool read_hex(struct lexer *lexer, struct token *token)
{
	size_t pos = token->start + 1;
	int c;

	while ((c = byte_at(lexer, pos)) != '}') {
		if (c == '/' && byte_at(lexer, pos + 1) == '*') {
			pos = end_of_comment(lexer, pos);
		} else if (c == '/' && byte_at(lexer, pos + 1) == '/') {
			pos = end_of_line(lexer, pos) + 1;
		} else {
			if (c <= 0 ||
			    (!is_hex_digit(c) && strchr(" -|~?[]()\n\r\t", c) == NULL))
				return false;
			pos++;
		}
		if (pos > lexer->source.n)
			return false;
	}
	if (pos == token->start + 1)
		return false;
	token->kind = TOKEN_HEX;
	token->value = slice(lexer, token->start + 1, pos);
	advance(lexer, pos + 1);
	return true;
}

/* include "path": the path has no escapes. */
static bool read_include(struct lexer *lexer, struct token *token, size_t pos)
{
	size_t from = pos;

	while (byte_at(lexer, pos) == ' ' || byte_at(lexer, pos) == '\t')
		pos++;
	if (pos == from || byte_at(lexer, pos) != '"')
		return false;
	from = ++pos;
	while (pos < lexer->source.n && byte_at(lexer, pos) != '"')
		pos++;
	if (pos == lexer->source.n) {
		cut_off(lexer, token);
		return true;
	}
	token->kind = TOKEN_INCLUDE;
	token->value = slice(lexer, from, pos);
	advance(lexer, pos + 1);
	return true;
}

/* ---- numbers ---- */

static void read_digits(struct token *token, const struct lexer *lexer, size_t from,
			size_t to, unsigned base)
{
	for (size_t pos = from; pos < to; pos++)
		if (__builtin_mul_overflow(token->integer, (int64_t)base,
					   &token->integer) ||
		    __builtin_add_overflow(token->integer,
					   (int64_t)hex_value(byte_at(lexer, pos)),
					   &token->integer)) {
			bad(token, RULE_INTEGER_OVERFLOW, NULL);
			return;
		}
}

static void read_float(struct lexer *lexer, struct token *token, size_t from, size_t to)
{
	char *text = arena_copy(lexer->arena, &lexer->source.at[from], to - from);

	token->kind = TOKEN_FLOAT;
	if (text == NULL)
		lexer->out_of_memory = true;
	else
		token->real = strtod(text, NULL);
}

static size_t digits_of_base(const struct lexer *lexer, size_t pos, bool (*accept)(int))
{
	while (accept(byte_at(lexer, pos)))
		pos++;
	return pos;
}

static bool is_octal_digit(int c)
{
	return c >= '0' && c <= '7';
}

static void read_number(struct lexer *lexer, struct token *token)
{
	size_t from = token->start, end = digits_of_base(lexer, from, is_digit);
	int second = byte_at(lexer, from + 1);
	int64_t unit = 1;

	token->kind = TOKEN_NUMBER;
	if (byte_at(lexer, from) == '0' && second == 'x' &&
	    is_hex_digit(byte_at(lexer, from + 2))) {
		end = digits_of_base(lexer, from + 2, is_hex_digit);
		read_digits(token, lexer, from + 2, end, 16);
	} else if (byte_at(lexer, from) == '0' && second == 'o' &&
		   is_octal_digit(byte_at(lexer, from + 2))) {
		end = digits_of_base(lexer, from + 2, is_octal_digit);
		read_digits(token, lexer, from + 2, end, 8);
	} else if (byte_at(lexer, end) == '.' && is_digit(byte_at(lexer, end + 1))) {
		end = digits_of_base(lexer, end + 1, is_digit);
		read_float(lexer, token, from, end);
	} else {
		read_digits(token, lexer, from, end, 10);
		if (byte_at(lexer, end + 1) == 'B') {
			if (byte_at(lexer, end) == 'K')
				unit = 1024;
			else if (byte_at(lexer, end) == 'M')
				unit = 1024 * 1024;
			end += unit > 1 ? 2 : 0;
		}
		if (token->kind == TOKEN_NUMBER &&
		    __builtin_mul_overflow(token->integer, unit, &token->integer))
			bad(token, RULE_INTEGER_OVERFLOW, NULL);
	}
	advance(lexer, end);
}

/* ---- words ---- */

static int compare_keyword(const void *key, const void *entry)
{
	const struct bytes *word = key;
	const struct keyword *keyword = entry;

	return bytes_compare(*word, bytes_of(keyword->name));
}

/* u?int(8|16|32)(be)? */
static bool integer_function(struct bytes word, int64_t *integer_out)
{
	static const struct {
		const char *name;
		int64_t read; /* width | sign << 8 | order << 9 */
	} functions[] = {
	    {"int8", 1 | 1 << 8},  {"int8be", 1 | 3 << 8},
	    {"uint8", 1},          {"uint8be", 1 | 2 << 8},
	    {"int16", 2 | 1 << 8}, {"int16be", 2 | 3 << 8},
	    {"uint16", 2},         {"uint16be", 2 | 2 << 8},
	    {"int32", 4 | 1 << 8}, {"int32be", 4 | 3 << 8},
	    {"uint32", 4},         {"uint32be", 4 | 2 << 8},
	};

	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (bytes_equal_text(word, functions[i].name)) {
			*integer_out = functions[i].read;
			return true;
		}
	return false;
}

static void read_word(struct lexer *lexer, struct token *token)
{
	size_t end = end_of_word(lexer, token->start);
	struct bytes word = slice(lexer, token->start, end);
	const struct keyword *keyword = NULL;

	if (bytes_equal_text(word, "include") && read_include(lexer, token, end))
		return;
	advance(lexer, end);
	if (word.n <= LONGEST_KEYWORD)
		keyword = bsearch(&word, keywords, N_KEYWORDS, sizeof *keywords,
				  compare_keyword);
	if (keyword != NULL)
		token->kind = keyword->kind;
	else if ((word.at[0] == 'u' || word.at[0] == 'i') &&
		 integer_function(word, &token->integer))
		token->kind = TOKEN_INTEGER_FUNCTION;
	else if (word.n > CAP_RULE_IDENTIFIER)
		bad(token, RULE_SYNTAX_ERROR, "identifier too long");
	else
		token->kind = TOKEN_IDENTIFIER;
}

static void read_string_name(struct lexer *lexer, struct token *token, int mark)
{
	size_t end = end_of_word(lexer, token->start + 1);

	token->kind = mark == '$'   ? TOKEN_STRING
		      : mark == '#' ? TOKEN_STRING_COUNT
		      : mark == '@' ? TOKEN_STRING_OFFSET
				    : TOKEN_STRING_LENGTH;
	if (mark == '$' && byte_at(lexer, end) == '*') {
		token->kind = TOKEN_STRING_WILDCARD;
		end++;
	}
	advance(lexer, end);
}

/* ---- operators ---- */

static void read_operator(struct lexer *lexer, struct token *token, int first)
{
	static const struct {
		char text[3];
		enum token_kind kind;
	} pairs[] = {
	    {"..", TOKEN_DOT_DOT},     {"<=", TOKEN_LE}, {">=", TOKEN_GE},
	    {"==", TOKEN_EQ},          {"!=", TOKEN_NE}, {"<<", TOKEN_SHIFT_LEFT},
	    {">>", TOKEN_SHIFT_RIGHT},
	};
	int second = byte_at(lexer, token->start + 1);

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i].text[0] == first && pairs[i].text[1] == second) {
			token->kind = pairs[i].kind;
			advance(lexer, token->start + 2);
			return;
		}
	advance(lexer, token->start + 1);
	if (first < 32 || first >= 127)
		bad(token, RULE_SYNTAX_ERROR, "non-ascii character");
	else if (first == '<' || first == '>')
		token->kind = first == '<' ? TOKEN_LT : TOKEN_GT;
	else
		token->kind = TOKEN_OF_CHARACTER(first);
}

/* Blanks and comments.  False: a comment has no end. */
static bool skip_blanks(struct lexer *lexer)
{
	for (;;) {
		int c = byte_at(lexer, lexer->pos);
		size_t end;

		if (c == '\n') {
			lexer->line++;
			lexer->line_start = ++lexer->pos;
		} else if (c == ' ' || c == '\t' || c == '\r') {
			lexer->pos++;
		} else if (c == '/' && byte_at(lexer, lexer->pos + 1) == '/') {
			lexer->pos = end_of_line(lexer, lexer->pos);
		} else if (c == '/' && byte_at(lexer, lexer->pos + 1) == '*') {
			end = end_of_comment(lexer, lexer->pos);
			if (end == SIZE_MAX)
				return false;
			advance(lexer, end);
		} else {
			return true;
		}
	}
}

struct token lexer_next(struct lexer *lexer)
{
	bool whole = skip_blanks(lexer);
	struct token token = {
	    .kind = TOKEN_END, .start = lexer->pos, .line = lexer->line};
	int c = byte_at(lexer, lexer->pos);

	token.column = column_of(lexer, token.start);
	if (lexer->out_of_memory)
		return token;
	if (!whole)
		cut_off(lexer, &token);
	else if (c < 0)
		return token;
	else if (is_letter(c))
		read_word(lexer, &token);
	else if (is_digit(c))
		read_number(lexer, &token);
	else if (c == '"')
		read_text(lexer, &token);
	else if (c == '/')
		read_regex(lexer, &token);
	else if (c == '$' || c == '#' || c == '@' ||
		 (c == '!' && byte_at(lexer, token.start + 1) != '='))
		read_string_name(lexer, &token, c);
	else if (c != '{' || !read_hex(lexer, &token))
		read_operator(lexer, &token, c);
	if (lexer->out_of_memory)
		token.kind = TOKEN_END;
	token.text = slice(lexer, token.start, lexer->pos);
	return token;
}
