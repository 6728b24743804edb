#include "wire/agent.h"

#include "crypto/sign.h"
#include "sealed/sealed.h"
#include "wire/both.h"

uint8_t agent_message_type(struct bytes message)
{
	return message.n > 0 ? message.at[0] : 0;
}

/* ---- clocks ---- */

static void walk_clocks(struct both *both, struct agent_clocks *clocks)
{
	both_fixed(both, clocks->boot_id, AGENT_BOOT_ID);
	both_u64(both, &clocks->monotonic_ms);
	both_u64(both, &clocks->utc_ms);
}

static void walk_time(struct both *both, struct agent_time *time)
{
	both_u64(both, &time->utc_ms);
	both_fixed(both, time->nonce, AGENT_NONCE);
	both_fixed(both, time->signature, AGENT_SIGNATURE);
}

static enum rq_err signed_time(const struct agent_time *time, struct buffer *to)
{
	buffer_text(to, AGENT_TIME_DOMAIN);
	buffer_put(to, time->nonce, AGENT_NONCE);
	buffer_u64le(to, time->utc_ms);
	return buffer_ok(to) ? RQ_OK : RQ_ERR_MEMORY;
}

enum rq_err agent_time_sign(struct agent_time *time, const uint8_t *secret)
{
	struct buffer text = {0};
	enum rq_err err = signed_time(time, &text);

	if (err == RQ_OK)
		err = sign_message(secret, buffer_bytes(&text), time->signature);
	buffer_free(&text);
	return err;
}

enum rq_err agent_time_verify(const struct agent_time *time, const uint8_t *nonce,
			      const uint8_t *public_key, bool *genuine_out)
{
	struct buffer text = {0};
	enum rq_err err;

	*genuine_out = false;
	if (memcmp(time->nonce, nonce, AGENT_NONCE) != 0)
		return RQ_OK;
	err = signed_time(time, &text);
	if (err == RQ_OK)
		err = sign_verifies(public_key, buffer_bytes(&text), time->signature,
				    genuine_out);
	buffer_free(&text);
	return err;
}

/* ---- ENROL, RENEW, ENROLLED ---- */

static void walk_enrol(struct both *both, struct agent_enrol *enrol)
{
	walk_clocks(both, &enrol->clocks);
	both_fixed(both, enrol->nonce, AGENT_NONCE);
	both_bytes(both, &enrol->unit_code, AGENT_CODE);
	both_bytes(both, &enrol->machine_code, AGENT_CODE);
	both_bytes(both, &enrol->request, CAP_AGENT_REQUEST);
	both_bytes(both, &enrol->program, AGENT_TEXT);
	both_count(both, &enrol->n_facts, CAP_SEALED_FACTS);
	for (size_t i = 0; i < enrol->n_facts; i++) {
		both_choice(both, &enrol->facts[i].kind, N_FACT_KINDS);
		both_bytes(both, &enrol->facts[i].text, AGENT_TEXT);
	}
}
BOTH_WAYS(agent_enrol, walk_enrol, AGENT_ENROL)

static void walk_renew(struct both *both, struct agent_renew *renew)
{
	walk_clocks(both, &renew->clocks);
	both_fixed(both, renew->nonce, AGENT_NONCE);
	both_bytes(both, &renew->request, CAP_AGENT_REQUEST);
	both_bytes(both, &renew->program, AGENT_TEXT);
}
BOTH_WAYS(agent_renew, walk_renew, AGENT_RENEW)

