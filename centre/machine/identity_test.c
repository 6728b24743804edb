/* Keys: clones, machines set back, certificates that end, revocation, neighbours. */
#include "centre/machine/machine_scene.h"
#include "centre/machine/neighbour.h"

#include <string.h>

/* ---- the rule alone ---- */

struct word {
	uint8_t boot;
	uint64_t monotonic_ms, counter;
	enum check_in_step step;
};

static const struct {
	const char *name;
	struct word words[8];
	size_t n;
} lives[] = {
    {"a quiet life",
     {{1, 10, 1, STEP_ON}, {1, 20, 2, STEP_ON}, {1, 30, 3, STEP_ON}},
     3},
    {"the same message again",
     {{1, 10, 1, STEP_ON}, {1, 10, 1, STEP_REPEAT}, {1, 20, 2, STEP_ON}},
     3},
    {"some never arrived", {{1, 10, 1, STEP_ON}, {1, 90, 9, STEP_ON}}, 2},
    {"switched off and on",
     {{1, 10, 1, STEP_ON}, {2, 1, 2, STEP_ON}, {3, 1, 3, STEP_ON}},
     3},
    {"a disk that is frozen: each start is the same again",
     {{1, 10, 5, STEP_ON},
      {1, 20, 6, STEP_ON},
      {2, 10, 5, STEP_BACK},
      {2, 20, 6, STEP_ON},
      {3, 10, 5, STEP_BACK},
      {3, 20, 6, STEP_ON},
      {4, 10, 5, STEP_BACK}},
     7},
    {"a snapshot with its memory",
     {{1, 10, 1, STEP_ON},
      {1, 20, 2, STEP_ON},
      {1, 30, 3, STEP_ON},
      {1, 25, 3, STEP_BACK},
      {1, 35, 4, STEP_ON}},
     5},
    {"back to a snapshot of an earlier boot",
     {{1, 10, 1, STEP_ON},
      {1, 20, 2, STEP_ON},
      {2, 5, 3, STEP_ON},
      {1, 15, 2, STEP_BACK},
      {1, 25, 3, STEP_ON}},
     5},
    {"two from one image",
     {{1, 10, 101, STEP_ON}, {2, 10, 101, STEP_BACK}, {1, 20, 102, STEP_TWO}},
     3},
    {"a clone that is ahead",
     {{1, 10, 101, STEP_ON}, {2, 10, 150, STEP_ON}, {1, 20, 102, STEP_TWO}},
     3},
    {"two that run from one memory",
     {{1, 10, 1, STEP_ON},
      {1, 20, 2, STEP_ON},
      {1, 21, 2, STEP_BACK},
      {1, 30, 3, STEP_ON},
      {1, 31, 3, STEP_BACK},
      {1, 40, 4, STEP_ON},
      {1, 41, 4, STEP_TWO}},
     7},
};

static void a_life_is_one_or_two(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
		struct key_track track = {0};

		for (size_t k = 0; k < lives[i].n; k++) {
			const struct word *word = &lives[i].words[k];
			const struct agent_clocks clocks = {.boot_id = {word->boot},
							    .monotonic_ms =
								word->monotonic_ms};
			enum check_in_step step =
			    check_in_judge(&track, &clocks, word->counter);

			if (step != word->step)
				fail_msg("%s: message %zu is %d", lives[i].name, k + 1,
					 step);
		}
	}
}

static void many_boots_are_remembered_and_more_forgotten(void **state)
{
	struct key_track track = {0};
	struct agent_clocks clocks = {.monotonic_ms = 10};

	(void)state;
	for (uint8_t boot = 0; boot < 200; boot++) {
		clocks.boot_id[0] = boot;
		assert_int_equal(check_in_judge(&track, &clocks, boot + 1), STEP_ON);
	}
	assert_int_equal(track.n_earlier, CAP_KEY_BOOTS);
	clocks.boot_id[0] = 198; /* still known, and lives */
	assert_int_equal(check_in_judge(&track, &clocks, 500), STEP_TWO);
	clocks.boot_id[0] = 3; /* forgotten: as good as new */
	assert_int_equal(check_in_judge(&track, &clocks, 500), STEP_ON);
}

