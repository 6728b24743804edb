#include "wire/courier.h"

#include "wire/both.h"

enum { ASK = 1, TOLD = 2, VERSION = 1 };

static void walk_ask(struct both *both, struct courier_ask *ask)
{
	both_head(both, ASK, VERSION);
	both_u64(both, &ask->number);
	both_u32(both, &ask->wait_ms);
	both_bytes(both, &ask->message, CAP_AGENT_MESSAGE);
}

static void walk_told(struct both *both, struct courier_told *told)
{
	both_head(both, TOLD, VERSION);
	both_u64(both, &told->number);
	both_choice(both, &told->outcome, N_COURIER_OUTCOMES);
	both_bytes(both, &told->message, CAP_AGENT_MESSAGE);
	/* bytes come with an answer alone */
	if ((told->outcome == COURIER_ANSWERED || told->outcome == COURIER_ENROLLED) ==
	    (told->message.n == 0))
		both_refuse(both);
}

void courier_ask_encode(const struct courier_ask *ask, struct buffer *to)
{
	struct courier_ask copy = *ask;

	walk_ask(&(struct both){.to = to}, &copy);
}

enum rq_err courier_ask_decode(struct bytes frame, struct courier_ask *ask_out)
{
	struct reader r = reader_over(frame.at, frame.n);

	*ask_out = (struct courier_ask){0};
	walk_ask(&(struct both){.from = &r}, ask_out);
	return reader_done(&r) ? RQ_OK : RQ_ERR_FORMAT;
}

void courier_told_encode(const struct courier_told *told, struct buffer *to)
{
	struct courier_told copy = *told;

	walk_told(&(struct both){.to = to}, &copy);
}

enum rq_err courier_told_decode(struct bytes frame, struct courier_told *told_out)
{
	struct reader r = reader_over(frame.at, frame.n);

	*told_out = (struct courier_told){0};
	walk_told(&(struct both){.from = &r}, told_out);
	return reader_done(&r) ? RQ_OK : RQ_ERR_FORMAT;
}
