#include "bytes/test.h"

#include "centre/signer/signer.h"
#include "os/file.h"
#include "world/real.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The signer is this program, started again: it knows the folder by its parent. */
static char folder[64], log_path[96];

static void name_of_folder(pid_t pid)
{
	snprintf(folder, sizeof folder, "/tmp/raquet-signer-%d", (int)pid);
	snprintf(log_path, sizeof log_path, "%s/issued.log", folder);
}

static int serve(int argc, char **argv)
{
	struct channel *channel;

	name_of_folder(getppid());
	if (channel_inherit(argc, argv, &channel) != RQ_OK)
		return 2;
	signer_run(channel, folder);
}

static int make_folder(void **state)
{
	struct authority_files files;
	struct world world;
	char root_key[96];

	(void)state;
	snprintf(root_key, sizeof root_key, "%s/root.key", folder);
	world_real(&world);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(
	    authority_make(&world, BYTES_LITERAL("Tinh Thu"), &files, NULL), RQ_OK);
	assert_int_equal(signer_files_write(&files, folder, root_key, NULL), RQ_OK);
	/* a second one would cut every machine off */
	assert_int_equal(signer_files_write(&files, folder, root_key, NULL),
			 RQ_ERR_CONFLICT);
	authority_files_free(&files);
	/* off to the safe: what follows does without it */
	assert_int_equal(file_remove(root_key), RQ_OK);
	return 0;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static enum rq_err order(struct process *process, struct buffer *room,
			 struct signer_certificate *certificate)
{
	struct signer_order asked = {.kind = SIGNER_MACHINE, .public_key = {9}};
	struct signer signer;

	signer_of_process(process, &signer);
	return signer_order(&signer, &asked, room, certificate);
}

static void a_process_signs_and_logs(void **state)
{
	struct buffer room = {0}, text = {0};
	struct signer_certificate certificate;
	struct process *process;
	struct signer_state told;
	struct signer signer;
	struct agent_time time;
	struct issue_log log;
	const uint8_t nonce[AGENT_NONCE] = {1};
	uint64_t n_whole;
	bool genuine;

	(void)state;
	assert_int_equal(process_start_worker(&process, NULL), RQ_OK);
	signer_of_process(process, &signer);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(order(process, &room, &certificate), RQ_OK);
		assert_int_equal(certificate.status, SIGNER_DONE);
	}
	assert_int_equal(file_read_whole(log_path, &text, NULL), RQ_OK);
	assert_int_equal(issue_log_read(buffer_bytes(&text), &log, &n_whole, NULL),
			 RQ_OK);
	assert_int_equal(log.n, 3);
	assert_int_equal(signer_state(&signer, &room, &told), RQ_OK);
	assert_int_equal(signer_time(&signer, nonce, &time), RQ_OK);
	assert_int_equal(agent_time_verify(&time, nonce, told.time_key, &genuine),
			 RQ_OK);
	assert_true(genuine);
	process_free(process);
	buffer_free(&room);
	buffer_free(&text);
}

static void it_has_no_power_but_its_log(void **state)
{
	struct buffer room = {0}, text = {0};
	struct signer_certificate certificate;
	struct process *process;
	char path[64];
	struct stat st;

	(void)state;
	assert_int_equal(process_start_worker(&process, NULL), RQ_OK);
	assert_int_equal(order(process, &room, &certificate), RQ_OK);
	snprintf(path, sizeof path, "/proc/%d/status", (int)process_id(process));
	assert_int_equal(file_read_whole(path, &text, NULL), RQ_OK);
	buffer_u8(&text, 0);
	assert_non_null(strstr((char *)text.data, "Seccomp:\t2"));
	/* standard streams on the null device, the channel, the log */
	snprintf(path, sizeof path, "/proc/%d/fd/4", (int)process_id(process));
	assert_int_equal(stat(path, &st), 0);
	snprintf(path, sizeof path, "/proc/%d/fd/5", (int)process_id(process));
	assert_int_not_equal(stat(path, &st), 0);
	process_free(process);
	buffer_free(&room);
	buffer_free(&text);
}

static void another_process_goes_on_behind_a_cut_line(void **state)
{
	struct buffer room = {0}, text = {0};
	struct signer_certificate certificate;
	struct process *process;
	struct issue_log log;
	struct file file;
	uint64_t n_whole;

	(void)state;
	assert_int_equal(file_open_append(log_path, &file, NULL, NULL), RQ_OK);
	assert_int_equal(file_append(file, BYTES_LITERAL("4 16094")), RQ_OK);
	file_close(&file);
	assert_int_equal(process_start_worker(&process, NULL), RQ_OK);
	assert_int_equal(order(process, &room, &certificate), RQ_OK);
	process_free(process);
	assert_int_equal(file_read_whole(log_path, &text, NULL), RQ_OK);
	assert_int_equal(issue_log_read(buffer_bytes(&text), &log, &n_whole, NULL),
			 RQ_OK);
	assert_int_equal(log.n, 5);
	assert_int_equal(n_whole, text.size);
	buffer_free(&room);
	buffer_free(&text);
}

static void a_message_that_is_no_request_ends_it(void **state)
{
	struct buffer answer = {0};
	struct process *process;
	struct signer signer;

	(void)state;
	assert_int_equal(process_start_worker(&process, NULL), RQ_OK);
	signer_of_process(process, &signer);
	assert_int_equal(signer.ask(signer.self, BYTES_LITERAL("\x02\x01"), &answer),
			 RQ_ERR_PEER);
	process_free(process);
	buffer_free(&answer);
}

static void a_changed_log_stops_it(void **state)
{
	struct buffer room = {0}, text = {0};
	struct signer_certificate certificate;
	struct process *process;

	(void)state;
	assert_int_equal(file_read_whole(log_path, &text, NULL), RQ_OK);
	text.data[0] ^= 1;
	assert_int_equal(file_write_atomic(log_path, buffer_bytes(&text), NULL), RQ_OK);
	assert_int_equal(process_start_worker(&process, NULL), RQ_OK);
	assert_int_equal(order(process, &room, &certificate), RQ_ERR_PEER);
	process_free(process);
	buffer_free(&room);
	buffer_free(&text);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_process_signs_and_logs),
	    cmocka_unit_test(it_has_no_power_but_its_log),
	    cmocka_unit_test(another_process_goes_on_behind_a_cut_line),
	    cmocka_unit_test(a_message_that_is_no_request_ends_it),
	    cmocka_unit_test(a_changed_log_stops_it)};

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return serve(argc, argv);
	name_of_folder(getpid());
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
