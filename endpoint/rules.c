#include "endpoint/rules.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "crypto/digest.h"
#include "endpoint/rules_cache.h"
#include "os/file.h"

#include <stdlib.h>
#include <string.h>

void rules_init(struct rules *rules)
{
	*rules = (struct rules){.sealed = FILE_NONE};
}

void rules_free(struct rules *rules)
{
	ruleset_unref(rules->ruleset);
	map_free(&rules->image);
	file_close(&rules->sealed);
	rule_report_clear(&rules->report);
	arena_free(rules->arena);
	rules_init(rules);
}

/* ---- external variables ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* -?[0-9]+, or with one dot behind the first digit: yara's idea of a float. */
static bool is_number(const char *text, bool *has_dot)
{
	*has_dot = false;
	if (*text == '-')
		text++;
	if (!is_digit(*text))
		return false;
	for (; *text != 0; text++) {
		if (*text == '.' && !*has_dot)
			*has_dot = true;
		else if (!is_digit(*text))
			return false;
	}
	return true;
}

bool rules_external_read(struct arena *arena, const char *definition,
			 struct rules_external *external_out)
{
	const char *equals = strchr(definition, '=');
	const char *text;
	bool has_dot;

	if (equals == NULL || equals == definition)
		return false;
	text = equals + 1;
	external_out->name =
	    arena_copy(arena, definition, (size_t)(equals - definition));
	if (external_out->name == NULL)
		return false;
	if (is_number(text, &has_dot))
		external_out->value = has_dot ? value_float(strtod(text, NULL))
					      : value_int(strtoll(text, NULL, 10));
	else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		external_out->value = value_bool(strcmp(text, "true") == 0);
	else
		external_out->value = value_text(bytes_of(text));
	return true;
}

static bool is_given(const struct rules_options *options, const char *name)
{
	for (size_t i = 0; i < options->n_externals; i++)
		if (strcmp(options->externals[i].name, name) == 0)
			return true;
	return false;
}

static enum rq_err declare(struct rule_set *set, const struct rules_options *options,
			   struct rq_diag *diag)
{
	static const char *const common[] = {
	    "filename", "filepath", "extension", "filetype", "owner", "md5", "id"};

	for (size_t i = 0; i < options->n_externals; i++) {
		const struct rules_external *external = &options->externals[i];
		enum rq_err err =
		    rule_set_external(set, external->name, &external->value);

		if (err == RQ_ERR_USAGE)
			return rq_fail(diag, err, external->name,
				       "the name is taken or no identifier");
		if (err != RQ_OK)
			return err;
	}
	for (size_t i = 0;
	     options->common_externals && i < sizeof common / sizeof *common; i++) {
		enum rq_err err = RQ_OK;

		if (!is_given(options, common[i]))
			err = rule_set_common_external(set, common[i]);
		if (err != RQ_OK)
			return err;
	}
	return RQ_OK;
}

/* ---- compiling ---- */

static bool mentions(struct bytes text, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n <= text.n; i++)
		if (text.at[i] == (uint8_t)name[0] && memcmp(&text.at[i], name, n) == 0)
			return true;
	return false;
}

static struct rules_include *add_include(struct rules *rules)
{
	struct rules_includes *list = &rules->includes;

	if (list->n == list->capacity) {
		size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
		struct rules_include *items =
		    arena_array(rules->arena, capacity, sizeof *items);

		if (items == NULL)
			return NULL;
		for (size_t i = 0; i < list->n; i++)
			items[i] = list->items[i];
		list->items = items;
		list->capacity = capacity;
	}
	return &list->items[list->n++];
}

enum rq_err rules_include_read(struct rules *rules, const char *path,
			       struct arena *arena, struct bytes *text_out)
{
	enum rq_err err = rules_read_text(arena, path, text_out, NULL);
	struct rules_include *include = add_include(rules);

	if (include == NULL)
		return RQ_ERR_MEMORY;
	include->path = arena_copy(rules->arena, path, strlen(path));
	if (include->path == NULL)
		return RQ_ERR_MEMORY;
	if (err != RQ_OK)
		return err;
	include->is_there = true;
	rules->wants_owner |= mentions(*text_out, "owner");
	return digest_of(DIGEST_SHA256, *text_out, include->sha256);
}