static void walk_enrolled(struct both *both, struct agent_enrolled *enrolled)
{
	both_choice(both, &enrolled->status, N_ENROLMENTS);
	both_u64(both, &enrolled->come_back_ms);
	walk_time(both, &enrolled->time);
	both_fixed(both, enrolled->machine, AGENT_MACHINE_ID);
	both_fixed(both, enrolled->authority, AGENT_DIGEST);
	both_fixed(both, enrolled->time_key, sizeof enrolled->time_key);
	both_count(both, &enrolled->n_chain, CAP_AGENT_CHAIN);
	for (size_t i = 0; i < enrolled->n_chain; i++)
		both_bytes(both, &enrolled->chain[i], CAP_AGENT_CERTIFICATE);
	if ((enrolled->status == ENROLMENT_DONE) != (enrolled->n_chain > 0))
		both_refuse(both);
}
BOTH_WAYS(agent_enrolled, walk_enrolled, AGENT_ENROLLED)

/* ---- CHECK_IN ---- */

static void walk_check_in(struct both *both, struct agent_check_in *check_in)
{
	walk_clocks(both, &check_in->clocks);
	both_fixed(both, check_in->nonce, AGENT_NONCE);
	both_u64(both, &check_in->counter);
	both_u64(both, &check_in->campaign_epoch);
	both_u32(both, &check_in->flags);
	if (check_in->flags & ~(uint32_t)CHECK_IN_FLAGS)
		both_refuse(both);
	for (size_t i = 0; i < N_AGENT_CLASSES; i++) {
		both_u64(both, &check_in->spool[i].bytes);
		both_u64(both, &check_in->spool[i].n_records);
		both_u64(both, &check_in->spool[i].n_dropped);
		both_u64(both, &check_in->spool[i].bytes_dropped);
	}
	both_fixed(both, check_in->posture, AGENT_DIGEST);
	both_bytes(both, &check_in->program, AGENT_TEXT);
	both_bytes(both, &check_in->content, AGENT_TEXT);
	both_u64(both, &check_in->policy_serial);
	both_u32(both, &check_in->n_starts);
	both_u32(both, &check_in->n_deaths);
	both_u64(both, &check_in->peak_memory_bytes);
	both_count(both, &check_in->n_jobs, CAP_AGENT_JOBS);
	for (size_t i = 0; i < check_in->n_jobs; i++) {
		both_u64(both, &check_in->jobs[i].job);
		both_u8(both, &check_in->jobs[i].state);
		both_u16(both, &check_in->jobs[i].done_permille);
		if (check_in->jobs[i].done_permille > 1000)
			both_refuse(both);
	}
}
BOTH_WAYS(agent_check_in, walk_check_in, AGENT_CHECK_IN)

/* ---- CHECK_IN_ANSWER with its lease ---- */

static void walk_lease(struct both *both, struct lease *lease)
{
	both_u64(both, &lease->campaign);
	both_u64(both, &lease->job);
	both_u64(both, &lease->lease_ms);
	both_u64(both, &lease->deadline_ms);
	both_fixed(both, lease->kit, AGENT_DIGEST);
	both_u32(both, &lease->options);
	both_u64(both, &lease->budget.time_ms);
	both_u64(both, &lease->budget.memory_bytes);
	both_u64(both, &lease->budget.file_bytes);
	both_u64(both, &lease->budget.result_bytes);
	both_u32(both, &lease->budget.cpu_percent);
	both_bytes(both, &lease->scope, CAP_SCOPE_FILE);
	both_count(both, &lease->n_paths, CAP_LEASE_PATHS);
	for (size_t i = 0; i < lease->n_paths; i++)
		both_bytes(both, &lease->paths[i], CAP_LEASE_PATH);
}
BOTH_WAYS(lease, walk_lease, AGENT_LEASE)

