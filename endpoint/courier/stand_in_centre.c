#include "endpoint/courier/stand_in_centre.h"

#include "bytes/alloc.h"
#include "bytes/test.h"
#include "crypto/certificate.h"
#include "crypto/certificate_request.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "os/clock.h"
#include "wire/paper_code.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DAY_MS = 24 * 3600 * 1000, BEGIN_MS = 946684800 };

static uint64_t now_ms(const struct stand_in *centre)
{
	return centre->now_ms > 0 ? centre->now_ms : clock_utc_ms();
}

/* ---- certificates ---- */

static void issue(const struct stand_in *centre, enum certificate_kind kind,
		  const uint8_t *key, uint64_t end_ms, struct buffer *to)
{
	uint8_t serial[CERTIFICATE_SERIAL];
	const struct bytes hosts[] = {BYTES_LITERAL("127.0.0.1")};
	struct certificate_order order = {
	    .kind = kind,
	    .public_key = key,
	    .serial = serial,
	    .name = bytes_of(kind == CERTIFICATE_ROOT     ? "stand-in root"
			     : kind == CERTIFICATE_CENTRE ? "stand-in"
							  : "machine"),
	    .not_before_ms = (uint64_t)BEGIN_MS * 1000,
	    .not_after_ms =
		end_ms == CERTIFICATE_NO_END ? end_ms : end_ms / 1000 * 1000,
	    .hosts = kind == CERTIFICATE_CENTRE ? hosts : NULL,
	    .n_hosts = kind == CERTIFICATE_CENTRE};

	assert_int_equal(secret_fill(serial, sizeof serial), RQ_OK);
	serial[0] = (uint8_t)((serial[0] & 0x3F) | 1);
	assert_int_equal(certificate_issue(&order, centre->root_secret,
					   kind == CERTIFICATE_ROOT
					       ? (struct bytes){NULL, 0}
					       : buffer_bytes(&centre->root),
					   to),
			 RQ_OK);
}

void stand_in_certify(struct stand_in *centre)
{
	uint8_t key[SIGN_PUBLIC_SIZE];

	pthread_mutex_lock(&centre->lock);
	buffer_clear(&centre->server);
	assert_int_equal(sign_public(centre->server_secret, key), RQ_OK);
	issue(centre, CERTIFICATE_CENTRE, key,
	      centre->server_end_ms > 0 ? centre->server_end_ms
					: now_ms(centre) + 90 * (uint64_t)DAY_MS,
	      &centre->server);
	pthread_mutex_unlock(&centre->lock);
}

static X509 *certificate_of(const struct buffer *der)
{
	const unsigned char *at = der->data;

	return d2i_X509(NULL, &at, (long)der->size);
}

static int accept_any(int good, X509_STORE_CTX *store)
{
	(void)good;
	(void)store;
	return 1;
}

static SSL_CTX *tls_of(struct stand_in *centre)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	X509 *server, *root;
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, centre->server_secret, SIGN_SECRET_SIZE);

	pthread_mutex_lock(&centre->lock);
	server = certificate_of(&centre->server);
	root = certificate_of(&centre->root);
	pthread_mutex_unlock(&centre->lock);
	SSL_CTX_use_certificate(tls, server);
	SSL_CTX_add1_chain_cert(tls, root);
	SSL_CTX_use_PrivateKey(tls, key);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, accept_any);
	SSL_CTX_set_session_id_context(tls, (const unsigned char *)"stand-in", 8);
	X509_free(server);
	X509_free(root);
	EVP_PKEY_free(key);
	return tls;
}

/* Whether the peer holds the key that was enrolled. */
static bool is_enrolled(const struct stand_in *centre, SSL *ssl)
{
	X509 *peer = SSL_get0_peer_certificate(ssl);
	uint8_t key[SIGN_PUBLIC_SIZE];
	size_t n = sizeof key;

	return peer != NULL &&
	       EVP_PKEY_get_raw_public_key(X509_get0_pubkey(peer), key, &n) == 1 &&
	       memcmp(key, centre->machine_key, sizeof key) == 0;
}

