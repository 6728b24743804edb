/* serve: the loop of the centre. */
#include "centre/http/centre.h"
#include "centre/machine/identity.h"
#include "centre/people/totp.h"
#include "centre/verb.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "os/file.h"
#include "os/process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	GRACE_MS = 5000,         /* for what is being answered when we stop */
	IDENTITIES = 128 * 1024, /* whose rates are remembered */
	TURN_MS = 60000,
};

struct serving {
	const struct verb_call *call;
	struct centre centre;
	struct buffer tickets, local_key;
	struct process *process; /* the signer */
	struct signer signer;
	struct machine_desk desk;
	int signals;
};

static bool is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

/*
 * The keys of tickets outlive the process: after an outage every machine comes back at
 * once, and a session that is resumed costs a third of a handshake.
 */
static enum rq_err load_tickets(struct serving *serving, struct rq_diag *diag)
{
	char path[4096];
	uint8_t *keys;
	enum rq_err err;

	snprintf(path, sizeof path, "%s/tickets.key",
		 serving->call->configuration.folder);
	serving->tickets.max = HTTP_TICKET_KEYS;
	err = file_read_whole(path, &serving->tickets, diag);
	if (err == RQ_OK && serving->tickets.size == HTTP_TICKET_KEYS)
		return RQ_OK;
	buffer_clear(&serving->tickets);
	keys = buffer_zeros(&serving->tickets, HTTP_TICKET_KEYS);
	if (keys == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, path, "no memory");
	err = secret_fill(keys, HTTP_TICKET_KEYS);
	if (err == RQ_OK)
		err = file_write_atomic(path, buffer_bytes(&serving->tickets), diag);
	return err;
}

/* What init wrote: secrets of one-time codes are sealed with it. */
static enum rq_err load_local_key(struct serving *serving, struct rq_diag *diag)
{
	char path[4096];
	enum rq_err err;

	snprintf(path, sizeof path, "%s/local.key",
		 serving->call->configuration.folder);
	serving->local_key.max = TOTP_KEY;
	err = file_read_whole(path, &serving->local_key, diag);
	if (err == RQ_OK && serving->local_key.size != TOTP_KEY)
		err = rq_fail(diag, RQ_ERR_FORMAT, path, "not a key of ours");
	return err;
}

/* A secret for one purpose from the local key, the same in every run. */
static enum rq_err derive(const struct serving *serving, const char *purpose,
			  uint8_t out[32])
{
	struct buffer text = {0};
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err;

	buffer_text(&text, purpose);
	buffer_put(&text, serving->local_key.data, serving->local_key.size);
	err = buffer_ok(&text) ? digest_of(DIGEST_SHA256, buffer_bytes(&text), digest)
			       : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		memcpy(out, digest, 32);
	secret_wipe(text.data, text.size);
	secret_wipe(digest, sizeof digest);
	buffer_free(&text);
	return err;
}

/* The signer is told its folder, then it is on its own. */
static enum rq_err start_signer(struct serving *serving, struct rq_diag *diag)
{
	struct buffer frame = {0};
	enum rq_err err = process_start_worker(&serving->process, diag);

	buffer_u32le(&frame, 0);
	buffer_format(&frame, "%s/authority", serving->call->configuration.folder);
	if (err == RQ_OK && !buffer_ok(&frame))
		err = rq_fail(diag, RQ_ERR_MEMORY, NULL, "no memory");
	if (err == RQ_OK) {
		struct bytes body = buffer_bytes(&frame);
		uint32_t n = (uint32_t)(body.n - 4);

		for (size_t i = 0; i < 4; i++)
			frame.data[i] = (uint8_t)(n >> (8 * i));
		err = process_send(serving->process, body);
	}
	buffer_free(&frame);
	if (err != RQ_OK)
		return err;
	signer_of_process(serving->process, &serving->signer);
	machine_desk_default(&serving->desk);
	serving->desk.store = serving->centre.store;
	serving->desk.world = serving->call->world;
	serving->desk.signer = &serving->signer;
	err =
	    derive(serving, "raquet centre 1: addresses", serving->desk.address_secret);
	if (err == RQ_OK)
		serving->centre.desk = &serving->desk;
	return err;
}

static enum rq_err open_gate(struct serving *serving, struct rq_diag *diag)
{
	enum rq_err err = load_local_key(serving, diag);

	serving->centre.gate = (struct gate){.store = serving->centre.store,
					     .world = serving->call->world,
					     .key = serving->local_key.data,
					     .cost = password_cost_default()};
	return err == RQ_OK ? start_signer(serving, diag) : err;
}

static enum rq_err listen_at(struct serving *serving, const char *name,
			     const char *address, struct http_listener_options *options,
			     struct rq_diag *diag)
{
	struct log_field fields[2];
	char host[ADDRESS_HOST];
	enum rq_err err;
	size_t index = 0;

