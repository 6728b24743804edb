/* The router without a network, and the table beside docs/api.yaml. */
#include "centre/http/route.h"

#include "bytes/test.h"
#include "centre/http/centre.h"
#include "centre/http/connection.h"

#include <string.h>

/* ---- a connection that leads nowhere ---- */

struct desk {
	struct http_server server;
	struct listener listener;
	struct connection connection;
	struct exchange exchange;
	struct router router;
	struct http_request request;
	struct route_person person;
	enum rq_err person_err;
	bool is_full;
};

static unsigned n_answered;

static void answer(struct route_call *call)
{
	n_answered++;
	http_reply_status(call->reply, 200);
	buffer_put(http_reply_body(call->reply), call->parts[0].at, call->parts[0].n);
	http_reply_send(call->reply);
}

enum { ROLE = 1 << 2 };

static const struct route rows[] = {
    {METHOD_GET, "/open", AT_PEOPLE, ROUTE_ANYONE, 0, NULL, 0, RATE_CHEAP, answer},
    {METHOD_POST, "/open", AT_PEOPLE, ROUTE_ANYONE, 0, NULL, 10, RATE_SIGN_IN, answer},
    {METHOD_GET, "/unit/{unit}", AT_PEOPLE, ROUTE_PERSON, 0, "read", 0, RATE_READ,
     answer},
    {METHOD_PUT, "/unit/{unit}", AT_PEOPLE, ROUTE_PERSON, ROLE, NULL, 100, RATE_CHANGE,
     answer},
    {METHOD_POST, "/check-in", AT_AGENTS, ROUTE_AGENT, 0, NULL, 100, RATE_AGENT,
     answer},
    {METHOD_POST, "/renew", AT_AGENTS, ROUTE_RENEWAL, 0, NULL, 100, RATE_AGENT, answer},
};
static const struct route_table table = {rows, sizeof rows / sizeof rows[0]};
static const struct route_table *const tables[] = {&table};

static enum rq_err who_is(void *self, const struct http_request *request,
			  const char *scope, struct route_person *person_out)
{
	struct desk *desk = self;

	(void)request, (void)scope;
	*person_out = desk->person;
	return desk->person_err;
}

static bool has_room(void *self, uint64_t n)
{
	struct desk *desk = self;

	(void)n;
	return !desk->is_full;
}

static int open_desk(void **state)
{
	struct desk *desk = test_calloc(1, sizeof *desk);

	desk->connection.server = &desk->server;
	desk->connection.listener = &desk->listener;
	desk->connection.exchange = &desk->exchange;
	desk->exchange.reply.connection = &desk->connection;
	desk->router = (struct router){desk,          tables, 1,       rates_new(100),
				       &desk->server, who_is, has_room};
	desk->person_err = RQ_ERR_NOT_FOUND;
	n_answered = 0;
	*state = desk;
	return 0;
}

static void clear_reply(struct desk *desk)
{
	buffer_free(&desk->exchange.reply.headers);
	buffer_free(&desk->exchange.reply.body);
	desk->exchange.reply.status = 0;
	desk->connection.is_dirty = false;
	desk->server.dirty = NULL;
}

static int close_desk(void **state)
{
	struct desk *desk = *state;

	clear_reply(desk);
	rates_free(desk->router.rates);
	test_free(desk);
	return 0;
}

static struct http_peer peer;

/* The status that method and path get, with a body of n bytes. */
static unsigned ask(struct desk *desk, size_t listener, enum http_method method,
		    const char *path, uint64_t n)
{
	struct http_request *request = &desk->request;
	uint64_t max = 0;

	clear_reply(desk);
	request->listener = listener;
	request->method = method;
	request->path = bytes_of(path);
	request->peer = &peer;
	if (router_admit(&desk->router, request, n, &max, &desk->exchange.reply))
		router_answer(&desk->router, request, &desk->exchange.reply);
	return desk->exchange.reply.status;
}

static bool says(const struct desk *desk, const char *what)
{
	const struct http_reply *reply = &desk->exchange.reply;

	return memmem(reply->body.data, reply->body.size, what, strlen(what)) != NULL ||
	       memmem(reply->headers.data, reply->headers.size, what, strlen(what)) !=
		   NULL;
}

static void sign_in(struct desk *desk, uint32_t roles, bool has_token)
{
	desk->person = (struct route_person){7, roles, has_token};
	desk->person_err = RQ_OK;
}

static void come_from(struct desk *desk, const char *origin, const char *site)
{
	desk->request.headers[HTTP_HOST] = bytes_of("centre:8443");
	desk->request.headers[HTTP_ORIGIN] = bytes_of(origin);
	desk->request.headers[HTTP_SEC_FETCH_SITE] = bytes_of(site);
}

