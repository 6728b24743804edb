#include "bytes/test.h"

#include "os/map.h"
#include "wire/result_reader.h"
#include "wire/result_worker.h"
#include "wire/worker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The whole way: a real worker, confined, and files that were changed in every way; then
 * workers that were taken over.  The worker of a case is chosen by a file that the test
 * leaves, since it gets nothing else from its parent.
 */

enum worker_kind {
	HONEST,
	DIES_AT_ONCE,
	DIES_WITH_THE_FILE,
	HANGS,
	ACCEPTS_WITHOUT_A_HEAD,
	ACCEPTS_WITHOUT_A_SUMMARY,
	TELLS_RECORDS_FIRST,
	TELLS_TWO_HEADS,
	SENDS_AN_ESCAPE,
	TALKS_FOR_EVER,
	SENDS_ANOTHER_MESSAGE,
	N_WORKERS,
};

static char place[64];

static void name_of_place(pid_t parent)
{
	snprintf(place, sizeof place, "/tmp/raquet-result-worker-%d", (int)parent);
}

static void choose(enum worker_kind kind)
{
	const uint8_t octet = (uint8_t)kind;

	name_of_place(getpid());
	assert_int_equal(file_write_atomic(place, (struct bytes){&octet, 1}, NULL),
			 RQ_OK);
}

/* ---- the files ---- */

static const uint8_t copy[32] = {1, 2, 3}, centre[32] = {7, 8, 9};
static const char *const lines =
    "{\"event\":\"match\",\"kind\":\"rule\",\"path\":\"/srv/Giấy mời\",\"chain\":[],"
    "\"rule\":\"r\",\"namespace\":\"n\",\"tags\":[],\"meta\":[],\"size\":1}\n";

#define SWEEP_ID "05000000000000000000000000000000"

/* The body of a sweep that found one thing. */
static void put_body(const char *sweep_id, struct buffer *out)
{
	struct summary summary = {.n_seen = 3,
				  .n_scanned = 3,
				  .n_found = 1,
				  .n_findings = 1,
				  .bytes_scanned = 9,
				  .program_version = "0.1.0",
				  .host_name = "may-01",
				  .sweep_id = sweep_id};

	buffer_text(out, lines);
	jsonl_summary(out, &summary);
}

static void seal_body(struct bytes body, bool encrypted, struct buffer *out)
{
	struct sealed_header header = {.sweep_id = {5},
				       .program = BYTES_LITERAL("0.1.0"),
				       .verdict = VERDICT_FOUND,
				       .n_seen = 3,
				       .n_scanned = 3,
				       .n_found = 1,
				       .n_findings = 1,
				       .bytes_scanned = 9};
	struct sealed_keys keys = {.copy = copy,
				   .unit = BYTES_LITERAL("mã của xã 4711")};
	uint8_t public_key[SEAL_PUBLIC_SIZE];

	assert_int_equal(seal_public(centre, public_key), RQ_OK);
	keys.centre = encrypted ? public_key : NULL;
	assert_int_equal(sealed_write(&header, body, &keys, out, NULL), RQ_OK);
}

static void seal(bool encrypted, struct buffer *out)
{
	struct buffer body = {0};

	put_body(SWEEP_ID, &body);
	seal_body(buffer_bytes(&body), encrypted, out);
	buffer_free(&body);
}

/* ---- reading them ---- */

struct told {
	unsigned heads, matches, summaries, lines;
	struct result_head head;
};

static enum rq_err tell_head(void *listener, const struct result_head *head)
{
	struct told *told = listener;

	told->heads++;
	told->head = *head;
	return RQ_OK;
}

static enum rq_err tell_record(void *listener, const struct jsonl_line *line)
{
	struct told *told = listener;

	told->matches += line->event == JSONL_MATCH;
	told->summaries += line->event == JSONL_SUMMARY;
	return RQ_OK;
}

static enum rq_err tell_text(void *listener, struct bytes line)
{
	struct told *told = listener;

	told->lines++;
	return line.n > 0 ? RQ_OK : RQ_ERR_FORMAT;
}

static struct result_reader *reader_of(bool has_key, uint32_t timeout_ms)
{
	struct result_reader_options options = result_reader_options_default();
	struct result_reader *reader;

	options.centre_secret = has_key ? centre : NULL;
	options.want_lines = true;
	options.max_files = 0;
	options.timeout_ms = timeout_ms;
	assert_int_equal(result_reader_new(&options, &reader), RQ_OK);
	return reader;
}

static enum rq_err ask(struct result_reader *reader, struct bytes bytes,
		       struct told *told, struct result_answer *answer)
{
	const struct result_sink sink = {told, tell_head, tell_record, tell_text};
	struct result_part part = {.size = bytes.n};
	enum rq_err err;

