#include "centre/http/route.h"

#include <stdio.h>
#include <string.h>

const char route_people_headers[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n"
    "Strict-Transport-Security: max-age=31536000\r\n"
    "Cache-Control: no-store\r\n";

const char route_machine_headers[] = "X-Content-Type-Options: nosniff\r\n"
				     "Cache-Control: no-store\r\n";

static const struct rate rates[N_RATES] = {
    [RATE_CHEAP] = {6000, 1000}, /* of all that may ask it */
    [RATE_AGENT] = {600, 600},   /* a spool that was full for months comes at once */
    [RATE_ENROL] = {1200, 1200}, [RATE_SIGN_IN] = {300, 100},
    [RATE_READ] = {1200, 300},   [RATE_CHANGE] = {300, 100},
};

const char *http_method_text(enum http_method method)
{
	static const char *const texts[N_METHODS] = {
	    [METHOD_GET] = "GET", [METHOD_HEAD] = "HEAD",   [METHOD_POST] = "POST",
	    [METHOD_PUT] = "PUT", [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
	};

	return texts[method];
}

/* ---- which row ---- */

struct match {
	const struct route *route;
	struct bytes parts[PATH_PARTS_MAX];
	bool path_is_known; /* with another method */
};

static bool fits_method(enum http_method wanted, enum http_method asked)
{
	return wanted == asked || (wanted == METHOD_GET && asked == METHOD_HEAD);
}

static void find_route(const struct router *router, const struct http_request *request,
		       struct match *match)
{
	*match = (struct match){0};
	for (size_t i = 0; i < router->n_tables; i++) {
		const struct route_table *table = router->tables[i];

		for (size_t j = 0; j < table->n; j++) {
			const struct route *route = &table->rows[j];
			struct bytes parts[PATH_PARTS_MAX] = {{0}};

			if (!(route->listeners & 1u << request->listener) ||
			    !path_match(route->path, request->path, parts))
				continue;
			match->path_is_known = true;
			if (!fits_method(route->method, request->method))
				continue;
			match->route = route;
			memcpy(match->parts, parts, sizeof parts);
			return;
		}
	}
}

/* ---- who may ---- */

static bool begins_with(struct bytes text, const char *what)
{
	size_t n = strlen(what);

	return text.n >= n && memcmp(text.at, what, n) == 0;
}

/*
 * A browser adds the session's cookie to requests of any site.  Those that change
 * something must come from our own pages: browsers of today say so in Sec-Fetch-Site,
 * all of them in Origin.
 */
static bool is_of_our_pages(const struct http_request *request)
{
	struct bytes site = request->headers[HTTP_SEC_FETCH_SITE];
	struct bytes origin = request->headers[HTTP_ORIGIN];
	struct bytes host = request->headers[HTTP_HOST];
	static const char scheme[] = "https://";

	if (request->method == METHOD_GET || request->method == METHOD_HEAD)
		return true;
	if (site.n != 0 && !bytes_equal_text(site, "same-origin"))
		return false;
	if (!begins_with(origin, scheme))
		return false;
	return bytes_equal((struct bytes){origin.at + sizeof scheme - 1,
					  origin.n - (sizeof scheme - 1)},
			   host);
}

/* PROBLEM: N_PROBLEMS is none. */
static enum problem judge_person(const struct router *router, const struct route *route,
				 const struct http_request *request,
				 struct route_person *person)
{
	enum rq_err err = RQ_ERR_NOT_FOUND;

	if (router->who_is != NULL)
		err = router->who_is(router->centre, request, route->scope, person);
	if (err == RQ_ERR_NOT_FOUND)
		return PROBLEM_NOT_SIGNED_IN;
	if (err != RQ_OK)
		return problem_of(err);
	if (person->has_token && route->scope == NULL)
		return PROBLEM_NOT_ALLOWED;
	if (!person->has_token && !is_of_our_pages(request))
		return PROBLEM_OTHER_SITE;
	if (person->must_change && !route->also_unchanged)
		return PROBLEM_MUST_CHANGE;
	if (route->roles != 0 ? (person->roles & route->roles) == 0
			      : person->roles == 0)
		return PROBLEM_NOT_ALLOWED;
	return N_PROBLEMS;
}

static enum problem judge(const struct router *router, const struct route *route,
			  const struct http_request *request,
			  struct route_person *person)
{
	*person = (struct route_person){0};
	switch (route->who) {
	case ROUTE_ANYONE:
		/* signing in as somebody else is a trick, too */
		return !(route->listeners & AT_PEOPLE) || is_of_our_pages(request)
			   ? N_PROBLEMS
			   : PROBLEM_OTHER_SITE;
	case ROUTE_RENEWAL:
		return request->peer->has_certificate ? N_PROBLEMS
						      : PROBLEM_CERTIFICATE_NEEDED;
	case ROUTE_AGENT:
		if (!request->peer->has_certificate)
			return PROBLEM_CERTIFICATE_NEEDED;
		return request->peer->is_expired ? PROBLEM_CERTIFICATE_EXPIRED
						 : N_PROBLEMS;
	case ROUTE_PERSON: break;
	}
	return judge_person(router, route, request, person);
}

/* ---- how often ---- */

static bool take_token(const struct router *router, const struct route *route,
		       const struct http_request *request,
		       const struct route_person *person, struct http_reply *reply)
{
	struct bytes identity = BYTES_LITERAL("everybody");
	uint64_t now = http_server_now(router->server), wait;
	char seconds[24];

	if (route->who == ROUTE_AGENT || route->who == ROUTE_RENEWAL)
		identity = (struct bytes){request->peer->fingerprint, HTTP_FINGERPRINT};
	else if (route->who == ROUTE_PERSON)
		identity =
		    (struct bytes){(const uint8_t *)&person->id, sizeof person->id};
	if (rates_take(router->rates, route->rate, &rates[route->rate], identity, now,
		       &wait))
		return true;
	snprintf(seconds, sizeof seconds, "%llu",
		 (unsigned long long)(wait / 1000 + 1));
	http_reply_header(reply, "Retry-After", bytes_of(seconds));
	return false;
}

/* ---- the two questions of the server ---- */

static const struct bytes no_detail;

static void tell_methods(const struct router *router,
			 const struct http_request *request, struct http_reply *reply)
{
	struct buffer allowed = {0};
	struct bytes parts[PATH_PARTS_MAX];

	for (size_t i = 0; i < router->n_tables; i++)
		for (size_t j = 0; j < router->tables[i]->n; j++) {
			const struct route *route = &router->tables[i]->rows[j];

			if ((route->listeners & 1u << request->listener) &&
			    path_match(route->path, request->path, parts))
				buffer_format(&allowed, "%s%s",
					      allowed.size > 0 ? ", " : "",
					      http_method_text(route->method));
		}
	if (buffer_ok(&allowed))
		http_reply_header(reply, "Allow", buffer_bytes(&allowed));
	buffer_free(&allowed);
}

bool router_admit(void *self, const struct http_request *request, uint64_t length,
		  uint64_t *body_max_out, struct http_reply *reply)
{
	struct router *router = self;
	enum problem problem = N_PROBLEMS;
	struct route_person person;
	struct match match;

	find_route(router, request, &match);
	if (match.route == NULL) {
		problem = match.path_is_known ? PROBLEM_METHOD : PROBLEM_NOT_FOUND;
		if (match.path_is_known)
			tell_methods(router, request, reply);
	} else {
		problem = judge(router, match.route, request, &person);
		*body_max_out = match.route->body_max;
	}
	if (problem == N_PROBLEMS &&
	    !take_token(router, match.route, request, &person, reply))
		problem = PROBLEM_TOO_OFTEN;
	if (problem == N_PROBLEMS && length != UINT64_MAX && length > *body_max_out)
		problem = PROBLEM_TOO_LARGE;
	if (problem == N_PROBLEMS && length > 0 && router->has_room != NULL &&
	    !router->has_room(router->centre,
			      length != UINT64_MAX ? length : *body_max_out))
		problem = PROBLEM_NO_ROOM;
	if (problem == N_PROBLEMS)
		return true;
	problem_send(reply, request, problem, no_detail);
	return false;
}

void router_answer(void *self, const struct http_request *request,
		   struct http_reply *reply)
{
	struct router *router = self;
	struct match match;
	struct route_call call = {
	    .centre = router->centre, .request = request, .reply = reply};
	enum problem problem = PROBLEM_NOT_FOUND;

	find_route(router, request, &match);
	if (match.route != NULL) /* a session may have ended while the body came */
		problem = judge(router, match.route, request, &call.person);
	if (problem != N_PROBLEMS) {
		problem_send(reply, request, problem, no_detail);
		return;
	}
	call.route = match.route;
	memcpy(call.parts, match.parts, sizeof call.parts);
	match.route->answer(&call);
}
