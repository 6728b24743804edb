#include "centre/signer/authority.h"

#include "bytes/alloc.h"
#include "bytes/encoding.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

#include <string.h>

/* RFC 8410 7: all of a key's file but the seed. */
static const uint8_t key_head[] = {0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
				   0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

struct bucket {
	struct authority_limit limit;
	uint32_t n_left;
	uint64_t counted_ms; /* on the clock that only goes forward */
};

struct authority {
	struct world world;
	uint8_t issuing_secret[SIGN_SECRET_SIZE], time_secret[SIGN_SECRET_SIZE];
	struct buffer issuing, root;
	struct signer_state state;
	struct bucket buckets[N_SIGNER_KINDS];
	struct issue_log log;
	void *keeper;
	enum rq_err (*keep)(void *keeper, struct bytes line);
};

enum rq_err authority_key_id(const uint8_t *public_key, uint8_t *id_out)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err = digest_of(
	    DIGEST_SHA256, (struct bytes){public_key, SIGN_PUBLIC_SIZE}, digest);

	memcpy(id_out, digest, AUTHORITY_MACHINE_ID);
	return err;
}

/* ---- making one ---- */

static void wipe_and_free(struct buffer *secret)
{
	if (secret->size > 0)
		secret_wipe(secret->data, secret->size);
	buffer_free(secret);
}

void authority_files_free(struct authority_files *files)
{
	wipe_and_free(&files->root_key);
	wipe_and_free(&files->issuing_key);
	wipe_and_free(&files->time_key);
	buffer_free(&files->root);
	buffer_free(&files->issuing);
}

/* A fresh seed, and its file. */
static enum rq_err make_key(const struct world *world, uint8_t *secret_out,
			    struct buffer *file)
{
	enum rq_err err = world_fill(world, secret_out, SIGN_SECRET_SIZE);

	wipe_and_free(file);
	if (err != RQ_OK)
		return err;
	buffer_put(file, key_head, sizeof key_head);
	buffer_put(file, secret_out, SIGN_SECRET_SIZE);
	return buffer_ok(file) ? RQ_OK : RQ_ERR_MEMORY;
}

static enum rq_err read_key(const struct buffer *file, uint8_t *secret_out,
			    const char *name, struct rq_diag *diag)
{
	if (file->size != AUTHORITY_KEY_FILE ||
	    memcmp(file->data, key_head, sizeof key_head) != 0)
		return rq_fail(diag, RQ_ERR_USAGE, name,
			       "this is no Ed25519 key (PKCS #8, DER, not encrypted)");
	memcpy(secret_out, file->data + sizeof key_head, SIGN_SECRET_SIZE);
	return RQ_OK;
}

/* Random, 127 bits at most and never short. */
static enum rq_err make_serial(const struct world *world, uint8_t *serial_out)
{
	enum rq_err err = world_fill(world, serial_out, CERTIFICATE_SERIAL);

	serial_out[0] = (uint8_t)(serial_out[0] % 0x7F + 1);
	return err;
}

/* From the year 2000 on; to a whole second. */
static uint64_t end_after(const struct world *world, uint32_t days)
{
	uint64_t now = world_utc_ms(world);

	if (now < AUTHORITY_NOT_BEFORE_MS)
		now = AUTHORITY_NOT_BEFORE_MS;
	return now / 1000 * 1000 + days * AUTHORITY_DAY_MS;
}

struct issuing {
	struct certificate_order order;
	const uint8_t *secret; /* of the owner */
	const uint8_t *issuer_secret;
	struct bytes issuer;
};

static enum rq_err issue(const struct world *world, struct issuing *issuing,
			 struct buffer *to)
{
	uint8_t public_key[SIGN_PUBLIC_SIZE], serial[CERTIFICATE_SERIAL];
	enum rq_err err = sign_public(issuing->secret, public_key);

	if (err == RQ_OK)
		err = make_serial(world, serial);
	issuing->order.public_key = public_key;
	issuing->order.serial = serial;
	issuing->order.not_before_ms = AUTHORITY_NOT_BEFORE_MS;
	buffer_clear(to);
	return err != RQ_OK ? err
			    : certificate_issue(&issuing->order, issuing->issuer_secret,
						issuing->issuer, to);
}

