/* Units of systemd, and what the desktop starts: keys with values. */
#include "artefact/start_reading.h"

/* The next line that says something, with those it goes on with. */
static bool next(struct reading *reading, struct bytes *line_out)
{
	while (line_next_joined(&reading->text, line_out))
		if (line_out->n > 0 && line_out->at[0] != '#' && line_out->at[0] != ';')
			return true;
	return false;
}

static enum rq_err read_keys_of(struct reading *reading, enum artefact_kind kind,
				const char *const *keys, struct bytes schedule)
{
	struct bytes line, value;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && next(reading, &line))
		for (size_t i = 0; keys[i] != NULL && err == RQ_OK; i++)
			if (line_is_key(line, keys[i], &value) && value.n > 0)
				err = start_tell(reading, (struct artefact_fact){
							      .kind = kind,
							      .name = reading->name,
							      .command = value,
							      .schedule = schedule});
	return err;
}

enum rq_err start_unit(struct reading *reading)
{
	static const char *const keys[] = {
	    "ExecStart", "ExecStartPre", "ExecStartPost", "ExecReload",
	    "ExecStop",  "ExecStopPost", "ExecCondition", NULL};

	return read_keys_of(reading, ARTEFACT_SERVICE, keys, (struct bytes){0});
}

/* What it starts stands in the service of the same name; here is when. */
enum rq_err start_timer(struct reading *reading)
{
	struct artefact_fact fact = {.kind = ARTEFACT_TASK, .name = reading->name};
	struct bytes line;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && next(reading, &line)) {
		if (line_is_key(line, "OnBootSec", &fact.schedule) ||
		    line_is_key(line, "OnStartupSec", &fact.schedule))
			fact.schedule = BYTES_LITERAL("boot");
		else if (!line_is_key(line, "OnCalendar", &fact.schedule) &&
			 !line_is_key(line, "OnUnitActiveSec", &fact.schedule))
			continue;
		err = start_tell(reading, fact);
	}
	return err;
}

enum rq_err start_desktop(struct reading *reading)
{
	static const char *const keys[] = {"Exec", NULL};

	return read_keys_of(reading, ARTEFACT_PERSISTENCE, keys,
			    BYTES_LITERAL("logon"));
}