	*told = (struct told){0};
	assert_int_equal(map_seal(bytes, &part.file, NULL), RQ_OK);
	err = result_reader_read(reader, &part, &sink, answer, NULL);
	file_close(&part.file);
	return err;
}

static enum sealed_refusal answer_to(struct result_reader *reader, struct bytes bytes)
{
	struct result_answer answer;
	struct told told;

	assert_int_equal(ask(reader, bytes, &told, &answer), RQ_OK);
	return answer.refusal;
}

static void a_result_is_told_whole(void **state)
{
	struct buffer file = {0};
	enum sealed_refusal refusal;

	(void)state;
	choose(HONEST);
	for (int encrypted = 0; encrypted < 2; encrypted++) {
		struct result_reader *reader = reader_of(encrypted, 20000);
		struct result_answer answer;
		struct told told;

		buffer_clear(&file);
		seal(encrypted, &file);
		/* one worker reads many */
		for (int i = 0; i < 3; i++) {
			assert_int_equal(
			    ask(reader, buffer_bytes(&file), &told, &answer), RQ_OK);
			assert_int_equal(answer.refusal, SEALED_GOOD);
			assert_int_equal(told.heads, 1);
			assert_int_equal(told.matches, 1);
			assert_int_equal(told.summaries, 1);
			assert_int_equal(told.lines, 2);
			assert_int_equal(told.head.was_encrypted, encrypted);
			assert_int_equal(answer.sweep_id[0], 5);
		}
		assert_int_equal(sealed_unit_check(&told.head.unit,
						   BYTES_LITERAL("mã của xã 4711"),
						   &refusal),
				 RQ_OK);
		assert_int_equal(refusal, SEALED_GOOD);
		assert_int_equal(sealed_unit_check(&told.head.unit,
						   BYTES_LITERAL("mã của xã 4712"),
						   &refusal),
				 RQ_OK);
		assert_int_equal(refusal, SEALED_OTHER_UNIT);
		result_reader_free(reader);
	}
	buffer_free(&file);
}

static void any_changed_byte_and_length_is_refused(void **state)
{
	struct buffer file = {0};

	(void)state;
	choose(HONEST);
	for (int encrypted = 0; encrypted < 2; encrypted++) {
		struct result_reader *reader = reader_of(true, 20000);

		buffer_clear(&file);
		seal(encrypted, &file);
		for (size_t i = 0; i < file.size; i++) {
			file.data[i] ^= (uint8_t)(1 << i % 8);
			if (answer_to(reader, buffer_bytes(&file)) == SEALED_GOOD)
				fail_msg("accepted with byte %zu changed", i);
			file.data[i] ^= (uint8_t)(1 << i % 8);
			if (answer_to(reader, (struct bytes){file.data, i}) ==
			    SEALED_GOOD)
				fail_msg("accepted, cut at %zu", i);
		}
		assert_int_equal(answer_to(reader, buffer_bytes(&file)), SEALED_GOOD);
		result_reader_free(reader);
	}
	buffer_free(&file);
}

static void without_the_key_it_says_so(void **state)
{
	struct result_reader *reader = reader_of(false, 20000);
	struct buffer file = {0};

	(void)state;
	choose(HONEST);
	seal(true, &file);
	assert_int_equal(answer_to(reader, buffer_bytes(&file)), SEALED_NEEDS_CENTRE);
	assert_int_equal(answer_to(reader, (struct bytes){file.data, file.size - 1}),
			 SEALED_SIZE);
	result_reader_free(reader);
	buffer_free(&file);
}

/* Signed by a copy that is what it says, and yet no result. */
static void lines_that_are_no_result_are_refused(void **state)
{
	struct buffer body = {0}, file = {0};
	struct result_reader *reader = reader_of(true, 20000);
	struct {
		const char *name;
		struct buffer body;
	} cases[] = {{"no summary", {0}},
		     {"no line end", {0}},
		     {"summary twice", {0}},
		     {"a line behind the summary", {0}},
		     {"a line of something else", {0}},
		     {"an empty line", {0}},
		     {"nothing", {0}},
		     {"the summary of another sweep", {0}},
		     {"a finding that is not counted", {0}},
		     {"a finding counted that is not told", {0}}};

	(void)state;
	choose(HONEST);
	put_body(SWEEP_ID, &body);
	buffer_text(&cases[0].body, lines);
	buffer_put(&cases[1].body, body.data, body.size - 1);
	buffer_put(&cases[2].body, body.data, body.size);
	buffer_put(&cases[2].body, body.data + strlen(lines),
		   body.size - strlen(lines));
	buffer_put(&cases[3].body, body.data, body.size);
	buffer_text(&cases[3].body, lines);
	buffer_text(&cases[4].body, "{\"event\":\"other\"}\n");
	buffer_put(&cases[4].body, body.data, body.size);
	buffer_text(&cases[5].body, "\n");
	buffer_put(&cases[5].body, body.data, body.size);
	put_body("06000000000000000000000000000000", &cases[7].body);
	buffer_text(&cases[8].body, lines);
	buffer_put(&cases[8].body, body.data, body.size);
	buffer_put(&cases[9].body, body.data + strlen(lines),
		   body.size - strlen(lines));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buffer_clear(&file);
		seal_body(buffer_bytes(&cases[i].body), false, &file);
		if (answer_to(reader, buffer_bytes(&file)) != SEALED_LINES)
			fail_msg("not refused: %s", cases[i].name);
		buffer_free(&cases[i].body);
	}
	buffer_clear(&file);
	seal_body(buffer_bytes(&body), false, &file);
	assert_int_equal(answer_to(reader, buffer_bytes(&file)), SEALED_GOOD);
	result_reader_free(reader);
	buffer_free(&file);
	buffer_free(&body);
}

