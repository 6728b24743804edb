#include "bytes/test.h"

#include "content/scope_text.h"
#include "endpoint/scope_file.h"

#include <string.h>

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	return arena_new(4u << 20, &arena) != RQ_OK;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void a_scope_is_lines_of_key_and_value(void **state)
{
	static const char text[] = "\xef\xbb\xbf# Chiến dịch tháng 12\r\n"
				   "\r\n"
				   "name: Tháng 12: đợt 1\r\n"
				   "  description :  mọi máy  \r\n"
				   "root: ~/Downloads\n"
				   "root-if-present:\t*/Tài liệu\n"
				   "root: C:\\Users\r\n"
				   "root: %ProgramData%\\Công ty A\\\n"
				   "types: programs, scripts\n"
				   "running-programs: yes\n"
				   "processes: yes\n"
				   "persistence: no\n"
				   "max-age-of-content: 30\n"
				   "  # within limits\n"
				   "tolerate: unreadable 50 /a b/*\n"
				   "tolerate:encrypted 3";
	struct scope scope;
	struct scope_error error;

	(void)state;
	assert_int_equal(scope_read(bytes_of(text), arena, &scope, &error), RQ_OK);
	assert_string_equal(scope.name[LANGUAGE_VI], "Tháng 12: đợt 1");
	assert_string_equal(scope.name[LANGUAGE_EN], "Tháng 12: đợt 1");
	assert_string_equal(scope.description[LANGUAGE_EN], "mọi máy");
	assert_int_equal(scope.n_roots, 4);
	assert_string_equal(scope.roots[0].path, "~/Downloads");
	assert_false(scope.roots[0].is_if_present);
	assert_string_equal(scope.roots[1].path, "*/Tài liệu");
	assert_true(scope.roots[1].is_if_present);
	assert_string_equal(scope.roots[2].path, "C:\\Users");
	assert_string_equal(scope.roots[3].path, "%ProgramData%\\Công ty A\\");
	assert_int_equal(scope.kinds, SCOPE_PROGRAMS | SCOPE_SCRIPTS);
	assert_true(scope.running_programs);
	assert_true(scope.processes);
	assert_false(scope.persistence);
	assert_int_equal(scope.max_content_age, 30);
	assert_int_equal(scope.n_tolerances, 2);
	assert_int_equal(scope.tolerances[0].reason, GAP_UNREADABLE);
	assert_int_equal(scope.tolerances[0].limit, 50);
	assert_string_equal(scope.tolerances[0].pattern, "/a b/*");
	assert_int_equal(scope.tolerances[1].reason, GAP_ENCRYPTED);
	assert_null(scope.tolerances[1].pattern);
}

static void what_is_left_out_asks_for_everything_and_tolerates_nothing(void **state)
{
	struct scope scope;
	struct scope_error error;

	(void)state;
	assert_int_equal(scope_read(bytes_of("name: x"), arena, &scope, &error), RQ_OK);
	assert_int_equal(scope.n_roots, 0);
	assert_int_equal(scope.kinds, SCOPE_ALL_KINDS);
	assert_int_equal(scope.max_content_age, 15);
	assert_int_equal(scope.n_tolerances, 0);
}

static const struct {
	const char *text, *message; /* English */
} wrong[] = {
    {"", "f:1:1: the line name: is missing, the name of the scope\n"},
    {"# nothing\n", "f:2:1: the line name: is missing, the name of the scope\n"},
    {"name: x\nroots\n", "f:2:6: a colon is expected: KEY: VALUE\n  roots\n       ^\n"},
    {"name: x\n roots: /\n",
     "f:2:2: no such key; there are name name-en description description-en root "
     "root-if-present types running-programs processes persistence "
     "max-age-of-content tolerate\n   roots: /\n   ^\n"},
    {"name: x\nname: y\n", "f:2:1: this key may stand only once\n  name: y\n  ^\n"},
    {"name:  \n",
     "f:1:8: a value is expected behind the colon\n  name:  \n         ^\n"},
    {"name: x\x01\n", "f:1:1: the line has hidden characters or is not UTF-8\n"},
    {"name: \xff\n", "f:1:1: the line has hidden characters or is not UTF-8\n"},
    {"name: tên\u202e\n", "f:1:1: the line has hidden characters or is not UTF-8\n"},
    {"processes: có\n",
     "f:1:12: yes or no is expected\n  processes: có\n             ^\n"},
    {"max-age-of-content: 0\n",
     "f:1:21: a whole number within its limits is expected\n  max-age-of-content: 0\n"
     "                      ^\n"},
    {"max-age-of-content: 3651\n",
     "f:1:21: a whole number within its limits is expected\n  max-age-of-content: "
     "3651\n                      ^\n"},
    {"types: programs, virus\n",
     "f:1:18: all, programs, documents, scripts or archives is expected\n  types: "
     "programs, virus\n                   ^\n"},
    {"tolerate: mật 3\n", "f:1:11: no such reason; there are "},
    {"tolerate: stopped 1\n",
     "f:1:11: this reason is never tolerated\n  tolerate: stopped 1\n            ^\n"},
    {"tolerate: sparse\n", "f:1:17: a whole number within its limits is expected\n"
			   "  tolerate: sparse\n                  ^\n"},
    {"tolerate: sparse -1\n", "f:1:18: a whole number within its limits is expected\n"
			      "  tolerate: sparse -1\n                   ^\n"},
    {"tolerate: sparse 1000000001\n",
     "f:1:18: a whole number within its limits is expected\n"
     "  tolerate: sparse 1000000001\n                   ^\n"},
};

