/*
 * The centre's server under mutual TLS on loopback: requests in a second, what an idle
 * and a held connection cost in memory, what a handshake costs.  Bounded: REQUEST_MS of
 * requests from CLIENTS processes, CONNECTIONS connections.
 */
#include "centre/http/server.h"
#include "centre/http/test_certificates.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS = 4, LINES = 16, REQUEST_MS = 3000, CONNECTIONS = 1000 };

static char folder[] = "/tmp/raquet-bench-XXXXXX";

static const char *path_of(const char *name, char *out)
{
	snprintf(out, 300, "%s/%s", folder, name);
	return out;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- the server ---- */

static bool admit(void *self, const struct http_request *request, uint64_t length,
		  uint64_t *body_max_out, struct http_reply *reply)
{
	(void)self, (void)request, (void)length, (void)reply;
	*body_max_out = 1000;
	return true;
}

static void ended(void *self, struct http_reply *reply, enum http_end why)
{
	(void)self;
	if (why != HTTP_END_GONE)
		http_reply_send(reply);
}

static void answer(void *self, const struct http_request *request,
		   struct http_reply *reply)
{
	if (bytes_equal_text(request->path, "/hold")) {
		http_reply_hold(reply, 600000, self, ended);
		return;
	}
	buffer_text(http_reply_body(reply), "{\"campaign\":0,\"due_ms\":900000}\n");
	http_reply_send(reply);
}

static bool turn_end(void *self)
{
	(void)self;
	return true;
}

static void serve(int tell)
{
	const struct http_handler handler = {NULL, admit, answer, turn_end};
	char own[300], key[300], authority[300];
	struct http_listener_options options;
	struct http_server *server = NULL;
	uint16_t port;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	http_listener_options_default(&options);
	options.name = "agents";
	options.address = "127.0.0.1";
	options.certificate_file = path_of("centre.pem", own);
	options.key_file = path_of("centre.key", key);
	options.authority_file = path_of("authority.pem", authority);
	options.certificate = HTTP_CERTIFICATE_REQUIRED;
	options.accept_rate = options.accept_burst = 100000;
	if (http_server_new(&handler, &server, NULL) != RQ_OK ||
	    http_server_listen(server, &options, NULL, NULL) != RQ_OK)
		_exit(1);
	port = http_server_port(server, 0);
	if (write(tell, &port, sizeof port) != sizeof port)
		_exit(1);
	while (http_server_turn(server, 1000, NULL) == RQ_OK)
		continue;
	_exit(1);
}

static long resident_kb(pid_t pid)
{
	char path[64];
	long pages = 0, skipped;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	file = fopen(path, "r");
	if (file == NULL || fscanf(file, "%ld %ld", &skipped, &pages) != 2)
		exit(1);
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static double processor_s(pid_t pid)
{
	clockid_t clock;
	struct timespec time;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
		exit(1);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- clients ---- */

static SSL_CTX *new_client(void)
{
	char own[300], key[300];
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (tls == NULL ||
	    SSL_CTX_use_certificate_file(tls, path_of("agent.pem", own),
					 SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, path_of("agent.key", key),
					SSL_FILETYPE_PEM) != 1)
		exit(1);
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
	return tls;
}

static SSL *dial(SSL_CTX *tls, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int descriptor = socket(AF_INET, SOCK_STREAM, 0);
	SSL *ssl = SSL_new(tls);

	if (descriptor < 0 || ssl == NULL ||
	    connect(descriptor, (struct sockaddr *)&to, sizeof to) != 0 ||
	    SSL_set_fd(ssl, descriptor) != 1 || SSL_connect(ssl) != 1) {
		fprintf(stderr, "a connection failed\n");
		exit(1);
	}
	return ssl;
}

static void ask(SSL *ssl, const char *path)
{
	char text[100];
	int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);

	if (SSL_write(ssl, text, n) != n)
		exit(1);
}

/* One reply is one record of ours. */
static void hear(SSL *ssl)
{
	char text[2000];
	int n = SSL_read(ssl, text, sizeof text);

	if (n < 12 || memcmp(text, "HTTP/1.1 200", 12) != 0)
		exit(1);
}

static void load(uint16_t port, int tell)
{
	SSL_CTX *tls = new_client();
	double end = now_s() + REQUEST_MS / 1000.0;
	SSL *lines[LINES];
	long n = 0;

	for (int i = 0; i < LINES; i++)
		lines[i] = dial(tls, port);
	while (now_s() < end) {
		for (int i = 0; i < LINES; i++)
			ask(lines[i], "/check-in");
		for (int i = 0; i < LINES; i++)
			hear(lines[i]);
		n += LINES;
	}
	if (write(tell, &n, sizeof n) != sizeof n)
		exit(1);
	exit(0);
}

static void measure_requests(uint16_t port, pid_t server)
{
	pid_t clients[CLIENTS];
	int pipes[2];
	long n = 0, sum = 0;
	double before = processor_s(server), begun = now_s(), took;

	if (pipe(pipes) != 0)
		exit(1);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = fork();
		if (clients[i] == 0)
			load(port, pipes[1]);
	}
	for (int i = 0; i < CLIENTS; i++) {
		if (read(pipes[0], &n, sizeof n) != sizeof n)
			exit(1);
		sum += n;
	}
	took = now_s() - begun;
	for (int i = 0; i < CLIENTS; i++)
		waitpid(clients[i], NULL, 0);
	printf("requests/s, mutual TLS, %d connections   %8.0f\n", CLIENTS * LINES,
	       (double)sum / took);
	printf("processor of the server for one, us     %8.1f\n",
	       (processor_s(server) - before) / (double)sum * 1e6);
}

static void measure_connections(uint16_t port, pid_t server)
{
	static SSL *lines[CONNECTIONS];
	SSL_CTX *tls = new_client();
	long idle = resident_kb(server);
	double before = processor_s(server);

	for (int i = 0; i < CONNECTIONS; i++) {
		lines[i] = dial(tls, port);
		ask(lines[i], "/check-in");
		hear(lines[i]);
	}
	printf("processor for a handshake, ms           %8.2f\n",
	       (processor_s(server) - before) / CONNECTIONS * 1e3);
	printf("KB for an idle connection of %d       %8.1f\n", CONNECTIONS,
	       (double)(resident_kb(server) - idle) / CONNECTIONS);
	for (int i = 0; i < CONNECTIONS; i++)
		ask(lines[i], "/hold");
	sleep(1);
	printf("KB for a held one                       %8.1f\n",
	       (double)(resident_kb(server) - idle) / CONNECTIONS);
}

int main(void)
{
	const struct rlimit limit = {CONNECTIONS + 100, CONNECTIONS + 100};
	char command[100];
	uint16_t port = 0;
	int pipes[2];
	pid_t server;

	setvbuf(stdout, NULL, _IONBF, 0);
	signal(SIGPIPE, SIG_IGN);
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || mkdtemp(folder) == NULL ||
	    !test_certificates_make(folder) || pipe(pipes) != 0)
		return 1;
	server = fork();
	if (server == 0)
		serve(pipes[1]);
	if (read(pipes[0], &port, sizeof port) == sizeof port) {
		measure_connections(port, server);
		measure_requests(port, server);
	}
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command) != 0 || port == 0;
}