/* A sweep that found nothing, and says that a gap was tolerated. */
static enum sealed_refusal answer_to_tolerated(enum gap_reason reason,
					       const char *scope)
{
	struct summary summary = {.n_seen = 1,
				  .n_scanned = 1,
				  .program_version = "0.1.0",
				  .host_name = "may-01",
				  .required_name = scope,
				  .required_title = scope,
				  .sweep_id = SWEEP_ID};
	struct sealed_header header = {.sweep_id = {5},
				       .program = BYTES_LITERAL("0.1.0"),
				       .verdict = VERDICT_CLEAN,
				       .n_seen = 1,
				       .n_scanned = 1,
				       .n_gaps = 1};
	const struct sealed_keys keys = {.copy = copy};
	struct result_reader *reader = reader_of(true, 20000);
	struct buffer body = {0}, file = {0};
	enum sealed_refusal refusal;

	summary.n_gaps[reason] = summary.n_tolerated[reason] = 1;
	jsonl_summary(&body, &summary);
	assert_int_equal(sealed_write(&header, buffer_bytes(&body), &keys, &file, NULL),
			 RQ_OK);
	refusal = answer_to(reader, buffer_bytes(&file));
	result_reader_free(reader);
	buffer_free(&body);
	buffer_free(&file);
	return refusal;
}

static void only_a_scope_tolerates_and_not_everything(void **state)
{
	(void)state;
	choose(HONEST);
	assert_int_equal(answer_to_tolerated(GAP_ENCRYPTED, "default"), SEALED_GOOD);
	assert_int_equal(answer_to_tolerated(GAP_ENCRYPTED, NULL), SEALED_LINES);
	assert_int_equal(answer_to_tolerated(GAP_STOPPED, "default"), SEALED_LINES);
}

static enum rq_err keep_part(void *listener, const struct result_part *part)
{
	struct result_part **at = listener;

	*(*at)++ = *part;
	return RQ_OK;
}

static void a_list_is_taken_apart(void **state)
{
	struct result_reader *reader = reader_of(true, 20000);
	struct result_part list = {0}, parts[8], *at = parts;
	struct buffer file = {0}, all = {0};
	enum sealed_refusal refusal;
	struct bytes files[3];

	(void)state;
	choose(HONEST);
	seal(false, &file);
	for (size_t i = 0; i < 3; i++)
		files[i] = buffer_bytes(&file);
	assert_int_equal(sealed_list_write(files, 3, &all), RQ_OK);
	assert_int_equal(map_seal(buffer_bytes(&all), &list.file, NULL), RQ_OK);
	for (list.size = 0; list.size < all.size; list.size++) {
		assert_int_equal(
		    result_reader_list(reader, &list, &at, keep_part, &refusal, NULL),
		    RQ_OK);
		assert_int_not_equal(refusal, SEALED_GOOD);
		assert_ptr_equal(at, parts);
	}
	assert_int_equal(
	    result_reader_list(reader, &list, &at, keep_part, &refusal, NULL), RQ_OK);
	assert_int_equal(refusal, SEALED_GOOD);
	assert_int_equal(at - parts, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct result_sink sink = {0};
		struct result_answer answer;

		assert_int_equal(
		    result_reader_read(reader, &parts[i], &sink, &answer, NULL), RQ_OK);
		assert_int_equal(answer.refusal, SEALED_GOOD);
	}
	file_close(&list.file);
	result_reader_free(reader);
	buffer_free(&file);
	buffer_free(&all);
}

/* ---- workers that were taken over ---- */

