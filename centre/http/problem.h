/* Errors as problem+json (RFC 9457): the type is stable, the title is for people. */
#ifndef RAQUET_CENTRE_HTTP_PROBLEM_H
#define RAQUET_CENTRE_HTTP_PROBLEM_H

#include "centre/http/server.h"

enum problem {
	PROBLEM_BAD_REQUEST,
	PROBLEM_NOT_SIGNED_IN,
	PROBLEM_SIGN_IN_REFUSED,
	PROBLEM_CODE_WANTED,
	PROBLEM_LOCKED,
	PROBLEM_MUST_CHANGE,
	PROBLEM_NOT_ALLOWED,
	PROBLEM_OTHER_SITE,
	PROBLEM_CERTIFICATE_NEEDED,
	PROBLEM_CERTIFICATE_EXPIRED,
	PROBLEM_NOT_FOUND,
	PROBLEM_METHOD,
	PROBLEM_CONFLICT,
	PROBLEM_TOO_LARGE,
	PROBLEM_WRONG_TYPE,
	PROBLEM_NOT_VALID,
	PROBLEM_TOO_OFTEN,
	PROBLEM_FAILED,
	PROBLEM_BUSY,
	PROBLEM_NO_ROOM,
	N_PROBLEMS
};

/* "urn:raquet:problem:not-found", as docs/api.yaml lists them. */
const char *problem_type(enum problem problem);

/*
 * Makes it the whole reply and sends it; the title is in Vietnamese unless the request
 * prefers English.  detail (may be empty): one sentence, UTF-8, without secrets.
 */
void problem_send(struct http_reply *reply, const struct http_request *request,
		  enum problem problem, struct bytes detail);

/* What became of a change, as a problem. */
enum problem problem_of(enum rq_err err);

#endif
