#include "centre/machine/enrolment.h"

#include "centre/machine/enrol_code.h"
#include "crypto/certificate_request.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Enrolment is slow by law: who waits for a person does not ask every minute. */
enum { WAIT_MS = 10 * 60000 };

/* What one request became. */
struct outcome {
	enum agent_enrolment status;
	uint8_t key[KEY_ID], public_key[SIGN_PUBLIC_SIZE];
	uint64_t come_back_ms;
};

/* What the answer is made of; texts lie in room. */
struct session {
	const struct machine_desk *desk;
	struct signer_state authority;
	struct buffer state_room, order_room, identity_room, facts;
	struct outcome outcome;
	struct rq_diag *diag;
};

static void end_session(struct session *session)
{
	buffer_free(&session->state_room);
	buffer_free(&session->order_room);
	buffer_free(&session->identity_room);
	buffer_free(&session->facts);
}

/* The signer is another process: without it nobody is let in, and asks again. */
static enum rq_err signer_away(enum rq_err err, struct rq_diag *diag)
{
	if (err == RQ_OK || err == RQ_ERR_MEMORY)
		return err;
	return rq_fail(diag, RQ_ERR_RETRY, "signer", "it does not answer: %s",
		       rq_err_text(err));
}

static enum rq_err begin_session(struct session *session,
				 const struct machine_desk *desk, struct bytes request,
				 struct rq_diag *diag)
{
	struct outcome *outcome = &session->outcome;
	bool is_good;
	enum rq_err err;

	*session = (struct session){.desk = desk, .diag = diag};
	outcome->status = ENROLMENT_REQUEST_BAD;
	err = signer_away(
	    signer_state(desk->signer, &session->state_room, &session->authority),
	    diag);
	if (err == RQ_OK)
		err = certificate_request_read(request, outcome->public_key, &is_good);
	if (err == RQ_OK && is_good) {
		outcome->status = ENROLMENT_WAITS;
		err = authority_key_id(outcome->public_key, outcome->key);
	}
	return err;
}

/* ---- the answer ---- */

static const char add_certificate[] =
    "INSERT INTO certificate (serial, key_hash, issued_ms, not_before_ms, not_after_ms)"
    " VALUES ($1, $2, $3, $4, $5)";

static enum rq_err order_certificate(struct session *session,
				     struct signer_certificate *certificate)
{
	struct outcome *outcome = &session->outcome;
	struct signer_order order = {.kind = SIGNER_MACHINE};
	enum rq_err err;

	memcpy(order.public_key, outcome->public_key, SIGN_PUBLIC_SIZE);
	err = signer_away(signer_order(session->desk->signer, &order,
				       &session->order_room, certificate),
			  session->diag);
	if (err != RQ_OK)
		return err;
	if (certificate->status == SIGNER_LATER) {
		outcome->status = ENROLMENT_WAITS;
		outcome->come_back_ms = certificate->come_back_ms;
		return RQ_OK;
	}
	if (certificate->status != SIGNER_DONE) {
		outcome->status = ENROLMENT_REQUEST_BAD;
		return RQ_OK;
	}
	{
		const struct store_value values[] = {
		    store_bytes(
			(struct bytes){certificate->serial, CERTIFICATE_SERIAL}),
		    store_bytes((struct bytes){outcome->key, KEY_ID}),
		    store_number((int64_t)world_utc_ms(session->desk->world)),
		    store_number((int64_t)certificate->not_before_ms),
		    store_number((int64_t)certificate->not_after_ms)};

		return store_run(session->desk->store, add_certificate, values,
				 COUNT(values), NULL, session->diag);
	}
}

static enum rq_err answer_session(struct session *session, const uint8_t *nonce,
				  struct buffer *answer)
{
	const struct machine_desk *desk = session->desk;
	struct outcome *outcome = &session->outcome;
	struct agent_enrolled enrolled = {0};
	struct signer_certificate certificate;
	enum rq_err err = signer_away(signer_time(desk->signer, nonce, &enrolled.time),
				      session->diag);

