/* No job is forgotten, none runs twice to its end, none kills the agent for ever. */
#include "endpoint/agent/jobs.h"

#include "bytes/test.h"
#include "wire/sweep.h"
#include "world/virtual.h"

#include <string.h>

static struct disk_virtual *virtual_disk;
static struct disk disk;
static struct world_virtual virtual_world;
static struct world world;
static struct spool *spool;
static struct jobs *jobs;

static const uint64_t now = 1609459200000;

static void open_all(void)
{
	struct spool_options options;

	spool_options_default(&options);
	options.max_bytes = 20000;
	assert_int_equal(spool_open(&disk, &world, &options, &spool), RQ_OK);
	assert_int_equal(jobs_open(&disk, &world, spool, &jobs), RQ_OK);
}

static void close_all(void)
{
	jobs_close(jobs);
	spool_close(spool);
	jobs = NULL;
	spool = NULL;
}

static void begin(uint64_t seed)
{
	world_virtual(&virtual_world, seed, now, &world);
	assert_int_equal(disk_virtual_new(seed, &virtual_disk, &disk), RQ_OK);
	open_all();
}

static void end(void)
{
	close_all();
	disk_virtual_free(virtual_disk);
}

static void die(void)
{
	close_all();
	open_all();
}

static void cut(void)
{
	close_all();
	disk_virtual_restart(virtual_disk, true);
	world_virtual_reboot(&virtual_world);
	open_all();
}

static struct lease lease_of(uint64_t id)
{
	return (struct lease){.campaign = 5,
			      .job = id,
			      .deadline_ms = now + 1000,
			      .kit = {(uint8_t)id},
			      .paths = {BYTES_LITERAL("/home")},
			      .n_paths = 1};
}

static enum job_refusal take(uint64_t id)
{
	struct lease lease = lease_of(id);
	enum job_refusal refusal;

	assert_int_equal(jobs_take(jobs, &lease, now, &refusal), RQ_OK);
	return refusal;
}

/* The refusals in the spool. */
static struct job_refused told;
static unsigned n_told;

static enum rq_err hear(void *listener, enum agent_class class,
			const struct record *record)
{
	(void)listener;
	(void)class;
	assert_int_equal(record->kind, RECORD_JOB_REFUSED);
	assert_int_equal(record->ordinal, 0);
	assert_int_equal(job_refused_decode(record->body, &told), RQ_OK);
	n_told++;
	return RQ_OK;
}

static void report(void)
{
	n_told = 0;
	assert_int_equal(jobs_report(jobs, now), RQ_OK);
	assert_int_equal(spool_each(spool, NULL, hear), RQ_OK);
}

static void a_job_survives_with_its_lease_and_goes_on_after_a_reboot(void **state)
{
	struct buffer room = {0};
	struct lease lease;

	(void)state;
	begin(1);
	assert_null(jobs_next(jobs));
	assert_int_equal(take(7), JOB_ACCEPTED);
	assert_int_equal(take(8), JOB_ACCEPTED);
	assert_int_equal(take(7), JOB_ACCEPTED); /* the centre says it again */
	cut();
	assert_int_equal(jobs_next(jobs)->id, 7);
	assert_int_equal(jobs_lease(jobs, 7, &room, &lease), RQ_OK);
	assert_true(bytes_equal_text(lease.paths[0], "/home"));
	assert_int_equal(jobs_begin(jobs, 8), RQ_OK);
	cut();
	assert_int_equal(jobs_next(jobs)->id, 8); /* what was begun goes first */
	assert_int_equal(jobs_next(jobs)->n_cuts, 1);
	assert_int_equal(jobs_next(jobs)->n_deaths, 0);
	buffer_free(&room);
	end();
}

static void a_job_that_killed_the_agent_twice_is_refused_and_reported(void **state)
{
	(void)state;
	begin(2);
	assert_int_equal(take(7), JOB_ACCEPTED);
	assert_int_equal(jobs_begin(jobs, 7), RQ_OK);
	die();
	assert_int_equal(jobs_next(jobs)->id, 7);
	assert_int_equal(jobs_begin(jobs, 7), RQ_OK);
	die();
	assert_null(jobs_next(jobs));
	report();
	assert_int_equal(n_told, 1);
	assert_int_equal(told.campaign, 5);
	assert_int_equal(told.reason, JOB_KILLED);
	assert_int_equal(told.n_deaths, 2);
	assert_int_equal(take(7), JOB_WAS_DONE); /* never again under this number */
	report();
	assert_int_equal(n_told, 1); /* and told once */
	end();
}

