/* One connection from handshake to farewell. */
#include "centre/http/connection.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READS = 4, /* of one connection in one turn: others wait as well */
	LINGER_MS = 2000,
};

/* ---- what the loop is asked for ---- */

static void ask_events(struct connection *connection, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = connection};

	if (connection->events == events)
		return;
	connection->events = events;
	(void)epoll_ctl(connection->server->epoll, EPOLL_CTL_MOD,
			connection->descriptor, &event);
}

static void update_events(struct connection *connection)
{
	uint32_t events = connection->peer_is_done ? 0 : EPOLLRDHUP;

	switch (connection->phase) {
	case PHASE_HANDSHAKE:
	case PHASE_IDLE:
	case PHASE_HEAD:
	case PHASE_BODY: events |= connection->wants_write ? EPOLLOUT : EPOLLIN; break;
	case PHASE_LINGER: events |= EPOLLIN; break;
	default: break;
	}
	if (connection->out.size > connection->out_at)
		events |= EPOLLOUT;
	ask_events(connection, events);
}

void connection_mark_dirty(struct connection *connection)
{
	if (connection->is_dirty)
		return;
	connection->is_dirty = true;
	connection->next_dirty = connection->server->dirty;
	connection->server->dirty = connection;
}

static void mark_waiting(struct connection *connection)
{
	if (connection->is_waiting)
		return;
	connection->is_waiting = true;
	connection->next_waiting = connection->server->waiting;
	connection->server->waiting = connection;
}

void connection_set_timer(struct connection *connection, uint64_t ms)
{
	struct http_server *server = connection->server;

	timer_set(&server->timers, &connection->timer, server->now_ms + ms);
}

uint64_t connection_patience(const struct connection *connection, uint64_t n)
{
	return connection->listener->options.body_ms + 1000 * (n / HTTP_SLOWEST);
}

/* ---- the end ---- */

static void uncount(struct connection *connection)
{
	struct http_reply *reply =
	    connection->exchange != NULL ? &connection->exchange->reply : NULL;

	if (reply == NULL)
		return;
	if (connection->exchange->is_held)
		connection->listener->counts.held--;
	connection->exchange->is_held = false;
	if (reply->is_stream)
		connection->listener->counts.streams--;
	reply->is_stream = false;
}

static void unlink_from_listener(struct connection *connection)
{
	struct listener *listener = connection->listener;

	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		listener->connections = connection->next;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
	listener->n_connections--;
	listener->counts.open--;
}

/* Tells whoever holds the reply that nobody waits for it. */
static void tell_gone(struct connection *connection)
{
	struct http_reply *reply =
	    connection->exchange != NULL ? &connection->exchange->reply : NULL;

	if (reply != NULL && reply->ended != NULL) {
		void (*ended)(void *, struct http_reply *, enum http_end) =
		    reply->ended;

		reply->ended = NULL;
		ended(reply->holder, reply, HTTP_END_GONE);
	}
}

void connection_kill(struct connection *connection)
{
	struct http_server *server = connection->server;

	if (connection->phase == PHASE_DEAD)
		return;
	tell_gone(connection);
	uncount(connection);
	connection->phase = PHASE_DEAD;
	timer_clear(&server->timers, &connection->timer);
	(void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, connection->descriptor, NULL);
	unlink_from_listener(connection);
	connection->next = server->dead; /* others of this turn may still name it */
	server->dead = connection;
	listener_admit(connection->listener);
}

void connection_free(struct connection *connection)
{
	timers_release(&connection->server->timers);
	exchange_free(connection->exchange);
	buffer_free(&connection->left);
	buffer_free(&connection->out);
	alloc_free((void *)connection->peer.certificate.at);
	SSL_free(connection->ssl);
	close(connection->descriptor);
	alloc_free(connection);
}

/* Our last word is out.  With bytes unread the system would answer with a reset, and the
 * peer might never see that word. */
static void part(struct connection *connection, bool has_read_all)
{
	ERR_clear_error();
	(void)SSL_shutdown(connection->ssl);
	if (has_read_all || connection->peer_is_done) {
		connection_kill(connection);
		return;
	}
	(void)shutdown(connection->descriptor, SHUT_WR);
	connection->phase = PHASE_LINGER;
	connection_set_timer(connection, LINGER_MS);
	update_events(connection);
}

/* ---- reading ---- */

static void become_idle(struct connection *connection)
{
	connection->phase = PHASE_IDLE;
	connection_set_timer(connection, connection->listener->options.idle_ms);
}

static bool begin_exchange(struct connection *connection)
{
	if (connection->exchange == NULL)
		connection->exchange = exchange_new(connection);
	return connection->exchange != NULL;
}