/* ---- messages ---- */

static void sign_time(const struct stand_in *centre, const uint8_t *nonce,
		      struct agent_time *time)
{
	time->utc_ms = now_ms(centre);
	memcpy(time->nonce, nonce, AGENT_NONCE);
	if (centre->mode == STAND_IN_OLD_TIME)
		time->nonce[0] ^= 1;
	assert_int_equal(agent_time_sign(time, centre->time_secret), RQ_OK);
}

static void answer_enrolment(struct stand_in *centre, struct bytes request,
			     const uint8_t *nonce, struct buffer *to)
{
	struct agent_enrolled enrolled = {.status = centre->enrolment,
					  .come_back_ms = 500};
	struct buffer leaf = {0};
	uint8_t digest[DIGEST_MAX_SIZE];
	bool good = false;

	sign_time(centre, nonce, &enrolled.time);
	if (certificate_request_read(request, centre->machine_key, &good) != RQ_OK ||
	    !good)
		enrolled.status = ENROLMENT_REQUEST_BAD;
	if (enrolled.status == ENROLMENT_DONE) {
		issue(centre, CERTIFICATE_MACHINE, centre->machine_key,
		      now_ms(centre) + 90 * (uint64_t)DAY_MS, &leaf);
		enrolled.machine[0] = 7;
		assert_int_equal(
		    digest_of(DIGEST_SHA256, buffer_bytes(&centre->root), digest),
		    RQ_OK);
		memcpy(enrolled.authority, digest, AGENT_DIGEST);
		memcpy(enrolled.time_key, centre->time_key, 32);
		enrolled.chain[0] = buffer_bytes(&leaf);
		enrolled.chain[1] = buffer_bytes(&centre->root);
		enrolled.n_chain = 2;
	}
	agent_enrolled_encode(&enrolled, to);
	buffer_free(&leaf);
}

static void on_enrol(struct stand_in *centre, struct bytes message, struct buffer *to)
{
	struct agent_enrol enrol;

	if (agent_enrol_decode(message, &enrol) != RQ_OK ||
	    !bytes_equal_text(enrol.unit_code, centre->code)) {
		centre->n_bad++;
		return;
	}
	centre->n_enrolled++;
	answer_enrolment(centre, enrol.request, enrol.nonce, to);
}

static void on_renew(struct stand_in *centre, struct bytes message, struct buffer *to)
{
	struct agent_renew renew;

	if (agent_renew_decode(message, &renew) != RQ_OK) {
		centre->n_bad++;
		return;
	}
	centre->n_renewed++;
	answer_enrolment(centre, renew.request, renew.nonce, to);
}

static void on_check_in(struct stand_in *centre, struct bytes message,
			struct buffer *to)
{
	static struct agent_check_in_answer answer;

	if (agent_check_in_decode(message, &centre->last) != RQ_OK) {
		centre->n_bad++;
		return;
	}
	answer = (struct agent_check_in_answer){.due_ms = centre->due_ms,
						.hold_ms = centre->hold_ms,
						.take_bytes = centre->take_bytes,
						.policy_serial = centre->policy_serial};
	sign_time(centre, centre->last.nonce, &answer.time);
	centre->n_check_ins++;
	if (centre->n_postures == 0)
		answer.wants |= WANT_POSTURE | WANT_NEIGHBOURS;
	if (centre->last.policy_serial < centre->policy_serial)
		answer.wants |= WANT_POLICY;
	answer.has_lease = centre->has_lease;
	if (centre->has_lease)
		answer.lease = centre->lease;
	agent_check_in_answer_encode(&answer, to);
}

static struct stream_mark *mark_of(struct stand_in *centre, uint64_t stream)
{
	for (size_t i = 0; i < centre->n_streams; i++)
		if (centre->streams[i].stream == stream)
			return &centre->streams[i].mark;
	assert_true(centre->n_streams < STAND_IN_STREAMS);
	centre->streams[centre->n_streams].stream = stream;
	return &centre->streams[centre->n_streams++].mark;
}

