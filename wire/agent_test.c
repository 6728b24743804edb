/* Machine and centre understand each other, and nothing else. */
#include "wire/agent_sample.h"

#include "bytes/alloc.h"
#include "bytes/test.h"
#include "crypto/sign.h"

/* A decoder with the encoder of the same message behind it, for any of them. */
#define AGAIN(name, type)                                                              \
	static enum rq_err again_##name(struct bytes message, struct buffer *to)       \
	{                                                                              \
		struct type *value = alloc_array(1, sizeof *value);                    \
		enum rq_err err = type##_decode(message, value);                       \
                                                                                       \
		if (err == RQ_OK)                                                      \
			type##_encode(value, to);                                      \
		alloc_free(value);                                                     \
		return err;                                                            \
	}
AGAIN(enrol, agent_enrol)
AGAIN(renew, agent_renew)
AGAIN(enrolled, agent_enrolled)
AGAIN(check_in, agent_check_in)
AGAIN(check_in_answer, agent_check_in_answer)
AGAIN(lease, lease)
AGAIN(offer, agent_offer)
AGAIN(offer_answer, agent_offer_answer)
AGAIN(delivery, agent_delivery)
AGAIN(delivery_answer, agent_delivery_answer)
AGAIN(posture, agent_posture)
AGAIN(neighbours, agent_neighbours)
AGAIN(fetch, agent_fetch)
AGAIN(part, agent_part)
AGAIN(begin, sweep_begin)
AGAIN(progress, sweep_progress)
AGAIN(gaps, sweep_gaps)
AGAIN(end, sweep_end)
AGAIN(refused, job_refused)

static const struct {
	const char *name;
	void (*sample)(struct buffer *to);
	enum rq_err (*again)(struct bytes message, struct buffer *to);
	uint8_t type;
} messages[] = {
    {"ENROL", sample_enrol, again_enrol, AGENT_ENROL},
    {"ENROLLED", sample_enrolled, again_enrolled, AGENT_ENROLLED},
    {"RENEW", sample_renew, again_renew, AGENT_RENEW},
    {"CHECK_IN", sample_check_in, again_check_in, AGENT_CHECK_IN},
    {"CHECK_IN_ANSWER", sample_check_in_answer, again_check_in_answer,
     AGENT_CHECK_IN_ANSWER},
    {"LEASE", sample_lease, again_lease, AGENT_LEASE},
    {"OFFER", sample_offer, again_offer, AGENT_OFFER},
    {"OFFER_ANSWER", sample_offer_answer, again_offer_answer, AGENT_OFFER_ANSWER},
    {"DELIVERY", sample_delivery, again_delivery, AGENT_DELIVERY},
    {"DELIVERY_ANSWER", sample_delivery_answer, again_delivery_answer,
     AGENT_DELIVERY_ANSWER},
    {"POSTURE", sample_posture, again_posture, AGENT_POSTURE},
    {"NEIGHBOURS", sample_neighbours, again_neighbours, AGENT_NEIGHBOURS},
    {"FETCH", sample_fetch, again_fetch, AGENT_FETCH},
    {"PART", sample_part, again_part, AGENT_PART},
    {"sweep begin", sample_begin, again_begin, RECORD_SWEEP_BEGIN},
    {"progress", sample_progress, again_progress, RECORD_PROGRESS},
    {"gaps", sample_gaps, again_gaps, RECORD_GAPS},
    {"sweep end", sample_end, again_end, RECORD_SWEEP_END},
    {"job refused", sample_refused, again_refused, RECORD_JOB_REFUSED},
};
enum { N_MESSAGES = sizeof messages / sizeof messages[0] };

static void what_was_written_is_read_and_written_again_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_MESSAGES; i++) {
		struct buffer first = {0}, second = {0};

		messages[i].sample(&first);
		assert_true(buffer_ok(&first));
		assert_int_equal(agent_message_type(buffer_bytes(&first)),
				 messages[i].type);
		if (messages[i].again(buffer_bytes(&first), &second) != RQ_OK)
			fail_msg("%s", messages[i].name);
		assert_true(bytes_equal(buffer_bytes(&first), buffer_bytes(&second)));
		buffer_free(&first);
		buffer_free(&second);
	}
}

static void a_message_that_is_cut_or_longer_or_another_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_MESSAGES; i++) {
		struct buffer message = {0}, out = {0};

		messages[i].sample(&message);
		for (size_t n = 0; n < message.size; n++)
			assert_int_equal(
			    messages[i].again((struct bytes){message.data, n}, &out),
			    RQ_ERR_FORMAT);
		buffer_u8(&message, 0);
		assert_int_equal(messages[i].again(buffer_bytes(&message), &out),
				 RQ_ERR_FORMAT);
		message.size--;
		message.data[0] ^= 0x40;
		assert_int_equal(messages[i].again(buffer_bytes(&message), &out),
				 RQ_ERR_FORMAT);
		message.data[0] ^= 0x40;
		message.data[1]++; /* of a later program */
		assert_int_equal(messages[i].again(buffer_bytes(&message), &out),
				 RQ_ERR_FORMAT);
		buffer_free(&message);
		buffer_free(&out);
	}
}

