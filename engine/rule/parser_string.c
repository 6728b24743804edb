#include "engine/rule/parser.h"

#include "engine/rule/atom.h"

#include <string.h>

static const char standard_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { ALPHABET = 64 };

/* ---- modifiers ---- */

static uint32_t flag_of(enum token_kind kind)
{
	switch (kind) {
	case TOKEN_ASCII: return STRING_ASCII;
	case TOKEN_WIDE: return STRING_WIDE;
	case TOKEN_NOCASE: return STRING_NOCASE;
	case TOKEN_FULLWORD: return STRING_FULLWORD;
	case TOKEN_PRIVATE: return STRING_PRIVATE;
	case TOKEN_XOR: return STRING_XOR;
	case TOKEN_BASE64: return STRING_BASE64;
	case TOKEN_BASE64_WIDE: return STRING_BASE64WIDE;
	default: return 0;
	}
}

static uint32_t allowed_flags(enum string_kind kind)
{
	switch (kind) {
	case STRING_TEXT: return UINT32_MAX;
	case STRING_REGEX:
		return STRING_ASCII | STRING_WIDE | STRING_NOCASE | STRING_FULLWORD |
		       STRING_PRIVATE;
	default: return STRING_PRIVATE;
	}
}

static bool refuse_modifier(struct parser *p, const struct token *at, const char *text)
{
	return parser_refuse(p, RULE_INVALID_MODIFIER, at, NULL, "%s", text) != NULL;
}

/* xor, xor(n), xor(low-high) */
static bool read_xor(struct parser *p, const struct token *at, struct rule_string *s)
{
	int64_t low, high;
	bool is_range;

	s->xor_min = 0;
	s->xor_max = 255;
	if (!parser_accept(p, TOKEN_OF_CHARACTER('(')))
		return true;
	low = high = p->token.integer;
	if (!parser_take(p, TOKEN_NUMBER, "a key or a range of keys: xor(1-255)"))
		return false;
	is_range = parser_accept(p, TOKEN_OF_CHARACTER('-'));
	if (is_range) {
		high = p->token.integer;
		if (!parser_take(p, TOKEN_NUMBER, NULL))
			return false;
	}
	if (!is_range && p->token.kind != TOKEN_OF_CHARACTER(')'))
		return parser_unexpected(p, ", expecting '-' or ')'", NULL) != NULL;
	if (!parser_take(p, TOKEN_OF_CHARACTER(')'), NULL))
		return false;
	if (!is_range && low > 255)
		return refuse_modifier(p, at, "invalid xor range");
	/* of several problems libyara names the last */
	if (low > high)
		return refuse_modifier(p, at, "xor lower bound exceeds upper bound");
	if (high > 255)
		return refuse_modifier(p, at,
				       "upper bound for xor range exceeded (max: 255)");
	s->xor_min = (uint8_t)low;
	s->xor_max = (uint8_t)high;
	return true;
}

/* base64 or base64wide, both with an alphabet in parentheses; there is one a string. */
static bool read_base64(struct parser *p, const struct token *at, struct rule_string *s)
{
	struct bytes alphabet = bytes_of(standard_alphabet);

	if (parser_accept(p, TOKEN_OF_CHARACTER('('))) {
		alphabet = p->token.value;
		if (!parser_take(p, TOKEN_TEXT, "an alphabet of 64 characters") ||
		    !parser_take(p, TOKEN_OF_CHARACTER(')'), NULL))
			return false;
		if (alphabet.n != ALPHABET)
			return refuse_modifier(p, at,
					       "length of base64 alphabet must be 64");
	}
	if (s->base64_alphabet[0] != '\0' &&
	    memcmp(s->base64_alphabet, alphabet.at, ALPHABET) != 0)
		return refuse_modifier(p, at, "can not specify multiple alphabets");
	memcpy(s->base64_alphabet, alphabet.at, ALPHABET);
	return true;
}

