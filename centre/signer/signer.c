#include "centre/signer/signer.h"

#include "os/clock.h"

#include <string.h>

enum { ANSWER_MS = 10000, WAIT_MS = 1000 };

/* ---- in this process ---- */

static enum rq_err ask_authority(void *self, struct bytes request,
				 struct buffer *answer)
{
	return authority_answer(self, request, answer);
}

void signer_of_authority(struct authority *authority, struct signer *signer_out)
{
	*signer_out = (struct signer){authority, ask_authority};
}

/* ---- in another ---- */

static enum rq_err ask_process(void *self, struct bytes request, struct buffer *answer)
{
	const uint64_t deadline_ns = clock_monotonic_ns() + ANSWER_MS * 1000000ull;
	struct process *process = self;
	struct bytes frame = {NULL, 0};
	enum rq_err err = process_send(process, request);

	while (err == RQ_OK) {
		err = process_receive(process, CAP_SIGNER_MESSAGE, &frame);
		if (err != RQ_ERR_NOT_FOUND)
			break;
		if (clock_monotonic_ns() >= deadline_ns)
			return RQ_ERR_PEER;
		process_wait(&process, 1, WAIT_MS);
		err = RQ_OK;
	}
	if (err != RQ_OK)
		return err;
	buffer_put(answer, frame.at, frame.n);
	return buffer_ok(answer) ? RQ_OK : RQ_ERR_MEMORY;
}

void signer_of_process(struct process *process, struct signer *signer_out)
{
	*signer_out = (struct signer){process, ask_process};
}

/* ---- asking ---- */

static enum rq_err ask(const struct signer *signer, struct buffer *request,
		       struct buffer *room)
{
	enum rq_err err;

	buffer_clear(room);
	err = buffer_ok(request)
		  ? signer->ask(signer->self, buffer_bytes(request), room)
		  : RQ_ERR_MEMORY;
	buffer_free(request);
	return err;
}

enum rq_err signer_state(const struct signer *signer, struct buffer *room,
			 struct signer_state *state_out)
{
	struct buffer request = {0};
	enum rq_err err;

	signer_state_request_encode(&(struct signer_state_request){1}, &request);
	err = ask(signer, &request, room);
	return err != RQ_OK ? err : signer_state_decode(buffer_bytes(room), state_out);
}

enum rq_err signer_order(const struct signer *signer, const struct signer_order *order,
			 struct buffer *room,
			 struct signer_certificate *certificate_out)
{
	struct buffer request = {0};
	enum rq_err err;

	signer_order_encode(order, &request);
	err = ask(signer, &request, room);
	return err != RQ_OK
		   ? err
		   : signer_certificate_decode(buffer_bytes(room), certificate_out);
}

enum rq_err signer_time(const struct signer *signer, const uint8_t *nonce,
			struct agent_time *time_out)
{
	struct buffer request = {0}, room = {0};
	struct signer_time_request asked;
	struct signer_time time = {0};
	enum rq_err err;

	memcpy(asked.nonce, nonce, AGENT_NONCE);
	signer_time_request_encode(&asked, &request);
	err = ask(signer, &request, &room);
	if (err == RQ_OK)
		err = signer_time_decode(buffer_bytes(&room), &time);
	*time_out = time.time;
	buffer_free(&room);
	return err;
}
