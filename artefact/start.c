#include "artefact/start.h"

#include "artefact/day.h"
#include "artefact/start_lines.h"
#include "bytes/cap.h"

struct reading {
	struct bytes name; /* of the file */
	struct reader text;
	const struct start_sink *sink;
	uint32_t n_told;
	bool is_cut;
};

/* ---- which reader ---- */

const char *const start_places[] = {
    "/etc/crontab",
    "/etc/anacrontab",
    "/etc/cron.d",
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
    "/var/spool/cron",
    "/etc/systemd/system",
    "/etc/systemd/user",
    "/usr/local/lib/systemd",
    "/usr/lib/systemd/system",
    "/usr/lib/systemd/user",
    "/run/systemd/system",
    "/run/systemd/transient",
    "~/.config/systemd/user",
    "/etc/xdg/autostart",
    "~/.config/autostart",
    "/etc/rc.local",
    "/etc/init.d",
    "/etc/profile",
    "/etc/profile.d",
    "/etc/bash.bashrc",
    "/etc/environment",
    "~/.profile",
    "~/.bashrc",
    "~/.bash_profile",
    "~/.bash_login",
    "~/.zshrc",
    "/etc/modules",
    "/etc/modules-load.d",
    "/etc/ld.so.preload",
    "~/.ssh/authorized_keys",
    "~/.ssh/authorized_keys2",
    "/etc/hosts",
    "/var/log/dpkg.log",
    NULL,
};

static const struct {
	const char *inside; /* of the path; NULL: anywhere */
	const char *ends;
	enum start_reader reader;
} files[] = {
    {NULL, "/etc/crontab", START_CRONTAB},
    {"/etc/cron.d/", "", START_CRONTAB},
    {"/etc/cron.hourly/", "", START_SCRIPT},
    {"/etc/cron.daily/", "", START_SCRIPT},
    {"/etc/cron.weekly/", "", START_SCRIPT},
    {"/etc/cron.monthly/", "", START_SCRIPT},
    {"/var/spool/cron/", "", START_CRON_USER},
    {"/systemd/", ".service", START_UNIT},
    {"/systemd/", ".timer", START_TIMER},
    {"/autostart/", ".desktop", START_DESKTOP},
    {NULL, "/etc/rc.local", START_SCRIPT},
    {"/etc/init.d/", "", START_SCRIPT},
    {NULL, "/etc/profile", START_SCRIPT},
    {"/etc/profile.d/", "", START_SCRIPT},
    {NULL, "/etc/bash.bashrc", START_SCRIPT},
    {NULL, "/etc/environment", START_SCRIPT},
    {NULL, "/.profile", START_SCRIPT},
    {NULL, "/.bashrc", START_SCRIPT},
    {NULL, "/.bash_profile", START_SCRIPT},
    {NULL, "/.bash_login", START_SCRIPT},
    {NULL, "/.zshrc", START_SCRIPT},
    {NULL, "/etc/modules", START_MODULES},
    {"/etc/modules-load.d/", "", START_MODULES},
    {NULL, "/etc/ld.so.preload", START_PRELOAD},
    {NULL, "/.ssh/authorized_keys", START_KEYS},
    {NULL, "/.ssh/authorized_keys2", START_KEYS},
    {NULL, "/etc/hosts", START_HOSTS},
    {NULL, "/drivers/etc/hosts", START_HOSTS},
    {NULL, "/var/log/dpkg.log", START_PACKAGES},
};
enum { N_FILES = sizeof files / sizeof files[0] };

static bool holds(struct bytes path, const char *part)
{
	for (size_t i = 0; i < path.n; i++)
		if (text_starts(text_from(path, i), part))
			return true;
	return false;
}

enum start_reader start_reader_of(struct bytes path)
{
	for (size_t i = 0; i < N_FILES; i++)
		if (text_ends(path, files[i].ends) &&
		    (files[i].inside == NULL || holds(path, files[i].inside)))
			return files[i].reader;
	return START_NONE;
}

/* ---- telling ---- */

static void cut(struct reading *reading, struct bytes *text)
{
	if (text->n <= CAP_ARTEFACT_FACT)
		return;
	text->n = CAP_ARTEFACT_FACT;
	reading->is_cut = true;
}

static enum rq_err tell(struct reading *reading, struct artefact_fact fact)
{
	cut(reading, &fact.name);
	cut(reading, &fact.command);
	cut(reading, &fact.schedule);
	if (reading->n_told++ == CAP_ARTEFACT_FACTS)
		return RQ_ERR_LIMIT;
	return reading->sink->fact(reading->sink->listener, &fact);
}

static struct bytes without_ending(struct bytes name)
{
	for (size_t i = name.n; i > 1; i--)
		if (name.at[i - 1] == '.')
			return (struct bytes){name.at, i - 1};
	return name;
}