static bool read_modifiers(struct parser *p, struct rule_string *s)
{
	uint32_t flag;

	while ((flag = flag_of(p->token.kind) & allowed_flags(s->kind)) != 0) {
		struct token at = p->token;

		parser_advance(p);
		if (flag == STRING_XOR && !read_xor(p, &at, s))
			return false;
		if ((flag == STRING_BASE64 || flag == STRING_BASE64WIDE) &&
		    !read_base64(p, &at, s))
			return false;
		if (s->flags & flag)
			return parser_refuse(p, RULE_DUPLICATED_MODIFIER, &at, NULL,
					     "duplicated modifier") != NULL;
		s->flags |= flag;
	}
	return true;
}

static bool check_modifiers(struct parser *p, const struct token *at, uint32_t flags)
{
	static const struct {
		uint32_t one, other;
		const char *text;
	} forbidden[] = {
	    {STRING_XOR, STRING_NOCASE, "xor nocase"},
	    {STRING_BASE64, STRING_NOCASE, "base64 nocase"},
	    {STRING_BASE64WIDE, STRING_NOCASE, "base64wide nocase"},
	    {STRING_BASE64, STRING_FULLWORD, "base64 fullword"},
	    {STRING_BASE64WIDE, STRING_FULLWORD, "base64wide fullword"},
	    {STRING_BASE64, STRING_XOR, "base64 xor"},
	    {STRING_BASE64WIDE, STRING_XOR, "base64wide xor"},
	};

	for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
		if ((flags & forbidden[i].one) && (flags & forbidden[i].other))
			return parser_refuse(p, RULE_INVALID_MODIFIER, at, NULL,
					     "invalid modifier combination: %s",
					     forbidden[i].text) != NULL;
	return true;
}

/* ---- what a string is ---- */

static bool read_regex(struct parser *p, const struct token *at, struct rule_string *s)
{
	struct rule_place place = lexer_place(p->lexer, at);
	struct regex_options options = {.nocase = at->regex_nocase,
					.dotall = at->regex_dotall,
					.strict_escape = p->options->strict_escape};
	enum rq_err err;

	if (s->kind == STRING_HEX) {
		struct bytes inside = {(const uint8_t *)parser_copy(p, at->value),
				       at->value.n};

		err = inside.at == NULL
			  ? RQ_ERR_MEMORY
			  : hex_parse(p->set->arena, inside, s->identifier, &place,
				      p->report, &s->regex);
	} else {
		err = regex_parse(p->set->arena, at->value, &options, s->identifier,
				  &place, p->report, &s->regex);
	}
	if (err == RQ_OK)
		return true;
	p->failed = true;
	if (err != RQ_ERR_RULE)
		parser_no_memory(p);
	return false;
}

static void warn_of_string(struct parser *p, const struct token *at,
			   const struct rule_string *s)
{
	struct atoms atoms = atoms_of(s);

	if (s->regex != NULL && regex_has_unbounded_dot(s->regex))
		parser_warn(
		    p, at,
		    "%s contains .*, .+ or .{x,} consider using .{,N}, .{1,N} or "
		    "{x,N} with a reasonable value for N",
		    s->identifier);
	if (atoms.quality < ATOM_QUALITY_SLOW)
		parser_warn(p, at, "string \"%s\" may slow down scanning",
			    s->identifier);
	p->n_atoms += atoms.n;
}

static bool is_duplicate(const struct parser *p, struct bytes name)
{
	return name.n > 1 && names_find(&p->strings, p->serial, name) != NAME_ABSENT;
}

static bool finish_string(struct parser *p, const struct token *name,
			  const struct token *at, struct rule_string *s)
{
	if (is_duplicate(p, name->text))
		return parser_refuse(p, RULE_DUPLICATED_STRING, name, NULL,
				     "duplicated string identifier \"%s\"",
				     s->identifier) != NULL;
	if (s->kind == STRING_TEXT && s->text.n == 0)
		return parser_refuse(p, RULE_EMPTY_STRING, at, NULL,
				     "empty string \"%s\"", s->identifier) != NULL;
	if (!(s->flags & STRING_WIDE))
		s->flags |= STRING_ASCII;
	if (at->regex_nocase)
		s->flags |= STRING_NOCASE;
	if (!check_modifiers(p, at, s->flags))
		return false;
	if (s->kind != STRING_TEXT && !read_regex(p, at, s))
		return false;
	if (s->regex != NULL && (s->flags & STRING_NOCASE))
		s->regex->nocase = true;
	warn_of_string(p, at, s);
	return true;
}

