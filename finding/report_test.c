#include "bytes/test.h"

#include "finding/advice.h"
#include "finding/qr.h"
#include "finding/render.h"

#include <string.h>

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct summary swept = {
    .program_version = "0.1.0",
    .started_ms = 1608473100000,
    .ended_ms = 1608473220000,
    .n_seen = 400,
    .n_scanned = 400,
    .host_name = "UBND-XA-07",
    .content_date = "2020-12-20",
};

static struct finding_meta text_meta(const char *key, const char *text)
{
	return (struct finding_meta){
	    .key = bytes_of(key), .kind = FINDING_META_TEXT, .text = bytes_of(text)};
}

/* One finding in path, of severity; described when description is not NULL. */
static void add(struct result *result, const char *rule, const char *path,
		const char *severity, const char *description)
{
	struct finding_meta metas[] = {
	    text_meta("severity", severity),
	    text_meta("description", description != NULL ? description : "")};
	struct finding finding = {.path = bytes_of(path),
				  .rule = bytes_of(rule),
				  .metas = metas,
				  .n_metas = description != NULL ? 2 : 1};

	assert_int_equal(result_add_finding(result, &finding), RQ_OK);
}

static void add_unwanted(struct result *result, const char *path)
{
	const struct bytes tag = BYTES_LITERAL("unwanted");
	struct finding_meta meta = text_meta("severity", "critical");
	struct finding finding = {.path = bytes_of(path),
				  .rule = BYTES_LITERAL("Activator"),
				  .tags = &tag,
				  .n_tags = 1,
				  .metas = &meta,
				  .n_metas = 1};

	assert_int_equal(result_add_finding(result, &finding), RQ_OK);
}

static void add_scored(struct result *result, const char *path, int score)
{
	struct finding_meta meta = {
	    .key = BYTES_LITERAL("score"), .kind = FINDING_META_INT, .integer = score};
	struct finding finding = {.path = bytes_of(path),
				  .rule = BYTES_LITERAL("Weak"),
				  .metas = &meta,
				  .n_metas = 1};

	assert_int_equal(result_add_finding(result, &finding), RQ_OK);
}

static struct result *new_result(void)
{
	struct result *result;

	assert_int_equal(result_new(&result), RQ_OK);
	return result;
}

static void a_rule_with_many_files_is_one_group(void **state)
{
	struct result *result = new_result();

	(void)state;
	add(result, "A", "/2", "low", NULL);
	add(result, "B", "/3", "high", NULL);
	add(result, "A", "/1", "low", NULL);
	/* a list's entries share its name, not what they say */
	add(result, "A", "/0", "low", "another");
	add_unwanted(result, "/u");
	assert_int_equal(result_arrange(result), RQ_OK);
	assert_int_equal(result_n_groups(result), 4);
	assert_true(bytes_equal_text(result_group(result, 0)->example->rule, "B"));
	assert_int_equal(result_group(result, 1)->n_entries, 2);
	assert_true(bytes_equal_text(result_group(result, 1)->entries[0].path, "/1"));
	assert_int_equal(result_group(result, 2)->n_entries, 1);
	/* however bad it calls itself, it comes behind everything else */
	assert_int_equal(result_group(result, 3)->class_, FINDING_UNWANTED);
	result_free(result);
}

