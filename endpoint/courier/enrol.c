#include "bytes/alloc.h"
#include "crypto/certificate.h"
#include "crypto/certificate_request.h"
#include "crypto/secret.h"
#include "endpoint/courier/courier.h"
#include "os/file.h"
#include "os/guard.h"
#include "os/machine.h"
#include "sealed/sealed.h"

#include <string.h>

/* A certificate that was made just now ends about so far ahead: the one proof of today's
 * date that a thief of an old key of the centre cannot make. */
#define LIFETIME_MS     ((uint64_t)100 * 24 * 3600 * 1000)
#define RENEW_BEFORE_MS ((uint64_t)30 * 24 * 3600 * 1000)

enum { WAIT_MS = 60 * 1000 };

struct asking {
	uint8_t secret[SIGN_SECRET_SIZE], nonce[AGENT_NONCE];
	struct buffer request, message, answer;
};

static void asking_free(struct asking *asking)
{
	secret_wipe(asking->secret, sizeof asking->secret);
	buffer_free(&asking->request);
	buffer_free(&asking->message);
	buffer_free(&asking->answer);
}

static struct agent_clocks clocks(const struct courier *courier)
{
	struct agent_clocks clocks = {.monotonic_ms =
					  world_monotonic_ms(&courier->world),
				      .utc_ms = world_utc_ms(&courier->world)};

	world_boot_id(&courier->world, clocks.boot_id);
	return clocks;
}

static void add_fact(struct agent_enrol *enrol, uint8_t kind, const char *text)
{
	if (text[0] != 0 && enrol->n_facts < CAP_SEALED_FACTS)
		enrol->facts[enrol->n_facts++] =
		    (struct agent_fact){kind, bytes_of(text)};
}

static void write_enrol(const struct courier *courier, struct asking *asking)
{
	struct machine machine;
	struct agent_enrol enrol = {.clocks = clocks(courier),
				    .unit_code = bytes_of(courier->settings.unit_code),
				    .machine_code =
					bytes_of(courier->settings.machine_code),
				    .request = buffer_bytes(&asking->request),
				    .program = bytes_of(RAQUET_VERSION)};

	memcpy(enrol.nonce, asking->nonce, AGENT_NONCE);
	machine_read(&machine);
	add_fact(&enrol, FACT_HOST_NAME, machine.name);
	add_fact(&enrol, FACT_MAKER, machine.maker);
	add_fact(&enrol, FACT_MODEL, machine.model);
	add_fact(&enrol, FACT_SERIAL, machine.serial);
	add_fact(&enrol, FACT_BOARD_SERIAL, machine.board_serial);
	for (size_t i = 0; i < machine.n_addresses; i++)
		add_fact(&enrol, FACT_ADDRESS, machine.addresses[i]);
	add_fact(&enrol, FACT_INSTALLED, machine.installed);
	agent_enrol_encode(&enrol, &asking->message);
}

static void write_renew(const struct courier *courier, struct asking *asking)
{
	struct agent_renew renew = {.clocks = clocks(courier),
				    .request = buffer_bytes(&asking->request),
				    .program = bytes_of(RAQUET_VERSION)};

	memcpy(renew.nonce, asking->nonce, AGENT_NONCE);
	agent_renew_encode(&renew, &asking->message);
}

static enum rq_err write_message(struct courier *courier, bool renew,
				 struct asking *asking)
{
	enum rq_err err = RQ_OK;

	if (renew)
		memcpy(asking->secret, courier->secret, sizeof asking->secret);
	else
		err = secret_fill(asking->secret, sizeof asking->secret);
	if (err == RQ_OK)
		err = secret_fill(asking->nonce, sizeof asking->nonce);
	if (err == RQ_OK)
		err = certificate_request_write(asking->secret, &asking->request);
	if (err != RQ_OK)
		return err;
	if (renew)
		write_renew(courier, asking);
	else
		write_enrol(courier, asking);
	return buffer_ok(&asking->message) ? RQ_OK : RQ_ERR_MEMORY;
}

/*
 * Whether all of it is the centre's own: the time answers our nonce, who showed
 * certificates is good at that time, the authority is the one of the code, and the
 * certificate is for our key and was made about now.
 */
static bool is_genuine(const struct courier *courier, const struct asking *asking,
		       const struct agent_enrolled *enrolled,
		       struct certificate_facts *facts)
{
	const struct trust *trust = &courier->trust;
	const uint64_t now = enrolled->time.utc_ms;
	uint8_t ours[SIGN_PUBLIC_SIZE];
	bool genuine = false;

	return agent_time_verify(&enrolled->time, asking->nonce, enrolled->time_key,
				 &genuine) == RQ_OK &&
	       genuine && trust_holds(trust, now) &&
	       memcmp(enrolled->authority, trust->authority, AGENT_DIGEST) == 0 &&
	       (!courier->is_enrolled ||
		memcmp(enrolled->time_key, courier->enrolled.time_key, 32) == 0) &&
	       sign_public(asking->secret, ours) == RQ_OK && enrolled->n_chain > 0 &&
	       certificate_facts_read(enrolled->chain[0], facts) == RQ_OK &&
	       memcmp(facts->public_key, ours, sizeof ours) == 0 &&
	       facts->not_before_ms <= now && facts->not_after_ms > now &&
	       facts->not_after_ms - now <= LIFETIME_MS;
}

