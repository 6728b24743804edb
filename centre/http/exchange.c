/* One request: from the events of llhttp to struct http_request. */
#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "centre/http/connection.h"

#include <llhttp.h>
#include <string.h>
#include <strings.h>

/* The parser stays out of connection.h: only this file knows the library. */
struct reading {
	struct exchange exchange; /* the first member: what is handed out */
	llhttp_t parser;
};

static const char *const header_names[N_HTTP_HEADERS] = {
    [HTTP_HOST] = "host",
    [HTTP_COOKIE] = "cookie",
    [HTTP_AUTHORIZATION] = "authorization",
    [HTTP_CONTENT_TYPE] = "content-type",
    [HTTP_ACCEPT] = "accept",
    [HTTP_ACCEPT_LANGUAGE] = "accept-language",
    [HTTP_ORIGIN] = "origin",
    [HTTP_SEC_FETCH_SITE] = "sec-fetch-site",
    [HTTP_IDEMPOTENCY_KEY] = "idempotency-key",
    [HTTP_IF_NONE_MATCH] = "if-none-match",
    [HTTP_LAST_EVENT_ID] = "last-event-id",
    [HTTP_EXPECT] = "expect",
};

static llhttp_t *parser_of(struct exchange *exchange)
{
	return &((struct reading *)exchange)->parser;
}

static struct connection *of(llhttp_t *parser)
{
	return parser->data;
}

static int refuse(struct exchange *exchange, unsigned status)
{
	exchange->refusal = status;
	return HPE_USER;
}

/* Counts n bytes of a head, kept or not. */
static bool fits(struct exchange *exchange, size_t n)
{
	exchange->head_bytes += n;
	return exchange->head_bytes <= CAP_HTTP_HEAD;
}

static int keep(struct exchange *exchange, struct span *span, const char *at, size_t n)
{
	if (span->n == 0)
		span->off = (uint32_t)exchange->head.size;
	buffer_put(&exchange->head, at, n);
	span->n += (uint32_t)n;
	return buffer_ok(&exchange->head) ? 0 : refuse(exchange, 503);
}

static int on_message_begin(llhttp_t *parser)
{
	struct connection *connection = of(parser);

	connection->phase = PHASE_HEAD;
	connection_set_timer(connection, connection->listener->options.head_ms);
	return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t n)
{
	struct exchange *exchange = of(parser)->exchange;

	if (!fits(exchange, n) || exchange->target.n + n > CAP_HTTP_TARGET)
		return refuse(exchange, 414);
	return keep(exchange, &exchange->target, at, n);
}

static int on_header_field(llhttp_t *parser, const char *at, size_t n)
{
	struct exchange *exchange = of(parser)->exchange;
	size_t room = sizeof exchange->name - exchange->name_n;

	if (!fits(exchange, n))
		return refuse(exchange, 431);
	/* a name that is cut is longer than any that we read */
	memcpy(exchange->name + exchange->name_n, at, n < room ? n : room);
	exchange->name_n += n < room ? n : room;
	return 0;
}

static int which_header(const struct exchange *exchange)
{
	for (int i = 0; i < N_HTTP_HEADERS; i++)
		if (strlen(header_names[i]) == exchange->name_n &&
		    strncasecmp(header_names[i], exchange->name, exchange->name_n) == 0)
			return i;
	return -1;
}

static int on_header_field_complete(llhttp_t *parser)
{
	struct exchange *exchange = of(parser)->exchange;

	exchange->header = which_header(exchange);
	exchange->name_n = 0;
	if (++exchange->n_headers > CAP_HTTP_HEADERS)
		return refuse(exchange, 431);
	if (exchange->header < 0)
		return 0;
	/* two of one kind: whoever stands between us may have read the other */
	if (exchange->seen & 1u << exchange->header)
		return refuse(exchange, 400);
	exchange->seen |= 1u << exchange->header;
	return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t n)
{
	struct exchange *exchange = of(parser)->exchange;

	if (!fits(exchange, n))
		return refuse(exchange, 431);
	return exchange->header < 0
		   ? 0
		   : keep(exchange, &exchange->headers[exchange->header], at, n);
}

static bool read_method(uint8_t raw_method, enum http_method *method_out)
{
	switch (raw_method) {
	case HTTP_GET: *method_out = METHOD_GET; return true;
	case HTTP_HEAD: *method_out = METHOD_HEAD; return true;
	case HTTP_POST: *method_out = METHOD_POST; return true;
	case HTTP_PUT: *method_out = METHOD_PUT; return true;
	case HTTP_PATCH: *method_out = METHOD_PATCH; return true;
	case HTTP_DELETE: *method_out = METHOD_DELETE; return true;
	default: return false;
	}
}

static struct bytes bytes_at(const struct exchange *exchange, struct span span)
{
	return (struct bytes){exchange->head.data + span.off, span.n};
}