static enum rq_err issue_issuing(const struct world *world, const uint8_t *root_secret,
				 struct authority_files *files)
{
	uint8_t secret[SIGN_SECRET_SIZE];
	enum rq_err err = make_key(world, secret, &files->issuing_key);
	struct issuing issuing = {
	    .order = {.kind = CERTIFICATE_ISSUING,
		      .name = BYTES_LITERAL("Raquet issuing authority"),
		      .not_after_ms = end_after(world, AUTHORITY_ISSUING_DAYS)},
	    .secret = secret,
	    .issuer_secret = root_secret,
	    .issuer = buffer_bytes(&files->root)};

	if (err == RQ_OK)
		err = issue(world, &issuing, &files->issuing);
	secret_wipe(secret, sizeof secret);
	return err;
}

enum rq_err authority_make(const struct world *world, struct bytes name,
			   struct authority_files *files_out, struct rq_diag *diag)
{
	uint8_t root_secret[SIGN_SECRET_SIZE], time_secret[SIGN_SECRET_SIZE];
	struct issuing root = {.order = {.kind = CERTIFICATE_ROOT,
					 .name = name,
					 .not_after_ms = CERTIFICATE_NO_END},
			       .secret = root_secret,
			       .issuer_secret = root_secret};
	enum rq_err err;

	*files_out = (struct authority_files){0};
	err = make_key(world, root_secret, &files_out->root_key);
	if (err == RQ_OK)
		err = make_key(world, time_secret, &files_out->time_key);
	if (err == RQ_OK)
		err = issue(world, &root, &files_out->root);
	if (err == RQ_OK)
		err = issue_issuing(world, root_secret, files_out);
	secret_wipe(root_secret, sizeof root_secret);
	secret_wipe(time_secret, sizeof time_secret);
	if (err == RQ_OK)
		return RQ_OK;
	authority_files_free(files_out);
	return rq_fail(diag, err, NULL,
		       err == RQ_ERR_USAGE ? "a name of letters, digits, spaces, '.' "
					     "and '-' is wanted, at most 64"
					   : "the authority cannot be made");
}

/* Whether secret is the one of the certificate. */
static enum rq_err check_owner(const uint8_t *secret, const struct buffer *certificate,
			       const char *name, struct certificate_facts *facts_out,
			       struct rq_diag *diag)
{
	uint8_t public_key[SIGN_PUBLIC_SIZE];
	enum rq_err err = sign_public(secret, public_key);

	if (err == RQ_OK &&
	    (certificate_facts_read(buffer_bytes(certificate), facts_out) != RQ_OK ||
	     memcmp(public_key, facts_out->public_key, sizeof public_key) != 0))
		err = rq_fail(diag, RQ_ERR_USAGE, name,
			      "this is not the certificate of the key beside it");
	return err;
}

enum rq_err authority_renew(const struct world *world, struct authority_files *files,
			    struct rq_diag *diag)
{
	uint8_t root_secret[SIGN_SECRET_SIZE];
	struct certificate_facts facts;
	enum rq_err err = read_key(&files->root_key, root_secret, "root.key", diag);

	if (err == RQ_OK)
		err = check_owner(root_secret, &files->root, "root.crt", &facts, diag);
	if (err == RQ_OK)
		err = issue_issuing(world, root_secret, files);
	secret_wipe(root_secret, sizeof root_secret);
	return err;
}

/* ---- at work ---- */

void authority_options_default(struct authority_options *options)
{
	*options = (struct authority_options){
	    .limits = {
		[SIGNER_MACHINE] = {20000, 500}, [SIGNER_CENTRE] = {16, 3600000}}};
}

static enum rq_err take_state(struct authority *authority,
			      const struct certificate_facts *issuing)
{
	struct signer_state *state = &authority->state;
	enum rq_err err = digest_of(DIGEST_SHA256, buffer_bytes(&authority->root),
				    state->fingerprint);

	if (err == RQ_OK)
		err = sign_public(authority->time_secret, state->time_key);
	state->issuing_end_ms = issuing->not_after_ms;
	state->issuing = buffer_bytes(&authority->issuing);
	state->root = buffer_bytes(&authority->root);
	return err;
}