/* ---- clones that heal (Velociraptor 1143, 1593, 2731, 2955) ---- */

static enum rq_err count_key(void *listener, const struct identity *identity)
{
	(void)identity;
	++*(size_t *)listener;
	return RQ_OK;
}

static size_t n_waiting(struct province *p, const struct reach *reach)
{
	size_t n = 0;

	SCENE_OK(identity_waiting(p->store, reach, 100, &n, count_key, &scene_diag));
	return n;
}

static void clones_of_an_image_become_machines_that_wait(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", ""), second;
	struct pc a = pc_of_machine(p, machine, 1), b;
	enum admission_state admission;
	uint8_t b_key[KEY_ID], public_key[SIGN_PUBLIC_SIZE];

	(void)pc_check_in(p, &a, NULL);
	b = a;
	b.next_secret[2] = 9; /* each makes a key of its own */
	pc_boot(&b, 20);
	(void)pc_check_in(p, &b, &admission);
	assert_int_equal(admission, ADMITTED);
	assert_int_equal(pc_check_in(p, &a, &admission), WANT_NEW_KEY);
	assert_int_equal(admission, ADMIT_NEW_KEY);
	assert_int_equal(pc_check_in(p, &b, &admission), WANT_NEW_KEY);
	/* both re-key, and ask again and again as they like */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pc_renew(p, &a, true), ENROLMENT_WAITS);
		assert_int_equal(pc_renew(p, &b, true), ENROLMENT_WAITS);
	}
	/* the old key is no way back */
	assert_int_equal(pc_renew(p, &a, false), ENROLMENT_REQUEST_BAD);
	assert_int_equal(n_waiting(p, &p->reach_top), 2);
	assert_int_equal(n_waiting(p, &p->reach_west), 0);
	/* an officer says which is which */
	SCENE_OK(sign_public(a.next_secret, public_key));
	SCENE_OK(authority_key_id(public_key, a.key));
	SCENE_OK(sign_public(b.next_secret, public_key));
	SCENE_OK(authority_key_id(public_key, b_key));
	second = province_machine(p, p->east, "MAY-02", "", "");
	SCENE_OK(identity_confirm(p->store, &p->act, a.key, machine, &scene_diag));
	SCENE_OK(identity_confirm(p->store, &p->act, b_key, second, &scene_diag));
	assert_int_equal(pc_renew(p, &a, true), ENROLMENT_DONE);
	assert_int_equal(pc_renew(p, &b, true), ENROLMENT_DONE);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(pc_check_in(p, &a, &admission), 0);
		assert_int_equal(admission, ADMITTED);
		assert_int_equal(pc_check_in(p, &b, &admission), 0);
		assert_int_equal(admission, ADMITTED);
	}
	province_close(p);
}

static void a_machine_set_back_gets_new_streams_and_no_alarm(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "PHONG-MAY-7", "", "");
	struct pc pc = pc_of_machine(p, machine, 1), frozen;
	enum admission_state admission;

	assert_int_equal(pc_check_in(p, &pc, NULL), 0);
	frozen = pc;
	for (uint8_t day = 2; day < 30; day++) {
		for (int i = 0; i < 3; i++)
			assert_int_equal(pc_check_in(p, &pc, NULL), 0);
		pc = frozen;
		pc_boot(&pc, day);
		assert_int_equal(pc_check_in(p, &pc, &admission), WANT_NEW_STREAMS);
		assert_int_equal(admission, ADMITTED);
	}
	province_close(p);
}

/* A spent key is not a door: whoever holds it can make only so many others wait. */
static void a_stolen_key_does_not_fill_the_store(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	struct pc a = pc_of_machine(p, machine, 1), b;

	(void)pc_check_in(p, &a, NULL);
	b = a;
	pc_boot(&b, 20);
	(void)pc_check_in(p, &b, NULL);
	(void)pc_check_in(p, &a, NULL);
	for (uint8_t i = 0; i < CAP_KEYS_OF_ONE; i++) {
		a.next_secret[5] = i;
		assert_int_equal(pc_renew(p, &a, true), ENROLMENT_WAITS);
	}
	a.next_secret[5] = CAP_KEYS_OF_ONE;
	assert_int_equal(pc_renew(p, &a, true), ENROLMENT_CODE_USED_UP);
	province_close(p);
}