static void a_worker_out_of_turn_refuses_the_file(void **state)
{
	struct buffer file = {0};

	(void)state;
	seal(false, &file);
	for (int kind = DIES_WITH_THE_FILE; kind < N_WORKERS; kind++) {
		struct result_reader *reader = reader_of(false, 1500);
		struct result_answer answer;
		struct told told;

		choose((enum worker_kind)kind);
		assert_int_equal(ask(reader, buffer_bytes(&file), &told, &answer),
				 RQ_OK);
		if (answer.refusal != SEALED_READER)
			fail_msg("worker %d was believed", kind);
		/* the next file gets another worker */
		choose(HONEST);
		assert_int_equal(ask(reader, buffer_bytes(&file), &told, &answer),
				 RQ_OK);
		assert_int_equal(answer.refusal, SEALED_GOOD);
		result_reader_free(reader);
	}
	buffer_free(&file);
}

static void no_worker_is_our_failure(void **state)
{
	struct result_reader *reader = reader_of(false, 1500);
	struct result_answer answer;
	struct buffer file = {0};
	struct told told;

	(void)state;
	choose(DIES_AT_ONCE);
	seal(false, &file);
	assert_int_equal(ask(reader, buffer_bytes(&file), &told, &answer), RQ_ERR_PEER);
	assert_int_not_equal(answer.refusal, SEALED_GOOD);
	result_reader_free(reader);
	buffer_free(&file);
}

/* The other half. */

static void say(struct channel *channel, struct buffer *frame)
{
	if (channel_send(channel, buffer_bytes(frame)) != RQ_OK ||
	    channel_flush(channel) != RQ_OK)
		process_leave(0);
	buffer_clear(frame);
}

static void say_record(struct channel *channel, struct buffer *frame)
{
	struct jsonl_line line = {.event = JSONL_GAP};

	result_record_encode(&line, frame);
	say(channel, frame);
}

_Noreturn static void misbehave(struct channel *channel, enum worker_kind kind)
{
	const struct worker_hello hello = {.confinement = BYTES_LITERAL("none")};
	struct result_answer good = {.refusal = SEALED_GOOD, .has_id = true};
	struct result_head head = {.header = {.program = BYTES_LITERAL("x")}};
	struct buffer frame = {0};
	struct bytes request;

	if (kind == DIES_AT_ONCE)
		process_leave(1);
	worker_hello_encode(&hello, &frame);
	say(channel, &frame);
	if (channel_receive(channel, 4096, &request) != RQ_OK ||
	    kind == DIES_WITH_THE_FILE)
		process_leave(1);
	if (kind != ACCEPTS_WITHOUT_A_HEAD && kind != TELLS_RECORDS_FIRST) {
		result_head_encode(&head, &frame);
		if (kind == TELLS_TWO_HEADS)
			say(channel, &frame), result_head_encode(&head, &frame);
		say(channel, &frame);
	}
	if (kind == SENDS_AN_ESCAPE)
		result_line_encode(BYTES_LITERAL("{}\033[2J"), &frame);
	if (kind == SENDS_ANOTHER_MESSAGE)
		buffer_u8(&frame, 77);
	if (frame.size > 0)
		say(channel, &frame);
	if (kind == TELLS_RECORDS_FIRST)
		say_record(channel, &frame);
	while (kind == TALKS_FOR_EVER)
		say_record(channel, &frame);
	while (kind == HANGS)
		sleep(1);
	result_answer_encode(&good, &frame);
	say(channel, &frame);
	process_leave(0);
}

static int worker(int argc, char **argv)
{
	struct buffer kind = {0};
	struct channel *channel;
	struct bytes frame;

	name_of_place(getppid());
	if (channel_inherit(argc, argv, &channel) != RQ_OK ||
	    channel_receive(channel, 4096, &frame) != RQ_OK ||
	    !result_worker_is_asked(frame) ||
	    file_read_whole(place, &kind, NULL) != RQ_OK || kind.size != 1)
		return 2;
	if (kind.data[0] != HONEST)
		misbehave(channel, (enum worker_kind)kind.data[0]);
	result_worker_run(channel);
}

static int clean_up(void **state)
{
	(void)state;
	name_of_place(getpid());
	return file_remove(place) != RQ_OK;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_result_is_told_whole),
	    cmocka_unit_test(any_changed_byte_and_length_is_refused),
	    cmocka_unit_test(without_the_key_it_says_so),
	    cmocka_unit_test(lines_that_are_no_result_are_refused),
	    cmocka_unit_test(only_a_scope_tolerates_and_not_everything),
	    cmocka_unit_test(a_list_is_taken_apart),
	    cmocka_unit_test(a_worker_out_of_turn_refuses_the_file),
	    cmocka_unit_test(no_worker_is_our_failure),
	};

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker(argc, argv);
	return cmocka_run_group_tests(tests, NULL, clean_up);
}
