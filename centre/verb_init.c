/* init: a store, the agents' authority, the certificate that machines see, the first
 * administrator; and what has to be kept safe. */
#include "bytes/alloc.h"
#include "bytes/encoding.h"
#include "centre/people/person.h"
#include "centre/people/totp.h"
#include "centre/signer/signer.h"
#include "centre/verb.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "os/file.h"
#include "os/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH = 4096, PASSWORD = 20, DAY_MS = 86400000, LOCAL_MS = 7 * 3600000 };

struct making {
	const struct verb_call *call;
	const char *name, *root_key, *admin;
	char authority[PATH], issued[PATH], local_key[PATH];
	struct authority_files files;
	struct store *store;
	char password[PASSWORD + 1];
	uint8_t fingerprint[AGENT_DIGEST];
};

/* ---- files ---- */

/* RFC 7468. */
static void write_pem(struct buffer *out, const char *label, struct bytes der)
{
	struct buffer text = {0};

	encode_base64(&text, der);
	buffer_format(out, "-----BEGIN %s-----\n", label);
	for (size_t at = 0; at < text.size; at += 64) {
		buffer_put(out, text.data + at,
			   text.size - at < 64 ? text.size - at : 64);
		buffer_u8(out, '\n');
	}
	buffer_format(out, "-----END %s-----\n", label);
	if (!buffer_ok(&text))
		out->failed = true;
	alloc_free_secret(text.data, text.capacity);
}

static enum rq_err save(const char *path, struct buffer *content, struct rq_diag *diag)
{
	enum rq_err err = buffer_ok(content)
			      ? file_write_atomic(path, buffer_bytes(content), diag)
			      : rq_fail(diag, RQ_ERR_MEMORY, path, "no memory");

	if (err == RQ_OK && chmod(path, 0600) != 0)
		err = rq_fail(diag, RQ_ERR_SYSTEM, path, "%s", strerror(errno));
	alloc_free_secret(content->data, content->capacity);
	*content = (struct buffer){0};
	return err;
}

static enum rq_err make_folder(const char *path, struct rq_diag *diag)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return RQ_OK;
	return rq_fail(diag, RQ_ERR_SYSTEM, path, "%s", strerror(errno));
}

static enum rq_err make_local_key(struct making *making, struct rq_diag *diag)
{
	struct buffer key = {0};
	uint8_t *bytes = buffer_zeros(&key, TOTP_KEY);
	enum rq_err err = bytes != NULL
			      ? world_fill(making->call->world, bytes, TOTP_KEY)
			      : RQ_ERR_MEMORY;

	if (err != RQ_OK) {
		buffer_free(&key);
		return rq_fail(diag, err, making->local_key, "no chance to draw from");
	}
	return save(making->local_key, &key, diag);
}

/* ---- the authority ---- */

static enum rq_err keep_line(void *self, struct bytes line)
{
	return file_write_atomic(((struct making *)self)->issued, line, NULL);
}

