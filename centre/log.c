#include "centre/log.h"

#include "bytes/encoding.h"
#include "os/terminal.h"
#include "world/world.h"

#include <inttypes.h>

static void write_value(struct buffer *out, const struct log *log,
			const struct store_value *value)
{
	switch (value->kind) {
	case STORE_NULL: buffer_text(out, "null"); return;
	case STORE_NUMBER: buffer_format(out, "%" PRId64, value->number); return;
	case STORE_BYTES:
		if (log->as_json)
			buffer_u8(out, '"');
		encode_hex(out, value->bytes);
		if (log->as_json)
			buffer_u8(out, '"');
		return;
	case STORE_TEXT: encode_json(out, value->bytes); return;
	}
}

static void write_json(struct buffer *out, const struct log *log, enum log_level level,
		       const char *event, const struct log_field *fields, size_t n)
{
	buffer_format(out, "{\"time_ms\":%" PRIu64 ",\"level\":%d,\"event\":",
		      world_utc_ms(log->world), (int)level);
	encode_json(out, bytes_of(event));
	for (size_t i = 0; i < n; i++) {
		buffer_u8(out, ',');
		encode_json(out, bytes_of(fields[i].name));
		buffer_u8(out, ':');
		write_value(out, log, &fields[i].value);
	}
	buffer_u8(out, '}');
}

void log_write(struct buffer *out, const struct log *log, enum log_level level,
	       const char *event, const struct log_field *fields, size_t n)
{
	if (log->to_journal)
		buffer_format(out, "<%d>", (int)level);
	if (log->as_json) {
		write_json(out, log, level, event, fields, n);
	} else {
		buffer_text(out, event);
		for (size_t i = 0; i < n; i++) {
			buffer_format(out, " %s=", fields[i].name);
			write_value(out, log, &fields[i].value);
		}
	}
	buffer_u8(out, '\n');
}

void log_tell(const struct log *log, enum log_level level, const char *event,
	      const struct log_field *fields, size_t n)
{
	struct buffer line = {0};

	log_write(&line, log, level, event, fields, n);
	(void)terminal_put(TERMINAL_ERR, &line);
}

void log_failure(const struct log *log, const char *event, enum rq_err err,
		 const struct rq_diag *diag)
{
	const struct log_field fields[] = {
	    {"error", store_text(bytes_of(rq_err_text(err)))},
	    {"where", store_text(bytes_of(diag->where))},
	    {"what", store_text(bytes_of(diag->what))},
	};

	log_tell(log, LOG_ERROR, event, fields, 3);
}
