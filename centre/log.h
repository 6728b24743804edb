/*
 * What happens to the centre, for whoever keeps it running: records of typed fields under
 * a stable name, one a line, as text or JSON.  What a person does stands in the audit log
 * instead.  No secret is ever a field.
 */
#ifndef RAQUET_CENTRE_LOG_H
#define RAQUET_CENTRE_LOG_H

#include "bytes/buffer.h"
#include "centre/store/store.h"

enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_NOTICE = 5 }; /* as syslog */

struct log_field {
	const char *name;
	struct store_value value;
};

struct log {
	bool as_json;
	bool to_journal; /* which adds times and takes "<LEVEL>" in front */
	const struct world *world;
};

/* Appends the line of one record. */
void log_write(struct buffer *out, const struct log *log, enum log_level level,
	       const char *event, const struct log_field *fields, size_t n);
/* Writes it to standard error. */
void log_tell(const struct log *log, enum log_level level, const char *event,
	      const struct log_field *fields, size_t n);
/* A failure: fields error, where, what. */
void log_failure(const struct log *log, const char *event, enum rq_err err,
		 const struct rq_diag *diag);

#endif