/* ---- strings ---- */

static struct rule_string *add_string(struct parser *p)
{
	struct rule *rule = p->rule;
	size_t capacity = p->string_capacity;
	struct rule_string *s;

	if (!parser_grow(p, (void **)&p->referenced, &capacity, rule->n_strings,
			 sizeof *p->referenced) ||
	    !parser_grow(p, (void **)&rule->strings, &p->string_capacity,
			 rule->n_strings, sizeof *rule->strings))
		return NULL;
	s = &rule->strings[rule->n_strings];
	*s = (struct rule_string){0};
	return s;
}

static bool read_string(struct parser *p)
{
	struct token name = p->token, at;
	struct rule_string *s = add_string(p);

	if (s == NULL)
		return false;
	s->identifier = parser_copy(p, name.text);
	s->place = (struct rule_place){
	    .file = p->lexer->file, .line = name.line, .column = name.column};
	parser_advance(p);
	if (s->identifier == NULL || !parser_take(p, TOKEN_OF_CHARACTER('='), NULL))
		return false;
	at = p->token;
	if (at.kind != TOKEN_TEXT && at.kind != TOKEN_HEX && at.kind != TOKEN_REGEX)
		return parser_unexpected(p, ", expecting text string",
					 "\"text\", { hex } or /regular expression/") !=
		       NULL;
	s->kind = at.kind == TOKEN_TEXT  ? STRING_TEXT
		  : at.kind == TOKEN_HEX ? STRING_HEX
					 : STRING_REGEX;
	if (s->kind == STRING_TEXT)
		s->text = at.value;
	parser_advance(p);
	if (!read_modifiers(p, s) || !finish_string(p, &name, &at, s))
		return false;
	if (name.text.n > 1 && names_set(&p->strings, p->serial, name.text,
					 (uint32_t)p->rule->n_strings) != RQ_OK)
		return parser_no_memory(p) != NULL;
	p->rule->n_strings++;
	return true;
}

bool parser_strings(struct parser *p)
{
	if (!parser_accept(p, TOKEN_STRINGS))
		return true;
	if (!parser_take(p, TOKEN_OF_CHARACTER(':'), NULL))
		return false;
	if (p->token.kind != TOKEN_STRING)
		return parser_unexpected(p, ", expecting string identifier",
					 "a line of strings: $name = ...") != NULL;
	while (p->token.kind == TOKEN_STRING)
		if (!read_string(p))
			return false;
	return true;
}

/* ---- strings in conditions ---- */

static bool current_string(struct parser *p, const struct token *token,
			   uint32_t *index_out)
{
	for (size_t i = 0; i < p->n_loops; i++)
		if (p->loops[i].over_strings) {
			*index_out = STRING_CURRENT;
			return true;
		}
	return parser_refuse(p, RULE_MISPLACED_ANONYMOUS_STRING, token,
			     "it has a meaning in: for ... of ... : ( here )",
			     "wrong use of anonymous string") != NULL;
}

/* The table knows strings as $name; what is looked for may be written #name. */
bool parser_string_index(struct parser *p, const struct token *token,
			 uint32_t *index_out)
{
	char name[CAP_RULE_LITERAL];
	struct bytes wanted = {(const uint8_t *)name, token->text.n};

	if (token->text.n == 1)
		return current_string(p, token, index_out);
	*index_out = NAME_ABSENT;
	if (token->text.n <= sizeof name) {
		memcpy(name, token->text.at, token->text.n);
		name[0] = '$';
		*index_out = names_find(&p->strings, p->serial, wanted);
	}
	if (*index_out == NAME_ABSENT)
		return parser_refuse(p, RULE_UNDEFINED_STRING, token,
				     "the rule has no such string",
				     "undefined string \"$%.*s\"", (int)wanted.n - 1,
				     (const char *)&token->text.at[1]) != NULL;
	p->referenced[*index_out] = true;
	return true;
}