static enum rq_err write_file(const struct courier *courier, const char *name,
			      struct bytes data)
{
	struct buffer path = {0};
	enum rq_err err;

	buffer_format(&path, "%s/%s", courier->folder, name);
	buffer_u8(&path, 0);
	err = buffer_ok(&path) ? file_write_atomic((const char *)path.data, data, NULL)
			       : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = guard_give((const char *)path.data, false, 0, 0, NULL);
	buffer_free(&path);
	return err;
}

/* The key first: a certificate without it would be of no use, and is asked for again. */
static enum rq_err keep(struct courier *courier, struct asking *asking,
			const struct certificate_facts *facts)
{
	enum rq_err err = write_file(
	    courier, "key", (struct bytes){asking->secret, sizeof asking->secret});

	if (err == RQ_OK)
		err = write_file(courier, "enrolled", buffer_bytes(&asking->answer));
	if (err != RQ_OK)
		return err;
	buffer_free(&courier->enrolled_file);
	courier->enrolled_file = asking->answer;
	asking->answer = (struct buffer){0}; /* transferred */
	memcpy(courier->secret, asking->secret, sizeof asking->secret);
	courier->has_secret = true;
	err = agent_enrolled_decode(buffer_bytes(&courier->enrolled_file),
				    &courier->enrolled);
	courier->is_enrolled = err == RQ_OK;
	courier->not_after_ms = facts->not_after_ms;
	courier->trust.enrolled = &courier->enrolled;
	courier->wants &= ~(uint32_t)(WANT_RENEW | WANT_NEW_KEY);
	centre_time_learn(&courier->time, courier->enrolled.time.utc_ms);
	return err == RQ_OK
		   ? post_speak_as(courier->post, &courier->enrolled, courier->secret)
		   : err;
}

static enum rq_err answered(struct courier *courier, struct asking *asking,
			    enum courier_enrolment *result_out, uint8_t *status_out,
			    uint64_t *come_back_ms_out)
{
	struct agent_enrolled *enrolled = alloc_array(1, sizeof *enrolled);
	struct certificate_facts facts;
	enum rq_err err = enrolled != NULL ? RQ_OK : RQ_ERR_MEMORY;

	*result_out = COURIER_ENROLMENT_NOT_GENUINE;
	if (err == RQ_OK &&
	    agent_enrolled_decode(buffer_bytes(&asking->answer), enrolled) == RQ_OK) {
		*status_out = enrolled->status;
		*come_back_ms_out = enrolled->come_back_ms;
		if (enrolled->status == ENROLMENT_WAITS) {
			*result_out = COURIER_ENROLMENT_WAITS;
		} else if (enrolled->status != ENROLMENT_DONE) {
			*result_out = COURIER_ENROLMENT_DENIED;
		} else if (is_genuine(courier, asking, enrolled, &facts)) {
			err = keep(courier, asking, &facts);
			*result_out = COURIER_ENROLMENT_DONE;
		}
	}
	alloc_free(enrolled);
	return err;
}

/* As nobody: a certificate that has ended, or of a key that two machines have, is no
 * recommendation.  A renewal speaks with the old one, which is good for it alone. */
enum rq_err courier_enrol(struct courier *courier, bool renew,
			  enum courier_enrolment *result_out, uint8_t *status_out,
			  uint64_t *come_back_ms_out)
{
	const struct post_watch alone = {.descriptor = -1};
	struct asking asking = {0};
	enum post_result result = POST_NO_CENTRE;
	enum rq_err err;

	*result_out = COURIER_ENROLMENT_NO_CENTRE;
	*status_out = 0;
	*come_back_ms_out = 0;
	err = write_message(courier, renew, &asking);
	if (err == RQ_OK && !renew && courier->is_enrolled)
		err = post_speak_as(courier->post, NULL, NULL);
	if (err == RQ_OK)
		result = post_message(courier->post, buffer_bytes(&asking.message),
				      AGENT_ENROLLED, WAIT_MS, &alone, &asking.answer);
	if (result == POST_REFUSED)
		*result_out = COURIER_ENROLMENT_NOT_GENUINE;
	if (err == RQ_OK && result == POST_ANSWERED)
		err = answered(courier, &asking, result_out, status_out,
			       come_back_ms_out);
	if (err == RQ_OK && *result_out != COURIER_ENROLMENT_DONE &&
	    courier->is_enrolled)
		err = post_speak_as(courier->post, &courier->enrolled, courier->secret);
	asking_free(&asking);
	return err;
}

bool courier_is_due(const struct courier *courier)
{
	uint64_t now = centre_time_now(&courier->time);

	return courier->is_enrolled &&
	       (courier->wants & (WANT_RENEW | WANT_NEW_KEY) ||
		(now > 0 && now + RENEW_BEFORE_MS > courier->not_after_ms));
}