/* The key of the machines' listener, as the other Ed25519 keys: RFC 8410 7. */
static void write_key(struct buffer *out, const uint8_t *secret)
{
	static const uint8_t head[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
				       0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
	struct buffer der = {0};

	buffer_put(&der, head, sizeof head);
	buffer_put(&der, secret, SIGN_SECRET_SIZE);
	write_pem(out, "PRIVATE KEY", buffer_bytes(&der));
	if (!buffer_ok(&der))
		out->failed = true;
	alloc_free_secret(der.data, der.capacity);
}

static enum rq_err save_listener(struct making *making, const uint8_t *secret,
				 struct bytes certificate, struct rq_diag *diag)
{
	const struct configuration *c = &making->call->configuration;
	struct buffer out = {0};
	enum rq_err err;

	write_pem(&out, "CERTIFICATE", certificate);
	write_pem(&out, "CERTIFICATE", buffer_bytes(&making->files.issuing));
	err = save(c->agents_certificate, &out, diag);
	if (err != RQ_OK)
		return err;
	write_key(&out, secret);
	return save(c->agents_key, &out, diag);
}

static enum rq_err order_listener(struct making *making, const struct signer *signer,
				  struct rq_diag *diag)
{
	const struct option_value *hosts =
	    &making->call->arguments->values[OPTION_HOST];
	struct signer_order order = {.kind = SIGNER_CENTRE, .n_hosts = hosts->n_list};
	struct signer_certificate certificate = {0};
	uint8_t secret[SIGN_SECRET_SIZE];
	struct buffer room = {0};
	enum rq_err err = world_fill(making->call->world, secret, sizeof secret);

	for (size_t i = 0; i < hosts->n_list; i++)
		order.hosts[i] = bytes_of(hosts->list[i]);
	if (err == RQ_OK)
		err = sign_public(secret, order.public_key);
	if (err == RQ_OK)
		err = signer_order(signer, &order, &room, &certificate);
	if (err == RQ_OK && certificate.status != SIGNER_DONE)
		err = rq_fail(diag, RQ_ERR_USAGE, "--host",
			      "neither a name nor an address of a machine");
	if (err == RQ_OK)
		err = save_listener(making, secret, certificate.der, diag);
	secret_wipe(secret, sizeof secret);
	buffer_free(&room);
	return err;
}

static enum rq_err sign_listener(struct making *making, struct rq_diag *diag)
{
	struct authority_options options;
	struct authority *authority = NULL;
	struct signer_state state;
	struct signer signer;
	struct buffer room = {0};
	enum rq_err err;

	authority_options_default(&options);
	options.keeper = making;
	options.keep = keep_line;
	err = authority_new(&making->files, making->call->world, &options, &authority,
			    diag);
	if (err == RQ_OK) {
		signer_of_authority(authority, &signer);
		err = signer_state(&signer, &room, &state);
	}
	if (err == RQ_OK) {
		memcpy(making->fingerprint, state.fingerprint, AGENT_DIGEST);
		err = order_listener(making, &signer, diag);
	}
	authority_free(authority);
	buffer_free(&room);
	return err;
}

static enum rq_err make_authority(struct making *making, struct rq_diag *diag)
{
	struct buffer pem = {0};
	enum rq_err err = authority_make(making->call->world, BYTES_LITERAL("Raquet"),
					 &making->files, diag);

	if (err == RQ_OK)
		err = make_folder(making->authority, diag);
	if (err == RQ_OK)
		err = signer_files_write(&making->files, making->authority,
					 making->root_key, diag);
	if (err == RQ_OK) {
		write_pem(&pem, "CERTIFICATE", buffer_bytes(&making->files.root));
		err = save(making->call->configuration.agents_authority, &pem, diag);
	}
	if (err == RQ_OK)
		err = sign_listener(making, diag);
	return err;
}

/* ---- the first unit and person ---- */

/* Symbols that nobody mixes up when he reads them from a screen. */
static enum rq_err draw_password(struct making *making)
{
	static const char symbols[] = "abcdefghjkmnpqrstuvwxyz23456789-";
	enum rq_err err =
	    world_fill(making->call->world, (uint8_t *)making->password, PASSWORD);

	for (size_t i = 0; i < PASSWORD; i++)
		making->password[i] = symbols[(uint8_t)making->password[i] % 32];
	making->password[PASSWORD] = 0;
	return err;
}

static enum rq_err add_people(struct making *making, const char *hash,
			      struct rq_diag *diag)
{
	int64_t now = (int64_t)world_utc_ms(making->call->world);
	struct unit_act act = {.time_ms = now, .today = (now + LOCAL_MS) / DAY_MS};
	struct unit unit = {.first_day = act.today,
			    .name = bytes_of(making->name),
			    .kind = UNIT_PROVINCE};
	struct person person = {.login = bytes_of(making->admin),
				.name = bytes_of(making->admin)};
	struct role role = {
	    .kind = ROLE_ADMINISTRATOR, .first_ms = now, .end_ms = FOREVER_MS};
	enum rq_err err = unit_add(making->store, &act, &unit, &unit.id, diag);

	person.unit = role.unit = unit.id;
	if (err == RQ_OK)
		err = person_add(making->store, &act, &person, hash, &person.id, diag);
	role.person = person.id;
	if (err == RQ_OK)
		err = role_give(making->store, NULL, &role, now, diag);
	return err;
}

static enum rq_err refuse_second(struct store *store, struct rq_diag *diag)
{
	int64_t n = 0;
	enum rq_err err = store_ask_number(
	    store, "SELECT CAST(count(*) AS BIGINT) FROM person", NULL, 0, &n, diag);

	return err == RQ_OK && n != 0 ? rq_fail(diag, RQ_ERR_CONFLICT, NULL,
						"this store is in use already")
				      : err;
}

static enum rq_err fill_store(struct making *making, struct rq_diag *diag)
{
	const struct password_cost cost = password_cost_default();
	char hash[PASSWORD_TEXT];
	enum rq_err err = draw_password(making);

	if (err == RQ_OK)
		err = password_hash(bytes_of(making->password), &cost, hash, diag);
	if (err == RQ_OK)
		err = store_begin(making->store, diag);
	if (err == RQ_OK)
		err = add_people(making, hash, diag);
	if (err == RQ_OK)
		err = store_commit(making->store, diag);
	store_rollback(making->store);
	return err;
}

/* ---- what a person reads ---- */

static void tell(const struct making *making)
{
	static const char *const texts[N_LANGUAGES] = {"Máy chủ đã sẵn sàng.\n\n"
						       "  Người quản trị:       %s\n"
						       "  Mật khẩu dùng một lần: %s\n"
						       "  Khóa gốc:             %s\n"
						       "  Dấu vân tay:          ",
						       "The centre is made.\n\n"
						       "  administrator:      %s\n"
						       "  one-time password:  %s\n"
						       "  the root's key:     %s\n"
						       "  fingerprint:        "};
	static const char *const advice[N_LANGUAGES] = {
	    "\n\nCất khóa gốc vào két, ngoài máy chủ này: ai có nó thì tạo được máy "
	    "trạm "
	    "giả.\nGhi dấu vân tay vào nơi khác để đối chiếu. Trước khi chạy serve, "
	    "đặt chứng "
	    "thư cho\nngười dùng vào people_certificate và people_key.\n",
	    "\n\nPut the root's key into the safe, off this server: whoever has it can "
	    "make "
	    "machines.\nKeep the fingerprint elsewhere to compare with. Before serve, "
	    "put "
	    "the certificate for\npeople where people_certificate and people_key "
	    "say.\n"};
	enum language language = making->call->language;
	struct buffer out = {0};

	buffer_format(&out,
		      language == LANGUAGE_VI ? texts[LANGUAGE_VI] : texts[LANGUAGE_EN],
		      making->admin, making->password, making->root_key);
	encode_hex(&out, (struct bytes){making->fingerprint, AGENT_DIGEST});
	buffer_text(&out, advice[language]);
	(void)terminal_put(TERMINAL_OUT, &out);
}

static enum rq_err make(struct making *making, struct rq_diag *diag)
{
	enum rq_err err = make_folder(making->call->configuration.folder, diag);

	if (err == RQ_OK)
		err = verb_open_store(making->call, &making->store, diag);
	if (err == RQ_OK)
		err = refuse_second(making->store, diag);
	/* files first: what is cut off leaves no account behind, and is made again */
	if (err == RQ_OK)
		err = make_authority(making, diag);
	if (err == RQ_OK)
		err = make_local_key(making, diag);
	if (err == RQ_OK)
		err = fill_store(making, diag);
	return err;
}

int verb_init(const struct verb_call *call)
{
	const struct option_value *values = call->arguments->values;
	struct making making = {.call = call,
				.name = values[OPTION_NAME].text,
				.root_key = values[OPTION_ROOT_KEY].text,
				.admin = values[OPTION_ADMIN].text};
	struct rq_diag diag = {.offset = RQ_NO_OFFSET};
	const char *folder = call->configuration.folder;
	enum rq_err err;

	if (making.name == NULL || making.root_key == NULL || making.admin == NULL ||
	    values[OPTION_HOST].n_list == 0) {
		err =
		    rq_fail(&diag, RQ_ERR_USAGE, "init", "%s",
			    call->language == LANGUAGE_VI
				? "cần --name, --host, --root-key và --admin"
				: "--name, --host, --root-key and --admin are needed");
		return verb_fail(err, &diag);
	}
	snprintf(making.authority, PATH, "%s/authority", folder);
	snprintf(making.issued, PATH, "%s/authority/issued.log", folder);
	snprintf(making.local_key, PATH, "%s/local.key", folder);
	err = make(&making, &diag);
	if (err == RQ_OK)
		tell(&making);
	authority_files_free(&making.files);
	store_close(making.store);
	secret_wipe(making.password, sizeof making.password);
	return err == RQ_OK ? CENTRE_FINE : verb_fail(err, &diag);
}
