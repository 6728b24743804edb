#include "bytes/test.h"

#include "bytes/alloc.h"
#include "finding/jsonl.h"
#include "finding/scope.h"

#include <string.h>

/* What jsonl.c writes is read as the same again. */
static void comes_back(const struct buffer *written)
{
	struct bytes line = {written->data, written->size - 1};
	struct arena *arena = NULL;
	struct jsonl_line read;
	struct buffer again = {0};

	assert_int_equal(arena_new(1 << 24, &arena), RQ_OK);
	if (jsonl_read(line, arena, &read) != RQ_OK)
		fail_msg("refused: %.*s", (int)line.n, (const char *)line.at);
	switch (read.event) {
	case JSONL_MATCH:
		jsonl_match(&again, &read.finding, JSONL_STRINGS | JSONL_MODIFIED);
		break;
	case JSONL_GAP: jsonl_gap(&again, &read.gap); break;
	case JSONL_SUMMARY: jsonl_summary(&again, &read.summary); break;
	}
	if (!bytes_equal(buffer_bytes(written), buffer_bytes(&again)))
		fail_msg("%.*s came back as %.*s", (int)line.n, (const char *)line.at,
			 (int)again.size, (const char *)again.data);
	buffer_free(&again);
	arena_free(arena);
}

static void a_match_comes_back(void **state)
{
	const struct bytes chain[] = {BYTES_LITERAL("thư.zip"), BYTES_LITERAL("a!b")};
	const struct bytes tags[] = {BYTES_LITERAL("trojan"), BYTES_LITERAL("<b>")};
	const struct finding_meta metas[] = {
	    {BYTES_LITERAL("description"), FINDING_META_TEXT,
	     BYTES_LITERAL("\"x\"\n\xff\\"), 0},
	    {BYTES_LITERAL("score"), FINDING_META_INT, {NULL, 0}, INT64_MIN},
	    {BYTES_LITERAL("weak"), FINDING_META_BOOL, {NULL, 0}, 1},
	    {BYTES_LITERAL("weak"), FINDING_META_BOOL, {NULL, 0}, 0},
	};
	const struct finding_string strings[] = {
	    {BYTES_LITERAL("$a"), 7, 4, 0}, {BYTES_LITERAL("$b"), UINT64_MAX, 1, 9}};
	struct finding finding = {.kind = FINDING_ARTEFACT,
				  .path = BYTES_LITERAL("/srv/<script>/Giấy mời"),
				  .chain = chain,
				  .rule = BYTES_LITERAL("r"),
				  .name_space = BYTES_LITERAL("n"),
				  .tags = tags,
				  .n_tags = 2,
				  .metas = metas,
				  .n_metas = 4,
				  .strings = strings,
				  .n_strings = 2,
				  .size = 12,
				  .modified_ms = 1608447600000,
				  .sha256 = {0xab, 1},
				  .has_sha256 = true};
	static const char *const names[] = {"a\xff", "ab\xff", "abc\xff",
					    "\xff\xfe\xfd"};
	struct buffer line = {0};

	(void)state;
	for (finding.n_chain = 0; finding.n_chain <= 2; finding.n_chain++) {
		buffer_clear(&line);
		jsonl_match(&line, &finding, JSONL_STRINGS | JSONL_MODIFIED);
		comes_back(&line);
	}
	finding.n_chain = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		finding.path = bytes_of(names[i]);
		buffer_clear(&line);
		jsonl_match(&line, &finding, JSONL_STRINGS | JSONL_MODIFIED);
		comes_back(&line);
	}
	buffer_free(&line);
}

static void a_gap_comes_back(void **state)
{
	struct gap gap = {.path = BYTES_LITERAL("/x\xff"), .sha256 = {5}};
	struct buffer line = {0};

	(void)state;
	for (int reason = 0; reason < N_GAP_REASONS; reason++) {
		gap.reason = (enum gap_reason)reason;
		gap.detail = reason % 2 == 0 ? NULL : "line 3: \"no\"";
		gap.is_tolerated = reason % 3 == 0;
		gap.has_sha256 = reason % 5 == 0;
		buffer_clear(&line);
		jsonl_gap(&line, &gap);
		comes_back(&line);
	}
	buffer_free(&line);
}