static void a_value_above_its_cap_is_neither_written_nor_read(void **state)
{
	static const uint8_t zeros[CAP_AGENT_RECORD + 1];
	const struct agent_enrol long_code = {.unit_code = {zeros, AGENT_CODE + 1}};
	const struct agent_enrol many_facts = {.n_facts = CAP_SEALED_FACTS + 1};
	const struct agent_offer no_class = {.class = N_AGENT_CLASSES};
	const struct agent_enrolled no_chain = {.status = ENROLMENT_DONE};
	const struct record large = {RECORD_FINDING, 0, 0, 0, {zeros, sizeof zeros}};
	const struct record no_kind = {.kind = 0};
	struct agent_check_in half_id = {0};
	struct buffer to = {0};

	(void)state;
#define REFUSED(call)                                                                  \
	call;                                                                          \
	assert_false(buffer_ok(&to));                                                  \
	buffer_clear(&to)
	REFUSED(agent_enrol_encode(&long_code, &to));
	REFUSED(agent_enrol_encode(&many_facts, &to));
	REFUSED(agent_offer_encode(&no_class, &to));
	REFUSED(agent_enrolled_encode(&no_chain, &to));
	REFUSED(record_encode(&large, &to));
	REFUSED(record_encode(&no_kind, &to));
	half_id.flags = CHECK_IN_FLAGS + 1;
	REFUSED(agent_check_in_encode(&half_id, &to));
#undef REFUSED
	buffer_free(&to);
}

static void records_must_be_as_many_as_the_delivery_says(void **state)
{
	const struct record record = {RECORD_FINDING, 1, 2, 3, BYTES_LITERAL("x")};
	struct agent_delivery delivery = {.first = 5, .none_from = 5}, read;
	struct buffer records = {0}, message = {0};

	(void)state;
	record_encode(&record, &records);
	assert_int_equal(records.size, RECORD_HEAD + 1);
	delivery.records = buffer_bytes(&records);
	for (delivery.n_records = 0; delivery.n_records < 3; delivery.n_records++) {
		buffer_clear(&message);
		agent_delivery_encode(&delivery, &message);
		assert_int_equal(agent_delivery_decode(buffer_bytes(&message), &read),
				 delivery.n_records == 1 ? RQ_OK : RQ_ERR_FORMAT);
	}
	delivery.n_records = 1;
	delivery.none_from = 6; /* it says it has not what it sends */
	buffer_clear(&message);
	agent_delivery_encode(&delivery, &message);
	assert_int_equal(agent_delivery_decode(buffer_bytes(&message), &read),
			 RQ_ERR_FORMAT);
	delivery.none_from = 0;
	delivery.first = UINT64_MAX; /* and there is no number behind it */
	buffer_clear(&message);
	agent_delivery_encode(&delivery, &message);
	assert_int_equal(agent_delivery_decode(buffer_bytes(&message), &read),
			 RQ_ERR_FORMAT);
	buffer_free(&records);
	buffer_free(&message);
}

static void the_centres_time_answers_one_request(void **state)
{
	const uint8_t secret[SIGN_SECRET_SIZE] = {1, 2, 3};
	struct agent_time time = {.utc_ms = 1609459200000, .nonce = {4}};
	uint8_t key[SIGN_PUBLIC_SIZE], other[AGENT_NONCE] = {5};
	bool genuine;

	(void)state;
	assert_int_equal(sign_public(secret, key), RQ_OK);
	assert_int_equal(agent_time_sign(&time, secret), RQ_OK);
	assert_int_equal(agent_time_verify(&time, time.nonce, key, &genuine), RQ_OK);
	assert_true(genuine);
	assert_int_equal(agent_time_verify(&time, other, key, &genuine), RQ_OK);
	assert_false(genuine); /* an old answer, played again */
	time.utc_ms++;
	assert_int_equal(agent_time_verify(&time, time.nonce, key, &genuine), RQ_OK);
	assert_false(genuine);
}

static void a_revoked_machine_is_found_on_the_list(void **state)
{
	const struct agent_check_in_answer answer = {
	    .revoked = BYTES_LITERAL("0123456789abcdefFEDCBA9876543210")};

	(void)state;
	assert_true(agent_is_revoked(&answer, (const uint8_t *)"FEDCBA9876543210"));
	assert_false(agent_is_revoked(&answer, (const uint8_t *)"cdefFEDCBA987654"));
}

TEST_MAIN(cmocka_unit_test(what_was_written_is_read_and_written_again_the_same),
	  cmocka_unit_test(a_message_that_is_cut_or_longer_or_another_is_refused),
	  cmocka_unit_test(a_value_above_its_cap_is_neither_written_nor_read),
	  cmocka_unit_test(records_must_be_as_many_as_the_delivery_says),
	  cmocka_unit_test(the_centres_time_answers_one_request),
	  cmocka_unit_test(a_revoked_machine_is_found_on_the_list))
