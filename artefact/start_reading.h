/* Between start.c, which chooses a reader, and the readers. */
#ifndef RAQUET_ARTEFACT_START_READING_H
#define RAQUET_ARTEFACT_START_READING_H

#include "artefact/start.h"
#include "artefact/start_lines.h"

struct reading {
	struct bytes name; /* of the file */
	struct reader text;
	const struct start_sink *sink;
	uint32_t n_told;
	bool is_cut;
};

/* Tells one fact; what is too long is cut and noted. */
RQ_MUST_USE enum rq_err start_tell(struct reading *reading, struct artefact_fact fact);

/* The next line that says something; # begins a remark. */
bool start_line(struct reading *reading, struct bytes *line_out);

enum rq_err start_crontab(struct reading *reading);
enum rq_err start_anacrontab(struct reading *reading);
enum rq_err start_cron_user(struct reading *reading);
enum rq_err start_unit(struct reading *reading);
enum rq_err start_timer(struct reading *reading);
enum rq_err start_desktop(struct reading *reading);
enum rq_err start_commands(struct reading *reading); /* one a line */
enum rq_err start_hosts(struct reading *reading);
enum rq_err start_packages(struct reading *reading);

#endif
