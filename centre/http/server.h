/*
 * The one place where the centre meets the network: listeners with TLS, requests of
 * HTTP/1.1, replies at once, held or streamed.
 *
 * One thread, one loop.  A turn of it reads what has come, hands each request to answer,
 * calls turn_end once (there the store is committed), and only then writes replies: what
 * a reply says has happened is on the disk.  Nobody waits inside of a turn.
 *
 * Everything is bounded: connections, bytes of a head and of a body (before it is read),
 * the time of each phase, what may wait to be written.  The bytes of HTTP are read by
 * llhttp, those of TLS by OpenSSL; what stands in a request is the peer's claim, apart from
 * the certificate.
 */
#ifndef RAQUET_CENTRE_HTTP_SERVER_H
#define RAQUET_CENTRE_HTTP_SERVER_H

#include "bytes/buffer.h"
#include "bytes/error.h"
#include "bytes/reader.h"
#include "centre/http/timer.h"

struct http_server;
struct http_reply;

/* ---- listeners ---- */

enum { HTTP_LISTENERS_MAX = 4, HTTP_FINGERPRINT = 32, HTTP_TICKET_KEYS = 80 };

enum http_certificate {
	HTTP_CERTIFICATE_NONE,     /* is not asked for */
	HTTP_CERTIFICATE_OPTIONAL, /* one that is shown must be good */
	HTTP_CERTIFICATE_REQUIRED, /* nobody gets past the handshake without */
};

struct http_listener_options {
	const char *name;    /* in metrics: "agents" */
	const char *address; /* a number, "127.0.0.1", "::" */
	uint16_t port;       /* 0: the system chooses, http_server_port */
	const char *certificate_file, *key_file; /* ours, PEM with its chain */
	const char *authority_file; /* who signs those of peers; NULL with NONE */
	enum http_certificate certificate;
	/* One of the authority's that is out of its time gets in as http_peer.is_expired: a
	 * machine that was away, or with a wrong clock, can then renew. */
	bool admits_expired;
	bool shares_port;    /* several processes take connections at one port */
	const char *headers; /* of every reply: "Name: value\r\n"...; NULL: none */
	uint32_t connections_max;
	/* New connections in a second (each costs a millisecond of handshake), and how many
	 * of a pause may come at once; the others wait in the system's queue. */
	uint32_t accept_rate, accept_burst;
	uint32_t handshake_ms, head_ms, idle_ms;
	uint32_t
	    body_ms; /* and a second more for each HTTP_SLOWEST bytes; of a reply, too */
	/* HTTP_TICKET_KEYS secret bytes with which sessions are resumed after a restart and at
	 * another centre; empty: chosen at start. */
	struct bytes ticket_keys;
};

enum { HTTP_SLOWEST = 4096 }; /* bytes a second from or to the slowest line */

/* Bounds that fit agents and people; name, address, files are the caller's. */
void http_listener_options_default(struct http_listener_options *options);

/* ---- requests ---- */

enum http_method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE
};
enum { N_METHODS = METHOD_DELETE + 1 };

/* Those that somebody reads; others are counted and forgotten. */
enum http_header {
	HTTP_HOST,
	HTTP_COOKIE,
	HTTP_AUTHORIZATION,
	HTTP_CONTENT_TYPE,
	HTTP_ACCEPT,
	HTTP_ACCEPT_LANGUAGE,
	HTTP_ORIGIN,
	HTTP_SEC_FETCH_SITE,
	HTTP_IDEMPOTENCY_KEY,
	HTTP_IF_NONE_MATCH,
	HTTP_LAST_EVENT_ID,
	HTTP_EXPECT,
	N_HTTP_HEADERS
};

struct http_peer {
	bool has_certificate; /* signed by the listener's authority */
	bool is_expired;      /* it is, or not valid yet: good for renewal alone */
	uint8_t fingerprint[HTTP_FINGERPRINT]; /* SHA-256 of the certificate */
	struct bytes certificate;              /* DER */
	const char *address; /* for people to read, never an identity */
};

/* Lives as long as the call that it is handed to. */
struct http_request {
	size_t listener; /* in the order of http_server_listen */
	enum http_method method;
	struct bytes path;  /* begins with '/', as it was sent: nothing is decoded */
	struct bytes query; /* behind the '?', as it was sent */
	struct bytes headers[N_HTTP_HEADERS]; /* at NULL: none came */
	struct bytes body;                    /* in admit: not there yet */
	const struct http_peer *peer;
};

/* ---- replies ---- */