/* ---- certificates ---- */

static void a_certificate_is_renewed_by_itself(void **state)
{
	struct province *p = province_open(state);
	struct pc pc =
	    pc_of_machine(p, province_machine(p, p->east, "MAY-01", "", ""), 1);
	enum admission_state admission;

	assert_int_equal(pc_check_in(p, &pc, NULL), 0);
	province_pass(p, 59 * AUTHORITY_DAY_MS);
	assert_int_equal(pc_check_in(p, &pc, NULL), 0);
	province_pass(p, AUTHORITY_DAY_MS);
	assert_int_equal(pc_check_in(p, &pc, &admission), WANT_RENEW);
	assert_int_equal(admission, ADMITTED);
	assert_int_equal(pc_renew(p, &pc, false), ENROLMENT_DONE);
	assert_int_equal(pc_check_in(p, &pc, NULL), 0);
	province_close(p);
}

static void an_ended_certificate_may_only_renew(void **state)
{
	struct province *p = province_open(state);
	struct pc pc =
	    pc_of_machine(p, province_machine(p, p->east, "MAY-01", "", ""), 1);
	enum admission_state admission;

	province_pass(p, 400 * AUTHORITY_DAY_MS);
	assert_int_equal(pc_check_in(p, &pc, &admission), WANT_RENEW);
	assert_int_equal(admission, ADMIT_RENEW_ONLY);
	assert_int_equal(pc_renew(p, &pc, false), ENROLMENT_DONE);
	assert_int_equal(pc_check_in(p, &pc, &admission), 0);
	assert_int_equal(admission, ADMITTED);
	province_close(p);
}

/* The centre's own clock was wrong, and was set right. */
static void clocks_of_2009_and_2040_heal(void **state)
{
	static const uint64_t wrong[] = {1230768000000, 2208988800000};

	for (size_t i = 0; i < 2; i++) {
		struct province *p = province_open(state);
		int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
		enum admission_state admission;
		char code[CODE_TEXT];
		struct pc pc = pc_make(1);

		province_code(p, p->east, machine, 1, code);
		if (i == 0) {
			/* the code is not over yet either */
			province_set_clock(p, wrong[i]);
			assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_DONE);
		} else {
			assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_DONE);
			province_set_clock(p, wrong[i]);
		}
		assert_true(pc.time_is_genuine);
		province_set_clock(p, i == 0 ? SCENE_NOW_MS : wrong[i]);
		assert_int_equal(pc_check_in(p, &pc, &admission), WANT_RENEW);
		assert_int_equal(admission, ADMIT_RENEW_ONLY);
		assert_int_equal(pc_renew(p, &pc, false), ENROLMENT_DONE);
		assert_true(pc.time_is_genuine);
		assert_int_equal(pc_check_in(p, &pc, &admission), 0);
		assert_int_equal(admission, ADMITTED);
		province_close(p);
	}
}

static void another_key_takes_the_place_of_the_old_one(void **state)
{
	struct province *p = province_open(state);
	struct pc pc =
	    pc_of_machine(p, province_machine(p, p->east, "MAY-01", "", ""), 1);
	struct pc before = pc;
	enum admission_state admission;

	assert_int_equal(pc_renew(p, &pc, true), ENROLMENT_DONE);
	assert_int_equal(pc_check_in(p, &pc, &admission), 0);
	assert_int_equal(admission, ADMITTED);
	/* the answer was lost: it asks again with the old one */
	assert_int_equal(pc_renew(p, &before, true), ENROLMENT_DONE);
	assert_memory_equal(before.key, pc.key, KEY_ID);
	province_close(p);
}

