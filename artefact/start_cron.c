#include "artefact/start_reading.h"

/* "0 * * * *" and its like, by name. */
static struct bytes name_of_times(const struct bytes *words, struct bytes all)
{
	bool every[5];

	for (int i = 0; i < 5; i++)
		every[i] = words[i].n > 0 && words[i].at[0] == '*';
	if (!every[2] || !every[3] || !every[4])
		return all;
	if (!every[1])
		return BYTES_LITERAL("daily");
	return every[0] ? BYTES_LITERAL("minutely") : BYTES_LITERAL("hourly");
}

/* "@hourly", or five words; the rest stays in *line. */
static struct bytes take_schedule(struct bytes *line)
{
	struct bytes all = *line, words[5];

	words[0] = word_next(line);
	if (words[0].n > 1 && words[0].at[0] == '@')
		return bytes_equal_text(words[0], "@reboot") ? BYTES_LITERAL("boot")
							     : text_from(words[0], 1);
	for (int i = 1; i < 5; i++)
		words[i] = word_next(line);
	all.n -= line->n < all.n ? line->n : all.n;
	return name_of_times(words, all);
}

static bool sets_variable(struct bytes line)
{
	struct bytes word = word_next(&line);

	for (size_t i = 0; i < word.n; i++)
		if (word.at[i] == '=')
			return true;
	return line.n > 0 && line.at[0] == '=';
}

static enum rq_err read_cron(struct reading *reading, bool has_user)
{
	struct bytes line;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && start_line(reading, &line)) {
		struct artefact_fact fact = {.kind = ARTEFACT_TASK,
					     .name = reading->name};

		if (sets_variable(line))
			continue;
		fact.schedule = take_schedule(&line);
		if (has_user)
			(void)word_next(&line);
		fact.command = line;
		if (line.n > 0)
			err = start_tell(reading, fact);
	}
	return err;
}

enum rq_err start_crontab(struct reading *reading)
{
	return read_cron(reading, true);
}

enum rq_err start_cron_user(struct reading *reading)
{
	return read_cron(reading, false);
}

/* PERIOD DELAY NAME COMMAND, the period in days or as "@monthly". */
enum rq_err start_anacrontab(struct reading *reading)
{
	struct bytes line;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && start_line(reading, &line)) {
		struct artefact_fact fact = {.kind = ARTEFACT_TASK};
		struct bytes period;

		if (sets_variable(line))
			continue;
		period = word_next(&line);
		(void)word_next(&line);
		fact.name = word_next(&line);
		fact.command = line;
		fact.schedule = bytes_equal_text(period, "1") ? BYTES_LITERAL("daily")
				: period.at[0] == '@'         ? text_from(period, 1)
							      : period;
		if (line.n > 0)
			err = start_tell(reading, fact);
	}
	return err;
}
