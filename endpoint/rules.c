#include "endpoint/rules.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "content/shipped.h"
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

/* ---- where texts come from ---- */

void rules_list_free(struct rules_list *list)
{
	alloc_free(list->items);
	*list = (struct rules_list){0};
}

static enum rq_err add_source(struct rules_list *list,
			      const struct rules_source *source)
{
	if (!alloc_grow((void **)&list->items, &list->capacity, list->n + 1,
			sizeof *list->items))
		return RQ_ERR_MEMORY;
	list->items[list->n++] = *source;
	return RQ_OK;
}

/* A pipe and its like have no size to go by. */
static enum rq_err read_stream(struct arena *arena, const char *path,
			       struct bytes *text_out, struct rq_diag *diag)
{
	struct buffer text = {.max = CAP_RULE_SOURCE};
	enum rq_err err = file_read_whole(path, &text, diag);
	char *kept = NULL;

	if (err == RQ_OK) {
		kept = arena_copy(arena, text.data, text.size);
		if (kept == NULL)
			err = RQ_ERR_MEMORY;
	}
	*text_out = (struct bytes){(const uint8_t *)kept, kept != NULL ? text.size : 0};
	buffer_free(&text);
	return err;
}

static enum rq_err read_text(struct arena *arena, const char *path,
			     struct bytes *text_out, struct rq_diag *diag)
{
	struct file file;
	struct file_info info;
	enum rq_err err = file_open(path, &file, &info, diag);
	uint8_t *room = NULL;
	size_t n = 0;

	*text_out = (struct bytes){0};
	if (err != RQ_OK)
		return err;
	if (info.kind == FILE_REGULAR && info.size > 0 && info.size < CAP_RULE_SOURCE) {
		room = arena_array(arena, (size_t)info.size + 1, 1);
		err = room != NULL
			  ? file_read_at(file, 0, room, (size_t)info.size + 1, &n)
			  : RQ_ERR_MEMORY;
	}
	file_close(&file);
	if (err != RQ_OK)
		return rq_fail(diag, err, path, "%s", rq_err_text(err));
	/* another size than it said: read to the end, wherever that is */
	if (room == NULL || n != info.size)
		return read_stream(arena, path, text_out, diag);
	*text_out = (struct bytes){room, n};
	return RQ_OK;
}

static enum rq_err gather_file(struct arena *arena, const char *path,
			       const char *name_space, struct rules_list *list,
			       struct rq_diag *diag)
{
	struct rules_source source = {.name_space = name_space};
	enum rq_err err = read_text(arena, path, &source.text, diag);

	if (err != RQ_OK)
		return err;
	source.file = arena_copy(arena, path, strlen(path));
	return source.file != NULL ? add_source(list, &source) : RQ_ERR_MEMORY;
}

static bool is_rule_file(const char *name)
{
	static const char *const endings[] = {".yar", ".yara", ".rule", ".rules"};
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; ending != NULL && i < 4; i++)
		if (strcmp(ending, endings[i]) == 0)
			return true;
	return false;
}

/* Names below a folder, so that they can be sorted before anything is read. */
struct names {
	const char **items; /* relative, with '/' on every system */
	size_t n, capacity;
};

static enum rq_err list_folder(struct arena *arena, const char *top, const char *inner,
			       unsigned depth, struct names *names,
			       struct rq_diag *diag);

static enum rq_err list_entry(struct arena *arena, const char *top, const char *inner,
			      const struct folder_entry *entry, unsigned depth,
			      struct names *names, struct rq_diag *diag)
{
	char *name =
	    arena_format(arena, "%s%s%s", inner, *inner != 0 ? "/" : "", entry->name);
	char *path = arena_format(arena, "%s/%s", top, name != NULL ? name : "");
	struct file_info info = {.kind = entry->kind};
	enum rq_err err = RQ_OK;

	if (name == NULL || path == NULL)
		return RQ_ERR_MEMORY;
	if (info.kind == FILE_UNKNOWN)
		err = file_stat_path(path, false, &info, diag);
	if (err != RQ_OK)
		return err == RQ_ERR_NOT_FOUND ? RQ_OK : err; /* gone meanwhile */
	if (info.kind == FILE_FOLDER)
		return list_folder(arena, top, name, depth + 1, names, diag);
	if (info.kind == FILE_PIPE || info.kind == FILE_SOCKET ||
	    info.kind == FILE_DEVICE || !is_rule_file(name))
		return RQ_OK;
	if (!alloc_grow((void **)&names->items, &names->capacity, names->n + 1,
			sizeof *names->items))
		return RQ_ERR_MEMORY;
	names->items[names->n++] = name;
	return RQ_OK;
}

static enum rq_err list_folder(struct arena *arena, const char *top, const char *inner,
			       unsigned depth, struct names *names,
			       struct rq_diag *diag)
{
	const char *path = arena_format(arena, "%s/%s", top, inner);
	struct folder *folder = NULL;
	struct folder_entry entry;
	enum rq_err err;