/* In text, on the page and on the sheet: behind what counts, under a name of its own. */
static void what_is_worth_a_look_has_a_place_of_its_own(void **state)
{
	void (*const renderings[])(
	    struct buffer *, const struct result *, const struct summary *,
	    const struct render_options *) = {render_text, render_html, render_sheet};
	struct render_options options = {.language = LANGUAGE_EN};
	struct result *result = new_result();
	struct summary summary = swept;

	(void)state;
	add_scored(result, "/a/weak", 20);
	add(result, "Strong", "/z/strong", "low", NULL);
	summary.n_found = summary.n_findings = 2;
	summary.n_look = summary.n_only_look = 1;
	assert_int_equal(result_arrange(result), RQ_OK);
	assert_int_equal(advice_now(result, &summary), WORD_DO_LOW);
	for (size_t i = 0; i < N_OF(renderings); i++) {
		struct buffer out = {0};
		const char *strong, *name, *weak;

		renderings[i](&out, result, &summary, &options);
		buffer_u8(&out, 0);
		assert_true(buffer_ok(&out));
		strong = strstr((char *)out.data, "/z/strong");
		assert_non_null(strong);
		name = strstr(strong, "Worth a look");
		assert_non_null(name);
		weak = strstr(name, "/a/weak");
		assert_non_null(weak);
		assert_non_null(
		    strstr((char *)out.data, "found: 1 objects; 1 thing worth a look"));
		buffer_free(&out);
	}
	result_free(result);
}

static void what_to_do_follows_verdict_and_worst(void **state)
{
	static const struct {
		const char *name, *severity;
		bool unwanted, look, stopped;
		uint64_t n_gaps;
		enum word want;
	} cases[] = {
	    {"critical", "critical", false, false, false, 0, WORD_DO_SEVERE},
	    {"high, and gaps", "high", true, false, false, 3, WORD_DO_SEVERE},
	    {"medium", "medium", false, false, false, 0, WORD_DO_MEDIUM},
	    {"low", "low", false, false, false, 0, WORD_DO_LOW},
	    {"low beside unwanted", "low", true, false, false, 0, WORD_DO_LOW},
	    {"only unwanted", NULL, true, false, false, 0, WORD_DO_UNWANTED},
	    {"unwanted and a look", NULL, true, true, false, 0, WORD_DO_UNWANTED},
	    {"only a look", NULL, false, true, false, 0, WORD_DO_LOOK},
	    {"a look, and gaps", NULL, false, true, false, 1, WORD_DO_UNKNOWN},
	    {"gaps", NULL, false, false, false, 1, WORD_DO_UNKNOWN},
	    {"stopped", NULL, false, false, true, 1, WORD_DO_STOPPED},
	    {"nothing", NULL, false, false, false, 0, WORD_DO_CLEAN},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct result *result = new_result();
		struct summary summary = swept;

		if (cases[i].severity != NULL)
			add(result, "R", "/1", cases[i].severity, NULL);
		if (cases[i].unwanted)
			add_unwanted(result, "/2");
		if (cases[i].look)
			add_scored(result, "/3", 20);
		summary.n_look = summary.n_only_look = cases[i].look;
		summary.n_found = summary.n_findings =
		    (cases[i].severity != NULL) + cases[i].unwanted + cases[i].look;
		summary.n_gaps[GAP_UNREADABLE] = cases[i].n_gaps;
		summary.stopped = cases[i].stopped;
		assert_int_equal(result_arrange(result), RQ_OK);
		if (advice_now(result, &summary) != cases[i].want)
			fail_msg("%s", cases[i].name);
		result_free(result);
	}
}

static void what_was_looked_for_with_old_content_is_not_over(void **state)
{
	static const struct {
		const char *date, *warning;
		enum word want;
	} cases[] = {
	    {"2020-12-20", NULL, WORD_DO_CLEAN},
	    {"2020-11-20", "<p class=\"warning\">Bộ luật đã cũ 30 ngày", WORD_DO_AGAIN},
	    {"2021-01-20", "<p class=\"warning\">Đồng hồ máy tính", WORD_DO_AGAIN},
	};
	const struct render_options options = {.language = LANGUAGE_VI};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct result *result = new_result();
		struct summary summary = swept;
		struct buffer out = {0};

		summary.content_date = cases[i].date;
		assert_int_equal(result_arrange(result), RQ_OK);
		assert_int_equal(advice_now(result, &summary), cases[i].want);
		render_sheet(&out, result, &summary, &options);
		buffer_u8(&out, '\0');
		assert_true(buffer_ok(&out));
		if (cases[i].warning == NULL)
			assert_null(strstr((const char *)out.data, "\"warning\""));
		else
			assert_non_null(
			    strstr((const char *)out.data, cases[i].warning));
		buffer_free(&out);
		result_free(result);
	}
}

