/* A server in a process of its own, on loopback; the peers are curl and raw sockets. */
#include "bytes/test.h"

#include "bytes/cap.h"
#include "centre/http/server.h"
#include "centre/http/test_certificates.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { AGENTS, PEOPLE, LISTENERS };

static char folder[] = "/tmp/raquet-http-XXXXXX";
static pid_t child;
static uint16_t ports[LISTENERS];

/* ---- the server of the tests ---- */

struct site {
	struct http_server *server;
	bool stops, refuses_commit;
	unsigned n_gone;
};

static bool admit(void *self, const struct http_request *request, uint64_t length,
		  uint64_t *body_max_out, struct http_reply *reply)
{
	(void)self, (void)length;
	*body_max_out = 1000;
	if (bytes_equal_text(request->path, "/large"))
		*body_max_out = 10 << 20;
	if (!bytes_equal_text(request->path, "/full"))
		return true;
	http_reply_status(reply, 507);
	http_reply_send(reply);
	return false;
}

static void held_ended(void *self, struct http_reply *reply, enum http_end why)
{
	struct site *site = self;

	if (why == HTTP_END_GONE) {
		site->n_gone++;
		return;
	}
	buffer_text(http_reply_body(reply), why == HTTP_END_TIME ? "time" : "stop");
	http_reply_send(reply);
}

static void say_who(const struct http_peer *peer, struct buffer *out)
{
	buffer_text(out, !peer->has_certificate ? "nobody"
			 : peer->is_expired     ? "expired"
						: "known");
}

static void say_counts(const struct site *site, struct buffer *out)
{
	struct http_counts agents, people;

	http_server_counts(site->server, AGENTS, &agents);
	http_server_counts(site->server, PEOPLE, &people);
	buffer_format(
	    out,
	    "gone=%u held=%lu streams=%lu open=%lu late=%lu resumed=%lu refused=%lu",
	    site->n_gone, people.held, people.streams, people.open, people.late,
	    people.resumed, agents.refused_handshakes);
}

static void stream(struct site *site, struct http_reply *reply)
{
	http_reply_stream(reply, site, held_ended);
	http_stream_event(reply, BYTES_LITERAL("7"), BYTES_LITERAL("tally"),
			  BYTES_LITERAL("one\ntwo"));
}

static void answer(void *self, const struct http_request *request,
		   struct http_reply *reply)
{
	struct site *site = self;
	struct buffer *out = http_reply_body(reply);

	if (bytes_equal_text(request->path, "/hold")) {
		http_reply_hold(reply, 400, site, held_ended);
		return;
	}
	if (bytes_equal_text(request->path, "/stream")) {
		stream(site, reply);
		return;
	}
	if (bytes_equal_text(request->path, "/forget"))
		return;
	if (bytes_equal_text(request->path, "/big"))
		buffer_zeros(out, 5 << 20);
	else if (bytes_equal_text(request->path, "/who"))
		say_who(request->peer, out);
	else if (bytes_equal_text(request->path, "/counts"))
		say_counts(site, out);
	else if (bytes_equal_text(request->path, "/split"))
		http_reply_header(reply, "X-Name", BYTES_LITERAL("a\r\nX-Evil: b"));
	else if (bytes_equal_text(request->path, "/lost")) {
		http_reply_after_commit(reply);
		site->refuses_commit = true;
	} else if (bytes_equal_text(request->path, "/stop"))
		site->stops = true;
	else
		buffer_put(out, request->body.at, request->body.n);
	http_reply_send(reply);
}

static bool turn_end(void *self)
{
	struct site *site = self;
	bool fine = !site->refuses_commit;

	site->refuses_commit = false;
	return fine;
}

static void listen_at(struct http_server *server, const char *name,
		      enum http_certificate certificate)
{
	char own[300], key[300], authority[300];
	struct http_listener_options options;
	struct rq_diag diag = {0};

