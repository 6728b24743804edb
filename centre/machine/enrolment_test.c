/* How a machine is let in, and what never decides it. */
#include "centre/machine/machine_scene.h"

#include "crypto/certificate_request.h"
#include "sealed/sealed.h"

#include <string.h>

/* ---- codes on paper ---- */

static const uint8_t print[AGENT_DIGEST] = {0xA5, 0x5A, 3,  4,  5,  6,   7,
					    8,    9,    10, 11, 12, 0xFF};

static enum code_refusal read_code(const char *text, const uint8_t *fingerprint)
{
	uint8_t hash[CODE_HASH];
	enum code_refusal refusal;

	assert_int_equal(code_read(bytes_of(text), fingerprint, hash, &refusal), RQ_OK);
	return refusal;
}

static void a_code_is_read_as_people_type_it(void **state)
{
	const uint8_t chance[CODE_CHANCE] = {0, 1, 31, 7, 8, 9, 10, 11, 0, 1, 2, 3},
		      other[AGENT_DIGEST] = {1};
	char text[CODE_TEXT], typed[2 * CODE_TEXT];
	size_t n = 0;

	(void)state;
	code_write(chance, print, text);
	assert_int_equal(strlen(text), 41);
	assert_int_equal(read_code(text, print), CODE_GOOD);
	assert_int_equal(read_code(text, other), CODE_OTHER);
	for (const char *at = text; *at != 0; at++) {
		char c = *at == '0' ? 'o' : *at == '1' ? 'l' : *at;

		if (c == '-')
			continue;
		typed[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
		if (n % 7 == 0)
			typed[n++] = ' ';
	}
	typed[n] = 0;
	assert_int_equal(read_code(typed, print), CODE_GOOD);
	text[40] = 0;
	assert_int_equal(read_code(text, print), CODE_MISTYPED);
	assert_int_equal(read_code("", print), CODE_MISTYPED);
}

static void any_slip_of_the_finger_is_noticed(void **state)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZU*";
	const uint8_t chance[CODE_CHANCE] = {5, 17, 31, 7, 8, 9, 10, 11, 0, 1, 2, 3};
	char text[CODE_TEXT], wrong[CODE_TEXT];

	(void)state;
	code_write(chance, print, text);
	for (size_t i = 0; text[i] != 0; i++) {
		memcpy(wrong, text, sizeof text);
		for (const char *symbol = symbols; *symbol != 0; symbol++) {
			wrong[i] = *symbol;
			if (text[i] != '-' && *symbol != text[i])
				assert_int_equal(read_code(wrong, print),
						 CODE_MISTYPED);
		}
		memcpy(wrong, text, sizeof text);
		if (text[i] != '-' && text[i + 1] != '-' && text[i + 1] != 0 &&
		    text[i] != text[i + 1]) {
			wrong[i] = text[i + 1];
			wrong[i + 1] = text[i];
			assert_int_equal(read_code(wrong, print), CODE_MISTYPED);
		}
	}
}

/* ---- a machine's own code ---- */

static void the_code_of_a_row_binds_it_once(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "TS-1", "");
	struct pc pc = pc_make(1), thief = pc_make(2);
	char unit_code[CODE_TEXT], code[CODE_TEXT];
	uint8_t key[KEY_ID];

	province_code(p, p->east, 0, 5, unit_code);
	province_code(p, p->east, machine, 1, code);
	assert_int_equal(pc_enrol(p, &pc, unit_code, code), ENROLMENT_DONE);
	assert_int_equal(pc.n_chain, 3);
	assert_true(pc.time_is_genuine);
	SCENE_OK(identity_of_machine(p->store, machine, key, &scene_diag));
	assert_memory_equal(key, pc.key, KEY_ID);
	/* the answer was lost: the same again */
	assert_int_equal(pc_enrol(p, &pc, unit_code, code), ENROLMENT_DONE);
	assert_int_equal(pc_enrol(p, &thief, unit_code, code), ENROLMENT_ROW_TAKEN);
	assert_int_equal(pc_enrol(p, &thief, code, ""), ENROLMENT_ROW_TAKEN);
	province_close(p);
}