/* ---- cases ---- */

static void a_row_is_found_by_listener_path_and_method(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/open", 0), 200);
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_HEAD, "/open", 0), 200);
	assert_int_equal(ask(desk, LISTENER_AGENTS, METHOD_GET, "/open", 0), 404);
	assert_true(says(desk, "urn:raquet:problem:not-found"));
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/check-in", 0), 404);
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_DELETE, "/open", 0), 405);
	assert_true(says(desk, "Allow: GET, POST\r\n"));
	assert_int_equal(n_answered, 2);
}

static void what_does_not_fit_is_refused_by_its_head(void **state)
{
	struct desk *desk = *state;

	come_from(desk, "https://centre:8443", "");
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_POST, "/open", 11), 413);
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_POST, "/open", 10), 200);
	desk->is_full = true;
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_POST, "/open", 10), 507);
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_POST, "/open", UINT64_MAX),
			 507);
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/open", 0), 200);
	assert_int_equal(n_answered, 2);
}

static void a_machine_needs_a_certificate_in_its_time(void **state)
{
	struct desk *desk = *state;

	peer = (struct http_peer){0};
	assert_int_equal(ask(desk, LISTENER_AGENTS, METHOD_POST, "/check-in", 1), 403);
	assert_true(says(desk, "certificate-needed"));
	assert_int_equal(ask(desk, LISTENER_AGENTS, METHOD_POST, "/renew", 1), 403);
	peer.has_certificate = peer.is_expired = true;
	assert_int_equal(ask(desk, LISTENER_AGENTS, METHOD_POST, "/check-in", 1), 403);
	assert_true(says(desk, "certificate-expired"));
	assert_int_equal(ask(desk, LISTENER_AGENTS, METHOD_POST, "/renew", 1), 200);
	peer.is_expired = false;
	assert_int_equal(ask(desk, LISTENER_AGENTS, METHOD_POST, "/check-in", 1), 200);
	assert_int_equal(n_answered, 2);
}

static void a_person_needs_a_session_and_a_role(void **state)
{
	struct desk *desk = *state;

	come_from(desk, "https://centre:8443", "same-origin");
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/unit/1", 0), 401);
	sign_in(desk, 0, false);
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/unit/1", 0), 403);
	sign_in(desk, 1, false);
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/unit/12", 0), 200);
	assert_true(says(desk, "12"));
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_PUT, "/unit/1", 1), 403);
	sign_in(desk, ROLE, false);
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_PUT, "/unit/1", 1), 200);
	/* a token opens what names its scope, and nothing else */
	sign_in(desk, ROLE, true);
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_PUT, "/unit/1", 1), 403);
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/unit/1", 0), 200);
	desk->person_err = RQ_ERR_ACCESS;
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/unit/1", 0), 403);
	desk->person_err = RQ_ERR_RETRY;
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/unit/1", 0), 503);
	assert_int_equal(n_answered, 3);
}

static void a_change_comes_from_our_own_pages(void **state)
{
	static const struct {
		const char *origin, *site;
		unsigned status;
	} cases[] = {
	    {"https://centre:8443", "same-origin", 200},
	    {"https://centre:8443", "", 200},
	    {"https://centre:8443", "cross-site", 403},
	    {"https://centre:8443", "same-site", 403},
	    {"https://centre:8443", "none", 403},
	    {"https://evil", "same-origin", 403},
	    {"https://centre:84430", "", 403},
	    {"https://centre", "", 403},
	    {"http://centre:8443", "", 403},
	    {"null", "", 403},
	    {"", "", 403},
	};
	struct desk *desk = *state;

	sign_in(desk, ROLE, false);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		come_from(desk, cases[i].origin, cases[i].site);
		if (ask(desk, LISTENER_PEOPLE, METHOD_PUT, "/unit/1", 1) !=
			cases[i].status ||
		    ask(desk, LISTENER_PEOPLE, METHOD_POST, "/open", 1) !=
			cases[i].status)
			fail_msg("%s %s", cases[i].origin, cases[i].site);
		assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/unit/1", 0),
				 200);
	}
}

static void who_asks_too_often_waits_alone(void **state)
{
	struct desk *desk = *state;
	unsigned n = 0;

	sign_in(desk, 1, false);
	desk->server.now_ms = 1000;
	while (ask(desk, LISTENER_PEOPLE, METHOD_GET, "/unit/1", 0) == 200)
		n++;
	assert_int_equal(n, 300);
	assert_int_equal(desk->exchange.reply.status, 429);
	assert_true(says(desk, "Retry-After: 1\r\n"));
	desk->person.id = 8;
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/unit/1", 0), 200);
	desk->person.id = 7;
	desk->server.now_ms += 1000;
	assert_int_equal(ask(desk, LISTENER_PEOPLE, METHOD_GET, "/unit/1", 0), 200);
}