static void the_same_work_under_another_number_is_denied_for_a_week(void **state)
{
	struct lease other = lease_of(7);
	enum job_refusal refusal;

	(void)state;
	begin(3);
	assert_int_equal(take(7), JOB_ACCEPTED);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(jobs_begin(jobs, 7), RQ_OK);
		die();
	}
	report();
	other.job = 9;
	other.campaign = 6;
	other.deadline_ms = 0;
	assert_int_equal(jobs_take(jobs, &other, now, &refusal), RQ_OK);
	assert_int_equal(refusal, JOB_DENIED);
	assert_int_equal(jobs_take(jobs, &other, 0, &refusal), RQ_OK);
	assert_int_equal(refusal, JOB_DENIED);    /* no time known: no end of it */
	assert_int_equal(take(10), JOB_ACCEPTED); /* other work */
	assert_int_equal(jobs_take(jobs, &other, now + JOB_DENIED_MS + 1, &refusal),
			 RQ_OK);
	assert_int_equal(refusal, JOB_ACCEPTED);
	end();
}

static void power_cuts_are_no_deaths_but_have_an_end_too(void **state)
{
	(void)state;
	begin(4);
	assert_int_equal(take(7), JOB_ACCEPTED);
	for (int i = 1; i < JOB_CUTS; i++) {
		assert_int_equal(jobs_begin(jobs, 7), RQ_OK);
		cut();
		assert_int_equal(jobs_next(jobs)->n_cuts, i);
	}
	assert_int_equal(jobs_begin(jobs, 7), RQ_OK);
	cut();
	assert_null(jobs_next(jobs));
	report();
	assert_int_equal(told.reason, JOB_CUT_OFF);
	end();
}

static void a_stop_that_we_want_is_no_mark_against_it(void **state)
{
	(void)state;
	begin(5);
	assert_int_equal(take(7), JOB_ACCEPTED);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(jobs_begin(jobs, 7), RQ_OK);
		assert_int_equal(jobs_pause(jobs, 7), RQ_OK);
		die();
	}
	assert_int_equal(jobs_next(jobs)->n_deaths, 0);
	end();
}

static void a_lease_that_cannot_run_is_refused_by_name(void **state)
{
	static const uint8_t body[9000];
	const struct record finding = {RECORD_FINDING, 0, 1, 1, {body, sizeof body}};
	struct lease late = lease_of(20);
	enum job_refusal refusal;

	(void)state;
	begin(6);
	late.deadline_ms = now;
	assert_int_equal(jobs_take(jobs, &late, now, &refusal), RQ_OK);
	assert_int_equal(refusal, JOB_LATE);
	assert_int_equal(jobs_take(jobs, &late, 0, &refusal), RQ_OK);
	assert_int_equal(refusal, JOB_ACCEPTED); /* a clock of 2040 is no reason */
	for (uint64_t id = 30; id < 30 + CAP_AGENT_JOBS - 1; id++)
		assert_int_equal(take(id), JOB_ACCEPTED);
	assert_int_equal(take(50), JOB_TOO_MANY);
	assert_int_equal(jobs_done(jobs, 20), RQ_OK);
	assert_int_equal(spool_put(spool, CLASS_DETECTION, &finding), RQ_OK);
	assert_int_equal(spool_put(spool, CLASS_DETECTION, &finding), RQ_OK);
	assert_int_equal(take(50), JOB_SPOOL);
	assert_string_equal(job_refusal_name(JOB_SPOOL), "spool");
	assert_string_equal(job_refusal_name(N_JOB_REFUSALS), "unknown");
	end();
}

static void what_was_done_is_remembered_and_after_very_many_not_done_again(void **state)
{
	(void)state;
	begin(7);
	for (uint64_t id = 1; id <= 1100; id++) {
		assert_int_equal(take(id), JOB_ACCEPTED);
		assert_int_equal(jobs_done(jobs, id), RQ_OK);
	}
	die();
	for (uint64_t id = 1; id <= 1100; id++)
		assert_int_equal(take(id), JOB_WAS_DONE);
	assert_int_equal(take(1101), JOB_ACCEPTED);
	end();
}

