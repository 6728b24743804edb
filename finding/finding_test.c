#include "bytes/test.h"

#include "finding/gap.h"
#include "finding/jsonl.h"
#include "finding/render.h"

#include <jansson.h>
#include <string.h>

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct summary empty = {
    .program_version = "0.1.0", .started_ms = 1608473100000, .ended_ms = 1608473220000};

static void the_verdict_is_the_worst_that_is_true(void **state)
{
	struct summary found = empty, gap = empty, refused = empty, stopped = empty,
		       unread = empty, clean = empty;

	(void)state;
	found.n_findings = found.n_found = 1;
	found.n_gaps[GAP_TIMEOUT] = 1;
	gap.n_seen = 2;
	gap.n_scanned = 1;
	gap.n_gaps[GAP_UNREADABLE] = 1;
	refused.n_seen = refused.n_scanned = 1;
	refused.n_rules_refused = 1;
	stopped.n_seen = stopped.n_scanned = 1;
	stopped.stopped = true;
	unread.n_seen = 1;
	clean.n_seen = clean.n_scanned = 5;
	assert_int_equal(summary_verdict(&found), VERDICT_FOUND);
	assert_int_equal(summary_verdict(&gap), VERDICT_UNKNOWN);
	assert_int_equal(summary_verdict(&refused), VERDICT_UNKNOWN);
	assert_int_equal(summary_verdict(&stopped), VERDICT_UNKNOWN);
	assert_int_equal(summary_verdict(&unread), VERDICT_UNKNOWN);
	assert_int_equal(summary_verdict(&clean), VERDICT_CLEAN);
	assert_int_equal(summary_verdict(&empty), VERDICT_CLEAN);
}