static void a_revoked_key_is_told_so_and_stays_out(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	struct pc pc = pc_of_machine(p, machine, 1);
	struct buffer revoked = {0};
	enum admission_state admission;

	assert_int_equal(identity_revoke(p->store, &p->act_west, machine, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	SCENE_OK(identity_revoke(p->store, &p->act, machine, &scene_diag));
	assert_int_equal(pc_check_in(p, &pc, &admission), 0);
	assert_int_equal(admission, ADMIT_REVOKED);
	assert_int_equal(pc_renew(p, &pc, false), ENROLMENT_REVOKED);
	assert_int_equal(pc_renew(p, &pc, true), ENROLMENT_REVOKED);
	SCENE_OK(identity_revoked(p->store, p->act.time_ms, &revoked, &scene_diag));
	assert_int_equal(revoked.size, KEY_ID);
	assert_memory_equal(revoked.data, pc.key, KEY_ID);
	buffer_clear(&revoked);
	province_pass(p, 91 * AUTHORITY_DAY_MS);
	assert_int_equal(pc_renew(p, &pc, false), ENROLMENT_REVOKED);
	SCENE_OK(identity_revoked(p->store, p->act.time_ms, &revoked, &scene_diag));
	assert_int_equal(revoked.size, 0);
	buffer_free(&revoked);
	province_close(p);
}

static void nobody_is_nobody(void **state)
{
	struct province *p = province_open(state);
	struct pc pc = pc_make(1);
	enum admission_state admission;

	assert_int_equal(pc_check_in(p, &pc, &admission), 0);
	assert_int_equal(admission, ADMIT_NOBODY);
	assert_int_equal(pc_renew(p, &pc, false), ENROLMENT_REQUEST_BAD);
	province_close(p);
}

/* ---- a server that is built again (Wazuh 29593, 24339, 11595, 8829) ---- */

static void a_server_from_a_backup_accepts_all(void **state)
{
	struct province *p = province_open(state);
	struct pc pcs[4];
	enum admission_state admission;
	struct store *again;
	char path[256];

	for (uint8_t i = 0; i < 3; i++) {
		int64_t machine = province_machine(p, p->east, "MAY-CHU", "", "");

		pcs[i] = pc_of_machine(p, machine, (uint8_t)(i + 1));
		(void)pc_check_in(p, &pcs[i], NULL);
	}
	SCENE_OK(store_commit(p->store, &scene_diag));
	snprintf(path, sizeof path, "%s/backup", scene_folder(state));
	SCENE_OK(store_backup(p->store, path, &scene_diag));
	/* after the backup: one more, and all go on */
	SCENE_OK(store_begin(p->store, &scene_diag));
	pcs[3] = pc_of_machine(p, province_machine(p, p->west, "MOI", "", ""), 4);
	for (size_t i = 0; i < 4; i++)
		(void)pc_check_in(p, &pcs[i], NULL);
	store_rollback(p->store);

	SCENE_OK(
	    store_open(scene_empty(state, scene_kind(state)), &again, &scene_diag));
	SCENE_OK(store_restore(again, path, &scene_diag));
	p->desk.store = again;
	SCENE_OK(store_begin(again, &scene_diag));
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(pc_check_in(p, &pcs[i], &admission), 0);
		assert_int_equal(admission, ADMITTED);
	}
	/* its certificate is ours: it stays in touch, and an officer is asked */
	assert_int_equal(pc_check_in(p, &pcs[3], &admission), 0);
	assert_int_equal(admission, ADMIT_WAITING);
	{
		struct store *old = p->store;

		p->store = again;
		assert_int_equal(n_waiting(p, &p->reach_top), 1);
		SCENE_OK(identity_confirm(again, &p->act, pcs[3].key,
					  province_machine(p, p->west, "MOI", "", ""),
					  &scene_diag));
		p->store = old;
	}
	assert_int_equal(pc_check_in(p, &pcs[3], &admission), 0);
	assert_int_equal(admission, ADMITTED);
	store_rollback(again);
	store_close(again);
	province_close(p);
}

static void without_the_signer_it_says_come_again(void **state)
{
	struct province *p = province_open(state);
	struct pc pc =
	    pc_of_machine(p, province_machine(p, p->east, "MAY-01", "", ""), 1);
	const struct agent_check_in check_in = {.counter = 1};
	struct agent_check_in_answer answer;
	struct admission admission;

	p->signer_is_away = true;
	assert_int_equal(desk_check_in(&p->desk, &pc.speaker, &check_in, &answer,
				       &admission, &scene_diag),
			 RQ_ERR_RETRY);
	province_close(p);
}

/* ---- neighbours ---- */

struct seen {
	struct neighbour_tally tallies[4];
	size_t n;
};

static enum rq_err take_tally(void *listener, const struct neighbour_tally *tally)
{
	struct seen *seen = listener;

	assert_true(seen->n < 4);
	seen->tallies[seen->n++] = *tally;
	return RQ_OK;
}

static void unregistered_machines_are_counted_by_unit(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->commune, "MAY-01", "", "");
	const struct agent_neighbours neighbours = {
	    .rows = {{4, {192, 0, 2, 1}, {2, 0, 0x5e, 0x10, 0, 1}},
		     {4, {192, 0, 2, 2}, {2, 0, 0x5e, 0x10, 0, 2}},
		     {6, {0xfe, 0x80}, {2, 0, 0x5e, 0x10, 0, 2}},
		     {4, {192, 0, 2, 255}, {255, 255, 255, 255, 255, 255}},
		     {4, {192, 0, 2, 9}, {0}}},
	    .n_rows = 5};
	struct pc pc = pc_make(1);
	struct admission admission;
	struct seen seen = {0};
	char code[CODE_TEXT];
	int64_t n;

	pc.link = "02-00-5E-10-00-01";
	province_code(p, p->commune, machine, 1, code);
	assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_DONE);
	SCENE_OK(identity_admit(&p->desk, &pc.speaker, &admission, &scene_diag));
	SCENE_OK(neighbour_note(&p->desk, &admission, &neighbours, &scene_diag));
	SCENE_OK(neighbour_note(&p->desk, &admission, &neighbours, &scene_diag));
	SCENE_OK(neighbour_list(p->store, &p->reach_top, p->top, 0, &seen, take_tally,
				&scene_diag));
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.tallies[0].unit, p->commune);
	assert_int_equal(seen.tallies[0].n_seen, 2);
	assert_int_equal(seen.tallies[0].n_unregistered, 1);
	/* I6: not to whoever looks after another unit */
	seen.n = 0;
	SCENE_OK(neighbour_list(p->store, &p->reach_west, p->top, 0, &seen, take_tally,
				&scene_diag));
	assert_int_equal(seen.n, 0);
	/* no address is in the store */
	SCENE_OK(store_ask_number(p->store,
				  "SELECT count(*) FROM neighbour WHERE "
				  "length(address_hash) = 16",
				  NULL, 0, &n, &scene_diag));
	assert_int_equal(n, 2);
	province_close(p);
}

STORE_TEST_MAIN(cmocka_unit_test(a_life_is_one_or_two),
		cmocka_unit_test(many_boots_are_remembered_and_more_forgotten),
		STORE_TESTS(clones_of_an_image_become_machines_that_wait),
		STORE_TESTS(a_machine_set_back_gets_new_streams_and_no_alarm),
		STORE_TESTS(a_stolen_key_does_not_fill_the_store),
		STORE_TESTS(a_certificate_is_renewed_by_itself),
		STORE_TESTS(an_ended_certificate_may_only_renew),
		STORE_TESTS(clocks_of_2009_and_2040_heal),
		STORE_TESTS(another_key_takes_the_place_of_the_old_one),
		STORE_TESTS(a_revoked_key_is_told_so_and_stays_out),
		STORE_TESTS(nobody_is_nobody),
		STORE_TESTS(a_server_from_a_backup_accepts_all),
		STORE_TESTS(without_the_signer_it_says_come_again),
		STORE_TESTS(unregistered_machines_are_counted_by_unit))