/* New key, facts fit: an officer is asked, and the old key ends with his word. */
static void a_machine_that_was_set_up_again_waits(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "SN-4711");
	struct pc before = pc_make(1), after = pc_make(2);
	struct candidate candidates[CANDIDATES];
	enum admission_state admission;
	struct buffer room = {0};
	struct identity identity;
	uint8_t key[KEY_ID], public_key[SIGN_PUBLIC_SIZE];
	char code[CODE_TEXT];
	size_t n;

	province_code(p, p->east, machine, 1, code);
	before.serial = after.serial = "SN-4711";
	assert_int_equal(pc_enrol(p, &before, code, ""), ENROLMENT_DONE);
	assert_int_equal(pc_enrol(p, &after, code, ""), ENROLMENT_WAITS);
	assert_true(after.come_back_ms >= 600000);
	SCENE_OK(sign_public(after.secret, public_key));
	SCENE_OK(authority_key_id(public_key, key));
	SCENE_OK(identity_find(p->store, key, &room, &identity, &scene_diag));
	SCENE_OK(identity_candidates(p->store, p->top, p->act.today, identity.facts,
				     candidates, &n, &scene_diag));
	assert_int_equal(n, 1);
	assert_int_equal(candidates[0].machine, machine);
	assert_true(candidates[0].serial_fits && candidates[0].has_key);
	assert_int_equal(pc_check_in(p, &before, &admission), 0);
	assert_int_equal(admission, ADMITTED);
	SCENE_OK(identity_confirm(p->store, &p->act, key, machine, &scene_diag));
	assert_int_equal(pc_enrol(p, &after, code, ""), ENROLMENT_DONE);
	assert_int_equal(pc_check_in(p, &after, &admission), 0);
	assert_int_equal(admission, ADMITTED);
	(void)pc_check_in(p, &before, &admission);
	assert_int_equal(admission, ADMIT_NEW_KEY);
	buffer_free(&room);
	province_close(p);
}

/* ---- a unit's code ---- */

static void a_unit_code_is_counted_and_waits(void **state)
{
	struct province *p = province_open(state);
	struct pc pcs[3] = {pc_make(1), pc_make(2), pc_make(3)};
	char code[CODE_TEXT];

	province_code(p, p->east, 0, 2, code);
	assert_int_equal(pc_enrol(p, &pcs[0], code, ""), ENROLMENT_WAITS);
	assert_int_equal(pc_enrol(p, &pcs[0], code, ""), ENROLMENT_WAITS);
	assert_int_equal(pc_enrol(p, &pcs[1], code, ""), ENROLMENT_WAITS);
	assert_int_equal(pc_enrol(p, &pcs[2], code, ""), ENROLMENT_CODE_USED_UP);
	/* it waits as long as the officer likes, longer than the code */
	province_pass(p, 30ull * SCENE_DAY_MS);
	assert_int_equal(pc_enrol(p, &pcs[0], code, ""), ENROLMENT_WAITS);
	assert_int_equal(pc_enrol(p, &pcs[2], code, ""), ENROLMENT_CODE_EXPIRED);
	province_close(p);
}

static void codes_that_do_not_count(void **state)
{
	struct province *p = province_open(state);
	const uint8_t chance[CODE_CHANCE] = {1}, other[AGENT_DIGEST] = {9};
	struct pc pc = pc_make(1);
	char code[CODE_TEXT], lost[CODE_TEXT];

	code_write(chance, p->fingerprint, code);
	assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_CODE_UNKNOWN);
	code_write(chance, other, code);
	assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_CODE_UNKNOWN);
	assert_int_equal(pc_enrol(p, &pc, "XA-BINH-MINH-7K2M", ""),
			 ENROLMENT_CODE_UNKNOWN);
	assert_int_equal(pc_enrol(p, &pc, "", ""), ENROLMENT_CODE_UNKNOWN);
	province_code(p, p->east, 0, 2, code);
	assert_int_equal(pc_enrol(p, &pc, code, "no code"), ENROLMENT_CODE_UNKNOWN);
	province_code(p, p->west, 0, 2, lost);
	SCENE_OK(code_end_all(p->store, &p->act_west, p->west, &scene_diag));
	assert_int_equal(pc_enrol(p, &pc, lost, ""), ENROLMENT_CODE_EXPIRED);
	assert_int_equal(code_end_all(p->store, &p->act_west, p->east, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_WAITS);
	province_close(p);
}