static const struct summary_tolerance tolerances[] = {
    {GAP_ENCRYPTED, 3, 1, NULL}, {GAP_UNREADABLE, 100, 0, "/home/*/x"}};

static struct summary full(void)
{
	static const char *const scope[] = {"/srv", "--processes"};
	struct summary summary = {
	    .n_seen = 10,
	    .n_scanned = 9,
	    .n_found = 1,
	    .n_findings = 2,
	    .n_look = 1,
	    .n_only_look = 0,
	    .bytes_seen = 1000,
	    .bytes_scanned = 900,
	    .has_processes = true,
	    .n_processes_seen = 4,
	    .n_processes_scanned = 4,
	    .process_bytes = 77,
	    .n_gaps = {[GAP_ENCRYPTED] = 1, [GAP_TIMEOUT] = 2},
	    .n_tolerated = {[GAP_ENCRYPTED] = 1},
	    .n_rules = 18,
	    .n_rules_refused = 1,
	    .n_indicators = 5,
	    .hashed = HASHED_ALL,
	    .started_ms = 1608447600000,
	    .ended_ms = 1608447909000,
	    .seconds = 309.125,
	    .seconds_yielded = 0.5,
	    .resumed = true,
	    .stopped = true,
	    .program_version = "0.1.0",
	    .content_name = "raquet",
	    .content_date = "2020-12-20",
	    .content_sha256 = {1, 2, 3},
	    .host_name = "PC-07",
	    .sweep_id = "00ff",
	    .unit = "H31.07",
	    .scope = scope,
	    .n_scope = 2,
	    .required_name = "Đợt 12/2020",
	    .required_title = "Campaign 12/2020",
	    .required_description = "Programs and documents",
	    .required_sha256 = {9},
	    .tolerances = tolerances,
	    .n_tolerances = 2,
	    .max_content_age = 30,
	    .confinement = "seccomp",
	    .n_workers = 2,
	};

	return summary;
}

static void a_summary_comes_back(void **state)
{
	struct summary summary = full();
	struct buffer line = {0};

	(void)state;
	jsonl_summary(&line, &summary);
	comes_back(&line);
	summary =
	    (struct summary){.program_version = "0.1.0", .hashed = HASHED_BY_KIND};
	buffer_clear(&line);
	jsonl_summary(&line, &summary);
	comes_back(&line);
	buffer_free(&line);
}

static enum rq_err answer(const char *line)
{
	struct arena *arena = NULL;
	struct jsonl_line read;
	enum rq_err err;

	assert_int_equal(arena_new(1 << 24, &arena), RQ_OK);
	err = jsonl_read(bytes_of(line), arena, &read);
	arena_free(arena);
	return err;
}

#define MATCH                                                                          \
	"\"path\":\"/x\",\"chain\":[],\"rule\":\"r\",\"namespace\":\"n\",\"tags\":[]," \
	"\"meta\":[],\"size\":1"

