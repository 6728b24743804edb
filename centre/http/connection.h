/* What the files of this folder share about one connection; for nobody else. */
#ifndef RAQUET_CENTRE_HTTP_CONNECTION_H
#define RAQUET_CENTRE_HTTP_CONNECTION_H

#include "centre/http/server.h"

#include <openssl/ssl.h>

/* What an event of the system belongs to: the first member of each. */
enum source { SOURCE_LISTENER, SOURCE_CONNECTION, SOURCE_WATCH };

enum phase {
	PHASE_HANDSHAKE,
	PHASE_IDLE, /* between two requests */
	PHASE_HEAD,
	PHASE_BODY,
	PHASE_HELD, /* with the handler: its reply is not sent yet */
	PHASE_SENT, /* leaves when the turn has ended, or is leaving */
	PHASE_STREAM,
	PHASE_LINGER, /* said our last: reads and forgets, so that the peer can read it */
	PHASE_DEAD,   /* freed at the end of the turn */
};

struct span {
	uint32_t off, n;
};

struct http_reply {
	struct connection *connection;
	unsigned status;
	bool is_sent, is_stream, closes, after_commit;
	bool is_too_slow; /* a stream that nobody reads */
	struct buffer headers, body;
	void *holder;
	void (*ended)(void *holder, struct http_reply *reply, enum http_end why);
};

/* One request and its reply; nothing of it is kept while a connection is idle. */
struct exchange {
	struct buffer head; /* the target and the values of headers that we read */
	struct span target, headers[N_HTTP_HEADERS];
	uint32_t seen; /* bit of each header that came */
	unsigned n_headers;
	size_t head_bytes;
	char name[24]; /* of the header that is being read */
	size_t name_n;
	int header;       /* -1: one that nobody reads */
	unsigned refusal; /* status, when parsing stopped for a reason of ours */
	bool head_only, keep_alive, is_whole, is_held, is_composed;
	struct buffer body;
	struct http_reply reply;
};

struct connection {
	enum source source;
	enum phase phase;
	struct http_server *server;
	struct listener *listener;
	int descriptor;
	uint32_t events; /* that the system was asked for */
	SSL *ssl;
	struct timer timer;
	struct connection *previous, *next; /* of the listener */
	struct connection *next_dirty, *next_waiting;
	bool is_dirty, is_waiting;
	bool peer_is_done; /* it sends nothing more */
	bool wants_write;  /* to go on reading or shaking hands */
	bool is_stalled;   /* of a stream: nothing left since the last comment */
	struct http_peer peer;
	char address[46];
	struct exchange *exchange;
	struct buffer left; /* came behind the request that is being answered */
	struct buffer out;
	size_t out_at;
	size_t lingered;
};

struct listener {
	enum source source;
	struct http_server *server;
	struct http_listener_options options;
	size_t index;
	int descriptor;
	SSL_CTX *tls;
	struct connection *connections;
	uint32_t n_connections;
	uint64_t tokens_milli, refilled_ms; /* of accept_rate */
	bool is_paused;
	struct timer timer;
	struct http_counts counts;
};

enum { SCRATCH = 16 << 10 }; /* one record of TLS is never more */

struct watch {
	enum source source;
	int descriptor;
	void *self;
	void (*ready)(void *self);
	struct watch *next;
};

struct http_server {
	struct http_handler handler;
	int epoll;
	uint64_t now_ms;
	struct timers timers;
	struct listener *listeners[HTTP_LISTENERS_MAX];
	size_t n_listeners;
	struct watch *watches;
	struct connection *dirty;   /* have something to write behind turn_end */
	struct connection *waiting; /* have bytes of the next request */
	struct connection *dead;
	bool is_stopping;
	struct timer stop_timer;
	uint8_t scratch[SCRATCH];
};

/* ---- connection.c ---- */

void connection_open(struct listener *listener, int descriptor, const char *address);
void connection_event(struct connection *connection, uint32_t events);
/* Goes on with what came behind the last request. */
void connection_resume(struct connection *connection);
/* Writes what may leave. */
void connection_flush(struct connection *connection, bool committed);
/* Ends it from our side. */
void connection_stop(struct connection *connection);
void connection_kill(struct connection *connection);
void connection_free(struct connection *connection);
void connection_mark_dirty(struct connection *connection);
void connection_set_timer(struct connection *connection, uint64_t ms);
/* Milliseconds that n bytes may take. */
uint64_t connection_patience(const struct connection *connection, uint64_t n);

/* ---- exchange.c ---- */

enum fed {
	FED_MORE,  /* more bytes are needed */
	FED_WHOLE, /* a request is there; *n_used_out bytes belong to it */
	FED_OVER,  /* it was refused: a reply is there, nothing more is read */
};

/* Freed by exchange_free; NULL: no memory. */
struct exchange *exchange_new(struct connection *connection);
void exchange_free(struct exchange *exchange);
enum fed exchange_feed(struct connection *connection, struct bytes bytes,
		       size_t *n_used_out);
/* Hands the request that is there to the handler. */
void exchange_answer(struct connection *connection);
/* What is held of the request beyond its answer. */
void exchange_forget_request(struct exchange *exchange);

/* ---- reply.c ---- */

/* Makes an error of ours the reply. */
void reply_refuse(struct connection *connection, unsigned status);
/* Puts the whole reply (of a stream: its head) to the connection's out. */
void reply_compose(struct connection *connection, bool committed);

/* ---- tls.c ---- */

enum rq_err tls_new(const struct http_listener_options *options, SSL_CTX **tls_out,
		    struct rq_diag *diag);
/* Fills peer from a connection whose hands are shaken; false: no memory. */
bool tls_peer(SSL *ssl, struct http_peer *peer);

/* ---- server.c ---- */

void listener_admit(struct listener *listener);

#endif
