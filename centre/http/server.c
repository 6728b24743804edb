/* Listeners and the loop. */
#include "centre/http/server.h"

#include "bytes/alloc.h"
#include "centre/http/connection.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	EVENTS = 256,   /* looked at in one turn */
	BACKLOG = 4096, /* connections that the system keeps for us */
	SHORT_MS = 100, /* a pause after the system had no more descriptors */
};

void http_listener_options_default(struct http_listener_options *options)
{
	*options = (struct http_listener_options){.connections_max = 10000,
						  .accept_rate = 300,
						  .accept_burst = 300,
						  .handshake_ms = 10000,
						  .head_ms = 10000,
						  .idle_ms = 60000,
						  .body_ms = 20000};
}

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- admission ---- */

static void hear(struct listener *listener, bool wanted)
{
	struct epoll_event event = {.events = wanted ? EPOLLIN : 0,
				    .data.ptr = listener};

	if (listener->is_paused == !wanted)
		return;
	listener->is_paused = !wanted;
	(void)epoll_ctl(listener->server->epoll, EPOLL_CTL_MOD, listener->descriptor,
			&event);
}

static void pause_for(struct listener *listener, uint64_t ms)
{
	hear(listener, false);
	timer_set(&listener->server->timers, &listener->timer,
		  listener->server->now_ms + ms);
}

void listener_admit(struct listener *listener)
{
	if (!listener->server->is_stopping && listener->timer.place == 0 &&
	    listener->n_connections < listener->options.connections_max)
		hear(listener, true);
}

static void pause_is_over(void *self)
{
	listener_admit(self);
}

static bool take_token(struct listener *listener)
{
	const struct http_listener_options *options = &listener->options;
	uint64_t now = listener->server->now_ms;
	uint64_t full = (uint64_t)options->accept_burst * 1000;

	listener->tokens_milli += (now - listener->refilled_ms) * options->accept_rate;
	listener->refilled_ms = now;
	if (listener->tokens_milli > full)
		listener->tokens_milli = full;
	if (listener->tokens_milli < 1000)
		return false;
	listener->tokens_milli -= 1000;
	return true;
}

static void take_connections(struct listener *listener)
{
	for (;;) {
		struct sockaddr_storage peer;
		socklen_t n = sizeof peer;
		char address[46] = "";
		int descriptor, on = 1;

		if (listener->n_connections >= listener->options.connections_max) {
			hear(listener, false);
			return;
		}
		if (!take_token(listener)) {
			pause_for(listener, 1000 / listener->options.accept_rate + 1);
			return;
		}
		descriptor = accept4(listener->descriptor, (struct sockaddr *)&peer, &n,
				     SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (descriptor < 0) {
			listener->tokens_milli += 1000;
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			    errno == ENOMEM)
				pause_for(listener, SHORT_MS);
			return;
		}
		listener->counts.accepted++;
		(void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		(void)getnameinfo((struct sockaddr *)&peer, n, address, sizeof address,
				  NULL, 0, NI_NUMERICHOST);
		connection_open(listener, descriptor, address);
	}
}

/* ---- listeners ---- */

static enum rq_err bind_socket(struct listener *listener, struct rq_diag *diag)
{
	const struct http_listener_options *options = &listener->options;
	struct addrinfo hints = {.ai_flags =
				     AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = listener};
	char port[8];
	int on = 1, fine;

	snprintf(port, sizeof port, "%u", options->port);
	if (getaddrinfo(options->address, port, &hints, &found) != 0)
		return rq_fail(diag, RQ_ERR_USAGE, options->address,
			       "not the number of an address");
	listener->descriptor =
	    socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	fine =
	    listener->descriptor >= 0 &&
	    setsockopt(listener->descriptor, SOL_SOCKET, SO_REUSEADDR, &on,
		       sizeof on) == 0 &&
	    (!options->shares_port || setsockopt(listener->descriptor, SOL_SOCKET,
						 SO_REUSEPORT, &on, sizeof on) == 0) &&
	    bind(listener->descriptor, found->ai_addr, found->ai_addrlen) == 0 &&
	    listen(listener->descriptor, BACKLOG) == 0 &&
	    epoll_ctl(listener->server->epoll, EPOLL_CTL_ADD, listener->descriptor,
		      &event) == 0;
	freeaddrinfo(found);
	return fine ? RQ_OK
		    : rq_fail(diag, RQ_ERR_SYSTEM, options->address, "port %u: %s",
			      options->port, strerror(errno));
}

static void listener_free(struct listener *listener)
{
	if (listener == NULL)
		return;
	if (listener->descriptor >= 0)
		close(listener->descriptor);
	SSL_CTX_free(listener->tls);
	alloc_free(listener);
}

enum rq_err http_server_listen(struct http_server *server,
			       const struct http_listener_options *options,
			       size_t *index_out, struct rq_diag *diag)
{
	struct listener *listener;
	enum rq_err err;

	if (server->n_listeners == HTTP_LISTENERS_MAX || options->accept_rate == 0)
		return rq_fail(diag, RQ_ERR_USAGE, options->name,
			       "one listener too many");
	if (!timers_reserve(&server->timers))
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "no memory for a listener");
	listener = alloc_array(1, sizeof *listener);
	if (listener == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "no memory for a listener");
	*listener =
	    (struct listener){.source = SOURCE_LISTENER,
			      .server = server,
			      .options = *options,
			      .index = server->n_listeners,
			      .descriptor = -1,
			      .tokens_milli = (uint64_t)options->accept_burst * 1000,
			      .refilled_ms = server->now_ms};
	listener->timer = (struct timer){.self = listener, .ring = pause_is_over};
	err = tls_new(options, &listener->tls, diag);
	if (err == RQ_OK)
		err = bind_socket(listener, diag);
	if (err != RQ_OK) {
		listener_free(listener);
		return err;
	}
	listener->options.address = NULL; /* the caller's */
	if (index_out != NULL)
		*index_out = server->n_listeners;
	server->listeners[server->n_listeners++] = listener;
	return RQ_OK;
}