	if (err == RQ_OK && outcome->status == ENROLMENT_DONE)
		err = order_certificate(session, &certificate);
	if (err != RQ_OK)
		return err;
	if (outcome->status != ENROLMENT_DONE)
		enrolled.come_back_ms =
		    outcome->come_back_ms + WAIT_MS + world_below(desk->world, WAIT_MS);
	enrolled.status = (uint8_t)outcome->status;
	memcpy(enrolled.authority, session->authority.fingerprint, AGENT_DIGEST);
	if (outcome->status == ENROLMENT_DONE) {
		memcpy(enrolled.machine, outcome->key, KEY_ID);
		memcpy(enrolled.time_key, session->authority.time_key,
		       SIGN_PUBLIC_SIZE);
		enrolled.chain[0] = certificate.der;
		enrolled.chain[1] = session->authority.issuing;
		enrolled.chain[2] = session->authority.root;
		enrolled.n_chain = 3;
	}
	agent_enrolled_encode(&enrolled, answer);
	return buffer_ok(answer) ? RQ_OK : RQ_ERR_MEMORY;
}

/* ---- ENROL ---- */

struct given_code {
	bool is_there;
	uint8_t hash[CODE_HASH];
	struct code_row row;
};

/* Leaves the status alone when the code is one that counts. */
static enum rq_err look_at_code(struct session *session, struct bytes text,
				struct given_code *code_out)
{
	enum code_refusal refusal;
	enum rq_err err;

	*code_out = (struct given_code){0};
	if (text.n == 0)
		return RQ_OK;
	err = code_read(text, session->authority.fingerprint, code_out->hash, &refusal);
	if (err == RQ_OK && refusal == CODE_GOOD)
		err = code_find(session->desk->store, code_out->hash, &code_out->row,
				session->diag);
	if (err == RQ_ERR_NOT_FOUND || (err == RQ_OK && refusal != CODE_GOOD)) {
		session->outcome.status = ENROLMENT_CODE_UNKNOWN;
		return RQ_OK;
	}
	code_out->is_there = err == RQ_OK;
	if (err == RQ_OK &&
	    code_out->row.ends_ms <= (int64_t)world_utc_ms(session->desk->world))
		session->outcome.status = ENROLMENT_CODE_EXPIRED;
	return err;
}

static enum rq_err let_in(struct session *session, const struct agent_enrol *enrol,
			  const struct given_code *code, int64_t machine)
{
	struct identity fresh = {.machine = machine,
				 .unit = code->row.unit,
				 .enrolled_ms =
				     (int64_t)world_utc_ms(session->desk->world),
				 .facts = buffer_bytes(&session->facts),
				 .program = enrol->program};
	enum rq_err err = code_use(session->desk->store, code->hash, session->diag);

	memcpy(fresh.key, session->outcome.key, KEY_ID);
	memcpy(fresh.public_key, session->outcome.public_key, SIGN_PUBLIC_SIZE);
	return err == RQ_OK ? identity_add(session->desk, &fresh, session->diag) : err;
}

/* Whether the facts speak for that row of the register. */
static enum rq_err facts_fit(struct session *session, const struct code_row *row,
			     bool *fit_out)
{
	struct candidate candidates[CANDIDATES];
	size_t n = 0;
	enum rq_err err = identity_candidates(
	    session->desk->store, row->unit, machine_desk_today(session->desk),
	    buffer_bytes(&session->facts), candidates, &n, session->diag);

	*fit_out = false;
	for (size_t i = 0; i < n; i++)
		*fit_out = *fit_out || candidates[i].machine == row->machine;
	return err;
}

/* The code of one row: good once. */
static enum rq_err enrol_row(struct session *session, const struct agent_enrol *enrol,
			     struct given_code *code)
{
	uint8_t other[KEY_ID];
	bool has_ended, is_taken, fit = false;
	enum rq_err err = machine_has_ended(session->desk->store, code->row.machine,
					    machine_desk_today(session->desk),
					    &has_ended, session->diag);

