/*
 * One message to the centre and its answer, over HTTPS: libcurl's part, and all that is
 * known of HTTP and proxies.  Each of the centre's addresses is tried; the connection is
 * kept for the next message.
 */
#ifndef RAQUET_ENDPOINT_COURIER_POST_H
#define RAQUET_ENDPOINT_COURIER_POST_H

#include "endpoint/courier/settings.h"
#include "endpoint/courier/trust.h"

struct post;

enum post_result {
	POST_ANSWERED,
	POST_NO_CENTRE, /* no address answered in our words */
	POST_REFUSED,   /* somebody answered who is not the centre, or far too much */
	POST_LEFT,      /* left says that something else is wanted */
};

/* login: USER:PASSWORD for the proxy, or NULL.  What is lent must outlive it. */
RQ_MUST_USE enum rq_err post_new(const struct courier_settings *settings,
				 struct trust *trust, const char *login,
				 struct post **post_out);
void post_free(struct post *post);

/* The certificates (the machine's own first) and the key (SIGN_SECRET_SIZE) with which
 * we speak from now on; NULL: as nobody. */
RQ_MUST_USE enum rq_err post_speak_as(struct post *post,
				      const struct agent_enrolled *enrolled,
				      const uint8_t *secret);

struct post_watch {
	int descriptor; /* something may be said there meanwhile; -1: no */
	void *self;
	bool (*left)(void *self); /* asked when it is, and some times a minute */
};

/* Appends the answer, a message of the type wanted, to *answer. */
enum post_result post_message(struct post *post, struct bytes message, uint8_t wanted,
			      uint32_t wait_ms, const struct post_watch *watch,
			      struct buffer *answer);

/* Ends connections: what was believed of them does not hold. */
void post_forget(struct post *post);

#endif