static void a_damaged_list_of_jobs_is_as_none(void **state)
{
	(void)state;
	begin(8);
	assert_int_equal(take(7), JOB_ACCEPTED);
	assert_int_equal(disk.append(disk.self, "jobs", bytes_of("x")), RQ_OK);
	die();
	assert_null(jobs_next(jobs));
	assert_int_equal(take(7), JOB_ACCEPTED);
	end();
}

/* ---- a sweep of ten objects, killed at any disk operation ---- */

static unsigned n_starts, n_ends;

static enum rq_err put(uint8_t kind, enum agent_class class, uint64_t ordinal)
{
	const struct record record = {kind, now, 7, ordinal, BYTES_LITERAL("{}")};

	return spool_put(spool, class, &record);
}

/* The journal is the sweep's own; here it is perfect. */
static enum rq_err run(uint64_t *journal)
{
	const struct job *job = jobs_next(jobs);
	enum rq_err err;

	if (job == NULL)
		return RQ_OK;
	err = jobs_begin(jobs, job->id);
	n_starts += err == RQ_OK && *journal == 0;
	while (err == RQ_OK && *journal < 10) {
		err = put(RECORD_FINDING, CLASS_DETECTION, *journal + 1);
		*journal += err == RQ_OK;
	}
	if (err == RQ_OK) {
		err = put(RECORD_SWEEP_END, CLASS_RESULT, 11);
		n_ends += err == RQ_OK;
	}
	return err == RQ_OK ? jobs_done(jobs, 7) : err;
}

static void a_job_whose_end_is_in_the_spool_is_over(void **state)
{
	(void)state;
	begin(9);
	assert_int_equal(take(7), JOB_ACCEPTED);
	assert_int_equal(jobs_begin(jobs, 7), RQ_OK);
	assert_int_equal(put(RECORD_SWEEP_END, CLASS_RESULT, 1), RQ_OK);
	assert_int_equal(spool_flush(spool), RQ_OK);
	die(); /* before jobs_done */
	assert_null(jobs_next(jobs));
	assert_int_equal(take(7), JOB_WAS_DONE);
	end();
}

static enum rq_err count(void *listener, enum agent_class class,
			 const struct record *record)
{
	unsigned *n = listener;

	n[record->ordinal] += class != CLASS_TELEMETRY;
	return RQ_OK;
}

static void a_sweep_killed_anywhere_is_told_whole(void **state)
{
	unsigned n_refused = 0;

	(void)state;
	for (uint64_t at = 1; at < 60; at++) {
		const struct disk_faults faults = {.kill_at = at};
		unsigned n[12] = {0};
		uint64_t journal = 0, room;

		n_starts = n_ends = 0;
		begin(at);
		assert_int_equal(take(7), JOB_ACCEPTED);
		disk_virtual_faults(virtual_disk, &faults);
		(void)!run(&journal);
		if (disk.room(disk.self, &room) == RQ_ERR_STOPPED)
			cut();
		assert_int_equal(run(&journal), RQ_OK);
		assert_null(jobs_next(jobs));
		assert_int_equal(take(7), JOB_WAS_DONE);
		assert_int_equal(spool_each(spool, n, count), RQ_OK);
		for (int i = 1; i <= 11; i++)
			assert_in_range(n[i], 1, 2);
		assert_in_range(n_ends, 1, 2);
		n_refused += n[0];
		end();
	}
	assert_int_equal(n_refused, 0);
}

TEST_MAIN(
    cmocka_unit_test(a_job_survives_with_its_lease_and_goes_on_after_a_reboot),
    cmocka_unit_test(a_job_that_killed_the_agent_twice_is_refused_and_reported),
    cmocka_unit_test(the_same_work_under_another_number_is_denied_for_a_week),
    cmocka_unit_test(power_cuts_are_no_deaths_but_have_an_end_too),
    cmocka_unit_test(a_stop_that_we_want_is_no_mark_against_it),
    cmocka_unit_test(a_lease_that_cannot_run_is_refused_by_name),
    cmocka_unit_test(what_was_done_is_remembered_and_after_very_many_not_done_again),
    cmocka_unit_test(a_damaged_list_of_jobs_is_as_none),
    cmocka_unit_test(a_job_whose_end_is_in_the_spool_is_over),
    cmocka_unit_test(a_sweep_killed_anywhere_is_told_whole))
