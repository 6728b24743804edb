#include "engine/rule/parser.h"

#include "bytes/alloc.h"
#include "engine/rule/include.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- tokens ---- */

void parser_advance(struct parser *p)
{
	if (p->has_next)
		p->token = p->next;
	else
		p->token = lexer_next(p->lexer);
	p->has_next = false;
	if (p->lexer->out_of_memory)
		parser_no_memory(p);
}

const struct token *parser_peek(struct parser *p)
{
	if (!p->has_next) {
		p->next = lexer_next(p->lexer);
		p->has_next = true;
	}
	return &p->next;
}

bool parser_accept(struct parser *p, enum token_kind kind)
{
	if (p->token.kind != kind)
		return false;
	parser_advance(p);
	return true;
}

bool parser_close(struct parser *p, enum token_kind kind, const char *expecting)
{
	char name[5], hint[32];

	if (parser_accept(p, kind))
		return true;
	snprintf(hint, sizeof hint, "%s is missing", token_name(kind, name));
	parser_unexpected(p, expecting, arena_copy(p->set->arena, hint, strlen(hint)));
	return false;
}

bool parser_take(struct parser *p, enum token_kind kind, const char *hint)
{
	char name[5], expecting[64];

	if (parser_accept(p, kind))
		return true;
	snprintf(expecting, sizeof expecting, ", expecting %s", token_name(kind, name));
	parser_unexpected(p, expecting, hint);
	return false;
}

/* ---- refusing ---- */

void *parser_no_memory(struct parser *p)
{
	p->err = RQ_ERR_MEMORY;
	p->failed = true;
	return NULL;
}

void *parser_refuse(struct parser *p, enum rule_code code, const struct token *at,
		    const char *hint, const char *format, ...)
{
	struct rule_place place;
	char text[CAP_RULE_MESSAGE];
	va_list args;

	if (p->failed)
		return NULL;
	place = lexer_place(p->lexer, at);
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	p->failed = true;
	if (rule_report_add(p->report, code, false, &place, p->report->rule, hint, "%s",
			    text) == RQ_ERR_MEMORY)
		return parser_no_memory(p);
	return NULL;
}

void *parser_refuse_refused(struct parser *p, const struct token *at, struct bytes name)
{
	if (p->options->keep_going)
		parser_refuse(p, RULE_UNDEFINED_IDENTIFIER, at,
			      "that rule was refused itself",
			      "undefined identifier \"%.*s\"", (int)name.n,
			      (const char *)name.at);
	p->failed = true;
	return NULL;
}