	if (!address_read(address, host, &options->port))
		return rq_fail(diag, RQ_ERR_USAGE, address, "not an address");
	if (strcmp(name, "local") == 0 && !is_loopback(host))
		return rq_fail(diag, RQ_ERR_USAGE, address, "local is not loopback");
	options->name = name;
	options->address = host;
	options->ticket_keys = buffer_bytes(&serving->tickets);
	err = http_server_listen(serving->centre.server, options, &index, diag);
	if (err != RQ_OK)
		return err;
	fields[0] = (struct log_field){"listener", store_text(bytes_of(name))};
	fields[1] = (struct log_field){
	    "port", store_number(http_server_port(serving->centre.server, index))};
	log_tell(&serving->call->log, LOG_NOTICE, "listen", fields, 2);
	return RQ_OK;
}

/* In the order of route.h. */
static enum rq_err listen_all(struct serving *serving, struct rq_diag *diag)
{
	const struct configuration *c = &serving->call->configuration;
	struct http_listener_options agents, people, local;
	enum rq_err err;

	http_listener_options_default(&agents);
	agents.certificate_file = c->agents_certificate;
	agents.key_file = c->agents_key;
	agents.authority_file = c->agents_authority;
	/* who has none yet may enrol: the routes see to the rest */
	agents.certificate = HTTP_CERTIFICATE_OPTIONAL;
	agents.admits_expired = true;
	agents.headers = route_machine_headers;
	agents.connections_max = (uint32_t)c->agents_connections;
	agents.accept_rate = agents.accept_burst = (uint32_t)c->agents_handshakes;
	http_listener_options_default(&people);
	people.certificate_file = c->people_certificate;
	people.key_file = c->people_key;
	people.authority_file = c->people_authority;
	if (c->people_authority != NULL)
		people.certificate = HTTP_CERTIFICATE_OPTIONAL;
	people.headers = route_people_headers;
	people.connections_max = (uint32_t)c->people_connections;
	people.accept_rate = people.accept_burst = (uint32_t)c->people_handshakes;
	local = people;
	local.authority_file = NULL;
	local.certificate = HTTP_CERTIFICATE_NONE;
	local.headers = route_machine_headers;
	local.connections_max = 20;
	err = listen_at(serving, "agents", c->agents, &agents, diag);
	if (err == RQ_OK)
		err = listen_at(serving, "people", c->people, &people, diag);
	if (err == RQ_OK)
		err = listen_at(serving, "local", c->local, &local, diag);
	return err;
}

static void stop(void *self)
{
	struct serving *serving = self;
	struct signalfd_siginfo info;

	if (read(serving->signals, &info, sizeof info) != sizeof info)
		return;
	log_tell(&serving->call->log, LOG_NOTICE, "stop", NULL, 0);
	http_server_stop(serving->centre.server, GRACE_MS);
}

static enum rq_err catch_signals(struct serving *serving, struct rq_diag *diag)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (serving->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "signals cannot be caught");
	return http_server_watch(serving->centre.server, serving->signals, serving,
				 stop, diag);
}

static enum rq_err begin(struct serving *serving, struct rq_diag *diag)
{
	struct centre *centre = &serving->centre;
	const struct http_handler handler = {&centre->router, router_admit,
					     router_answer, centre_turn_end};
	enum rq_err err = verb_open_store(serving->call, &centre->store, diag);

	centre->world = serving->call->world;
	centre->folder = serving->call->configuration.folder;
	centre->room_bytes = (uint64_t)serving->call->configuration.room_mib << 20;
	centre->router = (struct router){.centre = centre,
					 .tables = centre_tables,
					 .n_tables = centre_n_tables,
					 .rates = rates_new(IDENTITIES),
					 .who_is = centre_who_is,
					 .has_room = centre_has_room};
	if (err == RQ_OK && centre->router.rates == NULL)
		err = rq_fail(diag, RQ_ERR_MEMORY, NULL, "no memory");
	if (err == RQ_OK)
		err = http_server_new(&handler, &centre->server, diag);
	centre->router.server = centre->server;
	if (err == RQ_OK)
		err = open_gate(serving, diag);
	if (err == RQ_OK)
		err = load_tickets(serving, diag);
	if (err == RQ_OK)
		err = listen_all(serving, diag);
	if (err == RQ_OK)
		err = catch_signals(serving, diag);
	return err;
}

int verb_serve(const struct verb_call *call)
{
	struct serving serving = {.call = call, .signals = -1};
	struct rq_diag diag = {.offset = RQ_NO_OFFSET};
	enum rq_err err = begin(&serving, &diag);

	while (err == RQ_OK && !http_server_stopped(serving.centre.server))
		err = http_server_turn(serving.centre.server, TURN_MS, &diag);
	if (err != RQ_OK)
		log_failure(&call->log, "failed", err, &diag);
	http_server_free(serving.centre.server);
	rates_free(serving.centre.router.rates);
	store_close(serving.centre.store);
	if (serving.signals >= 0)
		close(serving.signals);
	process_free(serving.process);
	secret_wipe(serving.tickets.data, serving.tickets.size);
	buffer_free(&serving.tickets);
	secret_wipe(serving.local_key.data, serving.local_key.size);
	buffer_free(&serving.local_key);
	return err == RQ_OK          ? CENTRE_FINE
	       : err == RQ_ERR_USAGE ? CENTRE_USAGE
				     : CENTRE_FAILED;
}