static enum rq_err check_files(struct authority *authority,
			       const struct authority_files *files,
			       struct certificate_facts *issuing_out,
			       struct rq_diag *diag)
{
	bool is_below;
	enum rq_err err = read_key(&files->issuing_key, authority->issuing_secret,
				   "issuing.key", diag);

	if (err == RQ_OK)
		err = read_key(&files->time_key, authority->time_secret, "time.key",
			       diag);
	if (err == RQ_OK)
		err = check_owner(authority->issuing_secret, &files->issuing,
				  "issuing.crt", issuing_out, diag);
	if (err != RQ_OK)
		return err;
	err = certificate_is_below(buffer_bytes(&files->issuing),
				   buffer_bytes(&files->root), &is_below);
	if (err == RQ_OK && !is_below)
		err = rq_fail(diag, RQ_ERR_USAGE, "issuing.crt",
			      "it was not signed by the root beside it");
	if (err == RQ_OK &&
	    issuing_out->not_after_ms <= world_utc_ms(&authority->world))
		err = rq_fail(diag, RQ_ERR_USAGE, "issuing.crt",
			      "it has ended by this machine's clock: the root's key "
			      "must sign another one");
	return err;
}

enum rq_err authority_new(const struct authority_files *files,
			  const struct world *world,
			  const struct authority_options *options,
			  struct authority **authority_out, struct rq_diag *diag)
{
	struct authority *authority = alloc_array(1, sizeof *authority);
	struct certificate_facts issuing;
	enum rq_err err;

	*authority_out = NULL;
	if (authority == NULL)
		return RQ_ERR_MEMORY;
	authority->world = *world;
	authority->log = options->log;
	authority->keeper = options->keeper;
	authority->keep = options->keep;
	for (size_t i = 0; i < N_SIGNER_KINDS; i++)
		authority->buckets[i] =
		    (struct bucket){options->limits[i], options->limits[i].burst,
				    world_monotonic_ms(world)};
	buffer_put(&authority->issuing, files->issuing.data, files->issuing.size);
	buffer_put(&authority->root, files->root.data, files->root.size);
	err = buffer_ok(&authority->issuing) && buffer_ok(&authority->root)
		  ? check_files(authority, files, &issuing, diag)
		  : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = take_state(authority, &issuing);
	if (err != RQ_OK)
		authority_free(authority);
	else
		*authority_out = authority;
	return err;
}

void authority_free(struct authority *authority)
{
	if (authority == NULL)
		return;
	buffer_free(&authority->issuing);
	buffer_free(&authority->root);
	alloc_free_secret(authority, sizeof *authority);
}

/* How long until the next one may be signed; 0: now. */
static uint64_t wait_of(struct bucket *bucket, uint64_t now_ms)
{
	uint64_t n = (now_ms - bucket->counted_ms) / bucket->limit.every_ms;

	if (n >= bucket->limit.burst - bucket->n_left) {
		bucket->n_left = bucket->limit.burst;
		bucket->counted_ms = now_ms;
	} else {
		bucket->n_left += (uint32_t)n;
		bucket->counted_ms += n * bucket->limit.every_ms;
	}
	return bucket->n_left > 0
		   ? 0
		   : bucket->counted_ms + bucket->limit.every_ms - now_ms;
}

static enum rq_err sign_order(struct authority *authority,
			      const struct signer_order *order,
			      struct signer_certificate *certificate,
			      struct buffer *der)
{
	struct buffer name = {0};
	uint8_t id[AUTHORITY_MACHINE_ID];
	struct certificate_order fields = {
	    .kind = order->kind == SIGNER_MACHINE ? CERTIFICATE_MACHINE
						  : CERTIFICATE_CENTRE,
	    .public_key = order->public_key,
	    .serial = certificate->serial,
	    .not_before_ms = AUTHORITY_NOT_BEFORE_MS,
	    .not_after_ms = end_after(&authority->world, AUTHORITY_MACHINE_DAYS),
	    .hosts = order->hosts,
	    .n_hosts = order->n_hosts};
	enum rq_err err = authority_key_id(order->public_key, id);

