/*
 * What the centre answers, as data: each row says who may ask and how much, and is checked
 * before a byte of the body is read; its function then only does the work.  docs/api.yaml
 * has the same rows, and a test holds the two together.
 */
#ifndef RAQUET_CENTRE_HTTP_ROUTE_H
#define RAQUET_CENTRE_HTTP_ROUTE_H

#include "centre/http/problem.h"
#include "centre/http/query.h"
#include "centre/http/rate.h"
#include "centre/http/server.h"

/* The listeners of the centre, in the order in which they are opened. */
enum { LISTENER_AGENTS, LISTENER_PEOPLE, LISTENER_LOCAL, N_ROUTE_LISTENERS };
enum {
	AT_AGENTS = 1 << LISTENER_AGENTS,
	AT_PEOPLE = 1 << LISTENER_PEOPLE,
	AT_LOCAL = 1 << LISTENER_LOCAL,
};

enum route_who {
	ROUTE_ANYONE,
	ROUTE_RENEWAL, /* a certificate of the agents' authority, also out of its time */
	ROUTE_AGENT,   /* in its time */
	ROUTE_PERSON,  /* who is signed in or shows a token */
};

enum route_rate {
	RATE_CHEAP,   /* answered from memory */
	RATE_AGENT,   /* of one machine */
	RATE_ENROL,   /* of all that are not known yet, together */
	RATE_SIGN_IN, /* likewise */
	RATE_READ,    /* of one person */
	RATE_CHANGE,
	N_RATES
};

/* Who asks, as the centre found it; nothing of it is the request's word alone. */
struct route_person {
	int64_t id;       /* 0: nobody */
	uint32_t roles;   /* bit of each role that the person has anywhere, now */
	bool has_token;   /* came with a token, not with a session */
	bool must_change; /* the password, before anything else */
};

struct route_call {
	void *centre;
	const struct route *route;
	const struct http_request *request;
	struct http_reply *reply;
	struct bytes parts[PATH_PARTS_MAX]; /* what stood for each {x} */
	struct route_person person;
};

struct route {
	enum http_method method;
	const char *path;
	unsigned listeners; /* AT_... */
	enum route_who who;
	uint32_t roles; /* PERSON: any of these bits; 0: whatever role */
	const char
	    *scope; /* PERSON: what a token must be for; NULL: no token will do */
	uint64_t body_max;
	enum route_rate rate;
	void (*answer)(struct route_call *call);
	bool also_unchanged; /* PERSON: also before the first password was changed */
};

struct route_table {
	const struct route *rows;
	size_t n;
};

struct router {
	void *centre; /* of the calls */
	const struct route_table *const *tables;
	size_t n_tables;
	struct rates *rates;
	struct http_server *server;
	/*
	 * Whom a session or token of the request belongs to, *person_out; RQ_ERR_NOT_FOUND:
	 * nobody, RQ_ERR_ACCESS: a token that is not for scope.  NULL: there are no people.
	 */
	enum rq_err (*who_is)(void *centre, const struct http_request *request,
			      const char *scope, struct route_person *person_out);
	/* Whether a body of n bytes would find room; NULL: always. */
	bool (*has_room)(void *centre, uint64_t n);
};

/* admit and answer of a http_handler whose self is a router. */
bool router_admit(void *router, const struct http_request *request, uint64_t length,
		  uint64_t *body_max_out, struct http_reply *reply);
void router_answer(void *router, const struct http_request *request,
		   struct http_reply *reply);

/* "GET", as in a request. */
const char *http_method_text(enum http_method method);

/* Of every reply of the people's listener. */
extern const char route_people_headers[];
/* Of the others. */
extern const char route_machine_headers[];

#endif
