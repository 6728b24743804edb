#include "endpoint/courier/courier.h"

#include "bytes/alloc.h"
#include "wire/fetch.h"

#include <string.h>

/* What an agent may send, and the type that answers it; 0: it may not. */
static uint8_t answer_of(uint8_t type)
{
	switch (type) {
	case AGENT_CHECK_IN: return AGENT_CHECK_IN_ANSWER;
	case AGENT_OFFER: return AGENT_OFFER_ANSWER;
	case AGENT_DELIVERY:
	case AGENT_POSTURE:
	case AGENT_NEIGHBOURS: return AGENT_DELIVERY_ANSWER;
	case AGENT_FETCH: return AGENT_PART;
	default: return 0;
	}
}

/* The centre's time, in answer to our nonce; and whoever showed certificates is good at
 * that time.  What is not becomes nothing. */
static bool learn_time(struct courier *courier, struct bytes question,
		       struct bytes message)
{
	struct agent_check_in *asked = alloc_array(1, sizeof *asked);
	struct agent_check_in_answer *answer = alloc_array(1, sizeof *answer);
	bool genuine = false;

	if (asked != NULL && answer != NULL &&
	    agent_check_in_decode(question, asked) == RQ_OK &&
	    agent_check_in_answer_decode(message, answer) == RQ_OK &&
	    agent_time_verify(&answer->time, asked->nonce, courier->enrolled.time_key,
			      &genuine) == RQ_OK &&
	    genuine) {
		genuine = trust_holds(&courier->trust, answer->time.utc_ms);
		courier->wants = genuine ? answer->wants : 0;
		if (genuine)
			centre_time_learn(&courier->time, answer->time.utc_ms);
	}
	alloc_free(asked);
	alloc_free(answer);
	return genuine;
}

enum post_result courier_carry(struct courier *courier, struct bytes message,
			       uint32_t wait_ms, const struct post_watch *watch,
			       struct buffer *answer)
{
	uint8_t type = agent_message_type(message), wanted = answer_of(type);
	enum post_result result;

	/* before the time is known, nothing but what brings it leaves this machine */
	if (wanted == 0 || !courier->is_enrolled ||
	    (type != AGENT_CHECK_IN && centre_time_now(&courier->time) == 0))
		return POST_REFUSED;
	result = post_message(courier->post, message, wanted, wait_ms, watch, answer);
	if (result == POST_ANSWERED && type == AGENT_CHECK_IN &&
	    !learn_time(courier, message, buffer_bytes(answer))) {
		buffer_clear(answer);
		post_forget(courier->post);
		return POST_REFUSED;
	}
	return result;
}