static void answer(struct connection *connection)
{
	connection->listener->counts.requests++;
	/* who holds a reply sets a time; before that nothing is late */
	timer_clear(&connection->server->timers, &connection->timer);
	exchange_answer(connection);
	if (connection->phase == PHASE_HELD) {
		connection->exchange->is_held = true;
		connection->listener->counts.held++;
	}
}

/* Bytes of requests; those behind the first whole one are kept for later. */
static void feed(struct connection *connection, struct bytes bytes)
{
	size_t used = 0;

	if (!begin_exchange(connection)) {
		connection_kill(connection);
		return;
	}
	if (exchange_feed(connection, bytes, &used) != FED_WHOLE)
		return;
	buffer_put(&connection->left, bytes.at + used, bytes.n - used);
	if (!buffer_ok(&connection->left)) {
		connection_kill(connection);
		return;
	}
	answer(connection);
}

static bool is_reading(const struct connection *connection)
{
	return connection->phase == PHASE_IDLE || connection->phase == PHASE_HEAD ||
	       connection->phase == PHASE_BODY;
}

/* False: TLS cannot go on. */
static bool understand(struct connection *connection, int result)
{
	switch (SSL_get_error(connection->ssl, result)) {
	case SSL_ERROR_WANT_READ: connection->wants_write = false; return true;
	case SSL_ERROR_WANT_WRITE: connection->wants_write = true; return true;
	default: return false;
	}
}

static void read_requests(struct connection *connection)
{
	uint8_t *scratch = connection->server->scratch;

	for (int i = 0; i < READS && is_reading(connection); i++) {
		int n;

		ERR_clear_error();
		n = SSL_read(connection->ssl, scratch, SCRATCH);
		if (n <= 0) {
			if (!understand(connection, n))
				connection_kill(connection);
			return;
		}
		connection->wants_write = false;
		feed(connection, (struct bytes){scratch, (size_t)n});
	}
}

void connection_resume(struct connection *connection)
{
	struct buffer left = connection->left;

	connection->is_waiting = false;
	if (!is_reading(connection))
		return;
	connection->left = (struct buffer){0};
	feed(connection, buffer_bytes(&left));
	buffer_free(&left);
	if (connection->phase != PHASE_DEAD)
		update_events(connection);
}

static void shake_hands(struct connection *connection)
{
	struct listener *listener = connection->listener;
	int result;

	ERR_clear_error();
	result = SSL_accept(connection->ssl);
	if (result != 1) {
		if (!understand(connection, result)) {
			listener->counts.refused_handshakes++;
			connection_kill(connection);
		}
		return;
	}
	connection->wants_write = false;
	listener->counts.handshakes++;
	listener->counts.resumed += SSL_session_reused(connection->ssl) == 1;
	connection->peer.address = connection->address;
	if (!tls_peer(connection->ssl, &connection->peer)) {
		connection_kill(connection);
		return;
	}
	become_idle(connection);
	read_requests(connection);
}

