/* What machines say, as messages of wire/agent.h in the bodies of requests. */
#include "centre/http/centre.h"

#include "centre/machine/check_in.h"
#include "centre/machine/enrolment.h"

enum { MESSAGE_MAX = 64 << 10 };

static void read_speaker(const struct route_call *call, struct speaker *speaker)
{
	const struct http_peer *peer = call->request->peer;

	*speaker = (struct speaker){0};
	speaker->is_known =
	    peer->has_certificate &&
	    certificate_facts_read(peer->certificate, &speaker->certificate) == RQ_OK;
}

/* Each message is a part of the turn's change: a bad one takes back itself alone. */
static enum rq_err begin_part(struct centre *centre)
{
	enum rq_err err =
	    centre->desk != NULL ? centre_change(centre, NULL) : RQ_ERR_RETRY;

	return err == RQ_OK ? store_part_begin(centre->store, NULL) : err;
}

static void end_part(struct route_call *call, enum rq_err err)
{
	struct centre *centre = call->centre;

	if (err == RQ_OK)
		err = store_part_keep(centre->store, NULL);
	else if (centre->has_change)
		store_part_undo(centre->store);
	if (err == RQ_OK) {
		http_reply_header(call->reply, "Content-Type",
				  BYTES_LITERAL("application/octet-stream"));
		http_reply_after_commit(call->reply);
		http_reply_send(call->reply);
		return;
	}
	problem_send(call->reply, call->request,
		     err == RQ_ERR_FORMAT ? PROBLEM_BAD_REQUEST : problem_of(err),
		     (struct bytes){0});
}

static void enrol(struct route_call *call)
{
	struct centre *centre = call->centre;
	enum rq_err err = begin_part(centre);

	if (err == RQ_OK)
		err = desk_enrol(centre->desk, call->request->body,
				 http_reply_body(call->reply), NULL);
	end_part(call, err);
}

static void renew(struct route_call *call)
{
	struct centre *centre = call->centre;
	enum rq_err err = begin_part(centre);
	struct speaker speaker;

	read_speaker(call, &speaker);
	if (err == RQ_OK)
		err = desk_renew(centre->desk, &speaker, call->request->body,
				 http_reply_body(call->reply), NULL);
	end_part(call, err);
}

static void check_in(struct route_call *call)
{
	struct centre *centre = call->centre;
	struct agent_check_in_answer answer = {0};
	struct agent_check_in message;
	struct admission admission;
	struct speaker speaker;
	enum rq_err err = begin_part(centre);

	read_speaker(call, &speaker);
	if (err == RQ_OK)
		err = agent_check_in_decode(call->request->body, &message);
	if (err == RQ_OK)
		err = desk_check_in(centre->desk, &speaker, &message, &answer,
				    &admission, NULL);
	if (err == RQ_OK)
		agent_check_in_answer_encode(&answer, http_reply_body(call->reply));
	end_part(call, err);
}

/* An ended certificate gets as far as the desk, which says what it is good for. */
static const struct route rows[] = {
    {METHOD_POST, "/agent/v1/enrol", AT_AGENTS, ROUTE_ANYONE, 0, NULL, MESSAGE_MAX,
     RATE_ENROL, enrol},
    {METHOD_POST, "/agent/v1/renew", AT_AGENTS, ROUTE_RENEWAL, 0, NULL, MESSAGE_MAX,
     RATE_AGENT, renew},
    {METHOD_POST, "/agent/v1/check-in", AT_AGENTS, ROUTE_RENEWAL, 0, NULL, MESSAGE_MAX,
     RATE_AGENT, check_in},
};

const struct route_table routes_agents = {rows, sizeof rows / sizeof rows[0]};