static void the_code_of_a_machine_that_is_gone_is_over(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	struct pc pc = pc_make(1);
	char code[CODE_TEXT];

	province_code(p, p->east, machine, 1, code);
	SCENE_OK(
	    machine_end(p->store, &p->act, machine, p->act.today + 1, &scene_diag));
	province_pass(p, SCENE_DAY_MS);
	assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_CODE_EXPIRED);
	province_close(p);
}

static enum rq_err count_key(void *listener, const struct identity *identity)
{
	(void)identity;
	++*(size_t *)listener;
	return RQ_OK;
}

/* Its officer is gone: whoever has its work now is asked. */
static void what_waits_in_a_merged_unit_waits_in_its_successor(void **state)
{
	struct province *p = province_open(state);
	const struct unit_act centre = {NULL, p->act.time_ms, p->act.today};
	struct pc pc = pc_make(1), late = pc_make(2);
	char code[CODE_TEXT];
	size_t n = 0;

	province_code(p, p->commune, 0, 2, code);
	assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_WAITS);
	SCENE_OK(unit_merge(p->store, &centre, &p->commune, 1, p->west,
			    p->act.today + 1, &scene_diag));
	SCENE_OK(identity_follow_units(p->store, p->act.today, &scene_diag));
	SCENE_OK(
	    identity_waiting(p->store, &p->reach_west, 10, &n, count_key, &scene_diag));
	assert_int_equal(n, 0);
	province_pass(p, SCENE_DAY_MS);
	SCENE_OK(identity_follow_units(p->store, p->act.today, &scene_diag));
	assert_int_equal(pc_enrol(p, &late, code, ""), ENROLMENT_WAITS);
	SCENE_OK(
	    identity_waiting(p->store, &p->reach_west, 10, &n, count_key, &scene_diag));
	assert_int_equal(n, 2);
	province_close(p);
}

static void codes_that_are_not_made(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	const int64_t soon = p->act.time_ms + SCENE_DAY_MS;
	const struct {
		struct code_order order;
		enum rq_err err;
	} cases[] = {
	    {{p->east, 0, 0, soon}, RQ_ERR_USAGE},
	    {{p->east, 0, CAP_CODE_USES + 1, soon}, RQ_ERR_USAGE},
	    {{p->east, 0, 5, p->act.time_ms}, RQ_ERR_USAGE},
	    {{p->east, 0, 5, soon + 401 * (int64_t)SCENE_DAY_MS}, RQ_ERR_USAGE},
	    {{p->east, machine, 2, soon}, RQ_ERR_USAGE},
	    {{p->west, machine, 1, soon}, RQ_ERR_USAGE},
	    {{999999, 0, 5, soon}, RQ_ERR_NOT_FOUND},
	};
	char code[CODE_TEXT];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(code_make(p->store, &p->act, &p->world, p->fingerprint,
					   &cases[i].order, code, &scene_diag),
				 cases[i].err);
		assert_int_equal(code[0], 0);
	}
	/* I6: not for a unit of others */
	assert_int_equal(code_make(p->store, &p->act_west, &p->world, p->fingerprint,
				   &(struct code_order){p->east, 0, 5, soon}, code,
				   &scene_diag),
			 RQ_ERR_NOT_FOUND);
	province_close(p);
}

/* ---- what never decides ---- */

/* Wazuh 29593: duplicate names were refused; rport 824: many cheap PCs share one SMBIOS
 * UUID. */
static void equal_names_and_numbers_are_different_machines(void **state)
{
	static const char uuid[] = "03000200-0400-0500-0006-000700080009";
	struct province *p = province_open(state);
	struct candidate candidates[CANDIDATES];
	struct buffer facts = {0};
	char code[CODE_TEXT];
	int64_t rows[3];
	size_t n;

	province_code(p, p->east, 0, 3, code);
	for (uint8_t i = 0; i < 3; i++) {
		struct pc pc = pc_make((uint8_t)(i + 1));
		uint8_t key[KEY_ID], public_key[SIGN_PUBLIC_SIZE];

		pc.name = "DESKTOP";
		pc.serial = uuid;
		rows[i] = province_machine(p, p->east, "DESKTOP", "", uuid);
		assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_WAITS);
		SCENE_OK(sign_public(pc.secret, public_key));
		SCENE_OK(authority_key_id(public_key, key));
		SCENE_OK(
		    identity_confirm(p->store, &p->act, key, rows[i], &scene_diag));
		assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_DONE);
	}
	/* the number says nothing: only names fit, of all three */
	identity_facts_write(
	    (const struct agent_fact[]){{FACT_SERIAL, bytes_of(uuid)},
					{FACT_HOST_NAME, BYTES_LITERAL("Desktop")}},
	    2, &facts);
	SCENE_OK(identity_candidates(p->store, p->top, p->act.today,
				     buffer_bytes(&facts), candidates, &n,
				     &scene_diag));
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++)
		assert_true(!candidates[i].serial_fits && candidates[i].name_fits);
	buffer_free(&facts);
	province_close(p);
}