static void walk_check_in_answer(struct both *both,
				 struct agent_check_in_answer *answer)
{
	walk_time(both, &answer->time);
	both_u64(both, &answer->campaign_epoch);
	both_u64(both, &answer->due_ms);
	both_u32(both, &answer->hold_ms);
	both_u64(both, &answer->take_bytes);
	both_u32(both, &answer->wants);
	if (answer->wants & ~(uint32_t)WANTS)
		both_refuse(both);
	both_u64(both, &answer->policy_serial);
	both_bytes(both, &answer->revoked, CAP_AGENT_REVOKED);
	if (answer->revoked.n % AGENT_MACHINE_ID != 0)
		both_refuse(both);
	both_count(both, &answer->n_expected, CAP_AGENT_STREAMS);
	for (size_t i = 0; i < answer->n_expected; i++) {
		both_choice(both, &answer->expected[i].class, N_AGENT_CLASSES);
		both_u64(both, &answer->expected[i].stream);
		both_u64(both, &answer->expected[i].sequence);
		both_u32(both, &answer->expected[i].chain);
	}
	both_bool(both, &answer->has_lease);
	if (answer->has_lease)
		walk_lease(both, &answer->lease);
}
BOTH_WAYS(agent_check_in_answer, walk_check_in_answer, AGENT_CHECK_IN_ANSWER)

bool agent_is_revoked(const struct agent_check_in_answer *answer,
		      const uint8_t *machine)
{
	struct reader r = reader_over(answer->revoked.at, answer->revoked.n);

	while (reader_left(&r) > 0) {
		struct bytes id = reader_bytes(&r, AGENT_MACHINE_ID);

		if (bytes_equal(id, (struct bytes){machine, AGENT_MACHINE_ID}))
			return true;
	}
	return false;
}

/* ---- OFFER ---- */

static void walk_offer(struct both *both, struct agent_offer *offer)
{
	both_choice(both, &offer->class, N_AGENT_CLASSES);
	both_u64(both, &offer->bytes);
	both_u64(both, &offer->n_records);
}
BOTH_WAYS(agent_offer, walk_offer, AGENT_OFFER)

static void walk_offer_answer(struct both *both, struct agent_offer_answer *answer)
{
	both_u64(both, &answer->take_bytes);
	both_u64(both, &answer->come_back_ms);
}
BOTH_WAYS(agent_offer_answer, walk_offer_answer, AGENT_OFFER_ANSWER)

/* ---- POSTURE, NEIGHBOURS ---- */

static void walk_posture(struct both *both, struct agent_posture *posture)
{
	both_bytes(both, &posture->os, AGENT_TEXT);
	both_bytes(both, &posture->os_version, AGENT_TEXT);
	both_bytes(both, &posture->program, AGENT_TEXT);
	both_bytes(both, &posture->content, AGENT_TEXT);
	both_u64(both, &posture->policy_serial);
	both_u64(both, &posture->booted_ms);
	both_choice(both, &posture->encryption, N_ENCRYPTIONS);
	both_u32(both, &posture->n_updates);
	both_count(both, &posture->n_antivirus, CAP_POSTURE_ANTIVIRUS);
	for (size_t i = 0; i < posture->n_antivirus; i++) {
		struct posture_antivirus *antivirus = &posture->antivirus[i];

		both_bytes(both, &antivirus->product, AGENT_TEXT);
		both_bytes(both, &antivirus->version, AGENT_TEXT);
		both_choice(both, &antivirus->state, N_ANTIVIRUS_STATES);
		both_u64(both, &antivirus->definitions_ms);
		both_u64(both, &antivirus->last_full_scan_ms);
	}
}
BOTH_WAYS(agent_posture, walk_posture, AGENT_POSTURE)

static void walk_neighbours(struct both *both, struct agent_neighbours *neighbours)
{
	both_count(both, &neighbours->n_rows, CAP_NEIGHBOURS);
	for (size_t i = 0; i < neighbours->n_rows && both_ok(both); i++) {
		struct agent_neighbour *row = &neighbours->rows[i];

		both_u8(both, &row->family);
		if (row->family != 4 && row->family != 6)
			both_refuse(both);
		both_fixed(both, row->address, sizeof row->address);
		both_fixed(both, row->link, sizeof row->link);
	}
}
BOTH_WAYS(agent_neighbours, walk_neighbours, AGENT_NEIGHBOURS)
