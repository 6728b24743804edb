/*
 * Agent and courier as real processes, with a centre over TLS: nothing that was found is
 * lost or told twice, whoever is killed at whatever moment.
 */
#include "bytes/test.h"
#include "crypto/digest.h"
#include "endpoint/agent/jobs.h"
#include "endpoint/agent/policy.h"
#include "endpoint/courier/stand_in_centre.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/guard.h"
#include "world/virtual.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_FILES = 120, N_PLANTED = 12, PATIENCE_S = 100 };

static const uint8_t policy_secret[SIGN_SECRET_SIZE] = {5},
		     kit_secret[SIGN_SECRET_SIZE] = {6};
static const char rules[] =
    "rule planted { strings: $a = \"raquet-harmless-plant\" condition: $a }\n";

static struct stand_in centre;
static struct buffer policy, kit;
static char folder[64], swept[96], agent_folder[96], courier_folder[96],
    socket_path[96], key_path[96];
static const char *user;
static pid_t agent, courier;

/* ---- processes ---- */

static pid_t start(const char *const *words)
{
	pid_t pid = fork();

	if (pid == 0) {
		const char *program = getenv("RAQUET");

		execv(program != NULL ? program : "build/raquet", (char *const *)words);
		_exit(127);
	}
	return pid;
}

static int end_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void start_agent(void)
{
	const char *const words[] = {"raquet",   "agent",     "--folder", agent_folder,
				     "--socket", socket_path, "--user",   user,
				     "--now",    NULL};

	agent = start(words);
}

static void start_courier(void)
{
	const char *const words[] = {"raquet",       "courier",  "--folder",
				     courier_folder, "--socket", socket_path,
				     "--user",       user,       NULL};

	courier = start(words);
}

static void kill_one(pid_t *pid, int signal)
{
	if (*pid == 0)
		return;
	kill(*pid, signal);
	(void)end_of(*pid);
	*pid = 0;
}

static int enrol(const char *code)
{
	const char *const words[] = {
	    "raquet",       "enrol",    code,           "--centre",
	    centre.address, "--folder", courier_folder, "--agent-folder",
	    agent_folder,   "--user",   user,           "--policy-key",
	    key_path,       "--proxy",  "none",         NULL};

	return end_of(start(words));
}

/* ---- what is swept, and with what ---- */

static void write_file(const char *path, const char *text)
{
	assert_int_equal(file_write_atomic(path, bytes_of(text), NULL), RQ_OK);
}

static void plant(void)
{
	char path[160];

	for (int i = 0; i < N_FILES; i++) {
		snprintf(path, sizeof path, "%s/file-%03d.txt", swept, i);
		write_file(path, i % (N_FILES / N_PLANTED) == 0
				     ? "text raquet-harmless-plant text"
				     : "nothing here");
	}
}

static void sign_content(const char *root)
{
	struct policy allowed = {.serial = 1,
				 .issued_ms = 1,
				 .flags = POLICY_ANY_SCOPE,
				 .options = LEASE_STRINGS,
				 .n_next = 1,
				 .n_kit_signers = 1,
				 .roots = {bytes_of(root)},
				 .n_roots = 1};
	struct kit made = {.name = BYTES_LITERAL("trial"),
			   .version = BYTES_LITERAL("2020-12-20"),
			   .serial = 1,
			   .n_files = 1};
	struct kit read;
	enum signed_refusal refusal;

	assert_int_equal(sign_public(policy_secret, allowed.next[0]), RQ_OK);
	assert_int_equal(sign_public(kit_secret, allowed.kit_signers[0]), RQ_OK);
	assert_int_equal(policy_write(&allowed, policy_secret, &policy), RQ_OK);
	made.files[0] = (struct kit_file){.kind = KIT_RULES,
					  .name = BYTES_LITERAL("planted.yar"),
					  .size = sizeof rules - 1};
	assert_int_equal(
	    digest_of(DIGEST_SHA256, bytes_of(rules), made.files[0].sha256), RQ_OK);
	assert_int_equal(kit_write(&made, kit_secret, &kit), RQ_OK);
	assert_int_equal(kit_read(buffer_bytes(&kit), &read, &refusal), RQ_OK);
	assert_int_equal(refusal, SIGNED_GOOD);
	centre.policy = buffer_bytes(&policy);
	centre.policy_serial = 1;
	centre.kit = buffer_bytes(&kit);
	centre.files[0] = bytes_of(rules);
	centre.n_files = 1;
	memcpy(centre.lease.kit, read.digest, AGENT_DIGEST);
}

static void lease(uint64_t job)
{
	pthread_mutex_lock(&centre.lock);
	centre.lease.job = job;
	centre.lease.campaign = 3;
	centre.lease.lease_ms = 3600000;
	centre.lease.deadline_ms = clock_utc_ms() + 3600000;
	centre.lease.paths[0] = bytes_of(swept);
	centre.lease.n_paths = 1;
	centre.has_lease = true;
	centre.has_end = centre.is_refused = false;
	pthread_mutex_unlock(&centre.lock);
}