/* The second filter: of a job each ordinal counts once. */
static void take_finding(struct stand_in *centre, const struct record *record)
{
	uint8_t digest[DIGEST_MAX_SIZE];

	assert_int_equal(digest_of(DIGEST_SHA256, record->body, digest), RQ_OK);
	for (size_t i = 0; i < centre->n_findings; i++)
		if (centre->findings[i].job == record->job &&
		    centre->findings[i].ordinal == record->ordinal) {
			centre->n_bad +=
			    memcmp(centre->findings[i].sha256, digest, 32) != 0;
			return;
		}
	assert_true(centre->n_findings < STAND_IN_FINDINGS);
	centre->findings[centre->n_findings].job = record->job;
	centre->findings[centre->n_findings].ordinal = record->ordinal;
	memcpy(centre->findings[centre->n_findings++].sha256, digest, 32);
}

static void take_record(struct stand_in *centre, const struct record *record)
{
	if (record->kind == RECORD_FINDING)
		take_finding(centre, record);
	if (record->kind == RECORD_SWEEP_END &&
	    sweep_end_decode(record->body, &centre->end) == RQ_OK) {
		centre->has_end = true;
		centre->has_lease = false;
	}
	if (record->kind == RECORD_JOB_REFUSED &&
	    job_refused_decode(record->body, &centre->refused) == RQ_OK) {
		centre->is_refused = true;
		centre->has_lease = false;
	}
}

static void on_delivery(struct stand_in *centre, struct bytes message,
			struct buffer *to)
{
	struct agent_delivery delivery;
	struct agent_delivery_answer answer = {0};
	struct stream_mark *mark;
	struct record record;
	struct reader r;
	size_t n_known = 0;

	if (agent_delivery_decode(message, &delivery) != RQ_OK) {
		centre->n_bad++;
		return;
	}
	centre->n_deliveries++;
	mark = mark_of(centre, delivery.stream);
	answer.status = (uint8_t)stream_judge(mark, &delivery, &n_known);
	answer.sequence = mark->next;
	answer.chain = mark->chain;
	r = reader_over(delivery.records.at, delivery.records.n);
	for (size_t i = 0;
	     answer.status == DELIVERY_TAKEN && delivery_next(&r, &record); i++)
		if (i >= n_known)
			take_record(centre, &record);
	agent_delivery_answer_encode(&answer, to);
}

static struct bytes whole_of(const struct stand_in *centre,
			     const struct agent_fetch *fetch)
{
	uint8_t digest[DIGEST_MAX_SIZE];

	if (fetch->what == FETCH_POLICY)
		return centre->policy;
	if (fetch->what == FETCH_KIT)
		return centre->kit;
	for (size_t i = 0; i < centre->n_files; i++)
		if (digest_of(DIGEST_SHA256, centre->files[i], digest) == RQ_OK &&
		    memcmp(digest, fetch->digest, AGENT_DIGEST) == 0)
			return centre->files[i];
	return (struct bytes){NULL, 0};
}

static void on_fetch(struct stand_in *centre, struct bytes message, struct buffer *to)
{
	struct agent_fetch fetch;
	struct agent_part part = {0};
	struct bytes whole;

	if (agent_fetch_decode(message, &fetch) != RQ_OK) {
		centre->n_bad++;
		return;
	}
	whole = whole_of(centre, &fetch);
	part.size = whole.n;
	part.off = fetch.off < whole.n ? fetch.off : whole.n;
	/* small, so that pieces are joined */
	part.data.n = whole.n - part.off < 200 ? whole.n - part.off : 200;
	part.data.at = part.data.n > 0 ? whole.at + part.off : NULL;
	agent_part_encode(&part, to);
}

static void on_message(struct stand_in *centre, struct bytes message, SSL *ssl,
		       struct buffer *to)
{
	const struct agent_delivery_answer taken = {.status = DELIVERY_TAKEN};
	const struct agent_offer_answer offered = {centre->take_bytes, 0};
	uint8_t type = agent_message_type(message);

