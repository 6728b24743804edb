#include "bytes/test.h"

#include "endpoint/rules_cache.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A set with a refused rule, a warning, a hex string and an include. */
static const char good[] = "include \"inner.yar\"\n"
			   "rule A : t { strings: $h = { 61 62 } $x = /a.*b/ "
			   "condition: any of them }\n"
			   "rule Bad { condition: nothing }\n";
static const char inner[] = "rule Inner { condition: owner == \"x\" }\n";

static char top[64], folder[80], outer_path[100], inner_path[100];

static void put_file(const char *path, const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	close(fd);
}

static int make(void **state)
{
	(void)state;
	snprintf(top, sizeof top, "/tmp/raquet-cache-XXXXXX");
	if (mkdtemp(top) == NULL)
		return 1;
	snprintf(folder, sizeof folder, "%s/cache", top);
	snprintf(outer_path, sizeof outer_path, "%s/outer.yar", top);
	snprintf(inner_path, sizeof inner_path, "%s/inner.yar", top);
	put_file(inner_path, inner, sizeof inner - 1);
	return mkdir(folder, 0700);
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static int clear(void **state)
{
	(void)state;
	return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* All that a command can see of a rule set. */
static char *told(const struct rules *rules)
{
	struct buffer out = {0};

	buffer_format(&out, "%zu %zu %d\n", rules->n_rules, rules->n_refused,
		      rules->wants_owner);
	for (size_t i = 0; i < rules->report.n_messages; i++)
		rule_message_write(&rules->report.messages[i], &out);
	buffer_put(&out, rules->source_sha256, 32);
	buffer_put(&out, rules->content_sha256, 32);
	buffer_put(&out, rules->image_sha256, 32);
	buffer_put(&out, rules->image.data, rules->image.size);
	assert_true(buffer_ok(&out));
	for (size_t i = 0; i < out.size; i++) /* as one text to compare */
		out.data[i] = out.data[i] == 0 ? '0' : out.data[i];
	buffer_u8(&out, 0);
	return (char *)out.data;
}

static char *from_text; /* what compiling without a cache tells */

static bool compile(const char *text, const char *cache, const char *wanted)
{
	const struct rules_options how = {
	    .keep_going = true, .common_externals = true, .cache_folder = cache};
	const struct rules_source source = {"default", outer_path, bytes_of(text)};
	struct rules rules;
	bool from_cache;
	char *now;

	rules_init(&rules);
	assert_int_equal(rules_compile(&rules, &how, &source, 1, NULL), RQ_OK);
	now = told(&rules);
	if (wanted != NULL)
		assert_string_equal(now, wanted);
	else
		from_text = now;
	if (wanted != NULL)
		free(now);
	from_cache = rules.from_cache;
	rules_free(&rules);
	return from_cache;
}

/* Compiles without a cache, and remembers what that tells. */
static void remember(void)
{
	free(from_text);
	assert_false(compile(good, NULL, NULL));
}

static bool is_hit(void)
{
	return compile(good, folder, from_text);
}

/* The path of the only entry. */
static const char *entry_path(void)
{
	static char path[256];
	struct folder *open_folder;
	struct folder_entry entry;
	int n = 0;

	assert_int_equal(folder_open(folder, &open_folder, NULL, NULL), RQ_OK);
	while (folder_next(open_folder, &entry) == RQ_OK)
		if (strlen(entry.name) == 70) {
			snprintf(path, sizeof path, "%s/%s", folder, entry.name);
			n++;
		}
	folder_close(open_folder);
	assert_int_equal(n, 1);
	return path;
}

static const char *key_path(void)
{
	static char path[100];

	snprintf(path, sizeof path, "%s/rules.key", folder);
	return path;
}

static void the_second_run_says_the_same(void **state)
{
	struct stat st;

	(void)state;
	remember();
	assert_non_null(strstr(from_text, "undefined identifier \"nothing\""));
	assert_false(is_hit());
	assert_true(is_hit());
	assert_true(is_hit());
	assert_int_equal(stat(key_path(), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 32);
}

static void any_damage_leads_back_to_the_text(void **state)
{
	struct buffer whole = {0};

	(void)state;
	remember();
	assert_false(is_hit());
	assert_int_equal(file_read_whole(entry_path(), &whole, NULL), RQ_OK);
	/* in every field of the header, and here and there behind it */
	for (size_t at = 0; at < whole.size; at += at < 128 ? 1 : whole.size / 50) {
		whole.data[at] ^= 0x10;
		put_file(entry_path(), (const char *)whole.data, whole.size);
		whole.data[at] ^= 0x10;
		assert_false(is_hit());
		assert_true(is_hit());
	}
	for (size_t n = 0; n < whole.size; n += n < 96 ? 8 : whole.size / 10) {
		put_file(entry_path(), (const char *)whole.data, n);
		assert_false(is_hit());
		assert_true(is_hit());
	}
	buffer_free(&whole);
}

/* A sweep of a home folder must not find in the cache what its rules look for. */
static void an_entry_shows_nothing_of_its_rules(void **state)
{
	static const char searched[] = "RAQUET-CACHE-SAMPLE: letters for a search";
	static const char text[] =
	    "rule Named_in_the_image { strings: $x = "
	    "\"RAQUET-CACHE-SAMPLE: letters for a search\" condition: $x }\n"
	    "rule Named_in_the_notes { condition: nothing }\n";
	const char *const told_before[] = {searched, "Named_in_the_image",
					   "Named_in_the_notes",
					   "undefined identifier"};
	struct buffer whole = {0};

	(void)state;
	free(from_text);
	assert_false(compile(text, NULL, NULL));
	assert_false(compile(text, folder, from_text));
	assert_int_equal(file_read_whole(entry_path(), &whole, NULL), RQ_OK);
	for (size_t i = 0; i < sizeof told_before / sizeof told_before[0]; i++) {
		assert_non_null(strstr(from_text, told_before[i]));
		assert_null(memmem(whole.data, whole.size, told_before[i],
				   strlen(told_before[i])));
	}
	buffer_free(&whole);
	assert_true(compile(text, folder, from_text));
}

static void a_replaced_or_broken_key_makes_all_entries_foreign(void **state)
{
	char other[32] = "nobody made this key";

	(void)state;
	remember();
	assert_false(is_hit());
	put_file(key_path(), other, sizeof other);
	assert_false(is_hit());
	assert_true(is_hit());
	put_file(key_path(), other, 7);
	assert_false(is_hit());
	assert_true(is_hit());
	assert_int_equal(unlink(key_path()), 0);
	assert_false(is_hit());
	assert_true(is_hit());
}

static void an_included_file_counts(void **state)
{
	static const char other[] = "rule Inner { condition: filesize == 0 }\n";

	(void)state;
	remember();
	assert_false(is_hit());
	put_file(inner_path, other, sizeof other - 1);
	remember();
	assert_false(is_hit());
	assert_true(is_hit());
	assert_int_equal(unlink(inner_path), 0);
	remember();
	assert_non_null(strstr(from_text, "inner.yar"));
	assert_false(is_hit());
	assert_true(is_hit());
	put_file(inner_path, inner, sizeof inner - 1);
	remember();
	assert_false(is_hit());
	assert_true(is_hit());
}

static void a_changed_option_or_text_is_another_entry(void **state)
{
	const struct rules_external external = {"n", value_int(3)};
	struct rules_options how = {.keep_going = true, .common_externals = true};
	const struct rules_source source = {"default", outer_path, bytes_of(good)};

	(void)state;
	remember();
	assert_false(is_hit());
	how.cache_folder = folder;
	for (int i = 0; i < 3; i++) {
		struct rules rules;

		how.strict_escape = i == 0;
		how.libyara_limits = i == 1;
		how.externals = &external;
		how.n_externals = i == 2;
		for (int again = 0; again < 2; again++) {
			rules_init(&rules);
			assert_int_equal(rules_compile(&rules, &how, &source, 1, NULL),
					 RQ_OK);
			assert_int_equal(rules.from_cache, again);
			rules_free(&rules);
		}
	}
	assert_true(is_hit());
}

/* ---- sources that are files ---- */

/* Compiles two files of the folder top; true: the cache had them. */
static bool compile_files(const char *first, const char *second, size_t n_rules)
{
	const struct rules_options how = {.keep_going = true, .cache_folder = folder};
	char first_path[100], second_path[100];
	const struct rules_source sources[] = {{"a", first_path, {0}},
					       {"b", second_path, {0}}};
	struct rules rules;
	bool from_cache;

	snprintf(first_path, sizeof first_path, "%s/%s", top, first);
	snprintf(second_path, sizeof second_path, "%s/%s", top, second);
	rules_init(&rules);
	assert_int_equal(rules_compile(&rules, &how, sources, 2, NULL), RQ_OK);
	assert_int_equal(rules.n_rules, n_rules);
	assert_null(rules.unread);
	from_cache = rules.from_cache;
	rules_free(&rules);
	return from_cache;
}

static void put_rules(const char *name, const char *text)
{
	char path[100];

	snprintf(path, sizeof path, "%s/%s", top, name);
	put_file(path, text, strlen(text));
}

static void each_byte_of_a_file_counts(void **state)
{
	const struct timespec same[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	char path[100];

	(void)state;
	snprintf(path, sizeof path, "%s/x", top);
	put_rules("x", "rule A { condition: true }");
	put_rules("y", "rule B { condition: true }");
	assert_int_equal(utimensat(AT_FDCWD, path, same, 0), 0);
	assert_false(compile_files("x", "y", 2));
	assert_true(compile_files("x", "y", 2));
	/* neither size nor time tell that it is another one */
	put_rules("x", "rule C { condition: true }");
	assert_int_equal(utimensat(AT_FDCWD, path, same, 0), 0);
	assert_false(compile_files("x", "y", 2));
	assert_true(compile_files("x", "y", 2));
	/* the same bytes, otherwise shared out */
	put_rules("x", "rule C { condition: true }r");
	put_rules("y", "ule B { condition: true }");
	assert_false(compile_files("x", "y", 1));
	assert_false(compile_files("y", "x", 1));
}

static void a_large_file_is_read_to_its_end(void **state)
{
	struct buffer text = {0};

	(void)state;
	put_rules("y", "rule B { condition: true }");
	for (int i = 0; i < 9000; i++)
		buffer_text(&text, "// a comment\n");
	buffer_text(&text, "rule A { condition: true }");
	assert_true(text.size > 100000);
	buffer_u8(&text, 0);
	assert_true(buffer_ok(&text));
	put_rules("x", (char *)text.data);
	assert_false(compile_files("x", "y", 2));
	assert_true(compile_files("x", "y", 2));
	text.data[text.size - 5] = 'f';
	put_rules("x", (char *)text.data);
	assert_false(compile_files("x", "y", 1));
	buffer_free(&text);
}

/* Files of the system have a size of 0, whatever stands in them. */
static void a_file_without_size_counts(void **state)
{
	const struct rules_options how = {.keep_going = true, .cache_folder = folder};
	const struct rules_source sources[] = {
	    {"a", "/proc/thread-self/comm", {0}},
	    {"b", "b", BYTES_LITERAL("rule B { condition: true }")}};

	(void)state;
	for (int i = 0; i < 2; i++)
		for (int again = 0; again < 2; again++) {
			struct rules rules;

			assert_int_equal(prctl(PR_SET_NAME, i == 0 ? "//1" : "#2"), 0);
			rules_init(&rules);
			assert_int_equal(rules_compile(&rules, &how, sources, 2, NULL),
					 RQ_OK);
			assert_int_equal(rules.report.n_errors, i);
			assert_int_equal(rules.from_cache, again);
			rules_free(&rules);
		}
}

static void what_stands_before_an_unreadable_file_is_told(void **state)
{
	const struct rules_options how = {.keep_going = true, .cache_folder = folder};
	char missing[100];
	const struct rules_source sources[] = {
	    {"a", "first", BYTES_LITERAL("rule Bad { condition: nothing }")},
	    {"b", missing, {0}}};

	(void)state;
	snprintf(missing, sizeof missing, "%s/missing", top);
	for (int again = 0; again < 2; again++) {
		struct rules rules;
		struct rq_diag diag = {0};

		rules_init(&rules);
		assert_int_equal(rules_compile(&rules, &how, sources, 2, &diag),
				 RQ_ERR_NOT_FOUND);
		assert_string_equal(rules.unread, missing);
		assert_int_equal(rules.report.n_errors, 1);
		rules_free(&rules);
	}
}

static void a_pipe_is_waited_for(void **state)
{
	static const char text[] = "rule A { condition: true }";
	struct rules_source source = {.name_space = "a"};
	struct arena *arena;
	char path[32];
	int ends[2], how;
	pid_t writer;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	writer = fork();
	assert_true(writer >= 0);
	if (writer == 0) {
		usleep(20 * 1000);
		_exit(write(ends[1], text, sizeof text - 1) != sizeof text - 1);
	}
	close(ends[1]);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
	source.file = path;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(rules_source_open(arena, &source, NULL), RQ_OK);
	assert_true(bytes_equal(source.text, bytes_of(text)));
	assert_int_equal(waitpid(writer, &how, 0), writer);
	assert_int_equal(how, 0);
	arena_free(arena);
	close(ends[0]);
}

static void what_another_user_owns_is_not_believed(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	remember();
	assert_false(is_hit());
	assert_int_equal(chown(entry_path(), 12345, 12345), 0);
	assert_false(is_hit());
	assert_true(is_hit());
	assert_int_equal(chown(key_path(), 12345, 12345), 0);
	assert_false(is_hit());
	assert_false(is_hit());
}

static void a_link_in_place_of_an_entry_is_not_followed(void **state)
{
	char elsewhere[100];
	char path[256];

	(void)state;
	remember();
	assert_false(is_hit());
	snprintf(path, sizeof path, "%s", entry_path());
	snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", top);
	assert_int_equal(rename(path, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, path), 0);
	assert_false(is_hit());
	assert_true(is_hit());
}

static void processes_at_once_all_get_the_rules(void **state)
{
	pid_t children[8];

	(void)state;
	remember();
	for (int i = 0; i < 8; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			(void)is_hit();
			_exit(0); /* not reached when an assertion fails */
		}
	}
	for (int i = 0; i < 8; i++) {
		int how = -1;

		assert_int_equal(waitpid(children[i], &how, 0), children[i]);
		assert_int_equal(how, 0);
	}
	(void)is_hit();
	assert_true(is_hit());
}

static void only_the_newest_entries_are_kept(void **state)
{
	int n = 0;
	struct folder *open_folder;
	struct folder_entry entry;

	(void)state;
	for (int i = 0; i < 12; i++) {
		char text[64];

		snprintf(text, sizeof text, "rule R%d { condition: true }", i);
		free(from_text);
		assert_false(compile(text, folder, NULL));
	}
	assert_int_equal(folder_open(folder, &open_folder, NULL, NULL), RQ_OK);
	while (folder_next(open_folder, &entry) == RQ_OK)
		n++;
	folder_close(open_folder);
	assert_int_equal(n, 8 + 1); /* and the key */
}

static void without_a_folder_there_is_no_cache_and_no_harm(void **state)
{
	char missing[100];

	(void)state;
	remember();
	snprintf(missing, sizeof missing, "%s/missing", top);
	assert_false(compile(good, missing, from_text));
	assert_false(compile(good, missing, from_text));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make, clear)

TEST_MAIN(CASE(the_second_run_says_the_same), CASE(any_damage_leads_back_to_the_text),
	  CASE(an_entry_shows_nothing_of_its_rules),
	  CASE(a_replaced_or_broken_key_makes_all_entries_foreign),
	  CASE(an_included_file_counts),
	  CASE(a_changed_option_or_text_is_another_entry),
	  CASE(each_byte_of_a_file_counts), CASE(a_large_file_is_read_to_its_end),
	  CASE(a_file_without_size_counts),
	  CASE(what_stands_before_an_unreadable_file_is_told),
	  CASE(a_pipe_is_waited_for), CASE(what_another_user_owns_is_not_believed),
	  CASE(a_link_in_place_of_an_entry_is_not_followed),
	  CASE(processes_at_once_all_get_the_rules),
	  CASE(only_the_newest_entries_are_kept),
	  CASE(without_a_folder_there_is_no_cache_and_no_harm))
