#include "centre/http/query.h"

#include "bytes/test.h"

static void a_path_is_matched_as_it_is_written(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
		const char *first;
	} cases[] = {
	    {"/healthz", "/healthz", true, ""},
	    {"/healthz", "/healthz/", false, ""},
	    {"/healthz", "/health", false, ""},
	    {"/healthz", "//healthz", false, ""},
	    {"/u/{unit}", "/u/12", true, "12"},
	    {"/u/{unit}", "/u/", false, ""},
	    {"/u/{unit}", "/u/1/2", false, ""},
	    {"/u/{unit}", "/u/%31", false, ""},
	    {"/u/{unit}/codes", "/u/a.b/codes", true, "a.b"},
	    {"/u/{unit}/codes", "/u/a.b", false, ""},
	    {"/u/{unit}", "/u/a\xc3\xa0", false, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bytes parts[PATH_PARTS_MAX] = {{0}};
		bool matches =
		    path_match(cases[i].pattern, bytes_of(cases[i].path), parts);

		if (matches != cases[i].matches ||
		    (matches && !bytes_equal_text(parts[0], cases[i].first)))
			fail_msg("%s on %s", cases[i].pattern, cases[i].path);
	}
}

static void a_value_of_a_query_is_decoded(void **state)
{
	static const struct {
		const char *query;
		enum query found;
		const char *value;
	} cases[] = {
	    {"", QUERY_ABSENT, ""},
	    {"q", QUERY_FOUND, ""},
	    {"q=", QUERY_FOUND, ""},
	    {"qq=1&q=2", QUERY_FOUND, "2"},
	    {"q=a+b%26c", QUERY_FOUND, "a b&c"},
	    {"q=%C4%91=%3d", QUERY_FOUND, "\xc4\x91=="},
	    {"q=%C4", QUERY_BAD, ""},
	    {"q=%4", QUERY_BAD, ""},
	    {"q=%zz", QUERY_BAD, ""},
	    {"q=%00", QUERY_BAD, ""},
	    {"q=%0a", QUERY_BAD, ""},
	    {"q=1&q=2", QUERY_BAD, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer value = {0};
		enum query found = query_find(bytes_of(cases[i].query), "q", &value);

		if (found != cases[i].found ||
		    (found == QUERY_FOUND &&
		     !bytes_equal_text(buffer_bytes(&value), cases[i].value)))
			fail_msg("%s", cases[i].query);
		buffer_free(&value);
	}
}

static void a_cookie_is_found_by_its_whole_name(void **state)
{
	struct bytes value;

	(void)state;
	assert_true(cookie_find(bytes_of("xs=1; s=2; s=3"), "s", &value));
	assert_true(bytes_equal_text(value, "2"));
	assert_true(cookie_find(bytes_of("s=a=b"), "s", &value));
	assert_true(bytes_equal_text(value, "a=b"));
	assert_false(cookie_find(bytes_of("ss=1"), "s", &value));
	assert_false(cookie_find(bytes_of(""), "s", &value));
}

static void a_page_has_bounds(void **state)
{
	struct page page;
	int64_t number;

	(void)state;
	assert_true(page_read(bytes_of(""), &page));
	assert_int_equal(page.n, PAGE_DEFAULT);
	assert_true(page_read(bytes_of("limit=500&after=9223372036854775807"), &page));
	assert_int_equal(page.n, 500);
	assert_true(page.after == INT64_MAX);
	assert_false(page_read(bytes_of("limit=501"), &page));
	assert_false(page_read(bytes_of("limit=0"), &page));
	assert_false(page_read(bytes_of("after=-1"), &page));
	assert_false(page_read(bytes_of("after="), &page));
	assert_false(number_read(bytes_of("9223372036854775808"), &number));
	assert_false(number_read(bytes_of("01"), &number));
}

TEST_MAIN(cmocka_unit_test(a_path_is_matched_as_it_is_written),
	  cmocka_unit_test(a_value_of_a_query_is_decoded),
	  cmocka_unit_test(a_cookie_is_found_by_its_whole_name),
	  cmocka_unit_test(a_page_has_bounds))