uint16_t http_server_port(const struct http_server *server, size_t listener)
{
	struct sockaddr_storage address = {0};
	socklen_t n = sizeof address;

	if (getsockname(server->listeners[listener]->descriptor,
			(struct sockaddr *)&address, &n) != 0)
		return 0;
	return ntohs(address.ss_family == AF_INET6
			 ? ((struct sockaddr_in6 *)&address)->sin6_port
			 : ((struct sockaddr_in *)&address)->sin_port);
}

void http_server_counts(const struct http_server *server, size_t listener,
			struct http_counts *counts_out)
{
	*counts_out = server->listeners[listener]->counts;
}

/* ---- descriptors of others ---- */

static void forget_watch(struct http_server *server, int descriptor)
{
	for (struct watch **at = &server->watches; *at != NULL; at = &(*at)->next)
		if ((*at)->descriptor == descriptor)
			(*at)->ready = NULL; /* freed when the turn is over */
	(void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, descriptor, NULL);
}

enum rq_err http_server_watch(struct http_server *server, int descriptor, void *self,
			      void (*ready)(void *self), struct rq_diag *diag)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct watch *watch;

	forget_watch(server, descriptor);
	if (ready == NULL)
		return RQ_OK;
	watch = alloc_array(1, sizeof *watch);
	if (watch == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "no memory to watch");
	*watch = (struct watch){SOURCE_WATCH, descriptor, self, ready, NULL};
	event.data.ptr = watch;
	if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) {
		alloc_free(watch);
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "descriptor %d: %s",
			       descriptor, strerror(errno));
	}
	watch->next = server->watches;
	server->watches = watch;
	return RQ_OK;
}

static void free_watches(struct http_server *server, bool all)
{
	struct watch **at = &server->watches;

	while (*at != NULL) {
		struct watch *watch = *at;

		if (!all && watch->ready != NULL) {
			at = &watch->next;
			continue;
		}
		*at = watch->next;
		alloc_free(watch);
	}
}

/* ---- the loop ---- */

static void handle(void *source, uint32_t events)
{
	struct watch *watch = source;

	switch (*(enum source *)source) {
	case SOURCE_LISTENER: take_connections(source); break;
	case SOURCE_CONNECTION: connection_event(source, events); break;
	case SOURCE_WATCH:
		if (watch->ready != NULL)
			watch->ready(watch->self);
		break;
	}
}