static void a_bad_request_is_refused(void **state)
{
	struct province *p = province_open(state);
	struct agent_enrol enrol = {.program = BYTES_LITERAL("0.1.0")};
	struct buffer request = {0}, message = {0}, answer = {0};
	struct agent_enrolled enrolled;
	const uint8_t secret[SIGN_SECRET_SIZE] = {1};
	char code[CODE_TEXT];

	province_code(p, p->east, 0, 1, code);
	SCENE_OK(certificate_request_write(secret, &request));
	request.data[request.size - 1] ^= 1;
	enrol.unit_code = bytes_of(code);
	enrol.request = buffer_bytes(&request);
	agent_enrol_encode(&enrol, &message);
	SCENE_OK(desk_enrol(&p->desk, buffer_bytes(&message), &answer, &scene_diag));
	assert_int_equal(agent_enrolled_decode(buffer_bytes(&answer), &enrolled),
			 RQ_OK);
	assert_int_equal(enrolled.status, ENROLMENT_REQUEST_BAD);
	message.size--;
	assert_int_equal(
	    desk_enrol(&p->desk, buffer_bytes(&message), &answer, &scene_diag),
	    RQ_ERR_FORMAT);
	buffer_free(&request);
	buffer_free(&message);
	buffer_free(&answer);
	province_close(p);
}

static void an_officer_confirms_or_refuses_what_he_reaches(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	struct pc pc = pc_make(1), foe = pc_make(2);
	uint8_t key[KEY_ID], foe_key[KEY_ID], public_key[SIGN_PUBLIC_SIZE];
	char code[CODE_TEXT];

	province_code(p, p->east, 0, 2, code);
	(void)pc_enrol(p, &pc, code, "");
	(void)pc_enrol(p, &foe, code, "");
	SCENE_OK(sign_public(pc.secret, public_key));
	SCENE_OK(authority_key_id(public_key, key));
	SCENE_OK(sign_public(foe.secret, public_key));
	SCENE_OK(authority_key_id(public_key, foe_key));
	assert_int_equal(
	    identity_confirm(p->store, &p->act_west, key, machine, &scene_diag),
	    RQ_ERR_NOT_FOUND);
	assert_int_equal(identity_refuse(p->store, &p->act_west, key, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	SCENE_OK(identity_confirm(p->store, &p->act, key, machine, &scene_diag));
	assert_int_equal(identity_confirm(p->store, &p->act, key, machine, &scene_diag),
			 RQ_ERR_CONFLICT);
	SCENE_OK(identity_refuse(p->store, &p->act, foe_key, &scene_diag));
	assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_DONE);
	assert_int_equal(pc_enrol(p, &foe, code, ""), ENROLMENT_REVOKED);
	province_close(p);
}

STORE_TEST_MAIN(cmocka_unit_test(a_code_is_read_as_people_type_it),
		cmocka_unit_test(any_slip_of_the_finger_is_noticed),
		STORE_TESTS(the_code_of_a_row_binds_it_once),
		STORE_TESTS(a_machine_that_was_set_up_again_waits),
		STORE_TESTS(a_unit_code_is_counted_and_waits),
		STORE_TESTS(the_code_of_a_machine_that_is_gone_is_over),
		STORE_TESTS(what_waits_in_a_merged_unit_waits_in_its_successor),
		STORE_TESTS(codes_that_do_not_count),
		STORE_TESTS(codes_that_are_not_made),
		STORE_TESTS(equal_names_and_numbers_are_different_machines),
		STORE_TESTS(a_bad_request_is_refused),
		STORE_TESTS(an_officer_confirms_or_refuses_what_he_reaches))