static void linger(struct connection *connection)
{
	ssize_t n =
	    recv(connection->descriptor, connection->server->scratch, SCRATCH, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	connection->lingered += n > 0 ? (size_t)n : 0;
	if (n <= 0 || connection->lingered > CAP_HTTP_LINGER)
		connection_kill(connection);
}

void connection_event(struct connection *connection, uint32_t events)
{
	if (connection->phase == PHASE_DEAD)
		return;
	if (connection->phase == PHASE_HANDSHAKE)
		shake_hands(connection);
	else if (is_reading(connection))
		read_requests(connection);
	else if (connection->phase == PHASE_LINGER)
		linger(connection);
	if (connection->phase == PHASE_DEAD)
		return;
	if (events & EPOLLRDHUP)
		connection->peer_is_done = true;
	/* nobody would read what is held or streamed; what was sent may still be read */
	if ((events & (EPOLLHUP | EPOLLERR)) ||
	    (connection->peer_is_done &&
	     (connection->phase == PHASE_HELD || connection->phase == PHASE_STREAM))) {
		connection_kill(connection);
		return;
	}
	if (events & EPOLLOUT)
		connection_mark_dirty(connection);
	update_events(connection);
}

/* ---- writing ---- */

/* False: the connection is gone. */
static bool write_out(struct connection *connection)
{
	struct buffer *out = &connection->out;

	while (connection->out_at < out->size) {
		size_t n = out->size - connection->out_at;
		int written;

		ERR_clear_error();
		written = SSL_write(connection->ssl, out->data + connection->out_at,
				    n < INT32_MAX ? (int)n : INT32_MAX);
		if (written <= 0) {
			int error = SSL_get_error(connection->ssl, written);

			if (error == SSL_ERROR_WANT_WRITE ||
			    error == SSL_ERROR_WANT_READ)
				return true;
			connection_kill(connection);
			return false;
		}
		connection->out_at += (size_t)written;
		connection->is_stalled = false;
	}
	buffer_free(out);
	connection->out_at = 0;
	return true;
}

/* The reply is out: the next request, or farewell. */
static void finish(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;
	bool closes = exchange->reply.closes, is_whole = exchange->is_whole;

	uncount(connection);
	exchange_free(exchange);
	connection->exchange = NULL;
	if (closes) {
		part(connection, is_whole && connection->left.size == 0);
		return;
	}
	become_idle(connection);
	if (connection->left.size > 0)
		mark_waiting(connection);
}

void connection_flush(struct connection *connection, bool committed)
{
	struct exchange *exchange = connection->exchange;

	connection->is_dirty = false;
	if (connection->phase == PHASE_DEAD)
		return;
	if (connection->phase == PHASE_SENT && !exchange->is_composed) {
		exchange->is_composed = true;
		if (!exchange->reply.is_stream)
			reply_compose(connection, committed);
		connection_set_timer(
		    connection, connection_patience(connection, connection->out.size));
	}
	if (!buffer_ok(&connection->out) ||
	    (connection->phase == PHASE_STREAM && exchange->reply.is_too_slow)) {
		connection_kill(connection);
		return;
	}
	if (!write_out(connection))
		return;
	if (connection->phase == PHASE_SENT && connection->out.size == 0)
		finish(connection);
	if (connection->phase != PHASE_DEAD)
		update_events(connection);
}

/* ---- time ---- */

static void end_held(struct connection *connection, enum http_end why)
{
	struct http_reply *reply = &connection->exchange->reply;
	void (*ended)(void *, struct http_reply *, enum http_end) = reply->ended;

	reply->ended = NULL;
	if (ended != NULL)
		ended(reply->holder, reply, why);
	if (connection->phase == PHASE_HELD)
		reply_refuse(connection, 503);
}

static void comment(struct connection *connection)
{
	if (connection->is_stalled) {
		connection_kill(connection);
		return;
	}
	connection->is_stalled = true;
	buffer_text(&connection->out, ":\n\n");
	connection_mark_dirty(connection);
	connection_set_timer(connection, HTTP_STREAM_COMMENT_MS);
}

static void late(void *self)
{
	struct connection *connection = self;

	switch (connection->phase) {
	case PHASE_HEAD:
	case PHASE_BODY:
		connection->listener->counts.late++;
		connection->exchange->reply.closes = true;
		reply_refuse(connection, 408);
		update_events(connection);
		break;
	case PHASE_HELD: end_held(connection, HTTP_END_TIME); break;
	case PHASE_STREAM: comment(connection); break;
	case PHASE_HANDSHAKE:
	case PHASE_SENT:
		connection->listener->counts.late++;
		connection_kill(connection);
		break;
	default: connection_kill(connection); break;
	}
}

void connection_stop(struct connection *connection)
{
	switch (connection->phase) {
	case PHASE_HANDSHAKE:
	case PHASE_IDLE:
	case PHASE_LINGER: connection_kill(connection); break;
	case PHASE_HELD: end_held(connection, HTTP_END_STOP); break;
	case PHASE_STREAM: {
		struct http_reply *reply = &connection->exchange->reply;
		void (*ended)(void *, struct http_reply *, enum http_end) =
		    reply->ended;

		if (ended != NULL)
			ended(reply->holder, reply, HTTP_END_STOP);
		http_stream_end(reply);
		break;
	}
	default: break;
	}
}

/* ---- the beginning ---- */

static bool join(struct connection *connection)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP,
				    .data.ptr = connection};
	struct listener *listener = connection->listener;

	connection->events = event.events;
	if (epoll_ctl(connection->server->epoll, EPOLL_CTL_ADD, connection->descriptor,
		      &event) != 0)
		return false;
	connection->next = listener->connections;
	if (connection->next != NULL)
		connection->next->previous = connection;
	listener->connections = connection;
	listener->n_connections++;
	listener->counts.open++;
	return true;
}

void connection_open(struct listener *listener, int descriptor, const char *address)
{
	struct connection *connection = alloc_array(1, sizeof *connection);
	SSL *ssl = SSL_new(listener->tls);
	bool has_timer = timers_reserve(&listener->server->timers);

	if (connection != NULL && ssl != NULL && has_timer &&
	    SSL_set_fd(ssl, descriptor) == 1) {
		connection->source = SOURCE_CONNECTION;
		connection->phase = PHASE_HANDSHAKE;
		connection->server = listener->server;
		connection->listener = listener;
		connection->descriptor = descriptor;
		connection->ssl = ssl;
		connection->timer = (struct timer){.self = connection, .ring = late};
		strncpy(connection->address, address, sizeof connection->address - 1);
		if (join(connection)) {
			connection_set_timer(connection,
					     listener->options.handshake_ms);
			return;
		}
	}
	if (has_timer)
		timers_release(&listener->server->timers);
	SSL_free(ssl);
	alloc_free(connection);
	close(descriptor);
}