	if (centre->mode == STAND_IN_OTHER_TYPE) {
		agent_offer_answer_encode(&offered, to);
		return;
	}
	if (type != AGENT_ENROL && !is_enrolled(centre, ssl)) {
		centre->n_bad++;
		return;
	}
	switch (type) {
	case AGENT_ENROL: on_enrol(centre, message, to); break;
	case AGENT_RENEW: on_renew(centre, message, to); break;
	case AGENT_CHECK_IN: on_check_in(centre, message, to); break;
	case AGENT_OFFER: agent_offer_answer_encode(&offered, to); break;
	case AGENT_DELIVERY: on_delivery(centre, message, to); break;
	case AGENT_FETCH: on_fetch(centre, message, to); break;
	case AGENT_POSTURE:
		centre->n_postures++;
		agent_delivery_answer_encode(&taken, to);
		break;
	case AGENT_NEIGHBOURS: agent_delivery_answer_encode(&taken, to); break;
	default: centre->n_bad++;
	}
}

/* ---- HTTP, as much as our courier speaks ---- */

static bool read_more(SSL *ssl, struct buffer *in)
{
	size_t size = in->size, got = 0;
	uint8_t *at = buffer_zeros(in, 16384);

	if (at == NULL || SSL_read_ex(ssl, at, 16384, &got) != 1)
		return false;
	in->size = size + got;
	return true;
}

static bool read_request(SSL *ssl, struct buffer *in, struct bytes *body_out)
{
	const char *end = NULL, *length;
	size_t n_head, n_body;

	while (end == NULL) {
		if (!read_more(ssl, in))
			return false;
		buffer_u8(in, 0);
		in->size--;
		end = strstr((const char *)in->data, "\r\n\r\n");
	}
	length = strcasestr((const char *)in->data, "content-length:");
	n_body = length != NULL ? strtoul(length + 15, NULL, 10) : 0;
	n_head = (size_t)(end - (const char *)in->data) + 4;
	while (in->size < n_head + n_body)
		if (!read_more(ssl, in))
			return false;
	*body_out = (struct bytes){in->data + n_head, n_body};
	return true;
}

static bool put(SSL *ssl, const void *data, size_t n)
{
	size_t done;

	return n == 0 || SSL_write_ex(ssl, data, n, &done) == 1;
}

static void flood(const struct stand_in *centre, SSL *ssl, const char *head)
{
	static const char noise[16384] = {'x', ':', 'y'};

	if (put(ssl, head, strlen(head)))
		while (!atomic_load(&centre->stops) && put(ssl, noise, sizeof noise))
			;
}

static void drip(const struct stand_in *centre, SSL *ssl)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";

	for (size_t i = 0; !atomic_load(&centre->stops);
	     i = (i + 1) % (sizeof head - 1)) {
		if (!put(ssl, head + i, 1))
			return;
		usleep(20000);
	}
}

static bool answer(struct stand_in *centre, SSL *ssl, struct bytes body)
{
	struct buffer message = {0}, all = {0};
	enum stand_in_mode mode;
	bool done = false;

	pthread_mutex_lock(&centre->lock);
	mode = centre->mode;
	if (mode == STAND_IN_MALFORMED)
		buffer_text(&message, "\5\1not what was meant");
	else
		on_message(centre, body, ssl, &message);
	pthread_mutex_unlock(&centre->lock);
	if (mode == STAND_IN_OVERSIZED) {
		flood(centre, ssl, "HTTP/1.1 200 OK\r\n\r\n");
	} else if (mode == STAND_IN_HEADERS) {
		flood(centre, ssl, "HTTP/1.1 200 OK\r\nX-A: ");
	} else if (mode == STAND_IN_SLOW) {
		drip(centre, ssl);
	} else if (mode != STAND_IN_AWAY) {
		buffer_format(&all, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
			      message.size);
		buffer_put(&all, message.data, message.size);
		done = put(ssl, all.data, all.size);
	}
	buffer_free(&message);
	buffer_free(&all);
	return done;
}

