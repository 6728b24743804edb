/* Every field arrives as it was sent, and no message is read to less than its end. */
#include "bytes/test.h"

#include "bytes/cap.h"
#include "finding/finding.h"
#include "wire/worker.h"

#include <string.h>

static struct buffer frame;

static int begin(void **state)
{
	(void)state;
	buffer_clear(&frame);
	return 0;
}

/* What is one byte short, or one too long, is refused. */
static void assert_exact(bool (*decodes)(struct bytes))
{
	struct bytes whole = buffer_bytes(&frame);

	for (size_t n = 0; n < whole.n; n++)
		if (decodes((struct bytes){whole.at, n}))
			fail_msg("taken after %u of %u bytes", (unsigned)n,
				 (unsigned)whole.n);
	buffer_u8(&frame, 0);
	assert_false(decodes(buffer_bytes(&frame)));
}

/* ---- rules ---- */

static bool decodes_rules(struct bytes bytes)
{
	uint64_t handle;

	return worker_rules_decode(bytes, &handle) == RQ_OK;
}

static void rules_arrive(void **state)
{
	uint64_t handle;

	(void)state;
	worker_rules_encode(UINT64_C(0x0102030405060708), &frame);
	assert_int_equal(worker_message_type(buffer_bytes(&frame)), WORKER_RULES);
	assert_int_equal(worker_rules_decode(buffer_bytes(&frame), &handle), RQ_OK);
	assert_int_equal(handle, UINT64_C(0x0102030405060708));
	assert_exact(decodes_rules);
	/* of another version of the program */
	buffer_clear(&frame);
	worker_rules_encode(1, &frame);
	frame.data[1]--;
	assert_false(decodes_rules(buffer_bytes(&frame)));
}

/* ---- config ---- */

static bool decodes_config(struct bytes bytes)
{
	struct worker_config config;

	return worker_config_decode(bytes, &config) == RQ_OK;
}

static void a_config_arrives(void **state)
{
	/* one flag at a time: none stands for another */
	for (unsigned flag = 0; flag <= 6; flag++) {
		struct worker_config sent = {
		    .want_strings = flag == 1,
		    .want_not_matching = flag == 2,
		    .search_all = flag == 3,
		    .libyara_limits = flag == 4,
		    .hash_all = flag == 5,
		    .is_memory = flag == 6,
		    .match_data = CAP_MATCH_DATA,
		    .max_matches = 0x01020304,
		    .timeout_ms = UINT64_C(0x0102030405060708),
		    .max_memory = UINT64_C(0x1112131415161718),
		    .max_objects = 0x21222324,
		    .kernel = BYTES_LITERAL("portable"),
		    .folder = BYTES_LITERAL("/mnt"),
		};
		struct worker_config got;

		begin(state);
		worker_config_encode(&sent, &frame);
		assert_int_equal(worker_message_type(buffer_bytes(&frame)),
				 WORKER_CONFIG);
		assert_int_equal(worker_config_decode(buffer_bytes(&frame), &got),
				 RQ_OK);
		assert_int_equal(got.want_strings, sent.want_strings);
		assert_int_equal(got.want_not_matching, sent.want_not_matching);
		assert_int_equal(got.search_all, sent.search_all);
		assert_int_equal(got.libyara_limits, sent.libyara_limits);
		assert_int_equal(got.hash_all, sent.hash_all);
		assert_int_equal(got.is_memory, sent.is_memory);
		assert_int_equal(got.match_data, sent.match_data);
		assert_int_equal(got.max_matches, sent.max_matches);
		assert_int_equal(got.timeout_ms, sent.timeout_ms);
		assert_int_equal(got.max_memory, sent.max_memory);
		assert_int_equal(got.max_objects, sent.max_objects);
		assert_true(bytes_equal(got.kernel, sent.kernel));
		assert_true(bytes_equal(got.folder, sent.folder));
	}
	assert_exact(decodes_config);
}

/* ---- hello ---- */

static bool decodes_hello(struct bytes bytes)
{
	struct worker_hello hello;

	return worker_hello_decode(bytes, &hello) == RQ_OK;
}

