#include "bytes/test.h"

#include "artefact/start.h"

#include <string.h>

static enum rq_err write_down(void *listener, const struct artefact_fact *fact)
{
	struct buffer *out = listener;

	buffer_format(out, "%s|%.*s|%.*s|%.*s\n", artefact_kind_name(fact->kind),
		      (int)fact->name.n, (const char *)fact->name.at,
		      (int)fact->command.n, (const char *)fact->command.at,
		      (int)fact->schedule.n, (const char *)fact->schedule.at);
	return RQ_OK;
}

static void each_file_tells_what_it_starts(void **state)
{
	static const struct {
		const char *path, *text, *told;
	} cases[] = {
	    {"/etc/crontab",
	     "# remark\nSHELL=/bin/sh\nPATH = /bin\n\n"
	     "17 *\t* * *  root  cd / && run\n*/5 * * * * an x\n@reboot root y z\n"
	     "0 3 * * * root night\n5 4 1 * * root month\nbroken\n",
	     "task|crontab|cd / && run|hourly\ntask|crontab|x|minutely\n"
	     "task|crontab|y z|boot\ntask|crontab|night|daily\n"
	     "task|crontab|month|5 4 1 * * \n"},
	    {"/mnt/disk/etc/cron.d/job", "@daily root a", "task|job|a|daily\n"},
	    {"/var/spool/cron/crontabs/an", "1 * * * * curl x | sh\n",
	     "task|an|curl x | sh|hourly\n"},
	    {"/etc/systemd/system/a.b.service",
	     "[Service]\nExecStart=-/tmp/x y\nexecstop = z\nExec=no\nExecStart=\n",
	     "service|a.b|-/tmp/x y|\nservice|a.b|z|\n"},
	    {"/etc/systemd/system/a.service.d/more.conf",
	     "[Service]\nExecStart=\nExecStartPre=/tmp/x\n", "service|a|/tmp/x|\n"},
	    {"/home/an/.config/systemd/user/a.timer.d/b.conf", "OnCalendar=hourly",
	     "task|a||hourly\n"},
	    {"/etc/systemd/system/a.socket", "ExecStartPost=/x", "service|a|/x|\n"},
	    /* as systemd.syntax(7) has it: remarks do not go on */
	    {"/etc/systemd/system/long.service",
	     "ExecStart=\\\n# no\n /tmp/x \\\n  y\n# no \\\nExecStop=/z\n; \\\n"
	     "ExecReload=/r \\\n",
	     "service|long|\\\n# no\n /tmp/x \\\n  y|\nservice|long|/z|\n"
	     "service|long|/r \\|\n"},
	    {"/etc/apt/apt.conf.d/b.conf", "ExecStart=/x", ""},
	    {"/usr/lib/systemd/user/a.timer", "OnCalendar=hourly\nOnBootSec=5min\n",
	     "task|a||hourly\ntask|a||boot\n"},
	    {"/home/an/.config/autostart/a.desktop",
	     "[Desktop Entry]\nExec=/tmp/a %u\n", "persistence|a|/tmp/a %u|logon\n"},
	    {"/home/an/.bashrc", "# no\n  wget -qO- x | bash \r\n",
	     "persistence|.bashrc|wget -qO- x | bash|\n"},
	    {"/etc/rc.local", "nc -l", "persistence|rc.local|nc -l|\n"},
	    {"/etc/init.d/x", "a\nb", "persistence|x|a|\npersistence|x|b|\n"},
	    {"/etc/ld.so.preload", "/tmp/x.so\n",
	     "persistence|ld.so.preload|/tmp/x.so|\n"},
	    {"/etc/modules-load.d/a.conf", "evil\n", "persistence|a.conf|evil|\n"},
	    {"/root/.ssh/authorized_keys", "ssh-rsa AAAA x\n",
	     "persistence|authorized_keys|ssh-rsa AAAA x|\n"},
	    {"/etc/hosts", "127.0.0.1\tlocalhost a # b\n::1 c\n#d e\n",
	     "dns|127.0.0.1||\ndns|localhost||\ndns|a||\ndns|::1||\ndns|c||\n"},
	    {"/mnt/c/Windows/System32/drivers/etc/hosts", "1.2.3.4 x\r\n",
	     "dns|1.2.3.4||\ndns|x||\n"},
	    {"/var/log/dpkg.log",
	     "2020-07-24 10:00:00 install gca01-client:amd64 <none> 8.3\n"
	     "2020-07-24 10:00:01 status installed x:amd64 1\n",
	     "installed|gca01-client|8.3|\n"},
	    {"/var/log/dpkg.log.1", "2020-07-24 10:00:00 install a:all <none> 1\n",
	     "installed|a|1|\n"},
	    {"/var/log/dpkg.log.2.gz", "2020-07-24 10:00:00 install a:all <none> 1\n",
	     ""},
	    {"/etc/anacrontab",
	     "SHELL=/bin/sh\n# no\n1\t5\tday\trun-parts x\n7 10 week y\n"
	     "@monthly 15 month z\nbroken\n",
	     "task|day|run-parts x|daily\ntask|week|y|7\ntask|month|z|monthly\n"},
	    {"/home/an/crontab", "* * * * * a b", ""},
	    {"/home/an/a.service", "ExecStart=/x", ""},
	    {"/etc/cron.d", "* * * * * a b", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bytes path = bytes_of(cases[i].path);
		struct buffer told = {0};
		const struct start_sink sink = {&told, write_down};

		assert_int_equal(start_read(start_reader_of(path), path,
					    bytes_of(cases[i].text), &sink),
				 RQ_OK);
		buffer_u8(&told, 0);
		assert_true(buffer_ok(&told));
		assert_string_equal((const char *)told.data, cases[i].told);
		buffer_free(&told);
	}
}

static enum rq_err count(void *listener, const struct artefact_fact *fact)
{
	(void)fact;
	++*(size_t *)listener;
	return RQ_OK;
}

/* A cap that cuts is told, and what stands before it is not lost. */
static void too_much_is_said_to_be_too_much(void **state)
{
	static char text[300000];
	size_t n_told = 0;
	const struct start_sink sink = {&n_told, count};

	(void)state;
	memset(text, 'a', sizeof text);
	text[1] = '\n';
	assert_int_equal(start_read(START_SCRIPT, BYTES_LITERAL("x"),
				    (struct bytes){(uint8_t *)text, sizeof text},
				    &sink),
			 RQ_ERR_LIMIT);
	assert_int_equal(n_told, 2);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = i % 2 ? '\n' : 'a';
	n_told = 0;
	assert_int_equal(start_read(START_SCRIPT, BYTES_LITERAL("x"),
				    (struct bytes){(uint8_t *)text, sizeof text},
				    &sink),
			 RQ_ERR_LIMIT);
	assert_int_equal(n_told, 100000);
}

/* Nor is a large file that starts nothing too much. */
static void a_file_that_starts_nothing_may_be_large(void **state)
{
	enum { SIZE = 9 << 20 };
	char *text = calloc(SIZE, 1);
	size_t n_told = 0;
	const struct start_sink sink = {&n_told, count};

	(void)state;
	assert_non_null(text);
	assert_int_equal(start_read(START_NONE, BYTES_LITERAL("x"),
				    (struct bytes){(uint8_t *)text, SIZE}, &sink),
			 RQ_OK);
	assert_int_equal(start_read(START_SCRIPT, BYTES_LITERAL("x"),
				    (struct bytes){(uint8_t *)text, SIZE}, &sink),
			 RQ_ERR_LIMIT);
	free(text);
}

TEST_MAIN(cmocka_unit_test(each_file_tells_what_it_starts),
	  cmocka_unit_test(a_file_that_starts_nothing_may_be_large),
	  cmocka_unit_test(too_much_is_said_to_be_too_much))
