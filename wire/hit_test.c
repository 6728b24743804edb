#include "wire/worker.h"

#include "bytes/test.h"
#include "finding/finding.h"

static const struct worker_limits limits = {
    .n_rules = 1, .object_size = 10, .n_indicators = 5, .n_artefacts = 2};

static enum rq_err pass(const struct worker_hit *hits, size_t n, struct arena *arena,
			struct worker_answer *answer_out)
{
	const struct worker_answer answer = {.hits = hits, .n_hits = n};
	struct buffer data = {0};
	enum rq_err err;

	worker_answer_encode(&answer, &data);
	assert_true(buffer_ok(&data));
	err = worker_answer_decode(
	    (struct bytes){(const uint8_t *)arena_copy(arena, data.data, data.size),
			   data.size},
	    &limits, arena, answer_out);
	buffer_free(&data);
	return err;
}

static void hits_arrive_as_they_were_sent(void **state)
{
	const struct worker_hit hits[] = {
	    {FINDING_HASH, 4, {NULL, 0}},
	    {FINDING_NAME, 0, BYTES_LITERAL("/tmp/a\nb")},
	    {FINDING_ARTEFACT, 1, BYTES_LITERAL("\xff")},
	};
	struct worker_answer answer;
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(pass(hits, 3, arena, &answer), RQ_OK);
	assert_int_equal(answer.n_hits, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(answer.hits[i].kind, hits[i].kind);
		assert_int_equal(answer.hits[i].index, hits[i].index);
		assert_true(bytes_equal(answer.hits[i].where, hits[i].where));
	}
	arena_free(arena);
}

static void a_hit_on_what_the_worker_was_not_given_is_refused(void **state)
{
	const struct worker_hit cases[] = {
	    {FINDING_HASH, 5, {NULL, 0}},
	    {FINDING_HOST, UINT32_MAX, {NULL, 0}},
	    {FINDING_ARTEFACT, 2, {NULL, 0}},
	    {FINDING_RULE, 0, {NULL, 0}},
	    {255, 0, {NULL, 0}},
	};
	struct worker_answer answer;
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(pass(&cases[i], 1, arena, &answer), RQ_ERR_FORMAT);
		assert_int_equal(answer.n_hits, 0);
	}
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(hits_arrive_as_they_were_sent),
	  cmocka_unit_test(a_hit_on_what_the_worker_was_not_given_is_refused))