static enum rq_err include(void *reader, const char *path, struct arena *arena,
			   struct bytes *text_out)
{
	return rules_include_read(reader, path, arena, text_out);
}

static enum rq_err digest_sources(struct rules *rules,
				  const struct rules_source *sources, size_t n)
{
	struct digest *digest = NULL;
	enum rq_err err = digest_new(DIGEST_SHA256, &digest);

	for (size_t i = 0; err == RQ_OK && i < n; i++)
		err = digest_add(digest, sources[i].text);
	if (err == RQ_OK)
		err = digest_finish(digest, rules->source_sha256);
	digest_free(digest);
	return err;
}

/*
 * Without includes the digest of the texts, so that anybody can check it by hand; with
 * them a digest of that one and theirs, in the order in which they were met.
 */
static enum rq_err digest_content(struct rules *rules)
{
	struct digest *digest = NULL;
	enum rq_err err;

	memcpy(rules->content_sha256, rules->source_sha256, 32);
	if (rules->includes.n == 0)
		return RQ_OK;
	err = digest_new(DIGEST_SHA256, &digest);
	if (err == RQ_OK)
		err = digest_add(digest, (struct bytes){rules->source_sha256, 32});
	for (size_t i = 0; err == RQ_OK && i < rules->includes.n; i++)
		err = digest_add(digest,
				 (struct bytes){rules->includes.items[i].sha256, 32});
	if (err == RQ_OK)
		err = digest_finish(digest, rules->content_sha256);
	digest_free(digest);
	return err;
}

/* Refused rules: an error names its rule, or stands outside of any. */
static size_t count_refused(const struct rule_report *report)
{
	const char *last_rule = NULL, *last_file = NULL;
	size_t n = 0;

	for (size_t i = 0; i < report->n_messages; i++) {
		const struct rule_message *message = &report->messages[i];

		if (message->is_warning)
			continue;
		if (message->rule == NULL || last_rule == NULL ||
		    strcmp(message->rule, last_rule) != 0 ||
		    strcmp(message->place.file, last_file) != 0)
			n++;
		last_rule = message->rule;
		last_file = message->place.file;
	}
	return n;
}

static enum rq_err parse_all(struct rule_set *set, struct rules *rules,
			     const struct rules_options *options,
			     const struct rules_source *sources, size_t n)
{
	const struct rule_options how = {
	    .keep_going = options->keep_going,
	    .strict_escape = options->strict_escape,
	    .max_strings = options->max_strings,
	    .include = include,
	    .include_reader = rules,
	};

	for (size_t i = 0; i < n; i++) {
		enum rq_err err =
		    rule_parse(set, sources[i].name_space, sources[i].file,
			       sources[i].text, &how, &rules->report);

		if (err != RQ_OK && !(err == RQ_ERR_RULE && options->keep_going))
			return err;
		rules->wants_owner |= mentions(sources[i].text, "owner");
	}
	return RQ_OK;
}

static enum rq_err build(struct rule_set *set, struct rules *rules,
			 const struct rules_options *options, struct rq_diag *diag)
{
	const struct ruleset_compile_options how = {
	    .keep_going = options->keep_going,
	    .pattern.libyara_limits = options->libyara_limits,
	};
	struct buffer image = {0};
	enum rq_err err = ruleset_compile(set, &how, &rules->report, &image);

	if (err == RQ_ERR_RULE && options->keep_going)
		err = RQ_OK;
	if (err == RQ_OK && !buffer_ok(&image))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err =
		    digest_of(DIGEST_SHA256, buffer_bytes(&image), rules->image_sha256);
	if (err == RQ_OK)
		err = map_seal(buffer_bytes(&image), &rules->sealed, diag);
	buffer_free(&image);
	return err == RQ_OK ? map_sealed(rules->sealed, &rules->image) : err;
}

static enum rq_err compile(struct rules *rules, const struct rules_options *options,
			   const struct rules_source *sources, size_t n,
			   struct rq_diag *diag)
{
	struct rule_set *set = NULL;
	enum rq_err err = rule_set_new(CAP_RULE_HEAP, &set);

