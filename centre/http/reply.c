#include "bytes/cap.h"
#include "centre/http/connection.h"

#include <string.h>

const char *http_status_text(unsigned status)
{
	static const struct {
		unsigned status;
		const char *text;
	} texts[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {411, "Length Required"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {422, "Unprocessable Content"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	    {507, "Insufficient Storage"},
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].status == status)
			return texts[i].text;
	return "Unknown";
}

void http_reply_status(struct http_reply *reply, unsigned status)
{
	reply->status = status;
}

void http_reply_header(struct http_reply *reply, const char *name, struct bytes value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.at[i] < 0x20 || value.at[i] == 0x7f)
			return; /* it would begin a header of its own */
	buffer_format(&reply->headers, "%s: ", name);
	buffer_put(&reply->headers, value.at, value.n);
	buffer_text(&reply->headers, "\r\n");
}

struct buffer *http_reply_body(struct http_reply *reply)
{
	return &reply->body;
}

void http_reply_after_commit(struct http_reply *reply)
{
	reply->after_commit = true;
}

void http_reply_close(struct http_reply *reply)
{
	reply->closes = true;
}

void http_reply_send(struct http_reply *reply)
{
	reply->is_sent = true;
	reply->ended = NULL;
	reply->connection->phase = PHASE_SENT;
	connection_mark_dirty(reply->connection);
}

void http_reply_hold(struct http_reply *reply, uint64_t ms, void *holder,
		     void (*ended)(void *holder, struct http_reply *reply,
				   enum http_end why))
{
	reply->holder = holder;
	reply->ended = ended;
	connection_set_timer(reply->connection, ms);
}

/* Takes back what was said so far. */
static void become(struct http_reply *reply, unsigned status)
{
	buffer_free(&reply->headers);
	buffer_free(&reply->body);
	reply->status = status;
	buffer_text(&reply->headers, "Content-Type: application/problem+json\r\n");
	if (status == 503)
		buffer_text(&reply->headers, "Retry-After: 5\r\n");
	buffer_format(&reply->body,
		      "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u}\n",
		      http_status_text(status), status);
}

void reply_refuse(struct connection *connection, unsigned status)
{
	struct http_reply *reply = &connection->exchange->reply;

	become(reply, status);
	http_reply_send(reply);
	connection->listener->counts.bad_requests += status >= 400 && status < 500;
}

static bool is_whole(const struct http_reply *reply)
{
	return buffer_ok(&reply->headers) && buffer_ok(&reply->body);
}

static void write_head(struct connection *connection, struct http_reply *reply)
{
	const char *ours = connection->listener->options.headers;
	bool has_body = reply->status != 204 && reply->status != 304;

	buffer_format(&connection->out, "HTTP/1.1 %u %s\r\n", reply->status,
		      http_status_text(reply->status));
	buffer_put(&connection->out, reply->headers.data, reply->headers.size);
	if (ours != NULL)
		buffer_text(&connection->out, ours);
	if (!reply->is_stream && has_body)
		buffer_format(&connection->out, "Content-Length: %zu\r\n",
			      reply->body.size);
	if (reply->closes)
		buffer_text(&connection->out, "Connection: close\r\n");
	buffer_text(&connection->out, "\r\n");
}

void reply_compose(struct connection *connection, bool committed)
{
	struct exchange *exchange = connection->exchange;
	struct http_reply *reply = &exchange->reply;
	unsigned kind;

	if ((reply->after_commit && !committed) || !is_whole(reply))
		become(reply, 503);
	if (!exchange->keep_alive || connection->peer_is_done ||
	    connection->server->is_stopping || reply->is_stream)
		reply->closes = true;
	if (reply->status == 0)
		reply->status = 200;
	kind = reply->status / 100;
	connection->listener->counts.status[kind < 6 ? kind : 5]++;
	write_head(connection, reply);
	if (!exchange->head_only)
		buffer_put(&connection->out, reply->body.data, reply->body.size);
	buffer_free(&reply->headers);
	buffer_free(&reply->body);
}

/* ---- streams ---- */

void http_reply_stream(struct http_reply *reply, void *holder,
		       void (*ended)(void *holder, struct http_reply *reply,
				     enum http_end why))
{
	struct connection *connection = reply->connection;

	reply->is_stream = true;
	reply->status = 200;
	http_reply_header(reply, "Content-Type", BYTES_LITERAL("text/event-stream"));
	reply_compose(connection, true);
	reply->holder = holder;
	reply->ended = ended;
	connection->phase = PHASE_STREAM;
	connection->listener->counts.streams++;
	connection_set_timer(connection, HTTP_STREAM_COMMENT_MS);
	connection_mark_dirty(connection);
}

/* One field for each line: a line break in value would end the event (WHATWG HTML,
 * 9.2.6). */
static void write_field(struct buffer *out, const char *name, struct bytes value)
{
	size_t from = 0;

	for (size_t i = 0; i <= value.n; i++) {
		if (i < value.n && value.at[i] != '\n' && value.at[i] != '\r')
			continue;
		buffer_format(out, "%s: ", name);
		buffer_put(out, value.at + from, i - from);
		buffer_u8(out, '\n');
		from = i + 1;
	}
}

void http_stream_event(struct http_reply *reply, struct bytes id, struct bytes name,
		       struct bytes data)
{
	struct connection *connection = reply->connection;

	if (connection->out.size - connection->out_at + data.n > HTTP_STREAM_BACKLOG)
		reply->is_too_slow = true;
	else {
		if (id.n != 0)
			write_field(&connection->out, "id", id);
		if (name.n != 0)
			write_field(&connection->out, "event", name);
		write_field(&connection->out, "data", data);
		buffer_u8(&connection->out, '\n');
	}
	connection_mark_dirty(connection);
}

void http_stream_end(struct http_reply *reply)
{
	reply->ended = NULL;
	reply->connection->phase = PHASE_SENT;
	reply->is_sent = true;
	connection_mark_dirty(reply->connection);
}
