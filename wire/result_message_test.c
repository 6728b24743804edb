#include "bytes/test.h"

#include "wire/result_message.h"

#include <string.h>

/* A record as it is written, read, and told as a line; what is cut or added is refused. */
static void record_comes_back(const char *text)
{
	struct buffer frame = {0}, told = {0};
	struct arena *arena = NULL, *other = NULL;
	struct jsonl_line line, read;

	assert_int_equal(arena_new(1 << 24, &arena), RQ_OK);
	assert_int_equal(arena_new(1 << 24, &other), RQ_OK);
	assert_int_equal(jsonl_read(bytes_of(text), arena, &line), RQ_OK);
	result_record_encode(&line, &frame);
	for (size_t n = 0; n < frame.size; n++)
		assert_int_equal(
		    result_record_decode((struct bytes){frame.data, n}, other, &read),
		    RQ_ERR_FORMAT);
	assert_int_equal(result_record_decode(buffer_bytes(&frame), other, &read),
			 RQ_OK);
	switch (read.event) {
	case JSONL_MATCH:
		jsonl_match(&told, &read.finding, JSONL_STRINGS | JSONL_MODIFIED);
		break;
	case JSONL_GAP: jsonl_gap(&told, &read.gap); break;
	case JSONL_SUMMARY: jsonl_summary(&told, &read.summary); break;
	}
	assert_int_equal(told.size, strlen(text) + 1);
	assert_memory_equal(told.data, text, told.size - 1);
	buffer_u8(&frame, 0);
	assert_int_equal(result_record_decode(buffer_bytes(&frame), other, &read),
			 RQ_ERR_FORMAT);
	buffer_free(&frame);
	buffer_free(&told);
	arena_free(arena);
	arena_free(other);
}

static void records_come_back(void **state)
{
	(void)state;
	record_comes_back(
	    "{\"event\":\"match\",\"kind\":\"artefact\",\"path\":\"/a!b!c\","
	    "\"chain\":[\"b\",\"c\"],\"rule\":\"r\",\"namespace\":\"n\",\"tags\":["
	    "\"t\"],"
	    "\"meta\":[[\"a\",\"x\"],[\"b\",-5],[\"c\",true]],\"strings\":[{\"id\":\"$"
	    "a\","
	    "\"offset\":1,\"length\":2,\"xor\":3}],\"size\":9,"
	    "\"modified\":\"2020-12-20T07:00:00Z\",\"sha256\":"
	    "\"00112233445566778899aabb"
	    "ccddeeff00112233445566778899aabbccddeeff\"}");
	record_comes_back("{\"event\":\"gap\",\"path\":\"x\",\"reason\":\"encrypted\","
			  "\"detail\":\"d\",\"tolerated\":true}");
	record_comes_back(
	    "{\"event\":\"summary\",\"verdict\":\"unknown\",\"sweep_id\":\"ab\","
	    "\"version\":"
	    "\"1\",\"content\":{\"rules\":3,\"rules_refused\":0,\"hashed\":\"all\","
	    "\"max_age_days\":9,\"sha256\":"
	    "\"0000000000000000000000000000000000000000000000000000000000000000\"},"
	    "\"scope\":[\"/a\",\"/b\"],\"host\":\"h\",\"files_seen\":5,"
	    "\"files_scanned\":4,\"files_found\":0,\"findings\":0,\"worth_a_look\":0,"
	    "\"files_worth_a_look\":0,\"bytes_seen\":9,"
	    "\"bytes_scanned\":8,\"processes_seen\":2,\"processes_scanned\":1,"
	    "\"process_bytes\":3,\"gaps\":1,\"skipped\":{\"timeout\":1},\"tolerated\":{"
	    "},"
	    "\"required_scope\":\"s\",\"required_scope_title\":\"t\",\"required_scope_"
	    "sha256\":"
	    "\"1100000000000000000000000000000000000000000000000000000000000000\","
	    "\"tolerances\":[{\"reason\":\"encrypted\",\"paths\":\"*\",\"limit\":3,"
	    "\"used\":1}],\"started\":\"2020-12-20T07:00:00Z\","
	    "\"ended\":\"2020-12-20T07:05:00Z\",\"seconds\":300.250,"
	    "\"seconds_yielded\":0.000,\"resumed\":false,\"stopped\":true,"
	    "\"confinement\":\"seccomp\",\"workers\":2}");
}

static void a_request_comes_back(void **state)
{
	struct result_request request = {.want_lines = true,
					 .handle = 7,
					 .off = 1ull << 33,
					 .size = CAP_SEALED,
					 .key = {.is_found = true, .key = {5}}},
			      read;
	struct buffer frame = {0};

	(void)state;
	result_request_encode(&request, &frame);
	assert_int_equal(result_request_decode(buffer_bytes(&frame), &read), RQ_OK);
	assert_true(read.want_lines && !read.want_records && !read.is_list);
	assert_true(read.off == request.off && read.size == CAP_SEALED);
	assert_int_equal(read.key.key[0], 5);
	for (size_t n = 0; n < frame.size; n++)
		assert_int_equal(
		    result_request_decode((struct bytes){frame.data, n}, &read),
		    RQ_ERR_FORMAT);
	request.size++;
	buffer_clear(&frame);
	result_request_encode(&request, &frame);
	assert_int_equal(result_request_decode(buffer_bytes(&frame), &read),
			 RQ_ERR_FORMAT);
	buffer_free(&frame);
}

/* A worker that was taken over may say anything: nothing reaches a terminal by a line. */
static void a_line_with_hidden_characters_is_refused(void **state)
{
	static const char *const texts[] = {"a\033[2J", "a\nb", "\xff", "a\u202eb"};
	struct buffer frame = {0};
	struct bytes line;

	(void)state;
	result_line_encode(BYTES_LITERAL("{\"path\":\"/Giấy mời\"}"), &frame);
	assert_int_equal(result_line_decode(buffer_bytes(&frame), &line), RQ_OK);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		buffer_clear(&frame);
		result_line_encode(bytes_of(texts[i]), &frame);
		assert_int_equal(result_line_decode(buffer_bytes(&frame), &line),
				 RQ_ERR_FORMAT);
	}
	buffer_free(&frame);
}

static void an_answer_comes_back(void **state)
{
	const struct result_answer answer = {.refusal = SEALED_LINES,
					     .has_id = true,
					     .sweep_id = {1, 2},
					     .file_sha256 = {3}};
	struct result_answer read;
	struct buffer frame = {0};

	(void)state;
	result_answer_encode(&answer, &frame);
	assert_int_equal(result_answer_decode(buffer_bytes(&frame), &read), RQ_OK);
	assert_int_equal(read.refusal, SEALED_LINES);
	assert_memory_equal(read.sweep_id, answer.sweep_id, SWEEP_ID_SIZE);
	frame.data[1] = N_SEALED_REFUSALS;
	assert_int_equal(result_answer_decode(buffer_bytes(&frame), &read),
			 RQ_ERR_FORMAT);
	buffer_free(&frame);
}

TEST_MAIN(cmocka_unit_test(records_come_back), cmocka_unit_test(a_request_comes_back),
	  cmocka_unit_test(a_line_with_hidden_characters_is_refused),
	  cmocka_unit_test(an_answer_comes_back))