	if (path == NULL)
		return RQ_ERR_MEMORY;
	if (depth > CAP_RULE_FOLDERS)
		return rq_fail(diag, RQ_ERR_LIMIT, path, "folders nest too deep");
	err = folder_open(*inner != 0 ? path : top, &folder, NULL, diag);
	while (err == RQ_OK) {
		err = folder_next(folder, &entry);
		if (err == RQ_OK)
			err = list_entry(arena, top, inner, &entry, depth, names, diag);
	}
	folder_close(folder);
	return err == RQ_ERR_NOT_FOUND && folder != NULL ? RQ_OK : err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum rq_err gather_folder(struct arena *arena, const char *top,
				 struct rules_list *list, struct rq_diag *diag)
{
	struct names names = {0};
	enum rq_err err = list_folder(arena, top, "", 0, &names, diag);

	if (err == RQ_OK && names.n > 0)
		qsort(names.items, names.n, sizeof *names.items, by_name);
	for (size_t i = 0; err == RQ_OK && i < names.n; i++) {
		const char *path = arena_format(arena, "%s/%s", top, names.items[i]);

		err = path != NULL
			  ? gather_file(arena, path, names.items[i], list, diag)
			  : RQ_ERR_MEMORY;
	}
	alloc_free(names.items);
	return err;
}

enum rq_err rules_gather(struct arena *arena, const char *path, struct rules_list *list,
			 struct rq_diag *diag)
{
	struct file_info info;
	enum rq_err err = file_stat_path(path, true, &info, diag);

	if (err != RQ_OK)
		return err;
	if (info.kind == FILE_FOLDER)
		return gather_folder(arena, path, list, diag);
	return gather_file(arena, path, "default", list, diag);
}

enum rq_err rules_gather_shipped(struct arena *arena, struct rules_list *list)
{
	for (size_t i = 0; i < shipped_n_files(); i++) {
		struct rules_source source = {.name_space = shipped_name(i),
					      .file = shipped_name(i)};
		enum rq_err err = shipped_text(i, arena, &source.text);

		if (err == RQ_OK)
			err = add_source(list, &source);
		if (err != RQ_OK)
			return err;
	}
	return RQ_OK;
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
	enum rq_err err = read_text(arena, path, text_out, NULL);
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

static enum rq_err keep_kinds(struct rules *rules, const struct rule_set *set)
{
	rules->kinds = arena_array(rules->arena, set->n_rules, sizeof *rules->kinds);
	if (rules->kinds == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < set->n_rules; i++) {
		const struct rule *rule = set->rules[i];
		struct rules_kinds *kinds = &rules->kinds[i];

		kinds->hex = arena_array(rules->arena, rule->n_strings, sizeof(char *));
		for (size_t k = 0; kinds->hex != NULL && k < rule->n_strings; k++) {
			const char *name = rule->strings[k].identifier;

			if (rule->strings[k].kind != STRING_HEX)
				continue;
			name = arena_copy(rules->arena, name, strlen(name));
			kinds->hex[kinds->n_hex++] = name;
			if (name == NULL)
				return RQ_ERR_MEMORY;
		}
		if (kinds->hex == NULL)
			return RQ_ERR_MEMORY;
	}
	return RQ_OK;
}

bool rules_string_is_hex(const struct rules *rules, uint32_t rule,
			 struct bytes identifier)
{
	for (size_t i = 0; rules->kinds != NULL && i < rules->kinds[rule].n_hex; i++)
		if (bytes_equal_text(identifier, rules->kinds[rule].hex[i]))
			return true;
	return false;
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
	if (err == RQ_OK && options->keep_kinds)
		err = keep_kinds(rules, set);
	if (err == RQ_OK)
		err = build(set, rules, options, diag);
	rule_set_free(set);
	if (rules->report.failed && err == RQ_OK)
		err = RQ_ERR_MEMORY;
	rules->n_refused = count_refused(&rules->report);
	if (err != RQ_OK)
		return err;
	err = ruleset_open(rules->image.data, rules->image.size, false, &rules->ruleset,
			   diag);
	if (err == RQ_OK)
		rules->n_rules = ruleset_n_rules(rules->ruleset);
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
	if (options->cache_folder != NULL &&
	    rules_cache_open(options->cache_folder, &cache) == RQ_OK &&
	    rules_cache_choose(cache, options, sources, n) != RQ_OK) {
		rules_cache_free(cache);
		cache = NULL;
	}
	rules->from_cache = cache != NULL && rules_cache_load(cache, rules) == RQ_OK;
	if (!rules->from_cache)
		err = digest_sources(rules, sources, n);
	if (!rules->from_cache && err == RQ_OK)
		err = compile(rules, options, sources, n, diag);
	if (err == RQ_OK && cache != NULL && !rules->from_cache)
		(void)!rules_cache_store(cache, rules);
	rules_cache_free(cache);
	return err;
}