	snprintf(own, sizeof own, "%s/centre.pem", folder);
	snprintf(key, sizeof key, "%s/centre.key", folder);
	snprintf(authority, sizeof authority, "%s/authority.pem", folder);
	http_listener_options_default(&options);
	options.name = name;
	options.address = "127.0.0.1";
	options.certificate_file = own;
	options.key_file = key;
	options.authority_file = authority;
	options.certificate = certificate;
	options.admits_expired = certificate == HTTP_CERTIFICATE_REQUIRED;
	options.headers = "X-Content-Type-Options: nosniff\r\n";
	options.connections_max = 40;
	options.accept_rate = options.accept_burst = 1000;
	options.handshake_ms = options.head_ms = options.body_ms = 500;
	options.idle_ms = 2000;
	if (http_server_listen(server, &options, NULL, &diag) != RQ_OK) {
		fprintf(stderr, "%s: %s\n", diag.where, diag.what);
		_exit(1);
	}
}

static void serve(int tell)
{
	struct site site = {0};
	const struct http_handler handler = {&site, admit, answer, turn_end};
	uint16_t at[LISTENERS];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (http_server_new(&handler, &site.server, NULL) != RQ_OK)
		_exit(1);
	listen_at(site.server, "agents", HTTP_CERTIFICATE_REQUIRED);
	listen_at(site.server, "people", HTTP_CERTIFICATE_OPTIONAL);
	for (size_t i = 0; i < LISTENERS; i++)
		at[i] = http_server_port(site.server, i);
	if (write(tell, at, sizeof at) != sizeof at)
		_exit(1);
	while (!http_server_stopped(site.server)) {
		if (http_server_turn(site.server, 1000, NULL) != RQ_OK)
			_exit(1);
		if (site.stops)
			http_server_stop(site.server, 300);
		site.stops = false;
	}
	http_server_free(site.server);
	_exit(0);
}

static int begin(void **state)
{
	int pipes[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (pipe(pipes) != 0)
		return -1;
	child = fork();
	if (child == 0)
		serve(pipes[1]);
	close(pipes[1]);
	if (read(pipes[0], ports, sizeof ports) != sizeof ports)
		return -1;
	close(pipes[0]);
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	child = 0;
	return 0;
}

/* ---- peers ---- */

/* What curl prints for these arguments; the address of listener stands for URL. */
static const char *curl(size_t listener, const char *path, const char *arguments)
{
	static char out[8192];
	char command[2048];
	size_t n;
	FILE *pipe;

	snprintf(command, sizeof command,
		 "cd %s && curl -s --noproxy '*' -m 8 --cacert authority.pem %s "
		 "https://127.0.0.1:%u%s",
		 folder, arguments, ports[listener], path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	n = fread(out, 1, sizeof out - 1, pipe);
	out[n] = 0;
	pclose(pipe);
	return out;
}

static int dial(size_t listener)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(ports[listener]),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct timeval patience = {.tv_sec = 8};
	int descriptor = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(descriptor >= 0);
	assert_int_equal(connect(descriptor, (struct sockaddr *)&to, sizeof to), 0);
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return descriptor;
}

struct line {
	SSL_CTX *tls;
	SSL *ssl;
	int descriptor;
};

static struct line call(size_t listener)
{
	struct line line = {SSL_CTX_new(TLS_client_method()), NULL, dial(listener)};

	line.ssl = SSL_new(line.tls);
	assert_int_equal(SSL_set_fd(line.ssl, line.descriptor), 1);
	assert_int_equal(SSL_connect(line.ssl), 1);
	return line;
}

static void hang_up(struct line *line)
{
	SSL_free(line->ssl);
	SSL_CTX_free(line->tls);
	close(line->descriptor);
}

static void say(struct line *line, const char *text)
{
	(void)SSL_write(line->ssl, text, (int)strlen(text));
}

/* All that comes until the peer is done. */
static const char *hear(struct line *line)
{
	static char heard[8192];
	size_t n = 0;
	int got;

	while (n < sizeof heard - 1 &&
	       (got = SSL_read(line->ssl, heard + n, (int)(sizeof heard - 1 - n))) > 0)
		n += (size_t)got;
	heard[n] = 0;
	return heard;
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in \"%s\"", part, text);
}

