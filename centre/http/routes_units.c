/* Units, as the person who asks may see them. */
#include "centre/http/centre.h"

#include "bytes/encoding.h"
#include "centre/unit/unit.h"

#include <inttypes.h>

struct listing {
	struct buffer *out;
	size_t n;
};

static enum rq_err tell_unit(void *self, const struct unit *unit)
{
	struct listing *listing = self;
	struct buffer *out = listing->out;

	buffer_format(out,
		      "%s{\"id\":%" PRId64 ",\"parent\":", listing->n++ > 0 ? "," : "",
		      unit->id);
	if (unit->parent != 0)
		buffer_format(out, "%" PRId64, unit->parent);
	else
		buffer_text(out, "null");
	buffer_text(out, ",\"name\":");
	encode_json(out, unit->name);
	buffer_format(out, ",\"kind\":%d,\"counts_only\":%s}", (int)unit->kind,
		      unit->counts_only ? "true" : "false");
	return buffer_ok(out) ? RQ_OK : RQ_ERR_MEMORY;
}

static void list_units(struct route_call *call)
{
	struct centre *centre = call->centre;
	struct listing listing = {.out = http_reply_body(call->reply)};
	struct reach reach = centre_reach(centre, &call->person, ROLES_ALL);
	enum rq_err err;

	buffer_format(listing.out, "{\"day\":%" PRId64 ",\"units\":[", reach.day);
	err = unit_list(centre->store, &reach, 0, &listing, tell_unit, NULL);
	buffer_text(listing.out, "]}\n");
	if (err != RQ_OK) {
		problem_send(call->reply, call->request, problem_of(err),
			     (struct bytes){0});
		return;
	}
	http_reply_header(call->reply, "Content-Type",
			  BYTES_LITERAL("application/json"));
	http_reply_send(call->reply);
}

static const struct route rows[] = {
    {METHOD_GET, "/api/v1/units", AT_PEOPLE, ROUTE_PERSON, 0, "read", 0, RATE_READ,
     list_units},
};

const struct route_table routes_units = {rows, sizeof rows / sizeof rows[0]};