	if (err == RQ_OK && has_ended) {
		session->outcome.status = ENROLMENT_CODE_EXPIRED;
		return RQ_OK;
	}
	if (err == RQ_OK)
		err = identity_of_machine(session->desk->store, code->row.machine,
					  other, session->diag);
	is_taken = err == RQ_OK;
	if (err == RQ_ERR_NOT_FOUND)
		err = RQ_OK;
	if (err == RQ_OK && code->row.uses_left == 0) {
		if (is_taken)
			err = facts_fit(session, &code->row, &fit);
		session->outcome.status = !is_taken ? ENROLMENT_CODE_USED_UP
					  : fit     ? ENROLMENT_WAITS
						    : ENROLMENT_ROW_TAKEN;
		if (err == RQ_OK && session->outcome.status == ENROLMENT_WAITS) {
			/* it was used: nothing is left to count */
			struct identity fresh = {
			    .unit = code->row.unit,
			    .has_came_from = true,
			    .enrolled_ms = (int64_t)world_utc_ms(session->desk->world),
			    .facts = buffer_bytes(&session->facts),
			    .program = enrol->program};

			memcpy(fresh.came_from, other, KEY_ID);
			memcpy(fresh.key, session->outcome.key, KEY_ID);
			memcpy(fresh.public_key, session->outcome.public_key,
			       SIGN_PUBLIC_SIZE);
			err = identity_add(session->desk, &fresh, session->diag);
		}
		return err;
	}
	if (err == RQ_OK)
		err = let_in(session, enrol, code, is_taken ? 0 : code->row.machine);
	if (err == RQ_OK && !is_taken)
		session->outcome.status = ENROLMENT_DONE;
	return err;
}

static enum rq_err enrol_new(struct session *session, const struct agent_enrol *enrol)
{
	struct given_code unit, machine;
	enum rq_err err;

	identity_facts_write(enrol->facts, enrol->n_facts, &session->facts);
	if (!buffer_ok(&session->facts))
		return RQ_ERR_MEMORY;
	err = look_at_code(session, enrol->unit_code, &unit);
	if (err == RQ_OK && session->outcome.status == ENROLMENT_WAITS)
		err = look_at_code(session, enrol->machine_code, &machine);
	if (err != RQ_OK || session->outcome.status != ENROLMENT_WAITS)
		return err;
	if (machine.is_there)
		unit = machine;
	if (!unit.is_there) {
		session->outcome.status = ENROLMENT_CODE_UNKNOWN;
		return RQ_OK;
	}
	if (unit.row.machine != 0)
		return enrol_row(session, enrol, &unit);
	if (unit.row.uses_left == 0) {
		session->outcome.status = ENROLMENT_CODE_USED_UP;
		return RQ_OK;
	}
	return let_in(session, enrol, &unit, 0);
}

/* A key that was let in before is not counted again. */
static enum rq_err enrol_known(struct session *session, const struct identity *identity)
{
	static const enum agent_enrolment statuses[] = {
	    [IDENTITY_WAITING] = ENROLMENT_WAITS,
	    [IDENTITY_BOUND] = ENROLMENT_DONE,
	    [IDENTITY_REVOKED] = ENROLMENT_REVOKED,
	    /* the machine has to make another key */
	    [IDENTITY_SPENT] = ENROLMENT_REQUEST_BAD,
	};

	session->outcome.status = statuses[identity->state];
	return RQ_OK;
}

enum rq_err desk_enrol(const struct machine_desk *desk, struct bytes message,
		       struct buffer *answer, struct rq_diag *diag)
{
	struct session session;
	struct identity known;
	struct agent_enrol enrol;
	enum rq_err err = agent_enrol_decode(message, &enrol);

	if (err != RQ_OK)
		return err;
	err = begin_session(&session, desk, enrol.request, diag);
	if (err == RQ_OK && session.outcome.status == ENROLMENT_WAITS) {
		err = identity_find(desk->store, session.outcome.key,
				    &session.identity_room, &known, diag);
		if (err == RQ_OK)
			err = enrol_known(&session, &known);
		else if (err == RQ_ERR_NOT_FOUND)
			err = enrol_new(&session, &enrol);
	}
	if (err == RQ_OK)
		err = answer_session(&session, enrol.nonce, answer);
	end_session(&session);
	return err;
}

