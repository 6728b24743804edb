#include "artefact/start.h"

#include "artefact/start_reading.h"
#include "bytes/cap.h"

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
    "~/.local/share/systemd/user",
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
    "/var/log/dpkg.log.1",
    NULL,
};

static const struct {
	const char *inside; /* of the path; NULL: anywhere */
	const char *ends;
	enum start_reader reader;
} files[] = {
    {NULL, "/etc/crontab", START_CRONTAB},
    {NULL, "/etc/anacrontab", START_ANACRONTAB},
    {"/etc/cron.d/", "", START_CRONTAB},
    {"/etc/cron.hourly/", "", START_SCRIPT},
    {"/etc/cron.daily/", "", START_SCRIPT},
    {"/etc/cron.weekly/", "", START_SCRIPT},
    {"/etc/cron.monthly/", "", START_SCRIPT},
    {"/var/spool/cron/", "", START_CRON_USER},
    {"/systemd/", ".service", START_UNIT},
    {"/systemd/", ".socket", START_UNIT},
    {"/systemd/", ".timer", START_TIMER},
    {".service.d/", ".conf", START_UNIT},
    {".socket.d/", ".conf", START_UNIT},
    {".timer.d/", ".conf", START_TIMER},
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
    {NULL, "/var/log/dpkg.log.1", START_PACKAGES},
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

enum rq_err start_tell(struct reading *reading, struct artefact_fact fact)
{
	cut(reading, &fact.name);
	cut(reading, &fact.command);
	cut(reading, &fact.schedule);
	if (reading->n_told++ == CAP_ARTEFACT_FACTS)
		return RQ_ERR_LIMIT;
	return reading->sink->fact(reading->sink->listener, &fact);
}

bool start_line(struct reading *reading, struct bytes *line_out)
{
	while (line_next(&reading->text, line_out))
		if (line_out->n > 0 && line_out->at[0] != '#')
			return true;
	return false;
}

static struct bytes without_ending(struct bytes name)
{
	for (size_t i = name.n; i > 1; i--)
		if (name.at[i - 1] == '.')
			return (struct bytes){name.at, i - 1};
	return name;
}

/* "a" of ".../a.service" and of ".../a.service.d/b.conf", which changes it. */
static struct bytes name_of_unit(struct bytes path)
{
	struct bytes name = path_name(path), folder = path;

	folder.n -= name.n + (name.n < path.n);
	folder = path_name(folder);
	return text_ends(name, ".conf") && text_ends(folder, ".d")
		   ? without_ending(without_ending(folder))
		   : without_ending(name);
}

/* ---- the whole ---- */

static const struct {
	const char *name;
	enum rq_err (*read)(struct reading *reading);
} readers[N_START_READERS] = {
    [START_NONE] = {"none", NULL},
    [START_CRONTAB] = {"crontab", start_crontab},
    [START_ANACRONTAB] = {"anacrontab", start_anacrontab},
    [START_CRON_USER] = {"crontab of a user", start_cron_user},
    [START_UNIT] = {"systemd service", start_unit},
    [START_TIMER] = {"systemd timer", start_timer},
    [START_DESKTOP] = {"autostart", start_desktop},
    [START_SCRIPT] = {"start script", start_commands},
    [START_MODULES] = {"modules", start_commands},
    [START_PRELOAD] = {"ld.so.preload", start_commands},
    [START_KEYS] = {"authorized_keys", start_commands},
    [START_HOSTS] = {"hosts", start_hosts},
    [START_PACKAGES] = {"packages", start_packages},
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
		reading.name = name_of_unit(path);
	err = readers[reader].read(&reading);
	return err == RQ_OK && reading.is_cut ? RQ_ERR_LIMIT : err;
}