static void pause_ms(long ms)
{
	const struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

/* The server is as it should be after what a case did to it. */
static void assert_serves(void)
{
	assert_string_equal(curl(PEOPLE, "/echo", "-d still-here"), "still-here");
}

/* ---- cases ---- */

static void a_request_is_answered(void **state)
{
	const char *got = curl(PEOPLE, "/echo?x=1", "-i -d hello");

	(void)state;
	assert_has(got, "HTTP/1.1 200 OK\r\n");
	assert_has(got, "X-Content-Type-Options: nosniff\r\n");
	assert_has(got, "Content-Length: 5\r\n");
	assert_has(got, "\r\n\r\nhello");
}

static void several_requests_share_a_connection(void **state)
{
	char arguments[200];

	(void)state;
	snprintf(arguments, sizeof arguments,
		 "-d one -w ' %%{num_connects} ' https://127.0.0.1:%u/echo",
		 ports[PEOPLE]);
	assert_string_equal(curl(PEOPLE, "/echo", arguments), "one 1 one 0 ");
}

static void a_body_larger_than_its_route_is_refused_before_it_is_read(void **state)
{
	const char *got;

	(void)state;
	got = curl(PEOPLE, "/echo", "-i -H 'Expect:' --data-binary @/usr/bin/curl");
	assert_has(got, "413 Content Too Large");
	got = curl(PEOPLE, "/echo",
		   "-i -H 'Expect:' -H 'Transfer-Encoding: chunked' "
		   "--data-binary @/usr/bin/curl");
	assert_has(got, "413 Content Too Large");
	got = curl(PEOPLE, "/full", "-i -H 'Expect: 100-continue' -d x");
	assert_has(got, "507 Insufficient Storage");
	assert_null(strstr(got, "100 Continue"));
	assert_serves();
}

static void a_large_body_is_taken_where_it_may_be(void **state)
{
	(void)state;
	assert_string_equal(curl(PEOPLE, "/large",
				 "-H 'Expect: 100-continue' --data-binary "
				 "@/usr/bin/curl -o back -w '%{http_code}'"),
			    "200");
	assert_int_equal(system("cmp /usr/bin/curl $RAQUET_TEST_FOLDER/back"), 0);
	assert_string_equal(curl(PEOPLE, "/big", "-o big -w '%{size_download}'"),
			    "5242880");
}

static void who_comes_without_a_good_certificate_stays_outside(void **state)
{
	static const struct {
		const char *arguments, *output;
	} cases[] = {
	    {"-w ' %{http_code}'", " 000"},
	    {"--cert wrong.pem --key wrong.key -w ' %{http_code}'", " 000"},
	    {"--cert agent.pem --key agent.key -w ' %{http_code}'", "known 200"},
	    {"--cert expired.pem --key expired.key -w ' %{http_code}'", "expired 200"},
	    {"--tls-max 1.2 --cert agent.pem --key agent.key", "known"},
	    {"--tls-max 1.1 --cert agent.pem --key agent.key", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(curl(AGENTS, "/who", cases[i].arguments),
				    cases[i].output);
	assert_string_equal(curl(PEOPLE, "/who", ""), "nobody");
	assert_string_equal(curl(PEOPLE, "/who", "--cert agent.pem --key agent.key"),
			    "known");
	/* where a browser shows its card, one that is out of its time is none */
	assert_string_equal(
	    curl(PEOPLE, "/who", "--cert expired.pem --key expired.key"), "");
	assert_has(curl(PEOPLE, "/counts", ""), "refused=");
}

static void a_held_reply_waits_and_is_ended(void **state)
{
	(void)state;
	assert_string_equal(curl(PEOPLE, "/hold", ""), "time");
	assert_has(curl(PEOPLE, "/counts", ""), "gone=0 held=0");
}

static void a_peer_that_leaves_a_held_reply_is_noticed(void **state)
{
	struct line line = call(PEOPLE);

	(void)state;
	say(&line, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	pause_ms(100);
	assert_has(curl(PEOPLE, "/counts", ""), "gone=0 held=1");
	hang_up(&line);
	pause_ms(50);
	assert_has(curl(PEOPLE, "/counts", ""), "gone=1 held=0");
}

static void events_are_streamed(void **state)
{
	const char *got = curl(PEOPLE, "/stream", "-i -m 1");

	(void)state;
	assert_has(got, "Content-Type: text/event-stream\r\n");
	assert_has(got, "\r\n\r\nid: 7\nevent: tally\ndata: one\ndata: two\n\n");
	pause_ms(50);
	assert_has(curl(PEOPLE, "/counts", ""), "gone=1 held=0 streams=0");
}

static void a_reply_whose_change_was_taken_back_is_503(void **state)
{
	(void)state;
	assert_has(curl(PEOPLE, "/lost", "-i"), "HTTP/1.1 503 Service Unavailable");
	assert_serves();
}

static void a_handler_that_forgets_to_answer_is_500(void **state)
{
	(void)state;
	assert_has(curl(PEOPLE, "/forget", "-i"), "HTTP/1.1 500 ");
}

static void a_value_cannot_begin_a_header(void **state)
{
	(void)state;
	assert_null(strstr(curl(PEOPLE, "/split", "-i"), "Evil"));
}

static void hostile_bytes_are_refused(void **state)
{
	static const struct {
		const char *name, *request, *status;
	} cases[] = {
	    {"no HTTP", "HELO there\r\n\r\n", "400"},
	    {"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
	    {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
	    {"another's proxy", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	    {"tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
	    {"unknown method", "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
	    {"two lengths",
	     "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	     "Content-Length: 2\r\n\r\nab",
	     "400"},
	    {"length and chunks",
	     "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	     "400"},
	    {"unknown coding",
	     "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n", "400"},
	    {"bad length",
	     "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400"},
	    {"length beyond 64 bits",
	     "POST /echo HTTP/1.1\r\nHost: a\r\n"
	     "Content-Length: 99999999999999999999999\r\n\r\n",
	     "400"},
	    {"blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
	    {"zero in a header", "GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n", "400"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct line line = call(PEOPLE);
		const char *heard;

		say(&line, cases[i].request);
		heard = hear(&line);
		if (strncmp(heard, "HTTP/1.1 ", 9) != 0 ||
		    strncmp(heard + 9, cases[i].status, 3) != 0 ||
		    strstr(heard, "Connection: close") == NULL ||
		    strstr(heard + 9, "HTTP/1.1") != NULL)
			fail_msg("%s: %s", cases[i].name, heard);
		hang_up(&line);
	}
	assert_serves();
}

static void a_head_has_a_bound(void **state)
{
	static char text[CAP_HTTP_HEAD + 200];
	struct line line = call(PEOPLE);
	size_t n = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\nX: ");

	(void)state;
	memset(text + n, 'x', CAP_HTTP_HEAD);
	strcpy(text + n + CAP_HTTP_HEAD, "\r\n\r\n");
	say(&line, text);
	assert_has(hear(&line), "431 Request Header Fields Too Large");
	hang_up(&line);

	line = call(PEOPLE);
	n = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < CAP_HTTP_HEADERS; i++)
		n += (size_t)sprintf(text + n, "A: b\r\n");
	say(&line, strcat(text, "\r\n"));
	assert_has(hear(&line), "431 Request Header Fields Too Large");
	hang_up(&line);

	line = call(PEOPLE);
	n = (size_t)sprintf(text, "GET /");
	memset(text + n, 'x', CAP_HTTP_TARGET);
	strcpy(text + n + CAP_HTTP_TARGET, " HTTP/1.1\r\nHost: a\r\n\r\n");
	say(&line, text);
	assert_has(hear(&line), "414 URI Too Long");
	hang_up(&line);
}

static void who_is_slow_is_let_go(void **state)
{
	int silent = dial(PEOPLE), garbage = dial(PEOPLE);
	struct line head = call(PEOPLE), body = call(PEOPLE);
	char byte;

	(void)state;
	say(&head, "GET / HTTP/1.1\r\nHost:");
	say(&body, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1");
	assert_int_equal(write(garbage, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	for (int i = 0; i < 4; i++) { /* a byte now and then is no excuse */
		pause_ms(100);
		say(&head, "a");
		say(&body, "2");
	}
	assert_serves();
	assert_has(hear(&head), "408 Request Timeout");
	assert_has(hear(&body), "408 Request Timeout");
	assert_int_equal(read(silent, &byte, 1), 0);
	while (read(garbage, &byte, 1) > 0) /* an alert of TLS */
		continue;
	hang_up(&head);
	hang_up(&body);
	close(silent);
	close(garbage);
	pause_ms(50);
	assert_has(curl(PEOPLE, "/counts", ""), "open=1 late=3");
}

static void requests_in_one_packet_are_answered_in_order(void **state)
{
	struct line line = call(PEOPLE);
	const char *heard, *at;

	(void)state;
	say(&line, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
		   "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"
		   "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
		   "Connection: close\r\n\r\nthree"
		   "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
	heard = hear(&line);
	at = strstr(heard, "\r\n\r\none");
	assert_non_null(at);
	at = strstr(at, "\r\n\r\ntime");
	assert_non_null(at);
	at = strstr(at, "\r\n\r\nthree");
	assert_non_null(at);
	assert_null(strstr(at + 4, "HTTP/1.1"));
	hang_up(&line);
}

static void a_peer_that_sends_nothing_more_still_gets_its_answer(void **state)
{
	struct line line = call(PEOPLE);

	(void)state;
	say(&line, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nlast");
	shutdown(line.descriptor, SHUT_WR);
	assert_has(hear(&line), "last");
	hang_up(&line);
}

static void connections_have_a_bound(void **state)
{
	struct line lines[40];
	int waiting;
	char byte;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		lines[i] = call(PEOPLE);
	waiting = dial(PEOPLE);
	assert_int_equal(recv(waiting, &byte, 1, MSG_DONTWAIT), -1);
	assert_string_equal(curl(AGENTS, "/who", "--cert agent.pem --key agent.key"),
			    "known"); /* one listener's crowd is not the other's */
	for (size_t i = 0; i < 40; i++)
		hang_up(&lines[i]);
	close(waiting);
	assert_serves();
}

static void a_session_is_resumed(void **state)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	SSL_SESSION *session = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		SSL *ssl = SSL_new(tls);
		int descriptor = dial(PEOPLE);
		struct line line = {NULL, ssl, descriptor};

		assert_int_equal(SSL_set_fd(ssl, descriptor), 1);
		if (session != NULL)
			SSL_set_session(ssl, session);
		assert_int_equal(SSL_connect(ssl), 1);
		say(&line, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
		assert_has(hear(&line), "200 OK");
		assert_int_equal(SSL_session_reused(ssl), i);
		if (i == 0)
			session = SSL_get1_session(ssl);
		SSL_shutdown(ssl); /* else the library spoils the session */
		SSL_free(ssl);
		close(descriptor);
	}
	SSL_SESSION_free(session);
	SSL_CTX_free(tls);
	assert_has(curl(PEOPLE, "/counts", ""), "resumed=1");
}

static void a_stop_ends_what_is_held_and_then_all(void **state)
{
	struct line held = call(PEOPLE), idle = call(PEOPLE), streamed = call(PEOPLE);
	int status;

	(void)state;
	say(&held, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	say(&streamed, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
	pause_ms(100);
	curl(PEOPLE, "/stop", "");
	assert_has(hear(&held), "\r\n\r\nstop");
	assert_string_equal(hear(&idle), "");
	assert_has(hear(&streamed), "data: two");
	hang_up(&held);
	hang_up(&idle);
	hang_up(&streamed);
	assert_int_equal(waitpid(child, &status, 0), child);
	child = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int make_certificates(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL &&
		       setenv("RAQUET_TEST_FOLDER", folder, 1) == 0 &&
		       test_certificates_make(folder)
		   ? 0
		   : -1;
}

static int remove_folder(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_request_is_answered),
	    CASE(several_requests_share_a_connection),
	    CASE(a_body_larger_than_its_route_is_refused_before_it_is_read),
	    CASE(a_large_body_is_taken_where_it_may_be),
	    CASE(who_comes_without_a_good_certificate_stays_outside),
	    CASE(a_held_reply_waits_and_is_ended),
	    CASE(a_peer_that_leaves_a_held_reply_is_noticed),
	    CASE(events_are_streamed),
	    CASE(a_reply_whose_change_was_taken_back_is_503),
	    CASE(a_handler_that_forgets_to_answer_is_500),
	    CASE(a_value_cannot_begin_a_header),
	    CASE(hostile_bytes_are_refused),
	    CASE(a_head_has_a_bound),
	    CASE(who_is_slow_is_let_go),
	    CASE(requests_in_one_packet_are_answered_in_order),
	    CASE(a_peer_that_sends_nothing_more_still_gets_its_answer),
	    CASE(connections_have_a_bound),
	    CASE(a_session_is_resumed),
	    CASE(a_stop_ends_what_is_held_and_then_all),
	};

	return cmocka_run_group_tests(tests, make_certificates, remove_folder);
}