/* Nothing is copied but where it is said; a reply that ran out of memory becomes 503. */
void http_reply_status(struct http_reply *reply, unsigned status);
/* name is a constant; value is copied and has no control characters (else: left out). */
void http_reply_header(struct http_reply *reply, const char *name, struct bytes value);
/* To be appended to. */
struct buffer *http_reply_body(struct http_reply *reply);
/* What it says was done counts only when turn_end says so; otherwise it becomes 503. */
void http_reply_after_commit(struct http_reply *reply);
/* The reply is whole; it leaves after turn_end and must not be touched any more. */
void http_reply_send(struct http_reply *reply);
/* Also closes the connection behind it. */
void http_reply_close(struct http_reply *reply);

enum http_end {
	HTTP_END_TIME, /* held long enough: answer now */
	HTTP_END_STOP, /* the server stops: answer now */
	HTTP_END_GONE, /* the peer went away: the reply must not be touched any more */
};

/*
 * Keeps the reply for later, at most for ms.  Then, or when the peer leaves, ended is called
 * once, unless the reply was sent before.  Answering may also happen from any other call of
 * the same thread.
 */
void http_reply_hold(struct http_reply *reply, uint64_t ms, void *holder,
		     void (*ended)(void *holder, struct http_reply *reply,
				   enum http_end why));

/*
 * Begins server-sent events: the head leaves, and from now on each event.  A peer that does
 * not read is let go when HTTP_STREAM_BACKLOG bytes wait.  A comment is sent when nothing
 * else was for 15 s.  ended as with http_reply_hold; there is no answer to be given.
 */
enum { HTTP_STREAM_BACKLOG = 256 << 10, HTTP_STREAM_COMMENT_MS = 15000 };
void http_reply_stream(struct http_reply *reply, void *holder,
		       void (*ended)(void *holder, struct http_reply *reply,
				     enum http_end why));
/* id and name may be empty; data may have lines. */
void http_stream_event(struct http_reply *reply, struct bytes id, struct bytes name,
		       struct bytes data);
void http_stream_end(struct http_reply *reply);

/* ---- the server ---- */

struct http_handler {
	void *self;
	/*
	 * The head of a request is there, its body is not.  Returns how many bytes it may
	 * have (*body_max_out) and true; or answers with false, at once: the body is not read,
	 * and the connection closed.
	 */
	bool (*admit)(void *self, const struct http_request *request,
		      uint64_t length, /* UINT64_MAX: not told (chunked) */
		      uint64_t *body_max_out, struct http_reply *reply);
	/* Sends, holds or streams reply. */
	void (*answer)(void *self, const struct http_request *request,
		       struct http_reply *reply);
	/* All requests of this turn were answered.  False: what they did was taken back. */
	bool (*turn_end)(void *self);
};

struct http_counts {
	uint64_t accepted, handshakes, resumed, refused_handshakes; /* of connections */
	uint64_t requests, bad_requests, late; /* late: a phase took too long */
	uint64_t status[6];                    /* by its first digit */
	uint64_t open, held, streams;          /* now */
};

RQ_MUST_USE enum rq_err http_server_new(const struct http_handler *handler,
					struct http_server **server_out,
					struct rq_diag *diag);
/* Ends whatever is open. */
void http_server_free(struct http_server *server);

/* name and headers of options live as long as the server; *index_out (may be NULL) names
 * the listener. */
RQ_MUST_USE enum rq_err http_server_listen(struct http_server *server,
					   const struct http_listener_options *options,
					   size_t *index_out, struct rq_diag *diag);
uint16_t http_server_port(const struct http_server *server, size_t listener);

/* Calls ready whenever descriptor can be read, from inside of a turn; NULL: no more. */
RQ_MUST_USE enum rq_err http_server_watch(struct http_server *server, int descriptor,
					  void *self, void (*ready)(void *self),
					  struct rq_diag *diag);

/* Timers ring inside of a turn. */
struct timers *http_server_timers(struct http_server *server);
/* Milliseconds on the clock of the timers, as of the beginning of this turn. */
uint64_t http_server_now(const struct http_server *server);

/* One turn; waits at most wait_ms for something to do. */
RQ_MUST_USE enum rq_err http_server_turn(struct http_server *server, uint32_t wait_ms,
					 struct rq_diag *diag);
/*
 * No new connection is taken, held replies are ended, and what is being answered has
 * grace_ms.  http_server_stopped: nothing is open any more.
 */
void http_server_stop(struct http_server *server, uint32_t grace_ms);
bool http_server_stopped(const struct http_server *server);

void http_server_counts(const struct http_server *server, size_t listener,
			struct http_counts *counts_out);

/* "Not Found"; never NULL. */
const char *http_status_text(unsigned status);

#endif
