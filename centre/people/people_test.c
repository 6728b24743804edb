#include "centre/store/store_scene.h"

#include "centre/audit/audit.h"
#include "centre/people/session.h"
#include "world/virtual.h"

#include <string.h>

enum { TODAY = 18000, START_MS = 1600000000 };

static const uint8_t key[TOTP_KEY] = {1, 2, 3};

/* One unit with one account, "an.mai", and a clock. */
struct hall {
	struct world_virtual virtual;
	struct world world;
	struct gate gate;
	struct unit_act act;
	struct store *store;
	int64_t unit, other_unit, person;
};

#define PASSWORD "dung mot minh"

static int64_t add_unit(struct hall *hall, const char *name)
{
	const struct unit unit = {
	    .first_day = TODAY, .name = bytes_of(name), .kind = UNIT_DEPARTMENT};
	int64_t id;

	SCENE_OK(unit_add(hall->store, &hall->act, &unit, &id, &scene_diag));
	return id;
}

static int64_t add_person(struct hall *hall, int64_t unit, const char *login)
{
	const struct person person = {.unit = unit,
				      .login = bytes_of(login),
				      .name = bytes_of("Mai Văn An"),
				      .phone = bytes_of("0200 000 000")};
	const struct password_cost cost = password_cost_least();
	char password[PASSWORD_TEXT];
	int64_t id;

	SCENE_OK(password_hash(bytes_of(PASSWORD), &cost, password, &scene_diag));
	SCENE_OK(
	    person_add(hall->store, &hall->act, &person, password, &id, &scene_diag));
	return id;
}

static void enter(void **state, struct hall *hall)
{
	memset(hall, 0, sizeof *hall);
	world_virtual(&hall->virtual, 1, (uint64_t)START_MS * 1000, &hall->world);
	hall->store = scene_store(state);
	hall->gate =
	    (struct gate){hall->store, &hall->world, key, password_cost_least()};
	hall->act = (struct unit_act){NULL, (int64_t)START_MS * 1000, TODAY};
	SCENE_OK(store_begin(hall->store, &scene_diag));
	hall->unit = add_unit(hall, "Sở Nội vụ");
	hall->other_unit = add_unit(hall, "Sở Y tế");
	hall->person = add_person(hall, hall->unit, "An.Mai");
	SCENE_OK(store_commit(hall->store, &scene_diag));
}

static struct sign_in try(struct hall *hall, const char *login, const char *password,
			  const char *code)
{
	struct sign_in out;

	SCENE_OK(sign_in_password(&hall->gate, bytes_of(login), bytes_of(password),
				  bytes_of(code), &out, &scene_diag));
	return out;
}

static enum rq_err find(struct hall *hall, const struct sign_in *signed_in,
			struct session *session)
{
	return session_find(&hall->gate, signed_in->token, session, &scene_diag);
}

/* ---- passwords ---- */

static void a_password_is_argon2id_of_the_named_cost(void **state)
{
	const struct password_cost cost = password_cost_default();
	char text[PASSWORD_TEXT];
	bool matches;

	(void)state;
	assert_int_equal(password_hash(bytes_of(PASSWORD), &cost, text, NULL), RQ_OK);
	assert_memory_equal(text, "$argon2id$v=19$m=65536,t=3,p=1$", 31);
	assert_int_equal(password_matches(bytes_of(PASSWORD), text, &cost, &matches),
			 RQ_OK);
	assert_true(matches);
	assert_int_equal(
	    password_matches(bytes_of(PASSWORD " "), text, &cost, &matches), RQ_OK);
	assert_false(matches);
}

static void short_and_endless_passwords_are_refused(void **state)
{
	const struct password_cost cost = password_cost_least();
	uint8_t longest[PASSWORD_MAX + 1] = {0};
	char text[PASSWORD_TEXT];

	(void)state;
	memset(longest, 'a', sizeof longest);
	assert_int_equal(password_hash(bytes_of("123456789"), &cost, text, NULL),
			 RQ_ERR_USAGE);
	assert_int_equal(
	    password_hash((struct bytes){longest, PASSWORD_MAX}, &cost, text, NULL),
	    RQ_OK);
	assert_int_equal(
	    password_hash((struct bytes){longest, sizeof longest}, &cost, text, NULL),
	    RQ_ERR_USAGE);
}

/* ---- one-time codes ---- */

