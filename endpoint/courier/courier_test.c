/* Whom a courier believes, and what a hostile centre can do to it. */
#include "endpoint/courier/courier.h"

#include "bytes/test.h"
#include "endpoint/courier/stand_in_centre.h"
#include "os/clock.h"
#include "os/file.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A sanitizer keeps what was freed for a while. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

#define YEAR_2009 ((uint64_t)1230768000000)
#define YEAR_2040 ((uint64_t)2209000000000)

static struct stand_in centre;
static struct courier courier;
static char folder[64];

static void write_settings(const char *code)
{
	struct courier_settings settings = {.proxy = "none"};
	struct buffer text = {0};
	char path[96];

	assert_true(settings_code(code, &settings));
	assert_true(settings_centre(centre.address, &settings));
	settings_write(&settings, &text);
	snprintf(path, sizeof path, "%s/settings", folder);
	assert_int_equal(file_write_atomic(path, buffer_bytes(&text), NULL), RQ_OK);
	buffer_free(&text);
}

static void begin(void)
{
	snprintf(folder, sizeof folder, "/tmp/raquet-courier-%d", (int)getpid());
	(void)mkdir(folder, 0700);
	stand_in_start(&centre);
	write_settings(centre.code);
	assert_int_equal(courier_open(&courier, folder, NULL), RQ_OK);
}

static void end(void)
{
	static const char *const names[] = {"settings", "key", "enrolled"};
	char path[96];

	courier_close(&courier);
	stand_in_stop(&centre);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	centre = (struct stand_in){0};
}

static enum courier_enrolment enrol(bool renew)
{
	enum courier_enrolment result;
	uint8_t status;
	uint64_t come_back_ms;

	assert_int_equal(
	    courier_enrol(&courier, renew, &result, &status, &come_back_ms), RQ_OK);
	return result;
}

static enum post_result check_in(uint32_t wait_ms)
{
	const struct agent_check_in asked = {.nonce = {1, 2, 3}};
	const struct post_watch alone = {.descriptor = -1};
	struct buffer message = {0}, answer = {0};
	enum post_result result;

	agent_check_in_encode(&asked, &message);
	result =
	    courier_carry(&courier, buffer_bytes(&message), wait_ms, &alone, &answer);
	if (result != POST_ANSWERED)
		assert_int_equal(answer.size, 0);
	buffer_free(&message);
	buffer_free(&answer);
	return result;
}

static enum post_result offer(void)
{
	const struct agent_offer asked = {.bytes = 9, .n_records = 1};
	const struct post_watch alone = {.descriptor = -1};
	struct buffer message = {0}, answer = {0};
	enum post_result result;

	agent_offer_encode(&asked, &message);
	result = courier_carry(&courier, buffer_bytes(&message), 5000, &alone, &answer);
	buffer_free(&message);
	buffer_free(&answer);
	return result;
}

static void again(void)
{
	courier_close(&courier);
	assert_int_equal(courier_open(&courier, folder, NULL), RQ_OK);
}

static void it_enrols_and_speaks_as_the_machine(void **state)
{
	struct file_info info;
	struct stat key;
	char path[96];

	(void)state;
	begin();
	assert_int_equal(check_in(5000), POST_REFUSED);
	assert_int_equal(enrol(false), COURIER_ENROLMENT_DONE);
	again();
	assert_true(courier.is_enrolled);
	/* nothing leaves before the time is known */
	assert_int_equal(offer(), POST_REFUSED);
	assert_int_equal(check_in(5000), POST_ANSWERED);
	assert_int_equal(offer(), POST_ANSWERED);
	assert_int_equal(centre.n_bad, 0);
	snprintf(path, sizeof path, "%s/key", folder);
	assert_int_equal(stat(path, &key), 0);
	assert_int_equal(key.st_mode & 0777, 0600);
	assert_int_equal(file_stat_path(path, false, &info, NULL), RQ_OK);
	end();
}

static void a_clock_that_is_wrong_is_no_obstacle(void **state)
{
	static const struct {
		const char *name;
		uint64_t now_ms;
	} cases[] = {{"the machine is ahead by many years", YEAR_2009},
		     {"the machine is behind by many years", YEAR_2040}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		print_message("%s\n", cases[i].name);
		centre.now_ms = cases[i].now_ms;
		begin();
		assert_int_equal(enrol(false), COURIER_ENROLMENT_DONE);
		assert_int_equal(check_in(5000), POST_ANSWERED);
		again();
		assert_int_equal(check_in(5000), POST_ANSWERED);
		assert_false(courier_is_due(&courier));
		/* its certificate nears its end, by the centre's time */
		centre.now_ms += (uint64_t)70 * 24 * 3600 * 1000;
		stand_in_certify(&centre);
		again();
		assert_int_equal(check_in(5000), POST_ANSWERED);
		assert_true(courier_is_due(&courier));
		assert_int_equal(enrol(true), COURIER_ENROLMENT_DONE);
		assert_false(courier_is_due(&courier));
		assert_int_equal(centre.n_renewed, 1);
		end();
	}
}

