#include "bytes/test.h"

#include "bytes/cap.h"
#include "endpoint/asset_list.h"

#include <string.h>

#define HEAD "unit,tag,name,serial,address\n"

static enum rq_err answer(const char *text, size_t *line)
{
	struct arena *arena = NULL;
	struct asset_list list;
	enum rq_err err;

	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	err = asset_list_read(bytes_of(text), arena, &list, line);
	arena_free(arena);
	return err;
}

static void a_list_is_read(void **state)
{
	static const char text[] =
	    "\xef\xbb\xbf" HEAD "H31.07,PC-117,may-01,S1;B7,02-00-00-00-00-01\r\n"
	    "\n\"Xã \"\"An, Phú\"\"\",PC-118,,,";
	struct arena *arena = NULL;
	struct asset_list list;
	size_t line;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(asset_list_read(bytes_of(text), arena, &list, &line), RQ_OK);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.items[0].unit, "H31.07");
	assert_string_equal(list.items[0].serials, "S1;B7");
	assert_string_equal(list.items[1].unit, "Xã \"An, Phú\"");
	assert_string_equal(list.items[1].tag, "PC-118");
	assert_string_equal(list.items[1].addresses, "");
	arena_free(arena);
}

static void a_broken_line_is_named(void **state)
{
	static const struct {
		const char *name, *text;
		size_t line;
	} cases[] = {
	    {"nothing", "", 1},
	    {"no head", "a,b,c,d,e\n", 1},
	    {"head of another order", "tag,unit,name,serial,address\n", 1},
	    {"a field too few", HEAD "a,b,c,d\n", 2},
	    {"a field too many", HEAD "a,b,c,d,e,f\n", 2},
	    {"no tag", HEAD "a,b,c,d,e\na,,c,d,e\n", 3},
	    {"quote inside", HEAD "a,b\"c,c,d,e\n", 2},
	    {"text behind a quote", HEAD "a,\"b\"c,c,d,e\n", 2},
	    {"quote left open", HEAD "a,\"b,c,d,e\n", 2},
	    {"a CR alone", HEAD "a,b,c,d,e\ra,b,c,d,e\n", 2},
	    {"an escape", HEAD "a,b\033[2J,c,d,e\n", 2},
	    {"no UTF-8", HEAD "a,b\xff,c,d,e\n", 2},
	};
	char large[CAP_ASSET_FIELD + 64] = HEAD "a,";
	size_t line;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (answer(cases[i].text, &line) != RQ_ERR_FORMAT)
			fail_msg("accepted: %s", cases[i].name);
		if (line != cases[i].line)
			fail_msg("%s: line %zu", cases[i].name, line);
	}
	memset(large + strlen(HEAD "a,"), 'x', CAP_ASSET_FIELD + 1);
	strcat(large, ",,,");
	assert_int_equal(answer(large, &line), RQ_ERR_FORMAT);
	memmove(large + strlen(HEAD "a,"), large + strlen(HEAD "a,") + 1,
		CAP_ASSET_FIELD + 4);
	assert_int_equal(answer(large, &line), RQ_OK);
}

static void what_fits_best_comes_first(void **state)
{
	static const char text[] = HEAD "u,other,may-09,X,\n"
					"u,by-name,MAY-01,X,\n"
					"u,by-nothing-said,,Default string,\n"
					"u,by-serial,,X; s1,\n"
					"u,by-address,,,02-00-00-00-00-0A;x\n"
					"u,by-two,may-01,S1,\n";
	static const char *const wanted[] = {"by-two",  "by-serial", "by-address",
					     "by-name", "other",     "by-nothing-said"};
	const struct machine machine = {.name = "may-01",
					.serial = "S1",
					.board_serial = "Default string",
					.addresses = {"02:00:00:00:00:0a"},
					.n_addresses = 1};
	struct asset_guess *guesses;
	struct arena *arena = NULL;
	struct asset_list list;
	size_t line;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(asset_list_read(bytes_of(text), arena, &list, &line), RQ_OK);
	assert_int_equal(asset_list_rank(&list, &machine, arena, &guesses), RQ_OK);
	for (size_t i = 0; i < list.n; i++)
		assert_string_equal(guesses[i].asset->tag, wanted[i]);
	assert_int_equal(guesses[0].fits, ASSET_FITS_NAME | ASSET_FITS_SERIAL);
	assert_int_equal(guesses[5].fits, 0);
	assert_true(asset_mentions(guesses[0].asset, "MAY"));
	assert_true(asset_mentions(guesses[0].asset, "y-tw"));
	assert_false(asset_mentions(guesses[0].asset, "may-012"));
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(a_list_is_read), cmocka_unit_test(a_broken_line_is_named),
	  cmocka_unit_test(what_fits_best_comes_first))