static void codes_are_those_of_rfc_6238(void **state)
{
	/* appendix B, SHA-1, the last six digits */
	static const struct {
		int64_t time;
		const char *code;
	} cases[] = {
	    {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
	    {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
	};
	const uint8_t *secret = (const uint8_t *)"12345678901234567890";

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t step;
		bool matches;

		assert_int_equal(totp_matches(secret, bytes_of(cases[i].code),
					      cases[i].time * 1000, 0, &step, &matches),
				 RQ_OK);
		assert_true(matches);
		assert_int_equal(step, cases[i].time / 30);
		/* used once */
		assert_int_equal(totp_matches(secret, bytes_of(cases[i].code),
					      cases[i].time * 1000, step, &step,
					      &matches),
				 RQ_OK);
		assert_false(matches);
	}
}

static void a_code_serves_a_step_before_and_after(void **state)
{
	static const struct {
		int64_t time_ms;
		bool matches;
	} cases[] = {{1234567890000 - 60001, false},
		     {1234567890000 - 30000, true},
		     {1234567890000 + 59999, true},
		     {1234567890000 + 60000, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t step;
		bool matches;

		assert_int_equal(totp_matches((const uint8_t *)"12345678901234567890",
					      bytes_of("005924"), cases[i].time_ms, 0,
					      &step, &matches),
				 RQ_OK);
		assert_int_equal(matches, cases[i].matches);
	}
}

static void the_address_is_escaped(void **state)
{
	struct buffer out = {0};

	(void)state;
	totp_address((const uint8_t *)"12345678901234567890", bytes_of("Sở TT&TT"),
		     bytes_of("an"), &out);
	assert_true(bytes_equal_text(
	    buffer_bytes(&out),
	    "otpauth://totp/"
	    "S%E1%BB%9F%20TT%26TT:an?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	    "&issuer=S%E1%BB%9F%20TT%26TT"));
	buffer_free(&out);
}

static void a_sealed_secret_is_of_one_account(void **state)
{
	struct world_virtual virtual;
	struct world world;
	uint8_t sealed[TOTP_SEALED], secret[TOTP_SECRET];
	struct bytes box = {sealed, sizeof sealed};

	(void)state;
	world_virtual(&virtual, 1, 0, &world);
	assert_int_equal(
	    totp_seal(&world, key, 7, (const uint8_t *)"12345678901234567890", sealed),
	    RQ_OK);
	assert_int_equal(totp_open(key, 7, box, secret), RQ_OK);
	assert_memory_equal(secret, "12345678901234567890", TOTP_SECRET);
	assert_int_equal(totp_open(key, 8, box, secret), RQ_ERR_FORMAT);
	sealed[20] ^= 1;
	assert_int_equal(totp_open(key, 7, box, secret), RQ_ERR_FORMAT);
	box.n--;
	assert_int_equal(totp_open(key, 7, box, secret), RQ_ERR_FORMAT);
}

/* ---- signing in ---- */

static void the_right_password_begins_a_session(void **state)
{
	struct hall hall;
	struct sign_in in;
	struct session session;

	enter(state, &hall);
	in = try(&hall, "AN.MAI", PASSWORD, "");
	assert_int_equal(in.answer, SIGN_IN_DONE);
	assert_true(in.must_change);
	SCENE_OK(find(&hall, &in, &session));
	assert_int_equal(session.person, hall.person);
	assert_int_equal(session.factor, FACTOR_PASSWORD);
	assert_true(session.must_change);
	in.token[0] ^= 1;
	assert_int_equal(find(&hall, &in, &session), RQ_ERR_NOT_FOUND);
	assert_int_equal(try(&hall, "an.mai", "dung hai minh", "").answer,
			 SIGN_IN_REFUSED);
	assert_int_equal(try(&hall, "ai.khac", PASSWORD, "").answer, SIGN_IN_REFUSED);
	assert_int_equal(try(&hall, "", PASSWORD, "").answer, SIGN_IN_REFUSED);
}

static void the_token_is_not_in_the_store(void **state)
{
	static const char sql[] = "SELECT count(*) FROM session WHERE token_hash = $1";
	struct hall hall;
	struct sign_in in;
	int64_t n;

	enter(state, &hall);
	in = try(&hall, "an.mai", PASSWORD, "");

	const struct store_value value =
	    store_bytes((struct bytes){in.token, sizeof in.token});

	SCENE_OK(store_ask_number(hall.store, sql, &value, 1, &n, &scene_diag));
	assert_int_equal(n, 0);
}

static void guessing_is_slowed(void **state)
{
	struct hall hall;
	struct sign_in in;

	enter(state, &hall);
	for (size_t i = 1; i < SIGN_IN_FREE; i++)
		assert_int_equal(try(&hall, "an.mai", "sai mat khau", "").until_ms, 0);
	in = try(&hall, "an.mai", "sai mat khau", "");
	assert_int_equal(in.answer, SIGN_IN_REFUSED);
	assert_int_equal(in.until_ms, (int64_t)START_MS * 1000 + SIGN_IN_LOCK_MS);
	/* the right one too */
	assert_int_equal(try(&hall, "an.mai", PASSWORD, "").answer, SIGN_IN_LOCKED);
	world_virtual_pass(&hall.virtual, SIGN_IN_LOCK_MS);
	in = try(&hall, "an.mai", "sai mat khau", "");
	assert_int_equal(in.until_ms, (int64_t)START_MS * 1000 + 3 * SIGN_IN_LOCK_MS);
	world_virtual_pass(&hall.virtual, 2 * SIGN_IN_LOCK_MS);
	assert_int_equal(try(&hall, "an.mai", PASSWORD, "").answer, SIGN_IN_DONE);
	/* forgotten */
	assert_int_equal(try(&hall, "an.mai", "sai mat khau", "").until_ms, 0);
}

static void the_delay_grows_to_its_end(void **state)
{
	(void)state;
	assert_int_equal(sign_in_delay_ms(SIGN_IN_FREE - 1), 0);
	assert_int_equal(sign_in_delay_ms(SIGN_IN_FREE), SIGN_IN_LOCK_MS);
	assert_int_equal(sign_in_delay_ms(SIGN_IN_FREE + 1), 2 * SIGN_IN_LOCK_MS);
	assert_int_equal(sign_in_delay_ms(SIGN_IN_FREE + 7), SIGN_IN_LOCK_MAX_MS);
	assert_int_equal(sign_in_delay_ms(INT64_MAX), SIGN_IN_LOCK_MAX_MS);
}

static void a_session_ends(void **state)
{
	struct hall hall;
	struct sign_in in;
	struct session session;

	enter(state, &hall);
	in = try(&hall, "an.mai", PASSWORD, "");
	world_virtual_pass(&hall.virtual, SESSION_IDLE_MS - 1);
	SCENE_OK(find(&hall, &in, &session));
	assert_true(session.is_due);
	world_virtual_pass(&hall.virtual, 1);
	assert_int_equal(find(&hall, &in, &session), RQ_ERR_NOT_FOUND);
	/* seen again and again, until its absolute end */
	in = try(&hall, "an.mai", PASSWORD, "");
	for (int64_t ms = 0; ms < SESSION_MS; ms += SESSION_IDLE_MS / 2) {
		SCENE_OK(find(&hall, &in, &session));
		SCENE_OK(store_begin(hall.store, &scene_diag));
		SCENE_OK(session_seen(&hall.gate, in.token, &scene_diag));
		SCENE_OK(store_commit(hall.store, &scene_diag));
		world_virtual_pass(&hall.virtual, SESSION_IDLE_MS / 2);
	}
	assert_int_equal(find(&hall, &in, &session), RQ_ERR_NOT_FOUND);
}

static void signing_out_ends_a_session(void **state)
{
	struct hall hall;
	struct sign_in in, other;
	struct session session;

	enter(state, &hall);
	in = try(&hall, "an.mai", PASSWORD, "");
	other = try(&hall, "an.mai", PASSWORD, "");
	SCENE_OK(store_begin(hall.store, &scene_diag));
	SCENE_OK(session_end(&hall.gate, in.token, &scene_diag));
	SCENE_OK(session_end(&hall.gate, in.token, &scene_diag));
	SCENE_OK(store_commit(hall.store, &scene_diag));
	assert_int_equal(find(&hall, &in, &session), RQ_ERR_NOT_FOUND);
	SCENE_OK(find(&hall, &other, &session));
}

static void a_new_password_ends_what_the_old_one_opened(void **state)
{
	struct hall hall;
	struct sign_in in;
	struct session session;
	char password[PASSWORD_TEXT];

	enter(state, &hall);
	in = try(&hall, "an.mai", PASSWORD, "");
	SCENE_OK(password_hash(bytes_of("mat khau moi"), &hall.gate.cost, password,
			       &scene_diag));
	SCENE_OK(store_begin(hall.store, &scene_diag));
	SCENE_OK(person_set_password(hall.store, &hall.act, hall.person, password,
				     false, &scene_diag));
	SCENE_OK(store_commit(hall.store, &scene_diag));
	assert_int_equal(find(&hall, &in, &session), RQ_ERR_NOT_FOUND);
	assert_int_equal(try(&hall, "an.mai", PASSWORD, "").answer, SIGN_IN_REFUSED);
	in = try(&hall, "an.mai", "mat khau moi", "");
	assert_int_equal(in.answer, SIGN_IN_DONE);
	assert_false(in.must_change);
}

static void a_code_is_wanted_and_used_once(void **state)
{
	const uint8_t *secret = (const uint8_t *)"12345678901234567890";
	struct hall hall;
	uint8_t sealed[TOTP_SEALED];
	const char *code = "005924"; /* of 1234567890, RFC 6238 appendix B */
	struct sign_in in;
	struct session session;

	enter(state, &hall);
	hall.virtual.utc_ms = 1234567890000;
	SCENE_OK(totp_seal(&hall.world, key, hall.person, secret, sealed));
	SCENE_OK(store_begin(hall.store, &scene_diag));
	SCENE_OK(person_set_totp(hall.store, &hall.act, hall.person,
				 (struct bytes){sealed, sizeof sealed}, &scene_diag));
	SCENE_OK(store_commit(hall.store, &scene_diag));
	assert_int_equal(try(&hall, "an.mai", PASSWORD, "").answer,
			 SIGN_IN_CODE_WANTED);
	assert_int_equal(try(&hall, "an.mai", "sai mat khau", code).answer,
			 SIGN_IN_REFUSED);
	assert_int_equal(try(&hall, "an.mai", PASSWORD, "000000").answer,
			 SIGN_IN_REFUSED);
	in = try(&hall, "an.mai", PASSWORD, code);
	assert_int_equal(in.answer, SIGN_IN_DONE);
	SCENE_OK(find(&hall, &in, &session));
	assert_int_equal(session.factor, FACTOR_CODE);
	assert_int_equal(try(&hall, "an.mai", PASSWORD, code).answer, SIGN_IN_REFUSED);
	/* guessing codes locks as well */
	for (size_t i = 1; i < SIGN_IN_FREE; i++)
		in = try(&hall, "an.mai", PASSWORD, "000000");
	assert_int_equal(try(&hall, "an.mai", PASSWORD, "000000").answer,
			 SIGN_IN_LOCKED);
}

static void a_certificate_opens_on_its_days(void **state)
{
	const int64_t now_ms = (int64_t)START_MS * 1000;
	uint8_t fingerprint[FINGERPRINT] = {9};
	struct hall hall;
	struct sign_in in;
	struct session session;

	enter(state, &hall);
	SCENE_OK(store_begin(hall.store, &scene_diag));
	SCENE_OK(person_add_certificate(hall.store, &hall.act, hall.person, fingerprint,
					now_ms + 10, now_ms + 20, &scene_diag));
	assert_int_equal(person_add_certificate(hall.store, &hall.act, hall.person,
						fingerprint, now_ms, now_ms + 1,
						&scene_diag),
			 RQ_ERR_CONFLICT);
	SCENE_OK(store_commit(hall.store, &scene_diag));
	SCENE_OK(sign_in_certificate(&hall.gate, fingerprint, &in, &scene_diag));
	assert_int_equal(in.answer, SIGN_IN_REFUSED);
	world_virtual_pass(&hall.virtual, 10);
	SCENE_OK(sign_in_certificate(&hall.gate, fingerprint, &in, &scene_diag));
	assert_int_equal(in.answer, SIGN_IN_DONE);
	SCENE_OK(find(&hall, &in, &session));
	assert_int_equal(session.factor, FACTOR_CERTIFICATE);
	world_virtual_pass(&hall.virtual, 10);
	SCENE_OK(sign_in_certificate(&hall.gate, fingerprint, &in, &scene_diag));
	assert_int_equal(in.answer, SIGN_IN_REFUSED);
}

static void an_ended_account_opens_nothing(void **state)
{
	const int64_t now_ms = (int64_t)START_MS * 1000;
	uint8_t fingerprint[FINGERPRINT] = {9}, secret[SESSION_TOKEN];
	struct hall hall;
	struct sign_in in;
	struct session session;
	struct token token = {.name = BYTES_LITERAL("đồng bộ"),
			      .scopes = SCOPE_READ,
			      .ends_ms = now_ms + 1000};
	struct token found;

	enter(state, &hall);
	in = try(&hall, "an.mai", PASSWORD, "");
	token.person = hall.person;
	SCENE_OK(store_begin(hall.store, &scene_diag));
	SCENE_OK(token_give(&hall.gate, &token, secret, &scene_diag));
	SCENE_OK(person_add_certificate(hall.store, &hall.act, hall.person, fingerprint,
					now_ms, now_ms + 20, &scene_diag));
	SCENE_OK(store_commit(hall.store, &scene_diag));
	SCENE_OK(token_find(&hall.gate, secret, &found, &scene_diag));
	SCENE_OK(store_begin(hall.store, &scene_diag));
	SCENE_OK(person_end(hall.store, &hall.act, hall.person, &scene_diag));
	assert_int_equal(person_end(hall.store, &hall.act, hall.person, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	SCENE_OK(store_commit(hall.store, &scene_diag));
	assert_int_equal(find(&hall, &in, &session), RQ_ERR_NOT_FOUND);
	assert_int_equal(token_find(&hall.gate, secret, &found, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	assert_int_equal(try(&hall, "an.mai", PASSWORD, "").answer, SIGN_IN_REFUSED);
	SCENE_OK(sign_in_certificate(&hall.gate, fingerprint, &in, &scene_diag));
	assert_int_equal(in.answer, SIGN_IN_REFUSED);
}

static enum rq_err count_token(void *listener, const struct token *token)
{
	assert_true(token->name.n > 0);
	++*(size_t *)listener;
	return RQ_OK;
}

static void a_token_has_scopes_and_an_end(void **state)
{
	const int64_t now_ms = (int64_t)START_MS * 1000;
	struct hall hall;
	uint8_t secret[SESSION_TOKEN];
	struct token token = {.name = BYTES_LITERAL("đồng bộ"),
			      .scopes = SCOPE_READ | SCOPE_RESULT,
			      .ends_ms = now_ms + 1000};
	struct token found;
	size_t n = 0;

	enter(state, &hall);
	token.person = hall.person;
	SCENE_OK(store_begin(hall.store, &scene_diag));
	SCENE_OK(token_give(&hall.gate, &token, secret, &scene_diag));
	SCENE_OK(token_seen(&hall.gate, token.id, &scene_diag));
	SCENE_OK(store_commit(hall.store, &scene_diag));
	SCENE_OK(token_find(&hall.gate, secret, &found, &scene_diag));
	assert_int_equal(found.person, hall.person);
	assert_int_equal(found.scopes, SCOPE_READ | SCOPE_RESULT);
	assert_int_equal(found.used_ms, now_ms);
	SCENE_OK(token_list(&hall.gate, hall.person, &n, count_token, &scene_diag));
	assert_int_equal(n, 1);
	SCENE_OK(store_begin(hall.store, &scene_diag));
	assert_int_equal(token_end(&hall.gate, hall.person + 1, token.id, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	SCENE_OK(store_commit(hall.store, &scene_diag));
	world_virtual_pass(&hall.virtual, 1000);
	assert_int_equal(token_find(&hall.gate, secret, &found, &scene_diag),
			 RQ_ERR_NOT_FOUND);
}

/* ---- accounts ---- */

static void what_is_no_account_is_refused(void **state)
{
	struct hall hall;
	struct person person = {.login = BYTES_LITERAL("an.MAI"),
				.name = BYTES_LITERAL("Mai An")};
	int64_t id;

	enter(state, &hall);
	person.unit = hall.unit;
	SCENE_OK(store_begin(hall.store, &scene_diag));
	assert_int_equal(
	    person_add(hall.store, &hall.act, &person, NULL, &id, &scene_diag),
	    RQ_ERR_CONFLICT);
	person.login = BYTES_LITERAL("an mai");
	assert_int_equal(
	    person_add(hall.store, &hall.act, &person, NULL, &id, &scene_diag),
	    RQ_ERR_USAGE);
	person.login = BYTES_LITERAL("moi");
	person.name = BYTES_LITERAL("Mai\xe2\x80\xae");
	assert_int_equal(
	    person_add(hall.store, &hall.act, &person, NULL, &id, &scene_diag),
	    RQ_ERR_USAGE);
	store_rollback(hall.store);
}

static void an_administrator_manages_only_what_is_reached(void **state)
{
	struct hall hall;
	struct reach reach = {0, ROLE_ADMINISTRATOR, (int64_t)START_MS * 1000, TODAY};
	struct unit_act act;
	struct role role = {.kind = ROLE_ADMINISTRATOR, .end_ms = FOREVER_MS};
	char password[PASSWORD_TEXT];
	int64_t other;

	enter(state, &hall);
	SCENE_OK(password_hash(bytes_of("mat khau moi"), &hall.gate.cost, password,
			       &scene_diag));
	SCENE_OK(store_begin(hall.store, &scene_diag));
	other = add_person(&hall, hall.other_unit, "khac");
	role.person = reach.person = hall.person;
	role.unit = hall.unit;
	SCENE_OK(role_give(hall.store, NULL, &role, hall.act.time_ms, &scene_diag));
	SCENE_OK(store_commit(hall.store, &scene_diag));
	act = (struct unit_act){&reach, hall.act.time_ms, TODAY};
	SCENE_OK(store_begin(hall.store, &scene_diag));
	assert_int_equal(
	    person_set_password(hall.store, &act, other, password, true, &scene_diag),
	    RQ_ERR_NOT_FOUND);
	assert_int_equal(person_end(hall.store, &act, other, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	assert_int_equal(
	    person_move(hall.store, &act, hall.person, hall.other_unit, &scene_diag),
	    RQ_ERR_NOT_FOUND);
	/* one's own password takes no role */
	reach.person = other;
	SCENE_OK(
	    person_set_password(hall.store, &act, other, password, false, &scene_diag));
	assert_int_equal(person_end(hall.store, &act, other, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	store_rollback(hall.store);
}

static void every_act_is_in_the_audit(void **state)
{
	struct hall hall;
	struct audit_head before, after;
	struct audit_verdict verdict;

	enter(state, &hall);
	SCENE_OK(audit_head(hall.store, &before, &scene_diag));
	(void)try(&hall, "an.mai", "sai mat khau", "");
	(void)try(&hall, "an.mai", PASSWORD, "");
	(void)try(&hall, "ai.khac", PASSWORD, ""); /* nobody's: not told */
	SCENE_OK(store_begin(hall.store, &scene_diag));
	SCENE_OK(person_end(hall.store, &hall.act, hall.person, &scene_diag));
	SCENE_OK(store_commit(hall.store, &scene_diag));
	SCENE_OK(audit_head(hall.store, &after, &scene_diag));
	assert_int_equal(after.number - before.number, 3);
	SCENE_OK(audit_verify(hall.store, NULL, &verdict, &scene_diag));
	assert_int_equal(verdict.state, AUDIT_WHOLE);
}

STORE_TEST_MAIN(cmocka_unit_test(a_password_is_argon2id_of_the_named_cost),
		cmocka_unit_test(short_and_endless_passwords_are_refused),
		cmocka_unit_test(codes_are_those_of_rfc_6238),
		cmocka_unit_test(a_code_serves_a_step_before_and_after),
		cmocka_unit_test(the_address_is_escaped),
		cmocka_unit_test(a_sealed_secret_is_of_one_account),
		cmocka_unit_test(the_delay_grows_to_its_end),
		STORE_TESTS(the_right_password_begins_a_session),
		STORE_TESTS(the_token_is_not_in_the_store),
		STORE_TESTS(guessing_is_slowed), STORE_TESTS(a_session_ends),
		STORE_TESTS(signing_out_ends_a_session),
		STORE_TESTS(a_new_password_ends_what_the_old_one_opened),
		STORE_TESTS(a_code_is_wanted_and_used_once),
		STORE_TESTS(a_certificate_opens_on_its_days),
		STORE_TESTS(an_ended_account_opens_nothing),
		STORE_TESTS(a_token_has_scopes_and_an_end),
		STORE_TESTS(what_is_no_account_is_refused),
		STORE_TESTS(an_administrator_manages_only_what_is_reached),
		STORE_TESTS(every_act_is_in_the_audit))