/* ---- RENEW ---- */

static const char count_keys[] =
    "SELECT count(*) FROM identity WHERE came_from = $1 AND state = 1";

/* Another key, told with the old one. */
static enum rq_err renew_other(struct session *session, const struct identity *old,
			       const struct admission *admission, struct bytes program)
{
	const struct machine_desk *desk = session->desk;
	const struct store_value values[] = {
	    store_bytes((struct bytes){old->key, KEY_ID})};
	const bool stays = old->state == IDENTITY_BOUND;
	struct identity fresh = {.machine = stays ? old->machine : 0,
				 .unit =
				     admission->unit != 0 ? admission->unit : old->unit,
				 .has_came_from = true,
				 .enrolled_ms = (int64_t)world_utc_ms(desk->world),
				 .facts = old->facts,
				 .program = program};
	int64_t n_waiting = 0;
	enum rq_err err = store_ask_number(desk->store, count_keys, values,
					   COUNT(values), &n_waiting, session->diag);

	memcpy(fresh.key, session->outcome.key, KEY_ID);
	memcpy(fresh.public_key, session->outcome.public_key, SIGN_PUBLIC_SIZE);
	memcpy(fresh.came_from, old->key, KEY_ID);
	if (err == RQ_OK && n_waiting >= CAP_KEYS_OF_ONE) {
		session->outcome.status = ENROLMENT_CODE_USED_UP;
		return RQ_OK;
	}
	if (err == RQ_OK && old->state == IDENTITY_WAITING)
		err = identity_end(desk->store, old->key, IDENTITY_SPENT,
				   fresh.enrolled_ms, session->diag);
	if (err == RQ_OK)
		err = identity_add(desk, &fresh, session->diag);
	session->outcome.status = stays ? ENROLMENT_DONE : ENROLMENT_WAITS;
	return err;
}

static enum rq_err renew(struct session *session, const struct admission *admission,
			 struct bytes program)
{
	struct store *store = session->desk->store;
	struct buffer room = {0};
	struct identity old, known;
	enum rq_err err = identity_find(store, admission->key, &session->identity_room,
					&old, session->diag);

	if (err != RQ_OK)
		return err;
	if (memcmp(session->outcome.key, admission->key, KEY_ID) == 0) {
		session->outcome.status = old.state == IDENTITY_SPENT
					      ? ENROLMENT_REQUEST_BAD
					      : ENROLMENT_DONE;
		return RQ_OK;
	}
	err = identity_find(store, session->outcome.key, &room, &known, session->diag);
	if (err == RQ_ERR_NOT_FOUND)
		err = renew_other(session, &old, admission, program);
	else if (err == RQ_OK && known.has_came_from &&
		 memcmp(known.came_from, admission->key, KEY_ID) == 0)
		err = enrol_known(session, &known);
	else
		session->outcome.status = ENROLMENT_REQUEST_BAD;
	buffer_free(&room);
	return err;
}

enum rq_err desk_renew(const struct machine_desk *desk, const struct speaker *speaker,
		       struct bytes message, struct buffer *answer,
		       struct rq_diag *diag)
{
	struct session session;
	struct admission admission;
	struct agent_renew asked;
	enum rq_err err = agent_renew_decode(message, &asked);

	if (err != RQ_OK)
		return err;
	err = begin_session(&session, desk, asked.request, diag);
	if (err == RQ_OK)
		err = identity_admit(desk, speaker, &admission, diag);
	if (err == RQ_OK && session.outcome.status == ENROLMENT_WAITS) {
		if (admission.state == ADMIT_NOBODY)
			session.outcome.status = ENROLMENT_REQUEST_BAD;
		else if (admission.state == ADMIT_REVOKED)
			session.outcome.status = ENROLMENT_REVOKED;
		else
			err = renew(&session, &admission, asked.program);
	}
	if (err == RQ_OK)
		err = answer_session(&session, asked.nonce, answer);
	end_session(&session);
	return err;
}