static void texts_come_in_the_readers_language(void **state)
{
	struct finding_meta metas[] = {text_meta("advice", "plain"),
				       text_meta("advice_vi", "tiếng Việt")};
	struct finding finding = {.metas = metas, .n_metas = 2};

	(void)state;
	assert_true(bytes_equal_text(advice_meta(&finding, "advice", LANGUAGE_VI),
				     "tiếng Việt"));
	assert_true(
	    bytes_equal_text(advice_meta(&finding, "advice", LANGUAGE_EN), "plain"));
	assert_int_equal(advice_meta(&finding, "description", LANGUAGE_VI).n, 0);
}

static const char *text_of(struct buffer *b)
{
	buffer_u8(b, 0);
	assert_true(buffer_ok(b));
	return (const char *)b->data;
}

static void user_folders_are_named_once_each(void **state)
{
	static const char *const paths[] = {
	    "/home/an/a", "/home/an/b/c", "/home/file",
	    "/usr/bin/x", "/root/x",      "C:\\Users\\Bình\\Desktop\\x.exe"};
	struct result *result = new_result();
	struct buffer out = {0};

	(void)state;
	for (size_t i = 0; i < N_OF(paths); i++)
		add(result, "R", paths[i], "low", NULL);
	assert_int_equal(result_arrange(result), RQ_OK);
	advice_user_folders(&out, result);
	assert_string_equal(text_of(&out), "/home/an, /root, C:\\Users\\Bình");
	buffer_free(&out);
	result_free(result);
}

static void what_is_cut_says_so(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
		const char *middle, *end;
	} cases[] = {
	    {"abc", 3, "abc", "abc"},
	    {"abcdef", 5, "ab…ef", "abcd…"},
	    {"đãậộ", 3, "đ…ộ", "đã…"},
	    {"\xff"
	     "bcdefg",
	     6, "\\x…efg", "\\xffb…"},
	    {"", 4, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct buffer middle = {0}, end = {0};

		advice_cut_middle(&middle, bytes_of(cases[i].text), cases[i].columns);
		advice_cut_end(&end, bytes_of(cases[i].text), cases[i].columns);
		assert_string_equal(text_of(&middle), cases[i].middle);
		assert_string_equal(text_of(&end), cases[i].end);
		buffer_free(&middle);
		buffer_free(&end);
	}
}

static void the_code_holds_the_verdict_and_no_markup(void **state)
{
	struct summary summary = swept;
	struct buffer out = {0};

	(void)state;
	summary.host_name = "PC<1> \xc4\x91";
	summary.sweep_id = "2020-31";
	summary.unit = "H31.07\"";
	summary.n_gaps[GAP_UNREADABLE] = 2;
	qr_text(&out, &summary);
	assert_string_equal(text_of(&out),
			    "RAQUET1 verdict=unknown unit=H31.07? host=PC?1???? "
			    "date=2020-12-20T14:07:00Z content=000000000000 "
			    "version=2020-12-20 objects=0 "
			    "findings=0 gaps=2 seen=400 scanned=400 sweep=2020-31");
	buffer_free(&out);
}