static void a_hello_arrives(void **state)
{
	const struct worker_hello sent = {
	    .confinement = BYTES_LITERAL("seccomp,rlimit"), .n_rules = 0x01020304};
	struct worker_hello got;

	(void)state;
	worker_hello_encode(&sent, &frame);
	assert_int_equal(worker_message_type(buffer_bytes(&frame)), WORKER_HELLO);
	assert_int_equal(worker_hello_decode(buffer_bytes(&frame), &got), RQ_OK);
	assert_true(bytes_equal(got.confinement, sent.confinement));
	assert_int_equal(got.n_rules, sent.n_rules);
	assert_exact(decodes_hello);
	/* it is shown to people */
	buffer_clear(&frame);
	worker_hello_encode(
	    &(struct worker_hello){.confinement = BYTES_LITERAL("\033[0m")}, &frame);
	assert_false(decodes_hello(buffer_bytes(&frame)));
}

/* ---- batch ---- */

static void a_batch_arrives(void **state)
{
	struct worker_object sent[CAP_BATCH_OBJECTS + 1], got;
	struct worker_batch batch;

	(void)state;
	worker_batch_begin(&frame);
	for (unsigned i = 0; i < CAP_BATCH_OBJECTS; i++) {
		sent[i] = (struct worker_object){
		    .sequence = UINT64_C(0x0102030405060708) + i,
		    .hash_only = i % 2 == 1,
		    .size = UINT64_C(0x1112131415161718) * (i + 1),
		    .modified_ns = i % 3 == 0 ? -1 - (int64_t)i : INT64_MAX - i,
		    .handle = UINT64_MAX - i,
		    .path = BYTES_LITERAL("/srv/\xff\n\033[0m"),
		    .owner = i == 0 ? BYTES_LITERAL("") : BYTES_LITERAL("An"),
		};
		worker_batch_add(&sent[i], &frame);
	}
	assert_int_equal(worker_batch_decode(buffer_bytes(&frame), &batch), RQ_OK);
	for (unsigned i = 0; i < CAP_BATCH_OBJECTS; i++) {
		assert_int_equal(worker_batch_next(&batch, &got), RQ_OK);
		assert_int_equal(got.sequence, sent[i].sequence);
		assert_int_equal(got.hash_only, sent[i].hash_only);
		assert_int_equal(got.size, sent[i].size);
		assert_true(got.modified_ns == sent[i].modified_ns);
		assert_int_equal(got.handle, sent[i].handle);
		assert_true(bytes_equal(got.path, sent[i].path));
		assert_true(bytes_equal(got.owner, sent[i].owner));
	}
	assert_int_equal(worker_batch_next(&batch, &got), RQ_ERR_NOT_FOUND);
	/* one more than fits */
	worker_batch_add(&sent[0], &frame);
	assert_int_equal(worker_batch_decode(buffer_bytes(&frame), &batch), RQ_OK);
	for (unsigned i = 0; i < CAP_BATCH_OBJECTS; i++)
		assert_int_equal(worker_batch_next(&batch, &got), RQ_OK);
	assert_int_equal(worker_batch_next(&batch, &got), RQ_ERR_FORMAT);
}

/* ---- pieces ---- */

static void a_piece_arrives(void **state)
{
	for (unsigned is_end = 0; is_end < 2; is_end++) {
		const struct worker_piece sent = {.sequence =
						      UINT64_C(0x0102030405060708),
						  .is_end = is_end == 1,
						  .data = BYTES_LITERAL("\0data")};
		struct worker_piece got;

		begin(state);
		worker_piece_encode(&sent, &frame);
		assert_int_equal(worker_piece_decode(buffer_bytes(&frame), &got),
				 RQ_OK);
		assert_int_equal(got.sequence, sent.sequence);
		assert_int_equal(got.is_end, sent.is_end);
		assert_true(bytes_equal(got.data, sent.data));
	}
}

/* ---- answers ---- */

enum { N_RULES = 9, SIZE = 1000 };

static struct arena *arena;

static bool take_answer(struct bytes bytes, struct worker_answer *answer_out)
{
	const struct worker_limits limits = {.n_rules = N_RULES, .object_size = SIZE};

	arena_reset(arena);
	return worker_answer_decode(bytes, &limits, arena, answer_out) == RQ_OK;
}

static bool decodes_answer(struct bytes bytes)
{
	struct worker_answer answer;

	return take_answer(bytes, &answer);
}