static void a_problem_speaks_the_language_of_who_asks(void **state)
{
	struct desk *desk = *state;

	ask(desk, LISTENER_PEOPLE, METHOD_GET, "/none", 0);
	assert_true(says(desk, "Không tìm thấy"));
	assert_true(says(desk, "application/problem+json"));
	desk->request.headers[HTTP_ACCEPT_LANGUAGE] = bytes_of("en-GB,vi;q=0.5");
	ask(desk, LISTENER_PEOPLE, METHOD_GET, "/none", 0);
	assert_true(says(desk, "\"title\":\"Not found\",\"status\":404"));
}

/* ---- docs/api.yaml ---- */

static bool next_line(struct reader *r, struct bytes *line)
{
	const uint8_t *from = r->start + r->pos, *end;

	if (reader_left(r) == 0)
		return false;
	end = memchr(from, '\n', reader_left(r));
	*line =
	    (struct bytes){from, end != NULL ? (size_t)(end - from) : reader_left(r)};
	reader_skip(r, line->n + (end != NULL));
	return true;
}

/* "    get:" and the like. */
static bool is_method_line(struct bytes line, enum http_method *method)
{
	static const char *const names[N_METHODS] = {
	    "    get:", "    head:",  "    post:",
	    "    put:", "    patch:", "    delete:"};

	for (size_t i = 0; i < N_METHODS; i++)
		if (bytes_equal_text(line, names[i])) {
			*method = (enum http_method)i;
			return true;
		}
	return false;
}

static bool has_route(const char *path, enum http_method method)
{
	for (size_t i = 0; i < centre_n_tables; i++)
		for (size_t j = 0; j < centre_tables[i]->n; j++)
			if (strcmp(centre_tables[i]->rows[j].path, path) == 0 &&
			    centre_tables[i]->rows[j].method == method)
				return true;
	return false;
}

static size_t n_routes(void)
{
	size_t n = 0;

	for (size_t i = 0; i < centre_n_tables; i++)
		n += centre_tables[i]->n;
	return n;
}

static const char *read_api(struct buffer *text)
{
	static char zero_ended[256 << 10];
	FILE *file = fopen("docs/api.yaml", "r");
	size_t n;

	assert_non_null(file);
	n = fread(zero_ended, 1, sizeof zero_ended - 1, file);
	fclose(file);
	zero_ended[n] = 0;
	buffer_put(text, zero_ended, n);
	return zero_ended;
}

static void the_description_and_the_table_are_the_same(void **state)
{
	struct buffer text = {0};
	char path[200] = "";
	size_t n_described = 0;
	enum http_method method;
	struct bytes line;
	struct reader r;

	(void)state;
	read_api(&text);
	r = reader_over(text.data, text.size);
	while (next_line(&r, &line)) {
		if (line.n > 4 && line.n < sizeof path &&
		    memcmp(line.at, "  /", 3) == 0)
			snprintf(path, sizeof path, "%.*s", (int)line.n - 3,
				 (const char *)line.at + 2);
		if (!is_method_line(line, &method))
			continue;
		n_described++;
		if (!has_route(path, method))
			fail_msg("described, not answered: %s %s",
				 http_method_text(method), path);
	}
	assert_int_equal(n_described, n_routes()); /* each is described once */
	buffer_free(&text);
}

static void every_type_of_problem_is_described(void **state)
{
	struct buffer text = {0};
	const char *api = read_api(&text);

	(void)state;
	for (int i = 0; i < N_PROBLEMS; i++) {
		char type[80];

		snprintf(type, sizeof type, "- urn:raquet:problem:%s\n",
			 problem_type((enum problem)i));
		if (strstr(api, type) == NULL)
			fail_msg("not in docs/api.yaml: %s", type);
	}
	buffer_free(&text);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

TEST_MAIN(CASE(a_row_is_found_by_listener_path_and_method),
	  CASE(what_does_not_fit_is_refused_by_its_head),
	  CASE(a_machine_needs_a_certificate_in_its_time),
	  CASE(a_person_needs_a_session_and_a_role),
	  CASE(a_change_comes_from_our_own_pages), CASE(who_asks_too_often_waits_alone),
	  CASE(a_problem_speaks_the_language_of_who_asks),
	  cmocka_unit_test(the_description_and_the_table_are_the_same),
	  cmocka_unit_test(every_type_of_problem_is_described))
