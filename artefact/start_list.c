/* Files with one fact a line. */
#include "artefact/day.h"
#include "artefact/start_reading.h"

/* ---- lines that are commands, libraries, keys ---- */

enum rq_err start_commands(struct reading *reading)
{
	struct bytes line;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && start_line(reading, &line))
		err = start_tell(reading,
				 (struct artefact_fact){.kind = ARTEFACT_PERSISTENCE,
							.name = reading->name,
							.command = line});
	return err;
}

/* ---- hosts: an address and its names ---- */

enum rq_err start_hosts(struct reading *reading)
{
	struct bytes line, word;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && start_line(reading, &line)) {
		while (err == RQ_OK && (word = word_next(&line)).n > 0 &&
		       word.at[0] != '#')
			err = start_tell(
			    reading,
			    (struct artefact_fact){.kind = ARTEFACT_DNS, .name = word});
	}
	return err;
}

/* ---- packages: "DAY TIME install NAME:ARCH OLD NEW" ---- */

enum rq_err start_packages(struct reading *reading)
{
	struct bytes line;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && start_line(reading, &line)) {
		struct artefact_fact fact = {.kind = ARTEFACT_INSTALLED};
		struct bytes day = word_next(&line), verb;

		(void)word_next(&line);
		verb = word_next(&line);
		if (!bytes_equal_text(verb, "install") &&
		    !bytes_equal_text(verb, "upgrade"))
			continue;
		fact.name = word_next(&line);
		for (size_t i = 0; i < fact.name.n; i++)
			if (fact.name.at[i] == ':')
				fact.name.n = i;
		(void)word_next(&line);
		fact.command = line; /* the version */
		fact.has_day = day_read(day, &fact.day);
		if (fact.name.n > 0)
			err = start_tell(reading, fact);
	}
	return err;
}