static void resume_waiting(struct http_server *server)
{
	struct connection *connection = server->waiting;

	server->waiting = NULL;
	while (connection != NULL) {
		struct connection *next = connection->next_waiting;

		connection_resume(connection);
		connection = next;
	}
}

static void flush_dirty(struct http_server *server, bool committed)
{
	while (server->dirty != NULL) {
		struct connection *connection = server->dirty;

		server->dirty = connection->next_dirty;
		connection_flush(connection, committed);
	}
}

static void free_dead(struct http_server *server)
{
	struct connection **at = &server->dead;

	while (*at != NULL) {
		struct connection *connection = *at;

		if (connection->is_dirty || connection->is_waiting) {
			at = &connection->next; /* a list of the next turn names it */
			continue;
		}
		*at = connection->next;
		connection_free(connection);
	}
}

static int patience(const struct http_server *server, uint32_t wait_ms)
{
	uint64_t due = timers_next(&server->timers);

	if (server->waiting != NULL || server->dirty != NULL || due <= server->now_ms)
		return 0;
	return due - server->now_ms < wait_ms ? (int)(due - server->now_ms)
					      : (int)wait_ms;
}

enum rq_err http_server_turn(struct http_server *server, uint32_t wait_ms,
			     struct rq_diag *diag)
{
	struct epoll_event events[EVENTS];
	bool committed;
	int n;

	server->now_ms = clock_ms();
	n = epoll_wait(server->epoll, events, EVENTS, patience(server, wait_ms));
	if (n < 0 && errno != EINTR)
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "epoll: %s", strerror(errno));
	server->now_ms = clock_ms();
	for (int i = 0; i < n; i++)
		handle(events[i].data.ptr, events[i].events);
	resume_waiting(server);
	timers_ring(&server->timers, server->now_ms);
	committed = server->handler.turn_end(server->handler.self);
	flush_dirty(server, committed);
	free_dead(server);
	free_watches(server, false);
	return RQ_OK;
}

uint64_t http_server_now(const struct http_server *server)
{
	return server->now_ms;
}

struct timers *http_server_timers(struct http_server *server)
{
	return &server->timers;
}

/* ---- beginning and end ---- */

static void kill_all(struct http_server *server)
{
	for (size_t i = 0; i < server->n_listeners; i++)
		while (server->listeners[i]->connections != NULL)
			connection_kill(server->listeners[i]->connections);
}

static void out_of_grace(void *self)
{
	kill_all(self);
}

enum rq_err http_server_new(const struct http_handler *handler,
			    struct http_server **server_out, struct rq_diag *diag)
{
	struct http_server *server = alloc_array(1, sizeof *server);

	*server_out = NULL;
	if (server == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "no memory for the server");
	server->handler = *handler;
	server->now_ms = clock_ms();
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	server->stop_timer = (struct timer){.self = server, .ring = out_of_grace};
	if (server->epoll < 0 || !timers_reserve(&server->timers)) {
		http_server_free(server);
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "epoll: %s", strerror(errno));
	}
	*server_out = server;
	return RQ_OK;
}

void http_server_free(struct http_server *server)
{
	if (server == NULL)
		return;
	kill_all(server);
	server->dirty = server->waiting = NULL;
	for (struct connection *at = server->dead; at != NULL; at = at->next)
		at->is_dirty = at->is_waiting = false;
	free_dead(server);
	for (size_t i = 0; i < server->n_listeners; i++)
		listener_free(server->listeners[i]);
	free_watches(server, true);
	timers_free(&server->timers);
	if (server->epoll >= 0)
		close(server->epoll);
	alloc_free(server);
}

void http_server_stop(struct http_server *server, uint32_t grace_ms)
{
	server->is_stopping = true;
	timer_set(&server->timers, &server->stop_timer, server->now_ms + grace_ms + 1);
	for (size_t i = 0; i < server->n_listeners; i++) {
		struct connection *next;

		hear(server->listeners[i], false);
		for (struct connection *at = server->listeners[i]->connections;
		     at != NULL; at = next) {
			next = at->next;
			connection_stop(at);
		}
	}
}

bool http_server_stopped(const struct http_server *server)
{
	for (size_t i = 0; i < server->n_listeners; i++)
		if (server->listeners[i]->n_connections > 0)
			return false;
	return server->is_stopping;
}