/* What stands in the head; false: it is not of a kind that we answer, see refusal. */
static bool describe(struct connection *connection, struct http_request *request)
{
	struct exchange *exchange = connection->exchange;
	struct bytes target = bytes_at(exchange, exchange->target);
	const uint8_t *mark;

	*request = (struct http_request){.listener = connection->listener->index,
					 .peer = &connection->peer,
					 .body = buffer_bytes(&exchange->body)};
	if (!read_method(parser_of(exchange)->method, &request->method)) {
		exchange->refusal = 501;
		return false;
	}
	if (parser_of(exchange)->http_major != 1) {
		exchange->refusal = 505;
		return false;
	}
	/* origin form alone: nobody's proxy (RFC 9112 3.2) */
	if (target.n == 0 || target.at[0] != '/' ||
	    (parser_of(exchange)->http_minor > 0 &&
	     !(exchange->seen & 1u << HTTP_HOST))) {
		exchange->refusal = 400;
		return false;
	}
	mark = memchr(target.at, '?', target.n);
	request->path = target;
	if (mark != NULL) {
		request->path.n = (size_t)(mark - target.at);
		request->query =
		    (struct bytes){mark + 1, target.n - request->path.n - 1};
	}
	for (size_t i = 0; i < N_HTTP_HEADERS; i++)
		if (exchange->seen & 1u << i)
			request->headers[i] = bytes_at(exchange, exchange->headers[i]);
	return true;
}

static uint64_t told_length(const llhttp_t *parser)
{
	if (parser->flags & F_CHUNKED)
		return UINT64_MAX;
	return parser->flags & F_CONTENT_LENGTH ? parser->content_length : 0;
}

static int on_headers_complete(llhttp_t *parser)
{
	struct connection *connection = of(parser);
	struct exchange *exchange = connection->exchange;
	const struct http_handler *handler = &connection->server->handler;
	uint64_t length = told_length(parser), max = 0;
	struct http_request request;

	parser->upgrade = 0; /* we may ignore it (RFC 9110 7.8), and do */
	exchange->keep_alive = llhttp_should_keep_alive(parser) != 0;
	if (!describe(connection, &request))
		return HPE_USER;
	exchange->head_only = request.method == METHOD_HEAD;
	if (!handler->admit(handler->self, &request, length, &max, &exchange->reply))
		return HPE_USER;
	if (length != UINT64_MAX && length > max)
		return refuse(exchange, 413);
	exchange->body.max = max > 0 ? (size_t)max : 1;
	if (length == 0)
		return 0;
	connection->phase = PHASE_BODY;
	connection_set_timer(
	    connection, connection_patience(connection, length < max ? length : max));
	if (bytes_equal_text(request.headers[HTTP_EXPECT], "100-continue")) {
		buffer_text(&connection->out, "HTTP/1.1 100 Continue\r\n\r\n");
		connection_mark_dirty(connection);
	}
	return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t n)
{
	struct exchange *exchange = of(parser)->exchange;

	if (n > exchange->body.max - exchange->body.size)
		return refuse(exchange, 413);
	buffer_put(&exchange->body, at, n);
	return buffer_ok(&exchange->body) ? 0 : refuse(exchange, 503);
}

/* What stands behind a chunked body or its size belongs to the head's bound. */
static int on_extension(llhttp_t *parser, const char *at, size_t n)
{
	struct exchange *exchange = of(parser)->exchange;

	(void)at;
	return fits(exchange, n) ? 0 : refuse(exchange, 431);
}

static int on_message_complete(llhttp_t *parser)
{
	of(parser)->exchange->is_whole = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_message_begin = on_message_begin,
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_field_complete = on_header_field_complete,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_chunk_extension_name = on_extension,
    .on_chunk_extension_value = on_extension,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

struct exchange *exchange_new(struct connection *connection)
{
	struct reading *reading = alloc_array(1, sizeof *reading);

	if (reading == NULL)
		return NULL;
	llhttp_init(&reading->parser, HTTP_REQUEST, &settings);
	reading->parser.data = connection;
	reading->exchange.reply.connection = connection;
	return &reading->exchange;
}

void exchange_forget_request(struct exchange *exchange)
{
	buffer_free(&exchange->head);
	buffer_free(&exchange->body);
}

void exchange_free(struct exchange *exchange)
{
	if (exchange == NULL)
		return;
	exchange_forget_request(exchange);
	buffer_free(&exchange->reply.headers);
	buffer_free(&exchange->reply.body);
	alloc_free(exchange);
}

enum fed exchange_feed(struct connection *connection, struct bytes bytes,
		       size_t *n_used_out)
{
	struct exchange *exchange = connection->exchange;
	const char *from = (const char *)bytes.at;
	llhttp_errno_t error = llhttp_execute(parser_of(exchange), from, bytes.n);

	*n_used_out = bytes.n;
	if (exchange->is_whole) {
		*n_used_out =
		    (size_t)(llhttp_get_error_pos(parser_of(exchange)) - from);
		return FED_WHOLE;
	}
	if (error == HPE_OK)
		return FED_MORE;
	/* its end cannot be found: nothing behind it is read */
	if (!exchange->reply.is_sent)
		reply_refuse(connection,
			     exchange->refusal != 0 ? exchange->refusal : 400);
	exchange->reply.closes = true;
	return FED_OVER;
}

void exchange_answer(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;
	const struct http_handler *handler = &connection->server->handler;
	struct http_request request;

	if (!describe(connection, &request)) {
		reply_refuse(connection, 400);
		return;
	}
	connection->phase = PHASE_HELD;
	handler->answer(handler->self, &request, &exchange->reply);
	if (connection->exchange == exchange) {
		/* sent at once or not, what was asked is not asked again */
		exchange_forget_request(exchange);
		if (!exchange->reply.is_sent && exchange->reply.ended == NULL)
			reply_refuse(connection, 500);
	}
}