void parser_warn(struct parser *p, const struct token *at, const char *format, ...)
{
	struct rule_place place = lexer_place(p->lexer, at);
	char text[CAP_RULE_MESSAGE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (rule_report_add(p->report, RULE_WARNING, true, &place, p->report->rule,
			    NULL, "%s", text) != RQ_OK)
		parser_no_memory(p);
}

/* What Windows editors put before a text; no reader of rules knows it. */
static const char *hint_of_mark(const struct parser *p)
{
	struct bytes text = p->lexer->source;
	bool utf8 = text.n >= 3 && memcmp(text.at, "\xEF\xBB\xBF", 3) == 0;
	bool utf16 = text.n >= 2 && (memcmp(text.at, "\xFF\xFE", 2) == 0 ||
				     memcmp(text.at, "\xFE\xFF", 2) == 0);

	return p->token.start == 0 && (utf8 || utf16)
		   ? "save the file as UTF-8 without a byte order mark"
		   : NULL;
}

static void refuse_bad_token(struct parser *p)
{
	struct token *t = &p->token;
	int n = t->text.n < CAP_RULE_IDENTIFIER ? (int)t->text.n : CAP_RULE_IDENTIFIER;

	if (t->code == RULE_INTEGER_OVERFLOW)
		parser_refuse(p, t->code, t, "numbers have 64 bits with a sign",
			      "integer overflow in \"%.*s\"", n,
			      (const char *)t->text.at);
	else
		parser_refuse(p, t->code, t, hint_of_mark(p), "%s", t->problem);
}

/*
 * To libyara a source ends where it cannot be read further, and its parser complains
 * of that end as well.  Who keeps going wants one message a rule.
 */
void *parser_unexpected(struct parser *p, const char *expecting, const char *hint)
{
	char name[5];

	if (p->failed)
		return NULL;
	if (p->token.kind == TOKEN_BAD) {
		refuse_bad_token(p);
		if (p->options->keep_going)
			return NULL;
		p->stopped = true;
		p->failed = false;
		p->token.kind = TOKEN_END;
	}
	if (p->token.unterminated && hint == NULL)
		hint = "a text, expression or comment is not closed";
	return parser_refuse(p, RULE_SYNTAX_ERROR, &p->token, hint,
			     "syntax error, unexpected %s%s",
			     token_name(p->token.kind, name), expecting);
}

bool parser_enter(struct parser *p)
{
	if (p->depth < CAP_RULE_DEPTH) {
		p->depth++;
		return true;
	}
	parser_refuse(p, RULE_SYNTAX_ERROR, &p->token, "split the rule",
		      "memory exhausted");
	return false;
}

/* ---- memory ---- */

const char *parser_copy(struct parser *p, struct bytes text)
{
	const char *copy = arena_copy(p->set->arena, text.at, text.n);

	return copy != NULL ? copy : parser_no_memory(p);
}

bool parser_grow(struct parser *p, void **array, size_t *capacity, size_t n,
		 size_t size)
{
	size_t larger = *capacity < 4 ? 4 : *capacity * 2;
	void *room;

	if (n < *capacity)
		return true;
	room = arena_array(p->set->arena, larger, size);
	if (room == NULL) {
		parser_no_memory(p);
		return false;
	}
	if (n > 0)
		memcpy(room, *array, n * size);
	*array = room;
	*capacity = larger;
	return true;
}

/* ---- tags and metadata ---- */

static bool has_tag(const struct rule *rule, const char *tag)
{
	for (size_t i = 0; i < rule->n_tags; i++)
		if (strcmp(rule->tags[i], tag) == 0)
			return true;
	return false;
}

static bool read_tags(struct parser *p)
{
	struct rule *rule = p->rule;
	size_t capacity = 0;

	if (!parser_accept(p, TOKEN_OF_CHARACTER(':')))
		return true;
	if (p->token.kind != TOKEN_IDENTIFIER)
		return parser_unexpected(p, ", expecting identifier",
					 "tags are words: rule name : tag tag") != NULL;
	while (p->token.kind == TOKEN_IDENTIFIER) {
		const char *tag = parser_copy(p, p->token.text);

		if (tag == NULL || !parser_grow(p, (void **)&rule->tags, &capacity,
						rule->n_tags, sizeof *rule->tags))
			return false;
		if (has_tag(rule, tag))
			return parser_refuse(p, RULE_DUPLICATED_TAG, &p->token,
					     "a rule has a tag once",
					     "duplicated tag identifier \"%s\"",
					     tag) != NULL;
		rule->tags[rule->n_tags++] = tag;
		parser_advance(p);
	}
	return true;
}

/* Like libyara's, which keeps C strings, a text ends at its first 0. */
static bool meta_text(struct parser *p, struct rule_meta *meta)
{
	const char *copy = parser_copy(p, p->token.value);

	meta->kind = META_TEXT;
	if (copy != NULL)
		meta->text = bytes_of(copy);
	return copy != NULL;
}

static bool read_meta_value(struct parser *p, struct rule_meta *meta)
{
	bool minus = parser_accept(p, TOKEN_OF_CHARACTER('-'));

	meta->kind = META_BOOL;
	if (p->token.kind == TOKEN_NUMBER) {
		meta->kind = META_INT;
		meta->integer = minus ? -p->token.integer : p->token.integer;
	} else if (minus) {
		return parser_unexpected(p, ", expecting integer number", NULL) != NULL;
	} else if (p->token.kind == TOKEN_TEXT) {
		if (!meta_text(p, meta))
			return false;
	} else if (p->token.kind == TOKEN_TRUE) {
		meta->integer = 1;
	} else if (p->token.kind != TOKEN_FALSE) {
		return parser_unexpected(
			   p, "", "a value is a text, a whole number, true or false") !=
		       NULL;
	}
	parser_advance(p);
	return true;
}

static bool read_metas(struct parser *p)
{
	struct rule *rule = p->rule;
	size_t capacity = 0;

	if (!parser_accept(p, TOKEN_META))
		return true;
	if (!parser_take(p, TOKEN_OF_CHARACTER(':'), NULL))
		return false;
	if (p->token.kind != TOKEN_IDENTIFIER)
		return parser_unexpected(p, ", expecting identifier",
					 "a line of meta: name = value") != NULL;
	while (p->token.kind == TOKEN_IDENTIFIER) {
		struct rule_meta *meta;

		if (!parser_grow(p, (void **)&rule->metas, &capacity, rule->n_metas,
				 sizeof *rule->metas))
			return false;
		meta = &rule->metas[rule->n_metas];
		meta->key = parser_copy(p, p->token.text);
		parser_advance(p);
		if (meta->key == NULL ||
		    !parser_take(p, TOKEN_OF_CHARACTER('='), NULL) ||
		    !read_meta_value(p, meta))
			return false;
		rule->n_metas++;
	}
	return true;
}

/* ---- rules ---- */

static bool matches_wildcard(const struct parser *p, struct bytes name)
{
	const struct rule_lookup *lookup = p->set->lookup;

	for (size_t i = 0; i < lookup->n_wildcards; i++) {
		const struct rule_wildcard *w = &lookup->wildcards[i];

		if (w->name_space == p->name_space && w->prefix.n <= name.n &&
		    memcmp(w->prefix.at, name.at, w->prefix.n) == 0)
			return true;
	}
	return false;
}

/* The name becomes known before the condition, as a rule may name itself. */
static bool declare_rule(struct parser *p, const struct token *at)
{
	struct rule_lookup *lookup = p->set->lookup;
	struct bytes name = at->text;
	/* a name that was refused is free for a better rule */
	uint32_t first_free = p->options->keep_going ? NAME_REFUSED : NAME_ABSENT;

	if (names_find(&lookup->rules, p->name_space, name) < first_free ||
	    names_find(&lookup->externals, 0, name) != NAME_ABSENT)
		return parser_refuse(
			   p, RULE_DUPLICATED_IDENTIFIER, at,
			   "another rule or an external variable has this name",
			   "duplicated identifier \"%.*s\"", (int)name.n,
			   (const char *)name.at) != NULL;
	if (matches_wildcard(p, name))
		return parser_refuse(p, RULE_IDENTIFIER_MATCHES_WILDCARD, at,
				     "move the rule before the one with the set",
				     "rule identifier \"%.*s\" matches previously used "
				     "wildcard rule set",
				     (int)name.n, (const char *)name.at) != NULL;
	p->rule = arena_make(p->set->arena, struct rule);
	if (p->rule == NULL)
		return parser_no_memory(p) != NULL;
	p->rule->identifier = parser_copy(p, name);
	if (p->rule->identifier == NULL)
		return false;
	p->report->rule = p->rule->identifier;
	p->rule->name_space = p->name_space;
	p->rule->place = (struct rule_place){
	    .file = p->lexer->file, .line = at->line, .column = at->column};
	p->rule_index = (uint32_t)p->set->n_rules;
	if (names_set(&lookup->rules, p->name_space, bytes_of(p->rule->identifier),
		      p->rule_index) != RQ_OK)
		return parser_no_memory(p) != NULL;
	return true;
}

static bool check_strings(struct parser *p, const struct token *end)
{
	uint32_t max_strings =
	    p->options->max_strings != 0 ? p->options->max_strings : CAP_RULE_STRINGS;
	struct rule *rule = p->rule;

	if (p->n_atoms > CAP_RULE_ATOMS)
		parser_warn(p, end, "rule is slowing down scanning");
	for (size_t i = 0; i < rule->n_strings; i++) {
		const struct rule_string *s = &rule->strings[i];

		if (p->referenced[i] || s->identifier[1] == '_')
			continue;
		return parser_refuse(p, RULE_UNREFERENCED_STRING, end,
				     "name it in the condition, or let its name start "
				     "with $_",
				     "unreferenced string \"%s\"",
				     s->identifier) != NULL;
	}
	if (rule->n_strings > max_strings)
		return parser_refuse(p, RULE_TOO_MANY_STRINGS, end, NULL,
				     "too many strings in rule \"%s\" (limit: %u)",
				     rule->identifier, (unsigned)max_strings) != NULL;
	return true;
}

static bool read_body(struct parser *p)
{
	struct token end;

	if (!read_tags(p))
		return false;
	if (!parser_take(p, TOKEN_OF_CHARACTER('{'), NULL) || !read_metas(p) ||
	    !parser_strings(p) || !parser_take(p, TOKEN_CONDITION, NULL) ||
	    !parser_take(p, TOKEN_OF_CHARACTER(':'), NULL))
		return false;
	p->rule->condition = parser_truth(p);
	if (p->rule->condition == NULL)
		return false;
	end = p->token;
	return parser_take(p, TOKEN_OF_CHARACTER('}'),
			   "the condition ends here: an operator is missing, or a }") &&
	       check_strings(p, &end);
}

static bool append_rule(struct parser *p)
{
	struct rule_set *set = p->set;

	if (!parser_grow(p, (void **)&set->rules, &set->lookup->rule_capacity,
			 set->n_rules, sizeof *set->rules))
		return false;
	set->rules[set->n_rules++] = p->rule;
	return true;
}

enum { MANY_NAMES = 4096 };

/* Whoever names a refused rule is to be refused as well. */
static void remember_refused(struct parser *p)
{
	struct rule_lookup *lookup = p->set->lookup;

	if (names_set(&lookup->rules, p->name_space, bytes_of(p->rule->identifier),
		      NAME_REFUSED) != RQ_OK) {
		parser_no_memory(p);
		return;
	}
	if (parser_grow(p, (void **)&lookup->refused, &lookup->refused_capacity,
			lookup->n_refused, sizeof *lookup->refused))
		lookup->refused[lookup->n_refused++] = p->rule;
}

static void forget_rule(struct parser *p)
{
	if (p->failed && p->rule != NULL && p->rule->identifier != NULL)
		remember_refused(p);
	p->rule = NULL;
	p->report->rule = NULL;
	p->referenced = NULL;
	p->string_capacity = 0;
	p->n_atoms = 0;
	p->n_loops = 0;
	p->depth = 0;
	p->serial++;
	if (p->strings.n > MANY_NAMES)
		names_free(&p->strings);
}

static void read_rule(struct parser *p)
{
	bool is_private = false, is_global = false, fine;
	const char *expecting = "";
	struct token name;

	for (; p->token.kind == TOKEN_PRIVATE || p->token.kind == TOKEN_GLOBAL;
	     parser_advance(p)) {
		is_private |= p->token.kind == TOKEN_PRIVATE;
		is_global |= p->token.kind == TOKEN_GLOBAL;
		expecting = ", expecting <rule> or <private> or <global>";
	}
	if (p->token.kind != TOKEN_RULE) {
		parser_unexpected(p, expecting, "a rule, an import or an include");
		return;
	}
	parser_advance(p);
	name = p->token;
	if (!parser_take(p, TOKEN_IDENTIFIER, "a rule has a name"))
		return;
	fine = declare_rule(p, &name);
	if (fine) {
		p->rule->is_private = is_private;
		p->rule->is_global = is_global;
		fine = read_body(p) && !p->failed && append_rule(p);
	}
	if (!fine)
		p->failed = true;
	forget_rule(p);
}

/* ---- import and include ---- */

static bool add_import(struct parser *p, const struct module *module)
{
	struct rule_set *set = p->set;
	uint32_t index = 0;

	while (index < set->n_imports && set->imports[index] != module)
		index++;
	if (index == set->n_imports) {
		if (!parser_grow(p, (void **)&set->imports,
				 &set->lookup->import_capacity, set->n_imports,
				 sizeof *set->imports))
			return false;
		set->imports[set->n_imports++] = module;
	}
	if (names_set(&set->lookup->modules, p->name_space, bytes_of(module->name),
		      index) != RQ_OK)
		return parser_no_memory(p) != NULL;
	return true;
}

/* A module without what it needs is refused here, where it costs only its rules. */
static void import_module(struct parser *p, const struct token *name,
			  const struct module *module)
{
	struct rq_diag diag = {0};
	enum rq_err err = module->prepare == NULL ? RQ_OK : module->prepare(&diag);

	if (err == RQ_ERR_MEMORY)
		parser_no_memory(p);
	else if (err != RQ_OK)
		parser_refuse(
		    p, RULE_UNSUPPORTED_MODULE, name, "rules that use it are left out",
		    "module \"%s\" cannot start: %s", module->name, diag.what);
	else
		add_import(p, module);
}

static void read_import(struct parser *p)
{
	struct token name;
	const struct module *module;

	parser_advance(p);
	name = p->token;
	if (!parser_take(p, TOKEN_TEXT, "import \"name of a module\""))
		return;
	module = module_find(name.value);
	if (module != NULL)
		import_module(p, &name, module);
	else if (name.value.n == 0 || memchr(name.value.at, 0, name.value.n) != NULL)
		parser_refuse(p, RULE_INVALID_MODULE_NAME, &name, NULL,
			      "invalid module name \"%s\"",
			      name.value.n == 0 ? "" : (const char *)name.value.at);
	else if (module_is_known_unsupported(name.value))
		parser_refuse(p, RULE_UNSUPPORTED_MODULE, &name,
			      "rules that use it are left out",
			      "module \"%.*s\" is not in this build", (int)name.value.n,
			      (const char *)name.value.at);
	else
		parser_refuse(p, RULE_UNKNOWN_MODULE, &name, NULL,
			      "unknown module \"%.*s\"", (int)name.value.n,
			      (const char *)name.value.at);
}

static void read_source(struct parser *p, const char *file, struct bytes text);

static bool is_open(const struct parser *p, const char *path)
{
	for (size_t i = 0; i < p->n_files; i++)
		if (strcmp(p->files[i], path) == 0)
			return true;
	return false;
}

static void open_include(struct parser *p, const struct token *at)
{
	const char *path = include_path(p->set->arena, p->lexer->file, at->value);
	struct bytes text = {0};
	enum rq_err err = RQ_ERR_NOT_FOUND;

	if (path == NULL) {
		parser_no_memory(p);
		return;
	}
	if (p->options->include != NULL)
		err = p->options->include(p->options->include_reader, path,
					  p->set->arena, &text);
	if (err == RQ_ERR_MEMORY)
		parser_no_memory(p);
	else if (err != RQ_OK)
		parser_refuse(p, RULE_SYNTAX_ERROR, at, rq_err_text(err),
			      "can't open include file: %.*s", (int)at->value.n,
			      (const char *)at->value.at);
	else if (is_open(p, path))
		parser_refuse(p, RULE_SYNTAX_ERROR, at, "the file includes itself",
			      "includes circular reference");
	else if (p->n_files == CAP_RULE_INCLUDES)
		parser_refuse(p, RULE_SYNTAX_ERROR, at, NULL,
			      "includes depth exceeded");
	else
		read_source(p, path, text);
}

static void read_include(struct parser *p)
{
	struct token at = p->token;

	if (p->options->no_includes)
		parser_refuse(p, RULE_SYNTAX_ERROR, &at, NULL, "includes are disabled");
	else
		open_include(p, &at);
	parser_advance(p);
}

/* ---- sources ---- */

static bool starts_something(struct parser *p)
{
	enum token_kind kind = p->token.kind;

	if (kind == TOKEN_PRIVATE || kind == TOKEN_GLOBAL)
		/* a string may be private, too */
		kind = parser_peek(p)->kind;
	return kind == TOKEN_RULE || kind == TOKEN_IMPORT || kind == TOKEN_INCLUDE ||
	       kind == TOKEN_PRIVATE || kind == TOKEN_GLOBAL;
}

/* Goes on with the next rule, whatever stands between. */
static void resynchronise(struct parser *p)
{
	p->failed = false;
	while (p->err == RQ_OK && !p->stopped && p->token.kind != TOKEN_END &&
	       !starts_something(p)) {
		if (p->token.kind == TOKEN_BAD) {
			if (!p->options->keep_going)
				p->stopped = true;
			if (!p->has_next)
				lexer_skip_line(p->lexer);
		}
		parser_advance(p);
	}
}

static void read_rules(struct parser *p)
{
	bool resumed = false;

	while (p->err == RQ_OK && !p->stopped) {
		switch (p->token.kind) {
		case TOKEN_END:
			/* libyara says nothing, and the rules in there are lost */
			if (p->token.unterminated && p->options->keep_going && !resumed)
				parser_unexpected(p, "", NULL);
			return;
		case TOKEN_BAD: refuse_bad_token(p); break; /* a source may end here */
		case TOKEN_IMPORT: read_import(p); break;
		case TOKEN_INCLUDE: read_include(p); break;
		default: read_rule(p); break;
		}
		resumed = p->failed;
		if (p->failed)
			resynchronise(p);
	}
}

/* The state of the file that includes is kept here, one frame for each. */
static void read_source(struct parser *p, const char *file, struct bytes text)
{
	struct lexer *outer = p->lexer, lexer = lexer_over(p->set->arena, file, text);
	struct token token = p->token, next = p->next;
	bool has_next = p->has_next;

	if (text.n > CAP_RULE_SOURCE - p->source_bytes) {
		p->err = RQ_ERR_LIMIT;
		return;
	}
	p->source_bytes += text.n;
	p->files[p->n_files++] = file;
	p->lexer = &lexer;
	p->has_next = false;
	parser_advance(p);
	read_rules(p);
	p->n_files--;
	p->lexer = outer;
	p->token = token;
	p->next = next;
	p->has_next = has_next;
}

/* Names of rules that are not to stay must not be found either. */
static enum rq_err drop_rules(struct rule_set *set, size_t n_kept)
{
	enum rq_err err = RQ_OK;

	for (size_t i = n_kept; i < set->n_rules && err == RQ_OK; i++)
		err = names_set(&set->lookup->rules, set->rules[i]->name_space,
				bytes_of(set->rules[i]->identifier), NAME_REFUSED);
	set->n_rules = n_kept;
	return err;
}

enum rq_err parser_run(struct parser *p, const char *file, struct bytes text)
{
	size_t n_rules = p->set->n_rules, n_errors = p->report->n_errors;

	read_source(p, file, text);
	names_free(&p->strings);
	if (p->report->failed)
		p->err = RQ_ERR_MEMORY;
	if (p->err == RQ_OK && p->report->n_errors > n_errors)
		p->err = RQ_ERR_RULE;
	if (p->err != RQ_OK && (p->err != RQ_ERR_RULE || !p->options->keep_going) &&
	    drop_rules(p->set, n_rules) != RQ_OK)
		p->err = RQ_ERR_MEMORY;
	return p->err;
}