static void an_answer_arrives(void **state)
{
	const struct worker_match matches[] = {
	    {.offset = 0, .length = 3, .data = BYTES_LITERAL("a\0b")},
	    {.offset = 996, .length = 4, .xor_key = 0xfe},
	};
	const struct worker_string strings[] = {
	    {.identifier = BYTES_LITERAL("$a"), .matches = matches, .n_matches = 2},
	    {.identifier = BYTES_LITERAL("$"),
	     .is_private = true,
	     .matches = matches + 1,
	     .n_matches = 1},
	};
	const struct worker_rule rules[] = {
	    {.rule = 2},
	    {.rule = N_RULES - 1, .strings = strings, .n_strings = 2},
	};
	const struct bytes lines[] = {BYTES_LITERAL(""), BYTES_LITERAL("one\n\xff")};
	struct worker_answer sent = {.n_read = SIZE,
				     .gaps = 1u << GAP_CHANGED | 1u << GAP_MODULE_LIMIT,
				     .has_sha256 = true,
				     .rules = rules,
				     .n_rules = 2,
				     .console = lines,
				     .n_console = 2};
	struct worker_answer got;

	(void)state;
	for (uint8_t i = 0; i < 32; i++)
		sent.sha256[i] = (uint8_t)(200 + i);
	worker_answer_encode(&sent, &frame);
	assert_true(take_answer(buffer_bytes(&frame), &got));
	assert_int_equal(got.n_read, SIZE);
	assert_int_equal(got.gaps, sent.gaps);
	assert_true(got.has_sha256);
	assert_memory_equal(got.sha256, sent.sha256, 32);
	assert_int_equal(got.n_rules, 2);
	assert_int_equal(got.rules[0].rule, 2);
	assert_int_equal(got.rules[0].n_strings, 0);
	assert_int_equal(got.rules[1].rule, N_RULES - 1);
	assert_int_equal(got.rules[1].n_strings, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct worker_string *string = &got.rules[1].strings[i];

		assert_true(bytes_equal(string->identifier, strings[i].identifier));
		assert_int_equal(string->is_private, strings[i].is_private);
		assert_int_equal(string->n_matches, strings[i].n_matches);
		for (size_t k = 0; k < string->n_matches; k++) {
			const struct worker_match *match = &string->matches[k];
			const struct worker_match *wanted = &strings[i].matches[k];

			assert_int_equal(match->offset, wanted->offset);
			assert_int_equal(match->length, wanted->length);
			assert_int_equal(match->xor_key, wanted->xor_key);
			assert_true(bytes_equal(match->data, wanted->data));
		}
	}
	assert_int_equal(got.n_console, 2);
	assert_true(bytes_equal(got.console[0], lines[0]));
	assert_true(bytes_equal(got.console[1], lines[1]));
	assert_exact(decodes_answer);
}

/* What a worker in the hands of its object could say. */
static const struct {
	const char *name;
	struct worker_answer answer;
} lies[] = {
    {"it read more than there is", {.n_read = SIZE + 1}},
    {"a gap that no worker can know", {.gaps = 1u << GAP_NETWORK}},
    {"a gap without a name", {.gaps = 1u << N_GAP_REASONS}},
    {"a rule that does not exist",
     {.rules = (const struct worker_rule[]){{.rule = N_RULES}}, .n_rules = 1}},
    {"a rule twice",
     {.rules = (const struct worker_rule[]){{.rule = 1}, {.rule = 1}}, .n_rules = 2}},
    {"a match behind the end",
     {.rules =
	  (const struct worker_rule[]){
	      {.strings =
		   (const struct worker_string[]){
		       {.matches = (const struct worker_match[]){{.offset = SIZE,
								  .length = 1}},
			.n_matches = 1}},
	       .n_strings = 1}},
      .n_rules = 1}},
};

static void a_lie_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		begin(state);
		worker_answer_encode(&lies[i].answer, &frame);
		assert_true(buffer_ok(&frame));
		if (decodes_answer(buffer_bytes(&frame)))
			fail_msg("%s", lies[i].name);
	}
}

#define CASE(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(rules_arrive),     CASE(a_config_arrives), CASE(a_hello_arrives),
	    CASE(a_batch_arrives),  CASE(a_piece_arrives),  CASE(an_answer_arrives),
	    CASE(a_lie_is_refused),
	};
	int failed;

	if (arena_new((size_t)1 << 24, &arena) != RQ_OK)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	buffer_free(&frame);
	return failed;
}