static void what_is_no_line_is_refused(void **state)
{
	static const struct {
		const char *name, *line;
	} cases[] = {
	    {"nothing", ""},
	    {"no object", "[]"},
	    {"event is not first", "{\"kind\":\"rule\",\"event\":\"match\"," MATCH "}"},
	    {"event of another kind", "{\"event\":\"match2\"," MATCH "}"},
	    {"kind is missing", "{\"event\":\"match\"," MATCH "}"},
	    {"kind unknown", "{\"event\":\"match\",\"kind\":\"x\"," MATCH "}"},
	    {"member twice",
	     "{\"event\":\"match\",\"kind\":\"rule\"," MATCH ",\"size\":2}"},
	    {"two objects", "{\"event\":\"match\",\"kind\":\"rule\"," MATCH "}{}"},
	    {"not closed", "{\"event\":\"match\",\"kind\":\"rule\"," MATCH},
	    {"digest cut short",
	     "{\"event\":\"match\",\"kind\":\"rule\"," MATCH ",\"sha256\":\"ab\"}"},
	    {"path_b64 that is none",
	     "{\"event\":\"match\",\"kind\":\"rule\"," MATCH ",\"path_b64\":\"a\"}"},
	    {"path_b64 with bits behind its end",
	     "{\"event\":\"match\",\"kind\":\"rule\"," MATCH ",\"path_b64\":\"YR==\"}"},
	    {"time that is none", "{\"event\":\"match\",\"kind\":\"rule\"," MATCH
				  ",\"modified\":\"2020-13-01T00:00:00Z\"}"},
	    {"meta of one",
	     "{\"event\":\"match\",\"kind\":\"rule\",\"path\":\"/x\","
	     "\"chain\":[],\"rule\":\"r\",\"namespace\":\"n\",\"tags\":[],"
	     "\"meta\":[[\"a\"]],\"size\":1}"},
	    {"gap without a reason", "{\"event\":\"gap\",\"path\":\"x\"}"},
	    {"gap of an unknown reason",
	     "{\"event\":\"gap\",\"path\":\"x\",\"reason\":\"y\"}"},
	    {"summary without counts", "{\"event\":\"summary\",\"verdict\":\"clean\"}"},
	};

	(void)state;
	assert_int_equal(answer("{\"event\":\"match\",\"kind\":\"rule\"," MATCH "}"),
			 RQ_OK);
	assert_int_equal(answer("{\"event\":\"match\",\"kind\":\"rule\"," MATCH
				",\"later\":{\"a\":[1]}}"),
			 RQ_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (answer(cases[i].line) != RQ_ERR_FORMAT)
			fail_msg("accepted: %s", cases[i].name);
}

/* The verdict is what follows from the counts, or the line lies. */
static void a_verdict_that_does_not_follow_is_refused(void **state)
{
	const struct summary summary = full();
	struct buffer line = {0};
	char *at;

	(void)state;
	jsonl_summary(&line, &summary);
	buffer_u8(&line, 0);
	assert_int_equal(answer((const char *)line.data), RQ_OK);
	at = strstr((char *)line.data, "\"found\"");
	memcpy(at, "\"clean\"", 7);
	assert_int_equal(answer((const char *)line.data), RQ_ERR_FORMAT);
	memcpy(at, "\"found\"", 7);
	at = strstr((char *)line.data, "\"gaps\":3");
	at[7] = '4';
	assert_int_equal(answer((const char *)line.data), RQ_ERR_FORMAT);
	buffer_free(&line);
}

static void want_of_memory_is_told(void **state)
{
	const struct summary summary = full();
	struct buffer line = {0};

	(void)state;
	jsonl_summary(&line, &summary);
	for (uint64_t n = 1; n < 20; n++) {
		struct arena *arena = NULL;
		struct jsonl_line read;
		enum rq_err err;

		alloc_fail_from(n);
		err = arena_new(1 << 24, &arena);
		if (err == RQ_OK)
			err = jsonl_read((struct bytes){line.data, line.size - 1},
					 arena, &read);
		alloc_fail_from(0);
		assert_true(err == RQ_OK || err == RQ_ERR_MEMORY);
		arena_free(arena);
	}
	buffer_free(&line);
}

TEST_MAIN(cmocka_unit_test(a_match_comes_back), cmocka_unit_test(a_gap_comes_back),
	  cmocka_unit_test(a_summary_comes_back),
	  cmocka_unit_test(what_is_no_line_is_refused),
	  cmocka_unit_test(a_verdict_that_does_not_follow_is_refused),
	  cmocka_unit_test(want_of_memory_is_told))
