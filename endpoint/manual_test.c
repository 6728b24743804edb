#include "endpoint/manual.h"

#include "bytes/test.h"
#include "endpoint/verb.h"

#include <string.h>

static const struct option table[] = {
    {"quiet", 'q', OPTION_FLAG, 0, {NULL, NULL}, {"Im lặng.", "Say nothing."}},
    {"rules", 0, OPTION_LIST, 0, {"TỆP", "FILE"}, {".yar", ".yar"}},
    {"old", 'o', OPTION_FLAG, 0, {NULL, NULL}, {NULL, NULL}},
};

static int nothing(const struct verb_run *run)
{
	return run->values != NULL;
}

static const struct verb verbs[] = {
    {"far", {"Đi xa.", "Goes far."}, nothing},
    {"new-way", {"Đường mới.", "A new way."}, nothing},
};

static const struct command command = {
    .name = "sweep",
    .usage = {"sweep [-q]", "sweep [-q]"},
    .verbs = verbs,
    .n_verbs = sizeof verbs / sizeof verbs[0],
    .table = table,
    .n_rows = sizeof table / sizeof table[0],
};

static const char *page_in(enum language language)
{
	static char page[16384];
	const struct command *const commands[] = {&command};
	struct buffer out = {0};

	manual_write(&out, commands, 1, language);
	assert_true(buffer_ok(&out) && out.size < sizeof page);
	memcpy(page, out.data, out.size);
	page[out.size] = 0;
	buffer_free(&out);
	return page;
}

static void the_page_has_what_a_reader_of_manuals_looks_for(void **state)
{
	static const char *const titles[N_LANGUAGES][7] = {
	    {"TÊN", "MÔ TẢ", "MÃ THOÁT", "TỆP", "TÍN HIỆU", "BẢO VỆ", "VÍ DỤ"},
	    {"NAME", "DESCRIPTION", "EXIT STATUS", "FILES", "SIGNALS", "SECURITY",
	     "EXAMPLES"},
	};

	(void)state;
	for (enum language l = 0; l < N_LANGUAGES; l++) {
		const char *page = page_in(l);

		for (size_t i = 0; i < 7; i++) {
			char line[40];

			snprintf(line, sizeof line, "\n.SH %s\n", titles[l][i]);
			if (strstr(page, line) == NULL)
				fail_msg("no section %s", titles[l][i]);
		}
	}
}

static void options_come_from_the_table_and_are_no_requests(void **state)
{
	const char *page = page_in(LANGUAGE_EN);

	(void)state;
	assert_non_null(strstr(page, ".SS raquet sweep [\\-q]\n"));
	assert_non_null(
	    strstr(page, ".TP\n\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\nSay nothing.\n"));
	assert_non_null(
	    strstr(page, ".TP\n\\fB\\-\\-rules\\fR=\\fIFILE\\fR\n\\&.yar\n"));
	assert_null(strstr(page, "quiet\\fR\n\n"));
	assert_null(strstr(page, "\\-\\-old"));
}

static void verbs_are_explained_before_the_options(void **state)
{
	const char *page = page_in(LANGUAGE_EN);

	(void)state;
	assert_non_null(strstr(page, ".TP\n.B far\nGoes far.\n"
				     ".TP\n.B new\\-way\nA new way.\n"
				     ".TP\n\\fB\\-q\\fR"));
}

TEST_MAIN(cmocka_unit_test(the_page_has_what_a_reader_of_manuals_looks_for),
	  cmocka_unit_test(options_come_from_the_table_and_are_no_requests),
	  cmocka_unit_test(verbs_are_explained_before_the_options))
