/*
 * The pass over all places says what the machine says from each start: for expressions
 * and texts made at random, over few letters so that much matches.
 */
#include "bytes/test.h"

#include "bytes/alloc.h"
#include "engine/match/regex_code.h"
#include "engine/match/regex_compile.h"
#include "engine/match/regex_everywhere.h"
#include "engine/match/regex_world.h"
#include "engine/rule/report.h"

#include <string.h>

enum { N_EXPRESSIONS = 3000, MAX_DATA = 70 };

/* Ends by start; NOWHERE where nothing was told. */
struct found {
	size_t ends[MAX_DATA];
	size_t last;
	bool falls;
};

#define NOWHERE SIZE_MAX

static void note(void *context, size_t start, size_t end)
{
	struct found *found = context;

	assert_true(start < MAX_DATA && found->ends[start] == NOWHERE);
	found->ends[start] = end;
}

static void compare(const char *source, const struct regex_code_options *options,
		    const struct regex_program *program, struct bytes data,
		    struct regex_scratch *scratch)
{
	for (int where = END_ANYWHERE; where <= END_OF_WIDE_WORD; where++) {
		struct found found;
		struct regex_everywhere task = {.program = program,
						.data = data,
						.where = (enum regex_end)where,
						.found = note,
						.context = &found};

		memset(&found, 0xff, sizeof found);
		regex_scratch_begin(scratch, UINT64_MAX, 0);
		assert_true(regex_run_everywhere(scratch, &task));
		for (size_t at = 0; at < data.n; at++) {
			int64_t length = regex_run_at(scratch, program, data, at,
						      SIZE_MAX, (enum regex_end)where);
			size_t end = length < 0 ? NOWHERE : at + (size_t)length;

			if (end != found.ends[at])
				fail_msg("/%s/ wide %d hex %d where %d on %zu bytes: "
					 "from %zu to %d, not %d",
					 source, options->wide, options->lazy, where,
					 data.n, at, (int)found.ends[at], (int)end);
		}
	}
}

/* Runs that follow each other say what each says by itself. */
static void compare_along(const char *source, const struct regex_program *program,
			  struct bytes data, struct regex_scratch *scratch)
{
	size_t reach = random_below(MAX_DATA), step = 1 + random_below(3);
	struct regex_trail *trail;

	if (program->flags & PROGRAM_SHORTEST)
		return;
	assert_int_equal(regex_trail_new(reach, &trail), RQ_OK);
	for (size_t at = data.n; at >= step; at -= step) {
		int64_t alone = regex_run_at(scratch, program, data, at - step, reach,
					     END_ANYWHERE);
		int64_t along = regex_run_along(scratch, trail, program, data,
						at - step, END_ANYWHERE);

		if (alone != along)
			fail_msg("/%s/ on %zu bytes, reach %zu: from %zu %d, not %d",
				 source, data.n, reach, at - step, (int)along,
				 (int)alone);
	}
	regex_trail_free(trail);
}

/* Compiles source and hands it to compare with some data; false: no expression. */
static bool compare_source(const char *source, const struct regex_options *parse,
			   const struct regex_code_options *options, const char *text,
			   struct regex_scratch *scratch)
{
	const struct rule_place at = {.file = "", .line = 1, .column = 1};
	const struct regex_program *program = NULL;
	struct rule_report report;
	struct buffer code = {0};
	struct arena *arena;
	struct regex *regex;
	uint32_t offset;

	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	rule_report_init(&report, arena);
	if (regex_parse(arena, bytes_of(source), parse, "$a", &at, &report, &regex) ==
		RQ_OK &&
	    regex_compile_tree(regex->root, options, &code, &offset) == RQ_OK) {
		program = regex_program_open(code.data, code.size, offset);
		assert_non_null(program);
	}
	if (program != NULL && text != NULL)
		compare(source, options, program, bytes_of(text), scratch);
	for (int i = 0; i < 8 && program != NULL && text == NULL; i++) {
		uint8_t data[MAX_DATA];
		size_t n = random_data(data, MAX_DATA, options->wide);

		compare(source, options, program, (struct bytes){data, n}, scratch);
		compare_along(source, program, (struct bytes){data, n}, scratch);
	}
	buffer_free(&code);
	rule_report_clear(&report);
	arena_free(arena);
	return program != NULL;
}

static void random_expressions(void **context)
{
	struct regex_scratch *scratch;
	int n_compared = 0;

	(void)context;
	random_begin();
	assert_int_equal(regex_scratch_new(&scratch), RQ_OK);
	for (int i = 0; i < N_EXPRESSIONS; i++) {
		const struct regex_options parse = {.dotall = random_below(2) == 0};
		const struct regex_code_options options = {
		    .wide = random_below(3) == 0, .lazy = random_below(4) == 0};
		char source[MAX_EXPRESSION];

		random_expression(source);
		n_compared += compare_source(source, &parse, &options, NULL, scratch);
	}
	assert_true(n_compared > N_EXPRESSIONS / 2);
	regex_scratch_free(scratch);
}

/* What chance seldom comes upon. */
static void loops_within_loops(void **context)
{
	static const struct {
		const char *source, *text;
	} cases[] = {
	    {"(a*)*b", "aaab aab"},
	    {"(.*b?)*a", "abcabca"},
	    {"((a?)*b?)*(ba|b)", "ababbaab"},
	    /* left after some bytes, a lazy loop is not entered anew before (bc) is tried */
	    {"([ab]*?(bc){,1}?)*?(cc|c)", "abccc"},
	    {"(a{2,3}?|a{4,}?)*?b", "aaaaaaaaab"},
	    {"a{3}a{0,2}a{1,}b", "aaaaaaaabaaaab"},
	    {"(ab?){1,30}c", "abaababbababc"},
	};
	struct regex_scratch *scratch;

	(void)context;
	assert_int_equal(regex_scratch_new(&scratch), RQ_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int lazy = 0; lazy < 2; lazy++) {
			const struct regex_options parse = {.dotall = true};
			const struct regex_code_options options = {.lazy = lazy};

			assert_true(compare_source(cases[i].source, &parse, &options,
						   cases[i].text, scratch));
		}
	regex_scratch_free(scratch);
}

TEST_MAIN(cmocka_unit_test(loops_within_loops), cmocka_unit_test(random_expressions))