	if (err == RQ_OK)
		err = make_serial(&authority->world, certificate->serial);
	if (order->kind == SIGNER_MACHINE)
		encode_hex(&name, (struct bytes){id, sizeof id});
	else
		buffer_text(&name, "Raquet centre");
	if (err == RQ_OK && !buffer_ok(&name))
		err = RQ_ERR_MEMORY;
	fields.name = buffer_bytes(&name);
	if (err == RQ_OK)
		err = certificate_issue(&fields, authority->issuing_secret,
					buffer_bytes(&authority->issuing), der);
	certificate->not_before_ms = fields.not_before_ms;
	certificate->not_after_ms = fields.not_after_ms;
	certificate->der = buffer_bytes(der);
	buffer_free(&name);
	return err;
}

/* Before the certificate leaves. */
static enum rq_err keep_line(struct authority *authority,
			     const struct signer_order *order,
			     const struct signer_certificate *certificate)
{
	struct issue_log log = authority->log;
	struct buffer line = {0};
	enum rq_err err = issue_log_line(&log, world_utc_ms(&authority->world), order,
					 certificate, &line);

	if (err == RQ_OK)
		err = authority->keep(authority->keeper, buffer_bytes(&line));
	if (err == RQ_OK)
		authority->log = log;
	buffer_free(&line);
	return err;
}

static enum rq_err answer_order(struct authority *authority,
				const struct signer_order *order, struct buffer *answer)
{
	struct bucket *bucket = &authority->buckets[order->kind];
	struct signer_certificate certificate = {0};
	struct buffer der = {0};
	enum rq_err err = RQ_OK;

	certificate.come_back_ms =
	    wait_of(bucket, world_monotonic_ms(&authority->world));
	if (certificate.come_back_ms > 0) {
		certificate.status = SIGNER_LATER;
	} else {
		err = sign_order(authority, order, &certificate, &der);
		if (err == RQ_OK) {
			bucket->n_left--;
			err = keep_line(authority, order, &certificate);
		} else if (err == RQ_ERR_USAGE) {
			certificate =
			    (struct signer_certificate){.status = SIGNER_REFUSED};
			err = RQ_OK;
		}
	}
	if (err == RQ_OK)
		signer_certificate_encode(&certificate, answer);
	buffer_free(&der);
	return err;
}

static enum rq_err answer_time(struct authority *authority,
			       const struct signer_time_request *request,
			       struct buffer *answer)
{
	struct signer_time time = {.time.utc_ms = world_utc_ms(&authority->world)};
	enum rq_err err;

	memcpy(time.time.nonce, request->nonce, AGENT_NONCE);
	err = agent_time_sign(&time.time, authority->time_secret);
	if (err == RQ_OK)
		signer_time_encode(&time, answer);
	return err;
}

enum rq_err authority_answer(struct authority *authority, struct bytes request,
			     struct buffer *answer)
{
	struct signer_state_request asked;
	struct signer_order order;
	struct signer_time_request time;
	enum rq_err err = RQ_ERR_FORMAT;

	switch (agent_message_type(request)) {
	case SIGNER_STATE:
		err = signer_state_request_decode(request, &asked);
		if (err == RQ_OK) {
			authority->state.n_issued = authority->log.n;
			signer_state_encode(&authority->state, answer);
		}
		break;
	case SIGNER_ORDER:
		err = signer_order_decode(request, &order);
		if (err == RQ_OK)
			err = answer_order(authority, &order, answer);
		break;
	case SIGNER_TIME:
		err = signer_time_request_decode(request, &time);
		if (err == RQ_OK)
			err = answer_time(authority, &time, answer);
		break;
	default: break;
	}
	return err != RQ_OK ? err : buffer_ok(answer) ? RQ_OK : RQ_ERR_MEMORY;
}