static void serve(struct stand_in *centre, int connection)
{
	SSL_CTX *tls = tls_of(centre);
	SSL *ssl = SSL_new(tls);
	struct timeval patience = {.tv_usec = 100000};
	struct buffer in = {0};
	struct bytes body;
	uint64_t bytes_in = centre->bytes_in, bytes_out = centre->bytes_out;
	bool goes_on = true;

	SSL_set_fd(ssl, connection);
	goes_on = SSL_accept(ssl) == 1;
	centre->n_handshakes += goes_on;
	/* a look at the door now and then: somebody else may wait */
	setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	while (goes_on && !atomic_load(&centre->stops)) {
		struct pollfd polls[] = {{.fd = connection, .events = POLLIN},
					 {.fd = centre->socket, .events = POLLIN}};

		if (SSL_pending(ssl) == 0 && poll(polls, 2, 100) <= 0)
			continue;
		if (SSL_pending(ssl) == 0 && polls[0].revents == 0)
			break; /* the other one is served first */
		buffer_clear(&in);
		goes_on = read_request(ssl, &in, &body) && answer(centre, ssl, body);
		centre->bytes_in = bytes_in + BIO_number_read(SSL_get_rbio(ssl));
		centre->bytes_out = bytes_out + BIO_number_written(SSL_get_wbio(ssl));
	}
	buffer_free(&in);
	SSL_free(ssl);
	SSL_CTX_free(tls);
}

static void *run(void *context)
{
	struct stand_in *centre = context;

	while (!atomic_load(&centre->stops)) {
		struct pollfd door = {.fd = centre->socket, .events = POLLIN};
		int connection;

		if (poll(&door, 1, 50) <= 0)
			continue;
		connection = accept(centre->socket, NULL, NULL);
		if (connection < 0)
			continue;
		if (centre->mode != STAND_IN_AWAY)
			serve(centre, connection);
		close(connection);
	}
	return NULL;
}

void stand_in_start(struct stand_in *centre)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	uint8_t key[SIGN_PUBLIC_SIZE], digest[DIGEST_MAX_SIZE];
	struct paper_code code;

	if (centre->due_ms == 0)
		centre->due_ms = 200;
	if (centre->take_bytes == 0)
		centre->take_bytes = 1 << 20;
	pthread_mutex_init(&centre->lock, NULL);
	assert_int_equal(secret_fill(centre->root_secret, SIGN_SECRET_SIZE), RQ_OK);
	assert_int_equal(secret_fill(centre->server_secret, SIGN_SECRET_SIZE), RQ_OK);
	assert_int_equal(secret_fill(centre->time_secret, SIGN_SECRET_SIZE), RQ_OK);
	assert_int_equal(sign_public(centre->time_secret, centre->time_key), RQ_OK);
	assert_int_equal(sign_public(centre->root_secret, key), RQ_OK);
	issue(centre, CERTIFICATE_ROOT, key, CERTIFICATE_NO_END, &centre->root);
	stand_in_certify(centre);
	assert_int_equal(digest_of(DIGEST_SHA256, buffer_bytes(&centre->root), digest),
			 RQ_OK);
	paper_code_make(digest, digest, &code);
	paper_code_write(&code, centre->code);
	centre->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    bind(centre->socket, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(centre->socket, 16), 0);
	getsockname(centre->socket, (struct sockaddr *)&address, &size);
	centre->port = ntohs(address.sin_port);
	snprintf(centre->address, sizeof centre->address, "127.0.0.1:%u", centre->port);
	assert_int_equal(pthread_create(&centre->thread, NULL, run, centre), 0);
}

void stand_in_stop(struct stand_in *centre)
{
	atomic_store(&centre->stops, true);
	pthread_join(centre->thread, NULL);
	close(centre->socket);
	buffer_free(&centre->root);
	buffer_free(&centre->server);
	pthread_mutex_destroy(&centre->lock);
}