static void a_certificate_that_has_ended_is_none(void **state)
{
	(void)state;
	begin();
	assert_int_equal(enrol(false), COURIER_ENROLMENT_DONE);
	centre.server_end_ms = clock_utc_ms() - 60000;
	stand_in_certify(&centre);
	again(); /* it knows no time yet: the handshake alone cannot tell */
	assert_int_equal(check_in(5000), POST_REFUSED);
	assert_int_equal(offer(), POST_REFUSED);
	end();
}

static void nor_for_who_enrols(void **state)
{
	(void)state;
	centre.server_end_ms = YEAR_2009;
	begin();
	assert_int_equal(enrol(false), COURIER_ENROLMENT_NOT_GENUINE);
	assert_false(courier.is_enrolled);
	end();
}

static void another_authority_is_not_believed(void **state)
{
	struct paper_code other;
	char text[PAPER_TEXT];

	(void)state;
	begin();
	paper_code_make((const uint8_t[32]){1}, (const uint8_t[32]){2}, &other);
	paper_code_write(&other, text);
	write_settings(text);
	again();
	assert_int_equal(enrol(false), COURIER_ENROLMENT_NOT_GENUINE);
	assert_int_equal(centre.n_enrolled, 0);
	end();
}

static void denials_have_their_names(void **state)
{
	(void)state;
	centre.enrolment = ENROLMENT_WAITS;
	begin();
	assert_int_equal(enrol(false), COURIER_ENROLMENT_WAITS);
	centre.enrolment = ENROLMENT_CODE_EXPIRED;
	assert_int_equal(enrol(false), COURIER_ENROLMENT_DENIED);
	assert_false(courier.is_enrolled);
	end();
}

static void what_a_hostile_centre_says_is_refused(void **state)
{
	static const struct {
		const char *name;
		enum stand_in_mode mode;
		enum post_result result;
	} cases[] = {
	    {"an answer without an end", STAND_IN_OVERSIZED, POST_REFUSED},
	    {"headers without an end", STAND_IN_HEADERS, POST_NO_CENTRE},
	    {"no message", STAND_IN_MALFORMED, POST_REFUSED},
	    {"the answer to something else", STAND_IN_OTHER_TYPE, POST_NO_CENTRE},
	    {"a byte at a time", STAND_IN_SLOW, POST_NO_CENTRE},
	    {"the time of another question", STAND_IN_OLD_TIME, POST_REFUSED},
	    {"nobody", STAND_IN_AWAY, POST_NO_CENTRE},
	};
	struct rusage before, after;

	(void)state;
	begin();
	assert_int_equal(enrol(false), COURIER_ENROLMENT_DONE);
	assert_int_equal(check_in(5000), POST_ANSWERED);
	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t from = clock_monotonic_ns();

		print_message("%s\n", cases[i].name);
		centre.mode = cases[i].mode;
		assert_int_equal(check_in(1000), cases[i].result);
		assert_true(clock_monotonic_ns() - from < (uint64_t)8000000000);
		centre.mode = STAND_IN_HONEST;
		post_forget(courier.post);
		assert_int_equal(check_in(5000), POST_ANSWERED);
	}
	getrusage(RUSAGE_SELF, &after);
	/* one answer of CAP_AGENT_MESSAGE, doubled while it grew */
	assert_true(HAS_SANITIZER || after.ru_maxrss - before.ru_maxrss < 48 * 1024);
	end();
}

static int fresh(void **state)
{
	(void)state;
	centre = (struct stand_in){0};
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(it_enrols_and_speaks_as_the_machine, fresh),
	    cmocka_unit_test_setup(a_clock_that_is_wrong_is_no_obstacle, fresh),
	    cmocka_unit_test_setup(a_certificate_that_has_ended_is_none, fresh),
	    cmocka_unit_test_setup(nor_for_who_enrols, fresh),
	    cmocka_unit_test_setup(another_authority_is_not_believed, fresh),
	    cmocka_unit_test_setup(denials_have_their_names, fresh),
	    cmocka_unit_test_setup(what_a_hostile_centre_says_is_refused, fresh),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
