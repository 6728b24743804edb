/* Signing in and out, and who is signed in. */
#include "centre/http/centre.h"

#include "bytes/encoding.h"
#include "bytes/json.h"
#include "centre/people/session.h"
#include "crypto/secret.h"

#include <inttypes.h>
#include <string.h>

#define COOKIE "raquet_session"
enum { BODY_MAX = 4096, BODY_ARENA = 64 << 10 };

/* ---- secrets as text ---- */

static int hex_digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static bool read_secret(struct bytes text, uint8_t *secret)
{
	if (text.n != 2 * SESSION_TOKEN)
		return false;
	for (size_t i = 0; i < SESSION_TOKEN; i++) {
		int high = hex_digit(text.at[2 * i]),
		    low = hex_digit(text.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		secret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* ---- who is it ---- */

static enum rq_err add_role(void *self, const struct role *role)
{
	((struct route_person *)self)->roles |= (uint32_t)role->kind;
	return RQ_OK;
}

static enum rq_err find_roles(struct centre *centre, struct route_person *person)
{
	struct reach reach = centre_reach(centre, person, ROLES_ALL);

	return role_list(centre->store, &reach, person->id, person, add_role, NULL);
}

static int64_t scope_bit(const char *scope)
{
	static const struct {
		const char *name;
		enum token_scope scope;
	} scopes[] = {{"read", SCOPE_READ},
		      {"register", SCOPE_REGISTER},
		      {"campaign", SCOPE_CAMPAIGN},
		      {"finding", SCOPE_FINDING},
		      {"result", SCOPE_RESULT}};

	for (size_t i = 0; scope != NULL && i < sizeof scopes / sizeof scopes[0]; i++)
		if (strcmp(scopes[i].name, scope) == 0)
			return scopes[i].scope;
	return 0;
}

static enum rq_err find_token(struct centre *centre, struct bytes header,
			      const char *scope, struct route_person *person)
{
	static const char scheme[] = "Bearer ";
	uint8_t secret[SESSION_TOKEN];
	struct bytes text = {header.at + sizeof scheme - 1,
			     header.n - (sizeof scheme - 1)};
	struct token token;
	enum rq_err err;

	if (header.n < sizeof scheme ||
	    memcmp(header.at, scheme, sizeof scheme - 1) != 0 ||
	    !read_secret(text, secret))
		return RQ_ERR_NOT_FOUND;
	err = token_find(&centre->gate, secret, &token, NULL);
	if (err != RQ_OK)
		return err;
	*person = (struct route_person){.id = token.person, .has_token = true};
	return (token.scopes & scope_bit(scope)) != 0 ? RQ_OK : RQ_ERR_ACCESS;
}

static bool find_cookie(const struct http_request *request, uint8_t *secret)
{
	struct bytes value;

	return cookie_find(request->headers[HTTP_COOKIE], COOKIE, &value) &&
	       read_secret(value, secret);
}

/* Not worth a failed request: it is tried again with the next one. */
static void note_seen(struct centre *centre, const uint8_t *secret)
{
	if (centre_change(centre, NULL) != RQ_OK ||
	    store_part_begin(centre->store, NULL) != RQ_OK)
		return;
	if (session_seen(&centre->gate, secret, NULL) != RQ_OK ||
	    store_part_keep(centre->store, NULL) != RQ_OK)
		store_part_undo(centre->store);
}

enum rq_err centre_who_is(void *self, const struct http_request *request,
			  const char *scope, struct route_person *person)
{
	struct centre *centre = self;
	struct bytes authorization = request->headers[HTTP_AUTHORIZATION];
	uint8_t secret[SESSION_TOKEN];
	struct session session;
	enum rq_err err;

	*person = (struct route_person){0};
	if (authorization.n != 0) {
		err = find_token(centre, authorization, scope, person);
	} else if (!find_cookie(request, secret)) {
		return RQ_ERR_NOT_FOUND;
	} else {
		err = session_find(&centre->gate, secret, &session, NULL);
		if (err == RQ_OK && session.is_due)
			note_seen(centre, secret);
		if (err == RQ_OK)
			*person = (struct route_person){
			    .id = session.person, .must_change = session.must_change};
	}
	return err == RQ_OK ? find_roles(centre, person) : err;
}

/* ---- signing in ---- */

struct credentials {
	struct bytes login, password, code, new_password;
};

static bool read_credentials(struct json *json, struct credentials *credentials)
{
	struct bytes key;

	*credentials = (struct credentials){0};
	json_open(json, '{');
	while (json_member(json, &key)) {
		if (bytes_equal_text(key, "login"))
			credentials->login = json_text(json);
		else if (bytes_equal_text(key, "password"))
			credentials->password = json_text(json);
		else if (bytes_equal_text(key, "code"))
			credentials->code = json_text(json);
		else if (bytes_equal_text(key, "new_password"))
			credentials->new_password = json_text(json);
		else
			return false;
	}
	return json_done(json) && credentials->login.n != 0;
}

static void give_session(struct route_call *call, const struct sign_in *sign_in)
{
	struct buffer cookie = {0};

	buffer_text(&cookie, COOKIE "=");
	encode_hex(&cookie, (struct bytes){sign_in->token, SESSION_TOKEN});
	buffer_text(&cookie, "; Path=/; Secure; HttpOnly; SameSite=Strict");
	http_reply_header(call->reply, "Set-Cookie", buffer_bytes(&cookie));
	secret_wipe(cookie.data, cookie.size);
	buffer_free(&cookie);
	http_reply_header(call->reply, "Content-Type",
			  BYTES_LITERAL("application/json"));
	buffer_format(http_reply_body(call->reply),
		      "{\"person\":%" PRId64 ",\"must_change\":%s}\n", sign_in->person,
		      sign_in->must_change ? "true" : "false");
	http_reply_send(call->reply);
}

static void tell_sign_in(struct route_call *call, const struct sign_in *sign_in)
{
	switch (sign_in->answer) {
	case SIGN_IN_DONE: give_session(call, sign_in); return;
	case SIGN_IN_CODE_WANTED:
		problem_send(call->reply, call->request, PROBLEM_CODE_WANTED,
			     (struct bytes){0});
		return;
	case SIGN_IN_LOCKED:
		problem_send(call->reply, call->request, PROBLEM_LOCKED,
			     (struct bytes){0});
		return;
	case SIGN_IN_REFUSED: break;
	}
	problem_send(call->reply, call->request, PROBLEM_SIGN_IN_REFUSED,
		     (struct bytes){0});
}

/* Who knows the old one may set another, also where nobody may do anything else yet. */
static enum rq_err change_password(struct centre *centre, int64_t person,
				   struct bytes password)
{
	const struct unit_act act = {.time_ms = (int64_t)world_utc_ms(centre->world)};
	char hash[PASSWORD_TEXT];
	enum rq_err err = password_hash(password, &centre->gate.cost, hash, NULL);

	if (err == RQ_OK)
		err = centre_change(centre, NULL);
	if (err == RQ_OK)
		err =
		    person_set_password(centre->store, &act, person, hash, false, NULL);
	secret_wipe(hash, sizeof hash);
	return err;
}

static enum rq_err try_credentials(struct centre *centre,
				   const struct credentials *credentials,
				   struct sign_in *answer)
{
	enum rq_err err = centre_settle(centre); /* it makes changes of its own */

	return err == RQ_OK ? sign_in_password(&centre->gate, credentials->login,
					       credentials->password, credentials->code,
					       answer, NULL)
			    : err;
}

/* Both routes: with a new password the old session ends, too. */
static void read_and_sign_in(struct route_call *call, bool changes)
{
	struct centre *centre = call->centre;
	struct credentials credentials = {0};
	struct sign_in answer = {0};
	struct arena *arena = NULL;
	struct json json;
	enum rq_err err = arena_new(BODY_ARENA, &arena);

	if (err == RQ_OK) {
		json = json_over(call->request->body, arena);
		if (!read_credentials(&json, &credentials) ||
		    (credentials.new_password.n != 0) != changes)
			err = RQ_ERR_USAGE;
	}
	if (err == RQ_OK)
		err = try_credentials(centre, &credentials, &answer);
	if (err == RQ_OK && changes && answer.answer == SIGN_IN_DONE)
		err = change_password(centre, answer.person, credentials.new_password);
	arena_free(arena);
	if (err != RQ_OK) {
		problem_send(call->reply, call->request, problem_of(err),
			     (struct bytes){0});
	} else if (changes && answer.answer == SIGN_IN_DONE) {
		http_reply_status(call->reply, 204);
		http_reply_after_commit(call->reply);
		http_reply_send(call->reply);
	} else {
		tell_sign_in(call, &answer);
	}
	secret_wipe(&answer, sizeof answer);
}

static void sign_in(struct route_call *call)
{
	read_and_sign_in(call, false);
}

static void set_password(struct route_call *call)
{
	read_and_sign_in(call, true);
}

static void sign_out(struct route_call *call)
{
	struct centre *centre = call->centre;
	uint8_t secret[SESSION_TOKEN];
	enum rq_err err = RQ_OK;

	if (find_cookie(call->request, secret)) {
		err = centre_change(centre, NULL);
		if (err == RQ_OK)
			err = session_end(&centre->gate, secret, NULL);
	}
	if (err != RQ_OK) {
		problem_send(call->reply, call->request, problem_of(err),
			     (struct bytes){0});
		return;
	}
	http_reply_status(call->reply, 204);
	http_reply_header(call->reply, "Set-Cookie",
			  BYTES_LITERAL(COOKIE
					"=; Path=/; Max-Age=0; Secure; HttpOnly; "
					"SameSite=Strict"));
	http_reply_after_commit(call->reply);
	http_reply_send(call->reply);
}

static void who_am_i(struct route_call *call)
{
	http_reply_header(call->reply, "Content-Type",
			  BYTES_LITERAL("application/json"));
	buffer_format(http_reply_body(call->reply),
		      "{\"person\":%" PRId64 ",\"roles\":%" PRIu32
		      ",\"must_change\":%s}\n",
		      call->person.id, call->person.roles,
		      call->person.must_change ? "true" : "false");
	http_reply_send(call->reply);
}

static const struct route rows[] = {
    {METHOD_POST, "/api/v1/session", AT_PEOPLE, ROUTE_ANYONE, 0, NULL, BODY_MAX,
     RATE_SIGN_IN, sign_in},
    {METHOD_POST, "/api/v1/password", AT_PEOPLE, ROUTE_ANYONE, 0, NULL, BODY_MAX,
     RATE_SIGN_IN, set_password},
    {METHOD_GET, "/api/v1/session", AT_PEOPLE, ROUTE_PERSON, 0, "read", 0, RATE_READ,
     who_am_i, .also_unchanged = true},
    {METHOD_DELETE, "/api/v1/session", AT_PEOPLE, ROUTE_ANYONE, 0, NULL, 0,
     RATE_SIGN_IN, sign_out},
};

const struct route_table routes_people = {rows, sizeof rows / sizeof rows[0]};