	if (err == RQ_OK)
		err = declare(set, options, diag);
	if (err == RQ_OK)
		err = parse_all(set, rules, options, sources, n);
	if (err == RQ_OK)
		err = build(set, rules, options, diag);
	rule_set_free(set);
	if (rules->report.failed && err == RQ_OK)
		err = RQ_ERR_MEMORY;
	rules->n_refused = count_refused(&rules->report);
	if (err != RQ_OK)
		return err;
	err = ruleset_open(rules->image.data, rules->image.size, RULESET_CHECK_INDEXES,
			   &rules->ruleset, diag);
	if (err == RQ_OK)
		rules->n_rules = ruleset_n_rules(rules->ruleset);
	return err;
}

/* The texts of the sources, up to the first that cannot be read: rules->unread. */
static enum rq_err read_texts(struct rules *rules, const struct rules_source *sources,
			      size_t n, struct arena *arena,
			      struct rules_source **texts_out, size_t *n_out,
			      struct rq_diag *diag)
{
	struct rules_source *texts = arena_array(arena, n, sizeof *texts);

	*texts_out = texts;
	*n_out = 0;
	if (texts == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n; i++) {
		enum rq_err err = RQ_OK;

		texts[i] = sources[i];
		if (texts[i].text.at == NULL)
			err =
			    rules_read_text(arena, texts[i].file, &texts[i].text, diag);
		if (err != RQ_OK && err != RQ_ERR_MEMORY)
			rules->unread = sources[i].file;
		if (err != RQ_OK)
			return err;
		(*n_out)++;
	}
	return RQ_OK;
}

static void note_cache(struct rules *rules, enum rq_err err)
{
	rules->not_kept |= err == RQ_ERR_SYSTEM || err == RQ_ERR_ACCESS;
}

/*
 * Reads the texts, once: what they are compiled to is kept under the name of these
 * very bytes.
 */
static enum rq_err compile_texts(struct rules *rules,
				 const struct rules_options *options,
				 const struct rules_source *sources, size_t n,
				 struct rules_cache *cache, struct rq_diag *diag)
{
	struct rules_source *texts = NULL;
	struct arena *arena = NULL;
	size_t n_read = 0;
	enum rq_err unread = RQ_OK, err = arena_new(CAP_RULE_HEAP, &arena);

	if (err == RQ_OK)
		err = read_texts(rules, sources, n, arena, &texts, &n_read, diag);
	/* what stands before it is compiled all the same: it may be wrong as well */
	if (rules->unread != NULL) {
		unread = err;
		err = RQ_OK;
	}
	if (err == RQ_OK)
		err = digest_sources(rules, texts, n_read);
	if (err == RQ_OK)
		err = compile(rules, options, texts, n_read, diag);
	if (rules->unread != NULL)
		err = unread;
	if (err == RQ_OK && cache != NULL &&
	    rules_cache_choose(cache, options, texts, n) == RQ_OK)
		note_cache(rules, rules_cache_store(cache, rules));
	arena_free(arena);
	return err;
}

enum rq_err rules_compile(struct rules *rules, const struct rules_options *options,
			  const struct rules_source *sources, size_t n,
			  struct rq_diag *diag)
{
	struct rules_cache *cache = NULL;
	enum rq_err err = arena_new(CAP_RULE_REPORT, &rules->arena);

	if (err != RQ_OK)
		return err;
	rule_report_init(&rules->report, rules->arena);
	/* whatever is wrong with the cache, the rules are still there as text */
	if (options->cache_folder != NULL)
		note_cache(rules, rules_cache_open(options->cache_folder, &cache));
	rules->from_cache = cache != NULL &&
			    rules_cache_choose(cache, options, sources, n) == RQ_OK &&
			    rules_cache_load(cache, rules) == RQ_OK;
	if (!rules->from_cache)
		err = compile_texts(rules, options, sources, n, cache, diag);
	if (err == RQ_OK)
		err = digest_content(rules);
	rules_cache_free(cache);
	return err;
}
