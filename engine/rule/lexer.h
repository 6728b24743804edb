/*
 * Rule text as tokens.  One lexer reads one source; included files get their own.
 *
 * A token's text points into the source.  Literals are decoded into the arena.  What
 * cannot be a token comes out as TOKEN_BAD with the words for it in `problem`.
 */
#ifndef RAQUET_ENGINE_RULE_LEXER_H
#define RAQUET_ENGINE_RULE_LEXER_H

#include "engine/rule/report.h"

/* In libyara's order, which is the order in which its messages list what it expects. */
enum token_kind {
	TOKEN_END,
	TOKEN_DOT_DOT,
	TOKEN_RULE,
	TOKEN_PRIVATE,
	TOKEN_GLOBAL,
	TOKEN_META,
	TOKEN_STRINGS,
	TOKEN_CONDITION,
	TOKEN_IDENTIFIER,
	TOKEN_STRING,          /* $a */
	TOKEN_STRING_COUNT,    /* #a */
	TOKEN_STRING_OFFSET,   /* @a */
	TOKEN_STRING_LENGTH,   /* !a */
	TOKEN_STRING_WILDCARD, /* $a* */
	TOKEN_NUMBER,
	TOKEN_FLOAT,
	TOKEN_INTEGER_FUNCTION, /* uint16be ...; read in `integer` */
	TOKEN_TEXT,
	TOKEN_HEX,
	TOKEN_REGEX,
	TOKEN_ASCII,
	TOKEN_WIDE,
	TOKEN_XOR,
	TOKEN_BASE64,
	TOKEN_BASE64_WIDE,
	TOKEN_NOCASE,
	TOKEN_FULLWORD,
	TOKEN_AT,
	TOKEN_FILESIZE,
	TOKEN_ENTRYPOINT,
	TOKEN_ALL,
	TOKEN_ANY,
	TOKEN_NONE,
	TOKEN_IN,
	TOKEN_OF,
	TOKEN_FOR,
	TOKEN_THEM,
	TOKEN_MATCHES,
	TOKEN_CONTAINS,
	TOKEN_STARTSWITH,
	TOKEN_ENDSWITH,
	TOKEN_ICONTAINS,
	TOKEN_ISTARTSWITH,
	TOKEN_IENDSWITH,
	TOKEN_IEQUALS,
	TOKEN_IMPORT,
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_OR,
	TOKEN_AND,
	TOKEN_NOT,
	TOKEN_DEFINED,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_SHIFT_LEFT,
	TOKEN_SHIFT_RIGHT,
	TOKEN_INCLUDE, /* with the path in `value` */
	TOKEN_BAD,
	TOKEN_CHARACTER_0, /* TOKEN_CHARACTER_0 + c: the character c itself */
	TOKEN_KINDS = TOKEN_CHARACTER_0 + 128,
};

#define TOKEN_OF_CHARACTER(c) ((enum token_kind)(TOKEN_CHARACTER_0 + (c)))

struct token {
	enum token_kind kind;
	size_t start;          /* offset in the source */
	uint32_t line, column; /* of start */
	struct bytes text;     /* as written */
	struct bytes
	    value;       /* TEXT: after escapes; HEX, REGEX, INCLUDE: what is inside */
	int64_t integer; /* NUMBER; INTEGER_FUNCTION: width | sign << 8 | order << 9 */
	double real;
	bool regex_nocase, regex_dotall;
	bool unterminated;   /* END: the source ended inside of a literal or comment */
	enum rule_code code; /* BAD */
	const char *problem; /* BAD */
};

struct lexer {
	struct arena *arena;
	const char *file;
	struct bytes source;
	size_t pos;
	uint32_t line;
	size_t line_start;
	/* columns are counted forwards from the last one asked for */
	size_t column_pos;
	uint32_t column;
	bool out_of_memory;
};

struct lexer lexer_over(struct arena *arena, const char *file, struct bytes source);

/* The next token; END again and again at the end, and once out of memory. */
struct token lexer_next(struct lexer *lexer);

/* After a TOKEN_BAD that the parser wants to survive: goes on behind the line. */
void lexer_skip_line(struct lexer *lexer);

/* Where token stands, with its line (a long one is cut around the token). */
struct rule_place lexer_place(const struct lexer *lexer, const struct token *token);

/* How libyara's messages name a kind: "<rule>", "string identifier", "'{'". */
const char *token_name(enum token_kind kind, char name[5]);

#endif
