/* For those who watch the centre: is it there, and how does it do. */
#include "centre/http/centre.h"

#include <inttypes.h>

static void healthz(struct route_call *call)
{
	struct centre *centre = call->centre;
	int64_t one = 0;
	enum rq_err err = store_ask_number(centre->store, "SELECT CAST(1 AS BIGINT)",
					   NULL, 0, &one, NULL);

	http_reply_status(call->reply, err == RQ_OK ? 200 : 503);
	http_reply_header(call->reply, "Content-Type",
			  BYTES_LITERAL("application/json"));
	buffer_format(http_reply_body(call->reply), "{\"store\":\"%s\"}\n",
		      err == RQ_OK ? "good" : "away");
	http_reply_send(call->reply);
}

/* Prometheus text format 0.0.4. */
static void metric(struct buffer *out, const char *name, const char *kind,
		   const char *help)
{
	buffer_format(out, "# HELP raquet_%s %s\n# TYPE raquet_%s %s\n", name, help,
		      name, kind);
}

static const char *const listener_names[N_ROUTE_LISTENERS] = {"agents", "people",
							      "local"};

static void connection_metrics(struct buffer *out, const struct http_counts *counts)
{
	const struct {
		const char *name, *kind, *help;
		size_t off;
	} rows[] = {
#define ROW(name, kind, field, help)                                                   \
	{name, kind, help, offsetof(struct http_counts, field)}
	    ROW("connections_total", "counter", accepted, "Connections taken."),
	    ROW("connections_open", "gauge", open, "Connections open now."),
	    ROW("handshakes_total", "counter", handshakes, "Handshakes of TLS done."),
	    ROW("handshakes_resumed_total", "counter", resumed,
		"Handshakes that resumed a session."),
	    ROW("handshakes_refused_total", "counter", refused_handshakes,
		"Handshakes that failed."),
	    ROW("requests_total", "counter", requests, "Requests answered by a route."),
	    ROW("requests_bad_total", "counter", bad_requests,
		"Requests refused before a route saw them."),
	    ROW("connections_late_total", "counter", late,
		"Connections closed for being slow."),
	    ROW("replies_held", "gauge", held, "Replies held now."),
	    ROW("streams_open", "gauge", streams, "Event streams open now."),
#undef ROW
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		metric(out, rows[i].name, rows[i].kind, rows[i].help);
		for (size_t j = 0; j < N_ROUTE_LISTENERS; j++) {
			const uint8_t *at = (const uint8_t *)&counts[j] + rows[i].off;

			buffer_format(out, "raquet_%s{listener=\"%s\"} %" PRIu64 "\n",
				      rows[i].name, listener_names[j],
				      *(const uint64_t *)at);
		}
	}
}

static void reply_metrics(struct buffer *out, const struct http_counts *counts)
{
	metric(out, "replies_total", "counter",
	       "Replies by the first digit of the status.");
	for (size_t j = 0; j < N_ROUTE_LISTENERS; j++)
		for (unsigned kind = 1; kind < 6; kind++)
			buffer_format(out,
				      "raquet_replies_total{listener=\"%s\",status="
				      "\"%uxx\"} %" PRIu64 "\n",
				      listener_names[j], kind, counts[j].status[kind]);
}

static void metrics(struct route_call *call)
{
	struct centre *centre = call->centre;
	struct buffer *out = http_reply_body(call->reply);
	struct http_counts counts[N_ROUTE_LISTENERS];

	for (size_t i = 0; i < N_ROUTE_LISTENERS; i++)
		http_server_counts(centre->server, i, &counts[i]);
	http_reply_header(call->reply, "Content-Type",
			  BYTES_LITERAL("text/plain; version=0.0.4; charset=utf-8"));
	metric(out, "build_info", "gauge", "The version of this centre.");
	buffer_format(out, "raquet_build_info{version=\"%s\"} 1\n", RAQUET_VERSION);
	metric(out, "commits_total", "counter", "Changes of the store committed.");
	buffer_format(out, "raquet_commits_total %" PRIu64 "\n", centre->n_commits);
	metric(out, "commits_refused_total", "counter",
	       "Changes that were taken back.");
	buffer_format(out, "raquet_commits_refused_total %" PRIu64 "\n",
		      centre->n_refused_commits);
	connection_metrics(out, counts);
	reply_metrics(out, counts);
	http_reply_send(call->reply);
}

static const struct route rows[] = {
    {METHOD_GET, "/healthz", AT_PEOPLE | AT_AGENTS | AT_LOCAL, ROUTE_ANYONE, 0, NULL, 0,
     RATE_CHEAP, healthz},
    {METHOD_GET, "/metrics", AT_LOCAL, ROUTE_ANYONE, 0, NULL, 0, RATE_CHEAP, metrics},
};

const struct route_table routes_health = {rows, sizeof rows / sizeof rows[0]};