static size_t count(const char *in, const char *what)
{
	size_t n = 0;

	for (const char *at = in; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void a_page_says_result_advice_person_place_in_this_order(void **state)
{
	static const char *const contacts[] = {"Lê Văn Tý <0900>"};
	static const char *const order[] = {
	    "có phát hiện: 1 đối tượng",
	    "Rút dây mạng",
	    "Lê Văn Tý &lt;0900&gt;",
	    "UBND-XA-07</strong>",
	    "/home/an",
	    "rất cao",
	    "Tệp lạ",
	    "400 tệp",
	    "class=\"details\"",
	};
	struct render_options options = {
	    .language = LANGUAGE_VI, .contacts = contacts, .n_contacts = 1};
	struct result *result = new_result();
	struct summary summary = swept;
	struct buffer out = {0};
	const char *at;

	(void)state;
	add(result, "R", "/home/an/x", "critical", "Tệp lạ");
	summary.n_found = summary.n_findings = 1;
	assert_int_equal(result_arrange(result), RQ_OK);
	render_html(&out, result, &summary, &options);
	at = strstr(text_of(&out), "<body>");
	assert_non_null(at);
	for (size_t i = 0; at != NULL && i < N_OF(order); i++) {
		at = strstr(at, order[i]);
		if (at == NULL)
			fail_msg("\"%s\" is not in its place", order[i]);
	}
	buffer_free(&out);
	result_free(result);
}

/* The officer who calls must say why; the reasons stand before the details. */
static void the_first_page_names_the_reasons_of_an_answer_that_is_not_known(
    void **state)
{
	static const char *const order[] = {
	    "chưa rõ: ",
	    "<li>không liệt kê được thư mục: 7</li>",
	    "<li>không đủ quyền đọc: 2</li>",
	    "class=\"details\"",
	};
	struct render_options options = {.language = LANGUAGE_VI};
	struct result *result = new_result();
	struct summary summary = swept;
	struct buffer out = {0};
	const char *at;

	(void)state;
	summary.n_gaps[GAP_UNREADABLE] = 5;
	summary.n_tolerated[GAP_UNREADABLE] = 3;
	summary.n_gaps[GAP_LISTING] = 7;
	summary.n_gaps[GAP_VANISHED] = summary.n_tolerated[GAP_VANISHED] = 9;
	assert_int_equal(result_arrange(result), RQ_OK);
	render_html(&out, result, &summary, &options);
	at = strstr(text_of(&out), "<body>");
	for (size_t i = 0; i < N_OF(order); i++) {
		at = strstr(at, order[i]);
		if (at == NULL)
			fail_msg("\"%s\" is not in its place", order[i]);
	}
	buffer_clear(&out);
	summary.n_findings = summary.n_found = 1;
	render_html(&out, result, &summary, &options);
	assert_null(strstr(text_of(&out), "<li>không liệt kê được thư mục: 7</li>"));
	buffer_free(&out);
	result_free(result);
}

static void text_and_page_say_what_the_scope_means_and_what_it_leaves_out(void **state)
{
	static const char *const quick[] = {"--quick"};
	static const char *const said[] = {
	    "rà quét nhanh",
	    "Chương trình đang chạy, nơi nhận tệp.",
	    "Không thuộc phạm vi lần rà quét này: các tệp ở nơi khác trên máy",
	};
	struct render_options options = {.language = LANGUAGE_VI};
	struct result *result = new_result();
	struct summary summary = swept;
	struct buffer text = {0}, page = {0};

	(void)state;
	summary.scope = quick;
	summary.n_scope = 1;
	summary.required_name = summary.required_title = said[0];
	summary.required_description = said[1];
	assert_int_equal(result_arrange(result), RQ_OK);
	render_text(&text, result, &summary, &options);
	render_html(&page, result, &summary, &options);
	for (size_t i = 0; i < N_OF(said); i++)
		if (strstr(text_of(&text), said[i]) == NULL ||
		    strstr(text_of(&page), said[i]) == NULL)
			fail_msg("not said: %s", said[i]);
	buffer_free(&text);
	buffer_free(&page);
	result_free(result);
}

static void the_first_page_holds_ten_and_a_group_shows_twenty(void **state)
{
	struct render_options options = {.language = LANGUAGE_EN};
	struct result *result = new_result();
	struct summary summary = swept;
	struct buffer out = {0};
	char rule[16], path[16];
	const char *html, *details;

	(void)state;
	for (int i = 0; i < 12; i++) {
		snprintf(rule, sizeof rule, "R%02d", i);
		add(result, rule, "/x", "low", NULL);
	}
	for (int i = 0; i < 31; i++) {
		snprintf(path, sizeof path, "/many/%02d", i);
		add(result, "Many", path, "high", NULL);
	}
	summary.n_found = summary.n_findings = 43;
	assert_int_equal(result_arrange(result), RQ_OK);
	render_html(&out, result, &summary, &options);
	html = text_of(&out);
	details = strstr(html, "class=\"details\"");
	assert_non_null(details);
	assert_int_equal(count(html, "<li>") - count(details, "<li>"), 10 + 1);
	assert_non_null(strstr(html, "/many/00 + 30 more"));
	assert_non_null(strstr(html, "+ 3 more kinds"));
	assert_non_null(strstr(html, "(write the IT officer's name and number)"));
	/* none is missing: those behind the twentieth unfold */
	assert_int_equal(count(details, "<code>/many/"), 31);
	assert_int_equal(count(strstr(details, "<details>"), "<code>/many/"), 11);
	assert_non_null(strstr(details, "<summary>and more: 11</summary>"));
	buffer_free(&out);
	result_free(result);
}

static void a_sheet_names_the_evidence_and_is_filled_in_by_hand(void **state)
{
	static const char *const holds[] = {
	    "UBND-XA-07</strong>",
	    "/home/an/x",
	    "(Rule_A)",
	    "SHA-256 <code class=\"hex\">ab000000000000000000",
	    "file modified 20/12/2020 14:05",
	    "Screen and machine photographed",
	    "Swept again after treatment",
	    "Taken by (technician)",
	    "+ 4 more kinds",
	};
	struct render_options options = {.language = LANGUAGE_EN};
	struct finding_meta severity = text_meta("severity", "critical");
	struct finding finding = {.path = BYTES_LITERAL("/home/an/x"),
				  .rule = BYTES_LITERAL("Rule_A"),
				  .metas = &severity,
				  .n_metas = 1,
				  .modified_ms = 1608473100000,
				  .sha256 = {0xab},
				  .has_sha256 = true};
	struct finding_meta described[] = {severity, text_meta("description", "What")};
	struct result *result = new_result();
	struct summary summary = swept;
	struct buffer out = {0};
	char rule[8];
	const char *html;

	(void)state;
	finding.metas = described;
	finding.n_metas = 2;
	assert_int_equal(result_add_finding(result, &finding), RQ_OK);
	for (int i = 0; i < 8; i++) {
		snprintf(rule, sizeof rule, "R%d", i);
		add(result, rule, "/x", "low", NULL);
	}
	summary.n_found = summary.n_findings = 9;
	assert_int_equal(result_arrange(result), RQ_OK);
	render_sheet(&out, result, &summary, &options);
	html = text_of(&out);
	for (size_t i = 0; i < N_OF(holds); i++)
		if (strstr(html, holds[i]) == NULL)
			fail_msg("the sheet lacks %s", holds[i]);
	buffer_free(&out);
	result_free(result);
}

TEST_MAIN(
    cmocka_unit_test(text_and_page_say_what_the_scope_means_and_what_it_leaves_out),

    cmocka_unit_test(the_first_page_names_the_reasons_of_an_answer_that_is_not_known),
    cmocka_unit_test(a_sheet_names_the_evidence_and_is_filled_in_by_hand),
    cmocka_unit_test(a_rule_with_many_files_is_one_group),
    cmocka_unit_test(what_is_worth_a_look_has_a_place_of_its_own),
    cmocka_unit_test(what_to_do_follows_verdict_and_worst),
    cmocka_unit_test(what_was_looked_for_with_old_content_is_not_over),
    cmocka_unit_test(texts_come_in_the_readers_language),
    cmocka_unit_test(user_folders_are_named_once_each),
    cmocka_unit_test(what_is_cut_says_so),
    cmocka_unit_test(the_code_holds_the_verdict_and_no_markup),
    cmocka_unit_test(a_page_says_result_advice_person_place_in_this_order),
    cmocka_unit_test(the_first_page_holds_ten_and_a_group_shows_twenty))