static void a_low_score_is_worth_a_look_and_never_hides_another(void **state)
{
	static const struct {
		const char *name;
		uint64_t n_findings, n_look, n_found, n_only_look, n_gaps;
		enum verdict want;
		const char *en, *vi;
	} cases[] = {
	    {"only such", 2, 2, 2, 2, 0, VERDICT_CLEAN,
	     "nothing found (scope ; rule set given by the user); 2 things worth a "
	     "look",
	     "không phát hiện (phạm vi , bộ luật do người dùng chọn); 2 mục cần xem "
	     "thêm"},
	    {"one, and gaps", 1, 1, 1, 1, 3, VERDICT_UNKNOWN,
	     "not known: nothing found in what was examined; gaps: 3; "
	     "1 thing worth a look",
	     "chưa rõ: không phát hiện trong phần đã kiểm tra; số mục chưa kiểm tra "
	     "được: 3; 1 mục cần xem thêm"},
	    {"beside another", 3, 2, 2, 1, 0, VERDICT_FOUND,
	     "found: 1 objects; 2 things worth a look",
	     "có phát hiện: 1 đối tượng; 2 mục cần xem thêm"},
	    {"in the same object", 2, 1, 1, 0, 0, VERDICT_FOUND,
	     "found: 1 objects; 1 thing worth a look",
	     "có phát hiện: 1 đối tượng; 1 mục cần xem thêm"},
	    {"counts that do not agree", 2, 2, 1, 0, 0, VERDICT_FOUND,
	     "found: 1 objects; 2 things worth a look",
	     "có phát hiện: 1 đối tượng; 2 mục cần xem thêm"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct summary summary = empty;
		const char *wants[] = {cases[i].vi, cases[i].en};

		summary.n_seen = 9;
		summary.n_scanned = 9 - cases[i].n_gaps;
		summary.n_findings = cases[i].n_findings;
		summary.n_look = cases[i].n_look;
		summary.n_found = cases[i].n_found;
		summary.n_only_look = cases[i].n_only_look;
		summary.n_gaps[GAP_UNREADABLE] = cases[i].n_gaps;
		if (summary_verdict(&summary) != cases[i].want)
			fail_msg("%s", cases[i].name);
		for (int language = 0; language < N_LANGUAGES; language++) {
			struct buffer said = {0};

			render_verdict_sentence(&said, &summary,
						(enum language)language);
			buffer_u8(&said, 0);
			assert_true(buffer_ok(&said));
			assert_string_equal((char *)said.data, wants[language]);
			buffer_free(&said);
		}
	}
}

/* Score by score, up to two of them; a severity; a tag. */
static void the_class_of_a_finding_follows_its_score(void **state)
{
	static const struct {
		const char *name;
		int n_scores, scores[2];
		const char *severity;
		bool is_unwanted;
		enum finding_class want;
	} cases[] = {
	    {"no score", 0, {0}, NULL, false, FINDING_COUNTS},
	    {"20", 1, {20}, NULL, false, FINDING_LOOK},
	    {"39", 1, {39}, NULL, false, FINDING_LOOK},
	    {"40", 1, {40}, NULL, false, FINDING_COUNTS},
	    {"below nothing", 1, {-5}, NULL, false, FINDING_LOOK},
	    {"20 and 80", 2, {20, 80}, NULL, false, FINDING_COUNTS},
	    {"20, called low", 1, {20}, "low", false, FINDING_LOOK},
	    {"20, called critical", 1, {20}, "critical", false, FINDING_COUNTS},
	    {"unwanted", 0, {0}, NULL, true, FINDING_UNWANTED},
	    {"unwanted, 60", 1, {60}, NULL, true, FINDING_UNWANTED},
	    {"unwanted, 20", 1, {20}, NULL, true, FINDING_LOOK},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct bytes tag = BYTES_LITERAL("unwanted");
		struct finding_meta metas[3] = {0};
		struct finding finding = {
		    .metas = metas, .tags = &tag, .n_tags = cases[i].is_unwanted};

		for (int k = 0; k < cases[i].n_scores; k++)
			metas[finding.n_metas++] =
			    (struct finding_meta){.key = BYTES_LITERAL("score"),
						  .kind = FINDING_META_INT,
						  .integer = cases[i].scores[k]};
		if (cases[i].severity != NULL)
			metas[finding.n_metas++] =
			    (struct finding_meta){.key = BYTES_LITERAL("severity"),
						  .kind = FINDING_META_TEXT,
						  .text = bytes_of(cases[i].severity)};
		if (finding_class(&finding) != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
}

static void memory_of_processes_is_told_when_it_was_asked_for(void **state)
{
	static const char *const everything[] = {"--all"};
	struct summary with = empty, none_read = empty;
	struct buffer out = {0};

	(void)state;
	with.has_processes = none_read.has_processes = true;
	with.n_processes_seen = with.n_processes_scanned = 7;
	with.process_bytes = 3 << 20;
	none_read.n_processes_seen = 7;
	assert_int_equal(summary_verdict(&with), VERDICT_CLEAN);
	assert_int_equal(summary_verdict(&none_read), VERDICT_UNKNOWN);
	render_coverage(&out, &with, LANGUAGE_EN);
	jsonl_summary(&out, &with);
	buffer_u8(&out, 0);
	assert_true(buffer_ok(&out));
	assert_non_null(strstr((char *)out.data,
			       "memory of processes: seen 7 processes, examined 7 "
			       "(3.0 MB)"));
	assert_non_null(strstr((char *)out.data,
			       "\"processes_seen\":7,\"processes_scanned\":7,"
			       "\"process_bytes\":3145728,"));
	buffer_clear(&out);
	render_not_examined(&out, &with, LANGUAGE_EN);
	buffer_u8(&out, 0);
	assert_string_equal((char *)out.data,
			    "Not part of this sweep: files elsewhere on this machine, "
			    "contents of archives, digital signatures.");
	buffer_clear(&out);
	with.scope = everything;
	with.n_scope = 1;
	with.has_processes = false;
	render_not_examined(&out, &with, LANGUAGE_EN);
	buffer_u8(&out, 0);
	assert_string_equal((char *)out.data,
			    "Not part of this sweep: memory of processes, contents of "
			    "archives, digital signatures.");
	with.has_processes = true;
	buffer_clear(&out);
	render_coverage(&out, &empty, LANGUAGE_EN);
	jsonl_summary(&out, &empty);
	buffer_u8(&out, 0);
	assert_null(strstr((char *)out.data, "process"));
	buffer_free(&out);
}

static void every_reason_has_a_name_and_two_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_GAP_REASONS; i++) {
		assert_non_null(gap_name((enum gap_reason)i));
		for (size_t k = 0; k < N_LANGUAGES; k++)
			assert_non_null(
			    gap_sentence((enum language)k, (enum gap_reason)i));
	}
	for (size_t i = 0; i < N_WORDS; i++)
		for (size_t k = 0; k < N_LANGUAGES; k++)
			assert_non_null(word((enum language)k, (enum word)i));
	assert_string_equal(gap_name(GAP_WORKER_DIED), "worker-died");
}

static void what_is_told_of_a_process_has_a_name(void **state)
{
	static const char *const rows[][3] = {
	    {"reason", "Lý do", "Reason"},
	    {"program", "Chương trình", "Program"},
	    {"command_line", "Dòng lệnh", "Command line"},
	    {"parent", "Tiến trình cha", "Parent"},
	    {"connection", "Kết nối", "Connection"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct finding_meta meta = {.key = bytes_of(rows[i][0]),
						  .kind = FINDING_META_TEXT,
						  .text = BYTES_LITERAL("x")};

		assert_string_equal(render_label(&meta, LANGUAGE_VI), rows[i][1]);
		assert_string_equal(render_label(&meta, LANGUAGE_EN), rows[i][2]);
	}
}

static const char *text_of(struct buffer *b)
{
	buffer_u8(b, 0);
	assert_true(buffer_ok(b));
	return (const char *)b->data;
}

#define WRITES(call, want)                                                             \
	do {                                                                           \
		struct buffer out = {0};                                               \
		call;                                                                  \
		assert_string_equal(text_of(&out), want);                              \
		buffer_free(&out);                                                     \
	} while (0)

static void numbers_and_dates(void **state)
{
	(void)state;
	WRITES(write_count(&out, LANGUAGE_VI, 0), "0");
	WRITES(write_count(&out, LANGUAGE_VI, 1234567), "1.234.567");
	WRITES(write_count(&out, LANGUAGE_EN, 1234567), "1,234,567");
	WRITES(write_decimal(&out, LANGUAGE_VI, 1234.5, 1), "1.234,5");
	WRITES(write_decimal(&out, LANGUAGE_EN, 1234.5, 1), "1,234.5");
	WRITES(write_decimal(&out, LANGUAGE_EN, 0.999, 1), "1.0");
	WRITES(write_size(&out, LANGUAGE_VI, 1023), "1.023 B");
	WRITES(write_size(&out, LANGUAGE_VI, 1536), "1,5 KB");
	WRITES(write_percent(&out, LANGUAGE_VI, 999999, 1000000), "99,9 %");
	WRITES(write_percent(&out, LANGUAGE_EN, 1, 1000000), "0.1 %");
	WRITES(write_percent(&out, LANGUAGE_EN, 5, 5), "100 %");
	WRITES(write_duration(&out, LANGUAGE_VI, 7384), "2 giờ 03 phút");
	WRITES(write_duration(&out, LANGUAGE_EN, 0.84), "0.8 s");
	WRITES(write_time(&out, 1608473100000, 420), "20/12/2020 21:05");
	WRITES(write_time(&out, 951782400000, 0), "29/02/2000 00:00");
	WRITES(write_time(&out, 0, -60), "31/12/1969 23:00");
	WRITES(write_time_iso(&out, 1608473109000), "2020-12-20T14:05:09Z");
	WRITES(write_iso_date(&out, "2020-12-20"), "20/12/2020");
	WRITES(write_iso_date(&out, "\x1b[2J"), "\\x1b[2J");
}

static void severity_comes_from_the_rule(void **state)
{
	struct finding_meta named = {.key = BYTES_LITERAL("severity"),
				     .kind = FINDING_META_TEXT,
				     .text = BYTES_LITERAL("critical")};
	struct finding_meta scored = {
	    .key = BYTES_LITERAL("score"), .kind = FINDING_META_INT, .integer = 80};
	struct finding finding = {.metas = &named, .n_metas = 1};

	(void)state;
	assert_int_equal(finding_severity(&finding), SEVERITY_CRITICAL);
	finding.metas = &scored;
	assert_int_equal(finding_severity(&finding), SEVERITY_HIGH);
	scored.integer = 59;
	assert_int_equal(finding_severity(&finding), SEVERITY_LOW);
	finding.n_metas = 0;
	assert_int_equal(finding_severity(&finding), SEVERITY_MEDIUM);
}

static const struct bytes tags[] = {BYTES_LITERAL("office"), BYTES_LITERAL("macro")};
static const struct finding_meta metas[] = {
    {BYTES_LITERAL("description"), FINDING_META_TEXT, BYTES_LITERAL("\"Tự chạy\" <b>"),
     0},
    {BYTES_LITERAL("weight"), FINDING_META_INT, {NULL, 0}, -80},
    {BYTES_LITERAL("shared"), FINDING_META_BOOL, {NULL, 0}, 1},
    {BYTES_LITERAL("score"), FINDING_META_INT, {NULL, 0}, 40},
};
static const struct finding_string strings[] = {
    {BYTES_LITERAL("$a"), 1234, 12, 0},
    {BYTES_LITERAL("$x"), 0, 3, 0x41},
};
static const struct bytes inner[] = {BYTES_LITERAL("word/vba.bin")};

static const struct finding macro = {
    .kind = FINDING_RULE,
    .path = BYTES_LITERAL("/home/\xff"
			  "an\n.docm"),
    .chain = inner,
    .n_chain = 1,
    .rule = BYTES_LITERAL("Macro"),
    .name_space = BYTES_LITERAL("default"),
    .tags = tags,
    .n_tags = 2,
    .metas = metas,
    .n_metas = 4,
    .strings = strings,
    .n_strings = 2,
    .size = 99,
};

/* The bytes of a written line as the value another parser sees. */
static json_t *parsed(struct buffer *line)
{
	json_t *json;

	assert_true(buffer_ok(line));
	assert_int_equal(line->data[line->size - 1], '\n');
	for (size_t i = 0; i + 1 < line->size; i++)
		assert_true(line->data[i] >= 0x20 && line->data[i] != 0x7f);
	json = json_loadb((const char *)line->data, line->size, JSON_REJECT_DUPLICATES,
			  NULL);
	assert_non_null(json);
	return json;
}

static const char *string_at(json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

static void a_match_is_one_line_of_json(void **state)
{
	struct buffer line = {0};
	json_t *json, *meta, *string;

	(void)state;
	jsonl_match(&line, &macro, true);
	json = parsed(&line);
	assert_string_equal(string_at(json, "event"), "match");
	assert_string_equal(string_at(json, "kind"), "rule");
	assert_string_equal(string_at(json, "path"),
			    "/home/\\xffan\n.docm!word/vba.bin");
	assert_string_equal(string_at(json, "path_b64"),
			    "L2hvbWUv/2FuCi5kb2NtIXdvcmQvdmJhLmJpbg==");
	assert_string_equal(string_at(json, "namespace"), "default");
	assert_int_equal(json_array_size(json_object_get(json, "chain")), 1);
	assert_int_equal(json_array_size(json_object_get(json, "tags")), 2);
	meta = json_object_get(json, "meta");
	assert_int_equal(json_array_size(meta), 4);
	assert_string_equal(
	    json_string_value(json_array_get(json_array_get(meta, 0), 1)),
	    "\"Tự chạy\" <b>");
	assert_int_equal(json_integer_value(json_array_get(json_array_get(meta, 1), 1)),
			 -80);
	assert_true(json_is_true(json_array_get(json_array_get(meta, 2), 1)));
	string = json_array_get(json_object_get(json, "strings"), 1);
	assert_string_equal(string_at(string, "id"), "$x");
	assert_int_equal(json_integer_value(json_object_get(string, "xor")), 0x41);
	json_decref(json);
	buffer_clear(&line);

	jsonl_match(&line, &macro, false);
	json = parsed(&line);
	assert_null(json_object_get(json, "strings"));
	json_decref(json);
	buffer_free(&line);
}

static const char *const scope[] = {"/home", "\x1b]0;x"};

static struct summary a_summary(void)
{
	struct summary summary = empty;

	summary.n_seen = 1234;
	summary.n_scanned = 1222;
	summary.bytes_seen = summary.bytes_scanned = 1536;
	summary.n_found = summary.n_findings = 1;
	summary.n_gaps[GAP_UNREADABLE] = 12;
	summary.n_rules = 18;
	summary.content_name = "raquet-base";
	summary.content_date = "2020-12-20";
	summary.host_name = "pc-01";
	summary.scope = scope;
	summary.n_scope = 2;
	summary.confinement = "seccomp";
	summary.seconds = 120;
	return summary;
}

static void gap_and_summary_are_lines_of_json(void **state)
{
	const struct gap gap = {.path = BYTES_LITERAL("/root/x"),
				.reason = GAP_UNREADABLE,
				.detail = "Permission denied"};
	struct summary summary = a_summary();
	struct buffer line = {0};
	json_t *json;

	(void)state;
	jsonl_gap(&line, &gap);
	json = parsed(&line);
	assert_string_equal(string_at(json, "event"), "gap");
	assert_string_equal(string_at(json, "reason"), "unreadable");
	assert_null(json_object_get(json, "path_b64"));
	json_decref(json);
	buffer_clear(&line);

	jsonl_summary(&line, &summary);
	json = parsed(&line);
	assert_string_equal(string_at(json, "verdict"), "found");
	assert_int_equal(json_integer_value(json_object_get(json, "files_seen")), 1234);
	assert_int_equal(json_integer_value(json_object_get(
			     json_object_get(json, "skipped"), "unreadable")),
			 12);
	assert_string_equal(string_at(json_object_get(json, "content"), "date"),
			    "2020-12-20");
	assert_string_equal(string_at(json, "started"), "2020-12-20T14:05:00Z");
	json_decref(json);
	buffer_free(&line);
}

static struct result *a_result(void)
{
	struct finding high = macro;
	struct finding_meta score = {
	    .key = BYTES_LITERAL("score"), .kind = FINDING_META_INT, .integer = 90};
	struct gap gap = {.path = BYTES_LITERAL("/root/b\x1b[31m"),
			  .reason = GAP_UNREADABLE};
	struct result *result;

	assert_int_equal(result_new(&result), RQ_OK);
	assert_int_equal(result_add_finding(result, &macro), RQ_OK);
	high.path = BYTES_LITERAL("/z");
	high.n_chain = 0;
	high.metas = &score;
	high.n_metas = 1;
	assert_int_equal(result_add_finding(result, &high), RQ_OK);
	assert_int_equal(result_add_finding(result, &macro), RQ_OK);
	assert_int_equal(result_add_gap(result, &gap), RQ_OK);
	gap.path = BYTES_LITERAL("/root/a");
	assert_int_equal(result_add_gap(result, &gap), RQ_OK);
	assert_int_equal(result_arrange(result), RQ_OK);
	return result;
}

static void a_result_is_grouped_by_object_worst_first(void **state)
{
	struct result *result = a_result();
	size_t n;

	(void)state;
	assert_int_equal(result_n_objects(result), 2);
	assert_true(bytes_equal_text(result_object(result, 0)->path, "/z"));
	assert_int_equal(result_object(result, 0)->worst, SEVERITY_HIGH);
	assert_int_equal(result_object(result, 1)->n_findings, 2);
	assert_true(bytes_equal_text(result_gaps(result, GAP_UNREADABLE, &n)[0].path,
				     "/root/a"));
	assert_int_equal(n, 2);
	result_free(result);
}

static void text_says_the_verdict_first_and_nothing_raw(void **state)
{
	struct result *result = a_result();
	struct summary summary = a_summary();
	struct render_options options = {
	    .language = LANGUAGE_VI, .strings = true, .utc_offset_minutes = 420};
	struct buffer out = {0};

	(void)state;
	render_text(&out, result, &summary, &options);
	assert_string_equal(
	    text_of(&out),
	    "có phát hiện: 1 đối tượng; số mục chưa kiểm tra được: 12\n"
	    "\n"
	    "Việc cần làm ngay\n"
	    "  Rút dây mạng hoặc tắt Wi-Fi, cứ để máy bật, không mở và không xóa các "
	    "tệp "
	    "nêu\n"
	    "  dưới đây, rồi gọi ngay cho người có tên dưới đây.\n"
	    "\n"
	    "Gọi cho             (ghi họ tên, số điện thoại cán bộ CNTT)\n"
	    "Máy tính            pc-01\n"
	    "Mức độ              cao\n"
	    "Thời gian           20/12/2020 21:05 – 20/12/2020 21:07 (2 phút 00 giây)\n"
	    "\n"
	    "Phát hiện\n"
	    "  [cao] Macro\n"
	    "      /z\n"
	    "        $a tại 1.234, dài 12\n"
	    "        $x tại 0, dài 3\n"
	    "  [thấp] \"Tự chạy\" <b> (Macro)\n"
	    "      /home/\\xffan\\n.docm!word/vba.bin\n"
	    "        $a tại 1.234, dài 12\n"
	    "        $x tại 0, dài 3\n"
	    "      /home/\\xffan\\n.docm!word/vba.bin\n"
	    "        $a tại 1.234, dài 12\n"
	    "        $x tại 0, dài 3\n"
	    "\n"
	    "Phần chưa kiểm tra được\n"
	    "  không đủ quyền đọc                                      12\n"
	    "      /root/a\n"
	    "      /root/b\\x1b[31m\n"
	    "      … và các mục khác: 9 (danh sách đầy đủ: --format jsonl)\n"
	    "\n"
	    "  Khắc phục các lý do nêu ở đây (ví dụ: chạy với quyền quản trị) rồi rà "
	    "quét\n"
	    "  lại.\n"
	    "\n"
	    "Độ phủ\n"
	    "  Đã thấy 1.234 tệp (1,5 KB), đã kiểm tra 1.222 tệp (1,5 KB) 99,0 %\n"
	    "  Không thuộc phạm vi lần rà quét này: các tệp ở nơi khác trên máy, bộ "
	    "nhớ "
	    "tiến\n"
	    "  trình, nội dung bên trong tệp nén, chữ ký số.\n"
	    "\n"
	    "Phạm vi             /home, \\x1b]0;x\n"
	    "Bộ luật             raquet-base, bộ luật ngày 20/12/2020, 18 luật\n"
	    "  SHA-256 "
	    "0000000000000000000000000000000000000000000000000000000000000000\n"
	    "Chương trình        raquet 0.1.0; Biện pháp cô lập: seccomp, 0 tiến "
	    "trình\n");
	buffer_free(&out);
	result_free(result);
}

static void clean_is_never_said_without_scope_and_content(void **state)
{
	static const struct {
		enum language language;
		const char *want;
	} cases[] = {
	    {LANGUAGE_VI, "không phát hiện (phạm vi /home, bộ luật ngày 20/12/2020)"},
	    {LANGUAGE_EN, "nothing found (scope /home; rule set of 20/12/2020)"},
	};
	struct summary summary = a_summary();

	(void)state;
	summary.n_scope = 1;
	summary.n_found = summary.n_findings = 0;
	summary.n_scanned = summary.n_seen;
	summary.n_gaps[GAP_UNREADABLE] = 0;
	for (size_t i = 0; i < N_OF(cases); i++)
		WRITES(render_verdict_sentence(&out, &summary, cases[i].language),
		       cases[i].want);
	summary.n_gaps[GAP_TIMEOUT] = 2;
	WRITES(render_verdict_sentence(&out, &summary, LANGUAGE_EN),
	       "not known: nothing found in what was examined; gaps: 2");
}

static void html_is_inert_and_self_contained(void **state)
{
	static const char *const never[] = {"<script", "src=", "href=",   "url(",
					    "<b>",     "\x1b", "http://", "https://"};
	struct result *result = a_result();
	struct summary summary = a_summary();
	struct render_options options = {.language = LANGUAGE_VI};
	struct buffer out = {0};
	const char *html;

	(void)state;
	render_html(&out, result, &summary, &options);
	html = text_of(&out);
	for (size_t i = 0; i < N_OF(never); i++)
		if (strstr(html, never[i]) != NULL)
			fail_msg("the page holds %s", never[i]);
	assert_non_null(strstr(html, "<html lang=\"vi\">"));
	assert_non_null(strstr(html, "class=\"verdict found\""));
	assert_non_null(strstr(html, "&lt;b&gt;"));
	assert_true(strstr(html, "có phát hiện") < strstr(html, "Phạm vi"));
	buffer_free(&out);
	result_free(result);
}

static const struct {
	const char *date;
	uint64_t now_ms;
	uint32_t max_age;
	const char *warning;
} ages[] = {
    {"2020-12-20", 1608473100000, 0, ""},
    {"2020-12-05", 1608473100000, 0, ""},
    {"2020-12-04", 1608473100000, 0,
     "The rule set is 16 days old and may not know recent malware. Update it and sweep "
     "again."},
    {"2020-12-04", 1608473100000, 30, ""},
    {"2020-12-18", 1608473100000, 1,
     "The rule set is 2 days old and may not know recent malware. Update it and sweep "
     "again."},
    {"2020-02-29", 1583020800000, 0, ""}, /* the day after */
    {"2020-12-21", 1608473100000, 0, ""}, /* east of Greenwich it is tomorrow */
    {"2020-12-22", 1608473100000, 0,
     "The clock of this machine stands before the date of the rule set. Set it; how "
     "old "
     "the rule set is cannot be told."},
    {"2020-12-2", 1608473100000, 0, ""}, /* no date */
    {NULL, 1608473100000, 0, ""},
};

static void old_content_warns(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(ages); i++) {
		struct summary summary = empty;

		summary.content_date = ages[i].date;
		summary.started_ms = ages[i].now_ms;
		summary.max_content_age = ages[i].max_age;
		WRITES(render_warning(&out, &summary, LANGUAGE_EN), ages[i].warning);
	}
}

static void both_renderings_warn_behind_the_verdict(void **state)
{
	struct render_options options = {.language = LANGUAGE_VI};
	struct summary summary = a_summary();
	struct result *result;
	struct buffer text = {0}, html = {0};

	(void)state;
	summary.content_date = "2020-11-20";
	assert_int_equal(result_new(&result), RQ_OK);
	assert_int_equal(result_arrange(result), RQ_OK);
	render_text(&text, result, &summary, &options);
	render_html(&html, result, &summary, &options);
	assert_non_null(strstr(text_of(&text), "\n\nBộ luật đã cũ 30 ngày, "));
	assert_non_null(strstr(text_of(&html), "</p>\n<p class=\"warning\">Bộ luật đã "
					       "cũ 30 ngày, "));
	buffer_free(&text);
	buffer_free(&html);
	result_free(result);
}

static void what_is_tolerated_is_told_beside_the_rest(void **state)
{
	struct summary summary = a_summary();
	struct gap gap = {.path = BYTES_LITERAL("/a.zip"),
			  .reason = GAP_ENCRYPTED,
			  .is_tolerated = true};
	struct buffer line = {0};
	json_t *json;

	(void)state;
	summary.n_scope = 1;
	summary.n_found = summary.n_findings = 0;
	summary.n_gaps[GAP_UNREADABLE] = 0;
	summary.n_gaps[GAP_ENCRYPTED] = 3;
	summary.n_tolerated[GAP_ENCRYPTED] = 3;
	summary.required_name = summary.required_title = "Tháng 12";
	WRITES(render_verdict_sentence(&out, &summary, LANGUAGE_VI),
	       "không phát hiện (phạm vi Tháng 12: /home, bộ luật ngày 20/12/2020); "
	       "số mục chưa kiểm tra được, trong mức cho phép: 3");
	summary.n_gaps[GAP_TIMEOUT] = 2;
	WRITES(render_verdict_sentence(&out, &summary, LANGUAGE_EN),
	       "not known: nothing found in what was examined; gaps: 2; "
	       "besides, tolerated: 3");
	jsonl_gap(&line, &gap);
	json = parsed(&line);
	assert_true(json_is_true(json_object_get(json, "tolerated")));
	json_decref(json);
	buffer_clear(&line);
	jsonl_summary(&line, &summary);
	json = parsed(&line);
	assert_int_equal(json_integer_value(json_object_get(
			     json_object_get(json, "tolerated"), "encrypted")),
			 3);
	assert_int_equal(json_integer_value(json_object_get(json, "gaps")), 5);
	assert_string_equal(string_at(json, "required_scope"), "Tháng 12");
	assert_int_equal(json_integer_value(json_object_get(
			     json_object_get(json, "content"), "content_age_days")),
			 0);
	json_decref(json);
	buffer_free(&line);
}

TEST_MAIN(cmocka_unit_test(the_verdict_is_the_worst_that_is_true),
	  cmocka_unit_test(a_low_score_is_worth_a_look_and_never_hides_another),
	  cmocka_unit_test(the_class_of_a_finding_follows_its_score),
	  cmocka_unit_test(memory_of_processes_is_told_when_it_was_asked_for),
	  cmocka_unit_test(what_is_told_of_a_process_has_a_name),
	  cmocka_unit_test(every_reason_has_a_name_and_two_sentences),
	  cmocka_unit_test(numbers_and_dates),
	  cmocka_unit_test(severity_comes_from_the_rule),
	  cmocka_unit_test(a_match_is_one_line_of_json),
	  cmocka_unit_test(gap_and_summary_are_lines_of_json),
	  cmocka_unit_test(a_result_is_grouped_by_object_worst_first),
	  cmocka_unit_test(text_says_the_verdict_first_and_nothing_raw),
	  cmocka_unit_test(clean_is_never_said_without_scope_and_content),
	  cmocka_unit_test(html_is_inert_and_self_contained),
	  cmocka_unit_test(old_content_warns),
	  cmocka_unit_test(both_renderings_warn_behind_the_verdict),
	  cmocka_unit_test(what_is_tolerated_is_told_beside_the_rest))
