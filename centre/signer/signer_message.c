#include "centre/signer/signer_message.h"

#include "wire/both.h"

static void walk_state_request(struct both *both, struct signer_state_request *request)
{
	both_u8(both, &request->version);
}
BOTH_WAYS(signer_state_request, walk_state_request, SIGNER_STATE)

static void walk_state(struct both *both, struct signer_state *state)
{
	both_fixed(both, state->fingerprint, AGENT_DIGEST);
	both_fixed(both, state->time_key, SIGN_PUBLIC_SIZE);
	both_u64(both, &state->issuing_end_ms);
	both_u64(both, &state->n_issued);
	both_bytes(both, &state->issuing, CAP_AGENT_CERTIFICATE);
	both_bytes(both, &state->root, CAP_AGENT_CERTIFICATE);
}
BOTH_WAYS(signer_state, walk_state, SIGNER_STATE_ANSWER)

static void walk_order(struct both *both, struct signer_order *order)
{
	both_choice(both, &order->kind, N_SIGNER_KINDS);
	both_fixed(both, order->public_key, SIGN_PUBLIC_SIZE);
	both_count(both, &order->n_hosts, CERTIFICATE_HOSTS);
	for (size_t i = 0; i < order->n_hosts; i++)
		both_bytes(both, &order->hosts[i], CERTIFICATE_HOST);
}
BOTH_WAYS(signer_order, walk_order, SIGNER_ORDER)

static void walk_certificate(struct both *both, struct signer_certificate *certificate)
{
	both_choice(both, &certificate->status, N_SIGNER_STATUSES);
	both_u64(both, &certificate->come_back_ms);
	both_fixed(both, certificate->serial, CERTIFICATE_SERIAL);
	both_u64(both, &certificate->not_before_ms);
	both_u64(both, &certificate->not_after_ms);
	both_bytes(both, &certificate->der, CAP_AGENT_CERTIFICATE);
	if ((certificate->status == SIGNER_DONE) != (certificate->der.n > 0))
		both_refuse(both);
}
BOTH_WAYS(signer_certificate, walk_certificate, SIGNER_CERTIFICATE)

static void walk_time_request(struct both *both, struct signer_time_request *request)
{
	both_fixed(both, request->nonce, AGENT_NONCE);
}
BOTH_WAYS(signer_time_request, walk_time_request, SIGNER_TIME)

static void walk_time(struct both *both, struct signer_time *time)
{
	both_u64(both, &time->time.utc_ms);
	both_fixed(both, time->time.nonce, AGENT_NONCE);
	both_fixed(both, time->time.signature, AGENT_SIGNATURE);
}
BOTH_WAYS(signer_time, walk_time, SIGNER_TIME_ANSWER)