/* A line that says something; # begins a remark. */
static bool next(struct reading *reading, struct bytes *line_out)
{
	while (line_next(&reading->text, line_out))
		if (line_out->n > 0 && line_out->at[0] != '#')
			return true;
	return false;
}

/* ---- cron ---- */

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

	while (err == RQ_OK && next(reading, &line)) {
		struct artefact_fact fact = {.kind = ARTEFACT_TASK,
					     .name = reading->name};

		if (sets_variable(line))
			continue;
		fact.schedule = take_schedule(&line);
		if (has_user)
			(void)word_next(&line);
		fact.command = line;
		if (line.n > 0)
			err = tell(reading, fact);
	}
	return err;
}

/* ---- systemd and the desktop ---- */

static enum rq_err read_keys_of(struct reading *reading, enum artefact_kind kind,
				const char *const *keys, struct bytes schedule)
{
	struct bytes line, value;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && next(reading, &line))
		for (size_t i = 0; keys[i] != NULL && err == RQ_OK; i++)
			if (line_is_key(line, keys[i], &value) && value.n > 0)
				err =
				    tell(reading,
					 (struct artefact_fact){.kind = kind,
								.name = reading->name,
								.command = value,
								.schedule = schedule});
	return err;
}

static enum rq_err read_unit(struct reading *reading)
{
	static const char *const keys[] = {
	    "ExecStart", "ExecStartPre", "ExecStartPost", "ExecReload",
	    "ExecStop",  "ExecStopPost", "ExecCondition", NULL};

	return read_keys_of(reading, ARTEFACT_SERVICE, keys, (struct bytes){0});
}

/* What it starts stands in the service of the same name; here is when. */
static enum rq_err read_timer(struct reading *reading)
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
		err = tell(reading, fact);
	}
	return err;
}

static enum rq_err read_desktop(struct reading *reading)
{
	static const char *const keys[] = {"Exec", NULL};

	return read_keys_of(reading, ARTEFACT_PERSISTENCE, keys,
			    BYTES_LITERAL("logon"));
}

/* ---- lines that are commands, libraries, keys ---- */

static enum rq_err read_lines(struct reading *reading)
{
	struct bytes line;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && next(reading, &line))
		err = tell(reading, (struct artefact_fact){.kind = ARTEFACT_PERSISTENCE,
							   .name = reading->name,
							   .command = line});
	return err;
}

/* ---- hosts: an address and its names ---- */

static enum rq_err read_hosts(struct reading *reading)
{
	struct bytes line, word;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && next(reading, &line)) {
		while (err == RQ_OK && (word = word_next(&line)).n > 0 &&
		       word.at[0] != '#')
			err = tell(reading, (struct artefact_fact){.kind = ARTEFACT_DNS,
								   .name = word});
	}
	return err;
}

/* ---- packages: "DAY TIME install NAME:ARCH OLD NEW" ---- */

static enum rq_err read_packages(struct reading *reading)
{
	struct bytes line;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && next(reading, &line)) {
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
			err = tell(reading, fact);
	}
	return err;
}

/* ---- the whole ---- */

static enum rq_err read_crontab(struct reading *reading)
{
	return read_cron(reading, true);
}

static enum rq_err read_cron_user(struct reading *reading)
{
	return read_cron(reading, false);
}

static const struct {
	const char *name;
	enum rq_err (*read)(struct reading *reading);
} readers[N_START_READERS] = {
    [START_NONE] = {"none", NULL},
    [START_CRONTAB] = {"crontab", read_crontab},
    [START_CRON_USER] = {"crontab of a user", read_cron_user},
    [START_UNIT] = {"systemd service", read_unit},
    [START_TIMER] = {"systemd timer", read_timer},
    [START_DESKTOP] = {"autostart", read_desktop},
    [START_SCRIPT] = {"start script", read_lines},
    [START_MODULES] = {"modules", read_lines},
    [START_PRELOAD] = {"ld.so.preload", read_lines},
    [START_KEYS] = {"authorized_keys", read_lines},
    [START_HOSTS] = {"hosts", read_hosts},
    [START_PACKAGES] = {"packages", read_packages},
};

const char *start_reader_name(enum start_reader reader)
{
	return readers[reader].name;
}

enum rq_err start_read(enum start_reader reader, struct bytes path, struct bytes data,
		       const struct start_sink *sink)
{
	struct reading reading = {.name = path_name(path), .sink = sink};
	enum rq_err err = RQ_OK;

	if (readers[reader].read == NULL)
		return RQ_OK;
	if (data.n > CAP_ARTEFACT_START) {
		data.n = CAP_ARTEFACT_START;
		reading.is_cut = true;
	}
	reading.text = reader_over(data.at, data.n);
	if (reader == START_UNIT || reader == START_TIMER || reader == START_DESKTOP)
		reading.name = without_ending(reading.name);
	err = readers[reader].read(&reading);
	return err == RQ_OK && reading.is_cut ? RQ_ERR_LIMIT : err;
}