static void what_is_wrong_is_shown_at_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(wrong); i++) {
		struct scope scope;
		struct scope_error error;
		struct buffer out = {0};

		assert_int_equal(
		    scope_read(bytes_of(wrong[i].text), arena, &scope, &error),
		    RQ_ERR_FORMAT);
		scope_error_write(&out, "f", &error, LANGUAGE_EN);
		buffer_u8(&out, 0);
		/* the list of reasons grows; its beginning is enough */
		if (strncmp((char *)out.data, wrong[i].message,
			    strlen(wrong[i].message)) != 0)
			assert_string_equal(out.data, wrong[i].message);
		buffer_free(&out);
	}
}

/* There will be more reasons: the first and the place are enough. */
static void a_reason_that_is_none_is_answered_with_all_reasons(void **state)
{
	static const char first[] = "f:1:11: no such reason; there are unreadable ";
	static const char last[] = "\n  tolerate: mật 3\n            ^\n";
	struct scope scope;
	struct scope_error error;
	struct buffer out = {0};

	(void)state;
	assert_int_equal(
	    scope_read(bytes_of("tolerate: mật 3\n"), arena, &scope, &error),
	    RQ_ERR_FORMAT);
	scope_error_write(&out, "f", &error, LANGUAGE_EN);
	buffer_u8(&out, 0);
	assert_memory_equal(out.data, first, strlen(first));
	assert_string_equal(out.data + out.size - sizeof last, last);
	buffer_free(&out);
}

/* n times line behind the name. */
static enum rq_err read_many(size_t n, const char *line, struct scope_error *error)
{
	struct buffer text = {0};
	struct scope scope;
	enum rq_err err;

	buffer_text(&text, "name: x\n");
	for (size_t i = 0; i < n; i++)
		buffer_text(&text, line);
	err = scope_read(buffer_bytes(&text), arena, &scope, error);
	buffer_free(&text);
	return err;
}

static void every_count_has_its_exact_cap(void **state)
{
	char line[CAP_SCOPE_LINE + 3];
	struct scope_error error;

	(void)state;
	assert_int_equal(read_many(CAP_SCOPE_ROOTS, "root: /\n", &error), RQ_OK);
	assert_int_equal(read_many(CAP_SCOPE_ROOTS + 1, "root: /\n", &error),
			 RQ_ERR_FORMAT);
	assert_int_equal(error.problem, SCOPE_TOO_MANY);
	assert_int_equal(error.line, CAP_SCOPE_ROOTS + 2);
	assert_int_equal(
	    read_many(CAP_SCOPE_TOLERANCES, "tolerate: sparse 1\n", &error), RQ_OK);
	assert_int_equal(
	    read_many(CAP_SCOPE_TOLERANCES + 1, "tolerate: sparse 1\n", &error),
	    RQ_ERR_FORMAT);
	assert_int_equal(error.problem, SCOPE_TOO_MANY);
	memset(line, '#', sizeof line);
	line[CAP_SCOPE_LINE] = '\n';
	line[CAP_SCOPE_LINE + 1] = 0;
	assert_int_equal(read_many(1, line, &error), RQ_OK);
	line[CAP_SCOPE_LINE] = '#';
	line[CAP_SCOPE_LINE + 1] = '\n';
	line[CAP_SCOPE_LINE + 2] = 0;
	assert_int_equal(read_many(1, line, &error), RQ_ERR_FORMAT);
	assert_int_equal(error.problem, SCOPE_TOO_LONG);
	assert_int_equal(read_many((CAP_SCOPE_FILE - 8) / 2, "#\n", &error), RQ_OK);
	assert_int_equal(read_many((CAP_SCOPE_FILE - 8) / 2 + 1, "#\n", &error),
			 RQ_ERR_FORMAT);
	assert_int_equal(error.problem, SCOPE_TOO_LONG);
}

static void the_shipped_scopes_can_be_read(void **state)
{
	(void)state;
	assert_int_equal(scope_texts_n, 2);
	for (size_t i = 0; i < scope_texts_n; i++) {
		struct scope scope;
		struct scope_error error;

		if (scope_read(bytes_of(scope_texts[i].text), arena, &scope, &error) !=
		    RQ_OK)
			fail_msg("%s:%zu", scope_texts[i].name, error.line);
		assert_non_null(scope.name[LANGUAGE_EN]);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

TEST_MAIN(CASE(a_scope_is_lines_of_key_and_value),
	  CASE(what_is_left_out_asks_for_everything_and_tolerates_nothing),
	  CASE(what_is_wrong_is_shown_at_its_place),
	  CASE(a_reason_that_is_none_is_answered_with_all_reasons),
	  CASE(every_count_has_its_exact_cap), CASE(the_shipped_scopes_can_be_read))
