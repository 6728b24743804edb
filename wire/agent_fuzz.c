/* Both directions between machine and centre, and what records hold. */
#include "bytes/alloc.h"
#include "wire/fetch.h"
#include "wire/sweep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read must be written again as it was, to the byte. */
#define TRY(type)                                                                      \
	do {                                                                           \
		struct type *value = alloc_array(1, sizeof *value);                    \
		struct buffer again = {0};                                             \
                                                                                       \
		if (value != NULL && type##_decode(message, value) == RQ_OK) {         \
			type##_encode(value, &again);                                  \
			if (buffer_ok(&again) &&                                       \
			    !bytes_equal(buffer_bytes(&again), message))               \
				__builtin_trap();                                      \
		}                                                                      \
		buffer_free(&again);                                                   \
		alloc_free(value);                                                     \
	} while (0)

static void judge(struct bytes message)
{
	struct agent_delivery delivery;
	struct stream_mark mark = {.next = 13, .chain = 1};
	size_t n_known;

	if (agent_delivery_decode(message, &delivery) != RQ_OK)
		return;
	if (stream_judge(&mark, &delivery, &n_known) != DELIVERY_TAKEN &&
	    (mark.next != 13 || mark.chain != 1))
		__builtin_trap();
	if (n_known > delivery.n_records || mark.next < 13)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes message = {data, size};

	TRY(agent_enrol);
	TRY(agent_renew);
	TRY(agent_enrolled);
	TRY(agent_check_in);
	TRY(agent_check_in_answer);
	TRY(lease);
	TRY(agent_offer);
	TRY(agent_offer_answer);
	TRY(agent_delivery);
	TRY(agent_delivery_answer);
	TRY(agent_posture);
	TRY(agent_neighbours);
	TRY(agent_fetch);
	TRY(agent_part);
	TRY(sweep_begin);
	TRY(sweep_progress);
	TRY(sweep_end);
	TRY(job_refused);
	judge(message);
	return 0;
}
