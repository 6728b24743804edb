/* Requests as they come from a peer: the first byte says into how many bytes a read they
 * are cut; several may follow one another. */
#include "centre/http/connection.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool admit(void *self, const struct http_request *request, uint64_t length,
		  uint64_t *body_max_out, struct http_reply *reply)
{
	(void)self, (void)length;
	*body_max_out = 100;
	if (request->query.n == 0)
		return true;
	http_reply_status(reply, 404);
	http_reply_send(reply);
	return false;
}

static void answer(void *self, const struct http_request *request,
		   struct http_reply *reply)
{
	(void)self;
	for (size_t i = 0; i < N_HTTP_HEADERS; i++)
		http_reply_header(reply, "X-Seen", request->headers[i]);
	buffer_put(http_reply_body(reply), request->body.at, request->body.n);
	http_reply_send(reply);
}

static void compose(struct connection *connection)
{
	reply_compose(connection, true);
	buffer_free(&connection->out);
	connection->is_dirty = false;
	connection->server->dirty = NULL;
	exchange_free(connection->exchange);
	connection->exchange = NULL;
}

/* False: the peer is not listened to any more. */
static bool feed(struct connection *connection, struct bytes bytes)
{
	while (bytes.n > 0) {
		size_t used = 0;
		enum fed fed;

		if (connection->exchange == NULL)
			connection->exchange = exchange_new(connection);
		if (connection->exchange == NULL)
			return false;
		fed = exchange_feed(connection, bytes, &used);
		if (fed == FED_MORE)
			return true;
		if (fed == FED_WHOLE)
			exchange_answer(connection);
		compose(connection);
		if (fed == FED_OVER)
			return false;
		bytes = (struct bytes){bytes.at + used, bytes.n - used};
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_server server;
	static struct listener listener;
	struct connection connection = {.server = &server, .listener = &listener};
	struct reader r = reader_over(data, size);
	size_t step = (size_t)reader_u8(&r) + 1;

	server = (struct http_server){.handler = {NULL, admit, answer, NULL}};
	listener = (struct listener){.options = {.head_ms = 1, .body_ms = 1}};
	if (!timers_reserve(&server.timers))
		return 0;
	while (reader_left(&r) > 0) {
		size_t n = reader_left(&r) < step ? reader_left(&r) : step;

		if (!feed(&connection, reader_bytes(&r, n)))
			break;
	}
	exchange_free(connection.exchange);
	buffer_free(&connection.out);
	timers_free(&server.timers);
	return 0;
}