static int begin(void **state)
{
	uint8_t key[SIGN_PUBLIC_SIZE];
	char hex[2 * SIGN_PUBLIC_SIZE + 1];
	unsigned id, group;

	(void)state;
	user = geteuid() == 0 ? "nobody" : getenv("USER");
	assert_true(user != NULL && guard_user(user, &id, &group));
	centre = (struct stand_in){0};
	snprintf(folder, sizeof folder, "/tmp/raquet-service-%d", (int)getpid());
	snprintf(swept, sizeof swept, "%s/swept", folder);
	snprintf(agent_folder, sizeof agent_folder, "%s/agent", folder);
	snprintf(courier_folder, sizeof courier_folder, "%s/courier", folder);
	snprintf(socket_path, sizeof socket_path, "%s/socket", folder);
	snprintf(key_path, sizeof key_path, "%s/key", folder);
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(mkdir(swept, 0700), 0);
	assert_int_equal(sign_public(policy_secret, key), RQ_OK);
	for (size_t i = 0; i < sizeof key; i++)
		snprintf(hex + 2 * i, 3, "%02x", key[i]);
	write_file(key_path, hex);
	plant();
	sign_content(swept);
	stand_in_start(&centre);
	assert_int_equal(enrol(centre.code), 0);
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	kill_one(&agent, SIGKILL);
	kill_one(&courier, SIGKILL);
	stand_in_stop(&centre);
	buffer_free(&policy);
	buffer_free(&kit);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

/* ---- waiting ---- */

static bool has_all(void)
{
	bool done;

	pthread_mutex_lock(&centre.lock);
	done = centre.has_end && centre.n_findings >= centre.end.n_findings;
	pthread_mutex_unlock(&centre.lock);
	return done;
}

static bool is_refused(void)
{
	bool done;

	pthread_mutex_lock(&centre.lock);
	done = centre.is_refused;
	pthread_mutex_unlock(&centre.lock);
	return done;
}

static bool has_checked_in(void)
{
	return centre.n_check_ins > 0;
}

/* What the sweep of that job runs with lies there: it has begun, and not told anything. */
static bool has_begun(uint64_t job)
{
	char path[160];

	snprintf(path, sizeof path, "%s/run-%016llx", agent_folder,
		 (unsigned long long)job);
	return access(path, F_OK) == 0;
}

static void clean_run(uint64_t job)
{
	char command[192];

	snprintf(command, sizeof command, "rm -rf %s/run-%016llx", agent_folder,
		 (unsigned long long)job);
	assert_int_equal(system(command), 0);
}

static bool nine_has_begun(void)
{
	return has_begun(9);
}

static bool twenty_has_begun(void)
{
	return has_begun(20);
}

static void wait_for(bool (*reached)(void))
{
	for (int i = 0; i < PATIENCE_S * 1000 && !reached(); i++)
		usleep(1000);
	assert_true(reached());
}

/* ---- the cases ---- */

static void a_campaign_comes_back_whole(void **state)
{
	(void)state;
	start_agent();
	start_courier();
	lease(1);
	wait_for(has_all);
	assert_int_equal(centre.n_findings, N_PLANTED);
	assert_int_equal(centre.end.n_seen, N_FILES);
	assert_int_equal(centre.end.verdict, VERDICT_FOUND);
	assert_int_equal(centre.end.campaign, 3);
	assert_int_equal(centre.n_postures, 1);
	assert_int_equal(centre.n_bad, 0);
	/* an orderly end leaves nothing */
	kill(agent, SIGTERM);
	assert_int_equal(end_of(agent), 0);
	agent = 0;
}

static void nothing_is_lost_when_they_are_killed(void **state)
{
	struct dice dice = {clock_utc_ms()};

	(void)state;
	print_message("seed %llu\n", (unsigned long long)dice.state);
	start_agent();
	start_courier();
	for (uint64_t job = 1; job <= 3; job++) {
		size_t before = centre.n_findings;

		lease(job);
		/* the courier any time, the agent once in each job: twice is another case */
		for (int i = 0; i < 3; i++) {
			usleep((useconds_t)dice_below(&dice, 400000));
			kill_one(&courier, SIGKILL);
			start_courier();
		}
		kill_one(&agent, SIGKILL);
		start_agent();
		wait_for(has_all);
		assert_int_equal(centre.n_findings - before, N_PLANTED);
		assert_int_equal(centre.end.n_seen, N_FILES);
	}
	assert_int_equal(centre.n_bad, 0);
}

static void a_job_that_kills_twice_is_refused(void **state)
{
	(void)state;
	start_agent();
	start_courier();
	wait_for(has_checked_in);
	for (int i = 0; i < JOB_DEATHS; i++) {
		lease(9);
		wait_for(nine_has_begun);
		kill_one(&agent, SIGKILL);
		clean_run(9);
		start_agent();
	}
	wait_for(is_refused);
	assert_int_equal(centre.refused.reason, JOB_KILLED);
	assert_int_equal(centre.refused.n_deaths, JOB_DEATHS);
	/* nor is it asked for what the policy does not name */
	lease(10);
	centre.lease.options = LEASE_ALL;
	wait_for(is_refused);
	assert_true(centre.refused.reason == JOB_POLICY);
	assert_int_equal(centre.refused.policy, POLICY_OPTION);
}

static void findings_wait_for_a_centre_that_is_away(void **state)
{
	(void)state;
	start_agent();
	start_courier();
	lease(20);
	wait_for(twenty_has_begun);
	centre.mode = STAND_IN_AWAY;
	sleep(2);
	kill_one(&agent, SIGKILL);
	start_agent();
	sleep(1);
	centre.mode = STAND_IN_HONEST;
	kill_one(&courier, SIGTERM);
	start_courier();
	wait_for(has_all);
	assert_int_equal(centre.n_findings, N_PLANTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_campaign_comes_back_whole, begin, end),
	    cmocka_unit_test_setup_teardown(nothing_is_lost_when_they_are_killed, begin,
					    end),
	    cmocka_unit_test_setup_teardown(a_job_that_kills_twice_is_refused, begin,
					    end),
	    cmocka_unit_test_setup_teardown(findings_wait_for_a_centre_that_is_away,
					    begin, end),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
